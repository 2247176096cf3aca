//! Credential types: labels, claims and rules as data (SD-JWT VC type metadata).

/// The entry for `locale`: the same tag, else the same language, else the first.
#[must_use]
pub fn best_for_locale<'a, T>(
    entries: &'a [T],
    locale: &str,
    of: impl Fn(&T) -> Option<&str>,
) -> Option<&'a T> {
    let language = |tag: &str| tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
    let same_tag = entries.iter().find(|entry| of(entry).is_some_and(|tag| tag.eq_ignore_ascii_case(locale)));
    let same_language =
        || entries.iter().find(|entry| of(entry).is_some_and(|tag| language(tag) == language(locale)));
    same_tag.or_else(same_language).or(entries.first())
}
