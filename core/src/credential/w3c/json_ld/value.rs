//! Values: from JSON to literals.
//!
//! Spec: JSON-LD 1.1 API §5.3 (value expansion), §8.3 (object to RDF).

use super::{
    JsonLdError,
    context::{Coercion, Context, Definition, Direction},
    iri,
};
use crate::credential::w3c::rdf::{
    Literal, RDF_JSON, RDF_LANG_STRING, Term, XSD_BOOLEAN, XSD_DOUBLE, XSD_INTEGER, XSD_STRING,
};
use serde_json::{Map, Number, Value};
use std::sync::Arc;

/// Texts of a language and a direction have this and both as their datatype.
const I18N: &str = "https://www.w3.org/ns/i18n#";

/// Integers beyond it are read differently by readers that know only doubles.
const MAX_SAFE_INTEGER: u64 = (1 << 53) - 1;

/// A text's language and direction.
#[derive(Clone, Default)]
pub(super) struct Tags {
    pub(super) language: Option<Arc<str>>,
    pub(super) direction: Option<Direction>,
}

impl Tags {
    /// Those of a property's texts that say nothing themselves.
    pub(super) fn of(context: &Context, definition: Option<&Definition>) -> Self {
        let language = definition.and_then(|definition| definition.language.clone());
        let direction = definition.and_then(|definition| definition.direction);
        Self {
            language: language.unwrap_or_else(|| context.language.clone()),
            direction: direction.unwrap_or(context.direction),
        }
    }
}

/// What a text, number or boolean of the property `name` means.
pub(super) fn scalar(
    name: &str,
    value: &Value,
    context: &Context,
    definition: Option<&Definition>,
) -> Result<Term, JsonLdError> {
    let coercion = definition.and_then(|definition| definition.coercion.as_ref());
    let literal = match (coercion, value) {
        (Some(Coercion::Id), Value::String(text)) => return resource(&context.document_iri(text)?),
        (Some(Coercion::Vocab), Value::String(text)) => return resource(&context.vocab_iri(text)?),
        (Some(Coercion::Json), value) => json(name, value)?,
        (Some(Coercion::Datatype(datatype)), value) => typed(name, value, Some(datatype))?,
        (_, Value::String(text)) => tagged(text, Tags::of(context, definition)),
        (_, value) => typed(name, value, None)?,
    };
    Ok(Term::Literal(literal))
}

/// The node of an IRI or of a label from the document.
pub(super) fn resource(iri: &Arc<str>) -> Result<Term, JsonLdError> {
    if let Some(label) = iri.strip_prefix("_:") {
        iri::check_label(label)?;
        return Ok(Term::blank(&format!("d-{label}")));
    }
    iri::check(iri)?;
    Ok(Term::Iri(Arc::clone(iri)))
}

/// A value object.
pub(super) fn object(
    name: &str,
    object: &Map<String, Value>,
    context: &Context,
) -> Result<Literal, JsonLdError> {
    let malformed = || JsonLdError::Malformed(name.to_owned());
    let [mut value, mut datatype, mut language, mut direction] = [None; 4];
    for (key, entry) in object {
        let keyword = context.keyword(key).ok_or_else(|| JsonLdError::UndefinedTerm(key.clone()))?;
        let place = match keyword {
            "@value" => &mut value,
            "@type" => &mut datatype,
            "@language" => &mut language,
            "@direction" => &mut direction,
            "@context" => continue,
            "@index" => return Err(JsonLdError::Unsupported("@index")),
            _ => return Err(malformed()),
        };
        if place.replace(entry).is_some() {
            return Err(JsonLdError::Colliding(keyword.to_owned()));
        }
    }
    let value = value.ok_or_else(malformed)?;
    if let Some(datatype) = datatype {
        let datatype = datatype.as_str().filter(|_| language.is_none() && direction.is_none());
        let datatype = context.vocab_iri(datatype.ok_or_else(malformed)?)?;
        if &*datatype == "@json" {
            return json(name, value);
        }
        iri::check(&datatype)?;
        return typed(name, value, Some(&datatype));
    }
    if language.is_none() && direction.is_none() {
        return typed(name, value, None);
    }
    let text = value.as_str().ok_or_else(malformed)?;
    let language = match language {
        None => None,
        Some(language) => Some(tag(language.as_str().ok_or_else(malformed)?)?),
    };
    let direction = match direction {
        None => None,
        Some(direction) => Some(direction.as_str().and_then(Direction::parse).ok_or_else(malformed)?),
    };
    Ok(tagged(text, Tags { language, direction }))
}

