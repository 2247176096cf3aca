//! How each verdict is shown: icon, title, sentence, next step.

use super::{Locale, text};
use crate::Verdict;

/// How a verdict's panel is drawn. Shape and words say the same as the colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Tone {
    /// Every check passed.
    Valid,
    /// The credential does not hold, or the code is not an honest one.
    Refused,
    /// Nothing is proven either way: do something and try again.
    Again,
}

impl Tone {
    /// The CSS class of the panel.
    #[must_use]
    pub fn class(self) -> &'static str {
        match self {
            Self::Valid => "verdict--valid",
            Self::Refused => "verdict--refused",
            Self::Again => "verdict--again",
        }
    }
}

/// How the panel of `verdict` is drawn.
#[must_use]
pub fn tone(verdict: Verdict) -> Tone {
    match verdict {
        Verdict::Valid => Tone::Valid,
        Verdict::CodeStale
        | Verdict::ClockWrong
        | Verdict::WrongAudience
        | Verdict::RequestNotAnswered
        | Verdict::StatusUnknown
        | Verdict::Unreadable => Tone::Again,
        Verdict::Expired
        | Verdict::NotYetValid
        | Verdict::Revoked
        | Verdict::Suspended
        | Verdict::UnknownIssuer
        | Verdict::IssuerNotAccredited
        | Verdict::KeyNotValidAtSigning
        | Verdict::Tampered
        | Verdict::HolderNotProven
        | Verdict::Replayed => Tone::Refused,
    }
}

/// The icon of `verdict`: an SVG of 48 × 48 units in the text's colour, hidden from screen readers, since
/// the title beside it says the same.
#[must_use]
pub fn icon(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Valid => include_str!("icons/valid.svg"),
        Verdict::Expired => include_str!("icons/expired.svg"),
        Verdict::NotYetValid => include_str!("icons/not_yet_valid.svg"),
        Verdict::Revoked => include_str!("icons/revoked.svg"),
        Verdict::Suspended => include_str!("icons/suspended.svg"),
        Verdict::UnknownIssuer => include_str!("icons/unknown_issuer.svg"),
        Verdict::IssuerNotAccredited => include_str!("icons/issuer_not_accredited.svg"),
        Verdict::KeyNotValidAtSigning => include_str!("icons/key_not_valid_at_signing.svg"),
        Verdict::Tampered => include_str!("icons/tampered.svg"),
        Verdict::HolderNotProven => include_str!("icons/holder_not_proven.svg"),
        Verdict::Replayed => include_str!("icons/replayed.svg"),
        Verdict::CodeStale => include_str!("icons/code_stale.svg"),
        Verdict::ClockWrong => include_str!("icons/clock_wrong.svg"),
        Verdict::WrongAudience => include_str!("icons/wrong_audience.svg"),
        Verdict::RequestNotAnswered => include_str!("icons/request_not_answered.svg"),
        Verdict::StatusUnknown => include_str!("icons/status_unknown.svg"),
        Verdict::Unreadable => include_str!("icons/unreadable.svg"),
    }
}

/// One or two words, set large: "Valid", "已吊销".
#[must_use]
pub fn verdict_title(locale: Locale, verdict: Verdict) -> String {
    text(locale, &message(verdict, "title"), &[])
}

/// What was found, in one sentence that can be read out to the person.
#[must_use]
pub fn verdict_sentence(locale: Locale, verdict: Verdict) -> String {
    text(locale, &message(verdict, "sentence"), &[])
}

/// What the clerk does now. Where a check failed, show [`exception_route`] below it.
#[must_use]
pub fn next_step(locale: Locale, verdict: Verdict) -> String {
    text(locale, &message(verdict, "next"), &[])
}

/// That a failed check is not a refusal of service, and how to go on without a code. Nothing for
/// [`Verdict::Valid`].
#[must_use]
pub fn exception_route(locale: Locale, verdict: Verdict) -> Option<String> {
    (verdict != Verdict::Valid).then(|| text(locale, "verdict-exception-route", &[]))
}

fn message(verdict: Verdict, part: &str) -> String {
    format!("verdict-{}-{part}", verdict.word().replace('_', "-"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::has_text;
    use std::collections::HashSet;

    #[test]
    fn every_verdict_has_title_sentence_and_next_step_in_both_languages() {
        for locale in Locale::ALL {
            for verdict in Verdict::ALL {
                for part in ["title", "sentence", "next"] {
                    let id = message(verdict, part);
                    assert!(has_text(locale, &id), "{id} is missing in {locale}");
                }
            }
        }
    }

    #[test]
    fn no_two_verdicts_share_an_icon_or_a_title() {
        let icons: HashSet<_> = Verdict::ALL.iter().map(|v| icon(*v)).collect();
        assert_eq!(icons.len(), Verdict::ALL.len());
        for locale in Locale::ALL {
            let titles: HashSet<_> = Verdict::ALL.iter().map(|v| verdict_title(locale, *v)).collect();
            assert_eq!(titles.len(), Verdict::ALL.len());
        }
    }

    #[test]
    fn icons_take_the_colour_of_the_text_and_hold_no_script_or_style() {
        for verdict in Verdict::ALL {
            let svg = icon(verdict);
            assert!(svg.starts_with("<svg ") && svg.trim_end().ends_with("</svg>"), "{verdict}");
            assert!(svg.contains("currentColor") && svg.contains("aria-hidden"), "{verdict}");
            assert!(!svg.contains("<script") && !svg.contains("style="), "{verdict}");
        }
    }

    #[test]
    fn only_a_valid_presentation_needs_no_exception_route() {
        for verdict in Verdict::ALL {
            assert_eq!(exception_route(Locale::En, verdict).is_none(), verdict == Verdict::Valid);
        }
    }
}
