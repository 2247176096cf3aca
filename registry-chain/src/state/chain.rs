//! The chain: the committed state, and above it the blocks that are not final yet.

use super::{
    cascade::CascadeQueue,
    check::check_stateless,
    execute::{self, BlockInputs, ExecuteError, Executed, OnFailure, Parent},
    operation,
    reader::Reader,
    rules::NEWEST_RULES,
    view::{Failure, View, state_key},
};
use crate::{
    export::ImportedRecords,
    genesis::Genesis,
    store::{
        BlockRow, Layers, Pending, StateKey, Store, StoreError, TreeRef, prune, write_block,
        write_certificate, write_network,
    },
};
use std::{collections::BTreeMap, path::Path, sync::Arc};
use yufu_core::{
    crypto::Digest,
    registry::{
        Header, Policy, Record, RecordKey, RejectReason, SignedHeader, SignedTransaction, Tree, body_digest,
        history::Peaks,
    },
};

/// Heights of which proofs are kept, unless the newest certified anchors lie further back.
const KEEP_HEIGHTS: u64 = 4096;

/// Pruning is spread: every so many heights.
const PRUNE_EVERY: u64 = 32;

/// The registry's state in one SQLite file, with what was executed on top of it and is not final.
///
/// One process, one `Chain`. It can be sent between threads but not shared: put it behind a lock, and
/// give those who only read final state a [`Reader`] of their own.
#[derive(Debug)]
pub struct Chain {
    committed: Reader,
    tip: BlockRow,
    pending: BTreeMap<Digest, Arc<Pending>>,
    keep_heights: u64,
    newest_rules: u16,
}

/// Why a block could not be committed.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// It was not executed, or was dropped because another block of its height was committed.
    #[error("the block is not pending")]
    NotPending,
    /// Its parent is not the newest committed block.
    #[error("the block's parent is not committed yet")]
    ParentNotCommitted,
    /// The database failed. Nothing of the block is stored.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a transaction would not go into the next block.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// It is refused.
    #[error(transparent)]
    Rejected(#[from] RejectReason),
    /// The database failed, which says nothing about the transaction.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Failure> for CheckError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Rejected(reason) => Self::Rejected(reason),
            Failure::Store(error) => Self::Store(error),
        }
    }
}

impl Chain {
    /// Opens the state of a network, or founds it in a new file.
    ///
    /// # Errors
    /// [`StoreError::OtherNetwork`] when the file is of another genesis; [`StoreError::NeedsImport`] when
    /// it is new and the network begins with records: see [`found_on`](Self::found_on); others when the
    /// database fails.
    pub fn open(path: &Path, genesis: &Genesis) -> Result<Self, StoreError> {
        Self::open_or_found(path, genesis, None)
    }

