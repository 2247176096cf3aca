use super::*;
use crate::{
    config::CredentialConfig,
    db::lists,
    testing::{Agency, NOW, TITLE, TITLE_JWT, URL, holders},
};
use yufu_core::{
    FixedClock,
    credential::w3c::{UnverifiedCredential, VerifiedCredential, VerifyOptions},
    did::Resolved,
    status::bitstring::{ExpectedList, StatusList},
};

const WEB: &str = "did:web:issuer.example:residents";

fn both(config: Config) -> Config {
    let mut config = Config { web_dids: vec![WebMethod::Web, WebMethod::Webvh], ..config };
    for (credential, issuer) in config.credentials.iter_mut().zip([IssuerName::Web, IssuerName::Webvh]) {
        credential.issuer = issuer;
    }
    config
}

async fn land(name: &str) -> Agency {
    Agency::of_land_with(name, both).await
}

/// The document of a DID as it is served, by which a verifier who knows no registry verifies.
async fn resolved(agency: &Agency) -> Resolved {
    let web = agency.get("/residents/did.json").await;
    assert_eq!((web.status.as_u16(), web.header("content-type")), (200, "application/did"));
    assert_eq!(web.header("access-control-allow-origin"), "*");
    let log = agency.get("/residents/did.jsonl").await;
    assert_eq!((log.status.as_u16(), log.header("content-type")), (200, "text/jsonl"));
    let did = agency.service.web_dids.webvh.clone().unwrap();
    let log = UnverifiedLog::parse(&log.body).unwrap().verify(&did, None, agency.now() * 1000).unwrap();
    let newest = log.versions().last().unwrap().document.clone();
    Resolved::new().with(web::document(WEB, &web.body).unwrap()).with(newest)
}

async fn issued(agency: &Agency, configuration: &str) -> UnverifiedCredential {
    let owner = agency.owner().number.clone();
    let offer = agency.offer(&owner, configuration);
    let token = agency.redeem(&offer, Some(&offer.tx_code)).await.json();
    let token = token["access_token"].as_str().unwrap().to_owned();
    let answer = agency.issue(&token, configuration, &holders(1)).await.json();
    match &answer["credentials"][0]["credential"] {
        Value::String(compact) => UnverifiedCredential::parse_jwt(compact).unwrap(),
        object => UnverifiedCredential::parse_json(object.to_string().as_bytes()).unwrap(),
    }
}

async fn verified(agency: &Agency, configuration: &str) -> VerifiedCredential {
    let credential = issued(agency, configuration).await;
    credential.verify(&resolved(agency).await, &VerifyOptions { now: agency.now() }).unwrap()
}

#[test]
fn where_a_document_is_follows_from_the_address() {
    for (url, expected) in [
        ("https://land.example", Some("land.example")),
        ("https://localhost:8443", Some("localhost%3A8443")),
        ("https://gov.example:8443/land/titles", Some("gov.example%3A8443:land:titles")),
        ("http://land.example", None),
        ("https://127.0.0.1:8443", None),
        ("https://land.example/../other", None),
        ("https://land.example:99999", None),
    ] {
        assert_eq!(identifier(url).as_deref(), expected, "{url}");
    }
}

#[tokio::test]
async fn documents_name_the_registrys_did_and_give_its_final_keys_alone() {
    let agency = land("web-documents").await;
    agency.clock.advance(1_000);
    agency.service.web_dids.update().await.unwrap();
    let key = identity::credential_keys(&agency.service.db).unwrap().remove(0);
    let signer = PublicKey::from(agency.service.signers.signer(&key).unwrap().verifying_key());
    let resolved = resolved(&agency).await;
    let names = agency.service.web_dids.names();
    assert_eq!(names[0], WEB);
    for did in &names {
        let document = resolved.document(did).unwrap();
        assert_eq!(document.also_known_as, [agency.service.did.to_string()]);
        assert_eq!(document.service[0].endpoints, [URL]);
        let methods: Vec<_> = document.verification_method.iter().map(|method| method.key()).collect();
        assert_eq!(methods, [Some(&signer)]);
    }
}

#[tokio::test]
async fn titles_and_their_lists_verify_for_who_resolves_the_did_and_knows_no_registry() {
    let agency = land("web-titles").await;
    agency.clock.advance(1_000);
    agency.service.web_dids.update().await.unwrap();
    let names = agency.service.web_dids.names();
    for (configuration, did) in [TITLE, TITLE_JWT].into_iter().zip(&names) {
        let title = verified(&agency, configuration).await;
        assert_eq!(title.issuer(), did);
        let entry = &title.statuses()[0];
        let path = entry.list.strip_prefix(URL).unwrap();
        let list = agency.get(path).await.text();
        let list = match list.starts_with('{') {
            true => UnverifiedCredential::parse_json(list.as_bytes()),
            false => UnverifiedCredential::parse_jwt(&list),
        };
        let now = agency.now();
        let list = list.unwrap().verify(&resolved(&agency).await, &VerifyOptions { now }).unwrap();
        StatusList::read(&list, &ExpectedList { list: &entry.list, issuer: did, now }).unwrap();
    }
}

