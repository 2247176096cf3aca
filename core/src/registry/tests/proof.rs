//! The compact proofs against two trees: `jmt`, which the node uses, and the definition.

mod jmt_tree;

use crate::{
    crypto::{Digest, sha256},
    registry::{
        CompactProof, Malformed, PLACEHOLDER, ProofError, RecordKey, test_network::MemoryTree, tree_root,
    },
};
use jmt_tree::JmtTree;
use proptest::prelude::*;
use std::collections::BTreeMap;

/// The tree of these records, and its root.
fn tree_of(records: &BTreeMap<Digest, Vec<u8>>) -> (JmtTree, Digest) {
    let mut tree = JmtTree::default();
    let root = tree.write(records.iter().map(|(key, value)| (*key, value.clone())).collect());
    (tree, root)
}

/// Key hashes, many of which share long prefixes, as an adversary would grind them.
fn key_hash() -> impl Strategy<Value = Digest> {
    (any::<[u8; 32]>(), 0usize..70).prop_map(|(mut bytes, shared)| {
        for bit in 0..shared {
            bytes[bit / 8] &= !(0x80 >> (bit % 8));
        }
        bytes
    })
}

fn records() -> impl Strategy<Value = BTreeMap<Digest, Vec<u8>>> {
    prop::collection::btree_map(key_hash(), prop::collection::vec(any::<u8>(), 0..20), 1..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn every_record_of_a_jmt_tree_is_proven_and_nothing_else(
        records in records(), absent in prop::collection::vec(key_hash(), 1..20),
    ) {
        let (store, root) = tree_of(&records);
        for (key, value) in &records {
            let proof = store.prove(key);
            prop_assert!(proof.is_present());
            prop_assert_eq!(proof.verify(&root, key, Some(value)), Ok(()));
            prop_assert_eq!(proof.verify(&root, key, Some(b"another value, longer")), Err(ProofError::Root));
            prop_assert_eq!(proof.verify(&root, key, None), Err(ProofError::Kind));
            prop_assert_eq!(CompactProof::from_bytes(&proof.to_bytes()), Ok(proof.clone()));
        }
        for key in absent.iter().filter(|key| !records.contains_key(*key)) {
            let proof = store.prove(key);
            prop_assert_eq!(proof.verify(&root, key, None), Ok(()));
            prop_assert_eq!(proof.verify(&root, key, Some(b"")), Err(ProofError::Kind));
            prop_assert_eq!(CompactProof::from_bytes(&proof.to_bytes()), Ok(proof.clone()));
            // Absence of one key is not absence of another that is there.
            for present in records.keys() {
                prop_assert!(proof.verify(&root, present, None).is_err());
            }
        }
    }

    #[test]
    fn the_tree_in_memory_is_the_jmt_tree(records in records(), absent in key_hash()) {
        let (store, root) = tree_of(&records);
        let memory: MemoryTree = records.clone().into();
        prop_assert_eq!(memory.root(), root);
        let hashes: Vec<_> = records.iter().rev().map(|(key, value)| (*key, sha256(&[value]))).collect();
        prop_assert_eq!(tree_root(hashes.clone()), Some(root));
        let twice = hashes.iter().chain(&hashes).copied().collect();
        prop_assert_eq!(tree_root(twice), if hashes.is_empty() { Some(PLACEHOLDER) } else { None });
        for key in records.keys().chain([&absent]) {
            prop_assert_eq!(memory.prove_hash(key), store.prove(key));
        }
    }

    #[test]
    fn no_byte_of_a_proof_can_change(records in records(), absent in key_hash(), flip in 1u8..) {
        let (store, root) = tree_of(&records);
        let (present, value) = records.iter().next().unwrap();
        for (key, value) in [(present, Some(value)), (&absent, records.get(&absent))] {
            let bytes = store.prove(key).to_bytes();
            for i in 0..bytes.len() {
                let mut changed = bytes.clone();
                changed[i] ^= flip;
                let holds = CompactProof::from_bytes(&changed)
                    .is_ok_and(|proof| proof.verify(&root, key, value.map(Vec::as_slice)).is_ok());
                prop_assert!(!holds, "byte {} of {}", i, bytes.len());
            }
        }
    }

    #[test]
    fn what_is_read_is_written_the_same(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        if let Ok(proof) = CompactProof::from_bytes(&bytes) {
            prop_assert_eq!(proof.to_bytes(), bytes);
        }
    }
}

#[test]
fn refuses_cut_and_longer_bytes() {
    let records = (0..50u8).map(|i| (sha256(&[&[i]]), vec![i])).collect();
    let (store, _) = tree_of(&records);
    for key in [sha256(&[&[1]]), sha256(&[b"absent"])] {
        let bytes = store.prove(&key).to_bytes();
        for length in 0..bytes.len() {
            assert_eq!(CompactProof::from_bytes(&bytes[..length]), Err(Malformed));
        }
        assert_eq!(CompactProof::from_bytes(&[&bytes[..], &[0]].concat()), Err(Malformed));
    }
}

#[test]
fn refuses_a_second_form_of_a_proof() {
    // An empty sibling written out in full; a set bit beyond the depth; an unknown kind.
    let explicit_placeholder = [&[1, 1, 0x80][..], &PLACEHOLDER].concat();
    assert_eq!(CompactProof::from_bytes(&explicit_placeholder), Err(Malformed));
    let bit_beyond = [&[1, 1, 0xc0][..], &[9; 32], &[9; 32]].concat();
    assert_eq!(CompactProof::from_bytes(&bit_beyond), Err(Malformed));
    assert_eq!(CompactProof::from_bytes(&[0, 0]), Err(Malformed));
    assert_eq!(CompactProof::from_bytes(&[4, 0]), Err(Malformed));
    assert_eq!(CompactProof::present(vec![[0; 32]; 256]), Err(Malformed));
}

#[test]
fn refuses_the_absence_of_a_key_by_its_own_leaf() {
    let (key, value) = (sha256(&[b"key"]), sha256(&[b"value"]));
    let records = BTreeMap::from([(key, b"value".to_vec())]);
    let (_, root) = tree_of(&records);
    let own_leaf = CompactProof::absent(Some((key, value)), Vec::new()).unwrap();
    assert_eq!(own_leaf.verify(&root, &key, None), Err(ProofError::Place));
}

#[test]
fn refuses_the_absence_of_a_key_by_a_leaf_off_its_path() {
    // Two leaves, left and right of the root. The left one says nothing about a key to the right.
    let (left, right, key) = ([0x00; 32], [0x80; 32], [0xc0; 32]);
    let records = BTreeMap::from([(left, vec![1]), (right, vec![2])]);
    let (store, root) = tree_of(&records);
    let right_hash = sha256(&[b"JMT::LeafNode", &right, &sha256(&[&[2]])]);
    let off_path = CompactProof::absent(Some((left, sha256(&[&[1]]))), vec![right_hash]).unwrap();
    assert_eq!(off_path.verify(&root, &key, None), Err(ProofError::Place));
    assert_eq!(off_path.verify(&root, &[0x40; 32], None), Ok(()));
    assert_eq!(store.prove(&key).verify(&root, &key, None), Ok(()));
}

#[test]
fn refuses_an_inner_node_passed_off_as_a_value() {
    // Whoever controls a value cannot make it hash like an inner node: the tags differ and the leaf
    // hashes its value first.
    let records: BTreeMap<_, _> = (0..4u8).map(|i| ([i << 6; 32], vec![i])).collect();
    let (_, root) = tree_of(&records);
    for key in records.keys() {
        let short = CompactProof::present(Vec::new()).unwrap();
        assert_eq!(short.verify(&root, key, Some(&root)), Err(ProofError::Root));
    }
}

#[test]
fn an_empty_tree_holds_nothing() {
    let nothing = CompactProof::absent(None, Vec::new()).unwrap();
    assert_eq!(nothing.verify(&PLACEHOLDER, &[1; 32], None), Ok(()));
    assert_eq!(nothing.verify(&[0; 32], &[1; 32], None), Err(ProofError::Root));
    assert_eq!(MemoryTree::default().root(), PLACEHOLDER);
}

#[test]
fn a_proof_is_as_small_as_the_staple_counts_on() {
    let mut tree = MemoryTree::default();
    for seq in 0..10_000 {
        tree.insert(&RecordKey::PendingCascade { seq }, vec![1]);
    }
    let sizes = (0..10).map(|seq| tree.prove(&RecordKey::PendingCascade { seq }).to_bytes().len());
    let mean = sizes.sum::<usize>() / 10;
    assert!((400..=560).contains(&mean), "{mean} bytes at 10^4 records");
}
