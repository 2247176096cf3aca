use super::*;
use crate::credential::{ClaimPath, sd_jwt};
use proptest::prelude::*;

#[test]
fn an_issued_jwt_verifies_and_says_what_was_put_in() {
    for algorithm in [Algorithm::Es256, Algorithm::Ed25519] {
        let issuer = party(algorithm, 1);
        let document = object(with(document(), "issuer", issuer.did.as_str().into()));
        let request = IssueVcJwt { document: &document, kid: &issuer.kid, times: times() };
        let issued = issue_credential(&request, &issuer.key).unwrap();
        let unverified = UnverifiedCredential::parse_jwt(&issued.compact).unwrap();
        assert_eq!(unverified.issuer_before_verification(), issuer.did);
        assert_eq!(unverified.verification_methods(), [issuer.kid.as_str()]);
        assert_eq!(unverified.securing(), Securing::Jwt);
        let verified = verify_jwt(&issued.compact).unwrap();
        assert_eq!(verified.issuer(), issuer.did);
        assert_eq!(verified.verification_method(), issuer.kid);
        assert_eq!(verified.key(), &issuer.key.verifying_key().into());
        assert_eq!(verified.valid_from(), Some(NOW));
        assert_eq!(verified.valid_until(), Some(NOW + 30 * 86_400));
        assert_eq!(verified.issued_at(), Some(NOW));
        assert_eq!(verified.statuses()[0].index, 94_567);
        assert!(!verified.has_unknown_status());
        assert_eq!(verified.subject_ids().collect::<Vec<_>>(), [holder().did]);
        assert_eq!(verified.signed_digest(), Some(&issued.jwt_digest));
        assert_eq!(issued.jwt_digest, sha256(&[issued.compact.as_bytes()]));
        let claims = verified.claims_before_trust();
        assert!(document.iter().all(|(name, value)| claims.get(name) == Some(value)));
    }
}

#[test]
fn a_credential_comes_in_an_envelope_too() {
    let envelope = enveloped(&credential_jwt()).to_string();
    let verified = UnverifiedCredential::parse_json(envelope.as_bytes())
        .unwrap()
        .verify(&Resolved::new(), &VerifyOptions { now: NOW })
        .unwrap();
    assert_eq!(verified.securing(), Securing::Jwt);
}

#[test]
fn validity_is_asked_apart_from_the_signature() {
    let verified = verify_jwt(&credential_jwt()).unwrap();
    assert_eq!(verified.check_validity(NOW - 1), Err(VcError::NotYetValid));
    assert_eq!(verified.check_validity(NOW), Ok(()));
    assert_eq!(verified.check_validity(NOW + 30 * 86_400), Ok(()));
    assert_eq!(verified.check_validity(NOW + 30 * 86_400 + 1), Err(VcError::Expired));
}

#[test]
fn the_status_of_a_credential_is_read_from_its_issuers_list() {
    use crate::{
        registry::StatusEncoding,
        status::{
            StatusArray,
            bitstring::{ExpectedList, ListDocument, Purpose, StatusList},
        },
    };
    let issuer = issuer();
    let mut array = StatusArray::new_in(StatusEncoding::Bitstring, 1, 1 << 17).unwrap();
    array.set(94_567, 1).unwrap();
    let list = "https://university.example/status/3";
    let document = ListDocument {
        id: list,
        issuer: &issuer.did,
        purposes: &[Purpose::Revocation],
        array: &array,
        valid_from: NOW,
        valid_until: NOW + 600,
        ttl_ms: 60_000,
    };
    let document = document.to_json().unwrap();
    let request = IssueVcJwt { document: &document, kid: &issuer.kid, times: times() };
    let signed_list = verify_jwt(&issue_credential(&request, &issuer.key).unwrap().compact).unwrap();
    let credential = verify_jwt(&credential_jwt()).unwrap();
    let expected = ExpectedList { list, issuer: credential.issuer(), now: NOW };
    let read = StatusList::read(&signed_list, &expected).unwrap();
    assert_eq!(read.status(&credential.statuses()[0]).unwrap().value, 1);
    let other = ExpectedList { issuer: &holder().did, ..expected };
    assert_eq!(StatusList::read(&signed_list, &other), Err(BitstringError::OtherIssuer));
}

