use super::*;
use proptest::prelude::*;

static NO_MORE: std::sync::LazyLock<Map<String, Value>> = std::sync::LazyLock::new(Map::new);

fn binding() -> KeyBinding<'static> {
    KeyBinding { aud: "a", nonce: "n", iat: DAY, extra: &NO_MORE }
}

fn presented(chosen: &[Value]) -> Result<Map<String, Value>, PresentError> {
    let chosen: Vec<ClaimPath> = chosen.iter().cloned().map(path).collect();
    let text = present(&issued().compact, &chosen, &binding(), &holder_key())?;
    let signed = verify(&text).unwrap();
    let expected =
        ExpectedKeyBinding { audiences: &["a"], nonce: ExpectedNonce::Exactly("n"), iat: (DAY, DAY) };
    signed.verify_key_binding(&expected).unwrap();
    let mut claims = signed.claims_before_trust().clone();
    claims.retain(|name, _| !NEVER_DISCLOSABLE.contains(&name.as_str()));
    Ok(claims)
}

fn shown(chosen: &[Value]) -> Value {
    Value::from(presented(chosen).unwrap())
}

#[test]
fn shows_exactly_what_was_chosen() {
    assert_eq!(shown(&[]), json!({ "key_level": "software", "degrees": [] }));
    assert_eq!(
        shown(&[json!(["given_name"]), json!(["address", "locality"])]),
        json!({
            "key_level": "software", "degrees": [], "given_name": "An",
            "address": { "country": "DE", "locality": "Köln" },
        })
    );
}

#[test]
fn an_object_chosen_is_shown_with_all_below_it() {
    assert_eq!(
        shown(&[json!(["address"])])["address"],
        json!({ "country": "DE", "locality": "Köln", "street": "Domstraße 1" })
    );
    assert_eq!(shown(&[json!(["nationalities"])])["nationalities"], json!(["DE", "IS"]));
}

#[test]
fn one_element_of_an_array_is_shown_without_the_others() {
    assert_eq!(shown(&[json!(["nationalities", 1])])["nationalities"], json!(["IS"]));
    assert_eq!(shown(&[json!(["nationalities", null])])["nationalities"], json!(["DE", "IS"]));
}

#[test]
fn an_element_that_lacks_the_chosen_claim_stays_hidden() {
    assert_eq!(
        shown(&[json!(["degrees", null, "year"])])["degrees"],
        json!([{ "name": "MSc", "year": 2001 }])
    );
}

#[test]
fn the_disclosures_tell_where_their_claims_stand() {
    let issued = issued();
    let held = HeldSdJwt::open(&issued.compact).unwrap();
    let paths: std::collections::BTreeSet<String> =
        held.disclosures().map(|(path, _)| path.to_string()).collect();
    let expected = [
        "address",
        "address.locality",
        "address.street",
        "degrees[0]",
        "degrees[0].year",
        "degrees[1]",
        "family_name",
        "given_name",
        "nationalities",
        "nationalities[0]",
        "nationalities[1]",
    ];
    assert_eq!(paths, expected.map(str::to_owned).into());
    let texts: Vec<&str> = held.disclosures().map(|(_, text)| text).collect();
    let on_the_wire: Vec<&str> = issued.compact.trim_end_matches('~').split('~').skip(1).collect();
    assert_eq!(texts, on_the_wire);
}

#[test]
fn refuses_claims_that_are_not_there() {
    for missing in [json!(["portrait"]), json!(["address", "house"]), json!(["nationalities", 2])] {
        let error = presented(std::slice::from_ref(&missing)).unwrap_err();
        assert_eq!(error, PresentError::NoSuchClaim(path(missing)));
    }
}

#[test]
fn refuses_another_key_than_the_one_it_is_bound_to() {
    let error = present(&issued().compact, &[], &binding(), &issuer_key()).unwrap_err();
    assert_eq!(error, PresentError::WrongKey);
}

#[test]
fn refuses_extra_claims_that_would_stand_twice() {
    for own in ["aud", "nonce", "iat", "sd_hash"] {
        let extra = json!({ own: 1 }).as_object().unwrap().clone();
        let binding = KeyBinding { extra: &extra, ..binding() };
        let error = present(&issued().compact, &[], &binding, &holder_key()).unwrap_err();
        assert_eq!(error, PresentError::ReservedClaim(own.to_owned()));
    }
}

#[test]
fn refuses_a_credential_that_came_with_a_key_binding() {
    let text = present(&issued().compact, &[], &binding(), &holder_key()).unwrap();
    assert_eq!(HeldSdJwt::open(&text).unwrap_err(), SdJwtError::Malformed);
}

proptest! {
    #[test]
    fn any_choice_verifies_and_adds_nothing(chosen in proptest::sample::subsequence(
        vec![
            json!(["family_name"]), json!(["given_name"]), json!(["address"]), json!(["address", "street"]),
            json!(["nationalities", 0]), json!(["degrees", null, "name"]), json!(["degrees", 1]),
        ],
        0..7,
    )) {
        let shown = presented(&chosen).unwrap();
        let all = HeldSdJwt::open(&issued().compact).unwrap();
        for choice in &chosen {
            prop_assert!(!path(choice.clone()).select(all.claims()).is_empty());
        }
        for (name, value) in &shown {
            let reached = chosen.iter().any(|choice| choice[0] == name.as_str());
            prop_assert!(reached || name == "key_level" || (name == "degrees" && *value == json!([])));
        }
        for choice in &chosen {
            prop_assert!(shown.contains_key(choice[0].as_str().unwrap()));
        }
    }
}
