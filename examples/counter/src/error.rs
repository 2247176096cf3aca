//! Why a counter could not start, or could not answer.

use crate::{config::ConfigError, store::StoreError};
use std::path::PathBuf;

/// Why a counter could not start, or could not answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CounterError {
    /// The configuration cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The network key is not one.
    #[error("the network key cannot be used: {0}")]
    NetworkKey(#[from] yufu_core::registry::NetworkKeyError),
    /// No shipped preset has that name.
    #[error("there is no preset named {0:?}")]
    UnknownPreset(String),
    /// A preset that this version does not check (grade `sealed`).
    #[error("the preset {0:?} needs a kind of code that this counter does not read")]
    GradeNotSupported(String),
    /// A local limit that is not one.
    #[error("the preset {preset:?} has a limit that cannot be used: {limit}")]
    Limit {
        /// The preset.
        preset: String,
        /// The limit.
        limit: String,
    },
    /// The counter's name cannot stand on a printed code.
    #[error("the counter's name cannot be printed: {0}")]
    Name(#[from] yufu_core::presentation::audience::AudienceError),
    /// The counter's key file cannot be read or made.
    #[error("the counter's key {path} cannot be used: {problem}")]
    Key {
        /// The file.
        path: PathBuf,
        /// Why.
        problem: String,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What the verifier saved cannot be read again.
    #[error("what the counter knew of the registry cannot be read: {0}")]
    State(#[from] yufu_verifier::StateError),
    /// The certificate or key for TLS cannot be used.
    #[error("TLS cannot be set up: {0}")]
    Tls(String),
    /// The address cannot be served.
    #[error("{address} cannot be served: {source}")]
    Listen {
        /// The address.
        address: std::net::SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// The gateway to fetch from cannot be used.
    #[error("the gateway cannot be used: {0}")]
    Gateway(String),
}
