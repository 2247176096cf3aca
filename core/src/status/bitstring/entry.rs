//! A credential's pointer to its status.

use super::BitstringError;
use crate::{credential::w3c::model::is_url, status::is_shape};
use serde_json::{Map, Value, json};
use std::fmt;

/// The `type` of an entry.
pub(super) const ENTRY_TYPE: &str = "BitstringStatusListEntry";
/// The longest message, in bytes.
pub const MAX_MESSAGE: usize = 1024;
/// The most addresses in `statusReference`.
const MAX_REFERENCES: usize = 16;
/// The longest purpose of others, in bytes.
const MAX_PURPOSE: usize = 128;

/// What a status says.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Purpose {
    /// Set: the credential is revoked, for good.
    Revocation,
    /// Set: the credential is suspended, until further notice.
    Suspension,
    /// Set: a newer credential can be had. The credential stays valid.
    Refresh,
    /// The value stands for a message. The credential stays valid.
    Message,
    /// A purpose that we do not know: what it means for the credential is not known either.
    Other(String),
}

impl Purpose {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Revocation => "revocation",
            Self::Suspension => "suspension",
            Self::Refresh => "refresh",
            Self::Message => "message",
            Self::Other(name) => name,
        }
    }

    /// The purpose of that name.
    ///
    /// # Errors
    /// [`BitstringError::Member`] for an empty or very long name.
    pub fn parse(name: &str) -> Result<Self, BitstringError> {
        let known = [Self::Revocation, Self::Suspension, Self::Refresh, Self::Message];
        if let Some(known) = known.into_iter().find(|known| known.as_str() == name) {
            return Ok(known);
        }
        let fits = (1..=MAX_PURPOSE).contains(&name.len());
        if fits { Ok(Self::Other(name.to_owned())) } else { Err(BitstringError::Member("statusPurpose")) }
    }
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a value of a status stands for. For developers, not for the people at a counter.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct StatusMessage {
    /// The value.
    pub status: u8,
    /// The message.
    pub message: String,
}

/// `credentialStatus` of type `BitstringStatusListEntry`.
///
/// Spec: Bitstring Status List 1.0 §2.1.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct StatusEntry {
    /// The entry's own name, which nothing depends on.
    pub id: Option<String>,
    /// What the status says.
    pub purpose: Purpose,
    /// The credential's place in the list.
    pub index: u64,
    /// Where the list is.
    pub list: String,
    /// Bits an entry: 1, 2, 4 or 8.
    pub bits: u8,
    /// One for each value, in their order, or none.
    pub messages: Vec<StatusMessage>,
    /// Where the messages are explained.
    pub references: Vec<String>,
}

impl StatusEntry {
    /// An entry of one bit.
    #[must_use]
    pub fn new(purpose: Purpose, list: &str, index: u64) -> Self {
        Self {
            id: None,
            purpose,
            index,
            list: list.to_owned(),
            bits: 1,
            messages: Vec::new(),
            references: Vec::new(),
        }
    }

    /// Whether a member of `credentialStatus` is an entry of this type.
    #[must_use]
    pub fn is_typed_as_one(status: &Map<String, Value>) -> bool {
        match status.get("type") {
            Some(Value::String(name)) => name == ENTRY_TYPE,
            Some(Value::Array(names)) => names.iter().any(|name| name == ENTRY_TYPE),
            _ => false,
        }
    }

    /// Reads an entry, whole. Members that the specification does not define are passed over.
    ///
    /// # Errors
    /// [`BitstringError::Type`], [`BitstringError::Member`], [`BitstringError::Size`],
    /// [`BitstringError::Messages`].
    pub fn parse(status: &Map<String, Value>) -> Result<Self, BitstringError> {
        match status.get("type") {
            Some(Value::String(name)) if name == ENTRY_TYPE => {}
            Some(Value::Array(names)) if matches!(names.as_slice(), [name] if name == ENTRY_TYPE) => {}
            _ => return Err(BitstringError::Type),
        }
        let list =
            url(status, "statusListCredential")?.ok_or(BitstringError::Member("statusListCredential"))?;
        let id = url(status, "id")?;
        if id.as_ref() == Some(&list) {
            return Err(BitstringError::Member("id"));
        }
        let bits = match status.get("statusSize") {
            None => 1,
            Some(size) => size.as_u64().ok_or(BitstringError::Member("statusSize"))?,
        };
        let bits = u8::try_from(bits).ok().filter(|bits| is_shape(*bits, 1)).ok_or(BitstringError::Size)?;
        let purpose = match status.get("statusPurpose") {
            Some(Value::String(name)) => Purpose::parse(name)?,
            _ => return Err(BitstringError::Member("statusPurpose")),
        };
        Ok(Self {
            id,
            purpose,
            index: index(status.get("statusListIndex"))?,
            list,
            bits,
            messages: messages(status.get("statusMessage"), bits)?,
            references: references(status.get("statusReference"))?,
        })
    }

