//! Type metadata: the documents of the types that this agency issues, to the byte.

use crate::{service::Service, types};
use axum::{
    extract::{Path, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use std::sync::Arc;

/// `GET /types/{name}/{version}`: the path of the type's own address.
pub(super) async fn document(State(service): State<Arc<Service>>, Path(name): Path<String>) -> Response {
    let path = format!("/types/{name}");
    let mut kinds = service.config.credentials.iter().filter_map(|c| types::by_vct(&c.vct).ok());
    match kinds.find(|kind| kind.path() == path) {
        Some(kind) => {
            let fields =
                [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "public, max-age=3600")];
            (fields, kind.document()).into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
