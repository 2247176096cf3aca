//! The verifier: synchronous, offline, with nothing but the network's public key to begin with.
//!
//! [`Verifier::verify_show_code`] takes what a scanner read and says one [`Outcome`]. Claims leave it in
//! a `valid` outcome only. From every staple whose header it verifies it learns the registry's newer
//! headers and the lists' newer versions, so one customer's fresh staple makes the counter refuse
//! another's old one.
//!
//! No wallet, no database, no network in here; time is told by the caller.
//!
//! ```no_run
//! use yufu_core::{presentation::preset::Preset, qr::frames::{Collector, Progress}};
//! use yufu_verifier::{LocalLimits, MemoryNonceLog, Outcome, Verifier, VerifierConfig};
//!
//! # fn scan() -> Option<String> { None }
//! # fn now_ms() -> u64 { 0 }
//! # fn show(outcome: &Outcome) {}
//! # fn counter(network_key: &str) -> Result<(), Box<dyn std::error::Error>> {
//! let preset = Preset::named("age18").ok_or("no such preset")?;
//! let audiences = preset.class_audience().into_iter().collect();
//! let config = VerifierConfig { network_key: network_key.parse()?, audiences };
//! let mut verifier = Verifier::new(config, Box::new(MemoryNonceLog::new()));
//! let mut collector = Collector::new();
//! while let Some(text) = scan() {
//!     if let Ok(Progress::Complete(payload)) = collector.push(&text, now_ms()) {
//!         show(&verifier.verify_show_code(&payload, &preset, &LocalLimits::default(), now_ms()));
//!     }
//! }
//! # Ok(())
//! # }
//! ```

#![warn(missing_docs)]

pub mod checks;
mod facts;
mod limits;
mod nonce_log;
mod outcome;
mod registry;
mod verifier;

pub use limits::LocalLimits;
pub use nonce_log::{KEEP_MS, MemoryNonceLog, NonceId, NonceLog, NonceLogError};
pub use outcome::{Check, Field, IssuerName, Outcome, Reason};
pub use registry::{ObserveError, ObservedList, StateError};
pub use verifier::{Verifier, VerifierConfig};
