//! The holder's side.

use super::{
    KeyBinding, MAX_SD_JWT, SdJwtError, UnverifiedSdJwt,
    disclosure::{self, Place},
    key_binding::OWN_CLAIMS,
    verified::confirmation_key,
};
use crate::{
    credential::ClaimPath,
    crypto::{Signer, SignerError, VerifyingKey, sha256},
    jose::UnverifiedJws,
};
use serde_json::{Map, Value};
use std::{fmt, ops::Range};

/// A credential that its holder keeps, opened so that parts of it can be shown. It was verified when it
/// was stored; that is not done again here.
#[derive(Clone)]
pub struct HeldSdJwt {
    compact: String,
    issuer_jwt: Range<usize>,
    claims: Map<String, Value>,
    holder: Option<VerifyingKey>,
    disclosures: Vec<Held>,
}

/// A disclosure, and where its claim stands.
#[derive(Clone)]
struct Held {
    order: usize,
    path: ClaimPath,
    text: Range<usize>,
}

impl fmt::Debug for HeldSdJwt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HeldSdJwt").field("disclosures", &self.disclosures.len()).finish_non_exhaustive()
    }
}

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
    /// [`SdJwtError`] when it is not a credential with its disclosures and without a key binding.
    pub fn open(compact: &str) -> Result<Self, SdJwtError> {
        let read = UnverifiedSdJwt::parse(compact)?;
        if read.key_binding().is_some() {
            return Err(SdJwtError::Malformed);
        }
        let jws = UnverifiedJws::parse(read.issuer_jwt(), MAX_SD_JWT)?;
        let mut claims = jws.claims_before_verification()?;
        let places = disclosure::resolve_with_places(&mut claims, read.disclosures())?;
        let holder =
            claims.get("cnf").map(|cnf| confirmation_key(cnf).ok_or(SdJwtError::Claim("cnf"))).transpose()?;
        let mut texts = Vec::with_capacity(places.len());
        let mut start = read.issuer_jwt().len() + 1;
        for disclosure in read.disclosures() {
            texts.push(start..start + disclosure.len());
            start += disclosure.len() + 1;
        }
        let mut disclosures: Vec<Held> = places
            .into_iter()
            .filter_map(|Place { disclosure, path }| Some((disclosure, path, texts.get(disclosure)?.clone())))
            .map(|(order, path, text)| Held { order, path, text })
            .collect();
        disclosures.sort_by_key(|held| held.order);
        Ok(Self {
            issuer_jwt: 0..read.issuer_jwt().len(),
            compact: compact.to_owned(),
            claims,
            holder,
            disclosures,
        })
    }

    /// All claims, disclosures in place.
    #[must_use]
    pub fn claims(&self) -> &Map<String, Value> {
        &self.claims
    }

    /// The key that it is bound to.
    #[must_use]
    pub fn holder(&self) -> Option<&VerifyingKey> {
        self.holder.as_ref()
    }

    /// The paths of the claims that can be held back, each with its disclosure as received.
    pub fn disclosures(&self) -> impl Iterator<Item = (&ClaimPath, &str)> {
        self.disclosures.iter().map(|held| (&held.path, self.text(&held.text)))
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
        chosen: &[ClaimPath],
        key_binding: &KeyBinding<'_>,
        signer: &dyn Signer,
    ) -> Result<String, PresentError> {
        if self.holder.as_ref() != Some(signer.verifying_key()) {
            return Err(PresentError::WrongKey);
        }
        if let Some(own) = OWN_CLAIMS.into_iter().find(|own| key_binding.extra.contains_key(*own)) {
            return Err(PresentError::ReservedClaim(own.to_owned()));
        }
        let mut opened = Vec::with_capacity(chosen.len());
        for path in chosen {
            let before = opened.len();
            path.resolve(&self.claims, &mut opened);
            if opened.len() == before {
                return Err(PresentError::NoSuchClaim(path.clone()));
            }
        }
        let mut presentation = String::with_capacity(self.compact.len() + 512);
        presentation.push_str(self.text(&self.issuer_jwt));
        presentation.push('~');
        for held in &self.disclosures {
            if opened.iter().any(|path| path.overlaps(&held.path)) {
                presentation.push_str(self.text(&held.text));
                presentation.push('~');
            }
        }
        let sd_hash = sha256(&[presentation.as_bytes()]);
        presentation.push_str(&key_binding.sign(&sd_hash, signer)?);
        Ok(presentation)
    }

    fn text(&self, range: &Range<usize>) -> &str {
        self.compact.get(range.clone()).unwrap_or_default()
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
