//! What the suites over canonical JSON share.

use super::{ProofError, Stages};
use crate::credential::w3c::rdf::Hash;
use serde_json::{Map, Value};

/// The largest whole number that every reader of JSON keeps: 2^53 - 1.
const MAX_WHOLE: u64 = (1 << 53) - 1;

/// The stages of a proof over `document`, which has no proof but those that this one follows.
///
/// Spec: Data Integrity EdDSA Cryptosuites 1.0 §3.3; Data Integrity ECDSA Cryptosuites 1.0 §3.3.
pub(super) fn stages(
    document: &Map<String, Value>,
    configuration: &Map<String, Value>,
    hash: Hash,
) -> Result<Stages, ProofError> {
    let mut document = document.clone();
    if let Some(context) = configuration.get("@context") {
        if !starts_with(document.get("@context"), context) {
            return Err(ProofError::Context);
        }
        document.insert("@context".into(), context.clone());
    }
    Ok(Stages { document: canonical(&document)?, configuration: canonical(configuration)?, hash })
}

/// Whether the items of `context`, of which a single one may stand alone, start with those of `start`.
fn starts_with(context: Option<&Value>, start: &Value) -> bool {
    context.is_some_and(|context| items(context).starts_with(items(start)))
}

pub(super) fn items(context: &Value) -> &[Value] {
    match context {
        Value::Array(items) => items,
        one => std::slice::from_ref(one),
    }
}

/// Spec: RFC 8785.
pub(super) fn canonical(object: &Map<String, Value>) -> Result<String, ProofError> {
    object.values().try_for_each(check_numbers)?;
    serde_json_canonicalizer::to_string(object).map_err(|_| ProofError::Number)
}

/// Canonical JSON writes whole numbers beyond 2^53 as the nearest double: two documents would have one
/// signature.
fn check_numbers(value: &Value) -> Result<(), ProofError> {
    match value {
        Value::Number(number) => {
            let whole = number.as_u64().or_else(|| number.as_i64().map(i64::unsigned_abs));
            if whole.is_some_and(|whole| whole > MAX_WHOLE) { Err(ProofError::Number) } else { Ok(()) }
        }
        Value::Array(items) => items.iter().try_for_each(check_numbers),
        Value::Object(members) => members.values().try_for_each(check_numbers),
        _ => Ok(()),
    }
}
