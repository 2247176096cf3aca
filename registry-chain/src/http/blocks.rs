//! Blocks and the genesis, for those who execute everything again.

use super::{Gateway, error::ApiError};
use axum::{
    extract::{Path, State},
    http::header,
    response::{IntoResponse, Response},
};
use std::sync::Arc;

/// Octets that never change.
const FOR_EVER: &str = "public, max-age=31536000, immutable";

/// `GET /v1/blocks/{height}`: a final block, as octets: its header, then each transaction behind its
/// length (32 bits, big-endian).
pub(super) async fn block(
    State(gateway): State<Arc<Gateway>>,
    Path(height): Path<u64>,
) -> Result<Response, ApiError> {
    let bytes = gateway.read(move |reader| Ok(reader.block_bytes(height)?)).await?;
    Ok(octets(bytes.ok_or(ApiError::NotFound)?))
}

/// `GET /v1/genesis`: what the network was founded with. Its digest stands in the network key.
pub(super) async fn genesis(State(gateway): State<Arc<Gateway>>) -> Response {
    octets(gateway.genesis.clone())
}

fn octets(bytes: Vec<u8>) -> Response {
    let fields = [(header::CONTENT_TYPE, "application/octet-stream"), (header::CACHE_CONTROL, FOR_EVER)];
    (fields, bytes).into_response()
}
