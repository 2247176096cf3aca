//! Parameters: what each entry may set, and what holds after it.

use super::{LogError, METHOD, is_hash};
use crate::{crypto::PublicKey, did::key};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// The most keys, hashes, witnesses or watchers that are taken.
const MAX_LIST: usize = 32;
/// The default time that a resolved DID may be kept, in seconds.
const DEFAULT_TTL: u64 = 3600;

/// What holds after an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Parameters {
    pub(super) scid: String,
    pub(super) update_keys: Vec<String>,
    pub(super) next_key_hashes: Vec<String>,
    pub(super) witness: Option<Witnesses>,
    pub(super) portable: bool,
    pub(super) deactivated: bool,
    pub(super) ttl: u64,
}

/// Who must approve, and how many of them. Distinct.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Witnesses {
    pub(super) threshold: usize,
    /// Multibase keys.
    pub(super) keys: BTreeSet<String>,
}

impl Parameters {
    /// Those of the first entry.
    pub(super) fn first(members: &Map<String, Value>) -> Result<Self, LogError> {
        let scid = members.get("scid").and_then(Value::as_str).filter(|scid| is_hash(scid));
        let start = Self {
            scid: scid.ok_or(LogError::Parameter)?.to_owned(),
            update_keys: Vec::new(),
            next_key_hashes: Vec::new(),
            witness: None,
            portable: false,
            deactivated: false,
            ttl: DEFAULT_TTL,
        };
        if !members.contains_key("method") || !members.contains_key("updateKeys") {
            return Err(LogError::Parameter);
        }
        let first = start.set(members, true)?;
        if first.update_keys.is_empty() { Err(LogError::Parameter) } else { Ok(first) }
    }

    /// Those after the entry that sets `members`.
    pub(super) fn next(&self, members: &Map<String, Value>) -> Result<Self, LogError> {
        if members.contains_key("scid") {
            return Err(LogError::Parameter);
        }
        let next = self.clone().set(members, false)?;
        if self.next_key_hashes.is_empty() {
            return Ok(next);
        }
        let explicit = ["updateKeys", "nextKeyHashes"].iter().all(|name| members.contains_key(*name));
        let committed =
            next.update_keys.iter().all(|key| self.next_key_hashes.contains(&super::hash(key.as_bytes())));
        if explicit && committed { Ok(next) } else { Err(LogError::PreRotation) }
    }

    fn set(mut self, members: &Map<String, Value>, first: bool) -> Result<Self, LogError> {
        for (name, value) in members {
            match name.as_str() {
                "method" if value.as_str() == Some(METHOD) => {}
                "method" => return Err(LogError::Version),
                "scid" => {}
                "updateKeys" => self.update_keys = list(value, is_update_key)?,
                "nextKeyHashes" => self.next_key_hashes = list(value, |_| true)?,
                "witness" => self.witness = witnesses(value)?,
                "watchers" => drop(list(value, |_| true)?),
                "portable" => self.portable = portable(value, first)?,
                "deactivated" => self.deactivated = value.as_bool().ok_or(LogError::Parameter)?,
                "ttl" => {
                    self.ttl = value.as_u64().filter(|ttl| *ttl <= 1 << 31).ok_or(LogError::Parameter)?
                }
                _ => return Err(LogError::Parameter),
            }
        }
        Ok(self)
    }
}

/// True may be said in the first entry alone.
fn portable(value: &Value, first: bool) -> Result<bool, LogError> {
    value.as_bool().filter(|portable| first || !portable).ok_or(LogError::Parameter)
}

fn list(value: &Value, allowed: impl Fn(&str) -> bool) -> Result<Vec<String>, LogError> {
    let values = value.as_array().filter(|values| values.len() <= MAX_LIST).ok_or(LogError::Parameter)?;
    let text = |value: &Value| {
        let text = value.as_str().filter(|text| text.len() <= 2048 && allowed(text));
        text.map(str::to_owned).ok_or(LogError::Parameter)
    };
    values.iter().map(text).collect()
}

fn is_update_key(text: &str) -> bool {
    matches!(PublicKey::from_multibase(text), Ok(PublicKey::Ed25519(_)))
}

fn witnesses(value: &Value) -> Result<Option<Witnesses>, LogError> {
    let members = value.as_object().ok_or(LogError::Parameter)?;
    if members.is_empty() {
        return Ok(None);
    }
    let threshold = members.get("threshold").and_then(Value::as_u64);
    let entries =
        members.get("witnesses").and_then(Value::as_array).filter(|entries| entries.len() <= MAX_LIST);
    let entries = entries.ok_or(LogError::Parameter)?;
    let identifier = |entry: &Value| {
        let did = entry.get("id").and_then(Value::as_str).ok_or(LogError::Parameter)?;
        match key::public_key(did) {
            Ok(key @ PublicKey::Ed25519(_)) => Ok(key.multibase()),
            _ => Err(LogError::Parameter),
        }
    };
    let keys = entries.iter().map(identifier).collect::<Result<BTreeSet<_>, _>>()?;
    let threshold = threshold.and_then(|threshold| usize::try_from(threshold).ok()).unwrap_or(0);
    let possible = members.len() == 2 && keys.len() == entries.len() && (1..=keys.len()).contains(&threshold);
    if possible { Ok(Some(Witnesses { threshold, keys })) } else { Err(LogError::Parameter) }
}
