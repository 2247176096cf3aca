//! What an issuer and its authorization server say about themselves.
//!
//! Spec: OpenID4VCI 1.0 §12.2, Appendix A.3; RFC 8414.

use crate::credential::{
    ClaimPath, Format,
    types::{self, ShippedType},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Name of the issuer's metadata among the well-known ones.
pub const ISSUER_METADATA: &str = "openid-credential-issuer";
/// Name of the authorization server's metadata among the well-known ones.
pub const SERVER_METADATA: &str = "oauth-authorization-server";

/// An issuer's metadata.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IssuerMetadata {
    /// The issuer's identifier; equal to the one its metadata was asked for by.
    pub credential_issuer: String,
    /// The authorization servers; none means the issuer is its own.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub authorization_servers: Option<Vec<String>>,
    /// Ours: the issuer's DID. It counts only where the DID's record in the registry names the issuer's
    /// address among its services.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub did: Option<String>,
    /// Where credentials are asked for.
    pub credential_endpoint: String,
    /// Where nonces are asked for.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub nonce_endpoint: Option<String>,
    /// Says that several copies may be asked for at once.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub batch_credential_issuance: Option<BatchIssuance>,
    /// The issuer's name, by language.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub display: Vec<Display>,
    /// What can be issued, by identifier.
    pub credential_configurations_supported: BTreeMap<String, CredentialConfiguration>,
}

/// How many copies may be asked for at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchIssuance {
    /// The most proofs in one request; at least 2.
    pub batch_size: u32,
}

/// A name and a look, for one language.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Display {
    /// The name.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub name: Option<String>,
    /// The language, as BCP 47 writes it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub locale: Option<String>,
    /// What it is.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub description: Option<String>,
    /// A picture.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub logo: Option<Image>,
    /// The card's colour, `#rrggbb`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub background_color: Option<String>,
    /// The text's colour, `#rrggbb`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub text_color: Option<String>,
}

/// A picture.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Image {
    /// Its address: `https:` or `data:`.
    pub uri: String,
    /// What it shows.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub alt_text: Option<String>,
}

/// One thing that can be issued.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CredentialConfiguration {
    /// The format's identifier. A text, so that a configuration in a format unknown here does not make
    /// the whole metadata unreadable; see [`known_format`](Self::known_format).
    pub format: String,
    /// The OAuth scope that stands for it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub scope: Option<String>,
    /// How a credential is bound to a key; present exactly where `proof_types_supported` is.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub cryptographic_binding_methods_supported: Option<Vec<String>>,
    /// The algorithms that the issuer signs with. mdoc counts numbers here, so they are any JSON.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub credential_signing_alg_values_supported: Option<Vec<serde_json::Value>>,
    /// The proofs of a key that are taken, by type.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub proof_types_supported: Option<BTreeMap<String, ProofType>>,
    /// The type of an SD-JWT VC.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub vct: Option<String>,
    /// What a credential of the W3C data model is.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub credential_definition: Option<CredentialDefinition>,
    /// Names and claims, for display.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub credential_metadata: Option<CredentialMetadata>,
}

/// What a credential of the W3C data model is, by the words that stand in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CredentialDefinition {
    /// Its contexts, for `ldp_vc`.
    #[serde(rename = "@context", skip_serializing_if = "Vec::is_empty", default)]
    pub contexts: Vec<String>,
    /// Its types.
    #[serde(rename = "type")]
    pub types: Vec<String>,
}

/// How a proof of one type is to be made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProofType {
    /// The algorithms that are taken.
    pub proof_signing_alg_values_supported: Vec<String>,
    /// What an attestation of the key must say, where one is required.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub key_attestations_required: Option<serde_json::Value>,
}

/// Names and claims of a credential, for display.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CredentialMetadata {
    /// Its name, by language.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub display: Vec<Display>,
    /// Its claims, in the order to show them.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub claims: Vec<ClaimDescription>,
}

/// One claim, for display.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimDescription {
    /// Which claim.
    pub path: ClaimPath,
    /// Whether it is always there.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub mandatory: bool,
    /// Its name, by language.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub display: Vec<Display>,
}

impl CredentialConfiguration {
    /// The name under which the registry knows the type: `vct`, or for the W3C data model that of the
    /// shipped type with these words.
    #[must_use]
    pub fn registry_type(&self) -> Option<String> {
        if let Some(vct) = &self.vct {
            return Some(vct.clone());
        }
        let definition = self.credential_definition.as_ref()?;
        let described = |shipped: &&ShippedType| {
            let whole = shipped.resolve().ok()?;
            let shape = whole.w3c()?;
            let contexts = definition.contexts.is_empty() || definition.contexts == shape.contexts;
            (contexts && definition.types == shape.types).then(|| shipped.vct.to_owned())
        };
        types::shipped().iter().find_map(described)
    }

    /// The format, where we know it.
    #[must_use]
    pub fn known_format(&self) -> Option<Format> {
        self.format.parse().ok()
    }
}

/// An authorization server's metadata.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerMetadata {
    /// Its identifier; equal to the one its metadata was asked for by.
    pub issuer: String,
    /// Where tokens are asked for.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub token_endpoint: Option<String>,
    /// The response types of an authorization endpoint; empty where there is none.
    #[serde(default)]
    pub response_types_supported: Vec<String>,
    /// The grants that it takes.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub grant_types_supported: Option<Vec<String>>,
    /// Whether a pre-authorized code works without a client identifier.
    #[serde(
        rename = "pre-authorized_grant_anonymous_access_supported",
        skip_serializing_if = "Option::is_none",
        default
    )]
    pub anonymous_access: Option<bool>,
}

impl ServerMetadata {
    /// Whether it takes pre-authorized codes.
    #[must_use]
    pub fn takes_pre_authorized_codes(&self) -> bool {
        self.grant_types_supported
            .as_ref()
            .is_some_and(|grants| grants.iter().any(|grant| grant == super::token::PRE_AUTHORIZED_CODE))
    }
}

/// The entry of `displays` for `locale`: the same tag, else the same language, else the first.
#[must_use]
pub fn for_locale<'a>(displays: &'a [Display], locale: &str) -> Option<&'a Display> {
    crate::credential::types::best_for_locale(displays, locale, |display| display.locale.as_deref())
}
