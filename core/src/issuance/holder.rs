//! The wallet's side: from an offer's link to credentials, over an injected transport.

use super::{
    endpoint::{EndpointError, check_endpoint, well_known},
    error::{CredentialErrorCode, ErrorResponse, TokenErrorCode},
    metadata::{CredentialConfiguration, ISSUER_METADATA, IssuerMetadata, SERVER_METADATA, ServerMetadata},
    offer::{CredentialOffer, OfferError, OfferLink, TxCode},
    request::{CredentialRequest, CredentialResponse, NonceResponse, Proofs},
    token::{TokenRequest, TokenResponse},
};
use crate::{
    credential::{Format, sd_jwt::MAX_SD_JWT},
    http::{HttpError, HttpRequest, HttpResponse, HttpTransport},
};
use serde::de::DeserializeOwned;
use std::fmt;

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";
/// The largest answer of a credential endpoint: 32 of the largest credentials.
const MAX_CREDENTIALS: usize = 32 * MAX_SD_JWT;

/// Why issuance did not get on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HolderError {
    /// The offer is not one that we can take.
    #[error(transparent)]
    Offer(#[from] OfferError),
    /// An address that the issuer names is not one that may be asked.
    #[error(transparent)]
    Endpoint(#[from] EndpointError),
    /// No answer came.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// An answer has another status than its protocol knows.
    #[error("{endpoint} answered with status {status}")]
    Status {
        /// Which endpoint.
        endpoint: &'static str,
        /// The status code.
        status: u16,
    },
    /// An answer cannot be read.
    #[error("the answer of {0} is malformed")]
    Malformed(&'static str),
    /// The metadata is of another issuer than the offer's.
    #[error("the metadata is another issuer's")]
    WrongIssuer,
    /// The offer names an authorization server that the issuer does not.
    #[error("the issuer has no such authorization server")]
    WrongServer,
    /// The server does not take pre-authorized codes, or not from anonymous wallets.
    #[error("the authorization server takes no pre-authorized codes")]
    GrantNotTaken,
    /// The offer names a configuration that the issuer does not have.
    #[error("the issuer has no configuration `{0}`")]
    UnknownConfiguration(String),
    /// The issuer binds credentials to keys but has no nonce endpoint.
    #[error("the issuer has no nonce endpoint")]
    NoNonceEndpoint,
    /// A transaction code is needed and was not given, or the other way round.
    #[error("a transaction code is missing, or was not asked for")]
    TxCode,
    /// The token endpoint refused.
    #[error("the token was refused: {0}")]
    TokenRefused(TokenErrorCode),
    /// The credential endpoint refused.
    #[error("the credential was refused: {0}")]
    CredentialRefused(CredentialErrorCode),
    /// The token is of a type that we cannot use.
    #[error("the token is not a bearer token")]
    TokenType,
    /// The answer does not hold one credential for each proof.
    #[error("the issuer sent another number of credentials than proofs")]
    WrongCount,
    /// The issuer answers later, which we cannot wait for yet.
    #[error("the issuer will answer later")]
    Deferred,
}

/// An issuance under way.
#[derive(Clone, Debug)]
pub struct Issuance {
    offer: CredentialOffer,
    issuer: IssuerMetadata,
    server: ServerMetadata,
}

/// A token of an issuance. It is kept in memory only.
#[derive(Clone)]
pub struct Token(TokenResponse);

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token")
    }
}

impl Issuance {
    /// Fetches the offer, where it is by reference, and both metadata, and checks that they fit.
    ///
    /// # Errors
    /// [`HolderError`] by the first thing that does not hold.
    pub async fn discover(http: &dyn HttpTransport, offer: OfferLink) -> Result<Self, HolderError> {
        let offer = match offer {
            OfferLink::Value(offer) => offer,
            OfferLink::Reference(uri) => {
                let answer = http.send(HttpRequest::get(uri)).await?;
                CredentialOffer::from_json(&successful("offer", answer)?.body)?
            }
        };
        offer.pre_authorized_code()?;
        let issuer = fetch_issuer(http, &offer.credential_issuer).await?;
        for id in &offer.credential_configuration_ids {
            if !issuer.credential_configurations_supported.contains_key(id) {
                return Err(HolderError::UnknownConfiguration(id.clone()));
            }
        }
        let server = fetch_server(http, &offer, &issuer).await?;
        if !server.takes_pre_authorized_codes() || server.anonymous_access != Some(true) {
            return Err(HolderError::GrantNotTaken);
        }
        Ok(Self { offer, issuer, server })
    }

