//! Suites that disclose in part.

use super::*;
use crate::credential::w3c::sd::{bbs, ecdsa};

const SELECTIVE: [Suite; 2] = [Suite::EcdsaSd2023, Suite::Bbs2023];

/// Whose nodes are IRIs and blank nodes, mixed.
fn degree(issuer: &SuiteIssuer) -> Value {
    let mut document = credential(issuer);
    document["type"] = json!(["VerifiableCredential", "ExampleDegreeCredential"]);
    document["credentialSubject"] = json!([
        { "degree": { "type": "ExampleBachelorDegree", "name": SECRET } },
        { "id": "did:example:alice", "name": SECRET, "alumniOf": { "id": "did:example:u", "name": "U" } },
    ]);
    document
}

fn base(issuer: &SuiteIssuer, document: &Value, mandatory: Value) -> Answer {
    let body = json!({ "credential": document, "options": { "mandatoryPointers": mandatory } });
    issuer.issue(body.to_string().as_bytes(), NOW, &SeededRandom::new(1))
}

fn part(suite: Suite, base: &Value, selective: Value) -> Answer {
    let body = json!({ "verifiableCredential": base, "options": { "selectivePointers": selective } });
    derive(suite, body.to_string().as_bytes(), &SeededRandom::new(2))
}

fn made(answer: Answer) -> Value {
    assert_eq!(answer.status, 201, "{answer:?}");
    answer.body["verifiableCredential"].clone()
}

fn refusal(answer: Answer) -> (u16, ProblemType) {
    assert!(!answer.body.to_string().contains(SECRET), "{}", answer.body);
    assert_eq!(answer.media_type(), "application/problem+json");
    let kinds = [
        ProblemType::Parsing,
        ProblemType::MalformedValue,
        ProblemType::ProofGeneration,
        ProblemType::ProofVerification,
        ProblemType::CryptographicSecurity,
        ProblemType::NotSupported,
        ProblemType::TooLarge,
    ];
    let kind = kinds.into_iter().find(|kind| answer.body["type"] == kind.url());
    (answer.status, kind.unwrap_or_else(|| panic!("{}", answer.body)))
}

#[test]
fn what_was_derived_from_a_base_proof_is_verified_alone_and_in_a_presentation() {
    for suite in SELECTIVE {
        let issuer = issuer(suite);
        let base = made(base(&issuer, &degree(&issuer), json!(["/issuer", "/validUntil"])));
        assert_eq!(base["proof"]["cryptosuite"], suite.name());
        let part = made(part(suite, &base, json!(["/credentialSubject/1/alumniOf/name"])));
        let mut expected = degree(&issuer);
        expected.as_object_mut().unwrap().remove("validFrom");
        let alumni = json!({ "id": "did:example:u", "name": "U" });
        expected["credentialSubject"] = json!([{ "id": "did:example:alice", "alumniOf": alumni }]);
        expected["proof"] = part["proof"].clone();
        assert_eq!(part, expected);
        verify(&part).unwrap();
        let shown = json!({ "verifiablePresentation": presentation(std::slice::from_ref(&part), "c", "d") });
        verify_presentation(&shown).unwrap();

        let mut forged = part.clone();
        forged["credentialSubject"][0]["alumniOf"]["name"] = "V".into();
        assert_eq!(kind(verify(&forged)), ProblemType::CryptographicSecurity);
        let shown = json!({ "verifiablePresentation": presentation(&[part, forged], "c", "d") });
        assert_eq!(kind(verify_presentation(&shown)), ProblemType::CryptographicSecurity);
    }
}

#[test]
fn a_base_proof_is_not_verified_wherever_it_is_shown() {
    for suite in SELECTIVE {
        let issuer = issuer(suite);
        let base = issued(&issuer, &degree(&issuer));
        let refused = verify(&base).unwrap_err();
        assert_eq!(refused.kind, ProblemType::ProofVerification);
        assert!(refused.detail.contains("base proof"), "{refused}");
        let shown = presentation(std::slice::from_ref(&base), "c", "d");
        let shown = json!({ "verifiablePresentation": shown });
        assert_eq!(kind(verify_presentation(&shown)), ProblemType::ProofVerification);
    }
}

#[test]
fn unless_the_request_says_otherwise_a_holder_cannot_hold_back_issuer_validity_and_status() {
    for suite in SELECTIVE {
        let issuer = issuer(suite);
        let mut document = degree(&issuer);
        document["credentialStatus"] = json!({
            "type": "BitstringStatusListEntry", "statusPurpose": "revocation",
            "statusListIndex": "7", "statusListCredential": "https://issuer.example/status/1",
        });
        let base_of = |body: Value| issuer.issue(body.to_string().as_bytes(), NOW, &SeededRandom::new(1));
        let silent = made(base_of(json!({ "credential": document })));
        let disclosed = made(part(suite, &silent, json!(["/credentialSubject/1/name"])));
        for name in ["issuer", "validFrom", "validUntil", "credentialStatus"] {
            assert_eq!(disclosed[name], document[name], "{name}");
        }
        // Whoever says that nothing is mandatory gets that.
        let none = made(base(&issuer, &document, json!([])));
        let disclosed = made(part(suite, &none, json!(["/credentialSubject/1/name"])));
        assert_eq!(disclosed.get("validUntil"), None);
        assert_eq!(kind(verify(&disclosed)), ProblemType::MalformedValue);
    }
}

