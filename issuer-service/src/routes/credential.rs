//! The credential endpoint.

use super::{fault, no_store};
use crate::{issue::IssueRefusal, service::Service};
use axum::{
    body::Bytes,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use std::sync::Arc;

/// `POST /credential`: copies of a credential, one for each proof.
pub(super) async fn credential(
    State(service): State<Arc<Service>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    // Only the header counts: tokens in addresses end up in logs.
    let Some(token) = bearer(&headers) else { return unauthorized("") };
    match service.issue(token.to_owned(), body.to_vec()).await {
        Ok(response) => no_store(StatusCode::OK, response),
        Err(IssueRefusal::Refused(refusal)) => no_store(StatusCode::BAD_REQUEST, refusal),
        Err(IssueRefusal::Token) => unauthorized(", error=\"invalid_token\""),
        Err(IssueRefusal::NotReady | IssueRefusal::Taken) => {
            (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "5")]).into_response()
        }
        Err(IssueRefusal::Fault(error)) => fault(&error),
    }
}

/// The token of an `Authorization` field with the scheme `Bearer`, in any case.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut fields = headers.get_all(header::AUTHORIZATION).iter();
    let field = fields.next().filter(|_| fields.next().is_none())?.to_str().ok()?;
    let (scheme, token) = field.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn unauthorized(error: &str) -> Response {
    let challenge = HeaderValue::from_str(&format!("Bearer realm=\"credential\"{error}"));
    let challenge = challenge.unwrap_or(HeaderValue::from_static("Bearer"));
    (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, challenge)]).into_response()
}
