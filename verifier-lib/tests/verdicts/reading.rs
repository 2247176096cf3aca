//! `unreadable` and `tampered`.

use super::*;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use proptest::prelude::*;
use yufu_core::{
    credential::sd_jwt::{self, KeyBinding},
    presentation::show_code::{LeafForm, UnverifiedShowCode, pack_presentation},
    qr::frames,
};

/// The SD-JWT in a code, to be changed and packed again.
fn presentation(code: &[u8]) -> (String, Vec<u8>) {
    let read = UnverifiedShowCode::decode(code, &|_| None).unwrap();
    (read.presentation().to_owned(), read.staple().unwrap_or_default().to_vec())
}

#[test]
fn bytes_that_are_no_code_are_unreadable() {
    let mut world = World::new();
    assert_refused(&world.verdict(b""), Reason::Malformed);
    assert_refused(&world.verdict(b"hello"), Reason::Malformed);
    assert_refused(&world.verdict(&[1; 400]), Reason::Malformed);
}

#[test]
fn a_code_of_another_version_or_with_bytes_behind_it_is_unreadable() {
    let mut world = World::new();
    let held = world.issue();
    let staple = world.staple(&held);
    let code = world.code(&held, Some(&staple));
    let mut other = code.clone();
    other[0] = 2;
    assert_refused(&world.verdict(&other), Reason::Malformed);
    let mut longer = code.clone();
    longer.insert(code.len() - 128, 0);
    assert_refused(&world.verdict(&longer), Reason::Malformed);
    assert_refused(&world.verdict(&code[..code.len() - 1]), Reason::Malformed);
}

#[test]
fn a_code_larger_than_allowed_and_a_bomb_are_too_large() {
    let mut world = World::new();
    assert_refused(&world.verdict(&vec![1; frames::MAX_PAYLOAD + 1]), Reason::TooLarge);
    // 1 MiB of one letter, deflated to a kilobyte.
    let mut compress = flate2::Compress::new(flate2::Compression::best(), false);
    let mut packed = Vec::with_capacity(4096);
    let bomb = vec![b'a'; 1 << 20];
    compress.compress_vec(&bomb, &mut packed, flate2::FlushCompress::Finish).unwrap();
    let mut code = vec![1, 0, 0];
    code.extend_from_slice(&u16::try_from(packed.len()).unwrap().to_be_bytes());
    code.extend_from_slice(&packed);
    code.extend_from_slice(&[0; 128]);
    assert_refused(&world.verdict(&code), Reason::TooLarge);
}

#[test]
fn frames_of_two_codes_mixed_are_unreadable() {
    let mut world = World::new();
    let held = world.issue();
    let (a, b) = (world.code(&held, None), world.code(&held, None));
    let (a, b) = (frames::split(&a, 500).unwrap(), frames::split(&b, 500).unwrap());
    let error = frames::join([a[0].as_str(), &b[1]]).unwrap_err();
    assert_refused(&Outcome::unreadable(error), Reason::MixedFrames);
}

#[test]
fn a_certificate_by_digest_is_unreadable_until_the_counter_holds_it() {
    let mut world = World::new();
    let held = world.issue();
    let staple = world.staple(&held);
    let by_digest = world.code_with(&held, Some(&staple), |c| c.leaf = LeafForm::Digest);
    assert_refused(&world.verdict(&by_digest), Reason::LeafNotHeld);
    let whole = world.code(&held, Some(&staple));
    assert!(by_digest.len() + 100 < whole.len());
    assert_valid(&world.verdict(&whole));
    assert_valid(&world.verdict(&by_digest));
}

#[test]
fn a_credential_of_another_type_of_token_is_unreadable() {
    let mut world = World::new();
    let held = world.issue();
    let code = world.code(&held, None);
    let (text, _) = presentation(&code);
    let (header, rest) = text.split_once('.').unwrap();
    let json = String::from_utf8(URL_SAFE_NO_PAD.decode(header).unwrap()).unwrap();
    let other = URL_SAFE_NO_PAD.encode(json.replace("dc+sd-jwt", "at+jwt"));
    let packed = pack_presentation(&format!("{other}.{rest}"), &[], LeafForm::Whole).unwrap();
    assert_refused(&world.verdict(&packed), Reason::MalformedCredential);
}

