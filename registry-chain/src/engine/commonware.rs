//! Commonware's simplex consensus with its marshal, over encrypted, authenticated TCP, in a thread of
//! its own with its own runtime.

use super::{
    ConsensusKey, ConsensusKeys, Engine, EngineConfig, EngineError, Ledger,
    adapter::first_failure,
    gossip,
    scheme::{self, Scheme},
    wiring::{self, Channels, Timing, Validator, ledger_failed},
};
use crate::{block::Block, init::hex};
use commonware_consensus::{
    marshal::{self, standard::Standard},
    simplex,
};
use commonware_cryptography::{ChaCha20Poly1305, Signer as _, ed25519, sha256};
use commonware_p2p::{Address, AddressableManager as _, authenticated::lookup, max_message_size};
use commonware_runtime::{Metrics as _, Quota, Runner as _, Supervisor as _, tokio as runtime};
use commonware_stream::{
    cups::{self, Cups},
    sake::{self, Sake},
};
use commonware_utils::{NZU32, NZUsize, TryCollect as _, ordered::Map};
use futures::{
    channel::mpsc::unbounded,
    future::{Either, select},
};
use std::{
    collections::BTreeMap,
    future::Future,
    num::{NonZeroU32, NonZeroU64, NonZeroUsize},
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::Arc,
    thread::JoinHandle,
    time::Duration,
};
use tokio::sync::{oneshot, watch};
use tracing::{error, warn};
use yufu_core::registry::Validators;

/// Messages a second that one peer may send on one channel. The network reserves room for
/// quota × peers × tracked sets messages on each channel, so a careless number costs gigabytes.
pub(super) const QUOTA: NonZeroU32 = NZU32!(256);
/// Messages a second with transactions from one peer: each holds many.
const GOSSIP_QUOTA: NonZeroU32 = NZU32!(gossip::MESSAGES_PER_SECOND);
/// Peer sets to which connections are kept: the epoch's with the next one's, and those before it.
pub(super) const TRACKED_SETS: NonZeroUsize = NZUsize!(2);
/// Capacity of the network's own mailboxes.
pub(super) const NETWORK_MAILBOX: NonZeroUsize = NZUsize!(1024);

/// The engine: one validator, running.
pub struct Commonware {
    thread: Option<JoinHandle<()>>,
    stop: Option<oneshot::Sender<()>>,
    outcome: watch::Receiver<Option<Result<(), EngineError>>>,
}

impl Commonware {
    /// Starts a validator on `ledger`.
    ///
    /// # Errors
    /// [`EngineError`] when keys and set do not fit, or there is no thread to be had.
    pub fn start(config: EngineConfig, ledger: Arc<dyn Ledger>) -> Result<Self, EngineError> {
        let epoch_length = NonZeroU64::new(config.epoch_length)
            .filter(|length| length.get() > 1)
            .ok_or_else(|| EngineError::Set("an epoch has at least two heights".into()))?;
        let (stop, stopped) = oneshot::channel();
        let (report, outcome) = watch::channel(None);
        let thread = std::thread::Builder::new()
            .name("consensus".into())
            .spawn(move || {
                let run = AssertUnwindSafe(|| run(config, epoch_length, ledger, stopped));
                let result = catch_unwind(run).unwrap_or_else(|panic| {
                    Err(EngineError::Stopped(format!("it panicked: {}", panic_text(panic.as_ref()))))
                });
                report.send_replace(Some(result));
            })
            .map_err(|e| EngineError::Stopped(e.to_string()))?;
        Ok(Self { thread: Some(thread), stop: Some(stop), outcome })
    }

    fn join(&mut self) -> Result<(), EngineError> {
        // Nobody listens any more when it has ended by itself.
        let _ = self.stop.take().map(|stop| stop.send(()));
        if let Some(thread) = self.thread.take() {
            thread.join().map_err(|_| EngineError::Stopped("its thread panicked".into()))?;
        }
        self.outcome.borrow().clone().unwrap_or(Ok(()))
    }
}

impl Engine for Commonware {
    fn failed(&self) -> Pin<Box<dyn Future<Output = EngineError> + Send + '_>> {
        let mut outcome = self.outcome.clone();
        Box::pin(async move {
            loop {
                if let Some(Err(error)) = outcome.borrow_and_update().clone() {
                    return error;
                }
                if outcome.changed().await.is_err() {
                    return EngineError::Stopped("its thread is gone".into());
                }
            }
        })
    }

    fn stop(mut self: Box<Self>) -> Result<(), EngineError> {
        self.join()
    }
}

impl Drop for Commonware {
    fn drop(&mut self) {
        if let Err(error) = self.join() {
            warn!(%error, "the engine did not end well");
        }
    }
}

/// For a node that stands by: none.
struct NoKeys;

impl ConsensusKeys for NoKeys {
    fn find(&self, _: &[u8; 96]) -> Option<ConsensusKey> {
        None
    }

    fn entered(&self, _: u64, _: Option<&[u8; 96]>) {}
}

/// The most validators, of an epoch and the next together, to whom connections are kept without a restart:
/// thrice as many as there are, since the network layer reserves room for each.
fn most_peers(members: usize) -> usize {
    (3 * members).max(16)
}

