//! The node's tree, in memory. The benchmark of staples has it too, so the crate's types are its parent's.

use super::{CompactProof, Digest};
use jmt::{
    KeyHash, OwnedValue, Sha256Jmt, Version,
    storage::{LeafNode, Node, NodeKey, TreeReader},
};
use std::collections::HashMap;

/// The tree.
#[derive(Default)]
pub(super) struct JmtTree {
    nodes: HashMap<NodeKey, Node>,
    pub(super) values: HashMap<KeyHash, OwnedValue>,
    version: Option<Version>,
}

impl TreeReader for JmtTree {
    fn get_node_option(&self, key: &NodeKey) -> anyhow::Result<Option<Node>> {
        Ok(self.nodes.get(key).cloned())
    }

    fn get_value_option(&self, _: Version, key: KeyHash) -> anyhow::Result<Option<OwnedValue>> {
        Ok(self.values.get(&key).cloned())
    }

    fn get_rightmost_leaf(&self) -> anyhow::Result<Option<(NodeKey, LeafNode)>> {
        Ok(None)
    }
}

impl JmtTree {
    /// Writes the records as one version, and gives the root.
    pub(super) fn write(&mut self, records: Vec<(Digest, Vec<u8>)>) -> Digest {
        let version = self.version.map_or(0, |version| version + 1);
        let records = records.into_iter().map(|(key, value)| (KeyHash(key), Some(value)));
        let (root, batch) = Sha256Jmt::new(self).put_value_set(records, version).expect("a tree");
        for (key, node) in batch.node_batch.nodes() {
            self.nodes.insert(key.clone(), node.clone());
        }
        for ((_, key), value) in batch.node_batch.values() {
            self.values.insert(*key, value.clone().expect("nothing is removed"));
        }
        self.version = Some(version);
        root.0
    }

    pub(super) fn prove(&self, key: &Digest) -> CompactProof {
        let version = self.version.expect("a tree that was written");
        let (_, proof) = Sha256Jmt::new(self).get_with_proof(KeyHash(*key), version).expect("a proof");
        let proof = borsh::to_vec(&proof).expect("its bytes");
        CompactProof::from_jmt_borsh(key, &proof).expect("a proof of the known shape")
    }
}
