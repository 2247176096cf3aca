//! DID documents.
//!
//! Spec: DID Core 1.0 §5; Controlled Identifiers 1.0 §2.

use super::DocumentError;
use crate::crypto::{Jwk, PublicKey};
use serde_json::{Map, Value, json};

mod read;

/// The largest document that is read, in bytes.
pub const MAX_DOCUMENT: usize = 64 << 10;
/// The most entries that any list of a document may have.
pub(super) const MAX_ENTRIES: usize = 64;
/// The longest identifier or address in a document, in bytes.
pub(super) const MAX_IDENTIFIER: usize = 2048;

/// What a document says its terms mean.
pub(super) const CONTEXT_DID: &str = "https://www.w3.org/ns/did/v1";
const CONTEXT_MULTIKEY: &str = "https://w3id.org/security/multikey/v1";
const CONTEXT_JWK: &str = "https://w3id.org/security/jwk/v1";

/// A DID document. All identifiers in it are absolute; no two methods or services share one. Members
/// that DID Core does not define are not kept.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Document {
    /// The DID.
    pub id: String,
    /// Other identifiers of the same subject. Worth nothing unless they name this one back.
    pub also_known_as: Vec<String>,
    /// Who else may change the document.
    pub controller: Vec<String>,
    /// The keys, but for those that stand inside one relationship.
    pub verification_method: Vec<VerificationMethod>,
    /// Where the subject can be reached.
    pub service: Vec<Service>,
    uses: [Vec<MethodUse>; 5],
}

/// A key of a document.
#[derive(Clone, Debug, PartialEq)]
pub struct VerificationMethod {
    /// A DID URL with a fragment.
    pub id: String,
    /// The DID that controls the key.
    pub controller: String,
    /// The key.
    pub material: KeyMaterial,
}

/// How a document writes a key.
#[derive(Clone, Debug, PartialEq)]
pub enum KeyMaterial {
    /// Type `Multikey`, in `publicKeyMultibase`.
    Multikey(PublicKey),
    /// Type `JsonWebKey`, in `publicKeyJwk`.
    JsonWebKey(PublicKey, Box<Jwk>),
    /// A type or a kind of key that we do not take: the method as it came. It verifies nothing.
    Other(Map<String, Value>),
}

/// How a document gives a key its use.
#[derive(Clone, Debug, PartialEq)]
pub enum MethodUse {
    /// By its identifier. It may name a method of another document.
    Reference(String),
    /// In place: the key serves this relationship alone.
    Embedded(VerificationMethod),
}

/// Where the subject can be reached.
#[derive(Clone, Debug, PartialEq)]
pub struct Service {
    /// A URL with a fragment, in most cases under the DID.
    pub id: String,
    /// What is served there.
    pub types: Vec<String>,
    /// The addresses: texts that are URLs, or objects.
    pub endpoints: Vec<Value>,
}

/// What a key may be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Relationship {
    /// To log in.
    Authentication,
    /// To sign credentials.
    AssertionMethod,
    /// To use a capability.
    CapabilityInvocation,
    /// To pass a capability on.
    CapabilityDelegation,
    /// To be encrypted to.
    KeyAgreement,
}

impl Relationship {
    /// Those of a key that signs.
    pub const SIGNING: [Self; 4] =
        [Self::Authentication, Self::AssertionMethod, Self::CapabilityInvocation, Self::CapabilityDelegation];
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Authentication,
        Self::AssertionMethod,
        Self::CapabilityInvocation,
        Self::CapabilityDelegation,
        Self::KeyAgreement,
    ];

    /// The member of a document, and the value of `proofPurpose`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Authentication => "authentication",
            Self::AssertionMethod => "assertionMethod",
            Self::CapabilityInvocation => "capabilityInvocation",
            Self::CapabilityDelegation => "capabilityDelegation",
            Self::KeyAgreement => "keyAgreement",
        }
    }

    /// The relationship of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|relationship| relationship.name() == name)
    }
}

impl VerificationMethod {
    /// A method of type `Multikey`.
    #[must_use]
    pub fn multikey(id: String, controller: &str, key: PublicKey) -> Self {
        Self { id, controller: controller.to_owned(), material: KeyMaterial::Multikey(key) }
    }

    /// The key, where it is of a kind that we take.
    #[must_use]
    pub fn key(&self) -> Option<&PublicKey> {
        match &self.material {
            KeyMaterial::Multikey(key) | KeyMaterial::JsonWebKey(key, _) => Some(key),
            KeyMaterial::Other(_) => None,
        }
    }

    fn json(&self) -> Value {
        let Self { id, controller, material } = self;
        match material {
            KeyMaterial::Multikey(key) => json!({
                "id": id, "type": "Multikey", "controller": controller, "publicKeyMultibase": key.multibase(),
            }),
            KeyMaterial::JsonWebKey(_, jwk) => json!({
                "id": id, "type": "JsonWebKey", "controller": controller, "publicKeyJwk": jwk,
            }),
            KeyMaterial::Other(members) => Value::Object(members.clone()),
        }
    }
}

impl Document {
    /// A document of `did` without a key.
    #[must_use]
    pub fn new(did: &str) -> Self {
        Self {
            id: did.to_owned(),
            also_known_as: Vec::new(),
            controller: Vec::new(),
            verification_method: Vec::new(),
            service: Vec::new(),
            uses: Default::default(),
        }
    }

    /// Adds `key` as `#fragment` in the form `Multikey`, for `relationships`.
    #[must_use]
    pub fn with_key(self, fragment: &str, key: impl Into<PublicKey>, relationships: &[Relationship]) -> Self {
        let material = KeyMaterial::Multikey(key.into());
        self.with_material(fragment, material, relationships)
    }

