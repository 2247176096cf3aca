//! Names of records, by kind: where an auditor begins. What a name stands for is read with its proof.

use super::{Gateway, error::ApiError};
use axum::{
    Json,
    extract::{Path, Query, State},
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use yufu_core::{did::yufu::IssuerId, registry::RecordKey};

/// Names in one answer.
const PAGE: usize = 100;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Parameters {
    issuer: Option<String>,
    after: Option<String>,
}

#[derive(Serialize)]
pub(super) struct Keys {
    keys: Vec<String>,
    /// Ask again with this as `after`.
    next: Option<String>,
}

/// `GET /v1/keys/{kind}[?issuer=…][&after=…]`: names of records of a kind, in the order of their bytes.
pub(super) async fn keys(
    State(gateway): State<Arc<Gateway>>,
    Path(kind): Path<String>,
    Query(parameters): Query<Parameters>,
) -> Result<Json<Keys>, ApiError> {
    let issuer = match parameters.issuer {
        None => None,
        Some(issuer) => {
            Some(issuer.parse::<IssuerId>().map_err(|_| ApiError::BadRequest("No such issuer."))?)
        }
    };
    let prefix = RecordKey::kind_prefix(&kind, issuer)
        .ok_or(ApiError::BadRequest("There are no records of this kind, or not by issuer."))?;
    let after = match parameters.after {
        None => None,
        Some(after) => {
            Some(after.parse::<RecordKey>().map_err(|_| ApiError::BadRequest("Not the key of a record."))?)
        }
    };
    gateway
        .read(move |reader| {
            let keys = reader.keys(&prefix, after.as_ref(), PAGE)?;
            let next = (keys.len() == PAGE).then(|| keys.last().map(ToString::to_string)).flatten();
            Ok(Json(Keys { keys: keys.iter().map(ToString::to_string).collect(), next }))
        })
        .await
}
