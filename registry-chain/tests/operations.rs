//! What an operator needs from a node: metrics, readiness, limits, and a clean refusal when the disk is
//! full.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod common;

use common::{
    Client, Folder,
    copies::found_four,
    found, now_ms,
    snapshots::{run, settings},
    start as start_from, transport,
};
use serde_json::Value;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use yufu_core::{
    Clock as _, SystemRandom,
    crypto::{Algorithm, Signer as _, SoftwareKey},
    did::yufu::IssuerId,
    http::{HttpRequest, HttpResponse},
    registry::{
        Operation, RecordKey, SignedTransaction, Transaction,
        client::{At, Wait},
    },
    time::{FixedClock, SystemClock},
};
use yufu_registry::{MARGIN_MS, Node, NodeConfig, RateLimits, Settings, stand_by};

fn start(folder: &Folder, change: impl FnOnce(&mut Settings)) -> (Node, Client) {
    let files = found(&folder.0, 2_000);
    let mut settings = Settings::load(&files.validators[0]).unwrap();
    settings.operations = Some(([127, 0, 0, 1], 0).into());
    change(&mut settings);
    let node = Node::start(NodeConfig { settings, passphrase: None, clock: Arc::new(SystemClock) }).unwrap();
    let client = Client::new(&node.url(), files.network_key);
    (node, client)
}

async fn get(url: String) -> HttpResponse {
    transport().send(HttpRequest::get(url)).await.unwrap()
}

fn json(response: &HttpResponse) -> Value {
    serde_json::from_slice(&response.body).unwrap()
}

fn word(response: &HttpResponse) -> String {
    json(response)["error"].as_str().unwrap().to_owned()
}

