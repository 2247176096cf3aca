//! The trial's load: authors with a DID each, who append to a stream of their own, each transaction as
//! soon as the last is final, at whichever node answers.

use super::TrialError;
use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::{task::JoinSet, time::sleep};
use yufu_core::{
    Clock as _, SystemRandom,
    client::{ReqwestTransport, TransportOptions},
    crypto::{Algorithm, Digest, Signer as _, SoftwareKey},
    did::yufu::IssuerId,
    http::HttpTransport,
    registry::{
        LightClient, NetworkKey, Operation, RecordKey, RejectReason, SignedTransaction, Transaction,
        client::{At, RegistryClient, SubmitError, TransactionState, Wait},
    },
    time::SystemClock,
};

/// How long a node may take to make a transaction final before it is asked again.
const WAIT_MS: u64 = 10_000;
/// How long a transaction is valid: longer than any trial's pause.
const VALID_MS: u64 = 10 * 60_000;
/// Pause before another node is asked.
const PAUSE: Duration = Duration::from_millis(50);

/// A transaction that a node said is final.
pub(super) struct Final {
    pub(super) digest: Digest,
    pub(super) height: u64,
    pub(super) waited: Duration,
}

/// What the load came to.
pub(super) struct Done {
    pub(super) finals: Vec<Final>,
    /// Refusals of transactions that follow the rules, by reason: a full pool, a quota.
    pub(super) refused: BTreeMap<&'static str, u64>,
}

/// The load, running.
pub(super) struct Load {
    tasks: JoinSet<()>,
    shared: Arc<Shared>,
}

struct Shared {
    clients: Vec<RegistryClient>,
    genesis: Digest,
    stop: AtomicBool,
    finals: Mutex<Vec<Final>>,
    refused: Mutex<BTreeMap<&'static str, u64>>,
}

pub(super) fn start(urls: &[String], key: &NetworkKey, authors: usize) -> Result<Load, TrialError> {
    let options = TransportOptions { timeout: Duration::from_secs(20), ..TransportOptions::default() };
    let transport: Arc<dyn HttpTransport> = Arc::new(ReqwestTransport::new(&options)?);
    let clients = urls.iter().map(|url| RegistryClient::new(transport.clone(), url.as_str())).collect();
    let shared = Arc::new(Shared {
        clients,
        genesis: key.genesis,
        stop: AtomicBool::new(false),
        finals: Mutex::default(),
        refused: Mutex::default(),
    });
    let mut tasks = JoinSet::new();
    for number in 0..authors {
        tasks.spawn(write(shared.clone(), number));
    }
    Ok(Load { tasks, shared })
}

impl Load {
    pub(super) fn finals(&self) -> usize {
        lock(&self.shared.finals).len()
    }

    pub(super) async fn stop(self) -> Done {
        self.shared.stop.store(true, Ordering::Relaxed);
        let Self { mut tasks, shared } = self;
        while tasks.join_next().await.is_some() {}
        Done {
            finals: std::mem::take(&mut *lock(&shared.finals)),
            refused: std::mem::take(&mut *lock(&shared.refused)),
        }
    }
}

/// One author: registers, then appends until the load ends.
async fn write(shared: Arc<Shared>, number: usize) {
    let random = SystemRandom::new();
    let Ok(control) = SoftwareKey::generate(Algorithm::Ed25519, &random) else { return };
    let Ok(next) = SoftwareKey::generate(Algorithm::Ed25519, &random) else { return };
    let next_key = next.verifying_key().thumbprint();
    let author = IssuerId::from_inception(control.verifying_key(), &next_key);
    let mut nonce = 0;
    while !shared.stop.load(Ordering::Relaxed) {
        let operation = match nonce {
            0 => Operation::RegisterDid {
                control_key: control.verifying_key().clone(),
                next_key,
                also_known_as: Vec::new(),
                services: Vec::new(),
            },
            // The stream begins at 0, with the second transaction.
            nonce => Operation::AppendEntry {
                stream: format!("trial/{number}"),
                seq: nonce - 1,
                digest: author_digest(&author, nonce),
            },
        };
        let transaction = Transaction {
            network: shared.genesis,
            author,
            nonce,
            expires_at_ms: SystemClock.now_ms() + VALID_MS,
            operation,
        };
        let Ok(signed) = transaction.sign(&control) else { return };
        if !settle(&shared, &signed, number).await {
            return;
        }
        nonce += 1;
    }
}

