//! Tells the registry what the database says, one durable step at a time.
//!
//! A step either settles an entry (its effect is proven on the registry), or keeps the exact bytes of a
//! signed transaction, or sends them. Killed between any two steps, the next run goes on: it first asks
//! the registry whether the entry took effect. The same bytes are sent until they have or no longer can
//! (their nonce is used, or the registry's time is past their expiry); only then are others signed for
//! the same operation. So an operation takes effect at most once, and its text never changes.

use crate::{
    chain::{Chain, ChainError},
    db::{
        Database, DbError,
        keys::{self, KeyState},
        lists::{self, ListState},
        outbox::{self, Entry},
        set_setting,
    },
};
use std::sync::Arc;
use yufu_core::{
    Clock,
    crypto::{Digest, Signer, SignerError, SoftwareKey, sha256},
    did::yufu::IssuerId,
    registry::{
        DidRecord, KeyRecord, Operation, RecordKey, Service, SignedTransaction, StatusListRecord,
        Transaction, TypeRecord, client::SubmitError,
    },
};

/// How long a signed transaction can take effect.
const LIFETIME_MS: u64 = 120_000;
/// The longest wait before an entry that was refused is tried again.
const MAX_BACKOFF_MS: u64 = 30_000;

/// Why a step could not be taken. The next one may succeed.
#[derive(Debug, thiserror::Error)]
pub enum OutboxError {
    /// The registry.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The control key cannot sign.
    #[error(transparent)]
    Signer(#[from] SignerError),
    /// A kept transaction is damaged, or an operation is none that this service makes.
    #[error("an entry of the outbox is damaged")]
    Damaged,
}

/// What a step did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Nothing to do now.
    Idle,
    /// An entry took effect, and the database says so.
    Settled,
    /// An entry's exact bytes are kept.
    Signed,
    /// They were handed to the registry.
    Sent,
    /// The registry refused or could not be asked; tried again later.
    Postponed,
    /// The registry says something that this database cannot follow: a list was given up.
    Detached,
}

/// Whether an operation took effect.
enum Effect {
    Yes {
        height: u64,
    },
    NotYet,
    /// Something else stands in its place for good.
    Never,
}

/// Works the outbox off. Only one runs per database.
pub struct Outbox {
    db: Arc<Database>,
    chain: Arc<Chain>,
    clock: Arc<dyn Clock>,
    issuer: IssuerId,
    control: Arc<SoftwareKey>,
}

impl Outbox {
    /// The outbox of an agency; `control` is its control key.
    #[must_use]
    pub fn new(
        db: Arc<Database>,
        chain: Arc<Chain>,
        clock: Arc<dyn Clock>,
        issuer: IssuerId,
        control: Arc<SoftwareKey>,
    ) -> Self {
        Self { db, chain, clock, issuer, control }
    }

    /// Takes one step.
    ///
    /// # Errors
    /// [`OutboxError`] by what failed; nothing is lost.
    pub async fn step(&self) -> Result<Step, OutboxError> {
        let now_ms = self.clock.now_ms();
        let Some(entry) = self.db.read(|c| outbox::head(c, now_ms))? else { return Ok(Step::Idle) };
        match self.effect(&entry.operation).await? {
            Effect::Yes { height } => self.settle(entry, height).await,
            Effect::Never => self.give_up(entry).await,
            Effect::NotYet => match self.usable(&entry).await? {
                Some(signed) => self.send(entry, signed).await,
                None => self.sign(entry).await,
            },
        }
    }

    /// Whether an entry waits, be it for its time.
    pub(super) fn has_more(&self) -> Result<bool, OutboxError> {
        Ok(self.db.read(|c| outbox::head(c, u64::MAX >> 1))?.is_some())
    }

    /// Asks the registry, with proof, whether an operation took effect.
    async fn effect(&self, operation: &Operation) -> Result<Effect, OutboxError> {
        let issuer = self.issuer;
        let (done, never, header) = match operation {
            Operation::RegisterDid { .. } => {
                let seen = self.chain.read::<DidRecord>(&RecordKey::Did { issuer }).await?;
                (seen.record.is_some(), false, seen.header)
            }
            Operation::UpdateDid { also_known_as, services } => {
                let seen = self.chain.read::<DidRecord>(&RecordKey::Did { issuer }).await?;
                let same = |did: DidRecord| did.also_known_as == *also_known_as && did.services == *services;
                (seen.record.is_some_and(same), false, seen.header)
            }
            Operation::AddKey { key, .. } => {
                let thumbprint = key.thumbprint();
                let seen = self.chain.read::<KeyRecord>(&RecordKey::Key { issuer, thumbprint }).await?;
                (seen.record.is_some(), false, seen.header)
            }
            Operation::RevokeKey { thumbprint, .. } => {
                let key = RecordKey::Key { issuer, thumbprint: *thumbprint };
                let seen = self.chain.read::<KeyRecord>(&key).await?;
                (seen.record.is_some_and(|key| key.revocation.is_some()), false, seen.header)
            }
            Operation::RegisterType { vct, version, metadata_digest, .. } => {
                let key = RecordKey::Type { vct: vct.clone(), version: *version };
                let seen = self.chain.read::<TypeRecord>(&key).await?;
                let same = seen.record.as_ref().map(|known| known.metadata_digest == *metadata_digest);
                (same == Some(true), same == Some(false), seen.header)
            }
            Operation::OpenList { list, token_digest, .. } => {
                let key = RecordKey::StatusList { issuer, list: *list };
                let seen = self.chain.read::<StatusListRecord>(&key).await?;
                let ours = seen
                    .record
                    .as_ref()
                    .map(|known| known.version == 0 && known.token_digest == *token_digest);
                (ours == Some(true), ours == Some(false), seen.header)
            }
            Operation::PublishStatus { list, version, token_digest, .. } => {
                let key = RecordKey::StatusList { issuer, list: *list };
                let seen = self.chain.read::<StatusListRecord>(&key).await?;
                let known = seen.record.as_ref();
                let ours = known.is_some_and(|k| k.version == *version && k.token_digest == *token_digest);
                (ours, !ours && known.is_some_and(|k| k.version >= *version), seen.header)
            }
            _ => return Err(OutboxError::Damaged),
        };
        Ok(match (done, never) {
            (true, _) => Effect::Yes { height: header.height() },
            (_, true) => Effect::Never,
            _ => Effect::NotYet,
        })
    }

