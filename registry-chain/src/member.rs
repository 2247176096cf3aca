//! Becoming a validator of a network that runs, and renewing the key that votes. The public half goes to
//! the authorities, who propose it; an epoch to come then has it.

use crate::{
    config::{Peer, Settings},
    engine::{ConsensusKey, IdentityKey},
    genesis::{Genesis, GenesisError, MAX_GENESIS},
    init::{InitError, Keys, Readers, hex, kind, make_empty, validator, write_new},
    keys::{KeyError, next_key_path, read_key},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use borsh::BorshDeserialize as _;
use std::{
    fmt,
    net::SocketAddr,
    path::{Path, PathBuf},
    str::FromStr,
};
use yufu_core::{Random, RandomError, crypto::key_file::KeyFileError, registry::Validator};
use zeroize::Zeroizing;

/// Why no keys were made.
#[derive(Debug, thiserror::Error)]
pub enum MemberError {
    /// A file could not be written, or the folder holds something.
    #[error(transparent)]
    Init(#[from] InitError),
    /// A key file cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The genesis file founds no network.
    #[error(transparent)]
    Genesis(#[from] GenesisError),
    /// A file cannot be read.
    #[error("{path}: {source}")]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// There is a next key already: an epoch has to take it, or the operator to remove it, first.
    #[error("{0} is there already: register it, or remove it first")]
    NextKeyExists(PathBuf),
    /// No randomness for keys.
    #[error(transparent)]
    Random(#[from] RandomError),
}

/// What an authority is given to propose a validator: its public keys and the proof that it has the private
/// ones. Written `yufu-validator-1:<base64url>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ValidatorText(pub Validator);

/// Why a text names no validator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a validator's public keys (yufu-validator-1:…)")]
pub struct ValidatorTextError;

const PREFIX: &str = "yufu-validator-1:";

impl fmt::Display for ValidatorText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = [&self.0.identity[..], &self.0.bls, &self.0.pop].concat();
        write!(f, "{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes))
    }
}

impl FromStr for ValidatorText {
    type Err = ValidatorTextError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim().strip_prefix(PREFIX).ok_or(ValidatorTextError)?;
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| ValidatorTextError)?;
        Validator::try_from_slice(&bytes).map(Self).map_err(|_| ValidatorTextError)
    }
}

/// What a new validator is made with.
pub struct InitValidator {
    /// Folder that is made and filled. It must not exist, or be empty.
    pub dir: PathBuf,
    /// The network's genesis file.
    pub genesis: PathBuf,
    /// The export that the network begins with, if it does.
    pub import: Option<PathBuf>,
    /// Where the registry is served over HTTP.
    pub http: SocketAddr,
    /// Where the validator listens for the others.
    pub listen: SocketAddr,
    /// Seals the key files, if given.
    pub passphrase: Option<Zeroizing<String>>,
}

/// Makes a validator's keys and its configuration. It follows the network from its first start on, and
/// votes once an epoch has it.
///
/// # Errors
/// [`MemberError`] by what failed.
pub fn init_validator(
    init: &InitValidator,
    random: &dyn Random,
) -> Result<(PathBuf, ValidatorText), MemberError> {
    let bytes = read(&init.genesis, MAX_GENESIS as u64)?;
    let genesis = Genesis::from_bytes(&bytes)?;
    make_empty(&init.dir)?;
    let keys = Keys { passphrase: init.passphrase.as_ref().map(|text| text.as_str()), random };
    let (identity, consensus) = (IdentityKey::generate(random)?, ConsensusKey::generate(random)?);
    write_new(&init.dir.join("genesis"), &bytes, Readers::All)?;
    keys.write(&init.dir.join("identity.key"), kind::IDENTITY, &identity.to_bytes())?;
    keys.write(&init.dir.join("consensus.key"), kind::CONSENSUS, &consensus.to_bytes())?;
    // Whom to ask first. Later sets name their own addresses.
    let founders = &genesis.content().validators;
    let peers =
        founders.set.validators().iter().zip(&founders.endpoints).filter_map(|(founder, endpoint)| {
            Some(Peer { identity: hex(&founder.identity), address: endpoint.parse().ok()? })
        });
    let settings = Settings {
        genesis: "genesis".into(),
        identity_key: "identity.key".into(),
        consensus_key: "consensus.key".into(),
        data: "data".into(),
        http: init.http,
        listen: init.listen,
        idle_ms: None,
        operations: None,
        min_free_bytes: None,
        web: None,
        limits: None,
        snapshots: None,
        import: init.import.clone(),
        peers: peers.collect(),
    };
    let path = init.dir.join("node.toml");
    settings.write(&path)?;
    let text = ValidatorText(validator(&identity, &consensus));
    write_new(&init.dir.join("validator"), format!("{text}\n").as_bytes(), Readers::All)?;
    Ok((path, text))
}

/// Makes the key with which a validator votes in an epoch to come. The one of now goes on until then, and is
/// erased when that epoch begins.
///
/// # Errors
/// [`MemberError`] by what failed.
pub fn renew_key(
    config: &Path,
    passphrase: Option<&str>,
    random: &dyn Random,
) -> Result<ValidatorText, MemberError> {
    let unreadable = |source| MemberError::Unreadable { path: config.to_owned(), source };
    let settings = Settings::load(config).map_err(|e| unreadable(std::io::Error::other(e)))?;
    let path = next_key_path(&settings.consensus_key);
    if path.exists() {
        return Err(MemberError::NextKeyExists(path));
    }
    let secret = read_key(&settings.identity_key, kind::IDENTITY, passphrase)?;
    let identity = IdentityKey::from_bytes(&secret).map_err(|_| KeyError::File {
        path: settings.identity_key.clone(),
        source: KeyFileError::Malformed,
    })?;
    let consensus = ConsensusKey::generate(random)?;
    Keys { passphrase, random }.write(&path, kind::CONSENSUS, &consensus.to_bytes())?;
    Ok(ValidatorText(validator(&identity, &consensus)))
}

fn read(path: &Path, limit: u64) -> Result<Vec<u8>, MemberError> {
    crate::config::read_bounded(path, limit)
        .map_err(|source| MemberError::Unreadable { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::*;
    use yufu_core::random::SeededRandom;

    #[test]
    fn a_validators_public_keys_survive_their_text() {
        let random = SeededRandom::new(7);
        let keys = (IdentityKey::generate(&random).unwrap(), ConsensusKey::generate(&random).unwrap());
        let text = ValidatorText(validator(&keys.0, &keys.1));
        assert_eq!(format!(" {text}\n").parse(), Ok(text));
        let cut = &text.to_string()[..200];
        assert_eq!(cut.parse::<ValidatorText>(), Err(ValidatorTextError));
        assert_eq!("yufu-network-1:AAAA".parse::<ValidatorText>(), Err(ValidatorTextError));
    }
}
