//! The VC-API of verifying, over HTTP.

use super::{config, folder, json, start, support::*};
use axum::{Router, routing::get};
use serde_json::{Value, json};
use yufu_core::{
    client::ReqwestTransport,
    credential::w3c::{
        proof::{BySigner, Cryptosuite, ProofOptions, sign},
        vc_api::{MAX_BODY, ProblemType, Suite, SuiteIssuer, derive},
    },
    crypto::Signer,
    did::{self, Relationship},
    http::{HttpRequest, HttpResponse, HttpTransport},
    random::SeededRandom,
    registry::StatusEncoding,
    status::{
        StatusArray,
        bitstring::{ListDocument, Purpose},
    },
};
use yufu_counter::{Counter, VcApiConfig};

const V2: &str = "https://www.w3.org/ns/credentials/v2";
const SECRET: &str = "Zhang Weimin";

struct Place {
    counter: Counter,
    http: ReqwestTransport,
}

impl Place {
    async fn open(name: &str, fetch_from_loopback: bool) -> Self {
        let mut config = config(&World::new(), folder(&format!("vc-api-{name}")));
        config.vc_api = Some(VcApiConfig {
            listen: ([127, 0, 0, 1], 0).into(),
            allow_remote: false,
            fetch_from_loopback,
            registry: None,
            extra_root: None,
        });
        let (counter, http) = start(config).await;
        Self { counter, http }
    }

    async fn post(&self, url: &str, kind: &str, body: Vec<u8>) -> HttpResponse {
        self.http.send(HttpRequest::post(url.to_owned(), kind, body)).await.unwrap()
    }

    async fn verify(&self, body: &Value) -> HttpResponse {
        let url = &self.counter.vc_api().unwrap().verify;
        self.post(url, "application/json", body.to_string().into()).await
    }

    async fn verify_credential(&self, credential: &Value) -> HttpResponse {
        self.verify(&json!({ "verifiableCredential": credential, "options": { "checks": ["proof"] } })).await
    }

    async fn verify_presentation(&self, presentation: &Value, options: Value) -> HttpResponse {
        let url = &self.counter.vc_api().unwrap().verify_presentation;
        let body = json!({ "verifiablePresentation": presentation, "options": options });
        self.post(url, "application/json", body.to_string().into()).await
    }
}

fn verified(response: &HttpResponse) {
    assert_eq!(response.status, 200, "{}", json(response));
    assert_eq!(json(response), json!({ "verified": true, "problemDetails": [] }));
}

fn refused(response: &HttpResponse, status: u16, kind: ProblemType) {
    let answer = json(response);
    assert_eq!((response.status, &answer["type"]), (status, &kind.url().into()), "{answer}");
    assert_eq!((&answer["verified"], &answer["problemDetails"][0]["type"]), (&false.into(), &answer["type"]));
    assert_eq!(response.header("content-type"), Some("application/problem+json"));
    assert!(!answer.to_string().contains(SECRET), "{answer}");
}

fn issuer(suite: Suite) -> SuiteIssuer {
    SuiteIssuer::from_seed(suite, &[7; 32]).unwrap()
}

fn credential(issuer: &SuiteIssuer) -> Value {
    json!({
        "@context": [V2, "https://www.w3.org/ns/credentials/examples/v2"],
        "type": ["VerifiableCredential", "ExampleAlumniCredential"],
        "issuer": issuer.did(),
        "credentialSubject": { "id": "did:example:alice", "name": SECRET },
    })
}

fn issued(issuer: &SuiteIssuer, credential: &Value) -> Value {
    let body = json!({ "credential": credential }).to_string();
    let answer = issuer.issue(body.as_bytes(), NOW, &SeededRandom::new(1));
    assert_eq!(answer.status, 201, "{answer:?}");
    answer.body["verifiableCredential"].clone()
}

/// What a holder discloses of a credential with a base proof.
fn derived(suite: Suite, base: &Value, pointer: &str) -> Value {
    let body = json!({ "verifiableCredential": base, "options": { "selectivePointers": [pointer] } });
    let answer = derive(suite, body.to_string().as_bytes(), &SeededRandom::new(1));
    assert_eq!(answer.status, 201, "{answer:?}");
    answer.body["verifiableCredential"].clone()
}

