//! Proofs that a record stands in a tree, or that none does: compact form and verifier.

use super::codec::{Malformed, Reader};
use crate::crypto::{Digest, sha256};
use borsh::BorshDeserialize;

/// Hash of an empty subtree.
pub const PLACEHOLDER: Digest = *b"SPARSE_MERKLE_PLACEHOLDER_HASH__";

const LEAF_TAG: &[u8] = b"JMT::LeafNode";
const INNER_TAG: &[u8] = b"JMT::IntrnalNode";

const PRESENT: u8 = 1;
const ABSENT_EMPTY: u8 = 2;
const ABSENT_OTHER: u8 = 3;

/// The largest compact proof, in bytes.
pub const MAX_PROOF: usize = 2 + 32 + 64 + 255 * 32;

/// A proof in compact form: not verified.
///
/// Bytes: kind (1 present, 2 absent with an empty place, 3 absent with another's leaf); for kind 3 that
/// leaf's key hash and value hash; number of siblings (8 bits); one bit each, root first, most
/// significant first, set where the sibling is not empty; the hashes of those, root first.
///
/// The trees are Jellyfish Merkle trees (the node uses `jmt` 0.12). Seen in binary, with the bits of a
/// key hash as the path, first bit at the root:
///
/// - an empty subtree has the fixed hash [`PLACEHOLDER`];
/// - a subtree with one record is that record's leaf, wherever it sits:
///   `SHA-256("JMT::LeafNode" ‖ key hash ‖ SHA-256(value))`;
/// - any other is `SHA-256("JMT::IntrnalNode" ‖ left ‖ right)` (the missing letter is the library's).
///
/// `jmt`'s own proofs carry whole sibling nodes. The compact form carries one hash a sibling, and one
/// bit instead where the sibling is empty.
///
/// # Why this is sound
/// Let the root be one that honest validators computed, and SHA-256 collision-resistant.
///
/// - *One preimage*. Leaf and inner node start with different tags, and each has one fixed length, so
///   no bytes are both; nobody knows bytes that hash to [`PLACEHOLDER`], which is ASCII text. So each
///   hash that the verifier computes from the root's preimage chain is, but for a collision, the node
///   that the validators put there, of that kind: folding siblings upwards to the right root means
///   having walked the true path downwards.
/// - *Own key*. The verifier hashes the record's name itself and takes the turns from those bits;
///   a proof names neither.
/// - *Presence*. The walk ends at a leaf whose preimage holds this key hash and this value's hash.
/// - *Absence, empty place*. The walk along the key's own bits ends at an empty subtree. A record of
///   that name would lie in it.
/// - *Absence, another's leaf*. The walk ends at the leaf of another key, at depth d = number of
///   siblings. A leaf there says that its subtree holds nothing else. It speaks about *our* place only
///   if that subtree lies on our path; the turns were taken from our bits, so the node is on our path
///   by construction, and for a well-formed tree its key shares our first d bits. That is checked
///   (common prefix ≥ number of siblings), so that no malformed tree can be used either.
/// - *Depth*. At most 255 siblings fit; a real tree that deep would need keys with 255 common bits.
/// - *One form*. Sibling bits beyond the depth are zero, an explicit sibling is never the placeholder,
///   nothing follows. So a proof cannot be changed in any byte and still verify.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompactProof {
    end: End,
    /// Root first; [`PLACEHOLDER`] where empty.
    siblings: Vec<Digest>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Present,
    Empty,
    Other { key_hash: Digest, value_hash: Digest },
}

/// Why a proof does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// It proves presence where absence was asked, or the other way around.
    #[error("the proof is of another kind")]
    Kind,
    /// The leaf that it shows does not lie on the key's path, or is the key's own.
    #[error("the proof is about another place in the tree")]
    Place,
    /// It leads to another root.
    #[error("the proof does not lead to the root")]
    Root,
}

