use super::*;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

fn object(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

/// A credential with every property that the data model defines.
fn full() -> Value {
    json!({
        "@context": [CONTEXT_V2, "https://www.w3.org/ns/credentials/examples/v2"],
        "id": "https://university.example/credentials/3732",
        "type": ["VerifiableCredential", "ExampleDegreeCredential"],
        "issuer": {
            "id": "did:example:76e12ec712ebc6f1c221ebfeb1f",
            "name": [
                { "@value": "Example University", "@language": "en" },
                { "@value": "جامعة المثال", "@language": "ar", "@direction": "rtl" },
            ],
            "description": "A public university",
        },
        "validFrom": "2010-01-01T19:23:24Z",
        "validUntil": "2040-01-01T19:23:24+08:00",
        "name": { "@value": "学位", "@language": "zh-Hans-CN" },
        "description": "A degree",
        "credentialSubject": [
            { "id": "did:example:ebfeb1f712ebc6f1c276e12ec21", "degree": { "type": "ExampleBachelorDegree" } },
            { "alumniOf": "Example University" },
        ],
        "credentialStatus": [{
            "type": "BitstringStatusListEntry",
            "statusPurpose": "revocation",
            "statusListIndex": "94567",
            "statusListCredential": "https://university.example/status/3",
        }, { "type": "OtherStatus" }],
        "credentialSchema": {
            "id": "https://example.org/schemas/degree.json",
            "type": "JsonSchema",
            "digestSRI": "sha384-S57yQDg1MTzF56Oi9DbSQ14u7jBy0RDdx0YbeV7shwhCS88G8SCXeFq82PafhCrW",
        },
        "evidence": [{ "id": "https://university.example/evidence/1", "type": ["DocumentVerification"] }],
        "termsOfUse": { "type": "TrustFrameworkPolicy" },
        "refreshService": { "type": "VerifiableCredentialRefreshService2021" },
        "relatedResource": [{
            "id": "https://www.w3.org/ns/credentials/v2",
            "mediaType": "application/ld+json",
            "digestMultibase": "uEiBZlVztZpfWHgPyslVv6-UwirFoQoRvW1htfx963sknNA",
        }],
        "proof": { "type": "DataIntegrityProof" },
    })
}

#[test]
fn a_credential_with_every_property_is_read() {
    let credential = Credential::parse(full().to_string().as_bytes()).unwrap();
    assert_eq!(credential.id(), Some("https://university.example/credentials/3732"));
    assert_eq!(credential.types(), ["VerifiableCredential", "ExampleDegreeCredential"]);
    let issuer = credential.issuer();
    assert_eq!(issuer.id, "did:example:76e12ec712ebc6f1c221ebfeb1f");
    assert_eq!(issuer.names[1].direction, Some(Direction::RightToLeft));
    assert_eq!(credential.names()[0].language.as_deref(), Some("zh-Hans-CN"));
    assert_eq!(credential.valid_until().unwrap().to_string(), "2040-01-01T11:23:24Z");
    assert_eq!(credential.subjects()[0].id.as_deref(), Some("did:example:ebfeb1f712ebc6f1c276e12ec21"));
    assert_eq!(credential.subjects()[1].id, None);
    assert!(matches!(&credential.statuses()[0], Status::Bitstring(entry) if entry.index == 94_567));
    assert_eq!(credential.statuses()[1], Status::Unknown(vec!["OtherStatus".into()]));
    assert_eq!(credential.schemas()[0].types, ["JsonSchema"]);
    assert!(credential.has_proof());
    assert_eq!(Value::Object(credential.into_document()), full());
}

#[test]
fn the_least_credential_is_read() {
    let least = json!({
        "@context": [CONTEXT_V2], "type": "VerifiableCredential", "issuer": "did:web:a.example",
        "credentialSubject": { "x": 1 },
    });
    let credential = Credential::parse(least.to_string().as_bytes()).unwrap();
    assert_eq!((credential.id(), credential.valid_from()), (None, None));
    assert!(credential.statuses().is_empty() && !credential.has_proof());
}

#[test]
fn a_related_resource_is_checked_against_every_digest() {
    let resource = |sri: Option<String>, multibase: Option<String>| RelatedResource {
        id: "https://a.example".into(),
        media_type: None,
        digest_sri: sri,
        digest_multibase: multibase,
    };
    let hash = |algorithm: &'static ring::digest::Algorithm, prefix: [u8; 2]| {
        [&prefix[..], ring::digest::digest(algorithm, b"resource").as_ref()].concat()
    };
    let good = crate::credential::types::integrity_of(b"resource");
    let url = format!("u{}", URL_SAFE_NO_PAD.encode(hash(&ring::digest::SHA256, [0x12, 32])));
    let base58 = format!("z{}", bs58::encode(hash(&ring::digest::SHA512, [0x13, 64])).into_string());
    for (sri, multibase) in [
        (Some(good.clone()), None),
        (None, Some(url.clone())),
        (None, Some(base58)),
        (Some(good.clone()), Some(url.clone())),
    ] {
        let resource = resource(sri, multibase);
        assert_eq!(resource.check(b"resource"), Ok(()));
        assert_eq!(resource.check(b"another"), Err(DigestError));
    }
    let other = crate::credential::types::integrity_of(b"another");
    assert_eq!(resource(Some(other), Some(url)).check(b"resource"), Err(DigestError), "both must hold");
    assert_eq!(resource(None, None).check(b"resource"), Err(DigestError));
}

