//! What the staple proves, or fails to: `status_unknown`, `clock_wrong`, `unknown_issuer`,
//! `issuer_not_accredited` by absence.

use super::*;
use yufu_core::registry::{RecordKey, SignedHeader, StapledFinding, test_network::TestNetwork};

#[test]
fn a_code_without_a_staple_is_status_unknown() {
    let mut world = World::new();
    let held = world.issue();
    let code = world.code(&held, None);
    assert_refused(&world.verdict(&code), Reason::NoStaple);
}

#[test]
fn a_staple_of_other_bytes_is_status_unknown() {
    let mut world = World::new();
    let held = world.issue();
    let mut staple = world.staple(&held);
    staple.bytes.truncate(100);
    let code = world.code(&held, Some(&staple));
    assert_refused(&world.verdict(&code), Reason::MalformedStaple);
}

#[test]
fn a_staple_of_another_list_is_status_unknown() {
    let mut world = World::new();
    let held = world.issue();
    let mine = std::mem::replace(&mut world.agency, Agency::new(10, LIST + 1, 1 << 10));
    world.register();
    let other = world.staple(&held);
    world.agency = mine;
    let code = world.code(&held, Some(&other));
    assert_refused(&world.verdict(&code), Reason::OtherList);
}

#[test]
fn a_staple_of_another_place_in_the_list_is_status_unknown() {
    let mut world = World::new();
    world.agency.set_status(INDEX, yufu_core::status::INVALID);
    world.agency.publish(NOW_MS - 5_000);
    world.register();
    let held = world.issue();
    let header = world.anchor(NOW_MS - 1_000);
    // The neighbour's witness, of another chunk, where everything is well.
    let staple = world.staple_at(&header, INDEX + 512, false);
    let code = world.code(&held, Some(&staple));
    assert_refused(&world.verdict(&code), Reason::BadProof);
}

#[test]
fn a_staple_of_another_network_is_status_unknown() {
    let mut world = World::new();
    let held = world.issue();
    let real = std::mem::replace(&mut world.network, TestNetwork::new(4, 2, NOW_MS - 3_600_000));
    world.register();
    let staple = world.staple(&held);
    world.network = real;
    let code = world.code(&held, Some(&staple));
    assert_refused(&world.verdict(&code), Reason::WrongNetwork);
}

#[test]
fn a_staple_of_an_epoch_that_is_not_known_is_status_unknown() {
    let mut world = World::new();
    let held = world.issue();
    let mut header = world.network.next_header(NOW_MS - 1_000, 1);
    header.epoch = 1;
    let header = world.network.certify(&header);
    let staple = world.staple_at(&header, INDEX, false);
    let code = world.code(&held, Some(&staple));
    assert_refused(&world.verdict(&code), Reason::WrongEpoch);
}

#[test]
fn a_checkpoint_signed_by_too_few_is_forged() {
    let mut world = World::new();
    let held = world.issue();
    let header = world.network.next_header(NOW_MS - 1_000, 1);
    let header = world.network.certify_by(&header, &[0, 1]);
    let staple = world.staple_at(&header, INDEX, false);
    let code = world.code(&held, Some(&staple));
    assert_refused(&world.verdict(&code), Reason::ForgedCheckpoint);
}

#[test]
fn a_checkpoint_with_another_s_certificate_is_forged() {
    let mut world = World::new();
    let held = world.issue();
    let genuine = world.anchor(NOW_MS - 2_000);
    let header = world.network.next_header(NOW_MS - 1_000, 9);
    let forged = SignedHeader::new(&header, genuine.certificate().clone());
    let staple = world.staple_at(&forged, INDEX, false);
    let code = world.code(&held, Some(&staple));
    assert_refused(&world.verdict(&code), Reason::ForgedCheckpoint);
}

#[test]
fn two_certified_headers_of_one_height_are_a_network_conflict_from_then_on() {
    let mut world = World::new();
    let held = world.issue();
    let header = world.network.next_header(NOW_MS - 1_000, 1);
    let mut twin = header;
    twin.body = [9; 32];
    let (header, twin) = (world.network.certify(&header), world.network.certify(&twin));
    let (first, second) = (world.staple_at(&header, INDEX, false), world.staple_at(&twin, INDEX, false));
    let codes = [world.code(&held, Some(&first)), world.code(&held, Some(&second))];
    assert_valid(&world.verdict(&codes[0]));
    assert_refused(&world.verdict(&codes[1]), Reason::NetworkConflict);
    let again = world.code(&held, Some(&first));
    assert_refused(&world.verdict(&again), Reason::NetworkConflict);
    assert!(world.verifier.light_client().conflict().is_some());
}

#[test]
fn a_header_older_than_the_trust_period_is_status_unknown() {
    let mut world = World::new();
    let held = world.issue();
    let header = world.anchor(NOW_MS - 91 * 86_400_000);
    let staple = world.staple_at(&header, INDEX, false);
    let code = world.code(&held, Some(&staple));
    assert_refused(&world.verdict(&code), Reason::CheckpointTooOld);
}

