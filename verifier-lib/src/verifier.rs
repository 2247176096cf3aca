//! The verifier.

use crate::{
    checks,
    limits::{Limits, LocalLimits},
    nonce_log::NonceLog,
    outcome::{Outcome, Reason},
    registry::{ObserveError, ObservedList, RegistryView, StateError},
};
use yufu_core::{
    Verdict,
    presentation::{audience::Audience, preset::Preset},
    registry::{Followed, Handover, HandoverFileError, LightClient, NetworkKey, SignedHeader},
};

/// What a counter must be told.
#[derive(Clone, Debug)]
pub struct VerifierConfig {
    /// Whom to believe about the registry.
    pub network_key: NetworkKey,
    /// The audiences that this counter answers to: its own
    /// ([`PrintedCounter::audience`](yufu_core::presentation::audience::PrintedCounter::audience)), and of
    /// each preset of grade *class* that it asks, [`Preset::class_audience`].
    pub audiences: Vec<Audience>,
}

/// Checks presentations with no network.
///
/// It learns while it works; its owner stores [`state`](Self::state) after each check and starts it with
/// that again. Used codes go to the [`NonceLog`], which makes them durable itself.
pub struct Verifier {
    registry: RegistryView,
    audiences: Vec<Audience>,
    nonces: Box<dyn NonceLog>,
}

impl Verifier {
    /// A verifier that has seen nothing yet.
    #[must_use]
    pub fn new(config: VerifierConfig, nonces: Box<dyn NonceLog>) -> Self {
        let registry = RegistryView::new(config.network_key);
        Self { registry, audiences: config.audiences, nonces }
    }

    /// A verifier that goes on where `state` left off.
    ///
    /// # Errors
    /// [`StateError`] when the state cannot be read, or is of another network.
    pub fn resume(
        config: VerifierConfig,
        state: &[u8],
        nonces: Box<dyn NonceLog>,
    ) -> Result<Self, StateError> {
        let registry = RegistryView::from_bytes(&config.network_key, state)?;
        Ok(Self { registry, audiences: config.audiences, nonces })
    }

    /// What is to be kept: the newest header, the newest grants, certificates. No claim is in it.
    ///
    /// # Errors
    /// [`StateError::Malformed`] never happens with what was learned here; it is there so that nothing is cut.
    pub fn state(&self) -> Result<Vec<u8>, StateError> {
        self.registry.to_bytes()
    }

    /// What is known of the registry: operators, newest header, evidence of a conflict.
    #[must_use]
    pub fn light_client(&self) -> &LightClient {
        self.registry.client()
    }

    /// Checks a show code.
    ///
    /// `payload` is what the frames made, `limits` the counter's own, and `clock_ms` its raw clock
    /// (milliseconds since the Unix epoch). The order of the checks is that of [`crate::checks`]'s
    /// documentation; the first that fails is the verdict.
    pub fn verify_show_code(
        &mut self,
        payload: &[u8],
        preset: &Preset,
        limits: &LocalLimits,
        clock_ms: u64,
    ) -> Outcome {
        self.check(preset, limits, clock_ms, |context, outcome| checks::run(payload, context, outcome))
    }

    /// Checks a [presentation file](yufu_core::presentation::file).
    ///
    /// `policy` says what is asked and how old presentation and status may be, `limits` are the counter's
    /// own, and `clock_ms` its raw clock (milliseconds since the Unix epoch). The order of the checks is
    /// that of [`crate::checks`]'s documentation; the first that fails is the verdict.
    pub fn verify_presentation_file(
        &mut self,
        bytes: &[u8],
        policy: &Preset,
        limits: &LocalLimits,
        clock_ms: u64,
    ) -> Outcome {
        self.check(policy, limits, clock_ms, |context, outcome| checks::run_file(bytes, context, outcome))
    }

    fn check(
        &mut self,
        preset: &Preset,
        limits: &LocalLimits,
        clock_ms: u64,
        run: impl FnOnce(checks::Context<'_>, &mut Outcome) -> Result<(), Reason>,
    ) -> Outcome {
        let mut outcome = Outcome::undecided(self.light_client().operators());
        let context = checks::Context {
            registry: &mut self.registry,
            nonces: self.nonces.as_mut(),
            audiences: &self.audiences,
            preset,
            limits: Limits::of(preset, limits),
            clock_ms,
        };
        match run(context, &mut outcome) {
            Ok(()) => outcome.verdict = Verdict::Valid,
            Err(reason) => outcome.refuse(reason),
        }
        outcome
    }

    /// Takes a newer header that was pulled from a network.
    ///
    /// # Errors
    /// [`ObserveError::LightClient`] when it is not believed.
    pub fn observe_checkpoint(
        &mut self,
        signed_header: &SignedHeader,
        clock_ms: u64,
    ) -> Result<(), ObserveError> {
        self.registry.observe_checkpoint(signed_header, clock_ms)
    }

    /// Follows the registry into its next epoch, whose validators are others. Headers of the epoch before
    /// are believed for a day more.
    ///
    /// # Errors
    /// [`ObserveError::LightClient`] when the handover is not believed.
    pub fn follow(&mut self, handover: &Handover, clock_ms: u64) -> Result<(), ObserveError> {
        self.registry.follow(handover, clock_ms)
    }

    /// Follows the registry through the handovers of a file, for a verifier that never has a network.
    ///
    /// # Errors
    /// [`HandoverFileError`] by what does not hold; nothing of the file is then believed.
    pub fn follow_file(&mut self, file: &[u8], clock_ms: u64) -> Result<Followed, HandoverFileError> {
        self.registry.follow_file(file, clock_ms)
    }

    /// Takes another verifier's evidence that the registry has shown two histories: if it holds, nothing
    /// of the registry is trusted from then on.
    ///
    /// # Errors
    /// [`ObserveError::LightClient`] when it proves nothing.
    pub fn accept_evidence(&mut self, evidence: &[u8]) -> Result<(), ObserveError> {
        self.registry.accept_evidence(evidence)
    }

    /// Takes a whole status list that was pulled from a network: from then on it is asked wherever it is
    /// newer than a code's staple. It is kept in memory until the program ends.
    ///
    /// # Errors
    /// [`ObserveError`] when its header is not believed, its proof does not hold, or it is another list.
    pub fn observe_status_list(&mut self, list: ObservedList<'_>, clock_ms: u64) -> Result<(), ObserveError> {
        self.registry.observe_list(list, clock_ms)
    }
}

impl Outcome {
    /// The outcome of a code that could not be read at all.
    #[must_use]
    pub fn unreadable(reason: impl Into<Reason>) -> Self {
        let mut outcome = Self::undecided(0);
        outcome.refuse(reason.into());
        outcome
    }

    /// Until every check has passed, the verdict is the one that says least.
    fn undecided(operators: usize) -> Self {
        Self {
            verdict: Verdict::StatusUnknown,
            reason: None,
            fields: Vec::new(),
            portrait_small: None,
            issuer: None,
            credential_type: None,
            status_age_ms: None,
            header_age_ms: None,
            operators,
            checked: Vec::new(),
        }
    }

    fn refuse(&mut self, reason: Reason) {
        self.verdict = reason.verdict();
        self.reason = Some(reason);
        self.fields.clear();
        self.portrait_small = None;
    }
}
