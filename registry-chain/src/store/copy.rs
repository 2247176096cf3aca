//! Copies of the file while it is written to, and whether a copy is whole.

use super::{Store, StoreError};
use std::path::Path;

impl Store {
    /// Writes all that is committed now into another file, compactly. The writer is not held up. The file
    /// must be empty or not exist.
    pub(crate) fn copy_to(&self, path: &Path) -> Result<(), StoreError> {
        let path = path.to_str().ok_or(StoreError::Path)?;
        self.connection().execute("VACUUM INTO ?1", [path])?;
        Ok(())
    }

    /// Whether SQLite finds the file's pages and indexes in order.
    pub(crate) fn check_integrity(&self) -> Result<(), StoreError> {
        let found: String = self.connection().query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
        if found == "ok" { Ok(()) } else { Err(StoreError::Corrupt("its pages contradict each other")) }
    }
}
