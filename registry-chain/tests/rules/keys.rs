//! Keys: timelock, cancellation, revocation, compromise.

use crate::support::*;
use yufu_core::{
    crypto::{Digest, Signer},
    registry::{
        Compromise, GrantRevocation, KeyPurpose, KeyRecord, Operation, RecordKey, RejectReason,
        RevocationReason,
    },
};

fn thumbprint(seed: u64) -> Digest {
    credential_key(seed).verifying_key().thumbprint()
}

fn revoke(seed: u64, compromised_since: Option<u64>) -> Operation {
    let reason = match compromised_since {
        Some(_) => RevocationReason::KeyCompromise,
        None => RevocationReason::Superseded,
    };
    Operation::RevokeKey { thumbprint: thumbprint(seed), reason, compromised_since }
}

fn cancel(seed: u64) -> Operation {
    Operation::CancelKey { thumbprint: thumbprint(seed) }
}

#[test]
fn a_key_has_one_purpose_and_is_added_once() {
    let mut network = Network::new();
    let mut actor = network.registered(3);
    network.act(&mut actor, add_key(&credential_key(3))).unwrap();
    assert_eq!(network.act(&mut actor, add_key(&credential_key(3))), Err(RejectReason::AlreadyExists));
    let Operation::AddKey { key, valid_from, valid_to, .. } = add_key(&credential_key(3)) else {
        unreachable!()
    };
    let other = Operation::AddKey { key, purpose: KeyPurpose::Request, valid_from, valid_to };
    assert_eq!(network.act(&mut actor, other), Err(RejectReason::KeyInUse));
}

#[test]
fn refuses_a_key_whose_validity_is_empty_or_over() {
    let mut network = Network::new();
    let mut actor = network.registered(3);
    let key = credential_key(3).verifying_key().clone();
    for (valid_from, valid_to) in [(START, START), (START + 1, START), (START - 10, START)] {
        let operation =
            Operation::AddKey { key: key.clone(), purpose: KeyPurpose::Credential, valid_from, valid_to };
        assert_eq!(network.act(&mut actor, operation), Err(RejectReason::BadInterval));
    }
}

#[test]
fn an_added_key_waits_for_its_timelock_in_which_the_next_key_alone_can_cancel_it() {
    let mut network = Network::with(|policy| policy.timelock_ms = 3_600_000);
    let mut issuer = network.issuer(3);
    let open = open_list(&issuer, 1, 3);
    assert_eq!(network.act(&mut issuer, open.clone()), Err(RejectReason::Timelocked));
    network.act(&mut issuer, add_key(&credential_key(4))).unwrap();
    assert_eq!(network.act(&mut issuer, cancel(4)), Err(RejectReason::WrongKey));
    assert_eq!(network.act_by_next(&mut issuer, cancel(99)), Err(RejectReason::UnknownKey));
    network.act_by_next(&mut issuer, cancel(4)).unwrap();
    assert_eq!(network.act_by_next(&mut issuer, cancel(4)), Err(RejectReason::KeyRevoked));
    let record: KeyRecord =
        network.record(&RecordKey::Key { issuer: issuer.id, thumbprint: thumbprint(4) }).unwrap();
    assert_eq!(record.revocation.unwrap().reason, RevocationReason::Cancelled);

    network.pass(3_600_000);
    assert_eq!(network.act_by_next(&mut issuer, cancel(3)), Err(RejectReason::TooLate));
    network.act(&mut issuer, open).unwrap();
    let cancelled = open_list(&issuer, 2, 4);
    assert_eq!(network.act(&mut issuer, cancelled), Err(RejectReason::KeyRevoked));
}

