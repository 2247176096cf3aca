//! Following the network by a file, without ever asking anybody.

use super::{MINUTE, START, light_client::client, network};
use crate::registry::{
    CertificateError, Followed, Handover, HandoverFile, HandoverFileError, Header, LightClient,
    LightClientError, MAX_HANDOVER_FILE, NetworkKey, TRUST_PERIOD_MS, test_network::TestNetwork,
};
use proptest::prelude::*;

fn file(key: &NetworkKey, handovers: &[Handover]) -> Vec<u8> {
    let mut file = HandoverFile::new(&key.genesis);
    for handover in handovers {
        assert!(file.push(handover).unwrap());
    }
    file.as_bytes().to_vec()
}

/// A network of four that changed three times, a client of its first epoch, and the handovers.
fn changed() -> (TestNetwork, LightClient, [Handover; 3]) {
    let mut network = network(4);
    let client = client(&network);
    let handovers = [(7, 20), (5, 21), (4, 22)].map(|(n, seed)| network.hand_over(n, seed, START + seed));
    (network, client, handovers)
}

/// The whole header that hands over.
fn header(handover: &Handover) -> Header {
    Header::from_bytes(&handover.last().to_bytes()[1..289]).unwrap()
}

/// The file is refused, and the client is as before.
fn refused(client: &LightClient, file: &[u8], clock_ms: u64) -> HandoverFileError {
    let mut tried = client.clone();
    let error = tried.follow_file(file, clock_ms).unwrap_err();
    assert_eq!(tried.to_bytes(), client.to_bytes(), "{error}");
    error
}

#[test]
fn a_file_leads_a_client_through_all_epochs_that_it_slept_through() {
    let (mut network, mut client, handovers) = changed();
    let file = file(network.key(), &handovers);
    assert_eq!(client.follow_file(&file, START), Ok(Followed { from: 0, to: 3 }));
    assert_eq!(client.key(), network.key());
    client.verify_header(&network.next_signed(START + MINUTE, 9), START).unwrap();
}

#[test]
fn what_a_client_knows_already_is_passed_over_and_the_rest_is_followed() {
    let (network, mut client, handovers) = changed();
    client.follow(&handovers[0], START).unwrap();
    let whole = file(network.key(), &handovers);
    assert_eq!(client.follow_file(&whole, START), Ok(Followed { from: 1, to: 3 }));
    let before = client.to_bytes();
    assert_eq!(client.follow_file(&whole, START), Ok(Followed { from: 3, to: 3 }));
    assert_eq!(client.to_bytes(), before);
}

#[test]
fn refuses_a_file_of_another_network_by_its_head_or_by_a_header_in_it() {
    let (network, client, _) = changed();
    let mut other = TestNetwork::new(1, 9, START);
    let foreign = other.hand_over(1, 10, START);
    let of_other = file(other.key(), std::slice::from_ref(&foreign));
    assert_eq!(refused(&client, &of_other, START), HandoverFileError::OtherNetwork);
    let smuggled = file(network.key(), &[foreign]);
    assert_eq!(refused(&client, &smuggled, START), HandoverFileError::OtherNetwork);
}

#[test]
fn refuses_a_file_that_leaves_an_epoch_out_at_its_beginning_or_inside() {
    let (network, client, [first, second, third]) = changed();
    let late = file(network.key(), &[second, third.clone()]);
    assert_eq!(refused(&client, &late, START), HandoverFileError::Gap { known: 0, next: 1 });
    let holed = file(network.key(), &[first, third]);
    assert_eq!(refused(&client, &holed, START), HandoverFileError::Gap { known: 1, next: 2 });
}

#[test]
fn refuses_a_forged_certificate_and_takes_nothing_of_the_handovers_before_it() {
    let (network, client, [first, second, _]) = changed();
    // Others who say that they end the second epoch.
    let mut forgers = TestNetwork::new(7, 99, START);
    let theirs = forgers.hand_over(4, 98, START);
    let claimed = Header { next_set: theirs.next().hash(), ..header(&second) };
    let forgers = TestNetwork::new(7, 99, START);
    let forged = Handover::new(forgers.certify(&claimed), theirs.next().clone());
    let file = file(network.key(), &[first, forged]);
    let reason = LightClientError::BadCertificate(CertificateError::Signature);
    assert_eq!(refused(&client, &file, START), HandoverFileError::NotBelieved { epoch: 1, reason });
}