    /// The entry as it stands in a credential.
    #[must_use]
    pub fn to_json(&self) -> Map<String, Value> {
        let mut status = Map::new();
        if let Some(id) = &self.id {
            status.insert("id".into(), id.as_str().into());
        }
        status.insert("type".into(), ENTRY_TYPE.into());
        status.insert("statusPurpose".into(), self.purpose.as_str().into());
        status.insert("statusListIndex".into(), self.index.to_string().into());
        status.insert("statusListCredential".into(), self.list.as_str().into());
        if self.bits != 1 {
            status.insert("statusSize".into(), self.bits.into());
        }
        if !self.messages.is_empty() {
            let messages = self.messages.iter().map(|StatusMessage { status, message }| {
                json!({ "status": format!("{status:#x}"), "message": message })
            });
            status.insert("statusMessage".into(), messages.collect());
        }
        match self.references.as_slice() {
            [] => {}
            [one] => {
                status.insert("statusReference".into(), one.as_str().into());
            }
            several => {
                status.insert("statusReference".into(), several.into());
            }
        }
        status
    }

    /// The message of a value.
    #[must_use]
    pub fn message(&self, value: u8) -> Option<&str> {
        let found = self.messages.iter().find(|message| message.status == value);
        found.map(|message| message.message.as_str())
    }

    /// The list's number in the registry: the last segment of its address.
    #[must_use]
    pub fn list_number(&self) -> Option<u32> {
        let segment = self.list.rsplit('/').next()?;
        // One number, one spelling: no sign, no leading zero.
        segment.parse().ok().filter(|list: &u32| list.to_string() == segment)
    }
}

fn url(status: &Map<String, Value>, name: &'static str) -> Result<Option<String>, BitstringError> {
    match status.get(name) {
        None => Ok(None),
        Some(Value::String(url)) if is_url(url) => Ok(Some(url.clone())),
        Some(_) => Err(BitstringError::Member(name)),
    }
}

/// An index is decimal digits in a text. No list is as long as the largest that fits into 64 bits.
fn index(value: Option<&Value>) -> Result<u64, BitstringError> {
    const NAME: BitstringError = BitstringError::Member("statusListIndex");
    let digits = value.and_then(Value::as_str).ok_or(NAME)?;
    let decimal = digits.bytes().all(|byte| byte.is_ascii_digit());
    let shortest = digits == "0" || !digits.starts_with('0');
    if !decimal || !shortest { Err(NAME) } else { digits.parse().map_err(|_| NAME) }
}

/// One message for each value, in any order; where there is one bit, none or both.
fn messages(value: Option<&Value>, bits: u8) -> Result<Vec<StatusMessage>, BitstringError> {
    let given = match value {
        None if bits == 1 => return Ok(Vec::new()),
        None => return Err(BitstringError::Messages),
        Some(Value::Array(given)) => given,
        Some(_) => return Err(BitstringError::Member("statusMessage")),
    };
    if given.len() != 1 << bits {
        return Err(BitstringError::Messages);
    }
    let mut messages = Vec::with_capacity(given.len());
    for message in given {
        messages.push(read_message(message).ok_or(BitstringError::Member("statusMessage"))?);
    }
    messages.sort_by_key(|message| message.status);
    let complete = (0u8..=u8::MAX).zip(&messages).all(|(value, message)| message.status == value);
    if complete { Ok(messages) } else { Err(BitstringError::Messages) }
}

fn read_message(message: &Value) -> Option<StatusMessage> {
    let digits = message.get("status")?.as_str()?.strip_prefix("0x")?;
    let hexadecimal = (1..=2).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let status = u8::from_str_radix(digits, 16).ok().filter(|_| hexadecimal)?;
    let message = message.get("message")?.as_str().filter(|message| message.len() <= MAX_MESSAGE)?;
    Some(StatusMessage { status, message: message.to_owned() })
}

fn references(value: Option<&Value>) -> Result<Vec<String>, BitstringError> {
    let read = |value: &Value| value.as_str().filter(|url| is_url(url)).map(str::to_owned);
    let references = match value {
        None => Some(Vec::new()),
        Some(Value::Array(urls)) if urls.len() <= MAX_REFERENCES => urls.iter().map(read).collect(),
        Some(url) => read(url).map(|url| vec![url]),
    };
    references.ok_or(BitstringError::Member("statusReference"))
}