    /// The kept bytes, if they can still take effect.
    async fn usable(&self, entry: &Entry) -> Result<Option<SignedTransaction>, OutboxError> {
        let Some(bytes) = &entry.signed else { return Ok(None) };
        let signed = SignedTransaction::from_bytes(bytes).map_err(|_| OutboxError::Damaged)?;
        let did = self.chain.read::<DidRecord>(&RecordKey::Did { issuer: self.issuer }).await?;
        let nonce = did.record.map_or(0, |did| did.nonce);
        let transaction = signed.transaction();
        let alive = transaction.nonce == nonce && did.header.time_ms() < transaction.expires_at_ms;
        Ok(alive.then_some(signed))
    }

    async fn sign(&self, entry: Entry) -> Result<Step, OutboxError> {
        let did = self.chain.read::<DidRecord>(&RecordKey::Did { issuer: self.issuer }).await?;
        let transaction = Transaction {
            network: self.chain.network(),
            author: self.issuer,
            nonce: did.record.map_or(0, |did| did.nonce),
            expires_at_ms: did.header.time_ms().max(self.clock.now_ms()) + LIFETIME_MS,
            operation: entry.operation,
        };
        let signed = transaction.sign(self.control.as_ref() as &dyn Signer)?.to_bytes();
        self.db.write_async(move |c| outbox::keep_signed(c, entry.id, &signed)).await?;
        Ok(Step::Signed)
    }

    async fn send(&self, entry: Entry, signed: SignedTransaction) -> Result<Step, OutboxError> {
        let (id, lane) = (entry.id, entry.lane);
        let refusal = match self.chain.submit(&signed).await {
            Ok(submitted) => {
                tracing::debug!(lane, height = submitted.height, "transaction handed in");
                if submitted.height.is_some() {
                    return Ok(Step::Sent);
                }
                // Not final in the time that was waited: ask again a little later.
                "waiting to become final".to_owned()
            }
            Err(SubmitError::Rejected(reason)) => {
                tracing::warn!(
                    lane,
                    reason = reason.word(),
                    attempts = entry.attempts,
                    "the registry refuses"
                );
                reason.word().to_owned()
            }
            Err(SubmitError::Client(error)) => {
                tracing::warn!(lane, %error, "the registry could not be asked");
                error.to_string()
            }
        };
        let backoff = (250 << entry.attempts.min(10)).min(MAX_BACKOFF_MS);
        let next = self.clock.now_ms() + backoff;
        self.db.write_async(move |c| outbox::postpone(c, id, next, &refusal)).await?;
        Ok(Step::Postponed)
    }

    /// Writes down that an operation took effect, with all that follows in the database, at once.
    async fn settle(&self, entry: Entry, height: u64) -> Result<Step, OutboxError> {
        tracing::info!(lane = entry.lane, height, "final on the registry");
        self.db
            .write_async(move |c| {
                outbox::settle(c, entry.id, height)?;
                match &entry.operation {
                    Operation::RegisterDid { also_known_as, services, .. }
                    | Operation::UpdateDid { also_known_as, services } => {
                        set_setting(c, REGISTERED, &document_digest(also_known_as, services))
                    }
                    Operation::AddKey { key, .. } => keys::added(c, &key.thumbprint()),
                    Operation::RevokeKey { thumbprint, .. } => {
                        keys::set_state(c, thumbprint, KeyState::Revoked)
                    }
                    Operation::RegisterType { vct, .. } => set_setting(c, &type_setting(vct), b"final"),
                    Operation::OpenList { list, .. } => lists::publication_is_final(c, *list, 0),
                    Operation::PublishStatus { list, version, .. } => {
                        lists::publication_is_final(c, *list, *version)
                    }
                    _ => Ok(()),
                }
            })
            .await?;
        Ok(Step::Settled)
    }

    async fn give_up(&self, entry: Entry) -> Result<Step, OutboxError> {
        let list = match &entry.operation {
            Operation::OpenList { list, .. } | Operation::PublishStatus { list, .. } => Some(*list),
            _ => None,
        };
        tracing::error!(
            lane = entry.lane,
            "the registry holds something else in this place: was this database restored from a backup?"
        );
        self.db
            .write_async(move |c| {
                outbox::drop_lane(c, &entry.lane)?;
                list.map_or(Ok(()), |list| lists::set_state(c, list, ListState::Detached))
            })
            .await?;
        Ok(Step::Detached)
    }
}

/// The setting that says which other names and services the DID's record has.
pub(crate) const REGISTERED: &str = "registered";

/// The setting that says that a type is on the registry.
pub(super) fn type_setting(vct: &str) -> String {
    format!("type/{vct}")
}

/// Names the other names and services of a record. None of these texts holds a line's end.
pub(super) fn document_digest(also_known_as: &[String], services: &[Service]) -> Digest {
    let names = also_known_as.iter().flat_map(|name| [name.as_bytes(), b"\n"]);
    let services = services.iter().flat_map(|s| [s.kind.as_bytes(), b"\n", s.url.as_bytes(), b"\n"]);
    sha256(&services.chain(names).collect::<Vec<_>>())
}
