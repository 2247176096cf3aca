//! Network, signature, nonce, expiry, quotas, blocks.

use crate::support::*;
use yufu_core::{
    crypto::Signer,
    registry::{MAX_TRANSACTION, Operation, RecordKey, RejectReason, SignedTransaction, body_digest},
};
use yufu_registry::state::{BlockInputs, CheckError, ExecuteError, OnFailure};

fn update() -> Operation {
    Operation::UpdateDid { also_known_as: vec!["did:web:agency.example".into()], services: vec![] }
}

#[test]
fn refuses_a_transaction_for_another_network() {
    let mut network = Network::new();
    let actor = network.registered(3);
    let mut transaction = network.transaction(&actor, update());
    transaction.network = digest("another");
    let signed = transaction.sign(actor.control()).unwrap();
    assert_eq!(network.send(&signed), Err(RejectReason::WrongNetwork));
}

#[test]
fn refuses_a_signature_over_other_bytes() {
    let mut network = Network::new();
    let mut actor = network.registered(3);
    actor.nonce = 1;
    let mut bytes = network.signed(&actor, update()).to_bytes();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    let signed = SignedTransaction::from_bytes(&bytes).unwrap();
    assert_eq!(network.send(&signed), Err(RejectReason::BadSignature));
}

#[test]
fn refuses_another_authors_key() {
    let mut network = Network::new();
    let (actor, other) = (network.registered(3), network.registered(4));
    let signed = network.transaction(&actor, update()).sign(other.control()).unwrap();
    assert_eq!(network.send(&signed), Err(RejectReason::WrongKey));
}

#[test]
fn refuses_an_author_who_is_not_registered() {
    let mut network = Network::new();
    let mut actor = Actor::new(3);
    assert_eq!(network.act(&mut actor, update()), Err(RejectReason::UnknownAuthor));
}

#[test]
fn refuses_a_nonce_that_is_not_the_next() {
    let mut network = Network::new();
    let mut actor = network.registered(3);
    for nonce in [0, 2] {
        actor.nonce = nonce;
        assert_eq!(network.act(&mut actor, update()), Err(RejectReason::WrongNonce));
    }
    actor.nonce = 1;
    assert_eq!(network.act(&mut actor, update()), Ok(()));
}

#[test]
fn refuses_a_transaction_twice() {
    let mut network = Network::new();
    let actor = network.registered(3);
    let signed = network.signed(&actor, update());
    let twice = [signed.clone(), signed.clone()];
    let block = network.block(&twice);
    assert!(matches!(block, Err(ExecuteError::Refused { index: 1, reason: RejectReason::WrongNonce })));
    network.send(&signed).unwrap();
    assert_eq!(network.send(&signed), Err(RejectReason::WrongNonce));
    let registration = Actor::new(3).register();
    assert_eq!(network.act(&mut Actor::new(3), registration), Err(RejectReason::AlreadyExists));
}

#[test]
fn refuses_a_transaction_whose_time_is_over_or_too_far_ahead() {
    let mut network = Network::new();
    let actor = network.registered(3);
    let week = 7 * 24 * 3_600_000;
    // A block is made a second later than the last.
    let at = network.now_ms + 1000;
    for (expires, reason) in [(at, RejectReason::Expired), (at + 1000 + week + 1, RejectReason::ExpiryTooFar)]
    {
        let mut transaction = network.transaction(&actor, update());
        transaction.expires_at_ms = expires;
        assert_eq!(network.send(&transaction.sign(actor.control()).unwrap()), Err(reason));
    }
    let mut transaction = network.transaction(&actor, update());
    transaction.expires_at_ms = network.now_ms + 1000 + week;
    assert_eq!(network.send(&transaction.sign(actor.control()).unwrap()), Ok(()));
}

#[test]
fn refuses_more_transactions_of_a_did_than_its_quota_until_the_next_slot() {
    let mut network = Network::with(|policy| {
        policy.quotas.did_transactions = 2;
        policy.slot_ms = 1_000_000;
    });
    let mut actor = network.registered(3);
    network.act(&mut actor, update()).unwrap();
    assert_eq!(network.act(&mut actor, update()), Err(RejectReason::QuotaExceeded));
    network.pass(1_000_000);
    assert_eq!(network.act(&mut actor, update()), Ok(()));
}

