//! Time, injected. Milliseconds since the Unix epoch, UTC, everywhere but in JWT claims (seconds).

use std::sync::{
    Arc,
    atomic::{AtomicI64, AtomicU64, Ordering},
};

/// A day in seconds.
pub const DAY: u64 = 86_400;

/// Tells the current time. A phone's clock may be wrong: whoever uses it says how far it is trusted.
pub trait Clock: Send + Sync {
    /// Milliseconds since the Unix epoch.
    fn now_ms(&self) -> u64;

    /// Whole seconds since the Unix epoch, as JWT claims count them.
    fn now(&self) -> u64 {
        self.now_ms() / 1000
    }
}

/// The first second of the UTC day that `seconds` lies in.
#[must_use]
pub fn start_of_day(seconds: u64) -> u64 {
    seconds - seconds % DAY
}

/// A clock that stands still until it is told to move: for tests and for replaying a recorded hour.
#[derive(Debug, Default)]
pub struct FixedClock(AtomicU64);

impl FixedClock {
    /// A clock that says `ms`.
    #[must_use]
    pub fn new(ms: u64) -> Self {
        Self(AtomicU64::new(ms))
    }

    /// Makes the clock say `ms` from now on.
    pub fn set(&self, ms: u64) {
        self.0.store(ms, Ordering::SeqCst);
    }

    /// Moves the clock ahead by `ms`.
    pub fn advance(&self, ms: u64) {
        self.0.fetch_add(ms, Ordering::SeqCst);
    }
}

impl Clock for FixedClock {
    fn now_ms(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }
}

/// Another clock, shifted: the demo town uses it to show tomorrow's verdict today.
#[derive(Clone)]
pub struct OffsetClock {
    inner: Arc<dyn Clock>,
    offset_ms: Arc<AtomicI64>,
}

impl OffsetClock {
    /// A clock that follows `inner` with no shift.
    #[must_use]
    pub fn new(inner: Arc<dyn Clock>) -> Self {
        Self { inner, offset_ms: Arc::new(AtomicI64::new(0)) }
    }

    /// Shifts this clock and all its clones by `ms` (negative is into the past).
    pub fn set_offset_ms(&self, ms: i64) {
        self.offset_ms.store(ms, Ordering::SeqCst);
    }
}

impl Clock for OffsetClock {
    fn now_ms(&self) -> u64 {
        self.inner.now_ms().saturating_add_signed(self.offset_ms.load(Ordering::SeqCst))
    }
}

/// The machine's clock. Only programs at the edge take it.
#[cfg(feature = "client")]
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

#[cfg(feature = "client")]
impl Clock for SystemClock {
    fn now_ms(&self) -> u64 {
        std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    }
}
