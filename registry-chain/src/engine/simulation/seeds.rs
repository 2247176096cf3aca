//! Stories that a seed draws: who is faulty and how, how the network behaves, who is cut off or crashes.
//! Safety is asserted for each, and progress once the network is whole again.
//!
//! `YUFU_SEEDS=N` tells how many seeds are tried (1,000 without it), and `YUFU_SEED=N cargo test --release
//! -p yufu-registry one_seed_again` tells one story again.

use super::{
    Folder, Life, Members, Running, agreement, anchored,
    byzantine::{Liar, Lie, conflicter, twins},
    connect, ends, heights, network,
};
use crate::ledger::Fate;
use commonware_p2p::simulated::Link;
use commonware_runtime::{
    Clock as _, Handle, Runner as _,
    deterministic::{self, Context},
};
use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use yufu_core::{
    Random as _,
    crypto::{Algorithm, Signer as _, SoftwareKey},
    did::yufu::IssuerId,
    random::SeededRandom,
    registry::{Operation, SignedTransaction, Transaction},
};

const SLOT_MS: u64 = 4_000;
/// The one that may be faulty for the whole story.
const FAULTY: usize = 3;

/// Chance that follows from a seed.
struct Dice(SeededRandom);

impl Dice {
    fn below(&self, n: u64) -> u64 {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes).unwrap();
        u64::from_le_bytes(bytes) % n
    }

    fn pick<T: Copy>(&self, from: &[T]) -> T {
        let index = self.below(from.len() as u64);
        from[usize::try_from(index).unwrap()]
    }
}

/// What the faulty validator does.
#[derive(Clone, Copy, Debug)]
enum Fault {
    None,
    Silent,
    Twins,
    Conflicter,
    Liar(Lie),
    /// A clock that is off by more than the rules take.
    WrongClock(i64),
}

/// What happens in the middle of the story.
#[derive(Clone, Copy, Debug)]
enum Trouble {
    None,
    /// The members below this one are cut off from the others.
    Partition(usize),
    /// This one crashes and comes back.
    Crash(usize),
    /// Nobody hears this one, who hears all.
    Deaf(usize),
}

#[derive(Debug)]
struct Plot {
    fault: Fault,
    trouble: Trouble,
    loss: f64,
    latency_ms: u64,
    /// Of the honest clocks, within what the rules take.
    skews_ms: [i64; 3],
}

impl Plot {
    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    fn draw(dice: &Dice) -> Self {
        let fault = match dice.below(8) {
            0 => Fault::None,
            1 => Fault::Silent,
            2 | 3 => Fault::Twins,
            4 => Fault::Conflicter,
            5 | 6 => Fault::Liar(dice.pick(&Lie::ALL)),
            _ => Fault::WrongClock(dice.pick(&[-60_000, -5_000, 5_000, 60_000])),
        };
        let honest = dice.pick(&[0, 1, 2]);
        let trouble = match dice.below(5) {
            0 => Trouble::None,
            1 | 2 => Trouble::Partition(1 + honest),
            3 => Trouble::Crash(honest),
            _ => Trouble::Deaf(honest),
        };
        let skew = || dice.below(401).cast_signed() - 200;
        Self {
            fault,
            trouble,
            loss: dice.below(21) as f64 / 100.0,
            latency_ms: 5 + dice.below(70),
            skews_ms: [skew(), skew(), skew()],
        }
    }

    fn link(&self, loss: f64) -> Link {
        Link {
            latency: Duration::from_millis(self.latency_ms),
            jitter: Duration::from_millis(self.latency_ms / 3),
            success_rate: (1.0 - loss).try_into().unwrap(),
        }
    }
}

/// The faulty one's parts, kept so that they go on.
enum Cast {
    Nobody,
    Runs(#[expect(dead_code, reason = "kept running")] Vec<Running>),
    Acts(#[expect(dead_code, reason = "kept running")] Handle<()>),
}

struct Stage<'a> {
    context: &'a Context,
    oracle: &'a super::Net,
    members: &'a Members,
    folder: &'a Folder,
    plot: &'a Plot,
}

impl Stage<'_> {
    async fn honest(&self, index: usize, life: u64) -> Running {
        let ends = ends(self.oracle, &self.members.public(index)).await;
        let Self { context, members, folder, .. } = *self;
        let skew_ms = self.plot.skews_ms.get(index).copied().unwrap_or_default();
        let life = Life { context, members, folder, index, name: index.to_string(), life, skew_ms };
        life.begin(self.oracle, ends, |registry| registry).await
    }