#[test]
fn media_types_are_read_with_their_parameters() {
    for (text, expected) in [
        ("application/vc", MediaType::Vc),
        ("Application/VP", MediaType::Vp),
        ("application/vc+jwt", MediaType::VcJwt),
        ("application/vp+jwt", MediaType::VpJwt),
        ("application/vc+sd-jwt ", MediaType::VcSdJwt),
        ("application/vp+sd-jwt;", MediaType::VpSdJwt),
    ] {
        assert_eq!(text.parse(), Ok(expected), "{text}");
        assert_eq!(expected.as_str().parse(), Ok(expected));
        assert!(expected.is_named_by(expected.short()) && expected.is_named_by(expected.as_str()));
    }
    let (media_type, parameters) =
        MediaType::parse("application/vc; charset=utf-8 ;Profile=\"a;\\\"b\"").unwrap();
    assert_eq!(media_type, MediaType::Vc);
    let expected = [("charset", "utf-8"), ("profile", "a;\"b")].map(|(a, b)| (a.to_owned(), b.to_owned()));
    assert_eq!(parameters, expected);
    for unknown in ["application/json", "text/html", "application/vc+ld+json", "application/sd-jwt"] {
        assert_eq!(MediaType::parse(unknown), Err(MediaTypeError::Unknown), "{unknown}");
    }
    for malformed in [
        "",
        "application",
        "/",
        "application/",
        "application/v c",
        "application/vc;x",
        "application/vc;x=",
        "application/vc;x=\"open",
        "application/vc;a=1;A=2",
        "application/vc x=1",
        "application/vc;a=\"1\"2",
        &format!("application/vc;a={}", "b".repeat(600)),
    ] {
        assert_eq!(MediaType::parse(malformed), Err(MediaTypeError::Malformed), "{malformed}");
    }
    assert!(!MediaType::VcJwt.is_named_by("JWT") && !MediaType::VcJwt.is_named_by("vp+jwt"));
}

