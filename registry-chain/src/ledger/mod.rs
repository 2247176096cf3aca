//! The chain's side of consensus: builds and checks blocks, makes final ones durable, and keeps the
//! transactions that wait.

#[cfg(test)]
mod tests;
mod waiting;

use self::waiting::Waiting;
use crate::{
    block::Block,
    engine::{BlockError, Ledger, MAX_CLOCK_LEAD_MS},
    mempool::MempoolLimits,
    metrics::Metrics,
    state::{
        BlockInputs, Chain, CheckError, CommitError, ExecuteError, OnFailure, Reader, StoreError, epoch_of,
    },
};
use std::{
    collections::HashSet,
    future::Future,
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::sync::{Notify, watch};
use tracing::{debug, error, info};
use yufu_core::{
    Clock,
    crypto::Digest,
    registry::{
        Certificate, Header, LightClient, NetworkKey, Policy, Record as _, RecordKey, RejectReason,
        SignedHeader, SignedTransaction, Validators,
    },
};

/// Transactions that wait to be told to the others.
const MOST_UNTOLD: usize = 4096;

/// Old transactions that are told again at a time.
const TOLD_AGAIN: usize = 64;

/// The registry as one node holds it. Any thread may use it.
pub(crate) struct Registry {
    genesis: Block,
    /// As it was at the start. What is read here no change of it alters: the network's name, the slot and
    /// the length of an epoch. The rest is read from the state.
    policy: Policy,
    clock: Arc<dyn Clock>,
    idle_ms: u64,
    /// Locked before all others.
    chain: Mutex<Chain>,
    waiting: Mutex<Waiting>,
    /// Checks every certificate as a phone would, before it is served. It is in the epoch of the next
    /// block, or knows that no epoch has ended.
    client: Mutex<LightClient>,
    work: Notify,
    /// What the other validators have not been told of.
    untold: Mutex<Vec<Vec<u8>>>,
    news: Notify,
    final_height: watch::Sender<u64>,
    metrics: Metrics,
    /// Until when this validator stands by; zero while it may vote.
    standby_until_ms: AtomicU64,
}

/// How much waits for a block.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PoolSize {
    pub(crate) transactions: usize,
    pub(crate) bytes: usize,
}

/// What this node knows of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Final(u64),
    Pending,
    Refused(RejectReason),
    Unknown,
}

impl Registry {
    pub(crate) fn new(
        chain: Chain,
        clock: Arc<dyn Clock>,
        idle: Duration,
        limits: MempoolLimits,
    ) -> Result<Self, StoreError> {
        let header = chain.committed().header(0)?.ok_or(StoreError::Corrupt("no genesis"))?;
        let genesis = Block::new(header, Vec::new()).map_err(|_| StoreError::Corrupt("the genesis"))?;
        let policy = chain.committed().policy()?;
        let (final_height, _) = watch::channel(chain.tip().height);
        let next = chain.tip().height + 1;
        Ok(Self {
            client: Mutex::new(LightClient::new(network_key(&chain, &policy, next)?)),
            genesis,
            policy,
            clock,
            idle_ms: u64::try_from(idle.as_millis()).unwrap_or(u64::MAX),
            chain: Mutex::new(chain),
            waiting: Mutex::new(Waiting::new(limits)),
            work: Notify::new(),
            untold: Mutex::default(),
            news: Notify::new(),
            final_height,
            metrics: Metrics::default(),
            standby_until_ms: AtomicU64::new(0),
        })
    }

    pub(crate) fn now(&self) -> u64 {
        self.clock.now_ms()
    }

    /// What a counter is given now: the key of the epoch that the next block is in.
    pub(crate) fn network_key(&self) -> NetworkKey {
        lock(&self.client).key().clone()
    }

    pub(crate) fn network_name(&self) -> &str {
        &self.policy.network
    }

    pub(crate) fn slot_ms(&self) -> u64 {
        self.policy.slot_ms
    }

    pub(crate) fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    pub(crate) fn pool_size(&self) -> PoolSize {
        let waiting = lock(&self.waiting);
        PoolSize { transactions: waiting.mempool.len(), bytes: waiting.mempool.bytes() }
    }

