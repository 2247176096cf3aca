//! Credential types, relying parties, and entries of record streams.

use super::{Author, require_authority};
use crate::state::view::{Failure, View};
use yufu_core::{
    crypto::Digest,
    registry::{
        Accreditation, EntryRecord, KeyPurpose, KeyRecord, Operation, RecordKey, RejectReason, RelyingParty,
        TypeRecord,
    },
};

/// Registers a version of a credential type. The first may be registered by an authority or by an
/// issuer accredited for the type, so that nobody takes a name that is not his; the following only by
/// whoever registered the first.
pub(super) fn credential_type(
    view: &mut View<'_>,
    author: &Author,
    operation: &Operation,
) -> Result<(), Failure> {
    let Operation::RegisterType { vct, version, metadata_digest, metadata_url, schema_digest } = operation
    else {
        return Err(RejectReason::Malformed.into());
    };
    let place = |version| RecordKey::Type { vct: vct.clone(), version };
    if view.exists(&place(*version))? {
        return Err(RejectReason::AlreadyExists.into());
    }
    match version.checked_sub(1) {
        None => return Err(RejectReason::WrongVersion.into()),
        Some(0) => require_interest(view, author, vct)?,
        Some(before) => {
            let known: TypeRecord = view.read(&place(before))?.ok_or(RejectReason::WrongVersion)?;
            if known.owner != author.id {
                return Err(RejectReason::NotAuthorized.into());
            }
        }
    }
    let record = TypeRecord {
        owner: author.id,
        metadata_digest: *metadata_digest,
        metadata_url: metadata_url.clone(),
        schema_digest: *schema_digest,
    };
    view.write(&place(*version), &record);
    Ok(())
}

fn require_interest(view: &View<'_>, author: &Author, vct: &str) -> Result<(), Failure> {
    if require_authority(view, author).is_ok() {
        return Ok(());
    }
    let place = RecordKey::Accreditation { issuer: author.id, vct: vct.to_owned() };
    let accreditation: Accreditation = view.read(&place)?.ok_or(RejectReason::NotAuthorized)?;
    if accreditation.withdrawn_at.is_some() {
        return Err(RejectReason::AccreditationWithdrawn.into());
    }
    if accreditation.suspended_since.is_some() {
        return Err(RejectReason::AccreditationSuspended.into());
    }
    Ok(())
}

/// Registers a relying party, or replaces its registration.
pub(super) fn relying_party(
    view: &mut View<'_>,
    author: &Author,
    operation: &Operation,
) -> Result<(), Failure> {
    let Operation::RegisterRelyingParty { verifier, name_zh, name_en, purposes, keys, valid_from, valid_to } =
        operation
    else {
        return Err(RejectReason::Malformed.into());
    };
    require_authority(view, author)?;
    if !view.exists(&RecordKey::Did { issuer: *verifier })? {
        return Err(RejectReason::UnknownDid.into());
    }
    if *valid_to <= view.now() {
        return Err(RejectReason::BadInterval.into());
    }
    for thumbprint in keys {
        let place = RecordKey::Key { issuer: *verifier, thumbprint: *thumbprint };
        let key: KeyRecord = view.read(&place)?.ok_or(RejectReason::UnknownKey)?;
        if key.purpose != KeyPurpose::Request {
            return Err(RejectReason::WrongPurpose.into());
        }
        if key.revocation.is_some() {
            return Err(RejectReason::KeyRevoked.into());
        }
    }
    let record = RelyingParty {
        name_zh: name_zh.clone(),
        name_en: name_en.clone(),
        purposes: purposes.clone(),
        keys: keys.clone(),
        valid_from: *valid_from,
        valid_to: *valid_to,
    };
    view.write(&RecordKey::RelyingParty { verifier: *verifier }, &record);
    Ok(())
}

/// Appends to a stream. Who begins a stream owns it.
pub(super) fn entry(
    view: &mut View<'_>,
    author: &Author,
    stream: &str,
    seq: u64,
    digest: &Digest,
) -> Result<(), Failure> {
    let place = |seq| RecordKey::Entry { stream: stream.to_owned(), seq };
    if let Some(before) = seq.checked_sub(1) {
        let known: EntryRecord = view.read(&place(before))?.ok_or(RejectReason::WrongSequence)?;
        if known.author != author.id {
            return Err(RejectReason::NotAuthorized.into());
        }
    }
    if view.exists(&place(seq))? {
        return Err(RejectReason::WrongSequence.into());
    }
    let record = EntryRecord { author: author.id, digest: *digest, recorded_at_ms: view.now_ms };
    view.write(&place(seq), &record);
    Ok(())
}
