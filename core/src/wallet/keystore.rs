//! Private keys: made, used and deleted where they live. The wallet never sees one.

use super::store::StoreError;
use crate::crypto::VerifyingKey;

/// How well a keystore protects its keys. A wallet's own word counts for nothing with an issuer; this
/// is for the wallet's screens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyLevel {
    /// In software, sealed under the wallet's passphrase.
    Software,
    /// In the processor's trusted environment.
    TrustedEnvironment,
    /// In a secure element.
    SecureElement,
}

/// Why a keystore did not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeystoreError {
    /// No key has that alias.
    #[error("the key is not in the keystore")]
    NoSuchKey,
    /// The person or the device declined.
    #[error("the use of the key was declined")]
    Declined,
    /// The wallet is locked.
    #[error("the keystore is locked")]
    Locked,
    /// The device failed.
    #[error("the keystore failed: {0}")]
    Device(String),
    /// The software keystore's store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Makes, uses and deletes P-256 keys, and wraps the wallet's data key.
pub trait Keystore: Send + Sync {
    /// Makes a P-256 key named `alias` and gives its public half.
    ///
    /// # Errors
    /// [`KeystoreError`] by what failed.
    fn create(&self, alias: &str) -> Result<VerifyingKey, KeystoreError>;

    /// Signs `message` with ES256; the signature is r ‖ s, 64 bytes.
    ///
    /// # Errors
    /// [`KeystoreError::NoSuchKey`], or what failed.
    fn sign(&self, alias: &str, message: &[u8]) -> Result<Vec<u8>, KeystoreError>;

    /// Forgets the key. Deleting one that is not there is no error.
    ///
    /// # Errors
    /// [`KeystoreError`] by what failed.
    fn delete(&self, alias: &str) -> Result<(), KeystoreError>;

    /// Encrypts the wallet's data key under a key that never leaves the device.
    ///
    /// # Errors
    /// [`KeystoreError`] by what failed.
    fn wrap(&self, data_key: &[u8]) -> Result<Vec<u8>, KeystoreError>;

    /// Decrypts what [`wrap`](Self::wrap) gave.
    ///
    /// # Errors
    /// [`KeystoreError`] by what failed.
    fn unwrap(&self, wrapped: &[u8]) -> Result<zeroize::Zeroizing<Vec<u8>>, KeystoreError>;

    /// How well the keys are protected.
    fn level(&self) -> KeyLevel;
}

/// Keys in software. It has no secret of its own: they lie in the wallet's store, sealed under the
/// data key, so a wallet that uses it needs a passphrase.
pub struct SoftwareKeystore {
    _private: (),
}
