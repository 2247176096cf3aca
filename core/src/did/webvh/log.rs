//! Reading a log: `did.jsonl`, an entry a line.

use super::{
    LogError, MAX_LOG, PLACEHOLDER, hash, jcs,
    parameters::Parameters,
    parts, proof, web,
    witness::{self, Approvals},
};
use crate::{
    did::{Document, MAX_DOCUMENT, instant},
    jose::parse_object,
};
use serde_json::{Map, Value};

/// The most entries that a log may have.
pub const MAX_ENTRIES: usize = 1024;
/// The most proofs that an entry may have.
const MAX_PROOFS: usize = 8;

/// A log, read but not verified.
#[derive(Clone, Debug)]
pub struct UnverifiedLog(Vec<Entry>);

#[derive(Clone, Debug)]
struct Entry {
    version_id: String,
    version_time: String,
    parameters: Map<String, Value>,
    state: Map<String, Value>,
    proofs: Vec<Value>,
}

/// A log whose every entry verified.
#[derive(Clone, Debug)]
pub struct VerifiedLog {
    versions: Vec<Version>,
    current: Parameters,
}

/// A version of a DID.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Version {
    /// Counts from 1.
    pub number: u64,
    /// Number and hash.
    pub id: String,
    /// Since when (milliseconds).
    pub time_ms: u64,
    /// The document.
    pub document: Document,
}

/// Which version is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum VersionQuery {
    /// The newest.
    #[default]
    Newest,
    /// By `versionId`.
    Id(String),
    /// By `versionTime`: the one that held then (milliseconds).
    Time(u64),
    /// By `versionNumber`.
    Number(u64),
}

impl UnverifiedLog {
    /// Reads a log.
    ///
    /// # Errors
    /// [`LogError::TooLarge`], [`LogError::Empty`], [`LogError::Entry`].
    pub fn parse(bytes: &[u8]) -> Result<Self, LogError> {
        if bytes.len() > MAX_LOG {
            return Err(LogError::TooLarge);
        }
        let lines: Vec<_> = bytes
            .split(|byte| *byte == b'\n')
            .map(<[u8]>::trim_ascii)
            .filter(|line| !line.is_empty())
            .collect();
        match lines.len() {
            0 => Err(LogError::Empty),
            1..=MAX_ENTRIES => lines.into_iter().map(Entry::parse).collect::<Result<_, _>>().map(Self),
            _ => Err(LogError::TooLarge),
        }
    }

    /// Whether an entry speaks of witnesses, so that their proofs must be fetched.
    #[must_use]
    pub fn names_witnesses(&self) -> bool {
        self.0.iter().any(|entry| entry.parameters.contains_key("witness"))
    }

    /// Verifies the log of `did` at `now_ms` with its witnesses' proofs (`did-witness.json`), which may
    /// be left out where no witness is named.
    ///
    /// # Errors
    /// [`LogError`] by the first thing that does not hold.
    pub fn verify(self, did: &str, witnesses: Option<&[u8]>, now_ms: u64) -> Result<VerifiedLog, LogError> {
        let ids: Vec<&str> = self.0.iter().map(|entry| entry.version_id.as_str()).collect();
        let approvals = match witnesses.filter(|_| self.names_witnesses()) {
            Some(file) => witness::read(file, &ids)?,
            None => Approvals::default(),
        };
        let mut versions: Vec<Version> = Vec::with_capacity(self.0.len());
        let mut current: Option<Parameters> = None;
        for (index, entry) in self.0.iter().enumerate() {
            let next = entry.verify(current.as_ref(), versions.last(), index)?;
            if !witness::approved(current.as_ref(), &next, index, &approvals) {
                return Err(LogError::Witness);
            }
            versions.push(entry.version(versions.last(), index, now_ms, &next)?);
            current = Some(next);
        }
        let current = current.ok_or(LogError::Empty)?;
        if !versions.iter().any(|version| version.document.id == did) {
            return Err(LogError::OtherDid);
        }
        Ok(VerifiedLog { versions, current })
    }

    /// The document of the last entry, as it is written there: nothing has been checked.
    #[must_use]
    pub fn state(&self) -> Option<&Map<String, Value>> {
        self.last().map(|(_, state)| state)
    }

    pub(super) fn last(&self) -> Option<(&str, &Map<String, Value>)> {
        self.0.last().map(|entry| (entry.version_id.as_str(), &entry.state))
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}

impl Entry {
    fn parse(line: &[u8]) -> Result<Self, LogError> {
        // A document, and as much again around it.
        if line.len() > 2 * MAX_DOCUMENT {
            return Err(LogError::TooLarge);
        }
        let mut members = parse_object(line).map_err(|_| LogError::Entry)?;
        let mut take = |name: &str| members.remove(name).ok_or(LogError::Entry);
        let object = |value: Value| match value {
            Value::Object(members) => Ok(members),
            _ => Err(LogError::Entry),
        };
        let text = |value: Value| value.as_str().map(str::to_owned).ok_or(LogError::Entry);
        let entry = Self {
            version_id: text(take("versionId")?)?,
            version_time: text(take("versionTime")?)?,
            parameters: object(take("parameters")?)?,
            state: object(take("state")?)?,
            proofs: match take("proof")? {
                Value::Array(proofs) if (1..=MAX_PROOFS).contains(&proofs.len()) => proofs,
                proof @ Value::Object(_) => vec![proof],
                _ => return Err(LogError::Entry),
            },
        };
        if members.is_empty() { Ok(entry) } else { Err(LogError::Entry) }
    }

