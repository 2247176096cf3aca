//! Reads of what is final.

use crate::store::{CopyError, Layers, Proven, StateKey, Store, StoreError, is_kept, prove, value_at};
use std::path::Path;
use yufu_core::{
    crypto::Digest,
    did::yufu::IssuerId,
    registry::{
        Handover, Header, KeyRecord, Policy, Record, RecordKey, SignedHeader, Tree, Validators, history,
    },
};

/// Reads the committed state. It sees each block whole or not at all.
#[derive(Debug)]
pub struct Reader {
    store: Store,
}

impl Reader {
    pub(super) fn new(store: Store) -> Self {
        Self { store }
    }

    /// Opens the state that a node keeps in a file, which may be writing to it meanwhile.
    ///
    /// # Errors
    /// [`StoreError::OtherNetwork`] when the file is of another network, or of none; others when the
    /// database fails.
    pub fn open(path: &Path, network: &Digest) -> Result<Self, StoreError> {
        let store = Store::open_read_only(path)?;
        if store.network()? != Some(*network) {
            return Err(StoreError::OtherNetwork);
        }
        Ok(Self { store })
    }

    /// Opens a file that somebody else made, which has no table, trigger or view but this program's.
    ///
    /// # Errors
    /// [`CopyError::Tables`] when it has; otherwise as [`open`](Self::open).
    pub fn open_foreign(path: &Path, network: &Digest) -> Result<Self, CopyError> {
        Store::open_read_only(path)?.check_tables()?;
        Ok(Self::open(path, network)?)
    }

    /// Whether all that no record is, is what the newest header and the records say: earlier headers,
    /// bodies, the index of transactions, certificates' headers, and what is marked to be pruned; and
    /// whether no record is missing. [`audit`](Self::audit) proves those that are there.
    ///
    /// # Errors
    /// [`CopyError`] by the first that is not.
    pub fn check_whole(&self) -> Result<(), CopyError> {
        let _snapshot = self.store.snapshot()?;
        let tip = self.store.newest_block()?.ok_or(StoreError::Corrupt("no genesis"))?;
        self.store.check_blocks(&tip.header.network)?;
        let mut committed = 0;
        for tree in [Tree::Trust, Tree::Records] {
            committed += self.store.check_tree(tree, tip.tree(tree))?;
        }
        match self.store.records()? {
            held if held == committed => Ok(()),
            held => Err(CopyError::Records { committed, held }),
        }
    }

