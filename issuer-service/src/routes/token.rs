//! The token and nonce endpoints.

use super::{fault, no_store};
use crate::{offers, service::Service};
use axum::{body::Bytes, extract::State, http::StatusCode, response::Response};
use std::sync::Arc;
use yufu_core::issuance::{error::TokenErrorCode, request::NonceResponse, token::TokenRequest};

/// `POST /token`: a pre-authorized code and a transaction code for an access token.
pub(super) async fn token(State(service): State<Arc<Service>>, body: Bytes) -> Response {
    let request = match TokenRequest::from_form(&body) {
        Ok(request) => request,
        Err(refusal) => return no_store(StatusCode::BAD_REQUEST, refusal),
    };
    let now = service.clock.now();
    match offers::redeem(&service.db, request, now, service.random.as_ref()).await {
        Ok(Ok(response)) => no_store(StatusCode::OK, response),
        Ok(Err(refusal)) => {
            let status = match refusal.error {
                TokenErrorCode::InvalidClient => StatusCode::UNAUTHORIZED,
                _ => StatusCode::BAD_REQUEST,
            };
            no_store(status, refusal)
        }
        Err(error) => fault(&error),
    }
}

/// `POST /nonce`: a fresh nonce for the proofs of one request.
pub(super) async fn nonce(State(service): State<Arc<Service>>) -> Response {
    match service.nonces.fresh(service.clock.now(), service.random.as_ref()) {
        Ok(c_nonce) => no_store(StatusCode::OK, NonceResponse { c_nonce }),
        Err(error) => fault(&error),
    }
}
