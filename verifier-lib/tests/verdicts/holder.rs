//! `holder_not_proven`, `wrong_audience`, `replayed`, `code_stale`.

use super::*;
use yufu_core::{
    credential::sd_jwt::{self, KeyBinding},
    crypto::Signer,
    presentation::show_code::{LeafForm, UnverifiedShowCode, pack_presentation},
};
use yufu_verifier::{LocalLimits, NonceId, NonceLog, NonceLogError, Verifier};

fn read(code: &[u8]) -> UnverifiedShowCode {
    UnverifiedShowCode::decode(code, &|_| None).unwrap()
}

fn pack(presentation: &str, staple: &[u8]) -> Vec<u8> {
    pack_presentation(presentation, staple, LeafForm::Whole).unwrap()
}

/// A code whose key binding has these claims beside `sd_hash`.
fn bound(world: &World, held: &Held, staple: &Stapling, nonce: &str, extra: serde_json::Value) -> Vec<u8> {
    let extra = extra.as_object().unwrap();
    let audience = age18().class_audience().unwrap().to_string();
    let binding = KeyBinding { aud: &audience, nonce, iat: NOW, extra };
    let text = sd_jwt::present(&held.compact, &age18().paths(), &binding, &world.holder).unwrap();
    pack(&text, &staple.bytes)
}

#[test]
fn a_key_binding_by_another_key_does_not_prove_the_holder() {
    let mut world = World::new();
    let held = world.issue();
    let staple = world.staple(&held);
    let good = world.code(&held, Some(&staple));
    let good = read(&good);
    let (signing_input, _) = good.presentation().rsplit_once('.').unwrap();
    let (_, binding) = signing_input.rsplit_once('~').unwrap();
    let signature = key(67).sign(binding.as_bytes()).unwrap();
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    let forged = format!("{signing_input}.{}", URL_SAFE_NO_PAD.encode(signature));
    assert_refused(&world.verdict(&pack(&forged, &staple.bytes)), Reason::HolderSignature);
}

#[test]
fn a_key_binding_of_another_presentation_does_not_prove_the_holder() {
    let mut world = World::new();
    let held = world.issue();
    let staple = world.staple(&held);
    let code = world.code(&held, Some(&staple));
    let code = read(&code);
    // One disclosure less than the holder signed for.
    let mut parts: Vec<&str> = code.presentation().split('~').collect();
    parts.remove(parts.len() - 2);
    assert_refused(&world.verdict(&pack(&parts.join("~"), &staple.bytes)), Reason::OtherPresentation);
}

#[test]
fn a_code_dressed_with_a_newer_staple_than_the_holder_signed_for_is_refused() {
    let mut world = World::new();
    let held = world.issue();
    let old = world.staple(&held);
    let code = world.code(&held, Some(&old));
    let header = world.anchor(NOW_MS - 500);
    let newer = world.staple_at(&header, INDEX, false);
    let dressed = pack(read(&code).presentation(), &newer.bytes);
    assert_refused(&world.verdict(&dressed), Reason::OtherAnchor);
}

#[test]
fn a_key_binding_that_names_no_anchor_is_refused() {
    let mut world = World::new();
    let held = world.issue();
    let staple = world.staple(&held);
    let nonce = "AAAAAAAAAAAAAAAAAAAAAA";
    let code = bound(&world, &held, &staple, nonce, serde_json::json!({}));
    assert_refused(&world.verdict(&code), Reason::OtherAnchor);
    let code = bound(&world, &held, &staple, nonce, serde_json::json!({"anchor": 7}));
    assert_refused(&world.verdict(&code), Reason::MalformedKeyBinding);
}

#[test]
fn a_nonce_of_fewer_bits_than_128_is_refused() {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    let mut world = World::new();
    let held = world.issue();
    let staple = world.staple(&held);
    let anchor = URL_SAFE_NO_PAD.encode(staple.header);
    let code = bound(&world, &held, &staple, "AAAA", serde_json::json!({"anchor": anchor}));
    assert_refused(&world.verdict(&code), Reason::MalformedKeyBinding);
}

#[test]
fn a_credential_bound_to_no_key_does_not_prove_the_holder() {
    let mut world = World::new();
    let held = world.issue();
    let staple = world.staple(&held);
    // The same claims issued to nobody, with the key binding of the holder's own credential.
    let claims = world.claims(INDEX);
    let request = sd_jwt::IssueSdJwt {
        claims: &claims,
        disclosable: &disclosable(),
        holder: None,
        x5c: std::slice::from_ref(&world.agency.leaf),
        decoys_to_multiple_of: 0,
    };
    let random = yufu_core::random::SeededRandom::new(5);
    let bearer = sd_jwt::issue(&request, &world.agency.key, &random).unwrap();
    let code = world.code(&held, Some(&staple));
    let (_, binding) =
        read(&code).presentation().rsplit_once('~').map(|(a, b)| (a.len(), b.to_owned())).unwrap();
    let jwt = bearer.compact.split('~').next().unwrap();
    let outcome = world.verdict(&pack(&format!("{jwt}~{binding}"), &staple.bytes));
    assert_refused(&outcome, Reason::NoHolderKey);
}

