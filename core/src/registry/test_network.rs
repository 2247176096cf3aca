//! A network for tests: real keys, real certificates, real trees, no engine and no clock.
//!
//! It stands behind the feature `test-network`, so that a test of a verifier or a wallet has headers and
//! staples without a running node.

use super::{
    Certificate, CompactProof, Handover, Header, NetworkKey, PLACEHOLDER, RecordKey, SignedHeader, Validator,
    ValidatorSet, finalize_message,
    history::Peaks,
    pop_message,
    proof::{bit, inner_hash, leaf_hash},
};
use crate::crypto::{Digest, sha256};
use blst::min_sig;
use std::collections::BTreeMap;

/// A tree in memory, by its definition: for tests and small networks.
#[derive(Clone, Debug, Default)]
pub struct MemoryTree(BTreeMap<Digest, Vec<u8>>);

/// Validators with their private keys, and the two trees.
pub struct TestNetwork {
    secrets: Vec<min_sig::SecretKey>,
    key: NetworkKey,
    /// The trust tree; changes show from the next header on.
    pub trust: MemoryTree,
    /// The records tree.
    pub records: MemoryTree,
    history: Peaks,
    last: Header,
}

impl From<BTreeMap<Digest, Vec<u8>>> for MemoryTree {
    /// The tree of these values by the hashes of their keys.
    fn from(records: BTreeMap<Digest, Vec<u8>>) -> Self {
        Self(records)
    }
}

impl MemoryTree {
    /// Writes a record.
    pub fn insert(&mut self, key: &RecordKey, value: Vec<u8>) {
        self.0.insert(key.hash(), value);
    }

    /// Takes a record out.
    pub fn remove(&mut self, key: &RecordKey) {
        self.0.remove(&key.hash());
    }

    /// The record's bytes.
    #[must_use]
    pub fn get(&self, key: &RecordKey) -> Option<&[u8]> {
        self.0.get(&key.hash()).map(Vec::as_slice)
    }

    /// The root.
    #[must_use]
    pub fn root(&self) -> Digest {
        subtree(&self.leaves(), 0)
    }

    /// The proof that the record is there, or that it is not.
    #[must_use]
    pub fn prove(&self, key: &RecordKey) -> CompactProof {
        self.prove_hash(&key.hash())
    }

    pub(super) fn prove_hash(&self, key_hash: &Digest) -> CompactProof {
        let all = self.leaves();
        let (mut here, mut siblings) = (&all[..], Vec::new());
        while here.len() > 1 {
            let depth = siblings.len();
            let (left, right) = here.split_at(here.partition_point(|(key, _)| !bit(key, depth)));
            let (own, other) = if bit(key_hash, depth) { (right, left) } else { (left, right) };
            siblings.push(subtree(other, depth + 1));
            here = own;
        }
        let proof = match here.first() {
            Some((key, _)) if key == key_hash => CompactProof::present(siblings),
            other => CompactProof::absent(other.copied(), siblings),
        };
        proof.expect("a tree of test size is not 255 deep")
    }

    fn leaves(&self) -> Vec<(Digest, Digest)> {
        self.0.iter().map(|(key, value)| (*key, sha256(&[value]))).collect()
    }
}

fn subtree(leaves: &[(Digest, Digest)], depth: usize) -> Digest {
    match leaves {
        [] => PLACEHOLDER,
        [(key, value)] => leaf_hash(key, value),
        _ => {
            let (left, right) = leaves.split_at(leaves.partition_point(|(key, _)| !bit(key, depth)));
            inner_hash(&subtree(left, depth + 1), &subtree(right, depth + 1))
        }
    }
}

impl TestNetwork {
    /// A network of `n` validators, whose keys follow from `seed`, with genesis at `time_ms`.
    ///
    /// # Panics
    /// When `n` is 0 or more than a set may have.
    #[must_use]
    pub fn new(n: u8, seed: u64, time_ms: u64) -> Self {
        let (set, secrets) = members(n, seed);
        let mut genesis = Header {
            network: [0; 32],
            height: 0,
            parent: [0; 32],
            time_ms,
            slot: 0,
            epoch: 0,
            set: set.hash(),
            next_set: set.hash(),
            history: Peaks::new().root(),
            trust_root: PLACEHOLDER,
            records_root: PLACEHOLDER,
            body: sha256(&[b"genesis", &seed.to_be_bytes()]),
        };
        let digest = genesis.digest();
        genesis.network = digest;
        let key = NetworkKey { genesis: digest, epoch_length: 1 << 32, epoch: 0, set };
        let (trust, records) = (MemoryTree::default(), MemoryTree::default());
        Self { secrets, key, trust, records, history: Peaks::new(), last: genesis }
    }

