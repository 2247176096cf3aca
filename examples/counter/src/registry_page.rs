//! What this counter knows of the registry, and what a clerk does when the clock is wrong or the registry
//! has shown two histories.

use crate::{
    desk::ObserveProblem,
    pages::{Page, problem, render},
    reader::Reader,
    server::{App, Shared},
};
use askama::Template;
use axum::{
    extract::{Multipart, State},
    http::{StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use yufu_core::{
    pages::{Locale, minute},
    registry::MAX_EVIDENCE,
};

/// Most bytes of a request that brings evidence: more than a file may have.
pub(crate) const MAX_UPLOAD: usize = 4 * MAX_EVIDENCE;

#[derive(Template)]
#[template(path = "registry.html")]
struct RegistryPage {
    page: Page,
    /// Two histories: the heights of the headers that contradict each other.
    conflict: Option<(u64, u64)>,
    newest: Option<(u64, String)>,
    epoch: u64,
    operators: usize,
    clock: String,
    /// What a file that was brought has changed, or why it was not taken.
    taken: Option<String>,
    refused: Option<String>,
}

impl RegistryPage {
    fn new(app: &App, locale: Locale) -> Self {
        let page = Page::new(app, locale);
        let desk = app.desk();
        let client = desk.verifier().light_client();
        let height = |signed: &yufu_core::registry::SignedHeader| signed.header().height;
        let newest = client.newest().map(|newest| {
            let header = newest.header();
            (header.height(), minute(header.time_ms()))
        });
        Self {
            page,
            conflict: client.conflict().map(|conflict| (height(conflict.first()), height(conflict.second()))),
            newest,
            epoch: client.key().epoch,
            operators: client.operators(),
            clock: minute(desk.now_ms()),
            taken: None,
            refused: None,
        }
    }
}

pub(crate) async fn page(State(app): State<Shared>, Reader(locale): Reader) -> Response {
    render(StatusCode::OK, &RegistryPage::new(&app, locale))
}

/// The page once a file was brought: what it has changed, or why it was not taken.
pub(crate) fn told(
    app: &App,
    locale: Locale,
    status: StatusCode,
    answer: Result<String, String>,
) -> Response {
    let (taken, refused) = match answer {
        Ok(taken) => (Some(taken), None),
        Err(refused) => (None, Some(refused)),
    };
    render(status, &RegistryPage { taken, refused, ..RegistryPage::new(app, locale) })
}

/// The evidence of two histories, as a file to be sent to those who answer for the registry.
pub(crate) async fn evidence(State(app): State<Shared>, Reader(locale): Reader) -> Response {
    let bytes = app.desk().verifier().light_client().conflict().map(yufu_core::registry::Conflict::to_bytes);
    match bytes {
        Some(Ok(bytes)) => {
            let headers = [
                (header::CONTENT_TYPE, "application/octet-stream"),
                (header::CONTENT_DISPOSITION, "attachment; filename=\"yufu-conflict.bin\""),
            ];
            (headers, bytes).into_response()
        }
        Some(Err(_)) => problem(&app, locale, StatusCode::INTERNAL_SERVER_ERROR, "counter-problem-storage"),
        None => problem(&app, locale, StatusCode::NOT_FOUND, "counter-problem-not-found"),
    }
}

/// Takes evidence that another counter saved. It is verified before anything changes.
pub(crate) async fn accept(
    State(app): State<Shared>,
    Reader(locale): Reader,
    mut form: Multipart,
) -> Response {
    let file = match form.next_field().await {
        Ok(Some(field)) => field.bytes().await.ok().filter(|bytes| bytes.len() <= MAX_EVIDENCE),
        Ok(None) | Err(_) => None,
    };
    let Some(bytes) = file else {
        return problem(&app, locale, StatusCode::BAD_REQUEST, "counter-problem-request");
    };
    let accepted = app.desk().accept_evidence(&bytes);
    match accepted {
        Ok(()) => Redirect::to("/registry").into_response(),
        Err(ObserveProblem::NotBelieved(_)) => {
            problem(&app, locale, StatusCode::UNPROCESSABLE_ENTITY, "counter-registry-no-evidence")
        }
        Err(error) => {
            tracing::error!(%error, "evidence could not be kept");
            problem(&app, locale, StatusCode::INTERNAL_SERVER_ERROR, "counter-problem-storage")
        }
    }
}
