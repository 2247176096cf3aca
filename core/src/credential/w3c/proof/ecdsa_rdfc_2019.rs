//! ecdsa-rdfc-2019: ECDSA over canonical statements, on P-256 with SHA-256 or on P-384 with SHA-384,
//! which then is the hash inside canonicalization too.
//!
//! Spec: Data Integrity ECDSA Cryptosuites 1.0 §3.2.

use super::{ProofError, Stages, rdfc, stages::ecdsa_hash};
use crate::{credential::w3c::json_ld::Limits, crypto::PublicKey};
use serde_json::{Map, Value};

/// What a proof of this `configuration` (all members but `proofValue`) over `document` (without its
/// proofs, but for those that it follows) signs.
///
/// # Errors
/// [`ProofError::KeyKind`] for a key of another curve, [`ProofError::Context`], [`ProofError::JsonLd`],
/// [`ProofError::Rdf`].
pub fn stages(
    document: &Map<String, Value>,
    configuration: &Map<String, Value>,
    key: &PublicKey,
    limits: &Limits,
) -> Result<Stages, ProofError> {
    rdfc::stages(document, configuration, ecdsa_hash(key).ok_or(ProofError::KeyKind)?, limits)
}
