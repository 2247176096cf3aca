//! What wallets and verifiers ask over HTTP, by resource.

mod credential;
mod issued;
mod metadata;
mod status;
mod token;
mod types;
mod web_did;

use crate::service::Service;
use axum::{
    Json, Router,
    extract::DefaultBodyLimit,
    http::{HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde::Serialize;
use std::{sync::Arc, time::Duration};
use tower_http::{
    compression::CompressionLayer, cors, set_header::SetResponseHeaderLayer, timeout::TimeoutLayer,
};
use yufu_core::issuance::request::MAX_REQUEST;

/// No request takes longer than this.
const TIMEOUT: Duration = Duration::from_secs(30);

/// The service for wallets and verifiers.
pub(crate) fn router(service: Arc<Service>) -> Router {
    // Public documents, which a verifier in a browser reads too.
    let documents = Router::new()
        .route("/status/{list}", get(status::newest))
        .route("/status/{list}/{version}", get(status::version))
        .route("/types/{*name}", get(types::document))
        .merge(metadata::router(&service))
        .merge(web_did::router(&service))
        .layer(CompressionLayer::new())
        .layer(cors::CorsLayer::new().allow_origin(cors::Any).allow_methods([Method::GET]));
    Router::new()
        .route("/token", post(token::token))
        .route("/nonce", post(token::nonce))
        .route("/credential", post(credential::credential))
        .route("/issued/{list}/{version}/{index}", get(issued::path))
        .route("/healthz", get(|| async { "ok" }))
        .merge(documents)
        .fallback(|| async { StatusCode::NOT_FOUND })
        .layer(DefaultBodyLimit::max(MAX_REQUEST))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, TIMEOUT))
        .layer(SetResponseHeaderLayer::if_not_present(
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ))
        .with_state(service)
}

/// JSON that nobody keeps.
fn no_store(status: StatusCode, body: impl Serialize) -> Response {
    (status, [(header::CACHE_CONTROL, "no-store")], Json(body)).into_response()
}

/// Something of ours failed: the operator is told what, the caller that.
fn fault(error: &dyn std::error::Error) -> Response {
    tracing::error!(%error, "request failed");
    StatusCode::INTERNAL_SERVER_ERROR.into_response()
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod w3c_tests;
