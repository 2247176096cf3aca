//! What resolving a DID gives, and how it is written down.
//!
//! Spec: Decentralized Identifier Resolution 0.3 §4.

use super::{
    DidError, Document, DocumentError, MAX_DID, did_of, instant, is_did, jwk, key,
    webvh::{LogError, VersionQuery},
};
use crate::{http::HttpError, registry::client::ClientError};
use serde_json::{Map, Value, json};

/// The media type of a resolution's JSON.
pub const MEDIA_TYPE: &str = "application/did-resolution";

/// A DID's document and what is known about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Resolution {
    /// The document; none of a deactivated DID.
    pub document: Option<Document>,
    /// About the document.
    pub metadata: Metadata,
}

/// What is known about a document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metadata {
    /// When the DID was made (milliseconds).
    pub created_ms: Option<u64>,
    /// When this version came (milliseconds).
    pub updated_ms: Option<u64>,
    /// Names the version.
    pub version_id: Option<String>,
    /// Whether the DID is at its end, for good.
    pub deactivated: bool,
}

/// Why a DID was not resolved.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ResolveError {
    /// Not a DID, or not as its method writes them.
    #[error("the DID is malformed")]
    InvalidDid,
    /// The query asks for what does not exist, or twice.
    #[error("the version that is asked for is malformed")]
    InvalidOptions,
    /// There is no such DID, or no such version of it.
    #[error("there is no such DID")]
    NotFound,
    /// A method that is not resolved here, or a registry that is not read here.
    #[error("DIDs of this method are not resolved here")]
    MethodNotSupported,
    /// The web site did not answer with the document.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// The web site answered with a failure.
    #[error("the DID's web site answered with status {status}")]
    Status {
        /// HTTP status code.
        status: u16,
    },
    /// A redirect leads where it must not, or there are too many.
    #[error("the DID's web site leads elsewhere")]
    Redirect,
    /// The document is refused.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// The log is refused.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The registry could not be read.
    #[error(transparent)]
    Registry(#[from] ClientError),
    /// A record of the registry is not one.
    #[error("the registry's record of the DID is malformed")]
    Record,
}

impl ResolveError {
    /// The word for it.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::InvalidDid => "invalidDid",
            Self::InvalidOptions => "invalidOptions",
            Self::NotFound => "notFound",
            Self::MethodNotSupported => "methodNotSupported",
            Self::Document(_) | Self::Log(_) => "invalidDidDocument",
            _ => "internalError",
        }
    }

    /// The HTTP status that says it.
    #[must_use]
    pub fn status(&self) -> u16 {
        match self {
            Self::InvalidDid | Self::InvalidOptions => 400,
            Self::NotFound => 404,
            Self::MethodNotSupported => 501,
            _ => 500,
        }
    }

    /// The resolution that carries it.
    #[must_use]
    pub fn json(&self) -> Value {
        json!({
            "@context": CONTEXT,
            "didDocument": null,
            "didResolutionMetadata": { "error": self.word(), "message": self.to_string() },
            "didDocumentMetadata": {},
        })
    }
}

impl From<DidError> for ResolveError {
    fn from(error: DidError) -> Self {
        match error {
            DidError::Method => Self::MethodNotSupported,
            DidError::Malformed | DidError::Key => Self::InvalidDid,
        }
    }
}

const CONTEXT: &str = "https://w3id.org/did-resolution/v1";

impl Resolution {
    /// That of a document which says all about itself.
    #[must_use]
    pub fn of(document: Document) -> Self {
        Self { document: Some(document), metadata: Metadata::default() }
    }

    /// The HTTP status that says it: 200, or 410 of a deactivated DID.
    #[must_use]
    pub fn status(&self) -> u16 {
        if self.document.is_none() && self.metadata.deactivated { 410 } else { 200 }
    }

    /// The resolution as JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        let mut metadata = Map::new();
        let time = |ms: Option<u64>| ms.map(|ms| Value::from(instant::format(ms)));
        let Metadata { created_ms, updated_ms, version_id, deactivated } = &self.metadata;
        for (name, value) in [
            ("created", time(*created_ms)),
            ("updated", time(*updated_ms)),
            ("versionId", version_id.clone().map(Value::from)),
            ("deactivated", deactivated.then_some(Value::Bool(true))),
        ] {
            metadata.extend(value.map(|value| (name.to_owned(), value)));
        }
        json!({
            "@context": CONTEXT,
            "didDocument": self.document.as_ref().map(Document::json),
            "didResolutionMetadata": { "contentType": "application/did" },
            "didDocumentMetadata": metadata,
        })
    }
}

