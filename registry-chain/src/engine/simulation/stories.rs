//! Stories that are told step by step.

use super::{Folder, Life, Members, Running, agreement, anchored, connect, ends, heights, network};
use commonware_p2p::simulated::Link;
use commonware_runtime::{
    Clock as _, Runner as _,
    deterministic::{self, Context},
};
use commonware_utils::probability;
use std::time::Duration;

fn good() -> Link {
    Link {
        latency: Duration::from_millis(30),
        jitter: Duration::from_millis(10),
        success_rate: probability!(1.0),
    }
}

fn lossy() -> Link {
    Link { success_rate: probability!(0.8), ..good() }
}

async fn boot(
    context: &Context,
    oracle: &super::Net,
    members: &Members,
    folder: &Folder,
    index: usize,
    life: u64,
) -> Running {
    let ends = ends(oracle, &members.public(index)).await;
    let life = Life { context, members, folder, index, name: index.to_string(), life, skew_ms: 0 };
    life.begin(oracle, ends, |registry| registry).await
}

fn all(nodes: &[Running]) -> Vec<&Running> {
    nodes.iter().collect()
}

/// Runs the story of `seed` and returns how it ended.
fn story(seed: u64) -> (Vec<u64>, String) {
    let folder = Folder::new(&format!("story-{seed}"));
    let config = deterministic::Config::new().with_seed(seed).with_timeout(Some(Duration::from_secs(300)));
    deterministic::Runner::new(config).start(|context| async move {
        let members = Members::new(seed, 2_000);
        let oracle = network(&context, &members).await;
        connect(&oracle, &members, |_, _| Some(good())).await;
        let mut nodes = Vec::new();
        for index in 0..members.keys.len() {
            nodes.push(boot(&context, &oracle, &members, &folder, index, 0).await);
        }
        context.sleep(Duration::from_secs(8)).await;
        let started = heights(&all(&nodes));
        assert!(started.iter().all(|height| *height > 5), "{started:?}");
        agreement(&all(&nodes)).unwrap();

        // Cut in two halves, neither goes on.
        connect(&oracle, &members, |i, j| ((i < 2) == (j < 2)).then(good)).await;
        context.sleep(Duration::from_secs(2)).await;
        let cut = heights(&all(&nodes));
        context.sleep(Duration::from_secs(8)).await;
        assert_eq!(heights(&all(&nodes)), cut);

        // Together again with loss, all do.
        connect(&oracle, &members, |_, _| Some(lossy())).await;
        context.sleep(Duration::from_secs(20)).await;
        let healed = heights(&all(&nodes));
        assert!(healed.iter().zip(&cut).all(|(now, then)| now > then), "{cut:?} {healed:?}");
        agreement(&all(&nodes)).unwrap();

        // One crashes, the others go on, and it catches up from its own disk and the others.
        connect(&oracle, &members, |_, _| Some(good())).await;
        nodes.remove(0).crash();
        context.sleep(Duration::from_secs(10)).await;
        let without = heights(&all(&nodes));
        assert!(without.iter().zip(&healed[1..]).all(|(now, then)| now > then), "{without:?}");
        nodes.insert(0, boot(&context, &oracle, &members, &folder, 0, 1).await);
        context.sleep(Duration::from_secs(15)).await;
        let end = heights(&all(&nodes));
        assert!(end[0] > without[0], "{without:?} {end:?}");
        agreement(&all(&nodes)).unwrap();
        assert!(anchored(&all(&nodes)));
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
