//! The consent sheet, before a code is shown or a file is made: who asks, what for, and everything that would
//! be told.

use super::{
    Shared,
    offers::{Add, Given},
    problem::{PhoneError, answer},
    view::{Page, in_words, render, warning},
};
use askama::Template;
use axum::{extract::Multipart, http::StatusCode, response::Response};
use std::time::Duration;
use yufu_core::{
    pages::{Locale, text},
    wallet::{Asker, ConsentSheet, CredentialId, WalletError},
};

/// How long a person waits for newer proofs before the sheet opens.
const FRESHEN: Duration = Duration::from_secs(3);

/// How a counter is answered.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    Code,
    File,
}

/// A sheet's words, which tell a code that is gone in a minute from a file that can be kept.
struct Words {
    title: &'static str,
    fields: &'static str,
    beside: &'static str,
    agree: &'static str,
}

impl Way {
    fn words(self) -> Words {
        match self {
            Self::Code => Words {
                title: "consent-title",
                fields: "consent-fields",
                beside: "consent-nothing-else",
                agree: "consent-agree",
            },
            Self::File => Words {
                title: "consent-file-title",
                fields: "consent-file-fields",
                beside: "consent-file-beside",
                agree: "consent-file-agree",
            },
        }
    }
}

/// Fetches newer proofs where there is a network. Where there is none the sheet tells how old they are.
pub(super) async fn freshen(phone: &Shared) {
    if !phone.wallet.is_locked() {
        let refreshed = tokio::time::timeout(FRESHEN, phone.wallet.refresh()).await;
        tracing::debug!(in_time = refreshed.is_ok(), "proofs asked for before showing");
    }
}

/// Asks for the printed code of the counter that is to be answered.
pub(super) fn ask_counter(
    way: Way,
    credential: &str,
    preset: &str,
    locale: Locale,
    problem: Option<String>,
) -> Response {
    let (part, lede) = match way {
        Way::Code => ("show", "phone-scan-counter-lede"),
        Way::File => ("file", "phone-file-counter-lede"),
    };
    let page = Page { locale };
    let add = Add {
        title: page.t("phone-scan-counter-title"),
        lede: page.t(lede),
        problem,
        action: format!("/card/{credential}/{part}/{preset}"),
        text_label: page.t("phone-scan-counter-text-label"),
        text_hint: page.t("phone-scan-counter-text-hint"),
        back: format!("/card/{credential}"),
        page,
    };
    render(StatusCode::OK, &add)
}

/// The counter's printed code came: its sheet, or what was wrong with the code.
pub(super) async fn read_counter(
    way: Way,
    phone: &Shared,
    locale: Locale,
    (credential, preset): (String, String),
    form: Multipart,
) -> Response {
    let again = |problem| ask_counter(way, &credential, &preset, locale, Some(problem));
    let printed = match Given::read(form).await.and_then(|given| given.one_text(locale)) {
        Ok(printed) => printed,
        Err(problem) => return again(problem.sentence(locale)),
    };
    freshen(phone).await;
    let id = CredentialId(credential.clone());
    let sheet = match way {
        Way::Code => phone.wallet.consent_for(&id, &preset, Some(&printed)),
        Way::File => phone.wallet.file_consent_for(&id, &preset, &printed),
    };
    match sheet {
        Ok(sheet) => sheet_page(way, phone, sheet, locale),
        Err(error @ WalletError::NotACounter) => again(PhoneError::from(error).sentence(locale)),
        Err(error) => PhoneError::from(error).into_response(locale),
    }
}

#[derive(Template)]
#[template(path = "phone/consent.html")]
struct Consent {
    page: Page,
    id: String,
    way: Way,
    words: Words,
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
    /// Whether the counter asks for it, or it goes along with the file.
    asked: bool,
}

/// Shows the sheet, and keeps it to be agreed to.
pub(super) fn sheet_page(way: Way, phone: &Shared, sheet: ConsentSheet, locale: Locale) -> Response {
    let name = in_words(&sheet.asker.name(), locale);
    let asker = match (way, &sheet.asker) {
        (Way::File, _) => name,
        (Way::Code, Asker::Class { .. }) => text(locale, "consent-asker-class", &[("name", name.into())]),
        (Way::Code, _) => text(locale, "consent-asker-counter", &[("name", name.into())]),
    };
    let words = way.words();
    let title = [("title", in_words(&sheet.title, locale).into())];
    let page = Consent {
        page: Page { locale },
        id: String::new(),
        way,
        credential: sheet.credential.to_string(),
        title: text(locale, words.title, &title),
        words,
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
                let asked = !sheet.unasked.contains(&field.path);
                Field { label: in_words(&field.label, locale), value, asked }
            })
            .collect(),
    };
    let waiting = match way {
        Way::Code => &phone.consents,
        Way::File => &phone.file_consents,
    };
    let put = waiting.put(sheet).map_err(PhoneError::from);
    answer(locale, put.map(|id| render(StatusCode::OK, &Consent { id, ..page })))
}
