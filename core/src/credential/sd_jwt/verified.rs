//! What an issuer did sign.

use crate::crypto::{Digest, LeafCertificate, VerifyingKey};
use serde_json::{Map, Value};

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
#[derive(Clone, Debug)]
pub struct IssuerSigned {
    pub(super) iss: String,
    pub(super) vct: String,
    pub(super) leaf: LeafCertificate,
    pub(super) leaf_der: Vec<u8>,
    pub(super) jwt_digest: Digest,
    pub(super) sd_hash: Digest,
    pub(super) key_binding: Option<String>,
    pub(super) holder: Option<VerifyingKey>,
    pub(super) iat: u64,
    pub(super) nbf: Option<u64>,
    pub(super) exp: Option<u64>,
    pub(super) status: Option<StatusReference>,
    pub(super) claims: Map<String, Value>,
}

impl IssuerSigned {
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
