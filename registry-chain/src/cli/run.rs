//! Founding a network, and running a node.

use super::{
    Failure, Locale,
    arguments::{InitNetwork, InitValidator, LogFormat, Node, RenewKey},
    passphrase, say,
};
use crate::{
    NodeConfig, Parameters, Settings,
    config::ConfigError,
    init::{self, init_network as found},
    node,
};
use std::{sync::Arc, time::Duration};
use yufu_core::{SystemRandom, time::SystemClock};

pub(super) fn init_network(locale: Locale, arguments: InitNetwork) -> Result<(), Failure> {
    if arguments.import.is_some() {
        return super::export::import(locale, arguments);
    }
    let base = if arguments.demo { Parameters::demo() } else { Parameters::production() };
    let parameters = Parameters {
        slot_ms: arguments.slot_ms.unwrap_or(base.slot_ms),
        publication_ms: arguments.publication_ms.unwrap_or(base.publication_ms),
        timelock_ms: arguments.timelock_ms.unwrap_or(base.timelock_ms),
        status_age_limit_ms: arguments.status_age_limit_ms.unwrap_or(base.status_age_limit_ms),
        rules: arguments.rules.unwrap_or(base.rules),
        epoch_length: arguments.epoch_length.unwrap_or(base.epoch_length),
    };
    let passphrase = passphrase(arguments.passphrase_file.as_deref())?;
    let sealed = passphrase.is_some();
    let init = init::InitNetwork {
        dir: arguments.out,
        // The command line asks for it when nothing is imported.
        name: arguments.name.unwrap_or_default(),
        validators: arguments.validators,
        authorities: arguments.authorities,
        quorum: arguments.quorum.unwrap_or(arguments.authorities / 2 + 1),
        parameters,
        http_port: arguments.http_port,
        p2p_port: arguments.p2p_port,
        passphrase,
    };
    let files = found(&init, &SystemRandom::new(), &SystemClock)?;
    if !sealed {
        eprintln!("{}", say(locale, "registry-keys-in-clear", &[]));
    }
    warn_of_few(locale, init.validators);
    for config in &files.validators {
        println!("config {}", config.display());
    }
    println!("genesis {}", files.genesis.display());
    println!("authority {}", files.authority.did);
    println!("control_key {}", files.authority.control_key.display());
    println!("next_key {}", files.authority.next_key.display());
    for other in &files.other_authorities {
        println!("authority {}", other.did);
        println!("control_key {}", other.control_key.display());
        println!("next_key {}", other.next_key.display());
    }
    println!("network_key {}", files.network_key);
    Ok(())
}

/// A network of few validators tolerates no fault.
pub(super) fn warn_of_few(locale: Locale, validators: u16) {
    if validators < 4 {
        let count = u64::from(validators);
        eprintln!("{}", say(locale, "registry-few-validators", &[("n", count.into())]));
    }
}

pub(super) fn init_validator(locale: Locale, arguments: InitValidator) -> Result<(), Failure> {
    let passphrase = passphrase(arguments.passphrase_file.as_deref())?;
    let sealed = passphrase.is_some();
    let init = crate::InitValidator {
        dir: arguments.out,
        genesis: arguments.genesis,
        import: arguments.import.map(std::path::absolute).transpose()?,
        http: arguments.http,
        listen: arguments.listen,
        passphrase,
    };
    let (config, validator) = crate::init_validator(&init, &SystemRandom::new())?;
    if !sealed {
        eprintln!("{}", say(locale, "registry-keys-in-clear", &[]));
    }
    println!("config {}\nvalidator {validator}", config.display());
    eprintln!("{}", say(locale, "registry-validator-made", &[]));
    Ok(())
}

pub(super) fn renew_key(locale: Locale, arguments: &RenewKey) -> Result<(), Failure> {
    let passphrase = passphrase(arguments.passphrase_file.as_deref())?;
    let passphrase = passphrase.as_ref().map(|text| text.as_str());
    let validator = crate::renew_key(&arguments.config, passphrase, &SystemRandom::new())?;
    println!("validator {validator}");
    eprintln!("{}", say(locale, "registry-validator-made", &[]));
    Ok(())
}

pub(super) fn node(locale: Locale, arguments: &Node) -> Result<(), Failure> {
    start_log(arguments.log_format);
    let settings = Settings::load(&arguments.config).map_err(|e: ConfigError| Failure(e.to_string()))?;
    let passphrase = passphrase(arguments.passphrase_file.as_deref())?;
    if arguments.standby {
        crate::stand_by(&settings, &SystemClock)?;
    }
    let node = node::Node::start(NodeConfig { settings, passphrase, clock: Arc::new(SystemClock) })?;
    // Programs that start a node read these lines.
    tell(std::io::stdout(), &format!("url {}\nnetwork_key {}", node.url(), node.network_key()));
    tell(std::io::stderr(), &say(locale, "registry-runs", &[("url", node.url().into())]));
    super::block_on(ended(&node))??;
    tell(std::io::stderr(), &say(locale, "registry-stops", &[]));
    Ok(node.stop()?)
}

/// Writes a line, if anybody still reads: a node goes on when its reader is gone.
fn tell(mut to: impl std::io::Write, line: &str) {
    let _ = writeln!(to, "{line}").and_then(|()| to.flush());
}

/// Waits for an order to stop, or for the node's own end.
async fn ended(node: &node::Node) -> std::io::Result<()> {
    let mut terminate = terminate_signal()?;
    let mut interrupted = std::pin::pin!(tokio::signal::ctrl_c());
    loop {
        tokio::select! {
            interrupt = &mut interrupted => return interrupt,
            () = terminate.received() => return Ok(()),
            () = tokio::time::sleep(Duration::from_millis(250)) => {
                if node.has_ended() {
                    return Ok(());
                }
            }
        }
    }
}

#[cfg(unix)]
struct Terminate(tokio::signal::unix::Signal);

#[cfg(unix)]
fn terminate_signal() -> std::io::Result<Terminate> {
    tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()).map(Terminate)
}

#[cfg(unix)]
impl Terminate {
    async fn received(&mut self) {
        self.0.recv().await;
    }
}

#[cfg(not(unix))]
struct Terminate;

#[cfg(not(unix))]
fn terminate_signal() -> std::io::Result<Terminate> {
    Ok(Terminate)
}

#[cfg(not(unix))]
impl Terminate {
    async fn received(&mut self) {
        std::future::pending::<()>().await;
    }
}

/// The log goes to standard error; `RUST_LOG` says how much of it.
fn start_log(format: LogFormat) {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn,yufu_registry=info"));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // A program that has a subscriber of its own keeps it.
    let _ = match format {
        LogFormat::Text => log.try_init(),
        LogFormat::Json => log.json().flatten_event(true).try_init(),
    };
}
