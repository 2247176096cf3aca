//! HTTP over reqwest: TLS by rustls on ring, no redirects, no proxies, answers capped.

mod guard;

pub use guard::{Destinations, is_public_address};

use crate::http::{HttpError, HttpFuture, HttpRequest, HttpResponse, HttpTransport, Method};
use reqwest::Url;
use rustls_pki_types::{CertificateDer, pem::PemObject};
use std::{sync::Arc, time::Duration};

/// How the transport connects.
#[derive(Clone, Debug)]
pub struct TransportOptions {
    /// Roots that are trusted beside the public web's, DER.
    pub extra_roots: Vec<Vec<u8>>,
    /// Whole time for a request and its answer.
    pub timeout: Duration,
    /// Time to connect.
    pub connect_timeout: Duration,
    /// Whether plain `http` may go anywhere, and not to this machine alone: for what is verified by itself
    /// and no secret.
    pub plain_http: bool,
    /// Where it may connect to: public addresses alone, where strangers choose the address.
    pub destinations: Destinations,
}

impl Default for TransportOptions {
    fn default() -> Self {
        Self {
            extra_roots: Vec::new(),
            timeout: Duration::from_secs(20),
            connect_timeout: Duration::from_secs(5),
            plain_http: false,
            destinations: Destinations::Any,
        }
    }
}

/// Why a transport could not be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TransportError {
    /// A root is not a certificate.
    #[error("an extra root is not a certificate that can anchor trust")]
    Root,
    /// The TLS library refused its settings.
    #[error("TLS could not be set up: {0}")]
    Tls(String),
}

/// How long an idle connection is kept: less than servers commonly keep theirs, and ours do, so that none is
/// closed there in the moment in which it is used again here.
const KEPT_IDLE: Duration = Duration::from_secs(10);

/// Carries requests with reqwest; needs a tokio runtime. Plain `http` goes to loopback addresses alone,
/// unless [`TransportOptions::plain_http`] says otherwise.
#[derive(Clone, Debug)]
pub struct ReqwestTransport {
    client: reqwest::Client,
    plain_http: bool,
    destinations: Destinations,
}

impl ReqwestTransport {
    /// A transport with these options.
    ///
    /// # Errors
    /// [`TransportError`] by what is wrong with the options.
    pub fn new(options: &TransportOptions) -> Result<Self, TransportError> {
        let destinations = options.destinations;
        let mut builder = reqwest::Client::builder();
        if destinations != Destinations::Any {
            builder = builder.dns_resolver(Arc::new(guard::GuardedResolver(destinations)));
        }
        let client = builder
            .tls_backend_preconfigured(tls_config(&options.extra_roots)?)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .timeout(options.timeout)
            .connect_timeout(options.connect_timeout)
            .pool_idle_timeout(KEPT_IDLE)
            .user_agent(concat!("yufu/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| TransportError::Tls(error.to_string()))?;
        Ok(Self { client, plain_http: options.plain_http, destinations })
    }

    /// Sends `request` and gives the answer as soon as it begins, to be read piece by piece. The
    /// request's limit does not count.
    ///
    /// # Errors
    /// [`HttpError`] when no answer begins.
    pub async fn open(&self, request: HttpRequest) -> Result<Answer, HttpError> {
        let url = allowed_url(&request.url, self.plain_http)?;
        refuse_address(&url, self.destinations)?;
        let host = url.host_str().unwrap_or_default().to_owned();
        let mut builder = match request.method {
            Method::Get => self.client.get(url),
            Method::Post => self.client.post(url).body(request.body),
        };
        for (name, value) in &request.headers {
            builder = builder.header(name, value);
        }
        match builder.send().await {
            Ok(response) => Ok(Answer { host, response }),
            Err(error) => Err(unreachable(&host, error)),
        }
    }

    async fn exchange(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let limit = request.max_response_bytes;
        let mut answer = self.open(request).await?;
        if answer.length().is_some_and(|length| length > limit as u64) {
            return Err(HttpError::TooLarge { limit });
        }
        let mut body = Vec::new();
        while let Some(piece) = answer.piece().await? {
            let piece = piece.as_ref();
            if body.len() + piece.len() > limit {
                return Err(HttpError::TooLarge { limit });
            }
            body.extend_from_slice(piece);
        }
        let headers = answer.response.headers().iter();
        let headers = headers
            .filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())))
            .collect();
        Ok(HttpResponse { status: answer.status(), headers, body })
    }
}

/// An answer that has begun.
#[derive(Debug)]
pub struct Answer {
    host: String,
    response: reqwest::Response,
}

impl Answer {
    /// Status code.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.response.status().as_u16()
    }

    /// The length that its body is said to have.
    #[must_use]
    pub fn length(&self) -> Option<u64> {
        self.response.content_length()
    }

    /// The next piece of the body, when it has come; none at the end.
    ///
    /// # Errors
    /// [`HttpError`] when the rest does not come.
    pub async fn piece(&mut self) -> Result<Option<impl AsRef<[u8]> + use<>>, HttpError> {
        self.response.chunk().await.map_err(|error| unreachable(&self.host, error))
    }
}

fn unreachable(host: &str, error: reqwest::Error) -> HttpError {
    HttpError::Unreachable { host: host.to_owned(), reason: innermost(&error.without_url()) }
}

impl HttpTransport for ReqwestTransport {
    fn send(&self, request: HttpRequest) -> HttpFuture<'_> {
        Box::pin(self.exchange(request))
    }
}

