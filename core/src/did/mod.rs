//! Decentralized identifiers: did:key and did:jwk, which are their own keys, and did:yufu, which the
//! registry holds.
//!
//! Spec: DID Core 1.0.

mod document;
pub mod jwk;
pub mod key;
pub mod yufu;

pub use document::{Document, Relationship, Service, VerificationMethod};

/// Why a DID was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DidError {
    /// Of another method than was asked for.
    #[error("a DID of another method")]
    Method,
    /// The identifier is not encoded as its method says.
    #[error("the DID is malformed")]
    Malformed,
    /// The key is not of a kind that we take, or not a key at all.
    #[error("the DID's key is not one that we take")]
    Key,
}
