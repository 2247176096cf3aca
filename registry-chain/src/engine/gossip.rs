//! How validators tell each other of transactions that wait, so that whoever leads next has them. Nothing
//! here is agreed on: what a peer says is checked like anything else that is handed in.

use super::Ledger;
use commonware_p2p::{Receiver, Recipients, Sender};
use commonware_runtime::{Clock, Spawner};
use futures::future::{Either, select};
use std::{sync::Arc, time::Duration};
use tracing::debug;

/// The most bytes of one message, lengths included: several of the largest transactions.
pub(super) const MAX_GOSSIP: usize = 128 << 10;

/// Messages a second that one peer may send.
pub(super) const MESSAGES_PER_SECOND: u32 = 64;

/// How long new transactions are collected before they are told. Twice this still fits the quota.
const COLLECT: Duration = Duration::from_millis(20);

/// How often transactions that still wait are told again, since a message can be lost.
const AGAIN: Duration = Duration::from_secs(2);

/// Tells all peers of what is new here, and again of what waits for long.
pub(super) async fn tell<E: Clock + Spawner>(context: E, ledger: Arc<dyn Ledger>, mut sender: impl Sender) {
    let mut again = context.current() + AGAIN;
    loop {
        let pause = again.duration_since(context.current()).unwrap_or_default();
        let timer = Box::pin(context.sleep(pause));
        let transactions = match select(ledger.untold(), timer).await {
            Either::Left(((), _)) => {
                context.sleep(COLLECT).await;
                ledger.take_untold()
            }
            Either::Right(_) => {
                again = context.current() + AGAIN;
                ledger.waiting_since(AGAIN)
            }
        };
        for message in pack(&transactions) {
            sender.send(Recipients::All, message, false);
        }
    }
}

/// Takes what peers tell.
pub(super) async fn listen(ledger: Arc<dyn Ledger>, mut receiver: impl Receiver) {
    while let Ok((peer, message)) = receiver.recv().await {
        match unpack(message.as_ref()) {
            Some(transactions) => transactions.into_iter().for_each(|bytes| ledger.hear(bytes)),
            None => debug!(%peer, "a peer's transactions are malformed"),
        }
    }
}

/// Transactions in as few messages as they fit in: each with its length before it.
fn pack(transactions: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let mut messages: Vec<Vec<u8>> = Vec::new();
    for transaction in transactions {
        let Ok(length) = u32::try_from(transaction.len()) else { continue };
        let size = transaction.len() + 4;
        if size > MAX_GOSSIP {
            continue;
        }
        let message = match messages.pop() {
            Some(last) if last.len() + size <= MAX_GOSSIP => last,
            Some(last) => {
                messages.push(last);
                Vec::new()
            }
            None => Vec::new(),
        };
        let mut message = message;
        message.extend_from_slice(&length.to_be_bytes());
        message.extend_from_slice(transaction);
        messages.push(message);
    }
    messages
}

/// The transactions of a message, or nothing if it is not one.
fn unpack(mut message: &[u8]) -> Option<Vec<&[u8]>> {
    if message.len() > MAX_GOSSIP {
        return None;
    }
    let mut transactions = Vec::new();
    while !message.is_empty() {
        let (length, rest) = message.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        let (transaction, rest) = rest.split_at_checked(length)?;
        transactions.push(transaction);
        message = rest;
    }
    Some(transactions)
}

#[cfg(test)]
mod tests {
    use super::{MAX_GOSSIP, pack, unpack};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_packed_is_unpacked_in_order_and_no_message_is_too_large(
            sizes in prop::collection::vec(0usize..40_000, 0..30),
        ) {
            let transactions: Vec<Vec<u8>> =
                sizes.iter().map(|size| vec![size.to_le_bytes()[0]; *size]).collect();
            let messages = pack(&transactions);
            prop_assert!(messages.iter().all(|message| message.len() <= MAX_GOSSIP));
            let unpacked: Vec<Vec<u8>> =
                messages.iter().flat_map(|message| unpack(message).unwrap()).map(<[u8]>::to_vec).collect();
            prop_assert_eq!(unpacked, transactions);
        }

        #[test]
        fn any_bytes_are_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = unpack(&bytes);
        }
    }

    #[test]
    fn refuses_a_message_that_is_cut_or_too_large() {
        let message = pack(&[vec![1; 10]]).remove(0);
        assert!(unpack(&message[..9]).is_none());
        assert!(unpack(&message[..3]).is_none());
        assert!(unpack(&vec![0; MAX_GOSSIP + 4]).is_none());
    }
}