    /// Founds a network that begins with these records, in a new file; or opens its state.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn found_on(path: &Path, genesis: &Genesis, records: ImportedRecords) -> Result<Self, StoreError> {
        Self::open_or_found(path, genesis, Some(records))
    }

    fn open_or_found(
        path: &Path,
        genesis: &Genesis,
        records: Option<ImportedRecords>,
    ) -> Result<Self, StoreError> {
        let mut store = Store::open(path)?;
        match store.network()? {
            None if genesis.origin().is_some() && records.is_none() => return Err(StoreError::NeedsImport),
            None => {
                let named = genesis.origin().map(|origin| &origin.export);
                if named != records.as_ref().map(ImportedRecords::export) {
                    return Err(StoreError::OtherNetwork);
                }
                found(&mut store, genesis, records)?;
            }
            Some(network) if network == genesis.digest() => {}
            Some(_) => return Err(StoreError::OtherNetwork),
        }
        let tip = store.newest_block()?.ok_or(StoreError::Corrupt("no genesis"))?;
        Ok(Self {
            committed: Reader::new(store),
            tip,
            pending: BTreeMap::new(),
            keep_heights: KEEP_HEIGHTS,
            newest_rules: NEWEST_RULES,
        })
    }

    /// Sets for how many heights proofs are kept, at least. The newest certified anchors keep theirs
    /// whatever this says.
    #[must_use]
    pub fn keep_heights(mut self, heights: u64) -> Self {
        self.keep_heights = heights;
        self
    }

    /// Executes no block that follows newer rules than these, as a program of that time would not. For
    /// tests of upgrades.
    #[must_use]
    pub fn newest_rules(mut self, version: u16) -> Self {
        self.newest_rules = version;
        self
    }

    /// Reads of the committed state, on the chain's own connection.
    #[must_use]
    pub fn committed(&self) -> &Reader {
        &self.committed
    }

    /// A reader with a connection of its own, for another thread.
    ///
    /// # Errors
    /// [`StoreError`] when the file cannot be opened a second time.
    pub fn reader(&self) -> Result<Reader, StoreError> {
        Ok(Reader::new(self.committed.store().read_only()?))
    }

    /// The newest committed header.
    #[must_use]
    pub fn tip(&self) -> &Header {
        &self.tip.header
    }

    /// The digest of the newest committed header.
    #[must_use]
    pub fn tip_digest(&self) -> Digest {
        self.tip.digest
    }

    /// The header of a block that was executed and is not final.
    #[must_use]
    pub fn pending(&self, digest: &Digest) -> Option<&Header> {
        self.pending.get(digest).map(|block| &block.header)
    }

    /// The rules that a block on top of `parent` obeys: the newest committed block or a pending one.
    ///
    /// # Errors
    /// [`ExecuteError::UnknownParent`]; [`ExecuteError::Store`] when the database fails.
    pub fn policy_after(&self, parent: &Digest) -> Result<Policy, ExecuteError> {
        let branch = self.branch(parent).ok_or(ExecuteError::UnknownParent)?;
        Ok(execute::policy(&Layers::new(self.committed.store(), branch))?)
    }

    /// Executes a block on top of the newest committed block or a pending one, and keeps it as pending.
    ///
    /// # Errors
    /// [`ExecuteError`] by what does not hold; nothing is kept then.
    pub fn execute(
        &mut self,
        parent: &Digest,
        inputs: BlockInputs,
        transactions: &[SignedTransaction],
        on_failure: OnFailure,
    ) -> Result<Executed, ExecuteError> {
        let branch = self.branch(parent).ok_or(ExecuteError::UnknownParent)?;
        let below = branch.first().map_or_else(|| committed_parent(&self.tip), |block| pending_parent(block));
        let layers = Layers::new(self.committed.store(), branch);
        let (pending, executed) =
            execute::execute(&layers, &below, inputs, transactions, on_failure, self.newest_rules)?;
        self.pending.insert(executed.digest, Arc::new(pending));
        Ok(executed)
    }

    /// Makes a pending block final: when this returns, it is on disk, and blocks that do not descend
    /// from it are dropped. Committing a block again changes nothing.
    ///
    /// # Errors
    /// [`CommitError`] by what does not hold; the state is then as before.
    pub fn commit(&mut self, digest: &Digest) -> Result<(), CommitError> {
        if self.committed.height_of(digest)?.is_some() {
            return Ok(());
        }
        let block = self.pending.get(digest).cloned().ok_or(CommitError::NotPending)?;
        if block.header.parent != self.tip.digest {
            return Err(CommitError::ParentNotCommitted);
        }
        let (height, keep) = (block.header.height, self.keep_heights);
        self.committed.store_mut().atomically(|connection| {
            write_block(connection, &block)?;
            if height.is_multiple_of(PRUNE_EVERY) { prune(connection, height, keep) } else { Ok(()) }
        })?;
        self.tip = BlockRow::of(&block);
        self.drop_dead_branches();
        Ok(())
    }

    /// Whether the transaction would go into the next block, were its time `now_ms`.
    ///
    /// # Errors
    /// [`CheckError`] when it would not, or the database fails.
    pub fn check(&self, transaction: &SignedTransaction, now_ms: u64) -> Result<(), CheckError> {
        self.check_after(&[], transaction, now_ms)
    }

    /// The same, behind other transactions that wait: those of one author follow each other by nonce.
    ///
    /// # Errors
    /// [`CheckError`] when it would not, or the database fails.
    pub fn check_after(
        &self,
        waiting: &[&SignedTransaction],
        transaction: &SignedTransaction,
        now_ms: u64,
    ) -> Result<(), CheckError> {
        let network = self.tip.header.network;
        let now_ms = now_ms.max(self.tip.header.time_ms + 1);
        let layers = Layers::committed(self.committed.store());
        let height = self.tip.header.height + 1;
        let mut view = View::new(&layers, network, height, now_ms, self.committed.policy()?);
        if view.rules() > self.newest_rules {
            return Err(RejectReason::Unsupported.into());
        }
        for waiting in waiting {
            // One that is refused by now will not be in the block; the others count.
            if let Ok(checked) = check_stateless(waiting, &network)
                && let Err(Failure::Store(error)) = operation::execute(&mut view, &checked)
            {
                return Err(error.into());
            }
        }
        let checked = check_stateless(transaction, &network)?;
        Ok(operation::execute(&mut view, &checked)?)
    }

    /// Stores a certificate of a committed header, which makes it one that proofs may be asked for; and
    /// an anchor, when it has a slot. The first certificate of a height stays. Whether it is valid is
    /// for the engine to know.
    ///
    /// # Errors
    /// [`StoreError::OtherHeader`] when it is of another header than the committed one;
    /// [`StoreError::NotKept`] when the height is not committed; others when the database fails.
    pub fn store_certificate(&mut self, height: u64, signed: &SignedHeader) -> Result<(), StoreError> {
        let block = self.committed.store().block(height)?.ok_or(StoreError::NotKept(height))?;
        if signed.header().digest() != block.digest {
            return Err(StoreError::OtherHeader(height));
        }
        let slot = block.header.slot;
        self.committed
            .store_mut()
            .atomically(|connection| write_certificate(connection, height, slot, signed))
    }

    /// Pending blocks from `parent` down to the committed tip, newest first; none when it leads
    /// elsewhere.
    fn branch(&self, parent: &Digest) -> Option<Vec<Arc<Pending>>> {
        let mut blocks = Vec::new();
        let mut digest = *parent;
        while digest != self.tip.digest {
            let block = self.pending.get(&digest)?;
            digest = block.header.parent;
            blocks.push(Arc::clone(block));
        }
        Some(blocks)
    }

    /// Writes records past all rules, as the next block.
    #[cfg(test)]
    pub(super) fn force(&mut self, records: &BTreeMap<StateKey, Vec<u8>>) {
        let below = committed_parent(&self.tip);
        let layers = Layers::committed(self.committed.store());
        let (trust, record_tree) =
            execute::write_trees(&layers, records, below.trust, below.records).unwrap();
        let (height, time_ms) = (below.header.height + 1, below.header.time_ms + 1);
        let roots = (trust.at.root, record_tree.at.root);
        let header = Header { height, time_ms, trust_root: roots.0, records_root: roots.1, ..below.header };
        let digest = header.digest();
        let mut peaks = below.peaks;
        let history = peaks.append(&digest);
        let (records, transactions) = (records.clone(), std::collections::BTreeSet::new());
        let body = Vec::new();
        let block =
            Pending { digest, header, peaks, history, records, trust, record_tree, transactions, body };
        self.committed.store_mut().atomically(|connection| write_block(connection, &block)).unwrap();
        self.tip = BlockRow::of(&block);
    }

    fn drop_dead_branches(&mut self) {
        let alive: Vec<Digest> =
            self.pending.keys().filter(|digest| self.branch(digest).is_some()).copied().collect();
        // The committed block itself leads to the tip: it is the tip, and no longer pending.
        self.pending.retain(|digest, _| *digest != self.tip.digest && alive.contains(digest));
    }
}

