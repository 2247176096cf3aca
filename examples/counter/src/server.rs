//! The counter as a server: its address, its routes, its end.

use crate::{
    api,
    config::{Config, Names, Tls},
    desk::{CheckError, Desk},
    error::CounterError,
    file, handovers, pages, reader, registry_page, scan,
    session::Sessions,
    sync, vc_api,
    vc_api::VcApiAddress,
};
use axum::{
    Router,
    extract::DefaultBodyLimit,
    http::StatusCode,
    middleware,
    routing::{get, post},
};
use axum_server::tls_rustls::RustlsConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use std::{
    net::{SocketAddr, TcpListener},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};
use tokio::task::JoinHandle;
use tower_http::timeout::TimeoutLayer;
use yufu_core::{
    Clock,
    pages::Locale,
    server::{FOR_A_FEW, guarded},
};
use yufu_verifier::{Outcome, Reason};

/// Most bytes of a request: a few photographs.
const MAX_BODY: usize = 40 * 1024 * 1024;

/// The longest that an answer may take, the upload with it.
const TIMEOUT: Duration = Duration::from_secs(60);
/// Most bytes of what a scanner types: many times one part of a code.
const MAX_TEXT: usize = 64 << 10;

/// What all requests share.
pub(crate) struct App {
    pub(crate) name: Names,
    pub(crate) language: Option<Locale>,
    pub(crate) clear_after_s: u32,
    desk: Mutex<Desk>,
    sessions: Mutex<Sessions>,
    began: Instant,
}

pub(crate) type Shared = Arc<App>;

impl App {
    /// The counter itself. A check that panicked has said no verdict and written what it had to.
    pub(crate) fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn sessions(&self) -> MutexGuard<'_, Sessions> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Milliseconds on a clock that nobody sets, for the pace of a scan.
    pub(crate) fn elapsed_ms(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    pub(crate) fn check(&self, preset: &str, reading: Result<&[u8], Reason>) -> Result<Outcome, CheckError> {
        told(preset, self.desk().check(preset, reading))
    }

    pub(crate) fn check_file(&self, preset: &str, file: &[u8]) -> Result<Outcome, CheckError> {
        told(preset, self.desk().check_file(preset, file))
    }
}

fn told(preset: &str, outcome: Result<Outcome, CheckError>) -> Result<Outcome, CheckError> {
    match &outcome {
        Ok(outcome) => {
            tracing::info!(preset, verdict = %outcome.verdict, reason = ?outcome.reason, "checked")
        }
        Err(error) => tracing::error!(preset, %error, "nothing got a verdict"),
    }
    outcome
}

/// A running counter.
pub struct Counter {
    url: String,
    app: Shared,
    handle: axum_server::Handle<SocketAddr>,
    serving: JoinHandle<std::io::Result<()>>,
    syncing: Option<JoinHandle<()>>,
    vc_api: Option<vc_api::Running>,
}

impl Counter {
    /// Opens the counter's folder and serves its pages. Call it inside a tokio runtime.
    ///
    /// # Errors
    /// [`CounterError`] by what cannot be used.
    pub async fn start(config: Config, clock: Arc<dyn Clock>) -> Result<Self, CounterError> {
        let desk = Desk::open(&config, clock.clone())?;
        let app = Arc::new(App {
            name: config.name.clone(),
            language: config.language,
            clear_after_s: config.clear_after_s,
            desk: Mutex::new(desk),
            sessions: Mutex::default(),
            began: Instant::now(),
        });
        let vc_api = vc_api::start(&config, &clock)?;
        let syncing = config.sync.as_ref().map(|s| sync::spawn(s, app.clone(), clock)).transpose()?;
        let listen = |source| CounterError::Listen { address: config.listen, source };
        let listener = TcpListener::bind(config.listen).map_err(listen)?;
        listener.set_nonblocking(true).map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        let handle = axum_server::Handle::new();
        let routes = router(app.clone(), TIMEOUT).into_make_service();
        let (scheme, serving) = match &config.tls {
            Some(tls) => {
                let server = axum_server::from_tcp_rustls(listener, tls_config(tls)?).map_err(listen)?;
                let server = guarded(server, FOR_A_FEW);
                ("https", tokio::spawn(server.handle(handle.clone()).serve(routes)))
            }
            None => {
                let server = guarded(axum_server::from_tcp(listener).map_err(listen)?, FOR_A_FEW);
                ("http", tokio::spawn(server.handle(handle.clone()).serve(routes)))
            }
        };
        // A browser opens its camera on `localhost`, and a certificate names it.
        let host = if address.ip().is_loopback() { "localhost".to_owned() } else { address.ip().to_string() };
        Ok(Self {
            url: format!("{scheme}://{host}:{}", address.port()),
            app,
            handle,
            serving,
            syncing,
            vc_api,
        })
    }

