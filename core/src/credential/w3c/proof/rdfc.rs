//! What the suites over canonical statements share.

use super::{ProofError, Stages, jcs::items};
use crate::credential::w3c::{
    json_ld::{Limits, to_dataset},
    rdf::{Hash, canonicalize},
};
use serde_json::{Map, Value};

/// The stages of a proof over `document`, which has no proof but those that this one follows.
///
/// Spec: Data Integrity EdDSA Cryptosuites 1.0 §3.2; Data Integrity ECDSA Cryptosuites 1.0 §3.2.
pub(super) fn stages(
    document: &Map<String, Value>,
    configuration: &Map<String, Value>,
    hash: Hash,
    limits: &Limits,
) -> Result<Stages, ProofError> {
    let configuration = configured(document, configuration)?;
    Ok(Stages {
        document: canonical(document, hash, limits)?,
        configuration: canonical(&configuration, hash, limits)?,
        hash,
    })
}

/// The configuration with the document's context. One of its own would be put aside unsigned, so it has
/// to be the same.
pub(in crate::credential::w3c) fn configured(
    document: &Map<String, Value>,
    configuration: &Map<String, Value>,
) -> Result<Map<String, Value>, ProofError> {
    let context = document.get("@context").ok_or(ProofError::Context)?;
    if configuration.get("@context").is_some_and(|own| items(own) != items(context)) {
        return Err(ProofError::Context);
    }
    let mut configuration = configuration.clone();
    configuration.insert("@context".into(), context.clone());
    Ok(configuration)
}

fn canonical(object: &Map<String, Value>, hash: Hash, limits: &Limits) -> Result<String, ProofError> {
    let dataset = to_dataset(object, limits)?;
    Ok(canonicalize(&dataset, hash, limits.canonicalization_steps)?.text())
}
