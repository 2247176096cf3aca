//! Whether a file that came from elsewhere is all that its newest header says, and nothing that would
//! show later.
//!
//! A certificate binds the newest header, and through it every record, every earlier header and every
//! body. A file holds more: which tree nodes are to be pruned, which transaction stands where, which
//! version of a node a parent means. Nobody signs these, so each is compared with what it follows from;
//! whoever made the file could else leave out a record, or have a later block remove one.

use super::{
    Store, StoreError, TreeRef, schema, sql,
    tree::{self, read_node, root_key},
};
use crate::block::Block;
use jmt::storage::{Node, NodeKey};
use rusqlite::{Connection, OptionalExtension as _};
use sha2::Sha256;
use yufu_core::{
    crypto::Digest,
    registry::{SignedHeader, Tree, history::Peaks},
};

/// Nibbles of a key's hash: no node lies deeper.
const MAX_NIBBLES: usize = 64;

/// The nodes that a walk has met. The types count: without them a look-up by its key reads all rows.
const LIVE: &str = "CREATE TEMP TABLE IF NOT EXISTS live
        (version INTEGER, path BLOB, PRIMARY KEY (version, path)) WITHOUT ROWID;
    DELETE FROM temp.live;";

/// Whether a node is to be removed that a walk has met.
const LIVE_AND_STALE: &str = "SELECT EXISTS (SELECT 1 FROM stale_node s CROSS JOIN temp.live l
    ON l.version = s.version AND l.path = s.path WHERE s.tree = ?1)";

/// Whether the newest value of a key is to be removed: one goes when one of its key's is marked with a
/// version after it.
const VALUE_AND_STALE: &str = "SELECT EXISTS (SELECT 1 FROM stale_value s WHERE s.tree = ?1 AND NOT EXISTS
    (SELECT 1 FROM value v WHERE v.tree = s.tree AND v.key_hash = s.key_hash AND v.version >= s.since))";

/// What a file from elsewhere has that it must not have, or lacks.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// Its tables, indexes, triggers and views are not those that this program makes.
    #[error("its tables are not those of this program")]
    Tables,
    /// The block at a height is not the one that the later headers commit to.
    #[error("its block at height {0} is not the one that later headers commit to")]
    Block(u64),
    /// A certificate is of a header that is not the one at its height.
    #[error("its certificate at height {0} is of another header")]
    Certificate(u64),
    /// The nodes that prove old headers are not those of its headers.
    #[error("its history is not that of its headers")]
    History,
    /// The index of transactions is not that of its blocks.
    #[error("its index of transactions is not that of its blocks")]
    Transactions,
    /// A node of a tree is missing, or is not the one that its parent names.
    #[error("a node of its trees is missing or is another than its parent says")]
    Node,
    /// The trees commit to another number of records than it holds.
    #[error("its trees commit to {committed} records and it holds {held}")]
    Records {
        /// Leaves of both trees.
        committed: u64,
        /// Records of its table.
        held: u64,
    },
    /// What pruning is told to remove is in use, or in the way of what comes.
    #[error("it would have nodes or values removed that are in use, or has some of later blocks")]
    Pruning,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<rusqlite::Error> for CopyError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.into())
    }
}

impl Store {
    /// Whether its tables are this program's: to be asked before anything is read.
    pub(crate) fn check_tables(&self) -> Result<(), CopyError> {
        self.connection().pragma_update(None, "cell_size_check", true)?;
        if schema::is_ours(self.connection())? { Ok(()) } else { Err(CopyError::Tables) }
    }