#[test]
fn refuses_a_handover_to_others_than_the_header_names() {
    let (network, client, [first, _, third]) = changed();
    let file = file(network.key(), &[Handover::new(first.last().clone(), third.next().clone())]);
    let reason = LightClientError::NoHandover;
    assert_eq!(refused(&client, &file, START), HandoverFileError::NotBelieved { epoch: 0, reason });
}

#[test]
fn refuses_handovers_that_are_ahead_of_the_clock_or_older_than_the_trust_period() {
    let (network, client, handovers) = changed();
    let file = file(network.key(), &handovers);
    let reason = LightClientError::ClockWrong { behind_ms: 3 * MINUTE + 20 };
    let early = refused(&client, &file, START - 3 * MINUTE);
    assert_eq!(early, HandoverFileError::NotBelieved { epoch: 0, reason });
    let late = refused(&client, &file, START + 21 + TRUST_PERIOD_MS);
    let reason = LightClientError::TooOld;
    assert_eq!(late, HandoverFileError::NotBelieved { epoch: 0, reason });
}

#[test]
fn a_handover_that_contradicts_a_header_seen_before_is_kept_as_evidence() {
    let (network, mut client, handovers) = changed();
    // The operators of the first epoch signed two last headers of it.
    let other = Header { trust_root: [7; 32], ..header(&handovers[0]) };
    let signed = self::network(4).certify(&other);
    client.verify_header(&signed, START).unwrap();
    let reason = LightClientError::NetworkConflict;
    let file = file(network.key(), &handovers);
    let told = client.follow_file(&file, START);
    assert_eq!(told, Err(HandoverFileError::NotBelieved { epoch: 0, reason }));
    assert_eq!(client.conflict().unwrap().first(), &signed);
    assert_eq!(client.key().epoch, 0);
}

#[test]
fn refuses_what_is_no_file_of_handovers_cut_short_or_longer_than_one_may_be() {
    let (network, client, handovers) = changed();
    let whole = file(network.key(), &handovers[..1]);
    assert!(whole.starts_with(b"yufu-handovers/1"));
    for cut in 0..whole.len() {
        assert_eq!(refused(&client, &whole[..cut], START), HandoverFileError::Malformed, "{cut}");
    }
    let longer = [&whole[..], &[0]].concat();
    assert_eq!(refused(&client, &longer, START), HandoverFileError::Malformed);
    let bare = handovers[0].to_bytes().unwrap();
    assert_eq!(refused(&client, &bare, START), HandoverFileError::Malformed);
    let large = vec![0; MAX_HANDOVER_FILE + 1];
    assert_eq!(refused(&client, &large, START), HandoverFileError::TooLarge);
}

#[test]
fn a_full_file_takes_no_further_handover_and_one_epoch_ends_only_once() {
    let mut network = network(1);
    let client = client(&network);
    let mut file = HandoverFile::new(&network.key().genesis);
    let large = network.hand_over(128, 20, START);
    let mut pushed = 0;
    while file.push(&large).unwrap() {
        pushed += 1;
    }
    assert_eq!(pushed, 45);
    assert!(file.as_bytes().len() <= MAX_HANDOVER_FILE);
    // One epoch does not end twice.
    assert_eq!(refused(&client, file.as_bytes(), START), HandoverFileError::Malformed);
}

#[test]
fn no_flipped_bit_of_a_file_leads_a_client_elsewhere() {
    let (network, client, handovers) = changed();
    let whole = file(network.key(), &handovers);
    for at in (0..whole.len()).step_by(29) {
        let mut flipped = whole.clone();
        flipped[at] ^= 1 << (at % 8);
        refused(&client, &flipped, START);
    }
}

proptest! {
    #[test]
    fn no_bytes_behind_the_head_of_a_file_make_a_client_panic_or_follow(
        bytes in prop::collection::vec(any::<u8>(), 0..600)
    ) {
        let network = network(1);
        let mut file = HandoverFile::new(&network.key().genesis).as_bytes().to_vec();
        file.extend(bytes);
        prop_assert!(client(&network).follow_file(&file, START).is_err());
    }
}
