//! DIDs, resolved: those of this network from its own chain, and those that are their own documents.
//!
//! The answer is this node's word. Who needs proof reads the records that it is made from.
//!
//! Spec: Decentralized Identifier Resolution 0.3 §4 and its HTTP binding.

use super::{Gateway, error::ApiError};
use crate::state::{Reader, StoreError};
use axum::{
    extract::{OriginalUri, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::Value;
use std::sync::Arc;
use yufu_core::{
    did::{
        Resolution, ResolveError,
        resolution::{MEDIA_TYPE, Question, resolve_locally},
        webvh::VersionQuery,
        yufu::{self, IssuerId, YufuDid},
    },
    registry::{DidRecord, Header, Record, RecordKey},
};

/// `GET /1.0/identifiers/{did}[?versionId=…|?versionTime=…]`.
pub(super) async fn resolve(
    State(gateway): State<Arc<Gateway>>,
    OriginalUri(uri): OriginalUri,
) -> Result<Response, ApiError> {
    let path = uri.path().strip_prefix("/1.0/identifiers/").ok_or(ApiError::NotFound)?;
    let url = uri.query().map_or_else(|| path.to_owned(), |query| format!("{path}?{query}"));
    let question = match Question::parse(&url) {
        Ok(question) => question,
        Err(error) => return Ok(answer(error.status(), &error.json())),
    };
    let resolution = match resolve_locally(&question) {
        Some(resolution) => resolution,
        None => resolve_yufu(&gateway, question).await?,
    };
    Ok(match resolution {
        Ok(resolution) => answer(resolution.status(), &resolution.json()),
        Err(error) => answer(error.status(), &error.json()),
    })
}

fn answer(status: u16, body: &Value) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, [(header::CONTENT_TYPE, MEDIA_TYPE)], body.to_string()).into_response()
}

async fn resolve_yufu(
    gateway: &Arc<Gateway>,
    question: Question,
) -> Result<Result<Resolution, ResolveError>, ApiError> {
    let network = gateway.registry.network_name().to_owned();
    if !question.did.starts_with("did:yufu:") {
        return Ok(Err(ResolveError::MethodNotSupported));
    }
    match question.did.parse::<YufuDid>() {
        Err(_) => Ok(Err(ResolveError::InvalidDid)),
        Ok(did) if did.network() != network => Ok(Err(ResolveError::NotFound)),
        Ok(did) => {
            gateway
                .read(move |reader| {
                    Ok(state(reader, &did, &question.version)?
                        .map(Resolution::from)
                        .ok_or(ResolveError::NotFound))
                })
                .await
        }
    }
}

/// The DID's state that was asked for, if there was one.
fn state(reader: &Reader, did: &YufuDid, version: &VersionQuery) -> Result<Option<yufu::State>, StoreError> {
    let tip = reader.tip()?;
    let Some(current) = read(reader, &RecordKey::Did { issuer: did.id })? else { return Ok(None) };
    let (record, at_ms) = match version {
        VersionQuery::Newest => (Some(current), tip.time_ms),
        VersionQuery::Number(_) => (None, tip.time_ms),
        VersionQuery::Id(id) => (by_version(reader, did.id, current, id)?, tip.time_ms),
        VersionQuery::Time(at_ms) => (by_time(reader, did.id, current, *at_ms, &tip)?, *at_ms),
    };
    let Some(record) = record else { return Ok(None) };
    let keys = reader.keys_of(did.id)?;
    Ok(Some(yufu::state(did, &record, &keys, at_ms)))
}

fn by_version(
    reader: &Reader,
    issuer: IssuerId,
    current: DidRecord,
    id: &str,
) -> Result<Option<DidRecord>, StoreError> {
    match id.parse::<u32>() {
        Ok(version) if version.to_string() != id => Ok(None),
        Ok(version) if version == current.version => Ok(Some(current)),
        // The end of a DID is the end of all its versions.
        Ok(_) if current.deactivated_at_ms.is_some() => Ok(Some(current)),
        Ok(version) => read(reader, &RecordKey::DidHistory { issuer, version }),
        Err(_) => Ok(None),
    }
}

/// The record as it stood at a time. One that never changed stood since it was registered; of others the
/// tree tells, as far back as it is kept.
fn by_time(
    reader: &Reader,
    issuer: IssuerId,
    current: DidRecord,
    at_ms: u64,
    tip: &Header,
) -> Result<Option<DidRecord>, StoreError> {
    if at_ms < current.registered_at_ms || at_ms > tip.time_ms {
        return Ok(None);
    }
    if current.version == 0 {
        return Ok(Some(current));
    }
    // What happened in the network whose records this one began with, its tree does not tell.
    if reader.header(0)?.is_some_and(|genesis| at_ms < genesis.time_ms) {
        return Ok(None);
    }
    let height = height_at(reader, at_ms, tip.height)?;
    match reader.prove(height, &RecordKey::Did { issuer }) {
        Ok(proven) => proven.value.as_deref().map(decode).transpose(),
        Err(StoreError::NotKept(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The newest height whose block is not later than `at_ms`: times rise with heights.
fn height_at(reader: &Reader, at_ms: u64, tip: u64) -> Result<u64, StoreError> {
    let (mut low, mut high) = (0, tip);
    while low < high {
        let middle = low + (high - low).div_ceil(2);
        // What is not kept any more is older than what is.
        let later = reader.header(middle)?.is_some_and(|header| header.time_ms > at_ms);
        if later { high = middle - 1 } else { low = middle }
    }
    Ok(low)
}

fn read(reader: &Reader, key: &RecordKey) -> Result<Option<DidRecord>, StoreError> {
    reader.record(key)?.as_deref().map(decode).transpose()
}

fn decode(bytes: &[u8]) -> Result<DidRecord, StoreError> {
    DidRecord::from_bytes(bytes).map_err(|_| StoreError::Corrupt("a DID"))
}
