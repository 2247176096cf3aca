//! The registry over HTTP: submit, read with proof, newest checkpoint, anchors as static files.
//!
//! Nothing here is to be believed for its own sake: every answer that matters carries a certificate
//! and a proof, and clients check them.

mod blocks;
mod error;
mod explorer;
mod headers;
mod identifiers;
mod limit;
mod lists;
mod operations;
mod records;
mod snapshot;
mod transactions;

use crate::{
    backup::serve::Snapshots,
    config::RateLimits,
    disk::Disk,
    ledger::Registry,
    state::{Reader, StoreError},
};
use axum::{
    Router,
    extract::{DefaultBodyLimit, State},
    http::{HeaderValue, Method, header},
    middleware::from_fn_with_state,
    routing::{get, post},
};
use error::ApiError;
use limit::Limiter;
use std::{
    path::PathBuf,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tower_http::{
    cors::{Any, CorsLayer},
    set_header::SetResponseHeaderLayer,
    timeout::TimeoutLayer,
};
use yufu_core::registry::client::NetworkInfo;

pub(crate) use operations::operations;

/// The largest body: a transaction of the largest size in base64url, in JSON.
const MAX_BODY: usize = 32 << 10;

/// Database connections that read at the same time.
const READERS: usize = 4;

/// The longest that an answer may take: longer than the longest wait for a final transaction.
const TIMEOUT: Duration = Duration::from_secs(40);

/// What handlers share.
pub(crate) struct Gateway {
    registry: Arc<Registry>,
    readers: Vec<Mutex<Reader>>,
    next: AtomicUsize,
    limiter: Limiter,
    disk: Disk,
    genesis: Vec<u8>,
    web: Option<PathBuf>,
    /// Where its operator lets it make any.
    snapshots: Option<Arc<Snapshots>>,
}

impl Gateway {
    pub(crate) fn new(
        registry: Arc<Registry>,
        genesis: Vec<u8>,
        limits: &RateLimits,
        disk: Disk,
        web: Option<PathBuf>,
        snapshots: Option<Arc<Snapshots>>,
    ) -> Result<Arc<Self>, StoreError> {
        let readers = (0..READERS).map(|_| registry.reader().map(Mutex::new)).collect::<Result<_, _>>()?;
        let limiter = Limiter::new(limits);
        let next = AtomicUsize::new(0);
        Ok(Arc::new(Self { registry, readers, next, limiter, disk, genesis, web, snapshots }))
    }

    /// Runs `work` on a thread that may block.
    async fn blocking<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Self) -> Result<T, ApiError> + Send + 'static,
    ) -> Result<T, ApiError> {
        let gateway = self.clone();
        tokio::task::spawn_blocking(move || work(&gateway)).await.map_err(|_| ApiError::Unavailable)?
    }

    /// Runs `work` with a reader of final state, on a thread that may block.
    async fn read<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Reader) -> Result<T, ApiError> + Send + 'static,
    ) -> Result<T, ApiError> {
        self.blocking(move |gateway| {
            let turn = gateway.next.fetch_add(1, Ordering::Relaxed) % READERS;
            let reader = gateway.readers.get(turn).ok_or(ApiError::Unavailable)?;
            // A reader holds no state of its own that a panic could leave half done.
            work(&reader.lock().unwrap_or_else(PoisonError::into_inner))
        })
        .await
    }
}

/// The routes.
pub(crate) fn router(gateway: Arc<Gateway>) -> Router {
    let cors = CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([header::CONTENT_TYPE]);
    Router::new()
        .route("/v1/transactions", post(transactions::submit))
        .route("/v1/transactions/{digest}", get(transactions::state))
        .route("/v1/records/{*key}", get(records::record))
        .route("/1.0/identifiers/{*did}", get(identifiers::resolve))
        .route("/v1/policy", get(records::policy))
        .route("/v1/checkpoint", get(headers::checkpoint))
        .route("/v1/headers/{height}", get(headers::header))
        .route("/v1/handovers/{epoch}", get(headers::handover))
        .route("/", get(explorer::page))
        .route("/explorer/{file}", get(explorer::file))
        .route("/v1/blocks/{height}", get(blocks::block))
        .route("/v1/genesis", get(blocks::genesis))
        .route("/v1/keys/{*kind}", get(lists::keys))
        .route("/v1/anchors/{slot}", get(headers::anchor))
        .route("/v1/snapshot", get(snapshot::describe))
        .route("/v1/snapshot/{sha256}", get(snapshot::file))
        .route("/v1/network", get(network))
        .route("/healthz", get(operations::ready))
        .fallback(|| async { ApiError::NotFound })
        .method_not_allowed_fallback(|| async { ApiError::MethodNotAllowed })
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(TimeoutLayer::with_status_code(axum::http::StatusCode::SERVICE_UNAVAILABLE, TIMEOUT))
        .layer(SetResponseHeaderLayer::if_not_present(
            header::CACHE_CONTROL,
            HeaderValue::from_static("no-store"),
        ))
        .layer(SetResponseHeaderLayer::overriding(
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ))
        .layer(from_fn_with_state(gateway.clone(), limit::limit))
        .layer(from_fn_with_state(gateway.clone(), operations::count))
        .layer(cors)
        .with_state(gateway)
}

async fn network(State(gateway): State<Arc<Gateway>>) -> axum::Json<NetworkInfo> {
    let registry = &gateway.registry;
    axum::Json(NetworkInfo {
        name: registry.network_name().to_owned(),
        network_key: registry.network_key().to_string(),
        height: *registry.heights().borrow(),
    })
}
