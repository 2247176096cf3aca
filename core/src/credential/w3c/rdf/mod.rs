//! Statements, and their canonical form.

mod canonical;
mod n_quads;

pub use canonical::{Canonical, Hash, canonicalize};

use std::{collections::HashSet, sync::Arc};

pub(crate) const RDF_TYPE: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type";
pub(crate) const RDF_FIRST: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#first";
pub(crate) const RDF_REST: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#rest";
pub(crate) const RDF_NIL: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#nil";
pub(crate) const RDF_JSON: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#JSON";
pub(crate) const RDF_LANG_STRING: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString";
pub(crate) const XSD_STRING: &str = "http://www.w3.org/2001/XMLSchema#string";
pub(crate) const XSD_BOOLEAN: &str = "http://www.w3.org/2001/XMLSchema#boolean";
pub(crate) const XSD_INTEGER: &str = "http://www.w3.org/2001/XMLSchema#integer";
pub(crate) const XSD_DOUBLE: &str = "http://www.w3.org/2001/XMLSchema#double";

/// Why statements were refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RdfError {
    /// The graph needs more work than the caller allows: it is built to be hard, or far too large.
    #[error("canonicalization takes more steps than are allowed")]
    TooManySteps,
    /// A line is not a statement.
    #[error("line {0} is not an N-Quads statement")]
    Syntax(usize),
}

/// What a statement is about, or says.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Term {
    /// An absolute IRI.
    Iri(Arc<str>),
    /// A blank node by its label, without `_:`.
    Blank(Arc<str>),
    /// A value.
    Literal(Literal),
}

impl Term {
    /// The IRI.
    #[must_use]
    pub fn iri(iri: &str) -> Self {
        Self::Iri(iri.into())
    }

    /// The blank node of that label, without `_:`.
    #[must_use]
    pub fn blank(label: &str) -> Self {
        Self::Blank(label.into())
    }

    /// The label of a blank node, without `_:`.
    #[must_use]
    pub fn blank_label(&self) -> Option<&str> {
        match self {
            Self::Blank(label) => Some(label),
            Self::Iri(_) | Self::Literal(_) => None,
        }
    }
}

/// A value of a datatype.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Literal {
    /// Its lexical form.
    pub value: Arc<str>,
    /// The datatype's IRI; `rdf:langString` when there is a language.
    pub datatype: Arc<str>,
    /// The language tag.
    pub language: Option<Arc<str>>,
}

/// A statement, in a graph.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quad {
    /// An IRI or a blank node.
    pub subject: Term,
    /// An IRI.
    pub predicate: Arc<str>,
    /// Anything.
    pub object: Term,
    /// The graph's name, or none for the default graph.
    pub graph: Option<Term>,
}

impl Quad {
    /// The terms that may be blank nodes: subject, object and graph.
    pub fn nodes(&self) -> impl Iterator<Item = &Term> {
        [Some(&self.subject), Some(&self.object), self.graph.as_ref()].into_iter().flatten()
    }

    /// The same statement with every blank node's label passed through `relabel`.
    #[must_use]
    pub fn relabelled(&self, mut relabel: impl FnMut(&str) -> Arc<str>) -> Self {
        let mut term = |term: &Term| match term {
            Term::Blank(label) => Term::Blank(relabel(label)),
            Term::Iri(_) | Term::Literal(_) => term.clone(),
        };
        Self {
            subject: term(&self.subject),
            predicate: Arc::clone(&self.predicate),
            object: term(&self.object),
            graph: self.graph.as_ref().map(&mut term),
        }
    }

    /// The statement as a line of canonical N-Quads, with its line feed.
    #[must_use]
    pub fn line(&self) -> String {
        let mut line = String::with_capacity(192);
        n_quads::write(&mut line, self, &mut |out, label| out.push_str(label));
        line
    }
}

/// A set of statements, in the order in which they were found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dataset {
    quads: Vec<Quad>,
}

impl Dataset {
    /// Reads N-Quads: one statement on a line, empty lines and comments left out.
    ///
    /// # Errors
    /// [`RdfError::Syntax`] with the number of the first line, from 1, that is not a statement.
    ///
    /// Spec: RDF 1.1 N-Quads §4.
    pub fn parse(text: &str) -> Result<Self, RdfError> {
        let lines = text.lines().enumerate();
        lines
            .filter(|(_, line)| !matches!(line.trim_start().chars().next(), None | Some('#')))
            .map(|(at, line)| n_quads::read(line).ok_or(RdfError::Syntax(at + 1)))
            .collect()
    }

    /// The statements, each once.
    #[must_use]
    pub fn quads(&self) -> &[Quad] {
        &self.quads
    }

    /// The statements, each once.
    #[must_use]
    pub fn into_quads(self) -> Vec<Quad> {
        self.quads
    }

    /// Whether nothing is said.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.quads.is_empty()
    }
}

/// A statement made twice is kept once.
impl FromIterator<Quad> for Dataset {
    fn from_iter<I: IntoIterator<Item = Quad>>(quads: I) -> Self {
        let quads: Vec<Quad> = quads.into_iter().collect();
        let mut seen = HashSet::with_capacity(quads.len());
        let first: Vec<bool> = quads.iter().map(|quad| seen.insert(quad)).collect();
        if first.iter().all(|first| *first) {
            return Self { quads };
        }
        Self {
            quads: quads.into_iter().zip(first).filter_map(|(quad, first)| first.then_some(quad)).collect(),
        }
    }
}

#[cfg(test)]
mod tests;
