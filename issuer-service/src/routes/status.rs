//! Status list tokens: final ones only.

use super::fault;
use crate::{
    db::{DbError, lists},
    service::Service,
};
use axum::{
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use std::sync::Arc;
use yufu_core::status::token::MEDIA_TYPE;

/// `GET /status/{list}`: the newest token.
pub(super) async fn newest(
    State(service): State<Arc<Service>>,
    Path(list): Path<u32>,
    headers: HeaderMap,
) -> Response {
    answer(&service, list, None, &headers)
}

/// `GET /status/{list}/{version}`: the token of a version, as long as it is kept.
pub(super) async fn version(
    State(service): State<Arc<Service>>,
    Path((list, version)): Path<(u32, u32)>,
    headers: HeaderMap,
) -> Response {
    answer(&service, list, Some(version), &headers)
}

fn answer(service: &Service, list: u32, version: Option<u32>, headers: &HeaderMap) -> Response {
    if !accepts_jwt(headers) {
        return StatusCode::NOT_ACCEPTABLE.into_response();
    }
    let found: Result<_, DbError> = service.db.read(|c| lists::final_publication(c, list, version));
    match found {
        Ok(Some(publication)) => {
            // A version never changes; the newest one is replaced at the next publication.
            let caching = if version.is_some() { "public, max-age=86400, immutable" } else { "no-cache" };
            let fields = [(header::CONTENT_TYPE, MEDIA_TYPE), (header::CACHE_CONTROL, caching)];
            (fields, publication.token).into_response()
        }
        Ok(None) => StatusCode::NOT_FOUND.into_response(),
        Err(error) => fault(&error),
    }
}

/// Whether the caller takes the one form that there is.
fn accepts_jwt(headers: &HeaderMap) -> bool {
    let mut ranges = headers.get_all(header::ACCEPT).iter().filter_map(|v| v.to_str().ok()).peekable();
    ranges.peek().is_none()
        || ranges
            .flat_map(|field| field.split(','))
            .filter_map(|range| range.split(';').next())
            .any(|range| matches!(range.trim(), "*/*" | "application/*" | MEDIA_TYPE))
}
