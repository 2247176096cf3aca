//! The data folder: who uses it, and how much room is left, so that a node refuses new work while it can
//! still write, and does not find out in the middle of a block.

use std::{
    fs::{File, TryLockError},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// The file in a data folder that its user has locked.
pub(crate) const LOCK: &str = "lock";

/// Makes the folder, and keeps other processes out of it for as long as the file is open; none when one
/// is in it.
pub(crate) fn hold(data: &Path) -> std::io::Result<Option<File>> {
    std::fs::create_dir_all(data)?;
    let file = File::create(data.join(LOCK))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(source)) => Err(source),
    }
}

/// How long an answer of the operating system is believed.
const FRESH: Duration = Duration::from_secs(1);

/// Watches the file system of one folder.
pub(crate) struct Disk {
    folder: PathBuf,
    least: u64,
    known: Mutex<Option<(Instant, Option<u64>)>>,
}

impl Disk {
    /// `least` is the number of free bytes below which no transaction is taken.
    pub(crate) fn new(folder: &Path, least: u64) -> Self {
        Self { folder: folder.to_owned(), least, known: Mutex::new(None) }
    }

    /// Free bytes for this user, if the operating system tells.
    pub(crate) fn free(&self) -> Option<u64> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        match *known {
            Some((asked, free)) if asked.elapsed() < FRESH => free,
            _ => {
                let free = free(&self.folder);
                *known = Some((Instant::now(), free));
                free
            }
        }
    }

    /// Whether there is too little room for new work. Not knowing is no reason to refuse.
    pub(crate) fn is_full(&self) -> bool {
        self.free().is_some_and(|free| free < self.least)
    }
}

/// Free bytes for this user in the folder's file system, if the operating system tells.
#[cfg(unix)]
pub(crate) fn free(folder: &Path) -> Option<u64> {
    let stat = rustix::fs::statvfs(folder).ok()?;
    Some(stat.f_bavail.saturating_mul(stat.f_frsize))
}

#[cfg(not(unix))]
pub(crate) fn free(_: &Path) -> Option<u64> {
    None
}

#[cfg(test)]
mod tests {
    use super::Disk;

    #[test]
    fn is_full_below_its_least_and_not_above() {
        let folder = std::env::temp_dir();
        assert!(Disk::new(&folder, u64::MAX).is_full());
        assert!(!Disk::new(&folder, 1).is_full());
    }

    #[test]
    fn a_folder_that_nobody_knows_is_not_called_full() {
        let disk = Disk::new("/nowhere/at/all".as_ref(), u64::MAX);
        assert_eq!(disk.free(), None);
        assert!(!disk.is_full());
    }
}
