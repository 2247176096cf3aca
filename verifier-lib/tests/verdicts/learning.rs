//! What a counter learns from one customer's staple, and keeps.

use super::*;
use std::sync::{Arc, Mutex};
use yufu_core::{registry::Record, status::INVALID};
use yufu_verifier::{
    LocalLimits, MemoryNonceLog, NonceId, NonceLog, NonceLogError, ObserveError, ObservedList, StateError,
    Verifier,
};

#[test]
fn an_older_staple_is_unknown_once_another_s_newer_one_showed_other_contents() {
    let mut world = World::new();
    let held = world.issue();
    let old = world.staple(&held);
    let codes = [world.code(&held, Some(&old)), world.code(&held, Some(&old))];
    assert_valid(&world.verdict(&codes[0]));
    // Meanwhile somebody else was revoked; a third person's code carries the news.
    world.agency.set_status(5, INVALID);
    world.agency.publish(NOW_MS - 800);
    world.register();
    let other = world.issue_with(INDEX + 300, |_| {});
    let header = world.anchor(NOW_MS - 500);
    let newer = world.staple_at(&header, INDEX + 300, false);
    let third = world.code(&other, Some(&newer));
    assert_valid(&world.verdict(&third));
    assert_refused(&world.verdict(&codes[1]), Reason::NewerPublicationKnown);
}

#[test]
fn an_older_staple_still_serves_when_the_newer_publication_has_the_same_contents() {
    let mut world = World::new();
    let held = world.issue();
    let old = world.staple(&held);
    world.agency.publish(NOW_MS - 800);
    world.register();
    let header = world.anchor(NOW_MS - 500);
    let newer = world.staple_at(&header, INDEX, false);
    let codes = [world.code(&held, Some(&newer)), world.code(&held, Some(&old))];
    assert_valid(&world.verdict(&codes[0]));
    assert_valid(&world.verdict(&codes[1]));
}

#[test]
fn a_forger_with_a_staple_from_before_the_compromise_is_unknown_once_the_compromise_is_known() {
    let mut world = World::new();
    let held = world.issue();
    let old = world.staple(&held);
    let forged = world.issue_with(INDEX + 1, |_| {});
    let header = world.anchor(NOW_MS - 900);
    let before = world.staple_at(&header, INDEX + 1, false);
    let _ = old;
    world.agency.revoke_key(NOW_MS - 800, Some(NOW_MS - 850));
    world.register();
    let header = world.anchor(NOW_MS - 500);
    let newer = world.staple_at(&header, INDEX, true);
    let codes = [world.code(&held, Some(&newer)), world.code(&forged, Some(&before))];
    assert_valid(&world.verdict(&codes[0]));
    assert_refused(&world.verdict(&codes[1]), Reason::NewerPublicationKnown);
}

#[test]
fn what_was_learned_survives_a_restart_and_is_bound_to_its_network() {
    let mut world = World::new();
    let held = world.issue();
    let old = world.staple(&held);
    world.agency.set_status(5, INVALID);
    world.agency.publish(NOW_MS - 800);
    world.register();
    let header = world.anchor(NOW_MS - 500);
    let newer = world.staple_at(&header, INDEX, false);
    let codes = [world.code(&held, Some(&newer)), world.code(&held, Some(&old))];
    assert_valid(&world.verdict(&codes[0]));
    let state = world.verifier.state().unwrap();
    let log = || Box::new(MemoryNonceLog::new());
    let mut again = Verifier::resume(config(world.network.key(), &world.printed), &state, log()).unwrap();
    assert_eq!(again.state().unwrap(), state);
    assert_eq!(again.light_client().now_ms(0), NOW_MS - 500);
    let outcome = again.verify_show_code(&codes[1], &age18(), &LocalLimits::default(), NOW_MS);
    assert_refused(&outcome, Reason::NewerPublicationKnown);

    let elsewhere = yufu_core::registry::test_network::TestNetwork::new(4, 2, NOW_MS);
    let other = Verifier::resume(config(elsewhere.key(), &world.printed), &state, log());
    assert!(matches!(other, Err(StateError::OtherNetwork)));
    let cut = Verifier::resume(config(world.network.key(), &world.printed), &state[..50], log());
    assert!(matches!(cut, Err(StateError::Malformed)));
}

