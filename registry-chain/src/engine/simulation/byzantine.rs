//! Validators that break the rules on purpose, with their real keys.

use super::{Life, Members, Net, Public, Running, ends};
use crate::{
    block::Block,
    engine::{BlockError, Ledger, scheme::Scheme},
    ledger::Registry,
    state::slot_of,
};
use commonware_codec::{DecodeExt as _, Encode as _};
use commonware_consensus::simplex::types::{Finalize, Notarize, Proposal, Vote};
use commonware_cryptography::sha256;
use commonware_p2p::{
    Recipients,
    simulated::{SplitOrigin, SplitTarget},
    utils::mux::{Builder as _, Muxer},
};
use commonware_runtime::{Handle, Spawner as _, Supervisor as _, deterministic::Context};
use std::{future::Future, pin::Pin, sync::Arc, time::Duration};
use yufu_core::{
    crypto::Digest,
    registry::{Certificate, Header, Validators},
};

/// What a lying validator puts into the blocks that it proposes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Lie {
    /// A state that does not follow.
    State,
    /// A time an hour ahead, with the slot that belongs to it.
    FarFuture,
    /// Another parent.
    Parent,
    /// A slot that is not that of its time.
    Slot,
    /// Other validators for the next epoch.
    NextSet,
}

impl Lie {
    pub(super) const ALL: [Self; 5] = [Self::State, Self::FarFuture, Self::Parent, Self::Slot, Self::NextSet];
}

/// A ledger that tells the truth but for the blocks that it builds.
pub(super) struct Liar {
    pub(super) registry: Arc<Registry>,
    pub(super) lie: Lie,
}

impl Ledger for Liar {
    fn genesis(&self) -> Block {
        self.registry.genesis()
    }
    fn now_ms(&self) -> u64 {
        self.registry.now_ms()
    }
    fn final_height(&self) -> u64 {
        self.registry.final_height()
    }
    fn final_digest(&self, height: u64) -> Result<Option<Digest>, BlockError> {
        self.registry.final_digest(height)
    }
    fn final_block(&self, height: u64) -> Result<Option<Block>, BlockError> {
        self.registry.final_block(height)
    }
    fn validators(&self, epoch: u64) -> Result<Option<Validators>, BlockError> {
        self.registry.validators(epoch)
    }
    fn is_executed(&self, digest: &Digest) -> bool {
        self.registry.is_executed(digest)
    }
    fn execute(&self, block: &Block) -> Result<(), BlockError> {
        self.registry.execute(block)
    }
    fn due_ms(&self, parent: &Header) -> u64 {
        self.registry.due_ms(parent)
    }
    fn work(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        self.registry.work()
    }
    fn build(&self, parent: &Block) -> Result<Block, BlockError> {
        let honest = self.registry.build(parent)?;
        let mut header = *honest.header();
        match self.lie {
            Lie::State => header.trust_root[0] ^= 1,
            Lie::FarFuture => {
                let policy = self.registry.reader().unwrap().policy().unwrap();
                header.time_ms += 3_600_000;
                header.slot = slot_of(header.time_ms, parent.header(), &policy);
            }
            Lie::Parent => header.parent[0] ^= 1,
            Lie::Slot => header.slot = header.slot.wrapping_add(1),
            Lie::NextSet => header.next_set[0] ^= 1,
        }
        Block::new(header, honest.transactions().to_vec()).map_err(|e| BlockError::Invalid(e.to_string()))
    }
    fn finalize(&self, block: &Block, certificate: Option<Certificate>) -> Result<(), BlockError> {
        self.registry.finalize(block, certificate)
    }
    fn untold(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        self.registry.untold()
    }
    fn take_untold(&self) -> Vec<Vec<u8>> {
        self.registry.take_untold()
    }
    fn waiting_since(&self, age: Duration) -> Vec<Vec<u8>> {
        self.registry.waiting_since(age)
    }
    fn hear(&self, transaction: &[u8]) {
        self.registry.hear(transaction);
    }
    fn observe_engine(&self, metrics: Box<dyn Fn() -> String + Send + Sync>) {
        self.registry.observe_engine(metrics);
    }
}

