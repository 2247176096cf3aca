//! Proof, for the holder, that his copy was recorded in a publication: needed once the key that signed
//! it is revoked as compromised.

use super::fault;
use crate::{
    db::{DbError, credentials},
    service::Service,
};
use axum::{
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use std::sync::Arc;
use yufu_core::{crypto::VerifyingKey, jose::UnverifiedJws};

/// The `typ` of the proof that the caller holds the copy's key.
const TYPE: &str = "yufu-issued+jwt";
/// The longest proof that is read, in bytes.
const MAX_PROOF: usize = 2048;
/// How far a proof's time may be from ours, in seconds.
const MAX_SKEW: u64 = 300;

/// `GET /issued/{list}/{version}/{index}` with `authorization: Holder <jwt>`: the path's octets.
pub(super) async fn path(
    State(service): State<Arc<Service>>,
    Path((list, version, index)): Path<(u32, u32, u32)>,
    headers: HeaderMap,
) -> Response {
    let holder: Result<_, DbError> = service.db.read(|c| credentials::holder(c, list, index));
    let holder = match holder {
        Ok(holder) => holder.map(|(holder, _)| holder),
        Err(error) => return fault(&error),
    };
    let url = format!("{}/issued/{list}/{version}/{index}", service.url);
    let now = service.clock.now();
    // Whether anything was issued at a place is told to nobody but its holder.
    if !holder.is_some_and(|holder| is_holder(&headers, &holder, &url, now)) {
        return (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, "Holder")]).into_response();
    }
    let worker = Arc::clone(&service);
    let found = tokio::task::spawn_blocking(move || worker.publisher.issued_path(list, version, index)).await;
    match found {
        Ok(Ok(Some(path))) => {
            let fields =
                [(header::CONTENT_TYPE, "application/octet-stream"), (header::CACHE_CONTROL, "no-store")];
            (fields, path).into_response()
        }
        Ok(Ok(None)) => StatusCode::NOT_FOUND.into_response(),
        Ok(Err(error)) => fault(&error),
        Err(error) => fault(&error),
    }
}

/// Whether the request carries a proof by that key, made now and for this address.
fn is_holder(headers: &HeaderMap, holder: &VerifyingKey, url: &str, now: u64) -> bool {
    let field = headers.get(header::AUTHORIZATION).and_then(|field| field.to_str().ok());
    let proof = field.and_then(|field| field.split_once(' ')).filter(|(scheme, _)| *scheme == "Holder");
    let Some((_, jwt)) = proof else { return false };
    let Ok(jws) = UnverifiedJws::parse(jwt.trim(), MAX_PROOF) else { return false };
    let Ok(claims) = jws.verify(holder) else { return false };
    let iat = claims.get("iat").and_then(serde_json::Value::as_u64);
    jws.typ() == Some(TYPE)
        && claims.get("htu").and_then(|htu| htu.as_str()) == Some(url)
        && iat.is_some_and(|iat| iat.abs_diff(now) <= MAX_SKEW)
}
