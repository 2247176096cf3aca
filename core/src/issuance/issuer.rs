//! What an issuer decides with: are these keys held by the one who asks?

use super::{
    error::{CredentialErrorCode, ErrorResponse},
    request::Proofs,
};
use crate::crypto::Jwk;

/// What an issuer asks of the proofs in a request.
#[derive(Clone, Copy, Debug)]
pub struct ProofPolicy<'a> {
    /// The issuer's identifier: the `aud` of each proof.
    pub audience: &'a str,
    /// The most proofs in a request.
    pub batch_size: usize,
    /// Now, in seconds.
    pub now: u64,
}

/// How old a proof's `iat` may be, in seconds; ahead of the issuer's clock it may be a minute.
pub const MAX_PROOF_AGE: u64 = 300;

/// Proofs that hold but for their nonce, which the caller's database knows.
#[derive(Clone, Debug)]
pub struct ProofsAwaitingNonce {
    nonce: String,
    keys: Vec<Jwk>,
}

/// What the caller's database says about a nonce that it has, in the same step, used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NonceUse {
    /// It was one of ours, alive and never used before; now it is used.
    Fresh,
    /// It was not.
    Stale,
}

/// Why proofs were refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProofError {
    /// There is none.
    #[error("no proof of a key")]
    Missing,
    /// More than the issuer's batch size.
    #[error("more proofs than are taken at once")]
    TooMany,
    /// Not a JWT, or a claim has the wrong type.
    #[error("a proof is malformed")]
    Malformed,
    /// `typ` is not `openid4vci-proof+jwt`.
    #[error("a proof has the wrong type")]
    Type,
    /// `alg` is not one that was announced, or not the key's.
    #[error("a proof's algorithm was not announced")]
    Algorithm,
    /// No key, or more than one way to name it.
    #[error("a proof names no key, or names it in two ways")]
    KeyParameters,
    /// The key is named by `kid` or `x5c`, which was not announced.
    #[error("a proof names its key in a way that was not announced")]
    KeyReference,
    /// The key has a private part.
    #[error("a proof carries a private key")]
    PrivateKey,
    /// The key is not one that we take.
    #[error("a proof's key is not one that we take")]
    Key,
    /// The signature is not the key's.
    #[error("a proof is not signed by its key")]
    Signature,
    /// `aud` is another issuer.
    #[error("a proof is for another issuer")]
    Audience,
    /// `iss` stands in a proof of an anonymous client.
    #[error("a proof names a client")]
    Client,
    /// `iat` is too long ago.
    #[error("a proof is too old")]
    TooOld,
    /// `iat` is ahead of the issuer's clock.
    #[error("a proof is dated ahead")]
    TooNew,
    /// There is no `nonce`.
    #[error("a proof has no nonce")]
    NonceMissing,
    /// The proofs of one request have different nonces.
    #[error("the proofs of a request have different nonces")]
    NoncesDiffer,
    /// Two proofs are of one key.
    #[error("two proofs are of one key")]
    KeyTwice,
    /// The nonce is not one of ours, or was used.
    #[error("the nonce is not fresh")]
    StaleNonce,
}

impl ProofError {
    /// The answer to give.
    #[must_use]
    pub fn response(self) -> ErrorResponse<CredentialErrorCode> {
        let code = match self {
            Self::StaleNonce => CredentialErrorCode::InvalidNonce,
            _ => CredentialErrorCode::InvalidProof,
        };
        ErrorResponse::new(code, &self.to_string())
    }
}

/// Checks everything about the proofs of a request but whether their nonce is fresh.
///
/// # Errors
/// [`ProofError`] by the first thing that does not hold.
///
/// Spec: OpenID4VCI 1.0 Appendix F.4.
pub fn verify_proofs(_proofs: &Proofs, _policy: &ProofPolicy<'_>) -> Result<ProofsAwaitingNonce, ProofError> {
    todo!()
}

impl ProofsAwaitingNonce {
    /// The nonce to look up and use up, in one step.
    #[must_use]
    pub fn nonce(&self) -> &str {
        &self.nonce
    }

    /// The keys, in the order of the proofs, once the nonce is known to have been fresh.
    ///
    /// # Errors
    /// [`ProofError::StaleNonce`] when it was not.
    pub fn into_keys(self, nonce: NonceUse) -> Result<Vec<Jwk>, ProofError> {
        match nonce {
            NonceUse::Fresh => Ok(self.keys),
            NonceUse::Stale => Err(ProofError::StaleNonce),
        }
    }
}
