//! The list credential: what an issuer signs and what a verifier reads.

use super::{BitstringError, Purpose, StatusEntry, decode_list, encode_list};
use crate::{
    credential::w3c::{VerifiedCredential, model::DateTimeStamp},
    registry::StatusEncoding,
    status::{MIN_LIST_SIZE, StatusArray, array},
};
use serde_json::{Map, Value, json};
use std::fmt;

/// The `type` of a list credential, beside `VerifiableCredential`.
pub const CREDENTIAL_TYPE: &str = "BitstringStatusListCredential";
/// The `type` of its subject.
pub const LIST_TYPE: &str = "BitstringStatusList";
/// The most purposes that one list may serve.
const MAX_PURPOSES: usize = 16;
/// How far ahead of ours an issuer's clock may be (seconds).
const CLOCK_SKEW: u64 = 60;

/// What the document of a list credential is made of.
#[derive(Clone, Copy, Debug)]
pub struct ListDocument<'a> {
    /// Where the list will be: the `statusListCredential` of the credentials.
    pub id: &'a str,
    /// Who signs it: the credentials' issuer.
    pub issuer: &'a str,
    /// What its bits say. At least one.
    pub purposes: &'a [Purpose],
    /// The entries, in the order of a bit string.
    pub array: &'a StatusArray,
    /// First second of its validity.
    pub valid_from: u64,
    /// Last second of its validity.
    pub valid_until: u64,
    /// How long it may be cached (milliseconds).
    pub ttl_ms: u64,
}

impl ListDocument<'_> {
    /// The document, to be signed as any other credential.
    ///
    /// # Errors
    /// [`BitstringError::Member`] without a purpose or where the validity ends before it starts;
    /// [`BitstringError::Encoding`], [`BitstringError::TooShort`], [`BitstringError::TooLarge`].
    ///
    /// Spec: Bitstring Status List 1.0 §2.2, §3.1.
    pub fn to_json(&self) -> Result<Map<String, Value>, BitstringError> {
        if self.valid_until < self.valid_from {
            return Err(BitstringError::Member("validUntil"));
        }
        let purpose: Value = match self.purposes {
            [] => return Err(BitstringError::Member("statusPurpose")),
            [one] => one.as_str().into(),
            several => several.iter().map(Purpose::as_str).collect(),
        };
        let document = json!({
            "@context": ["https://www.w3.org/ns/credentials/v2"],
            "id": self.id,
            "type": ["VerifiableCredential", CREDENTIAL_TYPE],
            "issuer": self.issuer,
            "validFrom": DateTimeStamp::from_seconds(self.valid_from).to_string(),
            "validUntil": DateTimeStamp::from_seconds(self.valid_until).to_string(),
            "credentialSubject": {
                "id": format!("{}#list", self.id),
                "type": LIST_TYPE,
                "statusPurpose": purpose,
                "encodedList": encode_list(self.array)?,
                "ttl": self.ttl_ms,
            },
        });
        match document {
            Value::Object(document) => Ok(document),
            _ => Err(BitstringError::Encoding),
        }
    }
}

/// Which list a verifier expects, and when.
#[derive(Clone, Copy, Debug)]
pub struct ExpectedList<'a> {
    /// The `statusListCredential` of the credential.
    pub list: &'a str,
    /// The credential's issuer.
    pub issuer: &'a str,
    /// Now (seconds).
    pub now: u64,
}

/// A list that was read from its credential.
#[derive(Clone, PartialEq, Eq)]
pub struct StatusList {
    id: String,
    purposes: Vec<Purpose>,
    bytes: Vec<u8>,
    valid_from: Option<u64>,
    valid_until: Option<u64>,
    ttl_ms: Option<u64>,
}

impl fmt::Debug for StatusList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StatusList").field("id", &self.id).finish_non_exhaustive()
    }
}

/// A credential's status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusValue {
    /// What it is about.
    pub purpose: Purpose,
    /// The value; 0 is unset.
    pub value: u8,
    /// The message of that value, where the credential names one.
    pub message: Option<String>,
}

impl StatusList {
    /// Reads a verified list credential, as the list that a credential of the same issuer names.
    ///
    /// # Errors
    /// [`BitstringError`] by the first thing that does not hold.
    pub fn read(list: &VerifiedCredential, expected: &ExpectedList<'_>) -> Result<Self, BitstringError> {
        Self::read_verified(list.claims_before_trust(), expected)
    }

