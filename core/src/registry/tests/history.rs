use crate::{
    crypto::{Digest, sha256},
    registry::{
        Malformed,
        history::{Path, PathError, Peaks},
    },
};
use proptest::prelude::*;
use std::collections::HashMap;

fn digest(height: u64) -> Digest {
    sha256(&[b"header", &height.to_be_bytes()])
}

/// A history of `count` headers, with all its nodes.
fn history(count: u64) -> (Peaks, HashMap<(u8, u64), Digest>) {
    let (mut peaks, mut nodes) = (Peaks::new(), HashMap::new());
    for height in 0..count {
        nodes.extend(peaks.append(&digest(height)).iter().map(|node| ((node.level, node.index), node.hash)));
    }
    (peaks, nodes)
}

fn path(nodes: &HashMap<(u8, u64), Digest>, count: u64, position: u64) -> Option<Path> {
    Path::build(count, position, |level, index| nodes.get(&(level, index)).copied())
}

/// The definition, without any cleverness: mountains are perfect trees, the largest first.
fn plain_root(count: u64) -> Digest {
    fn peak(first: u64, size: u64) -> Digest {
        match size {
            1 => sha256(&[b"yufu/history-leaf/v1", &first.to_be_bytes(), &digest(first)]),
            _ => {
                sha256(&[b"yufu/history-node/v1", &peak(first, size / 2), &peak(first + size / 2, size / 2)])
            }
        }
    }
    let (mut first, mut peaks) = (0, Vec::new());
    for size in (0..64).rev().map(|bit| 1u64 << bit).filter(|size| count & size != 0) {
        peaks.push(peak(first, size));
        first += size;
    }
    sha256(&[b"yufu/history-root/v1", &count.to_be_bytes(), peaks.as_flattened()])
}

#[test]
fn the_root_is_what_the_definition_says() {
    for count in 0..70 {
        assert_eq!(history(count).0.root(), plain_root(count), "{count} headers");
    }
}

#[test]
fn every_header_of_a_history_is_proven_and_nothing_else() {
    for count in [1, 2, 3, 7, 8, 11, 64, 100] {
        let (peaks, nodes) = history(count);
        let root = peaks.root();
        for position in 0..count {
            let path = path(&nodes, count, position).unwrap();
            assert_eq!(path.verify(&root, count, position, &digest(position)), Ok(()));
            assert_eq!(path.verify(&root, count, position, &digest(position + 1)), Err(PathError));
            assert_eq!(path.verify(&root, count + 1, position, &digest(position)), Err(PathError));
            assert_eq!(path.verify(&[0; 32], count, position, &digest(position)), Err(PathError));
            for other in (0..=count).filter(|other| *other != position) {
                assert_eq!(path.verify(&root, count, other, &digest(position)), Err(PathError));
            }
        }
        assert_eq!(path(&nodes, count, count), None);
    }
}

#[test]
fn a_path_longer_or_shorter_than_the_history_demands_is_refused() {
    let (peaks, nodes) = history(11);
    let bytes = path(&nodes, 11, 4).unwrap().to_bytes();
    assert_eq!(bytes.len(), 1 + 3 * 32 + 1 + 2 * 32);
    for length in 0..bytes.len() {
        assert_eq!(Path::from_bytes(&bytes[..length]), Err(Malformed));
    }
    assert_eq!(Path::from_bytes(&[&bytes[..], &[0]].concat()), Err(Malformed));
    let longer = Path::from_bytes(&[&[4][..], &bytes[1..97], &[0; 32], &bytes[97..]].concat()).unwrap();
    assert_eq!(longer.verify(&peaks.root(), 11, 4, &digest(4)), Err(PathError));
    let without_peaks = Path::from_bytes(&[&bytes[..97], &[0]].concat()).unwrap();
    assert_eq!(without_peaks.verify(&peaks.root(), 11, 4, &digest(4)), Err(PathError));
    assert_eq!(Path::from_bytes(&[65]), Err(Malformed));
}

#[test]
fn no_byte_of_a_path_can_change() {
    let (peaks, nodes) = history(11);
    let bytes = path(&nodes, 11, 9).unwrap().to_bytes();
    for i in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[i] ^= 1;
        let holds = Path::from_bytes(&changed)
            .is_ok_and(|path| path.verify(&peaks.root(), 11, 9, &digest(9)).is_ok());
        assert!(!holds, "byte {i}");
    }
}

proptest! {
    #[test]
    fn peaks_survive_their_bytes_and_go_on(count in 0u64..300, more in 0u64..20) {
        let (peaks, _) = history(count);
        let mut again = Peaks::from_bytes(&peaks.to_bytes()).unwrap();
        prop_assert_eq!(&again, &peaks);
        for height in count..count + more {
            again.append(&digest(height));
        }
        prop_assert_eq!(again.root(), history(count + more).0.root());
    }

    #[test]
    fn what_is_read_is_written_the_same(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(path) = Path::from_bytes(&bytes) {
            prop_assert_eq!(path.to_bytes(), bytes.clone());
            let _ = path.verify(&[0; 32], u64::MAX, 5, &[0; 32]);
        }
        if let Ok(peaks) = Peaks::from_bytes(&bytes) {
            prop_assert_eq!(peaks.to_bytes(), bytes);
        }
    }
}