fn presentation(credential: &Value, challenge: &str, domain: &str) -> Value {
    let key = key(70);
    let did = did::key::encode(key.verifying_key());
    let method = format!("{did}#{}", did::key::multibase(key.verifying_key()));
    let document = json!({
        "@context": [V2], "type": ["VerifiablePresentation"], "holder": did,
        "verifiableCredential": [credential],
    });
    let mut options = ProofOptions::new(Cryptosuite::EcdsaRdfc2019, &method, Relationship::Authentication);
    options.created = Some(NOW);
    options.challenge = Some(challenge.into());
    options.domain = vec![domain.into()];
    let signer = BySigner::new(&key);
    Value::Object(sign(document.as_object().unwrap(), &options, &signer, &Default::default()).unwrap())
}

#[tokio::test]
async fn what_each_suite_issued_is_verified_and_what_was_changed_is_not() {
    let place = Place::open("suites", false).await;
    for suite in Suite::ALL.into_iter().filter(|suite| !suite.is_selective()) {
        let issuer = issuer(suite);
        let mut secured = issued(&issuer, &credential(&issuer));
        verified(&place.verify_credential(&secured).await);
        if suite == Suite::VcJwt {
            let id = secured["id"].as_str().unwrap();
            secured["id"] = format!("{}.{}", id.rsplit_once('.').unwrap().0, "A".repeat(86)).into();
        } else {
            secured["credentialSubject"]["name"] = format!("{SECRET} II").into();
        }
        refused(&place.verify_credential(&secured).await, 400, ProblemType::CryptographicSecurity);
    }
}

#[tokio::test]
async fn what_a_holder_derived_is_verified_and_a_base_proof_and_what_was_changed_are_not() {
    let place = Place::open("selective", false).await;
    for suite in Suite::ALL.into_iter().filter(|suite| suite.is_selective()) {
        let issuer = issuer(suite);
        let base = issued(&issuer, &credential(&issuer));
        let mut part = derived(suite, &base, "/credentialSubject/name");
        let options = json!({ "challenge": "c-1", "domain": "shop.example" });
        let present = async |credential: &Value| {
            let presented = presentation(credential, "c-1", "shop.example");
            place.verify_presentation(&presented, options.clone()).await
        };
        verified(&place.verify_credential(&part).await);
        verified(&present(&part).await);
        // Whoever is shown a base proof could disclose everything.
        refused(&place.verify_credential(&base).await, 400, ProblemType::ProofVerification);
        refused(&present(&base).await, 400, ProblemType::ProofVerification);
        // Of the other part of the document there is no name.
        let mut nameless = derived(suite, &base, "/credentialSubject/id");
        verified(&place.verify_credential(&nameless).await);
        nameless["credentialSubject"]["name"] = SECRET.into();
        let answer = place.verify_credential(&nameless).await;
        refused(&answer, 400, ProblemType::ProofVerification);
        part["credentialSubject"]["name"] = format!("{SECRET} II").into();
        refused(&place.verify_credential(&part).await, 400, ProblemType::CryptographicSecurity);
        refused(&present(&part).await, 400, ProblemType::CryptographicSecurity);
    }
}

#[tokio::test]
async fn a_presentation_answers_one_challenge_for_one_domain() {
    let place = Place::open("presentations", false).await;
    let issuer = issuer(Suite::EddsaJcs2022);
    let presented = presentation(&issued(&issuer, &credential(&issuer)), "c-1", "shop.example");
    let ask = async |challenge: &str, domain: &str| {
        place.verify_presentation(&presented, json!({ "challenge": challenge, "domain": domain })).await
    };
    verified(&ask("c-1", "shop.example").await);
    refused(&ask("c-2", "shop.example").await, 400, ProblemType::InvalidChallenge);
    refused(&ask("c-1", "other.example").await, 400, ProblemType::InvalidDomain);
    let mut changed = presented.clone();
    changed["proof"]["challenge"] = "c-2".into();
    let options = json!({ "challenge": "c-2" });
    let answer = place.verify_presentation(&changed, options).await;
    refused(&answer, 400, ProblemType::CryptographicSecurity);
}

