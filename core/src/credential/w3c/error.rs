//! Why a credential or presentation was refused.

use super::{jose::VcJoseError, json_ld::JsonLdError, model::ModelError, proof::ProofError};
use crate::{credential::sd_jwt::KeyBindingError, did::MethodError};

/// Why a credential or presentation was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VcError {
    /// Its structure does not hold.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// Its terms have no meaning here: a context that is not known, or a type that none defines.
    #[error(transparent)]
    JsonLd(#[from] JsonLdError),
    /// Nobody secured it.
    #[error("the document is secured by nobody")]
    Unsecured,
    /// The JWT or SD-JWT does not hold.
    #[error(transparent)]
    Jose(#[from] VcJoseError),
    /// A proof in it does not hold.
    #[error(transparent)]
    Proof(ProofError),
    /// A signer's key is not to be had, or not for this.
    #[error(transparent)]
    Method(#[from] MethodError),
    /// The key is of a kind that signs no JWT here.
    #[error("the key is of a kind that signs no JWT here")]
    KeyKind,
    /// It is signed by another than it says.
    #[error("the document is signed by another than the issuer or holder that it names")]
    OtherSigner,
    /// Its validity has not started.
    #[error("the credential is not valid yet")]
    NotYetValid,
    /// Its validity is over.
    #[error("the credential has expired")]
    Expired,
    /// The presentation answers another request, or none.
    #[error("the presentation answers another request")]
    Challenge,
    /// The presentation is for another audience, or for none in particular.
    #[error("the presentation is for another audience")]
    Audience,
    /// The key binding of a presented SD-JWT does not hold.
    #[error(transparent)]
    KeyBinding(#[from] KeyBindingError),
    /// A presented credential is about another than the holder.
    #[error("a presented credential is about another than who presents it")]
    Holder,
    /// A presented credential was refused; counted from 0.
    #[error("credential {0} of the presentation: {1}")]
    Presented(usize, Box<VcError>),
}

/// Keys that are not to be had and terms without a meaning are named alike, however a document is secured.
impl From<ProofError> for VcError {
    fn from(error: ProofError) -> Self {
        match error {
            ProofError::Missing => Self::Unsecured,
            ProofError::Method(error) => Self::Method(error),
            ProofError::JsonLd(error) => Self::JsonLd(error),
            error => Self::Proof(error),
        }
    }
}
