//! The verdict's panel: icon, title, sentence, next step; the face and the fields when it is valid.

use crate::{desk::AnsweredBy, labels, pages::Page, server::App};
use askama::Template;
use base64::{Engine, engine::general_purpose::STANDARD};
use yufu_core::{
    Verdict,
    pages::{self, Locale, text},
};
use yufu_verifier::{Outcome, Reason};

#[derive(Template)]
#[template(path = "panel.html")]
struct Panel {
    page: Page,
    /// Where the next person is checked.
    again: String,
    word: &'static str,
    tone: &'static str,
    icon: &'static str,
    title: String,
    sentence: String,
    reason: Option<String>,
    next: String,
    /// The part of the page about registry and clock that says more.
    more: Option<&'static str>,
    exception: Option<String>,
    portrait: Option<String>,
    fields: Vec<Fact>,
    facts: Vec<Fact>,
    clearing: String,
}

struct Fact {
    label: String,
    value: String,
}

/// The panel of `outcome`, as HTML.
///
/// # Errors
/// What askama says.
pub(crate) fn render(
    app: &App,
    locale: Locale,
    preset: &str,
    brought: AnsweredBy,
    outcome: &Outcome,
) -> Result<String, askama::Error> {
    let verdict = outcome.verdict;
    let panel = Panel {
        page: Page::new(app, locale),
        again: match brought {
            AnsweredBy::Code => format!("/scan/{preset}"),
            AnsweredBy::File => format!("/file/{preset}"),
        },
        word: verdict.word(),
        tone: pages::tone(verdict).class(),
        icon: pages::icon(verdict),
        title: pages::verdict_title(locale, verdict),
        sentence: labels::of_file(brought, &verdict_text(verdict, "sentence"), locale)
            .unwrap_or_else(|| pages::verdict_sentence(locale, verdict)),
        reason: outcome.reason.and_then(|reason| labels::reason(reason, brought, locale)),
        next: if outcome.reason == Some(Reason::NetworkConflict) {
            text(locale, "counter-conflict-next", &[])
        } else {
            labels::of_file(brought, &verdict_text(verdict, "next"), locale)
                .unwrap_or_else(|| pages::next_step(locale, verdict))
        },
        more: more(outcome),
        exception: pages::exception_route(locale, verdict),
        portrait: outcome.portrait_small.as_deref().and_then(data_url),
        fields: fields(outcome, locale),
        facts: facts(outcome, locale),
        clearing: match brought {
            AnsweredBy::Code => text(locale, "counter-clearing-now", &[]),
            // The answer itself tells the browser when to leave.
            AnsweredBy::File => {
                text(locale, "counter-clearing", &[]).replace("{n}", &app.clear_after_s.to_string())
            }
        },
    };
    panel.render()
}

fn more(outcome: &Outcome) -> Option<&'static str> {
    match outcome.reason {
        Some(Reason::WrongEpoch) => Some("handovers"),
        Some(Reason::NetworkConflict) => Some("content"),
        _ => (outcome.verdict == Verdict::ClockWrong).then_some("clock"),
    }
}

fn verdict_text(verdict: Verdict, part: &str) -> String {
    format!("verdict-{}-{part}", verdict.word().replace('_', "-"))
}

fn fields(outcome: &Outcome, locale: Locale) -> Vec<Fact> {
    let vct = outcome.credential_type.as_deref().unwrap_or_default();
    let mut facts = Vec::new();
    for field in &outcome.fields {
        labels::flatten(vct, &field.path, &field.value, locale, &mut |label, value| {
            facts.push(Fact { label, value });
        });
    }
    facts
}

fn facts(outcome: &Outcome, locale: Locale) -> Vec<Fact> {
    let mut facts = Vec::new();
    let mut fact = |id: &str, value: String| facts.push(Fact { label: text(locale, id, &[]), value });
    if let Some(issuer) = &outcome.issuer {
        let name = match locale {
            Locale::ZhCn => &issuer.zh,
            Locale::En => &issuer.en,
        };
        // Where the registry has no name, proven absent, the identifier is all there is to note.
        fact("counter-fact-issuer", if name.is_empty() { issuer.did.clone() } else { name.clone() });
    }
    let ago = |ms| text(locale, "counter-fact-ago", &[("age", pages::age(locale, ms).into())]);
    if let Some(ms) = outcome.status_age_ms {
        fact("counter-fact-status-age", ago(ms));
    }
    if let Some(ms) = outcome.header_age_ms {
        fact("counter-fact-header-age", ago(ms));
    }
    if outcome.operators > 0 {
        fact("counter-fact-operators", text(locale, "operators-count", &[("n", outcome.operators.into())]));
    }
    facts
}

/// A picture as a `data:` address, which leaves the screen with the panel.
fn data_url(picture: &[u8]) -> Option<String> {
    let kind = image::guess_format(picture).ok()?.to_mime_type();
    Some(format!("data:{kind};base64,{}", STANDARD.encode(picture)))
}
