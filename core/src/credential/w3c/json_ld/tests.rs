use super::{JsonLdError, Limits, label_nodes, to_dataset, type_iris};
use crate::{
    credential::w3c::{
        contexts::{CREDENTIALS_V2, Contexts, LAND_TITLE_1},
        rdf::{self, Hash},
    },
    test_vectors,
};
use serde_json::{Map, Value, json};
use std::sync::Arc;

fn object(value: Value) -> Map<String, Value> {
    let Value::Object(object) = value else { panic!("an object") };
    object
}

fn canonical(document: Value, hash: Hash) -> Result<String, JsonLdError> {
    let dataset = to_dataset(&object(document), &Limits::default())?;
    Ok(rdf::canonicalize(&dataset, hash, 100_000).expect("a small graph").text())
}

fn lines(document: Value) -> Result<String, JsonLdError> {
    canonical(document, Hash::Sha256)
}

fn refusal(document: Value) -> JsonLdError {
    lines(document).expect_err("a refusal")
}

/// A document with a context of its own that has `https://e.example/` as its vocabulary.
fn with_terms(terms: Value, mut members: Value) -> Value {
    let mut context =
        object(json!({ "@vocab": "https://e.example/", "xsd": "http://www.w3.org/2001/XMLSchema#" }));
    context.extend(object(terms));
    members["@context"] = context.into();
    members
}

#[test]
fn the_published_documents_and_proof_options_have_the_published_lines() {
    let vectors = [
        ("vc-di-ecdsa/unsigned.json", "vc-di-ecdsa/ecdsa-rdfc-2019-p256/canonDocECDSAP256.txt", Hash::Sha256),
        ("vc-di-ecdsa/unsigned.json", "vc-di-ecdsa/ecdsa-rdfc-2019-p384/canonDocECDSAP384.txt", Hash::Sha384),
        (
            "vc-di-ecdsa/ecdsa-rdfc-2019-p256/proofConfigECDSAP256.json",
            "vc-di-ecdsa/ecdsa-rdfc-2019-p256/proofCanonECDSAP256.txt",
            Hash::Sha256,
        ),
        (
            "vc-di-ecdsa/ecdsa-rdfc-2019-p384/proofConfigECDSAP384.json",
            "vc-di-ecdsa/ecdsa-rdfc-2019-p384/proofCanonECDSAP384.txt",
            Hash::Sha384,
        ),
        ("vc-di-bbs/addProofConfig.json", "vc-di-bbs/addProofConfigCanon.txt", Hash::Sha256),
    ];
    for (document, expected, hash) in vectors {
        let (Some(document), Some(expected)) = (test_vectors::read(document), test_vectors::read(expected))
        else {
            return;
        };
        let document = serde_json::from_str(&document).expect("JSON");
        assert_eq!(canonical(document, hash).expect("a document").trim_end(), expected.trim_end());
    }
}

#[test]
fn the_windsurf_document_of_the_selective_suites_has_the_published_lines() {
    let (Some(document), Some(expected)) =
        (test_vectors::read("vc-di-bbs/windDoc.json"), test_vectors::read("vc-di-bbs/addBaseDocCanon.json"))
    else {
        return;
    };
    let expected: Vec<String> = serde_json::from_str(&expected).expect("lines");
    let document = serde_json::from_str(&document).expect("JSON");
    assert_eq!(lines(document).expect("a document"), expected.concat());
}

#[test]
fn every_bundled_context_can_be_worked_out() {
    for url in Contexts::bundled().urls() {
        let document = object(json!({ "@context": url, "@type": "https://e.example/T" }));
        let limits = Limits { definitions: 100_000, ..Limits::default() };
        to_dataset(&document, &limits).unwrap_or_else(|error| panic!("{url}: {error}"));
    }
}

