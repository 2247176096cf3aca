//! The network's public key: all that a counter must be given to verify with no network.

use super::{
    codec::{Malformed, Reader},
    validators::{ValidatorSet, ValidatorSetError},
};
use crate::crypto::{Digest, sha256};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use std::{fmt, str::FromStr};

/// Genesis digest, epoch and validators: whom to believe. Written `yufu-network-1:<base64url>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkKey {
    /// Digest of the genesis header.
    pub genesis: Digest,
    /// Heights in an epoch, fixed at genesis.
    pub epoch_length: u64,
    /// The epoch of the set.
    pub epoch: u64,
    /// The epoch's validators.
    pub set: ValidatorSet,
}

/// Why a text is not a network's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NetworkKeyError {
    /// Another kind or version of text.
    #[error("not a network key of version 1 (yufu-network-1:…)")]
    Prefix,
    /// Not base64url, or not the fields.
    #[error("the network key is malformed")]
    Malformed,
    /// Bytes were lost or changed on the way.
    #[error("the network key was copied incompletely or wrongly")]
    Checksum,
    /// The validators are no set.
    #[error(transparent)]
    Set(ValidatorSetError),
}

const PREFIX: &str = "yufu-network-1:";
const CHECKSUM_TAG: &[u8] = b"yufu/network-key-checksum/v1";

impl NetworkKey {
    /// The bytes: genesis, epoch length, epoch, set.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = self.genesis.to_vec();
        out.extend_from_slice(&self.epoch_length.to_be_bytes());
        out.extend_from_slice(&self.epoch.to_be_bytes());
        out.extend_from_slice(&self.set.to_bytes());
        out
    }

    /// The key in `bytes`.
    ///
    /// # Errors
    /// [`NetworkKeyError`] by what does not hold; every validator's proof is checked.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, NetworkKeyError> {
        let mut reader = Reader(bytes);
        let (genesis, epoch_length, epoch) = (reader.digest()?, reader.u64()?, reader.u64()?);
        if epoch_length == 0 {
            return Err(NetworkKeyError::Malformed);
        }
        let set = ValidatorSet::from_bytes(reader.0).map_err(|error| match error {
            ValidatorSetError::Malformed(_) => NetworkKeyError::Malformed,
            other => NetworkKeyError::Set(other),
        })?;
        Ok(Self { genesis, epoch_length, epoch, set })
    }

    fn checksum(bytes: &[u8]) -> [u8; 4] {
        let digest = sha256(&[CHECKSUM_TAG, bytes]);
        [digest[0], digest[1], digest[2], digest[3]]
    }
}

impl From<Malformed> for NetworkKeyError {
    fn from(_: Malformed) -> Self {
        Self::Malformed
    }
}

impl fmt::Display for NetworkKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = self.to_bytes();
        bytes.extend_from_slice(&Self::checksum(&bytes));
        write!(f, "{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes))
    }
}

impl FromStr for NetworkKey {
    type Err = NetworkKeyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim().strip_prefix(PREFIX).ok_or(NetworkKeyError::Prefix)?;
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| NetworkKeyError::Malformed)?;
        // The checksum comes last: people paste this text, and a lost character deserves its own name.
        let (bytes, checksum) = bytes.split_last_chunk::<4>().ok_or(NetworkKeyError::Malformed)?;
        if Self::checksum(bytes) != *checksum {
            return Err(NetworkKeyError::Checksum);
        }
        Self::from_bytes(bytes)
    }
}
