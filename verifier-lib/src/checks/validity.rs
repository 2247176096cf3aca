//! Whether the credential is within its own validity.

use crate::{facts::Facts, outcome::Reason};

pub(crate) fn check(facts: &Facts<'_>, now_ms: u64) -> Result<(), Reason> {
    let now = now_ms / 1000;
    if facts.not_before.is_some_and(|start| now < start) || now < facts.issued_at {
        return Err(Reason::CredentialNotYetValid);
    }
    if facts.expires.is_some_and(|end| now >= end) {
        return Err(Reason::CredentialExpired);
    }
    Ok(())
}
