//! Headers: what validators sign.
//!
//! The digest that they sign is `H(tag, network, height, time_ms, slot, epoch, set, trust_root,
//! H(tag, the other fields))`, numbers as 64-bit big-endian, so that a *folded* header is the first
//! seven fields and one hash: all that a staple needs.

use super::{
    certificate::Certificate,
    codec::{Malformed, Reader},
};
use crate::crypto::{Digest, sha256};

const HEADER_TAG: &[u8] = b"yufu/header/v1";
const REST_TAG: &[u8] = b"yufu/header-rest/v1";

/// A header, whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Genesis digest of the network.
    pub network: Digest,
    /// Blocks before it; genesis is 0.
    pub height: u64,
    /// Digest of the header before it.
    pub parent: Digest,
    /// The proposer's time, later than the parent's (milliseconds).
    pub time_ms: u64,
    /// The slot that this header anchors, or 0 when it anchors none.
    pub slot: u64,
    /// Epoch: `height / epoch_length`.
    pub epoch: u64,
    /// Hash of the epoch's validator set.
    pub set: Digest,
    /// Hash of the next epoch's validator set.
    pub next_set: Digest,
    /// Root of the [history](super::history) of all earlier header digests.
    pub history: Digest,
    /// Root of the trust tree after this block.
    pub trust_root: Digest,
    /// Root of the records tree after this block.
    pub records_root: Digest,
    /// Digest of the block's body.
    pub body: Digest,
}

/// The fields that a folded header replaces by their hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeaderRest {
    /// Digest of the header before it.
    pub parent: Digest,
    /// Hash of the next epoch's validator set.
    pub next_set: Digest,
    /// Root of the history of all earlier header digests.
    pub history: Digest,
    /// Root of the records tree.
    pub records_root: Digest,
    /// Digest of the block's body.
    pub body: Digest,
}

/// A header with the fields that a staple does not need folded into one hash. Its digest is the
/// header's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FoldedHeader {
    /// Genesis digest of the network.
    pub network: Digest,
    /// Blocks before it.
    pub height: u64,
    /// The proposer's time (milliseconds).
    pub time_ms: u64,
    /// The slot that it anchors, or 0.
    pub slot: u64,
    /// Epoch.
    pub epoch: u64,
    /// Hash of the epoch's validator set.
    pub set: Digest,
    /// Root of the trust tree.
    pub trust_root: Digest,
    /// Hash of the other fields.
    pub rest: Digest,
}

const FOLDED_BYTES: usize = 32 + 4 * 8 + 3 * 32;
const HEADER_BYTES: usize = 4 * 8 + 8 * 32;

impl Header {
    /// What validators sign and what names the block.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.fold().digest()
    }

    /// The header with the fields that a staple does not need folded.
    #[must_use]
    pub fn fold(&self) -> FoldedHeader {
        FoldedHeader {
            network: self.network,
            height: self.height,
            time_ms: self.time_ms,
            slot: self.slot,
            epoch: self.epoch,
            set: self.set,
            trust_root: self.trust_root,
            rest: self.rest().hash(),
        }
    }

    /// The fields that folding hides.
    #[must_use]
    pub fn rest(&self) -> HeaderRest {
        HeaderRest {
            parent: self.parent,
            next_set: self.next_set,
            history: self.history,
            records_root: self.records_root,
            body: self.body,
        }
    }

    /// The 288 bytes, fields in their order.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; HEADER_BYTES] {
        let mut out = [0; HEADER_BYTES];
        let mut rest = &mut out[..];
        let mut put = |bytes: &[u8]| {
            let (head, tail) = std::mem::take(&mut rest).split_at_mut(bytes.len());
            head.copy_from_slice(bytes);
            rest = tail;
        };
        put(&self.network);
        put(&self.height.to_be_bytes());
        put(&self.parent);
        put(&self.time_ms.to_be_bytes());
        put(&self.slot.to_be_bytes());
        put(&self.epoch.to_be_bytes());
        put(&self.set);
        put(&self.next_set);
        put(&self.history);
        put(&self.trust_root);
        put(&self.records_root);
        put(&self.body);
        out
    }

    /// The header in `bytes`.
    ///
    /// # Errors
    /// [`Malformed`] on another length.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader(bytes);
        let header = Self {
            network: reader.digest()?,
            height: reader.u64()?,
            parent: reader.digest()?,
            time_ms: reader.u64()?,
            slot: reader.u64()?,
            epoch: reader.u64()?,
            set: reader.digest()?,
            next_set: reader.digest()?,
            history: reader.digest()?,
            trust_root: reader.digest()?,
            records_root: reader.digest()?,
            body: reader.digest()?,
        };
        reader.finish()?;
        Ok(header)
    }
}

