//! Presentation file: a presentation of the W3C data model and the registry's staple for its
//! credential, to be handed to a counter as a file or as text.
//!
//! A JSON object: `presentation` is the presentation, as an object with an embedded proof or as a
//! compact `vp+jwt`; `staples` are texts in base64url, one for each credential whose status they prove;
//! `listings`, which may be absent, are such texts too, one for each credential that names its issuer by a
//! DID of the web: whose it is in the registry.
//! The holder signs for one counter (`domain` or `aud` is its [audience](super::audience::Audience)) and
//! for a [`Challenge`]: a number never used before, and the digest of the header in the staple, so that
//! no presentation can be dressed with a newer staple later.

use crate::{
    credential::w3c::{UnverifiedPresentation, VcError, model::ModelError},
    crypto::Digest,
    jose::parse_object,
    registry::{MAX_LISTING, MAX_STAPLE},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};
use std::{fmt, str::FromStr};

/// The largest file that is read, in bytes.
pub const MAX_FILE: usize = 256 << 10;
/// The most staples in a file, and the most listings.
pub const MAX_STAPLES: usize = 16;
/// How old a presentation in a file may be, where its policy says nothing else, in seconds.
pub const MAX_AGE_S: u64 = 10 * 60;

/// Why a file is not read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// More bytes, staples or listings than are read.
    #[error("the file is larger than is read")]
    TooLarge,
    /// Not JSON of this shape, or a staple or listing is not base64url.
    #[error("the file is not a presentation with its staples")]
    Malformed,
    /// The presentation in it is none.
    #[error(transparent)]
    Presentation(VcError),
}

/// A presentation file as it was read: nothing in it has been checked.
#[derive(Clone)]
pub struct UnverifiedFile {
    /// What is presented.
    pub presentation: UnverifiedPresentation,
    staples: Vec<Vec<u8>>,
    listings: Vec<Vec<u8>>,
}

// What is disclosed stays out of logs.
impl fmt::Debug for UnverifiedFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnverifiedFile").field("staples", &self.staples.len()).finish_non_exhaustive()
    }
}

impl UnverifiedFile {
    /// Reads a file.
    ///
    /// # Errors
    /// [`FileError`] by the first thing that does not hold.
    pub fn parse(json: &[u8]) -> Result<Self, FileError> {
        if json.len() > MAX_FILE {
            return Err(FileError::TooLarge);
        }
        let mut file = parse_object(json).map_err(|_| FileError::Malformed)?;
        let staples = byte_texts(file.remove("staples"), MAX_STAPLE)?;
        let listings = byte_texts(file.remove("listings"), MAX_LISTING)?;
        let presentation = match file.remove("presentation") {
            Some(Value::Object(document)) => UnverifiedPresentation::from_document(document),
            Some(Value::String(compact)) => UnverifiedPresentation::parse_jwt(&compact),
            _ => return Err(FileError::Malformed),
        };
        if !file.is_empty() {
            return Err(FileError::Malformed);
        }
        let presentation = presentation.map_err(|error| match error {
            VcError::Model(ModelError::TooLarge) => FileError::TooLarge,
            other => FileError::Presentation(other),
        })?;
        Ok(Self { presentation, staples, listings })
    }

    /// The staples' bytes.
    #[must_use]
    pub fn staples(&self) -> &[Vec<u8>] {
        &self.staples
    }

    /// The [listings](crate::registry::Listing)' bytes.
    #[must_use]
    pub fn listings(&self) -> &[Vec<u8>] {
        &self.listings
    }
}

fn byte_texts(value: Option<Value>, max: usize) -> Result<Vec<Vec<u8>>, FileError> {
    let texts = match value {
        None => return Ok(Vec::new()),
        Some(Value::Array(texts)) if texts.len() <= MAX_STAPLES => texts,
        Some(Value::Array(_)) => return Err(FileError::TooLarge),
        Some(_) => return Err(FileError::Malformed),
    };
    let bytes = |text: &Value| {
        let text = text.as_str().ok_or(FileError::Malformed)?;
        if text.len() > max * 4 / 3 + 4 {
            return Err(FileError::TooLarge);
        }
        URL_SAFE_NO_PAD.decode(text).map_err(|_| FileError::Malformed)
    };
    texts.iter().map(bytes).collect()
}

