//! Where files lie, and what is remembered about the network.

use crate::{
    arguments::Common,
    error::CliError,
    terminal::{self, Speaker},
};
use serde::{Deserialize, Serialize};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};
use yufu_core::{
    SystemRandom,
    client::{ReqwestTransport, TransportOptions, roots_from_pem},
    time::SystemClock,
    wallet::{SoftwareKeystore, SqliteStore, Store, Wallet, WalletConfig, WalletError},
};

/// What `wallet.toml` holds. Nothing in it is secret.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    #[serde(skip_serializing_if = "Option::is_none")]
    network_key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    registry: Option<String>,
    /// PEM of a root certificate to trust beside the public ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    root_certificate: Option<String>,
}

/// The part of a town's ready file that a wallet reads.
#[derive(Deserialize)]
struct Town {
    registry: String,
    network_key: String,
    #[serde(default)]
    root_certificate: Option<String>,
}

/// Opens the wallet that the options name, asking for its passphrase.
pub(crate) fn open_wallet(common: &Common, copies: u32, speaker: Speaker) -> Result<Arc<Wallet>, CliError> {
    let settings = remembered(common)?;
    let (Some(network_key), Some(registry_url)) = (settings.network_key, settings.registry) else {
        return Err(CliError::NoNetwork);
    };
    let mut options = TransportOptions::default();
    if let Some(pem) = settings.root_certificate {
        options.extra_roots = roots_from_pem(pem.as_bytes())?;
    }
    let data = data_file(common)?;
    let is_new = !data.exists();
    make_parent(&data)?;
    let passphrase = terminal::passphrase(common, speaker, is_new)?;
    let store: Arc<dyn Store> = Arc::new(SqliteStore::open(&data).map_err(WalletError::from)?);
    let random = Arc::new(SystemRandom::new());
    let config = WalletConfig {
        keystore: Arc::new(SoftwareKeystore::new(store.clone(), random.clone())),
        store,
        transport: Arc::new(ReqwestTransport::new(&options)?),
        clock: Arc::new(SystemClock),
        random,
        network_key,
        registry_url,
        copies,
    };
    Ok(Wallet::open(config, Some(&passphrase))?)
}

/// What the options say, else what was said before; what is new is remembered.
fn remembered(common: &Common) -> Result<Settings, CliError> {
    let file = settings_file(common)?;
    let mut settings: Settings = match std::fs::read_to_string(&file) {
        Ok(text) => {
            toml::from_str(&text).map_err(|error| CliError::Settings(file.clone(), error.to_string()))?
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Settings::default(),
        Err(error) => return Err(CliError::Io(file, error)),
    };
    let before = settings.clone();
    if let Some(path) = &common.town {
        let town: Town = serde_json::from_str(&read(path)?)
            .map_err(|error| CliError::Settings(path.clone(), error.to_string()))?;
        settings.network_key = Some(town.network_key);
        settings.registry = Some(town.registry);
        if let Some(root) = town.root_certificate {
            settings.root_certificate = Some(certificate(&root)?);
        }
    }
    settings.network_key = common.network_key.clone().or(settings.network_key);
    settings.registry = common.registry.clone().or(settings.registry);
    if let Some(path) = &common.root {
        settings.root_certificate = Some(read(path)?);
    }
    if settings != before {
        make_parent(&file)?;
        let text = toml::to_string(&settings)
            .map_err(|error| CliError::Settings(file.clone(), error.to_string()))?;
        std::fs::write(&file, text).map_err(|error| CliError::Io(file, error))?;
    }
    Ok(settings)
}

/// A town names its root certificate by path, or writes it out.
fn certificate(text: &str) -> Result<String, CliError> {
    if text.contains("-----BEGIN") { Ok(text.to_owned()) } else { read(Path::new(text)) }
}

fn data_file(common: &Common) -> Result<PathBuf, CliError> {
    match &common.data {
        Some(file) => Ok(file.clone()),
        None => Ok(home("XDG_DATA_HOME", ".local/share")?.join("yufu/wallet.db")),
    }
}

fn settings_file(common: &Common) -> Result<PathBuf, CliError> {
    match &common.settings {
        Some(file) => Ok(file.clone()),
        None => Ok(home("XDG_CONFIG_HOME", ".config")?.join("yufu/wallet.toml")),
    }
}

/// A base directory by the XDG rules: the variable where it is absolute, else below the home directory.
fn home(variable: &str, otherwise: &str) -> Result<PathBuf, CliError> {
    let named = std::env::var_os(variable).map(PathBuf::from).filter(|path| path.is_absolute());
    named.or_else(|| std::env::home_dir().map(|home| home.join(otherwise))).ok_or(CliError::NoHome)
}

fn make_parent(file: &Path) -> Result<(), CliError> {
    match file.parent() {
        Some(parent) => {
            std::fs::create_dir_all(parent).map_err(|error| CliError::Io(parent.to_owned(), error))
        }
        None => Ok(()),
    }
}

pub(crate) fn read(path: &Path) -> Result<String, CliError> {
    std::fs::read_to_string(path).map_err(|error| CliError::Io(path.to_owned(), error))
}
