//! Private keys as files: PKCS #8, encrypted unless the settings say otherwise. `openssl pkcs8` opens
//! them too.

use crate::config::{KeysConfig, Passphrase};
use pkcs8::{
    EncryptedPrivateKeyInfoOwned, LineEnding, PrivateKeyInfoRef, SecretDocument,
    der::{Decode, Encode, pem::PemLabel},
    pkcs5::{pbes2, scrypt},
};
use std::{
    io::Write,
    path::{Path, PathBuf},
};
use yufu_core::{
    Random,
    crypto::{SignerError, SoftwareKey, key_file},
};
use zeroize::Zeroizing;

/// The environment variable that the passphrase is read from where no file is named.
pub const PASSPHRASE_VARIABLE: &str = "YUFU_ISSUER_PASSPHRASE";

/// The shortest passphrase that is taken.
pub const MIN_PASSPHRASE: usize = 12;

/// Why a key file was not read or written.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// No passphrase was given.
    #[error(
        "no passphrase for the key files: set `keys.passphrase_file` or {PASSPHRASE_VARIABLE}, \
         or allow plain files with `keys.unencrypted = true`"
    )]
    NoPassphrase,
    /// The passphrase is too short to protect anything.
    #[error("the passphrase of the key files is shorter than {MIN_PASSPHRASE} characters")]
    ShortPassphrase,
    /// The file is encrypted with another passphrase, or damaged.
    #[error("{0} does not open with this passphrase")]
    WrongPassphrase(PathBuf),
    /// The file is not a private key of a supported kind.
    #[error("{0} is not a private key that is supported")]
    Malformed(PathBuf),
    /// The file is plain where encrypted ones are asked for.
    #[error("{0} is not encrypted, and `keys.unencrypted` is not set")]
    Unencrypted(PathBuf),
    /// The file cannot be read or written.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// No key could be made or encrypted.
    #[error("a key could not be made: {0}")]
    Generate(String),
}

impl From<SignerError> for KeyFileError {
    fn from(error: SignerError) -> Self {
        Self::Generate(error.to_string())
    }
}

/// How key files of one agency are protected.
#[derive(Clone, Debug)]
pub struct KeyFiles {
    passphrase: Option<Passphrase>,
}

impl KeyFiles {
    /// Takes the passphrase from where the settings say.
    ///
    /// # Errors
    /// [`KeyFileError::NoPassphrase`] and [`KeyFileError::ShortPassphrase`]; [`KeyFileError::File`] when
    /// the passphrase's file cannot be read.
    pub fn new(settings: &KeysConfig) -> Result<Self, KeyFileError> {
        if settings.unencrypted {
            return Ok(Self { passphrase: None });
        }
        let passphrase = if let Some(passphrase) = &settings.passphrase {
            passphrase.clone()
        } else if let Some(path) = &settings.passphrase_file {
            let text = std::fs::read_to_string(path)
                .map_err(|source| KeyFileError::File { path: path.clone(), source })?;
            Passphrase::new(text.trim_end_matches(['\r', '\n']).to_owned())
        } else {
            Passphrase::new(std::env::var(PASSPHRASE_VARIABLE).map_err(|_| KeyFileError::NoPassphrase)?)
        };
        if passphrase.as_bytes().len() < MIN_PASSPHRASE {
            return Err(KeyFileError::ShortPassphrase);
        }
        Ok(Self { passphrase: Some(passphrase) })
    }

    /// Writes a key to a file that must not be there yet, for the owner's eyes, durable on return.
    ///
    /// # Errors
    /// [`KeyFileError`] by what failed.
    pub fn write(&self, path: &Path, key: &SoftwareKey, random: &dyn Random) -> Result<(), KeyFileError> {
        create(path, &self.seal(&key.pkcs8(), random)?)
    }

