//! Proofs embedded in a document, as credentials and presentations need them.

use super::{
    VcError,
    json_ld::{self, Limits},
};
use crate::{
    crypto::{Digest, PublicKey},
    did::{Relationship, VerificationMethods},
};
use serde_json::{Map, Value};

/// What is asked of the proofs of a document.
pub(super) struct ExpectedProof<'a> {
    pub(super) purpose: Relationship,
    /// Who must be among the signers, if that is known.
    pub(super) signer: Option<&'a str>,
    /// Now, in seconds.
    pub(super) now: u64,
}

/// The proof of the one who was expected to sign.
pub(super) struct EmbeddedProof {
    pub(super) method: String,
    pub(super) key: PublicKey,
    pub(super) created: Option<u64>,
    pub(super) challenge: Option<String>,
    pub(super) domains: Vec<String>,
    pub(super) digest: Option<Digest>,
}

/// Verifies all proofs of `document`.
pub(super) fn verify(
    _document: &Map<String, Value>,
    _methods: &dyn VerificationMethods,
    _expected: &ExpectedProof<'_>,
) -> Result<EmbeddedProof, VcError> {
    Err(VcError::Proof)
}

/// What the proofs of `document` name as their keys, before anything is verified.
pub(super) fn methods(document: &Map<String, Value>) -> Vec<String> {
    let proofs = match document.get("proof") {
        Some(Value::Array(proofs)) => proofs.as_slice(),
        Some(one) => std::slice::from_ref(one),
        None => &[],
    };
    let method = |proof: &Value| proof.get("verificationMethod")?.as_str().map(str::to_owned);
    proofs.iter().filter_map(method).collect()
}

/// What the types of `document` mean, every context known.
pub(super) fn type_iris(document: &Map<String, Value>) -> Result<Vec<String>, VcError> {
    Ok(json_ld::type_iris(document, &Limits::default())?)
}
