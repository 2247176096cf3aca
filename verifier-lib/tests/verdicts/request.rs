//! `request_not_answered`.

use super::*;
use serde_json::json;
use yufu_core::presentation::preset::{KeyLevel, Preset};
use yufu_verifier::LocalLimits;

/// What a counter that asks `asked` says of a code made for `consented`.
fn asked(
    change: impl FnOnce(&mut serde_json::Map<String, serde_json::Value>),
    consented: &Preset,
    asked: &Preset,
    limits: LocalLimits,
) -> Outcome {
    let mut world = World::new();
    let held = world.issue_with(INDEX, change);
    let staple = world.staple(&held);
    let audience = world.printed.audience();
    let code = world.code_with(&held, Some(&staple), |c| {
        c.preset = consented.clone();
        c.audience = audience;
    });
    world.verifier.verify_show_code(&code, asked, &limits, NOW_MS)
}

/// age18 with other members.
fn age18_with(change: impl FnOnce(&mut serde_json::Value)) -> Preset {
    let mut document: serde_json::Value =
        serde_json::from_str(include_str!("../../../core/src/presentation/presets/age18.json")).unwrap();
    change(&mut document);
    Preset::parse(&document.to_string()).unwrap()
}

#[test]
fn a_code_made_for_another_preset_does_not_answer() {
    let outcome = asked(|_| {}, &age18(), &identity(), LocalLimits::default());
    assert_refused(&outcome, Reason::OtherPreset);
    // Even the same question under another purpose is another question.
    let other = age18_with(|d| d["purpose"]["en"] = json!("To draw up statistics"));
    assert_refused(&asked(|_| {}, &age18(), &other, LocalLimits::default()), Reason::OtherPreset);
}

#[test]
fn a_credential_of_another_type_does_not_answer() {
    let other =
        age18_with(|d| d["types"] = json!(["https://transport.yufu.example/types/driving-licence/1"]));
    assert_refused(&asked(|_| {}, &other, &other, LocalLimits::default()), Reason::OtherType);
}

#[test]
fn a_missing_claim_does_not_answer() {
    // A phone that leaves one claim out, and signs for the preset all the same.
    let mut world = World::new();
    let held = world.issue();
    let staple = world.staple(&held);
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    let extra = json!({
        "preset": URL_SAFE_NO_PAD.encode(age18().digest()),
        "anchor": URL_SAFE_NO_PAD.encode(staple.header),
    });
    let audience = age18().class_audience().unwrap().to_string();
    let binding = yufu_core::credential::sd_jwt::KeyBinding {
        aud: &audience,
        nonce: "AAAAAAAAAAAAAAAAAAAAAA",
        iat: NOW,
        extra: extra.as_object().unwrap(),
    };
    for (left_out, reason) in [(0, Reason::ClaimMissing), (1, Reason::ClaimMissing)] {
        let mut paths = age18().paths();
        paths.remove(left_out);
        let text =
            yufu_core::credential::sd_jwt::present(&held.compact, &paths, &binding, &world.holder).unwrap();
        let form = yufu_core::presentation::show_code::LeafForm::Whole;
        let code = yufu_core::presentation::show_code::pack_presentation(&text, &staple.bytes, form).unwrap();
        assert_refused(&world.verdict(&code), reason);
    }
}

#[test]
fn a_value_that_is_not_the_one_asked_for_does_not_answer() {
    let minor = |claims: &mut serde_json::Map<String, serde_json::Value>| {
        claims.insert("age_equal_or_over".into(), json!({"16": true, "18": false}));
    };
    assert_refused(&asked(minor, &age18(), &age18(), LocalLimits::default()), Reason::ValueNotAccepted);
}

#[test]
fn a_face_that_is_no_picture_or_too_large_does_not_answer() {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let large = [&portrait_small()[..], &[0]].concat();
    for face in
        [json!("not base64!"), json!(STANDARD.encode(b"text")), json!(STANDARD.encode(large)), json!(7)]
    {
        let outcome = asked(
            |claims| {
                claims.insert("portrait_small".into(), face.clone());
            },
            &age18(),
            &age18(),
            LocalLimits::default(),
        );
        assert_refused(&outcome, Reason::FaceMissing);
    }
}

#[test]
fn a_face_in_a_data_url_is_a_face() {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let face = format!("data:image/webp;base64,{}", STANDARD.encode(portrait_small()));
    let outcome = asked(
        |claims| {
            claims.insert("portrait_small".into(), face.into());
        },
        &age18(),
        &age18(),
        LocalLimits::default(),
    );
    assert_valid(&outcome);
    assert_eq!(outcome.portrait_small, Some(portrait_small()));
}

#[test]
fn a_key_kept_less_well_than_the_counter_or_the_preset_needs_does_not_answer() {
    let level = |level| LocalLimits { key_level: Some(level), ..LocalLimits::default() };
    assert_valid(&asked(|_| {}, &age18(), &age18(), level(KeyLevel::Hardware)));
    let outcome = asked(|_| {}, &age18(), &age18(), level(KeyLevel::StrongBox));
    assert_refused(&outcome, Reason::KeyLevelTooLow);
    let strict = age18_with(|d| d["key_level"] = json!("strong_box"));
    let outcome = asked(|_| {}, &strict, &strict, level(KeyLevel::Software));
    assert_refused(&outcome, Reason::KeyLevelTooLow);
    let unknown = |claims: &mut serde_json::Map<String, serde_json::Value>| {
        claims.remove("key_level");
    };
    let outcome = asked(unknown, &age18(), &age18(), level(KeyLevel::Software));
    assert_refused(&outcome, Reason::KeyLevelTooLow);
}

#[test]
fn every_shipped_preset_reads_and_has_its_own_digest() {
    let shipped = Preset::shipped();
    let ids: Vec<_> = shipped.iter().map(Preset::id).collect();
    assert_eq!(ids, ["age18", "age65", "identity", "address", "driving"]);
    let digests: std::collections::BTreeSet<_> = shipped.iter().map(Preset::digest).collect();
    assert_eq!(digests.len(), shipped.len());
}