impl CompactProof {
    /// The proof of presence with these siblings (root first, [`PLACEHOLDER`] where empty).
    ///
    /// # Errors
    /// [`Malformed`] when there are more than 255.
    pub fn present(siblings: Vec<Digest>) -> Result<Self, Malformed> {
        Self::new(End::Present, siblings)
    }

    /// The proof of absence with these siblings: the walk ends at nothing, or at the leaf (key hash,
    /// value hash) of another key.
    ///
    /// # Errors
    /// [`Malformed`] when there are more than 255.
    pub fn absent(leaf: Option<(Digest, Digest)>, siblings: Vec<Digest>) -> Result<Self, Malformed> {
        let end = leaf.map_or(End::Empty, |(key_hash, value_hash)| End::Other { key_hash, value_hash });
        Self::new(end, siblings)
    }

    fn new(end: End, siblings: Vec<Digest>) -> Result<Self, Malformed> {
        if siblings.len() > 255 { Err(Malformed) } else { Ok(Self { end, siblings }) }
    }

    /// The proof for `key_hash` in the parts that `jmt` gives: the leaf that the walk ended at, and the
    /// siblings from the bottom up.
    ///
    /// # Errors
    /// [`Malformed`] when there are more than 255 siblings.
    pub fn from_jmt_parts(
        key_hash: &Digest,
        leaf: Option<(Digest, Digest)>,
        siblings_bottom_up: &[JmtNode],
    ) -> Result<Self, Malformed> {
        let siblings = siblings_bottom_up.iter().rev().map(JmtNode::hash).collect();
        match leaf {
            Some((key, _)) if key == *key_hash => Self::present(siblings),
            leaf => Self::absent(leaf, siblings),
        }
    }

    /// The proof for `key_hash` in the borsh bytes of `jmt::proof::SparseMerkleProof`, whose siblings
    /// are hidden.
    ///
    /// # Errors
    /// [`Malformed`] when the bytes are not that.
    pub fn from_jmt_borsh(key_hash: &Digest, bytes: &[u8]) -> Result<Self, Malformed> {
        let (leaf, siblings) =
            <(Option<(Digest, Digest)>, Vec<JmtNode>)>::try_from_slice(bytes).map_err(|_| Malformed)?;
        Self::from_jmt_parts(key_hash, leaf, &siblings)
    }

    /// Whether it claims that the record is there.
    #[must_use]
    pub fn is_present(&self) -> bool {
        self.end == End::Present
    }

    /// Checks that under `root` the record at `key_hash` has this value, or, without one, that there is
    /// no such record.
    ///
    /// # Errors
    /// [`ProofError`] by what does not hold.
    pub fn verify(&self, root: &Digest, key_hash: &Digest, value: Option<&[u8]>) -> Result<(), ProofError> {
        let end = match (self.end, value) {
            (End::Present, Some(value)) => leaf_hash(key_hash, &sha256(&[value])),
            (End::Empty, None) => PLACEHOLDER,
            (End::Other { key_hash: other, value_hash }, None) => {
                let common = common_prefix(key_hash, &other);
                if other == *key_hash || common < self.siblings.len() {
                    return Err(ProofError::Place);
                }
                leaf_hash(&other, &value_hash)
            }
            _ => return Err(ProofError::Kind),
        };
        let up = self.siblings.iter().enumerate().rev();
        let computed = up.fold(end, |hash, (depth, sibling)| {
            if bit(key_hash, depth) { inner_hash(sibling, &hash) } else { inner_hash(&hash, sibling) }
        });
        if computed == *root { Ok(()) } else { Err(ProofError::Root) }
    }

