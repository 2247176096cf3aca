//! Showing: one copy of a credential, a new code every 30 seconds.

use super::error::WalletError;

/// How long a code stays on the screen, milliseconds.
pub const CODE_LIFETIME_MS: u64 = 30_000;

/// The code to show now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CurrentCode {
    /// Texts of the QR frames, digits only; more than one is shown in turn.
    pub frames: Vec<String>,
    /// Size of the payload in bytes.
    pub payload_bytes: usize,
    /// When it was made, milliseconds.
    pub made_at_ms: u64,
    /// When the next one is due, milliseconds.
    pub next_at_ms: u64,
}

/// A display session. It spends one copy, whatever the number of codes.
pub struct ShowSession {
    _private: (),
}

impl ShowSession {
    /// The code to show at `now_ms`: the same for 30 seconds, then one with a new nonce and time.
    ///
    /// # Errors
    /// [`WalletError`] when the keystore declines or a code cannot be built.
    pub fn code(&self, now_ms: u64) -> Result<CurrentCode, WalletError> {
        let _ = now_ms;
        todo!()
    }
}
