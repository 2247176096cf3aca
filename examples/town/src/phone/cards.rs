//! The list of credentials, one credential, its refresh and deletion; history; lock.

use super::{
    Reader, Shared,
    problem::{PhoneError, answer},
    view::{Card, Page, data_url, in_words, notice, render},
};
use askama::Template;
use axum::{
    Form,
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use yufu_core::{
    pages::{self, Locale, text},
    presentation::preset::Preset,
    wallet::{CredentialId, HistoryEntry, HistoryEvent, PresetTitle, RefreshReport, WalletError},
};

#[derive(Template)]
#[template(path = "phone/cards.html")]
struct Cards {
    page: Page,
    message: Option<String>,
    cards: Vec<Card>,
}

/// What a redirect says happened: words of ours alone are shown.
#[derive(Deserialize)]
pub(super) struct Happened {
    #[serde(default)]
    done: String,
    #[serde(default)]
    n: u32,
}

impl Happened {
    fn message(&self, locale: Locale) -> Option<String> {
        match self.done.as_str() {
            "added" => Some(text(locale, "phone-added", &[])),
            "refreshed" => Some(text(locale, "phone-refreshed", &[])),
            "offline" => Some(text(locale, "phone-refresh-offline", &[])),
            "conflict" => Some(text(locale, "phone-notice-network-conflict", &[])),
            "clock" => Some(text(locale, "phone-notice-clock-wrong", &[])),
            "partly" => Some(text(locale, "phone-refresh-partly", &[("n", self.n.into())])),
            _ => None,
        }
    }
}

pub(super) async fn list(
    State(phone): State<Shared>,
    Reader(locale): Reader,
    Query(happened): Query<Happened>,
) -> Response {
    let work = || {
        let cards = phone.wallet.credentials()?.iter().map(|summary| Card::of(summary, locale)).collect();
        let message = happened.message(locale);
        Ok(render(StatusCode::OK, &Cards { page: Page { locale }, message, cards }))
    };
    answer(locale, work())
}

#[derive(Deserialize)]
pub(super) struct Back {
    #[serde(default)]
    back: String,
}

pub(super) async fn refresh(
    State(phone): State<Shared>,
    Reader(locale): Reader,
    Form(back): Form<Back>,
) -> Response {
    let known = phone.wallet.credential(&CredentialId(back.back.clone())).is_ok();
    let to = if known { format!("/card/{}", back.back) } else { "/".to_owned() };
    let result = phone.wallet.refresh().await.map_err(PhoneError::from);
    answer(locale, result.map(|report| Redirect::to(&format!("{to}?{}", said(&report))).into_response()))
}

fn said(report: &RefreshReport) -> String {
    let kept = report.credentials.iter().filter(|credential| !credential.refreshed).count();
    if report.network_conflict {
        "done=conflict".into()
    } else if report.clock_wrong {
        "done=clock".into()
    } else if report.offline {
        "done=offline".into()
    } else if kept > 0 {
        format!("done=partly&n={kept}")
    } else {
        "done=refreshed".into()
    }
}

#[derive(Template)]
#[template(path = "phone/card.html")]
struct CardPage {
    page: Page,
    card: Card,
    message: Option<String>,
    notices: Vec<String>,
    presets: Vec<Choice>,
    validity: Option<String>,
    key_level: Option<String>,
    fields: Vec<Field>,
}

struct Choice {
    to: String,
    title: String,
    purpose: String,
    as_file: bool,
}

impl Choice {
    fn of(credential: &CredentialId, preset: &PresetTitle, as_file: bool, locale: Locale) -> Self {
        let way = if as_file { "file" } else { "show" };
        Self {
            to: format!("/card/{credential}/{way}/{}", preset.id),
            title: in_words(&preset.title, locale),
            purpose: Preset::named(&preset.id)
                .map_or_else(String::new, |known| known.purpose(locale.tag()).to_owned()),
            as_file,
        }
    }
}

struct Field {
    label: String,
    value: String,
    image: Option<String>,
}

pub(super) async fn card(
    State(phone): State<Shared>,
    Reader(locale): Reader,
    Path(id): Path<String>,
    Query(happened): Query<Happened>,
) -> Response {
    let work = || {
        let details = phone.wallet.credential(&CredentialId(id))?;
        let summary = &details.summary;
        let (codes, files) =
            (phone.wallet.presets_for(&summary.id)?, phone.wallet.file_presets_for(&summary.id)?);
        let codes = codes.iter().map(|preset| Choice::of(&summary.id, preset, false, locale));
        let files = files.iter().map(|preset| Choice::of(&summary.id, preset, true, locale));
        let validity = summary.valid_from.zip(summary.valid_to).map(|(from, to)| {
            let days = [("from", pages::day(from).into()), ("to", pages::day(to).into())];
            text(locale, "phone-card-validity-range", &days)
        });
        let fields = details
            .fields
            .iter()
            .map(|field| Field {
                label: in_words(&field.label, locale),
                value: in_words(&field.value, locale),
                image: field.image.as_deref().and_then(data_url),
            })
            .collect();
        let page = CardPage {
            page: Page { locale },
            card: Card::of(summary, locale),
            message: happened.message(locale),
            notices: summary.notices.iter().map(|n| notice(n, locale)).collect(),
            presets: codes.chain(files).collect(),
            validity,
            key_level: details.key_level.as_deref().map(|level| key_level(level, locale)),
            fields,
        };
        Ok(render(StatusCode::OK, &page))
    };
    answer(locale, work())
}

fn key_level(level: &str, locale: Locale) -> String {
    let id = format!("phone-key-{}", level.replace('_', "-"));
    if pages::has_text(locale, &id) { text(locale, &id, &[]) } else { level.to_owned() }
}

#[derive(Template)]
#[template(path = "phone/delete.html")]
struct AskDelete {
    page: Page,
    id: String,
    title: String,
}

pub(super) async fn ask_delete(
    State(phone): State<Shared>,
    Reader(locale): Reader,
    Path(id): Path<String>,
) -> Response {
    let work = || {
        let details = phone.wallet.credential(&CredentialId(id.clone()))?;
        let title = in_words(&details.summary.title, locale);
        Ok(render(StatusCode::OK, &AskDelete { page: Page { locale }, id, title }))
    };
    answer(locale, work())
}

pub(super) async fn delete(
    State(phone): State<Shared>,
    Reader(locale): Reader,
    Path(id): Path<String>,
) -> Response {
    let deleted = phone.wallet.delete(&CredentialId(id)).map_err(PhoneError::from);
    answer(locale, deleted.map(|()| Redirect::to("/").into_response()))
}

#[derive(Template)]
#[template(path = "phone/history.html")]
struct History {
    page: Page,
    lines: Vec<Line>,
}

struct Line {
    time: String,
    title: String,
    what: String,
    more: Vec<String>,
}

pub(super) async fn history(State(phone): State<Shared>, Reader(locale): Reader) -> Response {
    let work = || {
        let lines = phone.wallet.history()?.iter().map(|entry| line(entry, locale)).collect();
        Ok(render(StatusCode::OK, &History { page: Page { locale }, lines }))
    };
    answer(locale, work())
}

fn line(entry: &HistoryEntry, locale: Locale) -> Line {
    let (what, more) = match &entry.event {
        HistoryEvent::Received { copies } => {
            (text(locale, "phone-history-received", &[("n", (*copies).into())]), Vec::new())
        }
        HistoryEvent::Shown { asker, purpose, fields, reused_copy, .. } => {
            let separator = if locale == Locale::ZhCn { "、" } else { ", " };
            let fields: Vec<_> = fields.iter().map(|label| in_words(label, locale)).collect();
            let disclosed = [("fields", fields.join(separator).into())];
            let mut more =
                vec![in_words(purpose, locale), text(locale, "phone-history-shown-fields", &disclosed)];
            if *reused_copy {
                more.push(text(locale, "phone-history-reused", &[]));
            }
            let asker = [("asker", in_words(asker, locale).into())];
            (text(locale, "phone-history-shown", &asker), more)
        }
        _ => (text(locale, "phone-history-deleted", &[]), Vec::new()),
    };
    Line { time: pages::minute(entry.at_ms), title: in_words(&entry.title, locale), what, more }
}

pub(super) async fn erase_history(State(phone): State<Shared>, Reader(locale): Reader) -> Response {
    let erased = phone.wallet.erase_history().map_err(PhoneError::from);
    answer(locale, erased.map(|()| Redirect::to("/history").into_response()))
}

pub(super) async fn lock(State(phone): State<Shared>) -> Redirect {
    phone.wallet.lock();
    // Both hold claims in the clear.
    phone.files.clear();
    phone.file_consents.clear();
    Redirect::to("/unlock")
}

#[derive(Template)]
#[template(path = "phone/unlock.html")]
struct Unlock {
    page: Page,
    problem: Option<String>,
}

pub(super) async fn ask_unlock(Reader(locale): Reader) -> Response {
    render(StatusCode::OK, &Unlock { page: Page { locale }, problem: None })
}

#[derive(Deserialize)]
pub(super) struct Passphrase {
    passphrase: String,
}

pub(super) async fn unlock(
    State(phone): State<Shared>,
    Reader(locale): Reader,
    Form(given): Form<Passphrase>,
) -> Response {
    // Deriving the key takes a good part of a second on purpose.
    let unlocked = tokio::task::spawn_blocking(move || {
        phone.wallet.unlock(Some(given.passphrase.as_str()).filter(|p| !p.is_empty()))
    });
    match unlocked.await {
        Ok(Ok(())) => Redirect::to("/").into_response(),
        Ok(Err(error @ WalletError::Vault(_))) => {
            let problem = Some(PhoneError::from(error).sentence(locale));
            render(StatusCode::FORBIDDEN, &Unlock { page: Page { locale }, problem })
        }
        Ok(Err(error)) => PhoneError::from(error).into_response(locale),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