    /// Notes for those who watch that this validator does not vote before a block of after this time is
    /// final, or that it may vote.
    pub(crate) fn note_standby(&self, until_ms: Option<u64>) {
        self.standby_until_ms.store(until_ms.unwrap_or(0), Ordering::Relaxed);
    }

    /// Until when this validator stands by, if it does.
    pub(crate) fn standby_until_ms(&self) -> Option<u64> {
        Some(self.standby_until_ms.load(Ordering::Relaxed)).filter(|until_ms| *until_ms > 0)
    }

    /// The newest final header that has a certificate of its own.
    pub(crate) fn newest_certified(&self) -> Result<Option<SignedHeader>, StoreError> {
        lock(&self.chain).committed().newest_certificate()
    }

    /// A reader of final state, for another thread.
    pub(crate) fn reader(&self) -> Result<Reader, StoreError> {
        lock(&self.chain).reader()
    }

    /// Tells of each new final height.
    pub(crate) fn heights(&self) -> watch::Receiver<u64> {
        self.final_height.subscribe()
    }

    /// Takes a transaction to be put into a block. Handing it in again changes nothing.
    ///
    /// # Errors
    /// [`CheckError`] when it would not go into the next block, there is no room, or the database fails.
    pub(crate) fn submit(&self, transaction: SignedTransaction) -> Result<Fate, CheckError> {
        let bytes = transaction.to_bytes();
        let taken = self.take(transaction);
        if let Ok(Fate::Pending) = taken {
            let mut untold = lock(&self.untold);
            // Beyond this they are told when they have waited for a while.
            if untold.len() < MOST_UNTOLD {
                untold.push(bytes);
                self.news.notify_one();
            }
        }
        if let Err(CheckError::Rejected(reason)) = &taken {
            self.metrics.note_refused(*reason);
        }
        taken
    }

    fn take(&self, transaction: SignedTransaction) -> Result<Fate, CheckError> {
        let digest = transaction.digest();
        let chain = lock(&self.chain);
        if let Some(height) = chain.committed().transaction_height(&digest)? {
            return Ok(Fate::Final(height));
        }
        let mut waiting = lock(&self.waiting);
        if waiting.mempool.contains(&digest) {
            return Ok(Fate::Pending);
        }
        let author = transaction.transaction().author;
        let now_ms = self.clock.now_ms();
        chain.check_after(&waiting.mempool.of(&author), &transaction, now_ms)?;
        waiting.mempool.push(transaction, now_ms)?;
        self.metrics.note_taken();
        waiting.refusals.forget(&digest);
        drop(waiting);
        self.work.notify_one();
        Ok(Fate::Pending)
    }

    /// What this node knows of a transaction.
    pub(crate) fn fate(&self, digest: &Digest) -> Result<Fate, StoreError> {
        // What waits is asked first: it is settled before its height is told, and many may be waiting
        // for that.
        if lock(&self.waiting).mempool.contains(digest) {
            return Ok(Fate::Pending);
        }
        if let Some(height) = lock(&self.chain).committed().transaction_height(digest)? {
            return Ok(Fate::Final(height));
        }
        let refusal = lock(&self.waiting).refusals.of(digest);
        Ok(refusal.map_or(Fate::Unknown, Fate::Refused))
    }

    fn next_slot_ms(&self, time_ms: u64) -> u64 {
        let slot_ms = self.policy.slot_ms;
        (time_ms / slot_ms).saturating_add(1).saturating_mul(slot_ms)
    }

    /// Enters the next epoch when a final block was the last of its own. What the state says of the
    /// next validators is what a light client learns by the block's certificate.
    fn enter_epoch_after(&self, chain: &Chain, header: &Header) -> Result<(), StoreError> {
        let ends = (header.height + 1).is_multiple_of(self.policy.epoch_length);
        let mut client = lock(&self.client);
        if ends && client.key().epoch == header.epoch {
            let key = network_key(chain, &self.policy, header.height + 1)?;
            info!(epoch = key.epoch, validators = key.set.len(), "an epoch begins");
            *client = LightClient::new(key);
        }
        Ok(())
    }

