//! One proof, read from JSON.

use super::{Cryptosuite, ProofError};
use crate::{
    credential::w3c::model::{DateTimeStamp, MAX_URL, is_key_url, is_url},
    did::Relationship,
};
use serde_json::{Map, Value};

/// The longest challenge, nonce, domain or identifier of a proof, in bytes.
pub const MAX_TEXT: usize = 2048;
/// The longest `proofValue`, in characters: selective disclosure writes one signature a statement.
pub const MAX_PROOF_VALUE: usize = 1 << 18;
/// The most domains, and the most proofs that one follows.
const MAX_ITEMS: usize = 16;
/// As much of an unknown name as an error repeats.
const MAX_NAME: usize = 64;

/// A proof whose structure holds. Members that are not known here stay in its configuration: they are
/// signed.
#[derive(Clone, Debug, PartialEq)]
pub struct Proof {
    id: Option<String>,
    suite: Cryptosuite,
    method: String,
    purpose: Relationship,
    created: Option<DateTimeStamp>,
    expires: Option<DateTimeStamp>,
    domains: Vec<String>,
    challenge: Option<String>,
    nonce: Option<String>,
    previous: Vec<String>,
    value: Vec<u8>,
    configuration: Map<String, Value>,
}

impl Proof {
    /// Reads a proof.
    ///
    /// # Errors
    /// [`ProofError::NotAnObject`], [`ProofError::Type`], [`ProofError::UnknownSuite`],
    /// [`ProofError::Member`].
    ///
    /// Spec: Data Integrity 1.0 §2.1.
    pub fn read(proof: &Value) -> Result<Self, ProofError> {
        let object = proof.as_object().ok_or(ProofError::NotAnObject)?;
        if object.get("type").is_none_or(|kind| kind != "DataIntegrityProof") {
            return Err(ProofError::Type);
        }
        let suite = suite(object)?;
        let mut configuration = object.clone();
        let value = configuration.remove("proofValue");
        let value = value.as_ref().and_then(Value::as_str).ok_or(ProofError::Member("proofValue"))?;
        Ok(Self {
            id: optional_text(object, "id", is_url)?,
            suite,
            method: required_text(object, "verificationMethod", is_method)?,
            purpose: required_text(object, "proofPurpose", |_| true)
                .and_then(|name| Relationship::from_name(&name).ok_or(ProofError::Member("proofPurpose")))?,
            created: time(object, "created")?,
            expires: time(object, "expires")?,
            domains: texts(object, "domain", |domain| !domain.is_empty())?,
            challenge: optional_text(object, "challenge", |_| true)?,
            nonce: optional_text(object, "nonce", |_| true)?,
            previous: texts(object, "previousProof", is_url)?,
            value: suite.decode(value)?,
            configuration: with_context_of_known_form(configuration)?,
        })
    }

    /// Its name, by which others follow it.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// How it was made.
    #[must_use]
    pub fn cryptosuite(&self) -> Cryptosuite {
        self.suite
    }

    /// The key that it names: a DID URL or an https URL with a fragment.
    #[must_use]
    pub fn verification_method(&self) -> &str {
        &self.method
    }

    /// What it was made for.
    #[must_use]
    pub fn purpose(&self) -> Relationship {
        self.purpose
    }

    /// When it was made, as it says.
    #[must_use]
    pub fn created(&self) -> Option<DateTimeStamp> {
        self.created
    }

    /// When it ends.
    #[must_use]
    pub fn expires(&self) -> Option<DateTimeStamp> {
        self.expires
    }

    /// Where it may be used; none where it does not say.
    #[must_use]
    pub fn domains(&self) -> &[String] {
        &self.domains
    }

    /// What it answers.
    #[must_use]
    pub fn challenge(&self) -> Option<&str> {
        self.challenge.as_deref()
    }

    /// Its own random text.
    #[must_use]
    pub fn nonce(&self) -> Option<&str> {
        self.nonce.as_deref()
    }

    /// The names of the proofs that it follows.
    #[must_use]
    pub fn previous(&self) -> &[String] {
        &self.previous
    }

    /// The bytes of its `proofValue`.
    #[must_use]
    pub fn value(&self) -> &[u8] {
        &self.value
    }

    /// All its members but `proofValue`.
    #[must_use]
    pub fn configuration(&self) -> &Map<String, Value> {
        &self.configuration
    }
}

fn suite(object: &Map<String, Value>) -> Result<Cryptosuite, ProofError> {
    let name = object.get("cryptosuite").and_then(Value::as_str).ok_or(ProofError::Member("cryptosuite"))?;
    Cryptosuite::from_name(name)
        .ok_or_else(|| ProofError::UnknownSuite(name.chars().take(MAX_NAME).collect()))
}

fn is_method(text: &str) -> bool {
    let https = || {
        let parts = text.strip_prefix("https://").and_then(|rest| rest.split_once('#'));
        parts.is_some_and(|(page, fragment)| {
            !page.is_empty() && !page.starts_with('/') && !fragment.is_empty() && !fragment.contains('#')
        }) && is_url(text)
    };
    text.len() <= MAX_URL && (is_key_url(text) || https())
}

fn optional_text(
    object: &Map<String, Value>,
    name: &'static str,
    holds: impl Fn(&str) -> bool,
) -> Result<Option<String>, ProofError> {
    object.get(name).map(|_| required_text(object, name, holds)).transpose()
}

fn required_text(
    object: &Map<String, Value>,
    name: &'static str,
    holds: impl Fn(&str) -> bool,
) -> Result<String, ProofError> {
    let limit = if name == "verificationMethod" { MAX_URL } else { MAX_TEXT };
    let text = object.get(name).and_then(Value::as_str).filter(|text| text.len() <= limit && holds(text));
    text.map(str::to_owned).ok_or(ProofError::Member(name))
}

/// One text or several, each once.
fn texts(
    object: &Map<String, Value>,
    name: &'static str,
    holds: impl Fn(&str) -> bool,
) -> Result<Vec<String>, ProofError> {
    let values = match object.get(name) {
        None => return Ok(Vec::new()),
        Some(Value::Array(several)) if (1..=MAX_ITEMS).contains(&several.len()) => several.as_slice(),
        Some(Value::Array(_)) => return Err(ProofError::Member(name)),
        Some(one) => std::slice::from_ref(one),
    };
    let mut texts: Vec<String> = Vec::with_capacity(values.len());
    for value in values {
        let text = value.as_str().filter(|text| text.len() <= MAX_TEXT && holds(text));
        let text = text.filter(|text| !texts.iter().any(|known| known == text));
        texts.push(text.ok_or(ProofError::Member(name))?.to_owned());
    }
    Ok(texts)
}

fn time(object: &Map<String, Value>, name: &'static str) -> Result<Option<DateTimeStamp>, ProofError> {
    let text = optional_text(object, name, |_| true)?;
    text.map(|text| DateTimeStamp::parse(&text).map_err(|_| ProofError::Member(name))).transpose()
}

fn with_context_of_known_form(configuration: Map<String, Value>) -> Result<Map<String, Value>, ProofError> {
    let item = |value: &Value| value.is_string() || value.is_object();
    let holds = match configuration.get("@context") {
        None => true,
        Some(Value::Array(items)) => items.len() <= MAX_ITEMS && items.iter().all(item),
        Some(one) => item(one),
    };
    if holds { Ok(configuration) } else { Err(ProofError::Member("@context")) }
}