    /// The offer.
    #[must_use]
    pub fn offer(&self) -> &CredentialOffer {
        &self.offer
    }

    /// The issuer's metadata.
    #[must_use]
    pub fn issuer(&self) -> &IssuerMetadata {
        &self.issuer
    }

    /// The authorization server's metadata.
    #[must_use]
    pub fn server(&self) -> &ServerMetadata {
        &self.server
    }

    /// What the transaction code looks like, where one is needed.
    #[must_use]
    pub fn tx_code(&self) -> Option<&TxCode> {
        self.offer.pre_authorized_code().ok()?.tx_code.as_ref()
    }

    /// What is offered: each configuration with its identifier.
    pub fn configurations(&self) -> impl Iterator<Item = (&str, &CredentialConfiguration)> {
        let supported = &self.issuer.credential_configurations_supported;
        let ids = self.offer.credential_configuration_ids.iter();
        ids.filter_map(|id| supported.get_key_value(id))
            .map(|(id, configuration)| (id.as_str(), configuration))
    }

    /// The most copies that one request may ask for.
    #[must_use]
    pub fn batch_size(&self) -> usize {
        let announced = self.issuer.batch_credential_issuance.map_or(1, |batch| batch.batch_size);
        usize::try_from(announced).unwrap_or(usize::MAX).max(1)
    }

    /// Exchanges the offer's code, and the transaction code that the person typed, for a token.
    ///
    /// # Errors
    /// [`HolderError::TokenRefused`] when they are wrong or used; the others by what failed.
    pub async fn token(&self, http: &dyn HttpTransport, tx_code: Option<&str>) -> Result<Token, HolderError> {
        if self.tx_code().is_some() != tx_code.is_some() {
            return Err(HolderError::TxCode);
        }
        let endpoint = self.server.token_endpoint.as_deref().ok_or(HolderError::GrantNotTaken)?;
        check_endpoint(endpoint)?;
        let form = TokenRequest {
            pre_authorized_code: self.offer.pre_authorized_code()?.code.clone(),
            tx_code: tx_code.map(str::to_owned),
        };
        let request = HttpRequest::post(endpoint, FORM, form.to_form().into_bytes());
        let answer = http.send(request.header("accept", JSON)).await?;
        if matches!(answer.status, 400 | 401)
            && let Ok(refusal) = serde_json::from_slice::<ErrorResponse<TokenErrorCode>>(&answer.body)
        {
            return Err(HolderError::TokenRefused(refusal.error));
        }
        let token: TokenResponse = read("token endpoint", successful("token endpoint", answer)?)?;
        if !token.token_type.eq_ignore_ascii_case("bearer") {
            return Err(HolderError::TokenType);
        }
        Ok(Token(token))
    }

    /// A fresh nonce for the proofs of one request.
    ///
    /// # Errors
    /// [`HolderError`] by what failed.
    pub async fn nonce(&self, http: &dyn HttpTransport) -> Result<String, HolderError> {
        let endpoint = self.issuer.nonce_endpoint.as_deref().ok_or(HolderError::NoNonceEndpoint)?;
        check_endpoint(endpoint)?;
        let answer = http.send(HttpRequest::post(endpoint, FORM, Vec::new()).header("accept", JSON)).await?;
        let nonce: NonceResponse = read("nonce endpoint", successful("nonce endpoint", answer)?)?;
        Ok(nonce.c_nonce)
    }