    /// The entry without its proofs, under another version id.
    fn unsigned(&self, version_id: &str) -> Value {
        unsigned(version_id, &self.version_time, &self.parameters, &self.state)
    }

    /// Parameters, chain, SCID and signature; gives the parameters that hold after it.
    fn verify(
        &self,
        current: Option<&Parameters>,
        before: Option<&Version>,
        index: usize,
    ) -> Result<Parameters, LogError> {
        let next = match current {
            None => Parameters::first(&self.parameters)?,
            Some(current) if current.deactivated => return Err(LogError::AfterDeactivation),
            Some(current) => current.next(&self.parameters)?,
        };
        if before.is_none() {
            self.verify_scid(&next.scid)?;
        }
        let (number, entry_hash) = self.version_id.split_once('-').ok_or(LogError::Number)?;
        if number != (index + 1).to_string() {
            return Err(LogError::Number);
        }
        let predecessor = before.map_or(next.scid.as_str(), |before| before.id.as_str());
        let bytes = jcs(&self.unsigned(predecessor)).ok_or(LogError::Entry)?;
        if hash(&bytes) != entry_hash {
            return Err(LogError::EntryHash);
        }
        let keys = match current {
            Some(current) if current.next_key_hashes.is_empty() => &current.update_keys,
            _ => &next.update_keys,
        };
        let signed = self.unsigned(&self.version_id);
        // Every proof must verify, each by a key that may: an unknown one beside a good one hides something.
        let authorized =
            |proof: &Value| proof::signer_of(&signed, proof).is_some_and(|signer| keys.contains(&signer));
        if self.proofs.iter().all(authorized) { Ok(next) } else { Err(LogError::Proof) }
    }

    fn verify_scid(&self, scid: &str) -> Result<(), LogError> {
        let text = jcs(&self.unsigned(PLACEHOLDER)).and_then(|bytes| String::from_utf8(bytes).ok());
        let preliminary = text.ok_or(LogError::Entry)?.replace(scid, PLACEHOLDER);
        // Replacing text moves no member and changes no order: names of members carry no SCID that
        // sorts differently without the canonical form being made again.
        let value: Value = serde_json::from_str(&preliminary).map_err(|_| LogError::Entry)?;
        let bytes = jcs(&value).ok_or(LogError::Entry)?;
        if hash(&bytes) == scid { Ok(()) } else { Err(LogError::Scid) }
    }

    /// Time and document.
    fn version(
        &self,
        before: Option<&Version>,
        index: usize,
        now_ms: u64,
        parameters: &Parameters,
    ) -> Result<Version, LogError> {
        let time_ms = instant::parse(&self.version_time).ok_or(LogError::Time)?;
        if before.is_some_and(|before| before.time_ms >= time_ms) || time_ms > now_ms {
            return Err(LogError::Time);
        }
        let document = Document::from_members(&self.state)?;
        let (scid, identifier) = parts(&document.id).map_err(|_| LogError::OtherDid)?;
        if scid != parameters.scid || web::location(identifier, "").is_err() {
            return Err(LogError::Scid);
        }
        if let Some(before) = before.filter(|before| before.document.id != document.id) {
            let names_it = document.also_known_as.contains(&before.document.id);
            if !parameters.portable || !names_it {
                return Err(LogError::Portability);
            }
        }
        Ok(Version { number: index as u64 + 1, id: self.version_id.clone(), time_ms, document })
    }
}

pub(super) fn unsigned(
    version_id: &str,
    version_time: &str,
    parameters: &Map<String, Value>,
    state: &Map<String, Value>,
) -> Value {
    serde_json::json!({
        "versionId": version_id,
        "versionTime": version_time,
        "parameters": parameters,
        "state": state,
    })
}

impl VerifiedLog {
    /// The version that is asked for, if the log has it.
    #[must_use]
    pub fn version(&self, query: &VersionQuery) -> Option<&Version> {
        match query {
            VersionQuery::Newest => self.versions.last(),
            VersionQuery::Id(id) => self.versions.iter().find(|version| version.id == *id),
            VersionQuery::Time(ms) => self.versions.iter().rev().find(|version| version.time_ms <= *ms),
            VersionQuery::Number(number) => self.versions.iter().find(|version| version.number == *number),
        }
    }

    /// The versions, oldest first; at least one.
    #[must_use]
    pub fn versions(&self) -> &[Version] {
        &self.versions
    }

    /// Whether the DID was deactivated.
    #[must_use]
    pub fn is_deactivated(&self) -> bool {
        self.current.deactivated
    }

    /// How long the DID's owner lets it be kept (seconds).
    #[must_use]
    pub fn ttl(&self) -> u64 {
        self.current.ttl
    }
}
