//! The rules of time, sets and forks as a client keeps them.

use super::{ISSUER, MINUTE, START, did_record, network};
use crate::registry::{
    CLOCK_TOLERANCE_MS, CertificateError, CompactProof, Header, LightClient, LightClientError, Malformed,
    ProofError, Record, RecordKey, SignedHeader, TRUST_PERIOD_MS, VerifiedHeader, history,
    test_network::TestNetwork,
};
use proptest::prelude::*;
use std::collections::HashMap;

pub(super) fn client(network: &TestNetwork) -> LightClient {
    LightClient::new(network.key().clone())
}

#[test]
fn adopts_the_newest_header_and_no_older_one() {
    let mut network = network(4);
    let mut client = client(&network);
    assert_eq!((client.operators(), client.newest()), (4, None));
    let first = network.next_signed(START + MINUTE, 1);
    let second = network.next_signed(START + 2 * MINUTE, 0);
    let verified = client.verify_header(&second, START + 2 * MINUTE).unwrap();
    assert_eq!((verified.height(), verified.time_ms(), verified.slot()), (2, START + 2 * MINUTE, 0));
    assert_eq!(*verified.digest(), second.header().digest());
    client.verify_header(&first, START + 2 * MINUTE).unwrap();
    assert_eq!(client.newest().unwrap().signed_header(), &second);
}

#[test]
fn a_folded_header_is_the_same_header() {
    let mut network = network(4);
    let mut client = client(&network);
    let whole = network.next_signed(START + MINUTE, 1);
    let folded = whole.clone().fold();
    assert_eq!(folded.to_bytes().len(), 1 + 160 + 53);
    let one = client.verify_header(&whole, START).unwrap();
    let other = client.verify_header(&folded, START).unwrap();
    assert_eq!(one.digest(), other.digest());
    assert!(client.conflict().is_none());
}

#[test]
fn refuses_a_header_of_another_network() {
    let (ours, mut theirs) = (network(1), TestNetwork::new(1, 2, START));
    let signed = theirs.next_signed(START + 1, 1);
    assert_eq!(client(&ours).verify_header(&signed, START), Err(LightClientError::WrongNetwork));
}

#[test]
fn refuses_a_header_of_another_epoch_or_set() {
    let mut network = network(1);
    let header = network.next_header(START + 1, 1);
    let mut client = client(&network);
    let mut verify = |header: Header| client.verify_header(&network.certify(&header), START);
    assert_eq!(verify(Header { epoch: 1, ..header }), Err(LightClientError::WrongEpoch));
    let beyond = Header { height: network.key().epoch_length, ..header };
    assert_eq!(verify(beyond), Err(LightClientError::WrongEpoch));
    assert_eq!(verify(Header { set: [0; 32], ..header }), Err(LightClientError::WrongSet));
    verify(header).unwrap();
}

#[test]
fn refuses_a_header_that_no_quorum_certified() {
    let mut network = network(4);
    let mut client = client(&network);
    let header = network.next_header(START + 1, 1);
    let two = network.certify_by(&header, &[0, 1]);
    let refused = client.verify_header(&two, START);
    assert_eq!(refused, Err(LightClientError::BadCertificate(CertificateError::Quorum)));
    let forged = Header { trust_root: [9; 32], ..header };
    let forged = SignedHeader::new(&forged, network.certify(&header).certificate().clone());
    let refused = client.verify_header(&forged, START);
    assert_eq!(refused, Err(LightClientError::BadCertificate(CertificateError::Signature)));
    assert_eq!(client.newest(), None);
}

#[test]
fn no_field_of_a_header_can_change() {
    let mut network = network(1);
    let signed = network.next_signed(START + 1, 1);
    for form in [signed.clone(), signed.fold()] {
        let bytes = form.to_bytes();
        for i in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[i] ^= 1;
            let verified = SignedHeader::from_bytes(&changed)
                .is_ok_and(|signed| client(&network).verify_header(&signed, START).is_ok());
            assert!(!verified, "byte {i}");
        }
    }
}

#[test]
fn a_header_from_the_future_means_a_wrong_clock_and_is_not_adopted() {
    let mut network = network(1);
    let mut client = client(&network);
    let signed = network.next_signed(START + CLOCK_TOLERANCE_MS + 1, 1);
    let refused = client.verify_header(&signed, START);
    assert_eq!(refused, Err(LightClientError::ClockWrong { behind_ms: CLOCK_TOLERANCE_MS + 1 }));
    assert_eq!((client.newest(), client.now_ms(START)), (None, START));
    client.verify_header(&signed, START + 1).unwrap();
}

#[test]
fn a_header_that_is_not_certified_says_nothing_about_the_clock() {
    let mut network = network(4);
    let mut client = client(&network);
    let header = network.next_header(START + 10 * CLOCK_TOLERANCE_MS, 1);
    let refused = client.verify_header(&network.certify_by(&header, &[0]), START);
    assert_eq!(refused, Err(LightClientError::BadCertificate(CertificateError::Quorum)));
}

