//! ecdsa-jcs-2019: ECDSA over canonical JSON, on P-256 with SHA-256 or on P-384 with SHA-384.
//!
//! Spec: Data Integrity ECDSA Cryptosuites 1.0 §3.3.

use super::{ProofError, Stages, jcs, stages::ecdsa_hash};
use crate::crypto::PublicKey;
use serde_json::{Map, Value};

/// What a proof of this `configuration` (all members but `proofValue`) over `document` (without its
/// proofs, but for those that it follows) signs.
///
/// # Errors
/// [`ProofError::KeyKind`] for a key of another curve, [`ProofError::Context`], [`ProofError::Number`].
pub fn stages(
    document: &Map<String, Value>,
    configuration: &Map<String, Value>,
    key: &PublicKey,
) -> Result<Stages, ProofError> {
    jcs::stages(document, configuration, ecdsa_hash(key).ok_or(ProofError::KeyKind)?)
}
