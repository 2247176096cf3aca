//! The holder's proof that he himself presents, here and now.

use super::IssuerSigned;
use serde_json::{Map, Value};

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

impl IssuerSigned {
    /// Checks the key binding that came with this credential.
    ///
    /// # Errors
    /// [`KeyBindingError`] by the first thing that does not hold, in the order of its variants.
    ///
    /// Spec: RFC 9901 §7.3.
    pub fn verify_key_binding(
        &self,
        _expected: &ExpectedKeyBinding<'_>,
    ) -> Result<KeyBindingClaims, KeyBindingError> {
        todo!()
    }
}
