//! History: a Merkle mountain range over all earlier header digests.
//!
//! The header at height h names the root over the digests of the headers 0 … h − 1. Leaves, inner
//! nodes and the root carry different tags; a leaf binds its position and the root the number of
//! leaves, so a node can never be shown as something else or somewhere else.

use super::codec::{Malformed, Reader};
use crate::crypto::{Digest, sha256};

const LEAF_TAG: &[u8] = b"yufu/history-leaf/v1";
const NODE_TAG: &[u8] = b"yufu/history-node/v1";
const ROOT_TAG: &[u8] = b"yufu/history-root/v1";

/// A node of a mountain: `index` counts the nodes of that `level` from the left; level 0 are leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Node {
    /// Height in its mountain.
    pub level: u8,
    /// Position in its level.
    pub index: u64,
    /// Hash.
    pub hash: Digest,
}

/// What appending needs: how many leaves there are and the peaks, the largest first.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Peaks {
    count: u64,
    peaks: Vec<Digest>,
}

impl Peaks {
    /// No history: what the genesis header names.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Leaves so far: the height of the header that names this root.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Appends the digest of the header at height [`count`](Self::count). Gives the nodes that came to
    /// be, leaf first: whoever serves paths keeps them by level and index.
    pub fn append(&mut self, header_digest: &Digest) -> Vec<Node> {
        let mut node = Node { level: 0, index: self.count, hash: leaf_hash(self.count, header_digest) };
        let mut made = vec![node];
        // As many mountains merge as the count has trailing one bits.
        for _ in 0..self.count.trailing_ones() {
            let Some(left) = self.peaks.pop() else { break };
            node = Node { level: node.level + 1, index: node.index / 2, hash: node_hash(&left, &node.hash) };
            made.push(node);
        }
        self.peaks.push(node.hash);
        self.count += 1;
        made
    }

    /// The root.
    #[must_use]
    pub fn root(&self) -> Digest {
        root_hash(self.count, &self.peaks)
    }

    /// The bytes: count, peaks.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = self.count.to_be_bytes().to_vec();
        out.extend_from_slice(self.peaks.as_flattened());
        out
    }

    /// The peaks in `bytes`.
    ///
    /// # Errors
    /// [`Malformed`] when the number of peaks does not follow from the count.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader(bytes);
        let count = reader.u64()?;
        // A block every nanosecond for a century: more is no history, and counting on must not overflow.
        if count > 1 << 62 {
            return Err(Malformed);
        }
        let peaks = (0..count.count_ones()).map(|_| reader.digest()).collect::<Result<_, _>>()?;
        reader.finish()?;
        Ok(Self { count, peaks })
    }
}

/// A path from an earlier header to a later one's history root: not verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    /// From the leaf up to its peak.
    siblings: Vec<Digest>,
    /// The other mountains' peaks, the largest first.
    peaks: Vec<Digest>,
}

/// The path does not lead from that header to that root.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the history path does not lead to the root")]
pub struct PathError;

impl Path {
    /// The path of `position` in a history of `count` leaves, from stored nodes.
    ///
    /// Gives `None` when the position is not in the history or a node is missing.
    pub fn build(count: u64, position: u64, mut node: impl FnMut(u8, u64) -> Option<Digest>) -> Option<Self> {
        let (_, own_level) = mountain_of(count, position)?;
        let siblings = (0..own_level).map(|level| node(level, (position >> level) ^ 1));
        let siblings = siblings.collect::<Option<_>>()?;
        let mut peaks = Vec::new();
        for (first, level) in mountains(count) {
            if level != own_level {
                peaks.push(node(level, first >> level)?);
            }
        }
        Some(Self { siblings, peaks })
    }

    /// Checks that `header_digest` is at `position` of the history of `count` leaves with this `root`.
    ///
    /// # Errors
    /// [`PathError`] when it is not, or the path has another shape than count and position demand.
    pub fn verify(
        &self,
        root: &Digest,
        count: u64,
        position: u64,
        header_digest: &Digest,
    ) -> Result<(), PathError> {
        let (own, own_level) = mountain_of(count, position).ok_or(PathError)?;
        if self.siblings.len() != usize::from(own_level)
            || self.peaks.len() + 1 != count.count_ones() as usize
        {
            return Err(PathError);
        }
        let leaf = leaf_hash(position, header_digest);
        let peak = self.siblings.iter().enumerate().fold(leaf, |hash, (level, sibling)| {
            if position >> level & 1 == 1 { node_hash(sibling, &hash) } else { node_hash(&hash, sibling) }
        });
        let mut peaks = self.peaks.clone();
        peaks.insert(own, peak);
        if root_hash(count, &peaks) == *root { Ok(()) } else { Err(PathError) }
    }

    /// The bytes: number of siblings, siblings, number of other peaks, other peaks.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(2 + 32 * (self.siblings.len() + self.peaks.len()));
        for part in [&self.siblings, &self.peaks] {
            // At most 64 of each.
            out.push(u8::try_from(part.len()).unwrap_or(u8::MAX));
            out.extend_from_slice(part.as_flattened());
        }
        out
    }

    /// The path in `bytes`.
    ///
    /// # Errors
    /// [`Malformed`] when they do not follow the format to their last, or are longer than any history.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader(bytes);
        let mut part = || -> Result<Vec<Digest>, Malformed> {
            let n = reader.u8()?;
            if n > 64 {
                return Err(Malformed);
            }
            (0..n).map(|_| reader.digest()).collect()
        };
        let (siblings, peaks) = (part()?, part()?);
        reader.finish()?;
        Ok(Self { siblings, peaks })
    }
}

/// The mountains of a history, the largest first: first leaf and height of each.
fn mountains(count: u64) -> impl Iterator<Item = (u64, u8)> {
    let mut first = 0u64;
    (0..64u8).rev().filter(move |level| count >> level & 1 == 1).map(move |level| {
        let mountain = (first, level);
        first = first.wrapping_add(1 << level);
        mountain
    })
}

/// Which mountain a position lies in, and its height.
fn mountain_of(count: u64, position: u64) -> Option<(usize, u8)> {
    mountains(count)
        .enumerate()
        .find(|(_, (first, level))| position >= *first && position - first < 1 << level)
        .map(|(i, (_, level))| (i, level))
}

fn leaf_hash(position: u64, header_digest: &Digest) -> Digest {
    sha256(&[LEAF_TAG, &position.to_be_bytes(), header_digest])
}

fn node_hash(left: &Digest, right: &Digest) -> Digest {
    sha256(&[NODE_TAG, left, right])
}

fn root_hash(count: u64, peaks: &[Digest]) -> Digest {
    sha256(&[ROOT_TAG, &count.to_be_bytes(), peaks.as_flattened()])
}
