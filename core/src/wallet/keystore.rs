//! Private keys: made, used and deleted where they live. The wallet never sees one.

use super::{
    store::{Change, Store, StoreError, Table},
    vault::DataKey,
};
use crate::{
    crypto::{Algorithm, Signer, SignerError, SoftwareKey, VerifyingKey},
    random::Random,
};
use std::sync::{Arc, PoisonError, RwLock};
use zeroize::Zeroizing;

pub use crate::presentation::preset::KeyLevel;

/// Why a keystore did not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
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

    /// Encrypts the wallet's data key under a key that never leaves the device. A keystore of level
    /// [`KeyLevel::Software`] may give it back as it is: the passphrase has sealed it already.
    ///
    /// # Errors
    /// [`KeystoreError`] by what failed.
    fn wrap_key(&self, data_key: &[u8]) -> Result<Vec<u8>, KeystoreError>;

    /// Decrypts what [`wrap_key`](Self::wrap_key) gave.
    ///
    /// # Errors
    /// [`KeystoreError`] by what failed.
    fn unwrap_key(&self, wrapped: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeystoreError>;

    /// How well the keys are protected. A wallet's own word counts for nothing with an issuer; this
    /// is for its screens, and decides whether it needs a passphrase.
    fn level(&self) -> KeyLevel;

    /// The wallet was unlocked with this data key, or locked. A keystore without hardware seals its
    /// keys under it; others have nothing to do.
    fn unlocked(&self, _key: Option<Arc<DataKey>>) {}
}

/// A key of a keystore as a [`Signer`].
pub(super) struct KeystoreSigner {
    pub(super) keystore: Arc<dyn Keystore>,
    pub(super) alias: String,
    pub(super) public: VerifyingKey,
}

impl Signer for KeystoreSigner {
    fn verifying_key(&self) -> &VerifyingKey {
        &self.public
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignerError> {
        self.keystore.sign(&self.alias, message).map_err(|error| match error {
            KeystoreError::NoSuchKey | KeystoreError::Locked => SignerError::Unavailable,
            KeystoreError::Declined => SignerError::Declined,
            KeystoreError::Device(_) | KeystoreError::Store(_) => SignerError::Device(error.to_string()),
        })
    }
}

/// Keys in software, for desktops and tests. It has no secret of its own: they lie in the wallet's
/// store, sealed under the data key, so a wallet that uses it needs a passphrase.
pub struct SoftwareKeystore {
    store: Arc<dyn Store>,
    random: Arc<dyn Random>,
    data_key: RwLock<Option<Arc<DataKey>>>,
}

impl SoftwareKeystore {
    /// A keystore that keeps its keys in `store`.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, random: Arc<dyn Random>) -> Self {
        Self { store, random, data_key: RwLock::new(None) }
    }

    fn data_key(&self) -> Result<Arc<DataKey>, KeystoreError> {
        let key = self.data_key.read().unwrap_or_else(PoisonError::into_inner);
        key.clone().ok_or(KeystoreError::Locked)
    }
}

impl Keystore for SoftwareKeystore {
    fn create(&self, alias: &str) -> Result<VerifyingKey, KeystoreError> {
        let data_key = self.data_key()?;
        let key = SoftwareKey::generate(Algorithm::Es256, self.random.as_ref())
            .map_err(|error| KeystoreError::Device(error.to_string()))?;
        let row = data_key.row_key(Table::Key, alias);
        let sealed = data_key
            .seal(Table::Key, &row, &key.pkcs8(), self.random.as_ref())
            .map_err(|error| KeystoreError::Device(error.to_string()))?;
        self.store.apply(&[Change::Put(Table::Key, row, sealed)])?;
        Ok(key.verifying_key().clone())
    }

    fn sign(&self, alias: &str, message: &[u8]) -> Result<Vec<u8>, KeystoreError> {
        let data_key = self.data_key()?;
        let row = data_key.row_key(Table::Key, alias);
        let sealed = self.store.read(Table::Key, &row)?.ok_or(KeystoreError::NoSuchKey)?;
        let device = |error: &dyn std::error::Error| KeystoreError::Device(error.to_string());
        let pkcs8 = data_key.open(Table::Key, &row, &sealed).map_err(|e| device(&e))?;
        let key = SoftwareKey::from_pkcs8(&pkcs8).map_err(|e| device(&e))?;
        key.sign(message).map_err(|e| device(&e))
    }

    fn delete(&self, alias: &str) -> Result<(), KeystoreError> {
        let row = self.data_key()?.row_key(Table::Key, alias);
        Ok(self.store.apply(&[Change::Remove(Table::Key, row)])?)
    }

    fn wrap_key(&self, data_key: &[u8]) -> Result<Vec<u8>, KeystoreError> {
        Ok(data_key.to_vec())
    }

    fn unwrap_key(&self, wrapped: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeystoreError> {
        Ok(Zeroizing::new(wrapped.to_vec()))
    }

    fn level(&self) -> KeyLevel {
        KeyLevel::Software
    }

    fn unlocked(&self, key: Option<Arc<DataKey>>) {
        *self.data_key.write().unwrap_or_else(PoisonError::into_inner) = key;
    }
}
