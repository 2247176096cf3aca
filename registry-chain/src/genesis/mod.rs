//! Genesis: what a network is, before its first block.
//!
//! The genesis digest binds all of it. It names the network in headers, in transactions, and in the
//! engine's namespace, so that nothing signed for one network means anything in another.

use borsh::{BorshDeserialize, BorshSerialize};
use yufu_core::{
    crypto::{Digest, VerifyingKey, sha256},
    did::yufu::IssuerId,
    registry::{Policy, Record, Service, Validators},
};

/// The largest genesis that is read: a validator set of a hundred, and its policy.
pub const MAX_GENESIS: usize = 128 << 10;

/// The longest time between two anchors, an hour: wallets would have nothing fresh to carry.
const MAX_SLOT_MS: u64 = 3_600_000;

const VERSION: u8 = 1;
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
}

impl Genesis {
    /// Checks what a network is to begin with.
    ///
    /// # Errors
    /// [`GenesisError`] by what does not hold.
    pub fn new(content: GenesisContent) -> Result<Self, GenesisError> {
        if !content.policy.is_consistent() || content.policy.slot_ms > MAX_SLOT_MS {
            return Err(GenesisError::Policy);
        }
        let founders: Vec<IssuerId> = content.founders.iter().map(Inception::id).collect();
        let in_order = founders.is_sorted_by(|a, b| a < b);
        if founders.is_empty() || !in_order || content.policy.authorities != founders {
            return Err(GenesisError::Founders);
        }
        if !content.validators.is_consistent() {
            return Err(GenesisError::Validators);
        }
        let digest = sha256(&[TAG, &bytes(&content)]);
        Ok(Self { content, digest })
    }

    /// Names the network.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// What it begins with.
    #[must_use]
    pub fn content(&self) -> &GenesisContent {
        &self.content
    }

    /// The bytes of a genesis file.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        bytes(&self.content)
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
            Some(_) => Err(GenesisError::Version),
            None => Err(GenesisError::Malformed),
        }
    }
}

fn bytes(content: &GenesisContent) -> Vec<u8> {
    let mut out = vec![VERSION];
    // Writing to memory does not fail.
    let written = content.serialize(&mut out);
    debug_assert!(written.is_ok());
    out
}
