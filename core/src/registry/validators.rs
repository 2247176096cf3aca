//! Validator sets: who may certify headers in an epoch.

use super::codec::{Malformed, Reader};
use crate::crypto::{Digest, sha256};
use blst::{BLST_ERROR, min_sig};
use borsh::{BorshDeserialize, BorshSerialize};
use std::collections::BTreeSet;

/// The largest set that is read.
pub const MAX_VALIDATORS: usize = 128;

/// Ciphersuite of proofs of possession, with signatures in G1.
pub(super) const POP_DST: &[u8] = b"BLS_POP_BLS12381G1_XMD:SHA-256_SSWU_RO_POP_";
const POP_NAMESPACE: &[u8] = b"yufu/validator-pop/v1";
const HASH_TAG: &[u8] = b"yufu/validator-set/v1";

/// A validator as it registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
pub struct Validator {
    /// Ed25519 key that it shows to its peers; sets are ordered by it.
    pub identity: [u8; 32],
    /// BLS12-381 key (G2, compressed) that signs certificates in one epoch.
    pub bls: [u8; 96],
    /// Proof that it has the private half: see [`pop_message`].
    pub pop: [u8; 48],
}

pub(super) const VALIDATOR_BYTES: usize = 32 + 96 + 48;

/// Validators whose keys and proofs were checked, ordered by identity as the engine orders them.
#[derive(Clone)]
pub struct ValidatorSet {
    validators: Vec<Validator>,
    keys: Vec<min_sig::PublicKey>,
}

/// Why validators are not a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ValidatorSetError {
    /// Not the bytes of a set.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// None, or more than [`MAX_VALIDATORS`].
    #[error("a set has 1 to {MAX_VALIDATORS} validators")]
    Size,
    /// The bytes are not ordered by identity, each once.
    #[error("the validators are not in order, each once")]
    Order,
    /// A BLS key is not a point of the right subgroup, or the point at infinity.
    #[error("a validator's BLS key is not a key")]
    Key,
    /// Two validators show the same BLS key.
    #[error("two validators share a BLS key")]
    DuplicateKey,
    /// A proof of possession does not verify.
    #[error("a validator has not proven that it has its BLS key")]
    ProofOfPossession,
}

/// The namespace under which the validator with this identity proves possession of its BLS key, as the
/// engine's `sign_proof_of_possession` takes it. The identity is in it, so that nobody can register
/// another's key and proof.
#[must_use]
pub fn pop_namespace(identity: &[u8; 32]) -> Vec<u8> {
    [POP_NAMESPACE, identity].concat()
}

/// The message that a proof of possession signs, under the proof-of-possession ciphersuite:
/// the [namespace](pop_namespace) behind its length, and the compressed key.
#[must_use]
pub fn pop_message(identity: &[u8; 32], bls: &[u8; 96]) -> Vec<u8> {
    super::certificate::union_unique(&pop_namespace(identity), bls)
}

impl ValidatorSet {
    /// The set of `validators`, in any order.
    ///
    /// # Errors
    /// [`ValidatorSetError`] by what does not hold; every key and proof is checked.
    pub fn new(mut validators: Vec<Validator>) -> Result<Self, ValidatorSetError> {
        validators.sort_unstable();
        Self::from_ordered(validators)
    }

    fn from_ordered(validators: Vec<Validator>) -> Result<Self, ValidatorSetError> {
        if !(1..=MAX_VALIDATORS).contains(&validators.len()) {
            return Err(ValidatorSetError::Size);
        }
        if !validators.is_sorted_by(|a, b| a.identity < b.identity) {
            return Err(ValidatorSetError::Order);
        }
        let distinct: BTreeSet<_> = validators.iter().map(|v| v.bls).collect();
        if distinct.len() != validators.len() {
            return Err(ValidatorSetError::DuplicateKey);
        }
        let keys = validators.iter().map(checked_key).collect::<Result<_, _>>()?;
        Ok(Self { validators, keys })
    }

    /// The validators, ordered by identity.
    #[must_use]
    pub fn validators(&self) -> &[Validator] {
        &self.validators
    }

