//! Adding a proof to a document.

use super::{
    Cryptosuite, MAX_PROOFS, Proof, ProofError, ProofOptions, ProofSigner, Stages, ecdsa_jcs_2019,
    ecdsa_rdfc_2019, eddsa_jcs_2022, eddsa_rdfc_2022,
    set::{ProofSet, without_proofs},
};
use crate::{
    credential::w3c::json_ld::Limits,
    crypto::{PublicKey, SignerError},
};
use serde_json::{Map, Value};

/// Why no proof was made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignError {
    /// The document or the options make no proof that would be taken.
    #[error(transparent)]
    Proof(#[from] ProofError),
    /// The key did not sign.
    #[error(transparent)]
    Signer(#[from] SignerError),
}

/// `document` with one more proof, made by `signer`: alone, beside those that it has, or after those that
/// the options name as previous. Proofs for selective disclosure are made elsewhere.
///
/// # Errors
/// [`SignError::Proof`] when the options are malformed, name a previous proof that is not there or a
/// suite that does not take the key, when the document has too many proofs, or cannot be canonicalized;
/// [`SignError::Signer`].
///
/// Spec: Data Integrity 1.0 §4.2, §4.3.
pub fn sign(
    document: &Map<String, Value>,
    options: &ProofOptions,
    signer: &dyn ProofSigner,
    limits: &Limits,
) -> Result<Map<String, Value>, SignError> {
    let set = ProofSet::read(document)?;
    if set.len() >= MAX_PROOFS {
        return Err(ProofError::TooMany.into());
    }
    let unsecured = without_proofs(document);
    let configuration = options.configuration(&unsecured);
    let input = set.input(&unsecured, &options.previous)?;
    let stages = stages(options.cryptosuite, &input, &configuration, signer.public_key(), limits)?;
    let signature = signer.sign(&stages.message())?;

    attach(document, configuration, options.cryptosuite, &signature)
}

/// `document` with a proof of this configuration and value, alone or beside those that it has.
pub(in crate::credential::w3c) fn attach(
    document: &Map<String, Value>,
    configuration: Map<String, Value>,
    suite: Cryptosuite,
    value: &[u8],
) -> Result<Map<String, Value>, SignError> {
    let set = ProofSet::read(document)?;
    if set.len() >= MAX_PROOFS {
        return Err(ProofError::TooMany.into());
    }
    let mut proof = configuration;
    proof.insert("proofValue".into(), suite.encode(value).into());
    add(document, &set, proof.into())
}

/// The document with one more proof, when all of them read well together.
fn add(
    document: &Map<String, Value>,
    set: &ProofSet<'_>,
    proof: Value,
) -> Result<Map<String, Value>, SignError> {
    Proof::read(&proof)?;
    let mut signed = document.clone();
    let proofs = match set.len() {
        0 => proof,
        _ => set.values().cloned().chain([proof]).collect(),
    };
    signed.insert("proof".into(), proofs);
    ProofSet::read(&signed)?;
    Ok(signed)
}

/// What a proof of one of the suites that sign a whole document signs.
pub(super) fn stages(
    suite: Cryptosuite,
    document: &Map<String, Value>,
    configuration: &Map<String, Value>,
    key: &PublicKey,
    limits: &Limits,
) -> Result<Stages, ProofError> {
    match suite {
        Cryptosuite::EddsaJcs2022 => eddsa_jcs_2022::stages(document, configuration, key),
        Cryptosuite::EcdsaJcs2019 => ecdsa_jcs_2019::stages(document, configuration, key),
        Cryptosuite::EddsaRdfc2022 => eddsa_rdfc_2022::stages(document, configuration, key, limits),
        Cryptosuite::EcdsaRdfc2019 => ecdsa_rdfc_2019::stages(document, configuration, key, limits),
        Cryptosuite::EcdsaSd2023 | Cryptosuite::Bbs2023 => Err(ProofError::SuiteNotAllowed(suite)),
    }
}
