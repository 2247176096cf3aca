//! The anchoring chain: the state machine, the consensus node around it, and proofs over HTTP.

pub mod audit;
pub mod authority;
pub mod backup;
pub mod block;
pub mod cli;
mod config;
mod disk;
pub mod engine;
pub mod export;
pub mod genesis;
mod http;
mod init;
mod keys;
mod ledger;
mod member;
mod mempool;
mod metrics;
mod node;
mod standby;
pub mod state;
mod store;
pub mod trial;

pub use config::{ConfigError, NodeConfig, Peer, RateLimits, Settings, SnapshotSettings};
pub use init::{
    AuthorityFiles, ImportNetwork, ImportedNetwork, InitError, InitNetwork, NetworkFiles, Parameters,
    import_network, init_network,
};
pub use keys::KeyError;
pub use member::{InitValidator, MemberError, ValidatorText, ValidatorTextError, init_validator, renew_key};
pub use mempool::MempoolLimits;
pub use node::{Node, NodeError};
pub use standby::{MARGIN_MS, stand_by};
