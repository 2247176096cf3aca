//! HTTP as the core sees it: a request goes out, a response comes back. Who carries them is injected,
//! so that a phone uses its platform's client and a test a table.

use std::{future::Future, pin::Pin};

/// A future that a transport returns.
pub type HttpFuture<'a> = Pin<Box<dyn Future<Output = Result<HttpResponse, HttpError>> + Send + 'a>>;

/// Method of a request. The protocols here need no other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Read.
    Get,
    /// Write.
    Post,
}

/// A request, whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpRequest {
    /// Method.
    pub method: Method,
    /// Absolute URL.
    pub url: String,
    /// Header fields, names in lower case.
    pub headers: Vec<(String, String)>,
    /// Body; empty for [`Method::Get`].
    pub body: Vec<u8>,
    /// The transport refuses a larger answer with [`HttpError::TooLarge`].
    pub max_response_bytes: usize,
}

/// The largest answer that is read where nothing else is said: 2 MiB.
pub const DEFAULT_MAX_RESPONSE: usize = 2 << 20;

impl HttpRequest {
    /// A read of `url`.
    #[must_use]
    pub fn get(url: impl Into<String>) -> Self {
        Self {
            method: Method::Get,
            url: url.into(),
            headers: Vec::new(),
            body: Vec::new(),
            max_response_bytes: DEFAULT_MAX_RESPONSE,
        }
    }

    /// A write of `body` to `url`.
    #[must_use]
    pub fn post(url: impl Into<String>, content_type: &str, body: Vec<u8>) -> Self {
        Self {
            method: Method::Post,
            headers: vec![("content-type".into(), content_type.into())],
            body,
            ..Self::get(url)
        }
    }

    /// Adds a header field.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_ascii_lowercase(), value.into()));
        self
    }
}

/// A response, whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpResponse {
    /// Status code.
    pub status: u16,
    /// Header fields, names in lower case.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Vec<u8>,
}

impl HttpResponse {
    /// The first header field of that name (lower case).
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// Whether the status is 2xx.
    #[must_use]
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// Why no response came.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HttpError {
    /// The other side could not be reached in time.
    #[error("{host} cannot be reached: {reason}")]
    Unreachable {
        /// Host of the URL.
        host: String,
        /// What the transport said.
        reason: String,
    },
    /// The answer was larger than the request allows.
    #[error("the answer is larger than {limit} bytes")]
    TooLarge {
        /// The request's limit.
        limit: usize,
    },
    /// The URL is not one that this transport serves.
    #[error("the address is not one that may be asked: {0}")]
    RefusedUrl(String),
}

/// Carries requests.
pub trait HttpTransport: Send + Sync {
    /// Sends `request` and reads the answer whole. Redirects are not followed.
    ///
    /// # Errors
    /// The future gives an [`HttpError`] when no complete answer came.
    fn send(&self, request: HttpRequest) -> HttpFuture<'_>;
}
