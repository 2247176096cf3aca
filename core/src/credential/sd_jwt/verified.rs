//! What an issuer did sign.

use super::{SdJwtError, UnverifiedSdJwt};
use crate::crypto::{Digest, Jwk, LeafCertificate, VerifyingKey, sha256};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::fmt;

/// Where a credential's status stands.
///
/// Spec: Token Status List, `status_list` claim.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct StatusReference {
    /// The list's address, which its token repeats as `sub`.
    pub uri: String,
    /// The credential's place in it.
    pub index: u32,
}

impl StatusReference {
    /// Reads the `status` claim.
    pub(super) fn from_claim(status: &Value) -> Option<Self> {
        let list = status.get("status_list")?;
        Some(Self {
            uri: list.get("uri")?.as_str().filter(|uri| !uri.is_empty())?.to_owned(),
            index: list.get("idx")?.as_u64()?.try_into().ok()?,
        })
    }

    /// The list's number in the registry: the last segment of its address.
    #[must_use]
    pub fn list(&self) -> Option<u32> {
        let segment = self.uri.rsplit('/').next()?;
        // One number, one spelling: no sign, no leading zero.
        segment.parse().ok().filter(|list: &u32| list.to_string() == segment)
    }
}

/// A credential whose issuer's signature and disclosures hold. It says nothing yet about trust,
/// validity, status or holder.
#[derive(Clone)]
pub struct IssuerSigned {
    pub(super) iss: String,
    pub(super) vct: String,
    pub(super) leaf: LeafCertificate,
    pub(super) leaf_der: Vec<u8>,
    pub(super) jwt_digest: Digest,
    /// The key binding that came with it, and the digest of what it must cover.
    pub(super) key_binding: Option<(String, Digest)>,
    pub(super) holder: Option<VerifyingKey>,
    pub(super) iat: u64,
    pub(super) nbf: Option<u64>,
    pub(super) exp: Option<u64>,
    pub(super) status: Option<StatusReference>,
    pub(super) claims: Map<String, Value>,
}

impl fmt::Debug for IssuerSigned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IssuerSigned").field("iss", &self.iss).field("vct", &self.vct).finish_non_exhaustive()
    }
}

/// The key in a `cnf` claim.
///
/// Spec: RFC 7800 §3.2.
pub(crate) fn confirmation_key(cnf: &Value) -> Option<VerifyingKey> {
    Jwk::deserialize(cnf.get("jwk")?.as_object()?).ok()?.key().ok()
}

impl IssuerSigned {
    /// What holds of `presented` once its signature under `leaf` and its disclosures do.
    pub(super) fn new(
        presented: &UnverifiedSdJwt<'_>,
        leaf: LeafCertificate,
        leaf_der: Vec<u8>,
        claims: Map<String, Value>,
    ) -> Result<Self, SdJwtError> {
        let text = |name: &'static str| match claims.get(name) {
            Some(Value::String(text)) if !text.is_empty() => Ok(text.clone()),
            _ => Err(SdJwtError::Claim(name)),
        };
        let seconds = |name: &'static str| match claims.get(name) {
            None => Ok(None),
            Some(value) => value.as_u64().map(Some).ok_or(SdJwtError::Claim(name)),
        };
        let iss = text("iss")?;
        if iss != leaf.did {
            return Err(SdJwtError::WrongIssuer);
        }
        let status = claims.get("status");
        let holder = claims.get("cnf");
        Ok(Self {
            iss,
            vct: text("vct")?,
            iat: seconds("iat")?.ok_or(SdJwtError::Claim("iat"))?,
            nbf: seconds("nbf")?,
            exp: seconds("exp")?,
            holder: holder.map(|cnf| confirmation_key(cnf).ok_or(SdJwtError::Claim("cnf"))).transpose()?,
            status: status
                .map(|status| StatusReference::from_claim(status).ok_or(SdJwtError::Claim("status")))
                .transpose()?,
            jwt_digest: sha256(&[presented.issuer_jwt.as_bytes()]),
            key_binding: presented
                .key_binding
                .map(|jwt| (jwt.to_owned(), sha256(&[presented.presented.as_bytes()]))),
            leaf,
            leaf_der,
            claims,
        })
    }

    /// The issuer's DID, as `iss` and the leaf certificate both say.
    #[must_use]
    pub fn iss(&self) -> &str {
        &self.iss
    }

    /// The credential's type.
    #[must_use]
    pub fn vct(&self) -> &str {
        &self.vct
    }

    /// The certificate under whose key the signature verified.
    #[must_use]
    pub fn leaf(&self) -> &LeafCertificate {
        &self.leaf
    }

    /// That certificate in DER.
    #[must_use]
    pub fn leaf_der(&self) -> &[u8] {
        &self.leaf_der
    }

    /// SHA-256 of the issuer's JWT: what the registry records as issued.
    #[must_use]
    pub fn jwt_digest(&self) -> &Digest {
        &self.jwt_digest
    }

    /// The holder's key, where the credential is bound to one.
    #[must_use]
    pub fn holder(&self) -> Option<&VerifyingKey> {
        self.holder.as_ref()
    }

    /// When it was issued, in seconds, rounded to the day.
    #[must_use]
    pub fn iat(&self) -> u64 {
        self.iat
    }

    /// First second of its validity.
    #[must_use]
    pub fn nbf(&self) -> Option<u64> {
        self.nbf
    }

    /// First second after its validity.
    #[must_use]
    pub fn exp(&self) -> Option<u64> {
        self.exp
    }

    /// Where its status stands.
    #[must_use]
    pub fn status(&self) -> Option<&StatusReference> {
        self.status.as_ref()
    }

    /// Whether a key binding JWT came with it.
    #[must_use]
    pub fn has_key_binding(&self) -> bool {
        self.key_binding.is_some()
    }

    /// The claims, disclosures in place, *before anyone has decided that the issuer is to be believed*.
    /// For checks that lead to that decision; a program that shows them as facts is wrong.
    #[must_use]
    pub fn claims_before_trust(&self) -> &Map<String, Value> {
        &self.claims
    }
}
