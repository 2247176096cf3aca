//! The counter without its pages: presets with this counter's limits, the verifier, what is kept.

use crate::{
    config::{Config, PresetChoice},
    error::CounterError,
    key,
    store::{JournalLine, Store, StoreError},
};
use serde::Serialize;
use std::sync::Arc;
use yufu_core::{
    Clock, SystemRandom,
    crypto::{Digest, Signer, sha256},
    presentation::{
        audience::PrintedCounter,
        preset::{Grade, Preset},
    },
    registry::{Followed, Handover, HandoverFileError, NetworkKey, SignedHeader},
};
use yufu_verifier::{LocalLimits, ObserveError, Outcome, Reason, StateError, Verifier, VerifierConfig};

/// What a person brings to answer a preset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AnsweredBy {
    /// A show code.
    Code,
    /// A [presentation file](yufu_core::presentation::file).
    File,
}

/// A preset that is offered here.
#[derive(Clone, Debug)]
pub struct Offered {
    /// The question.
    pub preset: Preset,
    /// What answers it.
    pub answered_by: AnsweredBy,
    /// This counter's own limits.
    pub limits: LocalLimits,
    /// Digest of question and limits: what the journal names.
    pub policy: Digest,
}

/// The counter without its pages.
pub struct Desk {
    verifier: Verifier,
    store: Store,
    offered: Vec<Offered>,
    printed: PrintedCounter,
    clock: Arc<dyn Clock>,
}

/// Why a code or file got no verdict.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CheckError {
    /// This counter does not offer that preset, or not for what was brought.
    #[error("this counter offers no preset named {0:?}")]
    NotOffered(String),
    /// The store failed, so nothing may be shown as accepted.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The verifier's state cannot be written down, so nothing may be shown as accepted.
    #[error(transparent)]
    State(#[from] StateError),
}