#[test]
fn a_credential_without_an_end_is_unreadable_though_its_issuer_signed_it() {
    use yufu_core::crypto::Signer;
    let mut world = World::new();
    let held = world.issue();
    let code = world.code(&held, None);
    let (text, _) = presentation(&code);
    let (header, rest) = text.split_once('.').unwrap();
    let (payload, rest) = rest.split_once('.').unwrap();
    let (_, disclosures) = rest.split_once('~').unwrap();
    let mut claims: serde_json::Value =
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap();
    assert!(claims.as_object_mut().unwrap().remove("exp").is_some());
    let input = format!("{header}.{}", URL_SAFE_NO_PAD.encode(claims.to_string()));
    let signature = URL_SAFE_NO_PAD.encode(world.agency.key.sign(input.as_bytes()).unwrap());
    let endless = format!("{input}.{signature}~{disclosures}");
    let packed = pack_presentation(&endless, &[], LeafForm::Whole).unwrap();
    assert_refused(&world.verdict(&packed), Reason::MalformedCredential);
}

#[test]
fn a_changed_claim_is_tampered() {
    let mut world = World::new();
    let held = world.issue();
    let staple = world.staple(&held);
    let code = world.code(&held, Some(&staple));
    let (text, staple) = presentation(&code);
    // The expiry, which the issuer signed in the open.
    let (header, rest) = text.split_once('.').unwrap();
    let (payload, rest) = rest.split_once('.').unwrap();
    let json = String::from_utf8(URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap();
    let later = json.replacen("\"exp\":17", "\"exp\":19", 1);
    assert_ne!(later, json);
    let forged = format!("{header}.{}.{rest}", URL_SAFE_NO_PAD.encode(later));
    let packed = pack_presentation(&forged, &staple, LeafForm::Whole).unwrap();
    assert_refused(&world.verdict(&packed), Reason::IssuerSignature);
}

#[test]
fn a_changed_disclosure_is_tampered() {
    let mut world = World::new();
    let held = world.issue_with(INDEX, |claims| {
        claims.insert("age_equal_or_over".into(), serde_json::json!({"18": false}));
    });
    let code = world.code(&held, None);
    let (text, _) = presentation(&code);
    let forged: Vec<String> = text
        .split('~')
        .map(|part| match URL_SAFE_NO_PAD.decode(part).map(String::from_utf8) {
            Ok(Ok(json)) if json.ends_with(",\"18\",false]") => {
                URL_SAFE_NO_PAD.encode(json.replace("false", "true"))
            }
            _ => part.to_owned(),
        })
        .collect();
    assert_ne!(forged.join("~"), text);
    let packed = pack_presentation(&forged.join("~"), &[], LeafForm::Whole).unwrap();
    assert_refused(&world.verdict(&packed), Reason::DisclosureNotSigned);
}

#[test]
fn a_credential_under_algorithm_none_is_tampered() {
    let mut world = World::new();
    let held = world.issue();
    let code = world.code(&held, None);
    let (text, _) = presentation(&code);
    let (header, rest) = text.split_once('.').unwrap();
    let json = String::from_utf8(URL_SAFE_NO_PAD.decode(header).unwrap()).unwrap();
    let none = URL_SAFE_NO_PAD.encode(json.replace("ES256", "none"));
    let packed = pack_presentation(&format!("{none}.{rest}"), &[], LeafForm::Whole).unwrap();
    assert_refused(&world.verdict(&packed), Reason::IssuerSignature);
}

#[test]
fn a_presentation_survives_the_payload_byte_for_byte() {
    let mut world = World::new();
    let held = world.issue();
    let staple = world.staple(&held);
    for preset in yufu_core::presentation::preset::Preset::shipped() {
        if preset.types() != [RESIDENT_ID] {
            continue;
        }
        let extra = serde_json::Map::new();
        let binding = KeyBinding { aud: "yufu-class:x", nonce: "n", iat: NOW, extra: &extra };
        let text = sd_jwt::present(&held.compact, &preset.paths(), &binding, &world.holder).unwrap();
        let packed = pack_presentation(&text, &staple.bytes, LeafForm::Whole).unwrap();
        assert_eq!(presentation(&packed), (text, staple.bytes.clone()), "{}", preset.id());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn no_changed_byte_of_a_payload_is_ever_valid(at in any::<prop::sample::Index>(), bit in 0u8..8) {
        thread_local!(static WORLD: (std::cell::RefCell<World>, Vec<u8>) = {
            let mut world = World::new();
            let held = world.issue();
            let staple = world.staple(&held);
            let code = world.code(&held, Some(&staple));
            (std::cell::RefCell::new(world), code)
        });
        WORLD.with(|(world, code)| {
            let mut changed = code.clone();
            changed[at.index(code.len())] ^= 1 << bit;
            let same = UnverifiedShowCode::decode(&changed, &|_| None).ok()
                == UnverifiedShowCode::decode(code, &|_| None).ok();
            let outcome = world.borrow_mut().verdict(&changed);
            // Deflate has unused bits: a change that unpacks to the same presentation is no change.
            assert!(same || outcome.verdict != Verdict::Valid, "{outcome:?}");
        });
    }
}