fn author_digest(author: &IssuerId, nonce: u64) -> Digest {
    yufu_core::crypto::sha256(&[&author.0, &nonce.to_be_bytes()])
}

/// Hands the same bytes in, at one node after the other, until one says that they are final. False when
/// the load ends first.
async fn settle(shared: &Shared, signed: &SignedTransaction, number: usize) -> bool {
    let digest = signed.digest();
    let started = Instant::now();
    let mut turn = number;
    loop {
        let Some(client) = shared.clients.get(turn % shared.clients.len()) else { return false };
        let height = match client.submit(signed, Wait::Final(WAIT_MS)).await {
            Ok(submitted) => submitted.height,
            // It was taken before, by a node that was killed while it was asked.
            Err(SubmitError::Rejected(RejectReason::WrongNonce)) => match client.transaction(&digest).await {
                Ok(TransactionState::Final { height }) => Some(height),
                _ => None,
            },
            Err(SubmitError::Rejected(reason)) => {
                *lock(&shared.refused).entry(reason.word()).or_default() += 1;
                None
            }
            Err(SubmitError::Client(_)) => None,
        };
        if let Some(height) = height {
            lock(&shared.finals).push(Final { digest, height, waited: started.elapsed() });
            return true;
        }
        // What was handed in may still become final; nobody said so, so nothing is promised.
        if shared.stop.load(Ordering::Relaxed) {
            return false;
        }
        turn += 1;
        sleep(PAUSE).await;
    }
}

/// What a light client takes, on this machine and now.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Timing {
    pub(super) folded_header_bytes: u64,
    pub(super) certificate_us: u64,
    pub(super) record_us: u64,
}

/// Reads a record as a phone does and times it: medians of several. Zeros when no node answers.
pub(super) async fn time_light_client(urls: &[String], key: &NetworkKey) -> Timing {
    let Ok(transport) = ReqwestTransport::new(&TransportOptions::default()) else { return Timing::default() };
    let transport: Arc<dyn HttpTransport> = Arc::new(transport);
    let Some(url) = urls.first() else { return Timing::default() };
    let client = RegistryClient::new(transport, url.as_str());
    let mut light = LightClient::new(key.clone());
    if client.record(&mut light, &RecordKey::Policy, SystemClock.now_ms(), At::Anchor).await.is_err() {
        return Timing::default();
    }
    let now = light.key().clone();
    let Ok(answer) = client.record_answer(&RecordKey::Policy).await else { return Timing::default() };
    let record_us = median(|| {
        let mut fresh = LightClient::new(now.clone());
        let now_ms = SystemClock.now_ms();
        yufu_core::registry::client::verify_record_answer(&mut fresh, &RecordKey::Policy, &answer, now_ms)
            .is_ok()
    });
    let Some(newest) = light.newest().map(|newest| newest.signed_header().clone()) else {
        return Timing::default();
    };
    let folded_header_bytes = newest.clone().fold().to_bytes().len() as u64;
    let certificate_us = median(|| {
        let digest = newest.header().digest();
        newest.certificate().verify(&now.genesis, now.epoch, &now.set, &digest).is_ok()
    });
    Timing { folded_header_bytes, certificate_us, record_us }
}

fn median(mut work: impl FnMut() -> bool) -> u64 {
    let mut times: Vec<u64> = (0..31)
        .filter_map(|_| {
            let start = Instant::now();
            work().then(|| u64::try_from(start.elapsed().as_micros()).unwrap_or(u64::MAX))
        })
        .collect();
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
