//! What fails, in words that a platform can branch on.

use yufu_core::{
    issuance::holder::HolderError,
    wallet::{KeystoreError, VaultError, WalletError},
};

/// Why the wallet did not do what it was asked.
#[derive(Debug, thiserror::Error, uniffi::Error)]
pub enum WalletFailure {
    /// Unlock it first.
    #[error("the wallet is locked")]
    Locked,
    /// The passphrase is not this wallet's.
    #[error("wrong passphrase")]
    WrongPassphrase,
    /// A wallet with keys in software needs a passphrase.
    #[error("a passphrase is needed")]
    PassphraseNeeded,
    /// No such credential.
    #[error("no such credential")]
    NotFound,
    /// Scan the counter's printed code first.
    #[error("scan the counter's printed code first")]
    CounterNeeded,
    /// The keystore declined, or the person did.
    #[error("the use of the key was declined")]
    Declined,
    /// The transaction code is wrong, or the offer was used.
    #[error("the issuer did not accept the code: {reason}")]
    CodeRefused {
        /// The issuer's word.
        reason: String,
    },
    /// The issuer handed over a credential that does not hold. Nothing was stored.
    #[error("the credential was refused: {reason}")]
    Refused {
        /// Why.
        reason: String,
    },
    /// The issuer did not deliver.
    #[error("{reason}")]
    Issuer {
        /// Why.
        reason: String,
    },
    /// The registry did not deliver, or its answer does not verify.
    #[error("{reason}")]
    Registry {
        /// Why.
        reason: String,
    },
    /// Anything else.
    #[error("{reason}")]
    Other {
        /// Why.
        reason: String,
    },
}

impl From<WalletError> for WalletFailure {
    fn from(error: WalletError) -> Self {
        let reason = error.to_string();
        match error {
            WalletError::Locked => Self::Locked,
            WalletError::Vault(VaultError::WrongPassphrase) => Self::WrongPassphrase,
            WalletError::Vault(VaultError::PassphraseNeeded) => Self::PassphraseNeeded,
            WalletError::NotFound => Self::NotFound,
            WalletError::CounterNeeded => Self::CounterNeeded,
            WalletError::Keystore(KeystoreError::Declined) => Self::Declined,
            WalletError::Refused(refusal) => Self::Refused { reason: refusal.to_string() },
            WalletError::Issuance(HolderError::TokenRefused(code)) => {
                Self::CodeRefused { reason: code.to_string() }
            }
            WalletError::Issuance(HolderError::TxCode) => Self::CodeRefused { reason },
            WalletError::Issuance(_) => Self::Issuer { reason },
            WalletError::Registry(_) => Self::Registry { reason },
            _ => Self::Other { reason },
        }
    }
}

/// Why the platform's keystore did not do what it was asked.
#[derive(Debug, thiserror::Error, uniffi::Error)]
pub enum KeystoreFailure {
    /// No key has that alias.
    #[error("no such key")]
    NoSuchKey,
    /// The device or the person declined.
    #[error("declined")]
    Declined,
    /// The device failed.
    #[error("{reason}")]
    Device {
        /// What it said.
        reason: String,
    },
}

impl From<uniffi::UnexpectedUniFFICallbackError> for KeystoreFailure {
    fn from(error: uniffi::UnexpectedUniFFICallbackError) -> Self {
        Self::Device { reason: error.reason }
    }
}

impl From<KeystoreFailure> for KeystoreError {
    fn from(failure: KeystoreFailure) -> Self {
        match failure {
            KeystoreFailure::NoSuchKey => Self::NoSuchKey,
            KeystoreFailure::Declined => Self::Declined,
            KeystoreFailure::Device { reason } => Self::Device(reason),
        }
    }
}

/// Why the platform's HTTP client brought no answer.
#[derive(Debug, thiserror::Error, uniffi::Error)]
pub enum TransportFailure {
    /// The other side could not be reached in time.
    #[error("{reason}")]
    Unreachable {
        /// What the client said.
        reason: String,
    },
    /// The answer was larger than the request allows.
    #[error("the answer is too large")]
    TooLarge,
    /// The address is not one that may be asked.
    #[error("the address is not one that may be asked")]
    RefusedUrl,
}

impl From<uniffi::UnexpectedUniFFICallbackError> for TransportFailure {
    fn from(error: uniffi::UnexpectedUniFFICallbackError) -> Self {
        Self::Unreachable { reason: error.reason }
    }
}