/// A DID and which version of it is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The DID.
    pub did: String,
    /// Its version.
    pub version: VersionQuery,
}

impl Question {
    /// Reads a DID or a DID URL. Its path and fragment are left to who dereferences it.
    ///
    /// # Errors
    /// [`ResolveError::InvalidDid`], [`ResolveError::InvalidOptions`].
    pub fn parse(url: &str) -> Result<Self, ResolveError> {
        let did = did_of(url);
        if url.len() > 2 * MAX_DID || !is_did(did) {
            return Err(ResolveError::InvalidDid);
        }
        let before_fragment = url.split_once('#').map_or(url, |(before, _)| before);
        let query = before_fragment.split_once('?').map_or("", |(_, query)| query);
        Ok(Self { did: did.to_owned(), version: version_query(query)? })
    }
}

/// The version that a query asks for; other parameters are not ours.
///
/// # Errors
/// [`ResolveError::InvalidOptions`] when it is malformed or asked for twice.
pub fn version_query(query: &str) -> Result<VersionQuery, ResolveError> {
    let mut asked = VersionQuery::Newest;
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        let version = match &*name {
            "versionId" => Some(VersionQuery::Id(value.into_owned())),
            "versionTime" => instant::parse(&value).map(VersionQuery::Time),
            "versionNumber" => value.parse().ok().map(VersionQuery::Number),
            _ => continue,
        };
        if asked != VersionQuery::Newest {
            return Err(ResolveError::InvalidOptions);
        }
        asked = version.ok_or(ResolveError::InvalidOptions)?;
    }
    Ok(asked)
}

/// Resolves a DID that is its own document: did:key and did:jwk. None for other methods.
#[must_use]
pub fn resolve_locally(question: &Question) -> Option<Result<Resolution, ResolveError>> {
    let document = if question.did.starts_with("did:key:") {
        key::document(&question.did)
    } else if question.did.starts_with("did:jwk:") {
        jwk::document(&question.did)
    } else {
        return None;
    };
    Some(match (document, &question.version) {
        (Ok(document), VersionQuery::Newest) => Ok(Resolution::of(document)),
        (Ok(_), _) => Err(ResolveError::NotFound),
        (Err(error), _) => Err(error.into()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "did:key:zDnaerDaTF5BXEavCrfRZEk316dpbLsfPDZ3WJ5hRTPFU2169";

    #[test]
    fn a_question_names_one_version_or_is_refused() {
        let version = |query: &str| Question::parse(&format!("{KEY}?{query}#a")).map(|asked| asked.version);
        assert_eq!(version("versionId=1-a"), Ok(VersionQuery::Id("1-a".into())));
        assert_eq!(version("versionTime=1970-01-01T00:00:01Z"), Ok(VersionQuery::Time(1000)));
        assert_eq!(version("versionNumber=7&service=x"), Ok(VersionQuery::Number(7)));
        for query in ["versionTime=today", "versionNumber=-1", "versionId=a&versionId=a"] {
            assert_eq!(version(query), Err(ResolveError::InvalidOptions), "{query}");
        }
        for text in ["", "did:", "did:key", "did:Key:z", "did:key:", "https://a.example", "did:key:a b"] {
            assert_eq!(Question::parse(text), Err(ResolveError::InvalidDid), "{text}");
        }
    }

    #[test]
    fn what_is_its_own_document_resolves_without_asking_anybody() {
        let resolve = |url: &str| resolve_locally(&Question::parse(url).unwrap());
        let json = resolve(KEY).unwrap().unwrap().json();
        assert_eq!(json["didDocument"]["id"], KEY);
        assert_eq!(json["didDocumentMetadata"], json!({}));
        assert_eq!(resolve(&format!("{KEY}?versionNumber=2")), Some(Err(ResolveError::NotFound)));
        assert_eq!(resolve("did:key:z0"), Some(Err(ResolveError::InvalidDid)));
        assert_eq!(resolve("did:web:a.example"), None);
    }

    #[test]
    fn failures_have_the_words_and_codes_of_the_specification() {
        for (error, word, status) in [
            (ResolveError::InvalidDid, "invalidDid", 400),
            (ResolveError::NotFound, "notFound", 404),
            (ResolveError::MethodNotSupported, "methodNotSupported", 501),
        ] {
            assert_eq!(error.json()["didResolutionMetadata"]["error"], word);
            assert_eq!(error.status(), status);
        }
        let ended = Metadata { deactivated: true, ..Metadata::default() };
        let ended = Resolution { document: None, metadata: ended };
        assert_eq!(
            (ended.status(), &ended.json()["didDocumentMetadata"]["deactivated"]),
            (410, &json!(true))
        );
    }
}
