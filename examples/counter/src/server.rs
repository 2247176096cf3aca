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
use yufu_core::{Clock, pages::Locale};
use yufu_verifier::{Outcome, Reason};

/// Most bytes of a request: a few photographs.
const MAX_BODY: usize = 40 * 1024 * 1024;

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
        let routes = router(app.clone()).into_make_service();
        let (scheme, serving) = match &config.tls {
            Some(tls) => {
                let server = axum_server::from_tcp_rustls(listener, tls_config(tls)?).map_err(listen)?;
                ("https", tokio::spawn(server.handle(handle.clone()).serve(routes)))
            }
            None => {
                let server = axum_server::from_tcp(listener).map_err(listen)?;
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

fn router(app: Shared) -> Router {
    Router::new()
        .route("/", get(pages::choose))
        .route("/scan/{preset}", get(scan::page).post(scan::post))
        .route("/scan/{preset}/camera", post(scan::camera))
        .route("/scan/{preset}/images", post(scan::images))
        .route("/scan/{preset}/text", post(scan::text))
        .route("/scan/{preset}/clear", post(scan::clear))
        .route(
            "/file/{preset}",
            get(file::page).post(file::post).layer(DefaultBodyLimit::max(file::MAX_UPLOAD)),
        )
        .route("/journal", get(pages::journal))
        .route("/registry", get(registry_page::page))
        .route("/registry/evidence", get(registry_page::evidence).post(registry_page::accept))
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