    /// How many. Never zero.
    #[expect(clippy::len_without_is_empty, reason = "a set is never empty")]
    #[must_use]
    pub fn len(&self) -> usize {
        self.validators.len()
    }

    /// How many must sign a certificate: n − ⌊(n − 1) / 3⌋.
    #[must_use]
    pub fn quorum(&self) -> usize {
        let n = self.len();
        n - (n - 1) / 3
    }

    /// The keys in order, on the curve and in the subgroup.
    pub(super) fn keys(&self) -> &[min_sig::PublicKey] {
        &self.keys
    }

    /// Names the set in headers.
    #[must_use]
    pub fn hash(&self) -> Digest {
        sha256(&[HASH_TAG, &self.to_bytes()])
    }

    /// The bytes: how many (16 bits), then identity, key and proof of each.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(2 + VALIDATOR_BYTES * self.len());
        // At most MAX_VALIDATORS, so the conversion holds.
        out.extend_from_slice(&u16::try_from(self.len()).unwrap_or(u16::MAX).to_be_bytes());
        for validator in &self.validators {
            out.extend_from_slice(&validator.identity);
            out.extend_from_slice(&validator.bls);
            out.extend_from_slice(&validator.pop);
        }
        out
    }

    /// The set in `bytes`.
    ///
    /// # Errors
    /// [`ValidatorSetError`] by what does not hold; every key and proof is checked.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ValidatorSetError> {
        let mut reader = Reader(bytes);
        let set = Self::read(&mut reader)?;
        reader.finish()?;
        Ok(set)
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, ValidatorSetError> {
        let n = usize::from(reader.u16()?);
        if n > MAX_VALIDATORS {
            return Err(ValidatorSetError::Size);
        }
        let mut validators = Vec::with_capacity(n);
        for _ in 0..n {
            validators.push(Validator {
                identity: reader.array()?,
                bls: reader.array()?,
                pop: reader.array()?,
            });
        }
        Self::from_ordered(validators)
    }
}

/// The validator's key, on the curve, in the subgroup, not at infinity, and proven to be its own.
/// Without the proof one validator could choose a key that cancels the others' in the sum.
fn checked_key(validator: &Validator) -> Result<min_sig::PublicKey, ValidatorSetError> {
    let key = min_sig::PublicKey::uncompress(&validator.bls)
        .and_then(|key| key.validate().map(|()| key))
        .map_err(|_| ValidatorSetError::Key)?;
    let proof = min_sig::Signature::uncompress(&validator.pop)
        .and_then(|proof| proof.validate(true).map(|()| proof))
        .map_err(|_| ValidatorSetError::ProofOfPossession)?;
    let message = pop_message(&validator.identity, &validator.bls);
    match proof.verify(false, &message, POP_DST, &[], &key, false) {
        BLST_ERROR::BLST_SUCCESS => Ok(key),
        _ => Err(ValidatorSetError::ProofOfPossession),
    }
}

impl PartialEq for ValidatorSet {
    fn eq(&self, other: &Self) -> bool {
        self.validators == other.validators
    }
}

impl Eq for ValidatorSet {}

impl std::fmt::Debug for ValidatorSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(&self.validators).finish()
    }
}

impl BorshSerialize for ValidatorSet {
    fn serialize<W: std::io::Write>(&self, writer: &mut W) -> std::io::Result<()> {
        writer.write_all(&self.to_bytes())
    }
}

impl BorshDeserialize for ValidatorSet {
    fn deserialize_reader<R: std::io::Read>(reader: &mut R) -> std::io::Result<Self> {
        let invalid = |e: ValidatorSetError| std::io::Error::new(std::io::ErrorKind::InvalidData, e);
        let mut count = [0; 2];
        reader.read_exact(&mut count)?;
        let n = usize::from(u16::from_be_bytes(count));
        if n > MAX_VALIDATORS {
            return Err(invalid(ValidatorSetError::Size));
        }
        let mut bytes = count.to_vec();
        bytes.resize(2 + n * VALIDATOR_BYTES, 0);
        reader.read_exact(&mut bytes[2..])?;
        Self::from_bytes(&bytes).map_err(invalid)
    }
}
