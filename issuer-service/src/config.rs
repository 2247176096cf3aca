//! What an agency sets in `issuer.toml`.

use crate::types;
use serde::{Deserialize, Serialize};
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};
use yufu_core::credential::Format;
use zeroize::Zeroizing;

/// The longest life of a copy of a credential, in days: what a thief of a phone's backup can use is
/// bounded by it, and wallets refill.
pub const MAX_LIFETIME_DAYS: u64 = 14;

/// The settings of one agency's issuer.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Names of the agency, as the page and the metadata show them.
    pub name: Names,
    /// Where wallets connect.
    pub listen: SocketAddr,
    /// Where the agency's clerks connect. Only loopback is taken: the page asks for no sign-in.
    pub admin: SocketAddr,
    /// The credential issuer identifier, without a trailing slash. Where it is absent it follows from
    /// `listen` (`https://localhost:PORT` with `[tls]`, else `http://127.0.0.1:PORT`), which is for
    /// development on one machine.
    #[serde(default)]
    pub url: Option<String>,
    /// Folder of the database and of the keys.
    pub data: PathBuf,
    /// The registry.
    pub registry: RegistryConfig,
    /// How private keys rest.
    #[serde(default)]
    pub keys: KeysConfig,
    /// Who certifies keys.
    pub pki: PkiConfig,
    /// TLS for wallets; plain HTTP is for loopback.
    #[serde(default)]
    pub tls: Option<TlsConfig>,
    /// The VC-API of test suites and other programs; absent, it is not served.
    #[serde(default)]
    pub vc_api: Option<VcApiConfig>,
    /// The DIDs of the web that the agency goes by beside its did:yufu, `web` and `webvh`: their documents are
    /// served under `url`, which must be https with a host's name, and the registry's record lists them.
    #[serde(default)]
    pub web_dids: Vec<WebMethod>,
    /// What is issued.
    pub credentials: Vec<CredentialConfig>,
    /// How long an offer waits to be scanned, in seconds.
    #[serde(default = "default_offer_lifetime")]
    pub offer_lifetime_s: u64,
    /// How long a published status list may be relied on, in seconds. It bounds how long wallets can
    /// go on when this service stands still.
    #[serde(default = "default_status_lifetime")]
    pub status_lifetime_s: u64,
}

/// A name in the two languages.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Names {
    /// English.
    pub en: String,
    /// Simplified Chinese.
    pub zh: String,
}

/// Where the registry is and how it is recognized.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct RegistryConfig {
    /// Base URL of a node or gateway. Nothing that it says is believed without proof.
    pub url: String,
    /// The network key (`yufu-network-1:…`), which every answer is checked against.
    pub network_key: String,
    /// An extra root certificate (PEM) for a registry served with a local certificate.
    #[serde(default)]
    pub root_certificate: Option<PathBuf>,
}

/// How private keys rest.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct KeysConfig {
    /// A file that holds the passphrase of the key files. Without it the environment variable
    /// `YUFU_ISSUER_PASSPHRASE` is read.
    #[serde(default)]
    pub passphrase_file: Option<PathBuf>,
    /// The passphrase itself, for programs that start an issuer inside themselves; never in a file.
    #[serde(skip)]
    pub passphrase: Option<Passphrase>,
    /// Writes key files unencrypted. Only for disks that are encrypted otherwise.
    #[serde(default)]
    pub unencrypted: bool,
}

/// A passphrase: wiped when dropped, never printed.
#[derive(Clone)]
pub struct Passphrase(Zeroizing<String>);

impl Passphrase {
    /// Takes over `text`.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl std::fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Passphrase(…)")
    }
}

/// Who certifies this agency's keys.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct PkiConfig {
    /// Folder of the root that signs leaves for new keys, as `yufu-issuer pki root` wrote it.
    pub root: PathBuf,
    /// How the root's key rests, where that is not as the agency's own keys do.
    #[serde(default)]
    pub keys: Option<KeysConfig>,
    /// Days before today that the validity of a new key and its leaf starts, so that dates rounded to
    /// the day stay inside it.
    #[serde(default = "default_backdate")]
    pub backdate_days: u64,
    /// Days from today that a new key and its leaf stay valid.
    #[serde(default = "default_key_lifetime")]
    pub lifetime_days: u64,
}

