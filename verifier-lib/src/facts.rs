//! What a credential says that trust, time and status are judged by, whatever its format.

use crate::outcome::Reason;
use yufu_core::{
    credential::{sd_jwt::IssuerSigned, w3c::VerifiedCredential},
    crypto::{Digest, VerifyingKey},
    registry::{Grant, StatusEncoding},
    status::bitstring::{Purpose, StatusEntry},
};

/// What the issuer signed, as far as it decides which records are asked and what they must say.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Facts<'a> {
    /// The issuer's DID.
    pub(crate) issuer: &'a str,
    /// The type's name in the registry.
    pub(crate) vct: &'a str,
    /// Thumbprint of the key that signed; none for a key that no list is opened for.
    pub(crate) key: Option<Digest>,
    /// When it was signed, by the issuer's own word (seconds).
    pub(crate) issued_at: u64,
    /// First second of its validity.
    pub(crate) not_before: Option<u64>,
    /// First second after its validity.
    pub(crate) expires: Option<u64>,
    /// Its place in a status list.
    pub(crate) status: Option<StatusPlace>,
    /// What the registry records as issued.
    pub(crate) signed_digest: &'a Digest,
    /// The certificate that came along, where the format has one.
    pub(crate) leaf_der: Option<&'a [u8]>,
}

/// A place in a status list, and the shape that the list must have.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StatusPlace {
    pub(crate) list: u32,
    pub(crate) index: u64,
    encoding: StatusEncoding,
    /// Bits an entry, where the credential says them.
    bits: Option<u8>,
}

impl StatusPlace {
    /// Whether the list is written as the credential's format reads it: the two encodings count bits
    /// from different ends.
    pub(crate) fn is_of(&self, grant: &Grant) -> bool {
        grant.encoding == self.encoding && self.bits.is_none_or(|bits| bits == grant.bits)
    }
}

impl<'a> Facts<'a> {
    pub(crate) fn of_sd_jwt(signed: &'a IssuerSigned) -> Self {
        let place = signed.status().and_then(|status| {
            let (list, index) = (status.list()?, status.index.into());
            Some(StatusPlace { list, index, encoding: StatusEncoding::Token, bits: None })
        });
        Self {
            issuer: signed.iss(),
            vct: signed.vct(),
            key: Some(signed.leaf().key.thumbprint()),
            issued_at: signed.iat(),
            not_before: signed.nbf(),
            expires: signed.exp(),
            status: place,
            signed_digest: signed.jwt_digest(),
            leaf_der: Some(signed.leaf_der()),
        }
    }

    pub(crate) fn of_w3c(credential: &'a VerifiedCredential) -> Result<Self, Reason> {
        // Ours always end and say when they were issued.
        let last = credential.valid_until().ok_or(Reason::MalformedCredential)?;
        let issued_at = credential.issued_at().or_else(|| credential.valid_from());
        let key = VerifyingKey::try_from(credential.key()).ok();
        Ok(Self {
            issuer: credential.issuer(),
            vct: credential.registry_type().ok_or(Reason::MalformedCredential)?,
            key: key.map(|key| key.thumbprint()),
            issued_at: issued_at.ok_or(Reason::MalformedCredential)?,
            not_before: credential.valid_from(),
            expires: Some(last.saturating_add(1)),
            status: place(credential)?,
            signed_digest: credential.signed_digest().ok_or(Reason::MalformedCredential)?,
            leaf_der: None,
        })
    }
}

/// One entry, whose bit says that the credential is revoked: any other would go unread.
fn place(credential: &VerifiedCredential) -> Result<Option<StatusPlace>, Reason> {
    if credential.has_unknown_status() {
        return Err(Reason::MalformedCredential);
    }
    match credential.statuses() {
        [] => Ok(None),
        [entry @ StatusEntry { purpose: Purpose::Revocation, .. }] => Ok(entry.list_number().map(|list| {
            let (index, bits) = (entry.index, Some(entry.bits));
            StatusPlace { list, index, encoding: StatusEncoding::Bitstring, bits }
        })),
        _ => Err(Reason::MalformedCredential),
    }
}
