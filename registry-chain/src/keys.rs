//! The BLS keys with which a node may vote: files that the operator makes, and that an epoch replaces.

use crate::{
    engine::{ConsensusKey, ConsensusKeyError, ConsensusKeys},
    init::kind,
};
use std::{
    fs,
    path::{Path, PathBuf},
};
use tracing::{error, info};
use yufu_core::crypto::key_file::{self, KeyFileError};
use zeroize::Zeroizing;

/// The largest key file that is read.
const MAX_KEY_FILE: u64 = 16 << 10;

/// Why a key file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// It cannot be read or written.
    #[error("{path}: {source}")]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It cannot be opened.
    #[error("{path}: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: KeyFileError,
    },
    /// It is no key of a validator.
    #[error("{path}: {source}")]
    Key {
        /// Which.
        path: PathBuf,
        /// Why.
        source: ConsensusKeyError,
    },
}

/// A validator's two key files: the key of now, and beside it the one that an epoch to come takes.
pub(crate) struct KeyFiles {
    current: PathBuf,
    next: PathBuf,
    passphrase: Option<Zeroizing<String>>,
}

/// Where the key lies that an epoch to come takes.
pub(crate) fn next_key_path(current: &Path) -> PathBuf {
    current.with_extension("next.key")
}

impl KeyFiles {
    pub(crate) fn new(current: &Path, passphrase: Option<Zeroizing<String>>) -> Self {
        Self { current: current.to_owned(), next: next_key_path(current), passphrase }
    }

    /// The keys that there are, the one of now first.
    ///
    /// # Errors
    /// [`KeyError`] by the first file that cannot be used.
    pub(crate) fn read(&self) -> Result<Vec<ConsensusKey>, KeyError> {
        let mut keys = vec![self.key(&self.current)?];
        if self.next.exists() {
            keys.push(self.key(&self.next)?);
        }
        Ok(keys)
    }

    fn key(&self, path: &Path) -> Result<ConsensusKey, KeyError> {
        let secret = read_key(path, kind::CONSENSUS, self.passphrase.as_ref().map(|text| text.as_str()))?;
        ConsensusKey::from_bytes(&secret).map_err(|source| KeyError::Key { path: path.to_owned(), source })
    }
}

impl ConsensusKeys for KeyFiles {
    fn find(&self, public: &[u8; 96]) -> Option<ConsensusKey> {
        let keys = self.read().map_err(|error| error!(%error, "a key cannot be read")).ok()?;
        keys.into_iter().find(|key| key.public() == *public)
    }

    fn entered(&self, epoch: u64, public: Option<&[u8; 96]>) {
        let next = self.next.exists().then(|| self.key(&self.next));
        if let (Some(Ok(next)), Some(public)) = (next, public)
            && next.public() == *public
        {
            match fs::rename(&self.next, &self.current) {
                Ok(()) => info!(epoch, "the epoch has a new key; the old one is erased"),
                Err(error) => error!(%error, epoch, "the old key could not be replaced"),
            }
        }
    }
}

/// The secret in a key file of this kind.
///
/// # Errors
/// [`KeyError`] by what failed.
pub(crate) fn read_key(
    path: &Path,
    kind: &str,
    passphrase: Option<&str>,
) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let bytes = crate::config::read_bounded(path, MAX_KEY_FILE)
        .map(Zeroizing::new)
        .map_err(|source| KeyError::Io { path: path.to_owned(), source })?;
    let file = |source| KeyError::File { path: path.to_owned(), source };
    let text = std::str::from_utf8(&bytes).map_err(|_| file(KeyFileError::Malformed))?;
    key_file::read(kind, text, passphrase).map_err(file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use yufu_core::random::SeededRandom;

    fn write(path: &Path, random: &SeededRandom) -> [u8; 96] {
        let key = ConsensusKey::generate(random).unwrap();
        fs::write(path, key_file::write(kind::CONSENSUS, &key.to_bytes(), None, random).unwrap()).unwrap();
        key.public()
    }

    #[test]
    fn an_epoch_takes_the_next_key_and_the_old_one_is_erased() {
        let folder = tempfile::tempdir().unwrap();
        let (current, random) = (folder.path().join("consensus.key"), SeededRandom::new(1));
        let old = write(&current, &random);
        let new = write(&next_key_path(&current), &random);
        let keys = KeyFiles::new(&current, None);
        assert!(keys.find(&old).is_some() && keys.find(&new).is_some());
        keys.entered(1, Some(&old));
        assert!(keys.find(&old).is_some(), "the epoch has the old one still");
        keys.entered(2, Some(&new));
        assert!(keys.find(&old).is_none() && keys.find(&new).is_some());
        assert!(!next_key_path(&current).exists());
    }
}
