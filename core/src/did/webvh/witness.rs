//! Witnesses: others who approve each version before it is published.

use super::{
    LogError, MAX_WITNESS_FILE,
    parameters::{Parameters, Witnesses},
    proof,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The newest entry (by index) that each witness has approved. To approve one is to approve all before.
pub(super) type Approvals = BTreeMap<String, usize>;

/// The most proofs that are checked: each costs a signature.
const MAX_PROOFS: usize = 256;

/// Reads `did-witness.json` and checks the proofs for versions that the log has. Proofs for others are
/// of versions yet to be published; a proof that does not verify approves nothing.
pub(super) fn read(file: &[u8], versions: &[&str]) -> Result<Approvals, LogError> {
    if file.len() > MAX_WITNESS_FILE {
        return Err(LogError::TooLarge);
    }
    let entries = crate::jose::parse_json(file).map_err(|_| LogError::WitnessFile)?;
    let entries = entries.as_array().ok_or(LogError::WitnessFile)?;
    let mut approvals = Approvals::new();
    let mut count = 0;
    for entry in entries {
        let id = entry.get("versionId").and_then(Value::as_str).ok_or(LogError::WitnessFile)?;
        let proofs = entry.get("proof").and_then(Value::as_array).ok_or(LogError::WitnessFile)?;
        count += proofs.len();
        if count > MAX_PROOFS {
            return Err(LogError::TooLarge);
        }
        let Some(index) = versions.iter().position(|version| *version == id) else { continue };
        for signer in proofs.iter().filter_map(|proof| proof::signer_of(&statement(id), proof)) {
            let newest = approvals.entry(signer).or_default();
            *newest = index.max(*newest);
        }
    }
    Ok(approvals)
}

/// What a witness signs.
pub(super) fn statement(version_id: &str) -> Value {
    json!({ "versionId": version_id })
}

/// Whether enough of those have approved an entry who held the office before it; where nobody did,
/// those whom it calls.
pub(super) fn approved(
    before: Option<&Parameters>,
    after: &Parameters,
    index: usize,
    approvals: &Approvals,
) -> bool {
    let office = before.and_then(|before| before.witness.as_ref()).or(after.witness.as_ref());
    let Some(Witnesses { threshold, keys }) = office else { return true };
    let count = keys.iter().filter(|key| approvals.get(*key).is_some_and(|newest| *newest >= index)).count();
    count >= *threshold
}
