//! Credentials.

use super::{
    CREDENTIAL, DateTimeStamp, LanguageValue, MAX_DOCUMENT, ModelError, RelatedResource, digest, language,
    limits,
    members::{self, Party, Typed},
};
use crate::status::bitstring::StatusEntry;
use serde_json::{Map, Value};
use std::fmt;

/// A credential whose structure holds. Nothing is said about who issued it.
#[derive(Clone, PartialEq)]
pub struct Credential {
    id: Option<String>,
    types: Vec<String>,
    issuer: Issuer,
    valid_from: Option<DateTimeStamp>,
    valid_until: Option<DateTimeStamp>,
    subjects: Vec<Subject>,
    statuses: Vec<Status>,
    schemas: Vec<Schema>,
    related: Vec<RelatedResource>,
    names: Vec<LanguageValue>,
    descriptions: Vec<LanguageValue>,
    document: Map<String, Value>,
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credential")
            .field("types", &self.types)
            .field("issuer", &self.issuer.id)
            .finish_non_exhaustive()
    }
}

/// Who says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issuer {
    /// A DID or another URL.
    pub id: String,
    /// Its name, as it says itself.
    pub names: Vec<LanguageValue>,
    /// What it is, as it says itself.
    pub descriptions: Vec<LanguageValue>,
}

/// Whom it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// A DID or another URL.
    pub id: Option<String>,
}

/// A way to learn whether it still holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// An entry of a bitstring status list.
    Bitstring(StatusEntry),
    /// Of types that we do not know: the status cannot be learned.
    Unknown(Vec<String>),
}

/// A schema that its data follow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schema {
    /// Where it is.
    pub id: String,
    /// Of which kinds.
    pub types: Vec<String>,
    /// Its digest as an integrity string.
    pub digest_sri: Option<String>,
    /// Its digest as multibase of a multihash.
    pub digest_multibase: Option<String>,
}

impl Credential {
    /// Reads a document.
    ///
    /// # Errors
    /// [`ModelError`] by the first thing that does not hold.
    pub fn parse(json: &[u8]) -> Result<Self, ModelError> {
        Self::from_document(limits::read(json, MAX_DOCUMENT)?)
    }

    /// Reads a document that is JSON already; its objects' members were distinct.
    ///
    /// # Errors
    /// [`ModelError`] by the first thing that does not hold.
    pub fn from_document(document: Map<String, Value>) -> Result<Self, ModelError> {
        limits::check(&document)?;
        members::contexts(&document)?;
        let types = members::types(&document).ok_or(ModelError::Type)?;
        if !types.iter().any(|name| name == CREDENTIAL) {
            return Err(ModelError::Type);
        }
        let (valid_from, valid_until) = (moment(&document, "validFrom")?, moment(&document, "validUntil")?);
        if let (Some(from), Some(until)) = (valid_from, valid_until)
            && from > until
        {
            return Err(ModelError::Validity);
        }
        for name in ["evidence", "termsOfUse", "refreshService"] {
            members::typed_objects(&document, name)?;
        }
        members::objects(&document, "proof")?;
        Ok(Self {
            id: members::url(&document, "id")?,
            types,
            issuer: issuer(&document)?,
            valid_from,
            valid_until,
            subjects: subjects(&document)?,
            statuses: statuses(&document)?,
            schemas: schemas(&document)?,
            related: digest::related(&document)?,
            names: language::values(&document, "name")?,
            descriptions: language::values(&document, "description")?,
            document,
        })
    }

    /// Its identifier.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// Its types as they are written; what they mean depends on `@context`.
    #[must_use]
    pub fn types(&self) -> &[String] {
        &self.types
    }

    /// Who says it.
    #[must_use]
    pub fn issuer(&self) -> &Issuer {
        &self.issuer
    }

    /// From when it holds.
    #[must_use]
    pub fn valid_from(&self) -> Option<DateTimeStamp> {
        self.valid_from
    }

