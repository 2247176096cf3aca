//! What a client knows to be certified.

use super::{
    header::{HeaderRest, SignedHeader},
    proof::{CompactProof, ProofError},
    record_key::{RecordKey, Tree},
};
use crate::crypto::Digest;

/// A header whose certificate was verified. Only the light client makes one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VerifiedHeader {
    header: super::header::FoldedHeader,
    rest: Option<HeaderRest>,
    digest: Digest,
}

impl VerifiedHeader {
    /// The caller has verified the certificate over `digest`, which is the header's.
    pub(super) fn certified(signed: &SignedHeader, digest: Digest) -> Self {
        Self { header: *signed.header(), rest: signed.rest().copied(), digest }
    }

    /// Genesis digest of its network.
    #[must_use]
    pub fn network(&self) -> &Digest {
        &self.header.network
    }

    /// Blocks before it.
    #[must_use]
    pub fn height(&self) -> u64 {
        self.header.height
    }

    /// Its time (milliseconds).
    #[must_use]
    pub fn time_ms(&self) -> u64 {
        self.header.time_ms
    }

    /// The slot that it anchors, or 0.
    #[must_use]
    pub fn slot(&self) -> u64 {
        self.header.slot
    }

    /// Its epoch.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.header.epoch
    }

    /// Its digest.
    #[must_use]
    pub fn digest(&self) -> &Digest {
        &self.digest
    }

    /// Root of the trust tree.
    #[must_use]
    pub fn trust_root(&self) -> &Digest {
        &self.header.trust_root
    }

    /// The fields that folding hides, where the header came whole.
    #[must_use]
    pub fn rest(&self) -> Option<&HeaderRest> {
        self.rest.as_ref()
    }

    /// Checks that at this header the record has this value, or, without one, does not exist.
    ///
    /// # Errors
    /// [`ProofError`] by what does not hold; [`ProofError::Root`] also when the record is of the records
    /// tree and the header came folded, without that root.
    pub fn verify_record(
        &self,
        key: &RecordKey,
        value: Option<&[u8]>,
        proof: &CompactProof,
    ) -> Result<(), ProofError> {
        let root = match key.tree() {
            Tree::Trust => &self.header.trust_root,
            Tree::Records => &self.rest.as_ref().ok_or(ProofError::Root)?.records_root,
        };
        proof.verify(root, &key.hash(), value)
    }
}

/// A verified header with the bytes that prove it, to be kept or handed on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    pub(super) signed_header: SignedHeader,
    pub(super) header: VerifiedHeader,
}

impl Checkpoint {
    /// The verified header.
    #[must_use]
    pub fn header(&self) -> &VerifiedHeader {
        &self.header
    }

    /// Header and certificate, for others to verify.
    #[must_use]
    pub fn signed_header(&self) -> &SignedHeader {
        &self.signed_header
    }
}
