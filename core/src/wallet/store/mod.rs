//! Where the wallet keeps its sealed values: rows of opaque bytes under opaque keys.
//!
//! A store learns neither names nor values: keys are keyed hashes, values are sealed. All changes of
//! one act are written together or not at all.

mod memory;
#[cfg(feature = "sqlite")]
mod sqlite;
#[cfg(test)]
mod suite;

pub use memory::MemoryStore;
#[cfg(feature = "sqlite")]
pub use sqlite::SqliteStore;

/// What a row holds, as far as a store may know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Table {
    /// How the vault is locked. The only row that is not sealed.
    Vault,
    /// Credentials.
    Credential,
    /// Copies of credentials.
    Copy,
    /// Proofs of status, by copy.
    Staple,
    /// History.
    History,
    /// State of the light client.
    Registry,
    /// Private keys of the software keystore.
    Key,
}

impl Table {
    /// The table's number in files and in what seals its values; never reused.
    #[must_use]
    pub fn tag(self) -> u8 {
        match self {
            Self::Vault => 0,
            Self::Credential => 1,
            Self::Copy => 2,
            Self::Staple => 3,
            Self::History => 4,
            Self::Registry => 5,
            Self::Key => 6,
        }
    }
}

/// Key of a row.
pub type RowKey = [u8; 32];

/// A change to one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Writes a row, replacing what was there.
    Put(Table, RowKey, Vec<u8>),
    /// Removes a row; no error when it is not there.
    Remove(Table, RowKey),
    /// Removes all rows of a table.
    Clear(Table),
}

/// Why a store failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The file is not a wallet's store, or of a version that this program does not know.
    #[error("not a wallet store of this version")]
    NotAStore,
    /// Another process holds the store.
    #[error("another program is using the wallet")]
    Busy,
    /// Disk or database failed.
    #[error("the wallet's store failed: {0}")]
    Failed(String),
}

/// Rows of sealed bytes.
pub trait Store: Send + Sync {
    /// The row's value, if it is there.
    ///
    /// # Errors
    /// [`StoreError`] by what failed.
    fn read(&self, table: Table, key: &RowKey) -> Result<Option<Vec<u8>>, StoreError>;

    /// All rows of a table, ordered by key.
    ///
    /// # Errors
    /// [`StoreError`] by what failed.
    fn rows(&self, table: Table) -> Result<Vec<(RowKey, Vec<u8>)>, StoreError>;

    /// Makes all changes durable together, or none of them.
    ///
    /// # Errors
    /// [`StoreError`] by what failed; nothing was changed then.
    fn apply(&self, changes: &[Change]) -> Result<(), StoreError>;
}
