//! Show code, 亮码: a presentation and its staple in one payload for a screen, with no network on
//! either side.
//!
//! The payload is an SD-JWT with key binding and the registry's staple for its credential, packed (see
//! `packing`). The key binding is a plain `kb+jwt` with two claims of ours beside `iat`, `aud`, `nonce`
//! and `sd_hash`:
//! - [`PRESET_CLAIM`]: base64url of the [preset's digest](super::preset::Preset::digest): the question
//!   that was consented to;
//! - [`ANCHOR_CLAIM`]: base64url of the digest of the header in the staple: no code can be made before
//!   that header existed.

mod dictionary;
mod packing;

use super::{audience::Audience, preset::Preset};
use crate::{
    credential::sd_jwt::{self, KeyBinding, PresentError},
    crypto::{Digest, Signer},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value};

pub use packing::{LeafForm, PackError, UnpackError, pack};

/// The claim of the key binding that names the preset.
pub const PRESET_CLAIM: &str = "preset";
/// The claim of the key binding that names the stapled header.
pub const ANCHOR_CLAIM: &str = "anchor";
/// A code is accepted until this long after it was made, in seconds.
pub const MAX_AGE_S: u64 = 60;
/// A code may be dated this far ahead of the counter's clock, in seconds.
pub const MAX_AHEAD_S: u64 = 15;
/// A phone makes a new code after this long, in seconds.
pub const REFRESH_S: u64 = 30;

/// A staple and the digest of the header in it.
#[derive(Clone, Copy, Debug)]
pub struct Stapled<'a> {
    /// The staple's bytes.
    pub staple: &'a [u8],
    /// The digest of its header.
    pub header: &'a Digest,
}

/// What a phone needs to make a code.
#[derive(Clone, Copy, Debug)]
pub struct BuildShowCode<'a> {
    /// The stored credential: `<issuer's JWT>~<disclosure>~…~`.
    pub compact: &'a str,
    /// What is asked; exactly its claims are disclosed.
    pub preset: &'a Preset,
    /// The newest staple for the credential; without one no counter that has not synced says more than
    /// `status_unknown`.
    pub staple: Option<Stapled<'a>>,
    /// Whom the code is for.
    pub audience: &'a Audience,
    /// Never used before.
    pub nonce: &'a [u8; 16],
    /// Now, in seconds.
    pub iat: u64,
    /// Whether the issuer's certificate travels whole.
    pub leaf: LeafForm,
}

/// Why a code was not made.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The presentation could not be made.
    #[error(transparent)]
    Present(#[from] PresentError),
    /// The presentation or the staple does not fit the payload.
    #[error(transparent)]
    Pack(#[from] PackError),
}

/// Makes the payload of a show code; [`frames::split`](crate::qr::frames::split) cuts it for the screen.
///
/// # Errors
/// [`BuildError`] when the credential lacks a claim, the signer refuses, or the result is too large.
pub fn build(code: &BuildShowCode<'_>, holder: &dyn Signer) -> Result<Vec<u8>, BuildError> {
    let mut extra = Map::new();
    let text = |digest: &Digest| Value::String(URL_SAFE_NO_PAD.encode(digest));
    extra.insert(PRESET_CLAIM.into(), text(code.preset.digest()));
    if let Some(stapled) = &code.staple {
        extra.insert(ANCHOR_CLAIM.into(), text(stapled.header));
    }
    let binding = KeyBinding {
        aud: &code.audience.to_string(),
        nonce: &URL_SAFE_NO_PAD.encode(code.nonce),
        iat: code.iat,
        extra: &extra,
    };
    let presentation = sd_jwt::present(code.compact, &code.preset.paths(), &binding, holder)?;
    let staple = code.staple.map_or(&[][..], |stapled| stapled.staple);
    Ok(pack_presentation(&presentation, staple, code.leaf)?)
}

/// Packs an SD-JWT with key binding that was made elsewhere, and a staple (empty for none).
///
/// # Errors
/// [`PackError`] when it could not be given back byte for byte, or is too large.
pub fn pack_presentation(presentation: &str, staple: &[u8], leaf: LeafForm) -> Result<Vec<u8>, PackError> {
    packing::pack(presentation, staple, leaf)
}

/// Looks up a certificate that the counter holds, by its SHA-256.
pub type HeldLeaf<'a> = &'a dyn Fn(&Digest) -> Option<Vec<u8>>;

/// A show code as it was read: nothing in it has been checked.
#[derive(Clone, PartialEq, Eq)]
pub struct UnverifiedShowCode {
    presentation: String,
    staple: Vec<u8>,
}

// What is disclosed stays out of logs.
impl std::fmt::Debug for UnverifiedShowCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UnverifiedShowCode").field("staple", &self.staple.len()).finish_non_exhaustive()
    }
}

impl UnverifiedShowCode {
    /// Reads a payload. `held` finds certificates that travel by digest alone.
    ///
    /// # Errors
    /// [`UnpackError`] by what does not hold.
    pub fn decode(payload: &[u8], held: HeldLeaf<'_>) -> Result<Self, UnpackError> {
        let (presentation, staple) = packing::unpack(payload, held)?;
        Ok(Self { presentation, staple })
    }

    /// The SD-JWT with its key binding, byte for byte as the phone signed it.
    #[must_use]
    pub fn presentation(&self) -> &str {
        &self.presentation
    }

    /// The staple's bytes, if one came along.
    #[must_use]
    pub fn staple(&self) -> Option<&[u8]> {
        (!self.staple.is_empty()).then_some(&self.staple)
    }
}
