//! Presenting as a file: the counter's printed code, the consent sheet, then a file to save.

use super::{
    Reader, Shared,
    offers::Given,
    problem::{PhoneError, answer},
    show::{freshen, scan_page},
    view::{Page, in_words, render, warning},
};
use askama::Template;
use axum::{
    extract::{Multipart, Path, State},
    http::{StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use std::sync::Arc;
use yufu_core::{
    pages::{self, Locale, text},
    wallet::{ConsentSheet, CredentialId, Localized, PresentationFile, WalletError},
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
            counter_page(&credential, &preset, locale, None)
        }
        Ok(_) => PhoneError::from(WalletError::UnknownPreset(preset)).into_response(locale),
        Err(error) => PhoneError::from(error).into_response(locale),
    }
}

fn counter_page(credential: &str, preset: &str, locale: Locale, problem: Option<String>) -> Response {
    scan_page(credential, &format!("file/{preset}"), "phone-file-counter-lede", locale, problem)
}

/// The counter's printed code came: who asks, what for, and everything that the file would tell.
pub(super) async fn consent(
    State(phone): State<Shared>,
    Reader(locale): Reader,
    Path((credential, preset)): Path<(String, String)>,
    form: Multipart,
) -> Response {
    let again = |problem| counter_page(&credential, &preset, locale, Some(problem));
    let printed = match Given::read(form).await.and_then(|given| given.one_text(locale)) {
        Ok(printed) => printed,
        Err(problem) => return again(problem.sentence(locale)),
    };
    freshen(&phone).await;
    match phone.wallet.file_consent_for(&CredentialId(credential.clone()), &preset, &printed) {
        Ok(sheet) => sheet_page(&phone, sheet, locale),
        Err(error @ WalletError::NotACounter) => again(PhoneError::from(error).sentence(locale)),
        Err(error) => PhoneError::from(error).into_response(locale),
    }
}

#[derive(Template)]
#[template(path = "phone/file-consent.html")]
struct Consent {
    page: Page,
    id: String,
    credential: String,
    title: String,
    warnings: Vec<String>,
    asker: String,
    purpose: String,
    fields: Vec<Field>,
}

struct Field {
    label: String,
    value: String,
    asked: bool,
}

fn sheet_page(phone: &Shared, sheet: ConsentSheet, locale: Locale) -> Response {
    let fields = sheet.fields.iter().map(|field| Field {
        label: in_words(&field.label, locale),
        value: in_words(&field.value, locale),
        asked: !sheet.unasked.contains(&field.path),
    });
    let title = [("title", in_words(&sheet.title, locale).into())];
    let page = Consent {
        page: Page { locale },
        id: String::new(),
        credential: sheet.credential.to_string(),
        title: text(locale, "consent-file-title", &title),
        warnings: sheet.warnings.iter().map(|w| warning(w, locale)).collect(),
        asker: in_words(&sheet.asker.name(), locale),
        purpose: in_words(&sheet.purpose, locale),
        fields: fields.collect(),
    };
    let put = phone.file_consents.put(sheet).map_err(PhoneError::from);
    answer(locale, put.map(|id| render(StatusCode::OK, &Consent { id, ..page })))
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
