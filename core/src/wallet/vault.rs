//! Sealing: one random data key encrypts every value; a passphrase, a keystore or both protect it.
//!
//! From the data key two keys are derived: one for AES-256-GCM over values, one for HMAC-SHA-256 over
//! the names of rows. A sealed value is bound to its row, so rows cannot be exchanged. The data key
//! itself is sealed under Argon2id of the passphrase, then wrapped by the keystore.

use super::{
    error::WalletError,
    keystore::{KeyLevel, Keystore},
    store::{Change, RowKey, Store, Table},
};
use crate::random::{Random, RandomError};
use borsh::{BorshDeserialize, BorshSerialize};
use ring::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    hkdf, hmac,
};
use std::sync::Arc;
use zeroize::Zeroizing;

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
    /// The row that says how the wallet is locked is of another version.
    #[error("the wallet was written by another version of this program")]
    UnknownVersion,
}

/// Length of data keys and of the keys derived from them.
const KEY_LEN: usize = 32;
/// Length of a passphrase's salt.
const SALT_LEN: usize = 16;

/// The key that opens this wallet's values. It lives only while the wallet is unlocked.
pub struct DataKey {
    raw: Zeroizing<[u8; KEY_LEN]>,
    seal: LessSafeKey,
    lookup: hmac::Key,
}

impl std::fmt::Debug for DataKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DataKey")
    }
}

impl DataKey {
    fn generate(random: &dyn Random) -> Result<Self, RandomError> {
        Self::from_raw(Zeroizing::new(random.bytes()?)).ok_or(RandomError)
    }

    /// `None` never happens: the lengths are those that ring asks for.
    fn from_raw(raw: Zeroizing<[u8; KEY_LEN]>) -> Option<Self> {
        let secret = hkdf::Salt::new(hkdf::HKDF_SHA256, b"yufu/wallet/v1").extract(raw.as_ref());
        let seal = UnboundKey::from(secret.expand(&[b"seal"], &AES_256_GCM).ok()?);
        let lookup = hmac::Key::from(secret.expand(&[b"lookup"], hmac::HMAC_SHA256).ok()?);
        Some(Self { raw, seal: LessSafeKey::new(seal), lookup })
    }

    /// The key of the row that holds `name` in `table`: nobody without the data key can tell which
    /// name it belongs to.
    #[must_use]
    pub fn row_key(&self, table: Table, name: &str) -> RowKey {
        let mut context = hmac::Context::with_key(&self.lookup);
        context.update(&[table.tag()]);
        context.update(name.as_bytes());
        let mut out = [0; 32];
        out.copy_from_slice(context.sign().as_ref());
        out
    }

    /// Seals `value` for one row.
    ///
    /// # Errors
    /// [`RandomError`] when no nonce could be drawn.
    pub fn seal(
        &self,
        table: Table,
        key: &RowKey,
        value: &[u8],
        random: &dyn Random,
    ) -> Result<Vec<u8>, RandomError> {
        seal(&self.seal, &row_context(table, key), value, random)
    }

    /// Opens what [`seal`](Self::seal) made for the same row.
    ///
    /// # Errors
    /// [`VaultError::Tampered`] when it was changed, moved or sealed under another key.
    pub fn open(&self, table: Table, key: &RowKey, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        open(&self.seal, &row_context(table, key), sealed).ok_or(VaultError::Tampered)
    }
}

fn row_context(table: Table, key: &RowKey) -> [u8; 33] {
    let mut context = [table.tag(); 33];
    context[1..].copy_from_slice(key);
    context
}

/// Nonce ‖ ciphertext ‖ tag.
fn seal(
    key: &LessSafeKey,
    context: &[u8],
    value: &[u8],
    random: &dyn Random,
) -> Result<Vec<u8>, RandomError> {
    let nonce = random.bytes::<NONCE_LEN>()?;
    let mut body = value.to_vec();
    key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(context), &mut body)
        .map_err(|_| RandomError)?;
    Ok([&nonce[..], &body].concat())
}

