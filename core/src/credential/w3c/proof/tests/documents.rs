//! Credentials and presentations with proofs in them.

use super::*;
use crate::{
    credential::w3c::{
        PresentationOptions, UnverifiedCredential, UnverifiedPresentation, VcError, VerifiedCredential,
        VerifiedPresentation, VerifyOptions, json_ld::JsonLdError, model::ModelError,
    },
    crypto::sha256,
    did::MethodError,
};

const JCS: Cryptosuite = Cryptosuite::EcdsaJcs2019;
const RDFC: Cryptosuite = Cryptosuite::EcdsaRdfc2019;

fn proved(document: Value, suite: Cryptosuite, party: &Party, purpose: Relationship) -> Value {
    let mut options = options(suite, party);
    options.purpose = purpose;
    sign(&object(document), &options, party.signer.as_ref(), &Limits::default()).unwrap().into()
}

fn unsecured(issuer: &Party) -> Value {
    let mut document = document();
    document["issuer"] = issuer.did().into();
    document.into()
}

fn credential(suite: Cryptosuite) -> Value {
    let issuer = Party::of(suite, 1);
    proved(unsecured(&issuer), suite, &issuer, Relationship::AssertionMethod)
}

fn presentation(credential: Value, holder: &Party) -> Value {
    json!({
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "type": ["VerifiablePresentation"],
        "holder": holder.did(),
        "verifiableCredential": [credential],
    })
}

fn presented(suite: Cryptosuite) -> Value {
    let holder = Party::of(suite, 2);
    let presentation = presentation(credential(suite), &holder);
    proved(presentation, suite, &holder, Relationship::Authentication)
}

fn verify_credential(json: &Value) -> Result<VerifiedCredential, VcError> {
    let credential = UnverifiedCredential::parse_json(json.to_string().as_bytes())?;
    credential.verify(&Resolved::new(), &VerifyOptions { now: NOW })
}

fn verify_presentation(json: &Value) -> Result<VerifiedPresentation, VcError> {
    let expected = PresentationOptions {
        now: NOW,
        challenge: Some("n-1"),
        audiences: Some(&["another.example", "counter.example"]),
        bound_to_holder: false,
    };
    UnverifiedPresentation::parse_json(json.to_string().as_bytes())?.verify(&Resolved::new(), &expected)
}

#[test]
fn a_credential_with_a_proof_is_verified_and_says_who_signed() {
    for suite in WHOLE {
        let json = credential(suite);
        let verified = verify_credential(&json).unwrap();
        let issuer = Party::of(suite, 1);
        assert_eq!(verified.issuer(), issuer.did());
        assert_eq!(verified.verification_method(), issuer.method);
        assert_eq!(verified.key(), issuer.signer.public_key());
        assert_eq!(verified.issued_at(), Some(NOW));
        assert_eq!(verified.claims_before_trust(), unsecured(&issuer).as_object().unwrap());
        let canonical = serde_json_canonicalizer::to_vec(&json).unwrap();
        assert_eq!(verified.signed_digest(), Some(&sha256(&[&canonical])));
    }
}

#[test]
fn a_presentation_with_a_proof_is_verified_with_the_credential_in_it() {
    for suite in WHOLE {
        let verified = verify_presentation(&presented(suite)).unwrap();
        assert_eq!(verified.holder(), Party::of(suite, 2).did());
        assert_eq!(verified.challenge(), Some("n-1"));
        assert_eq!(verified.audiences(), ["counter.example"]);
        assert_eq!(verified.credentials()[0].issuer(), Party::of(suite, 1).did());
    }
}

#[test]
fn a_context_that_the_holder_appended_gives_no_type_a_meaning() {
    let issuer = Party::of(JCS, 1);
    let mut document = unsecured(&issuer);
    document["@context"] = json!(["https://www.w3.org/ns/credentials/v2"]);
    document["type"] = json!(["VerifiableCredential", "LandTitleCredential"]);
    document["credentialSubject"] = json!({ "id": "did:example:student" });
    let mut signed = proved(document, JCS, &issuer, Relationship::AssertionMethod);
    signed["@context"].as_array_mut().unwrap().push("https://land.yufu.example/contexts/land-title/1".into());
    let refused = verify_credential(&signed).unwrap_err();
    assert_eq!(refused, VcError::JsonLd(JsonLdError::UndefinedType("LandTitleCredential".into())));
}

#[test]
fn a_proof_that_somebody_added_beside_the_issuers_changes_nothing_about_who_issued() {
    let signed = credential(JCS);
    let other = proved(signed, JCS, &Party::of(JCS, 7), Relationship::AssertionMethod);
    let mut reversed = other.clone();
    reversed["proof"].as_array_mut().unwrap().reverse();
    for json in [other, reversed] {
        let verified = verify_credential(&json).unwrap();
        assert_eq!(verified.verification_method(), Party::of(JCS, 1).method);
    }
}

