//! What a node is told: a TOML file, or the same fields from a program that runs the node itself.

use crate::init::{InitError, Readers, unwritable, write_new};
use serde::{Deserialize, Serialize};
use std::{
    collections::HashMap,
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use yufu_core::Clock;
use zeroize::Zeroizing;

/// The largest configuration file that is read.
const MAX_CONFIG: u64 = 1 << 20;

/// Everything that a node is told.
#[derive(Clone)]
pub struct NodeConfig {
    /// Paths, addresses and times.
    pub settings: Settings,
    /// Opens the key files, where they are sealed.
    pub passphrase: Option<Zeroizing<String>>,
    /// The node's clock.
    pub clock: Arc<dyn Clock>,
}

/// A node's settings: the content of its TOML file. Relative paths are relative to the file's folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The network's genesis file.
    pub genesis: PathBuf,
    /// The key by which the other validators know this one.
    pub identity_key: PathBuf,
    /// The key that signs votes.
    pub consensus_key: PathBuf,
    /// Folder for the chain's data. Losing it loses this validator's history; losing that of the only
    /// validator loses the network.
    pub data: PathBuf,
    /// The export that the network began with, if it did not begin with nothing: the first start reads it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub import: Option<PathBuf>,
    /// Where the registry is served over HTTP. Port 0 takes a free one.
    pub http: SocketAddr,
    /// Where this validator listens for the others.
    pub listen: SocketAddr,
    /// The longest time without a block, in milliseconds, at most a quarter of the slot. Without it:
    /// a quarter of the slot, and at most 2 s.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idle_ms: Option<u64>,
    /// Where the operator finds metrics, `/livez` and `/readyz`. Without it there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operations: Option<SocketAddr>,
    /// Free bytes below which no transaction is taken. Without it: 256 MiB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_free_bytes: Option<u64>,
    /// Folder of the light client for browsers, as `verifier-lib/web/build.sh` makes it. Without it the
    /// explorer shows rows that it says are not checked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub web: Option<PathBuf>,
    /// How often one address may ask.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limits: Option<RateLimits>,
    /// Lets nodes that begin with an empty disk have copies of the database. Without it there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snapshots: Option<SnapshotSettings>,
    /// Addresses of other validators that go before the ones that they registered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub peers: Vec<Peer>,
}

/// How often one address may ask over HTTP, with bursts of four seconds' worth. An IPv6 /64 is one
/// address. Zero means no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RateLimits {
    /// Requests that read.
    pub requests_per_second: u32,
    /// Transactions handed in.
    pub transactions_per_second: u32,
    /// Whether addresses of this machine are limited too. They are commonly a reverse proxy that limits
    /// for itself, and the operator's own programs.
    pub own_machine: bool,
}

impl Default for RateLimits {
    fn default() -> Self {
        Self { requests_per_second: 100, transactions_per_second: 20, own_machine: false }
    }
}

/// For whom, and how often, a node makes snapshots of its database.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SnapshotSettings {
    /// Seconds for which a made one is given to whoever asks; it is then removed. This is also how often
    /// one is made at most.
    pub keep_s: u64,
    /// How many may fetch at the same time, each from an address of its own.
    pub downloads: u16,
    /// Addresses that may fetch; everybody if there are none here.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub from: Vec<IpAddr>,
}

impl Default for SnapshotSettings {
    fn default() -> Self {
        Self { keep_s: 600, downloads: 4, from: Vec::new() }
    }
}

/// Where another validator listens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Peer {
    /// Its identity key, in hexadecimal.
    pub identity: String,
    /// Its address.
    pub address: SocketAddr,
}

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("{path} cannot be read: {source}")]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is not a node's configuration.
    #[error("{path} is not a configuration of a node: {reason}")]
    Malformed {
        /// Which.
        path: PathBuf,
        /// What is wrong in it.
        reason: String,
    },
    /// The longest time without a block leaves no two headers in a slot.
    #[error("idle_ms must be at least 50 and at most a quarter of the slot ({slot_ms} ms)")]
    Idle {
        /// The network's slot.
        slot_ms: u64,
    },
    /// A peer is named by what is no identity key.
    #[error("{0} is not the identity key of a validator")]
    Identity(String),
}

