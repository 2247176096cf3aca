//! Reading a document: everything that is wrong with one is refused here, by name.

use super::{
    Document, DocumentError, KeyMaterial, MAX_ENTRIES, MAX_IDENTIFIER, MethodUse, Relationship, Service,
    VerificationMethod,
};
use crate::{
    crypto::{Jwk, PublicKey},
    did::is_did,
};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

type Members = Map<String, Value>;

pub(super) fn document(members: &Members) -> Result<Document, DocumentError> {
    let id = text(members, "id").ok_or(DocumentError::Id)?;
    if !is_did(id) {
        return Err(DocumentError::Id);
    }
    context(members)?;
    let mut document = Document::new(id);
    document.also_known_as = identifiers(members.get("alsoKnownAs"), Form::List, DocumentError::AlsoKnownAs)?;
    document.controller = identifiers(members.get("controller"), Form::OneOrList, DocumentError::Controller)?;
    if !document.controller.iter().all(|controller| is_did(controller)) {
        return Err(DocumentError::Controller);
    }
    for entry in list(members.get("verificationMethod"), DocumentError::Method)? {
        document.verification_method.push(method(id, entry)?);
    }
    for relationship in Relationship::ALL {
        for entry in list(members.get(relationship.name()), DocumentError::Method)? {
            document.uses[relationship as usize].push(method_use(id, entry)?);
        }
    }
    for entry in list(members.get("service"), DocumentError::Service)? {
        document.service.push(service(id, entry)?);
    }
    refuse_duplicates(&document)?;
    Ok(document)
}

/// In JSON without a context the terms mean what DID Core says; with one, its context comes first.
fn context(members: &Members) -> Result<(), DocumentError> {
    const FIRST: [&str; 2] = [super::CONTEXT_DID, "https://www.w3.org/ns/cid/v1"];
    let first = match members.get("@context") {
        None => return Ok(()),
        Some(Value::Array(entries)) if entries.len() <= MAX_ENTRIES => entries.first(),
        other => other,
    };
    let known = first
        .and_then(Value::as_str)
        .is_some_and(|first| FIRST.contains(&first) || first == "https://www.w3.org/ns/did/v1.1");
    if known { Ok(()) } else { Err(DocumentError::Context) }
}

fn method_use(did: &str, entry: &Value) -> Result<MethodUse, DocumentError> {
    match entry {
        Value::String(reference) => {
            Ok(MethodUse::Reference(absolute(did, reference, DocumentError::Method)?))
        }
        _ => method(did, entry).map(MethodUse::Embedded),
    }
}

fn method(did: &str, entry: &Value) -> Result<VerificationMethod, DocumentError> {
    let members = entry.as_object().ok_or(DocumentError::Method)?;
    let id = absolute(did, text(members, "id").ok_or(DocumentError::Method)?, DocumentError::Method)?;
    let controller = text(members, "controller").filter(|did| is_did(did)).ok_or(DocumentError::Method)?;
    let kind = text(members, "type").ok_or(DocumentError::Method)?;
    if ["privateKeyJwk", "secretKeyJwk", "secretKeyMultibase", "privateKeyMultibase"]
        .iter()
        .any(|name| members.contains_key(*name))
    {
        return Err(DocumentError::PrivateKey);
    }
    if members.contains_key("publicKeyJwk") && members.contains_key("publicKeyMultibase") {
        return Err(DocumentError::Method);
    }
    Ok(VerificationMethod { material: material(kind, members, &id)?, id, controller: controller.to_owned() })
}

/// Keys of kinds that we know must be right; of other kinds we keep the method without a key.
fn material(kind: &str, members: &Members, id: &str) -> Result<KeyMaterial, DocumentError> {
    let multibase = members.get("publicKeyMultibase");
    let jwk = members.get("publicKeyJwk");
    if jwk.is_some_and(|jwk| ["d", "p", "q", "k"].iter().any(|name| jwk.get(name).is_some())) {
        return Err(DocumentError::PrivateKey);
    }
    let key = match kind {
        "Multikey" => {
            let text = multibase.and_then(Value::as_str).ok_or(DocumentError::Method)?;
            PublicKey::from_multibase(text).ok().map(KeyMaterial::Multikey)
        }
        "JsonWebKey" | "JsonWebKey2020" => {
            let jwk = jwk.filter(|jwk| jwk.is_object()).ok_or(DocumentError::Method)?;
            let jwk: Option<Jwk> = serde_json::from_value(jwk.clone()).ok();
            jwk.and_then(|jwk| Some(KeyMaterial::JsonWebKey(PublicKey::from_jwk(&jwk).ok()?, Box::new(jwk))))
        }
        _ => None,
    };
    Ok(key.unwrap_or_else(|| {
        let mut members = members.clone();
        members.insert("id".into(), id.into());
        KeyMaterial::Other(members)
    }))
}

