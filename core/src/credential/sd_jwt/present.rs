//! The holder's side.

use super::{KeyBinding, SdJwtError};
use crate::{
    credential::ClaimPath,
    crypto::{Signer, SignerError, VerifyingKey},
};
use serde_json::{Map, Value};

/// A credential that its holder keeps, opened so that parts of it can be shown. It was verified when it
/// was stored; that is not done again here.
#[derive(Clone, Debug)]
pub struct HeldSdJwt {}

/// Why a presentation was not made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PresentError {
    /// The stored credential cannot be read.
    #[error(transparent)]
    Credential(#[from] SdJwtError),
    /// The credential has no such claim.
    #[error("the credential has no claim `{0}`")]
    NoSuchClaim(ClaimPath),
    /// The key is not the one that the credential is bound to.
    #[error("the key is not the one that the credential is bound to")]
    WrongKey,
    /// An extra claim has the name of one that every key binding carries.
    #[error("the extra claim `{0}` is one of the key binding's own")]
    ReservedClaim(String),
    /// The signer failed.
    #[error(transparent)]
    Signer(#[from] SignerError),
}

impl HeldSdJwt {
    /// Opens a stored credential.
    ///
    /// # Errors
    /// [`SdJwtError`] when it is not a credential with its disclosures.
    pub fn open(_compact: &str) -> Result<Self, SdJwtError> {
        todo!()
    }

    /// All claims, disclosures in place.
    #[must_use]
    pub fn claims(&self) -> &Map<String, Value> {
        todo!()
    }

    /// The key that it is bound to.
    #[must_use]
    pub fn holder(&self) -> Option<&VerifyingKey> {
        todo!()
    }

    /// The paths of the claims that can be held back, each with its disclosure as received.
    pub fn disclosures(&self) -> impl Iterator<Item = (&ClaimPath, &str)> {
        std::iter::empty()
    }

    /// The presentation of `chosen`, with the holder's signature. What lies below a chosen claim is
    /// shown with it, and what lies above as far as it must be.
    ///
    /// # Errors
    /// [`PresentError`] by what does not hold.
    ///
    /// Spec: RFC 9901 §7.2.
    pub fn present(
        &self,
        _chosen: &[ClaimPath],
        _key_binding: &KeyBinding<'_>,
        _signer: &dyn Signer,
    ) -> Result<String, PresentError> {
        todo!()
    }
}

/// Opens `compact` and presents `chosen` of it.
///
/// # Errors
/// [`PresentError`] by what does not hold.
pub fn present(
    compact: &str,
    chosen: &[ClaimPath],
    key_binding: &KeyBinding<'_>,
    signer: &dyn Signer,
) -> Result<String, PresentError> {
    HeldSdJwt::open(compact)?.present(chosen, key_binding, signer)
}
