mod selective;

use super::{suite::SuiteKey, *};
use crate::{
    credential::w3c::{
        model::CONTEXT_V2,
        proof::{BySigner, Cryptosuite, ProofOptions, sign},
    },
    did::{Relationship, Resolved},
    random::SeededRandom,
    registry::StatusEncoding,
    status::{
        StatusArray,
        bitstring::{ListDocument, Purpose},
    },
};
use serde_json::json;

/// 2026-11-27, the start of the day.
const NOW: u64 = 1_795_737_600;
const SECRET: &str = "Zhang Weimin";
/// Those that secure a credential as a whole.
const WHOLE: [Suite; 7] = [
    Suite::EddsaRdfc2022,
    Suite::EddsaJcs2022,
    Suite::EcdsaRdfc2019P256,
    Suite::EcdsaRdfc2019P384,
    Suite::EcdsaJcs2019P256,
    Suite::EcdsaJcs2019P384,
    Suite::VcJwt,
];

fn issuer(suite: Suite) -> SuiteIssuer {
    SuiteIssuer::from_seed(suite, &[7; 32]).unwrap()
}

fn credential(issuer: &SuiteIssuer) -> Value {
    json!({
        "@context": [CONTEXT_V2, "https://www.w3.org/ns/credentials/examples/v2"],
        "id": "urn:uuid:7bd1a9f0-5f0a-4b1b-8c3a-1d1c0b6fca11",
        "type": ["VerifiableCredential", "ExampleAlumniCredential"],
        "issuer": issuer.did(),
        "validFrom": "2026-11-27T00:00:00Z",
        "validUntil": "2026-12-27T00:00:00Z",
        "credentialSubject": { "id": "did:example:alice", "name": SECRET },
    })
}

fn issue(issuer: &SuiteIssuer, credential: &Value) -> Answer {
    let body = json!({ "credential": credential, "options": {} }).to_string();
    issuer.issue(body.as_bytes(), NOW, &SeededRandom::new(1))
}

fn issued(issuer: &SuiteIssuer, credential: &Value) -> Value {
    let answer = issue(issuer, credential);
    assert_eq!(answer.status, 201, "{answer:?}");
    answer.body["verifiableCredential"].clone()
}

fn verify_body(body: &Value) -> Result<Answer, Problem> {
    let check = CredentialCheck::read(body.to_string().as_bytes())?;
    Ok(check.verify(&Resolved::new(), NOW)?.answer())
}

fn verify(credential: &Value) -> Result<Answer, Problem> {
    verify_body(&json!({ "verifiableCredential": credential, "options": { "checks": ["proof"] } }))
}

fn verify_presentation(body: &Value) -> Result<Answer, Problem> {
    let check = PresentationCheck::read(body.to_string().as_bytes())?;
    Ok(check.verify(&Resolved::new(), NOW)?.answer())
}

fn kind<T: std::fmt::Debug>(result: Result<T, Problem>) -> ProblemType {
    let problem = result.unwrap_err();
    let answer = problem.refused();
    assert_eq!(answer.body["verified"], false);
    assert_eq!(answer.body["problemDetails"][0]["type"], problem.kind.url());
    assert!(!answer.body.to_string().contains(SECRET), "{}", answer.body);
    problem.kind
}

/// A presentation by the issuer of eddsa-rdfc-2022, who is a holder as well as anybody.
fn presentation(presented: &[Value], challenge: &str, domain: &str) -> Value {
    let holder = issuer(Suite::EddsaRdfc2022);
    let document = json!({
        "@context": [CONTEXT_V2],
        "type": ["VerifiablePresentation"],
        "holder": holder.did(),
        "verifiableCredential": presented,
    });
    let mut options =
        ProofOptions::new(Cryptosuite::EddsaRdfc2022, &holder.method, Relationship::Authentication);
    options.created = Some(NOW);
    options.challenge = Some(challenge.into());
    options.domain = vec![domain.into()];
    let document = document.as_object().unwrap();
    let SuiteKey::Software(key) = &holder.key else { panic!("a key of Ed25519") };
    Value::Object(sign(document, &options, &BySigner::new(key.as_ref()), &Default::default()).unwrap())
}

