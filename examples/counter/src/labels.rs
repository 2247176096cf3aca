//! Claims and reasons in a clerk's words.

use crate::desk::AnsweredBy;
use serde_json::Value;
use std::sync::LazyLock;
use yufu_core::{
    credential::{
        ClaimPath,
        claim_path::PathElement,
        types::{self, CredentialType},
    },
    pages::{Locale, has_text, text},
};
use yufu_verifier::Reason;

/// The shipped types, put together once.
static TYPES: LazyLock<Vec<CredentialType>> =
    LazyLock::new(|| types::shipped().iter().filter_map(|shipped| shipped.resolve().ok()).collect());

/// The label of a claim by its type's description; the claim's own name, in words, where it has none.
pub(crate) fn label(vct: &str, path: &ClaimPath, locale: Locale) -> String {
    let described = TYPES.iter().find(|known| known.vct() == vct);
    described.and_then(|known| known.label(path, locale.tag())).map_or_else(|| plain(path), str::to_owned)
}

fn plain(path: &ClaimPath) -> String {
    let names: Vec<_> = path
        .steps()
        .iter()
        .filter_map(|step| match step {
            PathElement::Name(name) => Some(name.replace('_', " ")),
            PathElement::Index(_) | PathElement::All => None,
        })
        .collect();
    names.join(" ")
}

/// Calls `each` with label and value of `value` and of all that is nested in it.
pub(crate) fn flatten(
    vct: &str,
    path: &ClaimPath,
    value: &Value,
    locale: Locale,
    each: &mut dyn FnMut(String, String),
) {
    if let Value::Object(members) = value {
        for (name, member) in members {
            flatten(vct, &path.clone().then(PathElement::Name(name.clone())), member, locale, each);
        }
        return;
    }
    each(label(vct, path, locale), in_words(value, locale));
}

fn in_words(value: &Value, locale: Locale) -> String {
    match value {
        Value::Bool(true) => text(locale, "counter-value-yes", &[]),
        Value::Bool(false) => text(locale, "counter-value-no", &[]),
        Value::String(string) => string.clone(),
        Value::Array(items) => {
            let items: Vec<_> = items.iter().map(|item| in_words(item, locale)).collect();
            items.join(if locale == Locale::ZhCn { "、" } else { ", " })
        }
        Value::Object(members) => {
            let members: Vec<_> = members
                .iter()
                .map(|(name, member)| format!("{}: {}", name.replace('_', " "), in_words(member, locale)))
                .collect();
            members.join("; ")
        }
        other => other.to_string(),
    }
}

/// The words of the message `id` for a file, where they differ from those for a code.
pub(crate) fn of_file(brought: AnsweredBy, id: &str, locale: Locale) -> Option<String> {
    let id = format!("{id}-of-file");
    (brought == AnsweredBy::File && has_text(locale, &id)).then(|| text(locale, &id, &[]))
}

/// The sentence that says why, where there is one.
pub(crate) fn reason(reason: Reason, brought: AnsweredBy, locale: Locale) -> Option<String> {
    let id = format!("reason-{}", reason.word().replace('_', "-"));
    if let Some(words) = of_file(brought, &id, locale) {
        return Some(words);
    }
    has_text(locale, &id).then(|| text(locale, &id, &[]))
}