    /// Stores a block's own certificate, if it holds: only then is it served.
    fn keep_certificate(
        &self,
        chain: &mut Chain,
        header: &Header,
        certificate: Certificate,
    ) -> Result<(), StoreError> {
        let signed = SignedHeader::new(header, certificate);
        let mut client = lock(&self.client);
        let mut earlier;
        let client = if client.key().epoch == header.epoch {
            &mut *client
        } else {
            // It came again after a crash in which its epoch had ended.
            earlier = LightClient::new(network_key(chain, &self.policy, header.height)?);
            &mut earlier
        };
        // The header is final whatever the clock says: its own time stands in for it.
        match client.verify_header(&signed, header.time_ms) {
            Ok(_) => chain.store_certificate(header.height, &signed),
            Err(error) => {
                error!(%error, height = header.height, "a light client would refuse this certificate");
                Ok(())
            }
        }
    }
}

impl Ledger for Registry {
    fn genesis(&self) -> Block {
        self.genesis.clone()
    }

    fn now_ms(&self) -> u64 {
        self.clock.now_ms()
    }

    fn final_height(&self) -> u64 {
        lock(&self.chain).tip().height
    }

    fn final_digest(&self, height: u64) -> Result<Option<Digest>, BlockError> {
        let digests = lock(&self.chain).committed().header_digests(height, 1).map_err(unavailable)?;
        Ok(digests.first().copied())
    }

    fn final_block(&self, height: u64) -> Result<Option<Block>, BlockError> {
        let bytes = lock(&self.chain).committed().block_bytes(height).map_err(unavailable)?;
        let block = bytes.map(|bytes| Block::from_bytes(&bytes)).transpose();
        block.map_err(|_| unavailable(StoreError::Corrupt("a block")))
    }

    fn validators(&self, epoch: u64) -> Result<Option<Validators>, BlockError> {
        validators(&lock(&self.chain), epoch).map_err(unavailable)
    }

    fn is_executed(&self, digest: &Digest) -> bool {
        let chain = lock(&self.chain);
        chain.tip_digest() == *digest || chain.pending(digest).is_some()
    }

    fn execute(&self, block: &Block) -> Result<(), BlockError> {
        let mut chain = lock(&self.chain);
        execute(&mut chain, block)?;
        lock(&self.waiting).remember(block);
        Ok(())
    }

    fn due_ms(&self, parent: &Header) -> u64 {
        let earliest = (parent.time_ms + 1).saturating_sub(MAX_CLOCK_LEAD_MS);
        if lock(&self.waiting).has_work_after(&parent.digest()) {
            return earliest;
        }
        let heartbeat = parent.time_ms.saturating_add(self.idle_ms);
        heartbeat.min(self.next_slot_ms(parent.time_ms)).max(earliest)
    }

    fn work(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(self.work.notified())
    }

    fn build(&self, parent: &Block) -> Result<Block, BlockError> {
        let mut chain = lock(&self.chain);
        let mut waiting = lock(&self.waiting);
        let policy = chain.policy_after(&parent.id()).map_err(|error| refused(&error))?;
        let mut candidates = waiting.candidates(&parent.id(), &policy.quotas);
        let inputs = BlockInputs { time_ms: self.clock.now_ms().max(parent.header().time_ms + 1) };
        let executed = chain
            .execute(&parent.id(), inputs, &candidates, OnFailure::LeaveOut)
            .map_err(|error| refused(&error))?;
        let suspects = executed.refused.iter().filter(|(_, reason)| *reason != RejectReason::Busy);
        waiting.suspects.extend(suspects.map(|(digest, _)| *digest));
        let included: HashSet<usize> = executed.included.into_iter().collect();
        let mut position = 0;
        candidates.retain(|_| {
            position += 1;
            included.contains(&(position - 1))
        });
        let block =
            Block::new(executed.header, candidates).map_err(|e| BlockError::Invalid(e.to_string()))?;
        waiting.remember(&block);
        Ok(block)
    }

