//! Credential offers: what an agency's QR code says.
//!
//! Spec: OpenID4VCI 1.0 §4.1.

use super::endpoint::{EndpointError, check_endpoint};
use serde::{Deserialize, Serialize};

/// The scheme of an offer's link.
pub const SCHEME: &str = "openid-credential-offer";
/// The longest link or offer that is read, in bytes.
pub const MAX_OFFER: usize = 16 * 1024;

/// An offer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CredentialOffer {
    /// The issuer's identifier: an address.
    pub credential_issuer: String,
    /// Which of the issuer's credential configurations are offered.
    pub credential_configuration_ids: Vec<String>,
    /// How the wallet may get a token.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub grants: Option<Grants>,
}

/// How the wallet may get a token.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grants {
    /// With a code that the agency made beforehand.
    #[serde(
        rename = "urn:ietf:params:oauth:grant-type:pre-authorized_code",
        skip_serializing_if = "Option::is_none",
        default
    )]
    pub pre_authorized_code: Option<PreAuthorizedCode>,
}

/// A code that stands for the agency's decision to issue.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreAuthorizedCode {
    /// The code: whoever has it and the transaction code gets the credential.
    #[serde(rename = "pre-authorized_code")]
    pub code: String,
    /// Says that a transaction code is needed, and what it looks like.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub tx_code: Option<TxCode>,
    /// Which of the issuer's authorization servers to ask.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub authorization_server: Option<String>,
}

impl std::fmt::Debug for PreAuthorizedCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PreAuthorizedCode").field("tx_code", &self.tx_code).finish_non_exhaustive()
    }
}

/// What a transaction code looks like, so that a wallet can ask for it well.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TxCode {
    /// Digits or any text.
    #[serde(default)]
    pub input_mode: InputMode,
    /// Number of characters.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub length: Option<u8>,
    /// Where the person finds it; at most 300 characters.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub description: Option<String>,
}

/// Which characters a transaction code has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum InputMode {
    /// Digits.
    #[default]
    Numeric,
    /// Any.
    Text,
}

/// What a link carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OfferLink {
    /// The offer itself.
    Value(CredentialOffer),
    /// The address to get it from.
    Reference(String),
}

/// Why an offer was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OfferError {
    /// Not a link of the scheme with exactly one of the two parameters.
    #[error("not the link of a credential offer")]
    Link,
    /// Longer than [`MAX_OFFER`].
    #[error("the offer is longer than is read")]
    TooLarge,
    /// Not an offer in JSON.
    #[error("the offer is malformed")]
    Malformed,
    /// It offers nothing, or the same twice.
    #[error("the offer names no credential, or one twice")]
    Configurations,
    /// The issuer's identifier, or the offer's address, is not one that may be asked.
    #[error(transparent)]
    Endpoint(#[from] EndpointError),
    /// It has no grant that this wallet can use.
    #[error("the offer has no pre-authorized code")]
    Grant,
}

impl CredentialOffer {
    /// Reads and checks an offer in JSON.
    ///
    /// # Errors
    /// [`OfferError`] by what does not hold.
    pub fn from_json(json: &[u8]) -> Result<Self, OfferError> {
        if json.len() > MAX_OFFER {
            return Err(OfferError::TooLarge);
        }
        let members = crate::jose::parse_object(json).map_err(|_| OfferError::Malformed)?;
        let offer: Self = serde_json::from_value(members.into()).map_err(|_| OfferError::Malformed)?;
        check_endpoint(&offer.credential_issuer)?;
        let ids = &offer.credential_configuration_ids;
        let distinct: std::collections::BTreeSet<_> = ids.iter().collect();
        if ids.is_empty() || distinct.len() != ids.len() {
            return Err(OfferError::Configurations);
        }
        Ok(offer)
    }

    /// The link that carries this offer by value.
    #[must_use]
    pub fn link(&self) -> String {
        // The types hold strings and numbers only: writing them cannot fail.
        let json = serde_json::to_string(self).unwrap_or_default();
        link("credential_offer", &json)
    }

    /// The link to an offer that stands at `uri`.
    #[must_use]
    pub fn link_by_reference(uri: &str) -> String {
        link("credential_offer_uri", uri)
    }

    /// The pre-authorized code.
    ///
    /// # Errors
    /// [`OfferError::Grant`] when there is none.
    pub fn pre_authorized_code(&self) -> Result<&PreAuthorizedCode, OfferError> {
        self.grants.as_ref().and_then(|grants| grants.pre_authorized_code.as_ref()).ok_or(OfferError::Grant)
    }
}

fn link(parameter: &str, value: &str) -> String {
    let query = form_urlencoded::Serializer::new(String::new()).append_pair(parameter, value).finish();
    format!("{SCHEME}://?{query}")
}

/// Reads the link of an offer: `openid-credential-offer://?credential_offer=…` or
/// `…?credential_offer_uri=…`.
///
/// # Errors
/// [`OfferError`] by what does not hold.
pub fn parse_offer(link: &str) -> Result<OfferLink, OfferError> {
    if link.len() > MAX_OFFER {
        return Err(OfferError::TooLarge);
    }
    let rest = link.trim().strip_prefix(SCHEME).and_then(|rest| rest.strip_prefix("://"));
    let query = rest.and_then(|rest| rest.split_once('?')).ok_or(OfferError::Link)?.1;
    let (mut value, mut reference) = (None, None);
    for (name, text) in form_urlencoded::parse(query.as_bytes()) {
        let slot = match name.as_ref() {
            "credential_offer" => &mut value,
            "credential_offer_uri" => &mut reference,
            _ => continue,
        };
        if slot.replace(text.into_owned()).is_some() {
            return Err(OfferError::Link);
        }
    }
    match (value, reference) {
        (Some(json), None) => Ok(OfferLink::Value(CredentialOffer::from_json(json.as_bytes())?)),
        (None, Some(uri)) => {
            check_endpoint(&uri)?;
            Ok(OfferLink::Reference(uri))
        }
        _ => Err(OfferError::Link),
    }
}
