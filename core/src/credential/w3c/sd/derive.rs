//! From a document with a base proof to a smaller one with a derived proof.

use super::{
    SdError, bbs, disclosed, ecdsa,
    groups::Statements,
    labels::Naming,
    pointers::{self, Selection},
};
use crate::{
    credential::w3c::{
        json_ld::Limits,
        proof::{Cryptosuite, Proof},
        rdf::{Hash, canonicalize},
    },
    random::Random,
};
use serde_json::{Map, Value};
use std::{collections::BTreeSet, sync::Arc};

/// The part of `document` that its issuer always discloses and that `selective_pointers` (JSON pointers)
/// select, with a proof derived from its base proof. Other proofs of the document do not fit the part and
/// are left out.
///
/// `presentation_header` goes into derived BBS proofs, where a verifier finds it; ecdsa-sd-2023 has no
/// place for it and ignores it. Randomness makes names that no document knows; a BBS proof takes its own
/// from the operating system.
///
/// # Errors
/// [`SdError::NoBaseProof`], [`SdError::SeveralBaseProofs`]; [`SdError::Pointer`], [`SdError::Nothing`],
/// [`SdError::TooManyPointers`], [`SdError::NothingDisclosed`]; [`SdError::Value`] for malformed base
/// proofs; [`SdError::Unselectable`]; [`SdError::Bbs`]; [`SdError::Proof`]; [`SdError::Random`].
///
/// Spec: ECDSA Cryptosuites 1.0 §3.6.6; BBS Cryptosuites 1.0 §3.4.3.
pub fn derive(
    document: &Map<String, Value>,
    selective_pointers: &[String],
    presentation_header: &[u8],
    random: &dyn Random,
    limits: &Limits,
) -> Result<Map<String, Value>, SdError> {
    pointers::check(selective_pointers)?;
    let proof = base_proof(document)?;
    if !proof.previous().is_empty() {
        return Err(SdError::Unselectable);
    }
    let mut unsecured = document.clone();
    unsecured.remove("proof");
    let request = Request { document: &unsecured, selective_pointers, random, limits };
    let (mut revealed, value) = match proof.cryptosuite() {
        Cryptosuite::EcdsaSd2023 => ecdsa::derive(&request, proof.value())?,
        _ => bbs::derive(&request, proof.value(), proof.configuration(), presentation_header)?,
    };
    let mut derived = proof.configuration().clone();
    derived.insert("proofValue".into(), proof.cryptosuite().encode(&value).into());
    revealed.insert("proof".into(), derived.into());
    Ok(revealed)
}

fn base_proof(document: &Map<String, Value>) -> Result<Proof, SdError> {
    let proofs = match document.get("proof") {
        None => &[],
        Some(Value::Array(several)) => several.as_slice(),
        Some(one) => std::slice::from_ref(one),
    };
    let is_selective = |proof: &&Value| {
        let suite = proof.get("cryptosuite").and_then(Value::as_str).and_then(Cryptosuite::from_name);
        suite.is_some_and(Cryptosuite::is_selective)
    };
    let mut selective = proofs.iter().filter(is_selective);
    let proof = selective.next().ok_or(SdError::NoBaseProof)?;
    if selective.next().is_some() {
        return Err(SdError::SeveralBaseProofs);
    }
    Ok(Proof::read(proof)?)
}

/// What is to be derived.
pub(super) struct Request<'a> {
    /// Without its proofs.
    pub(super) document: &'a Map<String, Value>,
    pub(super) selective_pointers: &'a [String],
    pub(super) random: &'a dyn Random,
    pub(super) limits: &'a Limits,
}

/// What is disclosed.
pub(super) struct Disclosure {
    /// All statements.
    pub(super) statements: Statements,
    /// The places of those that the issuer always discloses.
    pub(super) mandatory: BTreeSet<usize>,
    /// The places of those that the holder discloses.
    pub(super) selective: BTreeSet<usize>,
    /// The places of the first among all that are disclosed.
    pub(super) mandatory_indexes: Vec<usize>,
    /// Under which label each canonical label of the disclosed document stands, by its number.
    pub(super) names: Vec<Arc<str>>,
    /// The disclosed document, without a proof.
    pub(super) document: Map<String, Value>,
}

impl Disclosure {
    pub(super) fn new(
        request: &Request<'_>,
        mandatory_pointers: &[String],
        naming: Naming,
        key: &[u8; 32],
    ) -> Result<Self, SdError> {
        let Request { document, selective_pointers, random, limits } = *request;
        let pointers = [mandatory_pointers, selective_pointers].concat();
        let selection = Selection::new(document, &pointers)?.ok_or(SdError::NothingDisclosed)?;
        let statements = Statements::new(document, naming, key, random, limits)?;
        let mandatory = statements.select(mandatory_pointers, limits)?.indexes;
        let selective = statements.select(selective_pointers, limits)?.indexes;
        let combined = statements.select(&pointers, limits)?;

        let canonical = canonicalize(&combined.dataset, Hash::Sha256, limits.canonicalization_steps)?;
        let mut numbered: Vec<(u64, Arc<str>)> = Vec::with_capacity(canonical.labels.len());
        for (input, label) in &canonical.labels {
            let number = super::labels::number(label, "c14n").ok_or(SdError::Unselectable)?;
            let name = statements.labels().get(input).ok_or(SdError::Unselectable)?;
            numbered.push((number, Arc::clone(name)));
        }
        numbered.sort_unstable();
        let names: Vec<Arc<str>> = numbered.into_iter().map(|(_, name)| name).collect();
        let document = selection.of(document, false);
        // A verifier must come to the same statements from the disclosed document alone.
        let expected = statements.split(&combined.indexes).0;
        let found = disclosed::statements(&document, &names, limits);
        if found.map_or(true, |found| found != expected) {
            return Err(SdError::Unselectable);
        }
        let places = combined.indexes.iter().enumerate();
        let mandatory_indexes =
            places.filter(|(_, index)| mandatory.contains(index)).map(|(at, _)| at).collect();
        Ok(Self { statements, mandatory, selective, mandatory_indexes, names, document })
    }

    /// The places of the statements that are disclosed and need not be, among those that need not be.
    pub(super) fn chosen(&self) -> Vec<usize> {
        let optional = (0..self.statements.lines().len()).filter(|index| !self.mandatory.contains(index));
        let chosen = optional.enumerate().filter(|(_, index)| self.selective.contains(index));
        chosen.map(|(at, _)| at).collect()
    }
}
