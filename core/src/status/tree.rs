//! A binary hash tree over a number of leaves that is known from elsewhere, stored level by level.
//!
//! Depth follows from the number of leaves; places beyond the last leaf have a fixed hash each level,
//! so paths of one tree all have the same length.

use crate::crypto::{Digest, sha256};

/// What a tree's hashes start with.
#[derive(Clone, Copy)]
pub(super) struct Tags {
    /// Inner nodes.
    pub(super) node: &'static [u8],
    /// Places beyond the last leaf.
    pub(super) empty: &'static [u8],
}

/// Levels above the leaves.
pub(super) fn depth(leaves: u32) -> usize {
    // At most 32.
    leaves.next_power_of_two().trailing_zeros() as usize
}

/// All nodes, leaves first.
pub(super) struct HashTree {
    tags: Tags,
    levels: Vec<Vec<Digest>>,
    empty: Vec<Digest>,
}

impl HashTree {
    /// The tree over `leaves`; there is at least one.
    pub(super) fn build(tags: Tags, leaves: Vec<Digest>) -> Self {
        let empty = empty_hashes(&tags);
        let mut levels = vec![leaves];
        while levels[levels.len() - 1].len() > 1 {
            let below = &levels[levels.len() - 1];
            let filler = empty[levels.len() - 1];
            let above = below
                .chunks(2)
                .map(|pair| node_hash(&tags, &pair[0], pair.get(1).unwrap_or(&filler)))
                .collect();
            levels.push(above);
        }
        Self { tags, levels, empty }
    }

    pub(super) fn root(&self) -> Digest {
        self.levels[self.levels.len() - 1][0]
    }

    /// Replaces the leaf at `index` and hashes its path anew. The caller checked the index.
    pub(super) fn set(&mut self, mut index: usize, leaf: Digest) {
        self.levels[0][index] = leaf;
        for level in 1..self.levels.len() {
            index /= 2;
            let below = &self.levels[level - 1];
            let right = below.get(2 * index + 1).unwrap_or(&self.empty[level - 1]);
            self.levels[level][index] = node_hash(&self.tags, &below[2 * index], right);
        }
    }

    /// The siblings from the leaf at `index` to the root. The caller checked the index.
    pub(super) fn path(&self, mut index: usize) -> Vec<u8> {
        let mut out = Vec::with_capacity(32 * (self.levels.len() - 1));
        for (level, nodes) in self.levels[..self.levels.len() - 1].iter().enumerate() {
            out.extend_from_slice(nodes.get(index ^ 1).unwrap_or(&self.empty[level]));
            index /= 2;
        }
        out
    }
}

/// The root that `leaf` at `index` leads to over the siblings in `path`, whose number the caller
/// checked.
pub(super) fn fold_path(tags: &Tags, leaf: Digest, index: u64, path: &[Digest]) -> Digest {
    path.iter().enumerate().fold(leaf, |hash, (level, sibling)| {
        if index >> level & 1 == 1 {
            node_hash(tags, sibling, &hash)
        } else {
            node_hash(tags, &hash, sibling)
        }
    })
}

fn node_hash(tags: &Tags, left: &Digest, right: &Digest) -> Digest {
    sha256(&[tags.node, left, right])
}

/// The hash of an empty subtree, by level.
fn empty_hashes(tags: &Tags) -> Vec<Digest> {
    let mut hashes = vec![sha256(&[tags.empty])];
    for level in 0..32 {
        hashes.push(node_hash(tags, &hashes[level], &hashes[level]));
    }
    hashes
}
