//! The wallet's side: from an offer's link to credentials, over an injected transport.

use super::{
    endpoint::EndpointError,
    error::{CredentialErrorCode, TokenErrorCode},
    metadata::{CredentialConfiguration, IssuerMetadata, ServerMetadata},
    offer::{CredentialOffer, OfferError, OfferLink, TxCode},
};
use crate::http::{HttpError, HttpTransport};

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
pub struct Token {}

impl Issuance {
    /// Fetches the offer, where it is by reference, and both metadata, and checks that they fit.
    ///
    /// # Errors
    /// [`HolderError`] by the first thing that does not hold.
    pub async fn discover(_http: &dyn HttpTransport, _offer: OfferLink) -> Result<Self, HolderError> {
        todo!()
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
        todo!()
    }

    /// What is offered: each configuration with its identifier.
    pub fn configurations(&self) -> impl Iterator<Item = (&str, &CredentialConfiguration)> {
        std::iter::empty()
    }

    /// The most copies that one request may ask for.
    #[must_use]
    pub fn batch_size(&self) -> usize {
        todo!()
    }

    /// Exchanges the offer's code, and the transaction code that the person typed, for a token.
    ///
    /// # Errors
    /// [`HolderError::TokenRefused`] when they are wrong or used; the others by what failed.
    pub async fn token(
        &self,
        _http: &dyn HttpTransport,
        _tx_code: Option<&str>,
    ) -> Result<Token, HolderError> {
        todo!()
    }

    /// A fresh nonce for the proofs of one request.
    ///
    /// # Errors
    /// [`HolderError`] by what failed.
    pub async fn nonce(&self, _http: &dyn HttpTransport) -> Result<String, HolderError> {
        todo!()
    }

    /// Asks for the credentials of `configuration`, one for each proof and in their order. Nothing about
    /// them has been verified yet.
    ///
    /// # Errors
    /// [`HolderError::CredentialRefused`] with the issuer's code; the others by what failed.
    pub async fn request(
        &self,
        _http: &dyn HttpTransport,
        _token: &Token,
        _configuration: &str,
        _proofs: Vec<String>,
    ) -> Result<Vec<String>, HolderError> {
        todo!()
    }
}