    /// Reads a key.
    ///
    /// # Errors
    /// [`KeyFileError`] by what failed.
    pub fn read(&self, path: &Path) -> Result<SoftwareKey, KeyFileError> {
        let pem = std::fs::read_to_string(path)
            .map(Zeroizing::new)
            .map_err(|source| KeyFileError::File { path: path.into(), source })?;
        let malformed = || KeyFileError::Malformed(path.into());
        let (label, document) = SecretDocument::from_pem(&pem).map_err(|_| malformed())?;
        let plain;
        let der = match (label, &self.passphrase) {
            (EncryptedPrivateKeyInfoOwned::PEM_LABEL, Some(passphrase)) => {
                let sealed =
                    EncryptedPrivateKeyInfoOwned::from_der(document.as_bytes()).map_err(|_| malformed())?;
                plain = sealed
                    .decrypt(passphrase.as_bytes())
                    .map_err(|_| KeyFileError::WrongPassphrase(path.into()))?;
                plain.as_bytes()
            }
            (EncryptedPrivateKeyInfoOwned::PEM_LABEL, None) => return Err(KeyFileError::NoPassphrase),
            (PrivateKeyInfoRef::PEM_LABEL, None) => document.as_bytes(),
            (PrivateKeyInfoRef::PEM_LABEL, Some(_)) => return Err(KeyFileError::Unencrypted(path.into())),
            _ => return Err(malformed()),
        };
        SoftwareKey::from_pkcs8(der).map_err(|_| malformed())
    }

    /// A secret of 32 bytes in a file, sealed as the keys are; drawn and written where there is none.
    ///
    /// # Errors
    /// [`KeyFileError`] by what failed.
    pub(crate) fn secret(
        &self,
        path: &Path,
        random: &dyn Random,
    ) -> Result<Zeroizing<[u8; 32]>, KeyFileError> {
        const KIND: &str = "yufu-vc-api";
        let passphrase = self.passphrase.as_ref().map(Passphrase::as_str);
        let failed = |source| KeyFileError::File { path: path.into(), source };
        if path.exists() {
            let text = std::fs::read_to_string(path).map(Zeroizing::new).map_err(failed)?;
            let secret = key_file::read(KIND, &text, passphrase).map_err(|error| match error {
                key_file::KeyFileError::WrongPassphrase => KeyFileError::WrongPassphrase(path.into()),
                key_file::KeyFileError::PassphraseNeeded => KeyFileError::NoPassphrase,
                _ => KeyFileError::Malformed(path.into()),
            })?;
            let secret = <[u8; 32]>::try_from(secret.as_slice());
            return secret.map(Zeroizing::new).map_err(|_| KeyFileError::Malformed(path.into()));
        }
        let generated = |error: &dyn std::fmt::Display| KeyFileError::Generate(error.to_string());
        let secret = Zeroizing::new(random.bytes::<32>().map_err(|e| generated(&e))?);
        let text = key_file::write(KIND, secret.as_ref(), passphrase, random).map_err(|e| generated(&e))?;
        create(path, &text)?;
        Ok(secret)
    }

    fn seal(&self, pkcs8: &[u8], random: &dyn Random) -> Result<Zeroizing<String>, KeyFileError> {
        let failed = |what: &dyn std::fmt::Display| KeyFileError::Generate(what.to_string());
        let Some(passphrase) = &self.passphrase else {
            let document = SecretDocument::try_from(pkcs8).map_err(|e| failed(&e))?;
            return document.to_pem(PrivateKeyInfoRef::PEM_LABEL, LineEnding::LF).map_err(|e| failed(&e));
        };
        let salt: [u8; 16] = random.bytes().map_err(|e| failed(&e))?;
        let iv: [u8; 16] = random.bytes().map_err(|e| failed(&e))?;
        // A quarter of a second for each guess, in memory that openssl allows itself too.
        let cost = scrypt::Params::new(14, 8, 5).map_err(|e| failed(&e))?;
        let scheme = pbes2::Parameters::generate_scrypt_aes256cbc(cost, &salt, iv).map_err(|e| failed(&e))?;
        let encrypted = scheme.encrypt(passphrase.as_bytes(), pkcs8).map_err(|e| failed(&e))?;
        let info = EncryptedPrivateKeyInfoOwned {
            encryption_algorithm: scheme.into(),
            encrypted_data: pkcs8::der::asn1::OctetString::new(encrypted).map_err(|e| failed(&e))?,
        };
        let der = info.to_der().map_err(|e| failed(&e))?;
        let document = SecretDocument::try_from(der).map_err(|e| failed(&e))?;
        document.to_pem(EncryptedPrivateKeyInfoOwned::PEM_LABEL, LineEnding::LF).map_err(|e| failed(&e))
    }
}

