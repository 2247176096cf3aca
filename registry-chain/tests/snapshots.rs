//! What a node gives away of its database: only where its operator lets it, one copy at a time, and no more
//! than the disk holds.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod common;

use common::{
    Client, Folder, found,
    snapshots::{ask, generous, metric, offered, run, settings},
};
use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    path::Path,
    time::{Duration, Instant},
};
use yufu_core::crypto::sha256;
use yufu_registry::{NetworkFiles, Settings};

/// A network of one that has certified something.
async fn running(
    folder: &Folder,
    change: impl FnOnce(Settings) -> Settings,
) -> (NetworkFiles, yufu_registry::Node) {
    let files = found(&folder.0, 1_000);
    let node = run(change(settings(&files.validators[0])));
    let mut client = Client::new(&node.url(), files.network_key.clone());
    client.wait_for_checkpoint().await;
    (files, node)
}

fn copies(files: &NetworkFiles) -> usize {
    let folder = files.validators[0].with_file_name("data").join("snapshot");
    std::fs::read_dir(folder).map_or(0, Iterator::count)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_makes_no_snapshot_unless_its_operator_lets_it_and_for_whom() {
    let folder = Folder::new("off");
    let (files, node) = running(&folder, |settings| settings).await;
    let off = (403, "snapshots_off".to_owned());
    assert_eq!(ask(format!("{}/v1/snapshot", node.url())).await, off);
    assert_eq!(ask(format!("{}/v1/snapshot/{}", node.url(), "0".repeat(64))).await, off);
    node.stop().unwrap();

    let mut others = generous(&files.validators[0], 600, 4);
    others.snapshots.as_mut().unwrap().from = vec!["203.0.113.7".parse().unwrap()];
    let node = run(others.clone());
    assert_eq!(ask(format!("{}/v1/snapshot", node.url())).await, off);
    assert_eq!(copies(&files), 0);
    node.stop().unwrap();

    others.snapshots.as_mut().unwrap().from.push("127.0.0.1".parse().unwrap());
    let node = run(others);
    let manifest = offered(&node.url()).await;
    assert!(manifest.height > 0);
    node.stop().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_copy_is_made_for_all_who_ask_and_it_is_gone_when_its_time_is_over() {
    let folder = Folder::new("once");
    let (files, node) = running(&folder, |_| generous(&folder.0.join("validator-1/node.toml"), 4, 4)).await;
    let url = node.url();
    let all = futures::future::join_all((0..8).map(|_| offered(&url))).await;
    assert!(all.iter().all(|manifest| *manifest == all[0]), "{all:?}");
    assert_eq!(copies(&files), 1);
    let file = format!("{url}/v1/snapshot/{}", all[0].sha256);
    let answer = common::transport()
        .send(yufu_core::http::HttpRequest {
            max_response_bytes: 64 << 20,
            ..yufu_core::http::HttpRequest::get(file.clone())
        })
        .await
        .unwrap();
    assert_eq!(answer.header("content-length"), Some(all[0].bytes.to_string().as_str()));
    let digest: String = sha256(&[&answer.body]).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!((answer.body.len() as u64, digest), (all[0].bytes, all[0].sha256.clone()));
    assert_eq!(ask(format!("{url}/v1/snapshot/{}", "0".repeat(64))).await, (404, "not_found".into()));

    let waited = Instant::now();
    while copies(&files) > 0 {
        assert!(waited.elapsed() < Duration::from_secs(20), "it stays");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(ask(file).await, (404, "not_found".into()));
    // The next one is of later.
    assert!(offered(&url).await.height > all[0].height);
    assert_eq!(copies(&files), 1);
    assert_eq!(metric(&node, "yufu_registry_snapshots_fetched_total").await, 1);
    node.stop().unwrap();
    assert_eq!(copies(&files), 0);
    // What a node leaves that was killed goes at the next start.
    let left = files.validators[0].with_file_name("data").join("snapshot/7.db");
    std::fs::write(&left, b"left").unwrap();
    let node = run(generous(&files.validators[0], 4, 4));
    assert!(!left.exists());
    node.stop().unwrap();
}

/// Begins to fetch and reads only the head of the answer.
fn dawdle(url: &str, digest: &str) -> TcpStream {
    let mut stream = TcpStream::connect(url.strip_prefix("http://").unwrap()).unwrap();
    write!(stream, "GET /v1/snapshot/{digest} HTTP/1.1\r\nhost: node\r\n\r\n").unwrap();
    let mut head = [0; 15];
    stream.read_exact(&mut head).unwrap();
    assert_eq!(&head, b"HTTP/1.1 200 OK");
    stream
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn those_who_fetch_are_few_and_hold_up_neither_the_chain_nor_the_disk() {
    let folder = Folder::new("few");
    let (files, node) = running(&folder, |_| generous(&folder.0.join("validator-1/node.toml"), 3, 1)).await;
    let url = node.url();
    // Large enough that a socket does not take it all.
    node_grows(&files.validators[0]);
    let manifest = offered(&url).await;
    let file = format!("{url}/v1/snapshot/{}", manifest.sha256);
    let held = dawdle(&url, &manifest.sha256);
    assert_eq!(ask(file.clone()).await, (503, "snapshot_busy".into()));
    // When its time is over, it is fetched by nobody new, and no second copy is made beside it.
    tokio::time::sleep(Duration::from_millis(3_500)).await;
    assert_eq!(ask(file).await, (404, "not_found".into()));
    assert_eq!(ask(format!("{url}/v1/snapshot")).await, (503, "snapshot_busy".into()));
    assert_eq!(copies(&files), 1);
    let height = metric(&node, "yufu_registry_height").await;
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert!(metric(&node, "yufu_registry_height").await > height, "blocks go on");
    // Who hangs up gives the place back.
    drop(held);
    assert!(offered(&url).await.height > manifest.height);
    node.stop().unwrap();
}

/// Adds 16 MiB to the node's database that are nobody's.
fn node_grows(config: &Path) {
    let path = config.with_file_name("data").join("registry.db");
    let other = rusqlite::Connection::open(path).unwrap();
    other.busy_timeout(Duration::from_secs(5)).unwrap();
    other.execute("CREATE TABLE ballast AS SELECT randomblob(16777216) AS bytes", []).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_snapshot_that_the_disk_has_no_room_for_is_refused_by_name() {
    let folder = Folder::new("full");
    let (files, node) = running(&folder, |_| Settings {
        min_free_bytes: Some(u64::MAX / 2),
        ..generous(&folder.0.join("validator-1/node.toml"), 600, 4)
    })
    .await;
    assert_eq!(ask(format!("{}/v1/snapshot", node.url())).await, (507, "snapshot_no_room".into()));
    assert_eq!(copies(&files), 0);
    node.stop().unwrap();
}
