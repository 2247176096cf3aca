//! What was received, before anything is known about it.

use super::{IssuerSigned, MAX_DISCLOSURES, MAX_SD_JWT, TYPE, disclosure};
use crate::{
    crypto::{CertificateError, LeafCertificate, certificate::decode_x5c},
    jose::{JoseError, UnverifiedJws},
};
use serde_json::{Map, Value};
use std::fmt;

/// An SD-JWT, split but not checked.
#[derive(Clone)]
pub struct UnverifiedSdJwt<'a> {
    pub(super) issuer_jwt: &'a str,
    pub(super) disclosures: Vec<&'a str>,
    pub(super) key_binding: Option<&'a str>,
    /// All but the key binding, the last `~` included: what `sd_hash` covers.
    pub(super) presented: &'a str,
}

impl fmt::Debug for UnverifiedSdJwt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnverifiedSdJwt")
            .field("disclosures", &self.disclosures.len())
            .field("has_key_binding", &self.key_binding.is_some())
            .finish_non_exhaustive()
    }
}

/// Why an SD-JWT was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SdJwtError {
    /// Not the compact form.
    #[error("not an SD-JWT in compact form")]
    Malformed,
    /// Over one of the limits of this module.
    #[error("the SD-JWT is larger, has more disclosures or is deeper than is read")]
    TooLarge,
    /// The JWT's header is malformed, or has members that we do not take: `crit`, `kid`, `jwk`.
    #[error("the header is malformed or names its key in a way we do not take")]
    Header,
    /// `typ` is not `dc+sd-jwt`.
    #[error("not typed as an SD-JWT VC")]
    Type,
    /// `alg` is not on the allow-list, or not the leaf key's.
    #[error("the signature's algorithm is not allowed")]
    Algorithm,
    /// `x5c` or its leaf is not one we take.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// The issuer's signature does not verify.
    #[error("the issuer's signature does not verify")]
    Signature,
    /// The payload is not a JSON object, or names a member twice.
    #[error("the payload is not an object of distinct members")]
    Payload,
    /// A claim that every credential carries is missing, or a known one has the wrong form.
    #[error("the claim `{0}` is missing or malformed")]
    Claim(&'static str),
    /// `iss` is not the DID of the leaf certificate.
    #[error("the issuer's name is not the one in its certificate")]
    WrongIssuer,
    /// `_sd_alg` names another hash than SHA-256.
    #[error("the digests are not SHA-256")]
    HashAlgorithm,
    /// `_sd` is not an array of strings, or `...` is not alone with one string in an array's element.
    #[error("a digest is not where or what it should be")]
    Digest,
    /// A digest stands in more than one place.
    #[error("a digest stands twice")]
    DigestTwice,
    /// A disclosure is not base64url of a JSON array of the length its place asks for.
    #[error("a disclosure is malformed")]
    Disclosure,
    /// A disclosure that no digest refers to.
    #[error("a disclosure is not referenced")]
    Unreferenced,
    /// A disclosed claim is named `_sd`, `_sd_alg` or `...`.
    #[error("a disclosed claim has a reserved name")]
    ReservedName,
    /// A disclosed claim is already there.
    #[error("a disclosed claim is already there")]
    ClaimTwice,
    /// A claim that must always be shown, or something below it, is disclosable.
    #[error("a claim that can never be held back is disclosable")]
    NeverDisclosable,
}

impl<'a> UnverifiedSdJwt<'a> {
    /// Splits `text`: `<issuer's JWT>~<disclosure>~…~[<key binding JWT>]`.
    ///
    /// # Errors
    /// [`SdJwtError::Malformed`] or [`SdJwtError::TooLarge`].
    ///
    /// Spec: RFC 9901 §4.
    pub fn parse(text: &'a str) -> Result<Self, SdJwtError> {
        if text.len() > MAX_SD_JWT {
            return Err(SdJwtError::TooLarge);
        }
        let (before, last) = text.rsplit_once('~').ok_or(SdJwtError::Malformed)?;
        let mut parts = before.split('~');
        let issuer_jwt = parts.next().filter(|jwt| !jwt.is_empty()).ok_or(SdJwtError::Malformed)?;
        let disclosures: Vec<&str> = parts.take(MAX_DISCLOSURES + 1).collect();
        if disclosures.len() > MAX_DISCLOSURES {
            return Err(SdJwtError::TooLarge);
        }
        if disclosures.iter().any(|disclosure| disclosure.is_empty()) {
            return Err(SdJwtError::Malformed);
        }
        Ok(Self {
            issuer_jwt,
            disclosures,
            key_binding: Some(last).filter(|jwt| !jwt.is_empty()),
            presented: &text[..=before.len()],
        })
    }

    /// The issuer's JWT.
    #[must_use]
    pub fn issuer_jwt(&self) -> &'a str {
        self.issuer_jwt
    }

    /// The disclosures, as received.
    #[must_use]
    pub fn disclosures(&self) -> &[&'a str] {
        &self.disclosures
    }

    /// The key binding JWT, if there is one.
    #[must_use]
    pub fn key_binding(&self) -> Option<&'a str> {
        self.key_binding
    }

    /// All but the key binding, the last `~` included.
    #[must_use]
    pub fn presented(&self) -> &'a str {
        self.presented
    }

    /// Checks the issuer's signature under the key of the `x5c` leaf, that `iss` is the leaf's DID, and
    /// puts every disclosure in its place. Neither trust nor validity nor status is decided here.
    ///
    /// # Errors
    /// [`SdJwtError`] by the first thing that does not hold.
    ///
    /// Spec: RFC 9901 §7.1; SD-JWT VC, verification.
    pub fn verify(&self) -> Result<IssuerSigned, SdJwtError> {
        let jws = UnverifiedJws::parse(self.issuer_jwt, MAX_SD_JWT)?;
        if jws.typ() != Some(TYPE) {
            return Err(SdJwtError::Type);
        }
        let leaf_der = leaf_of(jws.header())?;
        let leaf = LeafCertificate::parse(&leaf_der)?;
        if leaf.key.algorithm() != jws.algorithm() {
            return Err(SdJwtError::Algorithm);
        }
        let mut claims = jws.verify(&leaf.key)?;
        disclosure::resolve(&mut claims, &self.disclosures)?;
        IssuerSigned::new(self, leaf, leaf_der, claims)
    }
}

/// The leaf of `x5c`, in DER: the one way in which a key is named here.
fn leaf_of(header: &Map<String, Value>) -> Result<Vec<u8>, SdJwtError> {
    if ["kid", "jwk", "jku", "x5u"].iter().any(|other| header.contains_key(*other)) {
        return Err(SdJwtError::Header);
    }
    let Some(Value::Array(x5c)) = header.get("x5c") else { return Err(SdJwtError::Header) };
    let x5c: Option<Vec<&str>> = x5c.iter().map(Value::as_str).collect();
    let chain = decode_x5c(&x5c.ok_or(SdJwtError::Header)?)?;
    chain.into_iter().next().ok_or(SdJwtError::Header)
}

impl From<JoseError> for SdJwtError {
    fn from(error: JoseError) -> Self {
        match error {
            JoseError::TooLarge => Self::TooLarge,
            JoseError::Malformed => Self::Malformed,
            JoseError::Header | JoseError::Critical => Self::Header,
            JoseError::Algorithm => Self::Algorithm,
            JoseError::Payload => Self::Payload,
            JoseError::Signature => Self::Signature,
        }
    }
}