#[test]
fn a_land_title_says_what_its_context_says() {
    let document = json!({
        "@context": [CREDENTIALS_V2, LAND_TITLE_1],
        "type": ["VerifiableCredential", "LandTitleCredential"],
        "issuer": "did:yufu:demo:4Rfp7yvWnwmm4Gf8QKQyXkDnAxMc",
        "validFrom": "2026-09-01T00:00:00Z",
        "credentialSubject": {
            "id": "did:key:zDnaeSubject",
            "certificate_number": "京（2026）东城区不动产权第0012345号",
            "area_m2": "86.40",
            "owner": { "name_zh": "诸葛文清", "name_latin": "Zhuge Wenqing", "share": "1/2" },
            "co_owners": [
                { "name_zh": "欧阳明", "name_latin": "Ouyang Ming", "share": "1/4" },
                { "name_zh": "欧阳敏", "name_latin": "Ouyang Min", "share": "1/4" },
            ],
        },
    });
    let types = type_iris(&object(document.clone()), &Limits::default()).expect("types");
    let vc = "https://www.w3.org/2018/credentials#VerifiableCredential";
    assert_eq!(types, [vc, "https://land.yufu.example/types/land-title/1"]);
    let lines = lines(document).expect("a document");
    assert!(lines.contains(
        "<https://land.yufu.example/terms#squareMetres> \"86.40\"^^<http://www.w3.org/2001/XMLSchema#decimal>"
    ));
    assert!(lines.contains("<https://land.yufu.example/terms#nameInChinese> \"欧阳明\""));
    assert_eq!(lines.lines().count(), 22);
}