fn open(key: &LessSafeKey, context: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (nonce, body) = sealed.split_first_chunk::<NONCE_LEN>()?;
    let mut body = Zeroizing::new(body.to_vec());
    let nonce = Nonce::assume_unique_for_key(*nonce);
    let length = key.open_in_place(nonce, Aad::from(context), &mut body).ok()?.len();
    body.truncate(length);
    Some(body)
}

/// Key from a passphrase: Argon2id with 19 MiB, two passes, one lane (OWASP's choice, 2024).
fn passphrase_key(passphrase: &str, salt: &[u8; SALT_LEN]) -> Option<LessSafeKey> {
    let params = argon2::Params::new(19 * 1024, 2, 1, Some(KEY_LEN)).ok()?;
    let hasher = argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params);
    let mut key = Zeroizing::new([0; KEY_LEN]);
    hasher.hash_password_into(passphrase.as_bytes(), salt, key.as_mut()).ok()?;
    UnboundKey::new(&AES_256_GCM, key.as_ref()).ok().map(LessSafeKey::new)
}

/// Bytes sealed under a passphrase of their own: salt ‖ nonce ‖ ciphertext ‖ tag.
pub(super) fn seal_with_passphrase(
    passphrase: &str,
    context: &[u8],
    value: &[u8],
    random: &dyn Random,
) -> Result<Vec<u8>, RandomError> {
    let salt = random.bytes::<SALT_LEN>()?;
    let key = passphrase_key(passphrase, &salt).ok_or(RandomError)?;
    Ok([&salt[..], &seal(&key, context, value, random)?].concat())
}

