//! Contexts, worked out: from their JSON to what terms mean.
//!
//! Spec: JSON-LD 1.1 API §4.1 (context processing), §4.2 (term definitions).

use super::{
    JsonLdError,
    context::{Coercion, Container, Context, Definition, Direction, Scoped, next_id},
    iri,
};
use crate::credential::w3c::contexts::Contexts;
use serde_json::{Map, Value};
use std::{collections::HashMap, slice, sync::Arc};

/// Contexts that contexts name, one inside the other.
const MAX_NESTED_CONTEXTS: usize = 8;

/// Whether a context may redefine protected terms, and whether it holds in nested objects.
#[derive(Clone, Copy)]
pub(super) struct Manner {
    pub(super) overriding: bool,
    pub(super) propagate: bool,
}

/// Works out contexts, at most `definitions_left` terms.
pub(super) struct Definer<'a> {
    pub(super) contexts: &'a Contexts,
    pub(super) definitions_left: usize,
}

impl Definer<'_> {
    /// `active` with `local` on top of it.
    pub(super) fn process(
        &mut self,
        active: &Arc<Context>,
        local: &Value,
        manner: Manner,
    ) -> Result<Context, JsonLdError> {
        let propagate = boolean(local.get("@propagate"), "@propagate")?.unwrap_or(manner.propagate);
        self.spend(active.terms.len() / 8 + 1)?;
        let mut result = Context { id: next_id(), ..(**active).clone() };
        if !propagate && result.previous.is_none() {
            result.previous = Some(Arc::clone(active));
        }
        self.apply_all(&mut result, local, Manner { propagate, ..manner }, 0)?;
        Ok(result)
    }

    fn apply_all(
        &mut self,
        result: &mut Context,
        local: &Value,
        manner: Manner,
        nested: usize,
    ) -> Result<(), JsonLdError> {
        let entries = match local {
            Value::Array(entries) => entries.as_slice(),
            entry => slice::from_ref(entry),
        };
        for entry in entries {
            match entry {
                Value::Null => clear(result, manner)?,
                Value::String(url) => self.apply_url(result, url, nested)?,
                Value::Object(object) => self.apply_object(result, object, manner)?,
                _ => return Err(malformed("neither a URL nor an object")),
            }
        }
        Ok(())
    }

    fn apply_url(&mut self, result: &mut Context, url: &str, nested: usize) -> Result<(), JsonLdError> {
        if nested >= MAX_NESTED_CONTEXTS {
            return Err(JsonLdError::TooDeep);
        }
        let document =
            self.contexts.document(url).ok_or_else(|| JsonLdError::UnknownContext(url.to_owned()))?;
        let local = document.get("@context").ok_or_else(|| malformed("a document without @context"))?;
        let manner = Manner { overriding: false, propagate: true };
        self.apply_all(result, local, manner, nested + 1)
    }

    fn apply_object(
        &mut self,
        result: &mut Context,
        object: &Map<String, Value>,
        manner: Manner,
    ) -> Result<(), JsonLdError> {
        self.spend(object.len())?;
        let version = object.get("@version");
        if version.is_some_and(|version| version.as_f64() != Some(1.1)) {
            return Err(malformed("@version is not 1.1"));
        }
        if object.contains_key("@import") {
            return Err(JsonLdError::Unsupported("@import"));
        }
        if object.get("@base").is_some_and(|base| !base.is_null()) {
            return Err(JsonLdError::Unsupported("@base"));
        }
        boolean(object.get("@propagate"), "@propagate")?;
        match object.get("@vocab") {
            None => {}
            Some(Value::Null) => result.vocab = None,
            Some(Value::String(vocab)) => {
                let vocab = result.vocab_iri(vocab)?;
                iri::check(&vocab)?;
                result.vocab = Some(vocab);
            }
            Some(_) => return Err(malformed("@vocab is not text")),
        }
        if let Some(language) = language(object.get("@language"))? {
            result.language = language;
        }
        if let Some(direction) = direction(object.get("@direction"))? {
            result.direction = direction;
        }
        let protected = boolean(object.get("@protected"), "@protected")?.unwrap_or(false);
        let mut terms = Terms { result, local: object, done: HashMap::new(), protected, manner };
        for term in object.keys() {
            let of_the_context = matches!(
                term.as_str(),
                "@base" | "@direction" | "@language" | "@propagate" | "@protected" | "@version" | "@vocab"
            );
            if !of_the_context {
                terms.define(term, 0)?;
            }
        }
        Ok(())
    }

    fn spend(&mut self, definitions: usize) -> Result<(), JsonLdError> {
        self.definitions_left =
            self.definitions_left.checked_sub(definitions).ok_or(JsonLdError::TooLarge)?;
        Ok(())
    }
}

