//! The command line. Commands write the agency's database; the running service does the rest.

use crate::{
    config::{Config, KeysConfig},
    db::Database,
    identity,
    keys::KeyFiles,
    offers::{self, OfferRequest},
    pki,
    register::{self, Date},
    service::Issuer,
    status::{self, Change},
};
use clap::{Args, Parser, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use std::{
    error::Error,
    io::{IsTerminal, Write},
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};
use yufu_core::{
    Clock, SystemRandom,
    registry::client::{hex, hex_digest},
    time::SystemClock,
};

type Outcome = Result<(), Box<dyn Error + Send + Sync>>;

/// Issues credentials for an agency.
#[derive(Debug, Parser)]
#[command(name = "yufu-issuer", version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs the service: wallets, the clerks' page, publications
    Serve(At),
    /// Makes the national test root and what it certifies
    #[command(subcommand)]
    Pki(Pki),
    /// Reads a register; bad rows are reported by line and column and kept out
    Import {
        #[command(flatten)]
        at: At,
        /// The CSV file; pictures lie beside it
        file: PathBuf,
    },
    /// Makes up a register of residents who do not exist: residents.csv and their pictures
    Synthetic {
        /// Folder to write
        folder: PathBuf,
        /// How many
        #[arg(long, default_value_t = 1000)]
        count: u32,
        /// The same seed makes the same people
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// Makes an offer: prints its link and, separately, its transaction code
    Offer {
        #[command(flatten)]
        whom: Whom,
        /// First day of the credential's validity (2026-11-23)
        #[arg(long)]
        valid_from: Option<Date>,
        /// First day after it
        #[arg(long)]
        valid_to: Option<Date>,
        /// Writes the QR code of the link, as SVG
        #[arg(long)]
        qr: Option<PathBuf>,
    },
    /// Revokes a resident's copies, for good
    Revoke(Whom),
    /// Suspends a resident's copies
    Suspend(Whom),
    /// Ends a suspension
    Reinstate(Whom),
    /// Makes a new credential key; credentials signed with the old one stay valid
    RotateKey(At),
    /// Revokes a credential key
    RevokeKey {
        #[command(flatten)]
        at: At,
        /// Its thumbprint, in hexadecimal; the newest key where none is named
        #[arg(long)]
        key: Option<String>,
        /// The key is compromised since then (Unix time in milliseconds, or a date): what is not recorded
        /// before is not believed any more
        #[arg(long)]
        compromised_since: Option<String>,
    },
    /// Lists the agency's credential keys
    Keys(At),
}

#[derive(Debug, Args)]
struct At {
    /// The agency's settings
    #[arg(long, default_value = "issuer.toml")]
    config: PathBuf,
}

#[derive(Debug, Args)]
struct Whom {
    #[command(flatten)]
    at: At,
    /// The resident's number
    resident: String,
    /// Which credential; the agency's first where none is named
    #[arg(long)]
    credential: Option<String>,
}

#[derive(Debug, Subcommand)]
enum Pki {
    /// Makes the root: its certificate and its encrypted key
    Root {
        /// Folder to write
        folder: PathBuf,
        /// The root's name
        #[arg(long, default_value = "Yufu Test Root")]
        name: String,
        #[command(flatten)]
        keys: KeyArgs,
    },
    /// Certifies an agency's public key: a lean leaf with the DID as its name
    Leaf {
        /// Folder of the root
        folder: PathBuf,
        /// The agency's DID
        #[arg(long)]
        did: String,
        /// The public key as JWK
        #[arg(long)]
        jwk: PathBuf,
        /// Days before today that it starts
        #[arg(long, default_value_t = 1)]
        backdate_days: u64,
        /// Days from today that it lasts
        #[arg(long, default_value_t = 365)]
        days: u64,
        /// Where to write the certificate (PEM)
        #[arg(long)]
        out: PathBuf,
        #[command(flatten)]
        keys: KeyArgs,
    },
    /// Makes a TLS certificate for localhost, with its key
    Localhost {
        /// Folder of the root
        folder: PathBuf,
        /// Folder to write
        #[arg(long)]
        out: PathBuf,
        #[command(flatten)]
        keys: KeyArgs,
    },
}

#[derive(Debug, Args)]
struct KeyArgs {
    /// A file with the passphrase of the root's key; else YUFU_ISSUER_PASSPHRASE
    #[arg(long)]
    passphrase_file: Option<PathBuf>,
    /// Keeps the root's key unencrypted
    #[arg(long)]
    unencrypted: bool,
}

impl KeyArgs {
    fn files(&self) -> Result<KeyFiles, crate::keys::KeyFileError> {
        KeyFiles::new(&KeysConfig {
            passphrase_file: self.passphrase_file.clone(),
            unencrypted: self.unencrypted,
            passphrase: None,
        })
    }
}

/// Runs the command of this process's arguments.
#[must_use]
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    let filter = tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "info".into());
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    match execute(cli.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say_error(error.as_ref());
            ExitCode::FAILURE
        }
    }
}

