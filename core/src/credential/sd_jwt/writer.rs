//! Writes a payload and its disclosures in one walk over the claims.
//!
//! Everything is written into one buffer. A disclosable claim is written behind what is there already,
//! encoded from there into the disclosures, hashed, and taken back; its digest waits on a stack until its
//! object is closed. So nothing is built as a tree first, and nothing is parsed again.

use super::{
    IssueError, MAX_DEPTH, MAX_DISCLOSURES, NEVER_DISCLOSABLE,
    disclosure::{self, DigestText},
};
use crate::{
    credential::{ClaimPath, PathElement},
    random::Random,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Bytes of randomness in a salt; RFC 9901 §9.3 recommends 128 bits.
const SALT: usize = 16;

/// Which of a claim's parts are disclosable.
#[derive(Clone, Debug, Default)]
pub(super) struct Rule {
    disclosable: bool,
    members: BTreeMap<String, Rule>,
    elements: Option<Box<Rule>>,
}

/// Where no rule reaches.
static PLAIN: Rule = Rule { disclosable: false, members: BTreeMap::new(), elements: None };

impl Rule {
    /// The rules that these paths state together.
    pub(super) fn of(disclosable: &[ClaimPath]) -> Result<Self, IssueError> {
        Self::of_but(&NEVER_DISCLOSABLE, disclosable)
    }

    /// The same where other claims must always be shown.
    fn of_but(never: &[&str], disclosable: &[ClaimPath]) -> Result<Self, IssueError> {
        let mut top = Self::default();
        for path in disclosable {
            let Some(PathElement::Name(first)) = path.steps().first() else {
                return Err(IssueError::Path(path.clone()));
            };
            if never.contains(&first.as_str()) {
                return Err(IssueError::NeverDisclosable(first.clone()));
            }
            let mut rule = &mut top;
            for step in path.steps() {
                rule = match step {
                    PathElement::Name(name) if is_reserved(name) => {
                        return Err(IssueError::ReservedName(name.clone()));
                    }
                    PathElement::Name(name) => rule.members.entry(name.clone()).or_default(),
                    PathElement::All => rule.elements.get_or_insert_default(),
                    PathElement::Index(_) => return Err(IssueError::Path(path.clone())),
                };
            }
            rule.disclosable = true;
        }
        Ok(top)
    }
}

/// A payload of `claims` and what `disclosable` takes out of it, each disclosure followed by `~`. The
/// claims in `never` must always be shown; `prelude` is members with a comma after each.
#[cfg(feature = "data-integrity")]
pub(crate) fn write_payload(
    prelude: &str,
    claims: &Map<String, Value>,
    (never, disclosable): (&[&str], &[ClaimPath]),
    decoys_to_multiple_of: u8,
    random: &dyn Random,
) -> Result<(Vec<u8>, String), IssueError> {
    let rules = Rule::of_but(never, disclosable)?;
    let mut writer = Writer::new(decoys_to_multiple_of.into(), random);
    writer.json.push(b'{');
    writer.json.extend_from_slice(prelude.as_bytes());
    writer.members(claims.iter(), &rules, 0)?;
    Ok((writer.json, writer.disclosures))
}

fn is_reserved(name: &str) -> bool {
    matches!(name, "_sd" | "_sd_alg" | "...")
}

pub(super) struct Writer<'a> {
    pub(super) json: Vec<u8>,
    /// Each followed by `~`.
    pub(super) disclosures: String,
    disclosed: usize,
    /// Digests of the objects that are open, innermost last.
    digests: Vec<DigestText>,
    decoys_to_multiple_of: usize,
    salts: Salts<'a>,
}

impl<'a> Writer<'a> {
    pub(super) fn new(decoys_to_multiple_of: usize, random: &'a dyn Random) -> Self {
        Self {
            json: Vec::with_capacity(2048),
            disclosures: String::with_capacity(2048),
            disclosed: 0,
            digests: Vec::with_capacity(32),
            decoys_to_multiple_of,
            salts: Salts::new(random),
        }
    }

    /// The payload: `prelude`, which is members with a comma after each, then the claims but `iss`.
    pub(super) fn top(
        &mut self,
        prelude: &str,
        claims: &Map<String, Value>,
        rules: &Rule,
    ) -> Result<(), IssueError> {
        self.json.push(b'{');
        self.json.extend_from_slice(prelude.as_bytes());
        self.members(claims.iter().filter(|(name, _)| *name != "iss"), rules, 0)
    }

