//! Founding a network: keys, genesis, and a configuration for each validator.

mod import;

pub use import::{ImportNetwork, ImportedNetwork, import_network};

use crate::{
    block::{MAX_BODY_BYTES, MAX_BODY_TRANSACTIONS},
    config::{Peer, Settings},
    engine::{ConsensusKey, IdentityKey},
    export::ExportError,
    genesis::{Genesis, GenesisContent, GenesisError, Inception},
    state::NEWEST_RULES,
};
use std::{
    fs::{File, OpenOptions},
    io::Write as _,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
};
use yufu_core::{
    Clock, Random, RandomError,
    crypto::{Algorithm, Signer as _, SignerError, SoftwareKey, key_file},
    did::yufu::{YufuDid, YufuDidError},
    registry::{NetworkKey, Policy, Quotas, Rules, Validator, ValidatorSet, ValidatorSetError, Validators},
};
use zeroize::Zeroizing;

/// What key files say that their key is for.
pub(crate) mod kind {
    pub(crate) const IDENTITY: &str = "registry validator identity";
    pub(crate) const CONSENSUS: &str = "registry validator votes";
    pub(crate) const CONTROL: &str = "did control";
}

/// The rules that a network begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameters {
    /// Length of an anchor slot.
    pub slot_ms: u64,
    /// How often issuers publish each status list.
    pub publication_ms: u64,
    /// How long an added key, a reinstatement or a recovery waits.
    pub timelock_ms: u64,
    /// The oldest status publication that presets may accept unless they say less.
    pub status_age_limit_ms: u64,
    /// Version of the state machine that the network begins with.
    pub rules: u16,
    /// Heights in an epoch: what governance decides about validators holds from the next free one on.
    pub epoch_length: u64,
}

impl Parameters {
    /// For a government: slots of 10 minutes, hourly publications, two days to object.
    #[must_use]
    pub fn production() -> Self {
        Self {
            slot_ms: 600_000,
            publication_ms: 3_600_000,
            timelock_ms: 2 * 86_400_000,
            status_age_limit_ms: 86_400_000,
            rules: NEWEST_RULES,
            epoch_length: EPOCH_LENGTH,
        }
    }

    /// For a demonstration, where a revocation should be seen within seconds.
    #[must_use]
    pub fn demo() -> Self {
        Self {
            slot_ms: 5_000,
            publication_ms: 10_000,
            timelock_ms: 0,
            status_age_limit_ms: 60_000,
            rules: NEWEST_RULES,
            epoch_length: EPOCH_LENGTH,
        }
    }
}

/// What a network is founded with.
pub struct InitNetwork {
    /// Folder that is made and filled. It must not exist, or be empty.
    pub dir: PathBuf,
    /// The network's short name, as in its DIDs.
    pub name: String,
    /// How many validators.
    pub validators: u16,
    /// How many authorities govern it, each with keys in a folder of its own.
    pub authorities: u16,
    /// How many of them an act of governance takes.
    pub quorum: u16,
    /// The rules.
    pub parameters: Parameters,
    /// HTTP port of the first validator; the next ones follow. 0 takes free ones at each start.
    pub http_port: u16,
    /// Port on which the first validator listens for the others; the next ones follow. 0 is good for
    /// a single validator.
    pub p2p_port: u16,
    /// Seals all key files, if given.
    pub passphrase: Option<Zeroizing<String>>,
}

/// Where everything is.
#[derive(Clone, Debug)]
pub struct NetworkFiles {
    /// What counters and phones are given.
    pub network_key: NetworkKey,
    /// The genesis file.
    pub genesis: PathBuf,
    /// One configuration for each validator.
    pub validators: Vec<PathBuf>,
    /// The first founding authority.
    pub authority: AuthorityFiles,
    /// The others.
    pub other_authorities: Vec<AuthorityFiles>,
}

/// A founding authority's keys.
#[derive(Clone, Debug)]
pub struct AuthorityFiles {
    /// Its DID.
    pub did: YufuDid,
    /// The key that signs its transactions.
    pub control_key: PathBuf,
    /// The key that alone can replace it: keep it somewhere else.
    pub next_key: PathBuf,
}

