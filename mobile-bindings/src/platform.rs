//! What the platform brings: its keystore and its HTTP client.

use crate::error::{KeystoreFailure, TransportFailure};
use std::sync::Arc;
use yufu_core::{
    crypto::VerifyingKey,
    http::{self, HttpError, HttpFuture},
    wallet::{KeyLevel, KeystoreError},
};
use zeroize::Zeroizing;

/// The platform's keystore: Secure Enclave, Android Keystore. Keys are P-256 and never leave it.
#[uniffi::export(with_foreign)]
pub trait Keystore: Send + Sync {
    /// Makes a P-256 key named `alias` and gives its public point (33 or 65 bytes).
    fn create(&self, alias: String) -> Result<Vec<u8>, KeystoreFailure>;
    /// Signs `message` with ECDSA and SHA-256; the signature is r ‖ s, 64 bytes.
    fn sign(&self, alias: String, message: Vec<u8>) -> Result<Vec<u8>, KeystoreFailure>;
    /// Forgets the key; one that is not there is no error.
    fn delete(&self, alias: String) -> Result<(), KeystoreFailure>;
    /// Encrypts the wallet's data key under a key that never leaves the device. A keystore of level
    /// software may give it back as it is.
    fn wrap_key(&self, data_key: Vec<u8>) -> Result<Vec<u8>, KeystoreFailure>;
    /// Decrypts what `wrap_key` gave.
    fn unwrap_key(&self, wrapped: Vec<u8>) -> Result<Vec<u8>, KeystoreFailure>;
    /// How well the keys are protected.
    fn level(&self) -> KeyLevel;
}

/// Read or write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum HttpMethod {
    /// Read.
    Get,
    /// Write.
    Post,
}

/// A header field.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct HttpHeader {
    /// Name, in lower case.
    pub name: String,
    /// Value.
    pub value: String,
}

/// A request, whole.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct HttpRequest {
    /// Method.
    pub method: HttpMethod,
    /// Absolute URL.
    pub url: String,
    /// Header fields.
    pub headers: Vec<HttpHeader>,
    /// Body; empty for a read.
    pub body: Vec<u8>,
    /// A larger answer is refused.
    pub max_response_bytes: u64,
}

/// A response, whole.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct HttpResponse {
    /// Status code.
    pub status: u16,
    /// Header fields.
    pub headers: Vec<HttpHeader>,
    /// Body.
    pub body: Vec<u8>,
}

/// The platform's HTTP client. Redirects are not followed.
#[uniffi::export(with_foreign)]
#[async_trait::async_trait]
pub trait HttpTransport: Send + Sync {
    /// Sends `request` and reads the answer whole.
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, TransportFailure>;
}

/// The platform's keystore as core asks for one.
pub(crate) struct PlatformKeystore(pub(crate) Arc<dyn Keystore>);

impl yufu_core::wallet::Keystore for PlatformKeystore {
    fn create(&self, alias: &str) -> Result<VerifyingKey, KeystoreError> {
        let point = self.0.create(alias.to_owned())?;
        VerifyingKey::from_p256_point(&point).map_err(|error| KeystoreError::Device(error.to_string()))
    }

    fn sign(&self, alias: &str, message: &[u8]) -> Result<Vec<u8>, KeystoreError> {
        Ok(self.0.sign(alias.to_owned(), message.to_vec())?)
    }

    fn delete(&self, alias: &str) -> Result<(), KeystoreError> {
        Ok(self.0.delete(alias.to_owned())?)
    }

    fn wrap_key(&self, data_key: &[u8]) -> Result<Vec<u8>, KeystoreError> {
        Ok(self.0.wrap_key(data_key.to_vec())?)
    }

    fn unwrap_key(&self, wrapped: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeystoreError> {
        Ok(Zeroizing::new(self.0.unwrap_key(wrapped.to_vec())?))
    }

    fn level(&self) -> KeyLevel {
        self.0.level()
    }
}

/// The platform's HTTP client as core asks for one. The size limit is checked here again.
pub(crate) struct PlatformTransport(pub(crate) Arc<dyn HttpTransport>);

impl http::HttpTransport for PlatformTransport {
    fn send(&self, request: http::HttpRequest) -> HttpFuture<'_> {
        Box::pin(async move {
            let limit = request.max_response_bytes;
            let url = request.url.clone();
            let response =
                self.0.send(outgoing(request)).await.map_err(|failure| refused(failure, &url, limit))?;
            if response.body.len() > limit {
                return Err(HttpError::TooLarge { limit });
            }
            Ok(incoming(response))
        })
    }
}

fn outgoing(request: http::HttpRequest) -> HttpRequest {
    let header = |(name, value)| HttpHeader { name, value };
    HttpRequest {
        method: match request.method {
            http::Method::Get => HttpMethod::Get,
            http::Method::Post => HttpMethod::Post,
        },
        url: request.url,
        headers: request.headers.into_iter().map(header).collect(),
        body: request.body,
        max_response_bytes: request.max_response_bytes as u64,
    }
}

fn incoming(response: HttpResponse) -> http::HttpResponse {
    let field = |header: HttpHeader| (header.name.to_ascii_lowercase(), header.value);
    http::HttpResponse {
        status: response.status,
        headers: response.headers.into_iter().map(field).collect(),
        body: response.body,
    }
}

fn refused(failure: TransportFailure, url: &str, limit: usize) -> HttpError {
    match failure {
        TransportFailure::Unreachable { reason } => {
            let host = url.split('/').nth(2).unwrap_or_default().to_owned();
            HttpError::Unreachable { host, reason }
        }
        TransportFailure::TooLarge => HttpError::TooLarge { limit },
        TransportFailure::RefusedUrl => HttpError::RefusedUrl(url.to_owned()),
    }
}
