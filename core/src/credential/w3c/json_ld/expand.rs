//! Documents: from nested objects to statements, in one walk.
//!
//! Spec: JSON-LD 1.1 API §5.1 (expansion), §7.2 (node maps), §8.1 (to RDF).

use super::{
    JsonLdError, Limits,
    cache::{Family, Step},
    context::{Context, Definition},
    define::{Definer, Manner},
    iri, value,
};
use crate::credential::w3c::rdf::{Dataset, Quad, RDF_FIRST, RDF_NIL, RDF_REST, RDF_TYPE, Term};
use serde_json::{Map, Value};
use std::{
    collections::HashMap,
    slice,
    sync::{Arc, OnceLock},
};

type Object = Map<String, Value>;
type Graph = Option<Term>;

/// What a map gives to its values: their identifier, or a type.
#[derive(Clone, Default)]
pub(super) struct Given {
    pub(super) from_map: bool,
    pub(super) id: Option<Term>,
    pub(super) kind: Option<Arc<str>>,
}

/// A property of a subject.
pub(super) struct Property<'p> {
    pub(super) name: &'p str,
    pub(super) iri: Arc<str>,
    pub(super) definition: Option<Arc<Definition>>,
    pub(super) reverse: bool,
}

impl Property<'_> {
    pub(super) fn definition(&self) -> Option<&Definition> {
        self.definition.as_deref()
    }

    pub(super) fn dropped(&self) -> JsonLdError {
        JsonLdError::Dropped(self.name.to_owned())
    }

    pub(super) fn malformed(&self) -> JsonLdError {
        JsonLdError::Malformed(self.name.to_owned())
    }
}

/// Walks one document.
pub(super) struct Expander<'a> {
    limits: &'a Limits,
    definer: Definer<'a>,
    family: Arc<Family>,
    /// Contexts that rest on one that stands in the document.
    own: HashMap<(u64, Step), Arc<Context>>,
    pub(super) depth: usize,
    quads: Vec<Quad>,
    blanks: usize,
    /// The objects that are nodes without an identifier, and what it is called there.
    unlabelled: HashMap<*const Object, String>,
    rdf_type: Arc<str>,
}

fn empty() -> &'static Arc<Context> {
    static EMPTY: OnceLock<Arc<Context>> = OnceLock::new();
    EMPTY.get_or_init(|| Arc::new(Context::empty()))
}

impl<'a> Expander<'a> {
    pub(super) fn new(limits: &'a Limits) -> Self {
        Self {
            limits,
            definer: Definer { contexts: &limits.contexts, definitions_left: limits.definitions },
            family: Arc::default(),
            own: HashMap::new(),
            depth: 0,
            quads: Vec::with_capacity(32),
            blanks: 0,
            unlabelled: HashMap::new(),
            rdf_type: RDF_TYPE.into(),
        }
    }

    /// Expands a whole document.
    pub(super) fn document(&mut self, document: &Object) -> Result<(), JsonLdError> {
        let context = self.top(document)?;
        let (scoped, types) = self.type_scoped(&context, document)?;
        let mut members = document.iter().filter(|(key, _)| scoped.keyword(key) != Some("@context"));
        if let (Some((key, graph)), None) = (members.next(), members.next())
            && scoped.keyword(key) == Some("@graph")
        {
            return self.graph_content(&scoped, graph, &None);
        }
        let property = Property { name: "@graph", iri: "@graph".into(), definition: None, reverse: false };
        match self.kind(&scoped, document) {
            None => self.node(&scoped, &types, document, &None, Given::default()).map(drop),
            Some(_) => Err(property.malformed()),
        }
    }

    /// The expanded types of the top node.
    pub(super) fn types_of(&mut self, document: &Object) -> Result<Vec<String>, JsonLdError> {
        let context = self.top(document)?;
        let (_, types) = self.type_scoped(&context, document)?;
        Ok(types.iter().map(|iri| iri.to_string()).collect())
    }

    pub(super) fn finish(self) -> Result<Dataset, JsonLdError> {
        if self.quads.is_empty() {
            return Err(JsonLdError::Empty);
        }
        Ok(self.quads.into_iter().collect())
    }

    /// The document with an identifier in every node object that had none.
    pub(super) fn labelled(&self, object: &Object, mut mint: impl FnMut() -> String) -> Object {
        self.labelled_object(object, &mut mint)
    }