/// Asks whether a node is ready until the answer is as wanted.
async fn ready_when(operations: &str, what: &str, is_wanted: impl Fn(&HttpResponse) -> bool) -> Value {
    let asked = Instant::now();
    loop {
        let ready = get(format!("{operations}/readyz")).await;
        if is_wanted(&ready) {
            return json(&ready);
        }
        assert!(asked.elapsed() < Duration::from_secs(60), "{what}: {} {}", ready.status, json(&ready));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Until when the metrics say that the node stands by.
async fn standby_until(operations: &str) -> f64 {
    let text = String::from_utf8(get(format!("{operations}/metrics")).await.body).unwrap();
    value(&text, "yufu_registry_standby_until_seconds")
}

fn registration(client: &Client) -> SignedTransaction {
    let random = SystemRandom::new();
    let control = SoftwareKey::generate(Algorithm::Ed25519, &random).unwrap();
    let next = SoftwareKey::generate(Algorithm::Ed25519, &random).unwrap().verifying_key().thumbprint();
    Transaction {
        network: client.light.key().genesis,
        author: IssuerId::from_inception(control.verifying_key(), &next),
        nonce: 0,
        expires_at_ms: now_ms() + 60_000,
        operation: Operation::RegisterDid {
            control_key: control.verifying_key().clone(),
            next_key: next,
            also_known_as: Vec::new(),
            services: Vec::new(),
        },
    }
    .sign(&control)
    .unwrap()
}

/// The value of a metric without labels.
fn value(text: &str, name: &str) -> f64 {
    let line = text.lines().find(|line| line.split(' ').next() == Some(name));
    line.unwrap_or_else(|| panic!("no {name} in\n{text}")).rsplit(' ').next().unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn metrics_count_what_happened_and_the_public_address_does_not_serve_them() {
    let folder = Folder::new("metrics");
    let (node, mut client) = start(&folder, |_| {});
    let operations = node.operations_url().unwrap();
    client.wait_for_checkpoint().await;
    let transaction = registration(&client);
    client.registry.submit(&transaction, Wait::Final(20_000)).await.unwrap();
    let forged = {
        let mut forged = registration(&client).to_bytes();
        let last = forged.len() - 1;
        forged[last] ^= 1;
        SignedTransaction::from_bytes(&forged).unwrap()
    };
    client.registry.submit(&forged, Wait::No).await.unwrap_err();

    let response = get(format!("{operations}/metrics")).await;
    assert_eq!(response.status, 200);
    let text = String::from_utf8(response.body).unwrap();
    assert!(value(&text, "yufu_registry_height") >= 1.0);
    assert!((value(&text, "yufu_registry_transactions_taken_total") - 1.0).abs() < 0.1);
    assert!((value(&text, "yufu_registry_transactions_final_total") - 1.0).abs() < 0.1);
    assert!((value(&text, "yufu_registry_finality_seconds_count") - 1.0).abs() < 0.1);
    assert!(value(&text, "yufu_registry_free_bytes") > 0.0);
    assert!(text.contains("yufu_registry_transactions_refused_total{reason=\"bad_signature\"} 1"), "{text}");
    assert!(text.contains("route=\"/v1/transactions\",status=\"200\""), "{text}");
    // The engine's own are there, and the text ends once.
    assert!(text.contains("consensus"), "{text}");
    assert_eq!(text.matches("# EOF").count(), 1);
    assert_eq!(get(format!("{}/metrics", node.url())).await.status, 404);
    node.stop().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_is_alive_at_once_and_ready_when_blocks_become_final() {
    let folder = Folder::new("ready");
    let (node, mut client) = start(&folder, |_| {});
    let operations = node.operations_url().unwrap();
    assert_eq!(get(format!("{operations}/livez")).await.status, 200);
    client.wait_for_checkpoint().await;
    let ready = get(format!("{operations}/readyz")).await;
    assert_eq!((ready.status, &json(&ready)["standby_until_ms"]), (200, &Value::Null));
    assert!(standby_until(&operations).await.abs() < 0.1);
    assert_eq!(get(format!("{}/healthz", node.url())).await.status, 200);
    node.stop().unwrap();
}

/// The only validator: no block comes without it, so it stands by for ever.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_is_not_ready_says_too_until_when_it_stands_by() {
    let folder = Folder::new("waits");
    let before_ms = now_ms();
    let (node, _) = start(&folder, |settings| stand_by(settings, &SystemClock).unwrap());
    let operations = node.operations_url().unwrap();
    // The genesis is new; two slots later it is not.
    let ready = ready_when(&operations, "it stands", |ready| ready.status != 200).await;
    assert_eq!(ready["error"], "standing");
    let until_ms = ready["standby_until_ms"].as_u64().unwrap();
    assert!((before_ms + MARGIN_MS..=now_ms() + MARGIN_MS).contains(&until_ms), "{until_ms}");
    assert!((standby_until(&operations).await * 1_000.0 - until_ms as f64).abs() < 0.5);
    node.stop().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_validator_that_stands_by_is_ready_and_says_until_when_and_says_no_more_of_it_once_it_votes() {
    let folder = Folder::new("stands-by");
    let files = found_four(&folder.0);
    let [first, second, third, fourth] = [0, 1, 2, 3].map(|at| files.validators[at].as_path());
    let others = [first, second, third].map(start_from);
    let fourth = settings(fourth);
    // A minute is for machines with clocks of their own; these share one.
    let until_ms = SystemClock.now_ms() + 10_000;
    stand_by(&fourth, &FixedClock::new(until_ms - MARGIN_MS)).unwrap();
    let node = run(fourth);
    let operations = node.operations_url().unwrap();

    let follows = |ready: &HttpResponse| ready.status == 200 && json(ready)["height"].as_u64() > Some(0);
    let ready = ready_when(&operations, "it follows", follows).await;
    assert_eq!(ready["standby_until_ms"], until_ms);
    assert!((standby_until(&operations).await * 1_000.0 - until_ms as f64).abs() < 0.5);
    let votes = |ready: &HttpResponse| ready.status == 200 && json(ready)["standby_until_ms"].is_null();
    let ready = ready_when(&operations, "it votes", votes).await;
    assert!(ready["time_ms"].as_u64().unwrap() > until_ms, "{ready}");
    assert!(standby_until(&operations).await.abs() < 0.1);
    node.stop().unwrap();
    for node in others {
        node.stop().unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_without_room_refuses_transactions_by_name_and_still_serves_proofs() {
    let folder = Folder::new("full");
    let (node, mut client) = start(&folder, |settings| settings.min_free_bytes = Some(u64::MAX));
    client.wait_for_checkpoint().await;
    let operations = node.operations_url().unwrap();
    let ready = get(format!("{operations}/readyz")).await;
    assert_eq!((ready.status, word(&ready).as_str()), (507, "storage_full"));
    let error = client.registry.submit(&registration(&client), Wait::No).await.unwrap_err();
    assert!(error.to_string().contains("507"), "{error}");
    client.read(&RecordKey::Policy, At::Latest).await;
    node.stop().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_that_asks_too_often_is_told_when_to_come_back() {
    let folder = Folder::new("often");
    let limits = RateLimits { requests_per_second: 2, transactions_per_second: 1, own_machine: true };
    let (node, _) = start(&folder, |settings| settings.limits = Some(limits));
    let url = format!("{}/v1/network", node.url());
    let mut refused = None;
    for _ in 0..20 {
        let response = get(url.clone()).await;
        if response.status == 429 {
            refused = Some(response);
            break;
        }
    }
    let refused = refused.unwrap();
    assert_eq!(word(&refused), "too_often");
    assert_eq!(refused.header("retry-after"), Some("1"));
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    assert_eq!(get(url).await.status, 200);
    node.stop().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_beyond_the_largest_transaction_is_refused_unread() {
    let folder = Folder::new("large");
    let (node, _) = start(&folder, |_| {});
    let body = vec![b'"'; 1 << 20];
    let request = HttpRequest::post(format!("{}/v1/transactions", node.url()), "application/json", body);
    // The node answers before it has read all; some clients then only see a closed connection.
    if let Ok(response) = transport().send(request).await {
        assert_eq!(response.status, 413, "{}", String::from_utf8_lossy(&response.body));
    }
    node.stop().unwrap();
}