    /// Where the page is, for example `http://localhost:8430`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Where programs verify, where the settings ask for it.
    #[must_use]
    pub fn vc_api(&self) -> Option<&VcApiAddress> {
        self.vc_api.as_ref().map(|running| &running.address)
    }

    /// The text of the counter's printed code.
    #[must_use]
    pub fn printed_code(&self) -> String {
        self.app.desk().printed().to_string()
    }

    /// Answers what has been asked and stops.
    pub async fn stop(self) {
        if let Some(syncing) = self.syncing {
            syncing.abort();
        }
        self.handle.graceful_shutdown(Some(Duration::from_secs(2)));
        if let Some(vc_api) = self.vc_api {
            vc_api.handle.graceful_shutdown(Some(Duration::from_secs(2)));
            let _ = vc_api.task.await;
        }
        if let Ok(Err(error)) = self.serving.await {
            tracing::warn!(%error, "the counter's server ended with an error");
        }
    }

    /// Serves until the server fails.
    ///
    /// # Errors
    /// What the server ended with.
    pub async fn served(&mut self) -> std::io::Result<()> {
        (&mut self.serving).await.unwrap_or_else(|error| Err(std::io::Error::other(error)))
    }
}

fn router(app: Shared, timeout: Duration) -> Router {
    Router::new()
        .route("/", get(pages::choose))
        .route("/scan/{preset}", get(scan::page).post(scan::post))
        .route("/scan/{preset}/camera", post(scan::camera).layer(DefaultBodyLimit::max(scan::MAX_FRAME)))
        .route("/scan/{preset}/images", post(scan::images))
        .route("/scan/{preset}/text", post(scan::text).layer(DefaultBodyLimit::max(MAX_TEXT)))
        .route("/scan/{preset}/clear", post(scan::clear))
        .route(
            "/file/{preset}",
            get(file::page).post(file::post).layer(DefaultBodyLimit::max(file::MAX_UPLOAD)),
        )
        .route("/journal", get(pages::journal))
        .route("/registry", get(registry_page::page))
        .route(
            "/registry/evidence",
            get(registry_page::evidence)
                .post(registry_page::accept)
                .layer(DefaultBodyLimit::max(registry_page::MAX_UPLOAD)),
        )
        .route(
            "/registry/handovers",
            post(handovers::post).layer(DefaultBodyLimit::max(handovers::MAX_UPLOAD)),
        )
        .route("/code", get(pages::code))
        .route("/code.png", get(pages::code_png))
        .route("/assets/{name}", get(pages::asset))
        .route("/api/verify", post(api::verify))
        .route("/api/verify-file", post(api::verify_file).layer(DefaultBodyLimit::max(file::MAX_UPLOAD)))
        .route("/api/handovers", post(handovers::api).layer(DefaultBodyLimit::max(handovers::MAX_UPLOAD)))
        .route("/api/presets", get(api::presets))
        .route("/api/state", get(api::state))
        .route("/healthz", get(|| async { "ok" }))
        .fallback(pages::not_found)
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, timeout))
        .layer(middleware::from_fn_with_state(app.clone(), reader::guard))
        .with_state(app)
}

