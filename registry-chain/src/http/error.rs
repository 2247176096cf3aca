//! What a client is told when something is not as it asked. The operator is told more, in the log.

use crate::state::{CheckError, StoreError};
use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use tracing::error;
use yufu_core::registry::RejectReason;

/// A refusal, in words for machines and for people.
#[derive(Clone, Copy, Debug)]
pub(super) enum ApiError {
    /// The transaction is refused.
    Rejected(RejectReason),
    /// The request is not understood.
    BadRequest(&'static str),
    /// The body is larger than any transaction.
    TooLarge,
    /// There is nothing at that address.
    NotFound,
    /// The address knows another method.
    MethodNotAllowed,
    /// No header has a certificate yet.
    NotYet,
    /// Proofs for this height are no longer kept.
    Gone,
    /// No block has become final for a while.
    Standing,
    /// There is no room for new work where the data lies.
    StorageFull,
    /// This node makes no snapshots, or none for this address.
    SnapshotsOff,
    /// A snapshot is being made.
    SnapshotMaking,
    /// Others are fetching snapshots.
    SnapshotBusy,
    /// There is no room for a snapshot.
    SnapshotNoRoom,
    /// This address has asked too often.
    TooOften,
    /// Something here failed.
    Unavailable,
}

impl ApiError {
    fn parts(self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::Rejected(reason) => (StatusCode::UNPROCESSABLE_ENTITY, reason.word(), reason.message()),
            Self::BadRequest(message) => (StatusCode::BAD_REQUEST, "bad_request", message),
            Self::TooLarge => {
                (StatusCode::PAYLOAD_TOO_LARGE, "too_large", "The body is larger than any transaction.")
            }
            Self::NotFound => (StatusCode::NOT_FOUND, "not_found", "There is nothing at this address."),
            Self::MethodNotAllowed => (
                StatusCode::METHOD_NOT_ALLOWED,
                "method_not_allowed",
                "This address does not know that method.",
            ),
            Self::NotYet => (
                StatusCode::SERVICE_UNAVAILABLE,
                "not_yet",
                "The registry has no certified header yet. Ask again in a moment.",
            ),
            Self::Gone => (StatusCode::GONE, "gone", "Proofs for this height are no longer kept."),
            Self::Standing => {
                (StatusCode::SERVICE_UNAVAILABLE, "standing", "No block has become final for two slots.")
            }
            Self::StorageFull => (
                StatusCode::INSUFFICIENT_STORAGE,
                "storage_full",
                "This node has no room for new transactions. Its operator must free space; other nodes may have room.",
            ),
            Self::SnapshotsOff => (
                StatusCode::FORBIDDEN,
                "snapshots_off",
                "This node gives this address no snapshots. Its operator can let it ([snapshots] in its configuration).",
            ),
            Self::SnapshotMaking => (
                StatusCode::SERVICE_UNAVAILABLE,
                "snapshot_making",
                "A snapshot is being made. Ask again in two seconds.",
            ),
            Self::SnapshotBusy => (
                StatusCode::SERVICE_UNAVAILABLE,
                "snapshot_busy",
                "As many as may are fetching snapshots, or you are already. Ask again in two seconds, or another node.",
            ),
            Self::SnapshotNoRoom => (
                StatusCode::INSUFFICIENT_STORAGE,
                "snapshot_no_room",
                "This node has no room for a snapshot. Its operator must free space; other nodes may have room.",
            ),
            Self::TooOften => (
                StatusCode::TOO_MANY_REQUESTS,
                "too_often",
                "Too many requests from this address. Ask again in a second.",
            ),
            Self::Unavailable => {
                (StatusCode::SERVICE_UNAVAILABLE, "unavailable", "The registry cannot answer now.")
            }
        }
    }

    fn respond(self, mut body: serde_json::Map<String, serde_json::Value>) -> Response {
        let (status, word, message) = self.parts();
        body.insert("error".into(), word.into());
        body.insert("message".into(), message.into());
        let mut response = (status, Json(body)).into_response();
        let again = match self {
            Self::TooOften => "1",
            Self::SnapshotMaking | Self::SnapshotBusy => "2",
            _ => return response,
        };
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static(again));
        response
    }

    /// The refusal with one more field.
    pub(super) fn response_with(self, field: &str, value: serde_json::Value) -> Response {
        self.respond([(field.to_owned(), value)].into_iter().collect())
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        self.respond(serde_json::Map::new())
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotKept(_) => Self::Gone,
            error => {
                error!(%error, "the database failed");
                Self::Unavailable
            }
        }
    }
}

impl From<CheckError> for ApiError {
    fn from(error: CheckError) -> Self {
        match error {
            CheckError::Rejected(reason) => Self::Rejected(reason),
            CheckError::Store(error) => error.into(),
        }
    }
}
