//! Text for people, with its language and direction.

use super::{MAX_ITEMS, ModelError};
use serde_json::{Map, Value};

/// A text, and what is known of its language and direction.
///
/// Spec: Verifiable Credentials Data Model 2.0 §11.1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LanguageValue {
    /// The text.
    pub value: String,
    /// Its language, as BCP 47 writes it.
    pub language: Option<String>,
    /// The direction of its letters.
    pub direction: Option<Direction>,
}

/// The direction of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// As Latin and Chinese.
    LeftToRight,
    /// As Arabic and Hebrew.
    RightToLeft,
}

/// The values of a `name` or `description`: one text, one text with its language, or several of those.
pub(super) fn values(
    object: &Map<String, Value>,
    name: &'static str,
) -> Result<Vec<LanguageValue>, ModelError> {
    let values = match object.get(name) {
        None => Some(Vec::new()),
        Some(Value::Array(several)) if several.len() > MAX_ITEMS => return Err(ModelError::TooLarge),
        Some(Value::Array(several)) if several.is_empty() => None,
        Some(Value::Array(several)) => several.iter().map(language_value).collect(),
        Some(one) => language_value(one).map(|one| vec![one]),
    };
    values.ok_or(ModelError::Language(name))
}

fn language_value(value: &Value) -> Option<LanguageValue> {
    match value {
        Value::String(text) => Some(LanguageValue { value: text.clone(), language: None, direction: None }),
        Value::Object(members) => object_value(members),
        _ => None,
    }
}

fn object_value(members: &Map<String, Value>) -> Option<LanguageValue> {
    if members.keys().any(|name| !matches!(name.as_str(), "@value" | "@language" | "@direction")) {
        return None;
    }
    let language = match members.get("@language") {
        None => None,
        Some(Value::String(tag)) if is_language_tag(tag) => Some(tag.clone()),
        Some(_) => return None,
    };
    let direction = match members.get("@direction").map(Value::as_str) {
        None => None,
        Some(Some("ltr")) => Some(Direction::LeftToRight),
        Some(Some("rtl")) => Some(Direction::RightToLeft),
        Some(_) => return None,
    };
    Some(LanguageValue { value: members.get("@value")?.as_str()?.to_owned(), language, direction })
}

/// Whether a text has the form of a language tag: a language of 2 to 8 letters (or `x` or `i`), then
/// subtags of 1 to 8 letters and digits.
fn is_language_tag(tag: &str) -> bool {
    let mut subtags = tag.split('-');
    let language = subtags.next().unwrap_or_default();
    let private = matches!(language, "x" | "X" | "i" | "I") && tag.len() > 2;
    tag.len() <= 64
        && (private || (2..=8).contains(&language.len()))
        && language.bytes().all(|byte| byte.is_ascii_alphabetic())
        && subtags.all(|subtag| {
            (1..=8).contains(&subtag.len()) && subtag.bytes().all(|byte| byte.is_ascii_alphanumeric())
        })
}
