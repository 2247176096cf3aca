//! From epoch to epoch: one consensus instance after the other, each with the validators that the state
//! has settled for it.

use super::{ConsensusKeys, EngineError, Ledger, scheme, scheme::Scheme, wiring::ledger_failed};
use crate::block::Block;
use commonware_consensus::{
    marshal::{core::Mailbox, standard::Standard},
    simplex::config::Floor,
    types::{self, Height},
};
use commonware_cryptography::{
    Digested, Digestible as _,
    certificate::{Provider, Scoped},
    ed25519, sha256,
};
use commonware_p2p::{
    Receiver, Sender,
    utils::mux::{Builder as _, MuxHandle, Muxer, SubReceiver, SubSender},
};
use commonware_runtime::{Handle, Spawner, Storage, Supervisor};
use commonware_utils::vec::NonEmptyVec;
use futures::{
    StreamExt as _,
    channel::mpsc::UnboundedReceiver,
    future::{Either, select},
};
use std::{
    collections::BTreeMap,
    num::NonZeroU64,
    sync::{Arc, Mutex, PoisonError},
};
use tracing::{debug, info, warn};
use yufu_core::{
    crypto::Digest,
    registry::{SignedHeader, Validators},
};

/// Tells the network layer to whom connections are kept from an epoch on: to its validators, and to those
/// of the epoch after it, so that they can catch up before their turn comes.
pub(super) type Track = Box<dyn FnMut(u64, &[Validators]) + Send>;

/// Schemes of old epochs that are kept at hand; others are made again when a late peer needs them.
const SCHEMES: usize = 8;

/// The scheme of each epoch, from the validators that the ledger has for it.
#[derive(Clone)]
pub(super) struct Schemes {
    ledger: Arc<dyn Ledger>,
    keys: Arc<dyn ConsensusKeys>,
    network: Digest,
    own: [u8; 32],
    known: Arc<Mutex<BTreeMap<u64, Arc<Scheme>>>>,
}

impl Schemes {
    pub(super) fn new(
        ledger: Arc<dyn Ledger>,
        keys: Arc<dyn ConsensusKeys>,
        network: Digest,
        own: &ed25519::PublicKey,
    ) -> Self {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(own.as_ref());
        Self { ledger, keys, network, own: bytes, known: Arc::default() }
    }

    fn of(&self, epoch: u64) -> Result<Option<Arc<Scheme>>, EngineError> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(scheme) = known.get(&epoch) {
            return Ok(Some(scheme.clone()));
        }
        let Some(validators) = self.ledger.validators(epoch).map_err(ledger_failed)? else { return Ok(None) };
        let scheme = Arc::new(scheme::scheme(&self.network, &validators.set, &self.own, self.keys.as_ref())?);
        if known.len() >= SCHEMES {
            known.pop_first();
        }
        known.insert(epoch, scheme.clone());
        Ok(Some(scheme))
    }

    /// The scheme of an epoch that begins: keys may have come since it was asked for.
    fn enter(&self, epoch: u64) -> Result<Arc<Scheme>, EngineError> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).remove(&epoch);
        let missing = || EngineError::Set(format!("the validators of epoch {epoch} are not known"));
        let scheme = self.of(epoch)?.ok_or_else(missing)?;
        let validators = self.ledger.validators(epoch).map_err(ledger_failed)?.ok_or_else(missing)?;
        let member = validators.set.validators().iter().find(|validator| validator.identity == self.own);
        match member {
            None => info!(epoch, "this node follows: it is no validator in this epoch"),
            Some(member) if self.keys.find(&member.bls).is_none() => {
                warn!(epoch, "this node follows: it may not vote with the key that the epoch has for it");
            }
            Some(_) => info!(epoch, validators = validators.set.len(), "this node validates"),
        }
        self.keys.entered(epoch, member.map(|member| &member.bls));
        Ok(scheme)
    }
}

impl Provider for Schemes {
    type Scope = types::Epoch;
    type Scheme = Scheme;

    fn scoped(&self, epoch: types::Epoch) -> Option<Scoped<Scheme>> {
        match self.of(epoch.get()) {
            Ok(scheme) => scheme.map(Scoped::scheme),
            Err(error) => {
                warn!(%error, %epoch, "the epoch's validators cannot be read");
                None
            }
        }
    }
}

/// What one consensus instance is begun with.
pub(super) struct Epoch {
    pub(super) number: types::Epoch,
    pub(super) scheme: Scheme,
    pub(super) floor: Floor<Scheme, sha256::Digest>,
}

type Channel<S> = (SubSender<S>, SubReceiver<ed25519::PublicKey>);

/// The channels of one consensus instance.
pub(super) struct EpochChannels<S: Sender<PublicKey = ed25519::PublicKey>> {
    pub(super) votes: Channel<S>,
    pub(super) certificates: Channel<S>,
    pub(super) resolver: Channel<S>,
}

/// Where an epoch's votes are kept, so that no restart votes twice.
pub(super) fn partition(name: &str, epoch: types::Epoch) -> String {
    format!("{name}-consensus-{epoch}")
}

/// Gives the engine the block from which it goes on, so that a node that stands alone needs no peer for it.
pub(super) async fn give_floor(
    ledger: Arc<dyn Ledger>,
    marshal: Mailbox<Scheme, Standard<Block>>,
    signed: SignedHeader,
) {
    let block = ledger.final_block(signed.header().height);
    let (Ok(Some(block)), Ok(finalization)) = (block, scheme::finalization(&signed)) else { return };
    let digest = block.digest();
    // Where it is not kept, the others are asked.
    let _kept = marshal.verified(finalization.proposal.round, Digested::precomputed(block, digest)).await;
}

