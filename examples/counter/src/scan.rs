//! The scan page and what feeds it: camera frames, pictures, typed text.

use crate::{
    desk::{AnsweredBy, CheckError},
    pages::{Page, problem, render},
    panel,
    reader::Reader,
    server::{App, Shared},
    session::Step,
};
use askama::Template;
use axum::{
    Json,
    body::Bytes,
    extract::{Multipart, Path, Query, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use image::GrayImage;
use serde::{Deserialize, Serialize};
use yufu_core::{
    Random, SystemRandom,
    pages::{Locale, text as words},
    qr::scan::{self, ScanError},
};
use yufu_verifier::Reason;

/// Most pixels of a camera frame.
pub(crate) const MAX_FRAME: usize = 4096 * 4096;
/// Most files of one upload.
const MAX_FILES: usize = 40;

/// Which tablet scans; the page's own word, of no meaning outside.
#[derive(Deserialize)]
pub(crate) struct SessionName {
    #[serde(default)]
    session: String,
}

impl SessionName {
    fn get(&self) -> &str {
        self.session.get(..64).unwrap_or(&self.session)
    }
}

/// What a scan came to, for the page's script.
#[derive(Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub(crate) enum Answer {
    Looking,
    Collecting { have: usize, total: usize },
    Same,
    Verdict { verdict: String, panel: String },
    Problem { message: String },
}

impl Answer {
    fn problem(locale: Locale, id: &str) -> Self {
        Self::Problem { message: words(locale, id, &[]) }
    }
}

#[derive(Template)]
#[template(path = "scan.html")]
struct Scan {
    page: Page,
    preset: String,
    title: String,
    session: String,
    clear_after_s: u32,
    panel: Option<String>,
    problem: Option<String>,
}

pub(crate) async fn page(
    State(app): State<Shared>,
    Reader(locale): Reader,
    Path(preset): Path<String>,
) -> Response {
    scan_page(&app, locale, preset, None, None)
}

fn scan_page(
    app: &App,
    locale: Locale,
    preset: String,
    session: Option<String>,
    answer: Option<Answer>,
) -> Response {
    let title = app
        .desk()
        .offered()
        .iter()
        .find(|offered| offered.preset.id() == preset && offered.answered_by == AnsweredBy::Code)
        .map(|offered| offered.preset.title(locale.tag()).to_owned());
    let Some(title) = title else {
        return problem(app, locale, StatusCode::NOT_FOUND, "counter-problem-unknown-preset");
    };
    let (panel, problem) = match answer {
        Some(Answer::Verdict { panel, .. }) => (Some(panel), None),
        Some(Answer::Problem { message }) => (None, Some(message)),
        Some(Answer::Collecting { have, total }) => {
            let message = words(locale, "counter-progress-collecting", &[])
                .replace("{have}", &have.to_string())
                .replace("{total}", &total.to_string());
            (None, Some(message))
        }
        Some(Answer::Same) => (None, Some(words(locale, "counter-progress-same", &[]))),
        Some(Answer::Looking) | None => (None, None),
    };
    let session = session.filter(|s| !s.is_empty()).unwrap_or_else(new_session);
    let clear_after_s = app.clear_after_s;
    let page = Page::new(app, locale);
    render(StatusCode::OK, &Scan { page, preset, title, session, clear_after_s, panel, problem })
}

fn new_session() -> String {
    let mut bytes = [0; 16];
    // A name that collides would mix two scans, which ends as unreadable: no secret hangs on it.
    let _ = SystemRandom::new().fill(&mut bytes);
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A camera frame: bytes of brightness, `x-frame-size: 1280x720`.
pub(crate) async fn camera(
    State(app): State<Shared>,
    Reader(locale): Reader,
    Path(preset): Path<String>,
    Query(name): Query<SessionName>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let size = headers.get("x-frame-size").and_then(|v| v.to_str().ok());
    let Some(picture) = frame(size, body) else {
        return (StatusCode::BAD_REQUEST, Json(Answer::problem(locale, "counter-problem-request")))
            .into_response();
    };
    blocking(move || {
        let texts = scan::decode(&picture);
        let now_ms = app.elapsed_ms();
        let step = app.sessions().camera(name.get(), &texts, now_ms);
        take(&app, locale, &preset, step)
    })
    .await
}

fn frame(size: Option<&str>, body: Bytes) -> Option<GrayImage> {
    let (width, height) = size?.split_once('x')?;
    let (width, height): (u32, u32) = (width.parse().ok()?, height.parse().ok()?);
    let pixels = usize::try_from(u64::from(width) * u64::from(height)).ok()?;
    if pixels == 0 || pixels > MAX_FRAME || body.len() != pixels {
        return None;
    }
    GrayImage::from_raw(width, height, body.into())
}

/// Pictures of a code, all of its parts at once.
pub(crate) async fn images(
    State(app): State<Shared>,
    Reader(locale): Reader,
    Path(preset): Path<String>,
    form: Multipart,
) -> Response {
    let Ok(given) = Given::read(form).await else {
        return (StatusCode::BAD_REQUEST, Json(Answer::problem(locale, "counter-problem-request")))
            .into_response();
    };
    blocking(move || pictures(&app, locale, &preset, &given.files)).await
}

/// Text that a scanner typed: one part of a code.
pub(crate) async fn text(
    State(app): State<Shared>,
    Reader(locale): Reader,
    Path(preset): Path<String>,
    Query(name): Query<SessionName>,
    body: String,
) -> Response {
    blocking(move || typed(&app, locale, &preset, name.get(), &body)).await
}

/// The verdict left the screen.
pub(crate) async fn clear(State(app): State<Shared>, Query(name): Query<SessionName>) -> StatusCode {
    app.sessions().clear(name.get());
    StatusCode::NO_CONTENT
}

/// The page's forms without its script: pictures or typed text, answered by a whole page.
pub(crate) async fn post(
    State(app): State<Shared>,
    Reader(locale): Reader,
    Path(preset): Path<String>,
    form: Multipart,
) -> Response {
    let Ok(given) = Given::read(form).await else {
        return problem(&app, locale, StatusCode::BAD_REQUEST, "counter-problem-request");
    };
    let answered = tokio::task::spawn_blocking(move || {
        let answer = match &given.text {
            Some(text) => typed(&app, locale, &preset, &given.session, text),
            None => pictures(&app, locale, &preset, &given.files),
        };
        scan_page(&app, locale, preset, Some(given.session), Some(answer))
    });
    answered.await.unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}

/// What a form brought.
#[derive(Default)]
pub(crate) struct Given {
    pub(crate) session: String,
    pub(crate) preset: String,
    pub(crate) text: Option<String>,
    pub(crate) files: Vec<Bytes>,
}

impl Given {
    /// Reads a form; fields of other names are passed over.
    pub(crate) async fn read(mut form: Multipart) -> Result<Self, StatusCode> {
        let mut given = Self::default();
        while let Some(field) = form.next_field().await.map_err(|_| StatusCode::BAD_REQUEST)? {
            let name = field.name().unwrap_or_default().to_owned();
            let body = field.bytes().await.map_err(|_| StatusCode::BAD_REQUEST)?;
            let text = || String::from_utf8(body.to_vec()).map_err(|_| StatusCode::BAD_REQUEST);
            match name.as_str() {
                "session" => given.session = text()?.chars().take(64).collect(),
                "preset" => given.preset = text()?,
                "text" => given.text = Some(text()?),
                "image" if given.files.len() >= MAX_FILES => return Err(StatusCode::PAYLOAD_TOO_LARGE),
                "image" if !body.is_empty() => given.files.push(body),
                _ => {}
            }
        }
        Ok(given)
    }
}

fn typed(app: &App, locale: Locale, preset: &str, session: &str, text: &str) -> Answer {
    let now_ms = app.elapsed_ms();
    let step = app.sessions().typed(session, text, now_ms);
    take(app, locale, preset, step)
}

fn pictures(app: &App, locale: Locale, preset: &str, files: &[Bytes]) -> Answer {
    match scan::payload_of_files(files.iter().map(AsRef::as_ref)) {
        Ok(payload) => verdict(app, locale, preset, Ok(&payload)),
        Err(ScanError::Frame(error)) => verdict(app, locale, preset, Err(error.into())),
        Err(error) => Answer::problem(
            locale,
            match error {
                ScanError::NotAnImage => "counter-problem-not-an-image",
                ScanError::TooLarge => "counter-problem-too-large",
                ScanError::Incomplete => "counter-problem-incomplete",
                ScanError::NoCode | ScanError::Frame(_) => "counter-problem-no-code",
            },
        ),
    }
}

fn take(app: &App, locale: Locale, preset: &str, step: Step) -> Answer {
    match step {
        Step::Looking => Answer::Looking,
        Step::Collecting { have, total } => Answer::Collecting { have, total },
        Step::Mixed => Answer::problem(locale, "counter-progress-mixed"),
        Step::Same => Answer::Same,
        Step::Complete(payload) => verdict(app, locale, preset, Ok(&payload)),
        Step::Unreadable(reason) => verdict(app, locale, preset, Err(reason)),
    }
}

fn verdict(app: &App, locale: Locale, preset: &str, reading: Result<&[u8], Reason>) -> Answer {
    match app.check(preset, reading) {
        Ok(outcome) => match panel::render(app, locale, preset, AnsweredBy::Code, &outcome) {
            Ok(panel) => Answer::Verdict { verdict: outcome.verdict.word().to_owned(), panel },
            Err(error) => {
                tracing::error!(%error, "a verdict could not be rendered");
                Answer::problem(locale, "counter-problem-storage")
            }
        },
        Err(CheckError::NotOffered(_)) => Answer::problem(locale, "counter-problem-unknown-preset"),
        Err(CheckError::Store(_) | CheckError::State(_)) => {
            Answer::problem(locale, "counter-problem-storage")
        }
    }
}

async fn blocking(work: impl FnOnce() -> Answer + Send + 'static) -> Response {
    match tokio::task::spawn_blocking(work).await {
        Ok(answer) => Json(answer).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