#[test]
fn now_is_the_later_of_the_clock_and_the_newest_header() {
    let mut network = network(1);
    let mut client = client(&network);
    let time = START + MINUTE;
    client.verify_header(&network.next_signed(time, 1), START).unwrap();
    assert_eq!(client.now_ms(START), time);
    assert_eq!(client.now_ms(time + 5), time + 5);
}

#[test]
fn refuses_a_header_older_than_the_trust_period() {
    let mut network = network(1);
    let signed = network.next_signed(START + 1, 1);
    let mut client = client(&network);
    client.verify_header(&signed, START + 1 + TRUST_PERIOD_MS).unwrap();
    let refused = client.verify_header(&signed, START + 2 + TRUST_PERIOD_MS);
    assert_eq!(refused, Err(LightClientError::TooOld));
}

#[test]
fn two_certified_headers_at_one_height_end_all_trust_and_are_kept() {
    let mut network = network(4);
    let mut client = client(&network);
    let header = network.next_header(START + 1, 1);
    let first = network.certify(&header);
    let second = network.certify(&Header { trust_root: [9; 32], ..header });
    client.verify_header(&first, START).unwrap();
    assert_eq!(client.verify_header(&second, START), Err(LightClientError::NetworkConflict));
    let conflict = client.conflict().unwrap();
    assert_eq!((conflict.first(), conflict.second()), (&first, &second));
    // Nothing is believed any more: neither of the two, nor what comes later.
    let later = network.next_signed(START + 2, 2);
    for signed in [&first, &second, &later] {
        assert_eq!(client.verify_header(signed, START), Err(LightClientError::NetworkConflict));
    }
    let restored = LightClient::from_bytes(&client.to_bytes().unwrap()).unwrap();
    assert_eq!(restored.conflict(), client.conflict());
}

#[test]
fn a_conflict_is_found_with_a_header_kept_from_before() {
    let mut network = network(1);
    let header = network.next_header(START + 1, 1);
    let mut client = client(&network);
    client.verify_header(&network.certify(&header), START).unwrap();
    let mut client = LightClient::from_bytes(&client.to_bytes().unwrap()).unwrap();
    let second = network.certify(&Header { time_ms: START + 2, ..header });
    assert_eq!(client.verify_header(&second, START), Err(LightClientError::NetworkConflict));
}

#[test]
fn a_forged_header_at_a_known_height_is_no_conflict() {
    let mut network = network(4);
    let mut client = client(&network);
    let header = network.next_header(START + 1, 1);
    client.verify_header(&network.certify(&header), START).unwrap();
    let forged = network.certify_by(&Header { trust_root: [9; 32], ..header }, &[0, 1]);
    let refused = client.verify_header(&forged, START);
    assert_eq!(refused, Err(LightClientError::BadCertificate(CertificateError::Quorum)));
    assert!(client.conflict().is_none());
}

#[test]
fn a_certificate_is_checked_even_when_its_header_is_known() {
    let mut network = network(4);
    let mut client = client(&network);
    let header = network.next_header(START + 1, 1);
    client.verify_header(&network.certify(&header), START).unwrap();
    let refused = client.verify_header(&network.certify_by(&header, &[0]), START);
    assert_eq!(refused, Err(LightClientError::BadCertificate(CertificateError::Quorum)));
    client.verify_header(&network.certify_by(&header, &[0, 1, 2]), START).unwrap();
}

pub(super) type Nodes = HashMap<(u8, u64), [u8; 32]>;

/// Headers 1 to 6 and the nodes of the history under the last of them.
pub(super) fn chain(network: &mut TestNetwork) -> (Vec<SignedHeader>, Nodes) {
    let headers: Vec<_> = (1..=6).map(|i| network.next_header(START + i * MINUTE, i)).collect();
    let mut peaks = history::Peaks::new();
    let digests = headers.iter().map(|header| header.parent);
    let nodes = digests.flat_map(|digest| peaks.append(&digest)).map(|n| ((n.level, n.index), n.hash));
    let nodes = nodes.collect();
    assert_eq!(peaks.root(), headers[5].history);
    (headers.iter().map(|header| network.certify(header)).collect(), nodes)
}

#[test]
fn an_old_header_is_proven_by_the_history_of_a_newer_one() {
    let mut network = network(1);
    let (headers, nodes) = chain(&mut network);
    let mut client = client(&network);
    let (older, newer) = (&headers[1], &headers[5]);
    let path = history::Path::build(6, 2, |level, index| nodes.get(&(level, index)).copied()).unwrap();
    let digest = older.header().digest();
    let now = START + 6 * MINUTE;
    client.verify_history(newer, older, &digest, &path, now).unwrap();
    let folded = newer.clone().fold();
    let refused = client.verify_history(&folded, older, &digest, &path, now);
    assert_eq!(refused, Err(LightClientError::Folded));
    let refused = client.verify_history(newer, &headers[2], &digest, &path, now);
    assert_eq!(refused, Err(LightClientError::BadHistory(history::PathError)));
    assert!(client.conflict().is_none(), "a path that anybody can make up is no evidence");
}

