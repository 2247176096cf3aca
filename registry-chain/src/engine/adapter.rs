//! The ledger in the engine's terms: proposals, votes and final blocks.

use super::{BlockError, Ledger, MAX_CLOCK_LEAD_MS, scheme::Scheme};
use crate::block::Block;
use commonware_actor::Feedback;
use commonware_consensus::{
    Application, Heightable as _, Reporter,
    marshal::{Update, ancestry::Ancestry, core::Mailbox, standard::Standard},
    simplex::types::Context,
    types::Height,
};
use commonware_cryptography::{Digested, Digestible as _, ed25519, sha256};
use commonware_runtime::Clock;
use commonware_utils::{Acknowledgement as _, acknowledgement::Exact};
use futures::{
    StreamExt as _,
    channel::mpsc::{UnboundedReceiver, UnboundedSender},
    future::{Either, pending, select},
};
use std::{sync::Arc, time::Duration};
use tracing::{debug, error, warn};

/// The clock is looked at again at least this often, since it can be set while we wait.
const LOOK_AT_CLOCK: Duration = Duration::from_millis(250);

/// Answers the engine's questions from the ledger.
#[derive(Clone)]
pub(super) struct Adapter {
    ledger: Arc<dyn Ledger>,
    failures: UnboundedSender<String>,
}

impl Adapter {
    pub(super) fn new(ledger: Arc<dyn Ledger>, failures: UnboundedSender<String>) -> Self {
        Self { ledger, failures }
    }

    /// Executes the blocks of `ancestry` that are not executed yet, oldest first. False when one of
    /// them can never be.
    async fn execute_ancestry(&self, ancestry: impl Ancestry<Block>) -> bool {
        let mut ancestry = Box::pin(ancestry);
        let mut missing = Vec::new();
        while let Some(block) = ancestry.next().await {
            if self.ledger.is_executed(&block.inner().id()) {
                break;
            }
            if block.height().get() <= self.ledger.final_height() {
                // Another block is final at this height.
                return false;
            }
            missing.push(block);
        }
        for block in missing.iter().rev() {
            match self.ledger.execute(block.inner()) {
                Ok(()) => {}
                Err(e @ (BlockError::Invalid(_) | BlockError::UnknownParent)) => {
                    warn!(height = block.height().get(), error = %e, "a proposed block is refused");
                    return false;
                }
                Err(e) => self.give_up(&e).await,
            }
        }
        true
    }

    /// Reports that this node cannot go on. It must not vote on what it could not check, so the
    /// question stays open until the engine is stopped.
    async fn give_up(&self, error: &BlockError) {
        error!(%error, "the ledger failed");
        // A closed channel means that the engine is stopping already.
        let _ = self.failures.unbounded_send(error.to_string());
        pending::<()>().await;
    }

    /// Waits until the ledger's clock says `due_ms`, or there is new work.
    async fn wait_until(&self, clock: &impl Clock, due_ms: u64, on_work: bool) {
        let left = due_ms.saturating_sub(self.ledger.now_ms());
        if left == 0 {
            return;
        }
        let sleep = Box::pin(clock.sleep(LOOK_AT_CLOCK.min(Duration::from_millis(left))));
        if on_work {
            select(sleep, self.ledger.work()).await;
        } else {
            sleep.await;
        }
    }
}