    /// Whether headers, bodies, history, transactions and certificates are those that the newest header
    /// commits to. Of a certificate only the header is compared; who signed is for a light client to say.
    pub(crate) fn check_blocks(&self, network: &Digest) -> Result<(), CopyError> {
        let connection = self.connection();
        let tip = self.newest_block()?.ok_or(StoreError::Corrupt("no genesis"))?.header.height;
        let mut node = connection.prepare("SELECT hash FROM history WHERE level = ?1 AND position = ?2")?;
        let mut peaks = Peaks::new();
        let mut parent: Option<Digest> = None;
        let (mut nodes, mut transactions) = (0_u64, 0_u64);
        for height in 0..=tip {
            let wrong = || CopyError::Block(height);
            let row = self.block(height)?.ok_or_else(wrong)?;
            let header = &row.header;
            let follows = parent.is_none_or(|parent| parent == header.parent)
                && header.height == height
                && header.network == *network
                && header.history == peaks.root();
            if !follows || row.digest != header.digest() {
                return Err(wrong());
            }
            for added in peaks.append(&row.digest) {
                let hash: Option<Digest> =
                    node.query_row((added.level, sql(added.index)?), |row| row.get(0)).optional()?;
                if hash != Some(added.hash) {
                    return Err(CopyError::History);
                }
                nodes += 1;
            }
            if row.peaks != peaks {
                return Err(CopyError::History);
            }
            let body = self.body(height)?.ok_or_else(wrong)?;
            let block = [header.to_bytes().as_slice(), &body].concat();
            let block = Block::from_bytes(&block).map_err(|_| wrong())?;
            for transaction in block.transactions() {
                if self.included(&transaction.digest())? != Some(height) {
                    return Err(CopyError::Transactions);
                }
                transactions += 1;
            }
            parent = Some(row.digest);
        }
        let blocks = tip + 1;
        for (table, rows) in
            [("block", blocks), ("body", blocks), ("history", nodes), ("included", transactions)]
        {
            if count(connection, table)? != rows {
                return Err(match table {
                    "history" => CopyError::History,
                    "included" => CopyError::Transactions,
                    _ => CopyError::Block(blocks),
                });
            }
        }
        self.check_certificates()
    }

    fn check_certificates(&self) -> Result<(), CopyError> {
        let mut statement =
            self.connection().prepare("SELECT height, slot, signed_header FROM certificate")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (height, slot, bytes): (i64, i64, Vec<u8>) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let height = super::unsql(height)?;
            let wrong = || CopyError::Certificate(height);
            let signed = SignedHeader::from_bytes(&bytes).map_err(|_| wrong())?;
            let block = self.block(height)?.ok_or_else(wrong)?;
            if signed.header().digest() != block.digest || sql(block.header.slot)? != slot {
                return Err(wrong());
            }
        }
        Ok(())
    }

    /// Walks a tree as it stands at `at`, node by node from the root, and gives the number of its leaves.
    /// What is to be pruned must not be among what was met.
    pub(crate) fn check_tree(&self, tree: Tree, at: TreeRef) -> Result<u64, CopyError> {
        let connection = self.connection();
        connection.execute_batch(LIVE)?;
        let walk = Walk { connection, tree };
        let (leaves, next) = match at.version {
            None if at.root == TreeRef::EMPTY.root => (0, 0),
            None => return Err(CopyError::Node),
            Some(version) => (walk.leaves(&mut Vec::new(), version, &at.root, None)?, version + 1),
        };
        walk.check_pruning(next)?;
        Ok(leaves)
    }

    /// How many records there are.
    pub(crate) fn records(&self) -> Result<u64, StoreError> {
        count(self.connection(), "record")
    }
}

fn count(connection: &Connection, table: &str) -> Result<u64, StoreError> {
    super::unsql(connection.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0))?)
}

struct Walk<'a> {
    connection: &'a Connection,
    tree: Tree,
}

