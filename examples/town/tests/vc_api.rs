//! The town's VC-API as an outside program finds it by the file that `--ready` writes: issued at the
//! agency, verified at the counter, all over HTTP.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use serde_json::{Value, json};
use std::{path::PathBuf, sync::Arc, time::Duration};
use yufu_core::{
    Clock, SystemRandom,
    credential::w3c::{
        jose::{IssueVcJwt, JwtTimes, issue_credential},
        vc_api::ProblemType,
    },
    crypto::{Algorithm, PublicKey, Signer, SoftwareKey},
    http::{HttpRequest, HttpTransport},
    presentation::audience::PrintedCounter,
    time::SystemClock,
};
use yufu_issuer::{
    config::KeysConfig,
    identity::{self, Signers},
    keys::KeyFiles,
    offers::{self, OfferRequest},
    status::{Change, change},
};
use yufu_town::{Options, Town, agencies::LAND_REGISTRY};

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
    let options = Options { data: data.clone(), fresh: true, https: false, web: None };
    let town = Town::open(&options, clock, &mut |_, _| ()).await.unwrap();
    let ready = serde_json::to_value(town.ready()).unwrap();
    let (http, api) = (town.http.as_ref(), &ready["vc_api"]);
    let suites = api["issue"].as_object().unwrap();
    let names = [
        "bbs-2023",
        "ecdsa-jcs-2019",
        "ecdsa-jcs-2019-p384",
        "ecdsa-rdfc-2019",
        "ecdsa-rdfc-2019-p384",
        "ecdsa-sd-2023",
        "eddsa-jcs-2022",
        "eddsa-rdfc-2022",
        "vc+jwt",
    ];
    assert_eq!(suites.keys().collect::<Vec<_>>(), names);
    let derive: Vec<_> = api["derive"].as_object().unwrap().keys().collect();
    assert_eq!(derive, ["bbs-2023", "ecdsa-sd-2023"]);
    for (name, suite) in suites {
        let body = json!({ "credential": credential(&suite["issuer"]), "options": {} });
        let (status, issued) = post(http, &suite["url"], &body).await;
        assert_eq!(status, 201, "{name}: {issued}");
        let mut secured = issued["verifiableCredential"].clone();
        if let Some(derive) = api["derive"].get(name) {
            let base = json!({ "verifiableCredential": secured });
            let (status, answer) = post(http, &api["verify"], &base).await;
            assert_eq!((status, &answer["verified"]), (400, &false.into()), "{name}: {answer}");
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
    a_land_title_is_verified_with_its_status(&town, &api["verify_presentation"]).await;
    town.close().await.unwrap();
    std::fs::remove_dir_all(&data).unwrap();
}

/// What a wallet made for the counter is verified by any program too: keys by the registry, the status by
/// the list that the agency serves.
async fn a_land_title_is_verified_with_its_status(town: &Town, verify: &Value) {
    let (wallet, now) = (&town.phone.wallet, town.clock.now());
    let resident = yufu_town::agencies::people(1, now).unwrap().remove(0).number;
    let configuration = LAND_REGISTRY.configuration;
    let request = OfferRequest {
        resident: resident.clone(),
        configuration: configuration.into(),
        ..OfferRequest::default()
    };
    let (config, db) = (town.land.config(), town.land.database());
    let offer = offers::create(config, db, &request, now, &SystemRandom::new()).unwrap();
    let review = wallet.review_offer(&offer.link).await.unwrap();
    let card = wallet.accept(&review, Some(&offer.tx_code)).await.unwrap().remove(0).id;
    wallet.refresh().await.unwrap();
    let printed = town.counter.printed_code();
    let sheet = wallet.file_consent_for(&card, "land-title", &printed).unwrap();
    let file: Value =
        serde_json::from_slice(&wallet.present_to_file(&sheet.agree()).unwrap().content).unwrap();
    let domain = printed.parse::<PrintedCounter>().unwrap().audience().to_string();
    let ask = |domain: &str| json!({ "verifiablePresentation": file["presentation"], "options": { "domain": domain } });
    let (http, right) = (town.http.as_ref(), ask(&domain));
    let (status, answer) = post(http, verify, &right).await;
    assert_eq!((status, &answer["verified"]), (200, &true.into()), "{answer}");
    let (status, answer) = post(http, verify, &ask("another counter")).await;
    assert_eq!((status, &answer["type"]), (400, &ProblemType::InvalidDomain.url().into()));

    change(db, &resident, configuration, Change::Revoke, now).unwrap();
    for _ in 0..60 {
        let (_, answer) = post(http, verify, &right).await;
        if answer["type"] == ProblemType::Revoked.url() {
            return;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    panic!("the revocation was not published within a minute");
}
