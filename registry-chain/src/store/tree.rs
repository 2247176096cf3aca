//! The two Jellyfish Merkle trees.
//!
//! A tree's version counts the blocks that wrote to it, since `jmt` accepts no empty batch and asks
//! for its predecessor; the version at a height stands beside the block. Its proofs are re-read
//! through borsh, because the crate keeps their siblings to itself, and leave as the compact proofs
//! that the light client checks.

use super::{Layers, StoreError, sql, unsql};
use borsh::BorshDeserialize;
use jmt::{
    JellyfishMerkleTree, KeyHash, OwnedValue, Version,
    storage::{LeafNode, Node, NodeKey, TreeReader, TreeUpdateBatch},
};
use rusqlite::{Connection, OptionalExtension};
use sha2::Sha256;
use std::collections::BTreeMap;
use yufu_core::{
    crypto::Digest,
    registry::{CompactProof, PLACEHOLDER, Tree},
};

/// Where a tree stands: its newest version, none before the first write, and the root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TreeRef {
    pub(crate) version: Option<u64>,
    pub(crate) root: Digest,
}

impl TreeRef {
    /// A tree that holds nothing.
    pub(crate) const EMPTY: Self = Self { version: None, root: PLACEHOLDER };
}

/// A tree after a block, with what the block adds to it.
#[derive(Debug)]
pub(crate) struct TreeDelta {
    pub(crate) at: TreeRef,
    batch: TreeUpdateBatch,
}

pub(super) fn number(tree: Tree) -> i64 {
    match tree {
        Tree::Trust => 0,
        Tree::Records => 1,
    }
}

/// One of the trees as a block's branch sees it.
struct Branch<'a> {
    layers: &'a Layers<'a>,
    tree: Tree,
}

impl TreeReader for Branch<'_> {
    fn get_node_option(&self, key: &NodeKey) -> anyhow::Result<Option<Node>> {
        let pending = self.layers.pending().find_map(|b| b.tree(self.tree).batch.node_batch.get_node(key));
        match pending {
            Some(node) => Ok(Some(node.clone())),
            None => Ok(read_node(self.layers.connection(), self.tree, key)?),
        }
    }

    fn get_value_option(&self, max_version: Version, key: KeyHash) -> anyhow::Result<Option<OwnedValue>> {
        let pending = self.layers.pending().find_map(|block| {
            let values = block.tree(self.tree).batch.node_batch.values();
            values.range((0, key)..=(max_version, key)).rev().find(|((_, k), _)| *k == key).map(|(_, v)| v)
        });
        match pending {
            Some(value) => Ok(value.clone()),
            None => Ok(read_value(self.layers.connection(), self.tree, max_version, key)?),
        }
    }

    fn get_rightmost_leaf(&self) -> anyhow::Result<Option<(NodeKey, LeafNode)>> {
        anyhow::bail!("only a restore asks for the rightmost leaf")
    }
}

pub(super) fn read_node(
    connection: &Connection,
    tree: Tree,
    key: &NodeKey,
) -> Result<Option<Node>, StoreError> {
    // `jmt` asks below version 0 once, for a tree from before the first.
    let Ok(version) = i64::try_from(key.version()) else { return Ok(None) };
    let mut statement =
        connection.prepare_cached("SELECT node FROM node WHERE tree = ?1 AND version = ?2 AND path = ?3")?;
    let bytes: Option<Vec<u8>> = statement
        .query_row((number(tree), version, encode(key.nibble_path())?), |row| row.get(0))
        .optional()?;
    bytes.map(|bytes| decode(&bytes)).transpose()
}

fn read_value(
    connection: &Connection,
    tree: Tree,
    max_version: Version,
    key: KeyHash,
) -> Result<Option<OwnedValue>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT value FROM value WHERE tree = ?1 AND key_hash = ?2 AND version <= ?3
         ORDER BY version DESC LIMIT 1",
    )?;
    Ok(statement.query_row((number(tree), key.0, sql(max_version)?), |row| row.get(0)).optional()?)
}

/// The tree with `writes` put on top of `at`, which is where the branch of `layers` stands. Nothing
/// is stored.
pub(crate) fn write_tree(
    layers: &Layers<'_>,
    tree: Tree,
    at: TreeRef,
    writes: BTreeMap<Digest, Vec<u8>>,
) -> Result<TreeDelta, StoreError> {
    if writes.is_empty() {
        return Ok(TreeDelta { at, batch: TreeUpdateBatch::default() });
    }
    let version = at.version.map_or(0, |version| version + 1);
    let branch = Branch { layers, tree };
    let writes = writes.into_iter().map(|(key, value)| (KeyHash(key), Some(value)));
    let (root, batch) =
        JellyfishMerkleTree::<_, Sha256>::new(&branch).put_value_set(writes, version).map_err(tree_error)?;
    Ok(TreeDelta { at: TreeRef { version: Some(version), root: root.0 }, batch })
}

