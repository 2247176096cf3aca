//! Accreditation: which issuer may issue which type, under which legal name.

use crate::state::{
    cascade::{self, CascadeScope},
    names,
    view::{Failure, View},
};
use yufu_core::{
    did::yufu::IssuerId,
    registry::{Accreditation, AccreditationTerms, DidRecord, LegalName, RecordKey, RejectReason},
};

/// Accredits an issuer for a type, or renews the terms of an accreditation that stands.
pub(super) fn accredit(
    view: &mut View<'_>,
    accreditor: IssuerId,
    terms: &AccreditationTerms,
) -> Result<(), Failure> {
    let AccreditationTerms { issuer, vct, name_zh, name_en, valid_from, valid_to, max_open_lists } = terms;
    let did: DidRecord = view.read(&RecordKey::Did { issuer: *issuer })?.ok_or(RejectReason::UnknownDid)?;
    if did.deactivated_at_ms.is_some() {
        return Err(RejectReason::Deactivated.into());
    }
    if *valid_to <= view.now() {
        return Err(RejectReason::BadInterval.into());
    }
    let place = RecordKey::Accreditation { issuer: *issuer, vct: vct.clone() };
    let known: Option<Accreditation> = view.read(&place)?;
    if let Some(known) = &known {
        if known.withdrawn_at.is_some() {
            return Err(RejectReason::AccreditationWithdrawn.into());
        }
        // Renewing is no way around the wait that ends a suspension.
        if known.suspended_since.is_some() {
            return Err(RejectReason::AccreditationSuspended.into());
        }
        if known.open_lists > *max_open_lists {
            return Err(RejectReason::TooManyOpenLists.into());
        }
    }
    for name in [name_zh, name_en] {
        claim_name(view, *issuer, name)?;
    }
    let accreditation = Accreditation {
        accreditor,
        name_zh: name_zh.clone(),
        name_en: name_en.clone(),
        valid_from: *valid_from,
        valid_to: *valid_to,
        suspended_since: None,
        reinstated_from: None,
        withdrawn_at: None,
        max_open_lists: *max_open_lists,
        open_lists: known.map_or(0, |known| known.open_lists),
    };
    view.write(&place, &accreditation);
    Ok(cascade::start(view, CascadeScope::Accreditation { issuer: *issuer, vct: vct.clone() })?)
}

/// A name that could be taken for another issuer's is refused. A name once given stays with its issuer.
fn claim_name(view: &mut View<'_>, issuer: IssuerId, name: &str) -> Result<(), Failure> {
    let place = RecordKey::LegalName { skeleton: names::skeleton_digest(name) };
    match view.read::<LegalName>(&place)? {
        Some(known) if known.issuer != issuer => Err(RejectReason::BadName.into()),
        Some(_) => Ok(()),
        None => {
            view.write(&place, &LegalName { issuer });
            Ok(())
        }
    }
}

/// Suspends at once. Suspending again while a reinstatement waits calls that off.
pub(super) fn suspend(view: &mut View<'_>, issuer: IssuerId, vct: &str) -> Result<(), Failure> {
    let (place, mut accreditation) = standing(view, issuer, vct)?;
    if accreditation.suspended_since.is_some() && accreditation.reinstated_from.is_none() {
        return Err(RejectReason::AccreditationSuspended.into());
    }
    accreditation.suspended_since.get_or_insert(view.now());
    accreditation.reinstated_from = None;
    write(view, place, &accreditation, issuer, vct)
}

/// Ends a suspension: the first time it begins the wait, and after the wait it takes effect.
pub(super) fn reinstate(view: &mut View<'_>, issuer: IssuerId, vct: &str) -> Result<(), Failure> {
    let (place, mut accreditation) = standing(view, issuer, vct)?;
    if accreditation.suspended_since.is_none() {
        return Err(RejectReason::AccreditationNotSuspended.into());
    }
    let now = view.now();
    match accreditation.reinstated_from {
        Some(from) if now < from => return Err(RejectReason::Timelocked.into()),
        None if view.policy.timelock_ms > 0 => {
            let from = view.now_ms.saturating_add(view.policy.timelock_ms).div_ceil(1000);
            accreditation.reinstated_from = Some(from);
        }
        Some(_) | None => {
            accreditation.suspended_since = None;
            accreditation.reinstated_from = None;
        }
    }
    write(view, place, &accreditation, issuer, vct)
}

/// Ends a suspension whose wait was another's.
pub(super) fn end_suspension(view: &mut View<'_>, issuer: IssuerId, vct: &str) -> Result<(), Failure> {
    let (place, mut accreditation) = standing(view, issuer, vct)?;
    if accreditation.suspended_since.is_none() {
        return Err(RejectReason::AccreditationNotSuspended.into());
    }
    accreditation.suspended_since = None;
    accreditation.reinstated_from = None;
    write(view, place, &accreditation, issuer, vct)
}

/// Withdraws for good.
pub(super) fn withdraw(view: &mut View<'_>, issuer: IssuerId, vct: &str) -> Result<(), Failure> {
    let (place, mut accreditation) = standing(view, issuer, vct)?;
    accreditation.withdrawn_at = Some(view.now());
    accreditation.reinstated_from = None;
    write(view, place, &accreditation, issuer, vct)
}

/// An accreditation that is not withdrawn.
fn standing(view: &View<'_>, issuer: IssuerId, vct: &str) -> Result<(RecordKey, Accreditation), Failure> {
    let place = RecordKey::Accreditation { issuer, vct: vct.to_owned() };
    let accreditation: Accreditation = view.read(&place)?.ok_or(RejectReason::UnknownAccreditation)?;
    if accreditation.withdrawn_at.is_some() {
        return Err(RejectReason::AccreditationWithdrawn.into());
    }
    Ok((place, accreditation))
}

fn write(
    view: &mut View<'_>,
    place: RecordKey,
    accreditation: &Accreditation,
    issuer: IssuerId,
    vct: &str,
) -> Result<(), Failure> {
    view.write(&place, accreditation);
    Ok(cascade::start(view, CascadeScope::Accreditation { issuer, vct: vct.to_owned() })?)
}