fn say_error(error: &(dyn Error + Send + Sync + 'static)) {
    let mut err = std::io::stderr().lock();
    let _ = writeln!(err, "error: {error}");
    let mut cause = error.source();
    while let Some(inner) = cause {
        let _ = writeln!(err, "  because: {inner}");
        cause = inner.source();
    }
}

fn say(line: std::fmt::Arguments<'_>) -> std::io::Result<()> {
    writeln!(std::io::stdout().lock(), "{line}")
}

fn execute(command: Command) -> Outcome {
    match command {
        Command::Serve(at) => serve(&at.config),
        Command::Pki(command) => pki(command),
        Command::Import { at, file } => import(&at.config, &file),
        Command::Synthetic { folder, count, seed } => synthetic(&folder, count, seed),
        Command::Offer { whom, valid_from, valid_to, qr } => {
            offer(&whom, valid_from, valid_to, qr.as_deref())
        }
        Command::Revoke(whom) => change(&whom, Change::Revoke),
        Command::Suspend(whom) => change(&whom, Change::Suspend),
        Command::Reinstate(whom) => change(&whom, Change::Reinstate),
        Command::RotateKey(at) => {
            let (config, db) = open(&at.config)?;
            let files = KeyFiles::new(&config.keys)?;
            let key = identity::rotate_key(&config, &db, &files, SystemClock.now(), &SystemRandom::new())?;
            Ok(say(format_args!("{}", hex(&key)))?)
        }
        Command::RevokeKey { at, key, compromised_since } => {
            revoke_key(&at.config, key.as_deref(), compromised_since.as_deref())
        }
        Command::Keys(at) => list_keys(&at.config),
    }
}

fn open(path: &Path) -> Result<(Config, Database), Box<dyn Error + Send + Sync>> {
    let config = Config::load(path)?;
    let db = Database::open(&config.database())?;
    Ok((config, db))
}

fn serve(path: &Path) -> Outcome {
    let config = Config::load(path)?;
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        let issuer = Issuer::start(config, Arc::new(SystemClock)).await?;
        say(format_args!(
            "wallets  {}\nclerks   {}\nDID      {}",
            issuer.url(),
            issuer.admin_url(),
            issuer.did()
        ))?;
        ended().await?;
        issuer.stop().await;
        Ok(())
    })
}

