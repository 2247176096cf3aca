//! What a new proof says of itself.

use super::Cryptosuite;
use crate::{credential::w3c::model::DateTimeStamp, did::Relationship};
use serde_json::{Map, Value, json};

/// What a new proof says of itself. Its context is the document's.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProofOptions {
    /// How it is made.
    pub cryptosuite: Cryptosuite,
    /// The name of the key that makes it: a DID URL with a fragment.
    pub verification_method: String,
    /// What it is made for.
    pub purpose: Relationship,
    /// Its name, by which others can follow it: a URL.
    pub id: Option<String>,
    /// When it is made, in seconds. Credentials that must not be told apart by it round it to the day.
    pub created: Option<u64>,
    /// When it ends, in seconds.
    pub expires: Option<u64>,
    /// Where it may be used.
    pub domain: Vec<String>,
    /// What it answers.
    pub challenge: Option<String>,
    /// Random text of its own.
    pub nonce: Option<String>,
    /// The names of the proofs that it follows.
    pub previous: Vec<String>,
}

impl ProofOptions {
    /// A proof with nothing but what every proof says.
    #[must_use]
    pub fn new(cryptosuite: Cryptosuite, verification_method: &str, purpose: Relationship) -> Self {
        Self {
            cryptosuite,
            verification_method: verification_method.to_owned(),
            purpose,
            id: None,
            created: None,
            expires: None,
            domain: Vec::new(),
            challenge: None,
            nonce: None,
            previous: Vec::new(),
        }
    }

    /// The configuration of the proof that is added to `document`: all its members but `proofValue`.
    #[must_use]
    pub fn configuration(&self, document: &Map<String, Value>) -> Map<String, Value> {
        let time = |seconds| json!(DateTimeStamp::from_seconds(seconds));
        let members = [
            ("@context", document.get("@context").filter(|_| self.cryptosuite.is_jcs()).cloned()),
            ("id", self.id.as_deref().map(Value::from)),
            ("type", Some("DataIntegrityProof".into())),
            ("cryptosuite", Some(self.cryptosuite.name().into())),
            ("created", self.created.map(time)),
            ("expires", self.expires.map(time)),
            ("verificationMethod", Some(self.verification_method.as_str().into())),
            ("proofPurpose", Some(self.purpose.name().into())),
            ("domain", one_or_several(&self.domain)),
            ("challenge", self.challenge.as_deref().map(Value::from)),
            ("nonce", self.nonce.as_deref().map(Value::from)),
            ("previousProof", one_or_several(&self.previous)),
        ];
        members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
    }
}

fn one_or_several(texts: &[String]) -> Option<Value> {
    match texts {
        [] => None,
        [one] => Some(one.as_str().into()),
        several => Some(several.into()),
    }
}
