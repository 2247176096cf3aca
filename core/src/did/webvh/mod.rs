//! did:webvh 1.0: did:web with a history that proves itself, and witnesses.
//!
//! A log is taken whole or not at all: one entry that does not verify refuses it.
//!
//! Spec: The did:webvh DID Method v1.0.

mod log;
mod parameters;
mod proof;
mod witness;
mod write;

pub use log::{MAX_ENTRIES, UnverifiedLog, VerifiedLog, Version, VersionQuery};
pub use write::{Change, WrittenEntry, append, create, key_hash, witness_proof};

use super::{DidError, DocumentError, web};
use crate::crypto::sha256;
use serde_json::Value;

const PREFIX: &str = "did:webvh:";
/// Stands for the SCID where it is not known yet.
const PLACEHOLDER: &str = "{SCID}";
/// The one version of the method that is taken.
const METHOD: &str = "did:webvh:1.0";

/// The largest log that is read, in bytes.
pub const MAX_LOG: usize = 1 << 20;
/// The largest file of witnesses' proofs that is read, in bytes.
pub const MAX_WITNESS_FILE: usize = 256 << 10;

/// Where the log of `did` is, and where its witnesses' proofs.
///
/// # Errors
/// [`DidError::Method`] for another method, [`DidError::Malformed`] as for did:web, and without a SCID.
pub fn urls(did: &str) -> Result<(String, String), DidError> {
    let (scid, identifier) = parts(did)?;
    if !is_hash(scid) {
        return Err(DidError::Malformed);
    }
    Ok((web::location(identifier, "did.jsonl")?, web::location(identifier, "did-witness.json")?))
}

/// SCID, and host with path.
fn parts(did: &str) -> Result<(&str, &str), DidError> {
    let rest = did.strip_prefix(PREFIX).ok_or(DidError::Method)?;
    rest.split_once(':').ok_or(DidError::Malformed)
}

/// Why a log was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LogError {
    /// More bytes or entries than a log may have.
    #[error("the DID's log is too large")]
    TooLarge,
    /// A line is not an entry.
    #[error("an entry of the DID's log is malformed")]
    Entry,
    /// The log is empty.
    #[error("the DID's log is empty")]
    Empty,
    /// A parameter is unknown, of the wrong form, or stands where it may not.
    #[error("a parameter of the DID's log is not allowed")]
    Parameter,
    /// The log follows another version of the method.
    #[error("the DID's log follows another version of the method")]
    Version,
    /// The SCID is not the hash of the first entry.
    #[error("the DID does not follow from its log")]
    Scid,
    /// Versions do not count from 1.
    #[error("the DID's log skips a version")]
    Number,
    /// An entry is not the one that its version names.
    #[error("the chain of the DID's log is broken")]
    EntryHash,
    /// Times do not rise, are not UTC, or lie ahead.
    #[error("the times of the DID's log do not rise")]
    Time,
    /// No proof of a key that may update the DID verifies, or a proof is of another suite.
    #[error("an entry of the DID's log is not signed by a key that may change it")]
    Proof,
    /// Under pre-rotation, keys or hashes are left out, or a key was not committed to.
    #[error("a key of the DID's log was not committed to before")]
    PreRotation,
    /// The DID moved although it must not, or without naming the one before.
    #[error("the DID moved and must not")]
    Portability,
    /// An entry follows the end.
    #[error("the DID's log goes on after its end")]
    AfterDeactivation,
    /// Fewer witnesses than needed have approved an entry.
    #[error("too few witnesses have approved the DID's log")]
    Witness,
    /// The file of witnesses' proofs is malformed.
    #[error("the witnesses' proofs are malformed")]
    WitnessFile,
    /// The log is not of this DID.
    #[error("the log is not of this DID")]
    OtherDid,
    /// A version's document is refused.
    #[error(transparent)]
    Document(#[from] DocumentError),
}

/// Multihash of SHA-256 in base58btc.
fn hash(bytes: &[u8]) -> String {
    bs58::encode([&[0x12, 0x20], &sha256(&[bytes])[..]].concat()).into_string()
}

fn is_hash(text: &str) -> bool {
    let bytes = if text.len() <= 64 { bs58::decode(text).into_vec().ok() } else { None };
    bytes.is_some_and(|bytes| bytes.len() == 34 && bytes.starts_with(&[0x12, 0x20]))
}

/// JSON in its one canonical form (RFC 8785).
fn jcs(value: &Value) -> Option<Vec<u8>> {
    serde_json_canonicalizer::to_vec(value).ok()
}

#[cfg(test)]
mod tests;