impl<E: Clock + Send + Sync + 'static> Application<E> for Adapter {
    type SigningScheme = Scheme;
    type Context = Context<sha256::Digest, ed25519::PublicKey>;
    type Block = Block;
    type Input = ();

    async fn propose(
        &mut self,
        (clock, _): (E, Self::Context),
        ancestry: impl Ancestry<Block>,
        (): (),
    ) -> Option<Digested<Block>> {
        let parent = Box::pin(ancestry.clone()).next().await?;
        if !self.execute_ancestry(ancestry).await {
            return None;
        }
        loop {
            let due = self.ledger.due_ms(parent.inner().header());
            if due <= self.ledger.now_ms() {
                break;
            }
            self.wait_until(&clock, due, true).await;
        }
        match self.ledger.build(parent.inner()) {
            Ok(block) => {
                let digest = block.digest();
                Some(Digested::precomputed(block, digest))
            }
            Err(e @ BlockError::Unavailable(_)) => {
                self.give_up(&e).await;
                None
            }
            Err(error) => {
                warn!(%error, "no block could be built");
                None
            }
        }
    }

    async fn verify(&mut self, (clock, _): (E, Self::Context), ancestry: impl Ancestry<Block>) -> bool {
        let Some(block) = ancestry.peek().cloned() else { return false };
        if !self.execute_ancestry(ancestry).await {
            return false;
        }
        // A block from the future is no invalid block: the vote waits until its time has come.
        let earliest = block.inner().header().time_ms.saturating_sub(MAX_CLOCK_LEAD_MS);
        while self.ledger.now_ms() < earliest {
            debug!(height = block.height().get(), "the vote waits for the clock");
            self.wait_until(&clock, earliest, false).await;
        }
        true
    }
}

/// Receives final blocks from the engine and queues them; the engine bounds how many are open.
#[derive(Clone)]
pub(super) struct FinalBlocks(pub(super) UnboundedSender<(Digested<Block>, Exact)>);

impl Reporter for FinalBlocks {
    type Activity = Update<Block>;

    fn report(&mut self, update: Update<Block>) -> Feedback {
        match update {
            Update::Tip(..) => Feedback::Ok,
            Update::Block(block, acknowledgement) => match self.0.unbounded_send((block, acknowledgement)) {
                Ok(()) => Feedback::Ok,
                Err(_) => Feedback::Closed,
            },
        }
    }
}

/// Hands final blocks to the ledger, one after the other, each with its own certificate where there
/// is one, and acknowledges a block once the ledger has made it durable.
pub(super) async fn deliver(
    ledger: Arc<dyn Ledger>,
    marshal: Mailbox<Scheme, Standard<Block>>,
    mut blocks: UnboundedReceiver<(Digested<Block>, Exact)>,
    settled: UnboundedSender<u64>,
    failures: UnboundedSender<String>,
) {
    while let Some((block, acknowledgement)) = blocks.next().await {
        let height = block.height();
        let certificate = own_certificate(&marshal, height, block.digest()).await;
        if let Err(error) = ledger.finalize(block.inner(), certificate) {
            error!(%error, height = height.get(), "a final block could not be stored");
            let _ = failures.unbounded_send(error.to_string());
            // The acknowledgement must not be dropped before the engine is told to stop.
            pending::<()>().await;
        }
        acknowledgement.acknowledge();
        // Nobody hears it when the engine is stopping.
        let _ = settled.unbounded_send(height.get());
    }
}

async fn own_certificate(
    marshal: &Mailbox<Scheme, Standard<Block>>,
    height: Height,
    digest: sha256::Digest,
) -> Option<yufu_core::registry::Certificate> {
    let finalization = marshal.get_finalization(height).await?;
    if finalization.proposal.payload != digest {
        return None;
    }
    match super::scheme::certificate(&finalization) {
        Ok(certificate) => Some(certificate),
        Err(error) => {
            error!(%error, height = height.get(), "the engine's certificate cannot be converted");
            None
        }
    }
}

/// The first of the engine's parts that ends, or the first failure.
pub(super) async fn first_failure(
    handles: Vec<commonware_runtime::Handle<()>>,
    mut failures: UnboundedReceiver<String>,
) -> Option<String> {
    let ended = futures::future::select_all(handles);
    match select(ended, failures.next()).await {
        Either::Left(((result, part, _), _)) => Some(format!("part {part} of the engine ended: {result:?}")),
        Either::Right((reason, _)) => reason,
    }
}