#[tokio::test]
async fn requests_that_cannot_be_read_are_refused_by_type() {
    let place = Place::open("requests", false).await;
    refused(&place.verify(&json!({})).await, 400, ProblemType::MalformedValue);
    refused(&place.verify(&json!({ "verifiableCredential": {} })).await, 400, ProblemType::MalformedValue);
    let verify = place.counter.vc_api().unwrap().verify.clone();
    let post = |kind: &'static str, body: Vec<u8>| place.post(&verify, kind, body);
    refused(&post("application/json", b"{".to_vec()).await, 400, ProblemType::Parsing);
    refused(&post("text/plain", b"{}".to_vec()).await, 415, ProblemType::MediaType);
    let long = vec![b' '; MAX_BODY + 1];
    refused(&post("application/json", long).await, 413, ProblemType::TooLarge);
    let elsewhere = verify.replace("credentials/verify", "elsewhere");
    let answer = place.post(&elsewhere, "application/json", b"{}".to_vec()).await;
    assert_eq!((answer.status, &json(&answer)["type"]), (404, &ProblemType::NotFound.url().into()));
}

#[tokio::test]
async fn it_is_not_served_unless_asked_for_and_never_on_the_clerk_s_address() {
    let world = World::new();
    let (counter, http) = start(config(&world, folder("vc-api-off"))).await;
    assert!(counter.vc_api().is_none());
    let url = format!("{}/vc-api/credentials/verify", counter.url());
    let answer = http.send(HttpRequest::post(url, "application/json", b"{}".to_vec())).await.unwrap();
    assert!(matches!(answer.status, 404 | 405), "{}", answer.status);
}

/// Serves the list of revoked credentials of `issuer`, and says where.
async fn serve_list(issuer: &SuiteIssuer) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/status/1", listener.local_addr().unwrap());
    let mut array = StatusArray::new_in(StatusEncoding::Bitstring, 1, 1 << 17).unwrap();
    array.set(9, 1).unwrap();
    let document = ListDocument {
        id: &url,
        issuer: issuer.did(),
        purposes: &[Purpose::Revocation],
        array: &array,
        valid_from: NOW - 60,
        valid_until: NOW + 60,
        ttl_ms: 1000,
    };
    let list = issued(issuer, &Value::Object(document.to_json().unwrap())).to_string();
    let app = Router::new().route("/status/1", get(async move || list.clone()));
    tokio::spawn(async move { axum::serve(listener, app).await });
    url
}

#[tokio::test]
async fn a_status_is_fetched_and_one_that_cannot_be_had_is_not_good() {
    let issuer = issuer(Suite::EddsaRdfc2022);
    let url = serve_list(&issuer).await;
    let with_status = |index: u32, list: &str| {
        let mut document = credential(&issuer);
        document["credentialStatus"] = json!({
            "type": "BitstringStatusListEntry", "statusPurpose": "revocation",
            "statusListIndex": index.to_string(), "statusListCredential": list,
        });
        issued(&issuer, &document)
    };
    let place = Place::open("status", true).await;
    verified(&place.verify_credential(&with_status(8, &url)).await);
    refused(&place.verify_credential(&with_status(9, &url)).await, 400, ProblemType::Revoked);
    refused(&place.verify_credential(&with_status(1 << 17, &url)).await, 400, ProblemType::Range);
    let gone = url.replace("status", "elsewhere");
    refused(&place.verify_credential(&with_status(8, &gone)).await, 400, ProblemType::StatusRetrieval);
    // Strangers name the address: nothing on this machine is asked, unless the settings say so.
    let guarded = Place::open("status-guarded", false).await;
    refused(&guarded.verify_credential(&with_status(8, &url)).await, 400, ProblemType::StatusRetrieval);
}
