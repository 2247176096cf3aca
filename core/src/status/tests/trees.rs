use crate::{
    did::yufu::IssuerId,
    registry::StatusEncoding,
    status::{
        ListContext, StatusArray, StatusArrayError,
        chunk::{self, ChunkTree, WitnessError},
        issued::{IssuedError, IssuedTree, verify_path},
    },
};
use proptest::prelude::*;

const CONTEXT: ListContext = ListContext { issuer: IssuerId([7; 20]), list: 3 };

fn verify_witness(
    root: &[u8; 32],
    context: &ListContext,
    bits: u8,
    size: u32,
    index: u64,
    witness: &[u8],
) -> Result<u8, WitnessError> {
    chunk::verify_witness(root, context, StatusEncoding::Token, bits, size, index, witness)
}

fn array(bits: u8, size: u32) -> StatusArray {
    let mut array = StatusArray::new(bits, size).unwrap();
    for index in (0..size).step_by(7) {
        array.set(u64::from(index), 1).unwrap();
    }
    array
}

#[test]
fn a_witness_has_the_size_that_the_staple_counts_on() {
    for (bits, size, bytes) in [(1, 1 << 17, 320), (2, 1 << 17, 352), (1, 1, 32), (1, 256, 32), (1, 257, 64)]
    {
        let tree = ChunkTree::build(&CONTEXT, &array(bits, size));
        let witness = tree.witness(0).unwrap();
        assert_eq!(witness.len(), bytes, "{size} entries of {bits} bits");
        assert_eq!(verify_witness(&tree.root(), &CONTEXT, bits, size, 0, &witness), Ok(1));
    }
}

#[test]
fn every_entry_of_a_list_can_be_proven() {
    for (bits, size) in [(1, 1000), (2, 1000), (4, 333), (8, 97)] {
        let array = array(bits, size);
        let tree = ChunkTree::build(&CONTEXT, &array);
        for index in 0..u64::from(size) {
            let witness = tree.witness(index).unwrap();
            let read = verify_witness(&tree.root(), &CONTEXT, bits, size, index, &witness);
            assert_eq!(read, Ok(array.get(index).unwrap()));
        }
    }
}

#[test]
fn every_entry_of_a_bit_string_can_be_proven_and_only_in_its_own_order() {
    for (bits, size) in [(1, 1000), (2, 1000), (4, 333), (8, 97)] {
        let mut array = StatusArray::new_in(StatusEncoding::Bitstring, bits, size).unwrap();
        for index in (0..size).step_by(7) {
            array.set(u64::from(index), 1).unwrap();
        }
        let tree = ChunkTree::build(&CONTEXT, &array);
        let mut misread = 0;
        for index in 0..u64::from(size) {
            let witness = tree.witness(index).unwrap();
            let read = |encoding| {
                chunk::verify_witness(&tree.root(), &CONTEXT, encoding, bits, size, index, &witness)
            };
            assert_eq!(read(StatusEncoding::Bitstring), Ok(array.get(index).unwrap()));
            misread += u32::from(read(StatusEncoding::Token) != read(StatusEncoding::Bitstring));
        }
        assert_eq!(misread == 0, bits == 8, "an entry of a whole byte has one order alone");
    }
}

/// What the registry anchors is the published bytes: the frozen roots of the other encoding hold.
#[test]
fn lists_of_the_same_bytes_have_the_same_root_whatever_their_order() {
    let token = array(2, 1000);
    let bytes = token.bytes().to_vec();
    let bitstring = StatusArray::from_bytes_in(StatusEncoding::Bitstring, 2, bytes).unwrap();
    let root = |array: &StatusArray| ChunkTree::build(&CONTEXT, array).root();
    assert_eq!(root(&token), root(&bitstring));
    let clear = StatusArray::new_in(StatusEncoding::Bitstring, 1, 1 << 17).unwrap();
    assert_eq!(root(&clear), root(&StatusArray::new(1, 1 << 17).unwrap()));
}

