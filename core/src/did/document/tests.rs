use super::*;
use crate::crypto::{Algorithm, Signer, testing};
use proptest::prelude::*;

const DID: &str = "did:web:a.example";
const ED25519: &str = "z6MkpTHR8VNsBxYAAWHut2Geadd9jSwuBV8xRoAnwWsdvktH";

fn full() -> Value {
    let key = PublicKey::from(testing::key(Algorithm::Es256, 1).verifying_key());
    json!({
        "@context": [CONTEXT_DID, CONTEXT_MULTIKEY, CONTEXT_JWK],
        "id": DID,
        "alsoKnownAs": ["did:web:b.example"],
        "controller": "did:web:c.example",
        "verificationMethod": [
            { "id": "#a", "type": "Multikey", "controller": DID, "publicKeyMultibase": ED25519 },
            { "id": "did:web:a.example#b", "type": "JsonWebKey", "controller": DID, "publicKeyJwk": key.jwk() },
            { "id": "#c", "type": "EcdsaSecp256k1VerificationKey2019", "controller": DID },
        ],
        "assertionMethod": ["#a", "did:web:a.example#c"],
        "authentication": [{ "id": "#d", "type": "Multikey", "controller": DID, "publicKeyMultibase": ED25519 }],
        "service": [
            { "id": "#s1", "type": "One", "serviceEndpoint": "https://a.example/1" },
            { "id": "#s2", "type": ["One", "Two"], "serviceEndpoint": [{ "uri": "x" }, "https://a.example/2"] },
        ],
    })
}

fn parse(document: &Value) -> Result<Document, DocumentError> {
    Document::parse(document.to_string().as_bytes())
}

#[test]
fn a_document_is_read_in_full_and_written_the_same() {
    let document = parse(&full()).unwrap();
    assert_eq!(document.verification_method[0].id, "did:web:a.example#a");
    assert_eq!(document.controller, ["did:web:c.example"]);
    assert_eq!(document.service[1].types, ["One", "Two"]);
    assert_eq!(parse(&document.json()).unwrap(), document);
    let serves = |id: &str, relationship| document.method(id, relationship).map(|(_, serves)| serves);
    assert_eq!(serves("did:web:a.example#a", Relationship::AssertionMethod), Some(true));
    assert_eq!(serves("did:web:a.example#a", Relationship::Authentication), Some(false));
    // An embedded method serves its place alone.
    assert_eq!(serves("did:web:a.example#d", Relationship::Authentication), Some(true));
    assert_eq!(serves("did:web:a.example#d", Relationship::AssertionMethod), Some(false));
    assert_eq!(serves("did:web:a.example#x", Relationship::AssertionMethod), None);
    assert!(document.verification_method[2].key().is_none());
}

#[test]
fn an_embedded_method_serves_no_other_relationship_that_names_it() {
    let mut document = full();
    document["assertionMethod"] = json!(["#d"]);
    let document = parse(&document).unwrap();
    let found = document.method("did:web:a.example#d", Relationship::AssertionMethod);
    assert_eq!(found.map(|(_, serves)| serves), Some(false));
}

#[test]
fn each_fault_is_refused_by_its_name() {
    let with = |pointer: &str, value: Value| {
        let mut document = full();
        *document.pointer_mut(pointer).unwrap() = value;
        parse(&document).unwrap_err()
    };
    let many: Vec<_> = (0..=MAX_ENTRIES).map(|n| json!(format!("#k{n}"))).collect();
    for (pointer, value, expected) in [
        ("/@context", json!("https://a.example/"), DocumentError::Context),
        ("/@context", json!([]), DocumentError::Context),
        ("/id", json!("https://a.example"), DocumentError::Id),
        ("/id", json!("did:web:a.example#a"), DocumentError::Id),
        ("/alsoKnownAs", json!("did:web:b.example"), DocumentError::AlsoKnownAs),
        ("/alsoKnownAs", json!(["x:y", "x:y"]), DocumentError::Duplicate),
        ("/controller", json!(["x:y"]), DocumentError::Controller),
        ("/verificationMethod", json!({}), DocumentError::Method),
        ("/verificationMethod/0/id", json!("a"), DocumentError::Method),
        ("/verificationMethod/0/id", json!("#"), DocumentError::Method),
        ("/verificationMethod/0/id", json!("#b"), DocumentError::Duplicate),
        ("/verificationMethod/0/id", json!("#d"), DocumentError::Duplicate),
        ("/verificationMethod/0/controller", json!(null), DocumentError::Method),
        ("/verificationMethod/0/publicKeyMultibase", json!(1), DocumentError::Method),
        ("/verificationMethod/1/publicKeyJwk", json!({ "d": "x" }), DocumentError::PrivateKey),
        ("/assertionMethod", json!(many), DocumentError::TooMany),
        ("/assertionMethod", json!([1]), DocumentError::Method),
        ("/service/0/serviceEndpoint", json!("no url"), DocumentError::Service),
        ("/service/0/serviceEndpoint", json!([]), DocumentError::Service),
        ("/service/0/type", json!([]), DocumentError::Service),
        ("/service/0/id", json!("#s2"), DocumentError::Duplicate),
    ] {
        assert_eq!(with(pointer, value.clone()), expected, "{pointer} {value}");
    }
    let large = vec![b' '; MAX_DOCUMENT + 1];
    assert_eq!(Document::parse(&large), Err(DocumentError::TooLarge));
    assert_eq!(Document::parse(br#"{"id":"did:a:b","id":"did:a:c"}"#), Err(DocumentError::NotJson));
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes: Vec<u8>) {
        let _ = Document::parse(&bytes);
    }
}