impl Walk<'_> {
    /// Leaves at and below the node that a parent names; `path` is its nibbles.
    fn leaves(
        &self,
        path: &mut Vec<u8>,
        version: u64,
        hash: &Digest,
        is_leaf: Option<bool>,
    ) -> Result<u64, CopyError> {
        let key = if path.is_empty() { root_key(version)? } else { node_key(version, path)? };
        let node = read_node(self.connection, self.tree, &key)?.ok_or(CopyError::Node)?;
        self.connection
            .prepare_cached("INSERT OR IGNORE INTO temp.live (version, path) VALUES (?1, ?2)")?
            .execute((sql(version)?, tree::encode(key.nibble_path())?))?;
        match node {
            Node::Leaf(leaf) if is_leaf != Some(false) && leaf.hash::<Sha256>() == *hash => Ok(1),
            Node::Internal(node)
                if is_leaf != Some(true) && node.hash::<Sha256>() == *hash && path.len() < MAX_NIBBLES =>
            {
                let mut leaves = 0;
                for (nibble, child) in node.children_sorted() {
                    path.push(nibble.into());
                    let below = self.leaves(path, child.version, &child.hash, Some(child.is_leaf()))?;
                    path.pop();
                    // Not part of the hash, and believed by whoever writes to the tree.
                    is_counted(below, child.leaf_count())?;
                    leaves += below;
                }
                is_counted(leaves, node.leaf_count())?;
                Ok(leaves)
            }
            _ => Err(CopyError::Node),
        }
    }

    /// No row that pruning obeys names what is in use, and none is of `next` or a later version.
    fn check_pruning(&self, next: u64) -> Result<(), CopyError> {
        const LATER: &str = "SELECT EXISTS (SELECT 1 FROM node WHERE tree = ?1 AND version >= ?2)
            OR EXISTS (SELECT 1 FROM value WHERE tree = ?1 AND version >= ?2)
            OR EXISTS (SELECT 1 FROM stale_node WHERE tree = ?1 AND since >= ?2)
            OR EXISTS (SELECT 1 FROM stale_value WHERE tree = ?1 AND since >= ?2)";
        let number = tree::number(self.tree);
        let ask = |query: &str, bind: &[i64]| {
            self.connection.query_row(query, rusqlite::params_from_iter(bind), |row| row.get::<_, bool>(0))
        };
        let is_in_use = ask(LIVE_AND_STALE, &[number])? || ask(VALUE_AND_STALE, &[number])?;
        if is_in_use || ask(LATER, &[number, sql(next)?])? {
            return Err(CopyError::Pruning);
        }
        Ok(())
    }
}

fn is_counted(leaves: u64, said: usize) -> Result<(), CopyError> {
    if u64::try_from(said) == Ok(leaves) { Ok(()) } else { Err(CopyError::Node) }
}

/// The key of the node at these nibbles: see [`root_key`].
fn node_key(version: u64, nibbles: &[u8]) -> Result<NodeKey, StoreError> {
    let bytes: Vec<u8> =
        nibbles.chunks(2).map(|pair| pair[0] << 4 | pair.get(1).copied().unwrap_or_default()).collect();
    tree::decode(&tree::encode(&(version, nibbles.len() as u64, bytes))?)
}

#[cfg(test)]
mod tests {
    use super::{LIVE, LIVE_AND_STALE, VALUE_AND_STALE};
    use crate::store::Store;

    /// A file of a peer may have millions of rows, and a scan for each of them takes their square.
    #[test]
    fn what_pruning_would_remove_is_looked_up_by_key_row_by_row() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("registry.db")).unwrap();
        let connection = store.connection();
        connection.execute_batch(LIVE).unwrap();
        for (query, inner) in [(LIVE_AND_STALE, "SEARCH l "), (VALUE_AND_STALE, "SEARCH v ")] {
            let mut plan = connection.prepare(&format!("EXPLAIN QUERY PLAN {query}")).unwrap();
            let steps = plan.query_map([1], |row| row.get::<_, String>(3)).unwrap();
            let steps: Vec<_> = steps.map(Result::unwrap).collect();
            assert!(steps.iter().any(|step| step.starts_with(inner)), "{steps:?}");
            assert!(
                !steps.iter().any(|step| step.starts_with("SCAN ") && !step.contains("CONSTANT")),
                "{steps:?}"
            );
        }
    }
}
