//! Status lists, as tokens or as credentials: final ones only.

use super::fault;
use crate::{
    db::{DbError, lists},
    service::Service,
    w3c,
};
use axum::{
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use std::sync::Arc;
use yufu_core::{credential::Format, status::token::MEDIA_TYPE};

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
    let found: Result<_, DbError> = service.db.read(|c| {
        let format = lists::by_number(c, list)?.map(|list| list.format);
        Ok(format.zip(lists::final_publication(c, list, version)?))
    });
    match found {
        Ok(Some((format, _))) if !accepts(headers, media_type(format)) => {
            StatusCode::NOT_ACCEPTABLE.into_response()
        }
        Ok(Some((format, publication))) => {
            // A version never changes; the newest one is replaced at the next publication.
            let caching = if version.is_some() { "public, max-age=86400, immutable" } else { "no-cache" };
            let fields = [(header::CONTENT_TYPE, media_type(format)), (header::CACHE_CONTROL, caching)];
            (fields, publication.token).into_response()
        }
        Ok(None) => StatusCode::NOT_FOUND.into_response(),
        Err(error) => fault(&error),
    }
}

/// The one form that a list has: that of the credentials which point to it.
fn media_type(format: Format) -> &'static str {
    match format {
        Format::LdpVc => w3c::VC,
        Format::VcJwt => w3c::VC_JWT,
        Format::SdJwtVc | Format::MsoMdoc => MEDIA_TYPE,
    }
}

/// Whether the caller takes that form.
fn accepts(headers: &HeaderMap, form: &str) -> bool {
    let mut ranges = headers.get_all(header::ACCEPT).iter().filter_map(|v| v.to_str().ok()).peekable();
    ranges.peek().is_none()
        || ranges
            .flat_map(|field| field.split(','))
            .filter_map(|range| range.split(';').next())
            .any(|range| matches!(range.trim(), "*/*" | "application/*") || range.trim() == form)
}
