//! Records with their proofs.

use super::{Gateway, error::ApiError};
use axum::{
    Json,
    extract::{OriginalUri, Query, State},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use yufu_core::registry::RecordKey;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Parameters {
    #[serde(default)]
    at: At,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum At {
    #[default]
    Anchor,
    Latest,
}

#[derive(Serialize)]
pub(super) struct Record {
    key: String,
    height: u64,
    value: Option<String>,
    proof: String,
    signed_header: String,
}

/// `GET /v1/records/{key}[?at=latest]`: the record at the newest anchor, or at the newest certified
/// header, with its proof. A record that does not exist is proven not to.
pub(super) async fn record(
    State(gateway): State<Arc<Gateway>>,
    OriginalUri(uri): OriginalUri,
    Query(parameters): Query<Parameters>,
) -> Result<Json<Record>, ApiError> {
    // The path as it came: a type's percent-encoded slashes are no separators.
    let key = uri.path().strip_prefix("/v1/records/").ok_or(ApiError::NotFound)?;
    let key: RecordKey = key.parse().map_err(|_| ApiError::BadRequest("This is not the key of a record."))?;
    read(&gateway, key, parameters.at).await
}

/// `GET /v1/policy`: the network's rules, as a record.
pub(super) async fn policy(
    State(gateway): State<Arc<Gateway>>,
    Query(parameters): Query<Parameters>,
) -> Result<Json<Record>, ApiError> {
    read(&gateway, RecordKey::Policy, parameters.at).await
}

async fn read(gateway: &Arc<Gateway>, key: RecordKey, at: At) -> Result<Json<Record>, ApiError> {
    gateway
        .read(move |reader| {
            let signed = match at {
                At::Anchor => reader.newest_anchor()?,
                At::Latest => reader.newest_certificate()?,
            };
            let signed = signed.ok_or(ApiError::NotYet)?;
            let height = signed.header().height;
            let proven = reader.prove(height, &key)?;
            Ok(Json(Record {
                key: key.to_string(),
                height,
                value: proven.value.map(|value| URL_SAFE_NO_PAD.encode(value)),
                proof: URL_SAFE_NO_PAD.encode(proven.proof.to_bytes()),
                signed_header: URL_SAFE_NO_PAD.encode(signed.to_bytes()),
            }))
        })
        .await
}
