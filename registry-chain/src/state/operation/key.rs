//! Keys that sign credentials, requests or records.

use super::Author;
use crate::state::{
    cascade::{self, CascadeScope},
    view::{Failure, View},
};
use yufu_core::{
    crypto::{Digest, VerifyingKey},
    registry::{KeyPurpose, KeyRecord, KeyRevocation, RecordKey, RejectReason, RevocationReason},
};

/// Adds a key, active once the timelock has ended.
pub(super) fn add(
    view: &mut View<'_>,
    author: &Author,
    key: &VerifyingKey,
    purpose: KeyPurpose,
    valid_from: u64,
    valid_to: u64,
) -> Result<(), Failure> {
    let thumbprint = key.thumbprint();
    // One purpose a key: what signs transactions signs nothing else, now or after a rotation.
    if *key == author.did.control_key || thumbprint == author.did.next_key {
        return Err(RejectReason::KeyInUse.into());
    }
    let place = RecordKey::Key { issuer: author.id, thumbprint };
    if let Some(known) = view.read::<KeyRecord>(&place)? {
        let other_purpose = known.purpose != purpose;
        let reason = if other_purpose { RejectReason::KeyInUse } else { RejectReason::AlreadyExists };
        return Err(reason.into());
    }
    if valid_to <= view.now() {
        return Err(RejectReason::BadInterval.into());
    }
    // Whole seconds, rounded down: with no timelock the key is active in this very block.
    let active_from = view.now_ms.saturating_add(view.policy.timelock_ms) / 1000;
    let record = KeyRecord { key: key.clone(), purpose, valid_from, valid_to, active_from, revocation: None };
    view.write(&place, &record);
    Ok(())
}

/// Takes back a key whose timelock runs: whoever stole the control key added it.
pub(super) fn cancel(view: &mut View<'_>, author: &Author, thumbprint: &Digest) -> Result<(), Failure> {
    let place = RecordKey::Key { issuer: author.id, thumbprint: *thumbprint };
    let mut record: KeyRecord = view.read(&place)?.ok_or(RejectReason::UnknownKey)?;
    if record.revocation.is_some() {
        return Err(RejectReason::KeyRevoked.into());
    }
    if view.now() >= record.active_from {
        return Err(RejectReason::TooLate.into());
    }
    record.revocation = Some(KeyRevocation {
        at_ms: view.now_ms,
        reason: RevocationReason::Cancelled,
        compromised_since: None,
    });
    // No list was opened for it yet, so no grant depends on it.
    view.write(&place, &record);
    Ok(())
}

/// Revokes a key for good. A revocation may later turn out to be a compromise, and a compromise to be
/// older; nothing goes the other way.
pub(super) fn revoke(
    view: &mut View<'_>,
    author: &Author,
    thumbprint: &Digest,
    reason: RevocationReason,
    compromised_since: Option<u64>,
) -> Result<(), Failure> {
    let place = RecordKey::Key { issuer: author.id, thumbprint: *thumbprint };
    let mut record: KeyRecord = view.read(&place)?.ok_or(RejectReason::UnknownKey)?;
    if compromised_since.is_some_and(|since| since > view.now_ms) {
        return Err(RejectReason::BadInterval.into());
    }
    let at_ms = match record.revocation {
        None => view.now_ms,
        Some(known) => match (known.compromised_since, compromised_since) {
            (None, Some(_)) => known.at_ms,
            (Some(before), Some(since)) if since < before => known.at_ms,
            _ => return Err(RejectReason::KeyRevoked.into()),
        },
    };
    record.revocation = Some(KeyRevocation { at_ms, reason, compromised_since });
    view.write(&place, &record);
    Ok(cascade::start(view, CascadeScope::Key { issuer: author.id, thumbprint: *thumbprint })?)
}
