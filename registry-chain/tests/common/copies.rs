//! Copies of a node's database, true and false, and a network of four.

use super::{Client, now_ms, start};
use std::path::Path;
use yufu_core::{SystemRandom, time::SystemClock};
use yufu_registry::{
    InitNetwork, NetworkFiles, Parameters, Settings,
    backup::{Manifest, backup},
    init_network,
};

/// Runs a validator until it has a few certified blocks, backs it up, and stops it.
pub async fn backed_up(files: &NetworkFiles, out: &Path) -> Manifest {
    let node = start(&files.validators[0]);
    let mut client = Client::new(&node.url(), files.network_key.clone());
    client.wait_for_anchor(3).await;
    let settings = Settings::load(&files.validators[0]).unwrap();
    let manifest = backup(&settings, out, &SystemClock).unwrap();
    let after = client.registry.checkpoint(&mut client.light, now_ms()).await.unwrap().height();
    client.wait_for_anchor(after + 2).await;
    node.stop().unwrap();
    manifest
}

pub fn described(manifest: &Manifest, database: &[u8]) -> Manifest {
    let digest = yufu_core::crypto::sha256(&[database]);
    let sha256 = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    Manifest { bytes: database.len() as u64, sha256, ..manifest.clone() }
}

pub fn with_sql(folder: &Path, database: &[u8], sql: &str) -> Vec<u8> {
    edited(folder, database, |connection| connection.execute(sql, []).unwrap())
}

/// The database after an edit of at least a row.
pub fn edited(folder: &Path, database: &[u8], edit: impl FnOnce(&rusqlite::Connection) -> usize) -> Vec<u8> {
    let path = folder.join("changed.db");
    std::fs::write(&path, database).unwrap();
    let connection = rusqlite::Connection::open(&path).unwrap();
    assert!(edit(&connection) > 0);
    drop(connection);
    std::fs::read(&path).unwrap()
}

/// The first of so many ports in a row that nobody has now.
fn free_ports(count: u16) -> u16 {
    let is_free = |port: u16| std::net::TcpListener::bind(("127.0.0.1", port)).is_ok();
    let start = 20_000 + u16::try_from(std::process::id() % 2_000).unwrap() * 4;
    static TAKEN: std::sync::atomic::AtomicU16 = std::sync::atomic::AtomicU16::new(0);
    loop {
        let first = start + TAKEN.fetch_add(count, std::sync::atomic::Ordering::Relaxed);
        if (first..first + count).all(is_free) {
            return first;
        }
    }
}

/// Four validators on this machine, none of which runs yet.
pub fn found_four(dir: &Path) -> NetworkFiles {
    let init = InitNetwork {
        dir: dir.to_owned(),
        name: "test".into(),
        validators: 4,
        authorities: 1,
        quorum: 1,
        parameters: Parameters { slot_ms: 1_000, ..Parameters::demo() },
        http_port: free_ports(4),
        p2p_port: free_ports(4),
        passphrase: None,
    };
    init_network(&init, &SystemRandom::new(), &SystemClock).unwrap()
}