    fn labelled_object(&self, object: &Object, mint: &mut dyn FnMut() -> String) -> Object {
        let mut out = Object::new();
        if let Some(name) = self.unlabelled.get(&std::ptr::from_ref(object)) {
            out.insert(name.clone(), Value::String(mint()));
        }
        for (key, value) in object {
            out.insert(key.clone(), self.labelled_value(value, mint));
        }
        out
    }

    fn labelled_value(&self, value: &Value, mint: &mut dyn FnMut() -> String) -> Value {
        match value {
            Value::Object(object) => Value::Object(self.labelled_object(object, mint)),
            Value::Array(items) => items.iter().map(|item| self.labelled_value(item, mint)).collect(),
            other => other.clone(),
        }
    }

    // Contexts.

    fn top(&mut self, document: &Object) -> Result<Arc<Context>, JsonLdError> {
        let (urls, _) = document.get("@context").map(split_urls).unwrap_or_default();
        self.family = self.limits.contexts.families.of(&urls);
        self.local_context(empty(), document)
    }

    /// `active` with the object's own `@context` on top of it.
    fn local_context(&mut self, active: &Arc<Context>, object: &Object) -> Result<Arc<Context>, JsonLdError> {
        let Some(local) = object.get("@context") else { return Ok(Arc::clone(active)) };
        let (urls, rest) = split_urls(local);
        let manner = Manner { overriding: false, propagate: true };
        let mut active = Arc::clone(active);
        if !urls.is_empty() {
            let list = urls.iter().cloned().map(Value::String).collect();
            active = self.step(&active, Step::Urls(urls), &list, manner)?;
        }
        if let Some(rest) = rest {
            let made = self.definer.process(&active, &rest, manner)?;
            active = Arc::new(Context { shared: false, ..made });
        }
        Ok(active)
    }

    fn step(
        &mut self,
        active: &Arc<Context>,
        step: Step,
        local: &Value,
        manner: Manner,
    ) -> Result<Arc<Context>, JsonLdError> {
        let key = (active.id, step);
        let found = if active.shared { self.family.find(&key) } else { self.own.get(&key).cloned() };
        if let Some(found) = found {
            return Ok(found);
        }
        let made = Arc::new(self.definer.process(active, local, manner)?);
        if active.shared {
            return Ok(self.family.keep(key, made));
        }
        self.own.insert(key, Arc::clone(&made));
        Ok(made)
    }

    /// `active` with the context inside the property's definition on top of it.
    pub(super) fn property_scoped(
        &mut self,
        active: &Arc<Context>,
        property: &Property<'_>,
    ) -> Result<Arc<Context>, JsonLdError> {
        let Some(scoped) = property.definition().and_then(|definition| definition.context.as_ref()) else {
            return Ok(Arc::clone(active));
        };
        let manner = Manner { overriding: true, propagate: true };
        self.step(active, Step::Property(scoped.id), &scoped.value, manner)
    }

    /// `active` with the contexts inside the definitions of the object's types on top of it, and the types.
    fn type_scoped(
        &mut self,
        active: &Arc<Context>,
        object: &Object,
    ) -> Result<(Arc<Context>, Vec<Arc<str>>), JsonLdError> {
        let mut names = Vec::new();
        for (key, value) in object.iter().filter(|(key, _)| active.keyword(key) == Some("@type")) {
            names.extend(texts(key, value)?);
        }
        if object.iter().any(|(key, _)| active.keyword(key) == Some("@value")) {
            return Ok((Arc::clone(active), Vec::new()));
        }
        let mut types = Vec::with_capacity(names.len());
        for name in &names {
            types.push(type_iri(active, name)?);
        }
        names.sort_unstable();
        let mut scoped = Arc::clone(active);
        for name in names {
            scoped = self.of_type(active, scoped, name)?;
        }
        Ok((scoped, types))
    }

    /// `scoped` with the context inside the type's definition in `defining` on top of it.
    pub(super) fn of_type(
        &mut self,
        defining: &Arc<Context>,
        scoped: Arc<Context>,
        name: &str,
    ) -> Result<Arc<Context>, JsonLdError> {
        let Some(local) = defining.terms.get(name).and_then(|term| term.context.as_ref()) else {
            return Ok(scoped);
        };
        let manner = Manner { overriding: false, propagate: false };
        self.step(&scoped, Step::Type(local.id), &local.value, manner)
    }

