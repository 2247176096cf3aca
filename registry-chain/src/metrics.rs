//! What an operator watches: counts and sizes, in the text format that Prometheus reads. No value tells
//! of a person, of a wallet or of who asked.

use crate::ledger::PoolSize;
use prometheus_client::{
    encoding::{EncodeLabelSet, text},
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::Registry as Collector,
};
use std::{
    fmt::Error,
    sync::{Mutex, PoisonError},
    time::Duration,
};
use yufu_core::registry::{Header, RejectReason};

/// Upper bounds of the finality histogram, in seconds.
const FINALITY_BUCKETS: [f64; 10] = [0.025, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 10.0, 30.0];

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct ReasonLabel {
    reason: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct AnswerLabel {
    method: &'static str,
    route: String,
    status: u16,
}

type Seconds = Gauge<f64, std::sync::atomic::AtomicU64>;

/// What only the moment tells in which the metrics are read.
pub(crate) struct Moment {
    pub(crate) tip: Header,
    pub(crate) pool: PoolSize,
    pub(crate) free_bytes: Option<u64>,
    pub(crate) standby_until_ms: Option<u64>,
}

/// The node's counts. Any thread may add to them.
pub(crate) struct Metrics {
    collector: Collector,
    height: Gauge,
    tip_time: Seconds,
    standby_until: Seconds,
    pool_transactions: Gauge,
    pool_bytes: Gauge,
    free_bytes: Gauge,
    taken: Counter,
    refused: Family<ReasonLabel, Counter>,
    blocks: Counter,
    transactions: Counter,
    finality: Histogram,
    answers: Family<AnswerLabel, Counter>,
    limited: Counter,
    snapshots: Counter,
    engine: Mutex<Option<EngineText>>,
}

/// Writes the engine's own metrics.
pub(crate) type EngineText = Box<dyn Fn() -> String + Send + Sync>;

impl Default for Metrics {
    fn default() -> Self {
        let metrics = Self {
            collector: Collector::with_prefix("yufu_registry"),
            height: Gauge::default(),
            tip_time: Gauge::default(),
            standby_until: Gauge::default(),
            pool_transactions: Gauge::default(),
            pool_bytes: Gauge::default(),
            free_bytes: Gauge::default(),
            taken: Counter::default(),
            refused: Family::default(),
            blocks: Counter::default(),
            transactions: Counter::default(),
            finality: Histogram::new(FINALITY_BUCKETS),
            answers: Family::default(),
            limited: Counter::default(),
            snapshots: Counter::default(),
            engine: Mutex::default(),
        };
        metrics.described()
    }
}

impl Metrics {
    fn described(mut self) -> Self {
        let c = &mut self.collector;
        c.register("height", "Height of the last final block", self.height.clone());
        c.register(
            "tip_time_seconds",
            "Time of the last final block, in seconds since 1970",
            self.tip_time.clone(),
        );
        c.register(
            "standby_until_seconds",
            "This validator does not vote before a block of after this time is final (since 1970); 0 when it may vote",
            self.standby_until.clone(),
        );
        c.register("pool_transactions", "Transactions that wait for a block", self.pool_transactions.clone());
        c.register("pool_bytes", "Bytes of the transactions that wait", self.pool_bytes.clone());
        c.register("free_bytes", "Free bytes where the data lies; -1 if unknown", self.free_bytes.clone());
        c.register("transactions_taken", "Transactions taken into the pool", self.taken.clone());
        c.register("transactions_refused", "Transactions refused when handed in", self.refused.clone());
        c.register("blocks_final", "Blocks made final since the start", self.blocks.clone());
        c.register(
            "transactions_final",
            "Transactions made final since the start",
            self.transactions.clone(),
        );
        c.register(
            "finality_seconds",
            "From taking a transaction here until it is final",
            self.finality.clone(),
        );
        c.register("http_answers", "Answers given over HTTP", self.answers.clone());
        c.register(
            "http_limited",
            "Requests refused because their sender asked too often",
            self.limited.clone(),
        );
        c.register(
            "snapshots_fetched",
            "Times that somebody began to fetch a snapshot",
            self.snapshots.clone(),
        );
        self
    }

    pub(crate) fn note_taken(&self) {
        self.taken.inc();
    }

    pub(crate) fn note_refused(&self, reason: RejectReason) {
        self.refused.get_or_create(&ReasonLabel { reason: reason.word() }).inc();
    }

    pub(crate) fn note_final(&self, transactions: usize) {
        self.blocks.inc();
        self.transactions.inc_by(transactions as u64);
    }

    pub(crate) fn note_finality(&self, waited: Duration) {
        self.finality.observe(waited.as_secs_f64());
    }

    /// `route` is the pattern, not the address: addresses are without number.
    pub(crate) fn note_answer(&self, method: &'static str, route: String, status: u16) {
        self.answers.get_or_create(&AnswerLabel { method, route, status }).inc();
    }

    pub(crate) fn note_limited(&self) {
        self.limited.inc();
    }

    pub(crate) fn note_snapshot(&self) {
        self.snapshots.inc();
    }

    /// Names where the engine's own metrics come from; what was named before is dropped.
    pub(crate) fn set_engine(&self, text: EngineText) {
        *self.engine.lock().unwrap_or_else(PoisonError::into_inner) = Some(text);
    }

    /// The engine's own metrics, or nothing while it has none.
    pub(crate) fn engine_text(&self) -> String {
        let engine = self.engine.lock().unwrap_or_else(PoisonError::into_inner);
        engine.as_ref().map(|text| text()).unwrap_or_default()
    }

    /// All of it as text.
    ///
    /// # Errors
    /// [`Error`] when it cannot be written as text.
    pub(crate) fn text(&self, now: &Moment) -> Result<String, Error> {
        self.height.set(signed(now.tip.height));
        self.tip_time.set(seconds(now.tip.time_ms));
        self.standby_until.set(seconds(now.standby_until_ms.unwrap_or(0)));
        self.pool_transactions.set(signed(now.pool.transactions as u64));
        self.pool_bytes.set(signed(now.pool.bytes as u64));
        self.free_bytes.set(now.free_bytes.map_or(-1, signed));
        let mut out = String::new();
        text::encode(&mut out, &self.collector)?;
        Ok(out)
    }
}

fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

#[expect(clippy::cast_precision_loss, reason = "milliseconds of this millennium fit")]
fn seconds(ms: u64) -> f64 {
    ms as f64 / 1_000.0
}
