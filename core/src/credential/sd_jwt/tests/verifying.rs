use super::*;
use crate::crypto::{CertificateError, certificate::MAX_CERTIFICATE};
use proptest::prelude::*;

fn refusal(text: &str) -> SdJwtError {
    verify(text).unwrap_err()
}

/// A claim's disclosure, and its digest.
fn claim(name: &str, value: Value) -> (String, String) {
    let text = disclosure(&json!(["salt", name, value]));
    let digest = digest(&text);
    (text, digest)
}

#[test]
fn an_absent_hash_algorithm_means_sha256() {
    let (text, digest) = claim("name", json!("An"));
    let signed = verify(&forge_claims(json!({ "_sd": [digest] }), &[&text])).unwrap();
    assert_eq!(signed.claims_before_trust()["name"], "An");
    assert!(!signed.claims_before_trust().contains_key("_sd"));
}

#[test]
fn refuses_another_hash_algorithm() {
    for name in [json!("sha-512"), json!("SHA-256"), json!(1)] {
        assert_eq!(refusal(&forge_claims(json!({ "_sd_alg": name }), &[])), SdJwtError::HashAlgorithm);
    }
}

#[test]
fn ignores_digests_without_a_disclosure() {
    let signed = verify(&forge_claims(
        json!({ "_sd": [digest("held back"), digest("decoy")], "list": ["a", { "...": digest("x") }, "b"] }),
        &[],
    ))
    .unwrap();
    assert_eq!(signed.claims_before_trust()["list"], json!(["a", "b"]));
}

#[test]
fn opens_what_lies_inside_what_was_opened() {
    let (street, street_digest) = claim("street", json!("Domstraße"));
    let (address, address_digest) = claim("address", json!({ "_sd": [street_digest], "country": "DE" }));
    let element = disclosure(&json!(["salt", { "_sd": [], "a": 1 }]));
    let text = forge_claims(
        json!({ "_sd": [address_digest], "list": [{ "...": digest(&element) }] }),
        &[&street, &element, &address],
    );
    let signed = verify(&text).unwrap();
    assert_eq!(signed.claims_before_trust()["address"], json!({ "street": "Domstraße", "country": "DE" }));
    assert_eq!(signed.claims_before_trust()["list"], json!([{ "a": 1 }]));
}

#[test]
fn refuses_a_digest_that_stands_twice() {
    let (text, digest) = claim("name", json!("An"));
    let twice = forge_claims(json!({ "_sd": [digest, digest] }), &[&text]);
    assert_eq!(refusal(&twice), SdJwtError::DigestTwice);
    let elsewhere = forge_claims(json!({ "_sd": [digest], "a": { "_sd": [digest] } }), &[&text]);
    assert_eq!(refusal(&elsewhere), SdJwtError::DigestTwice);
    let decoys = forge_claims(json!({ "_sd": [digest], "a": [{ "...": digest }] }), &[]);
    assert_eq!(refusal(&decoys), SdJwtError::DigestTwice);
    let (inner, inner_digest) = claim("x", json!({ "_sd": [digest] }));
    let inside = forge_claims(json!({ "_sd": [digest, inner_digest] }), &[&text, &inner]);
    assert_eq!(refusal(&inside), SdJwtError::DigestTwice);
}

#[test]
fn refuses_a_disclosure_that_nothing_refers_to_or_that_came_twice() {
    let (text, digest) = claim("name", json!("An"));
    let (stray, _) = claim("other", json!(1));
    assert_eq!(
        refusal(&forge_claims(json!({ "_sd": [digest] }), &[&text, &stray])),
        SdJwtError::Unreferenced
    );
    assert_eq!(refusal(&forge_claims(json!({ "_sd": [digest] }), &[&text, &text])), SdJwtError::DigestTwice);
}

