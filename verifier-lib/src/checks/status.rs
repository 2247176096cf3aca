//! Whether the credential still holds, and whether what is known of it is recent enough to say so.

use crate::{
    facts::Facts,
    limits::Limits,
    outcome::Reason,
    registry::{Evidence, RegistryView},
};
use yufu_core::status::{INVALID, SUSPENDED, VALID};

pub(crate) fn check(
    facts: &Facts<'_>,
    evidence: &Evidence,
    registry: &RegistryView,
    limits: &Limits,
    now_ms: u64,
) -> Result<(), Reason> {
    // For good, however old the publication that says so.
    if evidence.status == INVALID {
        return Err(Reason::CredentialRevoked);
    }
    freshness(evidence, limits, now_ms)?;
    if registry.knows_newer(facts, evidence) {
        return Err(Reason::NewerPublicationKnown);
    }
    match evidence.status {
        VALID => Ok(()),
        SUSPENDED => Err(Reason::CredentialSuspended),
        _ => Err(Reason::UnknownStatusValue),
    }
}

fn freshness(evidence: &Evidence, limits: &Limits, now_ms: u64) -> Result<(), Reason> {
    if now_ms.saturating_sub(evidence.header_ms) > limits.max_header_age_ms {
        return Err(Reason::HeaderStale);
    }
    if now_ms.saturating_sub(evidence.grant.published_at_ms) > limits.max_status_age_ms {
        return Err(Reason::StatusStale);
    }
    if now_ms / 1000 >= evidence.grant.valid_until {
        return Err(Reason::StatusExpired);
    }
    Ok(())
}
