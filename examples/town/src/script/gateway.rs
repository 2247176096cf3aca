//! A gateway that answers each question about a record as it did the first time.

use anyhow::Result;
use axum::{
    Router,
    extract::{OriginalUri, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use std::{
    collections::HashMap,
    net::Ipv4Addr,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::task::JoinHandle;
use yufu_core::http::{HttpRequest, HttpTransport};

struct Past {
    registry: String,
    http: Arc<dyn HttpTransport>,
    answers: Mutex<HashMap<String, Vec<u8>>>,
}

/// The gateway, serving.
pub(crate) struct Gateway {
    url: String,
    serving: JoinHandle<()>,
}

impl Gateway {
    /// Serves what `registry` says now, for ever.
    pub(crate) async fn start(registry: &str, http: Arc<dyn HttpTransport>) -> Result<Self> {
        let past = Past { registry: registry.to_owned(), http, answers: Mutex::default() };
        let routes = Router::new().route("/v1/{*path}", get(answer)).with_state(Arc::new(past));
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let serving = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, routes).await {
                tracing::warn!(%error, "the gateway ended");
            }
        });
        Ok(Self { url, serving })
    }

    /// Where it is.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Ends it.
    pub(crate) fn stop(&self) {
        self.serving.abort();
    }
}

async fn answer(State(past): State<Arc<Past>>, OriginalUri(uri): OriginalUri) -> Response {
    let path = uri.path_and_query().map(ToString::to_string).unwrap_or_default();
    let known = past.answers.lock().unwrap_or_else(PoisonError::into_inner).get(&path).cloned();
    let body = match known {
        Some(body) => body,
        None => match past.http.send(HttpRequest::get(format!("{}{path}", past.registry))).await {
            Ok(response) if response.is_success() => {
                let mut answers = past.answers.lock().unwrap_or_else(PoisonError::into_inner);
                answers.entry(path).or_insert(response.body).clone()
            }
            _ => return StatusCode::BAD_GATEWAY.into_response(),
        },
    };
    ([(header::CONTENT_TYPE, "application/json")], body).into_response()
}