/// The certificates in a PEM text, for [`TransportOptions::extra_roots`].
///
/// # Errors
/// [`TransportError::Root`] when it holds none, or something else that cannot be read.
pub fn roots_from_pem(pem: &[u8]) -> Result<Vec<Vec<u8>>, TransportError> {
    let roots: Result<Vec<_>, _> =
        CertificateDer::pem_slice_iter(pem).map(|root| root.map(|root| root.as_ref().to_vec())).collect();
    roots.ok().filter(|roots| !roots.is_empty()).ok_or(TransportError::Root)
}

/// https to anybody, http to this machine, or to anybody if `plain` says so.
fn allowed_url(text: &str, plain: bool) -> Result<Url, HttpError> {
    let refused = || HttpError::RefusedUrl(text.chars().take(200).collect());
    let url = Url::parse(text).map_err(|_| refused())?;
    let loopback = match url.host_str() {
        None => return Err(refused()),
        Some("localhost") => true,
        Some(host) => host
            .trim_matches(['[', ']'])
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback()),
    };
    match url.scheme() {
        "https" => Ok(url),
        "http" if loopback || plain => Ok(url),
        _ => Err(refused()),
    }
}

/// An address in the place of a name is asked of no resolver, so it is checked here.
fn refuse_address(url: &Url, destinations: Destinations) -> Result<(), HttpError> {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    match host.parse::<std::net::IpAddr>() {
        Ok(address) if !destinations.allow(address) => Err(HttpError::RefusedUrl(host.to_owned())),
        _ => Ok(()),
    }
}

fn tls_config(extra_roots: &[Vec<u8>]) -> Result<rustls::ClientConfig, TransportError> {
    let mut roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    for root in extra_roots {
        roots.add(CertificateDer::from(root.clone())).map_err(|_| TransportError::Root)?;
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| TransportError::Tls(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

/// The cause at the bottom: "connection refused" says more than "error sending request".
fn innermost(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};

    #[test]
    fn refuses_plain_http_to_anything_but_loopback() {
        for url in
            ["http://example.com/", "http://10.0.0.1/", "http://localhost.example/", "ftp://localhost/", "x"]
        {
            assert_eq!(allowed_url(url, false), Err(HttpError::RefusedUrl(url.into())));
        }
        for url in ["https://example.com/", "http://127.0.0.1:8080/", "http://[::1]/", "http://localhost:1/"]
        {
            assert!(allowed_url(url, false).is_ok(), "{url}");
        }
        assert!(allowed_url("http://10.0.0.1/", true).is_ok());
        assert!(allowed_url("ftp://10.0.0.1/", true).is_err());
    }

    #[test]
    fn refuses_roots_that_are_no_certificates() {
        assert_eq!(roots_from_pem(b"nothing").unwrap_err(), TransportError::Root);
        let options = TransportOptions { extra_roots: vec![vec![1, 2, 3]], ..TransportOptions::default() };
        assert_eq!(ReqwestTransport::new(&options).unwrap_err(), TransportError::Root);
    }

    /// Answers each connection with the next of these texts.
    fn serve(answers: Vec<String>) -> String {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        std::thread::spawn(move || {
            for answer in answers {
                let (mut stream, _) = listener.accept().unwrap();
                let _ = stream.read(&mut [0; 4096]).unwrap();
                let _ = stream.write_all(answer.as_bytes());
            }
        });
        url
    }

    fn get(url: &str, limit: usize) -> Result<HttpResponse, HttpError> {
        let transport = ReqwestTransport::new(&TransportOptions::default()).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(transport.send(HttpRequest { max_response_bytes: limit, ..HttpRequest::get(url) }))
    }

    #[test]
    fn reads_an_answer_and_follows_no_redirect() {
        let url =
            serve(vec!["HTTP/1.1 302 Found\r\nlocation: /elsewhere\r\ncontent-length: 2\r\n\r\nhi".into()]);
        let response = get(&url, 100).unwrap();
        assert_eq!((response.status, response.body.as_slice()), (302, &b"hi"[..]));
        assert_eq!(response.header("location"), Some("/elsewhere"));
    }

    #[test]
    fn refuses_an_answer_larger_than_the_limit_announced_or_not() {
        let body = "x".repeat(101);
        let url = serve(vec![
            format!("HTTP/1.1 200 OK\r\ncontent-length: 101\r\n\r\n{body}"),
            format!("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{body}"),
        ]);
        assert_eq!(get(&url, 100), Err(HttpError::TooLarge { limit: 100 }));
        assert_eq!(get(&url, 100), Err(HttpError::TooLarge { limit: 100 }));
    }

    #[test]
    fn a_guarded_transport_connects_to_no_private_address_by_number_or_by_name() {
        let url = serve(vec!["HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi".into()]);
        let get = |url: &str, destinations| {
            let options = TransportOptions { destinations, ..TransportOptions::default() };
            let transport = ReqwestTransport::new(&options).unwrap();
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(transport.send(HttpRequest::get(url)))
        };
        assert_eq!(get(&url, Destinations::Public), Err(HttpError::RefusedUrl("127.0.0.1".into())));
        let named = url.replace("127.0.0.1", "localhost");
        assert!(matches!(get(&named, Destinations::Public), Err(HttpError::Unreachable { .. })));
        assert!(get("https://10.0.0.1/", Destinations::PublicAndLoopback).is_err());
        assert_eq!(get(&named, Destinations::PublicAndLoopback).unwrap().status, 200);
    }

    #[test]
    fn names_the_host_that_cannot_be_reached() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        drop(listener);
        let Err(HttpError::Unreachable { host, reason }) = get(&url, 100) else { panic!("reached") };
        assert_eq!(host, "127.0.0.1");
        assert!(reason.to_lowercase().contains("refused"), "{reason}");
    }
}