    /// The members of an object whose `{` is written, and its `}`.
    fn members<'v>(
        &mut self,
        members: impl Iterator<Item = (&'v String, &'v Value)>,
        rules: &Rule,
        depth: usize,
    ) -> Result<(), IssueError> {
        let outer = self.digests.len();
        for (name, value) in members {
            if is_reserved(name) {
                return Err(IssueError::ReservedName(name.clone()));
            }
            let rule = rules.members.get(name).unwrap_or(&PLAIN);
            if rule.disclosable {
                let start = self.open_disclosure()?;
                self.scalar(name)?;
                self.json.push(b',');
                self.value(value, rule, depth + 1)?;
                let digest = self.close_disclosure(start)?;
                self.digests.push(digest);
            } else {
                self.scalar(name)?;
                self.json.push(b':');
                self.value(value, rule, depth + 1)?;
                self.json.push(b',');
            }
        }
        self.decoys(outer)?;
        if self.digests.len() > outer {
            // Sorted, they do not tell the order of the claims.
            self.digests[outer..].sort_unstable();
            self.json.extend_from_slice(br#""_sd":["#);
            for digest in self.digests.drain(outer..) {
                self.json.push(b'"');
                self.json.extend_from_slice(&digest);
                self.json.extend_from_slice(br#"","#);
            }
            self.close(b']');
            self.json.push(b',');
        }
        self.close(b'}');
        Ok(())
    }

    fn value(&mut self, value: &Value, rule: &Rule, depth: usize) -> Result<(), IssueError> {
        match value {
            Value::Object(_) | Value::Array(_) if depth >= MAX_DEPTH => Err(IssueError::TooLarge),
            Value::Object(members) => {
                self.json.push(b'{');
                self.members(members.iter(), rule, depth)
            }
            Value::Array(elements) => {
                let rule = rule.elements.as_deref().unwrap_or(&PLAIN);
                self.json.push(b'[');
                for element in elements {
                    if rule.disclosable {
                        let start = self.open_disclosure()?;
                        self.value(element, rule, depth + 1)?;
                        let digest = self.close_disclosure(start)?;
                        self.json.extend_from_slice(br#"{"...":""#);
                        self.json.extend_from_slice(&digest);
                        self.json.extend_from_slice(br#""}"#);
                    } else {
                        self.value(element, rule, depth + 1)?;
                    }
                    self.json.push(b',');
                }
                self.close(b']');
                Ok(())
            }
            scalar => self.scalar(scalar),
        }
    }

    fn scalar(&mut self, value: &impl serde::Serialize) -> Result<(), IssueError> {
        // A scalar into memory: only memory could fail.
        serde_json::to_writer(&mut self.json, value).map_err(|_| IssueError::TooLarge)
    }

    /// Writes `end` in place of the comma after the last item, if there was an item.
    fn close(&mut self, end: u8) {
        if self.json.last() == Some(&b',') {
            self.json.pop();
        }
        self.json.push(end);
    }

    fn open_disclosure(&mut self) -> Result<usize, IssueError> {
        let start = self.json.len();
        let salt = self.salts.next()?;
        self.json.extend_from_slice(br#"[""#);
        self.json.extend_from_slice(&salt);
        self.json.extend_from_slice(br#"","#);
        Ok(start)
    }

    fn close_disclosure(&mut self, start: usize) -> Result<DigestText, IssueError> {
        self.disclosed += 1;
        if self.disclosed > MAX_DISCLOSURES {
            return Err(IssueError::TooLarge);
        }
        self.json.push(b']');
        let text = self.disclosures.len();
        URL_SAFE_NO_PAD.encode_string(&self.json[start..], &mut self.disclosures);
        self.json.truncate(start);
        let digest = disclosure::digest(&self.disclosures[text..]);
        self.disclosures.push('~');
        Ok(digest)
    }

    /// Fills the digests from `outer` on up with decoys, where there are any digests.
    fn decoys(&mut self, outer: usize) -> Result<(), IssueError> {
        let multiple = self.decoys_to_multiple_of;
        while multiple > 1 && !(self.digests.len() - outer).is_multiple_of(multiple) {
            let salt = self.salts.next()?;
            let decoy = disclosure::encode(&crate::crypto::sha256(&[&salt]));
            self.digests.push(decoy);
        }
        Ok(())
    }
}

/// Salts out of one draw of randomness for a credential of the usual size.
struct Salts<'a> {
    random: &'a dyn Random,
    drawn: [[u8; SALT]; 16],
    next: usize,
}

impl<'a> Salts<'a> {
    fn new(random: &'a dyn Random) -> Self {
        let drawn = [[0; SALT]; 16];
        Self { random, next: drawn.len(), drawn }
    }

    /// A fresh salt in base64url.
    fn next(&mut self) -> Result<[u8; 22], IssueError> {
        if self.next == self.drawn.len() {
            self.random.fill(self.drawn.as_flattened_mut())?;
            self.next = 0;
        }
        let mut text = [0; 22];
        let written = URL_SAFE_NO_PAD.encode_slice(self.drawn[self.next], &mut text);
        debug_assert_eq!(written, Ok(22));
        self.next += 1;
        Ok(text)
    }
}