fn committed_parent(tip: &BlockRow) -> Parent {
    Parent {
        header: tip.header,
        digest: tip.digest,
        peaks: tip.peaks.clone(),
        trust: tip.tree(Tree::Trust),
        records: tip.tree(Tree::Records),
    }
}

fn pending_parent(block: &Pending) -> Parent {
    Parent {
        header: block.header,
        digest: block.digest,
        peaks: block.peaks.clone(),
        trust: block.trust.at,
        records: block.record_tree.at,
    }
}

/// Writes the genesis block: height 0, which nobody signs.
fn found(store: &mut Store, genesis: &Genesis, imported: Option<ImportedRecords>) -> Result<(), StoreError> {
    let block = {
        let layers = Layers::committed(store);
        let mut records = imported.map(ImportedRecords::into_inner).unwrap_or_default();
        records.extend(genesis_records(genesis));
        let (trust, record_tree) = execute::write_trees(&layers, &records, TreeRef::EMPTY, TreeRef::EMPTY)?;
        let content = genesis.content();
        let set = content.validators.set.hash();
        let header = Header {
            network: genesis.digest(),
            height: 0,
            parent: [0; 32],
            time_ms: content.time_ms,
            slot: 0,
            epoch: 0,
            set,
            next_set: set,
            history: Peaks::new().root(),
            trust_root: trust.at.root,
            records_root: record_tree.at.root,
            body: body_digest([]),
        };
        let digest = header.digest();
        let mut peaks = Peaks::new();
        let history = peaks.append(&digest);
        let transactions = std::collections::BTreeSet::new();
        Pending {
            digest,
            header,
            peaks,
            history,
            records,
            trust,
            record_tree,
            transactions,
            body: Vec::new(),
        }
    };
    store.atomically(|connection| {
        write_network(connection, &genesis.digest())?;
        write_block(connection, &block)
    })
}

