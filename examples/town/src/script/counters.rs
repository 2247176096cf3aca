//! Counters of the script's own: each with a clock and a memory of its own, so that a step that shifts
//! time leaves no trace in the town's counter.

use super::report::{Expected, words};
use anyhow::{Context, Result};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use yufu_core::{
    Clock, OffsetClock,
    presentation::{audience::Audience, preset::Preset},
    registry::NetworkKey,
};
use yufu_verifier::{LocalLimits, MemoryNonceLog, Outcome, Verifier, VerifierConfig};

/// A counter with no network, no page and its own idea of the time.
pub(crate) struct Counter {
    verifier: Verifier,
    clock: OffsetClock,
    limits: LocalLimits,
}

/// What a counter said, and how long it took.
pub(crate) struct Said {
    /// What it said.
    pub(crate) outcome: Outcome,
    /// How long the check took.
    pub(crate) took: Duration,
}

impl Counter {
    /// A counter that knows the network's key, whose clock differs from `clock` by `offset_ms`. It takes
    /// statuses as old as the demo's policy says, `limit_s`.
    pub(crate) fn new(
        network_key: &NetworkKey,
        clock: &Arc<dyn Clock>,
        offset_ms: i64,
        limit_s: u64,
        own: Option<Audience>,
    ) -> Self {
        let classes = Preset::shipped().into_iter().filter_map(|preset| preset.class_audience());
        let audiences = classes.chain(own).collect();
        let config = VerifierConfig { network_key: network_key.clone(), audiences };
        let clock = OffsetClock::new(Arc::clone(clock));
        clock.set_offset_ms(offset_ms);
        let limits = LocalLimits {
            max_status_age_s: Some(limit_s),
            max_header_age_s: Some(limit_s),
            ..LocalLimits::default()
        };
        Self { verifier: Verifier::new(config, Box::new(MemoryNonceLog::new())), clock, limits }
    }

    /// Checks a code.
    pub(crate) fn check(&mut self, payload: &[u8], preset: &Preset) -> Said {
        let started = Instant::now();
        let outcome = self.verifier.verify_show_code(payload, preset, &self.limits, self.clock.now_ms());
        Said { outcome, took: started.elapsed() }
    }
}

impl Said {
    /// Verdict and reason as one word.
    pub(crate) fn words(&self) -> String {
        words(self.outcome.verdict, self.outcome.reason)
    }

    /// Whether it is what should be said.
    pub(crate) fn is(&self, expected: Expected) -> bool {
        self.words() == expected.to_string()
    }
}

/// A shipped preset.
pub(crate) fn preset(id: &str) -> Result<Preset> {
    Preset::shipped().into_iter().find(|preset| preset.id() == id).with_context(|| format!("no preset {id}"))
}