impl HeaderRest {
    /// The hash that a folded header carries.
    #[must_use]
    pub fn hash(&self) -> Digest {
        sha256(&[REST_TAG, &self.parent, &self.next_set, &self.history, &self.records_root, &self.body])
    }
}

impl FoldedHeader {
    /// What validators sign; the same as the whole header's.
    #[must_use]
    pub fn digest(&self) -> Digest {
        sha256(&[
            HEADER_TAG,
            &self.network,
            &self.height.to_be_bytes(),
            &self.time_ms.to_be_bytes(),
            &self.slot.to_be_bytes(),
            &self.epoch.to_be_bytes(),
            &self.set,
            &self.trust_root,
            &self.rest,
        ])
    }

    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.network);
        out.extend_from_slice(&self.height.to_be_bytes());
        out.extend_from_slice(&self.time_ms.to_be_bytes());
        out.extend_from_slice(&self.slot.to_be_bytes());
        out.extend_from_slice(&self.epoch.to_be_bytes());
        out.extend_from_slice(&self.set);
        out.extend_from_slice(&self.trust_root);
        out.extend_from_slice(&self.rest);
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            network: reader.digest()?,
            height: reader.u64()?,
            time_ms: reader.u64()?,
            slot: reader.u64()?,
            epoch: reader.u64()?,
            set: reader.digest()?,
            trust_root: reader.digest()?,
            rest: reader.digest()?,
        })
    }
}

/// A header and a certificate that claims to be of it: nothing is verified yet. It carries the folded
/// fields too where the reader needs them (the records tree's root, the history).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedHeader {
    header: FoldedHeader,
    rest: Option<HeaderRest>,
    certificate: Certificate,
}

/// The largest signed header, in bytes.
pub const MAX_SIGNED_HEADER: usize = 1 + HEADER_BYTES + super::certificate::MAX_CERTIFICATE;

const FOLDED: u8 = 1;
const WHOLE: u8 = 2;

impl SignedHeader {
    /// A whole header with its certificate.
    #[must_use]
    pub fn new(header: &Header, certificate: Certificate) -> Self {
        Self { header: header.fold(), rest: Some(header.rest()), certificate }
    }

    /// The same without the fields that a staple does not need.
    #[must_use]
    pub fn fold(mut self) -> Self {
        self.rest = None;
        self
    }

    /// The header, not verified.
    #[must_use]
    pub fn header(&self) -> &FoldedHeader {
        &self.header
    }

    /// The folded fields where they are carried, not verified.
    #[must_use]
    pub fn rest(&self) -> Option<&HeaderRest> {
        self.rest.as_ref()
    }

    /// The certificate, not verified.
    #[must_use]
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// The bytes: 1 and the folded header (160 bytes), or 2 and the whole one (288); the certificate.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(1 + FOLDED_BYTES + 80);
        match &self.rest {
            None => {
                out.push(FOLDED);
                self.header.write(&mut out);
            }
            Some(rest) => {
                out.push(WHOLE);
                out.extend_from_slice(&whole(&self.header, rest).to_bytes());
            }
        }
        self.certificate.write(&mut out);
        out
    }

    /// The signed header in `bytes`.
    ///
    /// # Errors
    /// [`Malformed`] when the bytes do not follow the format to their last.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader(bytes);
        let (header, rest) = match reader.u8()? {
            FOLDED => (FoldedHeader::read(&mut reader)?, None),
            WHOLE => {
                let header = Header::from_bytes(reader.take(HEADER_BYTES)?)?;
                (header.fold(), Some(header.rest()))
            }
            _ => return Err(Malformed),
        };
        let certificate = Certificate::read(&mut reader)?;
        reader.finish()?;
        Ok(Self { header, rest, certificate })
    }
}

fn whole(header: &FoldedHeader, rest: &HeaderRest) -> Header {
    Header {
        network: header.network,
        height: header.height,
        parent: rest.parent,
        time_ms: header.time_ms,
        slot: header.slot,
        epoch: header.epoch,
        set: header.set,
        next_set: rest.next_set,
        history: rest.history,
        trust_root: header.trust_root,
        records_root: rest.records_root,
        body: rest.body,
    }
}
