//! The real program under load, killed without warning, started again.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod common;

use common::{Client, Folder, found, now_ms};
use std::{
    collections::BTreeMap,
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    time::Duration,
};
use yufu_core::{
    SystemRandom,
    crypto::{Algorithm, Digest, Signer as _, SoftwareKey},
    did::yufu::IssuerId,
    registry::{
        DidRecord, EntryRecord, NetworkKey, Operation, Record as _, RecordKey,
        client::{At, SubmitError, TransactionState, Wait},
    },
};

/// A node in a process of its own. Dropping it kills it.
struct Process {
    child: Child,
    url: String,
}

impl Process {
    fn start(config: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_yufu-registry"))
            .args(["node", "--config"])
            .arg(config)
            .env("RUST_LOG", "warn")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let url = lines.next().expect("the node says where it is").unwrap();
        let url = url.strip_prefix("url ").unwrap().to_owned();
        Self { child, url }
    }

    /// `kill -9`.
    fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    #[cfg(target_os = "linux")]
    fn resident_bytes(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1024
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What the registry said is final: transaction, height, stream owner and number.
type Finals = Arc<Mutex<BTreeMap<Digest, (u64, IssuerId, u64)>>>;

/// Writes entries to a stream of its own, one after the other, until the node is gone.
async fn write_entries(
    url: String,
    key: NetworkKey,
    finals: Finals,
    control: Arc<SoftwareKey>,
    id: IssuerId,
) {
    let mut client = Client::new(&url, key);
    client.wait_for_checkpoint().await;
    let record = client.read(&RecordKey::Did { issuer: id }, At::Latest).await;
    let mut nonce = record.value.map(|value| DidRecord::from_bytes(&value).unwrap().nonce).unwrap_or(0);
    loop {
        let operation = if nonce == 0 {
            let next_key = next_key(&control);
            let control_key = control.verifying_key().clone();
            Operation::RegisterDid { control_key, next_key, also_known_as: Vec::new(), services: Vec::new() }
        } else {
            Operation::AppendEntry { stream: stream(&id), seq: nonce - 1, digest: [1; 32] }
        };
        let transaction = client.sign(control.as_ref(), id, nonce, operation);
        match client.registry.submit(&transaction, Wait::Final(10_000)).await {
            Ok(submitted) => {
                let height = submitted.height.expect("final within ten seconds");
                finals.lock().unwrap().insert(submitted.digest, (height, id, nonce));
                nonce += 1;
            }
            // The node was killed.
            Err(SubmitError::Client(_)) => return,
            Err(SubmitError::Rejected(reason)) => panic!("refused: {reason}"),
        }
    }
}

fn next_key(control: &SoftwareKey) -> Digest {
    yufu_core::crypto::sha256(&[b"nobody's key", &control.verifying_key().multicodec()])
}

fn stream(id: &IssuerId) -> String {
    format!("s-{id}")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_final_is_lost_when_the_node_is_killed_under_load() {
    let folder = Folder::new("kill");
    let files = found(&folder.0, 2_000);
    let config = &files.validators[0];
    let finals: Finals = Arc::default();
    let writers: Vec<_> = (0..4)
        .map(|_| {
            let control = SoftwareKey::generate(Algorithm::Ed25519, &SystemRandom::new()).unwrap();
            let id = IssuerId::from_inception(control.verifying_key(), &next_key(&control));
            (Arc::new(control), id)
        })
        .collect();

    let mut seen = 0;
    for round in 0..4 {
        let mut node = Process::start(config);
        let mut client = Client::new(&node.url, files.network_key.clone());
        client.wait_for_checkpoint().await;
        verify(&mut client, &finals).await;
        let load: Vec<_> = writers
            .iter()
            .map(|(control, id)| {
                let key = files.network_key.clone();
                tokio::spawn(write_entries(node.url.clone(), key, finals.clone(), control.clone(), *id))
            })
            .collect();
        // At another moment of the work each time.
        tokio::time::sleep(Duration::from_millis(2_500 + 333 * round)).await;
        node.kill();
        for writer in load {
            writer.await.unwrap();
        }
        let count = finals.lock().unwrap().len();
        assert!(count > seen, "the chain went on in round {round}");
        seen = count;
    }
    let node = Process::start(config);
    let mut client = Client::new(&node.url, files.network_key.clone());
    client.wait_for_checkpoint().await;
    verify(&mut client, &finals).await;
    println!("{seen} final transactions survived 4 kills");
}

/// Every transaction that was said to be final is final at the same height, and what the last ones
/// wrote is proven.
async fn verify(client: &mut Client, finals: &Finals) {
    let expected = finals.lock().unwrap().clone();
    let newest = expected.values().map(|(height, ..)| *height).max().unwrap_or(0);
    let mut last: BTreeMap<IssuerId, u64> = BTreeMap::new();
    for (digest, (height, id, nonce)) in &expected {
        let state = client.registry.transaction(digest).await.unwrap();
        assert_eq!(state, TransactionState::Final { height: *height });
        let newest = last.entry(*id).or_default();
        *newest = (*newest).max(*nonce);
    }
    client.wait_for_anchor(newest).await;
    for (id, nonce) in last.into_iter().filter(|(_, nonce)| *nonce > 0) {
        let entry = RecordKey::Entry { stream: stream(&id), seq: nonce - 1 };
        let record = client.read(&entry, At::Latest).await;
        assert_eq!(EntryRecord::from_bytes(&record.value.unwrap()).unwrap().author, id);
    }
}

/// The engine's network reserves room for each message that a peer may send: a careless quota cost
/// gigabytes.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_idle_node_stays_small() {
    let folder = Folder::new("small");
    let files = found(&folder.0, 1_000);
    let node = Process::start(&files.validators[0]);
    let mut client = Client::new(&node.url, files.network_key.clone());
    client.wait_for_checkpoint().await;
    let start = now_ms();
    while now_ms() < start + 3_000 {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let resident = node.resident_bytes();
    println!("an idle node holds {} MiB", resident >> 20);
    assert!(resident < 128 << 20, "{resident} bytes");
}
