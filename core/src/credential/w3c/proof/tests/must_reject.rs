//! Malformed and forged proofs, each with the refusal that it must meet.

use super::{
    chains::{added, chain},
    *,
};
use crate::{
    credential::w3c::{json_ld::JsonLdError, rdf::RdfError},
    did::{Document, MethodError},
};

/// What was tried, how it was refused, and how it must be.
type Case = (String, Option<ProofError>, ProofError);
type Object = Map<String, Value>;
/// What is changed after signing, by name.
type Change = (&'static str, fn(&mut Object));

const CASES: usize = 308;

#[test]
fn every_malformed_or_forged_proof_meets_its_refusal() {
    let tables = [
        ("structure", structure()),
        ("names of suites", suites()),
        ("texts and times", texts()),
        ("proof value", values()),
        ("policy", policies()),
        ("keys", keys()),
        ("tampering", tampering()),
        ("contexts", contexts()),
        ("meaning", meaning()),
        ("chains", chains()),
    ];
    let mut cases = 0;
    for (table, rows) in tables {
        for (name, refusal, expected) in rows {
            assert_eq!(refusal, Some(expected), "{table}: {name}");
            cases += 1;
        }
    }
    assert_eq!(cases, CASES, "the number of cases is quoted elsewhere");
}

fn refusal(document: &Object) -> Option<ProofError> {
    check(document).err()
}

/// A signed document that was changed afterwards.
fn changed(suite: Cryptosuite, change: impl FnOnce(&mut Object)) -> Option<ProofError> {
    let mut document = signed(suite);
    change(&mut document);
    refusal(&document)
}

/// A signed document whose proof's member is another, or missing where the value is null.
fn proof_with(suite: Cryptosuite, name: &str, value: Value) -> Option<ProofError> {
    changed(suite, |document| set(document["proof"].as_object_mut().unwrap(), name, value))
}

fn set(object: &mut Object, name: &str, value: Value) {
    match value {
        Value::Null => object.remove(name),
        value => object.insert(name.into(), value),
    };
}

/// A document whose proof says what it likes, and is signed as it stands.
fn as_it_stands(suite: Cryptosuite, change: impl FnOnce(&mut ProofOptions)) -> Object {
    let party = Party::of(suite, 1);
    let mut options = options(suite, &party);
    change(&mut options);
    sign(&document(), &options, party.signer.as_ref(), &Limits::default()).unwrap()
}

fn refused_as_it_stands(suite: Cryptosuite, change: impl FnOnce(&mut ProofOptions)) -> Option<ProofError> {
    refusal(&as_it_stands(suite, change))
}

fn case(name: &str, refusal: Option<ProofError>, expected: ProofError) -> Case {
    (name.to_owned(), refusal, expected)
}

const JCS: Cryptosuite = Cryptosuite::EcdsaJcs2019;
const RDFC: Cryptosuite = Cryptosuite::EcdsaRdfc2019;

fn structure() -> Vec<Case> {
    let of_document = |value| changed(JCS, |document| set(document, "proof", value));
    let one = signed(JCS)["proof"].clone();
    let kind = |value| proof_with(JCS, "type", value);
    let twice = {
        let mut first = one.clone();
        first["id"] = "urn:example:a".into();
        json!([first, first])
    };
    vec![
        case("no proof", of_document(Value::Null), ProofError::Missing),
        case("an empty list of proofs", of_document(json!([])), ProofError::Missing),
        case("a proof that is text", of_document("proof".into()), ProofError::NotAnObject),
        case("a proof that is true", of_document(true.into()), ProofError::NotAnObject),
        case("a list with null", of_document(json!([one, null])), ProofError::NotAnObject),
        case("a list in a list", of_document(json!([[one]])), ProofError::NotAnObject),
        case("17 proofs", of_document(vec![one; 17].into()), ProofError::TooMany),
        case("two proofs of one name", of_document(twice), ProofError::DuplicateId),
        case("an empty proof", of_document(json!({})), ProofError::Type),
        case("no type", kind(Value::Null), ProofError::Type),
        case("a list of types", kind(json!(["DataIntegrityProof"])), ProofError::Type),
        case("a type of its own suite", kind("Ed25519Signature2020".into()), ProofError::Type),
        case("a type of JSON Web Signatures", kind("JsonWebSignature2020".into()), ProofError::Type),
        case("a type by IRI", kind("https://w3id.org/security#DataIntegrityProof".into()), ProofError::Type),
        case("a type of no signature", kind("none".into()), ProofError::Type),
    ]
}

fn suites() -> Vec<Case> {
    let named = |name: &str| proof_with(JCS, "cryptosuite", name.into());
    let unknown = |name: &str| ProofError::UnknownSuite(name.into());
    let member = || ProofError::Member("cryptosuite");
    let mut rows: Vec<Case> = [
        "none",
        "",
        "ES256",
        "ECDSA-JCS-2019",
        "ecdsa-jcs-2019 ",
        "ecdsa-2019",
        "eddsa-2022",
        "json-eddsa-2022",
        "ecdsa-rdfc-2022",
        "https://w3id.org/security#ecdsa-jcs-2019",
    ]
    .into_iter()
    .map(|name| case(name, named(name), unknown(name)))
    .collect();
    let mut beside = signed(JCS);
    let mut other = beside["proof"].clone();
    other["cryptosuite"] = "quantum-2031".into();
    beside["proof"] = json!([beside["proof"], other]);
    rows.extend([
        case("a name without an end", named(&"x".repeat(100_000)), unknown(&"x".repeat(64))),
        case("an unknown suite beside a known one", refusal(&beside), unknown("quantum-2031")),
        case("no suite", proof_with(JCS, "cryptosuite", Value::Null), member()),
        case("a suite that is a number", proof_with(JCS, "cryptosuite", 1.into()), member()),
        case("a list of suites", proof_with(JCS, "cryptosuite", json!(["ecdsa-jcs-2019"])), member()),
    ]);
    rows
}

fn texts() -> Vec<Case> {
    let long = "x".repeat(MAX_TEXT + 1);
    let many: Vec<String> = (0..17).map(|at| format!("urn:example:{at}")).collect();
    let rows: Vec<(&str, &'static str, Value)> = vec![
        ("no key", "verificationMethod", Value::Null),
        ("a key that stands in the proof", "verificationMethod", json!({ "id": "did:example:a#1" })),
        ("a relative name of a key", "verificationMethod", "#key-1".into()),
        ("a DID that names no key", "verificationMethod", "did:example:a".into()),
        ("a DID with an empty fragment", "verificationMethod", "did:example:a#".into()),
        ("a key on plain http", "verificationMethod", "http://a.example/keys#1".into()),
        ("a page that names no key", "verificationMethod", "https://a.example/keys".into()),
        ("a page without a host", "verificationMethod", "https:///keys#1".into()),
        ("a key in a data URL", "verificationMethod", "data:text/plain,x#1".into()),
        (
            "a name of a key without an end",
            "verificationMethod",
            format!("did:example:a#{}", "x".repeat(4096)).into(),
        ),
        ("no purpose", "proofPurpose", Value::Null),
        ("a purpose of its own", "proofPurpose", "issuing".into()),
        ("a purpose by IRI", "proofPurpose", "https://w3id.org/security#assertionMethod".into()),
        ("a list of purposes", "proofPurpose", json!(["assertionMethod"])),
        ("a purpose in other letters", "proofPurpose", "AssertionMethod".into()),
        ("created without a zone", "created", "2026-11-27T00:00:00".into()),
        ("created on a day", "created", "2026-11-27".into()),
        ("created on no day", "created", "2026-11-31T00:00:00Z".into()),
        ("created by a number", "created", NOW.into()),
        ("created at nothing", "created", "".into()),
        ("expires without a zone", "expires", "2027-11-27T00:00:00".into()),
        ("expires never", "expires", "never".into()),
        ("expires at several times", "expires", json!(["2027-11-27T00:00:00Z"])),
        ("a domain that is a number", "domain", 1.into()),
        ("an empty domain", "domain", "".into()),
        ("no domain in a list", "domain", json!([])),
        ("a number among domains", "domain", json!(["counter.example", 1])),
        ("a domain twice", "domain", json!(["counter.example", "counter.example"])),
        ("too many domains", "domain", many.clone().into()),
        ("a domain without an end", "domain", long.clone().into()),
        ("a challenge that is a number", "challenge", 1.into()),
        ("several challenges", "challenge", json!(["n-1"])),
        ("a challenge without an end", "challenge", long.clone().into()),
        ("a nonce that is an object", "nonce", json!({})),
        ("a nonce without an end", "nonce", long.clone().into()),
        ("an id that is no URL", "id", "1".into()),
        ("an id without an end", "id", format!("urn:{long}").into()),
        ("a previous proof that is no URL", "previousProof", "1".into()),
        ("a previous proof that stands inside", "previousProof", json!({ "type": "DataIntegrityProof" })),
        ("no previous proof in a list", "previousProof", json!([])),
        ("too many previous proofs", "previousProof", many.into()),
        ("a context that is a number", "@context", 1.into()),
        ("a context with a number", "@context", json!(["https://www.w3.org/ns/credentials/v2", 1])),
        ("too many contexts", "@context", vec!["https://www.w3.org/ns/credentials/v2"; 17].into()),
    ];
    let row = |(what, name, value)| case(what, proof_with(JCS, name, value), ProofError::Member(name));
    rows.into_iter().map(row).collect()
}

fn values() -> Vec<Case> {
    let signature = Proof::read(&signed(JCS)["proof"]).unwrap().value().to_vec();
    let base58 = |bytes: &[u8]| Value::from(format!("z{}", bs58::encode(bytes).into_string()));
    let with = |suite, value| proof_with(suite, "proofValue", value);
    let text = bs58::encode(&signature).into_string();
    let hex: String = signature.iter().map(|byte| format!("{byte:02x}")).collect();
    let swapped = [&signature[32..], &signature[..32]].concat();
    let longer = [&signature[..], &[0]].concat();
    let malformed: Vec<(&str, Value)> = vec![
        ("none", Value::Null),
        ("a number", 1.into()),
        ("empty", "".into()),
        ("a header alone", "z".into()),
        ("no header", text.clone().into()),
        ("the header of another alphabet", format!("m{text}").into()),
        ("the header of hexadecimal", format!("f{hex}").into()),
        ("the header of base64url", format!("u{text}").into()),
        ("the header in upper case", format!("Z{text}").into()),
        ("letters that base58 has not", format!("z{}0OIl", &text[4..]).into()),
        ("a space at its end", format!("z{text} ").into()),
        ("other digits", format!("z{}１", &text[1..]).into()),
        ("a byte less", base58(&signature[..63])),
        ("a byte more", base58(&longer)),
        ("as much again", base58(&[&signature[..], &signature[..]].concat())),
        ("in DER", base58(&[&[0x30, 0x44, 2, 32], &signature[..32], &[2, 32], &signature[32..]].concat())),
        ("without an end", format!("z{}", "1".repeat(1 << 20)).into()),
    ];
    let mut rows: Vec<Case> = malformed
        .into_iter()
        .map(|(name, value)| case(name, with(JCS, value), ProofError::Member("proofValue")))
        .collect();
    let member = || ProofError::Member("proofValue");
    let jws = changed(JCS, |document| {
        let proof = document["proof"].as_object_mut().unwrap();
        proof.remove("proofValue");
        proof.insert("jws".into(), "eyJhbGciOiJub25lIn0..".into());
    });
    rows.extend([
        case("a JWS of no algorithm in its place", jws, member()),
        case("96 bytes for Ed25519", with(Cryptosuite::EddsaJcs2022, base58(&[1; 96])), member()),
        case("all zero", with(JCS, base58(&[0; 64])), ProofError::Signature),
        case(
            "all zero, for Ed25519",
            with(Cryptosuite::EddsaRdfc2022, base58(&[0; 64])),
            ProofError::Signature,
        ),
        case("all ones", with(JCS, base58(&[0xff; 64])), ProofError::Signature),
        case("s before r", with(JCS, base58(&swapped)), ProofError::Signature),
        case("96 bytes for P-256", with(RDFC, base58(&[1; 96])), ProofError::Signature),
    ]);
    rows
}

fn policies() -> Vec<Case> {
    let asked = |policy: &ProofPolicy<'_>| verify(&signed(JCS), &Resolved::new(), policy).err();
    let stands = |suite, change: fn(&mut ProofOptions)| refused_as_it_stands(suite, change);
    vec![
        case("expired", stands(JCS, |o| o.expires = Some(NOW - 301)), ProofError::Expired),
        case("expired long ago", stands(RDFC, |o| o.expires = Some(0)), ProofError::Expired),
        case(
            "created tomorrow",
            stands(JCS, |o| o.created = Some(NOW + 86_400)),
            ProofError::CreatedInFuture,
        ),
        case(
            "created in the year 9999",
            stands(RDFC, |o| o.created = Some(u64::MAX)),
            ProofError::CreatedInFuture,
        ),
        case("another domain", stands(JCS, |o| o.domain = vec!["other.example".into()]), ProofError::Domain),
        case("no domain", stands(JCS, |o| o.domain.clear()), ProofError::Domain),
        case("a domain more", stands(JCS, |o| o.domain.push("other.example".into())), ProofError::Domain),
        case(
            "a domain in other letters",
            stands(JCS, |o| o.domain = vec!["Counter.example".into()]),
            ProofError::Domain,
        ),
        case("another challenge", stands(JCS, |o| o.challenge = Some("n-2".into())), ProofError::Challenge),
        case("no challenge", stands(RDFC, |o| o.challenge = None), ProofError::Challenge),
        case("the challenge as nonce", stands(JCS, |o| o.nonce = o.challenge.take()), ProofError::Challenge),
        case(
            "made to log in",
            stands(JCS, |o| o.purpose = Relationship::Authentication),
            ProofError::OtherPurpose,
        ),
        case(
            "made to delegate",
            stands(JCS, |o| o.purpose = Relationship::CapabilityDelegation),
            ProofError::OtherPurpose,
        ),
        case(
            "made to sign, asked to log in",
            asked(&ProofPolicy { purpose: Relationship::Authentication, ..policy() }),
            ProofError::OtherPurpose,
        ),
        case(
            "a suite that is not wanted",
            asked(&ProofPolicy { suites: &[RDFC], ..policy() }),
            ProofError::SuiteNotAllowed(JCS),
        ),
        case(
            "no suite is wanted",
            asked(&ProofPolicy { suites: &[], ..policy() }),
            ProofError::SuiteNotAllowed(JCS),
        ),
    ]
}

/// Signed by `signer`, in the name of `method`.
fn in_the_name_of(suite: Cryptosuite, signer: &Party, method: &str) -> Object {
    let mut options = options(suite, signer);
    options.verification_method = method.to_owned();
    sign(&document(), &options, signer.signer.as_ref(), &Limits::default()).unwrap()
}

fn keys() -> Vec<Case> {
    const DID: &str = "did:web:a.example";
    let (p256, ed25519, p384) = (Party::p256(1), Party::ed25519(1), Party::p384(1));
    let named = |suite, signer: &Party, method: &str| refusal(&in_the_name_of(suite, signer, method));
    let resolved = |relationships: &[Relationship], fragment: &str| {
        let key = p256.signer.public_key().clone();
        let methods = Resolved::new().with(Document::new(DID).with_key("1", key, relationships));
        let document = in_the_name_of(JCS, &p256, &format!("{DID}#{fragment}"));
        verify(&document, &methods, &policy()).err()
    };
    let deactivated = {
        let mut methods = Resolved::new();
        methods.insert_deactivated(DID);
        verify(&in_the_name_of(JCS, &p256, &format!("{DID}#1")), &methods, &policy()).err()
    };
    let other_controller = {
        let key = p256.signer.public_key().clone();
        let mut document = Document::new(DID).with_key("1", key, &[Relationship::AssertionMethod]);
        document.verification_method[0].controller = "did:web:b.example".into();
        let signed = in_the_name_of(JCS, &p256, &format!("{DID}#1"));
        verify(&signed, &Resolved::new().with(document), &policy()).err()
    };
    let method = |error| ProofError::Method(error);
    let agreement = "did:key:z6LSeu9HkTHSfLLeUs2nnzUSNedgDUevfNQgQjQC23ZCit6F#z6LSeu9HkTHSfLLeUs2nnzUSNedgDUevfNQgQjQC23ZCit6F";
    let bls = "did:key:zUC7K4ndUaGZgV7Cp2yJy6JtMoUHY6u7tkcSYUvPrEidqBmLCTLmi6d5WvwnUqejscAkERJ3bfjEiSYtdPkRSE8kSa11hFBr4sTgnbZ95SJj19PN2jdvJjyzpSZgxkyyxNnBNnY#zUC7K4ndUaGZgV7Cp2yJy6JtMoUHY6u7tkcSYUvPrEidqBmLCTLmi6d5WvwnUqejscAkERJ3bfjEiSYtdPkRSE8kSa11hFBr4sTgnbZ95SJj19PN2jdvJjyzpSZgxkyyxNnBNnY";
    let of_ed25519 = |suite| proof_with(suite, "verificationMethod", ed25519.method.as_str().into());
    let of_p256 = |suite| proof_with(suite, "verificationMethod", p256.method.as_str().into());
    vec![
        case("another's key", named(JCS, &p256, &Party::p256(2).method), ProofError::Signature),
        case(
            "another's key over statements",
            named(RDFC, &p256, &Party::p256(2).method),
            ProofError::Signature,
        ),
        case(
            "another's Ed25519 key",
            named(Cryptosuite::EddsaJcs2022, &ed25519, &Party::ed25519(2).method),
            ProofError::Signature,
        ),
        case("a P-384 key for a signature on P-256", named(JCS, &p256, &p384.method), ProofError::Signature),
        case("a P-256 key for a signature on P-384", named(RDFC, &p384, &p256.method), ProofError::Signature),
        case("an Ed25519 key under ecdsa-jcs-2019", of_ed25519(JCS), ProofError::KeyKind),
        case("an Ed25519 key under ecdsa-rdfc-2019", of_ed25519(RDFC), ProofError::KeyKind),
        case("a P-256 key under eddsa-jcs-2022", of_p256(Cryptosuite::EddsaJcs2022), ProofError::KeyKind),
        case("a P-256 key under eddsa-rdfc-2022", of_p256(Cryptosuite::EddsaRdfc2022), ProofError::KeyKind),
        case("a BLS key under ecdsa-jcs-2019", named(JCS, &p256, bls), ProofError::KeyKind),
        case(
            "a key that agrees on secrets",
            named(JCS, &p256, agreement),
            method(MethodError::OtherRelationship),
        ),
        case("a did:key that is no key", named(JCS, &p256, "did:key:zabc#zabc"), method(MethodError::Key)),
        case(
            "another fragment of a did:key",
            named(JCS, &p256, &format!("{}#1", p256.did())),
            method(MethodError::Unknown),
        ),
        case(
            "a DID that was not resolved",
            named(JCS, &p256, "did:web:a.example#1"),
            method(MethodError::NotResolved),
        ),
        case("a page", named(JCS, &p256, "https://a.example/keys#1"), method(MethodError::Malformed)),
        case("a deactivated DID", deactivated, method(MethodError::Deactivated)),
        case("a key under another's control", other_controller, method(MethodError::OtherController)),
        case(
            "a key that its document does not know",
            resolved(&[Relationship::AssertionMethod], "2"),
            method(MethodError::Unknown),
        ),
        case(
            "a key that is there to log in",
            resolved(&[Relationship::Authentication, Relationship::KeyAgreement], "1"),
            method(MethodError::OtherRelationship),
        ),
        case("a key that is there for nothing", resolved(&[], "1"), method(MethodError::OtherRelationship)),
    ]
}

fn tampering() -> Vec<Case> {
    let changes: [Change; 13] = [
        ("another name", |d| d["credentialSubject"]["degree"]["name"] = "Doctor".into()),
        ("another subject", |d| d["credentialSubject"]["id"] = "did:example:another".into()),
        ("another issuer", |d| d["issuer"] = "did:example:another".into()),
        ("another id", |d| d["id"] = "urn:uuid:00000000-0000-4000-8000-000000000000".into()),
        ("no id", |d| set(d, "id", Value::Null)),
        ("a type less", |d| d["type"] = json!(["VerifiableCredential"])),
        ("a claim less", |d| set(d["credentialSubject"].as_object_mut().unwrap(), "degree", Value::Null)),
        ("a start less", |d| set(d, "validFrom", Value::Null)),
        ("an end more", |d| set(d, "validUntil", "2036-11-27T00:00:00Z".into())),
        ("an evidence more", |d| {
            set(d, "evidence", json!({ "id": "urn:example:e", "type": "https://a.example/E" }))
        }),
        ("text with a space at its end", |d| {
            d["credentialSubject"]["degree"]["name"] = "学士 of Arts ".into()
        }),
        ("text in another normal form", |d| d["issuer"] = "did:example:universit\u{79}\u{301}".into()),
        ("a status more", |d| {
            set(d, "credentialStatus", json!({ "id": "urn:example:s", "type": "https://a.example/S" }));
        }),
    ];
    let configuration: [(&str, &str, Value); 7] = [
        ("created moved", "created", "2026-11-26T00:00:00Z".into()),
        ("created in another zone", "created", "2026-11-27T08:00:00+08:00".into()),
        ("created taken away", "created", Value::Null),
        ("expires prolonged", "expires", "2036-11-27T00:00:00Z".into()),
        ("expires taken away", "expires", Value::Null),
        ("a nonce more", "nonce", "n".into()),
        ("an id more", "id", "urn:example:a".into()),
    ];
    let mut rows = Vec::new();
    for suite in WHOLE {
        for (name, change) in changes {
            rows.push(case(&format!("{suite}: {name}"), changed(suite, change), ProofError::Signature));
        }
        for (name, member, value) in &configuration {
            let refusal = proof_with(suite, member, value.clone());
            rows.push(case(&format!("{suite}: {name}"), refusal, ProofError::Signature));
        }
    }
    // What the policy would catch is signed as well.
    let any = |name, value: Value| {
        let mut document = signed(JCS);
        set(document["proof"].as_object_mut().unwrap(), name, value);
        let policy = ProofPolicy { domain: None, challenge: None, ..policy() };
        verify(&document, &Resolved::new(), &policy).err()
    };
    let another = {
        let mut document = document();
        document["id"] = "urn:uuid:00000000-0000-4000-8000-000000000000".into();
        document.insert("proof".into(), signed(RDFC)["proof"].clone());
        refusal(&document)
    };
    let renamed = |from: Cryptosuite, to: Cryptosuite| proof_with(from, "cryptosuite", to.name().into());
    rows.extend([
        case("another domain", any("domain", "other.example".into()), ProofError::Signature),
        case("the domain in a list", any("domain", json!(["counter.example"])), ProofError::Signature),
        case("another challenge", any("challenge", "n-2".into()), ProofError::Signature),
        case("a proof from another document", another, ProofError::Signature),
        case("JSON signed, statements said", renamed(JCS, RDFC), ProofError::Signature),
        case("statements signed, JSON said", renamed(RDFC, JCS), ProofError::Signature),
        case(
            "Ed25519 over JSON signed, over statements said",
            renamed(Cryptosuite::EddsaJcs2022, Cryptosuite::EddsaRdfc2022),
            ProofError::Signature,
        ),
        case(
            "a number for text",
            changed(JCS, |d| d["credentialSubject"]["degree"]["name"] = 1.into()),
            ProofError::Signature,
        ),
        case(
            "a number that would be rounded",
            changed(JCS, |d| set(d, "n", 9_007_199_254_740_993_u64.into())),
            ProofError::Number,
        ),
        case(
            "a number below that would be rounded",
            changed(JCS, |d| set(d, "n", json!([{ "n": -9_007_199_254_740_993_i64 }]))),
            ProofError::Number,
        ),
        case(
            "a number in the proof that would be rounded",
            proof_with(JCS, "n", u64::MAX.into()),
            ProofError::Number,
        ),
    ]);
    rows
}

fn contexts() -> Vec<Case> {
    let v2 = "https://www.w3.org/ns/credentials/v2";
    let examples = "https://www.w3.org/ns/credentials/examples/v2";
    let context = |suite, value| changed(suite, |document| set(document, "@context", value));
    let own = |suite, value| proof_with(suite, "@context", value);
    let both = |value: Value| {
        changed(JCS, |document| {
            document["@context"] = value.clone();
            document["proof"]["@context"] = value;
        })
    };
    vec![
        case("the last taken away", context(JCS, json!([v2])), ProofError::Context),
        case("all taken away", context(JCS, Value::Null), ProofError::Context),
        case("one put first", context(JCS, json!([examples, v2, examples])), ProofError::Context),
        case("in another order", context(JCS, json!([examples, v2])), ProofError::Context),
        case("one replaced", context(JCS, json!([v2, "https://a.example/context"])), ProofError::Context),
        case("a list in a list", context(JCS, json!([[v2, examples]])), ProofError::Context),
        case("the proof's is longer", own(JCS, json!([v2, examples, v2])), ProofError::Context),
        case("the proof's is another", own(JCS, json!(["https://a.example/context"])), ProofError::Context),
        case("the proof's is shorter than was signed", own(JCS, json!([v2])), ProofError::Signature),
        case("the proof's is taken away", own(JCS, Value::Null), ProofError::Signature),
        case("the proof's is empty", own(JCS, json!([])), ProofError::Signature),
        case("both replaced", both(json!([v2, "https://a.example/context"])), ProofError::Signature),
        case("both shortened", both(json!([v2])), ProofError::Signature),
        case("a proof over statements with another", own(RDFC, json!([v2])), ProofError::Context),
        case(
            "a proof over statements with its own",
            own(RDFC, json!({ "@vocab": "https://a.example/" })),
            ProofError::Context,
        ),
        case("no context for statements", context(RDFC, Value::Null), ProofError::Context),
        case(
            "an unknown context for statements",
            context(RDFC, json!([v2, "https://a.example/context"])),
            ProofError::JsonLd(JsonLdError::UnknownContext("https://a.example/context".into())),
        ),
        case(
            "a type whose context is taken away",
            context(RDFC, json!([v2])),
            ProofError::JsonLd(JsonLdError::UndefinedType("ExampleDegreeCredential".into())),
        ),
        case(
            "a vocabulary that gives every term another meaning",
            context(RDFC, json!([v2, { "@vocab": "https://a.example/" }])),
            ProofError::Signature,
        ),
        case(
            "a protected term with another meaning",
            context(RDFC, json!([v2, examples, { "VerifiableCredential": "https://a.example/Other" }])),
            ProofError::JsonLd(JsonLdError::ProtectedTerm("VerifiableCredential".into())),
        ),
    ]
}

fn meaning() -> Vec<Case> {
    // Documents whose terms are all defined, so that nothing is if the vocabulary does not say it.
    let strict = |change: fn(&mut Object)| {
        let mut document = signed(RDFC);
        document["@context"] = json!(["https://www.w3.org/ns/credentials/v2"]);
        document["type"] = json!(["VerifiableCredential"]);
        document["credentialSubject"] = json!({ "id": "did:example:student" });
        change(&mut document);
        refusal(&document)
    };
    let json_ld = |error| ProofError::JsonLd(error);
    let poisoned = {
        let alike: Vec<Value> =
            (0..8).map(|_| json!({ "degree": { "type": "ExampleBachelorDegree" } })).collect();
        let mut document = signed(RDFC);
        document["credentialSubject"] = alike.into();
        let limits = Limits { canonicalization_steps: 16, ..Limits::default() };
        verify(&document, &Resolved::new(), &ProofPolicy { limits, ..policy() }).err()
    };
    vec![
        case(
            "a term that no context defines",
            strict(|d| set(d, "shoeSize", 44.into())),
            json_ld(JsonLdError::UndefinedTerm("shoeSize".into())),
        ),
        case(
            "such a term in the proof",
            strict(|d| d["proof"]["shoeSize"] = 44.into()),
            json_ld(JsonLdError::UndefinedTerm("shoeSize".into())),
        ),
        case(
            "such a term in the subject",
            strict(|d| d["credentialSubject"]["shoeSize"] = 44.into()),
            json_ld(JsonLdError::UndefinedTerm("shoeSize".into())),
        ),
        case(
            "a type that no context defines",
            strict(|d| d["type"] = json!(["VerifiableCredential", "Shoe"])),
            json_ld(JsonLdError::UndefinedType("Shoe".into())),
        ),
        case(
            "a relative id",
            strict(|d| d["credentialSubject"]["id"] = "student".into()),
            json_ld(JsonLdError::RelativeIri("student".into())),
        ),
        case("a graph that is built to be hard", poisoned, ProofError::Rdf(RdfError::TooManySteps)),
    ]
}

fn chains() -> Vec<Case> {
    let mut rows = Vec::new();
    for suite in WHOLE {
        let on_chain = |change: fn(&mut Vec<Value>)| {
            let mut document = chain(suite);
            change(document["proof"].as_array_mut().unwrap());
            refusal(&document)
        };
        let mut row =
            |name: &str, refusal, expected| rows.push(case(&format!("{suite}: {name}"), refusal, expected));
        row("the first taken away", on_chain(|p| drop(p.remove(0))), ProofError::PreviousProof);
        row("one between taken away", on_chain(|p| drop(p.remove(2))), ProofError::PreviousProof);
        row(
            "the name of one changed",
            on_chain(|p| p[0]["id"] = "urn:example:z".into()),
            ProofError::PreviousProof,
        );
        row(
            "the name of one taken away",
            on_chain(|p| set(p[0].as_object_mut().unwrap(), "id", Value::Null)),
            ProofError::PreviousProof,
        );
        row(
            "two with their names exchanged",
            on_chain(|p| {
                p[0]["id"] = "urn:example:b".into();
                p[1]["id"] = "urn:example:a".into();
            }),
            ProofError::Signature,
        );
        row("two of one name", on_chain(|p| p[1]["id"] = "urn:example:a".into()), ProofError::DuplicateId);
        row(
            "one made to follow less",
            on_chain(|p| p[2]["previousProof"] = "urn:example:a".into()),
            ProofError::Signature,
        );
        row(
            "one made to follow nothing",
            on_chain(|p| set(p[3].as_object_mut().unwrap(), "previousProof", Value::Null)),
            ProofError::Signature,
        );
        row(
            "one made to follow another",
            on_chain(|p| p[3]["previousProof"] = "urn:example:a".into()),
            ProofError::Signature,
        );
        row(
            "one made to follow itself",
            on_chain(|p| p[3]["previousProof"] = "urn:example:d".into()),
            ProofError::Signature,
        );
        row(
            "two made to follow each other",
            on_chain(|p| p[0]["previousProof"] = "urn:example:b".into()),
            ProofError::Signature,
        );
        row(
            "a proof of the set made to follow",
            on_chain(|p| p[1]["previousProof"] = "urn:example:a".into()),
            ProofError::Signature,
        );
        row(
            "another signature in the first",
            on_chain(|p| p[0]["proofValue"] = p[1]["proofValue"].clone()),
            ProofError::Signature,
        );
        row(
            "a forged proof added",
            {
                let mut document = added(&chain(suite), suite, 9, "e", &["d"]);
                document["proof"][4]["verificationMethod"] =
                    document["proof"][0]["verificationMethod"].clone();
                refusal(&document)
            },
            ProofError::Signature,
        );
    }
    rows.push(case(
        "what is followed, in another order",
        {
            let mut document = chain(JCS);
            document["proof"][2]["previousProof"] = json!(["urn:example:b", "urn:example:a"]);
            refusal(&document)
        },
        ProofError::Signature,
    ));
    rows
}