    // Objects.

    /// Which kind of object it is when it is no node: by `@value`, `@list` or `@set`.
    fn kind(&self, context: &Context, object: &Object) -> Option<&'static str> {
        object.keys().find_map(|key| match context.keyword(key)? {
            "@value" => Some("@value"),
            "@list" => Some("@list"),
            "@set" => Some("@set"),
            _ => None,
        })
    }

    /// Expands one value of a property, which is an object.
    pub(super) fn object(
        &mut self,
        active: &Arc<Context>,
        property: &Property<'_>,
        object: &Object,
        graph: &Graph,
        given: Given,
        out: &mut Vec<Term>,
    ) -> Result<(), JsonLdError> {
        let active = if given.from_map { Arc::clone(active) } else { propagated(active, object) };
        let active = self.property_scoped(&active, property)?;
        let active = self.local_context(&active, object)?;
        let (scoped, types) = self.type_scoped(&active, object)?;
        match self.kind(&scoped, object) {
            None => {
                let node = self.node(&scoped, &types, object, graph, given)?;
                out.push(node);
            }
            _ if given.id.is_some() || given.kind.is_some() => return Err(property.malformed()),
            Some("@value") => {
                out.push(Term::Literal(value::object(property.name, object, &scoped)?));
            }
            Some(keyword) => {
                let content = only_member(&scoped, object, keyword).ok_or_else(|| property.malformed())?;
                if keyword == "@list" {
                    let list = self.list(&scoped, property, content, graph)?;
                    out.push(list);
                } else {
                    self.values(&scoped, property, content, graph, out)?;
                }
            }
        }
        Ok(())
    }

    /// Expands a node object and answers with its identifier.
    fn node(
        &mut self,
        context: &Arc<Context>,
        types: &[Arc<str>],
        object: &Object,
        graph: &Graph,
        given: Given,
    ) -> Result<Term, JsonLdError> {
        let subject = match (identifier(context, object)?, given.id) {
            (Some(own), Some(given)) if own != given => return Err(JsonLdError::Colliding("@id".to_owned())),
            (Some(id), _) | (None, Some(id)) => id,
            (None, None) => {
                let name = if context.keyword("id") == Some("@id") { "id" } else { "@id" };
                self.unlabelled.insert(std::ptr::from_ref(object), name.to_owned());
                self.blank()
            }
        };
        for kind in given.kind.iter().chain(types) {
            let predicate = Arc::clone(&self.rdf_type);
            let kind = value::resource(kind)?;
            self.state(subject.clone(), predicate, kind, graph)?;
        }
        self.members(context, object, &subject, graph)?;
        Ok(subject)
    }

    fn members(
        &mut self,
        context: &Arc<Context>,
        object: &Object,
        subject: &Term,
        graph: &Graph,
    ) -> Result<(), JsonLdError> {
        for (name, value) in object {
            let iri = if name == "@context" { continue } else { context.member(name)? };
            match &*iri {
                "@id" | "@type" => {}
                "@graph" => self.graph_content(context, value, &Some(subject.clone()))?,
                "@included" => self.graph_content(context, value, graph)?,
                "@nest" => self.nested(context, name, value, subject, graph)?,
                "@reverse" => {
                    let Value::Object(map) = value else { return Err(JsonLdError::Malformed(name.clone())) };
                    // The map is an object of its own: the context of a type ends at it.
                    let context = propagated(context, map);
                    for (name, value) in map {
                        self.member(&context, name, value, subject, graph, true)?;
                    }
                }
                "@index" => return Err(JsonLdError::Unsupported("@index")),
                keyword if keyword.starts_with('@') => return Err(JsonLdError::Malformed(name.clone())),
                _ => self.member(context, name, value, subject, graph, false)?,
            }
        }
        Ok(())
    }

    fn member(
        &mut self,
        context: &Arc<Context>,
        name: &str,
        value: &Value,
        subject: &Term,
        graph: &Graph,
        reversed: bool,
    ) -> Result<(), JsonLdError> {
        let iri = context.member(name)?;
        if iri.starts_with('@') {
            return Err(JsonLdError::Malformed(name.to_owned()));
        }
        let definition = context.terms.get(name).cloned();
        let reverse = definition.as_ref().is_some_and(|definition| definition.reverse) != reversed;
        let property = Property { name, iri, definition, reverse };
        let mut objects = Vec::new();
        self.property(context, &property, value, graph, &mut objects)?;
        for object in objects {
            let predicate = Arc::clone(&property.iri);
            if !property.reverse {
                self.state(subject.clone(), predicate, object, graph)?;
            } else if matches!(object, Term::Literal(_)) {
                return Err(property.malformed());
            } else {
                self.state(object, predicate, subject.clone(), graph)?;
            }
        }
        Ok(())
    }

    /// The members of objects under `@nest` are members of the object around them.
    fn nested(
        &mut self,
        context: &Arc<Context>,
        name: &str,
        value: &Value,
        subject: &Term,
        graph: &Graph,
    ) -> Result<(), JsonLdError> {
        if context.terms.get(name).is_some_and(|definition| definition.context.is_some()) {
            return Err(JsonLdError::Unsupported("a context in the definition of a term for @nest"));
        }
        self.deeper()?;
        for item in items(value) {
            let object = item.as_object().filter(|object| !object.is_empty());
            let object = object.ok_or_else(|| JsonLdError::Malformed(name.to_owned()))?;
            let own =
                |key: &str| matches!(context.keyword(key), Some("@id" | "@type" | "@context" | "@value"));
            if object.keys().any(|key| own(key)) {
                return Err(JsonLdError::Unsupported("identifier, type or context under @nest"));
            }
            self.members(context, object, subject, graph)?;
        }
        self.depth -= 1;
        Ok(())
    }

    /// Nodes that stand in a graph, not as a value. Each must say something there.
    fn graph_content(
        &mut self,
        context: &Arc<Context>,
        value: &Value,
        graph: &Graph,
    ) -> Result<(), JsonLdError> {
        let property = Property { name: "@graph", iri: "@graph".into(), definition: None, reverse: false };
        self.deeper()?;
        let items = items(value);
        if items.is_empty() {
            return Err(property.dropped());
        }
        for item in items {
            let Value::Object(object) = item else { return Err(property.malformed()) };
            if !matches!(self.kind(context, object), None | Some("@set")) {
                return Err(property.dropped());
            }
            let said = self.quads.len();
            self.object(context, &property, object, graph, Given::default(), &mut Vec::new())?;
            if self.quads.len() == said {
                return Err(property.dropped());
            }
        }
        self.depth -= 1;
        Ok(())
    }

    // Values.

    /// Expands the values of a property that is no map: arrays, sets, objects and scalars.
    pub(super) fn values(
        &mut self,
        context: &Arc<Context>,
        property: &Property<'_>,
        value: &Value,
        graph: &Graph,
        out: &mut Vec<Term>,
    ) -> Result<(), JsonLdError> {
        self.deeper()?;
        match value {
            Value::Null => return Err(property.dropped()),
            Value::Array(items) if items.is_empty() => return Err(property.dropped()),
            Value::Array(items) => {
                for item in items {
                    self.values(context, property, item, graph, out)?;
                }
            }
            Value::Object(object) => {
                self.object(context, property, object, graph, Given::default(), out)?;
            }
            scalar => {
                let scoped = self.property_scoped(context, property)?;
                out.push(value::scalar(property.name, scalar, &scoped, property.definition())?);
            }
        }
        self.depth -= 1;
        Ok(())
    }

    /// Expands an array as a list, arrays inside it as lists too.
    pub(super) fn list(
        &mut self,
        context: &Arc<Context>,
        property: &Property<'_>,
        value: &Value,
        graph: &Graph,
    ) -> Result<Term, JsonLdError> {
        self.deeper()?;
        let mut terms = Vec::new();
        for item in items(value) {
            if item.is_array() {
                let inner = self.list(context, property, item, graph)?;
                terms.push(inner);
            } else {
                self.values(context, property, item, graph, &mut terms)?;
            }
        }
        self.depth -= 1;
        if property.reverse {
            return Err(property.malformed());
        }
        let mut rest = Term::iri(RDF_NIL);
        for term in terms.into_iter().rev() {
            let cell = self.blank();
            self.state(cell.clone(), RDF_FIRST.into(), term, graph)?;
            self.state(cell.clone(), RDF_REST.into(), rest, graph)?;
            rest = cell;
        }
        Ok(rest)
    }

    pub(super) fn blank(&mut self) -> Term {
        let label = format!("b{}", self.blanks);
        self.blanks += 1;
        Term::Blank(label.into())
    }

    pub(super) fn state(
        &mut self,
        subject: Term,
        predicate: Arc<str>,
        object: Term,
        graph: &Graph,
    ) -> Result<(), JsonLdError> {
        if self.quads.len() >= self.limits.statements {
            return Err(JsonLdError::TooLarge);
        }
        self.quads.push(Quad { subject, predicate, object, graph: graph.clone() });
        Ok(())
    }

    /// How many statements were made so far.
    pub(super) fn stated(&self) -> usize {
        self.quads.len()
    }

    pub(super) fn rdf_type(&self) -> Arc<str> {
        Arc::clone(&self.rdf_type)
    }

    pub(super) fn deeper(&mut self) -> Result<(), JsonLdError> {
        self.depth += 1;
        if self.depth > self.limits.depth { Err(JsonLdError::TooDeep) } else { Ok(()) }
    }
}

