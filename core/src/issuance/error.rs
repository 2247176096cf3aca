//! Refusals as OAuth and OpenID4VCI name them on the wire.

use serde::{Deserialize, Serialize};
use std::fmt;

/// An error answer: a code for programs and a sentence for developers. It carries nothing secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorResponse<Code> {
    /// The code.
    pub error: Code,
    /// What was wrong.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub error_description: Option<String>,
}

impl<Code> ErrorResponse<Code> {
    /// A refusal with its reason.
    #[must_use]
    pub fn new(error: Code, description: &str) -> Self {
        Self { error, error_description: Some(description.to_owned()) }
    }
}

/// Codes of the token endpoint. Status is 400, but for `invalid_client`.
///
/// Spec: OpenID4VCI 1.0 §6.3; RFC 6749 §5.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenErrorCode {
    /// Malformed; a transaction code is missing or was not expected.
    InvalidRequest,
    /// The code or the transaction code is wrong, used or expired.
    InvalidGrant,
    /// The client is not known, or not without authentication.
    InvalidClient,
    /// The grant is not offered.
    UnsupportedGrantType,
}

/// Codes of the credential endpoint. Status is 400.
///
/// Spec: OpenID4VCI 1.0 §8.3.1.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CredentialErrorCode {
    /// Malformed.
    InvalidCredentialRequest,
    /// No such configuration.
    UnknownCredentialConfiguration,
    /// No such identifier.
    UnknownCredentialIdentifier,
    /// A proof is missing or does not hold.
    InvalidProof,
    /// A proof's nonce is not one of ours, or was used.
    InvalidNonce,
    /// The answer cannot be encrypted as asked.
    InvalidEncryptionParameters,
    /// The issuer will not issue this.
    CredentialRequestDenied,
}

impl fmt::Display for TokenErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

impl fmt::Display for CredentialErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}
