//! Listings: proof that the registry's record of an issuer lists a DID of the web, for who has no network.
//!
//! A credential may name its issuer by a did:web or a did:webvh, which verifiers elsewhere resolve. A
//! counter resolves nothing: it is handed the issuer's record, with the proof that it stands in the registry.

use super::{
    checkpoint::VerifiedHeader,
    codec::{Malformed, Reader, write_short_bytes},
    header::SignedHeader,
    light_client::{LightClient, LightClientError},
    proof::CompactProof,
    record::{DidRecord, Record, RecordError},
    record_key::RecordKey,
};
use crate::did::yufu::IssuerId;

/// The largest listing, in bytes: a record of the largest size, and what proves it.
pub const MAX_LISTING: usize = 20 << 10;

const VERSION: u8 = 1;

/// An issuer's record with what proves it: not verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    pub(super) signed_header: SignedHeader,
    pub(super) issuer: IssuerId,
    pub(super) record: Vec<u8>,
    pub(super) proof: CompactProof,
}

/// What a verified listing says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The header under which the record stands. Its time is the listing's age.
    pub header: VerifiedHeader,
    /// The issuer whose record lists the DID.
    pub issuer: IssuerId,
}

/// Why a listing does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ListingError {
    /// Not the bytes of a listing.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// Its header is not believed, or the proof does not lead to it.
    #[error(transparent)]
    Header(#[from] LightClientError),
    /// Its header is not the first of a slot. Who asked the registry when must not show.
    #[error("the listing's header is not an anchor")]
    NotAnAnchor,
    /// The proven value is no record of an issuer.
    #[error(transparent)]
    BadRecord(#[from] RecordError),
    /// The issuer was deactivated.
    #[error("the issuer was deactivated")]
    Ended,
    /// The record does not list the DID.
    #[error("the issuer's record does not list the DID")]
    NotListed,
}

impl Listing {
    /// The listing of `issuer`, whose `record` stands under that header. The header is folded if it is not.
    #[must_use]
    pub fn new(signed_header: SignedHeader, issuer: IssuerId, record: Vec<u8>, proof: CompactProof) -> Self {
        Self { signed_header: signed_header.fold(), issuer, record, proof }
    }

    /// The bytes: version 1; the issuer's id; then behind 16-bit lengths the signed header, the record and
    /// its proof.
    ///
    /// # Errors
    /// [`Malformed`] when it would be larger than [`MAX_LISTING`].
    pub fn to_bytes(&self) -> Result<Vec<u8>, Malformed> {
        let mut out = vec![VERSION];
        out.extend_from_slice(&self.issuer.0);
        for part in [&self.signed_header.to_bytes(), &self.record, &self.proof.to_bytes()] {
            write_short_bytes(&mut out, part)?;
        }
        if out.len() > MAX_LISTING { Err(Malformed) } else { Ok(out) }
    }

    /// The listing in `bytes`.
    ///
    /// # Errors
    /// [`Malformed`] when they do not follow the format to their last, are more than [`MAX_LISTING`], or
    /// carry an unfolded header.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Malformed> {
        if bytes.len() > MAX_LISTING {
            return Err(Malformed);
        }
        let mut reader = Reader(bytes);
        if reader.u8()? != VERSION {
            return Err(Malformed);
        }
        let issuer = IssuerId(reader.array()?);
        let signed_header = SignedHeader::from_bytes(reader.short_bytes()?)?;
        if signed_header.rest().is_some() {
            return Err(Malformed);
        }
        let record = reader.short_bytes()?.to_vec();
        let proof = CompactProof::from_bytes(reader.short_bytes()?)?;
        reader.finish()?;
        Ok(Self { signed_header, issuer, record, proof })
    }
}

impl LightClient {
    /// Verifies that an issuer's record lists `did`, a DID of the web, and adopts the listing's header when
    /// it is newer. That the DID's document names the issuer back is for who can resolve it.
    ///
    /// # Errors
    /// [`ListingError`] by what does not hold.
    pub fn verify_listing(&mut self, bytes: &[u8], did: &str, clock_ms: u64) -> Result<Listed, ListingError> {
        let Listing { signed_header, issuer, record, proof } = Listing::from_bytes(bytes)?;
        let header = self.verify_header(&signed_header, clock_ms)?;
        if header.slot() == 0 {
            return Err(ListingError::NotAnAnchor);
        }
        self.verify_record(&header, &RecordKey::Did { issuer }, Some(&record), &proof)?;
        let record = DidRecord::from_bytes(&record)?;
        if record.deactivated_at_ms.is_some() {
            return Err(ListingError::Ended);
        }
        if !record.also_known_as.iter().any(|name| name == did) {
            return Err(ListingError::NotListed);
        }
        Ok(Listed { header, issuer })
    }
}
