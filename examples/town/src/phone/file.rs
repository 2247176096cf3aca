//! Presenting as a file: the counter's printed code, the consent sheet, then a file to save.

use super::{
    Reader, Shared,
    consent::{self, Way},
    problem::{PhoneError, answer},
    view::{Page, in_words, render},
};
use askama::Template;
use axum::{
    extract::{Multipart, Path, State},
    http::{StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use std::sync::Arc;
use yufu_core::{
    pages::{self, text},
    wallet::{CredentialId, Localized, PresentationFile, WalletError},
};

/// A file that waits to be saved. It holds claims, so it is forgotten with the moment that a counter
/// takes it no more, or when the phone is locked.
pub(super) struct Made {
    file: PresentationFile,
    credential: CredentialId,
    asker: Localized,
    purpose: Localized,
}

/// A file is for one counter: its printed code is asked for first.
pub(super) async fn ask_counter(
    State(phone): State<Shared>,
    Reader(locale): Reader,
    Path((credential, preset)): Path<(String, String)>,
) -> Response {
    match phone.wallet.file_presets_for(&CredentialId(credential.clone())) {
        Ok(presets) if presets.iter().any(|known| known.id == preset) => {
            consent::ask_counter(Way::File, &credential, &preset, locale, None)
        }
        Ok(_) => PhoneError::from(WalletError::UnknownPreset(preset)).into_response(locale),
        Err(error) => PhoneError::from(error).into_response(locale),
    }
}

/// The counter's printed code came: who asks, what for, and everything that the file would tell.
pub(super) async fn consent(
    State(phone): State<Shared>,
    Reader(locale): Reader,
    Path(names): Path<(String, String)>,
    form: Multipart,
) -> Response {
    consent::read_counter(Way::File, &phone, locale, names, form).await
}

/// The person agreed to exactly the sheet that was shown: a copy is spent on the file.
pub(super) async fn agree(
    State(phone): State<Shared>,
    Reader(locale): Reader,
    Path(id): Path<String>,
) -> Response {
    let work = || {
        let sheet = phone.file_consents.take(&id).ok_or(PhoneError::Over)?;
        let sheet = Arc::unwrap_or_clone(sheet);
        let (credential, asker, purpose) =
            (sheet.credential.clone(), sheet.asker.name(), sheet.purpose.clone());
        let file = phone.wallet.present_to_file(&sheet.agree())?;
        let id = phone.files.put(Made { file, credential, asker, purpose })?;
        Ok(Redirect::to(&format!("/file/{id}")).into_response())
    };
    answer(locale, work())
}

/// The file of that name, while a counter would still take it.
fn waiting(phone: &Shared, id: &str) -> Result<Arc<Made>, PhoneError> {
    let made = phone.files.peek(id).ok_or(PhoneError::FileOver)?;
    if phone.clock.now_ms() < made.file.good_until_ms {
        return Ok(made);
    }
    phone.files.take(id);
    Err(PhoneError::FileOver)
}

#[derive(Template)]
#[template(path = "phone/file.html")]
struct File {
    page: Page,
    id: String,
    name: String,
    asker: String,
    purpose: String,
    good_until: String,
}

pub(super) async fn page(
    State(phone): State<Shared>,
    Reader(locale): Reader,
    Path(id): Path<String>,
) -> Response {
    let work = || {
        let made = waiting(&phone, &id)?;
        let until = [("time", pages::minute(made.file.good_until_ms).into())];
        let page = File {
            page: Page { locale },
            name: made.file.name.clone(),
            asker: in_words(&made.asker, locale),
            purpose: in_words(&made.purpose, locale),
            good_until: text(locale, "phone-file-good-until", &until),
            id,
        };
        Ok(render(StatusCode::OK, &page))
    };
    answer(locale, work())
}

pub(super) async fn download(
    State(phone): State<Shared>,
    Reader(locale): Reader,
    Path(id): Path<String>,
) -> Response {
    let work = || {
        let made = waiting(&phone, &id)?;
        let attachment = format!(r#"attachment; filename="{}""#, made.file.name);
        let headers =
            [(header::CONTENT_TYPE, made.file.media_type.clone()), (header::CONTENT_DISPOSITION, attachment)];
        Ok((headers, made.file.content.clone()).into_response())
    };
    answer(locale, work())
}

pub(super) async fn end(State(phone): State<Shared>, Path(id): Path<String>) -> Redirect {
    match phone.files.take(&id) {
        Some(made) => Redirect::to(&format!("/card/{}", made.credential)),
        None => Redirect::to("/"),
    }
}