/// Why a header from a network, or a file about the registry, was not kept.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ObserveProblem {
    /// It is not believed.
    #[error(transparent)]
    NotBelieved(#[from] ObserveError),
    /// The file of handovers does not hold.
    #[error(transparent)]
    Handovers(#[from] HandoverFileError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The verifier's state cannot be written down.
    #[error(transparent)]
    State(#[from] StateError),
}

impl Desk {
    /// Opens the counter's folder and prepares its presets.
    ///
    /// # Errors
    /// [`CounterError`] by what cannot be used.
    pub fn open(config: &Config, clock: Arc<dyn Clock>) -> Result<Self, CounterError> {
        config.check()?;
        let key = key::open_or_create(&config.data.join("counter.key"), &SystemRandom::new())?;
        let printed = PrintedCounter::new(&config.name.zh, &config.name.en, key.verifying_key().clone())?;
        let offered = offered(&config.presets)?;
        let database = config.data.join("counter.db");
        let store = Store::open(&database)?;
        let network_key: NetworkKey = config.network_key_text()?.parse()?;
        let mut audiences = vec![printed.audience()];
        audiences.extend(offered.iter().filter_map(|offered| offered.preset.class_audience()));
        let settings = VerifierConfig { network_key, audiences };
        let nonces = Box::new(Store::open(&database)?);
        let verifier = match store.verifier_state()? {
            Some(state) => Verifier::resume(settings, &state, nonces)?,
            None => Verifier::new(settings, nonces),
        };
        Ok(Self { verifier, store, offered, printed, clock })
    }

    /// The presets offered here, in the order of their buttons.
    #[must_use]
    pub fn offered(&self) -> &[Offered] {
        &self.offered
    }

    /// What stands on this counter's printed code.
    #[must_use]
    pub fn printed(&self) -> &PrintedCounter {
        &self.printed
    }

    /// The verifier, for what it knows of the registry.
    #[must_use]
    pub fn verifier(&self) -> &Verifier {
        &self.verifier
    }

    /// Checks what a scanner read as an answer to the preset `id`, and writes the journal. What the
    /// verifier learned and the code's nonce are on the disk before this returns.
    ///
    /// # Errors
    /// [`CheckError`]; the code then counts as not accepted and nothing of it may be shown.
    pub fn check(&mut self, id: &str, reading: Result<&[u8], Reason>) -> Result<Outcome, CheckError> {
        self.judge(id, AnsweredBy::Code, |verifier, offered, now_ms| match reading {
            Ok(payload) => verifier.verify_show_code(payload, &offered.preset, &offered.limits, now_ms),
            Err(reason) => Outcome::unreadable(reason),
        })
    }

    /// Checks a [presentation file](yufu_core::presentation::file) as an answer to the preset `id`, and
    /// writes the journal, as [`check`](Self::check) does.
    ///
    /// # Errors
    /// [`CheckError`]; the file then counts as not accepted and nothing of it may be shown.
    pub fn check_file(&mut self, id: &str, file: &[u8]) -> Result<Outcome, CheckError> {
        self.judge(id, AnsweredBy::File, |verifier, offered, now_ms| {
            verifier.verify_presentation_file(file, &offered.preset, &offered.limits, now_ms)
        })
    }

    fn judge(
        &mut self,
        id: &str,
        brought: AnsweredBy,
        verify: impl FnOnce(&mut Verifier, &Offered, u64) -> Outcome,
    ) -> Result<Outcome, CheckError> {
        let offered = self
            .offered
            .iter()
            .find(|offered| offered.preset.id() == id && offered.answered_by == brought)
            .ok_or_else(|| CheckError::NotOffered(id.to_owned()))?;
        let now_ms = self.clock.now_ms();
        let outcome = verify(&mut self.verifier, offered, now_ms);
        self.store.save_verifier_state(&self.verifier.state()?)?;
        self.store.write_journal(now_ms, id, outcome.verdict, &offered.policy)?;
        Ok(outcome)
    }

    /// Takes a newer header that was pulled from a network, and keeps it.
    ///
    /// # Errors
    /// [`ObserveProblem`] when it is not believed or cannot be kept.
    pub fn observe_checkpoint(&mut self, header: &SignedHeader, clock_ms: u64) -> Result<(), ObserveProblem> {
        let observed = self.verifier.observe_checkpoint(header, clock_ms);
        // Evidence of a conflict is kept as well as a newer header.
        self.store.save_verifier_state(&self.verifier.state()?)?;
        Ok(observed?)
    }

    /// Follows the registry into its next epoch, and keeps that.
    ///
    /// # Errors
    /// [`ObserveProblem`] when the handover is not believed or it cannot be kept.
    pub fn follow(&mut self, handover: &Handover, clock_ms: u64) -> Result<(), ObserveProblem> {
        let followed = self.verifier.follow(handover, clock_ms);
        self.store.save_verifier_state(&self.verifier.state()?)?;
        Ok(followed?)
    }

    /// Follows the registry through the handovers of a file that somebody brought, and keeps that.
    ///
    /// # Errors
    /// [`ObserveProblem`] when the file is not believed or it cannot be kept.
    pub fn follow_file(&mut self, file: &[u8]) -> Result<Followed, ObserveProblem> {
        let followed = self.verifier.follow_file(file, self.clock.now_ms());
        // Evidence of a conflict is kept as well as newer operators.
        self.store.save_verifier_state(&self.verifier.state()?)?;
        Ok(followed?)
    }

    /// Takes another counter's evidence of two histories, and keeps it: nothing is trusted from then on.
    ///
    /// # Errors
    /// [`ObserveProblem`] when it proves nothing or cannot be kept.
    pub fn accept_evidence(&mut self, evidence: &[u8]) -> Result<(), ObserveProblem> {
        self.verifier.accept_evidence(evidence)?;
        Ok(self.store.save_verifier_state(&self.verifier.state()?)?)
    }

    /// The newest `limit` lines of the journal, newest first.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be read.
    pub fn journal(&self, limit: u32) -> Result<Vec<JournalLine>, StoreError> {
        self.store.journal(limit)
    }

    /// Milliseconds since the Unix epoch by this counter's clock.
    #[must_use]
    pub fn now_ms(&self) -> u64 {
        self.clock.now_ms()
    }
}

fn offered(choices: &[PresetChoice]) -> Result<Vec<Offered>, CounterError> {
    if choices.is_empty() {
        let readable = |preset: &Preset| preset.grade() != Grade::Sealed;
        return Ok(Preset::shipped()
            .into_iter()
            .chain(Preset::shipped_for_files())
            .filter(readable)
            .map(|preset| with_limits(preset, LocalLimits::default()))
            .collect());
    }
    choices.iter().map(choice).collect()
}

fn choice(choice: &PresetChoice) -> Result<Offered, CounterError> {
    let preset = Preset::named(&choice.id).ok_or_else(|| CounterError::UnknownPreset(choice.id.clone()))?;
    if preset.grade() == Grade::Sealed {
        return Err(CounterError::GradeNotSupported(choice.id.clone()));
    }
    let limit = |limit: &str| CounterError::Limit { preset: choice.id.clone(), limit: limit.to_owned() };
    for (name, value) in
        [("max_status_age_s", choice.max_status_age_s), ("max_header_age_s", choice.max_header_age_s)]
    {
        if value == Some(0) {
            return Err(limit(name));
        }
    }
    let key_level = choice
        .key_level
        .as_ref()
        .map(|word| serde_json::from_value(word.clone().into()).map_err(|_| limit("key_level")))
        .transpose()?;
    let limits = LocalLimits {
        max_status_age_s: choice.max_status_age_s,
        max_header_age_s: choice.max_header_age_s,
        key_level,
    };
    Ok(with_limits(preset, limits))
}

fn with_limits(preset: Preset, limits: LocalLimits) -> Offered {
    let seconds = |limit: Option<u64>| limit.map_or([0xff; 8], u64::to_be_bytes);
    let level = limits.key_level.map_or(0, |level| level as u8 + 1);
    let policy = sha256(&[
        b"yufu/counter-policy/v1",
        preset.digest(),
        &seconds(limits.max_status_age_s),
        &seconds(limits.max_header_age_s),
        &[level],
    ]);
    let for_files = Preset::shipped_for_files().iter().any(|other| other.id() == preset.id());
    let answered_by = if for_files { AnsweredBy::File } else { AnsweredBy::Code };
    Offered { preset, answered_by, limits, policy }
}