/// Until the operator or the system asks the service to end.
async fn ended() -> std::io::Result<()> {
    #[cfg(unix)]
    {
        let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
        tokio::select! {
            result = tokio::signal::ctrl_c() => result,
            _ = terminate.recv() => Ok(()),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await
}

fn pki(command: Pki) -> Outcome {
    let (now, random) = (SystemClock.now(), SystemRandom::new());
    match command {
        Pki::Root { folder, name, keys } => {
            pki::create_root(&folder, &name, now, 10, &keys.files()?, &random)?;
            say(format_args!("{}", folder.join(pki::ROOT_CERTIFICATE).display()))?;
        }
        Pki::Leaf { folder, did, jwk, backdate_days, days, out, keys } => {
            let jwk: yufu_core::crypto::Jwk = serde_json::from_slice(&std::fs::read(jwk)?)?;
            let today = yufu_core::time::start_of_day(now);
            let (from, to) = (
                today.saturating_sub(backdate_days.saturating_mul(yufu_core::time::DAY)),
                today.saturating_add(days.saturating_mul(yufu_core::time::DAY)),
            );
            let root = pki::Root::open(&folder, &keys.files()?)?;
            let der = root.leaf(&did, &jwk.key()?, from, to, &random)?;
            std::fs::write(&out, pki::certificate_pem(&der))?;
            say(format_args!("{} ({} bytes of DER)", out.display(), der.len()))?;
        }
        Pki::Localhost { folder, out, keys } => {
            let root = pki::Root::open(&folder, &keys.files()?)?;
            let (certificate, key) = pki::write_localhost(&root, &out, now, &random)?;
            say(format_args!("{}\n{}", certificate.display(), key.display()))?;
        }
    }
    Ok(())
}

fn import(config: &Path, file: &Path) -> Outcome {
    let (_, db) = open(config)?;
    let bar = bar("reading the register");
    let report = register::import(&db, file, SystemClock.now(), &mut |done, total| {
        bar.set_length(total);
        bar.set_position(done);
    })?;
    bar.finish_and_clear();
    for bad in &report.bad {
        say(format_args!("{bad}"))?;
    }
    say(format_args!("{} residents imported, {} rows kept out", report.imported, report.bad.len()))?;
    if report.bad.is_empty() { Ok(()) } else { Err("some rows were kept out".into()) }
}

fn synthetic(folder: &Path, count: u32, seed: u64) -> Outcome {
    let bar = bar("drawing residents");
    bar.set_length(u64::from(count));
    let residents = register::synthetic(count, seed, SystemClock.now(), &mut |done| {
        bar.set_position(u64::from(done));
    })?;
    bar.finish_and_clear();
    let path = register::write_csv(folder, &residents)?;
    Ok(say(format_args!("{}", path.display()))?)
}

/// A bar on a terminal, nothing elsewhere.
fn bar(what: &'static str) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{msg} {wide_bar} {percent}% {eta}");
    ProgressBar::new(1).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar())).with_message(what)
}

fn configuration(config: &Config, named: Option<&str>) -> String {
    named.map_or_else(|| config.credentials[0].id.clone(), str::to_owned)
}

fn offer(whom: &Whom, valid_from: Option<Date>, valid_to: Option<Date>, qr: Option<&Path>) -> Outcome {
    let (config, db) = open(&whom.at.config)?;
    let request = OfferRequest {
        resident: whom.resident.clone(),
        configuration: configuration(&config, whom.credential.as_deref()),
        valid_from,
        valid_to,
    };
    let offer = offers::create(&config, &db, &request, SystemClock.now(), &SystemRandom::new())?;
    if let Some(path) = qr {
        std::fs::write(path, yufu_core::qr::render::svg(&offer.link)?)?;
    }
    say(format_args!("{}", offer.link))?;
    say(format_args!("transaction code: {}", offer.tx_code))?;
    Ok(())
}

fn change(whom: &Whom, change: Change) -> Outcome {
    let (config, db) = open(&whom.at.config)?;
    let id = configuration(&config, whom.credential.as_deref());
    let copies = status::change(&db, &whom.resident, &id, change, SystemClock.now())?;
    Ok(say(format_args!("{copies} copies; the next publication carries it"))?)
}

fn revoke_key(path: &Path, key: Option<&str>, since: Option<&str>) -> Outcome {
    let (config, db) = open(path)?;
    let files = KeyFiles::new(&config.keys)?;
    let key = match key {
        Some(text) => hex_digest(text).ok_or("a thumbprint is 64 hexadecimal digits")?,
        None => identity::credential_keys(&db)?.first().ok_or("there is no key")?.thumbprint,
    };
    let since = since.map(milliseconds).transpose()?;
    identity::revoke_key(&config, &db, &files, key, since, SystemClock.now(), &SystemRandom::new())?;
    Ok(say(format_args!("{} is to be revoked; nothing is signed with it any more", hex(&key)))?)
}

fn milliseconds(text: &str) -> Result<u64, Box<dyn Error + Send + Sync>> {
    if let Ok(ms) = text.parse() {
        return Ok(ms);
    }
    let date: Date = text.parse()?;
    Ok(date.start().ok_or("no time before 1970")? * 1000)
}

fn list_keys(path: &Path) -> Outcome {
    let (_, db) = open(path)?;
    for key in identity::credential_keys(&db)? {
        let (from, to) = (Date::of(key.valid_from), Date::of(key.valid_to));
        say(format_args!("{}  {:?}  {from} to {to}", hex(&key.thumbprint), key.state))?;
    }
    Ok(())
}
