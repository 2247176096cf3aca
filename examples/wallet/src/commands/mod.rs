//! The commands, one function each.

mod code;
mod credentials;
mod file;
mod receive;
mod sheet;

use crate::{
    arguments::{Arguments, Command},
    error::CliError,
    settings::open_wallet,
    terminal::{self, Speaker},
};
use std::path::Path;
use yufu_core::{
    qr::scan,
    wallet::{CredentialId, DEFAULT_COPIES, PresetTitle, Wallet, WalletError},
};

/// Runs the command.
pub(crate) async fn run(arguments: &Arguments) -> Result<(), CliError> {
    let common = &arguments.common;
    let speaker = Speaker::new(common);
    let copies = match &arguments.command {
        Command::Accept { copies, .. } => *copies,
        _ => DEFAULT_COPIES,
    };
    let wallet = open_wallet(common, copies, speaker)?;
    match &arguments.command {
        Command::Accept { offer, image, tx_code, .. } => {
            let link = match (offer, image) {
                (Some(link), _) => link.clone(),
                (None, Some(file)) => code_in(file)?,
                (None, None) => return Err(CliError::NoInput),
            };
            receive::accept(&wallet, speaker, &link, tx_code.as_deref()).await
        }
        Command::List { json } => credentials::list(&wallet, speaker, *json),
        Command::Show { credential } => credentials::show(&wallet, speaker, credential),
        Command::Delete { credential, yes } => credentials::delete(&wallet, speaker, credential, *yes),
        Command::History { erase } => credentials::history(&wallet, speaker, *erase),
        Command::Export { out } => credentials::export(&wallet, speaker, out),
        Command::Code { .. } => code::code(&wallet, speaker, &arguments.command),
        Command::PresentFile { .. } => file::present(&wallet, speaker, &arguments.command),
        Command::Refresh => receive::refresh(&wallet, speaker).await,
        Command::Passphrase => {
            wallet.change_passphrase(Some(&terminal::replacement(speaker)?))?;
            speaker.say("wallet-passphrase-changed", &[]);
            Ok(())
        }
    }
}

/// The credential that a text names: by its place in the list, its identifier, or the beginning of it.
fn find(wallet: &Wallet, name: &str) -> Result<CredentialId, CliError> {
    let all = wallet.credentials()?;
    let place = name.parse::<usize>().ok().and_then(|n| all.get(n.checked_sub(1)?));
    if let Some(credential) = place {
        return Ok(credential.id.clone());
    }
    let mut fitting = all.iter().filter(|credential| credential.id.0.starts_with(name));
    match (fitting.next(), fitting.next()) {
        (Some(one), None) => Ok(one.id.clone()),
        _ => Err(WalletError::NotFound.into()),
    }
}

/// The credential that was named, else the one that can answer `preset` as `presets` says.
fn answering(
    wallet: &Wallet,
    speaker: Speaker,
    named: Option<&str>,
    preset: &str,
    presets: impl Fn(&CredentialId) -> Result<Vec<PresetTitle>, WalletError>,
) -> Result<CredentialId, CliError> {
    if let Some(name) = named {
        return find(wallet, name);
    }
    let mut fitting = Vec::new();
    for credential in wallet.credentials()? {
        if presets(&credential.id)?.iter().any(|answered| answered.id == preset) {
            fitting.push(credential.id);
        }
    }
    match fitting.len() {
        0 => Err(CliError::Told(speaker.text("wallet-no-credential", &[("preset", preset.into())]))),
        1 => Ok(fitting.remove(0)),
        _ => Err(CliError::Told(speaker.text("wallet-which-credential", &[]))),
    }
}

/// The text of the one code in a picture.
fn code_in(file: &Path) -> Result<String, CliError> {
    let bytes = std::fs::read(file).map_err(|error| CliError::Io(file.to_owned(), error))?;
    let mut texts = scan::decode_file(&bytes).map_err(|error| CliError::Picture(file.to_owned(), error))?;
    match (texts.pop(), texts.len()) {
        (Some(text), 0) => Ok(text),
        (one, rest) => Err(CliError::OneCode(file.to_owned(), rest + usize::from(one.is_some()))),
    }
}
