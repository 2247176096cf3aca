//! For those who run a node, at an address of its own that the public does not reach: metrics, and
//! whether the node lives and is ready.

use super::{Gateway, error::ApiError};
use crate::metrics::Moment;
use axum::{
    Json, Router,
    extract::{MatchedPath, Request, State},
    http::{Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
    routing::get,
};
use std::sync::Arc;
use yufu_core::registry::Header;

/// The media type of Prometheus' text.
///
/// Spec: `OpenMetrics` 1.0.0, "Protocol Negotiation"
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The routes of the operator's own address.
pub(crate) fn operations(gateway: Arc<Gateway>) -> Router {
    Router::new()
        .route("/metrics", get(metrics))
        .route("/livez", get(|| async { "ok" }))
        .route("/readyz", get(ready))
        .fallback(|| async { ApiError::NotFound })
        .with_state(gateway)
}

async fn metrics(State(gateway): State<Arc<Gateway>>) -> Result<Response, ApiError> {
    let tip = gateway.read(|reader| Ok(reader.tip()?)).await?;
    let registry = &gateway.registry;
    let now = Moment {
        tip,
        pool: registry.pool_size(),
        free_bytes: gateway.disk.free(),
        standby_until_ms: registry.standby_until_ms(),
    };
    let own = registry.metrics().text(&now).map_err(|_| ApiError::Unavailable)?;
    // The engine's own follow; only the last text says that it ends.
    let engine = registry.metrics().engine_text();
    let text = if engine.is_empty() { own } else { own.replace("# EOF\n", "") + &engine };
    Ok(([(header::CONTENT_TYPE, OPEN_METRICS)], text).into_response())
}

/// Ready while blocks become final (the newest lies at most two slots back) and there is room for more.
/// A node that catches up is not ready. One that stands by is, since it serves all it is asked for; it
/// says so, and until when.
pub(super) async fn ready(State(gateway): State<Arc<Gateway>>) -> Response {
    let standby_until_ms = gateway.registry.standby_until_ms();
    match tip_when_ready(&gateway).await {
        Ok(tip) => {
            let Header { height, time_ms, .. } = tip;
            let body = serde_json::json!({
                "height": height, "time_ms": time_ms, "standby_until_ms": standby_until_ms,
            });
            Json(body).into_response()
        }
        Err(refusal) => refusal.response_with("standby_until_ms", standby_until_ms.into()),
    }
}

async fn tip_when_ready(gateway: &Arc<Gateway>) -> Result<Header, ApiError> {
    let now_ms = gateway.registry.now();
    let limit_ms = 2 * gateway.registry.slot_ms();
    let tip = gateway.read(|reader| Ok(reader.tip()?)).await?;
    if now_ms.saturating_sub(tip.time_ms) > limit_ms {
        return Err(ApiError::Standing);
    }
    if gateway.disk.is_full() {
        return Err(ApiError::StorageFull);
    }
    Ok(tip)
}

/// Counts answers by route and status.
pub(super) async fn count(State(gateway): State<Arc<Gateway>>, request: Request, next: Next) -> Response {
    let method = match *request.method() {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    };
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| "none".to_owned(), |path| path.as_str().to_owned());
    let response = next.run(request).await;
    let status: StatusCode = response.status();
    gateway.registry.metrics().note_answer(method, route, status.as_u16());
    response
}