fn tls_config(tls: &Tls) -> Result<RustlsConfig, CounterError> {
    let refused = |e: &dyn std::fmt::Display| CounterError::Tls(e.to_string());
    let chain = CertificateDer::pem_file_iter(&tls.cert)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|e| refused(&e))?;
    let key = PrivateKeyDer::from_pem_file(&tls.key).map_err(|e| refused(&e))?;
    // The provider is named, since another crate of the same program may bring a second one.
    let mut config =
        rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|e| refused(&e))?
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .map_err(|e| refused(&e))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(RustlsConfig::from_config(Arc::new(config)))
}

#[cfg(test)]
mod tests {
    use super::{App, Duration, Instant, Mutex, Router, StatusCode, router};
    use crate::{Config, desk::Desk};
    use std::{
        io::{Read as _, Write as _},
        net::{SocketAddr, TcpListener, TcpStream},
        sync::Arc,
    };
    use yufu_core::{FixedClock, registry::test_network::TestNetwork};

    fn routes(name: &str, timeout: Duration) -> Router {
        let data = std::env::temp_dir().join(format!("yufu-server-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&data);
        let settings = serde_json::json!({
            "name": { "zh": "便利店", "en": "Corner shop" },
            "data": data,
            "network_key": TestNetwork::new(1, 1, 0).key().to_string(),
        });
        let config: Config = serde_json::from_value(settings).unwrap();
        let desk = Desk::open(&config, Arc::new(FixedClock::new(0))).unwrap();
        let app = App {
            name: config.name,
            language: None,
            clear_after_s: 1,
            desk: Mutex::new(desk),
            sessions: Mutex::default(),
            began: Instant::now(),
        };
        router(Arc::new(app), timeout)
    }

    async fn serve(routes: Router) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let server = axum_server::from_tcp(listener).unwrap();
        tokio::spawn(server.serve(routes.into_make_service()));
        address
    }

    /// The status of the answer to a request whose body says that it has `length` bytes, of which `sent` come.
    fn status(address: SocketAddr, path: &str, kind: &str, length: usize, sent: usize) -> u16 {
        let mut connection = TcpStream::connect(address).unwrap();
        connection.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\n\r\n"
        );
        connection.write_all(head.as_bytes()).unwrap();
        let mut writer = connection.try_clone().unwrap();
        // The server need not read to the end of what it refuses.
        std::thread::spawn(move || writer.write_all(&vec![b'['; sent]));
        let mut answer = [0; 12];
        connection.read_exact(&mut answer).unwrap();
        String::from_utf8(answer[9..].to_vec()).unwrap().parse().unwrap()
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_body_that_never_ends_is_answered_at_the_time_limit() {
        let address = serve(routes("slow", Duration::from_millis(200))).await;
        for path in ["/api/verify", "/scan/age18/camera", "/api/handovers"] {
            let slow = move || status(address, path, "application/json", 1_000, 10);
            assert_eq!(tokio::task::spawn_blocking(slow).await.unwrap(), 503, "{path}");
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn what_is_no_upload_of_pictures_may_not_be_as_long_as_one() {
        let address = serve(routes("long", Duration::from_secs(20))).await;
        for (path, length, expected) in [
            ("/api/verify", 300 << 10, StatusCode::BAD_REQUEST),
            ("/scan/age18/text", 70 << 10, StatusCode::PAYLOAD_TOO_LARGE),
            ("/scan/age18/camera", 17 << 20, StatusCode::PAYLOAD_TOO_LARGE),
        ] {
            let long = move || status(address, path, "application/json", length, length);
            assert_eq!(tokio::task::spawn_blocking(long).await.unwrap(), expected.as_u16(), "{path}");
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn json_nested_a_hundred_thousand_deep_is_refused_as_no_request() {
        let address = serve(routes("deep", Duration::from_secs(20))).await;
        let deep = move || status(address, "/api/verify", "application/json", 100_000, 100_000);
        assert_eq!(tokio::task::spawn_blocking(deep).await.unwrap(), 400);
    }
}
