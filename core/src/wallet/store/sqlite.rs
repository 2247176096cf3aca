//! A store in one SQLite file.

use super::{Change, RowKey, Store, StoreError, Table};
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};
use std::{
    path::Path,
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// Marks the file as a wallet's store ("YuFw").
const APPLICATION_ID: i32 = 0x5975_4677;
/// Version of the schema.
const SCHEMA_VERSION: i32 = 1;

/// A store in one SQLite file. Each batch of changes is one durable transaction.
pub struct SqliteStore {
    connection: Mutex<Connection>,
}

impl SqliteStore {
    /// Opens the store in the file at `path`, making it (readable by its owner alone) when there is none.
    ///
    /// # Errors
    /// [`StoreError::NotAStore`] when the file is something else; [`StoreError::Busy`];
    /// [`StoreError::Failed`] with what the disk said.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        create_private(path)?;
        let mut connection = Connection::open(path).map_err(failed)?;
        connection.busy_timeout(Duration::from_secs(5)).map_err(failed)?;
        prepare(&mut connection)?;
        Ok(Self { connection: Mutex::new(connection) })
    }

    fn connection(&self) -> std::sync::MutexGuard<'_, Connection> {
        // A panic elsewhere leaves no half transaction: it is rolled back when dropped.
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for SqliteStore {
    fn read(&self, table: Table, key: &RowKey) -> Result<Option<Vec<u8>>, StoreError> {
        self.connection()
            .prepare_cached("SELECT value FROM rows WHERE kind = ?1 AND key = ?2")
            .and_then(|mut query| query.query_row(params![table.tag(), key], |row| row.get(0)).optional())
            .map_err(failed)
    }

    fn rows(&self, table: Table) -> Result<Vec<(RowKey, Vec<u8>)>, StoreError> {
        let connection = self.connection();
        let mut query = connection
            .prepare_cached("SELECT key, value FROM rows WHERE kind = ?1 ORDER BY key")
            .map_err(failed)?;
        let rows = query
            .query_map(params![table.tag()], |row| Ok((row.get(0)?, row.get(1)?)))
            .and_then(Iterator::collect)
            .map_err(failed)?;
        Ok(rows)
    }

    fn apply(&self, changes: &[Change]) -> Result<(), StoreError> {
        let mut connection = self.connection();
        let transaction =
            connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
        for change in changes {
            match change {
                Change::Put(table, key, value) => transaction
                    .prepare_cached("INSERT OR REPLACE INTO rows (kind, key, value) VALUES (?1, ?2, ?3)")
                    .and_then(|mut put| put.execute(params![table.tag(), key, value])),
                Change::Remove(table, key) => transaction
                    .prepare_cached("DELETE FROM rows WHERE kind = ?1 AND key = ?2")
                    .and_then(|mut remove| remove.execute(params![table.tag(), key])),
                Change::Clear(table) => transaction
                    .prepare_cached("DELETE FROM rows WHERE kind = ?1")
                    .and_then(|mut clear| clear.execute(params![table.tag()])),
            }
            .map_err(failed)?;
        }
        transaction.commit().map_err(failed)
    }
}

/// Makes the file before SQLite does, so that no other account can read it.
fn create_private(path: &Path) -> Result<(), StoreError> {
    let mut options = std::fs::OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop).map_err(|error| StoreError::Failed(error.to_string()))
}

fn prepare(connection: &mut Connection) -> Result<(), StoreError> {
    let pragma = |connection: &Connection, name: &str| -> Result<i32, StoreError> {
        connection.pragma_query_value(None, name, |row| row.get(0)).map_err(failed)
    };
    // Deleted values are overwritten, and a commit survives a loss of power.
    connection
        .execute_batch(
            "PRAGMA secure_delete = ON; PRAGMA journal_mode = TRUNCATE; PRAGMA synchronous = FULL;",
        )
        .map_err(failed)?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
    let tables: i32 =
        transaction.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).map_err(failed)?;
    if tables == 0 && pragma(&transaction, "application_id")? == 0 {
        transaction
            .execute_batch(
                "CREATE TABLE rows (
                     kind INTEGER NOT NULL,
                     key BLOB NOT NULL,
                     value BLOB NOT NULL,
                     PRIMARY KEY (kind, key)
                 ) WITHOUT ROWID, STRICT;",
            )
            .and_then(|()| transaction.pragma_update(None, "application_id", APPLICATION_ID))
            .and_then(|()| transaction.pragma_update(None, "user_version", SCHEMA_VERSION))
            .map_err(failed)?;
    }
    if pragma(&transaction, "application_id")? != APPLICATION_ID
        || pragma(&transaction, "user_version")? != SCHEMA_VERSION
    {
        return Err(StoreError::NotAStore);
    }
    transaction.commit().map_err(failed)
}

