//! From one epoch's validators to the next one's: what a client that knows the old ones needs to believe
//! the new ones.

use super::{
    codec::{Malformed, Reader, write_short_bytes},
    header::{MAX_SIGNED_HEADER, SignedHeader},
    light_client::{LightClient, LightClientError},
    network_key::NetworkKey,
    validators::{MAX_VALIDATORS, VALIDATOR_BYTES, ValidatorSet},
};

/// The longest handover: a whole header with its certificate, and a set of [`MAX_VALIDATORS`].
pub const MAX_HANDOVER: usize = 2 + MAX_SIGNED_HEADER + 2 + VALIDATOR_BYTES * MAX_VALIDATORS;

/// How long after an epoch's last header the headers of that epoch are still believed: 24 hours.
///
/// Wallets carry staples that are minutes or hours old; without this, every one of them would turn
/// unknown in the moment in which the counter learns of the next epoch. Beyond it old headers are proven
/// by [history](LightClient::verify_history) alone, since the old validators have erased their keys.
pub const OVERLAP_MS: u64 = 24 * 60 * 60 * 1000;

/// The last header of an epoch, whole, and the validators that it hands over to. Nothing is verified yet
/// but that these are validators: [`LightClient::follow`] does that.
///
/// A gateway serves one for each epoch; a client that slept through several follows one after the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handover {
    last: SignedHeader,
    next: ValidatorSet,
}

impl Handover {
    /// A handover by the epoch's `last` header to `next`.
    #[must_use]
    pub fn new(last: SignedHeader, next: ValidatorSet) -> Self {
        Self { last, next }
    }

    /// The epoch's last header.
    #[must_use]
    pub fn last(&self) -> &SignedHeader {
        &self.last
    }

    /// The next epoch's validators.
    #[must_use]
    pub fn next(&self) -> &ValidatorSet {
        &self.next
    }

    /// The bytes: the signed header behind its length (16 bits), and the set.
    ///
    /// # Errors
    /// [`Malformed`] never happens with a header within [`MAX_SIGNED_HEADER`].
    pub fn to_bytes(&self) -> Result<Vec<u8>, Malformed> {
        let mut out = Vec::new();
        write_short_bytes(&mut out, &self.last.to_bytes())?;
        out.extend_from_slice(&self.next.to_bytes());
        Ok(out)
    }

    /// The handover in `bytes`.
    ///
    /// # Errors
    /// [`Malformed`] when the bytes are none, or hold what is no validator.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Malformed> {
        if bytes.len() > MAX_HANDOVER {
            return Err(Malformed);
        }
        let mut reader = Reader(bytes);
        let last = SignedHeader::from_bytes(reader.short_bytes()?)?;
        let next = ValidatorSet::from_bytes(reader.0).map_err(|_| Malformed)?;
        Ok(Self { last, next })
    }
}

/// The epoch before the one that a client is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ended {
    pub(super) set: ValidatorSet,
    /// Its last header's time (milliseconds).
    pub(super) time_ms: u64,
}

impl Ended {
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.time_ms.to_be_bytes());
        out.extend_from_slice(&self.set.to_bytes());
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        let time_ms = reader.u64()?;
        let set = ValidatorSet::read(reader).map_err(|_| Malformed)?;
        Ok(Self { set, time_ms })
    }
}

impl LightClient {
    /// Follows the network into its next epoch.
    ///
    /// # Errors
    /// [`LightClientError::NoHandover`] when the header is not the epoch's last or names other
    /// validators, [`LightClientError::Folded`] when it did not come whole; else as
    /// [`verify_header`](Self::verify_header).
    pub fn follow(&mut self, handover: &Handover, clock_ms: u64) -> Result<(), LightClientError> {
        let header = self.verify_header(&handover.last, clock_ms)?;
        let rest = header.rest().ok_or(LightClientError::Folded)?;
        let is_last = (header.height() + 1).is_multiple_of(self.key().epoch_length);
        let is_ours = header.epoch() == self.key().epoch;
        if !is_last || !is_ours || rest.next_set != handover.next.hash() {
            return Err(LightClientError::NoHandover);
        }
        let old = self.key();
        let key = NetworkKey { epoch: old.epoch + 1, set: handover.next.clone(), ..old.clone() };
        let ended = Ended { set: old.set.clone(), time_ms: header.time_ms() };
        self.enter(key, ended);
        Ok(())
    }
}
