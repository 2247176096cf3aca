//! The wallet's words for screens.

use askama::Template;
use axum::{
    http::StatusCode,
    response::{Html, IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use yufu_core::{
    pages::{self, Locale, text},
    wallet::{CredentialState, CredentialSummary, Localized, Notice, Warning},
};

/// What every page's frame shows.
pub(super) struct Page {
    pub(super) locale: Locale,
}

impl Page {
    pub(super) fn t(&self, id: &str) -> String {
        text(self.locale, id, &[])
    }

    pub(super) fn mark(&self) -> &'static str {
        pages::MARK
    }
}

pub(super) fn render(status: StatusCode, page: &impl Template) -> Response {
    match page.render() {
        Ok(html) => (status, Html(html)).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page could not be rendered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

pub(super) fn in_words(words: &Localized, locale: Locale) -> String {
    words.text(locale == Locale::ZhCn).to_owned()
}

/// A credential's card.
pub(super) struct Card {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) issuer: String,
    pub(super) state_word: &'static str,
    pub(super) state: String,
    pub(super) state_tag: &'static str,
    pub(super) proof: String,
    pub(super) copies: String,
    pub(super) stripe: String,
}

impl Card {
    pub(super) fn of(summary: &CredentialSummary, locale: Locale) -> Self {
        let word = summary.state.word();
        let proof = summary.staple_age.map_or_else(
            || text(locale, "phone-card-proof-none", &[]),
            |age| {
                let age = pages::age(locale, age.status_ms);
                text(locale, "phone-card-proof-age", &[("age", age.into())])
            },
        );
        let copies = text(
            locale,
            "phone-card-copies-of",
            &[("left", summary.copies_left.into()), ("total", summary.copies.into())],
        );
        Self {
            id: summary.id.to_string(),
            title: in_words(&summary.title, locale),
            issuer: in_words(&summary.issuer, locale),
            state_word: word,
            state: text(locale, &format!("phone-state-{}", word.replace('_', "-")), &[]),
            state_tag: match summary.state {
                CredentialState::Valid => "tag--valid",
                CredentialState::Unknown | CredentialState::NotYetValid => "tag--again",
                _ => "tag--refused",
            },
            proof,
            copies,
            stripe: stripe(summary.colours.as_ref().map(|colours| colours.background.as_str())),
        }
    }
}

/// The coloured edge of a card. A colour comes from a type's description, so it is read, not pasted.
fn stripe(colour: Option<&str>) -> String {
    let colour = colour.filter(|c| {
        c.strip_prefix('#')
            .is_some_and(|hex| matches!(hex.len(), 3 | 6) && hex.bytes().all(|b| b.is_ascii_hexdigit()))
    });
    format!(
        r#"<svg class="credential__stripe" viewBox="0 0 1 1" preserveAspectRatio="none" aria-hidden="true"><rect width="1" height="1" fill="{}"/></svg>"#,
        colour.unwrap_or("#0a4d5e")
    )
}

pub(super) fn notice(notice: &Notice, locale: Locale) -> String {
    let age = |ms: u64| pages::age(locale, ms);
    match notice {
        Notice::FewCopies { left } => text(locale, "phone-notice-few-copies", &[("n", (*left).into())]),
        Notice::CopiesSpent => text(locale, "phone-notice-copies-spent", &[]),
        Notice::NotYetValid { from } => {
            text(locale, "phone-notice-not-yet-valid", &[("day", pages::day(*from).into())])
        }
        Notice::ClockWrong => text(locale, "phone-notice-clock-wrong", &[]),
        Notice::NetworkConflict => text(locale, "phone-notice-network-conflict", &[]),
        Notice::ProofOld { status_ms } => {
            text(locale, "phone-notice-proof-old", &[("age", age(*status_ms).into())])
        }
        Notice::NoProof => text(locale, "phone-notice-no-proof", &[]),
    }
}

pub(super) fn warning(warning: &Warning, locale: Locale) -> String {
    let plain = |id: &str| text(locale, id, &[]);
    match warning {
        Warning::EverythingTravels => plain("consent-warning-everything-travels"),
        Warning::FaceTravels => plain("consent-warning-face-travels"),
        Warning::CounterNotRegistered => plain("consent-warning-counter-not-registered"),
        Warning::CopyReused => plain("consent-warning-copy-reused"),
        Warning::FewCopies { left } => text(locale, "consent-warning-few-copies", &[("n", (*left).into())]),
        Warning::ProofTooOld { status_ms } => {
            let age = pages::age(locale, *status_ms);
            text(locale, "consent-warning-proof-too-old", &[("age", age.into())])
        }
        Warning::NoProof => plain("consent-warning-no-proof"),
        Warning::NotYetValid => plain("consent-warning-not-yet-valid"),
        Warning::Expired => plain("consent-warning-expired"),
        Warning::Suspended => plain("consent-warning-suspended"),
        Warning::Revoked => plain("consent-warning-revoked"),
        Warning::IssuerNotTrusted => plain("consent-warning-issuer-not-trusted"),
        Warning::ClockWrong => plain("consent-warning-clock-wrong"),
        Warning::NetworkConflict => plain("consent-warning-network-conflict"),
    }
}

/// A picture as a `data:` address.
pub(super) fn data_url(picture: &[u8]) -> Option<String> {
    let kind = image::guess_format(picture).ok()?.to_mime_type();
    Some(format!("data:{kind};base64,{}", STANDARD.encode(picture)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_that_is_none_cannot_write_into_the_page() {
        assert!(stripe(Some("#a1b2c3")).contains("#a1b2c3"));
        for bad in ["red", "#12", "#12345g", "\"/><script>"] {
            assert!(stripe(Some(bad)).contains("#0a4d5e"), "{bad}");
        }
    }
}
