//! The state that a block's execution reads and writes, record by record.

use crate::store::{Layers, StateKey, StoreError};
use std::collections::BTreeMap;
use yufu_core::{
    crypto::Digest,
    registry::{Policy, Record, RecordKey, RejectReason},
};

/// The most leaves that one transaction rewrites.
pub(super) const MAX_LEAVES: usize = 256;

/// Why a transaction did not go through: refused, or the database failed.
#[derive(Debug)]
pub(super) enum Failure {
    Rejected(RejectReason),
    Store(StoreError),
}

impl From<RejectReason> for Failure {
    fn from(reason: RejectReason) -> Self {
        Self::Rejected(reason)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// What a transaction is executed against: the parent's state, what the block wrote before it, and
/// what it has written itself.
#[derive(Debug)]
pub(super) struct View<'a> {
    layers: &'a Layers<'a>,
    block: BTreeMap<StateKey, Vec<u8>>,
    transaction: BTreeMap<StateKey, Vec<u8>>,
    /// Genesis digest.
    pub(super) network: Digest,
    /// The block's time.
    pub(super) now_ms: u64,
    /// The policy before this block.
    pub(super) policy: Policy,
    /// The block's height.
    pub(super) height: u64,
}

impl<'a> View<'a> {
    pub(super) fn new(
        layers: &'a Layers<'a>,
        network: Digest,
        height: u64,
        now_ms: u64,
        policy: Policy,
    ) -> Self {
        Self { layers, block: BTreeMap::new(), transaction: BTreeMap::new(), network, now_ms, policy, height }
    }

    /// The version of the state machine that executes this block.
    pub(super) fn rules(&self) -> u16 {
        self.policy.rules.at(self.height)
    }

    /// The block's time in whole seconds.
    pub(super) fn now(&self) -> u64 {
        self.now_ms / 1000
    }

    pub(super) fn slot(&self) -> u64 {
        self.now_ms / self.policy.slot_ms
    }

    pub(super) fn read<R: Record>(&self, key: &RecordKey) -> Result<Option<R>, StoreError> {
        let bytes = self.bytes(&state_key(key))?;
        bytes.map(|bytes| decode(&bytes)).transpose()
    }

    pub(super) fn exists(&self, key: &RecordKey) -> Result<bool, StoreError> {
        Ok(self.bytes(&state_key(key))?.is_some())
    }

    fn bytes(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        match self.transaction.get(key).or_else(|| self.block.get(key)) {
            Some(value) => Ok(Some(value.clone())),
            None => self.layers.read(key),
        }
    }

    pub(super) fn write<R: Record>(&mut self, key: &RecordKey, record: &R) {
        self.transaction.insert(state_key(key), record.to_bytes());
    }

    /// Keys of the records that start with `prefix` and come after `after`, in order, at most `limit`.
    pub(super) fn keys(
        &self,
        prefix: &[u8],
        after: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<RecordKey>, StoreError> {
        let mut found = self.layers.keys(prefix, after, limit)?;
        for writes in [&self.block, &self.transaction] {
            let start = after.unwrap_or(prefix).to_vec();
            let written = writes.range(start..).take_while(|(key, _)| key.starts_with(prefix));
            found.extend(
                written.map(|(key, _)| key.clone()).filter(|key| after != Some(key.as_slice())).take(limit),
            );
        }
        found.iter().take(limit).map(|key| record_key(key)).collect()
    }

    /// Leaves that the transaction has written so far.
    pub(super) fn leaves(&self) -> usize {
        self.transaction.len()
    }

    /// Keeps what the transaction wrote.
    pub(super) fn accept(&mut self) {
        self.block.append(&mut self.transaction);
    }

    /// Forgets what the transaction wrote.
    pub(super) fn discard(&mut self) {
        self.transaction.clear();
    }

    /// All that the block wrote.
    pub(super) fn into_writes(self) -> BTreeMap<StateKey, Vec<u8>> {
        self.block
    }
}

pub(super) fn state_key(key: &RecordKey) -> StateKey {
    let mut out = Vec::with_capacity(64);
    // Writing to memory does not fail.
    let written = borsh::BorshSerialize::serialize(key, &mut out);
    debug_assert!(written.is_ok());
    out
}

pub(super) fn record_key(bytes: &[u8]) -> Result<RecordKey, StoreError> {
    borsh::from_slice(bytes).map_err(|_| StoreError::Corrupt("a record's key"))
}

pub(super) fn decode<R: Record>(bytes: &[u8]) -> Result<R, StoreError> {
    R::from_bytes(bytes).map_err(|_| StoreError::Corrupt("a record"))
}