#[test]
fn an_updated_tree_is_the_tree_of_the_updated_list() {
    let mut array = array(2, 5000);
    let mut tree = ChunkTree::build(&CONTEXT, &array);
    for (index, value) in [(0, 2), (4999, 3), (127, 1), (128, 2), (0, 0)] {
        tree.update(index, value).unwrap();
        array.set(index, value).unwrap();
        assert_eq!(tree.root(), ChunkTree::build(&CONTEXT, &array).root());
        assert_eq!(tree.array(), &array);
    }
    assert_eq!(tree.update(5000, 0), Err(StatusArrayError::OutOfRange));
    assert_eq!(tree.witness(5000), Err(WitnessError::OutOfRange));
}

#[test]
fn refuses_a_witness_for_another_list_issuer_index_or_shape() {
    let tree = ChunkTree::build(&CONTEXT, &array(2, 1 << 17));
    let witness = tree.witness(1000).unwrap();
    let verify = |context: &ListContext, bits, size, index| {
        verify_witness(&tree.root(), context, bits, size, index, &witness)
    };
    assert_eq!(verify(&CONTEXT, 2, 1 << 17, 1000), Ok(0));
    let other_list = ListContext { list: 4, ..CONTEXT };
    assert_eq!(verify(&other_list, 2, 1 << 17, 1000), Err(WitnessError::Root));
    let other_issuer = ListContext { issuer: IssuerId([8; 20]), ..CONTEXT };
    assert_eq!(verify(&other_issuer, 2, 1 << 17, 1000), Err(WitnessError::Root));
    assert_eq!(verify(&CONTEXT, 2, 1 << 17, 2000), Err(WitnessError::Root));
    assert_eq!(verify(&CONTEXT, 2, 1 << 17, 1 << 17), Err(WitnessError::OutOfRange));
    assert_eq!(verify(&CONTEXT, 2, 1 << 17, u64::MAX), Err(WitnessError::OutOfRange));
    assert_eq!(verify(&CONTEXT, 2, 1 << 18, 1000), Err(WitnessError::Length));
    assert_eq!(verify(&CONTEXT, 1, 1 << 17, 1000), Err(WitnessError::Length));
    assert_eq!(verify(&CONTEXT, 3, 1 << 17, 1000), Err(WitnessError::Shape));
    assert_eq!(verify(&CONTEXT, 2, 0, 1000), Err(WitnessError::Shape));
    // Half as many entries of twice as many bits: same depth, another chunk.
    assert_eq!(verify(&CONTEXT, 4, 1 << 16, 1000), Err(WitnessError::Root));
}

#[test]
fn refuses_a_witness_that_is_cut_longer_or_changed() {
    let tree = ChunkTree::build(&CONTEXT, &array(2, 1 << 17));
    let witness = tree.witness(77).unwrap();
    let verify = |bytes: &[u8]| verify_witness(&tree.root(), &CONTEXT, 2, 1 << 17, 77, bytes);
    for length in 0..witness.len() {
        assert_eq!(verify(&witness[..length]), Err(WitnessError::Length));
    }
    assert_eq!(verify(&[&witness[..], &[0]].concat()), Err(WitnessError::Length));
    assert_eq!(verify(&[&witness[..], &[0; 32]].concat()), Err(WitnessError::Length));
    for i in 0..witness.len() {
        let mut changed = witness.clone();
        changed[i] ^= 1;
        assert_eq!(verify(&changed), Err(WitnessError::Root), "byte {i}");
    }
}

#[test]
fn refuses_an_inner_node_passed_off_as_a_chunk() {
    // Two chunks: the node above them, shown as a chunk of a list half as long, is no chunk.
    let tree = ChunkTree::build(&CONTEXT, &array(1, 512));
    let refused = verify_witness(&tree.root(), &CONTEXT, 1, 256, 0, &tree.root());
    assert_eq!(refused, Err(WitnessError::Root));
}