/// A language tag in lower case, as other implementations write it.
pub(super) fn tag(text: &str) -> Result<Arc<str>, JsonLdError> {
    iri::check_language(text)?;
    Ok(text.to_ascii_lowercase().into())
}

/// A text with its tags.
pub(super) fn tagged(text: &str, tags: Tags) -> Literal {
    let value = text.into();
    match (tags.language, tags.direction) {
        (None, None) => Literal { value, datatype: XSD_STRING.into(), language: None },
        (Some(language), None) => {
            Literal { value, datatype: RDF_LANG_STRING.into(), language: Some(language) }
        }
        (language, Some(direction)) => {
            let language = language.as_deref().unwrap_or_default();
            let datatype = format!("{I18N}{language}_{}", direction.text()).into();
            Literal { value, datatype, language: None }
        }
    }
}

/// JSON as a literal.
pub(super) fn json(name: &str, value: &Value) -> Result<Literal, JsonLdError> {
    let text = serde_json_canonicalizer::to_string(value);
    let value = text.map_err(|_| JsonLdError::Malformed(name.to_owned()))?.into();
    Ok(Literal { value, datatype: RDF_JSON.into(), language: None })
}

fn typed(name: &str, value: &Value, datatype: Option<&Arc<str>>) -> Result<Literal, JsonLdError> {
    let (value, native): (Arc<str>, _) = match value {
        Value::String(text) => (text.as_str().into(), XSD_STRING),
        Value::Bool(true) => ("true".into(), XSD_BOOLEAN),
        Value::Bool(false) => ("false".into(), XSD_BOOLEAN),
        Value::Number(number) => {
            let double = datatype.is_some_and(|datatype| **datatype == *XSD_DOUBLE);
            number_form(name, number, double)?
        }
        Value::Null => return Err(JsonLdError::Dropped(name.to_owned())),
        Value::Array(_) | Value::Object(_) => return Err(JsonLdError::Malformed(name.to_owned())),
    };
    let datatype = datatype.map_or_else(|| native.into(), Arc::clone);
    Ok(Literal { value, datatype, language: None })
}

/// The canonical form of a number and its own datatype.
fn number_form(
    name: &str,
    number: &Number,
    as_double: bool,
) -> Result<(Arc<str>, &'static str), JsonLdError> {
    let beyond = || JsonLdError::Number(name.to_owned());
    let exact = number.as_u64().or_else(|| number.as_i64().map(i64::unsigned_abs));
    if exact.is_some_and(|magnitude| magnitude > MAX_SAFE_INTEGER) {
        return Err(beyond());
    }
    // Zero has no sign here.
    let value = number.as_f64().filter(|value| value.is_finite()).ok_or_else(beyond)? + 0.0;
    if as_double || value.fract() != 0.0 || value.abs() >= 1e21 {
        return Ok((double(value).into(), XSD_DOUBLE));
    }
    Ok((format!("{value:.0}").into(), XSD_INTEGER))
}

/// The canonical form of a double: `5.5E0`.
fn double(value: f64) -> String {
    let text = format!("{value:.15e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let digits = mantissa.trim_end_matches('0');
    let zero = if digits.ends_with('.') { "0" } else { "" };
    format!("{digits}{zero}E{exponent}")
}
