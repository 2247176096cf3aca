//! The upload page: a presentation file that a person brought, and its verdict. It needs no script.

use crate::{
    desk::{AnsweredBy, CheckError},
    pages::{Page, problem, render},
    panel,
    reader::Reader,
    server::{App, Shared},
};
use askama::Template;
use axum::{
    body::Bytes,
    extract::{
        Multipart, Path, State,
        multipart::{MultipartError, MultipartRejection},
    },
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::Value;
use yufu_core::{pages::Locale, presentation::file::MAX_FILE, qr};

/// Most bytes of a request: more than a file may have, so that a little too much gets an answer in words.
pub(crate) const MAX_UPLOAD: usize = 8 * MAX_FILE;

/// Why what was uploaded is no presentation file, so that there is nothing to judge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    /// The request is no form, or breaks off.
    #[error("the request cannot be read")]
    Request,
    /// No file was chosen, or it is empty.
    #[error("there is no file, or an empty one")]
    Empty,
    /// More bytes than a presentation file may have.
    #[error("the file is larger than a presentation file may be")]
    TooLarge,
    /// Not JSON, for example a picture.
    #[error("the file is not JSON")]
    NotJson,
    /// JSON or a token of another kind, for example a credential that nobody presents.
    #[error("the file is not a presentation with its staples")]
    WrongKind,
}

impl Refusal {
    pub(crate) fn of_status(status: StatusCode) -> Self {
        if status == StatusCode::PAYLOAD_TOO_LARGE { Self::TooLarge } else { Self::Request }
    }

    pub(crate) fn status(self) -> StatusCode {
        match self {
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            _ => StatusCode::BAD_REQUEST,
        }
    }

    /// The word that programs read.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Request => "bad_request",
            Self::Empty => "empty",
            Self::TooLarge => "too_large",
            Self::NotJson => "not_json",
            Self::WrongKind => "wrong_kind",
        }
    }

    fn message(self) -> &'static str {
        match self {
            Self::Request => "counter-problem-request",
            Self::Empty => "counter-file-empty",
            Self::TooLarge => "counter-file-too-large",
            Self::NotJson => "counter-file-not-json",
            Self::WrongKind => "counter-file-wrong-kind",
        }
    }
}

impl From<MultipartError> for Refusal {
    fn from(error: MultipartError) -> Self {
        Self::of_status(error.status())
    }
}

/// Whether these bytes are a presentation file by their look; what it says is for the verifier.
pub(crate) fn recognise(file: &[u8]) -> Result<(), Refusal> {
    if file.len() > MAX_FILE {
        return Err(Refusal::TooLarge);
    }
    if file.trim_ascii().is_empty() {
        return Err(Refusal::Empty);
    }
    match serde_json::from_slice(file) {
        Ok(Value::Object(members)) if members.contains_key("presentation") => Ok(()),
        Ok(_) => Err(Refusal::WrongKind),
        Err(_) if is_token(file) => Err(Refusal::WrongKind),
        Err(_) => Err(Refusal::NotJson),
    }
}

/// A compact JWT or SD-JWT, as people also call a file.
fn is_token(file: &[u8]) -> bool {
    let file = file.trim_ascii();
    let part = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(byte);
    file.starts_with(b"ey") && file.iter().all(part) && file.iter().filter(|byte| **byte == b'.').count() >= 2
}

#[derive(Template)]
#[template(path = "file.html")]
struct Upload {
    page: Page,
    preset: String,
    title: String,
    code: String,
    panel: Option<String>,
    problem: Option<String>,
}

pub(crate) async fn page(
    State(app): State<Shared>,
    Reader(locale): Reader,
    Path(preset): Path<String>,
) -> Response {
    upload_page(&app, locale, &preset, Answer::default())
}

/// The form of the page: a file, or its text.
pub(crate) async fn post(
    State(app): State<Shared>,
    Reader(locale): Reader,
    Path(preset): Path<String>,
    form: Result<Multipart, MultipartRejection>,
) -> Response {
    let file = match form {
        Ok(form) => given(form).await,
        Err(rejection) => Err(Refusal::of_status(rejection.status())),
    };
    let answered = tokio::task::spawn_blocking(move || {
        let answer = file.and_then(|file| recognise(&file).map(|()| verdict(&app, locale, &preset, &file)));
        upload_page(&app, locale, &preset, answer.unwrap_or_else(|refusal| refused(locale, refusal)))
    });
    answered.await.unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}

/// The file of a form, or the text where no file was chosen.
async fn given(mut form: Multipart) -> Result<Bytes, Refusal> {
    let mut brought = Bytes::new();
    while let Some(field) = form.next_field().await? {
        if !matches!(field.name(), Some("file" | "text")) {
            continue;
        }
        let body = field.bytes().await?;
        if brought.is_empty() {
            brought = body;
        }
    }
    Ok(brought)
}

/// What the page says beside its form.
#[derive(Default)]
struct Answer {
    status: StatusCode,
    panel: Option<String>,
    problem: Option<String>,
}

impl Answer {
    fn problem(locale: Locale, status: StatusCode, id: &str) -> Self {
        Self { status, panel: None, problem: Some(yufu_core::pages::text(locale, id, &[])) }
    }
}

fn refused(locale: Locale, refusal: Refusal) -> Answer {
    tracing::info!(%refusal, "an upload is no presentation file");
    Answer::problem(locale, refusal.status(), refusal.message())
}

fn verdict(app: &App, locale: Locale, preset: &str, file: &[u8]) -> Answer {
    match app.check_file(preset, file) {
        Ok(outcome) => match panel::render(app, locale, preset, AnsweredBy::File, &outcome) {
            Ok(panel) => Answer { panel: Some(panel), ..Answer::default() },
            Err(error) => {
                tracing::error!(%error, "a verdict could not be rendered");
                Answer::problem(locale, StatusCode::INTERNAL_SERVER_ERROR, "counter-problem-storage")
            }
        },
        Err(CheckError::NotOffered(_)) => {
            Answer::problem(locale, StatusCode::NOT_FOUND, "counter-problem-unknown-preset")
        }
        Err(CheckError::Store(_) | CheckError::State(_)) => {
            Answer::problem(locale, StatusCode::INTERNAL_SERVER_ERROR, "counter-problem-storage")
        }
    }
}

fn upload_page(app: &App, locale: Locale, preset: &str, answer: Answer) -> Response {
    let desk = app.desk();
    let offered = desk
        .offered()
        .iter()
        .find(|offered| offered.preset.id() == preset && offered.answered_by == AnsweredBy::File)
        .map(|offered| offered.preset.title(locale.tag()).to_owned());
    let printed = desk.printed().to_string();
    drop(desk);
    let Some(title) = offered else {
        return problem(app, locale, StatusCode::NOT_FOUND, "counter-problem-unknown-preset");
    };
    let Ok(code) = qr::render::svg(&printed) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let leaves = answer.panel.is_some();
    let page = Upload {
        page: Page::new(app, locale),
        preset: preset.to_owned(),
        title,
        code,
        panel: answer.panel,
        problem: answer.problem,
    };
    let mut response = render(answer.status, &page);
    // What was disclosed leaves the screen by itself, also in a browser without script.
    let leave = format!("{}; url=/file/{preset}", app.clear_after_s);
    if leaves && let Ok(leave) = HeaderValue::from_str(&leave) {
        response.headers_mut().insert(header::REFRESH, leave);
    }
    response
}
