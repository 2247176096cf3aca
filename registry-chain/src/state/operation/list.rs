//! Status lists: opened for one key and one type version, published anew version by version.

use super::Author;
use crate::state::{
    grant,
    rules::BITSTRING_LISTS,
    view::{Failure, View},
};
use yufu_core::{
    registry::{
        Accreditation, IssuedRecord, KeyPurpose, KeyRecord, Operation, RecordKey, RejectReason,
        StatusEncoding, StatusListRecord,
    },
    status::{ListContext, StatusArray, chunk::ChunkTree},
};

/// Opens a list: its first version, in which nothing is set.
pub(super) fn open(view: &mut View<'_>, author: &Author, operation: &Operation) -> Result<(), Failure> {
    let Operation::OpenList {
        list,
        key,
        vct,
        type_version,
        encoding,
        bits,
        size,
        purpose,
        url,
        status_root,
        issued_root,
        token_digest,
        valid_until,
    } = operation
    else {
        return Err(RejectReason::Malformed.into());
    };
    let place = RecordKey::StatusList { issuer: author.id, list: *list };
    if view.exists(&place)? {
        return Err(RejectReason::AlreadyExists.into());
    }
    if *encoding == StatusEncoding::Bitstring && view.rules() < BITSTRING_LISTS {
        return Err(RejectReason::Unsupported.into());
    }
    check_key(view, author, key)?;
    check_valid_until(view, *valid_until)?;
    if !view.exists(&RecordKey::Type { vct: vct.clone(), version: *type_version })? {
        return Err(RejectReason::UnknownType.into());
    }
    count_list(view, author, vct)?;
    let context = ListContext { issuer: author.id, list: *list };
    let clear = StatusArray::new(*bits, *size).map_err(|_| RejectReason::BadListShape)?;
    if ChunkTree::build(&context, &clear).root() != *status_root {
        return Err(RejectReason::NotAllClear.into());
    }
    let stat = StatusListRecord {
        key: *key,
        vct: vct.clone(),
        type_version: *type_version,
        encoding: *encoding,
        bits: *bits,
        size: *size,
        version: 0,
        status_root: *status_root,
        issued_root: *issued_root,
        token_digest: *token_digest,
        purpose: purpose.clone(),
        url: url.clone(),
        published_at_ms: view.now_ms,
        valid_until: *valid_until,
    };
    write(view, author, *list, &stat)
}

/// Publishes a list anew. That its accreditation is suspended or its key revoked is no hindrance:
/// what was issued must still be revocable.
pub(super) fn publish(view: &mut View<'_>, author: &Author, operation: &Operation) -> Result<(), Failure> {
    let Operation::PublishStatus { list, version, status_root, issued_root, token_digest, valid_until } =
        operation
    else {
        return Err(RejectReason::Malformed.into());
    };
    let place = RecordKey::StatusList { issuer: author.id, list: *list };
    let mut stat: StatusListRecord = view.read(&place)?.ok_or(RejectReason::UnknownList)?;
    if stat.version.checked_add(1) != Some(*version) {
        return Err(RejectReason::VersionConflict.into());
    }
    check_valid_until(view, *valid_until)?;
    stat.version = *version;
    stat.status_root = *status_root;
    stat.issued_root = *issued_root;
    stat.token_digest = *token_digest;
    stat.valid_until = *valid_until;
    stat.published_at_ms = view.now_ms;
    write(view, author, *list, &stat)
}

/// The list's key is the author's, signs credentials, and may do so now.
fn check_key(view: &View<'_>, author: &Author, thumbprint: &[u8; 32]) -> Result<(), Failure> {
    let place = RecordKey::Key { issuer: author.id, thumbprint: *thumbprint };
    let key: KeyRecord = view.read(&place)?.ok_or(RejectReason::UnknownKey)?;
    if key.purpose != KeyPurpose::Credential {
        return Err(RejectReason::WrongPurpose.into());
    }
    if key.revocation.is_some() {
        return Err(RejectReason::KeyRevoked.into());
    }
    if view.now() < key.active_from {
        return Err(RejectReason::Timelocked.into());
    }
    if !(key.valid_from..key.valid_to).contains(&view.now()) {
        return Err(RejectReason::KeyNotValid.into());
    }
    Ok(())
}

/// Counts one more list under the accreditation, which must stand.
fn count_list(view: &mut View<'_>, author: &Author, vct: &str) -> Result<(), Failure> {
    let place = RecordKey::Accreditation { issuer: author.id, vct: vct.to_owned() };
    let mut accreditation: Accreditation = view.read(&place)?.ok_or(RejectReason::UnknownAccreditation)?;
    if accreditation.withdrawn_at.is_some() {
        return Err(RejectReason::AccreditationWithdrawn.into());
    }
    if accreditation.suspended_since.is_some() {
        return Err(RejectReason::AccreditationSuspended.into());
    }
    if !(accreditation.valid_from..accreditation.valid_to).contains(&view.now()) {
        return Err(RejectReason::AccreditationNotValid.into());
    }
    if accreditation.open_lists >= accreditation.max_open_lists {
        return Err(RejectReason::TooManyOpenLists.into());
    }
    accreditation.open_lists += 1;
    view.write(&place, &accreditation);
    Ok(())
}

fn check_valid_until(view: &View<'_>, valid_until: u64) -> Result<(), RejectReason> {
    if valid_until > view.now() { Ok(()) } else { Err(RejectReason::BadInterval) }
}

/// Writes the list, the record of its publication, and the grant that follows.
fn write(view: &mut View<'_>, author: &Author, list: u32, stat: &StatusListRecord) -> Result<(), Failure> {
    let issuer = author.id;
    view.write(&RecordKey::StatusList { issuer, list }, stat);
    let issued = IssuedRecord {
        issued_root: stat.issued_root,
        status_root: stat.status_root,
        published_at_ms: view.now_ms,
    };
    view.write(&RecordKey::Issued { issuer, list, version: stat.version }, &issued);
    Ok(grant::rewrite(view, issuer, list)?)
}
