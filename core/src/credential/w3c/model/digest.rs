//! Resources that a credential names together with their digests.

use super::{ModelError, members};
use crate::credential::types::check_integrity;
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use ring::digest::{Algorithm, SHA256, SHA384, SHA512, digest};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// A resource outside a credential that it vouches for.
///
/// Spec: Verifiable Credentials Data Model 2.0 §5.3.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelatedResource {
    /// Where it is.
    pub id: String,
    /// Its media type.
    pub media_type: Option<String>,
    /// Its digest as an integrity string.
    pub digest_sri: Option<String>,
    /// Its digest as multibase of a multihash.
    pub digest_multibase: Option<String>,
}

/// A resource is not the one that was named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the resource is not the one that was named")]
pub struct DigestError;

/// Multicodec prefix with length, and the hash.
static MULTIHASHES: [(&[u8], &Algorithm); 3] =
    [(&[0x12, 32], &SHA256), (&[0x20, 48], &SHA384), (&[0x13, 64], &SHA512)];
static INTEGRITY: [(&str, usize); 3] = [("sha256", 32), ("sha384", 48), ("sha512", 64)];
/// The longest digest that is read, in bytes.
const MAX_DIGEST: usize = 1024;

impl RelatedResource {
    /// Checks what was fetched from `id`: every digest that is given holds.
    ///
    /// # Errors
    /// [`DigestError`].
    pub fn check(&self, resource: &[u8]) -> Result<(), DigestError> {
        if self.digest_sri.is_none() && self.digest_multibase.is_none() {
            return Err(DigestError);
        }
        if let Some(integrity) = &self.digest_sri {
            check_integrity(resource, integrity).map_err(|_| DigestError)?;
        }
        if let Some(multibase) = &self.digest_multibase {
            let (algorithm, expected) = multihash(multibase).ok_or(DigestError)?;
            if digest(algorithm, resource).as_ref() != expected {
                return Err(DigestError);
            }
        }
        Ok(())
    }
}

/// The values of `relatedResource`.
pub(super) fn related(document: &Map<String, Value>) -> Result<Vec<RelatedResource>, ModelError> {
    let mut met = BTreeSet::new();
    let mut resources = Vec::new();
    for object in members::objects(document, "relatedResource")? {
        let id = members::url(object, "id").ok().flatten().ok_or(ModelError::Member("relatedResource"))?;
        let (digest_sri, digest_multibase) = digests(object)?;
        if !met.insert(id.clone()) || (digest_sri.is_none() && digest_multibase.is_none()) {
            return Err(ModelError::RelatedResource);
        }
        let media_type = match object.get("mediaType") {
            None => None,
            Some(Value::String(text)) if text.contains('/') => Some(text.clone()),
            Some(_) => return Err(ModelError::Member("relatedResource")),
        };
        resources.push(RelatedResource { id, media_type, digest_sri, digest_multibase });
    }
    Ok(resources)
}

/// The digests of an object, where it has any, each of the right form.
pub(super) fn digests(object: &Map<String, Value>) -> Result<(Option<String>, Option<String>), ModelError> {
    let read = |name: &str, is_one: fn(&str) -> bool| match object.get(name) {
        None => Ok(None),
        Some(Value::String(text)) if text.len() <= MAX_DIGEST && is_one(text) => Ok(Some(text.clone())),
        Some(_) => Err(ModelError::RelatedResource),
    };
    Ok((read("digestSRI", is_integrity)?, read("digestMultibase", |text| multihash(text).is_some())?))
}

/// Whether every part names a known hash, with a digest of its length.
fn is_integrity(text: &str) -> bool {
    let is_part = |part: &str| {
        let Some((name, hash)) = part.split_once('-') else { return false };
        let length = INTEGRITY.iter().find(|(known, _)| *known == name).map(|(_, length)| *length);
        let hash = STANDARD.decode(hash.split('?').next().unwrap_or_default());
        hash.is_ok_and(|hash| Some(hash.len()) == length)
    };
    let mut parts = text.split_ascii_whitespace().peekable();
    parts.peek().is_some() && parts.all(is_part)
}

fn multihash(text: &str) -> Option<(&'static Algorithm, Vec<u8>)> {
    let bytes = match text.split_at_checked(1)? {
        ("u", rest) => URL_SAFE_NO_PAD.decode(rest).ok()?,
        // Base58 costs the square of the length.
        ("z", rest) if rest.len() <= 128 => bs58::decode(rest).into_vec().ok()?,
        _ => return None,
    };
    MULTIHASHES.iter().find_map(|(prefix, algorithm)| {
        let hash = bytes.strip_prefix(*prefix)?;
        (hash.len() == algorithm.output_len()).then(|| (*algorithm, hash.to_vec()))
    })
}
