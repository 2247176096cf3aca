//! The claims of a JWT beside the document.

use super::VcJoseError;
use crate::credential::w3c::model::Credential;
use serde_json::{Map, Value};

/// How far ahead of ours the signer's clock may be (seconds).
const CLOCK_SKEW: u64 = 60;

/// When a signature was made and is good, in seconds; the validity of the document is another matter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JwtTimes {
    /// `iat`.
    pub issued_at: Option<u64>,
    /// `nbf`: first second at which the signature is good.
    pub not_before: Option<u64>,
    /// `exp`: first second at which it is no longer.
    pub expires: Option<u64>,
}

impl JwtTimes {
    pub(super) fn read(claims: &Map<String, Value>) -> Result<Self, VcJoseError> {
        let seconds = |name: &'static str| match claims.get(name) {
            None => Ok(None),
            Some(value) => value.as_u64().map(Some).ok_or(VcJoseError::Claim(name)),
        };
        let times =
            Self { issued_at: seconds("iat")?, not_before: seconds("nbf")?, expires: seconds("exp")? };
        match (times.expires, times.issued_at.max(times.not_before)) {
            (Some(expires), Some(start)) if expires <= start => Err(VcJoseError::Claim("exp")),
            _ => Ok(times),
        }
    }

    pub(super) fn check(&self, now: u64) -> Result<(), VcJoseError> {
        let latest = now.saturating_add(CLOCK_SKEW);
        if self.expires.is_some_and(|expires| expires <= now) {
            return Err(VcJoseError::Expired);
        }
        if self.not_before.is_some_and(|start| start > latest) {
            return Err(VcJoseError::NotYetValid);
        }
        if self.issued_at.is_some_and(|issued_at| issued_at > latest) {
            return Err(VcJoseError::IssuedInFuture);
        }
        Ok(())
    }
}

/// Refuses a document that is wrapped, or secured twice.
pub(super) fn check_payload(claims: &Map<String, Value>) -> Result<(), VcJoseError> {
    if claims.contains_key("vc") || claims.contains_key("vp") {
        return Err(VcJoseError::Wrapped);
    }
    if claims.contains_key("proof") { Err(VcJoseError::Claim("proof")) } else { Ok(()) }
}

/// `iss`, `jti` and `sub`, where they are there, say what the credential says.
pub(super) fn check_credential(
    claims: &Map<String, Value>,
    credential: &Credential,
) -> Result<(), VcJoseError> {
    same(claims, "iss", Some(&credential.issuer().id))?;
    same(claims, "jti", credential.id())?;
    let subject = match credential.subjects() {
        [one] => one.id.as_deref(),
        _ => None,
    };
    same(claims, "sub", subject)
}

/// A claim, where it is there, is this text.
pub(super) fn same(
    claims: &Map<String, Value>,
    name: &'static str,
    expected: Option<&str>,
) -> Result<(), VcJoseError> {
    match claims.get(name) {
        None => Ok(()),
        Some(Value::String(text)) if Some(text.as_str()) == expected => Ok(()),
        Some(_) => Err(VcJoseError::Claim(name)),
    }
}

/// `aud`: one text or several.
pub(super) fn audiences(claims: &Map<String, Value>) -> Result<Vec<String>, VcJoseError> {
    const MAX: usize = 16;
    let audiences = match claims.get("aud") {
        None => return Ok(Vec::new()),
        Some(Value::String(one)) => Some(vec![one.clone()]),
        Some(Value::Array(several)) if (1..=MAX).contains(&several.len()) => {
            several.iter().map(|one| one.as_str().map(str::to_owned)).collect()
        }
        Some(_) => None,
    };
    audiences.ok_or(VcJoseError::Claim("aud"))
}
