//! The documents of the agency's DIDs of the web, at the places that follow from its address.

use super::{fault, metadata::path_of};
use crate::{
    service::Service,
    web_did::{WebDidError, WebDids},
};
use axum::{
    Router,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use std::sync::Arc;

pub(super) fn router(service: &Service) -> Router<Arc<Service>> {
    let folders = match path_of(&service.url) {
        "" => vec!["/.well-known".to_owned()],
        // With and without the path: a proxy in front may take it off.
        path => vec![path.to_owned(), String::new()],
    };
    folders.iter().fold(Router::new(), |router, folder| {
        router
            .route(&format!("{folder}/did.json"), get(document))
            .route(&format!("{folder}/did.jsonl"), get(log))
    })
}

async fn document(State(service): State<Arc<Service>>) -> Response {
    let document =
        |dids: &WebDids| Ok(dids.web_document()?.map(|document| document.to_string().into_bytes()));
    answer(service, document, "application/did").await
}

async fn log(State(service): State<Arc<Service>>) -> Response {
    answer(service, WebDids::webvh_log, "text/jsonl").await
}

async fn answer(
    service: Arc<Service>,
    read: impl FnOnce(&WebDids) -> Result<Option<Vec<u8>>, WebDidError> + Send + 'static,
    media_type: &'static str,
) -> Response {
    // A key's file may have to be opened first.
    match tokio::task::spawn_blocking(move || read(&service.web_dids)).await {
        Ok(Ok(Some(body))) => {
            let fields = [(header::CONTENT_TYPE, media_type), (header::CACHE_CONTROL, "public, max-age=60")];
            (fields, body).into_response()
        }
        Ok(Ok(None)) => StatusCode::NOT_FOUND.into_response(),
        Ok(Err(error)) => fault(&error),
        Err(error) => fault(&error),
    }
}