    /// Reads the document of a list credential *whose signature the caller has verified*, as the list
    /// that a credential of the same issuer names.
    ///
    /// # Errors
    /// [`BitstringError`] by the first thing that does not hold.
    ///
    /// Spec: Bitstring Status List 1.0 §2.2, §3.2.
    pub fn read_verified(
        document: &Map<String, Value>,
        expected: &ExpectedList<'_>,
    ) -> Result<Self, BitstringError> {
        if !has_type(document, CREDENTIAL_TYPE) {
            return Err(BitstringError::Type);
        }
        let id = match document.get("id") {
            // A list may leave its name out; it was fetched from there.
            None => expected.list,
            Some(Value::String(id)) if id == expected.list => id,
            Some(Value::String(_)) => return Err(BitstringError::OtherList),
            Some(_) => return Err(BitstringError::Member("id")),
        };
        let issuer = document.get("issuer");
        let issuer = issuer.and_then(|issuer| issuer.as_str().or_else(|| issuer.get("id")?.as_str()));
        if issuer.ok_or(BitstringError::Member("issuer"))? != expected.issuer {
            return Err(BitstringError::OtherIssuer);
        }
        let (valid_from, valid_until) = (moment(document, "validFrom")?, moment(document, "validUntil")?);
        if valid_from.is_some_and(|from| from > expected.now.saturating_add(CLOCK_SKEW)) {
            return Err(BitstringError::NotYetValid);
        }
        if valid_until.is_some_and(|until| until < expected.now) {
            return Err(BitstringError::Expired);
        }
        let subject = subject(document.get("credentialSubject"))?;
        if !has_type(subject, LIST_TYPE) {
            return Err(BitstringError::Type);
        }
        let encoded = subject.get("encodedList").and_then(Value::as_str);
        let ttl_ms = match subject.get("ttl") {
            None => None,
            Some(ttl) => Some(ttl.as_u64().ok_or(BitstringError::Member("ttl"))?),
        };
        Ok(Self {
            id: id.to_owned(),
            purposes: purposes(subject.get("statusPurpose"))?,
            bytes: decode_list(encoded.ok_or(BitstringError::Member("encodedList"))?)?,
            valid_from,
            valid_until,
            ttl_ms,
        })
    }

    /// The status of the credential with this `entry`.
    ///
    /// # Errors
    /// [`BitstringError::OtherList`], [`BitstringError::OtherPurpose`], [`BitstringError::TooShort`] when
    /// its entries are so wide that there are too few, [`BitstringError::OutOfRange`].
    ///
    /// Spec: Bitstring Status List 1.0 §3.2.
    pub fn status(&self, entry: &StatusEntry) -> Result<StatusValue, BitstringError> {
        if entry.list != self.id {
            return Err(BitstringError::OtherList);
        }
        if !self.purposes.contains(&entry.purpose) {
            return Err(BitstringError::OtherPurpose);
        }
        let size = self.size(entry.bits)?;
        let (byte, shift) = array::place(StatusEncoding::Bitstring, entry.bits, size, entry.index)
            .map_err(|_| BitstringError::OutOfRange)?;
        let byte = self.bytes.get(byte).ok_or(BitstringError::OutOfRange)?;
        let value = byte >> shift & u8::MAX >> (8 - entry.bits);
        let message = entry.message(value).map(str::to_owned);
        Ok(StatusValue { purpose: entry.purpose.clone(), value, message })
    }

    /// The entries, `bits` wide each.
    ///
    /// # Errors
    /// [`BitstringError::Size`], [`BitstringError::TooShort`].
    pub fn array(&self, bits: u8) -> Result<StatusArray, BitstringError> {
        self.size(bits)?;
        StatusArray::from_bytes_in(StatusEncoding::Bitstring, bits, self.bytes.clone())
            .map_err(|_| BitstringError::Size)
    }

    fn size(&self, bits: u8) -> Result<u32, BitstringError> {
        let per_byte = 8u32.checked_div(bits.into()).filter(|_| matches!(bits, 1 | 2 | 4 | 8));
        let bytes = u32::try_from(self.bytes.len()).map_err(|_| BitstringError::TooLarge)?;
        // At most 16 MiB of them.
        let size = bytes.saturating_mul(per_byte.ok_or(BitstringError::Size)?);
        if size < MIN_LIST_SIZE { Err(BitstringError::TooShort) } else { Ok(size) }
    }

    /// Where the list is.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What its bits say.
    #[must_use]
    pub fn purposes(&self) -> &[Purpose] {
        &self.purposes
    }

    /// First second of its validity.
    #[must_use]
    pub fn valid_from(&self) -> Option<u64> {
        self.valid_from
    }

    /// Last second of its validity.
    #[must_use]
    pub fn valid_until(&self) -> Option<u64> {
        self.valid_until
    }

    /// How long it may be cached (milliseconds). Its validity goes first.
    #[must_use]
    pub fn ttl_ms(&self) -> Option<u64> {
        self.ttl_ms
    }
}

fn has_type(object: &Map<String, Value>, expected: &str) -> bool {
    match object.get("type") {
        Some(Value::String(name)) => name == expected,
        Some(Value::Array(names)) => names.iter().any(|name| name == expected),
        _ => false,
    }
}

fn moment(document: &Map<String, Value>, name: &'static str) -> Result<Option<u64>, BitstringError> {
    let Some(value) = document.get(name) else { return Ok(None) };
    let moment = value.as_str().and_then(|text| DateTimeStamp::parse(text).ok());
    moment.map(|moment| Some(moment.seconds())).ok_or(BitstringError::Member(name))
}

/// The one subject, alone or in an array.
fn subject(value: Option<&Value>) -> Result<&Map<String, Value>, BitstringError> {
    match value {
        Some(Value::Object(subject)) => Ok(subject),
        Some(Value::Array(subjects)) => match subjects.as_slice() {
            [Value::Object(subject)] => Ok(subject),
            _ => Err(BitstringError::Member("credentialSubject")),
        },
        _ => Err(BitstringError::Member("credentialSubject")),
    }
}

fn purposes(value: Option<&Value>) -> Result<Vec<Purpose>, BitstringError> {
    const NAME: BitstringError = BitstringError::Member("statusPurpose");
    match value {
        Some(Value::String(name)) => Ok(vec![Purpose::parse(name)?]),
        Some(Value::Array(names)) if (1..=MAX_PURPOSES).contains(&names.len()) => {
            names.iter().map(|name| Purpose::parse(name.as_str().ok_or(NAME)?)).collect()
        }
        _ => Err(NAME),
    }
}