/// Two lives of one validator at the same time, with one key: to `first` it shows one of them, to the
/// rest the other. As leader it so proposes two blocks in one view.
pub(super) async fn twins(
    context: &Context,
    oracle: &Net,
    members: &Members,
    folder: &super::Folder,
    index: usize,
    first: Vec<Public>,
) -> [Running; 2] {
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for (number, (sender, receiver)) in ends(oracle, &members.public(index)).await.into_iter().enumerate() {
        let shown = first.clone();
        let everybody = members.publics();
        let (a, b) = sender.split_with(move |origin, to: &Recipients<Public>, _: &_| {
            let sees = |peer: &Public| shown.contains(peer) == (origin == SplitOrigin::Primary);
            let asked = match to {
                Recipients::All => everybody.clone(),
                Recipients::Some(some) => some.clone(),
                Recipients::One(one) => vec![one.clone()],
            };
            let seen: Vec<_> = asked.into_iter().filter(sees).collect();
            (!seen.is_empty()).then_some(Recipients::Some(seen))
        });
        let shown = first.clone();
        let context = context.child("split").with_attribute("channel", number).with_attribute("of", index);
        let (c, d) = receiver.split_with(context, move |(from, _)| {
            if shown.contains(from) { SplitTarget::Primary } else { SplitTarget::Secondary }
        });
        ours.push((a, c));
        theirs.push((b, d));
    }
    let life = |name: &str, skew_ms| Life {
        context,
        members,
        folder,
        index,
        name: format!("{index}-{name}"),
        life: 0,
        skew_ms,
    };
    // Their clocks differ, so that their blocks do.
    let a = life("a", 0).begin(oracle, ours, |registry| registry).await;
    let b = life("b", 7).begin(oracle, theirs, |registry| registry).await;
    [a, b]
}

/// Votes for everything that it sees, and against it: for a digest of its own in the same view.
pub(super) async fn conflicter(
    context: &Context,
    oracle: &Net,
    members: &Members,
    index: usize,
) -> Handle<()> {
    let mut ends = ends(oracle, &members.public(index)).await;
    let (sender, receiver) = ends.remove(0);
    // Nothing is registered, so it hears the votes of every epoch.
    let (mux, mux_handle, mut votes, mut sender) =
        Muxer::builder(context.child("conflicter_mux"), sender, receiver)
            .with_backup()
            .with_global_sender()
            .build();
    mux.start();
    let scheme = members.scheme(index);
    context.child("conflicter").spawn(move |_| async move {
        // Held, so that nobody else takes the channels.
        let _others = (ends, mux_handle);
        let mut count = 0u64;
        while let Some((epoch, (_, message))) = votes.recv().await {
            let Ok(vote) = Vote::<Scheme, sha256::Digest>::decode(message) else { continue };
            count += 1;
            let other = sha256::Digest(yufu_core::crypto::sha256(&[&count.to_be_bytes()]));
            let votes: Vec<Vote<Scheme, sha256::Digest>> = match vote {
                Vote::Notarize(vote) => [vote.proposal.payload, other]
                    .into_iter()
                    .map(|payload| Proposal::new(vote.proposal.round, vote.proposal.parent, payload))
                    .filter_map(|proposal| Notarize::sign(&scheme, proposal).map(Vote::Notarize))
                    .collect(),
                Vote::Finalize(vote) => [vote.proposal.payload, other]
                    .into_iter()
                    .map(|payload| Proposal::new(vote.proposal.round, vote.proposal.parent, payload))
                    .filter_map(|proposal| Finalize::sign(&scheme, proposal).map(Vote::Finalize))
                    .collect(),
                Vote::Nullify(_) => Vec::new(),
            };
            for vote in votes {
                sender.send(epoch, Recipients::All, vote.encode(), true);
            }
        }
    })
}