/// Why no network was founded.
#[derive(Debug, thiserror::Error)]
pub enum InitError {
    /// The folder holds something.
    #[error("{0} is not empty")]
    NotEmpty(PathBuf),
    /// The name is no network's.
    #[error(transparent)]
    Name(#[from] YufuDidError),
    /// The number of validators is not possible.
    #[error(transparent)]
    Validators(#[from] ValidatorSetError),
    /// Several validators need ports to find each other.
    #[error("several validators need fixed ports")]
    Ports,
    /// The rules found no network.
    #[error(transparent)]
    Genesis(#[from] GenesisError),
    /// A file could not be written.
    #[error("{path} cannot be written: {source}")]
    Unwritable {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// No randomness for keys.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// A key could not be made.
    #[error(transparent)]
    Key(#[from] SignerError),
    /// The export is not believed.
    #[error(transparent)]
    Export(#[from] ExportError),
    /// A key could not be sealed.
    #[error(transparent)]
    KeyFile(#[from] key_file::KeyFileError),
}

/// The export that a network begins with, beside its genesis.
const IMPORT: &str = "import";

/// Heights in an epoch, unless the founders choose: with a block every two seconds, 24 days; never more.
const EPOCH_LENGTH: u64 = 1 << 20;

/// Founds a network: makes all keys, the genesis, and a configuration for each validator.
///
/// # Errors
/// [`InitError`] by what failed. What was written until then is left for the operator to look at.
pub fn init_network(
    init: &InitNetwork,
    random: &dyn Random,
    clock: &dyn Clock,
) -> Result<NetworkFiles, InitError> {
    let ports = Ports { http: init.http_port, p2p: init.p2p_port };
    ports.check(init.validators)?;
    make_empty(&init.dir)?;
    let passphrase = init.passphrase.as_ref().map(|passphrase| passphrase.as_str());
    let keys = Keys { passphrase, random };

    let (mut founders, mut authorities) = (Vec::new(), Vec::new());
    for n in 1..=init.authorities {
        let folder = if n == 1 { "authority".to_owned() } else { format!("authority-{n}") };
        let (inception, files) = found_authority(&init.dir.join(folder), &init.name, &keys)?;
        founders.push(inception);
        authorities.push(files);
    }
    founders.sort_by_key(Inception::id);
    let members = Members::generate(init.validators, ports, random)?;
    let genesis = Genesis::new(GenesisContent {
        time_ms: clock.now_ms(),
        policy: policy(init, &founders),
        validators: members.validators()?,
        founders,
    })?;
    let (genesis_path, validators) = write_network(&init.dir, &genesis, &members, &keys)?;
    let network_key = genesis.network_key();
    let mut authorities = authorities.into_iter();
    let authority = authorities.next().ok_or(GenesisError::Founders)?;
    let other_authorities = authorities.collect();
    Ok(NetworkFiles { network_key, genesis: genesis_path, validators, authority, other_authorities })
}

/// Writes the genesis, the network's key, and keys and configuration of each validator: gives where the
/// genesis and the configurations are.
fn write_network(
    dir: &Path,
    genesis: &Genesis,
    members: &Members,
    keys: &Keys<'_>,
) -> Result<(PathBuf, Vec<PathBuf>), InitError> {
    let genesis_path = dir.join("genesis");
    write_new(&genesis_path, &genesis.to_bytes(), Readers::All)?;
    let peers: Vec<Peer> = members
        .members
        .iter()
        .zip(&members.addresses)
        .map(|(member, address)| Peer { identity: hex(&member.identity.public()), address: *address })
        .collect();
    let mut validators = Vec::new();
    for ((i, member), address) in (0_u16..).zip(&members.members).zip(&members.addresses) {
        let folder = dir.join(format!("validator-{}", i + 1));
        let own = hex(&member.identity.public());
        make_empty(&folder)?;
        keys.write(&folder.join("identity.key"), kind::IDENTITY, &member.identity.to_bytes())?;
        keys.write(&folder.join("consensus.key"), kind::CONSENSUS, &member.consensus.to_bytes())?;
        let settings = Settings {
            genesis: "../genesis".into(),
            identity_key: "identity.key".into(),
            consensus_key: "consensus.key".into(),
            data: "data".into(),
            import: genesis.origin().map(|_| Path::new("..").join(IMPORT)),
            http: local(members.ports.http, i)?,
            listen: *address,
            idle_ms: None,
            operations: None,
            min_free_bytes: None,
            web: None,
            limits: None,
            snapshots: None,
            peers: peers.iter().filter(|peer| peer.identity != own).cloned().collect(),
        };
        let path = folder.join("node.toml");
        settings.write(&path)?;
        validators.push(path);
    }
    let network_key = format!("{}\n", genesis.network_key());
    write_new(&dir.join("network.key"), network_key.as_bytes(), Readers::All)?;
    Ok((genesis_path, validators))
}

/// Where the validators of one machine listen; the next ones follow. 0 takes free ones.
#[derive(Clone, Copy)]
struct Ports {
    http: u16,
    p2p: u16,
}

impl Ports {
    fn check(self, validators: u16) -> Result<(), InitError> {
        let several = validators > 1;
        if several && (self.http == 0 || self.p2p == 0) { Err(InitError::Ports) } else { Ok(()) }
    }
}

/// Validators with their keys, in the order of the set, which ports and folders follow.
struct Members {
    members: Vec<Member>,
    addresses: Vec<SocketAddr>,
    ports: Ports,
}

impl Members {
    fn generate(count: u16, ports: Ports, random: &dyn Random) -> Result<Self, InitError> {
        let members = (0..count).map(|_| Member::generate(random)).collect::<Result<Vec<_>, _>>();
        let mut members = members?;
        members.sort_by_key(|member| member.identity.public());
        let addresses = (0..count).map(|i| local(ports.p2p, i)).collect::<Result<Vec<_>, _>>()?;
        Ok(Self { members, addresses, ports })
    }

    fn validators(&self) -> Result<Validators, InitError> {
        let set = ValidatorSet::new(self.members.iter().map(Member::public).collect())?;
        Ok(Validators { set, endpoints: self.addresses.iter().map(ToString::to_string).collect() })
    }
}

struct Member {
    identity: IdentityKey,
    consensus: ConsensusKey,
}

impl Member {
    fn generate(random: &dyn Random) -> Result<Self, RandomError> {
        Ok(Self { identity: IdentityKey::generate(random)?, consensus: ConsensusKey::generate(random)? })
    }

    fn public(&self) -> Validator {
        validator(&self.identity, &self.consensus)
    }
}

/// A validator's public half, with its proof of possession.
pub(crate) fn validator(identity: &IdentityKey, consensus: &ConsensusKey) -> Validator {
    let identity = identity.public();
    Validator { identity, bls: consensus.public(), pop: consensus.proof_of_possession(&identity) }
}

pub(crate) struct Keys<'a> {
    pub(crate) passphrase: Option<&'a str>,
    pub(crate) random: &'a dyn Random,
}

impl Keys<'_> {
    pub(crate) fn write(&self, path: &Path, kind: &str, secret: &[u8]) -> Result<(), InitError> {
        let text = key_file::write(kind, secret, self.passphrase, self.random)?;
        write_new(path, text.as_bytes(), Readers::Owner)
    }
}

fn found_authority(
    dir: &Path,
    network: &str,
    keys: &Keys<'_>,
) -> Result<(Inception, AuthorityFiles), InitError> {
    make_empty(dir)?;
    let control = SoftwareKey::generate(Algorithm::Ed25519, keys.random)?;
    let next = SoftwareKey::generate(Algorithm::Ed25519, keys.random)?;
    let (control_path, next_path) = (dir.join("control.key"), dir.join("next.key"));
    keys.write(&control_path, kind::CONTROL, &control.pkcs8())?;
    keys.write(&next_path, kind::CONTROL, &next.pkcs8())?;
    let inception = Inception {
        control_key: control.verifying_key().clone(),
        next_key: next.verifying_key().thumbprint(),
        also_known_as: Vec::new(),
        services: Vec::new(),
    };
    let did = YufuDid::new(network, inception.id())?;
    write_new(&dir.join("did"), format!("{did}\n").as_bytes(), Readers::All)?;
    Ok((inception, AuthorityFiles { did, control_key: control_path, next_key: next_path }))
}

fn policy(init: &InitNetwork, founders: &[Inception]) -> Policy {
    let parameters = &init.parameters;
    Policy {
        network: init.name.clone(),
        authorities: founders.iter().map(Inception::id).collect(),
        authority_quorum: init.quorum,
        slot_ms: parameters.slot_ms,
        publication_ms: parameters.publication_ms,
        timelock_ms: parameters.timelock_ms,
        epoch_length: parameters.epoch_length,
        status_age_limit_ms: parameters.status_age_limit_ms,
        quotas: Quotas {
            block_transactions: u32::try_from(MAX_BODY_TRANSACTIONS / 8).unwrap_or(u32::MAX),
            block_bytes: u32::try_from(MAX_BODY_BYTES / 2).unwrap_or(u32::MAX),
            registrations: 64,
            did_transactions: 256,
            did_bytes: 256 << 10,
        },
        rules: Rules { version: parameters.rules, next: None },
    }
}

fn local(first: u16, offset: u16) -> Result<SocketAddr, InitError> {
    let port = match first {
        0 => 0,
        first => first.checked_add(offset).ok_or(InitError::Ports)?,
    };
    Ok(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port))
}

pub(crate) enum Readers {
    Owner,
    All,
}

pub(crate) fn write_new(path: &Path, bytes: &[u8], readers: Readers) -> Result<(), InitError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(match readers {
            Readers::Owner => 0o600,
            Readers::All => 0o644,
        });
    }
    #[cfg(not(unix))]
    let _ = readers;
    let write = |mut file: File| file.write_all(bytes).and_then(|()| file.sync_all());
    options.open(path).and_then(write).map_err(|e| unwritable(path, e))
}

pub(crate) fn make_empty(dir: &Path) -> Result<(), InitError> {
    std::fs::create_dir_all(dir).map_err(|e| unwritable(dir, e))?;
    let mut entries = std::fs::read_dir(dir).map_err(|e| unwritable(dir, e))?;
    match entries.next() {
        None => Ok(()),
        Some(_) => Err(InitError::NotEmpty(dir.to_owned())),
    }
}

pub(crate) fn unwritable(path: &Path, source: std::io::Error) -> InitError {
    InitError::Unwritable { path: path.to_owned(), source }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut out, byte| {
        // Writing to a string does not fail.
        let _ = write!(out, "{byte:02x}");
        out
    })
}
