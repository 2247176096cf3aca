//! The town's VC-API as an outside program finds it by the file that `--ready` writes: issued at the
//! agency, verified at the counter, all over HTTP.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use serde_json::{Value, json};
use std::{path::PathBuf, sync::Arc};
use yufu_core::{
    Clock,
    http::{HttpRequest, HttpTransport},
    time::SystemClock,
};
use yufu_town::{Options, Town};

async fn post(http: &dyn HttpTransport, url: &Value, body: &Value) -> (u16, Value) {
    let request = HttpRequest::post(url.as_str().unwrap(), "application/json", body.to_string().into_bytes());
    let response = http.send(request).await.unwrap();
    (response.status, serde_json::from_slice(&response.body).unwrap())
}

fn credential(issuer: &Value) -> Value {
    json!({
        "@context": ["https://www.w3.org/ns/credentials/v2", "https://www.w3.org/ns/credentials/examples/v2"],
        "id": "urn:uuid:7bd1a9f0-5f0a-4b1b-8c3a-1d1c0b6fca11",
        "type": ["VerifiableCredential", "ExampleAlumniCredential"],
        "issuer": issuer,
        "credentialSubject": { "id": "did:example:alice", "name": "Alice", "alumniOf": "Example University" },
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn every_suite_of_the_ready_file_issues_what_the_counter_verifies_and_nothing_changed() {
    let data: PathBuf = std::env::temp_dir().join(format!("yufu-town-{}-vc-api", std::process::id()));
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let options = Options { data: data.clone(), fresh: true, https: false };
    let town = Town::open(&options, clock, &mut |_, _| ()).await.unwrap();
    let ready = serde_json::to_value(town.ready()).unwrap();
    let (http, api) = (town.http.as_ref(), &ready["vc_api"]);
    let suites = api["issue"].as_object().unwrap();
    for name in ["eddsa-rdfc-2022", "eddsa-jcs-2022", "ecdsa-rdfc-2019", "ecdsa-jcs-2019", "vc+jwt"] {
        assert!(suites.contains_key(name), "{name}");
    }
    for (name, suite) in suites {
        let body = json!({ "credential": credential(&suite["issuer"]), "options": {} });
        let (status, issued) = post(http, &suite["url"], &body).await;
        assert_eq!(status, 201, "{name}: {issued}");
        let mut secured = issued["verifiableCredential"].clone();
        if let Some(derive) = api["derive"].get(name) {
            let options = json!({ "selectivePointers": ["/credentialSubject/name"] });
            let body = json!({ "verifiableCredential": secured, "options": options });
            let (status, derived) = post(http, &derive["url"], &body).await;
            assert_eq!(status, 201, "{name}: {derived}");
            secured = derived["verifiableCredential"].clone();
            assert_eq!(secured["credentialSubject"].get("alumniOf"), None, "{name}");
        }
        let verify = |secured: &Value| json!({ "verifiableCredential": secured, "options": {} });
        let (status, answer) = post(http, &api["verify"], &verify(&secured)).await;
        assert_eq!((status, &answer["verified"]), (200, &true.into()), "{name}: {answer}");
        let member = if name == "vc+jwt" { "id" } else { "credentialSubject" };
        secured[member] = match name.as_str() {
            "vc+jwt" => format!("{}A", secured["id"].as_str().unwrap()).into(),
            _ => json!({ "id": "did:example:alice", "name": "Mallory" }),
        };
        let (status, answer) = post(http, &api["verify"], &verify(&secured)).await;
        assert_eq!((status, &answer["verified"]), (400, &false.into()), "{name}: {answer}");
        assert!(answer["problemDetails"][0]["type"].as_str().unwrap().starts_with("https://"), "{name}");
    }
    town.close().await.unwrap();
    std::fs::remove_dir_all(&data).unwrap();
}
