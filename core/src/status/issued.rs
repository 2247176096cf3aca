//! The issued tree: a commitment to everything that was issued with status in one list.
//!
//! The leaf of an index where something was issued is
//! `H(tag, issuer, list, index, SHA-256 of what the issuer signed)`; of any other a filler that only
//! the issuer can tell from it. Each publication anchors the root, so that after a theft of the
//! issuer's key what was recorded before can still be told from what the thief signs.

use super::{
    ListContext, MAX_LIST_SIZE,
    tree::{HashTree, Tags, depth, fold_path},
};
use crate::crypto::{Digest, sha256};
use zeroize::Zeroizing;

const LEAF_TAG: &[u8] = b"yufu/issued-leaf/v1";
const FILLER_TAG: &[u8] = b"yufu/issued-filler/v1";
const TAGS: Tags = Tags { node: b"yufu/issued-node/v1", empty: b"yufu/issued-empty/v1" };

/// Why there is no such entry, or a path does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IssuedError {
    /// No entries, or too many.
    #[error("a list has 1 to {MAX_LIST_SIZE} entries")]
    Size,
    /// The index lies outside the list.
    #[error("the index lies outside the list")]
    OutOfRange,
    /// Too few or too many bytes for a list of that size.
    #[error("the path has another length than the list's size demands")]
    Length,
    /// It leads to another root.
    #[error("the path does not lead to the root")]
    Root,
}

/// The tree of a list, updated in place.
pub struct IssuedTree {
    filler_key: Zeroizing<[u8; 32]>,
    context: ListContext,
    size: u32,
    tree: HashTree,
}

impl IssuedTree {
    /// The tree of a list of `size` entries where nothing was issued yet. The filler key is the
    /// issuer's secret; with it and the (index, digest) pairs the tree can be made again.
    ///
    /// # Errors
    /// [`IssuedError::Size`] when there is no such list.
    pub fn new(filler_key: [u8; 32], context: &ListContext, size: u32) -> Result<Self, IssuedError> {
        Self::with_issued(filler_key, context, size, &[])
    }

    /// The same with what was issued before: faster than [`set`](Self::set) for each.
    ///
    /// # Errors
    /// [`IssuedError`] when there is no such list or entry.
    pub fn with_issued(
        filler_key: [u8; 32],
        context: &ListContext,
        size: u32,
        issued: &[(u64, Digest)],
    ) -> Result<Self, IssuedError> {
        if !(1..=MAX_LIST_SIZE).contains(&size) {
            return Err(IssuedError::Size);
        }
        let filler_key = Zeroizing::new(filler_key);
        let mut leaves: Vec<_> = (0..size).map(|i| filler(&filler_key, context, i)).collect();
        for (index, digest) in issued {
            let index = in_range(*index, size)?;
            leaves[index as usize] = leaf_hash(context, index, digest);
        }
        Ok(Self { filler_key, context: *context, size, tree: HashTree::build(TAGS, leaves) })
    }

    /// Records that at `index` something with this digest was issued.
    ///
    /// # Errors
    /// [`IssuedError::OutOfRange`] when there is no such entry.
    pub fn set(&mut self, index: u64, digest: &Digest) -> Result<(), IssuedError> {
        let index = in_range(index, self.size)?;
        self.tree.set(index as usize, leaf_hash(&self.context, index, digest));
        Ok(())
    }

    /// Takes a record back that was never published.
    ///
    /// # Errors
    /// [`IssuedError::OutOfRange`] when there is no such entry.
    pub fn clear(&mut self, index: u64) -> Result<(), IssuedError> {
        let index = in_range(index, self.size)?;
        self.tree.set(index as usize, filler(&self.filler_key, &self.context, index));
        Ok(())
    }

    /// The root that the registry holds.
    #[must_use]
    pub fn root(&self) -> Digest {
        self.tree.root()
    }

    /// The path of the entry at `index`: the siblings from the leaf to the root.
    ///
    /// # Errors
    /// [`IssuedError::OutOfRange`] when there is no such entry.
    pub fn path(&self, index: u64) -> Result<Vec<u8>, IssuedError> {
        Ok(self.tree.path(in_range(index, self.size)? as usize))
    }
}

/// Checks that at `index` of the list with this `root` something with this digest was issued.
///
/// # Errors
/// [`IssuedError`] by what does not hold.
pub fn verify_path(
    root: &Digest,
    context: &ListContext,
    size: u32,
    index: u64,
    digest: &Digest,
    path: &[u8],
) -> Result<(), IssuedError> {
    if !(1..=MAX_LIST_SIZE).contains(&size) {
        return Err(IssuedError::Size);
    }
    let index = in_range(index, size)?;
    let (siblings, rest) = path.as_chunks::<32>();
    if !rest.is_empty() || siblings.len() != depth(size) {
        return Err(IssuedError::Length);
    }
    let leaf = leaf_hash(context, index, digest);
    if fold_path(&TAGS, leaf, u64::from(index), siblings) == *root { Ok(()) } else { Err(IssuedError::Root) }
}

fn in_range(index: u64, size: u32) -> Result<u32, IssuedError> {
    u32::try_from(index).ok().filter(|index| *index < size).ok_or(IssuedError::OutOfRange)
}

fn leaf_hash(context: &ListContext, index: u32, digest: &Digest) -> Digest {
    sha256(&[LEAF_TAG, &context.issuer.0, &context.list.to_be_bytes(), &index.to_be_bytes(), digest])
}

/// Pseudo-random under the key: all parts have fixed lengths, so a plain hash is a keyed function here.
fn filler(key: &[u8; 32], context: &ListContext, index: u32) -> Digest {
    sha256(&[FILLER_TAG, key, &context.issuer.0, &context.list.to_be_bytes(), &index.to_be_bytes()])
}
