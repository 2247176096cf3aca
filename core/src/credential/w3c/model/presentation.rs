//! Presentations.

use super::{Credential, Enveloped, MAX_DOCUMENT, ModelError, PRESENTATION, limits, members};
use serde_json::{Map, Value};
use std::fmt;

/// A presentation whose structure holds, and that of the credentials embedded in it.
#[derive(Clone, PartialEq)]
pub struct Presentation {
    id: Option<String>,
    types: Vec<String>,
    holder: Option<String>,
    credentials: Vec<PresentedCredential>,
    document: Map<String, Value>,
}

impl fmt::Debug for Presentation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Presentation").field("credentials", &self.credentials.len()).finish_non_exhaustive()
    }
}

/// A credential in a presentation.
#[derive(Clone, Debug, PartialEq)]
pub enum PresentedCredential {
    /// With its proof in it; or without one, issued by the holder himself.
    Embedded(Box<Credential>),
    /// Secured from outside.
    Enveloped(Enveloped),
}

/// The most credentials in a presentation.
const MAX_CREDENTIALS: usize = 16;

impl Presentation {
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
        if !types.iter().any(|name| name == PRESENTATION) {
            return Err(ModelError::Type);
        }
        members::typed_objects(&document, "termsOfUse")?;
        members::objects(&document, "proof")?;
        let holder = members::party(&document, "holder")?.map(|party| party.id.to_owned());
        let credentials = credentials(&document, holder.as_deref())?;
        Ok(Self { id: members::url(&document, "id")?, types, holder, credentials, document })
    }

    /// Its identifier.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// Its types as they are written.
    #[must_use]
    pub fn types(&self) -> &[String] {
        &self.types
    }

    /// Who presents, as he says himself.
    #[must_use]
    pub fn holder(&self) -> Option<&str> {
        self.holder.as_deref()
    }

    /// What is presented.
    #[must_use]
    pub fn credentials(&self) -> &[PresentedCredential] {
        &self.credentials
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
}

fn credentials(
    document: &Map<String, Value>,
    holder: Option<&str>,
) -> Result<Vec<PresentedCredential>, ModelError> {
    let entries = match document.get("verifiableCredential") {
        None => return Ok(Vec::new()),
        Some(Value::Array(entries)) if entries.len() > MAX_CREDENTIALS => return Err(ModelError::TooLarge),
        Some(Value::Array(entries)) => entries.iter().collect(),
        Some(one) => vec![one],
    };
    entries.into_iter().map(|entry| presented(entry, holder)).collect()
}

fn presented(entry: &Value, holder: Option<&str>) -> Result<PresentedCredential, ModelError> {
    let Value::Object(entry) = entry else { return Err(ModelError::Presented) };
    if Enveloped::is_typed_as_one(entry) {
        return Enveloped::credential(entry).map(PresentedCredential::Enveloped);
    }
    let credential = Credential::from_document(entry.clone())?;
    if !credential.has_proof() && holder != Some(credential.issuer().id.as_str()) {
        return Err(ModelError::SelfAsserted);
    }
    Ok(PresentedCredential::Embedded(Box::new(credential)))
}
