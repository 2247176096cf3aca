//! The verifier: synchronous, offline, with nothing but the network's public key to begin with.
//!
//! [`Verifier::verify_show_code`] takes what a scanner read and says one [`Outcome`]. Claims leave it in
//! a `valid` outcome only. From every staple whose header it verifies it learns the registry's newer
//! headers and the lists' newer versions, so one customer's fresh staple makes the counter refuse
//! another's old one.
//!
//! No wallet, no database, no network in here; time is told by the caller.

#![warn(missing_docs)]

pub mod checks;
mod limits;
mod nonce_log;
mod outcome;
mod registry;
mod verifier;

pub use limits::LocalLimits;
pub use nonce_log::{FileNonceLog, KEEP_MS, MemoryNonceLog, NonceId, NonceLog, NonceLogError};
pub use outcome::{Check, Field, IssuerName, Outcome, Reason};
pub use registry::{ObserveError, ObservedList, StateError};
pub use verifier::{Verifier, VerifierConfig};