impl Settings {
    /// Free bytes below which no transaction is taken.
    #[must_use]
    pub fn min_free(&self) -> u64 {
        self.min_free_bytes.unwrap_or(256 << 20)
    }

    /// Folder of the engine's votes and archive.
    pub(crate) fn consensus(&self) -> PathBuf {
        self.data.join("consensus")
    }

    /// The peers' addresses, by identity.
    ///
    /// # Errors
    /// [`ConfigError::Identity`] when one is named by what is no key.
    pub(crate) fn addresses(&self) -> Result<HashMap<[u8; 32], SocketAddr>, ConfigError> {
        let digest = |peer: &Peer| yufu_core::registry::client::hex_digest(&peer.identity);
        self.peers
            .iter()
            .map(|peer| {
                let identity = digest(peer).ok_or_else(|| ConfigError::Identity(peer.identity.clone()))?;
                Ok((identity, peer.address))
            })
            .collect()
    }

    /// Reads a TOML file and makes its paths absolute.
    ///
    /// # Errors
    /// [`ConfigError`] when it cannot be read or is none.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let text = read_bounded(path, MAX_CONFIG)
            .map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
        let malformed = |reason: String| ConfigError::Malformed { path: path.to_owned(), reason };
        let text = String::from_utf8(text).map_err(|e| malformed(e.to_string()))?;
        let mut settings: Self = toml::from_str(&text).map_err(|e| malformed(e.to_string()))?;
        let folder = path.parent().unwrap_or(Path::new(""));
        for file in [
            &mut settings.genesis,
            &mut settings.identity_key,
            &mut settings.consensus_key,
            &mut settings.data,
        ] {
            *file = folder.join(&file);
        }
        for file in [&mut settings.web, &mut settings.import].into_iter().flatten() {
            *file = folder.join(&file);
        }
        Ok(settings)
    }

    /// Writes them as a new TOML file.
    pub(crate) fn write(&self, path: &Path) -> Result<(), InitError> {
        let text = toml::to_string(self).map_err(|e| unwritable(path, std::io::Error::other(e)))?;
        write_new(path, text.as_bytes(), Readers::All)
    }

    /// The longest time without a block in a network with this slot.
    ///
    /// # Errors
    /// [`ConfigError::Idle`] when it leaves no two headers in a slot.
    pub fn idle(&self, slot_ms: u64) -> Result<Duration, ConfigError> {
        let idle_ms = self.idle_ms.unwrap_or((slot_ms / 4).min(2_000));
        if idle_ms < 50 || idle_ms > slot_ms / 4 {
            return Err(ConfigError::Idle { slot_ms });
        }
        Ok(Duration::from_millis(idle_ms))
    }
}

/// Reads a file, but not more of it than `limit` bytes.
pub(crate) fn read_bounded(path: &Path, limit: u64) -> std::io::Result<Vec<u8>> {
    use std::io::Read as _;
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return Err(std::io::Error::new(std::io::ErrorKind::FileTooLarge, "the file is too large"));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(idle_ms: Option<u64>) -> Settings {
        let any: SocketAddr = "127.0.0.1:0".parse().unwrap();
        Settings {
            genesis: "genesis".into(),
            identity_key: "identity.key".into(),
            consensus_key: "consensus.key".into(),
            data: "data".into(),
            import: None,
            http: any,
            listen: any,
            idle_ms,
            operations: None,
            min_free_bytes: None,
            web: None,
            limits: None,
            snapshots: None,
            peers: Vec::new(),
        }
    }

    #[test]
    fn an_idle_network_still_has_several_headers_in_a_slot() {
        assert_eq!(settings(None).idle(5_000).unwrap(), Duration::from_millis(1_250));
        assert_eq!(settings(None).idle(600_000).unwrap(), Duration::from_secs(2));
        assert!(matches!(settings(Some(3_000)).idle(5_000), Err(ConfigError::Idle { slot_ms: 5_000 })));
    }

    #[test]
    fn settings_survive_their_file_and_unknown_ones_are_refused() {
        let text = toml::to_string(&settings(Some(100))).unwrap();
        assert_eq!(toml::from_str::<Settings>(&text).unwrap(), settings(Some(100)));
        assert!(toml::from_str::<Settings>(&format!("htpp = 1\n{text}")).is_err());
    }
}
