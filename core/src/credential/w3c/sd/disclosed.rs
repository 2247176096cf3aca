//! What both suites do with a disclosed document, and with a proof's configuration.

use super::{SdProofError, groups, labels::Labels};
use crate::{
    credential::w3c::{
        json_ld::Limits,
        proof::{ProofError, configured},
    },
    crypto::{Digest, sha256},
};
use serde_json::{Map, Value};
use std::{collections::HashSet, sync::Arc};

/// The most statements of which a proof may speak.
pub(super) const MAX_STATEMENTS: usize = 4096;

/// The hash of a proof's configuration over `document`.
pub(super) fn proof_hash(
    document: &Map<String, Value>,
    configuration: &Map<String, Value>,
    limits: &Limits,
) -> Result<Digest, ProofError> {
    let (_, canonical) = groups::canonical(&configured(document, configuration)?, limits)?;
    Ok(sha256(&[canonical.text().as_bytes()]))
}

/// The hash of the statements that are always disclosed.
pub(super) fn mandatory_hash(lines: &[&str]) -> Digest {
    let lines: Vec<&[u8]> = lines.iter().map(|line| line.as_bytes()).collect();
    sha256(&lines)
}

/// The statements of a disclosed document under the labels that its proof gives to canonical ones, by
/// their numbers. Two nodes must not become one.
pub(super) fn statements(
    document: &Map<String, Value>,
    names: &[Arc<str>],
    limits: &Limits,
) -> Result<Vec<String>, ProofError> {
    let (dataset, canonical) = groups::canonical(document, limits)?;
    let distinct = names.iter().collect::<HashSet<_>>().len() == names.len();
    if !distinct || names.len() != canonical.labels.len() {
        return Err(SdProofError::LabelMap.into());
    }
    let name = |label: &str| names.get(usize::try_from(super::labels::number(label, "c14n")?).ok()?).cloned();
    let renamed = canonical.labels.iter().map(|(input, label)| Some((Arc::clone(input), name(label)?)));
    let labels = renamed.collect::<Option<Labels>>().ok_or(SdProofError::LabelMap)?;
    Ok(groups::relabelled(&dataset, &labels).ok_or(SdProofError::LabelMap)?)
}

/// Checks that indexes ascend and lie below `count`.
pub(super) fn check_indexes(indexes: &[usize], count: usize, what: &'static str) -> Result<(), SdProofError> {
    let ascend = indexes.windows(2).all(|pair| pair[0] < pair[1]);
    if ascend && indexes.last().is_none_or(|last| *last < count) {
        return Ok(());
    }
    Err(SdProofError::Indexes(what))
}