/// A log that outlives the verifier, as one on a disk does.
#[derive(Clone, Default)]
struct KeptLog(Arc<Mutex<MemoryNonceLog>>);

impl NonceLog for KeptLog {
    fn contains(&self, id: &NonceId, now_ms: u64) -> Result<bool, NonceLogError> {
        self.0.lock().unwrap().contains(id, now_ms)
    }

    fn insert(&mut self, id: NonceId, until_ms: u64, now_ms: u64) -> Result<(), NonceLogError> {
        self.0.lock().unwrap().insert(id, until_ms, now_ms)
    }
}

#[test]
fn a_code_used_before_a_restart_is_replayed_after_it() {
    let mut world = World::new();
    let held = world.issue();
    let staple = world.staple(&held);
    let code = world.code(&held, Some(&staple));
    let log = KeptLog::default();
    let settings = config(world.network.key(), &world.printed);
    world.verifier = Verifier::new(settings.clone(), Box::new(log.clone()));
    assert_valid(&world.verdict(&code));
    let state = world.verifier.state().unwrap();
    world.verifier = Verifier::resume(settings, &state, Box::new(log)).unwrap();
    assert_refused(&world.verdict(&code), Reason::NonceUsed);
}

#[test]
fn a_used_nonce_is_forgotten_after_its_time() {
    let mut log = MemoryNonceLog::new();
    log.insert([1; 16], 1_000, 0).unwrap();
    assert!(log.contains(&[1; 16], 999).unwrap());
    assert!(!log.contains(&[1; 16], 1_000).unwrap());
    assert!(!log.contains(&[2; 16], 0).unwrap());
}

fn observe(world: &mut World, ms: u64) -> Result<(), ObserveError> {
    let header = world.anchor(ms);
    observe_at(world, &header)
}

fn observe_at(world: &mut World, header: &yufu_core::registry::SignedHeader) -> Result<(), ObserveError> {
    let key = world.agency.grant_key();
    let list = ObservedList {
        signed_header: header,
        context: world.agency.context,
        vct: RESIDENT_ID,
        grant: &world.agency.grant.to_bytes(),
        proof: &world.network.trust.prove(&key),
        array: world.agency.status.array().clone(),
    };
    world.verifier.observe_status_list(list, NOW_MS)
}

#[test]
fn a_counter_that_synced_says_revoked_at_once_to_an_older_staple_and_answers_without_one() {
    let mut world = World::new();
    let held = world.issue();
    let old = world.staple(&held);
    world.agency.set_status(INDEX, INVALID);
    world.agency.publish(NOW_MS - 800);
    world.register();
    observe(&mut world, NOW_MS - 500).unwrap();
    let codes = [world.code(&held, Some(&old)), world.code(&held, None)];
    assert_refused(&world.verdict(&codes[0]), Reason::CredentialRevoked);
    assert_refused(&world.verdict(&codes[1]), Reason::CredentialRevoked);
    let other = world.issue_with(INDEX + 1, |_| {});
    let code = world.code(&other, None);
    assert_valid(&world.verdict(&code));
}

#[test]
fn a_status_list_that_the_registry_does_not_name_is_not_taken() {
    let mut world = World::new();
    world.agency.set_status(INDEX, INVALID);
    assert!(matches!(observe(&mut world, NOW_MS - 500), Err(ObserveError::OtherList)));
    world.agency.publish(NOW_MS - 800);
    // Published, but not in the tree that the header stands for.
    assert!(matches!(observe(&mut world, NOW_MS - 400), Err(ObserveError::LightClient(_))));
}

#[test]
fn a_newer_checkpoint_moves_the_counter_s_now() {
    let mut world = World::new();
    let header = world.anchor(NOW_MS + 30_000);
    world.verifier.observe_checkpoint(&header, NOW_MS).unwrap();
    assert_eq!(world.verifier.light_client().now_ms(NOW_MS), NOW_MS + 30_000);
}
