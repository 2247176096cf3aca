//! A network put to the test on one machine: real processes, load, processes killed without warning; and
//! then whether every promise was kept. Operators run it before they trust a version, and so do our tests.

mod change;
mod check;
mod load;
mod nodes;

use crate::{
    InitError, InitNetwork, MemberError, Parameters,
    authority::AuthorityError,
    config::{ConfigError, RateLimits, Settings},
    genesis::GenesisError,
    init_network,
    state::{CommitError, StoreError},
};
use nodes::Nodes;
use serde::Serialize;
use std::{
    collections::BTreeMap,
    net::TcpListener,
    path::PathBuf,
    time::{Duration, Instant},
};
use yufu_core::{SystemRandom, client::TransportError, registry::client::ClientError, time::SystemClock};

/// Authors that write at the same time. Each waits until its transaction is final before the next.
const AUTHORS: usize = 64;

/// The longest that nodes may take to come up, and to agree when the load has ended.
const PATIENCE: Duration = Duration::from_secs(60);

/// What is tried.
#[derive(Clone, Debug)]
pub struct TrialOptions {
    /// The program that runs a node, commonly this one.
    pub program: PathBuf,
    /// Folder that is made for the network's files and the nodes' logs.
    pub dir: PathBuf,
    /// How many validators.
    pub validators: u16,
    /// How long the load lasts.
    pub duration: Duration,
    /// How often a node is killed, if at all.
    pub kill_every: Option<Duration>,
    /// Chooses the nodes that are killed.
    pub seed: u64,
    /// Whether a validator is added and another removed under load.
    pub change_validators: bool,
}

/// What came out.
#[derive(Clone, Debug, Serialize)]
pub struct TrialReport {
    /// Validators.
    pub validators: u16,
    /// Seconds of load.
    pub seconds: f64,
    /// Processes killed.
    pub kills: u32,
    /// Transactions that a node said are final.
    pub transactions_final: u64,
    /// Refusals of transactions that follow the rules, by reason: a full pool, a quota.
    pub refused: BTreeMap<&'static str, u64>,
    /// Final ones a second.
    pub transactions_per_second: f64,
    /// From handing in to being told that it is final: the median (milliseconds).
    pub finality_p50_ms: u64,
    /// The same of the slowest twentieth (milliseconds).
    pub finality_p95_ms: u64,
    /// Final height that all nodes reached.
    pub height: u64,
    /// Final transactions that a node does not have. A promise broke if there is one.
    pub lost: u64,
    /// Heights at which two nodes differ. A promise broke if there is one.
    pub forks: u64,
    /// Nodes whose state is not what its rules make of it. A promise broke if there is one.
    pub unsound: u64,
    /// The epoch that the network came to.
    pub epoch: u64,
    /// Where validators changed: whether the new one signed, and the one removed is no member any more.
    pub change_took_part: Option<bool>,
    /// Where validators changed: what a phone loaded to follow into one epoch (bytes).
    pub handover_bytes: Option<u64>,
    /// Where validators changed: what following into one epoch took it (microseconds).
    pub follow_us: Option<u64>,
    /// The longest time between two blocks of which the second began an epoch (milliseconds).
    pub handover_gap_ms: u64,
    /// The median time between two blocks (milliseconds).
    pub block_gap_p50_ms: u64,
    /// Whether all nodes came to the same height after the load.
    pub settled: bool,
    /// Bytes of a node's database for each transaction.
    pub state_bytes_per_transaction: u64,
    /// Bytes of a certified header, folded as in a staple.
    pub folded_header_bytes: u64,
    /// Checking one certificate (microseconds).
    pub certificate_us: u64,
    /// Reading a record as a phone does: certificate and proof (microseconds).
    pub light_verify_us: u64,
}

