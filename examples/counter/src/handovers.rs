//! A file of handovers that somebody brought: how a counter that never has a network learns of the
//! registry's new operators.

use crate::{
    desk::ObserveProblem,
    reader::Reader,
    registry_page,
    server::{App, Shared},
};
use axum::{
    Json,
    body::Bytes,
    extract::{
        Multipart, State,
        multipart::{MultipartError, MultipartRejection},
        rejection::BytesRejection,
    },
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::json;
use yufu_core::{
    pages::{Locale, text},
    registry::{Followed, HandoverFileError, LightClientError, MAX_HANDOVER_FILE},
};

/// Most bytes of a request: more than a file may have, so that a little too much gets an answer in words.
pub(crate) const MAX_UPLOAD: usize = 2 * MAX_HANDOVER_FILE;

/// Why a file of handovers was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    /// The request is no form, or breaks off.
    #[error("the request cannot be read")]
    Request,
    /// No file was chosen, or it is empty.
    #[error("there is no file, or an empty one")]
    Empty,
    /// It does not hold.
    #[error(transparent)]
    File(#[from] HandoverFileError),
    /// What it says could not be kept.
    #[error("the counter's store failed")]
    Storage,
}

impl Refusal {
    fn of_status(status: StatusCode) -> Self {
        if status == StatusCode::PAYLOAD_TOO_LARGE {
            Self::File(HandoverFileError::TooLarge)
        } else {
            Self::Request
        }
    }

    fn status(self) -> StatusCode {
        match self {
            Self::Request | Self::Empty | Self::File(HandoverFileError::Malformed) => StatusCode::BAD_REQUEST,
            Self::File(HandoverFileError::TooLarge) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::File(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Storage => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The word that programs read. Its text for people is `counter-handovers-<word>`.
    fn word(self) -> &'static str {
        use LightClientError::{ClockWrong, NetworkConflict, TooOld};
        match self {
            Self::Request => "bad_request",
            Self::Empty => "empty",
            Self::Storage => "storage",
            Self::File(error) => match error {
                HandoverFileError::TooLarge => "too_large",
                HandoverFileError::Malformed => "malformed",
                HandoverFileError::OtherNetwork => "other_network",
                HandoverFileError::Gap { .. } => "gap",
                HandoverFileError::NotBelieved { reason: ClockWrong { .. }, .. } => "clock_wrong",
                HandoverFileError::NotBelieved { reason: TooOld, .. } => "too_old",
                HandoverFileError::NotBelieved { reason: NetworkConflict, .. } => "network_conflict",
                _ => "forged",
            },
        }
    }

    fn sentence(self, locale: Locale) -> String {
        let id = format!("counter-handovers-{}", self.word().replace('_', "-"));
        let (known, next) = match self {
            Self::File(HandoverFileError::Gap { known, next }) => (known, next),
            Self::File(HandoverFileError::NotBelieved { epoch, .. }) => (epoch, epoch),
            _ => (0, 0),
        };
        text(locale, &id, &[("known", known.to_string().into()), ("next", next.to_string().into())])
    }
}

impl From<MultipartError> for Refusal {
    fn from(error: MultipartError) -> Self {
        Self::of_status(error.status())
    }
}

/// The page's form, whose first field is the file.
pub(crate) async fn post(
    State(app): State<Shared>,
    Reader(locale): Reader,
    form: Result<Multipart, MultipartRejection>,
) -> Response {
    let file = match form {
        Ok(form) => given(form).await,
        Err(rejection) => Err(Refusal::of_status(rejection.status())),
    };
    match taken(&app, file).await {
        Ok(followed) => registry_page::told(&app, locale, StatusCode::OK, said(&app, locale, followed)),
        Err(refusal) => registry_page::told(&app, locale, refusal.status(), Err(refusal.sentence(locale))),
    }
}

async fn given(mut form: Multipart) -> Result<Bytes, Refusal> {
    match form.next_field().await? {
        Some(field) => Ok(field.bytes().await?),
        None => Err(Refusal::Empty),
    }
}

fn said(app: &App, locale: Locale, Followed { from, to }: Followed) -> Result<String, String> {
    let id = if from == to { "counter-handovers-known" } else { "counter-handovers-taken" };
    let operators = app.desk().verifier().light_client().operators();
    let operators = text(locale, "operators-count", &[("n", operators.into())]);
    let arguments =
        [("from", from.to_string().into()), ("to", to.to_string().into()), ("operators", operators.into())];
    Ok(text(locale, id, &arguments))
}

/// The same for programs: the file is the body.
pub(crate) async fn api(State(app): State<Shared>, body: Result<Bytes, BytesRejection>) -> Response {
    let file = body.map_err(|rejection| Refusal::of_status(rejection.status()));
    match taken(&app, file).await {
        Ok(Followed { from, to }) => Json(json!({ "from": from, "to": to })).into_response(),
        Err(refusal) => (refusal.status(), Json(json!({ "error": refusal.word() }))).into_response(),
    }
}

/// Verifies the file, which takes a moment for each operator in it, and keeps what it says.
async fn taken(app: &Shared, file: Result<Bytes, Refusal>) -> Result<Followed, Refusal> {
    let app = app.clone();
    let work = tokio::task::spawn_blocking(move || {
        let file = file?;
        if file.is_empty() {
            return Err(Refusal::Empty);
        }
        app.desk().follow_file(&file).map_err(|problem| match problem {
            ObserveProblem::Handovers(error) => Refusal::File(error),
            ObserveProblem::NotBelieved(_) | ObserveProblem::Store(_) | ObserveProblem::State(_) => {
                tracing::error!(%problem, "what a file of handovers says could not be kept");
                Refusal::Storage
            }
        })
    });
    let taken = work.await.unwrap_or(Err(Refusal::Storage));
    match &taken {
        Ok(Followed { from, to }) => tracing::info!(from, to, "followed a file of handovers"),
        Err(refusal) => tracing::info!(%refusal, "a file of handovers was not taken"),
    }
    taken
}
