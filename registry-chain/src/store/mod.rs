//! What the registry keeps on disk: one SQLite file.
//!
//! One committed block is one transaction with `synchronous=FULL`, so that a block is durable before
//! the engine hears that it was applied. The file holds the newest value of each record, both Merkle
//! trees with as many old versions as proofs are asked for, headers, certificates and the digests of
//! all transactions. Nothing that is not final is ever written here; see [`overlay`].

mod blocks;
mod copy;
mod error;
mod overlay;
mod prune;
mod records;
mod schema;
mod tree;
mod whole;

pub(crate) use blocks::{BlockRow, write_block, write_certificate, write_network};
pub use error::StoreError;
pub(crate) use overlay::{Layers, Pending};
pub(crate) use prune::prune;
pub(crate) use records::StateKey;
pub use tree::Proven;
pub(crate) use tree::{TreeDelta, TreeRef, is_kept, prove, value_at, write_tree};
pub use whole::CopyError;

use rusqlite::{Connection, OpenFlags, Transaction};
use std::path::{Path, PathBuf};

/// The open database file.
#[derive(Debug)]
pub(crate) struct Store {
    connection: Connection,
    path: PathBuf,
}

impl Store {
    /// Opens or creates the file for writing. Only one process may write to it.
    pub(crate) fn open(path: &Path) -> Result<Self, StoreError> {
        let connection = Connection::open(path)?;
        schema::prepare(&connection)?;
        Ok(Self { connection, path: path.to_owned() })
    }

    /// A second connection to the same file that can only read. In WAL mode it neither waits for the
    /// writer nor holds it up.
    pub(crate) fn read_only(&self) -> Result<Self, StoreError> {
        Self::open_read_only(&self.path)
    }

    /// Opens a file that another process may be writing to, for reading.
    pub(crate) fn open_read_only(path: &Path) -> Result<Self, StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)?;
        schema::prepare_reader(&connection)?;
        Ok(Self { connection, path: path.to_owned() })
    }

    pub(crate) fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Until what this gives is dropped, all reads see the file as it is now: what pruning removes
    /// meanwhile is still there.
    pub(crate) fn snapshot(&self) -> Result<Transaction<'_>, StoreError> {
        Ok(self.connection.unchecked_transaction()?)
    }

    /// Runs `work` in one durable transaction: all of it is on disk when this returns, or none.
    pub(crate) fn atomically<T>(
        &mut self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let transaction =
            self.connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        let result = work(&transaction)?;
        transaction.commit()?;
        Ok(result)
    }
}

/// SQLite's integers are signed; heights and versions stay far below 2^63.
pub(crate) fn sql(number: u64) -> Result<i64, StoreError> {
    i64::try_from(number).map_err(|_| StoreError::Corrupt("a number beyond 2^63"))
}

pub(crate) fn unsql(number: i64) -> Result<u64, StoreError> {
    u64::try_from(number).map_err(|_| StoreError::Corrupt("a negative number"))
}