#[test]
fn what_each_suite_issues_verifies_and_names_its_own_did_key() {
    let mut dids: Vec<String> = Vec::new();
    for suite in WHOLE {
        let issuer = issuer(suite);
        let secured = issued(&issuer, &credential(&issuer));
        match suite.cryptosuite() {
            Some(cryptosuite) => assert_eq!(secured["proof"]["cryptosuite"], cryptosuite.name()),
            None => assert_eq!(secured["type"], "EnvelopedVerifiableCredential"),
        }
        let answer = verify(&secured).unwrap();
        assert_eq!((answer.status, &answer.body), (200, &json!({ "verified": true, "problemDetails": [] })));
        dids.push(issuer.did().into());
    }
    dids.sort();
    dids.dedup();
    assert_eq!(dids.len(), WHOLE.len());
}

#[test]
fn names_of_suites_are_those_of_the_cryptosuites_and_stay() {
    for suite in Suite::ALL {
        assert_eq!(Suite::from_name(suite.name()), Some(suite));
        assert_eq!(SuiteIssuer::from_seed(suite, &[7; 32]).unwrap().did(), issuer(suite).did());
        assert_ne!(SuiteIssuer::from_seed(suite, &[8; 32]).unwrap().did(), issuer(suite).did());
    }
    assert_eq!(Suite::from_name("rsa"), None);
    assert_eq!(Suite::EcdsaRdfc2019P384.name(), "ecdsa-rdfc-2019-p384");
}

#[test]
fn what_was_changed_is_refused_with_the_kind_of_problem_and_no_claim() {
    for suite in WHOLE {
        let issuer = issuer(suite);
        let mut secured = issued(&issuer, &credential(&issuer));
        if suite == Suite::VcJwt {
            let id = secured["id"].as_str().unwrap();
            let (head, _) = id.rsplit_once('.').unwrap();
            secured["id"] = format!("{head}.{}", "A".repeat(86)).into();
        } else {
            secured["credentialSubject"]["name"] = format!("{SECRET} II").into();
        }
        assert_eq!(kind(verify(&secured)), ProblemType::CryptographicSecurity, "{suite:?}");
    }
}

#[test]
fn refuses_to_issue_by_what_does_not_hold() {
    let issuer = issuer(Suite::EddsaJcs2022);
    let refused = |name: &str, value: Value| {
        let mut document = credential(&issuer);
        document[name] = value;
        let answer = issue(&issuer, &document);
        assert!(!answer.body.to_string().contains(SECRET), "{}", answer.body);
        assert_eq!(answer.media_type(), "application/problem+json");
        (answer.status, answer.body["type"].as_str().unwrap_or_default().to_owned())
    };
    let malformed = (400, ProblemType::MalformedValue.url().to_owned());
    let examples = "https://www.w3.org/ns/credentials/examples/v2";
    for (name, value) in [
        ("@context", json!([examples, CONTEXT_V2])),
        ("@context", json!([CONTEXT_V2, "https://unknown.example/context"])),
        ("@context", json!(CONTEXT_V2)),
        ("type", json!(["ExampleAlumniCredential"])),
        ("type", json!(["VerifiableCredential", SECRET])),
        ("id", json!(SECRET)),
        ("id", json!(["urn:a", "urn:b"])),
        ("issuer", json!("did:example:other")),
        ("issuer", json!({ "name": SECRET })),
        ("issuer", Value::Null),
        ("validFrom", json!("2026-11-27")),
        ("validUntil", json!("2020-01-01T00:00:00Z")),
        ("credentialSubject", json!([])),
        ("credentialSubject", json!({})),
        ("credentialStatus", json!({ "type": "BitstringStatusListEntry", "statusListIndex": true })),
        ("credentialSchema", json!({ "id": "not a url", "type": SECRET })),
    ] {
        assert_eq!(refused(name, value.clone()), malformed, "{name}: {value}");
    }
    let proof = json!({ "type": "DataIntegrityProof", "proofValue": SECRET });
    assert_eq!(refused("proof", proof), (400, ProblemType::ProofGeneration.url().to_owned()));
    assert_eq!(
        refused("credentialSubject", json!({ "id": "did:example:a", "n": 9_007_199_254_740_993_u64 })),
        (400, ProblemType::ProofTransformation.url().to_owned())
    );
}