#[test]
fn refuses_more_bytes_of_a_did_than_its_quota() {
    let mut network = Network::with(|policy| policy.quotas.did_bytes = 1000);
    let mut actor = network.registered(3);
    let long = |n| Operation::UpdateDid {
        also_known_as: vec!["did:web:long.example".repeat(10); n],
        services: vec![],
    };
    assert_eq!(network.act(&mut actor, long(5)), Err(RejectReason::QuotaExceeded));
    assert_eq!(network.act(&mut actor, long(1)), Ok(()));
}

#[test]
fn refuses_more_new_dids_than_a_slot_may_have() {
    let mut network = Network::with(|policy| {
        policy.quotas.registrations = 1;
        policy.slot_ms = 1_000_000;
    });
    network.registered(3);
    let mut late = Actor::new(4);
    let registration = late.register();
    assert_eq!(network.act(&mut late, registration.clone()), Err(RejectReason::QuotaExceeded));
    network.pass(1_000_000);
    assert_eq!(network.act(&mut late, registration), Ok(()));
}

#[test]
fn no_transaction_that_decodes_is_larger_than_the_limit() {
    let network = Network::new();
    let services = (0..16)
        .map(|_| yufu_core::registry::Service { kind: "x".repeat(2000), url: "https://a.example".into() })
        .collect();
    let operation = Operation::UpdateDid { also_known_as: vec![], services };
    let bytes = network.signed(&network.authority, operation).to_bytes();
    assert!(bytes.len() > MAX_TRANSACTION);
    assert!(SignedTransaction::from_bytes(&bytes).is_err());
}

#[test]
fn refuses_a_transaction_larger_than_the_limit() {
    let mut network = Network::new();
    let services =
        vec![yufu_core::registry::Service { kind: "x".repeat(20_000), url: "https://a.example".into() }];
    let signed = network.signed(&network.authority, Operation::UpdateDid { also_known_as: vec![], services });
    assert_eq!(network.send(&signed), Err(RejectReason::TooLarge));
}

#[test]
fn refuses_fields_that_do_not_fit_their_place() {
    let mut network = Network::new();
    let mut actor = network.registered(3);
    let service = |kind: &str, url: &str| yufu_core::registry::Service { kind: kind.into(), url: url.into() };
    let documents = [
        (vec![String::new()], vec![]),
        (vec!["did:web:a b".into()], vec![]),
        (vec!["x".repeat(257)], vec![]),
        (vec!["did:web:a".into(); 17], vec![]),
        (vec![], vec![service("", "https://a.example")]),
        (vec![], vec![service("LinkedDomains", "ftp://a.example")]),
        (vec![], vec![service("LinkedDomains", "https://ä.example")]),
    ];
    for (also_known_as, services) in documents {
        let operation = Operation::UpdateDid { also_known_as, services };
        assert_eq!(network.act(&mut actor, operation), Err(RejectReason::BadField));
    }
    for vct in ["", "http://plain.example/type", "urn:type", "https://a b"] {
        assert_eq!(network.act(&mut actor, register_type(vct, 1)), Err(RejectReason::BadField));
    }
}

#[test]
fn a_block_that_others_propose_is_invalid_when_one_transaction_fails_and_a_proposer_leaves_it_out() {
    let mut network = Network::new();
    let actor = network.registered(3);
    let good = network.signed(&actor, update());
    let mut late = network.transaction(&actor, update());
    late.nonce = 9;
    let bad = late.sign(actor.control()).unwrap();
    let block = [good.clone(), bad.clone()];
    let refused = network.block(&block);
    assert!(matches!(refused, Err(ExecuteError::Refused { index: 1, reason: RejectReason::WrongNonce })));
    let parent = network.chain.tip_digest();
    let inputs = BlockInputs { time_ms: network.now_ms };
    let proposed = network.chain.execute(&parent, inputs, &block, OnFailure::LeaveOut).unwrap();
    assert_eq!(proposed.included, [0]);
    assert_eq!(proposed.refused, [(bad.digest(), RejectReason::WrongNonce)]);
    let verified = network.chain.execute(&parent, inputs, &[good], OnFailure::Refuse).unwrap();
    assert_eq!(verified.header, proposed.header);
}

