//! eddsa-rdfc-2022: Ed25519 over canonical statements.
//!
//! Spec: Data Integrity EdDSA Cryptosuites 1.0 §3.2.

use super::{ProofError, Stages, rdfc};
use crate::{
    credential::w3c::{json_ld::Limits, rdf::Hash},
    crypto::PublicKey,
};
use serde_json::{Map, Value};

/// What a proof of this `configuration` (all members but `proofValue`) over `document` (without its
/// proofs, but for those that it follows) signs.
///
/// # Errors
/// [`ProofError::KeyKind`] for a key that is not Ed25519, [`ProofError::Context`],
/// [`ProofError::JsonLd`], [`ProofError::Rdf`].
pub fn stages(
    document: &Map<String, Value>,
    configuration: &Map<String, Value>,
    key: &PublicKey,
    limits: &Limits,
) -> Result<Stages, ProofError> {
    let PublicKey::Ed25519(_) = key else { return Err(ProofError::KeyKind) };
    rdfc::stages(document, configuration, Hash::Sha256, limits)
}
