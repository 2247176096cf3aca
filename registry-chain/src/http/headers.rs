//! Certified headers.

use super::{Gateway, error::ApiError};
use axum::{
    Json,
    extract::{Path, State},
    http::{HeaderName, header},
    response::{IntoResponse, Response},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Serialize;
use std::sync::Arc;

#[derive(Serialize)]
pub(super) struct Checkpoint {
    signed_header: String,
    height: u64,
    epoch: u64,
    time_ms: u64,
}

/// `GET /v1/checkpoint`: the newest certified header.
pub(super) async fn checkpoint(State(gateway): State<Arc<Gateway>>) -> Result<Json<Checkpoint>, ApiError> {
    let signed = gateway.read(|reader| Ok(reader.newest_certificate()?)).await?.ok_or(ApiError::NotYet)?;
    Ok(Json(Checkpoint {
        height: signed.header().height,
        epoch: signed.header().epoch,
        time_ms: signed.header().time_ms,
        signed_header: URL_SAFE_NO_PAD.encode(signed.to_bytes()),
    }))
}

#[derive(Serialize)]
pub(super) struct ProvenHeader {
    height: u64,
    header: String,
    path: Option<String>,
    signed_header: String,
}

/// `GET /v1/headers/{height}`: a header, the newest certified one, and the path that shows the first in
/// the history of the second; no path where both are one.
pub(super) async fn header(
    State(gateway): State<Arc<Gateway>>,
    Path(height): Path<u64>,
) -> Result<Json<ProvenHeader>, ApiError> {
    gateway
        .read(move |reader| {
            let signed = reader.newest_certificate()?.ok_or(ApiError::NotYet)?;
            let newest = signed.header().height;
            let header = reader.header(height)?.ok_or(ApiError::NotFound)?;
            let path = match height {
                _ if height == newest => None,
                // Final, and not under a certificate yet.
                _ if height > newest => return Err(ApiError::NotYet),
                _ => Some(reader.history_path(newest, height)?.ok_or(ApiError::NotFound)?),
            };
            Ok(Json(ProvenHeader {
                height,
                header: URL_SAFE_NO_PAD.encode(header.to_bytes()),
                path: path.map(|path| URL_SAFE_NO_PAD.encode(path.to_bytes())),
                signed_header: URL_SAFE_NO_PAD.encode(signed.to_bytes()),
            }))
        })
        .await
}

/// `GET /v1/handovers/{epoch}`: what leads a client from the epoch before into this one, as octets that
/// never change (see `yufu_core::registry::Handover`).
pub(super) async fn handover(
    State(gateway): State<Arc<Gateway>>,
    Path(epoch): Path<u64>,
) -> Result<Response, ApiError> {
    let handover = gateway.read(move |reader| Ok(reader.handover(epoch)?)).await?;
    let handover = handover.ok_or(ApiError::NotFound)?.to_bytes().map_err(|_| ApiError::Unavailable)?;
    let fields: [(HeaderName, &str); 2] = [
        (header::CONTENT_TYPE, "application/octet-stream"),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
    ];
    Ok((fields, handover).into_response())
}

/// `GET /v1/anchors/{slot}`: the certified header that anchors the slot, as octets that never change;
/// `latest` for the newest.
pub(super) async fn anchor(
    State(gateway): State<Arc<Gateway>>,
    Path(slot): Path<String>,
) -> Result<Response, ApiError> {
    let (signed, cache) = if slot == "latest" {
        let signed = gateway.read(|reader| Ok(reader.newest_anchor()?)).await?;
        (signed.ok_or(ApiError::NotYet)?, "no-cache")
    } else {
        let slot: u64 = slot.parse().map_err(|_| ApiError::BadRequest("A slot is a number, or latest."))?;
        let signed = gateway.read(move |reader| Ok(reader.anchor(slot)?)).await?;
        (signed.ok_or(ApiError::NotFound)?, "public, max-age=31536000, immutable")
    };
    let fields: [(HeaderName, &str); 2] =
        [(header::CONTENT_TYPE, "application/octet-stream"), (header::CACHE_CONTROL, cache)];
    Ok((fields, signed.to_bytes()).into_response())
}