#[test]
fn malformed_and_forged_credentials_with_proofs_meet_their_refusal() {
    let issuer = Party::of(JCS, 1);
    let thief = Party::of(JCS, 7);
    let change = |change: fn(&mut Value)| {
        let mut json = credential(RDFC);
        change(&mut json);
        verify_credential(&json).unwrap_err()
    };
    let stolen = proved(unsecured(&issuer), JCS, &thief, Relationship::AssertionMethod);
    let to_log_in = proved(unsecured(&issuer), JCS, &issuer, Relationship::Authentication);
    let twice = {
        let text = credential(JCS).to_string().replacen("\"proof\":{", "\"proof\":{\"type\":\"none\",", 1);
        let credential = UnverifiedCredential::parse_json(text.as_bytes());
        credential.unwrap_err()
    };
    let cases = [
        ("by another than the issuer", verify_credential(&stolen).unwrap_err(), VcError::OtherSigner),
        (
            "in a proof to log in",
            verify_credential(&to_log_in).unwrap_err(),
            VcError::Proof(ProofError::OtherPurpose),
        ),
        ("a member twice in the proof", twice, VcError::Model(ModelError::Json)),
        ("no proof", change(|c| drop(c.as_object_mut().unwrap().remove("proof"))), VcError::Unsecured),
        ("a proof of no type", change(|c| c["proof"]["type"] = "".into()), VcError::Proof(ProofError::Type)),
        (
            "an unknown suite",
            change(|c| c["proof"]["cryptosuite"] = "none".into()),
            VcError::Proof(ProofError::UnknownSuite("none".into())),
        ),
        (
            "another issuer written in",
            change(|c| c["issuer"] = "did:example:another".into()),
            VcError::Proof(ProofError::Signature),
        ),
        (
            "another claim written in",
            change(|c| c["credentialSubject"]["degree"]["name"] = "Doctor".into()),
            VcError::Proof(ProofError::Signature),
        ),
        (
            "a key that is not to be had",
            change(|c| c["proof"]["verificationMethod"] = "did:web:a.example#1".into()),
            VcError::Method(MethodError::NotResolved),
        ),
        (
            "an unknown context",
            change(|c| c["@context"][1] = "https://a.example/context".into()),
            VcError::JsonLd(JsonLdError::UnknownContext("https://a.example/context".into())),
        ),
    ];
    for (name, refused, expected) in cases {
        assert_eq!(refused, expected, "{name}");
    }
}

#[test]
fn malformed_and_forged_presentations_with_proofs_meet_their_refusal() {
    let change = |change: fn(&mut Value)| {
        let mut json = presented(JCS);
        change(&mut json);
        verify_presentation(&json).unwrap_err()
    };
    let holder = Party::of(JCS, 2);
    let made = |party: &Party, purpose, change: fn(&mut ProofOptions)| {
        let mut options = options(JCS, party);
        options.purpose = purpose;
        change(&mut options);
        let document = object(presentation(credential(JCS), &holder));
        let json = sign(&document, &options, party.signer.as_ref(), &Limits::default()).unwrap();
        verify_presentation(&json.into()).unwrap_err()
    };
    let nobody_named = {
        let mut unnamed = presentation(credential(JCS), &holder);
        unnamed.as_object_mut().unwrap().remove("holder");
        let one = proved(unnamed, JCS, &holder, Relationship::Authentication);
        assert_eq!(verify_presentation(&one).unwrap().holder(), holder.did());
        let two = proved(one, JCS, &Party::of(JCS, 7), Relationship::Authentication);
        verify_presentation(&two).unwrap_err()
    };
    let broken = {
        let mut broken = credential(JCS);
        broken["credentialSubject"]["id"] = "did:example:another".into();
        let json = proved(presentation(broken, &holder), JCS, &holder, Relationship::Authentication);
        verify_presentation(&json).unwrap_err()
    };
    let login = Relationship::Authentication;
    let cases = [
        ("another challenge", made(&holder, login, |o| o.challenge = Some("n-2".into())), VcError::Challenge),
        ("no challenge", made(&holder, login, |o| o.challenge = None), VcError::Challenge),
        ("another domain", made(&holder, login, |o| o.domain = vec!["a.example".into()]), VcError::Audience),
        ("no domain", made(&holder, login, |o| o.domain.clear()), VcError::Audience),
        ("by another than the holder", made(&Party::of(JCS, 7), login, |_| {}), VcError::OtherSigner),
        (
            "in a proof to sign credentials",
            made(&holder, Relationship::AssertionMethod, |_| {}),
            VcError::Proof(ProofError::OtherPurpose),
        ),
        (
            "expired",
            made(&holder, login, |o| o.expires = Some(NOW - 86_400)),
            VcError::Proof(ProofError::Expired),
        ),
        ("two who present, nobody named", nobody_named, VcError::OtherSigner),
        (
            "a credential with a broken proof",
            broken,
            VcError::Presented(0, Box::new(VcError::Proof(ProofError::Signature))),
        ),
        (
            "another holder written in",
            change(|p| p["holder"] = "did:example:another".into()),
            VcError::Proof(ProofError::Signature),
        ),
        (
            "a credential taken out",
            change(|p| p["verifiableCredential"] = json!([])),
            VcError::Proof(ProofError::Signature),
        ),
        (
            "its challenge rewritten",
            change(|p| p["proof"]["challenge"] = "n-2".into()),
            VcError::Proof(ProofError::Signature),
        ),
        ("no proof", change(|p| drop(p.as_object_mut().unwrap().remove("proof"))), VcError::Unsecured),
    ];
    for (name, refused, expected) in cases {
        assert_eq!(refused, expected, "{name}");
    }
}
