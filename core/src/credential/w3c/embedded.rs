//! Proofs embedded in a document, as credentials and presentations need them.

use super::{
    VcError,
    json_ld::{self, Limits},
    proof::{self, Cryptosuite, ProofPolicy, VerifiedProof, VerifiedProofs},
    sd,
};
use crate::{
    crypto::{Digest, PublicKey, sha256},
    did::{Relationship, VerificationMethods, did_of},
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
    /// The document without its proofs, with the contexts that were signed.
    pub(super) document: Map<String, Value>,
}

/// Verifies all proofs of `document`, and looks for the one of who was expected to sign. Where nobody in
/// particular was, all must be of one signer.
pub(super) fn verify(
    document: &Map<String, Value>,
    methods: &dyn VerificationMethods,
    expected: &ExpectedProof<'_>,
) -> Result<EmbeddedProof, VcError> {
    let policy = ProofPolicy::new(expected.purpose, expected.now);
    let verified = proof::verify(document, methods, &policy)?;
    let signer = signer_of(&verified, expected.signer).ok_or(VcError::OtherSigner)?;
    let said = signer.proof();
    Ok(EmbeddedProof {
        method: signer.verification_method().to_owned(),
        key: signer.key().clone(),
        created: said.created().map(|created| created.seconds()),
        challenge: said.challenge().map(str::to_owned),
        domains: said.domains().to_vec(),
        digest: digest(document, &signer),
        document: verified.into_document(),
    })
}

fn signer_of(verified: &VerifiedProofs, expected: Option<&str>) -> Option<VerifiedProof> {
    let proofs = verified.proofs();
    let did = |proof: &VerifiedProof| did_of(proof.verification_method()).to_owned();
    let first = proofs.first()?;
    match expected {
        Some(expected) => proofs.iter().find(|proof| did(proof) == expected).cloned(),
        None => proofs.iter().all(|proof| did(proof) == did(first)).then(|| first.clone()),
    }
}

/// What a registry would have on record of `document`: of ecdsa-sd-2023 the issuer's signature, of bbs-2023
/// nothing.
fn digest(document: &Map<String, Value>, signer: &VerifiedProof) -> Option<Digest> {
    match signer.proof().cryptosuite() {
        Cryptosuite::EcdsaSd2023 => return sd::ecdsa::signed_digest(signer.proof()).ok(),
        Cryptosuite::Bbs2023 => return None,
        _ => {}
    }
    recorded_digest(document)
}

/// What an issuer of a credential with a whole Data Integrity proof records as issued: SHA-256 of the
/// canonical JSON of all of it. Gives nothing for a document that has no canonical form.
///
/// Spec: RFC 8785
#[must_use]
pub fn recorded_digest(document: &Map<String, Value>) -> Option<Digest> {
    let canonical = serde_json_canonicalizer::to_vec(document).ok()?;
    Some(sha256(&[&canonical]))
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
