//! Four validators on the deterministic runtime: the wiring, the ledger and the votes are the real
//! ones; time, network and engine storage are simulated, and one seed tells one story.

use super::{
    ConsensusKey, IdentityKey, Ledger,
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
    simulated::{Config, Link, Network, Oracle},
};
use commonware_runtime::{
    Clock as _, Handle, Quota, Runner as _, Supervisor as _,
    deterministic::{self, Context},
};
use commonware_utils::{NZU32, NZUsize, probability};
use std::{num::NonZeroU64, path::PathBuf, sync::Arc, time::Duration};
use yufu_core::{
    Clock,
    crypto::{Algorithm, Signer as _, SoftwareKey},
    random::SeededRandom,
    registry::{NetworkKey, Policy, Quotas, Rules, ValidatorSet, Validators},
};

const VALIDATORS: u64 = 4;
const SLOT_MS: u64 = 2_000;

/// The runtime's time.
struct SimulatedClock(Context);

impl Clock for SimulatedClock {
    fn now_ms(&self) -> u64 {
        let since = self.0.current().duration_since(std::time::UNIX_EPOCH).unwrap();
        u64::try_from(since.as_millis()).unwrap()
    }
}

struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

struct Members {
    keys: Vec<(IdentityKey, ConsensusKey)>,
    set: ValidatorSet,
    genesis: Genesis,
}

fn members(seed: u64) -> Members {
    let random = SeededRandom::new(seed);
    let mut keys: Vec<_> = (0..VALIDATORS)
        .map(|_| (IdentityKey::generate(&random).unwrap(), ConsensusKey::generate(&random).unwrap()))
        .collect();
    keys.sort_by_key(|(identity, _)| identity.public());
    let set = ValidatorSet::new(keys.iter().map(|(i, c)| crate::init::validator(i, c)).collect()).unwrap();
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
        slot_ms: SLOT_MS,
        publication_ms: 10_000,
        timelock_ms: 0,
        epoch_length: 1 << 40,
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
    Members { keys, set, genesis: Genesis::new(content).unwrap() }
}

struct Running {
    registry: Arc<Registry>,
    handles: Vec<Handle<()>>,
}

async fn boot(
    context: &Context,
    oracle: &Oracle<ed25519::PublicKey, Context>,
    members: &Members,
    folder: &Folder,
    index: usize,
    life: u64,
) -> Running {
    let (identity, consensus) = &members.keys[index];
    let public = scheme::identity(&identity.public()).unwrap();
    let control = oracle.control(public.clone());
    let mut channels = Vec::new();
    for number in 0..6 {
        channels.push(control.register(number, Quota::per_second(NZU32!(100_000))).await.unwrap());
    }
    let mut channel = || channels.remove(0);
    let channels = Channels {
        votes: channel(),
        certificates: channel(),
        resolver: channel(),
        backfill: channel(),
        blocks: channel(),
        transactions: channel(),
    };
    let context = context.child("validator").with_attribute("index", index).with_attribute("life", life);
    let chain = Chain::open(&folder.0.join(format!("{index}.db")), &members.genesis).unwrap();
    let key = NetworkKey {
        genesis: members.genesis.digest(),
        epoch_length: 1 << 40,
        epoch: 0,
        set: members.set.clone(),
    };
    let clock = Arc::new(SimulatedClock(context.child("clock")));
    let idle = Duration::from_millis(SLOT_MS / 4);
    let registry = Registry::new(chain, key, clock, idle, MempoolLimits::default()).unwrap();
    let registry = Arc::new(registry);
    // Kept open for the life of the test: a failing ledger would stop this validator's votes.
    let (failures, failed) = futures::channel::mpsc::unbounded();
    std::mem::drop(failed);
    let validator = Validator {
        name: format!("validator-{index}"),
        identity: public,
        scheme: scheme::signer(&members.genesis.digest(), &members.set, consensus).unwrap(),
        ledger: registry.clone(),
        failures,
        epoch_length: NonZeroU64::new(1 << 40).unwrap(),
        timing: Timing::for_idle(idle),
        peers: oracle.manager(),
        blocker: control,
    };
    let handles = wiring::start(context, validator, channels).await.unwrap();
    Running { registry, handles }
}

