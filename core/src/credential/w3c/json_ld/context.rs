//! An active context: what the members of an object mean.

use super::JsonLdError;
use serde_json::Value;
use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

/// Writing direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    LeftToRight,
    RightToLeft,
}

impl Direction {
    pub(super) fn parse(text: &str) -> Option<Self> {
        match text {
            "ltr" => Some(Self::LeftToRight),
            "rtl" => Some(Self::RightToLeft),
            _ => None,
        }
    }

    pub(super) const fn text(self) -> &'static str {
        match self {
            Self::LeftToRight => "ltr",
            Self::RightToLeft => "rtl",
        }
    }
}

/// What a term's values are, unless they say so themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Coercion {
    /// `@none`: as they stand.
    None,
    /// `@id`: IRIs.
    Id,
    /// `@vocab`: terms or IRIs.
    Vocab,
    /// `@json`: JSON.
    Json,
    /// Literals of a datatype.
    Datatype(Arc<str>),
}

/// The keywords of a term's `@container`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Container {
    pub(super) graph: bool,
    pub(super) id: bool,
    pub(super) index: bool,
    pub(super) language: bool,
    pub(super) list: bool,
    pub(super) set: bool,
    pub(super) types: bool,
}

/// A context inside a term's definition.
#[derive(Clone, Debug)]
pub(super) struct Scoped {
    /// Tells it from every other while the process lives.
    pub(super) id: u64,
    pub(super) value: Arc<Value>,
}

impl PartialEq for Scoped {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Definition {
    /// A keyword or an IRI; `None` when the context takes the term out.
    pub(super) iri: Option<Arc<str>>,
    pub(super) prefix: bool,
    pub(super) protected: bool,
    pub(super) reverse: bool,
    pub(super) coercion: Option<Coercion>,
    pub(super) container: Container,
    pub(super) language: Option<Option<Arc<str>>>,
    pub(super) direction: Option<Option<Direction>>,
    /// The property that an index map's keys are values of.
    pub(super) index: Option<String>,
    pub(super) nest: Option<String>,
    pub(super) context: Option<Scoped>,
}

/// What the members of an object mean.
#[derive(Clone, Debug)]
pub(super) struct Context {
    /// Tells it from every other while the process lives.
    pub(super) id: u64,
    /// Whether the cache of the document's contexts keeps it.
    pub(super) shared: bool,
    pub(super) terms: HashMap<Arc<str>, Arc<Definition>>,
    pub(super) vocab: Option<Arc<str>>,
    pub(super) language: Option<Arc<str>>,
    pub(super) direction: Option<Direction>,
    /// What holds again in nested objects, when this one does not propagate.
    pub(super) previous: Option<Arc<Context>>,
}

pub(super) fn next_id() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

impl Context {
    pub(super) fn empty() -> Self {
        Self {
            id: next_id(),
            shared: true,
            terms: HashMap::new(),
            vocab: None,
            language: None,
            direction: None,
            previous: None,
        }
    }

    /// What a member's name means: a keyword or an IRI.
    pub(super) fn member(&self, name: &str) -> Result<Arc<str>, JsonLdError> {
        let expanded = match self.terms.get(name) {
            Some(definition) => definition.iri.clone(),
            None => self.other(name, true)?,
        };
        let expanded = expanded.ok_or_else(|| JsonLdError::UndefinedTerm(name.to_owned()))?;
        if !expanded.starts_with('@') {
            super::iri::check(&expanded)?;
        }
        Ok(expanded)
    }

    /// The keyword that a member's name stands for.
    pub(super) fn keyword<'s>(&'s self, name: &'s str) -> Option<&'s str> {
        if name.starts_with('@') {
            return Some(name);
        }
        self.terms.get(name).and_then(|term| term.iri.as_deref()).filter(|iri| iri.starts_with('@'))
    }

    /// A value that is a term or an IRI.
    pub(super) fn vocab_iri(&self, value: &str) -> Result<Arc<str>, JsonLdError> {
        let expanded = match self.terms.get(value) {
            Some(definition) => definition.iri.clone(),
            None => self.other(value, true)?,
        };
        expanded.ok_or_else(|| JsonLdError::RelativeIri(value.to_owned()))
    }

    /// A value that is an IRI, possibly with a prefix.
    pub(super) fn document_iri(&self, value: &str) -> Result<Arc<str>, JsonLdError> {
        self.other(value, false)?.ok_or_else(|| JsonLdError::RelativeIri(value.to_owned()))
    }

    /// Keywords, IRIs with a prefix, absolute IRIs, and names in the vocabulary.
    fn other(&self, value: &str, vocab: bool) -> Result<Option<Arc<str>>, JsonLdError> {
        if super::iri::is_keyword(value) {
            return Ok(Some(value.into()));
        }
        if super::iri::looks_like_keyword(value) {
            return Err(JsonLdError::UndefinedTerm(value.to_owned()));
        }
        if let Some((prefix, suffix)) = super::iri::split(value) {
            if prefix == "_" || suffix.starts_with("//") {
                return Ok(Some(value.into()));
            }
            let prefix = self.terms.get(prefix).filter(|term| term.prefix);
            return Ok(Some(match prefix.and_then(|term| term.iri.as_deref()) {
                Some(iri) => format!("{iri}{suffix}").into(),
                None => value.into(),
            }));
        }
        Ok(self.vocab.as_ref().filter(|_| vocab).map(|iri| format!("{iri}{value}").into()))
    }
}
