//! JSON-LD: from a document to its statements, with the contexts that are known here.
//!
//! Nothing is fetched, and nothing is dropped: a term that no context defines, a relative IRI, a value
//! that would make no statement is refused by name, because a signature over the statements would not
//! cover it. For the same reason the keys of an index map are refused unless they are statements
//! themselves, and the direction of a text goes into its datatype.
//!
//! Spec: JSON-LD 1.1; JSON-LD 1.1 Processing Algorithms and API §4, §5.1, §8.

mod cache;
mod context;
mod define;
mod expand;
mod iri;
mod maps;
mod value;

pub(super) use cache::Families;

use super::{contexts::Contexts, rdf::Dataset};
use expand::Expander;
use serde_json::{Map, Value};
use std::sync::Arc;

/// Why a document was refused. Names of terms are the document's own text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JsonLdError {
    /// A context that is not known here.
    #[error("the context {0:?} is not known here")]
    UnknownContext(String),
    /// A context, or an entry of one, is not as JSON-LD defines it.
    #[error("the context is malformed: {0}")]
    Context(String),
    /// A context redefines a protected term.
    #[error("the protected term {0:?} is redefined")]
    ProtectedTerm(String),
    /// A context clears contexts that have protected terms.
    #[error("contexts with protected terms are cleared")]
    ProtectedCleared,
    /// A term depends on itself.
    #[error("the term {0:?} is defined by itself")]
    CyclicTerm(String),
    /// A member that no context defines.
    #[error("the term {0:?} is not defined")]
    UndefinedTerm(String),
    /// A type that no context defines.
    #[error("the type {0:?} is not defined")]
    UndefinedType(String),
    /// An IRI without a scheme.
    #[error("{0:?} is not an absolute IRI")]
    RelativeIri(String),
    /// Text with a scheme that is not an IRI.
    #[error("{0:?} is not a well-formed IRI")]
    MalformedIri(String),
    /// A language tag that is not well-formed.
    #[error("{0:?} is not a language tag")]
    LanguageTag(String),
    /// A member whose value makes no statement.
    #[error("the value of {0:?} would be dropped")]
    Dropped(String),
    /// A member whose value has the wrong form.
    #[error("the value of {0:?} is malformed")]
    Malformed(String),
    /// A number that not every implementation reads alike.
    #[error("a number of {0:?} is beyond what every reader keeps")]
    Number(String),
    /// Two members of one object mean the same keyword.
    #[error("{0:?} stands twice in one object")]
    Colliding(String),
    /// A feature of JSON-LD that is not read here.
    #[error("{0} is not supported")]
    Unsupported(&'static str),
    /// A document that says nothing.
    #[error("the document makes no statement")]
    Empty,
    /// Nested too deeply.
    #[error("the document is nested too deeply")]
    TooDeep,
    /// Too much work or too many statements.
    #[error("the document is too large")]
    TooLarge,
}

/// What a document may use, and how large it may be.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Limits {
    /// The contexts that it may name.
    pub contexts: Arc<Contexts>,
    /// Levels of nested values.
    pub depth: usize,
    /// Statements.
    pub statements: usize,
    /// Terms defined by contexts that stand in the document itself or were not met before in this order.
    pub definitions: usize,
    /// Steps of canonicalization, as [`canonicalize`](super::rdf::canonicalize) counts them.
    pub canonicalization_steps: u32,
}

/// The bundled contexts, 48 levels, 4,096 statements, 16,384 definitions, 100,000 steps.
impl Default for Limits {
    fn default() -> Self {
        Self {
            contexts: Arc::clone(Contexts::bundled()),
            depth: 48,
            statements: 4096,
            definitions: 16_384,
            canonicalization_steps: 100_000,
        }
    }
}

impl Limits {
    /// These limits with other contexts.
    #[must_use]
    pub fn with_contexts(self, contexts: Arc<Contexts>) -> Self {
        Self { contexts, ..self }
    }
}

/// The statements of `document`. Labels of its own blank nodes get the prefix `d-`, those given to nodes
/// without an identifier are `b0`, `b1`, ….
///
/// # Errors
/// [`JsonLdError`] by the first thing that does not hold.
///
/// Spec: JSON-LD 1.1 API §5.1, §8.1, with `rdfDirection` `i18n-datatype`.
pub fn to_dataset(document: &Map<String, Value>, limits: &Limits) -> Result<Dataset, JsonLdError> {
    let mut expander = Expander::new(limits);
    expander.document(document)?;
    expander.finish()
}

/// The expanded types of the top node, in the order of the document.
///
/// # Errors
/// [`JsonLdError`] by the first thing about contexts and types that does not hold.
pub fn type_iris(document: &Map<String, Value>, limits: &Limits) -> Result<Vec<String>, JsonLdError> {
    Expander::new(limits).types_of(document)
}

/// `document` with an identifier from `mint` in every node object that has none. Its statements are those
/// of `document` with these identifiers in the place of blank nodes. The names of graphs and the cells of
/// lists have no place in a document: they stay blank.
///
/// # Errors
/// [`JsonLdError`] by the first thing that does not hold.
pub fn label_nodes(
    document: &Map<String, Value>,
    limits: &Limits,
    mint: impl FnMut() -> String,
) -> Result<Map<String, Value>, JsonLdError> {
    let mut expander = Expander::new(limits);
    expander.document(document)?;
    Ok(expander.labelled(document, mint))
}

#[cfg(test)]
mod tests;
