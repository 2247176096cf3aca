//! The examples of RFC 9901 and of SD-JWT VC.
//!
//! The specification's keys stand in no certificate, so its tokens go in beneath [`UnverifiedSdJwt`]'s
//! rule on keys, by the same functions that it calls.

use super::*;
use crate::{
    credential::PathElement,
    crypto::{Jwk, LeafCertificate, VerifyingKey},
    jose::UnverifiedJws,
    test_vectors,
};
use serde_yaml_ng::Value as Yaml;

/// RFC 9901 §5.2: the presentation with its key binding.
const PRESENTATION: &str = "
    eyJhbGciOiAiRVMyNTYiLCAidHlwIjogImV4YW1wbGUrc2Qtand0In0.eyJfc2QiOiBb
    IkNyUWU3UzVrcUJBSHQtbk1ZWGdjNmJkdDJTSDVhVFkxc1VfTS1QZ2tqUEkiLCAiSnpZ
    akg0c3ZsaUgwUjNQeUVNZmVadTZKdDY5dTVxZWhabzdGN0VQWWxTRSIsICJQb3JGYnBL
    dVZ1Nnh5bUphZ3ZrRnNGWEFiUm9jMkpHbEFVQTJCQTRvN2NJIiwgIlRHZjRvTGJnd2Q1
    SlFhSHlLVlFaVTlVZEdFMHc1cnREc3JaemZVYW9tTG8iLCAiWFFfM2tQS3QxWHlYN0tB
    TmtxVlI2eVoyVmE1TnJQSXZQWWJ5TXZSS0JNTSIsICJYekZyendzY002R242Q0pEYzZ2
    Vks4QmtNbmZHOHZPU0tmcFBJWmRBZmRFIiwgImdiT3NJNEVkcTJ4Mkt3LXc1d1BFemFr
    b2I5aFYxY1JEMEFUTjNvUUw5Sk0iLCAianN1OXlWdWx3UVFsaEZsTV8zSmx6TWFTRnpn
    bGhRRzBEcGZheVF3TFVLNCJdLCAiaXNzIjogImh0dHBzOi8vaXNzdWVyLmV4YW1wbGUu
    Y29tIiwgImlhdCI6IDE2ODMwMDAwMDAsICJleHAiOiAxODgzMDAwMDAwLCAic3ViIjog
    InVzZXJfNDIiLCAibmF0aW9uYWxpdGllcyI6IFt7Ii4uLiI6ICJwRm5kamtaX1ZDem15
    VGE2VWpsWm8zZGgta284YUlLUWM5RGxHemhhVllvIn0sIHsiLi4uIjogIjdDZjZKa1B1
    ZHJ5M2xjYndIZ2VaOGtoQXYxVTFPU2xlclAwVmtCSnJXWjAifV0sICJfc2RfYWxnIjog
    InNoYS0yNTYiLCAiY25mIjogeyJqd2siOiB7Imt0eSI6ICJFQyIsICJjcnYiOiAiUC0y
    NTYiLCAieCI6ICJUQ0FFUjE5WnZ1M09IRjRqNFc0dmZTVm9ISVAxSUxpbERsczd2Q2VH
    ZW1jIiwgInkiOiAiWnhqaVdXYlpNUUdIVldLVlE0aGJTSWlyc1ZmdWVjQ0U2dDRqVDlG
    MkhaUSJ9fX0.ow2VRoOnXDjBhV-c2XUX9zWmHhbd5hao3xa39DfE4UX_wlsBlh5KBsmK
    eDd59GgpIbWFIomQWRy3A4L-St_6aQ~WyJlbHVWNU9nM2dTTklJOEVZbnN4QV9BIiwgI
    mZhbWlseV9uYW1lIiwgIkRvZSJd~WyJBSngtMDk1VlBycFR0TjRRTU9xUk9BIiwgImFk
    ZHJlc3MiLCB7InN0cmVldF9hZGRyZXNzIjogIjEyMyBNYWluIFN0IiwgImxvY2FsaXR5
    IjogIkFueXRvd24iLCAicmVnaW9uIjogIkFueXN0YXRlIiwgImNvdW50cnkiOiAiVVMi
    fV0~WyIyR0xDNDJzS1F2ZUNmR2ZyeU5STjl3IiwgImdpdmVuX25hbWUiLCAiSm9obiJd
    ~WyJsa2x4RjVqTVlsR1RQVW92TU5JdkNBIiwgIlVTIl0~eyJhbGciOiAiRVMyNTYiLCA
    idHlwIjogImtiK2p3dCJ9.eyJub25jZSI6ICIxMjM0NTY3ODkwIiwgImF1ZCI6ICJodH
    RwczovL3ZlcmlmaWVyLmV4YW1wbGUub3JnIiwgImlhdCI6IDE3NDg1MzcyNDMsICJzZF
    9oYXNoIjogIkczSTh6LWNGTUFUQUsyZXA4TVhXay12bmpJM1g2LWFhaFllVTlUdnp6M0
    UifQ.PqD8kiTmgP5PDvnRB8PzuzHYU5hH8bEw88jFN9aT5a5CblBjVcFig044UoWeJU6
    cUqBPAXVh0XAL8of4_Sp71g";

