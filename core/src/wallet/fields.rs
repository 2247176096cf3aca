//! Claims as fields on a screen.

use super::{
    model::{CredentialField, Localized},
    record::TypeWords,
};
use crate::credential::{ClaimPath, PathElement};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Map, Value};

/// Claims that say nothing to a person.
const TECHNICAL: [&str; 12] = [
    "iss",
    "iat",
    "nbf",
    "exp",
    "vct",
    "vct#integrity",
    "cnf",
    "status",
    "key_level",
    "aka_vcts",
    "sub",
    "jti",
];

/// The field for one claim, if the credential has it.
pub(super) fn one(
    claims: &Map<String, Value>,
    path: &ClaimPath,
    words: &TypeWords,
) -> Option<CredentialField> {
    let values = path.select(claims);
    let image = values.first().and_then(|value| image(path, value));
    let value = if image.is_some() { Localized::default() } else { text(&values)? };
    Some(CredentialField { path: json(path), label: words.label(path), value, image })
}

/// All fields: first what the type describes, in its order, then what else there is.
pub(super) fn all(claims: &Map<String, Value>, words: &TypeWords) -> Vec<CredentialField> {
    // Elements of an array are said together, by the array's own label.
    let whole = |path: &&ClaimPath| path.steps().iter().all(|step| matches!(step, PathElement::Name(_)));
    let paths = words.labels.iter().map(|(path, _)| path).filter(whole).filter(|path| !is_technical(path));
    let mut fields: Vec<_> = paths.filter_map(|path| one(claims, path, words)).collect();
    let described = |name: &str| {
        let first =
            |path: &ClaimPath| matches!(path.steps().first(), Some(PathElement::Name(n)) if n == name);
        words.labels.iter().any(|(path, _)| first(path))
    };
    for name in claims.keys().filter(|name| !TECHNICAL.contains(&name.as_str()) && !described(name)) {
        fields.extend(one(claims, &ClaimPath::name(name), words));
    }
    fields
}

fn is_technical(path: &ClaimPath) -> bool {
    matches!(path.steps().first(), Some(PathElement::Name(name)) if TECHNICAL.contains(&name.as_str()))
}

/// The described fields below a claim that has members.
pub(super) fn below(
    claims: &Map<String, Value>,
    path: &ClaimPath,
    words: &TypeWords,
) -> Vec<CredentialField> {
    let deeper = |other: &ClaimPath| {
        other.steps().len() > path.steps().len() && other.steps().starts_with(path.steps())
    };
    let labels = words.labels.iter().filter(|(other, _)| deeper(other));
    labels.filter_map(|(other, _)| one(claims, other, words)).collect()
}

/// `None` where there is nothing, or an object, whose members are fields of their own.
fn text(values: &[&Value]) -> Option<Localized> {
    let texts: Vec<Localized> = values.iter().filter_map(|value| scalar(value)).collect();
    let join =
        |separator, of: fn(&Localized) -> &str| texts.iter().map(of).collect::<Vec<_>>().join(separator);
    (!texts.is_empty()).then(|| Localized::new(join("、", |t| &t.zh), join(", ", |t| &t.en)))
}

fn scalar(value: &Value) -> Option<Localized> {
    match value {
        Value::Bool(true) => Some(Localized::new("是", "yes")),
        Value::Bool(false) => Some(Localized::new("否", "no")),
        Value::Number(number) => Some(Localized::new(number.to_string(), number.to_string())),
        Value::String(text) => Some(Localized::new(text, text)),
        Value::Array(items) => self::text(&items.iter().collect::<Vec<_>>()),
        Value::Null | Value::Object(_) => None,
    }
}

/// The bytes of a portrait: base64, with or without the head of a `data:` URL.
fn image(path: &ClaimPath, value: &Value) -> Option<Vec<u8>> {
    let (Some(PathElement::Name(name)), Value::String(text)) = (path.steps().last(), value) else {
        return None;
    };
    let data = match text.strip_prefix("data:image/") {
        Some(rest) => rest.split_once(";base64,")?.1,
        None if name.starts_with("portrait") => text,
        None => return None,
    };
    STANDARD.decode(data).ok()
}

pub(super) fn json(path: &ClaimPath) -> String {
    // Names and numbers alone: writing them cannot fail.
    serde_json::to_string(path).unwrap_or_default()
}
