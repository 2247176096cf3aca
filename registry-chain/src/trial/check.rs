//! What is left on the nodes' disks, compared with what was promised.

use super::{
    TrialError, TrialOptions, TrialReport, io,
    load::{Done, Timing},
};
use crate::{
    NetworkFiles, Settings,
    genesis::Genesis,
    state::{Chain, Reader},
};
use std::time::Duration;

pub(super) fn report(
    options: &TrialOptions,
    files: &NetworkFiles,
    done: &Done,
    settled: bool,
    (seconds, kills): (f64, u32),
    timing: Timing,
) -> Result<TrialReport, TrialError> {
    let genesis = std::fs::read(&files.genesis).map_err(io(files.genesis.display().to_string()))?;
    let genesis = Genesis::from_bytes(&genesis)?;
    let mut chains = Vec::new();
    let mut database_bytes = 0;
    for config in &files.validators {
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
    Ok(TrialReport {
        validators: options.validators,
        seconds: (seconds * 10.0).round() / 10.0,
        kills,
        transactions_final,
        refused: done.refused.clone(),
        transactions_per_second: (transactions_per_second * 10.0).round() / 10.0,
        finality_p50_ms: quantile(&waits, 50),
        finality_p95_ms: quantile(&waits, 95),
        height,
        lost: lost(&readers, done)?,
        forks: forks(&readers, height)?,
        unsound: readers.iter().filter(|reader| reader.audit().is_err()).count() as u64,
        settled,
        state_bytes_per_transaction: database_bytes / transactions_final.max(1),
        folded_header_bytes: timing.folded_header_bytes,
        certificate_us: timing.certificate_us,
        light_verify_us: timing.record_us,
    })
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