#[test]
fn the_issued_tree_proves_what_was_issued_and_nothing_else() {
    let mut tree = IssuedTree::new([9; 32], &CONTEXT, 1000).unwrap();
    let empty = tree.root();
    tree.set(5, &[1; 32]).unwrap();
    tree.set(999, &[2; 32]).unwrap();
    let root = tree.root();
    let path = tree.path(5).unwrap();
    let verify = |context: &ListContext, size, index, digest: &[u8; 32]| {
        verify_path(&root, context, size, index, digest, &path)
    };
    assert_eq!(verify(&CONTEXT, 1000, 5, &[1; 32]), Ok(()));
    assert_eq!(verify(&CONTEXT, 1000, 5, &[2; 32]), Err(IssuedError::Root));
    assert_eq!(verify(&CONTEXT, 1000, 6, &[1; 32]), Err(IssuedError::Root));
    assert_eq!(verify(&CONTEXT, 1000, 1000, &[1; 32]), Err(IssuedError::OutOfRange));
    assert_eq!(verify(&CONTEXT, 1025, 5, &[1; 32]), Err(IssuedError::Length));
    assert_eq!(verify(&CONTEXT, 0, 5, &[1; 32]), Err(IssuedError::Size));
    assert_eq!(verify(&ListContext { list: 4, ..CONTEXT }, 1000, 5, &[1; 32]), Err(IssuedError::Root));
    let before = verify_path(&empty, &CONTEXT, 1000, 5, &[1; 32], &path);
    assert_eq!(before, Err(IssuedError::Root), "it was not issued before it was issued");
    for length in 0..path.len() {
        let cut = verify_path(&root, &CONTEXT, 1000, 5, &[1; 32], &path[..length]);
        assert_eq!(cut, Err(IssuedError::Length));
    }
    for i in 0..path.len() {
        let mut changed = path.clone();
        changed[i] ^= 0x80;
        let refused = verify_path(&root, &CONTEXT, 1000, 5, &[1; 32], &changed);
        assert_eq!(refused, Err(IssuedError::Root), "byte {i}");
    }
    let again = IssuedTree::with_issued([9; 32], &CONTEXT, 1000, &[(999, [2; 32]), (5, [1; 32])]);
    assert_eq!(again.unwrap().root(), root);
    tree.clear(5).unwrap();
    tree.clear(999).unwrap();
    assert_eq!(tree.root(), empty);
}

#[test]
fn a_filler_depends_on_the_issuers_secret() {
    let one = IssuedTree::new([1; 32], &CONTEXT, 64).unwrap();
    let two = IssuedTree::new([2; 32], &CONTEXT, 64).unwrap();
    assert_ne!(one.root(), two.root());
    assert_ne!(one.path(0).unwrap(), two.path(0).unwrap());
}

#[test]
fn the_issued_tree_refuses_what_is_not_in_it() {
    assert_eq!(IssuedTree::new([1; 32], &CONTEXT, 0).err(), Some(IssuedError::Size));
    let mut tree = IssuedTree::new([1; 32], &CONTEXT, 64).unwrap();
    assert_eq!(tree.set(64, &[0; 32]), Err(IssuedError::OutOfRange));
    assert_eq!(tree.path(64), Err(IssuedError::OutOfRange));
    let outside = IssuedTree::with_issued([1; 32], &CONTEXT, 64, &[(64, [0; 32])]);
    assert_eq!(outside.err(), Some(IssuedError::OutOfRange));
}

/// The roots are what the registry holds: they may not change. A second implementation, in Python over
/// the definitions, computed them.
#[test]
fn roots_stay_what_they_are() {
    let hex = crate::registry::client::hex;
    let chunk = ChunkTree::build(&CONTEXT, &array(2, 1000)).root();
    assert_eq!(hex(&chunk), "9f6f8810975c9f9020d5a06f57a9236027fb68673a0742c04f73c8ebb3dc3799");
    let mut issued = IssuedTree::new([9; 32], &CONTEXT, 1000).unwrap();
    issued.set(5, &[1; 32]).unwrap();
    assert_eq!(hex(&issued.root()), "61e941595337ac11f7a619838af859d9f094374b4cdde6ea349b8ac5441472db");
}

proptest! {
    #[test]
    fn no_witness_makes_the_verifier_panic(
        bits in any::<u8>(), size in any::<u32>(), index in any::<u64>(),
        bytes in prop::collection::vec(any::<u8>(), 0..700),
    ) {
        let _ = verify_witness(&[0; 32], &CONTEXT, bits, size, index, &bytes);
        let _ = verify_path(&[0; 32], &CONTEXT, size, index, &[0; 32], &bytes);
    }
}
