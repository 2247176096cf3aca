//! DIDs: registration, document, control, end.

use super::{Author, charge};
use crate::{
    genesis::Inception,
    state::{
        cascade::{self, CascadeScope},
        check::CheckedTransaction,
        view::{Failure, View},
    },
};
use yufu_core::{
    crypto::{Digest, VerifyingKey},
    did::yufu::IssuerId,
    registry::{DidRecord, Operation, RecordKey, Registrations, RejectReason, Service, Usage},
};

/// The state of a DID that begins now.
pub(in crate::state) fn inception(keys: &Inception, now_ms: u64) -> DidRecord {
    DidRecord {
        version: 0,
        control_key: keys.control_key.clone(),
        next_key: keys.next_key,
        nonce: 0,
        also_known_as: keys.also_known_as.clone(),
        services: keys.services.clone(),
        registered_at_ms: now_ms,
        deactivated_at_ms: None,
        usage: Usage { slot: 0, transactions: 0, bytes: 0 },
    }
}

/// Registers the author, whose id follows from the keys that it begins with.
pub(super) fn register(view: &mut View<'_>, checked: &CheckedTransaction<'_>) -> Result<(), Failure> {
    let transaction = checked.transaction();
    let Operation::RegisterDid { control_key, next_key, also_known_as, services } = &transaction.operation
    else {
        return Err(RejectReason::Malformed.into());
    };
    let id = transaction.author;
    if IssuerId::from_inception(control_key, next_key) != id {
        return Err(RejectReason::WrongInception.into());
    }
    if checked.signed().key() != control_key {
        return Err(RejectReason::WrongKey.into());
    }
    if view.exists(&RecordKey::Did { issuer: id })? {
        return Err(RejectReason::AlreadyExists.into());
    }
    if transaction.nonce != 0 {
        return Err(RejectReason::WrongNonce.into());
    }
    if control_key.thumbprint() == *next_key {
        return Err(RejectReason::KeyInUse.into());
    }
    count_registration(view)?;
    let keys = Inception {
        control_key: control_key.clone(),
        next_key: *next_key,
        also_known_as: also_known_as.clone(),
        services: services.clone(),
    };
    let mut did = inception(&keys, view.now_ms);
    charge(view, &mut did.usage, checked.size())?;
    did.nonce = 1;
    view.write(&RecordKey::Did { issuer: id }, &did);
    Ok(())
}

/// Quotas per DID mean nothing to who makes up DIDs, so registrations have one of their own.
fn count_registration(view: &mut View<'_>) -> Result<(), Failure> {
    let slot = view.slot();
    let mut count = view
        .read(&RecordKey::Registrations)?
        .filter(|count: &Registrations| count.slot == slot)
        .unwrap_or(Registrations { slot, count: 0 });
    if count.count >= view.policy.quotas.registrations {
        return Err(RejectReason::QuotaExceeded.into());
    }
    count.count += 1;
    view.write(&RecordKey::Registrations, &count);
    Ok(())
}

/// Replaces what the document lists.
pub(super) fn update(view: &mut View<'_>, author: Author, also_known_as: &[String], services: &[Service]) {
    let changed = DidRecord {
        also_known_as: also_known_as.to_vec(),
        services: services.to_vec(),
        ..author.did.clone()
    };
    change(view, author, changed);
}

/// Replaces the control key by the committed one, which has signed.
pub(super) fn rotate(
    view: &mut View<'_>,
    author: Author,
    new_key: &VerifyingKey,
    next_key: &Digest,
) -> Result<(), Failure> {
    // One purpose a key: what signs credentials never signs transactions.
    let new_thumbprint = new_key.thumbprint();
    for thumbprint in [new_thumbprint, *next_key] {
        if view.exists(&RecordKey::Key { issuer: author.id, thumbprint })? {
            return Err(RejectReason::KeyInUse.into());
        }
    }
    if *next_key == new_thumbprint || *next_key == author.did.control_key.thumbprint() {
        return Err(RejectReason::KeyInUse.into());
    }
    let changed = DidRecord { control_key: new_key.clone(), next_key: *next_key, ..author.did.clone() };
    change(view, author, changed);
    Ok(())
}

/// Gives a DID new keys, as the authorities decided: its own were lost.
pub(super) fn recover(
    view: &mut View<'_>,
    issuer: IssuerId,
    control_key: &VerifyingKey,
    next_key: &Digest,
) -> Result<(), Failure> {
    let did: DidRecord = view.read(&RecordKey::Did { issuer })?.ok_or(RejectReason::UnknownDid)?;
    if did.deactivated_at_ms.is_some() {
        return Err(RejectReason::Deactivated.into());
    }
    for thumbprint in [control_key.thumbprint(), *next_key] {
        if view.exists(&RecordKey::Key { issuer, thumbprint })? {
            return Err(RejectReason::KeyInUse.into());
        }
    }
    if *next_key == control_key.thumbprint() {
        return Err(RejectReason::KeyInUse.into());
    }
    let changed = DidRecord { control_key: control_key.clone(), next_key: *next_key, ..did.clone() };
    change(view, Author { id: issuer, did }, changed);
    Ok(())
}

/// Ends the DID: closes the intervals of all its grants.
pub(super) fn deactivate(view: &mut View<'_>, author: Author) -> Result<(), Failure> {
    let issuer = author.id;
    let changed = DidRecord { deactivated_at_ms: Some(view.now_ms), ..author.did.clone() };
    change(view, author, changed);
    Ok(cascade::start(view, CascadeScope::Issuer { issuer })?)
}

/// Writes the DID's next version and keeps the one before.
fn change(view: &mut View<'_>, author: Author, changed: DidRecord) {
    let Author { id: issuer, did } = author;
    view.write(&RecordKey::DidHistory { issuer, version: did.version }, &did);
    view.write(&RecordKey::Did { issuer }, &DidRecord { version: did.version + 1, ..changed });
}
