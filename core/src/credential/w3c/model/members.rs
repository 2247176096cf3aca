//! Members that have the same form wherever they stand.

use super::{CONTEXT_V2, MAX_ITEMS, ModelError, is_url};
use serde_json::{Map, Value};

/// The most contexts or types.
const MAX_NAMES: usize = 16;

pub(super) fn contexts(document: &Map<String, Value>) -> Result<(), ModelError> {
    let Some(Value::Array(contexts)) = document.get("@context") else { return Err(ModelError::Context) };
    if contexts.len() > MAX_NAMES {
        return Err(ModelError::TooLarge);
    }
    let known = |context: &Value| match context {
        Value::String(url) => is_url(url),
        Value::Object(_) => true,
        _ => false,
    };
    let first = contexts.first().is_some_and(|first| first == CONTEXT_V2);
    if first && contexts.iter().all(known) { Ok(()) } else { Err(ModelError::Context) }
}

/// The types of an object, at least one.
pub(super) fn types(object: &Map<String, Value>) -> Option<Vec<String>> {
    let name = |value: &Value| {
        let name = value.as_str()?;
        // A term, or a URL.
        let plain = !name.is_empty() && !name.chars().any(|c| c.is_whitespace() || c.is_control());
        plain.then(|| name.to_owned())
    };
    match object.get("type")? {
        Value::Array(names) if (1..=MAX_NAMES).contains(&names.len()) => names.iter().map(name).collect(),
        Value::Array(_) => None,
        one => name(one).map(|one| vec![one]),
    }
}

/// A member that is a URL where it is there.
pub(super) fn url(object: &Map<String, Value>, name: &'static str) -> Result<Option<String>, ModelError> {
    match object.get(name) {
        None => Ok(None),
        Some(Value::String(url)) if is_url(url) => Ok(Some(url.clone())),
        Some(_) => Err(ModelError::Member(name)),
    }
}

/// The objects of a property with one or several values; none where it is not there.
pub(super) fn objects<'a>(
    document: &'a Map<String, Value>,
    name: &'static str,
) -> Result<Vec<&'a Map<String, Value>>, ModelError> {
    let error = ModelError::Member(name);
    match document.get(name) {
        None => Ok(Vec::new()),
        Some(Value::Object(one)) => Ok(vec![one]),
        Some(Value::Array(several)) if several.len() > MAX_ITEMS => Err(ModelError::TooLarge),
        Some(Value::Array(several)) if !several.is_empty() => {
            several.iter().map(|object| object.as_object().ok_or(error)).collect()
        }
        Some(_) => Err(error),
    }
}

/// An object with its types.
pub(super) struct Typed<'a> {
    pub(super) types: Vec<String>,
    pub(super) object: &'a Map<String, Value>,
}

/// The values of a property that each have a type and may have an `id`.
pub(super) fn typed_objects<'a>(
    document: &'a Map<String, Value>,
    name: &'static str,
) -> Result<Vec<Typed<'a>>, ModelError> {
    let typed = |object: &'a Map<String, Value>| {
        url(object, "id").map_err(|_| ModelError::Member(name))?;
        Ok(Typed { types: types(object).ok_or(ModelError::Member(name))?, object })
    };
    objects(document, name)?.into_iter().map(typed).collect()
}

/// Somebody who is named by a URL, alone or in an object.
pub(super) struct Party<'a> {
    pub(super) id: &'a str,
    pub(super) object: Option<&'a Map<String, Value>>,
}

/// A member that is a URL, or an object with a URL as its `id`.
pub(super) fn party<'a>(
    document: &'a Map<String, Value>,
    name: &'static str,
) -> Result<Option<Party<'a>>, ModelError> {
    let found = match document.get(name) {
        None => return Ok(None),
        Some(Value::String(id)) => Some(Party { id, object: None }),
        Some(Value::Object(party)) => {
            let id = party.get("id").and_then(Value::as_str);
            id.map(|id| Party { id, object: Some(party) })
        }
        Some(_) => None,
    };
    found.filter(|party| is_url(party.id)).map(Some).ok_or(ModelError::Member(name))
}
