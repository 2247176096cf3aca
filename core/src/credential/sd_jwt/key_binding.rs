//! The holder's proof that he himself presents, here and now.

use super::{IssuerSigned, KEY_BINDING_TYPE, disclosure};
use crate::{
    crypto::{Digest, Signer, SignerError, VerifyingKey},
    jose::{self, JoseError, UnverifiedJws},
};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Map, Value};

/// The longest key binding that is read, in bytes.
const MAX_KEY_BINDING: usize = 8 * 1024;
/// The claims of a key binding that are not the caller's to choose.
pub(super) const OWN_CLAIMS: [&str; 4] = ["aud", "nonce", "iat", "sd_hash"];

/// What the holder signs beside the credential.
#[derive(Clone, Copy, Debug)]
pub struct KeyBinding<'a> {
    /// Who may accept it.
    pub aud: &'a str,
    /// Never used before.
    pub nonce: &'a str,
    /// Now, in seconds.
    pub iat: u64,
    /// Further claims, such as a preset's digest.
    pub extra: &'a Map<String, Value>,
}

/// What a verifier expects of a key binding.
#[derive(Clone, Copy, Debug)]
pub struct ExpectedKeyBinding<'a> {
    /// The names that this verifier answers to.
    pub audiences: &'a [&'a str],
    /// The nonce.
    pub nonce: ExpectedNonce<'a>,
    /// The seconds that `iat` may lie in, both ends included.
    pub iat: (u64, u64),
}

/// Whose nonce a key binding carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExpectedNonce<'a> {
    /// The verifier's own.
    Exactly(&'a str),
    /// The wallet's; the verifier keeps a log of those it has seen and asks that next.
    OfTheWallet,
}

/// The claims of a key binding that holds.
#[derive(Clone, Debug, PartialEq)]
pub struct KeyBindingClaims {
    /// Who may accept it; one of those expected.
    pub aud: String,
    /// The nonce.
    pub nonce: String,
    /// When it was made, in seconds.
    pub iat: u64,
    /// The other claims.
    pub extra: Map<String, Value>,
}

/// Why a key binding was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyBindingError {
    /// There is none.
    #[error("no key binding came with the credential")]
    Missing,
    /// The credential is bound to no key.
    #[error("the credential is bound to no key")]
    Unbound,
    /// Not a JWT of the kind, or a claim is missing.
    #[error("the key binding is malformed")]
    Malformed,
    /// `typ` is not `kb+jwt`.
    #[error("not typed as a key binding")]
    Type,
    /// `alg` is not the holder key's.
    #[error("the key binding's algorithm is not the holder key's")]
    Algorithm,
    /// The signature is not the holder's.
    #[error("the key binding is not signed by the holder")]
    Signature,
    /// `sd_hash` is of another presentation.
    #[error("the key binding belongs to another presentation")]
    SdHash,
    /// `aud` is somebody else.
    #[error("the key binding is for another audience")]
    Audience,
    /// `nonce` is not the one asked for.
    #[error("the key binding answers another request")]
    Nonce,
    /// `iat` is before the expected time.
    #[error("the key binding is too old")]
    TooOld,
    /// `iat` is after the expected time.
    #[error("the key binding is dated ahead")]
    TooNew,
}

impl KeyBinding<'_> {
    /// Signs the binding to the presentation with this digest.
    pub(super) fn sign(&self, sd_hash: &Digest, signer: &dyn Signer) -> Result<String, SignerError> {
        let sd_hash = disclosure::encode(sd_hash);
        let claims = Claims { binding: self, sd_hash: &String::from_utf8_lossy(&sd_hash) };
        jose::sign(KEY_BINDING_TYPE, Map::new(), &claims, signer)
    }
}

struct Claims<'a> {
    binding: &'a KeyBinding<'a>,
    sd_hash: &'a str,
}

impl Serialize for Claims<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut claims = serializer.serialize_map(None)?;
        claims.serialize_entry("aud", self.binding.aud)?;
        claims.serialize_entry("iat", &self.binding.iat)?;
        claims.serialize_entry("nonce", self.binding.nonce)?;
        claims.serialize_entry("sd_hash", self.sd_hash)?;
        for (name, value) in self.binding.extra {
            claims.serialize_entry(name, value)?;
        }
        claims.end()
    }
}

impl IssuerSigned {
    /// Checks the key binding that came with this credential.
    ///
    /// # Errors
    /// [`KeyBindingError`] by the first thing that does not hold, in the order of its variants.
    ///
    /// Spec: RFC 9901 §7.3.
    pub fn verify_key_binding(
        &self,
        expected: &ExpectedKeyBinding<'_>,
    ) -> Result<KeyBindingClaims, KeyBindingError> {
        let (jwt, sd_hash) = self.key_binding.as_ref().ok_or(KeyBindingError::Missing)?;
        verify_key_binding(jwt, sd_hash, self.holder().ok_or(KeyBindingError::Unbound)?, expected)
    }
}

/// Checks a key binding to the presentation with this digest under the holder's key.
pub(crate) fn verify_key_binding(
    jwt: &str,
    sd_hash: &Digest,
    holder: &VerifyingKey,
    expected: &ExpectedKeyBinding<'_>,
) -> Result<KeyBindingClaims, KeyBindingError> {
    let jws = UnverifiedJws::parse(jwt, MAX_KEY_BINDING)?;
    if jws.typ() != Some(KEY_BINDING_TYPE) {
        return Err(KeyBindingError::Type);
    }
    if jws.algorithm() != holder.algorithm() {
        return Err(KeyBindingError::Algorithm);
    }
    let mut claims = jws.verify(holder)?;
    let mut text = |name| match claims.remove(name) {
        Some(Value::String(text)) if !text.is_empty() => Ok(text),
        _ => Err(KeyBindingError::Malformed),
    };
    let (aud, nonce, covered) = (text("aud")?, text("nonce")?, text("sd_hash")?);
    let iat = claims.remove("iat").and_then(|iat| iat.as_u64()).ok_or(KeyBindingError::Malformed)?;
    if covered.as_bytes() != disclosure::encode(sd_hash) {
        return Err(KeyBindingError::SdHash);
    }
    if !expected.audiences.contains(&aud.as_str()) {
        return Err(KeyBindingError::Audience);
    }
    if let ExpectedNonce::Exactly(expected) = expected.nonce
        && expected != nonce
    {
        return Err(KeyBindingError::Nonce);
    }
    let (earliest, latest) = expected.iat;
    if iat < earliest {
        return Err(KeyBindingError::TooOld);
    }
    if iat > latest {
        return Err(KeyBindingError::TooNew);
    }
    Ok(KeyBindingClaims { aud, nonce, iat, extra: claims })
}

impl From<JoseError> for KeyBindingError {
    fn from(error: JoseError) -> Self {
        match error {
            JoseError::Algorithm => Self::Algorithm,
            JoseError::Signature => Self::Signature,
            _ => Self::Malformed,
        }
    }
}
