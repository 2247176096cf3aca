//! A network of one validator, and a client that believes nothing without proof.
#![allow(dead_code, unreachable_pub, reason = "each test file uses its own part")]

pub mod agency;
pub mod copies;
pub mod snapshots;

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};
use yufu_core::{
    Clock as _, SystemRandom,
    client::{ReqwestTransport, TransportOptions},
    crypto::{Signer, SoftwareKey, key_file},
    did::yufu::IssuerId,
    http::HttpTransport,
    registry::{
        DidRecord, LightClient, NetworkKey, Operation, Record as _, RecordKey, SignedTransaction,
        Transaction,
        client::{At, RegistryClient, SubmitError, Submitted, VerifiedRecord, Wait},
    },
    time::SystemClock,
};
use yufu_registry::{InitNetwork, NetworkFiles, Node, NodeConfig, Parameters, Settings, init_network};

/// A folder that is removed when the test ends.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new(name: &str) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("yufu-{name}-{}-{number}", std::process::id()));
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub fn found(dir: &Path, slot_ms: u64) -> NetworkFiles {
    found_with(dir, Parameters { slot_ms, ..Parameters::demo() })
}

pub fn found_with(dir: &Path, parameters: Parameters) -> NetworkFiles {
    let init = InitNetwork {
        dir: dir.to_owned(),
        name: "test".into(),
        validators: 1,
        authorities: 1,
        quorum: 1,
        parameters,
        http_port: 0,
        p2p_port: 0,
        passphrase: None,
    };
    init_network(&init, &SystemRandom::new(), &SystemClock).unwrap()
}

pub fn start(config: &Path) -> Node {
    let settings = Settings::load(config).unwrap();
    Node::start(NodeConfig { settings, passphrase: None, clock: Arc::new(SystemClock) }).unwrap()
}

pub fn now_ms() -> u64 {
    SystemClock.now_ms()
}

pub fn transport() -> Arc<dyn HttpTransport> {
    Arc::new(ReqwestTransport::new(&TransportOptions::default()).unwrap())
}

pub fn control_key(path: &Path) -> SoftwareKey {
    let text = std::fs::read_to_string(path).unwrap();
    SoftwareKey::from_pkcs8(&key_file::read("did control", &text, None).unwrap()).unwrap()
}

/// Talks to a node and verifies what it says.
pub struct Client {
    pub registry: RegistryClient,
    pub light: LightClient,
}

impl Client {
    pub fn new(url: &str, key: NetworkKey) -> Self {
        Self { registry: RegistryClient::new(transport(), url), light: LightClient::new(key) }
    }

    pub async fn read(&mut self, key: &RecordKey, at: At) -> VerifiedRecord {
        self.registry.record(&mut self.light, key, now_ms(), at).await.unwrap()
    }

    /// Asks until there is a certified header.
    pub async fn wait_for_checkpoint(&mut self) {
        let start = Instant::now();
        while let Err(error) = self.registry.checkpoint(&mut self.light, now_ms()).await {
            assert!(start.elapsed() < Duration::from_secs(60), "no checkpoint: {error}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Asks until the newest anchor is of this height or later.
    pub async fn wait_for_anchor(&mut self, height: u64) {
        let start = Instant::now();
        loop {
            let record =
                self.registry.record(&mut self.light, &RecordKey::Policy, now_ms(), At::Anchor).await;
            if record.is_ok_and(|record| record.header.height() >= height) {
                return;
            }
            assert!(start.elapsed() < Duration::from_secs(60), "no anchor at {height} or later");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    pub fn sign(
        &self,
        signer: &dyn Signer,
        author: IssuerId,
        nonce: u64,
        operation: Operation,
    ) -> SignedTransaction {
        let network = self.light.key().genesis;
        Transaction { network, author, nonce, expires_at_ms: now_ms() + 60_000, operation }
            .sign(signer)
            .unwrap()
    }

    /// Signs with the author's next nonce and waits until it is final.
    pub async fn act(
        &mut self,
        signer: &dyn Signer,
        author: IssuerId,
        operation: Operation,
    ) -> Result<Submitted, SubmitError> {
        let record = self.read(&RecordKey::Did { issuer: author }, At::Latest).await;
        let nonce = record.value.map_or(0, |value| DidRecord::from_bytes(&value).unwrap().nonce);
        let transaction = self.sign(signer, author, nonce, operation);
        self.registry.submit(&transaction, Wait::Final(20_000)).await
    }
}
