//! Documents that are secured from outside, in a `data:` URL.

use super::{CONTEXT_V2, MediaType, ModelError, members};
use serde_json::{Map, Value, json};

/// A secured document as it stands in the `id` of an envelope.
///
/// Spec: Verifiable Credentials Data Model 2.0 §4.13.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enveloped {
    /// What it is.
    pub media_type: MediaType,
    /// The document, in compact form.
    pub compact: String,
}

/// The `type` of an enveloped credential.
const CREDENTIAL: &str = "EnvelopedVerifiableCredential";
/// The `type` of an enveloped presentation.
const PRESENTATION: &str = "EnvelopedVerifiablePresentation";

impl Enveloped {
    /// Whether an object is typed as an envelope, of a credential or a presentation.
    #[must_use]
    pub fn is_typed_as_one(object: &Map<String, Value>) -> bool {
        let types = members::types(object).unwrap_or_default();
        types.iter().any(|name| name == CREDENTIAL || name == PRESENTATION)
    }

    /// Reads an envelope of a credential.
    ///
    /// # Errors
    /// [`ModelError::Context`], [`ModelError::Type`], or [`ModelError::Member`] for an `id` that is no
    /// `data:` URL of a secured credential.
    pub fn credential(object: &Map<String, Value>) -> Result<Self, ModelError> {
        Self::read(object, CREDENTIAL, &[MediaType::VcJwt, MediaType::VcSdJwt])
    }

    /// Reads an envelope of a presentation.
    ///
    /// # Errors
    /// As [`credential`](Self::credential).
    pub fn presentation(object: &Map<String, Value>) -> Result<Self, ModelError> {
        Self::read(object, PRESENTATION, &[MediaType::VpJwt])
    }

    fn read(object: &Map<String, Value>, kind: &str, taken: &[MediaType]) -> Result<Self, ModelError> {
        let first = match object.get("@context") {
            Some(Value::Array(contexts)) => contexts.first(),
            one => one,
        };
        if first.is_none_or(|first| first != CONTEXT_V2) {
            return Err(ModelError::Context);
        }
        if members::types(object).is_none_or(|types| types != [kind]) {
            return Err(ModelError::Type);
        }
        let url = object.get("id").and_then(Value::as_str).and_then(|id| id.strip_prefix("data:"));
        let enveloped = url.and_then(Self::from_data);
        enveloped.filter(|it| taken.contains(&it.media_type)).ok_or(ModelError::Member("id"))
    }

    /// The compact forms have no character that a URL would escape, so nothing is unescaped.
    fn from_data(data: &str) -> Option<Self> {
        let (media_type, compact) = data.split_once(',')?;
        let (media_type, parameters) = MediaType::parse(media_type).ok()?;
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
        let whole = parameters.is_empty() && !compact.is_empty() && compact.bytes().all(plain);
        whole.then(|| Self { media_type, compact: compact.to_owned() })
    }

    /// The envelope.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let kind = match self.media_type {
            MediaType::Vp | MediaType::VpJwt | MediaType::VpSdJwt => PRESENTATION,
            MediaType::Vc | MediaType::VcJwt | MediaType::VcSdJwt => CREDENTIAL,
        };
        let id = format!("data:{},{}", self.media_type, self.compact);
        json!({ "@context": CONTEXT_V2, "id": id, "type": kind })
    }
}