#[test]
fn requests_of_another_shape_are_refused() {
    let issuer = issuer(Suite::EddsaRdfc2022);
    let random = SeededRandom::new(1);
    for (body, status, kind) in [
        ("", 400, ProblemType::Parsing),
        ("[]", 400, ProblemType::Parsing),
        ("{\"credential\":{},\"credential\":{}}", 400, ProblemType::Parsing),
        ("{}", 400, ProblemType::MalformedValue),
        ("{\"credential\":\"text\"}", 400, ProblemType::MalformedValue),
        ("{\"credential\":{},\"options\":1}", 400, ProblemType::MalformedValue),
        ("{\"credential\":{},\"options\":{\"mandatoryPointers\":[1]}}", 400, ProblemType::MalformedValue),
    ] {
        let answer = issuer.issue(body.as_bytes(), NOW, &random);
        assert_eq!((answer.status, &answer.body["type"]), (status, &kind.url().into()), "{body}");
        let body = body.replace("credential", "verifiableCredential");
        let refused = CredentialCheck::read(body.as_bytes()).unwrap_err();
        if !body.contains("mandatoryPointers") {
            assert_eq!((refused.status(), refused.kind), (status, kind), "{body}");
        }
        let body = body.replace("Credential", "Presentation");
        let refused = PresentationCheck::read(body.as_bytes()).unwrap_err();
        assert!(matches!(refused.kind, ProblemType::Parsing | ProblemType::MalformedValue), "{body}");
    }
    let long = vec![b' '; MAX_BODY + 1];
    assert_eq!(issuer.issue(&long, NOW, &random).status, 413);
    assert_eq!(CredentialCheck::read(&long).unwrap_err().kind, ProblemType::TooLarge);
    let many = json!({ "credential": {}, "options": { "mandatoryPointers": vec!["/a"; 300] } });
    assert_eq!(issuer.issue(many.to_string().as_bytes(), NOW, &random).status, 413);
}

#[test]
fn a_credential_outside_its_validity_or_by_another_key_is_refused() {
    let issuer = issuer(Suite::EcdsaRdfc2019P256);
    for (name, value) in [("validFrom", "2026-11-28T00:00:00Z"), ("validUntil", "2026-11-27T00:00:00Z")] {
        let mut document = credential(&issuer);
        document[name] = value.into();
        let refused = verify(&issued(&issuer, &document));
        match name {
            "validFrom" => assert_eq!(kind(refused), ProblemType::Range),
            // Its last second has not passed yet.
            _ => assert_eq!(refused.unwrap().status, 200),
        }
    }
    let secured = issued(&issuer, &credential(&issuer));
    let change = |name: &str, value: Value| {
        let mut changed = secured.clone();
        changed["proof"][name] = value;
        kind(verify(&changed))
    };
    let other = super::tests::issuer(Suite::EddsaRdfc2022);
    assert_eq!(change("verificationMethod", json!(other.method)), ProblemType::InvalidVerificationMethod);
    let unknown = json!("did:web:unknown.example#a");
    assert_eq!(change("verificationMethod", unknown), ProblemType::InvalidVerificationMethod);
    assert_eq!(change("cryptosuite", json!("rsa-2000")), ProblemType::ProofVerification);
    assert_eq!(change("proofPurpose", json!("authentication")), ProblemType::ProofVerification);
    let mut unsecured = secured.clone();
    unsecured.as_object_mut().unwrap().remove("proof");
    assert_eq!(kind(verify(&unsecured)), ProblemType::ProofVerification);
}

#[test]
fn a_challenge_and_a_domain_that_are_asked_for_must_be_the_proof_s() {
    let issuer = issuer(Suite::EddsaRdfc2022);
    let secured = issued(&issuer, &credential(&issuer));
    let ask = |options: Value| verify_body(&json!({ "verifiableCredential": secured, "options": options }));
    assert_eq!(kind(ask(json!({ "challenge": "a" }))), ProblemType::InvalidChallenge);
    assert_eq!(kind(ask(json!({ "domain": "a.example" }))), ProblemType::InvalidDomain);
    let purpose = |purpose: &str| ask(json!({ "expectedProofPurpose": purpose }));
    assert_eq!(kind(purpose("authentication")), ProblemType::ProofVerification);
    assert_eq!(purpose("assertionMethod").unwrap().status, 200);
    let answer = ask(json!({ "returnCredential": true })).unwrap();
    assert_eq!(answer.body["credential"], secured);

    let presented = presentation(std::slice::from_ref(&secured), "c-1", "shop.example");
    let ask = |options: Value| {
        verify_presentation(&json!({ "verifiablePresentation": presented, "options": options }))
    };
    let right = json!({ "challenge": "c-1", "domain": "shop.example" });
    assert_eq!(ask(right).unwrap().body, json!({ "verified": true, "problemDetails": [] }));
    ask(json!({})).unwrap();
    assert_eq!(kind(ask(json!({ "challenge": "c-2" }))), ProblemType::InvalidChallenge);
    assert_eq!(kind(ask(json!({ "domain": "other.example" }))), ProblemType::InvalidDomain);
    assert_eq!(kind(ask(json!({ "domain": 1 }))), ProblemType::MalformedValue);
}

