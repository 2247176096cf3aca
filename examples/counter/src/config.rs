//! What a counter is told: `counter.toml`.

use serde::Deserialize;
use std::{
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
};
use yufu_core::pages::Locale;

/// A counter's settings. Paths are relative to the file that names them.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The counter's name, as its page and its printed code show it.
    pub name: Names,
    /// Address to serve at; port 0 takes a free one. A camera works on loopback or over TLS only.
    #[serde(default = "default_listen")]
    pub listen: SocketAddr,
    /// Folder for the counter's key, what it learned of the registry, the used codes and the journal.
    pub data: PathBuf,
    /// The registry's public key, `yufu-network-1:…`: all that a counter needs to know beforehand.
    #[serde(default)]
    pub network_key: Option<String>,
    /// A file that holds the network key, instead of `network_key`.
    #[serde(default)]
    pub network_key_file: Option<PathBuf>,
    /// What can be checked here, in the order of the buttons; all shipped presets when empty.
    #[serde(default, rename = "preset")]
    pub presets: Vec<PresetChoice>,
    /// Seconds until what was disclosed leaves the screen by itself.
    #[serde(default = "default_clear_after")]
    pub clear_after_s: u32,
    /// Language before a reader chose one; by default what the browser asks for.
    #[serde(default)]
    pub language: Option<Locale>,
    /// Optional: a gateway to fetch newer headers and status from. Without it everything still works.
    #[serde(default)]
    pub sync: Option<Sync>,
    /// Optional: serve over TLS.
    #[serde(default)]
    pub tls: Option<Tls>,
    /// Optional: the VC-API of test suites and other programs.
    #[serde(default)]
    pub vc_api: Option<VcApiConfig>,
}

/// A name in the two languages.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Names {
    /// Simplified Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

impl Names {
    /// The name in `locale`.
    #[must_use]
    pub fn text(&self, locale: Locale) -> &str {
        match locale {
            Locale::ZhCn => &self.zh,
            Locale::En => &self.en,
        }
    }
}

/// A preset that is offered here, and this counter's own limits for it. A limit can only narrow what the
/// preset allows.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PresetChoice {
    /// Identifier of a shipped preset, for example `age18`.
    pub id: String,
    /// Oldest publication of status accepted, seconds.
    #[serde(default)]
    pub max_status_age_s: Option<u64>,
    /// Oldest registry header accepted, seconds.
    #[serde(default)]
    pub max_header_age_s: Option<u64>,
    /// Least protection of the holder's key, as the issuer attested it.
    #[serde(default)]
    pub key_level: Option<String>,
}

/// Where to fetch newer headers and status, when there is a network.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sync {
    /// Base URL of a registry gateway; nothing that it says is believed without proof.
    pub registry: String,
    /// Seconds between fetches.
    #[serde(default = "default_sync_every")]
    pub every_s: u32,
    /// A certificate (PEM) to trust beside the public ones, for a gateway with a root of its own.
    #[serde(default)]
    pub extra_root: Option<PathBuf>,
}

/// Certificate and key of the page, PEM.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// Certificate chain, leaf first.
    pub cert: PathBuf,
    /// Private key.
    pub key: PathBuf,
}

/// Where the VC-API is served, and what it fetches from. It asks nobody who he is.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VcApiConfig {
    /// Its address. Only loopback is taken, unless `allow_remote` is set.
    pub listen: SocketAddr,
    /// Serves whoever reaches the address: for a network that is closed otherwise.
    #[serde(default)]
    pub allow_remote: bool,
    /// Fetches documents of DIDs and status lists from this machine too: for development.
    #[serde(default)]
    pub fetch_from_loopback: bool,
    /// Base URL of a registry gateway, for did:yufu; nothing that it says is believed without proof.
    #[serde(default)]
    pub registry: Option<String>,
    /// A certificate (PEM) to trust beside the public ones.
    #[serde(default)]
    pub extra_root: Option<PathBuf>,
}

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// A file that the configuration needs cannot be read.
    #[error("{path} cannot be read: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Not TOML, or not of this shape.
    #[error("{path}: {source}")]
    Toml {
        /// The file.
        path: PathBuf,
        /// Where and why.
        source: toml::de::Error,
    },
    /// Neither or both of `network_key` and `network_key_file` are set.
    #[error("set exactly one of network_key and network_key_file")]
    NetworkKey,
    /// A name is empty or too long for a printed code.
    #[error("the counter's name needs 1 to 60 characters in each language")]
    Name,
    /// A time is out of range.
    #[error("clear_after_s must be from 5 to 600")]
    ClearAfter,
    /// The VC-API asks for no sign-in.
    #[error("vc_api.listen must be a loopback address, not {0}, unless vc_api.allow_remote is set")]
    VcApiNotLoopback(SocketAddr),
    /// A preset is named twice.
    #[error("the preset {0:?} is listed twice")]
    PresetTwice(String),
}

