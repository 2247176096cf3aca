//! The log of codes that were accepted, so that none is accepted twice.
//!
//! It holds no claim: an entry is a hash of the holder's key and the nonce, and the time until which it
//! is kept. It must survive a restart, or a code could be used again right after one; so where it is kept
//! is the counter's choice, behind a trait. The other half of "one showing, one verdict" is the
//! [`Collector`](yufu_core::qr::frames::Collector): it hands a code that stays in view out once, and the
//! verdict on the screen stands.

use std::collections::HashMap;

/// How long an accepted nonce is kept, in milliseconds. Codes live for 75 s; a day covers a clock that
/// somebody sets back.
pub const KEEP_MS: u64 = 24 * 60 * 60 * 1000;

/// A used code: a hash of holder and nonce.
pub type NonceId = [u8; 16];

/// The log cannot be read or written; no code may be accepted.
#[derive(Debug, thiserror::Error)]
#[error("the log of used codes is not available")]
pub struct NonceLogError(#[source] pub Option<std::io::Error>);

/// Remembers which codes were accepted.
pub trait NonceLog: Send {
    /// Whether `id` was accepted before and is still kept at `now_ms`.
    ///
    /// # Errors
    /// [`NonceLogError`] when the log cannot be read.
    fn contains(&self, id: &NonceId, now_ms: u64) -> Result<bool, NonceLogError>;

    /// Remembers `id` until `until_ms`; when this returns, it survives a crash.
    ///
    /// # Errors
    /// [`NonceLogError`] when it could not be made durable.
    fn insert(&mut self, id: NonceId, until_ms: u64, now_ms: u64) -> Result<(), NonceLogError>;
}

/// A log in memory: for one check of a file, and for tests. A counter writes its log to the disk.
#[derive(Debug, Default)]
pub struct MemoryNonceLog(HashMap<NonceId, u64>);

impl MemoryNonceLog {
    /// An empty log.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl NonceLog for MemoryNonceLog {
    fn contains(&self, id: &NonceId, now_ms: u64) -> Result<bool, NonceLogError> {
        Ok(self.0.get(id).is_some_and(|&until| now_ms < until))
    }

    fn insert(&mut self, id: NonceId, until_ms: u64, now_ms: u64) -> Result<(), NonceLogError> {
        self.0.retain(|_, until| now_ms < *until);
        self.0.insert(id, until_ms);
        Ok(())
    }
}
