//! What is left on the nodes' disks, compared with what was promised.

use super::{
    TrialError, TrialOptions, TrialReport,
    change::Change,
    io,
    load::{Done, Timing},
};
use crate::{
    Settings,
    genesis::Genesis,
    state::{Chain, Reader},
};
use std::{
    path::{Path, PathBuf},
    time::Duration,
};

/// How the trial went.
pub(super) struct Outcome {
    pub(super) done: Done,
    pub(super) settled: bool,
    pub(super) seconds: f64,
    pub(super) kills: u32,
    pub(super) timing: Timing,
    pub(super) changed: Option<Change>,
}

/// Compares what the nodes with these configurations have with what was promised.
pub(super) fn report(
    options: &TrialOptions,
    genesis: &Path,
    configs: &[PathBuf],
    outcome: &Outcome,
) -> Result<TrialReport, TrialError> {
    let Outcome { done, settled, seconds, kills, timing, changed } = outcome;
    let genesis = std::fs::read(genesis).map_err(io(genesis.display().to_string()))?;
    let genesis = Genesis::from_bytes(&genesis)?;
    let mut chains = Vec::new();
    let mut database_bytes = 0;
    for config in configs {
        let path = Settings::load(config)?.data.join("registry.db");
        chains.push(Chain::open(&path, &genesis)?);
        database_bytes = std::fs::metadata(&path).map_err(io(path.display().to_string()))?.len();
    }
    let readers: Vec<&Reader> = chains.iter().map(Chain::committed).collect();
    let height = chains.iter().map(|chain| chain.tip().height).min().unwrap_or_default();
    let mut waits: Vec<Duration> = done.finals.iter().map(|last| last.waited).collect();
    waits.sort_unstable();
    let transactions_final = done.finals.len() as u64;
    #[expect(clippy::cast_precision_loss, reason = "a rate")]
    let transactions_per_second = transactions_final as f64 / seconds.max(0.001);
    let gaps = gaps(&readers, height, genesis.content().policy.epoch_length)?;
    Ok(TrialReport {
        validators: options.validators,
        seconds: (seconds * 10.0).round() / 10.0,
        kills: *kills,
        transactions_final,
        refused: done.refused.clone(),
        transactions_per_second: (transactions_per_second * 10.0).round() / 10.0,
        finality_p50_ms: quantile(&waits, 50),
        finality_p95_ms: quantile(&waits, 95),
        height,
        lost: lost(&readers, done)?,
        forks: forks(&readers, height)?,
        unsound: readers.iter().filter(|reader| reader.audit().is_err()).count() as u64,
        epoch: height / genesis.content().policy.epoch_length,
        change_took_part: changed.map(|change| change.took_part),
        handover_bytes: changed.map(|change| change.handover_bytes),
        follow_us: changed.map(|change| change.follow_us),
        handover_gap_ms: gaps.longest_at_handover,
        block_gap_p50_ms: gaps.median,
        settled: *settled,
        state_bytes_per_transaction: database_bytes / transactions_final.max(1),
        folded_header_bytes: timing.folded_header_bytes,
        certificate_us: timing.certificate_us,
        light_verify_us: timing.record_us,
    })
}

/// Times between blocks (milliseconds).
struct Gaps {
    longest_at_handover: u64,
    median: u64,
}

fn gaps(readers: &[&Reader], height: u64, epoch_length: u64) -> Result<Gaps, TrialError> {
    let (mut all, mut longest_at_handover) = (Vec::new(), 0);
    let Some(reader) = readers.first() else { return Ok(Gaps { longest_at_handover, median: 0 }) };
    let mut before = None;
    // The first block waits for the nodes to find each other.
    for height in 1..=height {
        let Some(header) = reader.header(height)? else { continue };
        if let Some(before) = before.replace(header.time_ms) {
            let gap = header.time_ms.saturating_sub(before);
            all.push(gap);
            if height.is_multiple_of(epoch_length) {
                longest_at_handover = longest_at_handover.max(gap);
            }
        }
    }
    all.sort_unstable();
    Ok(Gaps { longest_at_handover, median: all.get(all.len() / 2).copied().unwrap_or_default() })
}

/// Transactions that somebody was told are final and that a node has not, or has at another height.
fn lost(readers: &[&Reader], done: &Done) -> Result<u64, TrialError> {
    let mut lost = 0;
    for last in &done.finals {
        for reader in readers {
            if reader.transaction_height(&last.digest)? != Some(last.height) {
                lost += 1;
                break;
            }
        }
    }
    Ok(lost)
}

/// Heights, up to the one that all have, at which the nodes' headers, and so their states, differ.
fn forks(readers: &[&Reader], height: u64) -> Result<u64, TrialError> {
    let mut forks = 0;
    for height in 0..=height {
        let headers = readers.iter().map(|reader| reader.header(height)).collect::<Result<Vec<_>, _>>()?;
        let differ = headers.windows(2).any(|pair| pair.first() != pair.last());
        forks += u64::from(differ || headers.iter().any(Option::is_none));
    }
    Ok(forks)
}

/// The wait that so many of a hundred do not exceed (milliseconds).
fn quantile(sorted: &[Duration], percent: usize) -> u64 {
    let index = (sorted.len() * percent / 100).min(sorted.len().saturating_sub(1));
    sorted.get(index).map_or(0, |wait| u64::try_from(wait.as_millis()).unwrap_or(u64::MAX))
}
