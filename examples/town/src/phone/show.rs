//! Showing: the consent sheet, then a code that renews itself.

use super::{
    Reader, Shared,
    consent::{Way, ask_counter, freshen, read_counter, sheet_page},
    problem::{PhoneError, answer},
    view::{Page, in_words, render},
};
use askama::Template;
use axum::{
    Json,
    extract::{Multipart, Path, State},
    http::{StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use serde_json::json;
use std::sync::Arc;
use yufu_core::{
    qr,
    wallet::{CredentialId, Localized, ShowSession, WalletError},
};

/// A display in progress.
pub(super) struct Showing {
    session: ShowSession,
    credential: CredentialId,
    asker: Localized,
    purpose: Localized,
}

/// The consent sheet of a preset for a class of counters; where the preset is for one counter, its
/// printed code is asked for first.
pub(super) async fn consent(
    State(phone): State<Shared>,
    Reader(locale): Reader,
    Path((credential, preset)): Path<(String, String)>,
) -> Response {
    freshen(&phone).await;
    match phone.wallet.consent_for(&CredentialId(credential.clone()), &preset, None) {
        Ok(sheet) => sheet_page(Way::Code, &phone, sheet, locale),
        Err(WalletError::CounterNeeded) => ask_counter(Way::Code, &credential, &preset, locale, None),
        Err(error) => PhoneError::from(error).into_response(locale),
    }
}

/// The counter's printed code came.
pub(super) async fn scan_counter(
    State(phone): State<Shared>,
    Reader(locale): Reader,
    Path(names): Path<(String, String)>,
    form: Multipart,
) -> Response {
    read_counter(Way::Code, &phone, locale, names, form).await
}

/// The person agreed to exactly the sheet that was shown: it is spent with this.
pub(super) async fn agree(
    State(phone): State<Shared>,
    Reader(locale): Reader,
    Path(id): Path<String>,
) -> Response {
    let work = || {
        let sheet = phone.consents.take(&id).ok_or(PhoneError::Over)?;
        let sheet = Arc::unwrap_or_clone(sheet);
        let (credential, asker, purpose) =
            (sheet.credential.clone(), sheet.asker.name(), sheet.purpose.clone());
        let session = phone.wallet.show(sheet.agree())?;
        let name = phone.shows.put(Showing { session, credential, asker, purpose })?;
        Ok(Redirect::to(&format!("/show/{name}")).into_response())
    };
    answer(locale, work())
}

#[derive(Template)]
#[template(path = "phone/show.html")]
struct Show {
    page: Page,
    session: String,
    frame_ms: u32,
    asker: String,
    purpose: String,
}

pub(super) async fn page(
    State(phone): State<Shared>,
    Reader(locale): Reader,
    Path(name): Path<String>,
) -> Response {
    let work = || {
        let showing = phone.shows.peek(&name).ok_or(PhoneError::Over)?;
        let page = Show {
            page: Page { locale },
            session: name,
            frame_ms: qr::image::FRAME_MS,
            asker: in_words(&showing.asker, locale),
            purpose: in_words(&showing.purpose, locale),
        };
        Ok(render(StatusCode::OK, &page))
    };
    answer(locale, work())
}

/// The code to show now: its pictures as SVG, the texts in them, and when the next one is due.
pub(super) async fn code(
    State(phone): State<Shared>,
    Reader(locale): Reader,
    Path(name): Path<String>,
) -> Response {
    let work = || {
        let showing = phone.shows.peek(&name).ok_or(PhoneError::Over)?;
        let now_ms = phone.clock.now_ms();
        let code = showing.session.code(now_ms)?;
        let frames: Vec<_> = code.frames.iter().filter_map(|frame| qr::render::svg(frame).ok()).collect();
        let answer = json!({
            "frames": frames,
            "texts": code.frames,
            "next_in_ms": code.next_at_ms.saturating_sub(now_ms),
            "payload_bytes": code.payload_bytes,
        });
        Ok(Json(answer).into_response())
    };
    answer(locale, work())
}

/// The code as an animation, for a page without its script and for saving.
pub(super) async fn code_gif(
    State(phone): State<Shared>,
    Reader(locale): Reader,
    Path(name): Path<String>,
) -> Response {
    let work = || {
        let showing = phone.shows.peek(&name).ok_or(PhoneError::Over)?;
        let code = showing.session.code(phone.clock.now_ms())?;
        let gif = qr::image::gif(&code.frames, 4).map_err(PhoneError::from)?;
        Ok(([(header::CONTENT_TYPE, "image/gif")], gif).into_response())
    };
    answer(locale, work())
}

pub(super) async fn end(State(phone): State<Shared>, Path(name): Path<String>) -> Redirect {
    match phone.shows.take(&name) {
        Some(showing) => Redirect::to(&format!("/card/{}", showing.credential)),
        None => Redirect::to("/"),
    }
}
