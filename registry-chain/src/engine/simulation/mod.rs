//! Validators on the deterministic runtime: the wiring, the ledger and the votes are the real ones; time,
//! network and engine storage are simulated, and one seed tells one story.

mod byzantine;
mod seeds;
mod stories;

use super::{
    ConsensusKey, ConsensusKeys, IdentityKey, Ledger,
    scheme::{self, Scheme},
    wiring::{self, Channels, Timing, Validator},
};
use crate::{
    block::Block,
    genesis::{Genesis, GenesisContent, Inception},
    ledger::Registry,
    mempool::MempoolLimits,
    state::{Chain, NEWEST_RULES},
};
use commonware_consensus::{
    marshal::{self, standard::Standard},
    simplex,
};
use commonware_cryptography::{ed25519, sha256};
use commonware_p2p::{
    max_message_size,
    simulated::{Config, Link, Network, Oracle, Receiver, Sender},
};
use commonware_runtime::{Clock as _, Handle, Quota, Supervisor as _, deterministic::Context};
use commonware_utils::{NZU32, NZUsize};
use std::{num::NonZeroU64, path::PathBuf, sync::Arc, time::Duration};
use yufu_core::{
    Clock,
    crypto::{Algorithm, Signer as _, SoftwareKey},
    random::SeededRandom,
    registry::{Policy, Quotas, Rules, ValidatorSet, Validators},
};

const VALIDATORS: usize = 4;
/// So short that most stories go through several epochs.
const EPOCH_LENGTH: u64 = 8;
/// One channel for each of the wiring's.
const CHANNELS: u64 = 6;

type Public = ed25519::PublicKey;
type Net = Oracle<Public, Context>;
type Ends = (Sender<Public, Context>, Receiver<Public>);

/// The runtime's time, as one validator's clock shows it.
struct SimulatedClock(Context, i64);

impl Clock for SimulatedClock {
    fn now_ms(&self) -> u64 {
        let since = self.0.current().duration_since(std::time::UNIX_EPOCH).unwrap();
        u64::try_from(since.as_millis()).unwrap().saturating_add_signed(self.1)
    }
}

