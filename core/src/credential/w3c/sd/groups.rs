//! The statements of a document under their keyed labels, and which of them pointers select.
//!
//! Spec: Data Integrity ECDSA Cryptosuites 1.0 §3.4.

use super::{
    SdError,
    labels::{Labels, Naming},
    pointers::Selection,
};
use crate::{
    credential::w3c::{
        json_ld::{Limits, label_nodes, to_dataset},
        rdf::{Canonical, Dataset, Hash, Quad, Term, canonicalize},
    },
    random::Random,
};
use serde_json::{Map, Value};
use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

/// A document whose nodes all have names by which parts of it can be told again.
pub(super) struct Statements {
    document: Map<String, Value>,
    prefix: String,
    labels: Labels,
    lines: Vec<String>,
}

/// A part of the statements.
#[derive(Debug)]
pub(super) struct Group {
    /// Which lines, from 0.
    pub(super) indexes: BTreeSet<usize>,
    /// The same with the labels of the document.
    pub(super) dataset: Dataset,
}

impl Statements {
    /// The statements of `document`, which has no proof, under the names that `naming` gives with `key`.
    pub(super) fn new(
        document: &Map<String, Value>,
        naming: Naming,
        key: &[u8; 32],
        random: &dyn Random,
        limits: &Limits,
    ) -> Result<Self, SdError> {
        let prefix = prefix(random)?;
        let mut count = 0_usize;
        let document = label_nodes(document, limits, || {
            count += 1;
            format!("{prefix}{}", count - 1)
        })?;
        let dataset = unnamed(to_dataset(&document, limits)?, &prefix)?;
        let canonical = canonicalize(&dataset, Hash::Sha256, limits.canonicalization_steps)?;
        let labels = naming.labels(&canonical, key);
        let lines = relabelled(&dataset, &labels).ok_or(SdError::Unselectable)?;
        Ok(Self { document, prefix, labels, lines })
    }

    /// All of them: canonical lines under their new labels, in code point order.
    pub(super) fn lines(&self) -> &[String] {
        &self.lines
    }

    /// From the labels of the document to those of the lines.
    pub(super) fn labels(&self) -> &Labels {
        &self.labels
    }

    /// Those that `pointers` select.
    pub(super) fn select(&self, pointers: &[String], limits: &Limits) -> Result<Group, SdError> {
        let Some(selection) = Selection::new(&self.document, pointers)? else {
            return Ok(Group { indexes: BTreeSet::new(), dataset: Dataset::default() });
        };
        let dataset = to_dataset(&selection.of(&self.document, true), limits)?;
        let dataset = unnamed(dataset, &self.prefix)?;
        let lines = relabelled(&dataset, &self.labels).ok_or(SdError::Unselectable)?;
        let places: HashMap<&str, usize> =
            self.lines.iter().enumerate().map(|(at, line)| (line.as_str(), at)).collect();
        // A selection makes no statement that the whole does not make.
        let index = |line: &String| places.get(line.as_str()).copied().ok_or(SdError::Unselectable);
        Ok(Group { indexes: lines.iter().map(index).collect::<Result<_, _>>()?, dataset })
    }

    /// The lines at `indexes`, and all others.
    pub(super) fn split(&self, indexes: &BTreeSet<usize>) -> (Vec<&str>, Vec<&str>) {
        split(&self.lines, |at| indexes.contains(&at))
    }
}

/// The lines whose place is in a group, and all others, each in order.
pub(super) fn split(lines: &[String], is_in: impl Fn(usize) -> bool) -> (Vec<&str>, Vec<&str>) {
    let (mut inside, mut outside) = (Vec::new(), Vec::new());
    for (at, line) in lines.iter().enumerate() {
        if is_in(at) { inside.push(line.as_str()) } else { outside.push(line.as_str()) }
    }
    (inside, outside)
}

/// The statements under new labels as lines in code point order; none when a label has no new one.
pub(super) fn relabelled(dataset: &Dataset, labels: &Labels) -> Option<Vec<String>> {
    let known =
        |quad: &Quad| quad.nodes().filter_map(Term::blank_label).all(|label| labels.contains_key(label));
    if !dataset.quads().iter().all(known) {
        return None;
    }
    let new = |label: &str| labels.get(label).cloned().unwrap_or_else(|| label.into());
    let mut lines: Vec<String> = dataset.quads().iter().map(|quad| quad.relabelled(new).line()).collect();
    lines.sort_unstable();
    lines.dedup();
    Some(lines)
}

/// The statements of `document` in canonical form, and as they were found.
pub(super) fn canonical(
    document: &Map<String, Value>,
    limits: &Limits,
) -> Result<(Dataset, Canonical), crate::credential::w3c::proof::ProofError> {
    let dataset = to_dataset(document, limits)?;
    let canonical = canonicalize(&dataset, Hash::Sha256, limits.canonicalization_steps)?;
    Ok((dataset, canonical))
}

/// A prefix that no document knows.
fn prefix(random: &dyn Random) -> Result<String, SdError> {
    let number = u128::from_be_bytes(random.bytes::<16>()?);
    Ok(format!("urn:bnid:{number:032x}:"))
}

/// The statements with blank nodes again where names were given to them.
fn unnamed(dataset: Dataset, prefix: &str) -> Result<Dataset, SdError> {
    let term = |term: Term| match &term {
        Term::Iri(iri) => match iri.strip_prefix(prefix) {
            Some(number) => Ok(Term::blank(&format!("s{number}"))),
            None => Ok(term),
        },
        // Only blank nodes with a name of their own can be found again in a part of the document.
        Term::Blank(label) if !label.starts_with("d-") => Err(SdError::Unselectable),
        _ => Ok(term),
    };
    let quad = |quad: Quad| {
        Ok(Quad {
            subject: term(quad.subject)?,
            predicate: Arc::clone(&quad.predicate),
            object: term(quad.object)?,
            graph: quad.graph.map(term).transpose()?,
        })
    };
    dataset.into_quads().into_iter().map(quad).collect()
}
