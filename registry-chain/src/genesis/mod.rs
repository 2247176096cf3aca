//! Genesis: what a network is, before its first block.
//!
//! The genesis digest binds all of it. It names the network in headers, in transactions, and in the
//! engine's namespace, so that nothing signed for one network means anything in another.

use borsh::{BorshDeserialize, BorshSerialize};
use yufu_core::{
    crypto::{Digest, VerifyingKey, sha256},
    did::yufu::IssuerId,
    registry::{NetworkKey, Origin, Policy, Record, Service, Validators},
};

/// The largest genesis that is read: a validator set of a hundred, and its policy.
pub const MAX_GENESIS: usize = 128 << 10;

/// The longest time between two anchors, an hour: wallets would have nothing fresh to carry.
const MAX_SLOT_MS: u64 = 3_600_000;

const VERSION: u8 = 1;
/// Of a network that begins with another's records.
const VERSION_WITH_ORIGIN: u8 = 2;
const TAG: &[u8] = b"yufu/genesis/v1";

/// The keys that a DID begins with.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Inception {
    /// Signs the DID's transactions.
    pub control_key: VerifyingKey,
    /// Thumbprint of the key that alone can replace it.
    pub next_key: Digest,
    /// Other DIDs of the same subject.
    pub also_known_as: Vec<String>,
    /// Services of its document.
    pub services: Vec<Service>,
}

impl Inception {
    /// The id that follows from the keys.
    #[must_use]
    pub fn id(&self) -> IssuerId {
        IssuerId::from_inception(&self.control_key, &self.next_key)
    }
}

/// What a network begins with, not checked yet.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct GenesisContent {
    /// When (milliseconds). The first block is later.
    pub time_ms: u64,
    /// The rules. Its authorities are the founders.
    pub policy: Policy,
    /// The validators of epoch 0 and, until an epoch hands over, of those that follow.
    pub validators: Validators,
    /// The founding authorities.
    pub founders: Vec<Inception>,
}

/// A network's genesis, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Genesis {
    content: GenesisContent,
    origin: Option<Origin>,
    digest: Digest,
}

/// Why a genesis founds no network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GenesisError {
    /// Not the bytes of a genesis.
    #[error("the genesis is malformed")]
    Malformed,
    /// A version that this program does not know.
    #[error("the genesis has an unknown version")]
    Version,
    /// The policy contradicts itself, names no authority, or cannot be reached.
    #[error("the policy is inconsistent")]
    Policy,
    /// The policy's authorities are not the founders, in the order of their ids, each once.
    #[error("the policy's authorities are not the founders")]
    Founders,
    /// The validators and their endpoints do not match.
    #[error("the validators and their endpoints do not match")]
    Validators,
    /// The network begins before the records that it begins with.
    #[error("the network would begin before the records that it begins with")]
    Origin,
}

impl Genesis {
    /// Checks what a network is to begin with.
    ///
    /// # Errors
    /// [`GenesisError`] by what does not hold.
    pub fn new(content: GenesisContent) -> Result<Self, GenesisError> {
        let founders: Vec<IssuerId> = content.founders.iter().map(Inception::id).collect();
        let in_order = founders.is_sorted_by(|a, b| a < b);
        if founders.is_empty() || !in_order || content.policy.authorities != founders {
            return Err(GenesisError::Founders);
        }
        Self::checked(content, None)
    }

    /// Checks what a network is to begin with that takes over the records of another. Its authorities are
    /// among those records, so that it has no founders.
    ///
    /// # Errors
    /// [`GenesisError`] by what does not hold.
    pub fn on_records(content: GenesisContent, origin: Origin) -> Result<Self, GenesisError> {
        let in_order = content.policy.authorities.is_sorted_by(|a, b| a < b);
        if !content.founders.is_empty() || content.policy.authorities.is_empty() || !in_order {
            return Err(GenesisError::Founders);
        }
        if content.time_ms <= origin.time_ms {
            return Err(GenesisError::Origin);
        }
        Self::checked(content, Some(origin))
    }

    fn checked(content: GenesisContent, origin: Option<Origin>) -> Result<Self, GenesisError> {
        if !content.policy.is_consistent() || content.policy.slot_ms > MAX_SLOT_MS {
            return Err(GenesisError::Policy);
        }
        if !content.validators.is_consistent() {
            return Err(GenesisError::Validators);
        }
        let digest = sha256(&[TAG, &bytes(&content, origin.as_ref())]);
        Ok(Self { content, origin, digest })
    }

    /// Whose records it begins with, if any.
    #[must_use]
    pub fn origin(&self) -> Option<&Origin> {
        self.origin.as_ref()
    }

    /// Names the network.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// What counters and phones are given in its first epoch.
    #[must_use]
    pub fn network_key(&self) -> NetworkKey {
        NetworkKey {
            genesis: self.digest,
            epoch_length: self.content.policy.epoch_length,
            epoch: 0,
            set: self.content.validators.set.clone(),
        }
    }

    /// What it begins with.
    #[must_use]
    pub fn content(&self) -> &GenesisContent {
        &self.content
    }

    /// The bytes of a genesis file.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        bytes(&self.content, self.origin.as_ref())
    }

    /// The genesis in `bytes`.
    ///
    /// # Errors
    /// [`GenesisError`] by what does not hold.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, GenesisError> {
        if bytes.len() > MAX_GENESIS {
            return Err(GenesisError::Malformed);
        }
        match bytes.split_first() {
            Some((&VERSION, content)) => {
                Self::new(GenesisContent::try_from_slice(content).map_err(|_| GenesisError::Malformed)?)
            }
            Some((&VERSION_WITH_ORIGIN, rest)) => {
                let (origin, content) =
                    <(Origin, GenesisContent)>::try_from_slice(rest).map_err(|_| GenesisError::Malformed)?;
                Self::on_records(content, origin)
            }
            Some(_) => Err(GenesisError::Version),
            None => Err(GenesisError::Malformed),
        }
    }
}

fn bytes(content: &GenesisContent, origin: Option<&Origin>) -> Vec<u8> {
    let mut out = vec![if origin.is_some() { VERSION_WITH_ORIGIN } else { VERSION }];
    // Writing to memory does not fail.
    let written = origin.map_or(Ok(()), |origin| origin.serialize(&mut out));
    let written = written.and_then(|()| content.serialize(&mut out));
    debug_assert!(written.is_ok());
    out
}
