//! Credential types, relying parties, record streams.

use crate::support::*;
use yufu_core::{
    crypto::{Digest, Signer},
    registry::{EntryRecord, KeyPurpose, Operation, RecordKey, RejectReason, RelyingParty, TypeRecord},
};

#[test]
fn a_types_name_is_not_for_the_taking() {
    let mut network = Network::new();
    let mut stranger = network.registered(4);
    assert_eq!(network.act(&mut stranger, register_type(RESIDENT, 1)), Err(RejectReason::NotAuthorized));
    network.govern(accredit(stranger.id, RESIDENT, 4)).unwrap();
    network.govern(suspend(stranger.id)).unwrap();
    let registration = register_type(RESIDENT, 1);
    assert_eq!(network.act(&mut stranger, registration.clone()), Err(RejectReason::AccreditationSuspended));
    network.govern(withdraw(stranger.id)).unwrap();
    assert_eq!(network.act(&mut stranger, registration), Err(RejectReason::AccreditationWithdrawn));
}

#[test]
fn a_types_versions_follow_each_other_and_belong_to_its_owner() {
    let mut network = Network::new();
    let mut owner = network.issuer(3);
    let mut other = network.registered(4);
    network.govern(accredit(other.id, RESIDENT, 4)).unwrap();
    assert_eq!(network.act(&mut owner, register_type(RESIDENT, 0)), Err(RejectReason::WrongVersion));
    assert_eq!(network.act(&mut owner, register_type(RESIDENT, 3)), Err(RejectReason::WrongVersion));
    assert_eq!(network.act(&mut other, register_type(RESIDENT, 1)), Err(RejectReason::AlreadyExists));
    assert_eq!(network.act(&mut other, register_type(RESIDENT, 2)), Err(RejectReason::NotAuthorized));
    network.act(&mut owner, register_type(RESIDENT, 2)).unwrap();
    let record: TypeRecord = network.record(&RecordKey::Type { vct: RESIDENT.into(), version: 2 }).unwrap();
    assert_eq!(record.owner, owner.id);
}

fn relying_party(verifier: &Actor, keys: Vec<Digest>, valid_to: u64) -> Operation {
    Operation::RegisterRelyingParty {
        verifier: verifier.id,
        name_zh: "银行".into(),
        name_en: "Bank".into(),
        purposes: vec![],
        keys,
        valid_from: START - 10,
        valid_to,
    }
}

#[test]
fn a_relying_party_shows_request_keys_of_its_own() {
    let mut network = Network::new();
    let mut bank = network.registered(5);
    let request = credential_key(50);
    let thumbprint = request.verifying_key().thumbprint();
    let stranger = Actor::new(9);
    let end = START + YEAR;
    assert_eq!(network.govern(relying_party(&stranger, vec![], end)), Err(RejectReason::UnknownDid));
    assert_eq!(network.govern(relying_party(&bank, vec![thumbprint], end)), Err(RejectReason::UnknownKey));
    network.act(&mut bank, add_key(&credential_key(51))).unwrap();
    let signing = credential_key(51).verifying_key().thumbprint();
    assert_eq!(network.govern(relying_party(&bank, vec![signing], end)), Err(RejectReason::WrongPurpose));
    let add = Operation::AddKey {
        key: request.verifying_key().clone(),
        purpose: KeyPurpose::Request,
        valid_from: START,
        valid_to: end,
    };
    network.act(&mut bank, add).unwrap();
    assert_eq!(network.govern(relying_party(&bank, vec![thumbprint], START)), Err(RejectReason::BadInterval));
    network.govern(relying_party(&bank, vec![thumbprint], end)).unwrap();
    let record: RelyingParty = network.record(&RecordKey::RelyingParty { verifier: bank.id }).unwrap();
    assert_eq!(record.keys, [thumbprint]);
}

#[test]
fn a_streams_entries_follow_each_other_and_belong_to_who_began_it() {
    let mut network = Network::new();
    let (mut owner, mut other) = (network.registered(3), network.registered(4));
    let entry = |seq| Operation::AppendEntry { stream: "land/42".into(), seq, digest: digest("deed") };
    assert_eq!(network.act(&mut owner, entry(1)), Err(RejectReason::WrongSequence));
    network.act(&mut owner, entry(0)).unwrap();
    assert_eq!(network.act(&mut owner, entry(0)), Err(RejectReason::WrongSequence));
    assert_eq!(network.act(&mut other, entry(0)), Err(RejectReason::WrongSequence));
    assert_eq!(network.act(&mut other, entry(1)), Err(RejectReason::NotAuthorized));
    assert_eq!(network.act(&mut owner, entry(2)), Err(RejectReason::WrongSequence));
    network.act(&mut owner, entry(1)).unwrap();
    let record: EntryRecord = network.record(&RecordKey::Entry { stream: "land/42".into(), seq: 1 }).unwrap();
    assert_eq!((record.author, record.digest), (owner.id, digest("deed")));
}