    /// The bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(70 + 32 * self.siblings.len());
        match &self.end {
            End::Present => out.push(PRESENT),
            End::Empty => out.push(ABSENT_EMPTY),
            End::Other { key_hash, value_hash } => {
                out.push(ABSENT_OTHER);
                out.extend_from_slice(key_hash);
                out.extend_from_slice(value_hash);
            }
        }
        // `new` and `from_bytes` allow no more than 255.
        out.push(u8::try_from(self.siblings.len()).unwrap_or(u8::MAX));
        let bitmap = out.len();
        out.resize(bitmap + self.siblings.len().div_ceil(8), 0);
        for (i, sibling) in self.siblings.iter().enumerate() {
            if *sibling != PLACEHOLDER {
                out[bitmap + i / 8] |= 0x80 >> (i % 8);
                out.extend_from_slice(sibling);
            }
        }
        out
    }

    /// The proof in `bytes`.
    ///
    /// # Errors
    /// [`Malformed`] when they do not follow the format to their last.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader(bytes);
        let end = match reader.u8()? {
            PRESENT => End::Present,
            ABSENT_EMPTY => End::Empty,
            ABSENT_OTHER => End::Other { key_hash: reader.digest()?, value_hash: reader.digest()? },
            _ => return Err(Malformed),
        };
        let n = usize::from(reader.u8()?);
        let bitmap = reader.take(n.div_ceil(8))?;
        let is_set = |i: usize| bitmap.get(i / 8).is_some_and(|byte| byte << (i % 8) & 0x80 != 0);
        if (n..bitmap.len() * 8).any(is_set) {
            return Err(Malformed);
        }
        let mut siblings = Vec::with_capacity(n);
        for i in 0..n {
            let sibling = if is_set(i) { reader.digest()? } else { PLACEHOLDER };
            if is_set(i) && sibling == PLACEHOLDER {
                return Err(Malformed);
            }
            siblings.push(sibling);
        }
        reader.finish()?;
        Ok(Self { end, siblings })
    }
}

/// A sibling as `jmt` proofs carry it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, borsh::BorshSerialize, BorshDeserialize)]
pub enum JmtNode {
    /// An empty subtree.
    Null,
    /// An inner node.
    Internal {
        /// Hash of its left child.
        left: Digest,
        /// Hash of its right child.
        right: Digest,
    },
    /// A record's leaf.
    Leaf {
        /// Hash of the record's name.
        key_hash: Digest,
        /// Hash of its value.
        value_hash: Digest,
    },
}

impl JmtNode {
    /// The node's hash.
    #[must_use]
    pub fn hash(&self) -> Digest {
        match self {
            Self::Null => PLACEHOLDER,
            Self::Internal { left, right } => inner_hash(left, right),
            Self::Leaf { key_hash, value_hash } => leaf_hash(key_hash, value_hash),
        }
    }
}

/// The root of the tree that holds exactly these records, given as hash of the name and hash of the
/// value, in any order; none when a name comes twice. It takes 64 bytes a record and no tree.
#[must_use]
pub fn tree_root(mut records: Vec<(Digest, Digest)>) -> Option<Digest> {
    records.sort_unstable();
    let distinct = records.windows(2).all(|pair| pair[0].0 != pair[1].0);
    distinct.then(|| subtree_root(&records, 0))
}

/// `records` are distinct, in order, and share their first `depth` bits.
fn subtree_root(records: &[(Digest, Digest)], depth: usize) -> Digest {
    match records {
        [] => PLACEHOLDER,
        [(key_hash, value_hash)] => leaf_hash(key_hash, value_hash),
        _ => {
            let right = records.partition_point(|(key_hash, _)| !bit(key_hash, depth));
            let (left, right) = records.split_at(right);
            inner_hash(&subtree_root(left, depth + 1), &subtree_root(right, depth + 1))
        }
    }
}

pub(super) fn leaf_hash(key_hash: &Digest, value_hash: &Digest) -> Digest {
    sha256(&[LEAF_TAG, key_hash, value_hash])
}

pub(super) fn inner_hash(left: &Digest, right: &Digest) -> Digest {
    sha256(&[INNER_TAG, left, right])
}

/// Bit `depth` of a key hash, the first being the most significant of the first byte.
pub(super) fn bit(key_hash: &Digest, depth: usize) -> bool {
    key_hash[depth / 8] << (depth % 8) & 0x80 != 0
}

fn common_prefix(a: &Digest, b: &Digest) -> usize {
    (0..256).take_while(|&i| bit(a, i) == bit(b, i)).count()
}
