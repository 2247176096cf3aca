//! The token endpoint's messages.
//!
//! Spec: OpenID4VCI 1.0 §6; RFC 6749 §5.

use super::error::{ErrorResponse, TokenErrorCode};
use serde::{Deserialize, Serialize};

/// The grant type of a pre-authorized code.
pub const PRE_AUTHORIZED_CODE: &str = "urn:ietf:params:oauth:grant-type:pre-authorized_code";
/// The longest form that is read, in bytes.
pub const MAX_FORM: usize = 8 * 1024;

/// A request for a token.
#[derive(Clone, PartialEq, Eq)]
pub struct TokenRequest {
    /// The code of the offer.
    pub pre_authorized_code: String,
    /// The transaction code that the person typed.
    pub tx_code: Option<String>,
}

impl std::fmt::Debug for TokenRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TokenRequest").field("has_tx_code", &self.tx_code.is_some()).finish_non_exhaustive()
    }
}

impl TokenRequest {
    /// The request as a form.
    #[must_use]
    pub fn to_form(&self) -> String {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("grant_type", PRE_AUTHORIZED_CODE)
            .append_pair("pre-authorized_code", &self.pre_authorized_code);
        if let Some(tx_code) = &self.tx_code {
            form.append_pair("tx_code", tx_code);
        }
        form.finish()
    }

    /// Reads a form.
    ///
    /// # Errors
    /// The answer to give: `invalid_request` when a parameter is missing or stands twice,
    /// `unsupported_grant_type` for another grant.
    pub fn from_form(form: &[u8]) -> Result<Self, ErrorResponse<TokenErrorCode>> {
        let refuse = |code, why| Err(ErrorResponse::new(code, why));
        if form.len() > MAX_FORM {
            return refuse(TokenErrorCode::InvalidRequest, "the form is too long");
        }
        let (mut grant, mut code, mut tx_code) = (None, None, None);
        for (name, value) in form_urlencoded::parse(form) {
            let slot = match name.as_ref() {
                "grant_type" => &mut grant,
                "pre-authorized_code" => &mut code,
                "tx_code" => &mut tx_code,
                _ => continue,
            };
            if slot.replace(value.into_owned()).is_some() {
                return refuse(TokenErrorCode::InvalidRequest, "a parameter stands twice");
            }
        }
        match (grant.as_deref(), code) {
            (Some(PRE_AUTHORIZED_CODE), Some(code)) => Ok(Self { pre_authorized_code: code, tx_code }),
            (Some(PRE_AUTHORIZED_CODE), None) => {
                refuse(TokenErrorCode::InvalidRequest, "the pre-authorized code is missing")
            }
            (Some(_), _) => {
                refuse(TokenErrorCode::UnsupportedGrantType, "only pre-authorized codes are taken")
            }
            (None, _) => refuse(TokenErrorCode::InvalidRequest, "the grant type is missing"),
        }
    }
}

/// A token.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenResponse {
    /// The token.
    pub access_token: String,
    /// `Bearer`, in any case.
    pub token_type: String,
    /// Its life in seconds.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub expires_in: Option<u64>,
    /// The credentials that it stands for, where the server names them one by one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub authorization_details: Option<Vec<AuthorizationDetails>>,
}

impl std::fmt::Debug for TokenResponse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TokenResponse").field("expires_in", &self.expires_in).finish_non_exhaustive()
    }
}

/// Credentials that a token stands for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthorizationDetails {
    /// `openid_credential`.
    #[serde(rename = "type")]
    pub type_: String,
    /// Of which configuration.
    pub credential_configuration_id: String,
    /// Their identifiers, to be used in requests.
    pub credential_identifiers: Vec<String>,
}
