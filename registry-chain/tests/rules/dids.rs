//! Registration, pre-rotation, deactivation.

use crate::support::*;
use yufu_core::{
    crypto::Signer,
    registry::{DidRecord, Operation, RecordKey, RejectReason},
};

#[test]
fn refuses_an_id_that_does_not_follow_from_its_keys() {
    let mut network = Network::new();
    let victim = Actor::new(3);
    let mut thief = Actor::new(4);
    let registration = thief.register();
    thief.id = victim.id;
    assert_eq!(network.act(&mut thief, registration), Err(RejectReason::WrongInception));
}

#[test]
fn refuses_a_registration_signed_by_another_key_than_it_begins_with() {
    let mut network = Network::new();
    let actor = Actor::new(3);
    let signed = network.transaction(&actor, actor.register()).sign(actor.next()).unwrap();
    assert_eq!(network.send(&signed), Err(RejectReason::WrongKey));
}

#[test]
fn refuses_a_registration_that_does_not_begin_at_nonce_0() {
    let mut network = Network::new();
    let mut actor = Actor::new(3);
    actor.nonce = 1;
    let registration = actor.register();
    assert_eq!(network.act(&mut actor, registration), Err(RejectReason::WrongNonce));
}

#[test]
fn refuses_a_next_key_that_is_the_control_key() {
    let mut network = Network::new();
    let mut actor = Actor::new(3);
    let control_key = actor.control().verifying_key().clone();
    let next_key = control_key.thumbprint();
    actor.id = yufu_core::did::yufu::IssuerId::from_inception(&control_key, &next_key);
    let registration =
        Operation::RegisterDid { control_key, next_key, also_known_as: vec![], services: vec![] };
    assert_eq!(network.act(&mut actor, registration), Err(RejectReason::KeyInUse));
}

#[test]
fn control_rotates_to_the_committed_key_alone_and_the_old_state_stays() {
    let mut network = Network::new();
    let mut actor = network.registered(3);
    let rotation = actor.rotation();
    // The control key itself, which a thief may have.
    assert_eq!(network.act(&mut actor, rotation.clone()), Err(RejectReason::WrongKey));
    // A key that was not committed to, though it signs.
    let uncommitted =
        Operation::RotateControl { new_key: actor.keys[2].verifying_key().clone(), next_key: digest("next") };
    let signed = network.transaction(&actor, uncommitted).sign(&actor.keys[2]).unwrap();
    assert_eq!(network.send(&signed), Err(RejectReason::WrongKey));
    // The committed key signs for another to take control.
    let other =
        Operation::RotateControl { new_key: actor.keys[2].verifying_key().clone(), next_key: digest("next") };
    assert_eq!(network.act_by_next(&mut actor, other), Err(RejectReason::WrongKey));

    network.act_by_next(&mut actor, rotation).unwrap();
    let update = Operation::UpdateDid { also_known_as: vec![], services: vec![] };
    assert_eq!(network.act(&mut actor, update.clone()), Err(RejectReason::WrongKey));
    actor.current = 1;
    network.act(&mut actor, update).unwrap();

    let old: DidRecord = network.record(&RecordKey::DidHistory { issuer: actor.id, version: 0 }).unwrap();
    assert_eq!(&old.control_key, actor.keys[0].verifying_key());
    let new: DidRecord = network.record(&RecordKey::Did { issuer: actor.id }).unwrap();
    assert_eq!((&new.control_key, new.version, new.nonce), (actor.keys[1].verifying_key(), 2, 3));
}

#[test]
fn a_key_that_signs_credentials_never_controls() {
    let mut network = Network::new();
    let mut actor = network.registered(3);
    for key in [&actor.keys[0], &actor.keys[1]] {
        let operation = add_key(key);
        let signed = network.signed(&actor, operation);
        assert_eq!(network.send(&signed), Err(RejectReason::KeyInUse));
    }
    network.act(&mut actor, add_key(&credential_key(3))).unwrap();
    let rotation = Operation::RotateControl {
        new_key: actor.next().verifying_key().clone(),
        next_key: credential_key(3).verifying_key().thumbprint(),
    };
    assert_eq!(network.act_by_next(&mut actor, rotation), Err(RejectReason::KeyInUse));
    let to_itself = Operation::RotateControl {
        new_key: actor.next().verifying_key().clone(),
        next_key: actor.next().verifying_key().thumbprint(),
    };
    assert_eq!(network.act_by_next(&mut actor, to_itself), Err(RejectReason::KeyInUse));
    let back = Operation::RotateControl {
        new_key: actor.next().verifying_key().clone(),
        next_key: actor.control().verifying_key().thumbprint(),
    };
    assert_eq!(network.act_by_next(&mut actor, back), Err(RejectReason::KeyInUse));
}

#[test]
fn a_deactivated_did_does_nothing_more_and_its_grants_close() {
    let mut network = Network::new();
    let mut issuer = network.issuer(3);
    let open = open_list(&issuer, 1, 3);
    network.act(&mut issuer, open).unwrap();
    assert_eq!(network.grant(&issuer, 1).unwrap().accredited_to, START + YEAR);
    network.act(&mut issuer, Operation::DeactivateDid).unwrap();
    assert_eq!(network.grant(&issuer, 1).unwrap().accredited_to, network.now_ms / 1000);
    assert_eq!(network.act(&mut issuer, publish(1, 1)), Err(RejectReason::Deactivated));
    assert_eq!(network.govern(accredit(issuer.id, LICENCE, 3)), Err(RejectReason::Deactivated));
    let again = issuer.register();
    issuer.nonce = 0;
    assert_eq!(network.act(&mut issuer, again), Err(RejectReason::AlreadyExists));
    network.chain.committed().audit().unwrap();
}
