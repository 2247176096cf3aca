//! Whether the holder presents this himself: here, now, for this counter, for the first time.

use crate::{
    nonce_log::{NonceId, NonceLog},
    outcome::Reason,
    registry::Evidence,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use yufu_core::{
    credential::sd_jwt::{
        ExpectedKeyBinding, ExpectedNonce, IssuerSigned, KeyBindingClaims, KeyBindingError,
    },
    crypto::{Digest, sha256},
    presentation::{
        audience::Audience,
        preset::Grade,
        show_code::{ANCHOR_CLAIM, MAX_AGE_S, MAX_AHEAD_S},
    },
};

const NONCE_TAG: &[u8] = b"yufu/show-code-nonce/v1";

/// A key binding that holds.
pub(crate) struct Binding {
    pub(crate) claims: KeyBindingClaims,
    /// What the log of used codes is to remember.
    pub(crate) nonce_id: NonceId,
}

pub(crate) fn check(
    signed: &IssuerSigned,
    evidence: &Evidence,
    audiences: &[Audience],
    grade: Grade,
    nonces: &dyn NonceLog,
    now_ms: u64,
) -> Result<Binding, Reason> {
    let audiences = accepted(audiences, grade);
    let audiences: Vec<&str> = audiences.iter().map(String::as_str).collect();
    // The time is compared below: a used code is `replayed` also when it has grown old meanwhile.
    let expected =
        ExpectedKeyBinding { audiences: &audiences, nonce: ExpectedNonce::OfTheWallet, iat: (0, u64::MAX) };
    let claims = signed.verify_key_binding(&expected).map_err(reason)?;
    anchor(&claims, evidence)?;
    let nonce_id = nonce_id(signed, &claims)?;
    unused(&nonce_id, nonces, now_ms)?;
    freshness(claims.iat, MAX_AGE_S, now_ms)?;
    Ok(Binding { claims, nonce_id })
}

pub(crate) fn unused(id: &NonceId, nonces: &dyn NonceLog, now_ms: u64) -> Result<(), Reason> {
    match nonces.contains(id, now_ms) {
        Ok(false) => Ok(()),
        Ok(true) => Err(Reason::NonceUsed),
        Err(_) => Err(Reason::NonceLogUnavailable),
    }
}

/// A preset that names one counter is not answered by a code for a whole class; and what is sealed does
/// not come as a show code.
pub(crate) fn accepted(audiences: &[Audience], grade: Grade) -> Vec<String> {
    audiences
        .iter()
        .filter(|audience| match grade {
            Grade::Class => true,
            Grade::Counter => matches!(audience, Audience::Counter(_)),
            Grade::Sealed => false,
        })
        .map(Audience::to_string)
        .collect()
}

/// The holder signed for the very header that came along: a code made ahead cannot be dressed with a
/// newer staple later.
fn anchor(claims: &KeyBindingClaims, evidence: &Evidence) -> Result<(), Reason> {
    let named = digest_claim(claims, ANCHOR_CLAIM).map_err(|()| Reason::MalformedKeyBinding)?;
    if named == evidence.anchor { Ok(()) } else { Err(Reason::OtherAnchor) }
}

/// The digest in one of our claims; `None` where the claim is absent.
pub(crate) fn digest_claim(claims: &KeyBindingClaims, name: &str) -> Result<Option<Digest>, ()> {
    let Some(value) = claims.extra.get(name) else { return Ok(None) };
    let bytes = value.as_str().and_then(|text| URL_SAFE_NO_PAD.decode(text).ok()).ok_or(())?;
    bytes.try_into().map(Some).map_err(|_| ())
}

/// Bound to the holder's key, so that nobody can use up a nonce that he saw on another's screen.
fn nonce_id(signed: &IssuerSigned, claims: &KeyBindingClaims) -> Result<NonceId, Reason> {
    let nonce = URL_SAFE_NO_PAD.decode(&claims.nonce).map_err(|_| Reason::MalformedKeyBinding)?;
    if nonce.len() != 16 {
        return Err(Reason::MalformedKeyBinding);
    }
    let holder = signed.holder().ok_or(Reason::NoHolderKey)?;
    Ok(shortened(&sha256(&[NONCE_TAG, &holder.thumbprint(), &nonce])))
}

pub(crate) fn shortened(digest: &Digest) -> NonceId {
    let mut id = [0; 16];
    id.copy_from_slice(&digest[..16]);
    id
}

pub(crate) fn freshness(iat: u64, max_age_s: u64, now_ms: u64) -> Result<(), Reason> {
    let made_ms = iat.saturating_mul(1000);
    if made_ms > now_ms.saturating_add(MAX_AHEAD_S * 1000) {
        return Err(Reason::CodeAhead);
    }
    // `iat` is cut to the second, so a code of that second may be up to a second younger than it says.
    if now_ms > made_ms.saturating_add(max_age_s * 1000 + 999) {
        return Err(Reason::CodeTooOld);
    }
    Ok(())
}

fn reason(error: KeyBindingError) -> Reason {
    match error {
        KeyBindingError::Missing => Reason::NoKeyBinding,
        KeyBindingError::Unbound => Reason::NoHolderKey,
        KeyBindingError::Signature | KeyBindingError::Algorithm => Reason::HolderSignature,
        KeyBindingError::SdHash => Reason::OtherPresentation,
        KeyBindingError::Audience => Reason::OtherAudience,
        KeyBindingError::TooOld => Reason::CodeTooOld,
        KeyBindingError::TooNew => Reason::CodeAhead,
        _ => Reason::MalformedKeyBinding,
    }
}
