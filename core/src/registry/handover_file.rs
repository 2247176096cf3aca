//! Handovers in a file, for a client that never has a network: somebody who has one saves them, and carries
//! them there. The file needs no trust, since each handover is signed by those who hand over.

use super::{
    codec::{Malformed, Reader, write_short_bytes},
    handover::Handover,
    header::SignedHeader,
    light_client::{LightClient, LightClientError},
};
use crate::crypto::Digest;

/// The first bytes of every file of handovers: what it is, and its version.
const MAGIC: &[u8; 16] = b"yufu-handovers/1";

/// The largest file: 1 MiB. That is 900 epochs of four validators, or 45 of the largest set.
pub const MAX_HANDOVER_FILE: usize = 1 << 20;

/// A file of handovers, one behind the other, for clients of one network.
///
/// The bytes: `yufu-handovers/1`, the genesis digest, then each [`Handover`] behind its length (16 bits) in
/// the order of the epochs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandoverFile(Vec<u8>);

/// The epochs through which a client was led by a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Followed {
    /// Where the client was.
    pub from: u64,
    /// Where it is now: the same epoch when the file holds nothing that is new to it.
    pub to: u64,
}

/// Why a file of handovers was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HandoverFileError {
    /// Longer than [`MAX_HANDOVER_FILE`].
    #[error("the file is larger than {MAX_HANDOVER_FILE} bytes")]
    TooLarge,
    /// No file of handovers, or one that was damaged.
    #[error("the file is no file of handovers, or was damaged")]
    Malformed,
    /// It is for clients of another network.
    #[error("the handovers are of another network")]
    OtherNetwork,
    /// An epoch is missing between what the client knows and what the file goes on with.
    #[error("epoch {known} is known, and the file goes on at the end of epoch {next}")]
    Gap {
        /// The epoch whose validators the client knows.
        known: u64,
        /// The epoch whose end comes next in the file.
        next: u64,
    },
    /// A handover is not believed.
    #[error("the handover at the end of epoch {epoch} is not believed: {reason}")]
    NotBelieved {
        /// The epoch that it is said to end.
        epoch: u64,
        /// Why.
        reason: LightClientError,
    },
}

impl From<Malformed> for HandoverFileError {
    fn from(_: Malformed) -> Self {
        Self::Malformed
    }
}

impl HandoverFile {
    /// An empty file for clients of the network with this genesis digest.
    #[must_use]
    pub fn new(genesis: &Digest) -> Self {
        Self([MAGIC.as_slice(), genesis].concat())
    }

    /// Appends the next epoch's handover. False when it has no place any more, and the file is as before: a
    /// second file can go on from there.
    ///
    /// # Errors
    /// [`Malformed`] never happens with a header within its limit.
    pub fn push(&mut self, handover: &Handover) -> Result<bool, Malformed> {
        let bytes = handover.to_bytes()?;
        if self.0.len() + 2 + bytes.len() > MAX_HANDOVER_FILE {
            return Ok(false);
        }
        write_short_bytes(&mut self.0, &bytes)?;
        Ok(true)
    }

    /// The file.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl LightClient {
    /// Follows the network through all handovers of a file that are new to this client. Either the whole
    /// file holds, or the client stays as it was.
    ///
    /// A handover is read only once those before it are verified, so a forged file costs no more than its
    /// first handover.
    ///
    /// # Errors
    /// [`HandoverFileError`] by what does not hold. Of a conflict the client keeps the evidence.
    pub fn follow_file(&mut self, file: &[u8], clock_ms: u64) -> Result<Followed, HandoverFileError> {
        if file.len() > MAX_HANDOVER_FILE {
            return Err(HandoverFileError::TooLarge);
        }
        let mut reader = Reader(file.strip_prefix(MAGIC.as_slice()).ok_or(Malformed)?);
        if reader.digest()? != self.key().genesis {
            return Err(HandoverFileError::OtherNetwork);
        }
        if reader.0.is_empty() {
            return Err(HandoverFileError::Malformed);
        }
        let from = self.key().epoch;
        let (mut client, mut before) = (self.clone(), None);
        while !reader.0.is_empty() {
            match client.follow_next(reader.short_bytes()?, before, clock_ms) {
                Ok(epoch) => before = Some(epoch),
                Err(error) => {
                    if client.conflict().is_some() {
                        *self = client;
                    }
                    return Err(error);
                }
            }
        }
        *self = client;
        Ok(Followed { from, to: self.key().epoch })
    }

    /// Takes the file's next handover, behind that of the epoch `before`, and says which epoch it ends.
    fn follow_next(
        &mut self,
        handover: &[u8],
        before: Option<u64>,
        clock_ms: u64,
    ) -> Result<u64, HandoverFileError> {
        let signed = SignedHeader::from_bytes(Reader(handover).short_bytes()?)?;
        let (known, next) = (self.key().epoch, signed.header().epoch);
        if signed.header().network != self.key().genesis {
            return Err(HandoverFileError::OtherNetwork);
        }
        if next > known {
            return Err(HandoverFileError::Gap { known, next });
        }
        if before.is_some_and(|before: u64| before.checked_add(1) != Some(next)) {
            return Err(HandoverFileError::Malformed);
        }
        if next == known {
            self.follow(&Handover::from_bytes(handover)?, clock_ms)
                .map_err(|reason| HandoverFileError::NotBelieved { epoch: next, reason })?;
        }
        Ok(next)
    }
}