    async fn faulty(&self, dice: &Dice) -> Cast {
        let Self { context, oracle, members, folder, .. } = *self;
        let life = |skew_ms| Life {
            context,
            members,
            folder,
            index: FAULTY,
            name: FAULTY.to_string(),
            life: 0,
            skew_ms,
        };
        match self.plot.fault {
            Fault::Silent => Cast::Nobody,
            Fault::Twins => {
                let first = (0..FAULTY).filter(|_| dice.below(2) == 0).map(|i| members.public(i)).collect();
                Cast::Runs(twins(context, oracle, members, folder, FAULTY, first).await.into())
            }
            Fault::Conflicter => Cast::Acts(conflicter(context, oracle, members, FAULTY).await),
            Fault::Liar(lie) => {
                let ends = ends(oracle, &members.public(FAULTY)).await;
                let liar = life(0).begin(oracle, ends, |registry| Arc::new(Liar { registry, lie })).await;
                Cast::Runs(vec![liar])
            }
            Fault::None => {
                let ends = ends(oracle, &members.public(FAULTY)).await;
                Cast::Runs(vec![life(0).begin(oracle, ends, |registry| registry).await])
            }
            Fault::WrongClock(skew_ms) => {
                let ends = ends(oracle, &members.public(FAULTY)).await;
                Cast::Runs(vec![life(skew_ms).begin(oracle, ends, |registry| registry).await])
            }
        }
    }

    async fn pass(&self, seconds: u64) {
        self.context.sleep(Duration::from_secs(seconds)).await;
    }
}

fn registration(members: &Members, random: &SeededRandom, now_ms: u64) -> SignedTransaction {
    let control = SoftwareKey::generate(Algorithm::Ed25519, random).unwrap();
    let operation = Operation::RegisterDid {
        control_key: control.verifying_key().clone(),
        next_key: [3; 32],
        also_known_as: Vec::new(),
        services: Vec::new(),
    };
    Transaction {
        network: members.genesis.digest(),
        author: IssuerId::from_inception(control.verifying_key(), &[3; 32]),
        nonce: 0,
        expires_at_ms: now_ms + 600_000,
        operation,
    }
    .sign(&control)
    .unwrap()
}

