//! A running node: the chain, the engine, and HTTP.

use crate::{
    backup::serve::Snapshots,
    config::{ConfigError, NodeConfig, Settings, read_bounded},
    disk::{self, Disk},
    engine::{Commonware, Engine, EngineConfig, EngineError, IdentityKey},
    export::{self, ExportError},
    genesis::{Genesis, GenesisError, MAX_GENESIS},
    http::{self, Gateway},
    init::kind,
    keys::{KeyError, KeyFiles, read_key},
    ledger::Registry,
    mempool::MempoolLimits,
    standby::Standby,
    state::{Chain, StoreError},
};
use std::{
    fs::File,
    future::Future,
    io::ErrorKind,
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    pin::Pin,
    sync::Arc,
    thread::JoinHandle,
    time::Duration,
};
use tokio::sync::oneshot;
use tracing::{error, info, warn};
use yufu_core::{
    Clock,
    crypto::key_file::KeyFileError,
    registry::{NetworkKey, SignedHeader},
    server::{FOR_A_FEW, FOR_THE_PUBLIC, guarded},
};

/// How long open requests may take to end when the node stops.
const GRACE: Duration = Duration::from_secs(2);

/// How often a validator that stands by looks whether it may vote.
const LOOK: Duration = Duration::from_millis(250);

/// Why a node did not start, or ended.
#[derive(Debug, thiserror::Error)]
pub enum NodeError {
    /// Its configuration cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A file cannot be read.
    #[error("{path} cannot be read: {source}")]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The genesis file founds no network.
    #[error(transparent)]
    Genesis(#[from] GenesisError),
    /// A key file cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// Another process uses the data folder.
    #[error("{0} is in use by another node")]
    InUse(PathBuf),
    /// The data folder cannot be used.
    #[error("{path} cannot be used: {source}")]
    Data {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Nothing can be served at the address.
    #[error("{address} cannot be served: {source}")]
    Address {
        /// Which.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// Consensus failed.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// There is a chain and no journal of votes: voting on could contradict votes that were given.
    #[error(
        "{data} holds the chain up to height {height} and not how this validator voted (consensus/); restore \
         a backup with `yufu-registry restore`, or start it with `--standby`: it then follows the others, \
         and votes once it cannot contradict an earlier vote"
    )]
    VotesLost {
        /// The data folder.
        data: PathBuf,
        /// How far the chain is.
        height: u64,
    },
    /// The network begins with another's records, and the configuration does not say where they are.
    #[error("the network begins with imported records: the configuration must name their file (import)")]
    NoImport,
    /// The records that the network begins with cannot be taken.
    #[error("{path}: {source}")]
    Import {
        /// The file.
        path: PathBuf,
        /// Why.
        source: ExportError,
    },
    /// The thread that serves failed.
    #[error("the node's thread failed: {0}")]
    Thread(String),
}

/// A node that is running. Dropping it stops it.
pub struct Node {
    address: SocketAddr,
    operations: Option<SocketAddr>,
    key: NetworkKey,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<Result<(), NodeError>>>,
}

impl Node {
    /// Starts a node in threads of its own. When this returns, it answers at [`url`](Self::url).
    ///
    /// # Errors
    /// [`NodeError`] by what failed.
    pub fn start(config: NodeConfig) -> Result<Self, NodeError> {
        let NodeConfig { settings, passphrase, clock } = config;
        let genesis = Genesis::from_bytes(&read(&settings.genesis, MAX_GENESIS as u64)?)?;
        let content = genesis.content();
        let identity = identity(&settings.identity_key, passphrase.as_ref().map(|text| text.as_str()))?;
        let keys = KeyFiles::new(&settings.consensus_key, passphrase);
        keys.read()?;
        let addresses = settings.addresses()?;
        let idle = settings.idle(content.policy.slot_ms)?;
        let hold = hold(&settings.data)?;

        let chain = open(&settings, &genesis)?;
        let storage = settings.consensus();
        let standby = standby(&settings.data, &storage, chain.tip().height)?;
        let has_votes = has_votes(&storage)?;
        let registry = Arc::new(Registry::new(chain, clock.clone(), idle, MempoolLimits::default())?);
        let key = registry.network_key();
        let snapshots = snapshots(&settings, &genesis, clock.clone())?;
        let disk = Disk::new(&settings.data, settings.min_free());
        let gateway = Gateway::new(
            registry.clone(),
            genesis.to_bytes(),
            &settings.limits.unwrap_or_default(),
            disk,
            settings.web.clone(),
            snapshots,
        )?;
        let (listener, address) = listen(settings.http)?;
        let operations = settings.operations.map(listen).transpose()?;
        let config = EngineConfig {
            storage,
            addresses,
            listen: settings.listen,
            identity,
            keys: Arc::new(keys),
            network: genesis.digest(),
            epoch_length: content.policy.epoch_length,
            idle,
            votes: true,
            floor: None,
            // The engine goes on from what the chain has proven; the blocks before it are not fetched.
            joined: if has_votes { None } else { registry.newest_certified()? },
        };
        let consensus = Consensus::start(config, registry, standby)?;
        let (operators, operations) = operations.unzip();
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::Builder::new()
            .name("registry".into())
            .spawn(move || {
                serve(Served { listener, operations: operators, gateway }, consensus, stopped, &hold)
            })
            .map_err(|e| NodeError::Thread(e.to_string()))?;
        info!(%address, network = %content.policy.network, "the registry is served");
        Ok(Self { address, operations, key, stop: Some(stop), thread: Some(thread) })
    }