impl Config {
    /// Reads `path`.
    ///
    /// # Errors
    /// [`ConfigError`] by what is wrong with the file.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let mut config: Self = toml::from_str(&read(path)?)
            .map_err(|source| ConfigError::Toml { path: path.to_owned(), source })?;
        let base = path.parent().unwrap_or(Path::new("."));
        let files = [config.network_key_file.as_mut()]
            .into_iter()
            .chain([config.vc_api.as_mut().and_then(|v| v.extra_root.as_mut())])
            .chain([config.sync.as_mut().and_then(|s| s.extra_root.as_mut())])
            .chain(config.tls.as_mut().map_or([None, None], |t| [Some(&mut t.cert), Some(&mut t.key)]))
            .chain([Some(&mut config.data)]);
        for file in files.flatten() {
            *file = base.join(&*file);
        }
        config.check()?;
        Ok(config)
    }

    /// Checks what the types do not.
    ///
    /// # Errors
    /// [`ConfigError`] by the setting that cannot be used.
    pub fn check(&self) -> Result<(), ConfigError> {
        if self.network_key.is_some() == self.network_key_file.is_some() {
            return Err(ConfigError::NetworkKey);
        }
        if [&self.name.zh, &self.name.en].into_iter().any(|n| n.trim().is_empty() || n.chars().count() > 60) {
            return Err(ConfigError::Name);
        }
        if !(5..=600).contains(&self.clear_after_s) {
            return Err(ConfigError::ClearAfter);
        }
        if let Some(vc_api) = &self.vc_api
            && !vc_api.allow_remote
            && !vc_api.listen.ip().is_loopback()
        {
            return Err(ConfigError::VcApiNotLoopback(vc_api.listen));
        }
        for (i, preset) in self.presets.iter().enumerate() {
            if self.presets[..i].iter().any(|p| p.id == preset.id) {
                return Err(ConfigError::PresetTwice(preset.id.clone()));
            }
        }
        Ok(())
    }

    /// The text of the network key.
    ///
    /// # Errors
    /// [`ConfigError::File`] when it lies in a file that cannot be read; [`ConfigError::NetworkKey`].
    pub fn network_key_text(&self) -> Result<String, ConfigError> {
        match (&self.network_key, &self.network_key_file) {
            (Some(text), None) => Ok(text.trim().to_owned()),
            (None, Some(path)) => Ok(read(path)?.trim().to_owned()),
            _ => Err(ConfigError::NetworkKey),
        }
    }
}

fn read(path: &Path) -> Result<String, ConfigError> {
    std::fs::read_to_string(path).map_err(|source| ConfigError::File { path: path.to_owned(), source })
}

fn default_listen() -> SocketAddr {
    (Ipv4Addr::LOCALHOST, 8430).into()
}

fn default_clear_after() -> u32 {
    45
}

fn default_sync_every() -> u32 {
    30
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(text: &str) -> Result<(), ConfigError> {
        toml::from_str::<Config>(text).unwrap().check()
    }

    const LEAST: &str = "name = { zh = '一号窗口', en = 'Window 1' }\ndata = 'd'\n";

    #[test]
    fn needs_no_more_than_a_name_a_folder_and_the_network_key() {
        config(&format!("{LEAST}network_key = 'yufu-network-1:x'")).unwrap();
    }

    #[test]
    fn refuses_no_network_key_and_two_network_keys() {
        assert!(matches!(config(LEAST), Err(ConfigError::NetworkKey)));
        let two = format!("{LEAST}network_key = 'a'\nnetwork_key_file = 'b'");
        assert!(matches!(config(&two), Err(ConfigError::NetworkKey)));
    }

    #[test]
    fn refuses_a_setting_that_it_does_not_know() {
        assert!(toml::from_str::<Config>(&format!("{LEAST}skip_proofs = true")).is_err());
    }

    #[test]
    fn refuses_a_vc_api_that_others_could_reach_unless_told_so() {
        let open = format!("{LEAST}network_key = 'a'\n[vc_api]\nlisten = '0.0.0.0:1'\n");
        assert!(matches!(config(&open), Err(ConfigError::VcApiNotLoopback(_))));
        config(&format!("{open}allow_remote = true")).unwrap();
        config(&open.replace("0.0.0.0", "127.0.0.1")).unwrap();
    }

    #[test]
    fn refuses_a_preset_listed_twice() {
        let twice = format!("{LEAST}network_key = 'a'\n[[preset]]\nid = 'age18'\n[[preset]]\nid = 'age18'");
        assert!(matches!(config(&twice), Err(ConfigError::PresetTwice(id)) if id == "age18"));
    }

    #[test]
    fn paths_are_relative_to_the_file() {
        let dir = std::env::temp_dir().join(format!("yufu-counter-config-{}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        std::fs::write(dir.join("network.key"), "yufu-network-1:x\n").unwrap();
        std::fs::write(dir.join("c.toml"), format!("{LEAST}network_key_file = 'network.key'")).unwrap();
        let config = Config::load(&dir.join("c.toml")).unwrap();
        assert_eq!(config.network_key_text().unwrap(), "yufu-network-1:x");
        assert_eq!(config.data, dir.join("d"));
        std::fs::remove_dir_all(&dir).unwrap();
    }
}