#[test]
fn a_presentation_is_only_as_good_as_what_is_in_it() {
    let issuer = issuer(Suite::EddsaRdfc2022);
    let good = issued(&issuer, &credential(&issuer));
    let jwt = super::tests::issuer(Suite::VcJwt);
    let enveloped = issued(&jwt, &credential(&jwt));
    let mut forged = good.clone();
    forged["credentialSubject"]["name"] = "other".into();
    let of = |presented: &[Value]| {
        verify_presentation(&json!({ "verifiablePresentation": presentation(presented, "c", "d") }))
    };
    of(&[good.clone(), enveloped.clone()]).unwrap();
    let refused = of(&[good.clone(), forged.clone()]).unwrap_err();
    assert_eq!(refused.kind, ProblemType::CryptographicSecurity);
    assert!(refused.detail.starts_with("credential 1 of the presentation"), "{refused}");
    let mut tampered = presentation(std::slice::from_ref(&good), "c", "d");
    tampered["proof"]["challenge"] = "e".into();
    let tampered = json!({ "verifiablePresentation": tampered });
    assert_eq!(kind(verify_presentation(&tampered)), ProblemType::CryptographicSecurity);

    let unsigned = |presented: &[Value]| {
        let document = json!({ "@context": [CONTEXT_V2], "type": ["VerifiablePresentation"],
            "verifiableCredential": presented });
        document
    };
    verify_presentation(&json!({ "presentation": unsigned(&[good.clone(), enveloped]) })).unwrap();
    let forged = json!({ "presentation": unsigned(&[forged]) });
    assert_eq!(kind(verify_presentation(&forged)), ProblemType::CryptographicSecurity);
    let asked =
        json!({ "presentation": unsigned(std::slice::from_ref(&good)), "options": { "challenge": "c" } });
    assert_eq!(kind(verify_presentation(&asked)), ProblemType::MalformedValue);
    let not_signed = json!({ "verifiablePresentation": unsigned(&[good]) });
    assert_eq!(kind(verify_presentation(&not_signed)), ProblemType::ProofVerification);
}

#[test]
fn a_status_is_judged_by_its_list() {
    const LIST: &str = "https://issuer.example/status/1";
    let issuer = issuer(Suite::EddsaRdfc2022);
    let with_status = |index: u32, purpose: &str| {
        let mut document = credential(&issuer);
        document["credentialStatus"] = json!({
            "type": "BitstringStatusListEntry", "statusPurpose": purpose,
            "statusListIndex": index.to_string(), "statusListCredential": LIST,
        });
        let secured = issued(&issuer, &document);
        let body = json!({ "verifiableCredential": secured }).to_string();
        CredentialCheck::read(body.as_bytes()).unwrap().verify(&Resolved::new(), NOW).unwrap()
    };
    let list = |purpose: Purpose| {
        let mut array = StatusArray::new_in(StatusEncoding::Bitstring, 1, 1 << 17).unwrap();
        array.set(9, 1).unwrap();
        let document = ListDocument {
            id: LIST,
            issuer: issuer.did(),
            purposes: &[purpose],
            array: &array,
            valid_from: NOW,
            valid_until: NOW + 60,
            ttl_ms: 1000,
        };
        let secured = issued(&issuer, &Value::Object(document.to_json().unwrap()));
        let body = json!({ "verifiableCredential": secured }).to_string();
        CredentialCheck::read(body.as_bytes()).unwrap().verify(&Resolved::new(), NOW).unwrap()
    };
    let judge = |index: u32, named: &str, purpose: Purpose| {
        let (document, list) = (with_status(index, named), list(purpose));
        let credential = &document.credentials()[0];
        let entry = &credential.statuses()[0];
        VerifiedDocument::check_status(credential, entry, &list.credentials()[0], NOW)
    };
    judge(8, "revocation", Purpose::Revocation).unwrap();
    judge(9, "refresh", Purpose::Refresh).unwrap();
    assert_eq!(kind(judge(9, "revocation", Purpose::Revocation)), ProblemType::Revoked);
    assert_eq!(kind(judge(9, "suspension", Purpose::Suspension)), ProblemType::Suspended);
    assert_eq!(kind(judge(9, "revocation", Purpose::Suspension)), ProblemType::StatusVerification);
    assert_eq!(kind(judge(1 << 17, "revocation", Purpose::Revocation)), ProblemType::Range);
}
