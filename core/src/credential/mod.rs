//! Verifiable credentials: their formats, types and claims.
//!
//! What has only been read and what has been checked are different types: see [`sd_jwt`].

pub mod claim_path;
mod format;
pub mod sd_jwt;
pub mod types;
#[cfg(feature = "data-integrity")]
pub mod w3c;

pub use claim_path::{ClaimPath, PathElement};
pub use format::{Format, UnknownFormat};
