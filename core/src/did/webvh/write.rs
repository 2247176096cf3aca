//! Writing a log: for an agency that wants such a DID, and for tests.

use super::{METHOD, PLACEHOLDER, UnverifiedLog, hash, jcs, log::unsigned, proof, witness};
use crate::{
    crypto::{PublicKey, Signer, SignerError},
    did::instant,
};
use serde_json::{Map, Value};

/// What an entry changes.
#[derive(Clone, Debug, Default)]
pub struct Change {
    /// Parameters to set, as the method names them; `method` and `scid` are filled in.
    pub parameters: Map<String, Value>,
    /// The whole document. In the first entry `{SCID}` stands for the SCID; in later ones none means
    /// that it stays as it is.
    pub state: Option<Map<String, Value>>,
}

/// An entry, written and signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrittenEntry {
    /// The SCID, of a first entry.
    pub scid: Option<String>,
    /// Its `versionId`, which witnesses sign.
    pub version_id: String,
    /// The line, with its end.
    pub line: String,
}

/// The first entry of a log. `signer` must be one of its `updateKeys`; the document must have an `id`
/// of the form `did:webvh:{SCID}:…`. Read it back before it is published: nothing is checked here.
///
/// # Errors
/// [`SignerError`] when the key cannot sign, is no Ed25519 key, or there is nothing to write.
pub fn create(change: Change, signer: &dyn Signer, now_ms: u64) -> Result<WrittenEntry, SignerError> {
    let mut parameters = change.parameters;
    parameters.insert("method".into(), METHOD.into());
    parameters.insert("scid".into(), PLACEHOLDER.into());
    let state = change.state.ok_or(SignerError::Unwritable)?;
    let preliminary = unsigned(PLACEHOLDER, &instant::format(now_ms), &parameters, &state);
    let bytes = jcs(&preliminary).ok_or(SignerError::Unwritable)?;
    let scid = hash(&bytes);
    let text = String::from_utf8(bytes).map_err(|_| SignerError::Unwritable)?.replace(PLACEHOLDER, &scid);
    let entry = serde_json::from_str(&text).map_err(|_| SignerError::Unwritable)?;
    seal(entry, 1, Some(scid), signer, now_ms)
}

/// The next entry of `log`.
///
/// # Errors
/// As [`create`].
pub fn append(
    log: &UnverifiedLog,
    change: Change,
    signer: &dyn Signer,
    now_ms: u64,
) -> Result<WrittenEntry, SignerError> {
    let (version_id, state) = log.last().ok_or(SignerError::Unwritable)?;
    let state = change.state.as_ref().unwrap_or(state);
    let entry = unsigned(version_id, &instant::format(now_ms), &change.parameters, state);
    seal(entry, log.len() + 1, None, signer, now_ms)
}

/// Gives an entry its version id in the place of the one before, and signs it.
fn seal(
    mut entry: Value,
    number: usize,
    scid: Option<String>,
    signer: &dyn Signer,
    now_ms: u64,
) -> Result<WrittenEntry, SignerError> {
    let bytes = jcs(&entry).ok_or(SignerError::Unwritable)?;
    let version_id = format!("{number}-{}", hash(&bytes));
    entry["versionId"] = version_id.as_str().into();
    let proof = proof::make(&entry, signer, now_ms)?;
    entry["proof"] = vec![proof].into();
    Ok(WrittenEntry { scid, version_id, line: format!("{entry}\n") })
}

/// What `nextKeyHashes` holds for a key.
#[must_use]
pub fn key_hash(key: &PublicKey) -> String {
    hash(key.multibase().as_bytes())
}

/// A witness's proof for a version, as it stands under `proof` in `did-witness.json`.
///
/// # Errors
/// As [`create`].
pub fn witness_proof(version_id: &str, signer: &dyn Signer, now_ms: u64) -> Result<Value, SignerError> {
    proof::make(&witness::statement(version_id), signer, now_ms)
}
