use super::*;
use proptest::prelude::*;

#[test]
fn what_is_issued_verifies_and_carries_every_claim() {
    let (claims, _) = resident();
    let issued = issued();
    let signed = verify(&issued.compact).unwrap();
    let mut expected = claims;
    expected.insert("iss".into(), DID.into());
    expected.insert("cnf".into(), json!({ "jwk": holder_key().verifying_key().jwk() }));
    assert_eq!(signed.claims_before_trust(), &expected);
    assert_eq!((signed.iss(), signed.iat(), signed.nbf()), (DID, DAY, Some(DAY)));
    assert_eq!(signed.exp(), Some(DAY + 14 * 86_400));
    assert_eq!(signed.holder(), Some(holder_key().verifying_key()));
    assert_eq!(&signed.leaf().key, issuer_key().verifying_key());
    assert_eq!(signed.leaf_der(), chain()[0]);
    assert_eq!(signed.jwt_digest(), &issued.jwt_digest);
    let status = signed.status().unwrap();
    assert_eq!((status.list(), status.index), (Some(3), 7));
}

#[test]
fn the_payload_tells_no_disclosable_claim_and_hides_their_number() {
    let issued = issued();
    let payload = payload(&issued.compact);
    assert!(payload.contains("key_level"));
    for hidden in ["Müller", "given_name", "Köln", "address", "DE", "MSc"] {
        assert!(!payload.contains(hidden), "{hidden} stands in the payload");
    }
    let payload: Value = serde_json::from_str(&payload).unwrap();
    // Four disclosable claims at the top fill a multiple of four; below, decoys do.
    let digests: Vec<&str> =
        payload["_sd"].as_array().unwrap().iter().map(|digest| digest.as_str().unwrap()).collect();
    assert_eq!(digests.len(), 4);
    assert!(digests.is_sorted());
    let address = issued.compact.split('~').skip(1).filter(|text| !text.is_empty()).find_map(|text| {
        let parts: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).unwrap()).unwrap();
        (parts[1] == "address").then(|| parts[2].clone())
    });
    let address = address.unwrap();
    assert_eq!(address["_sd"].as_array().unwrap().len(), 4, "two claims and two decoys");
    assert_eq!(address["country"], "DE");
}

fn payload(compact: &str) -> String {
    String::from_utf8(URL_SAFE_NO_PAD.decode(compact.split('.').nth(1).unwrap()).unwrap()).unwrap()
}

#[test]
fn two_copies_share_no_salt_and_no_digest() {
    let (claims, disclosable) = resident();
    let template = IssueTemplate::new(&chain(), &disclosable, 0).unwrap();
    let random = SeededRandom::new(1);
    let mut parts: Vec<String> = Vec::new();
    for _ in 0..2 {
        let copy = template.issue(&claims, None, &issuer_key(), &random).unwrap();
        parts.extend(copy.compact.split('~').skip(1).filter(|text| !text.is_empty()).map(str::to_owned));
    }
    let distinct: std::collections::BTreeSet<_> = parts.iter().collect();
    assert_eq!(distinct.len(), parts.len());
}

#[test]
fn refuses_to_make_disclosable_what_must_always_be_shown() {
    for name in NEVER_DISCLOSABLE {
        let error = IssueTemplate::new(&chain(), &[ClaimPath::name(name)], 0).unwrap_err();
        assert_eq!(error, IssueError::NeverDisclosable(name.to_owned()));
        let below = IssueTemplate::new(&chain(), &[ClaimPath::names(name, &["x"])], 0).unwrap_err();
        assert_eq!(below, IssueError::NeverDisclosable(name.to_owned()));
    }
}

#[test]
fn refuses_rules_that_name_one_element_or_a_reserved_name() {
    let indexed = path(json!(["nationalities", 0]));
    let error = IssueTemplate::new(&chain(), std::slice::from_ref(&indexed), 0).unwrap_err();
    assert_eq!(error, IssueError::Path(indexed));
    let error = IssueTemplate::new(&chain(), &[path(json!(["a", "_sd"]))], 0).unwrap_err();
    assert_eq!(error, IssueError::ReservedName("_sd".into()));
}

fn refusal(more: Value) -> IssueError {
    issue_to_holder(&claims(more), &[]).unwrap_err()
}

