pub(in crate::credential::w3c) mod citizenship;
mod jose;
mod must_reject;

use super::{jose::*, json_ld::JsonLdError, model::*, *};
use crate::{
    credential::sd_jwt::{ExpectedKeyBinding, ExpectedNonce, KeyBindingError, SdJwtError},
    crypto::{Algorithm, Signer, SoftwareKey, sha256, testing},
    did::{self, MethodError, Resolved},
    jose::JoseError,
    random::SeededRandom,
    status::bitstring::BitstringError,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};

/// 2026-11-27, the start of the day.
const NOW: u64 = 1_795_737_600;
const AUDIENCE: &str = "yufu-class:land-office";
const NONCE: &str = "n-0S6_WzA2Mj";

/// A DID that is its own key, and its one key's name.
struct Party {
    key: SoftwareKey,
    did: String,
    kid: String,
}

fn party(algorithm: Algorithm, seed: u64) -> Party {
    let key = testing::key(algorithm, seed);
    let did = did::key::encode(key.verifying_key());
    let kid = format!("{did}#{}", &did["did:key:".len()..]);
    Party { key, did, kid }
}

fn issuer() -> Party {
    party(Algorithm::Es256, 1)
}

fn holder() -> Party {
    party(Algorithm::Es256, 2)
}

fn object(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

fn document() -> Value {
    json!({
        "@context": [CONTEXT_V2, "https://www.w3.org/ns/credentials/examples/v2"],
        "id": "https://university.example/credentials/3732",
        "type": ["VerifiableCredential", "ExampleDegreeCredential"],
        "issuer": issuer().did,
        "validFrom": "2026-11-27T00:00:00Z",
        "validUntil": "2026-12-27T00:00:00Z",
        "credentialSubject": {
            "id": holder().did,
            "degree": { "type": "ExampleBachelorDegree", "name": "Bachelor of Science and Arts" },
        },
        "credentialStatus": {
            "type": "BitstringStatusListEntry",
            "statusPurpose": "revocation",
            "statusListIndex": "94567",
            "statusListCredential": "https://university.example/status/3",
        },
    })
}

fn times() -> JwtTimes {
    JwtTimes { issued_at: Some(NOW), not_before: None, expires: Some(NOW + 86_400) }
}

/// Whatever is asked for, signed.
fn signed(header: &Value, payload: &Value, key: &SoftwareKey) -> String {
    signed_text(&header.to_string(), &payload.to_string(), key)
}

fn signed_text(header: &str, payload: &str, key: &SoftwareKey) -> String {
    let input = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
    format!("{input}.{}", URL_SAFE_NO_PAD.encode(key.sign(input.as_bytes()).unwrap()))
}

fn vc_header() -> Value {
    json!({ "alg": "ES256", "cty": "vc", "kid": issuer().kid, "typ": "vc+jwt" })
}

fn vp_header() -> Value {
    json!({ "alg": "ES256", "cty": "vp", "kid": holder().kid, "typ": "vp+jwt" })
}

fn credential_jwt() -> String {
    let (issuer, document) = (issuer(), object(document()));
    let request = IssueVcJwt { document: &document, kid: &issuer.kid, times: times() };
    issue_credential(&request, &issuer.key).unwrap().compact
}

fn enveloped(compact: &str) -> Value {
    Enveloped { media_type: MediaType::VcJwt, compact: compact.to_owned() }.to_json()
}

fn presentation() -> Value {
    json!({
        "@context": [CONTEXT_V2],
        "type": "VerifiablePresentation",
        "holder": holder().did,
        "verifiableCredential": [enveloped(&credential_jwt())],
    })
}

fn presentation_payload() -> Value {
    let mut payload = presentation();
    payload["aud"] = AUDIENCE.into();
    payload["nonce"] = NONCE.into();
    payload["iat"] = NOW.into();
    payload
}

/// Sets a member, or takes it out where the value is null.
fn with(mut json: Value, name: &str, value: Value) -> Value {
    match value {
        Value::Null => {
            json.as_object_mut().unwrap().remove(name);
        }
        value => json[name] = value,
    }
    json
}

fn verify_jwt(compact: &str) -> Result<VerifiedCredential, VcError> {
    UnverifiedCredential::parse_jwt(compact)?.verify(&Resolved::new(), &VerifyOptions { now: NOW })
}

fn verify_sd(text: &str) -> Result<VerifiedCredential, VcError> {
    UnverifiedCredential::parse_sd_jwt(text)?.verify(&Resolved::new(), &VerifyOptions { now: NOW })
}

const EXPECTED: PresentationOptions<'static> = PresentationOptions {
    now: NOW,
    challenge: Some(NONCE),
    audiences: Some(&["yufu-counter:1", AUDIENCE]),
    bound_to_holder: true,
};

fn verify_presentation(compact: &str) -> Result<VerifiedPresentation, VcError> {
    UnverifiedPresentation::parse_jwt(compact)?.verify(&Resolved::new(), &EXPECTED)
}