fn clear(result: &mut Context, manner: Manner) -> Result<(), JsonLdError> {
    if !manner.overriding && result.terms.values().any(|term| term.protected) {
        return Err(JsonLdError::ProtectedCleared);
    }
    let mut fresh = Context { shared: result.shared, ..Context::empty() };
    if !manner.propagate {
        fresh.previous = Some(Arc::new(std::mem::replace(result, Context::empty())));
    }
    *result = fresh;
    Ok(())
}

fn malformed(what: &str) -> JsonLdError {
    JsonLdError::Context(what.to_owned())
}

fn boolean(value: Option<&Value>, name: &str) -> Result<Option<bool>, JsonLdError> {
    match value {
        None => Ok(None),
        Some(Value::Bool(value)) => Ok(Some(*value)),
        Some(_) => Err(malformed(&format!("{name} is not true or false"))),
    }
}

#[allow(clippy::option_option, reason = "absent, null and a language are three things")]
fn language(value: Option<&Value>) -> Result<Option<Option<Arc<str>>>, JsonLdError> {
    match value {
        None => Ok(None),
        Some(Value::Null) => Ok(Some(None)),
        Some(Value::String(tag)) => {
            iri::check_language(tag)?;
            Ok(Some(Some(tag.to_ascii_lowercase().into())))
        }
        Some(_) => Err(malformed("@language is not text")),
    }
}

#[allow(clippy::option_option, reason = "absent, null and a direction are three things")]
fn direction(value: Option<&Value>) -> Result<Option<Option<Direction>>, JsonLdError> {
    match value {
        None => Ok(None),
        Some(Value::Null) => Ok(Some(None)),
        Some(Value::String(text)) => {
            Direction::parse(text).map(|it| Some(Some(it))).ok_or_else(|| malformed("@direction"))
        }
        Some(_) => Err(malformed("@direction is not text")),
    }
}

/// The terms of one context as they are defined, each after those that it rests on.
struct Terms<'a> {
    result: &'a mut Context,
    local: &'a Map<String, Value>,
    /// `false` while a term is being defined.
    done: HashMap<&'a str, bool>,
    protected: bool,
    manner: Manner,
}

impl<'a> Terms<'a> {
    fn define(&mut self, term: &'a str, depth: usize) -> Result<(), JsonLdError> {
        match self.done.get(term) {
            Some(true) => return Ok(()),
            Some(false) => return Err(JsonLdError::CyclicTerm(term.to_owned())),
            None => {}
        }
        if depth > MAX_NESTED_CONTEXTS {
            return Err(JsonLdError::TooDeep);
        }
        if term.is_empty() {
            return Err(malformed("a term without a name"));
        }
        let Some(value) = self.local.get(term) else { return Ok(()) };
        if term == "@type" {
            check_type_keyword(value)?;
            self.done.insert(term, true);
            return Ok(());
        }
        if term.starts_with('@') && (iri::is_keyword(term) || iri::looks_like_keyword(term)) {
            return Err(malformed(&format!("{term} is a keyword")));
        }
        self.done.insert(term, false);
        let previous = self.result.terms.remove(term);
        let definition = self.definition(term, value, depth)?;
        let definition = match previous {
            Some(previous) if previous.protected && !self.manner.overriding => {
                let same = Definition { protected: true, ..definition } == *previous;
                if !same {
                    return Err(JsonLdError::ProtectedTerm(term.to_owned()));
                }
                previous
            }
            _ => Arc::new(definition),
        };
        self.result.terms.insert(term.into(), definition);
        self.done.insert(term, true);
        Ok(())
    }

