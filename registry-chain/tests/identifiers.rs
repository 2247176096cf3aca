//! DID resolution over HTTP, from the chain.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod common;

use common::{Client, Folder, found, now_ms, start, transport};
use serde_json::{Value, json};
use yufu_core::{
    SystemRandom,
    crypto::{Algorithm, Signer as _, SoftwareKey},
    did::{instant, key, yufu::IssuerId},
    http::{HttpRequest, HttpResponse},
    registry::{KeyPurpose, Operation},
};

async fn get(url: &str, did: &str) -> (u16, Value) {
    let request =
        HttpRequest::get(format!("{url}/1.0/identifiers/{did}")).header("origin", "https://a.example");
    let answer: HttpResponse = transport().send(request).await.unwrap();
    assert_eq!(answer.header("content-type"), Some("application/did-resolution"));
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
    (answer.status, serde_json::from_slice(&answer.body).unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_did_is_resolved_with_its_history_to_its_end() {
    let folder = Folder::new("identifiers");
    let files = found(&folder.0, 2_000);
    let node = start(&files.validators[0]);
    let url = node.url();
    let mut client = Client::new(&url, files.network_key.clone());
    client.wait_for_checkpoint().await;
    let network = client.registry.network_info().await.unwrap().name;

    let random = SystemRandom::new();
    let control = SoftwareKey::generate(Algorithm::Es256, &random).unwrap();
    let next = SoftwareKey::generate(Algorithm::Es256, &random).unwrap();
    let next_key = next.verifying_key().thumbprint();
    let id = IssuerId::from_inception(control.verifying_key(), &next_key);
    let did = format!("did:yufu:{network}:{id}");
    assert_eq!(get(&url, &did).await.0, 404);

    let register = Operation::RegisterDid {
        control_key: control.verifying_key().clone(),
        next_key,
        also_known_as: Vec::new(),
        services: Vec::new(),
    };
    client.act(&control, id, register).await.unwrap();
    let signer = SoftwareKey::generate(Algorithm::Es256, &random).unwrap();
    let now = now_ms() / 1000;
    let add = Operation::AddKey {
        key: signer.verifying_key().clone(),
        purpose: KeyPurpose::Credential,
        valid_from: now - 60,
        valid_to: now + 86_400,
    };
    client.act(&control, id, add).await.unwrap();
    let update =
        Operation::UpdateDid { also_known_as: vec!["did:web:a.example".into()], services: Vec::new() };
    let between = now_ms() + 1000;
    tokio::time::sleep(std::time::Duration::from_secs(2)).await;
    client.act(&control, id, update).await.unwrap();

    let (status, newest) = get(&url, &did).await;
    assert_eq!((status, &newest["didDocument"]["id"]), (200, &json!(did)));
    assert_eq!(newest["didDocument"]["alsoKnownAs"], json!(["did:web:a.example"]));
    assert_eq!(newest["didDocumentMetadata"]["versionId"], "1");
    let method = format!("{did}#{}", key::multibase(signer.verifying_key()));
    assert_eq!(newest["didDocument"]["assertionMethod"], json!([method]));
    for query in ["versionId=0".to_owned(), format!("versionTime={}", instant::format(between))] {
        let (status, first) = get(&url, &format!("{did}?{query}")).await;
        assert_eq!((status, &first["didDocumentMetadata"]["versionId"]), (200, &json!("0")), "{query}");
        assert_eq!(first["didDocument"]["alsoKnownAs"], Value::Null);
    }

    client.act(&control, id, Operation::DeactivateDid).await.unwrap();
    for query in ["", "?versionId=0"] {
        let (status, ended) = get(&url, &format!("{did}{query}")).await;
        assert_eq!((status, &ended["didDocument"]), (410, &Value::Null), "{query}");
        assert_eq!(ended["didDocumentMetadata"]["deactivated"], true);
    }

    for (did, status, word) in [
        (format!("{did}?versionId=9"), 410, None),
        (format!("did:yufu:other:{id}"), 404, Some("notFound")),
        (format!("did:yufu:{network}:0"), 400, Some("invalidDid")),
        ("did:web:a.example".into(), 501, Some("methodNotSupported")),
        ("nothing".into(), 400, Some("invalidDid")),
        (key::encode(signer.verifying_key()), 200, None),
    ] {
        let (found, answer) = get(&url, &did).await;
        assert_eq!((found, answer["didResolutionMetadata"]["error"].as_str()), (status, word), "{did}");
    }
    node.stop().unwrap();
}