fn failed(error: rusqlite::Error) -> StoreError {
    match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked) => StoreError::Busy,
        Some(rusqlite::ErrorCode::NotADatabase | rusqlite::ErrorCode::DatabaseCorrupt) => {
            StoreError::NotAStore
        }
        _ => StoreError::Failed(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    /// A file of its own for each test, gone afterwards.
    struct TestFile(PathBuf);

    impl TestFile {
        fn new(name: &str) -> Self {
            let file = std::env::temp_dir().join(format!("yufu-store-{}-{name}.db", std::process::id()));
            let _ = std::fs::remove_file(&file);
            Self(file)
        }
    }

    impl Drop for TestFile {
        fn drop(&mut self) {
            let _ = std::fs::remove_file(&self.0);
            let _ = std::fs::remove_file(self.0.with_extension("db-journal"));
        }
    }

    crate::wallet::store::suite::store_suite!(|name: &str| {
        let file = TestFile::new(name);
        (SqliteStore::open(&file.0).unwrap(), file)
    });

    #[test]
    fn keeps_its_rows_after_reopening() {
        let file = TestFile::new("reopen");
        let store = SqliteStore::open(&file.0).unwrap();
        store.apply(&[Change::Put(Table::Copy, [1; 32], b"kept".to_vec())]).unwrap();
        drop(store);
        let store = SqliteStore::open(&file.0).unwrap();
        assert_eq!(store.read(Table::Copy, &[1; 32]).unwrap(), Some(b"kept".to_vec()));
    }

    #[test]
    fn refuses_a_file_that_is_something_else() {
        let file = TestFile::new("else");
        std::fs::write(&file.0, "not a database, but long enough to be taken for one".repeat(20)).unwrap();
        assert_eq!(SqliteStore::open(&file.0).err(), Some(StoreError::NotAStore));
        std::fs::remove_file(&file.0).unwrap();
        Connection::open(&file.0).unwrap().execute_batch("CREATE TABLE other (a)").unwrap();
        assert_eq!(SqliteStore::open(&file.0).err(), Some(StoreError::NotAStore));
    }

    #[cfg(unix)]
    #[test]
    fn makes_a_file_that_only_its_owner_reads() {
        use std::os::unix::fs::PermissionsExt;
        let file = TestFile::new("mode");
        drop(SqliteStore::open(&file.0).unwrap());
        assert_eq!(std::fs::metadata(&file.0).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn leaves_nothing_of_a_removed_value_in_the_file() {
        let file = TestFile::new("secure-delete");
        let store = SqliteStore::open(&file.0).unwrap();
        let value = b"a value that must not be found again".to_vec();
        store.apply(&[Change::Put(Table::Copy, [1; 32], value.clone())]).unwrap();
        store.apply(&[Change::Remove(Table::Copy, [1; 32])]).unwrap();
        drop(store);
        let bytes = std::fs::read(&file.0).unwrap();
        assert!(!bytes.windows(value.len()).any(|window| window == value));
    }

    const CHILD_FILE: &str = "YUFU_TEST_STORE_FILE";

    /// Not a test by itself: the process that the next test kills. Each batch writes one number to two rows.
    #[test]
    fn child_that_writes_until_it_is_killed() {
        let Ok(path) = std::env::var(CHILD_FILE) else { return };
        let store = SqliteStore::open(Path::new(&path)).unwrap();
        for n in 0u64.. {
            let value = n.to_be_bytes().repeat(512);
            store
                .apply(&[
                    Change::Put(Table::Copy, [1; 32], value.clone()),
                    Change::Put(Table::History, [2; 32], value),
                ])
                .unwrap();
        }
    }

    #[test]
    fn a_batch_is_whole_or_absent_after_a_kill() {
        let file = TestFile::new("kill");
        let mut last = None;
        for _ in 0..5 {
            let mut child = std::process::Command::new(std::env::current_exe().unwrap())
                .args(["--exact", "wallet::store::sqlite::tests::child_that_writes_until_it_is_killed"])
                .env(CHILD_FILE, &file.0)
                .stdout(std::process::Stdio::null())
                .spawn()
                .unwrap();
            std::thread::sleep(Duration::from_millis(120));
            child.kill().unwrap();
            child.wait().unwrap();
            let store = SqliteStore::open(&file.0).unwrap();
            let first = store.read(Table::Copy, &[1; 32]).unwrap();
            assert_eq!(first, store.read(Table::History, &[2; 32]).unwrap());
            last = first.or(last);
        }
        assert!(last.is_some(), "no batch was ever written");
    }
}
