//! Malformed and forged credentials and presentations, each with the refusal that it must meet.

use super::{jose::*, *};

type Case = (&'static str, Option<VcError>, VcError);

#[test]
fn every_malformed_or_forged_document_meets_its_refusal() {
    let tables = [
        ("structure", structure()),
        ("parts", parts()),
        ("status", status()),
        ("header", header()),
        ("signature", signature()),
        ("claims", claims()),
        ("disclosures", disclosures()),
        ("presentation", presentations()),
        ("envelope", envelopes()),
        ("validity", validity()),
        ("meaning", meaning()),
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

const CASES: usize = 183;

fn jose(error: VcJoseError) -> VcError {
    VcError::Jose(error)
}

fn model(error: ModelError) -> VcError {
    jose(VcJoseError::Model(error))
}

fn claim(name: &'static str) -> VcError {
    jose(VcJoseError::Claim(name))
}

/// A well-signed credential whose member is another, or missing.
fn credential_with(name: &str, value: Value) -> Option<VcError> {
    verify_jwt(&signed(&vc_header(), &with(document(), name, value), &issuer().key)).err()
}

fn header_with(name: &str, value: Value) -> Option<VcError> {
    verify_jwt(&signed(&with(vc_header(), name, value), &document(), &issuer().key)).err()
}

fn presentation_with(name: &str, value: Value) -> Option<VcError> {
    let payload = with(presentation_payload(), name, value);
    verify_presentation(&signed(&vp_header(), &payload, &holder().key)).err()
}

fn structure() -> Vec<Case> {
    let v1 = "https://www.w3.org/2018/credentials/v1";
    let member = |name| model(ModelError::Member(name));
    let row = |what, name: &'static str, value, refusal| (what, credential_with(name, value), refusal);
    vec![
        row("no context", "@context", Value::Null, model(ModelError::Context)),
        row("a context that is no array", "@context", json!(CONTEXT_V2), model(ModelError::Context)),
        row("no context at all", "@context", json!([]), model(ModelError::Context)),
        row("the context of 1.1", "@context", json!([v1]), model(ModelError::Context)),
        row("another context first", "@context", json!([v1, CONTEXT_V2]), model(ModelError::Context)),
        row("a context that is a number", "@context", json!([CONTEXT_V2, 1]), model(ModelError::Context)),
        row("a context that is no URL", "@context", json!([CONTEXT_V2, "x"]), model(ModelError::Context)),
        row("too many contexts", "@context", vec![CONTEXT_V2; 17].into(), model(ModelError::TooLarge)),
        row("no type", "type", Value::Null, model(ModelError::Type)),
        row("types of something else", "type", json!(["Other"]), model(ModelError::Type)),
        row("no types", "type", json!([]), model(ModelError::Type)),
        row("a type that is an object", "type", json!(["VerifiableCredential", {}]), model(ModelError::Type)),
        row("a type with a space", "type", json!(["VerifiableCredential", "a b"]), model(ModelError::Type)),
        row("a presentation's type", "type", json!("VerifiablePresentation"), model(ModelError::Type)),
        row("an id that is no URL", "id", json!("3732"), member("id")),
        row("an id that is a number", "id", json!(3732), member("id")),
        row("several ids", "id", json!(["https://a.example", "https://b.example"]), member("id")),
        row("no issuer", "issuer", Value::Null, member("issuer")),
        row("an issuer that is no URL", "issuer", json!("University"), member("issuer")),
        row("an issuer without an id", "issuer", json!({ "name": "University" }), member("issuer")),
        row("several issuers", "issuer", json!([issuer().did]), member("issuer")),
        row(
            "an issuer's name that is a number",
            "issuer",
            json!({ "id": issuer().did, "name": 1 }),
            model(ModelError::Language("name")),
        ),
        row("no subject", "credentialSubject", Value::Null, model(ModelError::Subject)),
        row("an empty subject", "credentialSubject", json!({}), model(ModelError::Subject)),
        row("no subjects", "credentialSubject", json!([]), model(ModelError::Subject)),
        row(
            "one subject that is empty",
            "credentialSubject",
            json!([{ "x": 1 }, {}]),
            model(ModelError::Subject),
        ),
        row("a subject that is text", "credentialSubject", json!("Pat"), model(ModelError::Subject)),
        row(
            "a subject whose id is no URL",
            "credentialSubject",
            json!({ "id": "Pat" }),
            member("credentialSubject"),
        ),
        row(
            "too many subjects",
            "credentialSubject",
            vec![json!({ "x": 1 }); 65].into(),
            model(ModelError::TooLarge),
        ),
        row(
            "a start without a zone",
            "validFrom",
            json!("2026-11-27T00:00:00"),
            model(ModelError::Time("validFrom")),
        ),
        row("a start that is a date", "validFrom", json!("2026-11-27"), model(ModelError::Time("validFrom"))),
        row("a start in seconds", "validFrom", json!(NOW), model(ModelError::Time("validFrom"))),
        row(
            "an end on a day that is none",
            "validUntil",
            json!("2027-02-29T00:00:00Z"),
            model(ModelError::Time("validUntil")),
        ),
        row(
            "an end before the start",
            "validUntil",
            json!("2026-11-26T23:59:59Z"),
            model(ModelError::Validity),
        ),
        row(
            "an end before the start by its zone",
            "validUntil",
            json!("2026-11-27T07:59:59+08:00"),
            model(ModelError::Validity),
        ),
    ]
}

fn parts() -> Vec<Case> {
    let member = |name| model(ModelError::Member(name));
    let row = |what, name: &'static str, value, refusal| (what, credential_with(name, value), refusal);
    let resource = |value| ("relatedResource", value);
    let related = |what, (name, value), refusal| (what, credential_with(name, value), refusal);
    let url = "https://a.example/x";
    let sri = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
    vec![
        row(
            "a schema without an id",
            "credentialSchema",
            json!({ "type": "JsonSchema" }),
            member("credentialSchema"),
        ),
        row("a schema without a type", "credentialSchema", json!({ "id": url }), member("credentialSchema")),
        row(
            "a schema with a digest that is none",
            "credentialSchema",
            json!({ "id": url, "type": "JsonSchema", "digestSRI": "x" }),
            member("credentialSchema"),
        ),
        row("evidence without a type", "evidence", json!([{ "id": url }]), member("evidence")),
        row("evidence that is text", "evidence", json!("seen"), member("evidence")),
        row("terms without a type", "termsOfUse", json!({ "id": url }), member("termsOfUse")),
        row(
            "terms whose id is no URL",
            "termsOfUse",
            json!({ "id": "x", "type": "T" }),
            member("termsOfUse"),
        ),
        row(
            "a refresh service without a type",
            "refreshService",
            json!({ "id": url }),
            member("refreshService"),
        ),
        row(
            "a name in two forms",
            "name",
            json!({ "@value": "a", "x": "b" }),
            model(ModelError::Language("name")),
        ),
        row("a name that is no text", "name", json!({ "@value": 1 }), model(ModelError::Language("name"))),
        row(
            "a language that is none",
            "name",
            json!({ "@value": "a", "@language": "e_n" }),
            model(ModelError::Language("name")),
        ),
        row(
            "a direction that is none",
            "description",
            json!([{ "@value": "a", "@direction": "up" }]),
            model(ModelError::Language("description")),
        ),
        related("a resource that is text", resource(json!([url])), member("relatedResource")),
        related("a resource without an id", resource(json!({ "digestSRI": sri })), member("relatedResource")),
        related(
            "a resource without a digest",
            resource(json!({ "id": url })),
            model(ModelError::RelatedResource),
        ),
        related(
            "a resource named twice",
            resource(json!([{ "id": url, "digestSRI": sri }, { "id": url, "digestSRI": sri }])),
            model(ModelError::RelatedResource),
        ),
        related(
            "a digest of another length",
            resource(json!({ "id": url, "digestSRI": sri.replacen("sha256", "sha384", 1) })),
            model(ModelError::RelatedResource),
        ),
        related(
            "a digest in base64url",
            resource(json!({ "id": url, "digestSRI": sri.replace('/', "_").replace('+', "-") })),
            model(ModelError::RelatedResource),
        ),
        related(
            "a multibase of no multihash",
            resource(json!({ "id": url, "digestMultibase": "uAAAA" })),
            model(ModelError::RelatedResource),
        ),
    ]
}

fn status() -> Vec<Case> {
    let entry = |name, value| with(document()["credentialStatus"].clone(), name, value);
    let row = |what, value, refusal| (what, credential_with("credentialStatus", value), refusal);
    let bitstring = |error| model(ModelError::Status(error));
    let member = |name| bitstring(BitstringError::Member(name));
    vec![
        row(
            "a status without a type",
            entry("type", Value::Null),
            model(ModelError::Member("credentialStatus")),
        ),
        row(
            "a status that is text",
            json!("https://a.example/1"),
            model(ModelError::Member("credentialStatus")),
        ),
        row(
            "a status of two types",
            entry("type", json!(["BitstringStatusListEntry", "X"])),
            bitstring(BitstringError::Type),
        ),
        row("no purpose", entry("statusPurpose", Value::Null), member("statusPurpose")),
        row("an index that is a number", entry("statusListIndex", json!(94567)), member("statusListIndex")),
        row("an index in another base", entry("statusListIndex", json!("0x17")), member("statusListIndex")),
        row("an index below nothing", entry("statusListIndex", json!("-1")), member("statusListIndex")),
        row("no list", entry("statusListCredential", Value::Null), member("statusListCredential")),
        row("a size of nothing", entry("statusSize", json!(0)), bitstring(BitstringError::Size)),
        row("a size without messages", entry("statusSize", json!(2)), bitstring(BitstringError::Messages)),
        row(
            "one message too few",
            entry("statusMessage", json!([{ "status": "0x0", "message": "ok" }])),
            bitstring(BitstringError::Messages),
        ),
        row("a reference that is no URL", entry("statusReference", json!("here")), member("statusReference")),
        row("too many statuses", vec![entry("x", json!(1)); 65].into(), model(ModelError::TooLarge)),
    ]
}

fn header() -> Vec<Case> {
    let row = |what, name: &'static str, value, refusal| (what, header_with(name, value), refusal);
    let jws = |error| jose(VcJoseError::Jws(error));
    let jwk = serde_json::to_value(issuer().key.verifying_key().jwk()).unwrap();
    vec![
        row("no algorithm", "alg", Value::Null, jws(JoseError::Algorithm)),
        row("the algorithm none", "alg", json!("none"), jws(JoseError::Algorithm)),
        row("an algorithm of shared secrets", "alg", json!("HS256"), jws(JoseError::Algorithm)),
        row("an algorithm that is not listed", "alg", json!("ES384"), jws(JoseError::Algorithm)),
        row("the algorithm of another key", "alg", json!("Ed25519"), jws(JoseError::Signature)),
        row("an extension", "crit", json!(["b64"]), jws(JoseError::Critical)),
        row("no typ", "typ", Value::Null, jose(VcJoseError::Type)),
        row("the typ of any JWT", "typ", json!("JWT"), jose(VcJoseError::Type)),
        row("the typ of a presentation", "typ", json!("vp+jwt"), jose(VcJoseError::Type)),
        row("the typ of an SD-JWT", "typ", json!("vc+sd-jwt"), jose(VcJoseError::Type)),
        row("the typ of a status list", "typ", json!("statuslist+jwt"), jose(VcJoseError::Type)),
        row("a typ that is a number", "typ", json!(1), jws(JoseError::Header)),
        row("the cty of a presentation", "cty", json!("vp"), jose(VcJoseError::ContentType)),
        row("no kid", "kid", Value::Null, jose(VcJoseError::KeyReference)),
        row("a kid that is a fragment", "kid", json!("#key-1"), jose(VcJoseError::Kid)),
        row("a kid that is a DID", "kid", json!(issuer().did), jose(VcJoseError::Kid)),
        row("a kid at a web address", "kid", json!("https://a.example/keys#1"), jose(VcJoseError::Kid)),
        row("a kid of another DID", "kid", json!(holder().kid), jose(VcJoseError::OtherSigner)),
        row(
            "a kid that the DID does not have",
            "kid",
            json!(format!("{}#other", issuer().did)),
            VcError::Method(MethodError::Unknown),
        ),
        row("a key in the header", "jwk", jwk, jose(VcJoseError::KeyReference)),
        row("the address of a key", "jku", json!("https://a.example/jwks"), jose(VcJoseError::KeyReference)),
        row("a certificate in the header", "x5c", json!(["AA"]), jose(VcJoseError::KeyReference)),
        row(
            "the address of a certificate",
            "x5u",
            json!("https://a.example/x"),
            jose(VcJoseError::KeyReference),
        ),
    ]
}

/// HS256 over the public key's bytes as the secret, as a confused verifier would check it.
fn confused() -> String {
    let header = with(vc_header(), "alg", json!("HS256"));
    let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let input = format!("{}.{}", encode(&header), encode(&document()));
    let secret = issuer().key.verifying_key().multicodec();
    let tag = ring::hmac::sign(&ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &secret), input.as_bytes());
    format!("{input}.{}", URL_SAFE_NO_PAD.encode(tag))
}

fn signature() -> Vec<Case> {
    let jws = |error| jose(VcJoseError::Jws(error));
    let good = credential_jwt();
    let (input, signature) = good.rsplit_once('.').unwrap();
    let (header, payload) = input.split_once('.').unwrap();
    let cheaper = with(document(), "issuer", json!(issuer().did));
    let other_payload = URL_SAFE_NO_PAD.encode(with(cheaper, "id", json!("urn:x:1")).to_string());
    let none = URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#);
    let twice = format!(r#"{{"issuer":"did:web:a.example",{}"#, &document().to_string()[1..]);
    let twice_in_header = format!(r#"{{"kid":"did:web:a.example#1",{}"#, &vc_header().to_string()[1..]);
    let unresolved = with(document(), "issuer", json!("did:web:a.example"));
    let unresolved_header = with(vc_header(), "kid", json!("did:web:a.example#1"));
    let row = |what, compact: &str, refusal| (what, verify_jwt(compact).err(), refusal);
    vec![
        row("nothing", "", jws(JoseError::Malformed)),
        row("two parts", input, jws(JoseError::Malformed)),
        row("four parts", &format!("{good}.{signature}"), jws(JoseError::Malformed)),
        row("an encryption's five parts", "a.b.c.d.e", jws(JoseError::Malformed)),
        row("padded base64", &format!("{good}=="), jws(JoseError::Malformed)),
        row("too large", &"a".repeat(MAX_JWT + 1), jws(JoseError::TooLarge)),
        row("no signature", &format!("{input}."), jws(JoseError::Signature)),
        row("no signature and no algorithm", &format!("{none}.{payload}."), jws(JoseError::Algorithm)),
        row("the public key as a shared secret", &confused(), jws(JoseError::Algorithm)),
        row(
            "another payload under the signature",
            &format!("{header}.{other_payload}.{signature}"),
            jws(JoseError::Signature),
        ),
        row(
            "a signature of another key",
            &signed(&vc_header(), &document(), &holder().key),
            jws(JoseError::Signature),
        ),
        row(
            "a member twice",
            &signed_text(&vc_header().to_string(), &twice, &issuer().key),
            jws(JoseError::Payload),
        ),
        row(
            "a member of the header twice",
            &signed_text(&twice_in_header, "{}", &issuer().key),
            jws(JoseError::Header),
        ),
        row(
            "a payload that is no object",
            &signed(&vc_header(), &json!([document()]), &issuer().key),
            jws(JoseError::Payload),
        ),
        row(
            "a DID that was not resolved",
            &signed(&unresolved_header, &unresolved, &issuer().key),
            VcError::Method(MethodError::NotResolved),
        ),
        row("an SD-JWT for a JWT", &sd_credential(), jws(JoseError::Malformed)),
    ]
}

fn claims() -> Vec<Case> {
    let row = |what, name: &'static str, value, refusal| (what, credential_with(name, value), refusal);
    let both = with(with(document(), "iat", json!(NOW)), "exp", json!(NOW));
    vec![
        row("a document in a claim", "vc", document(), jose(VcJoseError::Wrapped)),
        row("a presentation in a claim", "vp", presentation(), jose(VcJoseError::Wrapped)),
        row("a proof in it too", "proof", json!({ "type": "DataIntegrityProof" }), claim("proof")),
        row("an iss that is not the issuer", "iss", json!(holder().did), claim("iss")),
        row("an iss that is no text", "iss", json!(1), claim("iss")),
        row("a jti that is not the id", "jti", json!("urn:uuid:1"), claim("jti")),
        row("a sub that is not the subject", "sub", json!(issuer().did), claim("sub")),
        row("an exp in words", "exp", json!("2026-12-27T00:00:00Z"), claim("exp")),
        row("an exp that is over", "exp", json!(NOW), jose(VcJoseError::Expired)),
        row("an nbf that is to come", "nbf", json!(NOW + 61), jose(VcJoseError::NotYetValid)),
        row("an iat that is to come", "iat", json!(NOW + 61), jose(VcJoseError::IssuedInFuture)),
        row("a negative iat", "iat", json!(-1), claim("iat")),
        (
            "an exp before the iat",
            verify_jwt(&signed(&vc_header(), &both, &issuer().key)).err(),
            claim("exp"),
        ),
    ]
}

/// An SD-JWT of this payload and these disclosures.
fn sd_jwt(payload: &Value, disclosures: &[String]) -> String {
    let header = with(vc_header(), "typ", json!("vc+sd-jwt"));
    let jwt = signed(&header, payload, &issuer().key);
    disclosures.iter().fold(format!("{jwt}~"), |text, disclosure| format!("{text}{disclosure}~"))
}

fn disclosure(json: &Value) -> (String, String) {
    let text = URL_SAFE_NO_PAD.encode(json.to_string());
    let digest = URL_SAFE_NO_PAD.encode(sha256(&[text.as_bytes()]));
    (text, digest)
}

/// A payload whose subject has a digest of this disclosure.
fn disclosed_in_subject(json: &Value) -> String {
    let (text, digest) = disclosure(json);
    let mut payload = document();
    payload["credentialSubject"]["_sd"] = json!([digest]);
    sd_jwt(&payload, &[text])
}

fn disclosures() -> Vec<Case> {
    let row = |what, text: &str, refusal| (what, verify_sd(text).err(), jose(VcJoseError::SdJwt(refusal)));
    let (extra, _) = disclosure(&json!(["salt", "name", "value"]));
    let (issuer_text, issuer_digest) = disclosure(&json!(["salt", "issuer", issuer().did]));
    let hidden_issuer = with(with(document(), "issuer", Value::Null), "_sd", json!([issuer_digest]));
    let (status_text, status_digest) =
        disclosure(&json!(["salt", "credentialStatus", document()["credentialStatus"]]));
    let hidden_status =
        with(with(document(), "credentialStatus", Value::Null), "_sd", json!([status_digest]));
    let (purpose_text, purpose_digest) = disclosure(&json!(["salt", "statusPurpose", "refresh"]));
    let mut hidden_purpose = document();
    hidden_purpose["credentialStatus"]["_sd"] = json!([purpose_digest]);
    let (context_text, context_digest) = disclosure(&json!(["salt", "https://a.example/context"]));
    let mut hidden_context = document();
    hidden_context["@context"] = json!([CONTEXT_V2, { "...": context_digest }]);
    let mut twice = document();
    let (text, digest) = disclosure(&json!(["salt", "x", 1]));
    twice["credentialSubject"]["_sd"] = json!([digest, digest]);
    let shown = sd_credential();
    let binding = |bound: &str, expected: VcError| {
        let verified = verify_sd(bound).unwrap();
        (verified.verify_key_binding(&expected_binding()).err().map(VcError::KeyBinding), expected)
    };
    let mut rows = vec![
        row("no SD-JWT", &credential_jwt(), SdJwtError::Malformed),
        row("a disclosure that nothing refers to", &sd_jwt(&document(), &[extra]), SdJwtError::Unreferenced),
        row("the issuer held back", &sd_jwt(&hidden_issuer, &[issuer_text]), SdJwtError::NeverDisclosable),
        row("the status held back", &sd_jwt(&hidden_status, &[status_text]), SdJwtError::NeverDisclosable),
        row(
            "a part of the status held back",
            &sd_jwt(&hidden_purpose, &[purpose_text]),
            SdJwtError::NeverDisclosable,
        ),
        row("a context held back", &sd_jwt(&hidden_context, &[context_text]), SdJwtError::NeverDisclosable),
        row(
            "a claim that is there already",
            &disclosed_in_subject(&json!(["salt", "id", "did:web:a.example"])),
            SdJwtError::ClaimTwice,
        ),
        row(
            "a claim with a reserved name",
            &disclosed_in_subject(&json!(["salt", "_sd", []])),
            SdJwtError::ReservedName,
        ),
        row("a disclosure of two parts", &disclosed_in_subject(&json!(["salt", 1])), SdJwtError::Disclosure),
        row("a digest twice", &sd_jwt(&twice, &[text]), SdJwtError::DigestTwice),
        row(
            "digests of another hash",
            &sd_jwt(&with(document(), "_sd_alg", json!("md5")), &[]),
            SdJwtError::HashAlgorithm,
        ),
    ];
    rows.push((
        "an SD-JWT VC for a W3C one",
        verify_sd(&format!(
            "{}~",
            signed(&with(vc_header(), "typ", json!("dc+sd-jwt")), &document(), &issuer().key)
        ))
        .err(),
        jose(VcJoseError::Type),
    ));
    for (what, bound, error) in [
        ("no key binding", shown.clone(), KeyBindingError::Missing),
        (
            "a key binding of another",
            bound(&shown, &issuer().key, AUDIENCE, NONCE),
            KeyBindingError::Signature,
        ),
        (
            "a key binding for another audience",
            bound(&shown, &holder().key, "x", NONCE),
            KeyBindingError::Audience,
        ),
        (
            "a key binding to another request",
            bound(&shown, &holder().key, AUDIENCE, "x"),
            KeyBindingError::Nonce,
        ),
        (
            "a key binding to another presentation",
            {
                let jwt = shown.split('~').next().unwrap();
                let other = bound(&format!("{jwt}~"), &holder().key, AUDIENCE, NONCE);
                format!("{shown}{}", other.rsplit('~').next().unwrap())
            },
            KeyBindingError::SdHash,
        ),
    ] {
        let (refusal, expected) = binding(&bound, VcError::KeyBinding(error));
        rows.push((what, refusal, expected));
    }
    rows
}

fn presentations() -> Vec<Case> {
    let row = |what, name: &'static str, value, refusal| (what, presentation_with(name, value), refusal);
    let presented = |error| VcError::Presented(0, Box::new(error));
    let foreign = with(document(), "credentialSubject", json!({ "id": issuer().did, "x": 1 }));
    let foreign = signed(&vc_header(), &foreign, &issuer().key);
    let nobodys = with(document(), "credentialSubject", json!({ "x": 1 }));
    let nobodys = signed(&vc_header(), &nobodys, &issuer().key);
    let forged = signed(&vc_header(), &document(), &holder().key);
    let unsecured = json!([document()]);
    let header = |name, value| {
        let header = with(vp_header(), name, value);
        verify_presentation(&signed(&header, &presentation_payload(), &holder().key)).err()
    };
    let credential = |compact: &str| json!([enveloped(compact)]);
    vec![
        row("no context", "@context", Value::Null, model(ModelError::Context)),
        row("a credential's type", "type", json!("VerifiableCredential"), model(ModelError::Type)),
        row("a holder that is no URL", "holder", json!("me"), model(ModelError::Member("holder"))),
        row("another holder than who signed", "holder", json!(issuer().did), jose(VcJoseError::OtherSigner)),
        row(
            "a credential that is text",
            "verifiableCredential",
            json!([credential_jwt()]),
            model(ModelError::Presented),
        ),
        row(
            "a credential that is its address",
            "verifiableCredential",
            json!("https://a.example/1"),
            model(ModelError::Presented),
        ),
        row(
            "a credential that nobody secured",
            "verifiableCredential",
            unsecured,
            model(ModelError::SelfAsserted),
        ),
        row(
            "too many credentials",
            "verifiableCredential",
            vec![enveloped("a"); 17].into(),
            model(ModelError::TooLarge),
        ),
        row("a credential about another", "verifiableCredential", credential(&foreign), VcError::Holder),
        row("a credential about nobody named", "verifiableCredential", credential(&nobodys), VcError::Holder),
        row(
            "a forged credential",
            "verifiableCredential",
            credential(&forged),
            presented(jose(VcJoseError::Jws(JoseError::Signature))),
        ),
        row(
            "a presentation for a credential",
            "verifiableCredential",
            credential(&signed(&vp_header(), &presentation_payload(), &holder().key)),
            presented(jose(VcJoseError::Type)),
        ),
        row("terms without a type", "termsOfUse", json!({ "x": 1 }), model(ModelError::Member("termsOfUse"))),
        row("no audience", "aud", Value::Null, VcError::Audience),
        row("another audience", "aud", json!(["yufu-counter:2"]), VcError::Audience),
        row("an audience that is a number", "aud", json!(1), claim("aud")),
        row("no nonce", "nonce", Value::Null, VcError::Challenge),
        row("another nonce", "nonce", json!("n-other"), VcError::Challenge),
        row("a nonce that is a number", "nonce", json!(1), claim("nonce")),
        row("an iss that is not the holder", "iss", json!(issuer().did), claim("iss")),
        row("a document in a claim", "vp", presentation(), jose(VcJoseError::Wrapped)),
        row("a signature that is over", "exp", json!(NOW), claim("exp")),
        row("a signature dated ahead", "iat", json!(NOW + 61), jose(VcJoseError::IssuedInFuture)),
        (
            "a credential for a presentation",
            verify_presentation(&credential_jwt()).err(),
            jose(VcJoseError::Type),
        ),
        ("a kid of another DID", header("kid", json!(issuer().kid)), jose(VcJoseError::OtherSigner)),
        ("the cty of a credential", header("cty", json!("vc")), jose(VcJoseError::ContentType)),
        (
            "a presentation signed by another",
            verify_presentation(&signed(&vp_header(), &presentation_payload(), &issuer().key)).err(),
            jose(VcJoseError::Jws(JoseError::Signature)),
        ),
    ]
}

fn envelopes() -> Vec<Case> {
    let good = || enveloped(&credential_jwt());
    let read = |json: Value| UnverifiedCredential::parse_json(json.to_string().as_bytes()).err();
    let row = |what, name: &'static str, value, error| {
        (what, read(with(good(), name, value)), VcError::Model(error))
    };
    let data = |rest: &str| json!(format!("data:{rest},{}", credential_jwt()));
    vec![
        row("no context", "@context", Value::Null, ModelError::Context),
        row("two types", "type", json!(["EnvelopedVerifiableCredential", "X"]), ModelError::Type),
        row("a presentation's envelope", "type", json!("EnvelopedVerifiablePresentation"), ModelError::Type),
        row("no id", "id", Value::Null, ModelError::Member("id")),
        row("an address", "id", json!("https://a.example/1"), ModelError::Member("id")),
        row("another media type", "id", data("application/json"), ModelError::Member("id")),
        row("a presentation's media type", "id", data("application/vp+jwt"), ModelError::Member("id")),
        row("an encoding", "id", data("application/vc+jwt;base64"), ModelError::Member("id")),
        row("nothing in it", "id", json!("data:application/vc+jwt,"), ModelError::Member("id")),
        row("escapes", "id", json!("data:application/vc+jwt,%65.%66.%67"), ModelError::Member("id")),
        ("a credential that nobody secured", read(document()), VcError::Unsecured),
        ("no JSON", UnverifiedCredential::parse_json(b"{").err(), VcError::Model(ModelError::Json)),
        (
            "a presentation that nobody secured",
            UnverifiedPresentation::parse_json(presentation().to_string().as_bytes()).err(),
            VcError::Unsecured,
        ),
    ]
}

fn validity() -> Vec<Case> {
    let row = |what, name: &'static str, time: &str, refusal| {
        let credential = with(with(document(), "validUntil", Value::Null), name, json!(time));
        let verified = verify_jwt(&signed(&vc_header(), &credential, &issuer().key)).unwrap();
        (what, verified.check_validity(NOW).err(), refusal)
    };
    vec![
        row("not valid yet", "validFrom", "2026-11-27T00:00:01Z", VcError::NotYetValid),
        (
            "no longer valid",
            verify_jwt(&credential_jwt()).unwrap().check_validity(NOW + 31 * 86_400).err(),
            VcError::Expired,
        ),
    ]
}

fn meaning() -> Vec<Case> {
    // The examples' context gives every term a meaning: here is only that of the data model.
    let plain = with(document(), "@context", json!([CONTEXT_V2]));
    let plain = with(plain, "type", json!(["VerifiableCredential"]));
    let row = |what, name: &'static str, value, error| {
        let compact = signed(&vc_header(), &with(plain.clone(), name, value), &issuer().key);
        (what, verify_jwt(&compact).err(), VcError::JsonLd(error))
    };
    let elsewhere = "https://a.example/context";
    let land = "https://land.yufu.example/contexts/land-title/1";
    vec![
        row(
            "a context that is not known",
            "@context",
            json!([CONTEXT_V2, elsewhere]),
            JsonLdError::UnknownContext(elsewhere.into()),
        ),
        row(
            "a type that no context defines",
            "type",
            json!(["VerifiableCredential", "NoSuchCredential"]),
            JsonLdError::UndefinedType("NoSuchCredential".into()),
        ),
        row(
            "a protected term redefined",
            "@context",
            json!([CONTEXT_V2, { "description": "https://a.example/x" }]),
            JsonLdError::ProtectedTerm("description".into()),
        ),
        row(
            "a type of another context",
            "type",
            json!(["VerifiableCredential", "LandTitleCredential"]),
            JsonLdError::UndefinedType("LandTitleCredential".into()),
        ),
        (
            "a type that a context of its own would pass off",
            {
                let own = json!({ "LandTitleCredential": "https://a.example/types/1" });
                let contexts = json!([CONTEXT_V2, land, own]);
                let document = with(document(), "@context", contexts);
                let document = with(document, "type", json!(["VerifiableCredential", "LandTitleCredential"]));
                verify_jwt(&signed(&vc_header(), &document, &issuer().key)).err()
            },
            VcError::JsonLd(JsonLdError::ProtectedTerm("LandTitleCredential".into())),
        ),
    ]
}
