//! The VC-API: issuing, deriving and verifying over HTTP, as requests and answers without HTTP.
//!
//! A body of bytes goes in, an [`Answer`] comes out, so that a service only carries them. Issuing is done
//! by a [`SuiteIssuer`], one for each way of securing, whose did:key anybody resolves. Verifying goes in
//! two steps, a [`CredentialCheck`] or [`PresentationCheck`] that names the keys it needs, and then the
//! statuses that it needs, since documents of DIDs and status lists have to be fetched in between.
//!
//! It judges proof, structure, validity and status of a credential by any DID, and no issuer's standing:
//! that is the registry's, and asked elsewhere. What is not verified is answered by 400 with
//! `verified: false`: the public test suites tell success by the HTTP status alone.
//!
//! Spec: Verifiable Credential API (W3C CCG draft); RFC 9457; Verifiable Credentials Data Model 2.0 §7.

mod derive;
mod issue;
mod problem;
mod suite;
#[cfg(test)]
mod tests;
mod verify;

pub use derive::derive;
pub use problem::{Problem, ProblemType};
pub use suite::{Suite, SuiteIssuer};
pub use verify::{CredentialCheck, PresentationCheck, VerifiedDocument};

use super::{
    model::{MAX_DOCUMENT, ModelError, read_document},
    sd::MAX_POINTERS,
};
use serde_json::{Map, Value};

/// The largest body of a request that is read, in bytes: a document and its options.
pub const MAX_BODY: usize = MAX_DOCUMENT + (64 << 10);

/// What is answered.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: Value,
}

impl Answer {
    /// The media type of the body.
    #[must_use]
    pub fn media_type(&self) -> &'static str {
        if self.status < 300 { "application/json" } else { "application/problem+json" }
    }
}

impl From<Problem> for Answer {
    fn from(problem: Problem) -> Self {
        Self { status: problem.status(), body: problem.to_json() }
    }
}

/// A request: its document and its options.
struct Request {
    members: Map<String, Value>,
    options: Map<String, Value>,
}

impl Request {
    fn read(body: &[u8]) -> Result<Self, Problem> {
        let mut members = read_document(body, MAX_BODY).map_err(|error| Problem::of_model(&error))?;
        let options = match members.remove("options") {
            None | Some(Value::Null) => Map::new(),
            Some(Value::Object(options)) => options,
            Some(_) => return Err(Problem::malformed("options")),
        };
        Ok(Self { members, options })
    }

    /// The document in the member `name`.
    fn document(&mut self, name: &'static str) -> Result<Map<String, Value>, Problem> {
        match self.members.remove(name) {
            Some(Value::Object(document)) => Ok(document),
            _ => Err(Problem::malformed(name)),
        }
    }

    /// A text among the options.
    fn text(&self, name: &'static str) -> Result<Option<String>, Problem> {
        match self.options.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(Problem::malformed(name)),
        }
    }

    /// A text or several among the options; none where there is no such option.
    fn texts(&self, name: &'static str) -> Result<Option<Vec<String>>, Problem> {
        match self.options.get(name) {
            Some(Value::Array(texts)) if texts.len() <= MAX_POINTERS => {
                let text = |text: &Value| text.as_str().map(str::to_owned);
                let texts: Option<Vec<_>> = texts.iter().map(text).collect();
                texts.map(Some).ok_or(Problem::malformed(name))
            }
            Some(Value::Array(_)) => Err(Problem::of_model(&ModelError::TooLarge)),
            _ => Ok(self.text(name)?.map(|text| vec![text])),
        }
    }

    fn flag(&self, name: &str) -> bool {
        self.options.get(name).and_then(Value::as_bool).unwrap_or_default()
    }
}