async fn connect(
    oracle: &Oracle<ed25519::PublicKey, Context>,
    members: &Members,
    connected: impl Fn(usize, usize) -> bool,
    lossy: bool,
) {
    let success_rate = if lossy { probability!(0.8) } else { probability!(1.0) };
    let link = Link { latency: Duration::from_millis(30), jitter: Duration::from_millis(10), success_rate };
    let publics: Vec<_> =
        members.keys.iter().map(|(identity, _)| scheme::identity(&identity.public()).unwrap()).collect();
    for (i, from) in publics.iter().enumerate() {
        for (j, to) in publics.iter().enumerate().filter(|(j, _)| *j != i) {
            // There is none the first time.
            let _ = oracle.remove_link(from.clone(), to.clone()).await;
            if connected(i, j) {
                oracle.add_link(from.clone(), to.clone(), link.clone()).await.unwrap();
            }
        }
    }
}

fn heights(nodes: &[Running]) -> Vec<u64> {
    nodes.iter().map(|node| node.registry.final_height()).collect()
}

/// No two validators hold different headers at one height, and each holds certified anchors.
fn assert_agreement(nodes: &[Running]) {
    let readers: Vec<_> = nodes.iter().map(|node| node.registry.reader().unwrap()).collect();
    let lowest = heights(nodes).into_iter().min().unwrap();
    for height in 0..=lowest {
        let headers: Vec<_> = readers.iter().map(|reader| reader.header(height).unwrap().unwrap()).collect();
        assert!(headers.windows(2).all(|pair| pair[0] == pair[1]), "a fork at {height}");
    }
    for reader in readers {
        assert!(reader.newest_anchor().unwrap().is_some());
    }
}

/// Runs the story of `seed` and returns how it ended.
fn story(seed: u64) -> (Vec<u64>, String) {
    let folder = Folder(std::env::temp_dir().join(format!("yufu-sim-{}-{seed}", std::process::id())));
    let _ = std::fs::remove_dir_all(&folder.0);
    std::fs::create_dir_all(&folder.0).unwrap();
    let config = deterministic::Config::new().with_seed(seed).with_timeout(Some(Duration::from_secs(300)));
    deterministic::Runner::new(config).start(|context| async move {
        let members = members(seed);
        let publics: Vec<_> =
            members.keys.iter().map(|(identity, _)| scheme::identity(&identity.public()).unwrap()).collect();
        let count = u32::try_from(VALIDATORS).unwrap();
        let max_size = max_message_size(&[
            simplex::max_payload_size::<Scheme, sha256::Digest>(count),
            marshal::max_payload_size::<Standard<Block>, Scheme>(count, &()),
        ]);
        let network = Config {
            max_size,
            max_peers_per_set: NZUsize!(4),
            disconnect_on_block: true,
            tracked_peer_sets: NZUsize!(1),
        };
        let (network, oracle) = Network::new_with_peers(context.child("network"), network, publics).await;
        network.start();
        connect(&oracle, &members, |_, _| true, false).await;
        let mut nodes = Vec::new();
        for index in 0..members.keys.len() {
            nodes.push(boot(&context, &oracle, &members, &folder, index, 0).await);
        }
        context.sleep(Duration::from_secs(8)).await;
        let started = heights(&nodes);
        assert!(started.iter().all(|height| *height > 5), "{started:?}");
        assert_agreement(&nodes);

        // Cut in two halves, neither goes on.
        connect(&oracle, &members, |i, j| (i < 2) == (j < 2), false).await;
        context.sleep(Duration::from_secs(2)).await;
        let cut = heights(&nodes);
        context.sleep(Duration::from_secs(8)).await;
        assert_eq!(heights(&nodes), cut);

        // Together again with loss, all do.
        connect(&oracle, &members, |_, _| true, true).await;
        context.sleep(Duration::from_secs(20)).await;
        let healed = heights(&nodes);
        assert!(healed.iter().zip(&cut).all(|(now, then)| now > then), "{cut:?} {healed:?}");
        assert_agreement(&nodes);

        // One crashes, the others go on, and it catches up from its own disk and the others.
        connect(&oracle, &members, |_, _| true, false).await;
        let crashed = nodes.remove(0);
        for handle in &crashed.handles {
            handle.abort();
        }
        drop(crashed);
        context.sleep(Duration::from_secs(10)).await;
        let without = heights(&nodes);
        assert!(without.iter().zip(&healed[1..]).all(|(now, then)| now > then), "{without:?}");
        nodes.insert(0, boot(&context, &oracle, &members, &folder, 0, 1).await);
        context.sleep(Duration::from_secs(15)).await;
        let end = heights(&nodes);
        assert!(end[0] > without[0], "{without:?} {end:?}");
        assert_agreement(&nodes);
        (end, context.auditor().state())
    })
}

#[test]
fn four_validators_agree_through_partition_loss_and_crash() {
    let (heights, _) = story(1);
    println!("heights {heights:?}");
}

#[test]
fn one_seed_tells_one_story() {
    assert_eq!(story(2), story(2));
}
