//! Whether the credential is within its own validity.

use crate::outcome::Reason;
use yufu_core::credential::sd_jwt::IssuerSigned;

pub(crate) fn check(signed: &IssuerSigned, now_ms: u64) -> Result<(), Reason> {
    let now = now_ms / 1000;
    if signed.nbf().is_some_and(|nbf| now < nbf) || now < signed.iat() {
        return Err(Reason::CredentialNotYetValid);
    }
    if signed.exp().is_some_and(|exp| now >= exp) {
        return Err(Reason::CredentialExpired);
    }
    Ok(())
}