/// A folder for the ledgers' files, in memory where the machine has such a place.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let memory = PathBuf::from("/dev/shm");
        let above = if memory.is_dir() { memory } else { std::env::temp_dir() };
        let folder = above.join(format!("yufu-sim-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Keys that lie nowhere but here.
struct Held(Vec<ConsensusKey>);

impl ConsensusKeys for Held {
    fn find(&self, public: &[u8; 96]) -> Option<ConsensusKey> {
        self.0.iter().find(|key| key.public() == *public).cloned()
    }

    fn entered(&self, _: u64, _: Option<&[u8; 96]>) {}
}

/// Who there is, and what they begin with.
struct Members {
    keys: Vec<(IdentityKey, ConsensusKey)>,
    set: ValidatorSet,
    genesis: Genesis,
    slot_ms: u64,
}

impl Members {
    fn new(seed: u64, slot_ms: u64) -> Self {
        let random = SeededRandom::new(seed);
        let mut keys: Vec<_> = (0..VALIDATORS)
            .map(|_| (IdentityKey::generate(&random).unwrap(), ConsensusKey::generate(&random).unwrap()))
            .collect();
        keys.sort_by_key(|(identity, _)| identity.public());
        let set =
            ValidatorSet::new(keys.iter().map(|(i, c)| crate::init::validator(i, c)).collect()).unwrap();
        let control = SoftwareKey::generate(Algorithm::Ed25519, &random).unwrap();
        let founder = Inception {
            control_key: control.verifying_key().clone(),
            next_key: [9; 32],
            also_known_as: Vec::new(),
            services: Vec::new(),
        };
        let policy = Policy {
            network: "simulated".into(),
            authorities: vec![founder.id()],
            authority_quorum: 1,
            slot_ms,
            publication_ms: 10_000,
            timelock_ms: 0,
            epoch_length: EPOCH_LENGTH,
            status_age_limit_ms: 60_000,
            quotas: Quotas {
                block_transactions: 100,
                block_bytes: 1 << 18,
                did_transactions: 100,
                did_bytes: 1 << 18,
                registrations: 10,
            },
            rules: Rules { version: NEWEST_RULES, next: None },
        };
        let validators = Validators { set: set.clone(), endpoints: Vec::new() };
        let content = GenesisContent { time_ms: 0, policy, validators, founders: vec![founder] };
        Self { keys, set, genesis: Genesis::new(content).unwrap(), slot_ms }
    }

    fn public(&self, index: usize) -> Public {
        scheme::identity(&self.keys[index].0.public()).unwrap()
    }

    fn publics(&self) -> Vec<Public> {
        (0..self.keys.len()).map(|index| self.public(index)).collect()
    }

    fn scheme(&self, index: usize) -> Scheme {
        let (identity, key) = &self.keys[index];
        let keys = Held(vec![key.clone()]);
        scheme::scheme(&self.genesis.digest(), &self.set, &identity.public(), &keys).unwrap()
    }

    fn idle(&self) -> Duration {
        Duration::from_millis(self.slot_ms / 4)
    }
}

/// The simulated network between the members.
async fn network(context: &Context, members: &Members) -> Net {
    let count = u32::try_from(members.keys.len()).unwrap();
    let max_size = max_message_size(&[
        simplex::max_payload_size::<Scheme, sha256::Digest>(count),
        marshal::max_payload_size::<Standard<Block>, Scheme>(count, &()),
    ]);
    let config = Config {
        max_size,
        max_peers_per_set: NZUsize!(4),
        disconnect_on_block: true,
        tracked_peer_sets: NZUsize!(1),
    };
    let (network, oracle) =
        Network::new_with_peers(context.child("network"), config, members.publics()).await;
    network.start();
    oracle
}

/// Both ends of a validator's channels.
async fn ends(oracle: &Net, public: &Public) -> Vec<Ends> {
    let control = oracle.control(public.clone());
    let mut channels = Vec::new();
    for number in 0..CHANNELS {
        channels.push(control.register(number, Quota::per_second(NZU32!(100_000))).await.unwrap());
    }
    channels
}

fn channels<S, R>(mut ends: Vec<(S, R)>) -> Channels<S, R> {
    let mut next = || ends.remove(0);
    Channels {
        votes: next(),
        certificates: next(),
        resolver: next(),
        backfill: next(),
        blocks: next(),
        transactions: next(),
    }
}

/// A validator that runs.
struct Running {
    registry: Arc<Registry>,
    handles: Vec<Handle<()>>,
}

impl Running {
    fn crash(self) {
        for handle in &self.handles {
            handle.abort();
        }
    }
}

/// What makes one life of a validator.
struct Life<'a> {
    context: &'a Context,
    members: &'a Members,
    folder: &'a Folder,
    index: usize,
    /// Names its storage: the twins of a validator have one each.
    name: String,
    /// Counts its lives, for the runtime's labels.
    life: u64,
    /// By how much its clock is off.
    skew_ms: i64,
}

impl Life<'_> {
    fn registry(&self, context: &Context) -> Arc<Registry> {
        let genesis = &self.members.genesis;
        let chain = Chain::open(&self.folder.0.join(format!("{}.db", self.name)), genesis).unwrap();
        let clock = Arc::new(SimulatedClock(context.child("clock"), self.skew_ms));
        let registry = Registry::new(chain, clock, self.members.idle(), MempoolLimits::default());
        Arc::new(registry.unwrap())
    }

    /// Begins it on these channels. `disguise` may put another ledger between the engine and the registry.
    async fn begin<S, R>(
        self,
        oracle: &Net,
        ends: Vec<(S, R)>,
        disguise: impl FnOnce(Arc<Registry>) -> Arc<dyn Ledger>,
    ) -> Running
    where
        S: commonware_p2p::Sender<PublicKey = Public>,
        R: commonware_p2p::Receiver<PublicKey = Public>,
    {
        let context = self
            .context
            .child("validator")
            .with_attribute("name", self.name.clone())
            .with_attribute("life", self.life);
        let registry = self.registry(&context);
        // Kept open for the life of the test: a failing ledger would stop this validator's votes.
        let (failures, failed) = futures::channel::mpsc::unbounded();
        std::mem::drop(failed);
        let public = self.members.public(self.index);
        let validator = Validator {
            name: format!("validator-{}", self.name),
            identity: public.clone(),
            keys: Arc::new(Held(vec![self.members.keys[self.index].1.clone()])),
            network: self.members.genesis.digest(),
            floor: None,
            joined: None,
            ledger: disguise(registry.clone()),
            failures,
            epoch_length: NonZeroU64::new(EPOCH_LENGTH).unwrap(),
            timing: Timing::for_idle(self.members.idle()),
            peers: oracle.manager(),
            blocker: oracle.control(public),
            // All that the story has are connected from the start.
            track: Box::new(|_, _| {}),
        };
        let handles = wiring::start(context, validator, channels(ends)).await.unwrap();
        Running { registry, handles }
    }
}

/// Puts links between those members that `link` gives one for, and takes away the others.
async fn connect(oracle: &Net, members: &Members, mut link: impl FnMut(usize, usize) -> Option<Link>) {
    let publics = members.publics();
    for (i, from) in publics.iter().enumerate() {
        for (j, to) in publics.iter().enumerate().filter(|(j, _)| *j != i) {
            // There is none the first time.
            let _ = oracle.remove_link(from.clone(), to.clone()).await;
            if let Some(link) = link(i, j) {
                oracle.add_link(from.clone(), to.clone(), link).await.unwrap();
            }
        }
    }
}

fn heights(nodes: &[&Running]) -> Vec<u64> {
    nodes.iter().map(|node| node.registry.final_height()).collect()
}

/// Names the first height at which two validators hold different headers, of which there must be none.
fn agreement(nodes: &[&Running]) -> Result<(), String> {
    let readers: Vec<_> = nodes.iter().map(|node| node.registry.reader().unwrap()).collect();
    let lowest = heights(nodes).into_iter().min().unwrap_or_default();
    for height in 0..=lowest {
        let headers: Vec<_> = readers.iter().map(|reader| reader.header(height).unwrap()).collect();
        if headers.iter().any(Option::is_none) || headers.windows(2).any(|pair| pair[0] != pair[1]) {
            return Err(format!("a fork at height {height}"));
        }
    }
    Ok(())
}

/// Whether each validator can prove something: it holds a certified anchor.
fn anchored(nodes: &[&Running]) -> bool {
    nodes.iter().all(|node| node.registry.reader().unwrap().newest_anchor().unwrap().is_some())
}