    /// Until when it holds, that moment included.
    #[must_use]
    pub fn valid_until(&self) -> Option<DateTimeStamp> {
        self.valid_until
    }

    /// Whom it is about, at least one.
    #[must_use]
    pub fn subjects(&self) -> &[Subject] {
        &self.subjects
    }

    /// The ways to learn whether it still holds.
    #[must_use]
    pub fn statuses(&self) -> &[Status] {
        &self.statuses
    }

    /// The schemas that its data follow.
    #[must_use]
    pub fn schemas(&self) -> &[Schema] {
        &self.schemas
    }

    /// The resources that it vouches for.
    #[must_use]
    pub fn related_resources(&self) -> &[RelatedResource] {
        &self.related
    }

    /// Its name for people.
    #[must_use]
    pub fn names(&self) -> &[LanguageValue] {
        &self.names
    }

    /// What it is, for people.
    #[must_use]
    pub fn descriptions(&self) -> &[LanguageValue] {
        &self.descriptions
    }

    /// Whether a proof is embedded.
    #[must_use]
    pub fn has_proof(&self) -> bool {
        self.document.contains_key("proof")
    }

    /// The whole document.
    #[must_use]
    pub fn document(&self) -> &Map<String, Value> {
        &self.document
    }

    /// The whole document.
    #[must_use]
    pub fn into_document(self) -> Map<String, Value> {
        self.document
    }
}

fn moment(document: &Map<String, Value>, name: &'static str) -> Result<Option<DateTimeStamp>, ModelError> {
    let Some(value) = document.get(name) else { return Ok(None) };
    let moment = value.as_str().and_then(|text| DateTimeStamp::parse(text).ok());
    moment.map(Some).ok_or(ModelError::Time(name))
}

fn issuer(document: &Map<String, Value>) -> Result<Issuer, ModelError> {
    let Party { id, object } = members::party(document, "issuer")?.ok_or(ModelError::Member("issuer"))?;
    let (names, descriptions) = match object {
        None => (Vec::new(), Vec::new()),
        Some(party) => (language::values(party, "name")?, language::values(party, "description")?),
    };
    Ok(Issuer { id: id.to_owned(), names, descriptions })
}

fn subjects(document: &Map<String, Value>) -> Result<Vec<Subject>, ModelError> {
    let subjects = members::objects(document, "credentialSubject").map_err(|error| match error {
        ModelError::TooLarge => error,
        _ => ModelError::Subject,
    })?;
    if subjects.is_empty() || subjects.iter().any(|subject| subject.is_empty()) {
        return Err(ModelError::Subject);
    }
    let subject = |subject: &Map<String, Value>| {
        let id = members::url(subject, "id").map_err(|_| ModelError::Member("credentialSubject"))?;
        Ok(Subject { id })
    };
    subjects.into_iter().map(subject).collect()
}

fn statuses(document: &Map<String, Value>) -> Result<Vec<Status>, ModelError> {
    let status = |Typed { types, object }: Typed<'_>| {
        if StatusEntry::is_typed_as_one(object) {
            Ok(Status::Bitstring(StatusEntry::parse(object)?))
        } else {
            Ok(Status::Unknown(types))
        }
    };
    members::typed_objects(document, "credentialStatus")?.into_iter().map(status).collect()
}

fn schemas(document: &Map<String, Value>) -> Result<Vec<Schema>, ModelError> {
    let schema = |Typed { types, object }: Typed<'_>| {
        let id = members::url(object, "id")?.ok_or(ModelError::Member("credentialSchema"))?;
        let (digest_sri, digest_multibase) =
            digest::digests(object).map_err(|_| ModelError::Member("credentialSchema"))?;
        Ok(Schema { id, types, digest_sri, digest_multibase })
    };
    members::typed_objects(document, "credentialSchema")?.into_iter().map(schema).collect()
}