/// Opens what [`seal_with_passphrase`] made.
pub(super) fn open_with_passphrase(
    passphrase: &str,
    context: &[u8],
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, VaultError> {
    let (salt, body) = sealed.split_first_chunk::<SALT_LEN>().ok_or(VaultError::Tampered)?;
    let key = passphrase_key(passphrase, salt).ok_or(VaultError::WrongPassphrase)?;
    open(&key, context, body).ok_or(VaultError::WrongPassphrase)
}

/// Where the vault's own row lies.
const VAULT_ROW: RowKey = [0; 32];
/// Binds the sealed data key to its use.
const DATA_KEY_CONTEXT: &[u8] = b"yufu/wallet/v1/data-key";

/// How the data key is protected. The only value that is not sealed itself.
#[derive(BorshSerialize, BorshDeserialize)]
enum VaultRecord {
    V1 { passphrase: bool, wrapped: Vec<u8> },
}

/// Reads how the wallet in `store` is locked; `None` when the store is empty.
fn read_record(store: &dyn Store) -> Result<Option<VaultRecord>, WalletError> {
    store
        .read(Table::Vault, &VAULT_ROW)?
        .map(|bytes| VaultRecord::try_from_slice(&bytes).map_err(|_| VaultError::UnknownVersion.into()))
        .transpose()
}

/// Whether there is a wallet in `store`.
pub(super) fn exists(store: &dyn Store) -> Result<bool, WalletError> {
    Ok(read_record(store)?.is_some())
}

/// Whether the wallet in `store` has a passphrase.
pub(super) fn has_passphrase(store: &dyn Store) -> Result<bool, WalletError> {
    Ok(matches!(read_record(store)?, Some(VaultRecord::V1 { passphrase: true, .. })))
}

/// Makes a new vault in an empty store.
pub(super) fn create(
    store: &dyn Store,
    keystore: &dyn Keystore,
    passphrase: Option<&str>,
    random: &dyn Random,
) -> Result<Arc<DataKey>, WalletError> {
    let key = DataKey::generate(random)?;
    protect(&key, store, keystore, passphrase, random)?;
    Ok(Arc::new(key))
}

/// Writes how `key` is protected from now on.
pub(super) fn protect(
    key: &DataKey,
    store: &dyn Store,
    keystore: &dyn Keystore,
    passphrase: Option<&str>,
    random: &dyn Random,
) -> Result<(), WalletError> {
    let inner = match passphrase {
        Some(text) if !text.is_empty() => {
            Zeroizing::new(seal_with_passphrase(text, DATA_KEY_CONTEXT, key.raw.as_ref(), random)?)
        }
        _ if keystore.level() == KeyLevel::Software => return Err(VaultError::PassphraseNeeded.into()),
        _ => Zeroizing::new(key.raw.to_vec()),
    };
    let record = VaultRecord::V1 {
        passphrase: passphrase.is_some_and(|text| !text.is_empty()),
        wrapped: keystore.wrap_key(&inner)?,
    };
    let bytes = borsh::to_vec(&record).map_err(|_| WalletError::Record)?;
    store.apply(&[Change::Put(Table::Vault, VAULT_ROW, bytes)])?;
    Ok(())
}

/// Opens the vault in `store`.
pub(super) fn unlock(
    store: &dyn Store,
    keystore: &dyn Keystore,
    passphrase: Option<&str>,
) -> Result<Arc<DataKey>, WalletError> {
    let Some(VaultRecord::V1 { passphrase: locked, wrapped }) = read_record(store)? else {
        return Err(WalletError::Locked);
    };
    let inner = keystore.unwrap_key(&wrapped)?;
    let raw = match (locked, passphrase) {
        (true, Some(text)) => open_with_passphrase(text, DATA_KEY_CONTEXT, &inner)?,
        (true, None) => return Err(VaultError::PassphraseNeeded.into()),
        (false, None | Some("")) => inner,
        (false, Some(_)) => return Err(VaultError::WrongPassphrase.into()),
    };
    let raw = <[u8; KEY_LEN]>::try_from(raw.as_slice()).map_err(|_| VaultError::Tampered)?;
    let key = DataKey::from_raw(Zeroizing::new(raw)).ok_or(VaultError::Tampered)?;
    Ok(Arc::new(key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SeededRandom;

    #[test]
    fn a_sealed_value_opens_in_its_own_row_alone() {
        let random = SeededRandom::new(1);
        let key = DataKey::generate(&random).unwrap();
        let row = key.row_key(Table::Credential, "a");
        let other = key.row_key(Table::Credential, "b");
        let sealed = key.seal(Table::Credential, &row, b"claims", &random).unwrap();
        assert_eq!(key.open(Table::Credential, &row, &sealed).unwrap().as_slice(), b"claims");
        assert_eq!(key.open(Table::Credential, &other, &sealed).unwrap_err(), VaultError::Tampered);
        assert_eq!(key.open(Table::Copy, &row, &sealed).unwrap_err(), VaultError::Tampered);
    }

    #[test]
    fn refuses_a_sealed_value_with_any_bit_changed() {
        let random = SeededRandom::new(2);
        let key = DataKey::generate(&random).unwrap();
        let sealed = key.seal(Table::Copy, &[9; 32], b"value", &random).unwrap();
        for bit in 0..sealed.len() * 8 {
            let mut changed = sealed.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(key.open(Table::Copy, &[9; 32], &changed).unwrap_err(), VaultError::Tampered);
        }
        assert_eq!(key.open(Table::Copy, &[9; 32], &[]).unwrap_err(), VaultError::Tampered);
    }

    #[test]
    fn row_keys_of_two_wallets_share_nothing() {
        let random = SeededRandom::new(3);
        let (a, b) = (DataKey::generate(&random).unwrap(), DataKey::generate(&random).unwrap());
        assert_ne!(a.row_key(Table::Copy, "x"), b.row_key(Table::Copy, "x"));
        assert_ne!(a.row_key(Table::Copy, "x"), a.row_key(Table::Staple, "x"));
    }
}
