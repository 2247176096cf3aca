//! What the phone says when something did not work.

use super::{
    Reader,
    view::{Page, render},
};
use askama::Template;
use axum::{
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use yufu_core::{
    pages::{Locale, text},
    wallet::WalletError,
};

/// Why a page was not shown as asked.
#[derive(Debug, thiserror::Error)]
pub(super) enum PhoneError {
    #[error(transparent)]
    Wallet(#[from] WalletError),
    #[error("the source of randomness failed")]
    Random(#[from] yufu_core::RandomError),
    #[error(transparent)]
    Drawing(#[from] yufu_core::qr::image::ImageError),
    #[error("there is no such page")]
    NotFound,
    #[error("this display has ended")]
    Over,
    #[error("this file is kept no longer")]
    FileOver,
}

impl PhoneError {
    /// The sentence for the person.
    pub(super) fn sentence(&self, locale: Locale) -> String {
        let id = match self {
            Self::Wallet(error) => sentence_id(error),
            Self::Random(_) | Self::Drawing(_) => "phone-problem-other",
            Self::NotFound => "phone-problem-not-found",
            Self::Over => "phone-show-over",
            Self::FileOver => "phone-file-over",
        };
        text(locale, id, &[])
    }

    /// The particulars, in the wallet's own words.
    pub(super) fn details(&self, locale: Locale) -> Option<String> {
        let Self::Wallet(error) = self else { return None };
        Some(text(locale, "phone-problem-details", &[("details", error.to_string().into())]))
    }

    pub(super) fn into_response(self, locale: Locale) -> Response {
        if matches!(self, Self::Wallet(WalletError::Locked)) {
            return Redirect::to("/unlock").into_response();
        }
        tracing::info!(error = %self, "the phone said no");
        let status = match self {
            Self::NotFound | Self::Over | Self::FileOver | Self::Wallet(WalletError::NotFound) => {
                StatusCode::NOT_FOUND
            }
            _ => StatusCode::UNPROCESSABLE_ENTITY,
        };
        let page =
            Problem { sentence: self.sentence(locale), details: self.details(locale), page: Page { locale } };
        render(status, &page)
    }
}

fn sentence_id(error: &WalletError) -> &'static str {
    match error {
        WalletError::Locked => "phone-problem-locked",
        WalletError::Vault(_) => "phone-problem-vault",
        WalletError::NotFound => "phone-problem-not-found",
        WalletError::UnknownPreset(_)
        | WalletError::PresetNotAnswered(_)
        | WalletError::GradeNotSupported => "phone-problem-preset",
        WalletError::NotACounter | WalletError::CounterNeeded => "phone-problem-counter",
        WalletError::Issuance(_) => "phone-problem-issuance",
        WalletError::Registry(_) => "phone-problem-registry",
        WalletError::Refused(_) => "phone-problem-refused",
        _ => "phone-problem-other",
    }
}

#[derive(Template)]
#[template(path = "phone/problem.html")]
struct Problem {
    page: Page,
    sentence: String,
    details: Option<String>,
}

/// A page or what went wrong, in the reader's language.
pub(super) fn answer(locale: Locale, result: Result<Response, PhoneError>) -> Response {
    result.unwrap_or_else(|error| error.into_response(locale))
}

pub(super) async fn not_found(Reader(locale): Reader) -> Response {
    PhoneError::NotFound.into_response(locale)
}
