//! Nodes that give snapshots, and asking them.

use super::transport;
use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};
use yufu_core::{http::HttpRequest, time::SystemClock};
use yufu_registry::{Node, NodeConfig, Settings, SnapshotSettings, backup::Manifest};

pub fn settings(config: &Path) -> Settings {
    Settings { operations: Some("127.0.0.1:0".parse().unwrap()), ..Settings::load(config).unwrap() }
}

/// A node that gives snapshots, for so many seconds each, to so many at a time.
pub fn generous(config: &Path, keep_s: u64, downloads: u16) -> Settings {
    Settings { snapshots: Some(SnapshotSettings { keep_s, downloads, from: Vec::new() }), ..settings(config) }
}

pub fn run(settings: Settings) -> Node {
    Node::start(NodeConfig { settings, passphrase: None, clock: Arc::new(SystemClock) }).unwrap()
}

/// The number that a node's metrics have under this name.
pub async fn metric(node: &Node, name: &str) -> u64 {
    let url = format!("{}/metrics", node.operations_url().unwrap());
    let answer = transport().send(HttpRequest::get(url)).await.unwrap();
    let text = String::from_utf8(answer.body).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("no {name} in {text}")).parse().unwrap()
}

/// Status and word of an answer.
pub async fn ask(url: String) -> (u16, String) {
    let request = HttpRequest { max_response_bytes: 64 << 20, ..HttpRequest::get(url) };
    let answer = transport().send(request).await.unwrap();
    let body: serde_json::Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    (answer.status, body["error"].as_str().unwrap_or_default().to_owned())
}

/// Asks for a snapshot until there is one.
pub async fn offered(url: &str) -> Manifest {
    let asked = Instant::now();
    loop {
        let answer = transport().send(HttpRequest::get(format!("{url}/v1/snapshot"))).await.unwrap();
        if answer.status == 200 {
            return serde_json::from_slice(&answer.body).unwrap();
        }
        assert!(asked.elapsed() < Duration::from_secs(20), "{:?}", String::from_utf8(answer.body));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
