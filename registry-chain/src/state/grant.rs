//! Grant leaves: what each is, given its sources.

use super::view::View;
use crate::store::StoreError;
use yufu_core::{
    crypto::Digest,
    did::yufu::IssuerId,
    registry::{
        Accreditation, Compromise, DidRecord, Grant, GrantRevocation, IssuedRecord, KeyRecord, RecordKey,
        StatusListRecord, TypeRecord,
    },
};

/// Stands for "no root was published before": a value that no path leads to, since nobody knows what
/// hashes to it.
const NO_ROOT: Digest = [0; 32];

/// The grant of a status list, computed from its sources; none when there is no such list.
pub(super) fn derive(
    view: &View<'_>,
    issuer: IssuerId,
    list: u32,
) -> Result<Option<(RecordKey, Grant)>, StoreError> {
    let Some(stat) = view.read::<StatusListRecord>(&RecordKey::StatusList { issuer, list })? else {
        return Ok(None);
    };
    let missing = || StoreError::Corrupt("a grant without one of its sources");
    let did: DidRecord = view.read(&RecordKey::Did { issuer })?.ok_or_else(missing)?;
    let key: KeyRecord = view.read(&RecordKey::Key { issuer, thumbprint: stat.key })?.ok_or_else(missing)?;
    let accreditation: Accreditation =
        view.read(&RecordKey::Accreditation { issuer, vct: stat.vct.clone() })?.ok_or_else(missing)?;
    let kind: TypeRecord = view
        .read(&RecordKey::Type { vct: stat.vct.clone(), version: stat.type_version })?
        .ok_or_else(missing)?;
    let key_revocation = match key.revocation {
        None => None,
        Some(revocation) => Some(GrantRevocation {
            at_ms: revocation.at_ms,
            compromised: match revocation.compromised_since {
                None => None,
                Some(since) => {
                    let issued_root = last_root_before(view, issuer, list, &stat, since)?;
                    Some(Compromise { since, issued_root })
                }
            },
        }),
    };
    let grant = Grant {
        key: stat.key,
        key_valid_from: key.valid_from,
        key_valid_to: key.valid_to,
        key_revocation,
        accredited_from: accreditation.valid_from,
        accredited_to: accredited_to(&accreditation, &did),
        name_zh: accreditation.name_zh,
        name_en: accreditation.name_en,
        type_digest: kind.metadata_digest,
        encoding: stat.encoding,
        bits: stat.bits,
        size: stat.size,
        status_root: stat.status_root,
        version: stat.version,
        published_at_ms: stat.published_at_ms,
        valid_until: stat.valid_until,
    };
    Ok(Some((RecordKey::Grant { issuer, vct: stat.vct, list }, grant)))
}

/// Writes the grant of a list anew, unless it stands there already.
pub(super) fn rewrite(view: &mut View<'_>, issuer: IssuerId, list: u32) -> Result<(), StoreError> {
    if let Some((key, grant)) = derive(view, issuer, list)?
        && view.read::<Grant>(&key)?.as_ref() != Some(&grant)
    {
        view.write(&key, &grant);
    }
    Ok(())
}

/// The first second after the effective accreditation: suspension, withdrawal and the issuer's
/// deactivation close it early.
fn accredited_to(accreditation: &Accreditation, did: &DidRecord) -> u64 {
    let closed = [
        accreditation.suspended_since,
        accreditation.withdrawn_at,
        did.deactivated_at_ms.map(|ms| ms / 1000),
    ];
    closed.into_iter().flatten().fold(accreditation.valid_to, u64::min)
}

/// The issued root of the list's last publication before `since_ms`. Publications follow each other in
/// time, so the versions are searched by halves.
fn last_root_before(
    view: &View<'_>,
    issuer: IssuerId,
    list: u32,
    stat: &StatusListRecord,
    since_ms: u64,
) -> Result<Digest, StoreError> {
    let read = |version| {
        view.read::<IssuedRecord>(&RecordKey::Issued { issuer, list, version })?
            .ok_or(StoreError::Corrupt("a publication without its root"))
    };
    // Of the versions before `low` it is known that they are earlier, of those from `high` on that not.
    let (mut low, mut high) = (0, u64::from(stat.version) + 1);
    let mut root = NO_ROOT;
    while low < high {
        let middle = (low + high) / 2;
        let issued = read(u32::try_from(middle).map_err(|_| StoreError::Corrupt("a list's version"))?)?;
        if issued.published_at_ms < since_ms {
            root = issued.issued_root;
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    Ok(root)
}