/// A credential as SD-JWT with the degree held back, and the holder's binding of a presentation.
pub(super) fn sd_credential() -> String {
    let (issuer, holder, document) = (issuer(), holder(), object(document()));
    let disclosable = [
        ClaimPath::names("credentialSubject", &["degree", "name"]),
        ClaimPath::names("credentialSubject", &["degree"]),
    ];
    let request = IssueVcSdJwt {
        credential: IssueVcJwt { document: &document, kid: &issuer.kid, times: times() },
        disclosable: &disclosable,
        holder: Some(holder.key.verifying_key()),
        decoys_to_multiple_of: 2,
    };
    issue_sd_credential(&request, &issuer.key, &SeededRandom::new(5)).unwrap().compact
}

/// `shown` (which ends in `~`) with the holder's binding.
pub(super) fn bound(shown: &str, key: &SoftwareKey, aud: &str, nonce: &str) -> String {
    let sd_hash = URL_SAFE_NO_PAD.encode(sha256(&[shown.as_bytes()]));
    let claims = json!({ "aud": aud, "nonce": nonce, "iat": NOW, "sd_hash": sd_hash });
    format!("{shown}{}", signed(&json!({ "alg": "ES256", "typ": "kb+jwt" }), &claims, key))
}

pub(super) fn expected_binding() -> ExpectedKeyBinding<'static> {
    ExpectedKeyBinding {
        audiences: &[AUDIENCE],
        nonce: ExpectedNonce::Exactly(NONCE),
        iat: (NOW - 60, NOW + 15),
    }
}

#[test]
fn an_issued_sd_jwt_verifies_with_what_is_disclosed() {
    let all = sd_credential();
    let verified = verify_sd(&all).unwrap();
    assert_eq!(verified.securing(), Securing::SdJwt);
    let subject = &verified.claims_before_trust()["credentialSubject"];
    assert_eq!(subject, &document()["credentialSubject"]);
    let jwt = all.split('~').next().unwrap();
    assert_eq!(verified.signed_digest(), Some(&sha256(&[jwt.as_bytes()])));

    let nothing = bound(&format!("{jwt}~"), &holder().key, AUDIENCE, NONCE);
    let verified = verify_sd(&nothing).unwrap();
    assert_eq!(verified.claims_before_trust()["credentialSubject"], json!({ "id": holder().did }));
    assert_eq!(verified.bound_key(), Some(holder().key.verifying_key()));
    let binding = verified.verify_key_binding(&expected_binding()).unwrap();
    assert_eq!(binding.aud, AUDIENCE);
    assert_eq!(verified.signed_digest(), Some(&sha256(&[jwt.as_bytes()])), "whatever is disclosed");
}

#[test]
fn what_must_always_be_shown_cannot_be_issued_disclosable() {
    let (issuer, document) = (issuer(), object(document()));
    for name in NEVER_DISCLOSABLE {
        let request = IssueVcSdJwt {
            credential: IssueVcJwt { document: &document, kid: &issuer.kid, times: times() },
            disclosable: &[ClaimPath::name(name)],
            holder: None,
            decoys_to_multiple_of: 0,
        };
        let refused = issue_sd_credential(&request, &issuer.key, &SeededRandom::new(5));
        let expected = VcIssueError::Disclosure(sd_jwt::IssueError::NeverDisclosable(name.into()));
        assert_eq!(refused, Err(expected));
    }
}