impl TrialReport {
    /// Whether every promise was kept.
    #[must_use]
    pub fn kept(&self) -> bool {
        let sound = self.lost == 0 && self.forks == 0 && self.unsound == 0;
        sound && self.settled && self.transactions_final > 0 && self.change_took_part != Some(false)
    }
}

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum TrialError {
    /// The network could not be founded.
    #[error(transparent)]
    Init(#[from] InitError),
    /// A configuration could not be read back.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A process could not be started, or a file not be written.
    #[error("{what}: {source}")]
    Io {
        /// What was tried.
        what: String,
        /// Why it failed.
        source: std::io::Error,
    },
    /// A node did not come up; its log tells more.
    #[error("node {node} did not come up within {} s; see {log}", PATIENCE.as_secs())]
    NotUp {
        /// Which, from 1.
        node: usize,
        /// Where its log is.
        log: PathBuf,
    },
    /// There is no HTTP client to be had.
    #[error(transparent)]
    Client(#[from] TransportError),
    /// A node's database could not be read after the trial.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A block could not be read back.
    #[error(transparent)]
    Commit(#[from] CommitError),
    /// The genesis file could not be read back.
    #[error(transparent)]
    Genesis(#[from] GenesisError),
    /// The new validator's keys could not be made.
    #[error(transparent)]
    Member(#[from] MemberError),
    /// The authority could not decide.
    #[error(transparent)]
    Authority(#[from] AuthorityError),
    /// A phone could not follow.
    #[error(transparent)]
    Follow(#[from] ClientError),
    /// No consecutive ports are free.
    #[error("there are not enough free ports in a row on this machine")]
    Ports,
}

fn io(what: impl Into<String>) -> impl FnOnce(std::io::Error) -> TrialError {
    let what = what.into();
    move |source| TrialError::Io { what, source }
}

/// Runs the trial; `progress` is told in lines for a person.
///
/// # Errors
/// [`TrialError`] when it could not be carried out. A broken promise is no error but in the report.
pub async fn run(
    options: &TrialOptions,
    progress: &(dyn Fn(&str) + Send + Sync),
) -> Result<TrialReport, TrialError> {
    let files = init_network(&network(options)?, &SystemRandom::new(), &SystemClock)?;
    for config in &files.validators {
        without_limits(config)?;
    }
    let mut nodes = Nodes::start(&options.program, &files)?;
    nodes.wait_until_up(PATIENCE).await?;
    progress(&format!(
        "{} validators are up; {} s of load begin",
        options.validators,
        options.duration.as_secs()
    ));

    let load = load::start(&nodes.urls(), &files.network_key, AUTHORS)?;
    let started = Instant::now();
    let mut configs = files.validators.clone();
    let mut changed = None;
    if options.change_validators {
        let newcomer = change::Newcomer::make(&options.dir, &files.genesis)?;
        without_limits(&newcomer.config)?;
        nodes.add(&newcomer.config)?;
        changed = Some(change::carry_out(&files, &mut nodes, &newcomer, progress).await?);
        configs.remove(0);
        configs.push(newcomer.config);
    }
    let kills = nodes.disturb(options, started, &load, progress).await?;
    let seconds = started.elapsed().as_secs_f64();
    let done = load.stop().await;
    progress(&format!("{} transactions are final; waiting for the nodes to agree", done.finals.len()));
    let settled = nodes.settle(PATIENCE).await;
    let timing = load::time_light_client(&nodes.urls(), &files.network_key).await;
    nodes.kill_all();
    let outcome = check::Outcome { done, settled, seconds, kills, timing, changed };
    check::report(options, &files.genesis, &configs, &outcome)
}

fn network(options: &TrialOptions) -> Result<InitNetwork, TrialError> {
    let count = options.validators;
    Ok(InitNetwork {
        dir: options.dir.clone(),
        name: "trial".into(),
        validators: count,
        authorities: 1,
        quorum: 1,
        parameters: Parameters {
            slot_ms: 2_000,
            epoch_length: match options.change_validators {
                true => change::EPOCH_LENGTH,
                false => Parameters::demo().epoch_length,
            },
            ..Parameters::demo()
        },
        http_port: free_ports(count)?,
        p2p_port: free_ports(count)?,
        passphrase: None,
    })
}

/// The first of so many free ports in a row. Somebody may take one before the node does; then the node
/// does not come up, and says so.
fn free_ports(count: u16) -> Result<u16, TrialError> {
    for _ in 0..64 {
        let probe = TcpListener::bind(("127.0.0.1", 0)).map_err(io("looking for a free port"))?;
        let first = probe.local_addr().map_err(io("looking for a free port"))?.port();
        let Some(last) = first.checked_add(count) else { continue };
        let others: Result<Vec<_>, _> =
            (first + 1..last).map(|port| TcpListener::bind(("127.0.0.1", port))).collect();
        if others.is_ok() {
            return Ok(first);
        }
    }
    Err(TrialError::Ports)
}

/// The load comes from one machine and is meant to be more than a client may ask.
fn without_limits(config: &std::path::Path) -> Result<(), TrialError> {
    let text = std::fs::read_to_string(config).map_err(io(config.display().to_string()))?;
    let mut settings: Settings = toml::from_str(&text).map_err(|e| TrialError::Io {
        what: config.display().to_string(),
        source: std::io::Error::other(e),
    })?;
    settings.limits =
        Some(RateLimits { requests_per_second: 0, transactions_per_second: 0, own_machine: false });
    let text = toml::to_string(&settings).map_err(|e| TrialError::Io {
        what: config.display().to_string(),
        source: std::io::Error::other(e),
    })?;
    std::fs::write(config, text).map_err(io(config.display().to_string()))
}
