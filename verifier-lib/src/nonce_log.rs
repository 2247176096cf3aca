//! The log of codes that were accepted, so that none is accepted twice.
//!
//! It holds no claim: an entry is a hash of the holder's key and the nonce, and the time until which it
//! is kept. It must survive a restart, or a code could be used again right after one.

use std::{
    collections::HashMap,
    fs::{File, OpenOptions},
    io::{Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

/// How long an accepted nonce is kept, in milliseconds. Codes live for 75 s; a day covers a clock that
/// somebody sets back.
pub const KEEP_MS: u64 = 24 * 60 * 60 * 1000;

/// A used code: a hash of holder and nonce.
pub type NonceId = [u8; 16];

/// The log cannot be read or written; no code may be accepted.
#[derive(Debug, thiserror::Error)]
#[error("the log of used codes is not available")]
pub struct NonceLogError(#[source] pub Option<std::io::Error>);

/// Remembers which codes were accepted.
pub trait NonceLog: Send {
    /// Whether `id` was accepted before and is still kept at `now_ms`.
    ///
    /// # Errors
    /// [`NonceLogError`] when the log cannot be read.
    fn contains(&self, id: &NonceId, now_ms: u64) -> Result<bool, NonceLogError>;

    /// Remembers `id` until `until_ms`; when this returns, it survives a crash.
    ///
    /// # Errors
    /// [`NonceLogError`] when it could not be made durable.
    fn insert(&mut self, id: NonceId, until_ms: u64, now_ms: u64) -> Result<(), NonceLogError>;
}

/// A log in memory: for one check of a file, and for tests. A counter that stays up uses
/// [`FileNonceLog`] or a database.
#[derive(Debug, Default)]
pub struct MemoryNonceLog(HashMap<NonceId, u64>);

impl MemoryNonceLog {
    /// An empty log.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl NonceLog for MemoryNonceLog {
    fn contains(&self, id: &NonceId, now_ms: u64) -> Result<bool, NonceLogError> {
        Ok(self.0.get(id).is_some_and(|&until| now_ms < until))
    }

    fn insert(&mut self, id: NonceId, until_ms: u64, now_ms: u64) -> Result<(), NonceLogError> {
        self.0.retain(|_, until| now_ms < *until);
        self.0.insert(id, until_ms);
        Ok(())
    }
}

/// Bytes of an entry in the file: the id, the time, and a check over both.
const ENTRY: usize = 16 + 8 + 4;
/// The file is written anew when this many entries have run out.
const COMPACT_AT: usize = 4_096;

/// A log in a file of its own, each entry flushed to the disk before its code is accepted. One process
/// at a time may hold it.
#[derive(Debug)]
pub struct FileNonceLog {
    path: PathBuf,
    file: File,
    entries: HashMap<NonceId, u64>,
    written: usize,
}

impl FileNonceLog {
    /// Opens the log at `path`, or begins one. A last entry that a crash cut short is dropped: its code
    /// was never accepted. The file is locked against a second process.
    ///
    /// # Errors
    /// [`NonceLogError`] when the file cannot be opened, locked or read, or holds something else.
    pub fn open(path: &Path) -> Result<Self, NonceLogError> {
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .map_err(io_error)?;
        file.try_lock().map_err(|_| NonceLogError(None))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(io_error)?;
        let mut entries = HashMap::new();
        let mut whole = 0;
        for entry in bytes.chunks_exact(ENTRY) {
            let Some((id, until)) = read_entry(entry) else { break };
            entries.insert(id, until);
            whole += ENTRY;
        }
        // A bad entry with good ones behind it is no cut-off write: refuse rather than forget.
        if bytes.len() - whole >= 2 * ENTRY {
            return Err(NonceLogError(None));
        }
        file.set_len(whole as u64).map_err(io_error)?;
        file.seek(SeekFrom::End(0)).map_err(io_error)?;
        Ok(Self { path: path.to_owned(), file, entries, written: whole / ENTRY })
    }

    /// Writes what is still kept to a new file, which then takes the old one's place.
    fn compact(&mut self) -> Result<(), NonceLogError> {
        let mut bytes = Vec::with_capacity(self.entries.len() * ENTRY);
        for (id, until) in &self.entries {
            bytes.extend_from_slice(&write_entry(id, *until));
        }
        let beside = self.path.with_extension("new");
        let mut file = File::create(&beside).map_err(io_error)?;
        file.try_lock().map_err(|_| NonceLogError(None))?;
        file.write_all(&bytes).map_err(io_error)?;
        file.sync_all().map_err(io_error)?;
        std::fs::rename(&beside, &self.path).map_err(io_error)?;
        self.file = file;
        self.written = self.entries.len();
        Ok(())
    }
}

impl NonceLog for FileNonceLog {
    fn contains(&self, id: &NonceId, now_ms: u64) -> Result<bool, NonceLogError> {
        Ok(self.entries.get(id).is_some_and(|&until| now_ms < until))
    }

    fn insert(&mut self, id: NonceId, until_ms: u64, now_ms: u64) -> Result<(), NonceLogError> {
        self.entries.retain(|_, until| now_ms < *until);
        if self.written.saturating_sub(self.entries.len()) >= COMPACT_AT {
            self.compact()?;
        }
        self.file.write_all(&write_entry(&id, until_ms)).map_err(io_error)?;
        self.file.sync_data().map_err(io_error)?;
        self.written += 1;
        self.entries.insert(id, until_ms);
        Ok(())
    }
}

fn io_error(error: std::io::Error) -> NonceLogError {
    NonceLogError(Some(error))
}

fn write_entry(id: &NonceId, until_ms: u64) -> [u8; ENTRY] {
    let mut entry = [0; ENTRY];
    entry[..16].copy_from_slice(id);
    entry[16..24].copy_from_slice(&until_ms.to_be_bytes());
    let check = yufu_core::crypto::sha256(&[&entry[..24]]);
    entry[24..].copy_from_slice(&check[..4]);
    entry
}

fn read_entry(entry: &[u8]) -> Option<(NonceId, u64)> {
    let (id, rest) = entry.split_first_chunk::<16>()?;
    let (until, _) = rest.split_first_chunk::<8>()?;
    let until_ms = u64::from_be_bytes(*until);
    (write_entry(id, until_ms) == entry).then_some((*id, until_ms))
}
