/// Why the store could not read or write. None of these says anything about a transaction.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// SQLite failed: the disk is full, the file is locked or damaged.
    #[error("the database failed: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// What was read is not what was written.
    #[error("the database is damaged: {0}")]
    Corrupt(&'static str),
    /// The Merkle tree could not be read or extended.
    #[error("the Merkle tree failed: {0}")]
    Tree(String),
    /// The file belongs to another network.
    #[error("the database belongs to another network")]
    OtherNetwork,
    /// The file was written by another version of this program.
    #[error("the database has format {0}, this program reads {1}")]
    OtherFormat(i64, i64),
    /// This height is not stored, or its old version was pruned.
    #[error("nothing is kept for height {0}")]
    NotKept(u64),
    /// The certificate is not one of the committed header of its height.
    #[error("the certificate at height {0} is of another header")]
    OtherHeader(u64),
    /// The network begins with another's records, which the file does not have yet.
    #[error("the network begins with imported records, and the database has none yet")]
    NeedsImport,
    /// A file's name that SQLite cannot be told.
    #[error("the file's name is not UTF-8")]
    Path,
}

impl StoreError {
    /// Whether SQLite found no room to write.
    pub(crate) fn is_disk_full(&self) -> bool {
        matches!(self, Self::Sqlite(error) if error.sqlite_error_code() == Some(rusqlite::ErrorCode::DiskFull))
    }
}
