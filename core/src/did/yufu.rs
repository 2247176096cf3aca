//! `did:yufu`: identifiers that the registry keeps.
//!
//! `did:yufu:<network>:<id>`, where the network's short name is set in its genesis and the id is
//! base58btc of 20 bytes that follow from the inception keys, so that nobody can claim another's.
//!
//! Spec: the did:yufu method specification of this project; DID Core 1.0 §3.1.

use crate::crypto::{Digest, VerifyingKey, sha256};
use borsh::{BorshDeserialize, BorshSerialize};
use std::{fmt, str::FromStr};

/// Names a DID within its network: an issuer, an authority or a relying party.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
pub struct IssuerId(pub [u8; 20]);

/// Why a text is not a `did:yufu`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum YufuDidError {
    /// Another method, or no DID.
    #[error("not a did:yufu")]
    NotYufu,
    /// The network's name is not 1 to 16 of `a`–`z`, `0`–`9` and `-`.
    #[error("the network's name is malformed")]
    Network,
    /// The id is not base58btc of 20 bytes, in its one shortest form.
    #[error("the identifier is malformed")]
    Id,
}

const TAG: &[u8] = b"yufu/issuer-id/v1";

impl IssuerId {
    /// The id that belongs to the first control key and the commitment to the next one
    /// (its [thumbprint](VerifyingKey::thumbprint)).
    #[must_use]
    pub fn from_inception(control: &VerifyingKey, next_key: &Digest) -> Self {
        // The multicodec prefix fixes the key's length, so no separator is needed.
        let digest = sha256(&[TAG, &control.multicodec(), next_key]);
        let mut id = [0; 20];
        id.copy_from_slice(&digest[..20]);
        Self(id)
    }
}

impl fmt::Display for IssuerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&bs58::encode(self.0).into_string())
    }
}

impl fmt::Debug for IssuerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IssuerId({self})")
    }
}

impl FromStr for IssuerId {
    type Err = YufuDidError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut id = [0; 20];
        // A longer text is refused before it is decoded; 20 bytes take at most 28 characters.
        if text.len() > 28 || bs58::decode(text).onto(&mut id).ok() != Some(20) {
            return Err(YufuDidError::Id);
        }
        Ok(Self(id))
    }
}

/// A DID of the registry: which network, which id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct YufuDid {
    network: String,
    /// The id within the network.
    pub id: IssuerId,
}

impl YufuDid {
    /// The DID of `id` in `network`.
    ///
    /// # Errors
    /// [`YufuDidError::Network`] when the name is not 1 to 16 of `a`–`z`, `0`–`9` and `-`.
    pub fn new(network: &str, id: IssuerId) -> Result<Self, YufuDidError> {
        if !is_network_name(network) {
            return Err(YufuDidError::Network);
        }
        Ok(Self { network: network.into(), id })
    }

    /// The network's short name.
    #[must_use]
    pub fn network(&self) -> &str {
        &self.network
    }
}

/// Whether `name` may name a network: 1 to 16 of `a`–`z`, `0`–`9` and `-`.
#[must_use]
pub fn is_network_name(name: &str) -> bool {
    (1..=16).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

impl fmt::Display for YufuDid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "did:yufu:{}:{}", self.network, self.id)
    }
}

impl FromStr for YufuDid {
    type Err = YufuDidError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let rest = text.strip_prefix("did:yufu:").ok_or(YufuDidError::NotYufu)?;
        let (network, id) = rest.split_once(':').ok_or(YufuDidError::Id)?;
        Self::new(network, id.parse()?)
    }
}