/// RFC 9901 Appendix A.5: the issuer's key of all its examples.
fn issuer_of_the_rfc() -> VerifyingKey {
    let jwk: Jwk = serde_json::from_value(json!({
        "kty": "EC", "crv": "P-256",
        "x": "b28d4MwZMjw8-00CG4xfnn9SLMVMM19SlqZpVb_uNtQ",
        "y": "Xv5zWwuoaTgdS6hV43yI6gBwTnjukmFQQnJ_kCxzqk8",
    }))
    .unwrap();
    jwk.key().unwrap()
}

fn verified_presentation(text: &str) -> (UnverifiedSdJwt<'_>, Map<String, Value>) {
    let read = UnverifiedSdJwt::parse(text).unwrap();
    let jws = UnverifiedJws::parse(read.issuer_jwt(), MAX_SD_JWT).unwrap();
    let mut claims = jws.verify(&issuer_of_the_rfc()).unwrap();
    super::super::disclosure::resolve(&mut claims, read.disclosures()).unwrap();
    (read, claims)
}

#[test]
fn the_presentation_of_section_5_verifies_to_the_payload_it_prints() {
    let text: String = PRESENTATION.split_whitespace().collect();
    let (_, claims) = verified_presentation(&text);
    assert_eq!(
        Value::from(claims),
        json!({
            "iss": "https://issuer.example.com",
            "iat": 1_683_000_000,
            "exp": 1_883_000_000,
            "sub": "user_42",
            "nationalities": ["US"],
            "cnf": { "jwk": {
                "kty": "EC", "crv": "P-256",
                "x": "TCAER19Zvu3OHF4j4W4vfSVoHIP1ILilDls7vCeGemc",
                "y": "ZxjiWWbZMQGHVWKVQ4hbSIirsVfuecCE6t4jT9F2HZQ",
            } },
            "family_name": "Doe",
            "address": {
                "street_address": "123 Main St", "locality": "Anytown", "region": "Anystate", "country": "US",
            },
            "given_name": "John",
        })
    );
}

#[test]
fn the_key_binding_of_section_5_verifies() {
    let text: String = PRESENTATION.split_whitespace().collect();
    let (read, claims) = verified_presentation(&text);
    let holder = super::super::verified::confirmation_key(&claims["cnf"]);
    let signed = IssuerSigned {
        iss: String::new(),
        vct: String::new(),
        leaf: LeafCertificate { key: issuer_of_the_rfc(), did: String::new(), not_before: 0, not_after: 0 },
        leaf_der: Vec::new(),
        jwt_digest: [0; 32],
        key_binding: read.key_binding().map(|jwt| (jwt.to_owned(), sha256(&[read.presented().as_bytes()]))),
        holder,
        iat: 0,
        nbf: None,
        exp: None,
        status: None,
        claims,
    };
    let expected = ExpectedKeyBinding {
        audiences: &["https://verifier.example.org"],
        nonce: ExpectedNonce::Exactly("1234567890"),
        iat: (1_748_537_243, 1_748_537_243),
    };
    assert!(signed.verify_key_binding(&expected).unwrap().extra.is_empty());
}

#[test]
fn the_typ_and_key_of_the_rfcs_examples_are_not_ours() {
    let text: String = PRESENTATION.split_whitespace().collect();
    assert_eq!(verify(&text).unwrap_err(), SdJwtError::Type);
}

/// An example's claims, the rules that its `!sd` marks state, and what its holder shows.
struct Example {
    claims: Map<String, Value>,
    rules: Vec<ClaimPath>,
    shown: Vec<ClaimPath>,
}

fn example(path: &str) -> Option<Example> {
    let text = test_vectors::read(path)?;
    let specification: Yaml = serde_yaml_ng::from_str(&text).unwrap();
    let mut rules = Vec::new();
    let Value::Object(mut claims) = plain(&specification["user_claims"], &mut Vec::new(), &mut rules) else {
        panic!("{path}: the claims are no object");
    };
    // Written by the issuer's program here.
    claims.remove("iss");
    claims.remove("cnf");
    // Our rules say of all elements of an array at once what the example says of each.
    let rules = rules.into_iter().map(|steps| ClaimPath::new(steps).unwrap()).collect();
    let mut shown = Vec::new();
    chosen(&specification["holder_disclosed_claims"], &mut Vec::new(), &mut shown);
    Some(Example { claims, rules, shown })
}

