//! The values of a property by its container: lists, graphs, and maps by language, identifier, type or index.
//!
//! Spec: JSON-LD 1.1 API §5.1.2 steps 13.5 to 13.13.

use super::{
    JsonLdError,
    context::{Coercion, Container, Context},
    expand::{Expander, Given, Property, items, type_iri},
    value::{self, Tags},
};
use crate::credential::w3c::rdf::Term;
use serde_json::{Map, Value};
use std::sync::Arc;

type Graph = Option<Term>;

impl Expander<'_> {
    /// Expands all values of a property.
    pub(super) fn property(
        &mut self,
        context: &Arc<Context>,
        property: &Property<'_>,
        value: &Value,
        graph: &Graph,
        out: &mut Vec<Term>,
    ) -> Result<(), JsonLdError> {
        let definition = property.definition();
        let container = definition.map(|definition| definition.container).unwrap_or_default();
        if definition.and_then(|definition| definition.coercion.as_ref()) == Some(&Coercion::Json) {
            out.push(Term::Literal(value::json(property.name, value)?));
            return Ok(());
        }
        match value {
            Value::Object(map) if container.language => self.language_map(context, property, map, out),
            Value::Object(map) if container.id || container.types || container.index => {
                self.map(context, property, container, map, graph, out)
            }
            value if container.list => {
                // A list object, or a set that was written as one, is no list of lists.
                let list = match value {
                    Value::Object(object) if holds_list(context, object) => {
                        return self.values(context, property, value, graph, out);
                    }
                    Value::Null => return Err(property.dropped()),
                    value => self.list(context, property, value, graph)?,
                };
                out.push(list);
                Ok(())
            }
            value if container.graph => {
                if items(value).is_empty() {
                    return Err(property.dropped());
                }
                for item in items(value) {
                    let name = self.blank();
                    self.graph_item(context, property, item, name, Given::default(), out)?;
                }
                Ok(())
            }
            value => self.values(context, property, value, graph, out),
        }
    }

    /// Expands one value into a graph of its own.
    fn graph_item(
        &mut self,
        context: &Arc<Context>,
        property: &Property<'_>,
        item: &Value,
        name: Term,
        given: Given,
        out: &mut Vec<Term>,
    ) -> Result<(), JsonLdError> {
        let Value::Object(object) = item else { return Err(property.malformed()) };
        let said = self.stated();
        let mut nodes = Vec::new();
        self.object(context, property, object, &Some(name.clone()), given, &mut nodes)?;
        if self.stated() == said {
            return Err(property.dropped());
        }
        out.push(name);
        Ok(())
    }

    fn language_map(
        &mut self,
        context: &Arc<Context>,
        property: &Property<'_>,
        map: &Map<String, Value>,
        out: &mut Vec<Term>,
    ) -> Result<(), JsonLdError> {
        let direction = Tags::of(context, property.definition()).direction;
        if map.is_empty() {
            return Err(property.dropped());
        }
        for (key, texts) in map {
            let none = context.keyword(key) == Some("@none");
            let language = if none { None } else { Some(value::tag(key)?) };
            if items(texts).is_empty() {
                return Err(property.dropped());
            }
            for text in items(texts) {
                let text = text.as_str().ok_or_else(|| property.malformed())?;
                let tags = Tags { language: language.clone(), direction };
                out.push(Term::Literal(value::tagged(text, tags)));
            }
        }
        Ok(())
    }

    fn map(
        &mut self,
        context: &Arc<Context>,
        property: &Property<'_>,
        container: Container,
        map: &Map<String, Value>,
        graph: &Graph,
        out: &mut Vec<Term>,
    ) -> Result<(), JsonLdError> {
        let index = property.definition().and_then(|definition| definition.index.clone());
        if container.index && (container.graph || index.as_deref().is_none_or(|index| index == "@index")) {
            // Its keys make no statement.
            return Err(JsonLdError::Unsupported("a map by @index that is no property"));
        }
        self.deeper()?;
        for (key, values) in map {
            let none = context.keyword(key) == Some("@none");
            let values = items(values);
            if values.is_empty() {
                return Err(property.dropped());
            }
            for value in values {
                let from = out.len();
                let mut given = Given { from_map: true, ..Given::default() };
                if container.index {
                    self.map_value(context, property, value, graph, given, out)?;
                    if let Some(index) = index.as_deref().filter(|_| !none) {
                        self.index_statements(context, property, index, key, &out[from..], graph)?;
                    }
                    continue;
                }
                let mut scoped = Arc::clone(context.previous.as_ref().unwrap_or(context));
                if container.id && !none {
                    given.id = Some(value::resource(&context.document_iri(key)?)?);
                } else if container.types && !none {
                    given.kind = Some(type_iri(context, key)?);
                    let defining = Arc::clone(&scoped);
                    scoped = self.of_type(&defining, scoped, key)?;
                }
                if container.graph {
                    let name = given.id.take().unwrap_or_else(|| self.blank());
                    self.graph_item(&scoped, property, value, name, given, out)?;
                } else {
                    self.map_value(&scoped, property, value, graph, given, out)?;
                }
            }
        }
        self.depth -= 1;
        Ok(())
    }

    fn map_value(
        &mut self,
        context: &Arc<Context>,
        property: &Property<'_>,
        value: &Value,
        graph: &Graph,
        given: Given,
        out: &mut Vec<Term>,
    ) -> Result<(), JsonLdError> {
        match (value, given.kind.clone()) {
            (Value::Object(object), _) => self.object(context, property, object, graph, given, out),
            // In a map by type, a text is a node's identifier.
            (Value::String(_), Some(kind)) => {
                let node = value::scalar(property.name, value, context, property.definition())?;
                let kind = value::resource(&kind)?;
                let predicate = self.rdf_type();
                self.state(node.clone(), predicate, kind, graph)?;
                out.push(node);
                Ok(())
            }
            _ => Err(property.malformed()),
        }
    }

    /// The keys of an index map as values of the property that the definition names.
    fn index_statements(
        &mut self,
        context: &Arc<Context>,
        property: &Property<'_>,
        index: &str,
        key: &str,
        nodes: &[Term],
        graph: &Graph,
    ) -> Result<(), JsonLdError> {
        let iri = context.member(index)?;
        let definition = context.terms.get(index).cloned();
        let text = Value::String(key.to_owned());
        let object = value::scalar(index, &text, context, definition.as_deref())?;
        for node in nodes {
            if matches!(node, Term::Literal(_)) || iri.starts_with('@') {
                return Err(property.malformed());
            }
            self.state(node.clone(), Arc::clone(&iri), object.clone(), graph)?;
        }
        Ok(())
    }
}

fn holds_list(context: &Context, object: &Map<String, Value>) -> bool {
    object.keys().any(|key| matches!(context.keyword(key), Some("@list")))
}
