//! Every verdict and every reason, by real signatures and proofs.
#![allow(clippy::unwrap_used)]

mod land;
mod support;

mod file;
mod file_proofs;
mod holder;
mod issuer;
mod learning;
mod reading;
mod registry;
mod request;
mod sizes;
mod status;
mod web_issuer;

use support::*;
use yufu_core::Verdict;
use yufu_verifier::{Check, Outcome, Reason};

/// The outcome is this reason with its verdict, and no claim leaves with it.
#[track_caller]
fn assert_refused(outcome: &Outcome, reason: Reason) {
    assert_eq!(outcome.reason, Some(reason), "{outcome:?}");
    assert_eq!(outcome.verdict, reason.verdict());
    assert_ne!(outcome.verdict, Verdict::Valid);
    assert!(outcome.fields.is_empty() && outcome.portrait_small.is_none());
}

#[track_caller]
fn assert_valid(outcome: &Outcome) {
    assert_eq!((outcome.verdict, outcome.reason), (Verdict::Valid, None), "{outcome:?}");
}

#[test]
fn a_good_code_is_valid_and_shows_exactly_what_was_asked() {
    let mut world = World::new();
    let held = world.issue();
    let staple = world.staple(&held);
    let code = world.code(&held, Some(&staple));
    let outcome = world.verdict(&code);
    assert_valid(&outcome);
    let fields: Vec<_> = outcome.fields.iter().map(|f| (f.path.to_string(), f.value.clone())).collect();
    assert_eq!(fields, [("age_equal_or_over.18".to_owned(), true.into())]);
    assert_eq!(outcome.portrait_small, Some(portrait_small()));
    let issuer = outcome.issuer.unwrap();
    assert_eq!((issuer.zh.as_str(), issuer.en.as_str()), ("云府市居民登记处", "Yufu City Resident Register"));
    assert_eq!(outcome.credential_type.as_deref(), Some(RESIDENT_ID));
    assert_eq!((outcome.header_age_ms, outcome.status_age_ms), (Some(1_000), Some(5_000)));
    assert_eq!(outcome.operators, 4);
    use Check::{HolderBinding, IssuerSignature, IssuerTrust, Policy, Readable, Registry, Request, Status};
    let order = [Readable, IssuerSignature, Registry, IssuerTrust, HolderBinding, Check::Validity, Status];
    assert_eq!(outcome.checked, [&order[..], &[Request, Policy]].concat());
}

#[test]
fn a_code_discloses_nothing_but_the_preset_s_claims() {
    let mut world = World::new();
    let held = world.issue();
    let code = world.code(&held, None);
    let read = yufu_core::presentation::show_code::UnverifiedShowCode::decode(&code, &|_| None).unwrap();
    let unverified = yufu_core::credential::sd_jwt::UnverifiedSdJwt::parse(read.presentation()).unwrap();
    let signed = unverified.verify().unwrap();
    let names: Vec<_> = signed.claims_before_trust().keys().map(String::as_str).collect();
    for held_back in ["family_name", "birth_date", "resident_number", "address", "portrait"] {
        assert!(!names.contains(&held_back), "{held_back} was disclosed");
    }
    assert_eq!(signed.claims_before_trust()["age_equal_or_over"], serde_json::json!({"18": true}));
}

#[test]
fn an_outcome_s_debug_text_and_a_code_s_hold_no_claim() {
    let mut world = World::new();
    let held = world.issue();
    let staple = world.staple(&held);
    let code = world.code(&held, Some(&staple));
    let outcome = world.verdict(&code);
    assert_valid(&outcome);
    assert!(!format!("{outcome:?}").contains("age_equal_or_over"));
    let read = yufu_core::presentation::show_code::UnverifiedShowCode::decode(&code, &|_| None).unwrap();
    assert!(format!("{read:?}").len() < 100);
}