    /// Asks for the credentials of `configuration`, one for each proof and in their order: compact, or
    /// the JSON of those that are objects. Nothing about them has been verified yet.
    ///
    /// # Errors
    /// [`HolderError::CredentialRefused`] with the issuer's code; the others by what failed.
    pub async fn request(
        &self,
        http: &dyn HttpTransport,
        token: &Token,
        configuration: &str,
        proofs: Vec<String>,
    ) -> Result<Vec<String>, HolderError> {
        let expected = proofs.len();
        check_endpoint(&self.issuer.credential_endpoint)?;
        let body = serde_json::to_vec(&self.credential_request(token, configuration, proofs))
            .map_err(|_| HolderError::Malformed("credential request"))?;
        let request = HttpRequest::post(&self.issuer.credential_endpoint, JSON, body)
            .header("accept", JSON)
            .header("authorization", format!("Bearer {}", token.0.access_token));
        let request = HttpRequest { max_response_bytes: MAX_CREDENTIALS, ..request };
        let answer = http.send(request).await?;
        if answer.status == 202 {
            return Err(HolderError::Deferred);
        }
        if answer.status == 400
            && let Ok(refusal) = serde_json::from_slice::<ErrorResponse<CredentialErrorCode>>(&answer.body)
        {
            return Err(HolderError::CredentialRefused(refusal.error));
        }
        let response: CredentialResponse =
            read("credential endpoint", successful("credential endpoint", answer)?)?;
        let credentials = response.credentials.ok_or(HolderError::Malformed("credential endpoint"))?;
        if credentials.len() != expected {
            return Err(HolderError::WrongCount);
        }
        let objects = self.gives_objects(configuration);
        credentials
            .into_iter()
            .map(|issued| match issued.credential {
                serde_json::Value::String(text) if !objects => Ok(text),
                object @ serde_json::Value::Object(_) if objects => Ok(object.to_string()),
                _ => Err(HolderError::Malformed("credential endpoint")),
            })
            .collect()
    }

    /// Whether the credentials of a configuration are JSON objects; those of the others are texts.
    fn gives_objects(&self, configuration: &str) -> bool {
        let configuration = self.issuer.credential_configurations_supported.get(configuration);
        configuration.is_some_and(|known| known.known_format() == Some(Format::LdpVc))
    }

    /// By identifier where the token named its credentials, else by configuration; never both.
    pub(super) fn credential_request(
        &self,
        token: &Token,
        configuration: &str,
        proofs: Vec<String>,
    ) -> CredentialRequest {
        let named = token.0.authorization_details.iter().flatten();
        let identifier = named
            .filter(|details| details.credential_configuration_id == configuration)
            .find_map(|details| details.credential_identifiers.first().cloned());
        CredentialRequest {
            credential_configuration_id: identifier.is_none().then(|| configuration.to_owned()),
            credential_identifier: identifier,
            proofs: Some(Proofs { jwt: proofs }),
            credential_response_encryption: None,
        }
    }
}

async fn fetch_issuer(http: &dyn HttpTransport, identifier: &str) -> Result<IssuerMetadata, HolderError> {
    let url = well_known(identifier, ISSUER_METADATA)?;
    let answer = http.send(HttpRequest::get(url).header("accept", JSON)).await?;
    let issuer: IssuerMetadata = read("issuer metadata", successful("issuer metadata", answer)?)?;
    if issuer.credential_issuer != identifier {
        return Err(HolderError::WrongIssuer);
    }
    Ok(issuer)
}

async fn fetch_server(
    http: &dyn HttpTransport,
    offer: &CredentialOffer,
    issuer: &IssuerMetadata,
) -> Result<ServerMetadata, HolderError> {
    let named = offer.pre_authorized_code()?.authorization_server.as_deref();
    let identifier = match (&issuer.authorization_servers, named) {
        (None, None) => issuer.credential_issuer.as_str(),
        (None, Some(_)) => return Err(HolderError::WrongServer),
        (Some(servers), Some(named)) => {
            servers.iter().find(|server| *server == named).ok_or(HolderError::WrongServer)?
        }
        (Some(servers), None) => servers.first().ok_or(HolderError::WrongServer)?,
    };
    let url = well_known(identifier, SERVER_METADATA)?;
    let answer = http.send(HttpRequest::get(url).header("accept", JSON)).await?;
    let server: ServerMetadata = read("server metadata", successful("server metadata", answer)?)?;
    if server.issuer != identifier {
        return Err(HolderError::WrongServer);
    }
    Ok(server)
}

fn successful(endpoint: &'static str, answer: HttpResponse) -> Result<HttpResponse, HolderError> {
    if answer.is_success() {
        Ok(answer)
    } else {
        Err(HolderError::Status { endpoint, status: answer.status })
    }
}

fn read<T: DeserializeOwned>(what: &'static str, answer: HttpResponse) -> Result<T, HolderError> {
    let members = crate::jose::parse_object(&answer.body).map_err(|_| HolderError::Malformed(what))?;
    serde_json::from_value(members.into()).map_err(|_| HolderError::Malformed(what))
}