    /// What a counter is given.
    #[must_use]
    pub fn key(&self) -> &NetworkKey {
        &self.key
    }

    /// The next header, at `time_ms`, anchoring `slot` (0 for none), over the trees as they are.
    pub fn next_header(&mut self, time_ms: u64, slot: u64) -> Header {
        let parent = self.last.digest();
        self.history.append(&parent);
        self.last = Header {
            network: self.key.genesis,
            height: self.last.height + 1,
            parent,
            time_ms,
            slot,
            history: self.history.root(),
            trust_root: self.trust.root(),
            records_root: self.records.root(),
            body: sha256(&[b"body", &time_ms.to_be_bytes()]),
            ..self.last
        };
        self.last
    }

    /// The next header, certified by all validators.
    pub fn next_signed(&mut self, time_ms: u64, slot: u64) -> SignedHeader {
        let header = self.next_header(time_ms, slot);
        self.certify(&header)
    }

    /// Ends the epoch: its last header, at `time_ms`, hands over to `n` validators whose keys follow from
    /// `seed`. The heights between are left out.
    ///
    /// # Panics
    /// When `n` is 0 or more than a set may have.
    pub fn hand_over(&mut self, n: u8, seed: u64, time_ms: u64) -> Handover {
        let (set, secrets) = members(n, seed);
        self.last.height = (self.key.epoch + 1) * self.key.epoch_length - 2;
        self.last.next_set = set.hash();
        let last = self.next_signed(time_ms, 0);
        self.secrets = secrets;
        self.key = NetworkKey { epoch: self.key.epoch + 1, set: set.clone(), ..self.key.clone() };
        (self.last.epoch, self.last.set) = (self.key.epoch, set.hash());
        Handover::new(last, set)
    }

    /// Certifies a header, whatever it says, by all validators.
    #[must_use]
    pub fn certify(&self, header: &Header) -> SignedHeader {
        let everyone: Vec<_> = (0..self.secrets.len()).collect();
        self.certify_by(header, &everyone)
    }

    /// Certifies a header by the validators at these places of the set.
    ///
    /// # Panics
    /// When there is no such place, or none at all.
    #[must_use]
    pub fn certify_by(&self, header: &Header, signers: &[usize]) -> SignedHeader {
        let bytes = self.finalization(header, signers);
        let finalization = Certificate::from_finalization_bytes(&bytes).expect("written just now");
        SignedHeader::new(header, finalization.certificate)
    }

    /// The finalization of a header as the engine would encode it.
    ///
    /// # Panics
    /// When there is no such place in the set, or none at all.
    #[must_use]
    pub fn finalization(&self, header: &Header, signers: &[usize]) -> Vec<u8> {
        let (view, parent_view, payload) = (header.height + 1, header.height, header.digest());
        let message = finalize_message(&self.key.genesis, header.epoch, view, parent_view, &payload);
        let n = self.secrets.len();
        let mut bits = vec![0u8; n.div_ceil(8)];
        let signatures: Vec<_> = signers
            .iter()
            .map(|&i| {
                bits[i / 8] |= 1 << (i % 8);
                self.secrets[i].sign(&message, super::certificate::SIGNATURE_DST, &[])
            })
            .collect();
        let signatures: Vec<_> = signatures.iter().collect();
        let sum = min_sig::AggregateSignature::aggregate(&signatures, false).expect("some signers");
        let mut out = Vec::new();
        for number in [header.epoch, view, parent_view] {
            super::codec::write_varint(&mut out, number);
        }
        out.extend_from_slice(&payload);
        out.extend_from_slice(&(n as u64).to_be_bytes());
        out.extend_from_slice(&bits);
        out.extend_from_slice(&sum.to_signature().compress());
        out
    }
}

fn members(n: u8, seed: u64) -> (ValidatorSet, Vec<min_sig::SecretKey>) {
    let mut members: Vec<_> = (0..n).map(|i| validator(seed, i)).collect();
    members.sort_by_key(|(validator, _)| *validator);
    let (validators, secrets): (Vec<_>, Vec<_>) = members.into_iter().unzip();
    (ValidatorSet::new(validators).expect("made from good keys"), secrets)
}

/// A validator with its private key.
#[must_use]
pub fn validator(seed: u64, index: u8) -> (Validator, min_sig::SecretKey) {
    let material = sha256(&[b"yufu/test-network", &seed.to_be_bytes(), &[index]]);
    let secret = min_sig::SecretKey::key_gen(&material, &[]).expect("32 bytes suffice");
    let identity = sha256(&[b"identity", &material]);
    let bls = secret.sk_to_pk().compress();
    let proof = secret.sign(&pop_message(&identity, &bls), super::validators::POP_DST, &[]);
    (Validator { identity, bls, pop: proof.compress() }, secret)
}
