//! Transactions: handing them in, and asking what became of them.

use super::{Gateway, error::ApiError};
use crate::ledger::Fate;
use axum::{
    Json,
    extract::{Path, Query, State, rejection::JsonRejection},
    http::StatusCode,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use std::{sync::Arc, time::Duration};
use tokio::time::Instant;
use yufu_core::{
    crypto::Digest,
    registry::{
        RejectReason, SignedTransaction, TransactionError,
        client::{RejectWord, TransactionState, hex, hex_digest},
    },
};

/// The longest that a client may wait for a transaction to become final.
const MAX_WAIT: Duration = Duration::from_secs(30);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Parameters {
    wait_ms: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Submission {
    transaction: String,
}

#[derive(Serialize)]
pub(super) struct Taken {
    digest: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    height: Option<u64>,
}

/// `POST /v1/transactions[?wait_ms=N]`: takes a transaction. 200 when it is final, 202 while it waits,
/// 422 when it is refused.
pub(super) async fn submit(
    State(gateway): State<Arc<Gateway>>,
    Query(parameters): Query<Parameters>,
    submission: Result<Json<Submission>, JsonRejection>,
) -> Result<(StatusCode, Json<Taken>), ApiError> {
    let Json(submission) = submission.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => ApiError::TooLarge,
        _ => ApiError::BadRequest("The body is a JSON object with the member \"transaction\"."),
    })?;
    let bytes = URL_SAFE_NO_PAD
        .decode(submission.transaction)
        .map_err(|_| ApiError::Rejected(RejectReason::Malformed))?;
    let transaction = SignedTransaction::from_bytes(&bytes).map_err(|error| {
        ApiError::Rejected(match error {
            TransactionError::TooLarge => RejectReason::TooLarge,
            TransactionError::Version | TransactionError::Malformed => RejectReason::Malformed,
        })
    })?;
    if gateway.disk.is_full() {
        return Err(ApiError::StorageFull);
    }
    let digest = transaction.digest();
    // Subscribed before it is handed in, so that no height is missed.
    let heights = gateway.registry.heights();
    let mut fate = gateway.blocking(move |gateway| Ok(gateway.registry.submit(transaction)?)).await?;
    if let (Fate::Pending, Some(wait_ms)) = (fate, parameters.wait_ms) {
        fate = settled(&gateway, digest, heights, Duration::from_millis(wait_ms).min(MAX_WAIT)).await?;
    }
    let taken = |height| Json(Taken { digest: hex(&digest), height });
    match fate {
        Fate::Final(height) => Ok((StatusCode::OK, taken(Some(height)))),
        Fate::Refused(reason) => Err(ApiError::Rejected(reason)),
        Fate::Pending | Fate::Unknown => Ok((StatusCode::ACCEPTED, taken(None))),
    }
}

/// Waits until the transaction is final or refused, or the time is over.
async fn settled(
    gateway: &Arc<Gateway>,
    digest: Digest,
    mut heights: tokio::sync::watch::Receiver<u64>,
    wait: Duration,
) -> Result<Fate, ApiError> {
    let deadline = Instant::now() + wait;
    loop {
        let fate = gateway.blocking(move |gateway| Ok(gateway.registry.fate(&digest)?)).await?;
        if fate != Fate::Pending {
            return Ok(fate);
        }
        match tokio::time::timeout_at(deadline, heights.changed()).await {
            Ok(Ok(())) => {}
            // The time is over, or the node is stopping.
            Ok(Err(_)) | Err(_) => return Ok(fate),
        }
    }
}

/// `GET /v1/transactions/{digest}`: what this gateway knows of a transaction.
pub(super) async fn state(
    State(gateway): State<Arc<Gateway>>,
    Path(digest): Path<String>,
) -> Result<Json<TransactionState>, ApiError> {
    let digest = hex_digest(&digest)
        .ok_or(ApiError::BadRequest("A digest is 64 hexadecimal digits in lower case."))?;
    let fate = gateway.blocking(move |gateway| Ok(gateway.registry.fate(&digest)?)).await?;
    Ok(Json(match fate {
        Fate::Final(height) => TransactionState::Final { height },
        Fate::Pending => TransactionState::Pending,
        Fate::Refused(reason) => TransactionState::Rejected { error: RejectWord(reason) },
        Fate::Unknown => TransactionState::Unknown,
    }))
}