#[test]
fn refuses_times_that_are_not_whole_days() {
    for name in ["iat", "nbf", "exp"] {
        assert_eq!(refusal(json!({ name: DAY + 1 })), IssueError::NotWholeDay(name));
    }
}

#[test]
fn refuses_a_credential_without_what_every_credential_says() {
    for name in ["vct", "iat", "exp", "status"] {
        let mut incomplete = claims(json!({}));
        incomplete.remove(name);
        assert_eq!(issue_to_holder(&incomplete, &[]).unwrap_err(), IssueError::Required(name));
        assert_eq!(refusal(json!({ name: [1] })), IssueError::Required(name));
    }
}

#[test]
fn refuses_claim_names_that_sd_jwt_needs_for_itself() {
    for name in ["_sd", "_sd_alg", "...", "cnf"] {
        assert_eq!(refusal(json!({ name: 1 })), IssueError::ReservedName(name.to_owned()));
    }
    for name in ["_sd", "..."] {
        let nested = refusal(json!({ "a": [{ "b": { name: 1 } }] }));
        assert_eq!(nested, IssueError::ReservedName(name.to_owned()));
    }
}

#[test]
fn refuses_another_issuers_name_and_another_key() {
    assert_eq!(refusal(json!({ "iss": "did:yufu:test:other" })), IssueError::WrongIssuer);
    let template = IssueTemplate::new(&chain(), &[], 0).unwrap();
    let error = template.issue(&claims(json!({})), None, &holder_key(), &SeededRandom::new(1)).unwrap_err();
    assert_eq!(error, IssueError::WrongKey);
}

#[test]
fn refuses_a_chain_that_is_empty_too_long_or_no_certificate() {
    use crate::crypto::CertificateError;
    let refusal = |chain: &[Vec<u8>]| IssueTemplate::new(chain, &[], 0).unwrap_err();
    assert_eq!(refusal(&[]), IssueError::Certificate(CertificateError::Chain));
    assert_eq!(refusal(&vec![chain()[0].clone(); 5]), IssueError::Certificate(CertificateError::Chain));
    assert_eq!(refusal(&[vec![0]]), IssueError::Certificate(CertificateError::Malformed));
}

#[test]
fn refuses_what_no_verifier_would_read() {
    let mut deep = json!("bottom");
    for _ in 0..MAX_DEPTH {
        deep = json!([deep]);
    }
    assert_eq!(refusal(json!({ "deep": deep })), IssueError::TooLarge);
    assert_eq!(refusal(json!({ "long": "x".repeat(MAX_SD_JWT) })), IssueError::TooLarge);
    let many = claims(json!({ "many": vec![1; MAX_DISCLOSURES + 1] }));
    let error = issue_to_holder(&many, &[path(json!(["many", null]))]).unwrap_err();
    assert_eq!(error, IssueError::TooLarge);
}

/// Any JSON of a few levels, with names that a rule may reach.
fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map("[a-d]", inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn any_rule() -> impl Strategy<Value = ClaimPath> {
    use crate::credential::PathElement;
    let step = prop_oneof![
        3 => "[a-d]".prop_map(PathElement::Name),
        1 => Just(PathElement::All),
    ];
    ("[a-d]", proptest::collection::vec(step, 0..4))
        .prop_map(|(first, rest)| rest.into_iter().fold(ClaimPath::name(&first), ClaimPath::then))
}

proptest! {
    #[test]
    fn any_claims_under_any_rules_come_back_whole(
        more in proptest::collection::btree_map("[a-d]", any_value(), 0..4),
        rules in proptest::collection::vec(any_rule(), 0..8),
        decoys in 0_u8..5,
    ) {
        let mut all = claims(json!({}));
        all.extend(more);
        let template = IssueTemplate::new(&chain(), &rules, decoys).unwrap();
        let issued = template.issue(&all, None, &issuer_key(), &SeededRandom::new(3)).unwrap();
        let signed = verify(&issued.compact).unwrap();
        all.insert("iss".into(), DID.into());
        prop_assert_eq!(signed.claims_before_trust(), &all);
        // Held back altogether, every disclosable claim is gone and the rest still verifies.
        let bare = format!("{}~", issued.compact.split('~').next().unwrap());
        let bare = verify(&bare).unwrap();
        for rule in rules.iter().filter(|rule| rule.steps().len() == 1) {
            prop_assert!(rule.select(bare.claims_before_trust()).is_empty());
        }
    }
}