    fn definition(
        &mut self,
        term: &'a str,
        value: &'a Value,
        depth: usize,
    ) -> Result<Definition, JsonLdError> {
        let mut definition = Definition {
            iri: None,
            prefix: false,
            protected: self.protected,
            reverse: false,
            coercion: None,
            container: Container::default(),
            language: None,
            direction: None,
            index: None,
            nest: None,
            context: None,
        };
        match value {
            Value::Null => {}
            Value::String(id) => {
                definition.iri = self.mapping(term, Some(id), depth)?;
                let prefixes = |iri: &str| iri.ends_with([':', '/', '?', '#', '[', ']', '@']);
                definition.prefix =
                    !term.contains([':', '/']) && definition.iri.as_deref().is_some_and(prefixes);
            }
            Value::Object(object) => self.expanded(term, object, &mut definition, depth)?,
            _ => return Err(bad(term)),
        }
        Ok(definition)
    }

    /// A definition that is an object.
    fn expanded(
        &mut self,
        term: &'a str,
        object: &'a Map<String, Value>,
        definition: &mut Definition,
        depth: usize,
    ) -> Result<(), JsonLdError> {
        if let Some(protected) = boolean(object.get("@protected"), "@protected")? {
            definition.protected = protected;
        }
        if let Some(value) = object.get("@type") {
            definition.coercion = Some(self.coercion(term, value, depth)?);
        }
        definition.container = container(term, object.get("@container"))?;
        match (object.get("@reverse"), object.get("@id")) {
            (Some(Value::String(reverse)), None) if !object.contains_key("@nest") => {
                let iri = self.iri(reverse, depth)?;
                iri::check(&iri)?;
                definition.iri = Some(iri);
                definition.reverse = true;
                let Container { graph, id, language, list, types, .. } = definition.container;
                if graph || id || language || list || types {
                    return Err(bad(term));
                }
            }
            (Some(_), _) => return Err(bad(term)),
            (None, Some(Value::Null)) => {}
            (None, Some(Value::String(id))) => definition.iri = self.mapping(term, Some(id), depth)?,
            (None, Some(_)) => return Err(bad(term)),
            (None, None) => definition.iri = self.mapping(term, None, depth)?,
        }
        self.rest(term, object, definition)
    }

    /// The entries of a definition that do not say which property it is.
    fn rest(
        &mut self,
        term: &str,
        object: &Map<String, Value>,
        definition: &mut Definition,
    ) -> Result<(), JsonLdError> {
        for (key, value) in object {
            match (key.as_str(), value) {
                ("@id" | "@type" | "@reverse" | "@container" | "@protected", _) => {}
                ("@context", context) => {
                    definition.context = Some(Scoped { id: next_id(), value: Arc::new(context.clone()) });
                }
                ("@language", value) => definition.language = language(Some(value))?,
                ("@direction", value) => definition.direction = direction(Some(value))?,
                ("@index", Value::String(index)) if definition.container.index => {
                    definition.index = Some(index.clone());
                }
                ("@nest", Value::String(nest)) if nest == "@nest" || !iri::is_keyword(nest) => {
                    definition.nest = Some(nest.clone());
                }
                ("@prefix", Value::Bool(prefix)) if !term.contains([':', '/']) => definition.prefix = *prefix,
                _ => return Err(bad(term)),
            }
        }
        if definition.container.types {
            match definition.coercion.get_or_insert(Coercion::Id) {
                Coercion::Id | Coercion::Vocab => {}
                _ => return Err(bad(term)),
            }
        }
        let keyword = definition.iri.as_deref().is_some_and(|iri| iri.starts_with('@'));
        if keyword && (definition.prefix || definition.context.is_some()) {
            return Err(bad(term));
        }
        Ok(())
    }

