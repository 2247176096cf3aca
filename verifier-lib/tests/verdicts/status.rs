//! `expired`, `not_yet_valid`, `revoked`, `suspended`, and a status too old to say.

use super::*;
use yufu_core::{
    status::{INVALID, SUSPENDED},
    time::{DAY, start_of_day},
};
use yufu_verifier::LocalLimits;

/// The outcome for a credential with this entry, published `published_ago_ms` and anchored
/// `anchored_ago_ms` before now.
fn with_status(value: u8, published_ago_ms: u64, anchored_ago_ms: u64) -> Outcome {
    let mut world = World::new();
    let held = world.issue();
    world.agency.set_status(INDEX, value);
    world.agency.publish(NOW_MS - published_ago_ms);
    world.agency.grant.valid_until = NOW + DAY;
    world.register();
    let header = world.anchor(NOW_MS - anchored_ago_ms);
    let staple = world.staple_at(&header, INDEX, false);
    let code = world.code(&held, Some(&staple));
    let limits =
        LocalLimits { max_status_age_s: Some(60), max_header_age_s: Some(40), ..LocalLimits::default() };
    world.verifier.verify_show_code(&code, &age18(), &limits, NOW_MS)
}

#[test]
fn a_credential_past_its_last_second_is_expired() {
    let mut world = World::new();
    let held = world.issue_with(INDEX, |claims| {
        claims.insert("iat".into(), (start_of_day(NOW) - DAY).into());
        claims.insert("exp".into(), start_of_day(NOW).into());
    });
    let staple = world.staple(&held);
    let code = world.code(&held, Some(&staple));
    assert_refused(&world.verdict(&code), Reason::CredentialExpired);
}

#[test]
fn a_credential_whose_first_second_has_not_come_is_not_yet_valid() {
    let mut world = World::new();
    let held = world.issue_with(INDEX, |claims| {
        claims.insert("nbf".into(), (start_of_day(NOW) + DAY).into());
    });
    let staple = world.staple(&held);
    let code = world.code(&held, Some(&staple));
    assert_refused(&world.verdict(&code), Reason::CredentialNotYetValid);
}

#[test]
fn an_expired_credential_is_expired_though_its_staple_is_stale() {
    // A counter a month later: whatever else is old by then, the first failure is the date.
    let mut world = World::new();
    let held = world.issue();
    let staple = world.staple(&held);
    let later = NOW + 30 * DAY;
    let code = world.code_with(&held, Some(&staple), |c| c.iat = later);
    let outcome = world.verifier.verify_show_code(&code, &age18(), &LocalLimits::default(), later * 1000);
    assert_refused(&outcome, Reason::CredentialExpired);
}

#[test]
fn a_revoked_credential_is_revoked() {
    assert_refused(&with_status(INVALID, 10_000, 1_000), Reason::CredentialRevoked);
}

#[test]
fn a_revocation_is_believed_however_old_its_publication() {
    assert_refused(&with_status(INVALID, 70_000, 50_000), Reason::CredentialRevoked);
}

#[test]
fn a_suspended_credential_is_suspended() {
    assert_refused(&with_status(SUSPENDED, 10_000, 1_000), Reason::CredentialSuspended);
}

#[test]
fn a_suspension_published_too_long_ago_is_unknown() {
    assert_refused(&with_status(SUSPENDED, 60_001, 1_000), Reason::StatusStale);
}

#[test]
fn a_value_that_nobody_defined_is_unknown() {
    assert_refused(&with_status(3, 10_000, 1_000), Reason::UnknownStatusValue);
}

#[test]
fn a_status_or_header_older_than_the_limit_is_unknown_and_tells_its_age() {
    assert_valid(&with_status(0, 60_000, 40_000));
    let outcome = with_status(0, 60_001, 40_000);
    assert_refused(&outcome, Reason::StatusStale);
    assert_eq!(outcome.status_age_ms, Some(60_001));
    let outcome = with_status(0, 60_000, 40_001);
    assert_refused(&outcome, Reason::HeaderStale);
    assert_eq!(outcome.header_age_ms, Some(40_001));
}

#[test]
fn a_counter_cannot_widen_the_preset_s_limits() {
    let mut world = World::new();
    let held = world.issue();
    world.agency.publish(NOW_MS - 86_400_001);
    world.agency.grant.valid_until = NOW + DAY;
    world.register();
    let staple = world.staple(&held);
    let code = world.code(&held, Some(&staple));
    let wide = LocalLimits { max_status_age_s: Some(u64::MAX), ..LocalLimits::default() };
    let outcome = world.verifier.verify_show_code(&code, &age18(), &wide, NOW_MS);
    assert_refused(&outcome, Reason::StatusStale);
}

#[test]
fn a_publication_that_its_issuer_no_longer_vouches_for_is_unknown() {
    let mut world = World::new();
    let held = world.issue();
    world.agency.grant.valid_until = NOW;
    world.register();
    let staple = world.staple(&held);
    let code = world.code(&held, Some(&staple));
    assert_refused(&world.verdict(&code), Reason::StatusExpired);
}

#[test]
fn a_reinstated_credential_is_valid_again() {
    let mut world = World::new();
    let held = world.issue();
    let mut said = Vec::new();
    for (value, ms) in [(SUSPENDED, NOW_MS - 3_000), (0, NOW_MS - 2_000)] {
        world.agency.set_status(INDEX, value);
        world.agency.publish(ms);
        world.register();
        let header = world.anchor(ms + 500);
        let staple = world.staple_at(&header, INDEX, false);
        let code = world.code(&held, Some(&staple));
        said.push(world.verdict(&code).verdict);
    }
    assert_eq!(said, [Verdict::Suspended, Verdict::Valid]);
}