/// Tells the story of `seed`. An error says what broke.
fn story(seed: u64) -> Result<(), String> {
    let folder = Folder::new(&format!("seed-{seed}"));
    let config = deterministic::Config::new().with_seed(seed).with_timeout(Some(Duration::from_secs(120)));
    deterministic::Runner::new(config).start(|context| async move {
        let dice = Dice(SeededRandom::new(seed));
        let plot = Plot::draw(&dice);
        let broke = |what: String| format!("{what} in {plot:?}");
        let members = Members::new(seed, SLOT_MS);
        let oracle = network(&context, &members).await;
        connect(&oracle, &members, |_, _| Some(plot.link(plot.loss))).await;
        let stage =
            Stage { context: &context, oracle: &oracle, members: &members, folder: &folder, plot: &plot };
        let _cast = stage.faulty(&dice).await;
        let mut honest = Vec::new();
        for index in 0..FAULTY {
            honest.push(stage.honest(index, 0).await);
        }
        stage.pass(3).await;
        let random = SeededRandom::new(seed ^ 0x5eed);
        let now_ms = honest[0].registry.now();
        let handed_in: Vec<_> = (0..3).map(|_| registration(&members, &random, now_ms)).collect();
        for (node, transaction) in honest.iter().zip(&handed_in) {
            node.registry.submit(transaction.clone()).map_err(|e| broke(e.to_string()))?;
        }
        match plot.trouble {
            Trouble::None => stage.pass(5).await,
            Trouble::Partition(below) => {
                let link = |i, j| ((i < below) == (j < below)).then(|| plot.link(plot.loss));
                connect(&oracle, &members, link).await;
                stage.pass(5).await;
            }
            Trouble::Deaf(index) => {
                connect(&oracle, &members, |i, _| (i != index).then(|| plot.link(plot.loss))).await;
                stage.pass(5).await;
            }
            Trouble::Crash(index) => {
                honest.remove(index).crash();
                stage.pass(5).await;
                honest.insert(index, stage.honest(index, 1).await);
            }
        }
        let all: Vec<&Running> = honest.iter().collect();
        agreement(&all).map_err(broke)?;
        // The network is whole again, and who handed something in asks again, as clients do.
        connect(&oracle, &members, |_, _| Some(plot.link(0.0))).await;
        stage.pass(2).await;
        let healed = heights(&all);
        for transaction in &handed_in {
            honest[0].registry.submit(transaction.clone()).map_err(|e| broke(e.to_string()))?;
        }
        // Up to three views in a row may be lost to the faulty one and to what the trouble left behind.
        let mut end = heights(&all);
        for _ in 0..12 {
            stage.pass(2).await;
            end = heights(&all);
            let settled = handed_in.iter().all(|transaction| {
                let fate = |node: &&Running| node.registry.fate(&transaction.digest()).unwrap();
                all.iter().all(|node| matches!(fate(node), Fate::Final(_)))
            });
            if settled && anchored(&all) && end.iter().zip(&healed).all(|(now, then)| *now >= then + 2) {
                return agreement(&all).map_err(broke);
            }
        }
        Err(broke(format!("no progress: {healed:?}, then {end:?}")))
    })
}

fn seeds() -> u64 {
    std::env::var("YUFU_SEEDS").ok().and_then(|text| text.parse().ok()).unwrap_or(1_000)
}

#[test]
fn a_thousand_seeds_keep_safety_and_find_progress_again() {
    let (next, last, broken) = (AtomicU64::new(0), seeds(), Mutex::new(Vec::new()));
    let started = Instant::now();
    let workers = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= last {
                        return;
                    }
                    if let Err(what) = story(seed) {
                        broken.lock().unwrap().push(format!("YUFU_SEED={seed}: {what}"));
                    }
                }
            });
        }
    });
    println!("{last} seeds in {:.0} s", started.elapsed().as_secs_f64());
    let broken = broken.into_inner().unwrap();
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn one_seed_again() {
    let Some(seed) = std::env::var("YUFU_SEED").ok().and_then(|text| text.parse().ok()) else { return };
    story(seed).unwrap();
}

/// The check can fail: with more liars than the network takes, two honest validators are led apart, and
/// it is seen.
#[test]
fn two_pairs_of_twins_among_four_fork_the_chain_and_the_fork_is_seen() {
    let folder = Folder::new("fork");
    let config = deterministic::Config::new().with_seed(5).with_timeout(Some(Duration::from_secs(120)));
    deterministic::Runner::new(config).start(|context| async move {
        let members = Members::new(5, SLOT_MS);
        let plot =
            Plot { fault: Fault::Twins, trouble: Trouble::None, loss: 0.0, latency_ms: 20, skews_ms: [0; 3] };
        let oracle = network(&context, &members).await;
        // The two honest ones do not hear each other.
        connect(&oracle, &members, |i, j| (i + j != 1).then(|| plot.link(0.0))).await;
        let stage =
            Stage { context: &context, oracle: &oracle, members: &members, folder: &folder, plot: &plot };
        let first = vec![members.public(0)];
        let _left = twins(&context, &oracle, &members, &folder, 2, first.clone()).await;
        let _right = twins(&context, &oracle, &members, &folder, 3, first).await;
        let honest = [stage.honest(0, 0).await, stage.honest(1, 0).await];
        stage.pass(40).await;
        let all: Vec<&Running> = honest.iter().collect();
        let heights = heights(&all);
        assert!(heights.iter().all(|height| *height > 0), "{heights:?}");
        assert!(agreement(&all).unwrap_err().starts_with("a fork at height"));
    });
}