/// Certificate and key for TLS, both PEM.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct TlsConfig {
    /// The chain, leaf first.
    pub cert: PathBuf,
    /// The private key (PKCS #8).
    pub key: PathBuf,
}

/// Where the VC-API is served. It asks nobody who he is.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct VcApiConfig {
    /// Its address. Only loopback is taken, unless `allow_remote` is set.
    pub listen: SocketAddr,
    /// Serves whoever reaches the address: for a network that is closed otherwise.
    #[serde(default)]
    pub allow_remote: bool,
}

/// One kind of credential that this agency issues.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct CredentialConfig {
    /// Its identifier in the issuer's metadata.
    pub id: String,
    /// Its type; one of those shipped with the core.
    pub vct: String,
    /// The format: `dc+sd-jwt`, or for types of the W3C data model `ldp_vc` or `vc+jwt`.
    #[serde(default = "default_format")]
    pub format: Format,
    /// Days that a copy lives, at most [`MAX_LIFETIME_DAYS`].
    #[serde(default = "default_lifetime")]
    pub lifetime_days: u64,
    /// As which of its DIDs the agency issues it: `yufu`, or for types of the W3C data model one of
    /// `web_dids`, which verifiers elsewhere resolve.
    #[serde(default)]
    pub issuer: IssuerName,
}

/// A method of DIDs that web sites serve.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum WebMethod {
    /// did:web.
    Web,
    /// did:webvh.
    Webvh,
}

/// Which of the agency's DIDs a credential names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum IssuerName {
    /// The did:yufu.
    #[default]
    Yufu,
    /// The did:web.
    Web,
    /// The did:webvh.
    Webvh,
}

impl IssuerName {
    fn method(self) -> Option<WebMethod> {
        match self {
            Self::Yufu => None,
            Self::Web => Some(WebMethod::Web),
            Self::Webvh => Some(WebMethod::Webvh),
        }
    }
}

fn default_offer_lifetime() -> u64 {
    600
}
fn default_status_lifetime() -> u64 {
    86_400
}
fn default_backdate() -> u64 {
    1
}
fn default_key_lifetime() -> u64 {
    365
}
fn default_format() -> Format {
    Format::SdJwtVc
}
fn default_lifetime() -> u64 {
    MAX_LIFETIME_DAYS
}

/// Why settings were refused.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read {path}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is not TOML of this shape; the message names the line.
    #[error("{path} is not a valid configuration: {source}")]
    Toml {
        /// The file.
        path: PathBuf,
        /// What the parser said.
        source: Box<toml::de::Error>,
    },
    /// The page asks for no sign-in, so it is served on loopback alone.
    #[error("`admin` must be a loopback address, not {0}: the agency's page asks for no sign-in")]
    AdminNotLoopback(SocketAddr),
    /// The VC-API asks for no sign-in.
    #[error("`vc_api.listen` must be a loopback address, not {0}, unless `vc_api.allow_remote` is set")]
    VcApiNotLoopback(SocketAddr),
    /// Plain HTTP beyond this machine.
    #[error("`listen` is {0}, so `[tls]` is required: plain HTTP is for loopback")]
    PlainHttp(SocketAddr),
    /// Nothing to issue.
    #[error("`credentials` names nothing to issue")]
    NoCredentials,
    /// The identifier of a credential is used twice.
    #[error("the credential `{0}` is configured twice")]
    DuplicateCredential(String),
    /// The type does not exist in that format.
    #[error("the type of `{0}` cannot be issued as `{1}`")]
    Format(String, Format),
    /// The agency does not go by that DID, or its credentials cannot.
    #[error("`issuer` of `{0}` must be `yufu`, or one of `web_dids` for a type of the W3C data model")]
    Issuer(String),
    /// A copy would live too long, or not at all.
    #[error("`lifetime_days` of `{0}` must be between 1 and {MAX_LIFETIME_DAYS}")]
    Lifetime(String),
    /// The identifier ends in a slash or has no scheme that is served.
    #[error("`url` must be an http or https URL without query and trailing slash, not `{0}`")]
    Url(String),
}