    fn finalize(&self, block: &Block, certificate: Option<Certificate>) -> Result<(), BlockError> {
        let mut chain = lock(&self.chain);
        let header = block.header();
        if header.height <= chain.tip().height {
            // It came again after a crash.
            let known = chain.committed().height_of(&block.id()).map_err(unavailable)?;
            if known != Some(header.height) {
                return Err(BlockError::Invalid(format!("another block is final at {}", header.height)));
            }
        } else {
            execute(&mut chain, block)?;
            chain.commit(&block.id()).map_err(|error| match error {
                CommitError::Store(error) => unavailable(error),
                other => BlockError::Invalid(other.to_string()),
            })?;
        }
        if let Some(certificate) = certificate {
            self.keep_certificate(&mut chain, header, certificate).map_err(unavailable)?;
        }
        self.enter_epoch_after(&chain, header).map_err(unavailable)?;
        let now_ms = self.clock.now_ms();
        for taken_ms in lock(&self.waiting).settle(&chain, block, now_ms).map_err(unavailable)? {
            self.metrics.note_finality(Duration::from_millis(now_ms.saturating_sub(taken_ms)));
        }
        self.metrics.note_final(block.transactions().len());
        drop(chain);
        if header.slot != 0 || !block.transactions().is_empty() {
            info!(
                height = header.height,
                slot = header.slot,
                transactions = block.transactions().len(),
                "final"
            );
        }
        self.final_height.send_replace(header.height);
        self.work.notify_one();
        Ok(())
    }

    fn untold(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(self.news.notified())
    }

    fn take_untold(&self) -> Vec<Vec<u8>> {
        std::mem::take(&mut *lock(&self.untold))
    }

    fn waiting_since(&self, age: Duration) -> Vec<Vec<u8>> {
        let before_ms =
            self.clock.now_ms().saturating_sub(u64::try_from(age.as_millis()).unwrap_or(u64::MAX));
        lock(&self.waiting)
            .mempool
            .older(before_ms)
            .take(TOLD_AGAIN)
            .map(SignedTransaction::to_bytes)
            .collect()
    }

    fn hear(&self, transaction: &[u8]) {
        let Ok(transaction) = SignedTransaction::from_bytes(transaction) else {
            debug!("a validator told of what is no transaction");
            return;
        };
        if let Err(error) = self.take(transaction) {
            // It may have come out of order, or be known as final: the one who handed it in is told.
            debug!(%error, "a transaction that another validator told of is not taken");
        }
    }

    fn observe_engine(&self, metrics: Box<dyn Fn() -> String + Send + Sync>) {
        self.metrics.set_engine(metrics);
    }
}

/// An epoch's validators, once they are settled.
fn validators(chain: &Chain, epoch: u64) -> Result<Option<Validators>, StoreError> {
    let record = chain.committed().record(&RecordKey::Validators { epoch })?;
    let validators = record.map(|bytes| Validators::from_bytes(&bytes)).transpose();
    validators.map_err(|_| StoreError::Corrupt("an epoch's validators"))
}

/// The key of the epoch that the block at `height` is in.
pub(crate) fn network_key(chain: &Chain, policy: &Policy, height: u64) -> Result<NetworkKey, StoreError> {
    let epoch = epoch_of(height, policy);
    let settled = validators(chain, epoch)?.ok_or(StoreError::Corrupt("an epoch without validators"))?;
    let genesis = chain.tip().network;
    Ok(NetworkKey { genesis, epoch_length: policy.epoch_length, epoch, set: settled.set })
}

/// Executes a block, if that was not done, and compares all of its header with what came out.
fn execute(chain: &mut Chain, block: &Block) -> Result<(), BlockError> {
    if chain.tip_digest() == block.id() || chain.pending(&block.id()).is_some() {
        return Ok(());
    }
    let header = block.header();
    let inputs = BlockInputs { time_ms: header.time_ms };
    let executed = chain
        .execute(&header.parent, inputs, block.transactions(), OnFailure::Refuse)
        .map_err(|error| refused(&error))?;
    if executed.digest != block.id() {
        return Err(BlockError::Invalid("its header is not the one that follows from its parent".into()));
    }
    Ok(())
}

fn refused(error: &ExecuteError) -> BlockError {
    match error {
        ExecuteError::UnknownParent => BlockError::UnknownParent,
        ExecuteError::Store(error) => BlockError::Unavailable(error.to_string()),
        // The others know better: this node stops, and judges nothing.
        ExecuteError::UnknownRules { .. } => BlockError::Unavailable(error.to_string()),
        other => BlockError::Invalid(other.to_string()),
    }
}

fn unavailable(error: StoreError) -> BlockError {
    BlockError::Unavailable(error.to_string())
}

/// A panic while a lock was held stops the engine, whatever the others see; the data behind it is
/// written whole or not at all.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
