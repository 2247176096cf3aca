//! The Fluent catalogues, built into the program.

use super::Locale;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue, concurrent::FluentBundle};
use std::sync::LazyLock;

/// A value put into a message: text or a number.
pub type Value<'a> = FluentValue<'a>;

macro_rules! part {
    ($name:literal) => {
        (
            $name,
            include_str!(concat!("../../locales/en/", $name, ".ftl")),
            include_str!(concat!("../../locales/zh-CN/", $name, ".ftl")),
        )
    };
}

/// The files of a catalogue: (English, Simplified Chinese), one pair for each part of the project.
const FILES: &[(&str, &str, &str)] = &[
    part!("common"),
    part!("verdicts"),
    part!("refusals"),
    part!("consent"),
    part!("counter"),
    part!("issuer"),
    part!("phone"),
    part!("registry"),
    part!("wallet"),
];

static ENGLISH: LazyLock<FluentBundle<FluentResource>> = LazyLock::new(|| load(Locale::En));
static CHINESE: LazyLock<FluentBundle<FluentResource>> = LazyLock::new(|| load(Locale::ZhCn));

/// The message `id` in `locale`, with `arguments` put in.
///
/// A message that only English has is given in English, and one that neither has as its own id: the
/// tests of this crate keep the two catalogues equal, so that a reader meets neither.
#[must_use]
pub fn text(locale: Locale, id: &str, arguments: &[(&str, Value<'_>)]) -> String {
    let fluent: FluentArgs<'_> = arguments.iter().map(|(name, value)| (*name, value.clone())).collect();
    format(bundle(locale), id, &fluent)
        .or_else(|| format(&ENGLISH, id, &fluent))
        .unwrap_or_else(|| id.to_owned())
}

/// Whether the catalogue of `locale` has the message `id`.
#[must_use]
pub fn has_text(locale: Locale, id: &str) -> bool {
    bundle(locale).has_message(id)
}

fn bundle(locale: Locale) -> &'static FluentBundle<FluentResource> {
    match locale {
        Locale::En => &ENGLISH,
        Locale::ZhCn => &CHINESE,
    }
}

fn format(bundle: &FluentBundle<FluentResource>, id: &str, arguments: &FluentArgs<'_>) -> Option<String> {
    let pattern = bundle.get_message(id)?.value()?;
    // A placeholder without its argument is shown by its name, which is still a sentence to read.
    Some(bundle.format_pattern(pattern, Some(arguments), &mut Vec::new()).into_owned())
}

fn load(locale: Locale) -> FluentBundle<FluentResource> {
    let mut bundle = FluentBundle::new_concurrent(locale.tag().parse().into_iter().collect());
    // Both languages run left to right, so values need no isolation marks, which would spoil copied text.
    bundle.set_use_isolating(false);
    for (_, english, chinese) in FILES {
        let source = if locale == Locale::En { english } else { chinese };
        let resource = FluentResource::try_new((*source).to_owned()).unwrap_or_else(|(parsed, _)| parsed);
        bundle.add_resource_overriding(resource);
    }
    bundle
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::{BTreeMap, BTreeSet};

    /// Message id → names of its variables.
    fn messages(source: &str) -> BTreeMap<&str, BTreeSet<&str>> {
        let mut found = BTreeMap::new();
        let mut current = None;
        for line in source.lines().filter(|l| !l.starts_with('#')) {
            if line.starts_with(|c: char| c.is_ascii_lowercase()) {
                let id = line.split([' ', '=']).next().unwrap();
                assert!(found.insert(id, BTreeSet::new()).is_none(), "{id} stands twice");
                current = Some(id);
            }
            let Some(id) = current else { continue };
            for variable in line.split('$').skip(1) {
                let end = variable.find(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '-');
                found.get_mut(id).unwrap().insert(&variable[..end.unwrap_or(variable.len())]);
            }
        }
        found
    }

    #[test]
    fn both_languages_have_the_same_messages_with_the_same_variables() {
        for (file, english, chinese) in FILES {
            let (en, zh) = (messages(english), messages(chinese));
            let ids =
                |m: &BTreeMap<&str, BTreeSet<&str>>| m.keys().map(|k| (*k).to_owned()).collect::<Vec<_>>();
            assert_eq!(ids(&en), ids(&zh), "{file}.ftl");
            for (id, variables) in &en {
                assert_eq!(variables, &zh[id], "{file}.ftl: {id}");
            }
        }
    }

    #[test]
    fn every_catalogue_parses_and_no_message_stands_in_two_files() {
        let mut seen = BTreeMap::new();
        for (file, english, chinese) in FILES {
            for source in [english, chinese] {
                if let Err((_, errors)) = FluentResource::try_new((*source).to_owned()) {
                    panic!("{file}.ftl: {errors:?}");
                }
            }
            for id in messages(english).keys().map(|id| (*id).to_owned()) {
                assert_eq!(seen.insert(id.clone(), file), None, "{id} is in {file} and another");
            }
        }
    }

    #[test]
    fn a_message_carries_its_arguments_without_invisible_marks() {
        let text = text(Locale::En, "age-seconds", &[("n", 40.into())]);
        assert_eq!(text, "40 seconds");
        assert_eq!(super::text(Locale::En, "age-seconds", &[("n", 1.into())]), "1 second");
        assert_eq!(super::text(Locale::ZhCn, "age-seconds", &[("n", 40.into())]), "40 秒");
    }

    #[test]
    fn a_message_nobody_wrote_is_shown_by_its_id() {
        assert_eq!(text(Locale::ZhCn, "no-such-message", &[]), "no-such-message");
    }
}