#[test]
fn the_pointers_of_the_request_are_those_of_the_proof() {
    let pointers = ["/issuer", "/credentialSubject/0/degree/type"];
    let value = |suite: Suite| {
        let issuer = issuer(suite);
        let base = made(base(&issuer, &degree(&issuer), json!(pointers)));
        crate::credential::w3c::proof::Proof::read(&base["proof"]).unwrap()
    };
    let ecdsa = ecdsa::BaseProof::decode(value(Suite::EcdsaSd2023).value()).unwrap();
    assert_eq!(ecdsa.mandatory_pointers(), pointers);
    let bbs = value(Suite::Bbs2023);
    assert_eq!(bbs::BaseProof::decode(bbs.value()).unwrap().mandatory_pointers(), pointers);
    // Nothing that only this credential has is left in what every presentation of it shows.
    assert_eq!(bbs.created(), None);
}

#[test]
fn no_base_proof_is_made_of_pointers_that_select_nothing() {
    for suite in SELECTIVE {
        let issuer = issuer(suite);
        let refused = |pointers: Value| refusal(base(&issuer, &degree(&issuer), pointers));
        let nothing = json!([format!("/credentialSubject/{SECRET}")]);
        assert_eq!(refused(nothing), (400, ProblemType::ProofGeneration));
        assert_eq!(refused(json!([SECRET])), (400, ProblemType::MalformedValue));
        assert_eq!(refused(json!(["/issuer", 1])), (400, ProblemType::MalformedValue));
        assert_eq!(refused(json!({})), (400, ProblemType::MalformedValue));
        assert_eq!(refused(json!(vec!["/issuer"; 257])), (413, ProblemType::TooLarge));
        assert_eq!(refused(json!([format!("/{}", "a".repeat(1024))])), (413, ProblemType::TooLarge));
        let mut foreign = degree(&issuer);
        foreign["issuer"] = "did:example:other".into();
        assert_eq!(refusal(base(&issuer, &foreign, json!(["/issuer"]))), (400, ProblemType::MalformedValue));
    }
}

#[test]
fn nothing_is_derived_from_what_has_no_base_proof_of_the_suite() {
    let [ecdsa, bbs] = SELECTIVE.map(issuer);
    let base = issued(&ecdsa, &degree(&ecdsa));
    let verification = (400, ProblemType::ProofVerification);
    let select = || json!(["/credentialSubject/1/name"]);
    assert_eq!(refusal(part(bbs.suite, &base, select())), verification);
    assert_eq!(refusal(part(ecdsa.suite, &degree(&ecdsa), select())), verification);
    let derived = made(part(ecdsa.suite, &base, select()));
    assert_eq!(refusal(part(ecdsa.suite, &derived, select())), verification);
    for value in ["", "z2345", "u", "u2V0A", "u2V0BgA"] {
        let mut malformed = base.clone();
        malformed["proof"]["proofValue"] = value.into();
        assert_eq!(refusal(part(ecdsa.suite, &malformed, select())), verification, "{value}");
    }
    let mut twice = base.clone();
    twice["proof"] = json!([base["proof"], base["proof"]]);
    assert_eq!(refusal(part(ecdsa.suite, &twice, select())), (400, ProblemType::ProofGeneration));
    // Beside a proof of another suite the base proof is found.
    let other = issued(&bbs, &degree(&bbs));
    let mut both = base.clone();
    both["proof"] = json!([other["proof"], base["proof"]]);
    verify(&made(part(ecdsa.suite, &both, select()))).unwrap();
}

#[test]
fn requests_to_derive_that_are_malformed_or_select_nothing_are_refused() {
    for suite in SELECTIVE {
        let issuer = issuer(suite);
        let whole = issued(&issuer, &degree(&issuer));
        let refused = |pointers: Value| refusal(part(suite, &whole, pointers));
        assert_eq!(refused(json!(["/credentialSubject/7"])), (400, ProblemType::ProofGeneration));
        assert_eq!(refused(json!(["name"])), (400, ProblemType::MalformedValue));
        assert_eq!(refused(json!([1])), (400, ProblemType::MalformedValue));
        assert_eq!(refused(json!(vec!["/issuer"; 257])), (413, ProblemType::TooLarge));
        let none = made(base(&issuer, &degree(&issuer), json!([])));
        assert_eq!(refusal(part(suite, &none, json!([]))), (400, ProblemType::ProofGeneration));
        let mut no_credential = whole.clone();
        no_credential["type"] = json!(["ExampleDegreeCredential"]);
        let answer = part(suite, &no_credential, json!(["/issuer"]));
        assert_eq!(refusal(answer), (400, ProblemType::MalformedValue));
        let random = SeededRandom::new(1);
        for (body, kind) in [
            ("", ProblemType::Parsing),
            ("{}", ProblemType::MalformedValue),
            ("{\"verifiableCredential\":\"text\"}", ProblemType::MalformedValue),
        ] {
            assert_eq!(refusal(derive(suite, body.as_bytes(), &random)), (400, kind), "{body}");
        }
        assert_eq!(refusal(derive(suite, &vec![b' '; MAX_BODY + 1], &random)), (413, ProblemType::TooLarge));
    }
    for suite in WHOLE {
        let answer = part(suite, &json!({}), json!(["/issuer"]));
        assert_eq!(refusal(answer), (400, ProblemType::NotSupported));
    }
}

#[test]
fn a_base_proof_of_a_changed_document_derives_nothing_that_verifies() {
    for suite in SELECTIVE {
        let issuer = issuer(suite);
        let mut changed = issued(&issuer, &degree(&issuer));
        changed["credentialSubject"][1]["alumniOf"]["name"] = "V".into();
        let answer = part(suite, &changed, json!(["/credentialSubject/1"]));
        if suite == Suite::Bbs2023 {
            assert_eq!(refusal(answer), (400, ProblemType::CryptographicSecurity));
        } else {
            assert_eq!(kind(verify(&made(answer))), ProblemType::CryptographicSecurity);
        }
    }
}