#[test]
fn a_code_for_another_counter_or_class_has_the_wrong_audience() {
    let mut world = World::new();
    let held = world.issue();
    let staple = world.staple(&held);
    for audience in ["yufu-class:age65", "yufu-counter:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
        let code = world.code_with(&held, Some(&staple), |c| c.audience = audience.parse().unwrap());
        assert_refused(&world.verdict(&code), Reason::OtherAudience);
    }
}

#[test]
fn a_preset_of_grade_counter_takes_no_code_for_a_class() {
    let mut world = World::new();
    let held = world.issue();
    let staple = world.staple(&held);
    let limits = LocalLimits::default();
    let class = world.code_with(&held, Some(&staple), |c| c.preset = identity());
    let outcome = world.verifier.verify_show_code(&class, &identity(), &limits, NOW_MS);
    assert_refused(&outcome, Reason::OtherAudience);
    let audience = world.printed.audience();
    let own = world.code_with(&held, Some(&staple), |c| {
        c.preset = identity();
        c.audience = audience;
    });
    let outcome = world.verifier.verify_show_code(&own, &identity(), &limits, NOW_MS);
    assert_valid(&outcome);
    assert_eq!(outcome.fields.len(), 5);
}

#[test]
fn an_accepted_code_shown_again_is_replayed_even_when_it_has_grown_old() {
    let mut world = World::new();
    let held = world.issue();
    let staple = world.staple(&held);
    let code = world.code(&held, Some(&staple));
    assert_valid(&world.verdict(&code));
    assert_refused(&world.verdict(&code), Reason::NonceUsed);
    let later = world.verifier.verify_show_code(&code, &age18(), &LocalLimits::default(), NOW_MS + 600_000);
    assert_refused(&later, Reason::NonceUsed);
}

#[test]
fn a_code_refused_for_the_counter_s_own_reasons_may_be_shown_again() {
    let mut world = World::new();
    let held = world.issue();
    let staple = world.staple(&held);
    let code = world.code(&held, Some(&staple));
    let behind =
        world.verifier.verify_show_code(&code, &age18(), &LocalLimits::default(), NOW_MS - 3_600_000);
    assert_refused(&behind, Reason::HeaderAhead);
    assert_valid(&world.verdict(&code));
}

#[test]
fn another_s_nonce_seen_on_his_screen_cannot_be_used_up_for_him() {
    let mut world = World::new();
    let held = world.issue();
    let staple = world.staple(&held);
    let nonce = world.next_nonce();
    let victim = world.code_with(&held, Some(&staple), |c| c.nonce = nonce);
    world.holder = key(21);
    let mine = world.issue_with(INDEX + 1, |_| {});
    let header = world.anchor(NOW_MS - 500);
    let staple = world.staple_at(&header, INDEX + 1, false);
    let same = world.code_with(&mine, Some(&staple), |c| c.nonce = nonce);
    assert_valid(&world.verdict(&same));
    assert_valid(&world.verdict(&victim));
}

#[test]
fn a_code_is_stale_after_a_minute_and_when_dated_ahead() {
    for (iat, expected) in [
        (NOW - 60, None),
        (NOW - 61, Some(Reason::CodeTooOld)),
        (NOW + 15, None),
        (NOW + 16, Some(Reason::CodeAhead)),
        (u64::MAX / 1000, Some(Reason::CodeAhead)),
    ] {
        let mut world = World::new();
        let held = world.issue();
        let staple = world.staple(&held);
        let code = world.code_with(&held, Some(&staple), |c| c.iat = iat);
        let outcome = world.verdict(&code);
        assert_eq!(outcome.reason, expected, "{iat}");
        assert_eq!(outcome.verdict == Verdict::Valid, expected.is_none());
    }
}

struct BrokenLog;

impl NonceLog for BrokenLog {
    fn contains(&self, _: &NonceId, _: u64) -> Result<bool, NonceLogError> {
        Ok(false)
    }

    fn insert(&mut self, _: NonceId, _: u64, _: u64) -> Result<(), NonceLogError> {
        Err(NonceLogError(Some(std::io::Error::other("disk full"))))
    }
}

#[test]
fn nothing_is_valid_when_the_log_of_used_codes_cannot_be_written() {
    let mut world = World::new();
    let held = world.issue();
    let staple = world.staple(&held);
    let code = world.code(&held, Some(&staple));
    world.verifier = Verifier::new(config(world.network.key(), &world.printed), Box::new(BrokenLog));
    assert_refused(&world.verdict(&code), Reason::NonceLogUnavailable);
}
