//! What a new network takes over.

use super::{ExportError, read::Parser};
use crate::genesis::Genesis;
use std::{collections::BTreeMap, fs::File, io::BufReader, path::Path};
use yufu_core::{
    crypto::Digest,
    registry::{Policy, Proposal, ProposalState, Record as _, RecordError, RecordKey, Rules},
};

/// Bytes that are read at a time.
const BUFFER: usize = 256 << 10;

/// The records that a network begins with, as the genesis names them.
#[derive(Debug)]
pub struct ImportedRecords {
    export: Digest,
    records: BTreeMap<Vec<u8>, Vec<u8>>,
}

impl ImportedRecords {
    /// Digest of the export that they come from.
    pub(crate) fn export(&self) -> &Digest {
        &self.export
    }

    pub(crate) fn into_inner(self) -> BTreeMap<Vec<u8>, Vec<u8>> {
        self.records
    }
}

/// The rules of a new network, from the exported ones: all stay but a change of rules that was agreed for
/// a height of the old chain. `height` is that of the export.
#[must_use]
pub fn carried_policy(policy: &Policy, height: u64) -> Policy {
    let rules = Rules { version: policy.rules.at(height.saturating_add(1)), next: None };
    Policy { rules, ..policy.clone() }
}

/// Reads the records that a genesis begins with. Its digest stands for header, roots and signature, which
/// were verified by whoever founded the network, and can be by everybody: see [`verify`](super::verify).
///
/// # Errors
/// [`ExportError::OtherExport`] when the file is another one; others when it is malformed.
pub fn load(path: &Path, genesis: &Genesis) -> Result<ImportedRecords, ExportError> {
    let origin = genesis.origin().ok_or(ExportError::OtherExport)?;
    let mut export = Parser::new(BufReader::with_capacity(BUFFER, File::open(path)?))?;
    let mut records = BTreeMap::new();
    let mut policy = None;
    while let Some((key, value)) = export.next_record()? {
        if key == RecordKey::Policy {
            policy = Some(Policy::from_bytes(&value).map_err(ExportError::Policy)?);
        }
        if let Some(value) = carried(&key, value, origin.time_ms)? {
            records.insert(borsh::to_vec(&key).map_err(|_| ExportError::Malformed("a key"))?, value);
        }
    }
    let end = export.finish()?;
    if end.digest != origin.export {
        return Err(ExportError::OtherExport);
    }
    let policy = policy.ok_or(ExportError::Policy(RecordError::Malformed))?;
    if genesis.content().policy != carried_policy(&policy, origin.height) {
        return Err(ExportError::OtherPolicy);
    }
    Ok(ImportedRecords { export: end.digest, records })
}

/// What a record is in the new network; none where that has its own.
fn carried(key: &RecordKey, value: Vec<u8>, at_ms: u64) -> Result<Option<Vec<u8>>, ExportError> {
    match key {
        RecordKey::Policy
        | RecordKey::Validators { .. }
        | RecordKey::DecidedValidators
        | RecordKey::Origin => Ok(None),
        RecordKey::Proposal { .. } => {
            let mut proposal =
                Proposal::from_bytes(&value).map_err(|_| ExportError::Malformed("a proposal"))?;
            if matches!(proposal.state, ProposalState::Open | ProposalState::Passed { .. }) {
                proposal.state = ProposalState::Rejected { at_ms };
            }
            Ok(Some(proposal.to_bytes()))
        }
        _ => Ok(Some(value)),
    }
}

#[cfg(test)]
mod tests {
    use super::carried;
    use yufu_core::{
        did::yufu::IssuerId,
        registry::{GovernanceAct, Proposal, ProposalState, Record as _, RecordKey},
    };

    fn carried_state(state: ProposalState) -> ProposalState {
        let act = GovernanceAct::SuspendAccreditation { issuer: IssuerId([1; 20]), vct: "t".into() };
        let proposal = Proposal {
            act,
            proposer: IssuerId([2; 20]),
            proposed_at_ms: 1,
            expires_at_ms: 9_000,
            approvals: vec![IssuerId([2; 20])],
            rejections: Vec::new(),
            state,
        };
        let carried = carried(&RecordKey::Proposal { seq: 0 }, proposal.to_bytes(), 5_000).unwrap().unwrap();
        let carried = Proposal::from_bytes(&carried).unwrap();
        assert_eq!(Proposal { state, ..carried.clone() }, proposal);
        carried.state
    }

    #[test]
    fn what_was_not_carried_out_before_the_export_is_not_carried_out_after_it() {
        let rejected = ProposalState::Rejected { at_ms: 5_000 };
        assert_eq!(carried_state(ProposalState::Open), rejected);
        assert_eq!(carried_state(ProposalState::Passed { from_ms: 6_000 }), rejected);
        let executed = ProposalState::Executed { at_ms: 3_000 };
        assert_eq!(carried_state(executed), executed);
    }

    #[test]
    fn what_belongs_to_the_old_validators_stays_behind() {
        for key in [
            RecordKey::Policy,
            RecordKey::Validators { epoch: 3 },
            RecordKey::DecidedValidators,
            RecordKey::Origin,
        ] {
            assert_eq!(carried(&key, vec![1], 0).unwrap(), None, "{key}");
        }
        let key = RecordKey::Entry { stream: "s".into(), seq: 0 };
        assert_eq!(carried(&key, vec![1], 0).unwrap(), Some(vec![1]));
    }
}
