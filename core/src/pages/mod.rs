//! What every screen shares: words in two languages, the verdicts' icons, one style sheet, the headers
//! that a page is served with.
//!
//! A page of Yufu says one thing at a time, in large type, and never by colour alone: each verdict has
//! an icon, a title, a sentence, and what to do next. Words come from Fluent catalogues under
//! `core/locales`, one file for each part, with the same messages in English and Simplified Chinese.

mod catalogue;
mod headers;
mod locale;
mod verdict;

pub use catalogue::{Value, has_text, text};
pub use headers::{CONTENT_SECURITY_POLICY, SECURITY_HEADERS};
pub use locale::{Locale, negotiate};
pub use verdict::{Tone, exception_route, icon, next_step, tone, verdict_sentence, verdict_title};

/// The style sheet of every page: design tokens, type, buttons, fields, cards, the verdict panel.
/// Serve it as `text/css`; pages link it and add a small sheet of their own where they must.
pub const CSS: &str = include_str!("yufu.css");

/// The mark of Yufu, a fish tally (鱼符) in its two halves, as an SVG that takes the text's colour.
pub const MARK: &str = include_str!("icons/mark.svg");