#[test]
fn a_header_that_is_no_anchor_is_status_unknown() {
    let mut world = World::new();
    let held = world.issue();
    let header = world.network.next_signed(NOW_MS - 1_000, 0);
    let staple = world.staple_at(&header, INDEX, false);
    let code = world.code(&held, Some(&staple));
    assert_refused(&world.verdict(&code), Reason::NotAnAnchor);
}

#[test]
fn a_grant_that_does_not_stand_under_the_header_is_a_bad_proof() {
    let mut world = World::new();
    let held = world.issue();
    let header = world.anchor(NOW_MS - 1_000);
    world.agency.grant.key_valid_to += 1;
    world.register();
    let staple = world.staple_at(&header, INDEX, false);
    let code = world.code(&held, Some(&staple));
    assert_refused(&world.verdict(&code), Reason::BadProof);
}

#[test]
fn a_header_more_than_two_minutes_ahead_is_clock_wrong_and_is_not_adopted() {
    let mut world = World::new();
    let held = world.issue();
    let header = world.anchor(NOW_MS + 120_001);
    let staple = world.staple_at(&header, INDEX, false);
    let code = world.code(&held, Some(&staple));
    assert_refused(&world.verdict(&code), Reason::HeaderAhead);
    assert!(world.verifier.light_client().newest().is_none());
    assert_eq!(world.verifier.light_client().now_ms(NOW_MS), NOW_MS);
}

#[test]
fn now_is_the_later_of_the_clock_and_the_newest_header() {
    let mut world = World::new();
    let held = world.issue();
    let header = world.anchor(NOW_MS + 100_000);
    let staple = world.staple_at(&header, INDEX, false);
    // The counter's clock lags by 100 s; the phone's does not.
    let code = world.code_with(&held, Some(&staple), |c| c.iat = NOW + 101);
    assert_valid(&world.verdict(&code));
}

#[test]
fn an_issuer_that_the_registry_proves_absent_is_unknown() {
    let mut world = World::new();
    let held = world.issue();
    let key = world.agency.grant_key();
    world.network.trust.remove(&key);
    let staple = world.staple_unknown_issuer(NOW_MS - 1_000);
    let code = world.code(&held, Some(&staple));
    let outcome = world.verdict(&code);
    assert_refused(&outcome, Reason::AbsentFromRegistry);
    assert_eq!(outcome.header_age_ms, Some(1_000));
}

#[test]
fn an_absence_proven_long_ago_says_nothing_about_today() {
    let mut world = World::new();
    let held = world.issue();
    let staple = world.staple_unknown_issuer(NOW_MS - 25 * 3_600_000);
    let code = world.code(&held, Some(&staple));
    assert_refused(&world.verdict(&code), Reason::HeaderStale);
}

#[test]
fn absence_is_not_proven_for_an_issuer_that_is_there() {
    let mut world = World::new();
    let held = world.issue();
    world.staple_not_accredited(NOW_MS - 2_000);
    let header = world.anchor(NOW_MS - 1_000);
    let other = RecordKey::Did { issuer: Agency::new(30, LIST, 1 << 10).id };
    let proof = world.network.trust.prove(&other);
    let staple = world.stapling(&header, StapledFinding::UnknownIssuer { proof });
    let code = world.code(&held, Some(&staple));
    assert_refused(&world.verdict(&code), Reason::BadProof);
}

#[test]
fn an_issuer_without_accreditation_for_the_type_is_not_accredited() {
    let mut world = World::new();
    let held = world.issue();
    let key = world.agency.grant_key();
    world.network.trust.remove(&key);
    let staple = world.staple_not_accredited(NOW_MS - 1_000);
    let code = world.code(&held, Some(&staple));
    assert_refused(&world.verdict(&code), Reason::NoAccreditation);
}

#[test]
fn an_issuer_whose_name_no_registry_holds_is_unknown() {
    let mut world = World::new();
    world.agency.did = "did:web:residents.example".into();
    world.agency.leaf = leaf(&world.agency.key, "did:web:residents.example");
    let held = world.issue();
    let staple = world.staple(&held);
    let code = world.code(&held, Some(&staple));
    assert_refused(&world.verdict(&code), Reason::ForeignIdentifier);
}

#[test]
fn a_credential_whose_status_names_no_list_is_status_unknown() {
    let mut world = World::new();
    let held = world.issue_with(INDEX, |claims| {
        let uri = "https://residents.yufu.example/status/latest";
        claims.insert("status".into(), serde_json::json!({"status_list": {"idx": INDEX, "uri": uri}}));
    });
    let staple = world.staple(&held);
    let code = world.code(&held, Some(&staple));
    assert_refused(&world.verdict(&code), Reason::NoStatusReference);
}
