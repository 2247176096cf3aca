//! Keywords and IRIs.

use super::JsonLdError;

const KEYWORDS: [&str; 21] = [
    "@base",
    "@container",
    "@context",
    "@default",
    "@direction",
    "@graph",
    "@id",
    "@included",
    "@index",
    "@json",
    "@language",
    "@list",
    "@nest",
    "@none",
    "@prefix",
    "@propagate",
    "@protected",
    "@reverse",
    "@set",
    "@type",
    "@value",
];

pub(super) fn is_keyword(text: &str) -> bool {
    text.starts_with('@') && (KEYWORDS.contains(&text) || matches!(text, "@vocab" | "@version" | "@import"))
}

/// `@` and letters: reserved for keywords to come.
pub(super) fn looks_like_keyword(text: &str) -> bool {
    let Some(name) = text.strip_prefix('@') else { return false };
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphabetic())
}

/// Prefix and suffix of `prefix:suffix`.
pub(super) fn split(text: &str) -> Option<(&str, &str)> {
    text.split_once(':').filter(|(prefix, _)| !prefix.is_empty())
}

/// Whether `text` names a blank node.
pub(super) fn is_blank(text: &str) -> bool {
    text.starts_with("_:")
}

/// Refuses what is not an absolute IRI.
pub(super) fn check(text: &str) -> Result<(), JsonLdError> {
    let Some((scheme, rest)) = split(text) else { return Err(JsonLdError::RelativeIri(text.to_owned())) };
    let mut bytes = scheme.bytes();
    let named = bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic())
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'));
    let clean = rest.chars().all(|c| {
        !matches!(c, '\0'..=' ' | '<' | '>' | '"' | '{' | '}' | '|' | '\\' | '^' | '`' | '\u{7f}'..='\u{9f}')
    });
    if named && clean { Ok(()) } else { Err(JsonLdError::MalformedIri(text.to_owned())) }
}

/// Refuses what is not a label of a blank node, without `_:`, that N-Quads can write.
pub(super) fn check_label(label: &str) -> Result<(), JsonLdError> {
    let well_formed = !label.is_empty()
        && !label.starts_with(['-', '.'])
        && !label.ends_with('.')
        && label.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'));
    if well_formed { Ok(()) } else { Err(JsonLdError::MalformedIri(format!("_:{label}"))) }
}

/// Refuses what is not a language tag.
///
/// Spec: JSON-LD 1.1 API §8.1.2 (RFC 5646 §2.2.9, "well-formed", as N-Quads has it).
pub(super) fn check_language(tag: &str) -> Result<(), JsonLdError> {
    let mut parts = tag.split('-');
    let fits = |part: &str| (1..=8).contains(&part.len());
    let primary = parts.next().is_some_and(|p| fits(p) && p.bytes().all(|byte| byte.is_ascii_alphabetic()));
    if primary && parts.all(|p| fits(p) && p.bytes().all(|byte| byte.is_ascii_alphanumeric())) {
        Ok(())
    } else {
        Err(JsonLdError::LanguageTag(tag.to_owned()))
    }
}
