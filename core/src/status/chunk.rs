//! The chunk tree: a status list cut into 256-bit chunks and hashed, so that one entry can be proven.
//!
//! A witness is the chunk that holds the entry (32 bytes) and the siblings of its leaf, from the bottom
//! up: 352 bytes for 2^17 entries of two bits. Issuer, list and the chunk's position are bound into the
//! leaf; leaves, inner nodes and places beyond the last chunk carry different tags; the depth follows
//! from bits and size, which the verifier takes from the grant, never from the sender.
//!
//! A chunk is 32 bytes of the list as it is published, whichever its encoding: two lists with the same
//! bytes have the same root, and the grant says in which order a chunk's bits are read.

use super::{
    ListContext, StatusArray, is_shape,
    tree::{HashTree, Tags, depth, fold_path},
};
use crate::{
    crypto::{Digest, sha256},
    registry::StatusEncoding,
};

const LEAF_TAG: &[u8] = b"yufu/status-chunk/v1";
const TAGS: Tags = Tags { node: b"yufu/status-node/v1", empty: b"yufu/status-empty/v1" };
const CHUNK: usize = 32;

/// Why a witness does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WitnessError {
    /// There is no list of that shape.
    #[error("there is no status list of that shape")]
    Shape,
    /// The index lies outside the list.
    #[error("the index lies outside the status list")]
    OutOfRange,
    /// Too few or too many bytes for a list of that size.
    #[error("the witness has another length than the list's size demands")]
    Length,
    /// It leads to another root.
    #[error("the witness does not lead to the list's root")]
    Root,
}

/// The tree of a list as published.
pub struct ChunkTree {
    context: ListContext,
    array: StatusArray,
    tree: HashTree,
}

impl ChunkTree {
    /// The tree of `array`.
    #[must_use]
    pub fn build(context: &ListContext, array: &StatusArray) -> Self {
        let leaves = (0u32..).zip(array.bytes().chunks(CHUNK));
        let leaves = leaves.map(|(i, chunk)| leaf_hash(context, i, &padded(chunk))).collect();
        Self { context: *context, array: array.clone(), tree: HashTree::build(TAGS, leaves) }
    }

    /// The root that the registry holds.
    #[must_use]
    pub fn root(&self) -> Digest {
        self.tree.root()
    }

    /// The entries.
    #[must_use]
    pub fn array(&self) -> &StatusArray {
        &self.array
    }

    /// Makes the entry at `index` say `value`, and hashes its path anew.
    ///
    /// # Errors
    /// [`StatusArrayError`](super::StatusArrayError) when there is no such entry or the value does not
    /// fit.
    pub fn update(&mut self, index: u64, value: u8) -> Result<(), super::StatusArrayError> {
        self.array.set(index, value)?;
        let (position, chunk) = self.chunk(index).ok_or(super::StatusArrayError::OutOfRange)?;
        self.tree.set(position as usize, leaf_hash(&self.context, position, &chunk));
        Ok(())
    }

    /// The witness of the entry at `index`.
    ///
    /// # Errors
    /// [`WitnessError::OutOfRange`] when there is none.
    pub fn witness(&self, index: u64) -> Result<Vec<u8>, WitnessError> {
        if index >= u64::from(self.array.size()) {
            return Err(WitnessError::OutOfRange);
        }
        let (position, chunk) = self.chunk(index).ok_or(WitnessError::OutOfRange)?;
        let mut witness = chunk.to_vec();
        witness.extend_from_slice(&self.tree.path(position as usize));
        Ok(witness)
    }

    fn chunk(&self, index: u64) -> Option<(u32, [u8; CHUNK])> {
        let position = u32::try_from(index / entries_per_chunk(self.array.bits())).ok()?;
        let start = position as usize * CHUNK;
        let end = self.array.bytes().len().min(start + CHUNK);
        Some((position, padded(self.array.bytes().get(start..end)?)))
    }
}

/// Checks a witness and reads the entry at `index` from it, in the bit order of `encoding`. Encoding,
/// bits and size are the grant's.
///
/// # Errors
/// [`WitnessError`] by what does not hold.
pub fn verify_witness(
    root: &Digest,
    context: &ListContext,
    encoding: StatusEncoding,
    bits: u8,
    size: u32,
    index: u64,
    witness: &[u8],
) -> Result<u8, WitnessError> {
    if !is_shape(bits, size) {
        return Err(WitnessError::Shape);
    }
    if index >= u64::from(size) {
        return Err(WitnessError::OutOfRange);
    }
    let per_chunk = entries_per_chunk(bits);
    let chunks = u32::try_from(u64::from(size).div_ceil(per_chunk)).map_err(|_| WitnessError::Shape)?;
    let position = u32::try_from(index / per_chunk).map_err(|_| WitnessError::OutOfRange)?;
    let (parts, rest) = witness.as_chunks::<CHUNK>();
    let (chunk, path) = parts.split_first().ok_or(WitnessError::Length)?;
    if !rest.is_empty() || path.len() != depth(chunks) {
        return Err(WitnessError::Length);
    }
    let leaf = leaf_hash(context, position, chunk);
    if fold_path(&TAGS, leaf, u64::from(position), path) != *root {
        return Err(WitnessError::Root);
    }
    let entries =
        StatusArray::from_bytes_in(encoding, bits, chunk.to_vec()).map_err(|_| WitnessError::Shape)?;
    entries.get(index % per_chunk).map_err(|_| WitnessError::OutOfRange)
}

fn entries_per_chunk(bits: u8) -> u64 {
    256 / u64::from(bits)
}

fn padded(chunk: &[u8]) -> [u8; CHUNK] {
    let mut out = [0; CHUNK];
    out[..chunk.len()].copy_from_slice(chunk);
    out
}

fn leaf_hash(context: &ListContext, position: u32, chunk: &[u8; CHUNK]) -> Digest {
    sha256(&[LEAF_TAG, &context.issuer.0, &context.list.to_be_bytes(), &position.to_be_bytes(), chunk])
}