#[test]
fn each_form_of_value_has_its_statement() {
    let integer = "^^<http://www.w3.org/2001/XMLSchema#integer>";
    let double = "^^<http://www.w3.org/2001/XMLSchema#double>";
    let cases = [
        (json!({}), json!("text"), "\"text\"".to_owned()),
        (json!({}), json!("a\"b\\c\n\u{1}\u{7f}"), r#""a\"b\\c\n\u0001\u007F""#.to_owned()),
        (json!({}), json!(true), "\"true\"^^<http://www.w3.org/2001/XMLSchema#boolean>".to_owned()),
        (json!({}), json!(7), format!("\"7\"{integer}")),
        (json!({}), json!(7.0), format!("\"7\"{integer}")),
        (json!({}), json!(-0.0), format!("\"0\"{integer}")),
        (json!({}), json!(1e20), format!("\"100000000000000000000\"{integer}")),
        (json!({}), json!(1e21), format!("\"1.0E21\"{double}")),
        (json!({}), json!(5.5), format!("\"5.5E0\"{double}")),
        (json!({}), json!(0.00125), format!("\"1.25E-3\"{double}")),
        (json!({ "p": { "@type": "xsd:double" } }), json!(2), format!("\"2.0E0\"{double}")),
        (
            json!({ "p": { "@type": "xsd:date" } }),
            json!("2026-09-01"),
            "\"2026-09-01\"^^<http://www.w3.org/2001/XMLSchema#date>".to_owned(),
        ),
        (json!({ "p": { "@type": "@id" } }), json!("urn:b"), "<urn:b>".to_owned()),
        (json!({ "p": { "@type": "@vocab" } }), json!("open"), "<https://e.example/open>".to_owned()),
        (
            json!({ "p": { "@type": "@json" } }),
            json!({ "b": [1.50, null], "a": 1 }),
            r#""{\"a\":1,\"b\":[1.5,null]}"^^<http://www.w3.org/1999/02/22-rdf-syntax-ns#JSON>"#.to_owned(),
        ),
        (json!({ "@language": "de-AT" }), json!("Tür"), "\"Tür\"@de-at".to_owned()),
        (json!({ "@language": "de", "p": { "@language": null } }), json!("Tür"), "\"Tür\"".to_owned()),
        (json!({}), json!({ "@value": "س", "@language": "ar" }), "\"س\"@ar".to_owned()),
        (
            json!({}),
            json!({ "@value": "س", "@language": "ar", "@direction": "rtl" }),
            "\"س\"^^<https://www.w3.org/ns/i18n#ar_rtl>".to_owned(),
        ),
        (
            json!({}),
            json!({ "@value": "س", "@direction": "rtl" }),
            "\"س\"^^<https://www.w3.org/ns/i18n#_rtl>".to_owned(),
        ),
        (
            json!({ "value": "@value", "lang": "@language" }),
            json!({ "value": "x", "lang": "EN" }),
            "\"x\"@en".to_owned(),
        ),
        (
            json!({}),
            json!({ "@value": "1", "@type": "xsd:byte" }),
            "\"1\"^^<http://www.w3.org/2001/XMLSchema#byte>".to_owned(),
        ),
        (json!({ "p": { "@container": "@language" } }), json!({ "en": "x" }), "\"x\"@en".to_owned()),
        (
            json!({ "p": { "@container": "@list" } }),
            json!([]),
            "<http://www.w3.org/1999/02/22-rdf-syntax-ns#nil>".to_owned(),
        ),
        (json!({ "p": { "@container": "@id" } }), json!({ "urn:k": {} }), "<urn:k>".to_owned()),
        (json!({ "p": { "@container": "@set" } }), json!({ "@set": ["x"] }), "\"x\"".to_owned()),
    ];
    for (terms, value, expected) in cases {
        let document = with_terms(terms, json!({ "@id": "urn:a", "p": value }));
        let lines = lines(document.clone()).unwrap_or_else(|error| panic!("{document}: {error}"));
        assert_eq!(lines, format!("<urn:a> <https://e.example/p> {expected} .\n"), "{document}");
    }
}

#[test]
fn structures_make_their_statements() {
    let first = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#first>";
    let rest = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#rest>";
    let nil = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#nil>";
    let a = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>";
    let p = "<https://e.example/p>";
    let q = "<https://e.example/q>";
    let cases = [
        (
            with_terms(json!({}), json!({ "@id": "urn:a", "p": { "@list": ["x", "x"] } })),
            format!(
                "<urn:a> {p} _:c14n0 .\n_:c14n0 {first} \"x\" .\n_:c14n0 {rest} _:c14n1 .\n_:c14n1 {first} \"x\" .\n_:c14n1 {rest} {nil} .\n"
            ),
        ),
        (
            with_terms(
                json!({ "p": { "@reverse": "q" } }),
                json!({ "@id": "urn:a", "p": { "@id": "urn:b" } }),
            ),
            format!("<urn:b> {q} <urn:a> .\n"),
        ),
        (
            with_terms(json!({}), json!({ "@id": "urn:a", "@reverse": { "q": { "@id": "urn:b" } } })),
            format!("<urn:b> {q} <urn:a> .\n"),
        ),
        (
            with_terms(
                json!({ "p": { "@container": "@graph" } }),
                json!({ "@id": "urn:a", "p": { "@id": "urn:b", "q": 1 } }),
            ),
            format!(
                "<urn:a> {p} _:c14n0 .\n<urn:b> {q} \"1\"^^<http://www.w3.org/2001/XMLSchema#integer> _:c14n0 .\n"
            ),
        ),
        (
            with_terms(
                json!({ "p": { "@container": ["@graph", "@id"] } }),
                json!({ "@id": "urn:a", "p": { "urn:g": { "@id": "urn:b", "q": "x" } } }),
            ),
            format!("<urn:a> {p} <urn:g> .\n<urn:b> {q} \"x\" <urn:g> .\n"),
        ),
        (
            with_terms(
                json!({ "p": { "@container": "@type", "@type": "@id" } }),
                json!({ "@id": "urn:a", "p": { "T": "urn:b" } }),
            ),
            format!("<urn:a> {p} <urn:b> .\n<urn:b> {a} <https://e.example/T> .\n"),
        ),
        (
            with_terms(
                json!({ "p": { "@container": "@index", "@index": "q" } }),
                json!({ "@id": "urn:a", "p": { "k": { "@id": "urn:b" } } }),
            ),
            format!("<urn:a> {p} <urn:b> .\n<urn:b> {q} \"k\" .\n"),
        ),
        (
            with_terms(json!({ "about": "@nest" }), json!({ "@id": "urn:a", "about": { "p": "x" } })),
            format!("<urn:a> {p} \"x\" .\n"),
        ),
        (
            with_terms(json!({}), json!({ "@graph": [{ "@id": "urn:a", "p": "x" }] })),
            format!("<urn:a> {p} \"x\" .\n"),
        ),
        (
            with_terms(json!({}), json!({ "@id": "urn:g", "@graph": { "@id": "urn:a", "p": "x" } })),
            format!("<urn:a> {p} \"x\" <urn:g> .\n"),
        ),
        (
            with_terms(json!({}), json!({ "@id": "_:x", "p": { "@id": "_:x" } })),
            format!("_:c14n0 {p} _:c14n0 .\n"),
        ),
    ];
    for (document, expected) in cases {
        let mut expected: Vec<&str> = expected.lines().collect();
        expected.sort_unstable();
        let lines = lines(document.clone()).unwrap_or_else(|error| panic!("{document}: {error}"));
        assert_eq!(lines.lines().collect::<Vec<_>>(), expected, "{document}");
    }
}

#[test]
fn the_context_of_a_type_ends_at_nested_nodes_and_that_of_a_property_does_not() {
    let terms = json!({
        "T": { "@id": "https://e.example/T", "@context": { "p": "https://t.example/p" } },
        "inner": { "@id": "https://e.example/inner", "@context": { "q": "https://i.example/q" } },
    });
    let document = with_terms(
        terms,
        json!({
            "@id": "urn:a", "@type": "T", "p": "scoped",
            "inner": { "@id": "urn:b", "p": "plain", "q": "scoped", "deep": { "@id": "urn:c", "q": "scoped" } },
        }),
    );
    let lines = lines(document).expect("a document");
    for expected in [
        "<urn:a> <https://t.example/p> \"scoped\"",
        "<urn:b> <https://e.example/p> \"plain\"",
        "<urn:b> <https://i.example/q> \"scoped\"",
        "<urn:c> <https://i.example/q> \"scoped\"",
    ] {
        assert!(lines.contains(expected), "{expected} in {lines}");
    }
}

#[test]
fn what_would_not_be_signed_is_refused_by_name() {
    let credential = |member: &str, value: Value| {
        let mut document =
            json!({ "@context": CREDENTIALS_V2, "type": "VerifiableCredential", "issuer": "did:a:b" });
        document[member] = value;
        document
    };
    let own = |terms: Value, value: Value| with_terms(terms, json!({ "@id": "urn:a", "p": value }));
    let text = str::to_owned;
    let cases = [
        (credential("colour", json!("red")), JsonLdError::UndefinedTerm(text("colour"))),
        (credential("type", json!(["VerifiableCredential", "Odd"])), JsonLdError::UndefinedType(text("Odd"))),
        (credential("issuer", json!("issuer/7")), JsonLdError::RelativeIri(text("issuer/7"))),
        (credential("id", json!("7")), JsonLdError::RelativeIri(text("7"))),
        (credential("id", json!("https://a b")), JsonLdError::MalformedIri(text("https://a b"))),
        (credential("name", json!(null)), JsonLdError::Dropped(text("name"))),
        (credential("name", json!([])), JsonLdError::Dropped(text("name"))),
        (credential("name", json!(["a", null])), JsonLdError::Dropped(text("name"))),
        (credential("name", json!({ "@value": null })), JsonLdError::Dropped(text("name"))),
        (
            credential("name", json!({ "@value": "a", "@language": "not a tag" })),
            JsonLdError::LanguageTag(text("not a tag")),
        ),
        (credential("name", json!({ "@value": "a", "@index": "i" })), JsonLdError::Unsupported("@index")),
        (credential("type", json!([])), JsonLdError::Dropped(text("type"))),
        (
            credential("@context", json!([CREDENTIALS_V2, "https://unknown.example"])),
            JsonLdError::UnknownContext(text("https://unknown.example")),
        ),
        (
            credential("@context", json!([CREDENTIALS_V2, { "name": "https://e.example/name" }])),
            JsonLdError::ProtectedTerm(text("name")),
        ),
        (credential("@context", json!([CREDENTIALS_V2, null])), JsonLdError::ProtectedCleared),
        (
            credential("@context", json!([CREDENTIALS_V2, { "@base": "https://e.example/" }])),
            JsonLdError::Unsupported("@base"),
        ),
        (
            credential("@context", json!([CREDENTIALS_V2, { "@import": CREDENTIALS_V2 }])),
            JsonLdError::Unsupported("@import"),
        ),
        (
            credential("@context", json!([CREDENTIALS_V2, { "x": "y:z", "y": "x:z" }])),
            JsonLdError::CyclicTerm(text("x")),
        ),
        (own(json!({}), json!(1_u64 << 53)), JsonLdError::Number(text("p"))),
        (own(json!({ "p": null }), json!("x")), JsonLdError::UndefinedTerm(text("p"))),
        (own(json!({ "p": "_:b" }), json!("x")), JsonLdError::MalformedIri(text("_:b"))),
        (
            own(json!({ "p": { "@container": "@index" } }), json!({ "k": "x" })),
            JsonLdError::Unsupported("a map by @index that is no property"),
        ),
        (
            own(json!({ "p": { "@container": "@language" } }), json!({ "en": null })),
            JsonLdError::Malformed(text("p")),
        ),
        (
            own(json!({ "p": { "@container": "@graph" } }), json!({ "@id": "urn:b" })),
            JsonLdError::Dropped(text("p")),
        ),
        (own(json!({ "p": { "@reverse": "q" } }), json!("x")), JsonLdError::Malformed(text("p"))),
        (
            own(json!({ "p": { "@container": ["@list", "@set"] } }), json!("x")),
            JsonLdError::Context(text("the definition of \"p\"")),
        ),
        (own(json!({}), json!({ "@list": ["x"], "q": "y" })), JsonLdError::Malformed(text("p"))),
        (own(json!({}), json!({ "@language": "en" })), JsonLdError::Malformed(text("@language"))),
        (with_terms(json!({}), json!({ "@id": "urn:a" })), JsonLdError::Empty),
        (
            with_terms(json!({}), json!({ "@id": "urn:a", "@graph": [{ "@id": "urn:b" }] })),
            JsonLdError::Dropped(text("@graph")),
        ),
        (
            with_terms(json!({ "id": "@id" }), json!({ "@id": "urn:a", "id": "urn:a", "p": 1 })),
            JsonLdError::Colliding(text("@id")),
        ),
    ];
    for (document, expected) in cases {
        assert_eq!(refusal(document.clone()), expected, "{document}");
    }
}

#[test]
fn deep_and_large_documents_are_refused() {
    let mut deep = json!("x");
    for _ in 0..60 {
        deep = json!({ "p": deep });
    }
    assert_eq!(refusal(with_terms(json!({}), deep)), JsonLdError::TooDeep);
    let mut arrays = json!("x");
    for _ in 0..60 {
        arrays = json!([arrays]);
    }
    assert_eq!(refusal(with_terms(json!({}), json!({ "p": arrays }))), JsonLdError::TooDeep);
    let many: Vec<u32> = (0..5000).collect();
    assert_eq!(refusal(with_terms(json!({}), json!({ "p": many }))), JsonLdError::TooLarge);
    let contexts = vec![json!(CREDENTIALS_V2); 600];
    assert_eq!(
        refusal(json!({ "@context": contexts, "@type": "https://e.example/T" })),
        JsonLdError::TooLarge
    );
}

#[test]
fn a_labelled_document_says_the_same_of_named_nodes() {
    let document = object(json!({
        "@context": [CREDENTIALS_V2, LAND_TITLE_1],
        "type": ["VerifiableCredential", "LandTitleCredential"],
        "issuer": { "id": "did:a:b", "name": { "@value": "Amt", "@language": "de" } },
        "credentialSubject": { "location": "x", "co_owners": [{ "name_zh": "A" }, { "name_zh": "B" }] },
    }));
    let mut count = 0;
    let mint = || {
        count += 1;
        format!("urn:bnid:{count}")
    };
    let limits = Limits::default();
    let labelled = label_nodes(&document, &limits, mint).expect("a document");
    assert_eq!(count, 4);
    assert!(labelled["credentialSubject"]["co_owners"][1]["id"].is_string());
    assert!(labelled["issuer"]["name"].get("id").is_none());
    let text = |document: &Map<String, Value>| {
        let dataset = to_dataset(document, &limits).expect("a document");
        rdf::canonicalize(&dataset, Hash::Sha256, 1000).expect("a small graph")
    };
    let named = text(&labelled);
    assert_eq!(named.lines.len(), text(&document).lines.len());
    assert_eq!(named.labels.len(), 2, "the two cells of the list");
}

#[test]
fn a_context_can_be_added() {
    let url = "https://e.example/context";
    let contexts = Contexts::bundled().with(url, json!({ "@context": { "p": "https://e.example/p" } }));
    let document = object(json!({ "@context": url, "@id": "urn:a", "p": "x" }));
    assert_eq!(to_dataset(&document, &Limits::default()), Err(JsonLdError::UnknownContext(url.to_owned())));
    let limits = Limits::default().with_contexts(Arc::new(contexts));
    assert_eq!(to_dataset(&document, &limits).expect("a document").quads().len(), 1);
}