/// A value as a slice: an array's items, or itself.
pub(super) fn items(value: &Value) -> &[Value] {
    match value {
        Value::Array(items) => items,
        value => slice::from_ref(value),
    }
}

/// The URLs that a context begins with, and what follows them.
fn split_urls(local: &Value) -> (Vec<String>, Option<Value>) {
    let entries = items(local);
    let urls: Vec<String> = entries.iter().map_while(|entry| entry.as_str().map(str::to_owned)).collect();
    let rest = &entries[urls.len()..];
    let rest = match rest {
        [] => None,
        [one] => Some(one.clone()),
        many => Some(Value::Array(many.to_vec())),
    };
    (urls, rest)
}

fn texts<'v>(key: &str, value: &'v Value) -> Result<Vec<&'v str>, JsonLdError> {
    let texts: Option<Vec<&str>> = items(value).iter().map(Value::as_str).collect();
    let texts = texts.ok_or_else(|| JsonLdError::Malformed(key.to_owned()))?;
    if texts.is_empty() { Err(JsonLdError::Dropped(key.to_owned())) } else { Ok(texts) }
}

pub(super) fn type_iri(context: &Context, name: &str) -> Result<Arc<str>, JsonLdError> {
    let undefined = || JsonLdError::UndefinedType(name.to_owned());
    let iri = context.vocab_iri(name).map_err(|_| undefined())?;
    if iri.starts_with('@') {
        return Err(undefined());
    }
    if !iri::is_blank(&iri) {
        iri::check(&iri)?;
    }
    Ok(iri)
}