#[test]
fn refuses_a_disclosure_whose_only_digest_is_inside_one_held_back() {
    let (street, street_digest) = claim("street", json!("Domstraße"));
    let (_, address_digest) = claim("address", json!({ "_sd": [street_digest] }));
    assert_eq!(
        refusal(&forge_claims(json!({ "_sd": [address_digest] }), &[&street])),
        SdJwtError::Unreferenced
    );
}

#[test]
fn refuses_reserved_names_in_disclosures() {
    for name in ["_sd", "...", "_sd_alg"] {
        let (text, digest) = claim(name, json!([]));
        assert_eq!(refusal(&forge_claims(json!({ "_sd": [digest] }), &[&text])), SdJwtError::ReservedName);
    }
}

#[test]
fn refuses_a_disclosed_claim_that_is_already_there() {
    let (text, digest) = claim("name", json!("An"));
    let plain = forge_claims(json!({ "_sd": [digest], "name": "Bo" }), &[&text]);
    assert_eq!(refusal(&plain), SdJwtError::ClaimTwice);
    let (other, other_digest) = claim("name", json!("Bo"));
    let disclosed = forge_claims(json!({ "_sd": [digest, other_digest] }), &[&text, &other]);
    assert_eq!(refusal(&disclosed), SdJwtError::ClaimTwice);
}

#[test]
fn refuses_disclosable_claims_that_must_always_be_shown() {
    for name in NEVER_DISCLOSABLE {
        let (text, digest) = claim(name, json!(1));
        let hidden = forge_claims(json!({ "_sd": [digest], name: null }), &[&text]);
        assert_eq!(refusal(&hidden), SdJwtError::NeverDisclosable, "{name}");
    }
    let below = forge_claims(json!({ "status": { "_sd": [digest("x")], "status_list": {} } }), &[]);
    assert_eq!(refusal(&below), SdJwtError::NeverDisclosable);
    let element = forge_claims(json!({ "aka_vcts": [{ "...": digest("x") }] }), &[]);
    assert_eq!(refusal(&element), SdJwtError::NeverDisclosable);
    let deep = forge_claims(json!({ "cnf": { "jwk": { "_sd": [] } } }), &[]);
    assert_eq!(refusal(&deep), SdJwtError::NeverDisclosable);
}

#[test]
fn a_nested_claim_of_such_a_name_may_be_held_back() {
    let (text, digest) = claim("exp", json!("2030"));
    let signed = verify(&forge_claims(json!({ "passport": { "_sd": [digest] } }), &[&text])).unwrap();
    assert_eq!(signed.claims_before_trust()["passport"], json!({ "exp": "2030" }));
}

