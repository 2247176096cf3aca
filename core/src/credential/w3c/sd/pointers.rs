//! JSON pointers, and the part of a document that they select.
//!
//! Spec: RFC 6901; Data Integrity ECDSA Cryptosuites 1.0 §3.4.11–3.4.14.

use super::SdError;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The most pointers of one kind.
pub const MAX_POINTERS: usize = 256;
/// The longest pointer, in bytes.
pub const MAX_POINTER: usize = 1024;
/// As much of a pointer as an error repeats.
const MAX_SHOWN: usize = 128;

/// What pointers select below one value.
#[derive(Debug, Default)]
pub(super) struct Selection {
    whole: bool,
    parts: BTreeMap<String, Selection>,
}

impl Selection {
    /// What `pointers` select of `document`; none where there are no pointers.
    pub(super) fn new(document: &Map<String, Value>, pointers: &[String]) -> Result<Option<Self>, SdError> {
        if pointers.len() > 2 * MAX_POINTERS {
            return Err(SdError::TooManyPointers);
        }
        let mut selection = Self::default();
        for pointer in pointers {
            selection.add(document, pointer)?;
        }
        Ok((!pointers.is_empty()).then_some(selection))
    }

    fn add(&mut self, document: &Map<String, Value>, pointer: &str) -> Result<(), SdError> {
        let mut tokens = parse(pointer)?.into_iter();
        let mut at = self;
        let Some(first) = tokens.next() else {
            at.whole = true;
            return Ok(());
        };
        let nothing = || SdError::Nothing(shown(pointer));
        let mut value = document.get(&first).ok_or_else(nothing)?;
        at = at.parts.entry(first).or_default();
        for token in tokens {
            value = child(value, &token).ok_or_else(nothing)?;
            at = at.parts.entry(token).or_default();
        }
        at.whole = true;
        Ok(())
    }

    /// The selected part of `document`. Identifiers of blank nodes are left out unless `keep_blank`.
    pub(super) fn of(&self, document: &Map<String, Value>, keep_blank: bool) -> Map<String, Value> {
        let mut part = self.of_object(document, keep_blank);
        if let Some(context) = document.get("@context") {
            part.insert("@context".into(), context.clone());
        }
        part
    }

    fn of_object(&self, object: &Map<String, Value>, keep_blank: bool) -> Map<String, Value> {
        if self.whole {
            return object.clone();
        }
        let mut part = initial(object, keep_blank);
        for (name, selection) in &self.parts {
            if let Some(value) = object.get(name) {
                part.insert(name.clone(), selection.of_value(value, keep_blank));
            }
        }
        part
    }

    fn of_value(&self, value: &Value, keep_blank: bool) -> Value {
        match value {
            _ if self.whole => value.clone(),
            Value::Object(object) => Value::Object(self.of_object(object, keep_blank)),
            Value::Array(items) => {
                let selected = items
                    .iter()
                    .enumerate()
                    .filter_map(|(at, item)| Some((item, self.parts.get(&at.to_string())?)));
                selected.map(|(item, selection)| selection.of_value(item, keep_blank)).collect()
            }
            other => other.clone(),
        }
    }
}

/// Checks a list of pointers by itself.
pub(super) fn check(pointers: &[String]) -> Result<(), SdError> {
    if pointers.len() > MAX_POINTERS {
        return Err(SdError::TooManyPointers);
    }
    pointers.iter().try_for_each(|pointer| parse(pointer).map(|_| ()))
}

/// What comes with any part of an object: what it is called and of what type it is.
fn initial(object: &Map<String, Value>, keep_blank: bool) -> Map<String, Value> {
    let is_named = |id: &Value| keep_blank || !id.as_str().is_some_and(|id| id.starts_with("_:"));
    let ids = ["id", "@id"].into_iter().filter(|name| object.get(*name).is_some_and(is_named));
    let names = ids.chain(["type", "@type"]);
    names.filter_map(|name| Some((name.to_owned(), object.get(name)?.clone()))).collect()
}

fn child<'a>(value: &'a Value, token: &str) -> Option<&'a Value> {
    match value {
        Value::Object(object) => object.get(token),
        Value::Array(items) => {
            let plain =
                token.bytes().all(|byte| byte.is_ascii_digit()) && (token == "0" || !token.starts_with('0'));
            items.get(token.parse::<usize>().ok().filter(|_| plain)?)
        }
        _ => None,
    }
}

fn parse(pointer: &str) -> Result<Vec<String>, SdError> {
    if pointer.len() > MAX_POINTER {
        return Err(SdError::TooManyPointers);
    }
    if pointer.is_empty() {
        return Ok(Vec::new());
    }
    let malformed = || SdError::Pointer(shown(pointer));
    let tokens = pointer.strip_prefix('/').ok_or_else(malformed)?;
    tokens.split('/').map(|token| unescape(token).ok_or_else(malformed)).collect()
}

fn unescape(token: &str) -> Option<String> {
    let mut out = String::with_capacity(token.len());
    let mut chars = token.chars();
    while let Some(next) = chars.next() {
        out.push(match next {
            '~' => match chars.next()? {
                '0' => '~',
                '1' => '/',
                _ => return None,
            },
            other => other,
        });
    }
    Some(out)
}

fn shown(pointer: &str) -> String {
    pointer.chars().take(MAX_SHOWN).collect()
}
