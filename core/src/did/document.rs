//! DID documents.
//!
//! Spec: DID Core 1.0 §5.

use crate::crypto::{Jwk, VerifyingKey};
use serde::{Deserialize, Serialize};

/// A DID document, as far as we make and read them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Document {
    /// What the terms mean.
    #[serde(rename = "@context")]
    pub context: Vec<String>,
    /// The DID.
    pub id: String,
    /// Other identifiers of the same subject. Worth nothing unless they name this one back.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub also_known_as: Vec<String>,
    /// The keys.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub verification_method: Vec<VerificationMethod>,
    /// The keys that log in.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub authentication: Vec<String>,
    /// The keys that sign credentials.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub assertion_method: Vec<String>,
    /// The keys that use a capability.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub capability_invocation: Vec<String>,
    /// The keys that pass a capability on.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub capability_delegation: Vec<String>,
    /// The keys that a message can be encrypted to.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub key_agreement: Vec<String>,
    /// Where the subject can be reached.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub service: Vec<Service>,
}

/// A key of a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VerificationMethod {
    /// The DID and a fragment.
    pub id: String,
    /// `JsonWebKey`.
    #[serde(rename = "type")]
    pub type_: String,
    /// The DID that controls the key.
    pub controller: String,
    /// The key.
    pub public_key_jwk: Jwk,
}

/// Where the subject can be reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Service {
    /// The DID and a fragment.
    pub id: String,
    /// What is served there.
    #[serde(rename = "type")]
    pub type_: String,
    /// The address.
    pub service_endpoint: String,
}

/// What a key may be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
}

impl Document {
    /// A document of `did` without a key.
    #[must_use]
    pub fn new(did: &str) -> Self {
        Self {
            context: vec!["https://www.w3.org/ns/did/v1".into(), "https://w3id.org/security/jwk/v1".into()],
            id: did.to_owned(),
            also_known_as: Vec::new(),
            verification_method: Vec::new(),
            authentication: Vec::new(),
            assertion_method: Vec::new(),
            capability_invocation: Vec::new(),
            capability_delegation: Vec::new(),
            key_agreement: Vec::new(),
            service: Vec::new(),
        }
    }

    /// Adds `key` as `#fragment`, for `relationships`.
    #[must_use]
    pub fn with_key(mut self, fragment: &str, key: &VerifyingKey, relationships: &[Relationship]) -> Self {
        let id = format!("{}#{fragment}", self.id);
        for relationship in relationships {
            let keys = match relationship {
                Relationship::Authentication => &mut self.authentication,
                Relationship::AssertionMethod => &mut self.assertion_method,
                Relationship::CapabilityInvocation => &mut self.capability_invocation,
                Relationship::CapabilityDelegation => &mut self.capability_delegation,
                Relationship::KeyAgreement => &mut self.key_agreement,
            };
            keys.push(id.clone());
        }
        self.verification_method.push(VerificationMethod {
            id,
            type_: "JsonWebKey".into(),
            controller: self.id.clone(),
            public_key_jwk: key.jwk(),
        });
        self
    }
}
