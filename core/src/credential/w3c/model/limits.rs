//! How much is read.

use super::ModelError;
use crate::jose::parse_object;
use serde_json::{Map, Value};

/// The largest document that is read, in bytes.
pub const MAX_DOCUMENT: usize = 1 << 20;
/// The deepest that objects and arrays may lie inside each other.
pub const MAX_DEPTH: usize = 32;
/// The most values that a document may have, members and elements counted.
pub const MAX_VALUES: usize = 1 << 15;
/// The most items that a property with several values may have.
pub const MAX_ITEMS: usize = 64;

/// Reads an object of at most `max_bytes`.
pub(in crate::credential::w3c) fn read(
    json: &[u8],
    max_bytes: usize,
) -> Result<Map<String, Value>, ModelError> {
    if json.len() > max_bytes {
        return Err(ModelError::TooLarge);
    }
    parse_object(json).map_err(|_| ModelError::Json)
}

/// Checks depth and number of values.
pub(super) fn check(document: &Map<String, Value>) -> Result<(), ModelError> {
    let mut left = MAX_VALUES;
    document.values().try_for_each(|value| count(value, 1, &mut left))
}

fn count(value: &Value, depth: usize, left: &mut usize) -> Result<(), ModelError> {
    *left = left.checked_sub(1).ok_or(ModelError::TooLarge)?;
    let deeper = depth + 1;
    match value {
        Value::Array(_) | Value::Object(_) if depth >= MAX_DEPTH => Err(ModelError::TooLarge),
        Value::Array(elements) => elements.iter().try_for_each(|value| count(value, deeper, left)),
        Value::Object(members) => members.values().try_for_each(|value| count(value, deeper, left)),
        _ => Ok(()),
    }
}
