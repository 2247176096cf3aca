//! The nonce and credential endpoints' messages.
//!
//! Spec: OpenID4VCI 1.0 §7, §8.

use super::error::{CredentialErrorCode, ErrorResponse};
use serde::{Deserialize, Serialize};

/// The largest credential request that is read, in bytes: 32 proofs and room to spare.
pub const MAX_REQUEST: usize = 128 * 1024;

/// A fresh nonce.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NonceResponse {
    /// To be put into every proof of the next request.
    pub c_nonce: String,
}

/// A request for credentials.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CredentialRequest {
    /// Which, where the token named its credentials.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub credential_identifier: Option<String>,
    /// Which, otherwise.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub credential_configuration_id: Option<String>,
    /// The keys to bind to: one credential each.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub proofs: Option<Proofs>,
    /// A wish for an encrypted answer.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub credential_response_encryption: Option<serde_json::Value>,
}

/// Proofs of keys, of one type.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proofs {
    /// JWTs signed by the keys.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub jwt: Vec<String>,
}

/// Which credential a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Requested<'a> {
    /// By identifier.
    Identifier(&'a str),
    /// By configuration.
    Configuration(&'a str),
}

impl CredentialRequest {
    /// Reads a request.
    ///
    /// # Errors
    /// The answer to give: `invalid_credential_request` when it is malformed, `invalid_proof` when its
    /// proofs are of no type that is taken, `invalid_encryption_parameters` when it asks for encryption.
    pub fn from_json(json: &[u8]) -> Result<Self, ErrorResponse<CredentialErrorCode>> {
        use CredentialErrorCode::{InvalidCredentialRequest, InvalidEncryptionParameters, InvalidProof};
        if json.len() > MAX_REQUEST {
            return Err(ErrorResponse::new(InvalidCredentialRequest, "the request is too long"));
        }
        let members = crate::jose::parse_object(json).map_err(|_| {
            ErrorResponse::new(InvalidCredentialRequest, "not a JSON object of distinct members")
        })?;
        if let Some(proofs) = members.get("proofs")
            && serde_json::from_value::<Proofs>(proofs.clone()).is_err()
        {
            return Err(ErrorResponse::new(InvalidProof, "only proofs of type `jwt` are taken"));
        }
        let request: Self = serde_json::from_value(members.into())
            .map_err(|_| ErrorResponse::new(InvalidCredentialRequest, "not a credential request"))?;
        if request.credential_response_encryption.is_some() {
            return Err(ErrorResponse::new(InvalidEncryptionParameters, "answers are not encrypted here"));
        }
        Ok(request)
    }

    /// Which credential it is for.
    ///
    /// # Errors
    /// `invalid_credential_request` unless exactly one of the two members is there.
    pub fn requested(&self) -> Result<Requested<'_>, ErrorResponse<CredentialErrorCode>> {
        match (&self.credential_identifier, &self.credential_configuration_id) {
            (Some(identifier), None) => Ok(Requested::Identifier(identifier)),
            (None, Some(configuration)) => Ok(Requested::Configuration(configuration)),
            _ => Err(ErrorResponse::new(
                CredentialErrorCode::InvalidCredentialRequest,
                "name either a credential identifier or a configuration",
            )),
        }
    }
}

/// Credentials.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CredentialResponse {
    /// One for each proof, in the order of the proofs.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub credentials: Option<Vec<IssuedCredential>>,
    /// Names a later answer.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub transaction_id: Option<String>,
    /// Seconds to wait for it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub interval: Option<u64>,
    /// Names the credentials in a notification.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub notification_id: Option<String>,
}

/// One credential in an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssuedCredential {
    /// A text for JWT formats, an object for `ldp_vc`.
    pub credential: serde_json::Value,
}

impl CredentialResponse {
    /// An answer that carries `credentials`: texts, or objects for the formats that are JSON.
    #[must_use]
    pub fn of<C: Into<serde_json::Value>>(credentials: Vec<C>) -> Self {
        let credentials = credentials.into_iter().map(|one| IssuedCredential { credential: one.into() });
        Self {
            credentials: Some(credentials.collect()),
            transaction_id: None,
            interval: None,
            notification_id: None,
        }
    }
}