/// What holds of `context` in `object`: a context that does not propagate ends at it, unless it is a value
/// or a mere reference.
fn propagated(context: &Arc<Context>, object: &Object) -> Arc<Context> {
    let Some(previous) = &context.previous else { return Arc::clone(context) };
    let only_id = object.len() == 1 && object.keys().all(|key| context.keyword(key) == Some("@id"));
    let stays = only_id || object.keys().any(|key| context.keyword(key) == Some("@value"));
    Arc::clone(if stays { context } else { previous })
}

fn identifier(context: &Context, object: &Object) -> Result<Option<Term>, JsonLdError> {
    let mut found = None;
    for (key, value) in object.iter().filter(|(key, _)| context.keyword(key) == Some("@id")) {
        let text = value.as_str().ok_or_else(|| JsonLdError::Malformed(key.clone()))?;
        let iri = context.document_iri(text)?;
        if found.replace(value::resource(&iri)?).is_some() {
            return Err(JsonLdError::Colliding("@id".to_owned()));
        }
    }
    Ok(found)
}

/// The value of the member that is `keyword`, when only a context stands beside it.
fn only_member<'o>(context: &Context, object: &'o Object, keyword: &str) -> Option<&'o Value> {
    let mut members = object.iter().filter(|(key, _)| key.as_str() != "@context");
    let (key, value) = members.next()?;
    (members.next().is_none() && context.keyword(key) == Some(keyword)).then_some(value)
}