#[test]
fn refuses_to_revoke_what_is_not_there_or_to_unsay_a_revocation() {
    let mut network = Network::new();
    let mut actor = network.registered(3);
    network.act(&mut actor, add_key(&credential_key(3))).unwrap();
    assert_eq!(network.act(&mut actor, revoke(9, None)), Err(RejectReason::UnknownKey));
    let ahead = network.now_ms + 60_000;
    assert_eq!(network.act(&mut actor, revoke(3, Some(ahead))), Err(RejectReason::BadInterval));
    for (reason, compromised_since) in
        [(RevocationReason::Superseded, Some(START_MS)), (RevocationReason::KeyCompromise, None)]
    {
        let odd = Operation::RevokeKey { thumbprint: thumbprint(3), reason, compromised_since };
        assert_eq!(network.act(&mut actor, odd), Err(RejectReason::BadInterval));
    }
    network.act(&mut actor, revoke(3, None)).unwrap();
    assert_eq!(network.act(&mut actor, revoke(3, None)), Err(RejectReason::KeyRevoked));
    // It turns out to be a compromise, and an older one.
    network.act(&mut actor, revoke(3, Some(START_MS + 500))).unwrap();
    network.act(&mut actor, revoke(3, Some(START_MS))).unwrap();
    for since in [None, Some(START_MS), Some(START_MS + 1)] {
        assert_eq!(network.act(&mut actor, revoke(3, since)), Err(RejectReason::KeyRevoked));
    }
}

#[test]
fn a_revoked_key_opens_no_list_but_its_lists_are_still_published() {
    let mut network = Network::new();
    let mut issuer = network.issuer(3);
    let (first, second) = (open_list(&issuer, 1, 3), open_list(&issuer, 2, 3));
    network.act(&mut issuer, first).unwrap();
    network.act(&mut issuer, revoke(3, None)).unwrap();
    let at_ms = network.now_ms;
    assert_eq!(network.act(&mut issuer, second), Err(RejectReason::KeyRevoked));
    network.act(&mut issuer, publish(1, 1)).unwrap();
    let grant = network.grant(&issuer, 1).unwrap();
    assert_eq!(grant.key_revocation, Some(GrantRevocation { at_ms, compromised: None }));
    assert_eq!(grant.version, 1);
}

#[test]
fn a_compromise_copies_the_last_earlier_issued_root_into_each_grant_of_the_key() {
    let mut network = Network::new();
    let mut issuer = network.issuer(3);
    network.act(&mut issuer, add_key(&credential_key(4))).unwrap();
    for (list, key) in [(1, 3), (2, 4)] {
        let open = open_list(&issuer, list, key);
        network.act(&mut issuer, open).unwrap();
    }
    let mut published = vec![];
    for version in 1..=5 {
        network.act(&mut issuer, publish(1, version)).unwrap();
        published.push(network.now_ms);
    }
    // A list opened after the compromise: nothing in it counts.
    let late = open_list(&issuer, 3, 3);
    network.act(&mut issuer, late).unwrap();

    // Published in the very millisecond is not earlier.
    let since = published[2];
    network.act(&mut issuer, revoke(3, Some(since))).unwrap();
    let compromise = |network: &Network, list| {
        network.grant(&issuer, list).unwrap().key_revocation.and_then(|r| r.compromised)
    };
    let root = |version: u32| digest(&format!("issued 1 {version}"));
    assert_eq!(compromise(&network, 1), Some(Compromise { since, issued_root: root(2) }));
    assert_eq!(compromise(&network, 2), None);
    assert_eq!(compromise(&network, 3), Some(Compromise { since, issued_root: [0; 32] }));

    // What is published later changes the status, not the root that was copied.
    let signed = network.signed(&issuer, publish(1, 6));
    network.send(&signed).unwrap();
    issuer.nonce += 1;
    assert_eq!(network.grant(&issuer, 1).unwrap().version, 6);
    let compromise = |network: &Network, list| {
        network.grant(&issuer, list).unwrap().key_revocation.and_then(|r| r.compromised)
    };
    assert_eq!(compromise(&network, 1), Some(Compromise { since, issued_root: root(2) }));

    let since = published[0] + 1;
    let signed = network.signed(&issuer, revoke(3, Some(since)));
    network.send(&signed).unwrap();
    assert_eq!(
        network.grant(&issuer, 1).unwrap().key_revocation.and_then(|r| r.compromised),
        Some(Compromise { since, issued_root: root(1) })
    );
    network.chain.committed().audit().unwrap();
}
