//! Sealing: one random data key encrypts every value; a passphrase, a keystore or both protect it.

/// Why sealed values could not be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VaultError {
    /// The passphrase is not this wallet's.
    #[error("wrong passphrase")]
    WrongPassphrase,
    /// Without hardware that guards its key a wallet needs a passphrase.
    #[error("a wallet with its keys in software needs a passphrase")]
    PassphraseNeeded,
    /// A sealed value was changed, moved, or sealed by another wallet.
    #[error("a stored value was changed or belongs elsewhere")]
    Tampered,
}