    /// Where the registry is served.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where the operator finds metrics and readiness, if that is configured.
    #[must_use]
    pub fn operations_url(&self) -> Option<String> {
        self.operations.map(|address| format!("http://{address}"))
    }

    /// What counters and phones are given.
    #[must_use]
    pub fn network_key(&self) -> &NetworkKey {
        &self.key
    }

    /// Whether the node has ended by itself; [`stop`](Self::stop) then says why.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.thread.as_ref().is_none_or(JoinHandle::is_finished)
    }

    /// Stops the node and waits until its storage is closed.
    ///
    /// # Errors
    /// [`NodeError`] when it had failed.
    pub fn stop(mut self) -> Result<(), NodeError> {
        self.join()
    }

    fn join(&mut self) -> Result<(), NodeError> {
        // Nobody listens any more when it has ended by itself.
        let _ = self.stop.take().map(|stop| stop.send(()));
        match self.thread.take() {
            None => Ok(()),
            Some(thread) => thread.join().map_err(|_| NodeError::Thread("it panicked".into()))?,
        }
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        if let Err(error) = self.join() {
            error!(%error, "the node did not end well");
        }
    }
}

fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr), NodeError> {
    let unserved = |source| NodeError::Address { address, source };
    let listener = TcpListener::bind(address).map_err(unserved)?;
    listener.set_nonblocking(true).map_err(unserved)?;
    let address = listener.local_addr().map_err(unserved)?;
    Ok((listener, address))
}

/// What is served, and where.
struct Served {
    listener: TcpListener,
    operations: Option<TcpListener>,
    gateway: Arc<Gateway>,
}

fn serve(
    served: Served,
    mut consensus: Consensus,
    mut stopped: oneshot::Receiver<()>,
    _hold: &File,
) -> Result<(), NodeError> {
    let thread = |e: std::io::Error| NodeError::Thread(e.to_string());
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .max_blocking_threads(16)
        .thread_name("registry-http")
        .enable_all()
        .build()
        .map_err(thread)?;
    let outcome = runtime.block_on(async {
        if let Some(operations) = served.operations {
            let operations = guarded(axum_server::from_tcp(operations).map_err(thread)?, FOR_A_FEW);
            let router = http::operations(served.gateway.clone()).into_make_service();
            // It ends with the runtime: nobody waits for its answers.
            tokio::spawn(operations.serve(router));
        }
        let handle = axum_server::Handle::new();
        let router = http::router(served.gateway).into_make_service_with_connect_info::<SocketAddr>();
        let server = guarded(axum_server::from_tcp(served.listener).map_err(thread)?, FOR_THE_PUBLIC);
        let server = tokio::spawn(server.handle(handle.clone()).serve(router));
        let outcome = loop {
            tokio::select! {
                _ = &mut stopped => break Ok(()),
                error = consensus.engine.failed() => break Err(NodeError::Engine(error)),
                () = tokio::time::sleep(LOOK), if consensus.standby.is_some() => {
                    if let Err(error) = consensus.look() {
                        break Err(error);
                    }
                }
            }
        };
        handle.graceful_shutdown(Some(GRACE));
        // Requests that still wait for a block are cut off after the grace.
        let _ = tokio::time::timeout(GRACE, server).await;
        outcome
    });
    runtime.shutdown_timeout(GRACE);
    let ended = consensus.engine.stop();
    outcome?;
    Ok(ended?)
}

/// The state as it was left; in a new data folder, as the network begins.
fn open(settings: &Settings, genesis: &Genesis) -> Result<Chain, NodeError> {
    let database = settings.data.join("registry.db");
    match Chain::open(&database, genesis) {
        Err(StoreError::NeedsImport) => {
            let path = settings.import.as_ref().ok_or(NodeError::NoImport)?;
            let records = export::load(path, genesis)
                .map_err(|source| NodeError::Import { path: path.clone(), source })?;
            Ok(Chain::found_on(&database, genesis, records)?)
        }
        opened => Ok(opened?),
    }
}