fn service(did: &str, entry: &Value) -> Result<Service, DocumentError> {
    let members = entry.as_object().ok_or(DocumentError::Service)?;
    let id = absolute(did, text(members, "id").ok_or(DocumentError::Service)?, DocumentError::Service)?;
    let types = identifiers(members.get("type"), Form::OneOrList, DocumentError::Service)?;
    let endpoints = match members.get("serviceEndpoint") {
        Some(Value::Array(entries)) if entries.len() <= MAX_ENTRIES => entries.clone(),
        Some(entry @ (Value::String(_) | Value::Object(_))) => vec![entry.clone()],
        _ => return Err(DocumentError::Service),
    };
    let well_formed = |endpoint: &Value| match endpoint {
        Value::String(url) => is_url(url),
        Value::Object(_) => true,
        _ => false,
    };
    if types.is_empty() || endpoints.is_empty() || !endpoints.iter().all(well_formed) {
        return Err(DocumentError::Service);
    }
    Ok(Service { id, types, endpoints })
}

fn refuse_duplicates(document: &Document) -> Result<(), DocumentError> {
    let mut seen = BTreeSet::new();
    let methods = document.all_methods().map(|method| &method.id);
    let distinct =
        methods.chain(document.service.iter().map(|service| &service.id)).all(|id| seen.insert(id));
    let texts = |texts: &[String]| texts.iter().collect::<BTreeSet<_>>().len() == texts.len();
    if distinct && texts(&document.also_known_as) && texts(&document.controller) {
        Ok(())
    } else {
        Err(DocumentError::Duplicate)
    }
}

/// An identifier with its base: a fragment alone belongs to this document.
fn absolute(did: &str, reference: &str, error: DocumentError) -> Result<String, DocumentError> {
    let absolute =
        if reference.starts_with('#') { format!("{did}{reference}") } else { reference.to_owned() };
    let named = absolute.split_once('#').is_none_or(|(_, fragment)| !fragment.is_empty());
    if named && is_url(&absolute) { Ok(absolute) } else { Err(error) }
}

#[derive(Clone, Copy, PartialEq)]
enum Form {
    List,
    OneOrList,
}

fn identifiers(
    value: Option<&Value>,
    form: Form,
    error: DocumentError,
) -> Result<Vec<String>, DocumentError> {
    let values = match value {
        Some(text @ Value::String(_)) if form == Form::OneOrList => std::slice::from_ref(text),
        other => list(other, error)?,
    };
    let text = |value: &Value| {
        let text = value.as_str().filter(|text| (1..=MAX_IDENTIFIER).contains(&text.len()));
        text.map(str::to_owned).ok_or(error)
    };
    values.iter().map(text).collect()
}

fn list(value: Option<&Value>, error: DocumentError) -> Result<&[Value], DocumentError> {
    match value {
        None => Ok(&[]),
        Some(Value::Array(entries)) if entries.len() <= MAX_ENTRIES => Ok(entries),
        Some(Value::Array(_)) => Err(DocumentError::TooMany),
        Some(_) => Err(error),
    }
}

fn text<'a>(members: &'a Members, name: &str) -> Option<&'a str> {
    members.get(name)?.as_str().filter(|text| text.len() <= MAX_IDENTIFIER)
}

/// A scheme, a colon and something of printable ASCII after it, without spaces.
fn is_url(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else { return false };
    text.len() <= MAX_IDENTIFIER
        && scheme.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
        && !rest.is_empty()
        && rest.bytes().all(|byte| byte.is_ascii_graphic() && !b"<>\"{}|\\^`".contains(&byte))
}
