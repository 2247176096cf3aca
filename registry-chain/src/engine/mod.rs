//! Consensus, behind two traits of ours: what the chain asks of an engine ([`Engine`]), and what an
//! engine asks of the chain ([`Ledger`]). Nothing outside this module names the engine's own types,
//! so that another can take its place.

mod adapter;
mod codec;
mod commonware;
mod epochs;
mod gossip;
mod scheme;
#[cfg(test)]
mod simulation;
mod wiring;

use crate::block::Block;
use std::{
    collections::HashMap, future::Future, net::SocketAddr, path::PathBuf, pin::Pin, sync::Arc, time::Duration,
};
use yufu_core::{
    crypto::Digest,
    registry::{Certificate, Header, SignedHeader, Validators},
};

pub use commonware::Commonware;
pub(crate) use scheme::is_identity;
pub use scheme::{ConsensusKey, ConsensusKeyError, IdentityKey};

/// How far ahead of a validator's own clock a block may be before its vote is withheld.
///
/// Spec: design, rule 5 of the registry.
pub const MAX_CLOCK_LEAD_MS: u64 = 500;

/// A consensus engine that is running.
pub trait Engine: Send {
    /// Resolves when the engine has ended by itself, with the reason. It never resolves while the
    /// engine is well.
    fn failed(&self) -> Pin<Box<dyn Future<Output = EngineError> + Send + '_>>;

    /// Stops it and waits until its storage is closed.
    ///
    /// # Errors
    /// [`EngineError`] when it had already failed.
    fn stop(self: Box<Self>) -> Result<(), EngineError>;
}

/// Why an engine ended, or did not start.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EngineError {
    /// The validator set cannot be used.
    #[error("the validator set is not usable: {0}")]
    Set(String),
    /// The ledger could not go on; nothing unfinished was acknowledged.
    #[error("the ledger failed: {0}")]
    Ledger(String),
    /// The engine itself stopped.
    #[error("the consensus engine stopped: {0}")]
    Stopped(String),
}

/// What an engine needs to run one validator.
#[derive(Clone)]
pub struct EngineConfig {
    /// Folder of the engine's own storage.
    pub storage: PathBuf,
    /// Addresses of validators, by identity, that go before the ones that they registered.
    pub addresses: HashMap<[u8; 32], SocketAddr>,
    /// Where this validator listens for the others.
    pub listen: SocketAddr,
    /// Key that names this validator on the network.
    pub identity: IdentityKey,
    /// Keys that sign its votes.
    pub keys: Arc<dyn ConsensusKeys>,
    /// For a node whose ledger did not come to its height by this engine: a certified header that the
    /// ledger has, from which the engine goes on.
    pub joined: Option<SignedHeader>,
    /// Genesis digest: the name of the network.
    pub network: Digest,
    /// Length of an epoch in heights.
    pub epoch_length: u64,
    /// The longest that a leader waits before it proposes an empty block.
    pub idle: Duration,
    /// Whether it votes. One that does not follows the others.
    pub votes: bool,
    /// A final header up to which it never votes again, where its journal may not reach so far.
    pub floor: Option<SignedHeader>,
}

/// The keys with which this node may vote. An epoch's set says which it takes.
pub trait ConsensusKeys: Send + Sync + 'static {
    /// The private half of a validator's BLS key, if the node has it and may vote with it.
    fn find(&self, public: &[u8; 96]) -> Option<ConsensusKey>;

    /// Told that an epoch began whose set has this node's identity with the BLS key `public`, or does not
    /// have it: other keys of earlier epochs will never be asked for again.
    fn entered(&self, epoch: u64, public: Option<&[u8; 96]>);
}

/// Why a block is not taken.
#[derive(Debug, thiserror::Error)]
pub enum BlockError {
    /// The block breaks a rule, for every validator and for ever.
    #[error("the block breaks a rule: {0}")]
    Invalid(String),
    /// Its parent has not been executed here.
    #[error("the block's parent is not known here")]
    UnknownParent,
    /// This node cannot tell now: its storage failed.
    #[error("the state cannot be read or written: {0}")]
    Unavailable(String),
}

/// The chain, as an engine sees it. All methods are quick (milliseconds) and may be called from any
/// thread.
pub trait Ledger: Send + Sync + 'static {
    /// The block of height zero.
    fn genesis(&self) -> Block;

    /// This node's clock, in milliseconds.
    fn now_ms(&self) -> u64;

    /// Height of the last block that is final and durable here.
    fn final_height(&self) -> u64;

    /// Digest of the final block at a height; none where this node does not have it.
    ///
    /// # Errors
    /// [`BlockError::Unavailable`].
    fn final_digest(&self, height: u64) -> Result<Option<Digest>, BlockError>;

    /// The bytes of the final block at a height; none where this node does not have it.
    ///
    /// # Errors
    /// [`BlockError::Unavailable`].
    fn final_block(&self, height: u64) -> Result<Option<Block>, BlockError>;

    /// An epoch's validators, from the moment on in which they are settled: the first final block of
    /// the epoch before it.
    ///
    /// # Errors
    /// [`BlockError::Unavailable`].
    fn validators(&self, epoch: u64) -> Result<Option<Validators>, BlockError>;

    /// Whether the state after this block is at hand: it is the last final one, or was executed.
    fn is_executed(&self, digest: &Digest) -> bool;

    /// Executes a block on its parent, which must have been executed, and checks every field of its
    /// header. Doing it twice is doing it once.
    ///
    /// # Errors
    /// [`BlockError`] by what failed.
    fn execute(&self, block: &Block) -> Result<(), BlockError>;

    /// When the next block should follow `parent`, given the work at hand: milliseconds of the ledger's
    /// clock.
    fn due_ms(&self, parent: &Header) -> u64;

    /// Resolves when [`due_ms`](Self::due_ms) may have changed.
    fn work(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;

    /// Makes and executes a block on `parent` from the transactions at hand.
    ///
    /// # Errors
    /// [`BlockError`] by what failed.
    fn build(&self, parent: &Block) -> Result<Block, BlockError>;

    /// Makes a final block durable. Blocks come in the order of their heights; after a crash the
    /// last ones come again. `certificate` is the block's own, if the engine has one: a block may
    /// also be final through a descendant.
    ///
    /// # Errors
    /// [`BlockError`]: the engine then stops without acknowledging the block.
    fn finalize(&self, block: &Block, certificate: Option<Certificate>) -> Result<(), BlockError>;

    /// Resolves when there are transactions that other validators have not been told of.
    fn untold(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;

    /// The bytes of those transactions; they count as told from then on.
    fn take_untold(&self) -> Vec<Vec<u8>>;

    /// The bytes of the oldest transactions that have waited for at least so long; few at a time.
    fn waiting_since(&self, age: Duration) -> Vec<Vec<u8>>;

    /// Takes a transaction that another validator told of, if it is good; nobody is told of it again.
    fn hear(&self, transaction: &[u8]);

    /// Takes what writes the engine's own metrics as text, once it runs.
    fn observe_engine(&self, metrics: Box<dyn Fn() -> String + Send + Sync>);
}
