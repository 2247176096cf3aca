//! Showing: the consent sheet, then a code that renews itself.

use super::{
    Reader, Shared,
    offers::{Add, Given},
    problem::{PhoneError, answer},
    view::{Page, in_words, render, warning},
};
use askama::Template;
use axum::{
    Json,
    extract::{Multipart, Path, State},
    http::{StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use serde_json::json;
use std::{sync::Arc, time::Duration};
use yufu_core::{
    pages::{Locale, text},
    qr,
    wallet::{Asker, ConsentSheet, CredentialId, Localized, ShowSession, WalletError},
};

/// A display in progress.
pub(super) struct Showing {
    session: ShowSession,
    credential: CredentialId,
    asker: Localized,
    purpose: Localized,
}

#[derive(Template)]
#[template(path = "phone/consent.html")]
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
}

/// How long a person waits for newer proofs before the sheet opens.
const FRESHEN: Duration = Duration::from_secs(3);

/// The consent sheet of a preset for a class of counters; where the preset is for one counter, its
/// printed code is asked for first.
pub(super) async fn consent(
    State(phone): State<Shared>,
    Reader(locale): Reader,
    Path((credential, preset)): Path<(String, String)>,
) -> Response {
    freshen(&phone).await;
    let sheet = phone.wallet.consent_for(&CredentialId(credential.clone()), &preset, None);
    match sheet {
        Ok(sheet) => sheet_page(&phone, sheet, locale),
        Err(WalletError::CounterNeeded) => {
            scan_page(&credential, &format!("show/{preset}"), "phone-scan-counter-lede", locale, None)
        }
        Err(error) => PhoneError::from(error).into_response(locale),
    }
}

/// The counter's printed code came.
pub(super) async fn scan_counter(
    State(phone): State<Shared>,
    Reader(locale): Reader,
    Path((credential, preset)): Path<(String, String)>,
    form: Multipart,
) -> Response {
    let again = |problem| {
        scan_page(&credential, &format!("show/{preset}"), "phone-scan-counter-lede", locale, Some(problem))
    };
    let printed = match Given::read(form).await.and_then(|given| given.one_text(locale)) {
        Ok(printed) => printed,
        Err(problem) => return again(problem.sentence(locale)),
    };
    freshen(&phone).await;
    let sheet = phone.wallet.consent_for(&CredentialId(credential.clone()), &preset, Some(&printed));
    match sheet {
        Ok(sheet) => sheet_page(&phone, sheet, locale),
        Err(error @ WalletError::NotACounter) => again(PhoneError::from(error).sentence(locale)),
        Err(error) => PhoneError::from(error).into_response(locale),
    }
}

/// Fetches newer proofs where there is a network. Where there is none the sheet tells how old they are.
pub(super) async fn freshen(phone: &Shared) {
    if !phone.wallet.is_locked() {
        let refreshed = tokio::time::timeout(FRESHEN, phone.wallet.refresh()).await;
        tracing::debug!(in_time = refreshed.is_ok(), "proofs asked for before showing");
    }
}

/// Asks for the printed code of a counter; it is posted to `/card/{credential}/{way}`.
pub(super) fn scan_page(
    credential: &str,
    way: &str,
    lede: &str,
    locale: Locale,
    problem: Option<String>,
) -> Response {
    let page = Page { locale };
    let add = Add {
        title: page.t("phone-scan-counter-title"),
        lede: page.t(lede),
        problem,
        action: format!("/card/{credential}/{way}"),
        text_label: page.t("phone-scan-counter-text-label"),
        text_hint: page.t("phone-scan-counter-text-hint"),
        back: format!("/card/{credential}"),
        page,
    };
    render(StatusCode::OK, &add)
}

fn sheet_page(phone: &Shared, sheet: ConsentSheet, locale: Locale) -> Response {
    let name = in_words(&sheet.asker.name(), locale);
    let asker = match &sheet.asker {
        Asker::Class { .. } => text(locale, "consent-asker-class", &[("name", name.into())]),
        _ => text(locale, "consent-asker-counter", &[("name", name.into())]),
    };
    let title = [("title", in_words(&sheet.title, locale).into())];
    let page = Consent {
        page: Page { locale },
        id: String::new(),
        credential: sheet.credential.to_string(),
        title: text(locale, "consent-title", &title),
        warnings: sheet.warnings.iter().map(|w| warning(w, locale)).collect(),
        asker,
        purpose: in_words(&sheet.purpose, locale),
        fields: sheet
            .fields
            .iter()
            .map(|field| {
                let value = in_words(&field.value, locale);
                // A picture has no words of its own: say what it is for.
                let value = if value.is_empty() { text(locale, "consent-fields-face", &[]) } else { value };
                Field { label: in_words(&field.label, locale), value }
            })
            .collect(),
    };
    let put = phone.consents.put(sheet).map_err(PhoneError::from);
    answer(locale, put.map(|id| render(StatusCode::OK, &Consent { id, ..page })))
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