/// Runs consensus, epoch after epoch.
pub(super) struct Epochs<F> {
    pub(super) name: String,
    pub(super) ledger: Arc<dyn Ledger>,
    pub(super) schemes: Schemes,
    pub(super) marshal: Mailbox<Scheme, Standard<Block>>,
    pub(super) epoch_length: NonZeroU64,
    pub(super) track: Track,
    pub(super) begin: F,
    /// A final header up to which this node never votes.
    pub(super) floor: Option<SignedHeader>,
    /// The epoch whose validators the network layer was told of.
    pub(super) met: Option<u64>,
}

/// Why an instance ended.
enum End {
    /// The epoch's last block is final and durable.
    Epoch,
    /// A part of the engine ended.
    Part(&'static str),
}

impl<F> Epochs<F> {
    /// Runs until a part of the engine fails.
    pub(super) async fn run<E, S, R>(
        mut self,
        context: E,
        mut heights: UnboundedReceiver<u64>,
        votes: (S, R),
        certificates: (S, R),
        resolver: (S, R),
    ) -> Result<(), EngineError>
    where
        E: Spawner + Storage + Supervisor,
        S: Sender<PublicKey = ed25519::PublicKey>,
        R: Receiver<PublicKey = ed25519::PublicKey>,
        F: FnMut(E, Epoch, EpochChannels<S>) -> Handle<()>,
    {
        let (mux, mut votes, mut unheard) =
            Muxer::builder(context.child("votes"), votes.0, votes.1).with_backup().build();
        mux.start();
        let (mux, mut certificates) =
            Muxer::new(context.child("certificates"), certificates.0, certificates.1);
        mux.start();
        let (mux, mut resolver) = Muxer::new(context.child("resolver"), resolver.0, resolver.1);
        mux.start();
        self.meet(self.ledger.final_height())?;
        loop {
            let number = (self.ledger.final_height() + 1) / self.epoch_length;
            let epoch = self.epoch(number)?;
            let channels = EpochChannels {
                votes: open(&mut votes, number).await?,
                certificates: open(&mut certificates, number).await?,
                resolver: open(&mut resolver, number).await?,
            };
            let own = context.child("consensus").with_attribute("epoch", number);
            let mut instance = (self.begin)(own, epoch, channels);
            let end = loop {
                let news = Box::pin(select(heights.next(), Box::pin(unheard.recv())));
                match select(&mut instance, news).await {
                    Either::Left(_) => break End::Part("consensus"),
                    Either::Right((Either::Left((Some(height), _)), _)) => {
                        self.meet(height)?;
                        if self.is_last(height) && height / self.epoch_length == number {
                            break End::Epoch;
                        }
                    }
                    Either::Right((Either::Right((Some((theirs, (peer, _))), _)), _)) => {
                        self.hear_of_epoch(number, theirs, peer);
                    }
                    Either::Right(_) => break End::Part("delivery or votes"),
                }
            };
            // Whoever still needs the epoch's end gets it from the marshal.
            instance.abort();
            let _ = (&mut instance).await;
            match end {
                End::Part(part) => {
                    return Err(EngineError::Stopped(format!("the part for {part} ended")));
                }
                End::Epoch => {
                    // It never votes there again, so how it voted need not be known any more.
                    let old = partition(&self.name, types::Epoch::new(number));
                    if let Err(error) = context.remove(&old, None).await {
                        debug!(%error, "the votes of the last epoch could not be removed");
                    }
                }
            }
        }
    }

    fn is_last(&self, height: u64) -> bool {
        (height + 1).is_multiple_of(self.epoch_length.get())
    }

    /// Meets an epoch's validators, and those of the next, when its first block is final.
    fn meet(&mut self, height: u64) -> Result<(), EngineError> {
        let epoch = height / self.epoch_length;
        if self.met == Some(epoch) {
            return Ok(());
        }
        let both = [epoch, epoch + 1].map(|epoch| self.ledger.validators(epoch).map_err(ledger_failed));
        let both = both.into_iter().collect::<Result<Vec<_>, _>>()?;
        (self.track)(epoch, &both.into_iter().flatten().collect::<Vec<_>>());
        self.met = Some(epoch);
        Ok(())
    }

    fn epoch(&self, number: u64) -> Result<Epoch, EngineError> {
        let scheme = self.schemes.enter(number)?.as_ref().clone();
        let below = match number {
            0 => Some(self.ledger.genesis().id()),
            _ => self.ledger.final_digest(number * self.epoch_length.get() - 1).map_err(ledger_failed)?,
        };
        let own = self.floor.as_ref().filter(|floor| floor.header().epoch == number);
        let floor = match (own, below) {
            (Some(floor), _) => Floor::Finalized(scheme::finalization(floor)?),
            (None, Some(digest)) => Floor::Genesis(sha256::Digest(digest)),
            (None, None) => {
                return Err(EngineError::Ledger("the end of the last epoch is not known".into()));
            }
        };
        Ok(Epoch { number: types::Epoch::new(number), scheme, floor })
    }

    /// A vote came for an epoch that has not begun here. If it is a later one, this node has missed the
    /// end of its own, and asks the one who is ahead.
    fn hear_of_epoch(&self, own: u64, theirs: u64, peer: ed25519::PublicKey) {
        if theirs > own {
            let last = (own + 1).saturating_mul(self.epoch_length.get()) - 1;
            debug!(own, theirs, %peer, "a peer is in a later epoch");
            self.marshal.hint_finalized(Height::new(last), NonEmptyVec::new(peer));
        }
    }
}

async fn open<S: Sender<PublicKey = ed25519::PublicKey>>(
    mux: &mut MuxHandle<S>,
    epoch: u64,
) -> Result<Channel<S>, EngineError> {
    mux.register(epoch).await.map_err(|e| EngineError::Stopped(e.to_string()))
}
