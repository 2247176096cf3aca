//! Whether the issuer could sign this credential when it was signed.
//!
//! Days are compared with days: the time of issue is rounded to the UTC day and is the issuer's own word, which a
//! thief of the key writes as he likes. So suspension and withdrawal are judged by the header's time, and
//! compromise by what was recorded as issued before.

use crate::{facts::Facts, outcome::Reason, registry::Evidence};
use yufu_core::{registry::Grant, time::start_of_day};

pub(crate) fn check(facts: &Facts<'_>, evidence: &Evidence) -> Result<(), Reason> {
    let grant = &evidence.grant;
    accreditation(facts, grant, evidence.header_ms)?;
    key(facts, grant)?;
    compromise(evidence)
}

fn accreditation(facts: &Facts<'_>, grant: &Grant, header_ms: u64) -> Result<(), Reason> {
    if start_of_day(facts.issued_at) < start_of_day(grant.accredited_from) {
        return Err(Reason::OutsideAccreditation);
    }
    // The interval is the effective one: suspension, withdrawal and deactivation close it.
    if header_ms / 1000 >= grant.accredited_to {
        return Err(Reason::AccreditationEnded);
    }
    // No credential of a later day than the interval's last can have been issued in it.
    if start_of_day(facts.issued_at) >= grant.accredited_to {
        return Err(Reason::OutsideAccreditation);
    }
    if facts.status.is_some_and(|place| place.is_of(grant)) { Ok(()) } else { Err(Reason::OtherList) }
}

fn key(facts: &Facts<'_>, grant: &Grant) -> Result<(), Reason> {
    if facts.key != Some(grant.key) {
        return Err(Reason::KeyNotOfList);
    }
    let day = start_of_day(facts.issued_at);
    if day < start_of_day(grant.key_valid_from) || day >= grant.key_valid_to {
        return Err(Reason::OutsideKeyValidity);
    }
    match grant.key_revocation {
        Some(revocation) if revocation.compromised.is_none() && day > revocation.at_ms / 1000 => {
            Err(Reason::KeyRevoked)
        }
        _ => Ok(()),
    }
}

/// After a compromise only what was recorded before it counts.
fn compromise(evidence: &Evidence) -> Result<(), Reason> {
    let compromised =
        evidence.grant.key_revocation.is_some_and(|revocation| revocation.compromised.is_some());
    match (compromised, evidence.recorded) {
        (false, _) | (true, Some(true)) => Ok(()),
        (true, Some(false)) => Err(Reason::CompromisedAndUnrecorded),
        // Seen in a synced list, while the staple is from before: its path may exist and is not here.
        (true, None) => Err(Reason::NewerPublicationKnown),
    }
}
