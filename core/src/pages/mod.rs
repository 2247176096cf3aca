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
mod when;

pub use catalogue::{Value, has_text, text};
pub use headers::{CONTENT_SECURITY_POLICY, SECURITY_HEADERS, may_write};
pub use locale::{Locale, language_cookie, negotiate, reader_locale};
pub use verdict::{Tone, exception_route, icon, next_step, tone, verdict_sentence, verdict_title};
pub use when::{age, day, minute};

/// The style sheet of every page: design tokens, type, buttons, fields, cards, the verdict panel.
/// Serve it as `text/css`; pages link it and add a small sheet of their own where they must.
pub const CSS: &str = include_str!("yufu.css");

/// The mark of Yufu, a fish tally (鱼符) in its two halves, as an SVG that takes the text's colour.
pub const MARK: &str = include_str!("icons/mark.svg");

/// An ES module that opens a camera and gives its frames as bytes of brightness (`open(video)`,
/// `frame(video)`); reading a code from them is the local program's work. Serve it as `text/javascript`.
pub const CAMERA_JS: &str = include_str!("camera.js");