impl TreeDelta {
    /// Stores what the block added.
    pub(super) fn store(&self, connection: &Connection, tree: Tree) -> Result<(), StoreError> {
        let mut insert = connection
            .prepare_cached("INSERT INTO node (tree, version, path, node) VALUES (?1, ?2, ?3, ?4)")?;
        for (key, node) in self.batch.node_batch.nodes() {
            insert.execute((number(tree), sql(key.version())?, encode(key.nibble_path())?, encode(node)?))?;
        }
        let mut insert = connection
            .prepare_cached("INSERT INTO value (tree, key_hash, version, value) VALUES (?1, ?2, ?3, ?4)")?;
        // Most records are written once: there is then nothing to remove later.
        let mut stale = connection.prepare_cached(
            "INSERT INTO stale_value (tree, since, key_hash) SELECT ?1, ?2, ?3 WHERE EXISTS
             (SELECT 1 FROM value WHERE tree = ?1 AND key_hash = ?3 AND version < ?2)",
        )?;
        for ((version, key), value) in self.batch.node_batch.values() {
            let value = value.as_ref().ok_or(StoreError::Corrupt("a record was deleted"))?;
            insert.execute((number(tree), key.0, sql(*version)?, value))?;
            stale.execute((number(tree), sql(*version)?, key.0))?;
        }
        let mut stale = connection
            .prepare_cached("INSERT INTO stale_node (tree, since, version, path) VALUES (?1, ?2, ?3, ?4)")?;
        for index in &self.batch.stale_node_index_batch {
            let (since, version) = (sql(index.stale_since_version)?, sql(index.node_key.version())?);
            stale.execute((number(tree), since, version, encode(index.node_key.nibble_path())?))?;
        }
        Ok(())
    }
}

/// A record's bytes at some height, or their absence, with the proof under that height's root.
#[derive(Clone, Debug)]
pub struct Proven {
    /// The record; none where the proof shows that there is none.
    pub value: Option<Vec<u8>>,
    /// The proof under the root of the key's tree.
    pub proof: CompactProof,
}

/// The value in the tree as it stood at `at`, or its absence, with the proof; none when that version
/// was pruned.
pub(crate) fn prove(
    layers: &Layers<'_>,
    tree: Tree,
    at: TreeRef,
    key: &Digest,
) -> Result<Option<Proven>, StoreError> {
    let Some(version) = at.version else {
        let proof = CompactProof::absent(None, Vec::new()).map_err(|_| StoreError::Corrupt("a proof"))?;
        return Ok(Some(Proven { value: None, proof }));
    };
    let branch = Branch { layers, tree };
    let root = root_key(version)?;
    if branch.get_node_option(&root).map_err(tree_error)?.is_none() {
        return Ok(None);
    }
    let (value, proof) = JellyfishMerkleTree::<_, Sha256>::new(&branch)
        .get_with_proof(KeyHash(*key), version)
        .map_err(tree_error)?;
    let proof = CompactProof::from_jmt_borsh(key, &encode(&proof)?)
        .map_err(|_| StoreError::Corrupt("a proof of another shape"))?;
    Ok(Some(Proven { value, proof }))
}

/// The value in the tree as it stood at `at`, without a proof; see [`is_kept`].
pub(crate) fn value_at(
    layers: &Layers<'_>,
    tree: Tree,
    at: TreeRef,
    key: &Digest,
) -> Result<Option<OwnedValue>, StoreError> {
    match at.version {
        None => Ok(None),
        Some(version) => read_value(layers.connection(), tree, version, KeyHash(*key)),
    }
}

/// Whether the tree as it stood at `at` was not pruned.
pub(crate) fn is_kept(layers: &Layers<'_>, tree: Tree, at: TreeRef) -> Result<bool, StoreError> {
    let Some(version) = at.version else { return Ok(true) };
    Ok(read_node(layers.connection(), tree, &root_key(version)?)?.is_some())
}

/// The crate offers no way to name the root but through the bytes of its key: version, no nibbles.
pub(super) fn root_key(version: u64) -> Result<NodeKey, StoreError> {
    decode(&encode(&(version, 0_u64, Vec::<u8>::new()))?)
}

/// Removes what no tree version from `oldest` on needs.
pub(super) fn prune_tree(connection: &Connection, tree: Tree, oldest: u64) -> Result<(), StoreError> {
    let bounds = (number(tree), sql(oldest)?);
    connection
        .prepare_cached(
            "DELETE FROM node WHERE (tree, version, path) IN
             (SELECT tree, version, path FROM stale_node WHERE tree = ?1 AND since <= ?2)",
        )?
        .execute(bounds)?;
    connection.prepare_cached("DELETE FROM stale_node WHERE tree = ?1 AND since <= ?2")?.execute(bounds)?;
    let mut select = connection
        .prepare_cached("SELECT since, key_hash FROM stale_value WHERE tree = ?1 AND since <= ?2")?;
    let mut delete =
        connection.prepare_cached("DELETE FROM value WHERE tree = ?1 AND key_hash = ?2 AND version < ?3")?;
    let mut rows = select.query(bounds)?;
    while let Some(row) = rows.next()? {
        let (since, key): (i64, [u8; 32]) = (row.get(0)?, row.get(1)?);
        delete.execute((number(tree), key, since))?;
    }
    connection.prepare_cached("DELETE FROM stale_value WHERE tree = ?1 AND since <= ?2")?.execute(bounds)?;
    Ok(())
}

pub(super) fn encode(value: &impl borsh::BorshSerialize) -> Result<Vec<u8>, StoreError> {
    borsh::to_vec(value).map_err(|_| StoreError::Corrupt("a tree node that cannot be written"))
}

pub(super) fn decode<T: BorshDeserialize>(bytes: &[u8]) -> Result<T, StoreError> {
    T::try_from_slice(bytes).map_err(|_| StoreError::Corrupt("a tree node that cannot be read"))
}

#[allow(clippy::needless_pass_by_value)] // The signature of `map_err`.
fn tree_error(error: anyhow::Error) -> StoreError {
    StoreError::Tree(format!("{error:#}"))
}

/// The version column of a block's row.
pub(super) fn version_column(version: Option<i64>) -> Result<Option<u64>, StoreError> {
    version.map(unsql).transpose()
}