impl Config {
    /// Reads and checks a file. Relative paths in it are relative to its folder.
    ///
    /// # Errors
    /// [`ConfigError`] by what does not hold.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ConfigError::Read { path: path.into(), source })?;
        let mut config: Self = toml::from_str(&text)
            .map_err(|source| ConfigError::Toml { path: path.into(), source: Box::new(source) })?;
        let folder = path.parent().unwrap_or(Path::new("")).to_path_buf();
        let resolve = |p: &mut PathBuf| *p = folder.join(&*p);
        resolve(&mut config.data);
        resolve(&mut config.pki.root);
        config.registry.root_certificate.as_mut().map(resolve);
        config.keys.passphrase_file.as_mut().map(resolve);
        config.pki.keys.as_mut().and_then(|keys| keys.passphrase_file.as_mut()).map(resolve);
        if let Some(tls) = &mut config.tls {
            resolve(&mut tls.cert);
            resolve(&mut tls.key);
        }
        config.check()?;
        Ok(config)
    }

    /// Checks what the shape alone does not say.
    ///
    /// # Errors
    /// [`ConfigError`] by what does not hold.
    pub fn check(&self) -> Result<(), ConfigError> {
        if !self.admin.ip().is_loopback() {
            return Err(ConfigError::AdminNotLoopback(self.admin));
        }
        if let Some(vc_api) = &self.vc_api
            && !vc_api.allow_remote
            && !vc_api.listen.ip().is_loopback()
        {
            return Err(ConfigError::VcApiNotLoopback(vc_api.listen));
        }
        if self.tls.is_none() && !self.listen.ip().is_loopback() {
            return Err(ConfigError::PlainHttp(self.listen));
        }
        if self.credentials.is_empty() {
            return Err(ConfigError::NoCredentials);
        }
        for (at, credential) in self.credentials.iter().enumerate() {
            if self.credentials[..at].iter().any(|other| other.id == credential.id) {
                return Err(ConfigError::DuplicateCredential(credential.id.clone()));
            }
            if types::by_vct(&credential.vct).is_ok_and(|kind| !kind.fits(credential.format)) {
                return Err(ConfigError::Format(credential.id.clone(), credential.format));
            }
            let by_web = credential.issuer.method();
            let w3c = matches!(credential.format, Format::LdpVc | Format::VcJwt);
            if by_web.is_some_and(|method| !w3c || !self.web_dids.contains(&method)) {
                return Err(ConfigError::Issuer(credential.id.clone()));
            }
            if !(1..=MAX_LIFETIME_DAYS).contains(&credential.lifetime_days) {
                return Err(ConfigError::Lifetime(credential.id.clone()));
            }
        }
        if let Some(url) = &self.url {
            let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
            if !rest
                .is_some_and(|rest| !rest.is_empty() && !rest.ends_with('/') && !rest.contains(['?', '#']))
            {
                return Err(ConfigError::Url(url.clone()));
            }
        }
        Ok(())
    }

    /// The file of the database.
    #[must_use]
    pub fn database(&self) -> PathBuf {
        self.data.join("issuer.db")
    }

    /// The folder of the key files.
    #[must_use]
    pub fn keys_folder(&self) -> PathBuf {
        self.data.join("keys")
    }

    /// The configuration of a credential by its identifier.
    #[must_use]
    pub fn credential(&self, id: &str) -> Option<&CredentialConfig> {
        self.credentials.iter().find(|credential| credential.id == id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXAMPLE: &str = r#"
        listen = "127.0.0.1:8081"
        admin = "127.0.0.1:8082"
        data = "data"
        name = { en = "Residents Agency", zh = "居民署" }
        registry = { url = "http://127.0.0.1:9000", network_key = "yufu-network-1:AA" }
        pki = { root = "pki" }
        credentials = [{ id = "resident-id", vct = "https://residents.yufu.example/types/resident-id/1" }]
    "#;

    fn example() -> Config {
        toml::from_str(EXAMPLE).unwrap()
    }

    #[test]
    fn an_example_passes_and_has_defaults() {
        let config = example();
        config.check().unwrap();
        assert_eq!(config.credentials[0].lifetime_days, 14);
        assert!(!config.keys.unencrypted);
    }

    #[test]
    fn refuses_a_page_that_others_could_reach() {
        let config = Config { admin: "0.0.0.0:1".parse().unwrap(), ..example() };
        assert!(matches!(config.check(), Err(ConfigError::AdminNotLoopback(_))));
    }

    #[test]
    fn refuses_a_vc_api_that_others_could_reach_unless_told_so() {
        let vc_api = |allow_remote| VcApiConfig { listen: "0.0.0.0:1".parse().unwrap(), allow_remote };
        let config = Config { vc_api: Some(vc_api(false)), ..example() };
        assert!(matches!(config.check(), Err(ConfigError::VcApiNotLoopback(_))));
        Config { vc_api: Some(vc_api(true)), ..example() }.check().unwrap();
        assert!(example().vc_api.is_none(), "off by default");
    }

    #[test]
    fn refuses_plain_http_beyond_loopback() {
        let config = Config { listen: "0.0.0.0:1".parse().unwrap(), ..example() };
        assert!(matches!(config.check(), Err(ConfigError::PlainHttp(_))));
    }

    #[test]
    fn refuses_copies_that_live_longer_than_fourteen_days() {
        let mut config = example();
        config.credentials[0].lifetime_days = 15;
        assert!(matches!(config.check(), Err(ConfigError::Lifetime(id)) if id == "resident-id"));
    }

    #[test]
    fn refuses_a_type_in_a_format_that_it_does_not_have() {
        let mut config = example();
        config.credentials[0].format = Format::LdpVc;
        assert!(matches!(config.check(), Err(ConfigError::Format(id, Format::LdpVc)) if id == "resident-id"));
        config.credentials[0].vct = "https://land.yufu.example/types/land-title/1".into();
        config.check().unwrap();
        config.credentials[0].format = Format::SdJwtVc;
        assert!(matches!(config.check(), Err(ConfigError::Format(_, Format::SdJwtVc))));
    }

    #[test]
    fn refuses_an_issuers_name_that_the_agency_does_not_have_or_the_format_cannot_bear() {
        let mut config = example();
        config.credentials[0].issuer = IssuerName::Web;
        config.web_dids = vec![WebMethod::Web];
        assert!(matches!(config.check(), Err(ConfigError::Issuer(id)) if id == "resident-id"));
        config.credentials[0].vct = "https://land.yufu.example/types/land-title/1".into();
        config.credentials[0].format = Format::VcJwt;
        config.check().unwrap();
        config.web_dids = vec![WebMethod::Webvh];
        assert!(matches!(config.check(), Err(ConfigError::Issuer(_))));
    }

    #[test]
    fn refuses_two_credentials_of_one_name() {
        let mut config = example();
        config.credentials.push(config.credentials[0].clone());
        assert!(matches!(config.check(), Err(ConfigError::DuplicateCredential(_))));
    }

    #[test]
    fn refuses_an_identifier_with_a_trailing_slash() {
        let config = Config { url: Some("https://a.example/".into()), ..example() };
        assert!(matches!(config.check(), Err(ConfigError::Url(_))));
    }

    #[test]
    fn refuses_a_setting_that_does_not_exist() {
        let text = format!("colour = 1\n{EXAMPLE}");
        assert!(toml::from_str::<Config>(&text).is_err());
    }
}