    /// Writes all that is committed now into another file, which must be empty or not exist. A node that
    /// is writing goes on.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn copy_to(&self, path: &Path) -> Result<(), StoreError> {
        self.store.copy_to(path)
    }

    /// Whether the file's pages and indexes are in order; [`audit`](Self::audit) says whether its content
    /// is.
    ///
    /// # Errors
    /// [`StoreError`] when they are not, or the database fails.
    pub fn check_integrity(&self) -> Result<(), StoreError> {
        self.store.check_integrity()
    }

    pub(super) fn store(&self) -> &Store {
        &self.store
    }

    pub(super) fn store_mut(&mut self) -> &mut Store {
        &mut self.store
    }

    /// The newest committed header.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn tip(&self) -> Result<Header, StoreError> {
        let block = self.store.newest_block()?.ok_or(StoreError::Corrupt("no genesis"))?;
        Ok(block.header)
    }

    /// The committed header at `height`.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn header(&self, height: u64) -> Result<Option<Header>, StoreError> {
        Ok(self.store.block(height)?.map(|block| block.header))
    }

    /// The height of the committed header with this digest.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn height_of(&self, header: &Digest) -> Result<Option<u64>, StoreError> {
        self.store.height_of(header)
    }

    /// Digests of the committed headers from `first` on, at most `count`: the leaves of the history.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn header_digests(&self, first: u64, count: u64) -> Result<Vec<Digest>, StoreError> {
        self.store.digests(first, count)
    }

    /// The path that shows the header at `position` in the history that the header at `height` names;
    /// none unless `position` is lower and both are committed.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn history_path(&self, height: u64, position: u64) -> Result<Option<history::Path>, StoreError> {
        self.store.history_path(height, position)
    }

    /// The height of the block that includes the transaction, if a committed one does.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn transaction_height(&self, transaction: &Digest) -> Result<Option<u64>, StoreError> {
        self.store.included(transaction)
    }

    /// The committed block at `height`, as validators voted on it: its header and transactions.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn block_bytes(&self, height: u64) -> Result<Option<Vec<u8>>, StoreError> {
        let (header, body) = (self.header(height)?, self.store.body(height)?);
        Ok(header.zip(body).map(|(header, body)| [header.to_bytes().as_slice(), &body].concat()))
    }

    /// The record's newest committed bytes, without a proof.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn record(&self, key: &RecordKey) -> Result<Option<Vec<u8>>, StoreError> {
        Layers::committed(&self.store).read(&super::view::state_key(key))
    }

    /// The newest committed records of all keys that an issuer has registered, at most a thousand.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn keys_of(&self, issuer: IssuerId) -> Result<Vec<KeyRecord>, StoreError> {
        const LIMIT: usize = 1000;
        let mut prefix = super::view::state_key(&RecordKey::Key { issuer, thumbprint: Digest::default() });
        prefix.truncate(prefix.len() - size_of::<Digest>());
        let layers = Layers::committed(&self.store);
        let keys = layers.keys(&prefix, None, LIMIT)?;
        let values = keys.iter().map(|key| layers.read(key)?.ok_or(StoreError::Corrupt("a key")));
        values.map(|value| KeyRecord::from_bytes(&value?).map_err(|_| StoreError::Corrupt("a key"))).collect()
    }

    /// Names of the committed records whose keys begin with `prefix` (see [`RecordKey::kind_prefix`]) and
    /// come after `after`, in order, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn keys(
        &self,
        prefix: &[u8],
        after: Option<&RecordKey>,
        limit: usize,
    ) -> Result<Vec<RecordKey>, StoreError> {
        let after = after.map(super::view::state_key);
        let keys = Layers::committed(&self.store).keys(prefix, after.as_deref(), limit)?;
        keys.iter().map(|key| super::view::record_key(key)).collect()
    }

    /// The network's rules.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn policy(&self) -> Result<Policy, StoreError> {
        let bytes = self.record(&RecordKey::Policy)?.ok_or(StoreError::Corrupt("no policy"))?;
        Policy::from_bytes(&bytes).map_err(|_| StoreError::Corrupt("the policy"))
    }

    /// The record as it was at `height`, with the proof under that header's root.
    ///
    /// # Errors
    /// [`StoreError::NotKept`] when the height is not committed or its version was pruned; others when
    /// the database fails.
    pub fn prove(&self, height: u64, key: &RecordKey) -> Result<Proven, StoreError> {
        let _snapshot = self.store.snapshot()?;
        let block = self.store.block(height)?.ok_or(StoreError::NotKept(height))?;
        let tree: Tree = key.tree();
        prove(&Layers::committed(&self.store), tree, block.tree(tree), &key.hash())?
            .ok_or(StoreError::NotKept(height))
    }

    /// Hands out every record as it was at `height`, in the order of their keys' bytes.
    ///
    /// # Errors
    /// [`StoreError::NotKept`] as [`prove`](Self::prove); others when the database fails; what `each` gives.
    pub fn each_record<E: From<StoreError>>(
        &self,
        height: u64,
        mut each: impl FnMut(&RecordKey, &[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        const PAGE: usize = 1024;
        let _snapshot = self.store.snapshot()?;
        let block = self.store.block(height)?.ok_or(StoreError::NotKept(height))?;
        let layers = Layers::committed(&self.store);
        for tree in [Tree::Trust, Tree::Records] {
            if !is_kept(&layers, tree, block.tree(tree))? {
                return Err(StoreError::NotKept(height).into());
            }
        }
        let mut after: Option<StateKey> = None;
        loop {
            let keys = layers.keys(&[], after.as_deref(), PAGE)?;
            for key in &keys {
                let key = super::view::record_key(key)?;
                // One that was written later was not there yet.
                if let Some(value) = value_at(&layers, key.tree(), block.tree(key.tree()), &key.hash())? {
                    each(&key, &value)?;
                }
            }
            match keys.last() {
                Some(last) if keys.len() == PAGE => after = Some(last.clone()),
                _ => return Ok(()),
            }
        }
    }

    /// The certificate of the header at `height`, where that height has one of its own.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn certificate(&self, height: u64) -> Result<Option<SignedHeader>, StoreError> {
        self.store.certificate(height)
    }

    /// What leads a client from the epoch before into this one; none where it has not begun, or its
    /// beginning is not certified here.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn handover(&self, epoch: u64) -> Result<Option<Handover>, StoreError> {
        let first = epoch.checked_mul(self.policy()?.epoch_length);
        let Some(last) = first.and_then(|first| first.checked_sub(1)) else { return Ok(None) };
        let (Some(signed), Some(record)) =
            (self.certificate(last)?, self.record(&RecordKey::Validators { epoch })?)
        else {
            return Ok(None);
        };
        let next =
            Validators::from_bytes(&record).map_err(|_| StoreError::Corrupt("an epoch's validators"))?;
        Ok(Some(Handover::new(signed, next.set)))
    }

    /// The newest committed header that has a certificate.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn newest_certificate(&self) -> Result<Option<SignedHeader>, StoreError> {
        self.store.newest_certificate()
    }

    /// The certified header that anchors `slot`.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn anchor(&self, slot: u64) -> Result<Option<SignedHeader>, StoreError> {
        self.store.anchor(slot)
    }

    /// The newest certified header that anchors a slot.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn newest_anchor(&self) -> Result<Option<SignedHeader>, StoreError> {
        self.store.newest_anchor()
    }
}
