//! bbs-2023: the issuer signs all statements with one BBS signature, and each derived proof is another
//! zero-knowledge proof of it, so that two presentations of one credential cannot be told to be of one by
//! their proofs.
//!
//! Only the baseline is here. Binding to a holder's secret and pseudonyms are refused by name
//! ([`SdProofError::Feature`](super::SdProofError::Feature)).
//!
//! A fresh proof needs unpredictable scalars, which the implementation of BBS takes from the operating
//! system; everything else here takes its randomness from the caller.
//!
//! Spec: Data Integrity BBS Cryptosuites 1.0 §3; The BBS Signature Scheme, with BLS12-381 and SHA-256.

mod key;
mod scheme;
mod value;

pub use key::BbsKey;
pub use value::{BaseProof, DerivedProof};

use super::{
    SdError, SdProofError,
    derive::{Disclosure, Request},
    disclosed::{check_indexes, mandatory_hash, proof_hash, statements},
    groups::{Statements, split},
    labels::{self, Naming},
    pointers,
};
use crate::{
    credential::w3c::{
        json_ld::Limits,
        proof::{Cryptosuite, Proof, ProofError, ProofOptions, attach},
    },
    crypto::PublicKey,
    random::Random,
};
use serde_json::{Map, Value};
use std::sync::Arc;
use zeroize::Zeroizing;

/// The longest presentation header, in bytes.
pub const MAX_PRESENTATION_HEADER: usize = 1024;

/// `document` with a base proof by `key`: `mandatory_pointers` select what every derived proof discloses.
/// The document goes to the holder alone.
///
/// # Errors
/// [`SdError::Proof`] for another suite in the options, options that make no proof, or a document that has
/// no canonical statements; [`SdError::Pointer`], [`SdError::Nothing`], [`SdError::TooManyPointers`];
/// [`SdError::Unselectable`]; [`SdError::Bbs`]; [`SdError::Random`].
///
/// Spec: BBS Cryptosuites 1.0 §3.4.1.
pub fn create_base(
    document: &Map<String, Value>,
    options: &ProofOptions,
    mandatory_pointers: &[String],
    key: &BbsKey,
    random: &dyn Random,
    limits: &Limits,
) -> Result<Map<String, Value>, SdError> {
    let hmac_key = Zeroizing::new(random.bytes::<32>()?);
    create_with(document, options, mandatory_pointers, (key, &hmac_key), random, limits)
}

pub(super) fn create_with(
    document: &Map<String, Value>,
    options: &ProofOptions,
    mandatory_pointers: &[String],
    (key, hmac_key): (&BbsKey, &[u8; 32]),
    random: &dyn Random,
    limits: &Limits,
) -> Result<Map<String, Value>, SdError> {
    if options.cryptosuite != Cryptosuite::Bbs2023 {
        return Err(ProofError::SuiteNotAllowed(options.cryptosuite).into());
    }
    if !options.previous.is_empty() {
        return Err(SdError::Unselectable);
    }
    pointers::check(mandatory_pointers)?;
    let mut unsecured = document.clone();
    unsecured.remove("proof");
    let configuration = options.configuration(&unsecured);
    let proof_hash = proof_hash(&unsecured, &configuration, limits)?;

    let all = Statements::new(&unsecured, Naming::Shuffled, hmac_key, random, limits)?;
    let mandatory = all.select(mandatory_pointers, limits)?;
    let (mandatory, others) = all.split(&mandatory.indexes);
    let header = header(&proof_hash, &mandatory_hash(&mandatory));
    let base = BaseProof {
        signature: scheme::sign(key, &header, &messages(&others)).ok_or(SdError::Bbs)?,
        header,
        key: key.point(),
        hmac_key: Zeroizing::new(*hmac_key),
        mandatory_pointers: mandatory_pointers.to_vec(),
    };
    Ok(attach(document, configuration, options.cryptosuite, &base.encode())?)
}

fn header(proof_hash: &[u8; 32], mandatory_hash: &[u8; 32]) -> [u8; 64] {
    let mut header = [0; 64];
    header[..32].copy_from_slice(proof_hash);
    header[32..].copy_from_slice(mandatory_hash);
    header
}

fn messages(lines: &[&str]) -> Vec<Vec<u8>> {
    lines.iter().map(|line| line.as_bytes().to_vec()).collect()
}

/// The disclosed document and the bytes of its proof.
pub(super) fn derive(
    request: &Request<'_>,
    base: &[u8],
    configuration: &Map<String, Value>,
    presentation_header: &[u8],
) -> Result<(Map<String, Value>, Vec<u8>), SdError> {
    if presentation_header.len() > MAX_PRESENTATION_HEADER {
        return Err(SdProofError::Length("presentation header").into());
    }
    let base = BaseProof::decode(base)?;
    let disclosure = Disclosure::new(request, &base.mandatory_pointers, Naming::Shuffled, &base.hmac_key)?;
    let (mandatory, others) = disclosure.statements.split(&disclosure.mandatory);
    let proof_hash = proof_hash(request.document, configuration, request.limits)?;
    if base.header != header(&proof_hash, &mandatory_hash(&mandatory)) {
        return Err(SdError::Bbs);
    }
    let chosen = disclosure.chosen();
    let proof = scheme::prove(&base, &messages(&others), &chosen, presentation_header).ok_or(SdError::Bbs)?;
    let label = |name: &Arc<str>| {
        let number = labels::number(name, "b").and_then(|number| usize::try_from(number).ok());
        number.ok_or(SdProofError::LabelMap)
    };
    let derived = DerivedProof {
        proof,
        labels: disclosure.names.iter().map(label).collect::<Result<_, _>>()?,
        mandatory_indexes: disclosure.mandatory_indexes,
        selective_indexes: chosen,
        presentation_header: presentation_header.to_vec(),
    };
    Ok((disclosure.document, derived.encode()))
}

/// Checks a derived proof over `document`, which has no proof.
///
/// Spec: BBS Cryptosuites 1.0 §3.4.4.
pub(in crate::credential::w3c) fn verify(
    document: &Map<String, Value>,
    proof: &Proof,
    key: &PublicKey,
    limits: &Limits,
) -> Result<(), ProofError> {
    let PublicKey::Bls12381G2(key) = key else { return Err(ProofError::KeyKind) };
    let derived = DerivedProof::decode(proof.value())?;
    let names: Vec<Arc<str>> = derived.labels.iter().map(|label| format!("b{label}").into()).collect();
    let lines = statements(document, &names, limits)?;
    check_indexes(&derived.mandatory_indexes, lines.len(), "mandatory indexes")?;
    let (mandatory, others) = split(&lines, |at| derived.mandatory_indexes.binary_search(&at).is_ok());
    check_indexes(&derived.selective_indexes, derived.messages(), "selective indexes")?;
    if others.len() != derived.selective_indexes.len() {
        return Err(SdProofError::Indexes("selective indexes").into());
    }
    let proof_hash = proof_hash(document, proof.configuration(), limits)?;
    let header = header(&proof_hash, &mandatory_hash(&mandatory));
    let holds = scheme::verify(key, &header, &derived, &messages(&others));
    if holds { Ok(()) } else { Err(ProofError::Signature) }
}
