//! Copies of a node, taken while it runs, and how a node begins or comes back with one.
//!
//! A backup is a folder: the chain's database as it stood at one final height, the genesis, and
//! `backup.toml`, which names both. A snapshot is the same database with the same description, which a
//! [running node serves](serve) and an empty one [fetches](join). Neither holds keys, or the engine's
//! journal of votes: an old journal would let a validator vote twice in one view. So a node that begins
//! with a copy [stands by](crate::standby) until it can vote without contradicting itself.

pub mod join;
mod restore;
pub(crate) mod serve;

pub use restore::{Restored, restore};

use crate::{
    config::{Settings, read_bounded},
    genesis::{Genesis, GenesisError, MAX_GENESIS},
    init::hex,
    standby::sync_folder,
    state::{AuditError, CopyError, Reader, StoreError},
};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::{
    fs::{File, OpenOptions},
    io::{ErrorKind, Read, Write},
    path::{Path, PathBuf},
    time::Duration,
};
use yufu_core::{Clock, registry::LightClientError};

/// The largest `backup.toml` that is read.
const MAX_MANIFEST: u64 = 4 << 10;
const FORMAT: u32 = 1;
const DATABASE: &str = "registry.db";
const GENESIS: &str = "genesis";
const MANIFEST: &str = "backup.toml";
/// How often a copy is made until one ends in a height with a certificate of its own: nearly all do.
const TRIES: u32 = 20;
const BETWEEN_TRIES: Duration = Duration::from_millis(250);

/// What a backup or a snapshot holds: the content of `backup.toml`, or of the answer that describes a
/// snapshot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Version of this form.
    pub format: u32,
    /// The network: its genesis digest, in hexadecimal.
    pub network: String,
    /// The last height that it holds, which is certified.
    pub height: u64,
    /// Digest of that height's header, in hexadecimal.
    pub header: String,
    /// When it was taken, by the clock of that machine (milliseconds).
    pub taken_at_ms: u64,
    /// Bytes of the database.
    pub bytes: u64,
    /// SHA-256 of the database, in hexadecimal.
    pub sha256: String,
}