/// Writes a file that must not be there yet, for its owner alone.
fn create(path: &Path, text: &str) -> Result<(), KeyFileError> {
    let failed = |source| KeyFileError::File { path: path.into(), source };
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path).map_err(failed)?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::scratch;
    use yufu_core::{
        SystemRandom,
        crypto::{Algorithm, Signer},
    };

    fn files(passphrase: &str) -> KeyFiles {
        let passphrase = Some(Passphrase::new(passphrase.into()));
        KeyFiles::new(&KeysConfig { passphrase, ..KeysConfig::default() }).unwrap()
    }

    fn plain() -> KeyFiles {
        KeyFiles::new(&KeysConfig { unencrypted: true, ..KeysConfig::default() }).unwrap()
    }

    fn key() -> SoftwareKey {
        SoftwareKey::generate(Algorithm::Es256, &SystemRandom::new()).unwrap()
    }

    #[test]
    fn a_key_rests_encrypted_and_opens_with_its_passphrase_alone() {
        let path = scratch("key").join("a.pem");
        let key = key();
        files("correct horse battery").write(&path, &key, &SystemRandom::new()).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----"));
        let opened = files("correct horse battery").read(&path).unwrap();
        assert_eq!(opened.verifying_key(), key.verifying_key());
        let wrong = files("another passphrase").read(&path);
        assert!(
            matches!(wrong, Err(KeyFileError::WrongPassphrase(_) | KeyFileError::Malformed(_))),
            "{wrong:?}"
        );
        assert!(matches!(plain().read(&path), Err(KeyFileError::NoPassphrase)));
    }

    #[test]
    fn refuses_a_plain_file_where_encrypted_ones_are_asked_for() {
        let path = scratch("plain-key").join("a.pem");
        plain().write(&path, &key(), &SystemRandom::new()).unwrap();
        plain().read(&path).unwrap();
        assert!(matches!(files("correct horse battery").read(&path), Err(KeyFileError::Unencrypted(_))));
    }

    #[test]
    fn refuses_to_write_over_a_key() {
        let path = scratch("twice").join("a.pem");
        plain().write(&path, &key(), &SystemRandom::new()).unwrap();
        let again = plain().write(&path, &key(), &SystemRandom::new());
        assert!(matches!(again, Err(KeyFileError::File { .. })));
    }

    #[test]
    fn refuses_a_file_that_is_no_key() {
        let path = scratch("no-key").join("a.pem");
        std::fs::write(&path, "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n").unwrap();
        assert!(matches!(plain().read(&path), Err(KeyFileError::Malformed(_))));
    }

    #[test]
    fn refuses_a_passphrase_that_protects_nothing() {
        let passphrase = Some(Passphrase::new("short".into()));
        let settings = KeysConfig { passphrase, ..KeysConfig::default() };
        assert!(matches!(KeyFiles::new(&settings), Err(KeyFileError::ShortPassphrase)));
    }

    #[cfg(unix)]
    #[test]
    fn a_key_file_is_for_its_owner_alone() {
        use std::os::unix::fs::PermissionsExt;
        let path = scratch("mode").join("a.pem");
        plain().write(&path, &key(), &SystemRandom::new()).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
