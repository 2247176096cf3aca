//! The clerks' page: find a resident, offer a credential, suspend, reinstate, revoke. It is served on
//! loopback and asks for no sign-in, so whoever sits at the machine is the clerk.

mod page;
mod reader;
mod resident;

use crate::service::Service;
use axum::{
    Router,
    extract::{DefaultBodyLimit, Request},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use std::{sync::Arc, time::Duration};
use tower_http::timeout::TimeoutLayer;
use yufu_core::pages::{CSS, MARK, SECURITY_HEADERS, may_write};

/// The largest form that is read, in bytes.
const MAX_FORM: usize = 8 * 1024;

/// The longest that an answer may take.
const TIMEOUT: Duration = Duration::from_secs(30);

/// The clerks' pages.
pub(crate) fn router(service: Arc<Service>) -> Router {
    Router::new()
        .route("/", get(page::search))
        .route("/residents/{number}", get(resident::show))
        .route("/residents/{number}/portrait", get(resident::portrait))
        .route("/residents/{number}/offer", post(resident::offer))
        .route("/residents/{number}/{change}", get(resident::ask).post(resident::change))
        .route("/registry", get(page::registry))
        .route("/assets/yufu.css", get(|| async { asset("text/css; charset=utf-8", CSS) }))
        .route(
            "/assets/issuer.css",
            get(|| async { asset("text/css; charset=utf-8", include_str!("../../assets/issuer.css")) }),
        )
        .route("/assets/mark.svg", get(|| async { asset("image/svg+xml", MARK) }))
        .fallback(page::not_found)
        .layer(DefaultBodyLimit::max(MAX_FORM))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, TIMEOUT))
        .layer(middleware::from_fn(guard))
        .layer(middleware::map_response(protect))
        .with_state(service)
}

fn asset(media_type: &'static str, text: &'static str) -> Response {
    let fields = [(header::CONTENT_TYPE, media_type), (header::CACHE_CONTROL, "max-age=300")];
    (fields, text).into_response()
}

/// Refuses requests that a page of another origin makes, and names that only an attacker's DNS gives to
/// this machine.
async fn guard(request: Request, next: Next) -> Response {
    if is_allowed(request.method(), request.headers()) {
        next.run(request).await
    } else {
        StatusCode::FORBIDDEN.into_response()
    }
}

fn is_allowed(method: &Method, headers: &HeaderMap) -> bool {
    let field = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let host = field("host");
    let local = host.is_some_and(|host| {
        // Of `[::1]:8082` the last colon ends the name, of `[::1]` it is part of it.
        let name =
            host.rsplit_once(':').filter(|(_, port)| !port.ends_with(']')).map_or(host, |(name, _)| name);
        matches!(name, "localhost" | "127.0.0.1" | "[::1]")
    });
    local && (method.is_safe() || may_write(host, field("origin"), field("sec-fetch-site")))
}

async fn protect(mut response: Response) -> Response {
    for (name, value) in SECURITY_HEADERS {
        response
            .headers_mut()
            .entry(HeaderName::from_static(name))
            .or_insert(HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests;
