//! Whom a code is for, and what a counter prints so that phones can make codes for it alone.

use crate::crypto::{Digest, VerifyingKey};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use borsh::{BorshDeserialize, BorshSerialize};
use std::{fmt, str::FromStr};

const CLASS: &str = "yufu-class:";
const COUNTER: &str = "yufu-counter:";
const PRINTED: &str = "yufu-counter-1:";
/// Most bytes of a class name.
const MAX_CLASS: usize = 64;
/// Most bytes of a counter's name in one language.
pub const MAX_NAME: usize = 120;

/// Whom a code is for: the `aud` of its key binding.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Audience {
    /// Every counter of a class: `yufu-class:<id>`.
    Class(String),
    /// One counter, by the thumbprint of its key: `yufu-counter:<base64url>`.
    Counter(Digest),
}

/// Why text is not an audience or a counter's printed code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AudienceError {
    /// Another prefix than ours.
    #[error("not a counter's code")]
    Prefix,
    /// The rest is malformed.
    #[error("the counter's code is malformed")]
    Malformed,
    /// A name is empty, too long, or holds characters that could hide or reorder others.
    #[error("the counter's name is empty, too long or has hidden characters")]
    Name,
}

impl Audience {
    /// The class audience `id`, lower-case letters, digits and hyphens.
    ///
    /// # Errors
    /// [`AudienceError::Malformed`] on other characters or lengths.
    pub fn class(id: &str) -> Result<Self, AudienceError> {
        let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if id.is_empty() || id.len() > MAX_CLASS || !id.bytes().all(allowed) {
            return Err(AudienceError::Malformed);
        }
        Ok(Self::Class(id.to_owned()))
    }
}

impl fmt::Display for Audience {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Class(id) => write!(f, "{CLASS}{id}"),
            Self::Counter(thumbprint) => write!(f, "{COUNTER}{}", URL_SAFE_NO_PAD.encode(thumbprint)),
        }
    }
}

impl FromStr for Audience {
    type Err = AudienceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(id) = text.strip_prefix(CLASS) {
            return Self::class(id);
        }
        let thumbprint = text.strip_prefix(COUNTER).ok_or(AudienceError::Prefix)?;
        let bytes = URL_SAFE_NO_PAD.decode(thumbprint).map_err(|_| AudienceError::Malformed)?;
        bytes.try_into().map(Self::Counter).map_err(|_| AudienceError::Malformed)
    }
}

/// What stands on the paper on a counter: its name and its key. The name is the counter's own word:
/// a consent sheet shows it as unconfirmed unless the registry knows the key.
///
/// Its text is `yufu-counter-1:` and base64url (without padding) of borsh.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct PrintedCounter {
    /// Name in Chinese.
    pub name_zh: String,
    /// Name in English.
    pub name_en: String,
    /// The counter's key; its thumbprint is the audience.
    pub key: VerifyingKey,
}

impl PrintedCounter {
    /// A counter's printed code.
    ///
    /// # Errors
    /// [`AudienceError::Name`] when a name is empty, longer than [`MAX_NAME`] bytes, or has control,
    /// invisible or direction-changing characters.
    pub fn new(name_zh: &str, name_en: &str, key: VerifyingKey) -> Result<Self, AudienceError> {
        let printed = Self { name_zh: name_zh.to_owned(), name_en: name_en.to_owned(), key };
        printed.check()?;
        Ok(printed)
    }

    /// The audience of codes made for this counter.
    #[must_use]
    pub fn audience(&self) -> Audience {
        Audience::Counter(self.key.thumbprint())
    }

    fn check(&self) -> Result<(), AudienceError> {
        let hidden = |c: char| {
            c.is_control()
                || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
        };
        let bad = |name: &str| name.trim().is_empty() || name.len() > MAX_NAME || name.chars().any(hidden);
        if bad(&self.name_zh) || bad(&self.name_en) { Err(AudienceError::Name) } else { Ok(()) }
    }
}

impl fmt::Display for PrintedCounter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = borsh::to_vec(self).map_err(|_| fmt::Error)?;
        write!(f, "{PRINTED}{}", URL_SAFE_NO_PAD.encode(bytes))
    }
}

impl FromStr for PrintedCounter {
    type Err = AudienceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let body = text.trim().strip_prefix(PRINTED).ok_or(AudienceError::Prefix)?;
        if body.len() > 600 {
            return Err(AudienceError::Malformed);
        }
        let bytes = URL_SAFE_NO_PAD.decode(body).map_err(|_| AudienceError::Malformed)?;
        let printed = Self::try_from_slice(&bytes).map_err(|_| AudienceError::Malformed)?;
        printed.check()?;
        Ok(printed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        crypto::{Algorithm, Signer, SoftwareKey},
        random::SeededRandom,
    };

    fn key() -> VerifyingKey {
        SoftwareKey::generate(Algorithm::Es256, &SeededRandom::new(1)).unwrap().verifying_key().clone()
    }

    #[test]
    fn audiences_survive_their_text() {
        let printed = PrintedCounter::new("市图书馆", "City Library", key()).unwrap();
        for audience in [Audience::class("age-restricted-goods").unwrap(), printed.audience()] {
            assert_eq!(audience.to_string().parse(), Ok(audience));
        }
        assert_eq!(printed.to_string().parse(), Ok(printed));
    }

    #[test]
    fn refuses_other_texts_and_names_that_hide_something() {
        assert_eq!("https://x.example".parse::<Audience>(), Err(AudienceError::Prefix));
        assert_eq!("yufu-class:Ü".parse::<Audience>(), Err(AudienceError::Malformed));
        assert_eq!("yufu-counter:AAAA".parse::<Audience>(), Err(AudienceError::Malformed));
        assert_eq!("yufu-counter-1:AAAA".parse::<PrintedCounter>(), Err(AudienceError::Malformed));
        let hidden = PrintedCounter::new("图书馆", "Lib\u{202e}rary", key());
        assert_eq!(hidden, Err(AudienceError::Name));
    }
}
