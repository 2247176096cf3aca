//! Whether the issuer could sign this credential when it was signed.
//!
//! Days are compared with days: `iat` is rounded to the UTC day and is the issuer's own word, which a
//! thief of the key writes as he likes. So suspension and withdrawal are judged by the header's time, and
//! compromise by what was recorded as issued before.

use crate::{outcome::Reason, registry::Evidence};
use yufu_core::{
    credential::sd_jwt::IssuerSigned,
    registry::{Grant, StatusEncoding},
    time::start_of_day,
};

pub(crate) fn check(signed: &IssuerSigned, evidence: &Evidence) -> Result<(), Reason> {
    let grant = &evidence.grant;
    accreditation(signed, grant, evidence.header_ms)?;
    key(signed, grant)?;
    compromise(evidence)
}

fn accreditation(signed: &IssuerSigned, grant: &Grant, header_ms: u64) -> Result<(), Reason> {
    if start_of_day(signed.iat()) < start_of_day(grant.accredited_from) {
        return Err(Reason::OutsideAccreditation);
    }
    // The interval is the effective one: suspension, withdrawal and deactivation close it.
    if header_ms / 1000 >= grant.accredited_to {
        return Err(Reason::AccreditationEnded);
    }
    // No credential of a later day than the interval's last can have been issued in it.
    if start_of_day(signed.iat()) >= grant.accredited_to {
        return Err(Reason::OutsideAccreditation);
    }
    // The two list encodings count bits from different ends; SD-JWT VC has the token's.
    if grant.encoding == StatusEncoding::Token { Ok(()) } else { Err(Reason::OtherList) }
}

fn key(signed: &IssuerSigned, grant: &Grant) -> Result<(), Reason> {
    if signed.leaf().key.thumbprint() != grant.key {
        return Err(Reason::KeyNotOfList);
    }
    let day = start_of_day(signed.iat());
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