    /// The keyword or IRI of a term, from its `@id` or from its name.
    ///
    /// Spec: JSON-LD 1.1 API §4.2.2 steps 14 to 18.
    fn mapping(
        &mut self,
        term: &'a str,
        id: Option<&'a String>,
        depth: usize,
    ) -> Result<Option<Arc<str>>, JsonLdError> {
        if let Some(id) = id.filter(|id| *id != term) {
            let iri = self.iri(id, depth)?;
            let keyword = iri.starts_with('@');
            if !keyword {
                iri::check(&iri)?;
            }
            if &*iri == "@context" {
                return Err(bad(term));
            }
            let inner_colon = term.char_indices().any(|(at, c)| c == ':' && at > 0 && at + 1 < term.len());
            if (inner_colon || term.contains('/')) && self.of_name(term, depth)?.as_deref() != Some(&*iri) {
                return Err(bad(term));
            }
            return Ok(Some(iri));
        }
        let iri = self.of_name(term, depth)?.ok_or_else(|| JsonLdError::UndefinedTerm(term.to_owned()))?;
        iri::check(&iri)?;
        Ok(Some(iri))
    }

    /// What a term's own name says.
    fn of_name(&mut self, term: &'a str, depth: usize) -> Result<Option<Arc<str>>, JsonLdError> {
        if let Some((prefix, suffix)) = iri::split(term) {
            if self.local.contains_key(prefix) {
                self.define(prefix, depth + 1)?;
            }
            let prefix = self.result.terms.get(prefix).and_then(|term| term.iri.as_deref());
            return Ok(Some(match prefix {
                Some(iri) => format!("{iri}{suffix}").into(),
                None => term.into(),
            }));
        }
        Ok(self.result.vocab.as_ref().map(|vocab| format!("{vocab}{term}").into()))
    }

    /// What an IRI, a compact IRI or a term of this or an earlier context means.
    fn iri(&mut self, value: &'a str, depth: usize) -> Result<Arc<str>, JsonLdError> {
        if !iri::is_keyword(value) {
            let compact = iri::split(value).filter(|(_, suffix)| !suffix.starts_with("//"));
            let prefix = compact.map(|(prefix, _)| prefix);
            for needed in [Some(value), prefix].into_iter().flatten() {
                if self.local.contains_key(needed) && !matches!(self.done.get(needed), Some(true)) {
                    self.define(needed, depth + 1)?;
                }
            }
        }
        self.result.vocab_iri(value)
    }

    fn coercion(&mut self, term: &str, value: &'a Value, depth: usize) -> Result<Coercion, JsonLdError> {
        let Value::String(value) = value else { return Err(bad(term)) };
        let iri = self.iri(value, depth)?;
        match &*iri {
            "@id" => Ok(Coercion::Id),
            "@vocab" => Ok(Coercion::Vocab),
            "@json" => Ok(Coercion::Json),
            "@none" => Ok(Coercion::None),
            _ => {
                iri::check(&iri)?;
                Ok(Coercion::Datatype(iri))
            }
        }
    }
}

fn bad(term: &str) -> JsonLdError {
    malformed(&format!("the definition of {term:?}"))
}

/// `@type` may only be said to be a set, and protected.
fn check_type_keyword(value: &Value) -> Result<(), JsonLdError> {
    let object = value.as_object().filter(|object| !object.is_empty()).ok_or_else(|| bad("@type"))?;
    for (key, value) in object {
        match (key.as_str(), value) {
            ("@container", Value::String(set)) if set == "@set" => {}
            ("@protected", Value::Bool(_)) => {}
            _ => return Err(bad("@type")),
        }
    }
    Ok(())
}

fn container(term: &str, value: Option<&Value>) -> Result<Container, JsonLdError> {
    let mut container = Container::default();
    let keywords = match value {
        None | Some(Value::Null) => return Ok(container),
        Some(Value::Array(keywords)) => keywords.as_slice(),
        Some(keyword) => slice::from_ref(keyword),
    };
    for keyword in keywords {
        let flag = match keyword.as_str() {
            Some("@graph") => &mut container.graph,
            Some("@id") => &mut container.id,
            Some("@index") => &mut container.index,
            Some("@language") => &mut container.language,
            Some("@list") => &mut container.list,
            Some("@set") => &mut container.set,
            Some("@type") => &mut container.types,
            _ => return Err(bad(term)),
        };
        if std::mem::replace(flag, true) {
            return Err(bad(term));
        }
    }
    let Container { graph, id, index, language, list, set, types } = container;
    let kinds = [id, index, language, list, types].into_iter().filter(|kind| *kind).count();
    let fits = if graph { kinds == usize::from(id || index) } else { kinds <= 1 && !(list && set) };
    if fits { Ok(container) } else { Err(bad(term)) }
}