    /// Adds a key as `#fragment`, for `relationships`.
    #[must_use]
    pub fn with_material(
        mut self,
        fragment: &str,
        material: KeyMaterial,
        relationships: &[Relationship],
    ) -> Self {
        let id = format!("{}#{fragment}", self.id);
        for relationship in relationships {
            self.uses[*relationship as usize].push(MethodUse::Reference(id.clone()));
        }
        self.verification_method.push(VerificationMethod { id, controller: self.id.clone(), material });
        self
    }

    /// Adds the keys of another document of the same DID that this one does not have.
    pub(super) fn add_keys_of(&mut self, other: &Self) {
        let new: Vec<_> = other
            .verification_method
            .iter()
            .filter(|method| !self.all_methods().any(|known| known.id == method.id))
            .cloned()
            .collect();
        for relationship in Relationship::ALL {
            let uses = other.uses(relationship).iter().filter(|entry| {
                matches!(entry, MethodUse::Reference(id) if new.iter().any(|method| method.id == *id))
            });
            self.uses[relationship as usize].extend(uses.cloned());
        }
        self.verification_method.extend(new);
    }

    /// Reads a document, at most [`MAX_DOCUMENT`] bytes of JSON.
    ///
    /// # Errors
    /// [`DocumentError`] by what does not hold.
    pub fn parse(json: &[u8]) -> Result<Self, DocumentError> {
        if json.len() > MAX_DOCUMENT {
            return Err(DocumentError::TooLarge);
        }
        let members = crate::jose::parse_object(json).map_err(|_| DocumentError::NotJson)?;
        Self::from_members(&members)
    }

    /// Reads a document from the members of an object. The caller has limited its size.
    ///
    /// # Errors
    /// [`DocumentError`] by what does not hold.
    pub fn from_members(members: &Map<String, Value>) -> Result<Self, DocumentError> {
        read::document(members)
    }

    /// The methods that serve `relationship`, as the document gives them.
    #[must_use]
    pub fn uses(&self, relationship: Relationship) -> &[MethodUse] {
        &self.uses[relationship as usize]
    }

    /// The method with that (absolute) identifier, wherever it stands, and whether it serves
    /// `relationship`.
    #[must_use]
    pub fn method(&self, id: &str, relationship: Relationship) -> Option<(&VerificationMethod, bool)> {
        let embedded = self.uses(relationship).iter().find_map(|entry| match entry {
            MethodUse::Embedded(method) if method.id == id => Some(method),
            _ => None,
        });
        if let Some(method) = embedded {
            return Some((method, true));
        }
        let serves = self
            .uses(relationship)
            .iter()
            .any(|entry| matches!(entry, MethodUse::Reference(reference) if reference == id));
        let method = self.all_methods().find(|method| method.id == id)?;
        let listed = self.verification_method.iter().any(|method| method.id == id);
        Some((method, serves && listed))
    }

    /// Every method, also those inside a relationship.
    pub fn all_methods(&self) -> impl Iterator<Item = &VerificationMethod> {
        let embedded = self.uses.iter().flatten().filter_map(|entry| match entry {
            MethodUse::Embedded(method) => Some(method),
            MethodUse::Reference(_) => None,
        });
        self.verification_method.iter().chain(embedded)
    }

    /// The document as JSON-LD.
    #[must_use]
    pub fn json(&self) -> Value {
        let mut members = Map::new();
        members.insert("@context".into(), self.context().into());
        members.insert("id".into(), self.id.as_str().into());
        let mut list = |name: &str, values: Vec<Value>| {
            if !values.is_empty() {
                members.insert(name.into(), values.into());
            }
        };
        list("alsoKnownAs", self.also_known_as.iter().cloned().map(Value::from).collect());
        list("controller", self.controller.iter().cloned().map(Value::from).collect());
        list("verificationMethod", self.verification_method.iter().map(VerificationMethod::json).collect());
        for relationship in Relationship::ALL {
            let uses = self.uses(relationship).iter().map(|entry| match entry {
                MethodUse::Reference(id) => Value::from(id.as_str()),
                MethodUse::Embedded(method) => method.json(),
            });
            list(relationship.name(), uses.collect());
        }
        list("service", self.service.iter().map(Service::json).collect());
        members.into()
    }

    fn context(&self) -> Vec<&'static str> {
        let has =
            |wanted: fn(&KeyMaterial) -> bool| self.all_methods().any(|method| wanted(&method.material));
        let mut context = vec![CONTEXT_DID];
        if has(|material| matches!(material, KeyMaterial::Multikey(_))) {
            context.push(CONTEXT_MULTIKEY);
        }
        if has(|material| matches!(material, KeyMaterial::JsonWebKey(..))) {
            context.push(CONTEXT_JWK);
        }
        context
    }
}

impl Service {
    /// A service of one type at one address.
    #[must_use]
    pub fn new(id: String, kind: &str, url: &str) -> Self {
        Self { id, types: vec![kind.to_owned()], endpoints: vec![url.into()] }
    }

    fn json(&self) -> Value {
        let types = self.types.iter().cloned().map(Value::from).collect();
        json!({ "id": self.id, "type": one_or_many(types), "serviceEndpoint": one_or_many(self.endpoints.clone()) })
    }
}

fn one_or_many(mut values: Vec<Value>) -> Value {
    if values.len() == 1 { values.remove(0) } else { values.into() }
}

#[cfg(test)]
mod tests;