#[test]
fn a_presentation_holds_embedded_and_enveloped_credentials() {
    let enveloped = json!({
        "@context": CONTEXT_V2,
        "id": "data:application/vc+jwt,eyJhbGciOiJFUzI1NiJ9.e30.AA",
        "type": "EnvelopedVerifiableCredential",
    });
    let presentation = json!({
        "@context": [CONTEXT_V2],
        "id": "urn:uuid:3978344f-8596-4c3a-a978-8fcaba3903c5",
        "type": ["VerifiablePresentation"],
        "holder": { "id": "did:example:ebfeb1f712ebc6f1c276e12ec21" },
        "verifiableCredential": [full(), enveloped],
    });
    let presentation = Presentation::parse(presentation.to_string().as_bytes()).unwrap();
    assert_eq!(presentation.holder(), Some("did:example:ebfeb1f712ebc6f1c276e12ec21"));
    let [PresentedCredential::Embedded(embedded), PresentedCredential::Enveloped(read)] =
        presentation.credentials()
    else {
        panic!("{presentation:?}");
    };
    assert_eq!(Value::Object(embedded.document().clone()), full());
    assert_eq!((read.media_type, read.compact.as_str()), (MediaType::VcJwt, "eyJhbGciOiJFUzI1NiJ9.e30.AA"));
    assert_eq!(read.to_json(), enveloped);
}

#[test]
fn a_holder_may_present_what_he_asserts_himself_and_nothing_else_that_is_unsecured() {
    let mut own = full();
    own.as_object_mut().unwrap().remove("proof");
    let presentation = |holder: Value| {
        object(json!({
            "@context": [CONTEXT_V2], "type": "VerifiablePresentation", "holder": holder,
            "verifiableCredential": own,
        }))
    };
    let issuer = own["issuer"]["id"].clone();
    assert!(Presentation::from_document(presentation(issuer)).is_ok());
    let other = Presentation::from_document(presentation("did:example:other".into()));
    assert_eq!(other, Err(ModelError::SelfAsserted));
    let mut none = presentation("did:example:other".into());
    none.remove("holder");
    assert_eq!(Presentation::from_document(none), Err(ModelError::SelfAsserted));
}

#[test]
fn limits_hold() {
    let large = format!("{{\"a\":\"{}\"}}", "x".repeat(MAX_DOCUMENT));
    assert_eq!(Credential::parse(large.as_bytes()).unwrap_err(), ModelError::TooLarge);
    let with = |value: Value| {
        let mut document = object(full());
        document["credentialSubject"] = json!({ "x": value });
        Credential::from_document(document).map(|_| ())
    };
    let nested = |depth: usize| (0..depth).fold(json!(1), |inner, _| json!([inner]));
    assert_eq!(with(nested(MAX_DEPTH - 2)), Ok(()));
    assert_eq!(with(nested(MAX_DEPTH - 1)), Err(ModelError::TooLarge));
    assert_eq!(with(vec![0; MAX_VALUES].into()), Err(ModelError::TooLarge));
    let deep = format!("{}1{}", "[".repeat(2000), "]".repeat(2000));
    assert_eq!(Credential::parse(format!("{{\"a\":{deep}}}").as_bytes()).unwrap_err(), ModelError::Json);
}

proptest! {
    #[test]
    fn no_text_makes_the_readers_panic(text in "\\PC{0,100}") {
        let _ = Credential::parse(text.as_bytes());
        let _ = Presentation::parse(text.as_bytes());
        let _ = MediaType::parse(&text);
        let _ = MediaType::parse(&format!("application/vc;{text}"));
        let mut document = object(full());
        document["relatedResource"][0]["digestMultibase"] = text.as_str().into();
        document["relatedResource"][0]["digestSRI"] = text.into();
        let _ = Credential::from_document(document);
    }

    #[test]
    fn no_member_of_another_form_makes_the_reader_panic(at in 0usize..15, form in 0usize..8) {
        let forms = [
            json!(null), json!(1), json!(""), json!("x"), json!([]), json!([[]]), json!({}), json!([{}, 1]),
        ];
        let mut document = object(full());
        let name = document.keys().nth(at).unwrap().clone();
        document[&name] = forms[form].clone();
        let _ = Credential::from_document(document);
    }
}
