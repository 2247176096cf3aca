//! What the modules here promise together, as tests. The forger writes what no issuer of ours would.

mod issuing;
mod key_binding;
mod presenting;
mod rfc9901;
mod verifying;

use super::*;
use crate::{
    credential::ClaimPath,
    crypto::{Algorithm, Signer, SoftwareKey, certificate::encode_x5c, sha256, testing},
    random::SeededRandom,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};
use std::sync::LazyLock;

const DID: &str = "did:yufu:test:2UzHL6";
/// A whole UTC day in 2026.
const DAY: u64 = 1_789_948_800;

fn issuer_key() -> SoftwareKey {
    testing::key(Algorithm::Es256, 1)
}

fn holder_key() -> SoftwareKey {
    testing::key(Algorithm::Es256, 2)
}

/// Made once: a certificate's signature is never the same twice.
fn chain() -> Vec<Vec<u8>> {
    static CHAIN: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| vec![testing::leaf(&issuer_key(), DID)]);
    CHAIN.clone()
}

fn path(json: Value) -> ClaimPath {
    serde_json::from_value(json).unwrap()
}

/// What every credential says, and `more`.
fn claims(more: Value) -> Map<String, Value> {
    let mut claims = json!({
        "vct": "https://residents.example/types/resident-id/1",
        "iat": DAY,
        "nbf": DAY,
        "exp": DAY + 14 * 86_400,
        "status": { "status_list": { "idx": 7, "uri": "https://residents.example/status/3" } },
    });
    claims.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    claims.as_object().unwrap().clone()
}

/// A resident with a nested object, an array, an array of objects, and everything personal disclosable.
fn resident() -> (Map<String, Value>, Vec<ClaimPath>) {
    let claims = claims(json!({
        "family_name": "Müller, \"the\" 米勒",
        "given_name": "An",
        "address": { "locality": "Köln", "street": "Domstraße 1", "country": "DE" },
        "nationalities": ["DE", "IS"],
        "degrees": [{ "name": "MSc", "year": 2001 }, { "name": "PhD" }],
        "key_level": "software",
    }));
    let disclosable = [
        json!(["family_name"]),
        json!(["given_name"]),
        json!(["address"]),
        json!(["address", "locality"]),
        json!(["address", "street"]),
        json!(["nationalities"]),
        json!(["nationalities", null]),
        json!(["degrees", null]),
        json!(["degrees", null, "year"]),
        json!(["portrait"]),
    ];
    (claims, disclosable.map(path).to_vec())
}

fn issue_to_holder(
    claims: &Map<String, Value>,
    disclosable: &[ClaimPath],
) -> Result<IssuedSdJwt, IssueError> {
    let holder = holder_key();
    let request = IssueSdJwt {
        claims,
        disclosable,
        holder: Some(holder.verifying_key()),
        x5c: &chain(),
        decoys_to_multiple_of: 4,
    };
    issue(&request, &issuer_key(), &SeededRandom::new(9))
}

fn issued() -> IssuedSdJwt {
    let (claims, disclosable) = resident();
    issue_to_holder(&claims, &disclosable).unwrap()
}

fn verify(text: &str) -> Result<IssuerSigned, SdJwtError> {
    UnverifiedSdJwt::parse(text)?.verify()
}

/// A disclosure as it stands on the wire, of any JSON.
fn disclosure(json: &Value) -> String {
    URL_SAFE_NO_PAD.encode(json.to_string())
}

fn digest(disclosure: &str) -> String {
    URL_SAFE_NO_PAD.encode(sha256(&[disclosure.as_bytes()]))
}

fn forged_header() -> Value {
    json!({ "alg": "ES256", "typ": TYPE, "x5c": encode_x5c(&chain()) })
}

/// Signs any header and payload with the issuer's key and appends the disclosures.
fn forge(header: &Value, payload: &str, disclosures: &[&str]) -> String {
    let input = format!("{}.{}", URL_SAFE_NO_PAD.encode(header.to_string()), URL_SAFE_NO_PAD.encode(payload));
    let signature = URL_SAFE_NO_PAD.encode(issuer_key().sign(input.as_bytes()).unwrap());
    let mut text = format!("{input}.{signature}~");
    for disclosure in disclosures {
        text.push_str(disclosure);
        text.push('~');
    }
    text
}

/// A payload of the required claims and `more`, under a good header.
fn forge_claims(more: Value, disclosures: &[&str]) -> String {
    let mut payload = claims(json!({ "iss": DID }));
    for (name, value) in more.as_object().unwrap() {
        match value {
            Value::Null => drop(payload.remove(name)),
            value => drop(payload.insert(name.clone(), value.clone())),
        }
    }
    forge(&forged_header(), &Value::from(payload).to_string(), disclosures)
}
