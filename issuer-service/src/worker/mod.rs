//! What runs beside the HTTP service: plans what the registry must be told, publishes status lists at
//! the network's cadence, and works the outbox off.

pub mod outbox;
pub mod plan;
pub mod publish;

use crate::{
    chain::{Chain, ChainError},
    db::DbError,
    keys::KeyFileError,
    types::TypeError,
    w3c::W3cError,
    web_did::WebDidError,
};
use outbox::{Outbox, OutboxError, Step};
use plan::Planner;
use publish::Publisher;
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use yufu_core::{
    random::RandomError,
    registry::{Policy, RecordKey},
    status::{StatusArrayError, issued::IssuedError, token::IssueTokenError},
};

/// How often the worker looks around.
const TICK: Duration = Duration::from_millis(250);
/// Ticks between two looks at the network's policy.
const POLICY_TICKS: u32 = 240;

/// Why the worker could not go on for now.
#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
    /// The registry.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
    /// A key file.
    #[error(transparent)]
    Key(#[from] KeyFileError),
    /// The outbox.
    #[error(transparent)]
    Outbox(#[from] OutboxError),
    /// A credential type.
    #[error(transparent)]
    Type(#[from] TypeError),
    /// No randomness.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// A status list's entries.
    #[error(transparent)]
    Status(#[from] StatusArrayError),
    /// A tree of what was issued.
    #[error(transparent)]
    Issued(#[from] IssuedError),
    /// A status list's token.
    #[error(transparent)]
    Token(#[from] IssueTokenError),
    /// A status list of the W3C data model.
    #[error(transparent)]
    W3c(#[from] W3cError),
    /// A DID of the web.
    #[error(transparent)]
    WebDid(#[from] WebDidError),
    /// The database names a key that is not there.
    #[error("a key is missing in the database")]
    NoKey,
    /// A list that is not open has nothing to publish.
    #[error("the list {0} is not open")]
    NotOpen(u32),
    /// The registry knows the type with other metadata than this program.
    #[error("the registry knows the type {0} with other metadata")]
    OtherType(&'static str),
    /// The registry's authority has not accredited the agency for this type, or no longer does.
    #[error("the agency is not accredited for {0}")]
    NotAccredited(&'static str),
    /// The network has no policy.
    #[error("the registry has no policy")]
    NoPolicy,
}

/// The worker of one agency.
pub struct Worker {
    pub(crate) planner: Planner,
    pub(crate) publisher: Arc<Publisher>,
    pub(crate) outbox: Outbox,
    pub(crate) chain: Arc<Chain>,
    /// Set once it is known that the database is not older than the registry.
    pub(crate) ready: Arc<AtomicBool>,
}

impl Worker {
    /// Runs until `stop` is set.
    pub async fn run(self, mut stop: tokio::sync::watch::Receiver<bool>) {
        let mut complaint = String::new();
        let mut tick = 0u32;
        loop {
            let result = self.turn(tick.is_multiple_of(POLICY_TICKS)).await;
            // One line for each new trouble, not one a tick.
            let said = result.as_ref().err().map(ToString::to_string).unwrap_or_default();
            if said != complaint && !said.is_empty() {
                tracing::warn!(reason = said, "the registry is not told everything yet");
            } else if said != complaint {
                tracing::info!("the registry is told everything again");
            }
            complaint = said;
            tick = if result.is_err() && tick == 0 { 0 } else { tick.wrapping_add(1) };
            tokio::select! {
                () = tokio::time::sleep(TICK) => {}
                _ = stop.changed() => return,
            }
            if *stop.borrow() {
                return;
            }
        }
    }

    /// Does the next thing that is to be done, durable when this returns; false when there is nothing
    /// to do now. Everything that the worker holds in memory may be lost between two steps.
    ///
    /// # Errors
    /// [`WorkerError`] by what failed; the next step may succeed.
    pub async fn step(&self) -> Result<bool, WorkerError> {
        self.prepare(true).await?;
        if self.outbox.step().await? != Step::Idle {
            return Ok(true);
        }
        self.planner.plan().await?;
        let published = self.publisher.publish_due().await?;
        Ok(published > 0 || self.outbox.step().await? != Step::Idle)
    }

    /// Works the outbox off, planning and publishing nothing new. An entry that waits to be tried again
    /// is waited for.
    ///
    /// # Errors
    /// [`WorkerError`] by what failed.
    pub async fn drain(&self) -> Result<(), WorkerError> {
        self.prepare(false).await?;
        while self.outbox.step().await? != Step::Idle || self.outbox.has_more()? {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Ok(())
    }

    async fn prepare(&self, with_policy: bool) -> Result<(), WorkerError> {
        if with_policy {
            self.publisher.set_cadence(policy(&self.chain).await?.publication_ms);
        }
        if !self.ready.load(Ordering::Acquire) {
            self.planner.reconcile().await?;
            self.ready.store(true, Ordering::Release);
        }
        Ok(())
    }

    /// One turn: what fails in one part does not keep the others from their work.
    async fn turn(&self, with_policy: bool) -> Result<(), WorkerError> {
        self.prepare(with_policy).await?;
        let planned = self.planner.plan().await;
        let published = self.publisher.publish_due().await;
        let mut steps = 0;
        // A turn ends now and then, so that publications stay on time behind a long queue.
        while steps < 64 && !matches!(self.outbox.step().await?, Step::Idle) {
            steps += 1;
        }
        planned?;
        published?;
        Ok(())
    }
}

/// The network's policy.
///
/// # Errors
/// [`WorkerError`] when there is none, or the registry cannot be asked.
pub async fn policy(chain: &Chain) -> Result<Policy, WorkerError> {
    chain.read::<Policy>(&RecordKey::Policy).await?.record.ok_or(WorkerError::NoPolicy)
}
