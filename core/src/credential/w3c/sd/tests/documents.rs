//! Documents of other shapes, and what a holder can and cannot do with them.

use super::*;
use crate::credential::w3c::{UnverifiedCredential, VerifyOptions};
use proptest::prelude::*;

/// Everything in the degree that a pointer can select.
const PARTS: [&str; 14] = [
    "/id",
    "/issuer/name",
    "/name",
    "/validFrom",
    "/credentialSubject",
    "/credentialSubject/0",
    "/credentialSubject/0/degree",
    "/credentialSubject/0/degree/name",
    "/credentialSubject/1",
    "/credentialSubject/1/degree/name",
    "/credentialSubject/1/degree/type",
    "/credentialSubject/1/alumniOf",
    "/credentialSubject/1/alumniOf/name",
    "",
];

#[test]
fn a_document_of_iris_and_blank_nodes_is_disclosed_in_part_and_verifies() {
    for suite in SUITES {
        let base = base_of(suite, &degree(), &["/issuer", "/validFrom"]);
        let part = derived(&base, &["/credentialSubject/1/alumniOf/name"]).unwrap();
        let verified = judged(&part).unwrap();
        let expected = json!({
            "@context": degree()["@context"],
            "id": "urn:uuid:0a1f5f3c-8b62-4c0b-9a36-6a1a0f0a9d11",
            "type": ["VerifiableCredential", "ExampleDegreeCredential"],
            "issuer": { "id": "did:example:university", "name": "University" },
            "validFrom": "2026-09-21T00:00:00Z",
            "credentialSubject": [{
                "id": "did:example:abc",
                "alumniOf": { "id": "did:example:u", "name": "U" },
            }],
        });
        assert_eq!(Value::from(verified.into_document()), expected);
    }
}

#[test]
fn nothing_but_what_is_mandatory_can_be_disclosed_and_so_can_everything() {
    for suite in SUITES {
        let base = base_of(suite, &degree(), &["/issuer"]);
        judged(&derived(&base, &[]).unwrap()).unwrap();
        let all = judged(&derived(&base, &[""]).unwrap()).unwrap();
        assert_eq!(all.into_document(), degree());
        // Everything mandatory leaves no statement to choose.
        let base = base_of(suite, &degree(), &[""]);
        let all = judged(&derived(&base, &[]).unwrap()).unwrap();
        assert_eq!(all.into_document(), degree());
        let base = base_of(suite, &degree(), &[]);
        judged(&derived(&base, &["/validFrom"]).unwrap()).unwrap();
        assert_eq!(derived(&base, &[]), Err(SdError::NothingDisclosed));
    }
}

#[test]
fn a_derived_proof_verifies_beside_another_proof_of_the_same_part() {
    let base = base_of(Cryptosuite::EcdsaSd2023, &degree(), &["/issuer"]);
    let part = derived(&base, &["/name"]).unwrap();
    let key = issuer();
    let signer = BySigner::new(&key);
    let options = options(Cryptosuite::EcdsaRdfc2019);
    let both = crate::credential::w3c::proof::sign(&part, &options, &signer, &limits()).unwrap();
    assert_eq!(judged(&both).unwrap().proofs().len(), 2);
}

#[test]
fn what_the_registry_has_on_record_is_the_same_for_each_part() {
    let mut document = degree();
    let issuer = options(Cryptosuite::EcdsaSd2023).verification_method;
    document["issuer"]["id"] = crate::did::did_of(&issuer).into();
    document["credentialSubject"] =
        json!({ "id": "did:example:abc", "alumniOf": { "id": "did:example:u", "name": "U" } });
    let base = base_of(Cryptosuite::EcdsaSd2023, &document, &["/issuer", "/credentialSubject/id"]);
    let recorded = ecdsa::signed_digest(&Proof::read(&base["proof"]).unwrap()).unwrap();
    for selective in ["/validFrom", "/credentialSubject/alumniOf"] {
        let part = Value::from(derived(&base, &[selective]).unwrap()).to_string();
        let credential = UnverifiedCredential::parse_json(part.as_bytes()).unwrap();
        let verified = credential.verify(&Resolved::new(), &VerifyOptions { now: NOW }).unwrap();
        assert_eq!(verified.signed_digest(), Some(&recorded));
    }
}

#[test]
fn two_bbs_proofs_of_one_credential_have_nothing_in_common_but_what_they_say() {
    let base = base_of(Cryptosuite::Bbs2023, &degree(), &["/issuer"]);
    let value = |document: Map<String, Value>| {
        let proof = Proof::read(&document["proof"]).unwrap();
        bbs::DerivedProof::decode(proof.value()).unwrap().proof
    };
    let (one, two) = (derived(&base, &["/name"]).unwrap(), derived(&base, &["/name"]).unwrap());
    let (one, two) = (value(one), value(two));
    assert_eq!(one.len(), two.len());
    assert!(one.chunks(16).zip(two.chunks(16)).all(|(one, two)| one != two));
}

#[test]
fn a_presentation_header_is_found_in_the_proof() {
    let base = base_of(Cryptosuite::Bbs2023, &degree(), &["/issuer"]);
    let part = derived(&base, &["/name"]).unwrap();
    let proof = Proof::read(&part["proof"]).unwrap();
    let derived = bbs::DerivedProof::decode(proof.value()).unwrap();
    assert_eq!(derived.presentation_header(), b"n-0S6_WzA2Mj");
}

/// Every text in the document but contexts, types and identifiers, changed one at a time.
fn forgeries(document: &Map<String, Value>) -> Vec<Map<String, Value>> {
    fn places(value: &Value, path: &str, out: &mut Vec<String>) {
        match value {
            Value::Object(object) => {
                for (name, value) in object {
                    if !matches!(name.as_str(), "@context" | "type" | "id" | "proof" | "@language") {
                        places(value, &format!("{path}/{name}"), out);
                    }
                }
            }
            Value::Array(items) => {
                items.iter().enumerate().for_each(|(at, item)| places(item, &format!("{path}/{at}"), out));
            }
            Value::String(_) => out.push(path.to_owned()),
            _ => {}
        }
    }
    let whole = Value::from(document.clone());
    let mut found = Vec::new();
    places(&whole, "", &mut found);
    let forge = |path: &String| {
        let mut forged = whole.clone();
        let place = forged.pointer_mut(path).unwrap();
        *place = if path == "/validFrom" { "2026-09-22T00:00:00Z".into() } else { "forged".into() };
        object(forged)
    };
    found.iter().map(forge).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn any_part_verifies_and_none_of_its_texts_can_be_changed(
        mandatory in proptest::sample::subsequence(&PARTS[..], 0..3),
        selective in proptest::sample::subsequence(&PARTS[..], 1..5),
        suite in proptest::sample::select(&SUITES[..]),
    ) {
        let base = base_of(suite, &degree(), &mandatory);
        let part = derived(&base, &selective).unwrap();
        judged(&part).unwrap();
        for forged in forgeries(&part) {
            prop_assert!(matches!(
                judged(&forged).unwrap_err(),
                ProofError::Signature | ProofError::Selective(_)
            ));
        }
    }
}
