//! The town's VC-API as an outside program finds it by the file that `--ready` writes: issued at the
//! agency, verified at the counter, all over HTTP.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use serde_json::{Value, json};
use std::{path::PathBuf, sync::Arc};
use yufu_core::{
    Clock, SystemRandom,
    credential::w3c::jose::{IssueVcJwt, JwtTimes, issue_credential},
    crypto::{Algorithm, PublicKey, Signer, SoftwareKey},
    http::{HttpRequest, HttpTransport},
    time::SystemClock,
};
use yufu_issuer::{
    config::KeysConfig,
    identity::{self, Signers},
    keys::KeyFiles,
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

/// What an agency signs under its did:yufu by `key`, as a text.
fn by_agency(town: &Town, key: &SoftwareKey) -> String {
    let did = town.residents.did().to_string();
    let kid = format!("{did}#{}", PublicKey::from(key.verifying_key()).multibase());
    let document = credential(&did.into()).as_object().unwrap().clone();
    let times = JwtTimes { issued_at: Some(town.clock.now()), ..JwtTimes::default() };
    issue_credential(&IssueVcJwt { document: &document, kid: &kid, times }, key).unwrap().compact
}

fn agency_key(town: &Town) -> Arc<SoftwareKey> {
    let settings = KeysConfig { passphrase_file: Some(town.passphrase.clone()), ..KeysConfig::default() };
    let signers = Signers::new(town.residents.config().keys_folder(), KeyFiles::new(&settings).unwrap());
    signers.signer(&identity::credential_keys(town.residents.database()).unwrap()[0]).unwrap()
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
    // An agency's key is one that the registry knows; whoever names another signs nothing for it.
    let verify = |compact: String| json!({ "verifiableCredential": compact });
    let (status, answer) = post(http, &api["verify"], &verify(by_agency(&town, &agency_key(&town)))).await;
    assert_eq!((status, &answer["verified"]), (200, &true.into()), "{answer}");
    let other = SoftwareKey::generate(Algorithm::Es256, &SystemRandom::new()).unwrap();
    let (status, answer) = post(http, &api["verify"], &verify(by_agency(&town, &other))).await;
    assert_eq!((status, &answer["verified"]), (400, &false.into()), "{answer}");
    assert_eq!(answer["type"], "https://w3id.org/security#INVALID_VERIFICATION_METHOD");
    town.close().await.unwrap();
    std::fs::remove_dir_all(&data).unwrap();
}