/// What the network layer is told of an epoch's validators and those of the next.
fn addresses(
    config: &EngineConfig,
    both: &[Validators],
    most: usize,
) -> Result<Map<ed25519::PublicKey, Address>, EngineError> {
    let own = config.identity.public();
    let mut peers = BTreeMap::new();
    for validators in both {
        let endpoints = validators.endpoints.iter().map(Some).chain(std::iter::repeat(None));
        for (validator, endpoint) in validators.set.validators().iter().zip(endpoints) {
            let identity = validator.identity;
            let address = match config.addresses.get(&identity).copied() {
                _ if identity == own => Some(config.listen),
                Some(address) => Some(address),
                None => endpoint.and_then(|endpoint| endpoint.parse().ok()),
            };
            match address {
                Some(address) => peers.insert(scheme::identity(&identity)?, Address::from(address)),
                None => {
                    warn!(validator = hex(&identity), "no address is known; name it under peers");
                    continue;
                }
            };
        }
    }
    while peers.len() > most {
        error!(most, "there are more validators than this node has room for: start it again");
        peers.pop_last();
    }
    peers.into_iter().try_collect().map_err(|e| EngineError::Set(format!("{e:?}")))
}

fn run(
    config: EngineConfig,
    epoch_length: NonZeroU64,
    ledger: Arc<dyn Ledger>,
    stopped: oneshot::Receiver<()>,
) -> Result<(), EngineError> {
    let runner = runtime::Runner::new(
        runtime::Config::new()
            .with_storage_directory(&config.storage)
            .with_worker_threads(2)
            .with_max_blocking_threads(16),
    );
    let epoch = (ledger.final_height() + 1) / epoch_length;
    let members = ledger.validators(epoch).map_err(ledger_failed)?;
    let most = most_peers(members.map_or(1, |members| members.set.len()));
    let watched = ledger.clone();
    let outcome = runner.start(|context| async move {
        let own = context.child("metrics");
        ledger.observe_engine(Box::new(move || own.encode()));
        let network_config = network_config(&config, most);
        let (mut network, oracle) = lookup::Network::new(context.child("network"), network_config);
        let quota = Quota::per_second(QUOTA);
        let mut channel = |number| network.register(number, quota);
        let channels = Channels {
            votes: channel(0),
            certificates: channel(1),
            resolver: channel(2),
            backfill: channel(3),
            blocks: channel(4),
            transactions: network.register(5, Quota::per_second(GOSSIP_QUOTA)),
        };
        let network = network.start();
        let (failures, failed) = unbounded();
        let mut peers = oracle.clone();
        let validator = Validator {
            name: "validator".into(),
            identity: config.identity.0.public_key(),
            keys: if config.votes { config.keys.clone() } else { Arc::new(NoKeys) },
            network: config.network,
            floor: config.floor.clone(),
            ledger,
            joined: config.joined.clone(),
            failures,
            epoch_length,
            timing: Timing::for_idle(config.idle),
            peers: oracle.clone(),
            blocker: oracle,
            track: Box::new(move |epoch, both| match addresses(&config, both, most) {
                Ok(addresses) => {
                    peers.track(epoch, addresses);
                }
                Err(error) => error!(%error, "the validators cannot be connected to"),
            }),
        };
        let mut handles = wiring::start(context.child("validator"), validator, channels).await?;
        handles.push(network);
        let failure = Box::pin(first_failure(handles, failed));
        match select(stopped, failure).await {
            Either::Left(_) => Ok(()),
            Either::Right((reason, _)) => {
                Err(EngineError::Stopped(reason.unwrap_or_else(|| "no reason is known".into())))
            }
        }
    });
    // What writes the engine's metrics holds its storage, which whoever starts it again waits for.
    watched.observe_engine(Box::new(String::new));
    outcome
}

type Handshake = Cups<Sake<ed25519::PrivateKey>, ChaCha20Poly1305>;

fn network_config(config: &EngineConfig, peers: usize) -> lookup::Config<Handshake> {
    let handshake = Cups::<_, ChaCha20Poly1305>::new(
        Sake {
            signer: config.identity.0.clone(),
            synchrony_bound: Duration::from_secs(5),
            max_handshake_age: Duration::from_secs(10),
            version: sake::Version::V1,
        },
        cups::Version::V1,
    );
    let count = u32::try_from(peers).unwrap_or(u32::MAX);
    let largest = max_message_size(&[
        simplex::max_payload_size::<Scheme, sha256::Digest>(count),
        marshal::max_payload_size::<Standard<Block>, Scheme>(count, &()),
    ]);
    let namespace = yufu_core::registry::namespace(&config.network);
    let mut network = lookup::Config::recommended(
        handshake,
        &namespace,
        config.listen,
        NonZeroUsize::new(peers).unwrap_or(NonZeroUsize::MIN),
        largest,
        NETWORK_MAILBOX,
    );
    // Validators of one government often reach each other through private networks.
    network.allow_private_ips = true;
    network.tracked_peer_sets = TRACKED_SETS;
    network.peer_connection_cooldown = Duration::from_secs(1);
    network.allowed_handshake_rate_per_ip = Quota::per_second(NZU32!(16));
    network
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    panic
        .downcast_ref::<&str>()
        .map(ToString::to_string)
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no text".into())
}
