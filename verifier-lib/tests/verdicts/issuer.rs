//! `issuer_not_accredited` and `key_not_valid_at_signing`.

use super::*;
use yufu_core::{
    registry::StatusEncoding,
    time::{DAY, start_of_day},
};

/// The outcome for a common credential after `change` to what the registry says of the agency.
fn after(change: impl FnOnce(&mut Agency)) -> Outcome {
    let mut world = World::new();
    let held = world.issue();
    change(&mut world.agency);
    world.register();
    let staple = world.staple(&held);
    let code = world.code(&held, Some(&staple));
    world.verdict(&code)
}

#[test]
fn a_credential_from_before_the_accreditation_is_not_accredited() {
    let outcome = after(|agency| agency.grant.accredited_from = start_of_day(NOW) + DAY);
    assert_refused(&outcome, Reason::OutsideAccreditation);
}

#[test]
fn a_credential_of_the_very_day_of_accreditation_is_accepted() {
    assert_valid(&after(|agency| agency.grant.accredited_from = NOW - 60));
}

#[test]
fn a_suspended_issuer_is_not_accredited_by_the_header_s_time() {
    assert_refused(&after(|agency| agency.grant.accredited_to = NOW - 1), Reason::AccreditationEnded);
    // The header is a second old: what ends only now had not ended for it.
    assert_valid(&after(|agency| agency.grant.accredited_to = NOW));
}

#[test]
fn a_credential_dated_after_the_accreditation_s_end_is_not_accredited() {
    let mut world = World::new();
    world.agency.grant.accredited_to = start_of_day(NOW) + DAY;
    world.register();
    let held = world.issue_with(INDEX, |claims| {
        claims.insert("iat".into(), (start_of_day(NOW) + DAY).into());
    });
    let staple = world.staple(&held);
    let code = world.code(&held, Some(&staple));
    assert_refused(&world.verdict(&code), Reason::OutsideAccreditation);
}

#[test]
fn a_key_that_the_list_was_not_opened_for_was_not_valid() {
    let mut world = World::new();
    let thief = key(66);
    world.agency.leaf = leaf(&thief, &world.agency.did.clone());
    let genuine = std::mem::replace(&mut world.agency.key, thief);
    let held = world.issue();
    world.agency.key = genuine;
    let staple = world.staple(&held);
    let code = world.code(&held, Some(&staple));
    assert_refused(&world.verdict(&code), Reason::KeyNotOfList);
}

#[test]
fn a_key_outside_its_validity_on_the_day_of_issue_was_not_valid() {
    let late = after(|agency| agency.grant.key_valid_from = start_of_day(NOW) + DAY);
    assert_refused(&late, Reason::OutsideKeyValidity);
    let early = after(|agency| agency.grant.key_valid_to = start_of_day(NOW));
    assert_refused(&early, Reason::OutsideKeyValidity);
    assert_valid(&after(|agency| agency.grant.key_valid_to = start_of_day(NOW) + 1));
}

#[test]
fn a_key_revoked_before_the_day_of_issue_was_not_valid_and_one_revoked_since_was() {
    let before = after(|agency| agency.revoke_key((start_of_day(NOW) - 1) * 1000, None));
    assert_refused(&before, Reason::KeyRevoked);
    assert_valid(&after(|agency| agency.revoke_key(NOW_MS - 10_000, None)));
}

#[test]
fn after_a_compromise_a_recorded_credential_with_its_path_stays_valid() {
    let mut world = World::new();
    let held = world.issue();
    world.agency.revoke_key(NOW_MS - 10_000, Some(NOW_MS - 20_000));
    world.register();
    let header = world.anchor(NOW_MS - 1_000);
    let staple = world.staple_at(&header, INDEX, true);
    let code = world.code(&held, Some(&staple));
    assert_valid(&world.verdict(&code));
}

#[test]
fn after_a_compromise_a_forgery_under_an_earlier_date_and_an_unused_index_is_refused() {
    let mut world = World::new();
    world.issue();
    world.agency.revoke_key(NOW_MS - 10_000, Some(NOW_MS - 20_000));
    world.register();
    let forged = world.issue_with(INDEX + 1, |claims| {
        claims.insert("iat".into(), (start_of_day(NOW) - 3 * DAY).into());
    });
    let header = world.anchor(NOW_MS - 1_000);
    for path in [false, true] {
        let staple = world.staple_at(&header, INDEX + 1, path);
        let code = world.code(&forged, Some(&staple));
        assert_refused(&world.verdict(&code), Reason::CompromisedAndUnrecorded);
    }
}

#[test]
fn after_a_compromise_a_forgery_at_a_recorded_index_is_refused() {
    let mut world = World::new();
    world.issue();
    world.agency.revoke_key(NOW_MS - 10_000, Some(NOW_MS - 20_000));
    world.register();
    let forged = world.issue_with(INDEX, |claims| {
        claims.insert("name_zh".into(), "李四".into());
    });
    let header = world.anchor(NOW_MS - 1_000);
    let staple = world.staple_at(&header, INDEX, true);
    let code = world.code(&forged, Some(&staple));
    assert_refused(&world.verdict(&code), Reason::CompromisedAndUnrecorded);
}

#[test]
fn a_grant_for_the_other_encoding_is_another_list() {
    let outcome = after(|agency| agency.grant.encoding = StatusEncoding::Bitstring);
    assert_refused(&outcome, Reason::OtherList);
}