/// The YAML as JSON, its marks taken out and collected.
fn plain(yaml: &Yaml, way: &mut Vec<PathElement>, rules: &mut Vec<Vec<PathElement>>) -> Value {
    match yaml {
        Yaml::Tagged(tagged) => {
            assert_eq!(tagged.tag, "sd");
            rules.push(way.clone());
            plain(&tagged.value, way, rules)
        }
        Yaml::Mapping(members) => members
            .iter()
            .map(|(name, value)| {
                let (marked, name) = match name {
                    Yaml::Tagged(tagged) => (true, tagged.value.as_str().unwrap()),
                    name => (false, name.as_str().unwrap()),
                };
                way.push(PathElement::Name(name.to_owned()));
                if marked {
                    rules.push(way.clone());
                }
                let value = plain(value, way, rules);
                way.pop();
                (name.to_owned(), value)
            })
            .collect(),
        Yaml::Sequence(elements) => {
            way.push(PathElement::All);
            let elements = elements.iter().map(|element| plain(element, way, rules)).collect();
            way.pop();
            elements
        }
        scalar => serde_json::to_value(scalar).unwrap(),
    }
}

fn chosen(yaml: &Yaml, way: &mut Vec<PathElement>, into: &mut Vec<ClaimPath>) {
    match yaml {
        Yaml::Bool(true) => into.push(ClaimPath::new(way.clone()).unwrap()),
        Yaml::Mapping(members) => {
            for (name, value) in members {
                way.push(PathElement::Name(name.as_str().unwrap().to_owned()));
                chosen(value, way, into);
                way.pop();
            }
        }
        Yaml::Sequence(elements) => {
            for (index, value) in elements.iter().enumerate() {
                way.push(PathElement::Index(index));
                chosen(value, way, into);
                way.pop();
            }
        }
        _ => {}
    }
}

#[test]
fn every_example_is_issued_shown_as_its_holder_chooses_and_verified() {
    let sd_jwt = [
        "address_only_flat",
        "address_only_recursive",
        "address_only_structured",
        "address_only_structured_one_open",
        "arf-pid",
        "complex_eidas",
        "complex_eidas_proposal",
        "complex_ekyc",
        "json_serialization_flattened",
        "json_serialization_general",
        "jsonld",
        "simple",
        "simple_structured",
        // "w3c-vc_for_slide_deck" shows claims that it does not issue.
        "w3c-vc",
    ];
    let paths = sd_jwt.map(|name| format!("sd-jwt/{name}/specification.yml")).into_iter();
    let vc = ["01", "02", "03-pid"].map(|name| format!("sd-jwt-vc/{name}/specification.yml"));
    for path in paths.chain(vc) {
        if let Some(example) = example(&path) {
            judge(&path, &example);
        }
    }
}

fn judge(path: &str, Example { claims, rules, shown }: &Example) {
    let holder = holder_key();
    let template = IssueTemplate::new(&chain(), rules, 3).unwrap_or_else(|error| panic!("{path}: {error}"));
    let issued = template
        .issue_any(claims, Some(holder.verifying_key()), &issuer_key(), &SeededRandom::new(4))
        .unwrap_or_else(|error| panic!("{path}: {error}"));
    let held = HeldSdJwt::open(&issued.compact).unwrap();
    for (name, value) in claims {
        assert_eq!(held.claims().get(name), Some(value), "{path}: {name}");
    }
    let extra = Map::new();
    let binding = KeyBinding { aud: "a", nonce: "n", iat: DAY, extra: &extra };
    let text = held.present(shown, &binding, &holder).unwrap_or_else(|error| panic!("{path}: {error}"));
    let read = UnverifiedSdJwt::parse(&text).unwrap();
    let jws = UnverifiedJws::parse(read.issuer_jwt(), MAX_SD_JWT).unwrap();
    let mut seen = jws.verify(issuer_key().verifying_key()).unwrap();
    super::super::disclosure::resolve(&mut seen, read.disclosures()).unwrap();
    for rule in rules {
        for hidden in held.disclosures().filter(|(place, _)| place.overlaps(rule)) {
            let (place, disclosure) = hidden;
            let wanted = shown.iter().any(|choice| choice.overlaps(place));
            assert_eq!(read.disclosures().contains(&disclosure), wanted, "{path}: {place}");
        }
    }
    for choice in shown.iter().filter(|choice| !choice.to_string().contains('[')) {
        assert_eq!(choice.select(&seen), choice.select(held.claims()), "{path}: {choice}");
    }
}