/// The engine, and whether it may vote yet.
struct Consensus {
    engine: Box<dyn Engine>,
    config: EngineConfig,
    registry: Arc<Registry>,
    standby: Option<Standby>,
}

impl Consensus {
    fn start(
        mut config: EngineConfig,
        registry: Arc<Registry>,
        standby: Option<Standby>,
    ) -> Result<Self, NodeError> {
        if let Some(standby) = &standby {
            config.floor = free_from(standby, &registry)?;
            config.votes = config.floor.is_some();
            if !config.votes {
                let until_ms = standby.until_ms();
                registry.note_standby(Some(until_ms));
                warn!(
                    until_ms,
                    "this validator stands by: it votes after a block of later than this is final"
                );
            }
        }
        let engine = Box::new(Commonware::start(config.clone(), registry.clone())?);
        Ok(Self { engine, config, registry, standby })
    }

    /// Lets the validator vote once it may, and forgets that it stood by when the engine has gone on
    /// from there: its journal then says so too.
    fn look(&mut self) -> Result<(), NodeError> {
        let Some(standby) = &self.standby else { return Ok(()) };
        let Some(newest) = free_from(standby, &self.registry)? else { return Ok(()) };
        match &self.config.floor {
            Some(floor) if newest.header().height > floor.header().height => {
                standby.end().map_err(|source| data_error(&self.config.storage, source))?;
                self.standby = None;
            }
            Some(_) => {}
            None => {
                info!(height = newest.header().height, "this validator votes from here on");
                self.config.floor = Some(newest);
                self.config.votes = true;
                self.config.joined = None;
                // One after the other: both write the same journal.
                let follower = std::mem::replace(&mut self.engine, Box::new(Idle));
                follower.stop()?;
                self.engine = Box::new(Commonware::start(self.config.clone(), self.registry.clone())?);
                self.registry.note_standby(None);
            }
        }
        Ok(())
    }
}

/// Between two engines.
struct Idle;

impl Engine for Idle {
    fn failed(&self) -> Pin<Box<dyn Future<Output = EngineError> + Send + '_>> {
        Box::pin(std::future::pending())
    }

    fn stop(self: Box<Self>) -> Result<(), EngineError> {
        Ok(())
    }
}

/// The certified header after which all views are free for a validator that stood by.
fn free_from(standby: &Standby, registry: &Registry) -> Result<Option<SignedHeader>, NodeError> {
    Ok(registry.newest_certified()?.filter(|newest| standby.is_over(newest.header().time_ms)))
}

/// Whether the validator stands by. A chain without a journal of votes is refused without that.
fn standby(data: &Path, storage: &Path, height: u64) -> Result<Option<Standby>, NodeError> {
    let standby = Standby::find(data).map_err(|source| data_error(data, source))?;
    if standby.is_none() && height > 0 && !has_votes(storage)? {
        return Err(NodeError::VotesLost { data: data.to_owned(), height });
    }
    Ok(standby)
}

/// Whether the engine has been here before.
fn has_votes(storage: &Path) -> Result<bool, NodeError> {
    match std::fs::read_dir(storage) {
        Ok(mut entries) => Ok(entries.next().is_some()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(source) => Err(data_error(storage, source)),
    }
}

fn data_error(path: &Path, source: std::io::Error) -> NodeError {
    NodeError::Data { path: path.to_owned(), source }
}

/// The copies that others may fetch, if the operator lets them.
fn snapshots(
    settings: &Settings,
    genesis: &Genesis,
    clock: Arc<dyn Clock>,
) -> Result<Option<Arc<Snapshots>>, NodeError> {
    let Some(wanted) = settings.snapshots.clone() else { return Ok(None) };
    let snapshots = Snapshots::new(wanted, &settings.data, genesis.clone(), settings.min_free(), clock);
    Ok(Some(snapshots.map_err(|source| data_error(&settings.data, source))?))
}

/// Keeps other processes out of the data folder for as long as the file is open.
fn hold(data: &Path) -> Result<File, NodeError> {
    disk::hold(data)
        .map_err(|source| data_error(data, source))?
        .ok_or_else(|| NodeError::InUse(data.to_owned()))
}

fn identity(path: &Path, passphrase: Option<&str>) -> Result<IdentityKey, NodeError> {
    let secret = read_key(path, kind::IDENTITY, passphrase)?;
    let malformed = |_| KeyError::File { path: path.to_owned(), source: KeyFileError::Malformed };
    Ok(IdentityKey::from_bytes(&secret).map_err(malformed)?)
}

fn read(path: &Path, limit: u64) -> Result<Vec<u8>, NodeError> {
    read_bounded(path, limit).map_err(|source| NodeError::Unreadable { path: path.to_owned(), source })
}
