//! A private key as a text file: sealed under a passphrase, or in clear where the operator says so.
//!
//! Only the text is made and read here. Whoever writes the file gives it to its owner alone (mode
//! 0600).

use crate::random::{Random, RandomError};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::{
    aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey},
    pbkdf2,
};
use serde::{Deserialize, Serialize};
use std::num::NonZeroU32;
use zeroize::Zeroizing;

/// Rounds of PBKDF2-HMAC-SHA-256 for new files: about 0.2 s of one core.
const ITERATIONS: u32 = 600_000;
/// Rounds that are accepted from a file. More would only stop the program that reads it.
const MAX_ITERATIONS: u32 = 10_000_000;
/// The largest file that is read.
const MAX_FILE: usize = 16 << 10;

/// Why a text is not the key that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyFileError {
    /// Not a key file of this program.
    #[error("not a key file")]
    Malformed,
    /// A key file, but for another use.
    #[error("the key file holds a key for another use")]
    WrongKind,
    /// The file is sealed and no passphrase was given.
    #[error("the key file is sealed: its passphrase is needed")]
    PassphraseNeeded,
    /// The passphrase is wrong, or the file was changed.
    #[error("the passphrase is wrong, or the key file was changed")]
    WrongPassphrase,
    /// No randomness for salt and nonce.
    #[error(transparent)]
    Random(#[from] RandomError),
}

#[derive(Serialize, Deserialize)]
struct KeyFile {
    yufu_key: u8,
    /// What the key is for.
    kind: String,
    #[serde(flatten)]
    content: Content,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Content {
    Clear(String),
    Sealed(Sealed),
}

#[derive(Serialize, Deserialize)]
struct Sealed {
    kdf: String,
    iterations: u32,
    salt: String,
    cipher: String,
    nonce: String,
    text: String,
}

const VERSION: u8 = 1;
const KDF: &str = "PBKDF2-HMAC-SHA-256";
const CIPHER: &str = "AES-256-GCM";

/// The text of a file that holds `secret`, a key for `kind`, sealed where there is a passphrase.
///
/// # Errors
/// [`KeyFileError::Random`] when salt and nonce cannot be drawn.
pub fn write(
    kind: &str,
    secret: &[u8],
    passphrase: Option<&str>,
    random: &dyn Random,
) -> Result<Zeroizing<String>, KeyFileError> {
    let content = match passphrase {
        None => Content::Clear(URL_SAFE_NO_PAD.encode(secret)),
        Some(passphrase) => {
            let salt = random.bytes::<16>()?;
            let nonce = random.bytes::<12>()?;
            let mut text = secret.to_vec();
            sealing_key(passphrase, &salt, ITERATIONS)?
                .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(kind), &mut text)
                .map_err(|_| KeyFileError::Malformed)?;
            Content::Sealed(Sealed {
                kdf: KDF.into(),
                iterations: ITERATIONS,
                salt: URL_SAFE_NO_PAD.encode(salt),
                cipher: CIPHER.into(),
                nonce: URL_SAFE_NO_PAD.encode(nonce),
                text: URL_SAFE_NO_PAD.encode(text),
            })
        }
    };
    serde_json::to_string_pretty(&KeyFile { yufu_key: VERSION, kind: kind.into(), content })
        .map(Zeroizing::new)
        .map_err(|_| KeyFileError::Malformed)
}

/// The key for `kind` in a file's text.
///
/// # Errors
/// [`KeyFileError`] by what does not hold. A file in clear is read whether or not a passphrase is
/// given.
pub fn read(kind: &str, text: &str, passphrase: Option<&str>) -> Result<Zeroizing<Vec<u8>>, KeyFileError> {
    if text.len() > MAX_FILE {
        return Err(KeyFileError::Malformed);
    }
    let file: KeyFile = serde_json::from_str(text).map_err(|_| KeyFileError::Malformed)?;
    if file.yufu_key != VERSION {
        return Err(KeyFileError::Malformed);
    }
    if file.kind != kind {
        return Err(KeyFileError::WrongKind);
    }
    match file.content {
        Content::Clear(secret) => Ok(Zeroizing::new(decode(&Zeroizing::new(secret))?)),
        Content::Sealed(sealed) => open(kind, &sealed, passphrase.ok_or(KeyFileError::PassphraseNeeded)?),
    }
}

fn open(kind: &str, sealed: &Sealed, passphrase: &str) -> Result<Zeroizing<Vec<u8>>, KeyFileError> {
    if sealed.kdf != KDF || sealed.cipher != CIPHER || sealed.iterations > MAX_ITERATIONS {
        return Err(KeyFileError::Malformed);
    }
    let nonce = decode(&sealed.nonce)?.try_into().map_err(|_| KeyFileError::Malformed)?;
    let mut text = Zeroizing::new(decode(&sealed.text)?);
    let length = sealing_key(passphrase, &decode(&sealed.salt)?, sealed.iterations)?
        .open_in_place(Nonce::assume_unique_for_key(nonce), Aad::from(kind), &mut text)
        .map_err(|_| KeyFileError::WrongPassphrase)?
        .len();
    text.truncate(length);
    Ok(text)
}

fn sealing_key(passphrase: &str, salt: &[u8], iterations: u32) -> Result<LessSafeKey, KeyFileError> {
    let iterations = NonZeroU32::new(iterations).ok_or(KeyFileError::Malformed)?;
    let mut key = Zeroizing::new([0; 32]);
    pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, iterations, salt, passphrase.as_bytes(), key.as_mut());
    let key = UnboundKey::new(&AES_256_GCM, key.as_ref()).map_err(|_| KeyFileError::Malformed)?;
    Ok(LessSafeKey::new(key))
}

fn decode(text: &str) -> Result<Vec<u8>, KeyFileError> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| KeyFileError::Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SeededRandom;

    fn file(passphrase: Option<&str>) -> Zeroizing<String> {
        write("test key", b"a secret", passphrase, &SeededRandom::new(1)).unwrap()
    }

    #[test]
    fn a_sealed_key_comes_back_under_its_passphrase_alone() {
        let text = file(Some("tortoise"));
        assert!(!text.contains(&URL_SAFE_NO_PAD.encode(b"a secret")));
        assert_eq!(*read("test key", &text, Some("tortoise")).unwrap(), b"a secret");
        assert_eq!(read("test key", &text, Some("hare")), Err(KeyFileError::WrongPassphrase));
        assert_eq!(read("test key", &text, None), Err(KeyFileError::PassphraseNeeded));
    }

    #[test]
    fn a_key_in_clear_comes_back() {
        assert_eq!(*read("test key", &file(None), None).unwrap(), b"a secret");
    }

    #[test]
    fn a_key_for_another_use_is_refused_even_if_the_file_says_otherwise() {
        let text = file(Some("tortoise"));
        assert_eq!(read("another", &text, Some("tortoise")), Err(KeyFileError::WrongKind));
        let relabelled = text.replace("test key", "another");
        assert_eq!(read("another", &relabelled, Some("tortoise")), Err(KeyFileError::WrongPassphrase));
    }

    #[test]
    fn a_file_that_would_stop_its_reader_is_refused() {
        let slow = file(Some("tortoise")).replace("600000", "4000000000");
        assert_eq!(read("test key", &slow, Some("tortoise")), Err(KeyFileError::Malformed));
        assert_eq!(read("test key", &" ".repeat(MAX_FILE + 1), None), Err(KeyFileError::Malformed));
    }
}
