//! Cascades: at most 256 leaves a transaction, the rest queued and drained.

use crate::support::*;
use yufu_core::{
    crypto::Signer,
    registry::{Operation, RecordKey, RejectReason, RevocationReason},
};
use yufu_registry::state::CascadeQueue;

/// An issuer with this many open lists, all of key 3.
fn with_lists(network: &mut Network, count: u32) -> Actor {
    let mut issuer = network.issuer(3);
    let operations: Vec<_> = (0..count)
        .map(|list| {
            let signed = network.signed(&issuer, open_list(&issuer, list, 3));
            issuer.nonce += 1;
            signed
        })
        .collect();
    network.block(&operations).unwrap();
    issuer
}

fn closed(network: &Network, issuer: &Actor, count: u32) -> u32 {
    let lists = 0..count;
    lists.map(|list| u32::from(network.grant(issuer, list).unwrap().accredited_to < START + YEAR)).sum()
}

#[test]
fn a_small_cascade_is_part_of_its_transaction() {
    let mut network = Network::new();
    let issuer = with_lists(&mut network, 240);
    network.govern(suspend(issuer.id)).unwrap();
    assert_eq!(closed(&network, &issuer, 240), 240);
    let report = network.chain.committed().audit().unwrap();
    assert_eq!((report.grants, report.queued), (240, 0));
}

#[test]
fn a_larger_cascade_waits_in_the_state_and_drains_before_user_transactions() {
    let mut network = Network::new();
    let mut issuer = with_lists(&mut network, 1300);
    network.govern(suspend(issuer.id)).unwrap();
    assert_eq!(closed(&network, &issuer, 1300), 0);
    let report = network.chain.committed().audit().unwrap();
    assert_eq!((report.grants, report.queued), (0, 1300));
    let queue: CascadeQueue = network.record(&RecordKey::CascadeQueue).unwrap();
    assert_eq!(queue, CascadeQueue { first: 0, next: 1 });

    // A block looks at 1,024; a publication that comes in between is derived from what holds now.
    network.act(&mut issuer, publish(1299, 1)).unwrap();
    let after_one = closed(&network, &issuer, 1300);
    assert!((1024..=1025).contains(&after_one), "{after_one}");
    assert!(network.grant(&issuer, 1299).unwrap().accredited_to < START + YEAR);
    network.chain.committed().audit().unwrap();

    // What waits survives a restart.
    let mut network = network.reopen();
    network.block(&[]).unwrap();
    assert_eq!(closed(&network, &issuer, 1300), 1300);
    let report = network.chain.committed().audit().unwrap();
    assert_eq!((report.grants, report.queued), (1300, 0));
    let queue: CascadeQueue = network.record(&RecordKey::CascadeQueue).unwrap();
    assert_eq!(queue, CascadeQueue { first: 1, next: 1 });
    let version = network.grant(&issuer, 1299).unwrap().version;
    assert_eq!(version, 1);
}

#[test]
fn cascades_queue_behind_each_other_and_end_in_what_holds_last() {
    let mut network = Network::new();
    let mut issuer = with_lists(&mut network, 300);
    let revocation = Operation::RevokeKey {
        thumbprint: credential_key(3).verifying_key().thumbprint(),
        reason: RevocationReason::KeyCompromise,
        compromised_since: Some(START_MS),
    };
    let suspension = network.signed(&network.authority, suspend(issuer.id));
    network.authority.nonce += 1;
    let reinstatement = network.signed(&network.authority, reinstate(issuer.id));
    network.authority.nonce += 1;
    let block = [suspension, network.signed(&issuer, revocation), reinstatement];
    issuer.nonce += 1;
    network.block(&block).unwrap();
    let queue: CascadeQueue = network.record(&RecordKey::CascadeQueue).unwrap();
    assert_eq!(queue, CascadeQueue { first: 0, next: 3 });
    assert_eq!(network.chain.committed().audit().unwrap().queued, 300);
    network.block(&[]).unwrap();
    assert_eq!(closed(&network, &issuer, 300), 0);
    let grant = network.grant(&issuer, 299).unwrap();
    assert_eq!(grant.key_revocation.unwrap().compromised.unwrap().issued_root, [0; 32]);
    assert_eq!(network.chain.committed().audit().unwrap().queued, 0);
    assert_eq!(network.act(&mut issuer, publish(300, 1)), Err(RejectReason::UnknownList));
}
