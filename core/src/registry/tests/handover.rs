//! Following the network from one epoch's validators to the next one's.

use super::{MINUTE, START, light_client::client, network};
use crate::registry::{
    Handover, Header, LightClient, LightClientError, MAX_HANDOVER, Malformed, OVERLAP_MS,
    test_network::TestNetwork,
};
use proptest::prelude::*;

#[test]
fn follows_a_handover_at_the_epochs_last_height_alone() {
    let mut network = network(1);
    let next = TestNetwork::new(4, 8, START).key().set.clone();
    let length = network.key().epoch_length;
    let header = network.next_header(START + 1, 1);
    let last = Header { height: length - 1, next_set: next.hash(), ..header };
    let mut client = client(&network);
    let mut follow =
        |header: &Header, set| client.follow(&Handover::new(network.certify(header), set), START);
    assert_eq!(follow(&header, next.clone()), Err(LightClientError::NoHandover));
    let early = Header { height: length - 2, ..last };
    assert_eq!(follow(&early, next.clone()), Err(LightClientError::NoHandover));
    let old_set = network.key().set.clone();
    assert_eq!(follow(&last, old_set), Err(LightClientError::NoHandover));
    follow(&last, next.clone()).unwrap();
    // The same handover leads nowhere from there.
    assert_eq!(follow(&last, next), Err(LightClientError::NoHandover));
    assert_eq!((client.key().epoch, client.operators()), (1, 4));
    // The old validators certify nothing in the new epoch.
    let old = network.certify(&Header { height: length, epoch: 1, ..last });
    assert_eq!(client.verify_header(&old, START), Err(LightClientError::WrongSet));
    assert_eq!(client.now_ms(START), START + 1);
}

#[test]
fn refuses_a_handover_that_came_folded() {
    let mut network = network(1);
    let mut client = client(&network);
    let handover = network.hand_over(4, 8, START + 1);
    let folded = Handover::new(handover.last().clone().fold(), handover.next().clone());
    assert_eq!(client.follow(&folded, START), Err(LightClientError::Folded));
}

#[test]
fn refuses_a_handover_that_too_few_have_signed() {
    let mut network = network(4);
    let mut client = client(&network);
    let next = TestNetwork::new(4, 8, START).key().set.clone();
    let header = network.next_header(START + 1, 0);
    let last = Header { height: network.key().epoch_length - 1, next_set: next.hash(), ..header };
    let handover = Handover::new(network.certify_by(&last, &[0, 1]), next);
    let refused = client.follow(&handover, START);
    assert!(matches!(refused, Err(LightClientError::BadCertificate(_))), "{refused:?}");
    assert_eq!(client.key().epoch, 0);
}

/// A phone that slept through several changes follows one after the other, and cannot leave one out.
#[test]
fn follows_several_epochs_in_their_order() {
    let mut network = network(4);
    let mut phone = client(&network);
    let mut late = client(&network);
    let handovers = [(7, 20), (5, 21), (4, 22)].map(|(n, seed)| network.hand_over(n, seed, START + seed));
    let newest = network.next_signed(START + MINUTE, 9);
    assert_eq!(phone.verify_header(&newest, START), Err(LightClientError::WrongEpoch));
    assert_eq!(late.follow(&handovers[1], START), Err(LightClientError::WrongEpoch));
    for handover in &handovers {
        phone.follow(handover, START).unwrap();
    }
    assert_eq!(phone.key(), network.key());
    phone.verify_header(&newest, START).unwrap();
    let again = LightClient::from_bytes(&phone.to_bytes().unwrap()).unwrap();
    assert_eq!(again.key(), network.key());
}

#[test]
fn believes_headers_of_the_epoch_before_for_a_day_and_not_longer() {
    let mut network = network(1);
    let mut client = client(&network);
    let staple = network.next_signed(START + 1, 1).fold();
    let handover = network.hand_over(4, 8, START + MINUTE);
    client.follow(&handover, START + MINUTE).unwrap();
    let end = START + MINUTE + OVERLAP_MS;
    client.verify_header(&staple, end).unwrap();
    assert_eq!(client.verify_header(&staple, end + 1), Err(LightClientError::WrongEpoch));
    // It is kept over a restart, and ends with the next epoch.
    let mut again = LightClient::from_bytes(&client.to_bytes().unwrap()).unwrap();
    again.verify_header(&staple, end).unwrap();
    again.follow(&network.hand_over(4, 9, START + 2 * MINUTE), START + 2 * MINUTE).unwrap();
    assert_eq!(again.verify_header(&staple, START + 2 * MINUTE), Err(LightClientError::WrongEpoch));
}

#[test]
fn a_second_last_header_of_an_epoch_is_a_conflict_after_it_too() {
    let mut network = network(1);
    let mut client = client(&network);
    let old = network.key().clone();
    let first = network.next_header(START + 1, 0);
    let next = TestNetwork::new(1, 8, START).key().set.clone();
    let last = Header { height: old.epoch_length - 1, next_set: next.hash(), ..first };
    let other = network.certify(&Header { trust_root: [7; 32], ..last });
    client.follow(&Handover::new(network.certify(&last), next), START).unwrap();
    assert_eq!(client.verify_header(&other, START), Err(LightClientError::NetworkConflict));
    assert_eq!(client.conflict().unwrap().second(), &other);
}

#[test]
fn a_handover_survives_its_bytes_and_nothing_else_does() {
    let handover = network(4).hand_over(4, 8, START);
    let bytes = handover.to_bytes().unwrap();
    // What a phone loads for each epoch that it slept through: 290 bytes and the certificate, and 176 a
    // validator.
    assert_eq!(bytes.len(), 2 + handover.last().to_bytes().len() + 2 + 4 * 176);
    assert_eq!(Handover::from_bytes(&bytes).unwrap(), handover);
    for cut in 0..bytes.len() {
        assert_eq!(Handover::from_bytes(&bytes[..cut]), Err(Malformed), "{cut}");
    }
    assert_eq!(Handover::from_bytes(&[&bytes[..], &[0]].concat()), Err(Malformed));
    assert_eq!(Handover::from_bytes(&vec![0; MAX_HANDOVER + 1]), Err(Malformed));
}

proptest! {
    #[test]
    fn no_bytes_make_a_handover_panic(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        let _ = Handover::from_bytes(&bytes);
    }
}
