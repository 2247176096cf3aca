//! ecdsa-sd-2023: the issuer signs what is always disclosed together with a key of P-256 made for this
//! one document, and that key signs each other statement. Presentations of one credential can be told to
//! be of one, by the issuer's signature in all of them.
//!
//! Spec: Data Integrity ECDSA Cryptosuites 1.0 §3.5, §3.6.

mod value;

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
        proof::{BySigner, Cryptosuite, Proof, ProofError, ProofOptions, ProofSigner, attach},
    },
    crypto::{Algorithm, Digest, PublicKey, SoftwareKey, sha256},
    random::Random,
};
use serde_json::{Map, Value};
use zeroize::Zeroizing;

/// `document` with a base proof by `signer` (a key of P-256): `mandatory_pointers` select what every
/// derived proof discloses. The document goes to the holder alone.
///
/// # Errors
/// [`SdError::Proof`] for another suite in the options, a key of another kind, options that make no proof,
/// or a document that has no canonical statements; [`SdError::Pointer`], [`SdError::Nothing`],
/// [`SdError::TooManyPointers`]; [`SdError::Unselectable`]; [`SdError::Signer`]; [`SdError::Random`].
///
/// Spec: ECDSA Cryptosuites 1.0 §3.6.1–3.6.5.
pub fn create_base(
    document: &Map<String, Value>,
    options: &ProofOptions,
    mandatory_pointers: &[String],
    signer: &dyn ProofSigner,
    random: &dyn Random,
    limits: &Limits,
) -> Result<Map<String, Value>, SdError> {
    let statement_key = SoftwareKey::generate(Algorithm::Es256, random)?;
    let hmac_key = Zeroizing::new(random.bytes::<32>()?);
    let keys = Keys { issuer: signer, statements: &BySigner::new(&statement_key), hmac: &hmac_key };
    create_with(document, options, mandatory_pointers, &keys, random, limits)
}

/// The keys of a base proof.
pub(super) struct Keys<'a> {
    pub(super) issuer: &'a dyn ProofSigner,
    pub(super) statements: &'a dyn ProofSigner,
    pub(super) hmac: &'a [u8; 32],
}

pub(super) fn create_with(
    document: &Map<String, Value>,
    options: &ProofOptions,
    mandatory_pointers: &[String],
    keys: &Keys<'_>,
    random: &dyn Random,
    limits: &Limits,
) -> Result<Map<String, Value>, SdError> {
    if options.cryptosuite != Cryptosuite::EcdsaSd2023 {
        return Err(ProofError::SuiteNotAllowed(options.cryptosuite).into());
    }
    if !matches!(keys.issuer.public_key(), PublicKey::P256(_)) {
        return Err(ProofError::KeyKind.into());
    }
    if !options.previous.is_empty() {
        return Err(SdError::Unselectable);
    }
    pointers::check(mandatory_pointers)?;
    let mut unsecured = document.clone();
    unsecured.remove("proof");
    let configuration = options.configuration(&unsecured);
    let proof_hash = proof_hash(&unsecured, &configuration, limits)?;

    let all = Statements::new(&unsecured, Naming::Hmac, keys.hmac, random, limits)?;
    let mandatory = all.select(mandatory_pointers, limits)?;
    let (mandatory, others) = all.split(&mandatory.indexes);
    let public = keys.statements.public_key();
    let signature = keys.issuer.sign(&message(&proof_hash, public, &mandatory_hash(&mandatory)))?;
    let sign = |line: &&str| sized(&keys.statements.sign(line.as_bytes())?);
    let base = BaseProof {
        signature: sized(&signature)?,
        key: public.clone(),
        hmac_key: Zeroizing::new(*keys.hmac),
        signatures: others.iter().map(sign).collect::<Result<_, SdError>>()?,
        mandatory_pointers: mandatory_pointers.to_vec(),
    };
    Ok(attach(document, configuration, options.cryptosuite, &base.encode())?)
}

fn sized(signature: &[u8]) -> Result<[u8; 64], SdError> {
    Ok(signature.try_into().map_err(|_| SdProofError::Length("signature"))?)
}

/// What the issuer signs.
fn message(proof_hash: &Digest, key: &PublicKey, mandatory_hash: &Digest) -> Vec<u8> {
    [proof_hash.as_slice(), &key.multicodec(), mandatory_hash].concat()
}

/// The disclosed document and the bytes of its proof.
pub(super) fn derive(request: &Request<'_>, base: &[u8]) -> Result<(Map<String, Value>, Vec<u8>), SdError> {
    let base = BaseProof::decode(base)?;
    let disclosure = Disclosure::new(request, &base.mandatory_pointers, Naming::Hmac, &base.hmac_key)?;
    if base.signatures.len() != disclosure.statements.lines().len() - disclosure.mandatory.len() {
        return Err(SdProofError::SignatureCount.into());
    }
    let chosen = disclosure.chosen();
    let label = |name: &std::sync::Arc<str>| labels::decoded(name).ok_or(SdProofError::LabelMap);
    let derived = DerivedProof {
        signature: base.signature,
        key: base.key.clone(),
        signatures: chosen.iter().filter_map(|at| base.signatures.get(*at).copied()).collect(),
        labels: disclosure.names.iter().map(label).collect::<Result<_, _>>()?,
        mandatory_indexes: disclosure.mandatory_indexes,
    };
    Ok((disclosure.document, derived.encode()))
}

/// Checks a derived proof over `document`, which has no proof.
///
/// Spec: ECDSA Cryptosuites 1.0 §3.6.7.
pub(in crate::credential::w3c) fn verify(
    document: &Map<String, Value>,
    proof: &Proof,
    key: &PublicKey,
    limits: &Limits,
) -> Result<(), ProofError> {
    if !matches!(key, PublicKey::P256(_)) {
        return Err(ProofError::KeyKind);
    }
    let derived = DerivedProof::decode(proof.value())?;
    let names: Vec<_> = derived.labels.iter().map(|label| labels::encoded(label)).collect();
    let lines = statements(document, &names, limits)?;
    check_indexes(&derived.mandatory_indexes, lines.len(), "mandatory indexes")?;
    let (mandatory, others) = split(&lines, |at| derived.mandatory_indexes.binary_search(&at).is_ok());
    if others.len() != derived.signatures.len() {
        return Err(SdProofError::SignatureCount.into());
    }
    let proof_hash = proof_hash(document, proof.configuration(), limits)?;
    key.verify(&message(&proof_hash, &derived.key, &mandatory_hash(&mandatory)), &derived.signature)?;
    let mut signed = others.iter().zip(&derived.signatures);
    Ok(signed.try_for_each(|(line, signature)| derived.key.verify(line.as_bytes(), signature))?)
}

/// What a registry records of a document with this base or derived proof: SHA-256 of the issuer's
/// signature, which is the same in all proofs that were derived from one.
///
/// # Errors
/// [`SdProofError`] when the bytes are neither a base nor a derived proof of this suite.
pub fn signed_digest(proof: &Proof) -> Result<Digest, SdProofError> {
    let signature = match BaseProof::decode(proof.value()) {
        Ok(base) => base.signature,
        Err(SdProofError::DerivedProof) => DerivedProof::decode(proof.value())?.signature,
        Err(error) => return Err(error),
    };
    Ok(sha256(&[&signature]))
}
