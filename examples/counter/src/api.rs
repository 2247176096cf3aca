//! The counter for programs: JSON over HTTP on the same address.
//!
//! - `POST /api/verify` gives a verdict. Either JSON `{"preset": "age18", "frames": ["0462…", …]}` with the
//!   texts of the code's frames in any order, or a form (`multipart/form-data`) with a field `preset` and
//!   one or more files `image` (PNG, JPEG, GIF). The answer is 200 with the [`Outcome`] as JSON, and in a
//!   valid one `portrait_small` (base64) where the preset shows a face. Every call is a check of its own:
//!   the same code twice is `replayed`. What cannot be read is an outcome too (`unreadable`).
//! - `POST /api/verify-file?preset=land-title` gives a verdict on the presentation file in the body.
//! - `POST /api/handovers` takes a file of handovers, for a counter that has no network (see
//!   [`crate::handovers`]).
//! - `GET /api/presets` lists what can be checked here: identifier, version, titles, grade, what answers
//!   it (`code` or `file`), policy digest.
//! - `GET /api/state` says what the counter knows of the registry, and its printed code.
//!
//! Other answers: 400 `{"error": "bad_request"}`, 404 `{"error": "unknown_preset"}`, 500
//! `{"error": "storage"}` (the code then counts as not accepted); for what is no presentation file, 400
//! `empty`, `not_json`, `wrong_kind` and 413 `too_large`. Posts from pages of other origins are
//! refused with 403.

use crate::{
    desk::CheckError,
    file::{self, Refusal},
    scan::Given,
    server::{App, Shared},
};
use axum::{
    Json,
    body::{Bytes, to_bytes},
    extract::{FromRequest, Multipart, Query, Request, State, rejection::BytesRejection},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};
use serde_json::json;
use yufu_core::qr::{
    frames::join,
    scan::{ScanError, payload_of_files},
};
use yufu_verifier::{Outcome, Reason};

/// Most bytes of the texts of a code's frames, of which there are 32 at most.
const MAX_FRAMES: usize = 256 << 10;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Frames {
    preset: String,
    frames: Vec<String>,
}

#[derive(Serialize)]
struct Answer {
    #[serde(flatten)]
    outcome: Outcome,
    #[serde(skip_serializing_if = "Option::is_none")]
    portrait_small: Option<String>,
}

pub(crate) async fn verify(State(app): State<Shared>, request: Request) -> Response {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let reading = if kind.starts_with("multipart/form-data") {
        let Ok(form) = Multipart::from_request(request, &app).await else { return refused("bad_request") };
        let Ok(given) = Given::read(form).await else { return refused("bad_request") };
        tokio::task::spawn_blocking(move || {
            let read = payload_of_files(given.files.iter().map(AsRef::as_ref)).map_err(unreadable);
            answer(&app, &given.preset, read)
        })
    } else {
        let Ok(body) = to_bytes(request.into_body(), MAX_FRAMES).await else { return refused("bad_request") };
        let Ok(given) = serde_json::from_slice::<Frames>(&body) else { return refused("bad_request") };
        tokio::task::spawn_blocking(move || {
            let read = join(given.frames.iter().map(String::as_str))
                .map_err(Reason::from)
                .and_then(|payload| payload.ok_or(Reason::FramesMissing));
            answer(&app, &given.preset, read)
        })
    };
    reading.await.unwrap_or_else(|_| refused("storage"))
}

fn unreadable(error: ScanError) -> Reason {
    match error {
        ScanError::Frame(error) => error.into(),
        ScanError::Incomplete => Reason::FramesMissing,
        ScanError::TooLarge => Reason::TooLarge,
        ScanError::NotAnImage | ScanError::NoCode => Reason::Malformed,
    }
}

fn answer(app: &App, preset: &str, read: Result<Vec<u8>, Reason>) -> Response {
    said(app.check(preset, read.as_deref().map_err(|reason| *reason)))
}

fn said(checked: Result<Outcome, CheckError>) -> Response {
    match checked {
        Ok(outcome) => {
            let portrait_small = outcome.portrait_small.as_ref().map(|picture| STANDARD.encode(picture));
            Json(Answer { outcome, portrait_small }).into_response()
        }
        Err(CheckError::NotOffered(_)) => refused("unknown_preset"),
        Err(CheckError::Store(_) | CheckError::State(_)) => refused("storage"),
    }
}

#[derive(Deserialize)]
pub(crate) struct Asked {
    preset: String,
}

pub(crate) async fn verify_file(
    State(app): State<Shared>,
    Query(asked): Query<Asked>,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let file = match body.map_err(|rejection| Refusal::of_status(rejection.status())) {
        Ok(file) => file,
        Err(refusal) => return refused_file(refusal),
    };
    if let Err(refusal) = file::recognise(&file) {
        return refused_file(refusal);
    }
    let checked = tokio::task::spawn_blocking(move || said(app.check_file(&asked.preset, &file))).await;
    checked.unwrap_or_else(|_| refused("storage"))
}

fn refused_file(refusal: Refusal) -> Response {
    (refusal.status(), Json(json!({ "error": refusal.word() }))).into_response()
}

fn refused(error: &str) -> Response {
    let status = match error {
        "unknown_preset" => StatusCode::NOT_FOUND,
        "storage" => StatusCode::INTERNAL_SERVER_ERROR,
        _ => StatusCode::BAD_REQUEST,
    };
    (status, Json(json!({ "error": error }))).into_response()
}

pub(crate) async fn presets(State(app): State<Shared>) -> Json<serde_json::Value> {
    let desk = app.desk();
    let presets: Vec<_> = desk
        .offered()
        .iter()
        .map(|offered| {
            let preset = &offered.preset;
            json!({
                "id": preset.id(),
                "version": preset.version(),
                "title": { "en": preset.title("en"), "zh-CN": preset.title("zh-CN") },
                "grade": preset.grade(),
                "face": preset.face(),
                "answered_by": offered.answered_by,
                "policy": hex(&offered.policy),
            })
        })
        .collect();
    Json(json!({ "presets": presets }))
}

pub(crate) async fn state(State(app): State<Shared>) -> Json<serde_json::Value> {
    let desk = app.desk();
    let client = desk.verifier().light_client();
    let newest = client.newest().map(|newest| {
        let header = newest.header();
        json!({ "height": header.height(), "time_ms": header.time_ms(), "epoch": header.epoch() })
    });
    Json(json!({
        "now_ms": desk.now_ms(),
        "newest": newest,
        "operators": client.operators(),
        "conflict": client.conflict().is_some(),
        "audience": desk.printed().audience().to_string(),
        "printed_code": desk.printed().to_string(),
    }))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