#[test]
fn a_history_that_holds_another_header_is_a_conflict() {
    let mut network = network(1);
    let (headers, nodes) = chain(&mut network);
    let mut client = client(&network);
    let now = START + 6 * MINUTE;
    let header = headers[1].header();
    let rest = headers[1].rest().unwrap();
    let other = Header {
        network: header.network,
        height: 2,
        parent: rest.parent,
        time_ms: header.time_ms + 1,
        slot: 2,
        epoch: 0,
        set: header.set,
        next_set: rest.next_set,
        history: rest.history,
        trust_root: header.trust_root,
        records_root: rest.records_root,
        body: rest.body,
    };
    let other = network.certify(&other);
    client.verify_header(&other, now).unwrap();
    let path = history::Path::build(6, 2, |level, index| nodes.get(&(level, index)).copied()).unwrap();
    let refused = client.verify_history(&headers[5], &other, &header.digest(), &path, now);
    assert_eq!(refused, Err(LightClientError::NetworkConflict));
    assert_eq!(client.conflict().unwrap().first(), &other);
}

#[test]
fn proves_records_of_both_trees_present_and_absent() {
    let mut network = network(1);
    let (did, entry) =
        (RecordKey::Did { issuer: ISSUER }, RecordKey::Entry { stream: "land".into(), seq: 0 });
    network.trust.insert(&did, did_record().to_bytes());
    network.trust.insert(&RecordKey::Policy, vec![1, 2]);
    network.records.insert(&entry, vec![1, 3]);
    let signed = network.next_signed(START + 1, 1);
    let mut client = client(&network);
    let header = client.verify_header(&signed, START).unwrap();
    let proof = network.trust.prove(&did);
    let value = did_record().to_bytes();
    client.verify_record(&header, &did, Some(&value), &proof).unwrap();
    let verify = |client: &LightClient, header: &VerifiedHeader, value, proof: &CompactProof| {
        client.verify_record(header, &did, value, proof)
    };
    let other = verify(&client, &header, Some(&value[1..]), &proof);
    assert_eq!(other, Err(LightClientError::BadProof(ProofError::Root)));
    assert_eq!(verify(&client, &header, None, &proof), Err(LightClientError::BadProof(ProofError::Kind)));
    let elsewhere = RecordKey::Validators { epoch: 7 };
    client.verify_record(&header, &elsewhere, None, &network.trust.prove(&elsewhere)).unwrap();
    client.verify_record(&header, &entry, Some(&[1, 3]), &network.records.prove(&entry)).unwrap();
    let folded = client.verify_header(&signed.fold(), START).unwrap();
    let refused = client.verify_record(&folded, &entry, Some(&[1, 3]), &network.records.prove(&entry));
    assert_eq!(refused, Err(LightClientError::Folded));
    let mut theirs = TestNetwork::new(1, 2, START);
    let foreign =
        LightClient::new(theirs.key().clone()).verify_header(&theirs.next_signed(START + 1, 1), START);
    assert_eq!(verify(&client, &foreign.unwrap(), Some(&value), &proof), Err(LightClientError::WrongNetwork));
}

#[test]
fn what_is_kept_comes_back() {
    let mut network = network(1);
    let mut client = client(&network);
    let empty = LightClient::from_bytes(&client.to_bytes().unwrap()).unwrap();
    assert_eq!((empty.key(), empty.newest()), (client.key(), None));
    client.verify_header(&network.next_signed(START + MINUTE, 1), START).unwrap();
    let bytes = client.to_bytes().unwrap();
    let again = LightClient::from_bytes(&bytes).unwrap();
    assert_eq!(again.newest(), client.newest());
    assert_eq!(again.now_ms(0), START + MINUTE);
    for length in (0..bytes.len()).step_by(7) {
        let cut = LightClient::from_bytes(&bytes[..length]);
        assert_eq!(cut.err(), Some(LightClientError::Malformed(Malformed)), "{length}");
    }
    let longer = LightClient::from_bytes(&[&bytes[..], &[0]].concat());
    assert_eq!(longer.err(), Some(LightClientError::Malformed(Malformed)));
    let mut changed = bytes.clone();
    let inside_newest = bytes.len() - 100;
    changed[inside_newest] ^= 1;
    let refused = LightClient::from_bytes(&changed).err();
    assert_eq!(refused, Some(LightClientError::BadCertificate(CertificateError::Signature)));
}

proptest! {
    #[test]
    fn no_bytes_make_the_client_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = LightClient::from_bytes(&[&[2][..], &bytes].concat());
    }
}