#[test]
fn a_presentation_verifies_with_the_credentials_in_it() {
    let (holder, document) = (holder(), object(presentation()));
    let request = IssueVpJwt {
        document: &document,
        kid: &holder.kid,
        audience: AUDIENCE,
        nonce: NONCE,
        times: JwtTimes { issued_at: Some(NOW), ..JwtTimes::default() },
    };
    let compact = issue_presentation(&request, &holder.key).unwrap();
    let unverified = UnverifiedPresentation::parse_jwt(&compact).unwrap();
    let mut methods = [holder.kid.clone(), issuer().kid];
    methods.sort();
    assert_eq!(unverified.verification_methods(), methods);
    let verified = unverified.verify(&Resolved::new(), &EXPECTED).unwrap();
    assert_eq!((verified.holder(), verified.verification_method()), (&*holder.did, &*holder.kid));
    assert_eq!((verified.challenge(), verified.audiences()), (Some(NONCE), &[AUDIENCE.to_owned()][..]));
    assert_eq!(verified.signed_at(), Some(NOW));
    assert_eq!(verified.key(), &holder.key.verifying_key().into());
    assert_eq!(verified.credentials()[0].issuer(), issuer().did);
    let envelope = json!({
        "@context": CONTEXT_V2, "type": "EnvelopedVerifiablePresentation",
        "id": format!("data:application/vp+jwt,{compact}"),
    });
    let again = UnverifiedPresentation::parse_json(envelope.to_string().as_bytes()).unwrap();
    again.verify(&Resolved::new(), &EXPECTED).unwrap();
}

#[test]
fn a_holder_presents_what_he_asserts_himself() {
    let holder = holder();
    let own = json!({
        "@context": [CONTEXT_V2], "type": "VerifiableCredential", "issuer": holder.did,
        "credentialSubject": { "id": holder.did },
    });
    let payload = with(presentation_payload(), "verifiableCredential", json!([own]));
    let verified = verify_presentation(&signed(&vp_header(), &payload, &holder.key)).unwrap();
    assert_eq!(verified.credentials()[0].securing(), Securing::SelfAsserted);
    assert_eq!(verified.credentials()[0].signed_digest(), None);
}

#[test]
fn nothing_is_issued_that_a_verifier_would_refuse() {
    let (issuer, other) = (issuer(), holder());
    let issue = |document: Value, kid: &str| {
        let document = object(document);
        issue_credential(&IssueVcJwt { document: &document, kid, times: times() }, &issuer.key).unwrap_err()
    };
    assert_eq!(issue(document(), &other.kid), VcIssueError::Kid);
    assert_eq!(issue(document(), &issuer.did), VcIssueError::Kid);
    for name in ["proof", "vc", "iss", "exp", "jti", "_sd_alg"] {
        let refused = issue(with(document(), name, json!({ "type": "x" })), &issuer.kid);
        assert_eq!(refused, VcIssueError::Reserved(name));
    }
    let refused = issue(with(document(), "type", json!("Other")), &issuer.kid);
    assert_eq!(refused, VcIssueError::Model(ModelError::Type));
    let presentation = object(presentation());
    let request = IssueVpJwt {
        document: &presentation,
        kid: &issuer.kid,
        audience: AUDIENCE,
        nonce: NONCE,
        times: times(),
    };
    assert_eq!(issue_presentation(&request, &issuer.key), Err(VcIssueError::Kid));
}

proptest! {
    #[test]
    fn no_text_makes_the_readers_panic(text in "[A-Za-z0-9_.~-]{0,200}") {
        let _ = UnverifiedCredential::parse_jwt(&text);
        let _ = UnverifiedCredential::parse_sd_jwt(&text);
        let _ = UnverifiedPresentation::parse_jwt(&text);
    }

    #[test]
    fn a_jwt_with_any_letter_changed_is_refused(at in any::<prop::sample::Index>(), letter in "[A-Za-z0-9_.~-]") {
        let compact = credential_jwt();
        let at = at.index(compact.len());
        let changed = format!("{}{letter}{}", &compact[..at], &compact[at + 1..]);
        prop_assume!(changed != compact);
        prop_assert!(verify_jwt(&changed).is_err());
    }
}