fn genesis_records(genesis: &Genesis) -> BTreeMap<StateKey, Vec<u8>> {
    let content = genesis.content();
    let policy: &Policy = &content.policy;
    let validators = content.validators.to_bytes();
    let mut records = BTreeMap::from([
        (state_key(&RecordKey::Policy), policy.to_bytes()),
        (state_key(&RecordKey::Validators { epoch: 0 }), validators.clone()),
        (state_key(&RecordKey::Validators { epoch: 1 }), validators),
    ]);
    match genesis.origin() {
        Some(origin) => {
            records.insert(state_key(&RecordKey::Origin), origin.to_bytes());
        }
        // The queue of the network that went before is drained here.
        None => {
            records.insert(state_key(&RecordKey::CascadeQueue), CascadeQueue::default().to_bytes());
        }
    }
    for founder in &content.founders {
        let did = operation::inception(founder, content.time_ms);
        records.insert(state_key(&RecordKey::Did { issuer: founder.id() }), did.to_bytes());
    }
    records
}

#[cfg(test)]
mod tests {
    use super::{BlockInputs, Chain, CommitError, OnFailure, StoreError};
    use crate::state::{audit::tests::genesis, view::state_key};
    use yufu_core::registry::{Header, Policy, Record as _, RecordKey};

    fn next(chain: &mut Chain) -> Result<(), CommitError> {
        let parent: Header = *chain.tip();
        let inputs = BlockInputs { time_ms: parent.time_ms + 1 };
        let executed = chain.execute(&parent.digest(), inputs, &[], OnFailure::Refuse).unwrap();
        chain.commit(&executed.digest)
    }

    #[test]
    fn only_a_record_that_is_written_again_has_a_value_to_be_removed() {
        let folder = tempfile::tempdir().unwrap();
        let mut chain = Chain::open(&folder.path().join("registry.db"), &genesis()).unwrap();
        let count = |chain: &Chain, table| {
            let query = format!("SELECT count(*) FROM {table}");
            chain.committed.store().connection().query_row(&query, [], |row| row.get::<_, i64>(0)).unwrap()
        };
        assert!(count(&chain, "value") > 1);
        assert_eq!(count(&chain, "stale_value"), 0);
        let policy = chain.committed().policy().unwrap();
        let policy = Policy { publication_ms: policy.publication_ms + 1, ..policy };
        chain.force(&[(state_key(&RecordKey::Policy), policy.to_bytes())].into());
        assert_eq!(count(&chain, "stale_value"), 1);
    }

    #[test]
    fn a_full_disk_refuses_the_block_whole_and_the_chain_goes_on_when_there_is_room() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("registry.db");
        let genesis = genesis();
        let mut chain = Chain::open(&path, &genesis).unwrap();
        next(&mut chain).unwrap();
        let pages: i64 = {
            let connection = chain.committed.store().connection();
            let pages = connection.query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap();
            connection.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(())).unwrap();
            pages
        };
        let mut failed = None;
        for _ in 0..10_000 {
            let before = *chain.tip();
            if let Err(error) = next(&mut chain) {
                assert_eq!(*chain.tip(), before);
                assert_eq!(chain.committed().tip().unwrap(), before);
                failed = Some(error);
                break;
            }
        }
        match failed.unwrap() {
            CommitError::Store(StoreError::Sqlite(rusqlite::Error::SqliteFailure(error, _))) => {
                assert_eq!(error.code, rusqlite::ErrorCode::DiskFull);
            }
            other => panic!("{other}"),
        }
        let connection = chain.committed.store().connection();
        connection.query_row(&format!("PRAGMA max_page_count = {}", pages * 4), [], |_| Ok(())).unwrap();
        next(&mut chain).unwrap();
        let tip = *chain.tip();
        drop(chain);
        assert_eq!(*Chain::open(&path, &genesis).unwrap().tip(), tip);
    }
}
