use super::{ISSUER, MINUTE, START, did_record, light_client::client, network};
use crate::{
    did::yufu::IssuerId,
    registry::{
        CertificateError, DidRecord, LightClientError, Listing, ListingError, MAX_LISTING, Malformed,
        ProofError, Record, RecordError, RecordKey, test_network::TestNetwork,
    },
};
use proptest::prelude::*;

const DID: &str = "did:web:residents.yufu.example";

fn with_record(record: &DidRecord) -> TestNetwork {
    let mut network = network(4);
    network.trust.insert(&RecordKey::Did { issuer: ISSUER }, record.to_bytes());
    for n in 10..40 {
        network.trust.insert(&RecordKey::Did { issuer: IssuerId([n; 20]) }, vec![1, 2, 3]);
    }
    network
}

fn listing(network: &mut TestNetwork, issuer: IssuerId) -> Listing {
    let signed = network.next_signed(START + MINUTE, 1);
    let key = RecordKey::Did { issuer };
    let record = network.trust.get(&key).unwrap().to_vec();
    Listing::new(signed, issuer, record, network.trust.prove(&key))
}

#[test]
fn a_listing_proves_whose_the_did_is_with_no_network() {
    let mut network = with_record(&did_record());
    let bytes = listing(&mut network, ISSUER).to_bytes().unwrap();
    let mut client = client(&network);
    let listed = client.verify_listing(&bytes, DID, START + MINUTE).unwrap();
    assert_eq!((listed.issuer, listed.header.time_ms()), (ISSUER, START + MINUTE));
    assert_eq!(client.newest().unwrap().header(), &listed.header);
    assert!(bytes.len() < 1_000, "{} bytes", bytes.len());
}

#[test]
fn refuses_a_did_that_the_record_does_not_list_to_the_letter() {
    let mut network = with_record(&did_record());
    let bytes = listing(&mut network, ISSUER).to_bytes().unwrap();
    let mut client = client(&network);
    for other in
        ["did:web:residents.yufu.example:x", "did:web:RESIDENTS.yufu.example", "did:web:other.example"]
    {
        assert_eq!(client.verify_listing(&bytes, other, START + MINUTE), Err(ListingError::NotListed));
    }
}

#[test]
fn refuses_an_issuer_at_its_end() {
    let ended = DidRecord { deactivated_at_ms: Some(START), ..did_record() };
    let mut network = with_record(&ended);
    let bytes = listing(&mut network, ISSUER).to_bytes().unwrap();
    assert_eq!(client(&network).verify_listing(&bytes, DID, START + MINUTE), Err(ListingError::Ended));
}

#[test]
fn refuses_a_record_that_was_changed_or_is_of_another_issuer() {
    let mut network = with_record(&did_record());
    let honest = listing(&mut network, ISSUER);
    let mut client = client(&network);
    let mut ask = |listing: Listing| client.verify_listing(&listing.to_bytes().unwrap(), DID, START + MINUTE);
    let forged = DidRecord { also_known_as: vec![DID.into()], nonce: 9, ..did_record() };
    let bad = |error| Err(ListingError::Header(LightClientError::BadProof(error)));
    let Listing { signed_header, issuer, record, proof } = honest;
    let changed = Listing::new(signed_header.clone(), issuer, forged.to_bytes(), proof.clone());
    assert_eq!(ask(changed), bad(ProofError::Root));
    let stolen = Listing::new(signed_header.clone(), IssuerId([9; 20]), record, proof.clone());
    assert_eq!(ask(stolen), bad(ProofError::Root));
    let no_record = listing(&mut network, IssuerId([12; 20]));
    assert_eq!(ask(no_record), Err(ListingError::BadRecord(RecordError::Malformed)));
}

#[test]
fn refuses_a_header_of_another_network_or_of_too_few_validators() {
    let mut network = with_record(&did_record());
    let mut other = TestNetwork::new(4, 99, START);
    other.trust = network.trust.clone();
    let foreign = listing(&mut other, ISSUER).to_bytes().unwrap();
    let mut client = client(&network);
    let header = |error| Err(ListingError::Header(error));
    assert_eq!(client.verify_listing(&foreign, DID, START + MINUTE), header(LightClientError::WrongNetwork));
    let Listing { issuer, record, proof, .. } = listing(&mut network, ISSUER);
    let next = network.next_header(START + 2 * MINUTE, 2);
    let forged = Listing::new(network.certify_by(&next, &[0]), issuer, record, proof).to_bytes().unwrap();
    let quorum = LightClientError::BadCertificate(CertificateError::Quorum);
    assert_eq!(client.verify_listing(&forged, DID, START + 2 * MINUTE), header(quorum));
}

#[test]
fn refuses_a_header_that_is_no_anchor() {
    let mut network = with_record(&did_record());
    let Listing { issuer, record, proof, .. } = listing(&mut network, ISSUER);
    let between = network.next_signed(START + 2 * MINUTE, 0);
    let bytes = Listing::new(between, issuer, record, proof).to_bytes().unwrap();
    let asked = client(&network).verify_listing(&bytes, DID, START + 2 * MINUTE);
    assert_eq!(asked, Err(ListingError::NotAnAnchor));
}

#[test]
fn the_bytes_are_one_form_alone() {
    let mut network = with_record(&did_record());
    let bytes = listing(&mut network, ISSUER).to_bytes().unwrap();
    assert_eq!(Listing::from_bytes(&bytes).unwrap().to_bytes().unwrap(), bytes);
    for end in 0..bytes.len() {
        assert_eq!(Listing::from_bytes(&bytes[..end]), Err(Malformed), "{end}");
    }
    let longer = [&bytes[..], &[0]].concat();
    assert_eq!(Listing::from_bytes(&longer), Err(Malformed));
    let other_version = [&[2], &bytes[1..]].concat();
    assert_eq!(Listing::from_bytes(&other_version), Err(Malformed));
    assert_eq!(Listing::from_bytes(&vec![1; MAX_LISTING + 1]), Err(Malformed));
    let mut large = listing(&mut network, ISSUER);
    large.record = vec![0; MAX_LISTING];
    assert_eq!(large.to_bytes(), Err(Malformed));
}

proptest! {
    #[test]
    fn a_changed_bit_never_verifies(at in 0usize..4_000, bit in 0u8..8) {
        let mut network = with_record(&did_record());
        let mut bytes = listing(&mut network, ISSUER).to_bytes().unwrap();
        let at = at % bytes.len();
        bytes[at] ^= 1 << bit;
        prop_assert!(client(&network).verify_listing(&bytes, DID, START + MINUTE).is_err());
    }
}
