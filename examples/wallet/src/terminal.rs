//! Speaking with the person at the terminal.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use crate::{arguments::Common, error::CliError, settings};
use std::io::{BufRead, IsTerminal, Write};
use yufu_core::{
    pages::{Locale, Value, age, day, text},
    wallet::{Localized, Notice, Warning},
};
use zeroize::Zeroizing;

/// Says things in the reader's language.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Speaker(Locale);

impl Speaker {
    /// The language of the option, else of the environment.
    pub(crate) fn new(common: &Common) -> Self {
        Self(locale(common.lang.clone()))
    }

    pub(crate) fn text(self, id: &str, arguments: &[(&str, Value<'_>)]) -> String {
        text(self.0, id, arguments)
    }

    pub(crate) fn say(self, id: &str, arguments: &[(&str, Value<'_>)]) {
        line(&self.text(id, arguments));
    }

    pub(crate) fn pick(self, words: &Localized) -> &str {
        words.text(self.0 == Locale::ZhCn)
    }

    pub(crate) fn age(self, ms: u64) -> String {
        age(self.0, ms)
    }

    /// `label: value`, with the punctuation of the language.
    pub(crate) fn pair(self, label: &str, value: &str) {
        let colon = if self.0 == Locale::ZhCn { "：" } else { ": " };
        line(&format!("  {label}{colon}{value}"));
    }

    pub(crate) fn joined(self, words: &[Localized]) -> String {
        let separator = if self.0 == Locale::ZhCn { "、" } else { ", " };
        words.iter().map(|word| self.pick(word)).collect::<Vec<_>>().join(separator)
    }

    pub(crate) fn notice(self, notice: &Notice) -> String {
        match notice {
            Notice::FewCopies { left } => self.text("notice-few-copies", &[("n", (*left).into())]),
            Notice::CopiesSpent => self.text("notice-copies-spent", &[]),
            Notice::NotYetValid { from } => self.text("notice-not-yet-valid", &[("day", day(*from).into())]),
            Notice::ClockWrong => self.text("notice-clock-wrong", &[]),
            Notice::NetworkConflict => self.text("notice-network-conflict", &[]),
            Notice::ProofOld { status_ms } => {
                self.text("notice-proof-old", &[("age", self.age(*status_ms).into())])
            }
            Notice::NoProof => self.text("notice-no-proof", &[]),
        }
    }

    pub(crate) fn warning(self, warning: &Warning) -> String {
        let plain = |id: &str| self.text(id, &[]);
        match warning {
            Warning::EverythingTravels => plain("consent-warning-everything-travels"),
            Warning::FaceTravels => plain("consent-warning-face-travels"),
            Warning::CounterNotRegistered => plain("consent-warning-counter-not-registered"),
            Warning::CopyReused => plain("consent-warning-copy-reused"),
            Warning::FewCopies { left } => self.text("consent-warning-few-copies", &[("n", (*left).into())]),
            Warning::ProofTooOld { status_ms } => {
                self.text("consent-warning-proof-too-old", &[("age", self.age(*status_ms).into())])
            }
            Warning::NoProof => plain("consent-warning-no-proof"),
            Warning::NotYetValid => plain("consent-warning-not-yet-valid"),
            Warning::Expired => plain("consent-warning-expired"),
            Warning::Suspended => plain("consent-warning-suspended"),
            Warning::Revoked => plain("consent-warning-revoked"),
            Warning::IssuerNotTrusted => plain("consent-warning-issuer-not-trusted"),
            Warning::ClockWrong => plain("consent-warning-clock-wrong"),
            Warning::NetworkConflict => plain("consent-warning-network-conflict"),
        }
    }
}

/// The language of the tag, else of the environment.
pub(crate) fn locale(tag: Option<String>) -> Locale {
    let from_environment = || {
        let variables = ["LC_ALL", "LC_MESSAGES", "LANG"];
        let named = variables.iter().find_map(|name| std::env::var(name).ok().filter(|v| !v.is_empty()));
        named.map(|tag| tag.split(['.', '@']).next().unwrap_or_default().replace('_', "-"))
    };
    let tag = tag.or_else(from_environment).unwrap_or_default();
    Locale::from_tag(&tag).unwrap_or(Locale::En)
}

/// The variable that a script gives the wallet's passphrase by.
const PASSPHRASE: &str = "YUFU_WALLET_PASSPHRASE";
/// The variable that a script gives an export's passphrase by.
const EXPORT_PASSPHRASE: &str = "YUFU_EXPORT_PASSPHRASE";

/// The wallet's passphrase: from a file, the environment, or the person; twice for a new wallet.
pub(crate) fn passphrase(
    common: &Common,
    speaker: Speaker,
    is_new: bool,
) -> Result<Zeroizing<String>, CliError> {
    if let Some(file) = &common.passphrase_file {
        let text = Zeroizing::new(settings::read(file)?);
        return given(text.lines().next().unwrap_or_default());
    }
    match std::env::var(PASSPHRASE) {
        Ok(text) => given(&text),
        Err(_) if is_new => new_secret(speaker, "wallet-ask-new-passphrase"),
        Err(_) => secret(&speaker.text("wallet-ask-passphrase", &[])),
    }
}

/// A passphrase that replaces the wallet's.
pub(crate) fn replacement(speaker: Speaker) -> Result<Zeroizing<String>, CliError> {
    new_secret(speaker, "wallet-ask-new-passphrase")
}

/// The passphrase of an export.
pub(crate) fn export_passphrase(speaker: Speaker) -> Result<Zeroizing<String>, CliError> {
    match std::env::var(EXPORT_PASSPHRASE) {
        Ok(text) => given(&text),
        Err(_) => new_secret(speaker, "wallet-ask-export-passphrase"),
    }
}

/// Asks for a line that may be seen.
pub(crate) fn ask(prompt: &str) -> Result<String, CliError> {
    let io = |error| CliError::Io("stdin".into(), error);
    eprint!("{prompt}: ");
    std::io::stderr().flush().map_err(io)?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer).map_err(io)?;
    let answer = answer.trim();
    if answer.is_empty() { Err(CliError::NoInput) } else { Ok(answer.to_owned()) }
}

/// Asks a question whose answer is no unless it is plainly yes.
pub(crate) fn agrees(question: &str) -> bool {
    ask(question).is_ok_and(|answer| matches!(answer.to_lowercase().as_str(), "y" | "yes" | "是"))
}

pub(crate) fn line(text: &str) {
    println!("{text}");
}

pub(crate) fn complain(error: &CliError) {
    eprintln!("yufu-wallet: {error}");
}

fn new_secret(speaker: Speaker, id: &str) -> Result<Zeroizing<String>, CliError> {
    let first = secret(&speaker.text(id, &[]))?;
    if !std::io::stdin().is_terminal() || secret(&speaker.text("wallet-ask-again", &[]))? == first {
        Ok(first)
    } else {
        Err(CliError::Told(speaker.text("wallet-passphrases-differ", &[])))
    }
}

/// Asks for something that must not be seen; read from standard input where there is no terminal.
fn secret(prompt: &str) -> Result<Zeroizing<String>, CliError> {
    if !std::io::stdin().is_terminal() {
        return ask(prompt).map(Zeroizing::new);
    }
    let typed = rpassword::prompt_password(format!("{prompt}: "));
    given(&Zeroizing::new(typed.map_err(|error| CliError::Io("terminal".into(), error))?))
}

fn given(text: &str) -> Result<Zeroizing<String>, CliError> {
    if text.is_empty() { Err(CliError::NoInput) } else { Ok(Zeroizing::new(text.to_owned())) }
}