/// Why there is no backup, or why one is not restored.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// Something is there already.
    #[error("{0} exists already: a backup overwrites nothing")]
    Exists(PathBuf),
    /// The data folder holds something.
    #[error("{0} is not empty: a backup is restored into an empty data folder only")]
    NotEmpty(PathBuf),
    /// A running node uses the data folder, or another restore.
    #[error("{0} is in use by another process")]
    InUse(PathBuf),
    /// A file cannot be read or written.
    #[error("{path}: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The node has no data yet.
    #[error("{0} does not exist: there is nothing to back up")]
    NoDatabase(PathBuf),
    /// The newest height has no certificate of its own, and no new one came.
    #[error("the newest height is not certified; start the node and back it up while it runs")]
    NotCertified,
    /// `backup.toml` is none.
    #[error("{path} describes no backup: {reason}")]
    Manifest {
        /// Which.
        path: PathBuf,
        /// What is wrong in it.
        reason: String,
    },
    /// It is a backup of another network than the one of the configuration.
    #[error("the backup is of another network than the configuration")]
    OtherNetwork,
    /// The database is not the one that was backed up.
    #[error("the backup was changed or is incomplete: the digest of its database is another")]
    Digest,
    /// The newest header is not the one that `backup.toml` names.
    #[error("the backup's newest header is not the one that it is said to be")]
    OtherHeader,
    /// The newest header's certificate does not hold.
    #[error("the certificate of the backup's newest header: {0}")]
    Certificate(#[from] LightClientError),
    /// The genesis founds no network.
    #[error(transparent)]
    Genesis(#[from] GenesisError),
    /// What the database says is not what the certified header says.
    #[error("the backup's records: {0}")]
    State(#[from] AuditError),
    /// Something else in the database is not what follows from the certified header.
    #[error("the backup's database: {0}")]
    Copy(#[source] CopyError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<CopyError> for BackupError {
    fn from(error: CopyError) -> Self {
        match error {
            CopyError::Store(StoreError::OtherNetwork) => Self::OtherNetwork,
            CopyError::Store(error) => Self::Store(error),
            other => Self::Copy(other),
        }
    }
}

/// Writes a backup of a node into the folder `out`, which must not exist; nobody else on the machine may
/// read it. The node may be running.
///
/// # Errors
/// [`BackupError`] by what failed. A folder that was begun is removed.
pub fn backup(settings: &Settings, out: &Path, clock: &dyn Clock) -> Result<Manifest, BackupError> {
    let genesis = genesis(&settings.genesis)?;
    let database = settings.data.join(DATABASE);
    if !database.exists() {
        return Err(BackupError::NoDatabase(database));
    }
    let reader = Reader::open(&database, &genesis.digest())?;
    make_folder(out).map_err(|source| match source.kind() {
        ErrorKind::AlreadyExists => BackupError::Exists(out.to_owned()),
        _ => file_error(out)(source),
    })?;
    let written = write(&reader, &genesis, out, clock);
    if written.is_err() {
        // What failed is told; a remainder that cannot be removed is refused by the next try.
        let _ = std::fs::remove_dir_all(out);
    }
    written
}

fn write(reader: &Reader, genesis: &Genesis, out: &Path, clock: &dyn Clock) -> Result<Manifest, BackupError> {
    let manifest = copy_certified(reader, genesis, &out.join(DATABASE), clock)?;
    write_new(&out.join(GENESIS), &genesis.to_bytes())?;
    // Last, so that a folder without it is no backup.
    let path = out.join(MANIFEST);
    let text = toml::to_string(&manifest)
        .map_err(|e| BackupError::Manifest { path: path.clone(), reason: e.to_string() })?;
    write_new(&path, text.as_bytes())?;
    sync_folder(out).map_err(file_error(out))?;
    Ok(manifest)
}

/// Writes a copy of the database whose newest height is certified, and describes it. What is left of it
/// when this fails is for the caller to remove.
fn copy_certified(
    reader: &Reader,
    genesis: &Genesis,
    database: &Path,
    clock: &dyn Clock,
) -> Result<Manifest, BackupError> {
    let mut tries = 0;
    let header = loop {
        // SQLite keeps the mode of a file that is there and empty.
        write_new(database, &[])?;
        reader.copy_to(database)?;
        let copy = Reader::open(database, &genesis.digest())?;
        let header = copy.tip()?;
        if copy.certificate(header.height)?.is_some() {
            break header;
        }
        drop(copy);
        std::fs::remove_file(database).map_err(file_error(database))?;
        tries += 1;
        if tries == TRIES {
            return Err(BackupError::NotCertified);
        }
        std::thread::sleep(BETWEEN_TRIES);
    };
    let mut file = File::open(database).map_err(file_error(database))?;
    file.sync_all().map_err(file_error(database))?;
    let (bytes, sha256) = digest(&mut file).map_err(file_error(database))?;
    Ok(Manifest {
        format: FORMAT,
        network: hex(&genesis.digest()),
        height: header.height,
        header: hex(&header.digest()),
        taken_at_ms: clock.now_ms(),
        bytes,
        sha256,
    })
}

fn genesis(path: &Path) -> Result<Genesis, BackupError> {
    let bytes = read_bounded(path, MAX_GENESIS as u64).map_err(file_error(path))?;
    Ok(Genesis::from_bytes(&bytes)?)
}

fn manifest(path: &Path) -> Result<Manifest, BackupError> {
    let malformed = |reason: String| BackupError::Manifest { path: path.to_owned(), reason };
    let bytes = read_bounded(path, MAX_MANIFEST).map_err(file_error(path))?;
    let text = String::from_utf8(bytes).map_err(|e| malformed(e.to_string()))?;
    let manifest: Manifest = toml::from_str(&text).map_err(|e| malformed(e.to_string()))?;
    if manifest.format != FORMAT {
        return Err(malformed(format!("it has format {}, this program reads {FORMAT}", manifest.format)));
    }
    Ok(manifest)
}

/// Length and SHA-256 of what is left to read.
fn digest(from: &mut impl Read) -> std::io::Result<(u64, String)> {
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 64 << 10];
    let mut length = 0;
    loop {
        match from.read(&mut buffer)? {
            0 => return Ok((length, hex(&hasher.finalize()))),
            read => {
                hasher.update(&buffer[..read]);
                length += read as u64;
            }
        }
    }
}

fn make_folder(path: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

fn create_new(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn write_new(path: &Path, bytes: &[u8]) -> Result<(), BackupError> {
    let write = |mut file: File| file.write_all(bytes).and_then(|()| file.sync_all());
    create_new(path).and_then(write).map_err(file_error(path))
}

fn file_error(path: &Path) -> impl Fn(std::io::Error) -> BackupError {
    let path = path.to_owned();
    move |source| BackupError::File { path: path.clone(), source }
}
