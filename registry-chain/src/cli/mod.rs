//! The command line: founds networks, runs nodes, acts for the authority, shows what is proven.

mod act;
mod arguments;
mod audit;
mod backup;
mod export;
mod govern;
mod handovers;
mod read;
mod resolve;
mod run;
mod trial;

use arguments::{Arguments, Command};
use clap::{CommandFactory as _, FromArgMatches as _};
use std::{path::Path, process::ExitCode, sync::Arc};
use yufu_core::{
    client::{ReqwestTransport, TransportError, TransportOptions},
    http::HttpTransport,
    pages::{Locale, Value, has_text, text},
    registry::NetworkKey,
};
use zeroize::Zeroizing;

/// The largest file that a command reads for a text: a network's key, a passphrase, a DID.
const MAX_TEXT_FILE: u64 = 64 << 10;

/// A command failed; the text says why, in the reader's language.
struct Failure(String);

/// Runs the command line of this process.
#[must_use]
pub fn main() -> ExitCode {
    let locale = locale(std::env::args().skip(1));
    let command = localized(Arguments::command(), locale);
    let arguments = match command.try_get_matches().and_then(|matches| Arguments::from_arg_matches(&matches))
    {
        Ok(arguments) => arguments,
        // Help and version come this way too, with success as their code.
        Err(error) => error.exit(),
    };
    match execute(locale, arguments.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure(reason)) => {
            eprintln!("{}", say(locale, "registry-failed", &[("reason", reason.into())]));
            ExitCode::FAILURE
        }
    }
}

fn execute(locale: Locale, command: Command) -> Result<(), Failure> {
    match command {
        Command::InitNetwork(arguments) => run::init_network(locale, arguments),
        Command::InitValidator(arguments) => run::init_validator(locale, arguments),
        Command::RenewKey(arguments) => run::renew_key(locale, &arguments),
        Command::Node(arguments) => run::node(locale, &arguments),
        Command::Accredit(arguments) => act::accredit(locale, arguments),
        Command::SuspendAccreditation(arguments) => act::suspend(locale, &arguments),
        Command::ReinstateAccreditation(arguments) => act::reinstate(locale, &arguments),
        Command::WithdrawAccreditation(arguments) => act::withdraw(locale, &arguments),
        Command::Propose(arguments) => govern::propose(locale, arguments),
        Command::Vote(arguments) => govern::vote(locale, &arguments),
        Command::Execute(arguments) => govern::execute(locale, &arguments),
        Command::Veto(arguments) => govern::veto(locale, &arguments),
        Command::Proposals(arguments) => govern::proposals(locale, &arguments),
        Command::Show(arguments) => read::show(locale, &arguments),
        Command::Resolve(arguments) => resolve::resolve(locale, &arguments),
        Command::Checkpoint(arguments) => read::checkpoint(locale, &arguments),
        Command::Handovers(arguments) => handovers::handovers(locale, &arguments),
        Command::Audit(arguments) => audit::audit(locale, &arguments),
        Command::Backup(arguments) => backup::backup(locale, &arguments),
        Command::Restore(arguments) => backup::restore(locale, &arguments),
        Command::Join(arguments) => backup::join(locale, &arguments),
        Command::Export(arguments) => export::export(locale, &arguments),
        Command::Trial(arguments) => trial::trial(locale, arguments),
        Command::Evidence(arguments) => read::evidence(locale, &arguments),
    }
}

/// The language: `--lang`, else the environment's.
fn locale(mut arguments: impl Iterator<Item = String>) -> Locale {
    while let Some(argument) = arguments.next() {
        let asked = match argument.strip_prefix("--lang") {
            Some("") => arguments.next(),
            Some(rest) => rest.strip_prefix('=').map(ToOwned::to_owned),
            None => continue,
        };
        if let Some(locale) = asked.as_deref().and_then(Locale::from_tag) {
            return locale;
        }
    }
    ["LC_ALL", "LC_MESSAGES", "LANG"]
        .iter()
        .filter_map(|name| std::env::var(name).ok())
        .find_map(|tag| Locale::from_tag(tag.split('.').next().unwrap_or_default()))
        .unwrap_or(Locale::En)
}

/// Puts the texts of the catalogue into the help: `registry-help-<command>` and
/// `registry-argument-<name>`.
fn localized(command: clap::Command, locale: Locale) -> clap::Command {
    let help = |id: String| has_text(locale, &id).then(|| text(locale, &id, &[]));
    let about = help(format!("registry-help-{}", command.get_name()));
    let command = match about {
        Some(about) => command.about(about),
        None => command,
    };
    command
        .mut_args(|argument| {
            let id = argument.get_id().as_str().replace('_', "-");
            match help(format!("registry-argument-{id}")) {
                Some(help) => argument.help(help),
                None => argument,
            }
        })
        .mut_subcommands(|command| localized(command, locale))
}

fn say(locale: Locale, id: &str, arguments: &[(&str, Value<'_>)]) -> String {
    text(locale, id, arguments)
}

impl<E: std::error::Error> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(error.to_string())
    }
}

fn transport() -> Result<Arc<dyn HttpTransport>, TransportError> {
    Ok(Arc::new(ReqwestTransport::new(&TransportOptions::default())?))
}

/// A network's key: the text itself, or a file with it.
fn network_key(text_or_file: &str) -> Result<NetworkKey, Failure> {
    if let Ok(key) = text_or_file.parse() {
        return Ok(key);
    }
    Ok(read_text(Path::new(text_or_file))?.parse::<NetworkKey>()?)
}

fn read_text(path: &Path) -> Result<String, Failure> {
    let bytes = crate::config::read_bounded(path, MAX_TEXT_FILE)
        .map_err(|e| Failure(format!("{}: {e}", path.display())))?;
    String::from_utf8(bytes).map_err(|_| Failure(format!("{}: not a text", path.display())))
}

/// The passphrase of key files: from a file, else from the environment, else none.
fn passphrase(file: Option<&Path>) -> Result<Option<Zeroizing<String>>, Failure> {
    match file {
        Some(file) => {
            let text = Zeroizing::new(read_text(file)?);
            Ok(Some(Zeroizing::new(text.trim_end_matches(['\r', '\n']).to_owned())))
        }
        None => Ok(std::env::var("YUFU_PASSPHRASE").ok().map(Zeroizing::new)),
    }
}

/// A runtime for commands that ask a registry.
fn block_on<T>(work: impl Future<Output = T>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    Ok(runtime.block_on(work))
}