#[test]
fn a_block_holds_no_more_than_the_policy_allows() {
    let mut network = Network::with(|policy| policy.quotas.block_transactions = 1);
    let (first, second) = (network.registered(3), network.registered(4));
    let block = [network.signed(&first, update()), network.signed(&second, update())];
    let parent = network.chain.tip_digest();
    let inputs = BlockInputs { time_ms: network.now_ms + 1 };
    let refused = network.chain.execute(&parent, inputs, &block, OnFailure::Refuse);
    assert!(matches!(refused, Err(ExecuteError::TooLarge)));
    let proposed = network.chain.execute(&parent, inputs, &block, OnFailure::LeaveOut).unwrap();
    assert_eq!(proposed.included, [0]);
    assert_eq!(proposed.refused, [(block[1].digest(), RejectReason::Busy)]);
}

#[test]
fn a_block_holds_no_more_bytes_than_the_policy_allows() {
    let mut network = Network::with(|policy| policy.quotas.block_bytes = 300);
    let authority = &network.authority;
    let block = [network.signed(authority, update()), network.signed(authority, update())];
    let parent = network.chain.tip_digest();
    let inputs = BlockInputs { time_ms: network.now_ms + 1 };
    let refused = network.chain.execute(&parent, inputs, &block, OnFailure::Refuse);
    assert!(matches!(refused, Err(ExecuteError::TooLarge)));
}

#[test]
fn refuses_a_block_not_after_its_parent_and_one_without_a_known_parent() {
    let mut network = Network::new();
    network.block(&[]).unwrap();
    let inputs = BlockInputs { time_ms: network.now_ms };
    let parent = network.chain.tip_digest();
    let early = network.chain.execute(&parent, inputs, &[], OnFailure::Refuse);
    assert!(matches!(early, Err(ExecuteError::TimeNotAfterParent)));
    let orphan = network.chain.execute(&digest("nobody"), inputs, &[], OnFailure::Refuse);
    assert!(matches!(orphan, Err(ExecuteError::UnknownParent)));
}

#[test]
fn the_body_binds_the_transactions_in_their_order() {
    let mut network = Network::new();
    let (first, second) = (network.registered(3), network.registered(4));
    let (a, b) = (network.signed(&first, update()), network.signed(&second, update()));
    let block = network.block(&[a.clone(), b.clone()]).unwrap();
    assert_eq!(block.header.body, body_digest([&a, &b]));
    assert_ne!(block.header.body, body_digest([&b, &a]));
    assert_ne!(body_digest([&a]), body_digest([]));
    let (height, reader) = (block.header.height, network.chain.committed());
    assert_eq!(reader.transaction_height(&a.digest()).unwrap(), Some(height));
    assert_eq!(reader.transaction_height(&digest("none")).unwrap(), None);
}

#[test]
fn transactions_of_one_author_can_wait_for_each_other() {
    let network = Network::new();
    let mut author = Actor::new(2);
    let first = network.signed(&author, update());
    author.nonce = 1;
    let second = network.signed(&author, update());
    let alone = network.chain.check(&second, network.now_ms);
    assert!(matches!(alone, Err(CheckError::Rejected(RejectReason::WrongNonce))));
    network.chain.check_after(&[&first], &second, network.now_ms).unwrap();
}

#[test]
fn the_first_block_of_each_slot_anchors_it_and_epochs_follow_from_heights() {
    let mut network = Network::with(|policy| policy.epoch_length = 3);
    let headers: Vec<_> = (0..12).map(|_| network.block(&[]).unwrap().header).collect();
    let slots: Vec<u64> = headers.iter().map(|h| h.slot).collect();
    let slot = START_MS / 5000;
    // A second apart, from one second after the start on.
    assert_eq!(slots, [slot, 0, 0, 0, slot + 1, 0, 0, 0, 0, slot + 2, 0, 0]);
    let epochs: Vec<u64> = headers.iter().map(|h| h.epoch).collect();
    assert_eq!(epochs, [0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4]);
    // The next epoch's set is frozen by the first block of the one before.
    let validators = |epoch| network.chain.committed().record(&RecordKey::Validators { epoch }).unwrap();
    assert_eq!(validators(5), validators(0));
    assert_eq!(validators(6), None);
    let set = network.genesis.content().validators.set.hash();
    assert!(headers.iter().all(|h| h.set == set && h.next_set == set));
}

#[test]
fn the_control_key_is_not_taken_from_the_transaction() {
    let mut network = Network::new();
    let actor = network.registered(3);
    // A stranger's key with a valid signature by it, on a transaction in the actor's name.
    let stranger = credential_key(77);
    let signed = network.transaction(&actor, update()).sign(&stranger).unwrap();
    assert!(signed.verify_signature(stranger.verifying_key()).is_ok());
    assert_eq!(network.send(&signed), Err(RejectReason::WrongKey));
}
