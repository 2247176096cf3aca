//! The public audit against a real node, and against gateways that lie about it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod common;

use axum::{Router, body::Bytes, extract::Path, http::StatusCode, response::IntoResponse as _, routing::get};
use common::{Client, Folder, found, now_ms, start, transport};
use std::{future::IntoFuture as _, process::Command};
use yufu_core::{
    SystemRandom,
    crypto::{Algorithm, Signer as _, SoftwareKey},
    did::yufu::IssuerId,
    http::HttpRequest,
    registry::{
        LightClient, NetworkKey, Operation,
        client::{RegistryClient, Wait},
    },
};
use yufu_registry::audit::{AuditFailure, AuditedChain, audit};

/// A chain with some transactions in it.
async fn grown(client: &mut Client) -> u64 {
    client.wait_for_checkpoint().await;
    let mut height = 0;
    for _ in 0..3 {
        let random = SystemRandom::new();
        let control = SoftwareKey::generate(Algorithm::Ed25519, &random).unwrap();
        let id = IssuerId::from_inception(control.verifying_key(), &[7; 32]);
        let operation = Operation::RegisterDid {
            control_key: control.verifying_key().clone(),
            next_key: [7; 32],
            also_known_as: Vec::new(),
            services: Vec::new(),
        };
        let transaction = client.sign(&control, id, 0, operation);
        height = client.registry.submit(&transaction, Wait::Final(20_000)).await.unwrap().height.unwrap();
    }
    client.wait_for_anchor(height).await;
    height
}

async fn audited(url: &str, key: &NetworkKey) -> Result<AuditedChain, AuditFailure> {
    let folder = Folder::new("audited");
    std::fs::create_dir_all(&folder.0).unwrap();
    let client = RegistryClient::new(transport(), url);
    audit(&client, LightClient::new(key.clone()), &folder.0, None, now_ms(), &mut |_, _| {}).await
}

/// A gateway that passes everything on, but for what `lie` makes of the path and the answer.
async fn lying(node: &str, lie: fn(&str, Vec<u8>) -> Option<Vec<u8>>) -> String {
    let node = node.to_owned();
    let pass = move |Path(path): Path<String>| {
        let url = format!("{node}/{path}");
        async move {
            let answer = transport().send(HttpRequest::get(url)).await.unwrap();
            let status = StatusCode::from_u16(answer.status).unwrap();
            match lie(&path, answer.body) {
                Some(body) => (status, Bytes::from(body)).into_response(),
                None => StatusCode::NOT_FOUND.into_response(),
            }
        }
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(axum::serve(listener, Router::new().route("/{*path}", get(pass))).into_future());
    format!("http://{address}")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_honest_chain_is_followed_from_its_genesis_to_its_certified_header() {
    let folder = Folder::new("audit");
    let files = found(&folder.0, 2_000);
    let node = start(&files.validators[0]);
    let mut client = Client::new(&node.url(), files.network_key.clone());
    let height = grown(&mut client).await;
    let chain = audited(&node.url(), &files.network_key).await.unwrap();
    assert!(chain.height >= height && chain.transactions == 3, "{chain:?}");
    assert!(chain.anchors_certified > 0, "{chain:?}");

    // The command says the same, from the network's key alone.
    let output = Command::new(env!("CARGO_BIN_EXE_yufu-registry"))
        .args(["audit", "--json", "--lang", "en", "--registry", &node.url(), "--network-key"])
        .arg(files.network_key.to_string())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let said: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(said["transactions"], 3);
    node.stop().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_lie_about_a_block_is_named_with_its_height() {
    let folder = Folder::new("audit-lies");
    let files = found(&folder.0, 2_000);
    let node = start(&files.validators[0]);
    let mut client = Client::new(&node.url(), files.network_key.clone());
    grown(&mut client).await;
    let key = &files.network_key;
    let failure = async |lie| audited(&lying(&node.url(), lie).await, key).await.unwrap_err();

    let missing = failure(|path, body| (path != "v1/blocks/2").then_some(body)).await;
    assert!(matches!(missing, AuditFailure::Missing(2)), "{missing}");
    let cut = failure(|path, mut body| {
        if path == "v1/blocks/2" {
            body.truncate(100);
        }
        Some(body)
    })
    .await;
    assert!(matches!(cut, AuditFailure::Malformed { height: 2, .. }), "{cut}");
    // A byte of a header's roots: the block no longer is what its content leads to.
    let changed = failure(|path, mut body| {
        if path == "v1/blocks/1" {
            body[250] ^= 1;
        }
        Some(body)
    })
    .await;
    assert!(
        matches!(
            changed,
            AuditFailure::Header { height: 1, .. }
                | AuditFailure::Malformed { height: 1, .. }
                | AuditFailure::Rule { height: 1, .. }
        ),
        "{changed}"
    );
    let hidden = failure(|path, body| (path != "v1/genesis").then_some(body)).await;
    assert!(matches!(hidden, AuditFailure::NoGenesis), "{hidden}");
    let forged = failure(|path, body| {
        if path != "v1/checkpoint" {
            return Some(body);
        }
        Some(String::from_utf8(body).unwrap().replacen("AAAA", "AAAB", 1).into_bytes())
    })
    .await;
    assert!(matches!(forged, AuditFailure::Client(_)), "{forged}");
    node.stop().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_genesis_of_another_network_is_refused() {
    let folder = Folder::new("audit-other");
    let files = found(&folder.0.join("one"), 2_000);
    let other = found(&folder.0.join("two"), 2_000);
    let node = start(&files.validators[0]);
    let refused = audited(&node.url(), &other.network_key).await.unwrap_err();
    assert!(matches!(refused, AuditFailure::OtherGenesis), "{refused}");
    node.stop().unwrap();
}