#[tokio::test]
async fn a_new_key_brings_a_new_version_and_the_old_ones_stay() {
    let agency = land("web-rotation").await;
    let dids = &agency.service.web_dids;
    let versions = || {
        let log = dids.webvh_log().unwrap().unwrap();
        let log = UnverifiedLog::parse(&log).unwrap();
        let log = log.verify(dids.webvh.as_deref().unwrap(), None, agency.now() * 1000).unwrap();
        log.versions().iter().map(|version| version.document.verification_method.len()).collect::<Vec<_>>()
    };
    // The key that the agency was founded with became final after the DID was made.
    assert_eq!(versions(), [0]);
    dids.update().await.unwrap();
    assert_eq!(versions(), [0], "two versions have two times");
    agency.clock.advance(1_000);
    dids.update().await.unwrap();
    dids.update().await.unwrap();
    assert_eq!(versions(), [0, 1]);
    let files = KeyFiles::new(&agency.service.config.keys).unwrap();
    let (config, random) = (&agency.service.config, agency.service.random.as_ref());
    identity::rotate_key(config, &agency.service.db, &files, NOW, random).unwrap();
    agency.clock.advance(1_000);
    dids.update().await.unwrap();
    assert_eq!(versions(), [0, 1], "a key that is not final is nobody's yet");
    agency.take_over();
    dids.update().await.unwrap();
    assert_eq!(versions(), [0, 1, 2]);
}

#[tokio::test]
async fn the_did_of_a_log_is_the_same_after_a_restart() {
    let agency = land("web-restart").await;
    let before = agency.service.web_dids.names();
    let (config, folder) = (agency.service.config.as_ref().clone(), agency.service.config.database());
    let db = Database::open(&folder).unwrap();
    let again = Agency::open(config, db, Vec::new(), NOW * 1000);
    assert_eq!(again.service.web_dids.names(), before);
}

#[tokio::test]
async fn a_list_keeps_the_name_that_it_was_opened_with() {
    let agency = land("web-renamed").await;
    let before = agency.service.db.read(lists::all).unwrap();
    let mut config = agency.service.config.as_ref().clone();
    config.credentials.iter_mut().for_each(|one: &mut CredentialConfig| one.issuer = IssuerName::Yufu);
    let db = Database::open(&config.database()).unwrap();
    let again = Agency::open(config, db, agency.residents.clone(), NOW * 1000);
    again.publish().await;
    let token =
        again.service.db.read(|c| lists::final_publication(c, before[0].list, None)).unwrap().unwrap();
    let token: Value = serde_json::from_str(&token.token).unwrap();
    assert_eq!(token["issuer"], WEB);
    // Nothing is issued into it under another name.
    let offer = again.offer(&again.owner().number.clone(), TITLE);
    let token = again.redeem(&offer, Some(&offer.tx_code)).await.json();
    let answer = again.issue(token["access_token"].as_str().unwrap(), TITLE, &holders(1)).await;
    assert_eq!(answer.status.as_u16(), 503);
    again.open_lists().await;
    let title = issued(&again, TITLE)
        .await
        .verify(&yufu_core::did::yufu::NamedKeys, &VerifyOptions { now: again.now() });
    assert_eq!(title.unwrap().issuer(), again.service.did.to_string());
}

#[tokio::test]
async fn an_agency_without_such_dids_serves_no_document() {
    let agency = Agency::of_land("web-none").await;
    for path in ["/residents/did.json", "/residents/did.jsonl", "/did.json"] {
        assert_eq!(agency.get(path).await.status.as_u16(), 404, "{path}");
    }
    assert!(agency.service.web_dids.names().is_empty());
}

#[test]
fn refuses_an_address_that_gives_no_did() {
    let folder = crate::testing::scratch("web-address");
    let config = Config { web_dids: vec![WebMethod::Web], ..crate::testing::config(&folder) };
    let files = KeyFiles::new(&config.keys).unwrap();
    let random = yufu_core::SystemRandom::new();
    crate::pki::create_root(&config.pki.root, "Root", NOW, 10, &files, &random).unwrap();
    let db = Arc::new(Database::open(&config.database()).unwrap());
    let did = identity::found(&config, &db, &files, "demo", NOW, &random).unwrap();
    let signers = Arc::new(Signers::new(config.keys_folder(), files));
    let clock = Arc::new(FixedClock::new(NOW * 1000));
    let url = "http://127.0.0.1:8081";
    let opened = WebDids::open(&config, url, did, db, signers, clock, &random);
    assert!(matches!(opened, Err(WebDidError::Address(address)) if address == url));
}
