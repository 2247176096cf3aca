use super::*;
use crate::{config::VcApiConfig, testing};
use serde_json::{Value, json};
use std::path::Path as Folder;
use yufu_core::{
    FixedClock, SystemRandom,
    client::{ReqwestTransport, TransportOptions},
    credential::w3c::vc_api::CredentialCheck,
    did::Resolved,
    http::{HttpRequest, HttpResponse, HttpTransport},
};

/// The VC-API of a service on a port of its own, and a client.
struct Place {
    running: Running,
    http: ReqwestTransport,
}

impl Place {
    fn open(folder: &Folder) -> Self {
        let mut config = testing::config(folder);
        config.vc_api = Some(VcApiConfig { listen: ([127, 0, 0, 1], 0).into(), allow_remote: false });
        let clock: Arc<dyn Clock> = Arc::new(FixedClock::new(testing::NOW * 1000));
        let random: Arc<dyn Random> = Arc::new(SystemRandom::new());
        let running = start(&config, &clock, &random).unwrap().unwrap();
        Self { running, http: ReqwestTransport::new(&TransportOptions::default()).unwrap() }
    }

    async fn post(&self, url: &str, kind: &str, body: Vec<u8>) -> HttpResponse {
        self.http.send(HttpRequest::post(url.to_owned(), kind, body)).await.unwrap()
    }

    async fn issue(&self, suite: Suite, credential: &Value) -> HttpResponse {
        let body = json!({ "credential": credential, "options": {} }).to_string();
        self.post(&self.running.address.issue(suite), "application/json", body.into()).await
    }

    async fn derive(&self, suite: Suite, base: &Value, pointers: &[&str]) -> HttpResponse {
        let options = json!({ "selectivePointers": pointers });
        let body = json!({ "verifiableCredential": base, "options": options }).to_string();
        self.post(&self.running.address.derive(suite), "application/json", body.into()).await
    }

    fn did(&self, suite: Suite) -> &str {
        &self.running.address.issuers.iter().find(|(other, _)| *other == suite).unwrap().1
    }

    fn credential(&self, suite: Suite) -> Value {
        json!({
            "@context": ["https://www.w3.org/ns/credentials/v2", "https://www.w3.org/ns/credentials/examples/v2"],
            "type": ["VerifiableCredential", "ExampleAlumniCredential"],
            "issuer": self.did(suite),
            "credentialSubject": { "id": "did:example:alice", "name": "Zhang Weimin" },
        })
    }
}

fn body(response: &HttpResponse) -> Value {
    serde_json::from_slice(&response.body).unwrap()
}

fn verified(credential: &Value) -> Result<(), Problem> {
    let check = json!({ "verifiableCredential": credential }).to_string();
    CredentialCheck::read(check.as_bytes())?.verify(&Resolved::new(), testing::NOW)?;
    Ok(())
}

fn refusal(response: &HttpResponse) -> (u16, String) {
    assert_eq!(response.header("content-type"), Some("application/problem+json"));
    (response.status, body(response)["type"].as_str().unwrap_or_default().to_owned())
}

fn expected(status: u16, kind: ProblemType) -> (u16, String) {
    (status, kind.url().to_owned())
}

#[tokio::test]
async fn each_suite_issues_under_its_own_did_key_what_verifies() {
    let place = Place::open(&testing::scratch("vc-api"));
    for suite in Suite::ALL.into_iter().filter(|suite| !suite.is_selective()) {
        let response = place.issue(suite, &place.credential(suite)).await;
        let answer = body(&response);
        assert_eq!(response.status, 201, "{answer}");
        assert_eq!(response.header("content-type"), Some("application/json"));
        verified(&answer["verifiableCredential"]).unwrap();
    }
}

#[tokio::test]
async fn what_discloses_in_part_is_issued_for_its_holder_who_derives_what_verifies() {
    let place = Place::open(&testing::scratch("vc-api-derive"));
    for suite in Suite::ALL.into_iter().filter(|suite| suite.is_selective()) {
        let url = place.running.address.issue(suite);
        let options = json!({ "mandatoryPointers": ["/issuer"] });
        let request = json!({ "credential": place.credential(suite), "options": options }).to_string();
        let response = place.post(&url, "application/json", request.into()).await;
        assert_eq!(response.status, 201, "{}", body(&response));
        let base = body(&response)["verifiableCredential"].clone();
        let refused = verified(&base).unwrap_err();
        assert_eq!(refused.kind, ProblemType::ProofVerification);

        let response = place.derive(suite, &base, &["/credentialSubject/id"]).await;
        assert_eq!(response.status, 201, "{}", body(&response));
        assert_eq!(response.header("content-type"), Some("application/json"));
        let part = body(&response)["verifiableCredential"].clone();
        verified(&part).unwrap();
        assert_eq!(part["credentialSubject"], json!({ "id": "did:example:alice" }));

        let response = place.derive(suite, &base, &["/credentialSubject/Weimin"]).await;
        assert_eq!(refusal(&response), expected(400, ProblemType::ProofGeneration));
        assert!(!String::from_utf8_lossy(&response.body).contains("Weimin"));
        let response = place.derive(suite, &part, &["/credentialSubject/id"]).await;
        assert_eq!(refusal(&response), expected(400, ProblemType::ProofVerification));
    }
}

#[tokio::test]
async fn the_issuers_stay_over_a_restart_and_their_secret_rests_in_a_file_of_its_owner() {
    let folder = testing::scratch("vc-api-restart");
    let first = Place::open(&folder).running.address.issuers;
    assert_eq!(Place::open(&folder).running.address.issuers, first);
    let other = Place::open(&testing::scratch("vc-api-other")).running.address.issuers;
    assert!(first.iter().zip(&other).all(|(one, other)| one.1 != other.1));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let file = folder.join("data/keys").join(SEED_FILE);
        assert_eq!(std::fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[tokio::test]
async fn refuses_what_is_no_request_by_type_and_names_no_claim() {
    let place = Place::open(&testing::scratch("vc-api-refusals"));
    let suite = Suite::EddsaRdfc2022;
    let mut foreign = place.credential(suite);
    foreign["issuer"] = "did:example:other".into();
    let response = place.issue(suite, &foreign).await;
    assert_eq!(refusal(&response), expected(400, ProblemType::MalformedValue));
    assert!(!String::from_utf8_lossy(&response.body).contains("Weimin"));
    let url = place.running.address.issue(suite);
    let post = |kind: &'static str, body: Vec<u8>| place.post(&url, kind, body);
    let answer = post("application/json", b"{".to_vec()).await;
    assert_eq!(refusal(&answer), expected(400, ProblemType::Parsing));
    let answer = post("text/plain", b"{}".to_vec()).await;
    assert_eq!(refusal(&answer), expected(415, ProblemType::MediaType));
    let answer = post("application/json", vec![b' '; MAX_BODY + 1]).await;
    assert_eq!(refusal(&answer), expected(413, ProblemType::TooLarge));
    for path in ["rsa/credentials/issue", "rsa/credentials/derive", "elsewhere"] {
        let url = format!("{}/{path}", place.running.address.url);
        let answer = place.post(&url, "application/json", b"{}".to_vec()).await;
        assert_eq!(refusal(&answer), expected(404, ProblemType::NotFound), "{path}");
    }
    let url = place.running.address.derive(suite);
    let answer = place.post(&url, "application/json", b"{}".to_vec()).await;
    assert_eq!(refusal(&answer), expected(400, ProblemType::NotSupported));
}