/// The file of a presentation, an object or a compact text, its staples and its listings.
#[must_use]
pub fn write(presentation: Value, staples: &[Vec<u8>], listings: &[Vec<u8>]) -> String {
    let texts = |all: &[Vec<u8>]| all.iter().map(|bytes| URL_SAFE_NO_PAD.encode(bytes)).collect::<Vec<_>>();
    let mut file = json!({ "presentation": presentation, "staples": texts(staples) });
    if !listings.is_empty() {
        file["listings"] = texts(listings).into();
    }
    file.to_string()
}

/// A presentation that is to be signed: nothing but the credential, an object with its proof or a
/// compact `vc+jwt`.
#[must_use]
pub fn presentation_of(credential: &Value, holder: &str) -> Map<String, Value> {
    let presented = match credential {
        Value::String(compact) => json!({
            "@context": ["https://www.w3.org/ns/credentials/v2"],
            "id": format!("data:application/vc+jwt,{compact}"),
            "type": "EnvelopedVerifiableCredential",
        }),
        embedded => embedded.clone(),
    };
    let mut document = Map::new();
    document.insert("@context".into(), json!(["https://www.w3.org/ns/credentials/v2"]));
    document.insert("type".into(), json!(["VerifiablePresentation"]));
    document.insert("holder".into(), holder.into());
    document.insert("verifiableCredential".into(), json!([presented]));
    document
}

/// What the holder signs beside the presentation and the counter's name: `challenge` of the proof, or
/// `nonce` of the JWT.
///
/// As text: the number in base64url and, after a dot, the digest of the stapled header; no dot where
/// nothing is stapled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Challenge {
    /// Never used before.
    pub nonce: [u8; 16],
    /// Digest of the header in the staple.
    pub anchor: Option<Digest>,
}

impl fmt::Display for Challenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(self.nonce))?;
        match self.anchor {
            Some(anchor) => write!(f, ".{}", URL_SAFE_NO_PAD.encode(anchor)),
            None => Ok(()),
        }
    }
}

/// The text is no challenge of a presentation file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the challenge of a presentation file")]
pub struct NotAChallenge;

impl FromStr for Challenge {
    type Err = NotAChallenge;

    fn from_str(text: &str) -> Result<Self, NotAChallenge> {
        let (nonce, anchor) = match text.split_once('.') {
            Some((nonce, anchor)) => (nonce, Some(bytes(anchor)?)),
            None => (text, None),
        };
        Ok(Self { nonce: bytes(nonce)?, anchor })
    }
}

fn bytes<const N: usize>(text: &str) -> Result<[u8; N], NotAChallenge> {
    URL_SAFE_NO_PAD.decode(text).ok().and_then(|bytes| bytes.try_into().ok()).ok_or(NotAChallenge)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_challenge_survives_its_text_and_nothing_else_is_one() {
        for anchor in [None, Some([9; 32])] {
            let challenge = Challenge { nonce: [7; 16], anchor };
            assert_eq!(challenge.to_string().parse(), Ok(challenge));
        }
        for text in ["", ".", "AAAA", "BwcHBwcHBwcHBwcHBwcHBw.", "BwcHBwcHBwcHBwcHBwcHBw.AAAA"] {
            assert_eq!(text.parse::<Challenge>(), Err(NotAChallenge), "{text}");
        }
    }

    #[test]
    fn refuses_files_by_what_does_not_hold() {
        let refused = |json: &str| UnverifiedFile::parse(json.as_bytes()).unwrap_err();
        for malformed in [
            "",
            "[]",
            "{}",
            r#"{"presentation":1,"staples":[]}"#,
            r#"{"presentation":"a","staples":[1]}"#,
            r#"{"presentation":"a","staples":["*"]}"#,
            r#"{"presentation":"a","staples":"AAAA"}"#,
        ] {
            assert_eq!(refused(malformed), FileError::Malformed, "{malformed}");
        }
        assert!(matches!(refused(r#"{"presentation":"a.b.c"}"#), FileError::Presentation(_)));
        let unsecured = r#"{"presentation":{"@context":["https://www.w3.org/ns/credentials/v2"],"type":"VerifiablePresentation"}}"#;
        assert_eq!(refused(unsecured), FileError::Presentation(VcError::Unsecured));
        assert_eq!(refused(&" ".repeat(MAX_FILE + 1)), FileError::TooLarge);
        let many = format!(r#"{{"presentation":"a","staples":[{}""]}}"#, r#""","#.repeat(MAX_STAPLES));
        assert_eq!(refused(&many), FileError::TooLarge);
        let long = format!(r#"{{"presentation":"a","staples":["{}"]}}"#, "A".repeat(MAX_STAPLE * 2));
        assert_eq!(refused(&long), FileError::TooLarge);
    }
}
