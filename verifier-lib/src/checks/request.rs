//! Whether what was asked is answered.

use super::holder::digest_claim;
use crate::{
    limits::Limits,
    outcome::{Field, Reason},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Deserialize;
use serde_json::{Map, Value};
use yufu_core::{
    credential::sd_jwt::{IssuerSigned, KeyBindingClaims},
    presentation::{
        preset::{KeyLevel, MAX_PORTRAIT_SMALL, PORTRAIT_SMALL, Preset, is_portrait_small},
        show_code::PRESET_CLAIM,
    },
};

/// The claims that answer the preset, in its order and without the face.
pub(crate) fn answer(
    signed: &IssuerSigned,
    binding: &KeyBindingClaims,
    preset: &Preset,
) -> Result<Vec<Field>, Reason> {
    let named = digest_claim(binding, PRESET_CLAIM).map_err(|()| Reason::OtherPreset)?;
    if named.as_ref() != Some(preset.digest()) {
        return Err(Reason::OtherPreset);
    }
    fields(signed.vct(), signed.claims_before_trust(), preset)
}

/// The claims that answer a preset, whoever may have consented to which.
pub(crate) fn fields(vct: &str, claims: &Map<String, Value>, preset: &Preset) -> Result<Vec<Field>, Reason> {
    if !preset.types().iter().any(|name| name == vct) {
        return Err(Reason::OtherType);
    }
    let mut fields = Vec::with_capacity(preset.claims().len());
    for claim in preset.claims() {
        // Issuer, key, time and status have been checked: the claims are now to be believed.
        let values = claim.path.select(claims);
        if values.is_empty() {
            return Err(Reason::ClaimMissing);
        }
        if let Some(accepted) = &claim.values
            && !values.iter().any(|value| accepted.contains(value))
        {
            return Err(Reason::ValueNotAccepted);
        }
        if !is_portrait_small(&claim.path) {
            let value = match values[..] {
                [value] => value.clone(),
                _ => Value::Array(values.into_iter().cloned().collect()),
            };
            fields.push(Field { path: claim.path.clone(), value });
        }
    }
    Ok(fields)
}

/// The face, where the preset shows one, once the level of the holder's key suffices.
pub(crate) fn policy(
    claims: &Map<String, Value>,
    preset: &Preset,
    limits: &Limits,
) -> Result<Option<Vec<u8>>, Reason> {
    if let Some(needed) = limits.key_level {
        let level = claims.get("key_level").and_then(|level| KeyLevel::deserialize(level).ok());
        if level.is_none_or(|level| level < needed) {
            return Err(Reason::KeyLevelTooLow);
        }
    }
    if !preset.face() {
        return Ok(None);
    }
    let text = claims.get(PORTRAIT_SMALL).and_then(Value::as_str).ok_or(Reason::FaceMissing)?;
    face(text).map(Some).ok_or(Reason::FaceMissing)
}

/// The bytes of an image in base64 or in a `data:` URL: JPEG, WebP, AVIF or PNG by their first bytes.
fn face(text: &str) -> Option<Vec<u8>> {
    let encoded = match text.strip_prefix("data:image/") {
        Some(rest) => rest.split_once(";base64,")?.1,
        None => text,
    };
    let bytes = STANDARD.decode(encoded).ok()?;
    let known = bytes.starts_with(&[0xff, 0xd8, 0xff])
        || bytes.starts_with(b"\x89PNG\r\n\x1a\n")
        || (bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP"))
        || bytes.get(4..12) == Some(b"ftypavif");
    (known && bytes.len() <= MAX_PORTRAIT_SMALL).then_some(bytes)
}
