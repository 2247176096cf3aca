//! From bytes to a credential whose issuer's signature holds.

use crate::{outcome::Reason, registry::RegistryView};
use yufu_core::{
    credential::sd_jwt::{IssuerSigned, SdJwtError, UnverifiedSdJwt},
    presentation::show_code::{UnpackError, UnverifiedShowCode},
};

pub(crate) fn unpack(payload: &[u8], registry: &RegistryView) -> Result<UnverifiedShowCode, Reason> {
    UnverifiedShowCode::decode(payload, &|digest| registry.held_leaf(digest)).map_err(|error| match error {
        UnpackError::Version | UnpackError::Malformed => Reason::Malformed,
        UnpackError::TooLarge => Reason::TooLarge,
        UnpackError::LeafNotHeld => Reason::LeafNotHeld,
    })
}

pub(crate) fn split(code: &UnverifiedShowCode) -> Result<UnverifiedSdJwt<'_>, Reason> {
    UnverifiedSdJwt::parse(code.presentation()).map_err(|error| reason(&error))
}

pub(crate) fn issuer_signature(unverified: &UnverifiedSdJwt<'_>) -> Result<IssuerSigned, Reason> {
    let signed = unverified.verify().map_err(|error| reason(&error))?;
    // Ours always end; one without an end is of a form that we do not take.
    if signed.exp().is_none() {
        return Err(Reason::MalformedCredential);
    }
    Ok(signed)
}

fn reason(error: &SdJwtError) -> Reason {
    match error {
        SdJwtError::TooLarge => Reason::TooLarge,
        // An algorithm that is not allowed, `none` above all, and a name that is not the certificate's
        // are signatures that are not the issuer's.
        SdJwtError::Signature | SdJwtError::Algorithm | SdJwtError::WrongIssuer => Reason::IssuerSignature,
        SdJwtError::Unreferenced | SdJwtError::DigestTwice | SdJwtError::ClaimTwice => {
            Reason::DisclosureNotSigned
        }
        _ => Reason::MalformedCredential,
    }
}