#[test]
fn refuses_disclosures_of_the_wrong_form_for_their_place() {
    for bad in [
        json!(["salt", "name"]),
        json!(["salt", "name", 1, 2]),
        json!(["salt", 1, "value"]),
        json!([1, "name", "value"]),
        json!({ "salt": "name" }),
    ] {
        let text = disclosure(&bad);
        let object = forge_claims(json!({ "_sd": [digest(&text)] }), &[&text]);
        assert_eq!(refusal(&object), SdJwtError::Disclosure, "{bad}");
    }
    let three = disclosure(&json!(["salt", "name", 1]));
    let element = forge_claims(json!({ "a": [{ "...": digest(&three) }] }), &[&three]);
    assert_eq!(refusal(&element), SdJwtError::Disclosure);
    let twice = URL_SAFE_NO_PAD.encode(r#"["salt","name",{"a":1,"a":2}]"#);
    assert_eq!(refusal(&forge_claims(json!({ "_sd": [digest(&twice)] }), &[&twice])), SdJwtError::Disclosure);
    let padded = format!("{}=", disclosure(&json!(["salt", "name", 12])));
    assert_eq!(
        refusal(&forge_claims(json!({ "_sd": [digest(&padded)] }), &[&padded])),
        SdJwtError::Disclosure
    );
}

#[test]
fn refuses_digests_that_are_not_where_or_what_they_should_be() {
    for bad in [
        json!({ "_sd": "x" }),
        json!({ "_sd": [1] }),
        json!({ "a": { "...": "x" } }),
        json!({ "...": "x" }),
        json!({ "a": [{ "...": 1 }] }),
        json!({ "a": [{ "...": "x", "b": 1 }] }),
    ] {
        assert_eq!(refusal(&forge_claims(bad.clone(), &[])), SdJwtError::Digest, "{bad}");
    }
}

#[test]
fn refuses_a_header_that_names_its_key_in_another_way() {
    for (name, value) in [
        ("kid", json!("did:yufu:test:2UzHL6#key")),
        ("jwk", json!(issuer_key().verifying_key().jwk())),
        ("jku", json!("https://evil.example")),
        ("x5u", json!("https://evil.example")),
        ("x5c", Value::Null),
        ("x5c", json!([1])),
        ("crit", json!(["exp"])),
    ] {
        let mut header = forged_header();
        header[name] = value;
        let text = forge(&header, &Value::from(claims(json!({ "iss": DID }))).to_string(), &[]);
        assert_eq!(refusal(&text), SdJwtError::Header, "{name}");
    }
}

#[test]
fn refuses_other_types_and_algorithms() {
    let with = |name: &str, value: Value| {
        let mut header = forged_header();
        header[name] = value;
        forge(&header, &Value::from(claims(json!({ "iss": DID }))).to_string(), &[])
    };
    for typ in ["vc+sd-jwt", "JWT", "application/dc+sd-jwt"] {
        assert_eq!(refusal(&with("typ", json!(typ))), SdJwtError::Type);
    }
    for alg in ["none", "HS256", "ES384", "EdDSA"] {
        assert_eq!(refusal(&with("alg", json!(alg))), SdJwtError::Algorithm);
    }
    assert_eq!(refusal(&with("alg", json!("Ed25519"))), SdJwtError::Algorithm, "not the leaf's");
}

#[test]
fn refuses_a_leaf_that_is_none() {
    let mut header = forged_header();
    header["x5c"] = json!(["AA=="]);
    assert_eq!(refusal(&forge(&header, "{}", &[])), SdJwtError::Certificate(CertificateError::Malformed));
    header["x5c"] = json!(["A".repeat(MAX_CERTIFICATE * 2)]);
    assert_eq!(refusal(&forge(&header, "{}", &[])), SdJwtError::Certificate(CertificateError::TooLarge));
    header["x5c"] = json!([]);
    assert_eq!(refusal(&forge(&header, "{}", &[])), SdJwtError::Certificate(CertificateError::Chain));
}

#[test]
fn refuses_a_name_that_is_not_the_leafs() {
    let text = forge_claims(json!({ "iss": "did:yufu:test:other" }), &[]);
    assert_eq!(refusal(&text), SdJwtError::WrongIssuer);
}

#[test]
fn refuses_claims_that_are_missing_or_malformed() {
    for (name, value) in [
        ("iss", Value::Null),
        ("vct", Value::Null),
        ("vct", json!("")),
        ("iat", Value::Null),
        ("iat", json!("2026")),
        ("nbf", json!(-1)),
        ("exp", json!(1.5)),
        ("cnf", json!({ "kid": "x" })),
        ("cnf", json!({ "jwk": { "kty": "RSA" } })),
        ("status", json!({ "status_list": { "idx": -1, "uri": "x" } })),
        ("status", json!({})),
    ] {
        assert_eq!(
            refusal(&forge_claims(json!({ name: value }), &[])),
            SdJwtError::Claim(name),
            "{name} {value}"
        );
    }
}

#[test]
fn refuses_a_payload_with_a_member_twice() {
    let payload = format!(r#"{{"iss":"{DID}","iss":"{DID}"}}"#);
    assert_eq!(refusal(&forge(&forged_header(), &payload, &[])), SdJwtError::Payload);
}

#[test]
fn refuses_a_forged_signature_and_every_other_certificate() {
    let text = issued().compact;
    let (jwt, rest) = text.split_once('~').unwrap();
    let (input, signature) = jwt.rsplit_once('.').unwrap();
    let mut bytes = URL_SAFE_NO_PAD.decode(signature).unwrap();
    bytes[10] ^= 1;
    let broken = format!("{input}.{}~{rest}", URL_SAFE_NO_PAD.encode(bytes));
    assert_eq!(refusal(&broken), SdJwtError::Signature);
    // Another agency's certificate over our signature.
    let other = testing::leaf(&testing::key(Algorithm::Es256, 5), DID);
    let header = json!({ "alg": "ES256", "typ": TYPE, "x5c": encode_x5c(&[other]) });
    let payload = Value::from(claims(json!({ "iss": DID }))).to_string();
    assert_eq!(refusal(&forge(&header, &payload, &[])), SdJwtError::Signature);
}

#[test]
fn refuses_what_is_not_the_compact_form_or_too_much_of_it() {
    let jwt = issued().compact.split('~').next().unwrap().to_owned();
    for bad in ["".to_owned(), jwt.clone(), "~".into(), format!("~{jwt}~"), format!("{jwt}~~")] {
        assert_eq!(refusal(&bad), SdJwtError::Malformed, "{bad}");
    }
    assert_eq!(refusal(&format!("{jwt}~{}", "A~".repeat(MAX_DISCLOSURES + 1))), SdJwtError::TooLarge);
    assert_eq!(refusal(&"~".repeat(MAX_SD_JWT + 1)), SdJwtError::TooLarge);
}

#[test]
fn refuses_what_nests_deeper_than_is_read_even_by_disclosures() {
    // Each disclosure opens the next: the payload itself is flat.
    let (mut text, mut inner) = claim("z", json!(1));
    let mut disclosures = vec![text];
    for _ in 0..MAX_DEPTH {
        (text, inner) = claim("z", json!({ "_sd": [inner] }));
        disclosures.push(text);
    }
    let disclosures: Vec<&str> = disclosures.iter().map(String::as_str).collect();
    assert_eq!(refusal(&forge_claims(json!({ "_sd": [inner] }), &disclosures)), SdJwtError::TooLarge);
}

#[test]
fn a_lists_number_is_the_last_segment_of_its_address() {
    let list = |uri: &str| StatusReference { uri: uri.into(), index: 0 }.list();
    assert_eq!(list("https://a.example/status/12"), Some(12));
    for bad in ["https://a.example/status/", "https://a.example/status/012", "x/+1", "x/-1", "x/4294967296"] {
        assert_eq!(list(bad), None, "{bad}");
    }
}

#[test]
fn no_claim_is_told_to_a_log() {
    let issued = issued();
    let unverified = UnverifiedSdJwt::parse(&issued.compact).unwrap();
    let signed = unverified.verify().unwrap();
    let held = HeldSdJwt::open(&issued.compact).unwrap();
    let told = format!("{issued:?} {unverified:?} {signed:?} {held:?}");
    for secret in ["Müller", "Köln", "~", "eyJ"] {
        assert!(!told.contains(secret), "{told}");
    }
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "[a-zA-Z0-9_~.=-]{0,200}") {
        let _ = verify(&text);
    }

    #[test]
    fn no_changed_character_verifies(at: prop::sample::Index, to in "[A-Za-z0-9_~.-]") {
        let text = issued().compact;
        let at = at.index(text.len());
        let mut changed = text.clone();
        changed.replace_range(at..=at, &to);
        prop_assume!(changed != text);
        prop_assert!(verify(&changed).is_err());
    }

    #[test]
    fn no_payload_makes_it_panic(
        sd in proptest::collection::vec(".{0,50}", 0..4),
        element in ".{0,50}",
        disclosures in proptest::collection::vec("[A-Za-z0-9_-]{1,60}", 0..4),
    ) {
        let disclosures: Vec<&str> = disclosures.iter().map(String::as_str).collect();
        let _ = verify(&forge_claims(json!({ "_sd": sd, "a": [{ "...": element }] }), &disclosures));
    }
}
