//! The command line with its help in the reader's language.

use crate::{arguments::Arguments, terminal};
use clap::{Arg, Command, CommandFactory, FromArgMatches};
use std::ffi::OsString;
use yufu_core::pages::{Locale, has_text, text};

/// Reads the command line. What is wrong with it, or the help that it asks for, ends the program.
pub(crate) fn read(line: impl IntoIterator<Item = OsString>) -> Arguments {
    let line: Vec<OsString> = line.into_iter().collect();
    let mut command = command(locale(&line));
    let read = command.try_get_matches_from_mut(line).and_then(|m| Arguments::from_arg_matches(&m));
    read.unwrap_or_else(|error| error.format(&mut command).exit())
}

/// The command line, with what clap adds to it, in words of `locale`.
fn command(locale: Locale) -> Command {
    let mut command = Arguments::command();
    command.build();
    localized(command, locale)
}

/// The language has to be known before the line is read: `--lang`, else what the environment says.
fn locale(line: &[OsString]) -> Locale {
    let mut words = line.iter().filter_map(|word| word.to_str());
    let mut asked = None;
    while let Some(word) = words.next() {
        match word.strip_prefix("--lang") {
            Some("") => asked = words.next(),
            Some(rest) if rest.starts_with('=') => asked = rest.strip_prefix('='),
            _ => {}
        }
    }
    terminal::locale(asked.map(str::to_owned).or_else(|| std::env::var("YUFU_LANG").ok()))
}

/// Puts in the texts of the catalogue: `wallet-help-COMMAND`; for an option `wallet-argument-COMMAND-NAME`
/// where it means something else in each command, otherwise `wallet-argument-NAME`.
fn localized(command: Command, locale: Locale) -> Command {
    let name = command.get_name().to_owned();
    let command = match found(locale, &[format!("wallet-help-{name}")]) {
        Some(about) => command.about(about),
        None => command,
    };
    command
        .mut_args(|argument| described(argument, locale, &name))
        .mut_subcommands(|command| localized(command, locale))
}

fn described(argument: Arg, locale: Locale, command: &str) -> Arg {
    let name = argument.get_id().as_str().replace('_', "-");
    match found(locale, &[format!("wallet-argument-{command}-{name}"), format!("wallet-argument-{name}")]) {
        Some(help) => argument.help(help),
        None => argument,
    }
}

fn found(locale: Locale, ids: &[String]) -> Option<String> {
    let id = ids.iter().find(|id| has_text(locale, id))?;
    Some(text(locale, id, &[]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn every_line_is_chinese(command: &Command) {
        let name = command.get_name();
        let about = command.get_about().map(ToString::to_string).unwrap_or_default();
        assert!(!about.is_ascii(), "{name}: {about:?}");
        for argument in command.get_arguments() {
            let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
            assert!(!help.is_ascii(), "{name} {}: {help:?}", argument.get_id());
        }
        command.get_subcommands().for_each(every_line_is_chinese);
    }

    #[test]
    fn the_chinese_help_is_chinese_in_every_line() {
        every_line_is_chinese(&command(Locale::ZhCn));
    }

    #[test]
    fn the_english_help_is_the_catalogues_as_well() {
        let command = command(Locale::En);
        let present = command.find_subcommand("present-file").unwrap();
        let about = present.get_about().unwrap().to_string();
        assert_eq!(about, text(Locale::En, "wallet-help-present-file", &[]));
        let out = |name: &str| {
            let command = command.find_subcommand(name).unwrap();
            let out = command.get_arguments().find(|argument| argument.get_id() == "out").unwrap();
            out.get_help().unwrap().to_string()
        };
        assert_ne!(out("present-file"), out("code"));
    }

    #[test]
    fn the_language_is_found_wherever_it_stands_in_the_line() {
        for line in [&["w", "--lang", "zh", "list"][..], &["w", "list", "--lang=zh-CN"]] {
            let line: Vec<OsString> = line.iter().map(OsString::from).collect();
            assert_eq!(locale(&line), Locale::ZhCn);
        }
    }
}
