//! The one database of an agency. The service and the command line both write it: WAL, a busy
//! timeout, immediate transactions. What is asked at once is committed at once (group commit).

pub mod credentials;
pub mod keys;
pub mod lists;
pub mod offers;
pub mod outbox;
pub mod residents;
mod writer;

use rusqlite::{Connection, OpenFlags};
use std::{
    path::{Path, PathBuf},
    sync::Mutex,
    time::Duration,
};
use writer::Writer;

/// Why the database did not do as asked.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// SQLite said no.
    #[error("the database failed: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// The folder of the database cannot be made.
    #[error("the database's folder cannot be made: {0}")]
    Folder(#[source] std::io::Error),
    /// The database was written by a newer program.
    #[error("the database has schema {found}, this program knows {known}: use the newer program")]
    Newer {
        /// The schema in the file.
        found: i64,
        /// The newest schema that this program knows.
        known: i64,
    },
    /// A group of writes was not committed, or the writer is gone.
    #[error("the write was not committed: {0}")]
    NotCommitted(String),
}

/// Each entry brings the schema from its position to the next; entries are never changed.
const MIGRATIONS: &[&str] =
    &[include_str!("schema.sql"), include_str!("schema-2.sql"), include_str!("schema-3.sql")];

/// A handle to the database, for many threads.
pub struct Database {
    path: PathBuf,
    readers: Mutex<Vec<Connection>>,
    writer: Writer,
}

impl Database {
    /// Opens the database, makes it if it is not there, and brings its schema up to date.
    ///
    /// # Errors
    /// [`DbError`] when it cannot be opened or is newer than this program.
    pub fn open(path: &Path) -> Result<Self, DbError> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(DbError::Folder)?;
        }
        let mut connection = connect(path)?;
        migrate(&mut connection)?;
        Ok(Self { path: path.into(), readers: Mutex::new(Vec::new()), writer: Writer::start(connection)? })
    }

    /// Folds the log into the database's file, so that a copy of the file alone is a whole backup.
    ///
    /// # Errors
    /// [`DbError`] when SQLite fails.
    pub fn checkpoint(&self) -> Result<(), DbError> {
        let connection = connect(&self.path)?;
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        Ok(())
    }

    /// Reads in one snapshot.
    ///
    /// # Errors
    /// What `work` gives, and [`DbError`] when no connection could be had.
    pub fn read<T, E: From<DbError>>(&self, work: impl FnOnce(&Connection) -> Result<T, E>) -> Result<T, E> {
        let pooled = lock(&self.readers).pop();
        let connection = match pooled {
            Some(connection) => connection,
            None => connect(&self.path)?,
        };
        let snapshot = connection.unchecked_transaction().map_err(DbError::from)?;
        let result = work(&snapshot);
        let ended = snapshot.rollback();
        if ended.is_ok() {
            lock(&self.readers).push(connection);
        }
        result
    }

    /// Writes: all of `work` or nothing of it, durable when this returns. Blocks the thread.
    ///
    /// # Errors
    /// What `work` gives (then nothing was written), and [`DbError`] when the commit failed.
    pub fn write<T, E>(&self, work: impl FnOnce(&Connection) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        let (answer, answered) = std::sync::mpsc::sync_channel(1);
        // Nobody listens any more when the caller is gone: then nobody needs the answer.
        self.writer.submit(work, move |result| drop(answer.send(result)));
        answered.recv().unwrap_or_else(|_| Err(writer::gone().into()))
    }

    /// As [`write`](Self::write), for async callers.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    pub async fn write_async<T, E>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        let (answer, answered) = tokio::sync::oneshot::channel();
        self.writer.submit(work, move |result| drop(answer.send(result)));
        answered.await.unwrap_or_else(|_| Err(writer::gone().into()))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // A panic while the pool is locked leaves a usable pool: it only holds idle connections.
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn connect(path: &Path) -> Result<Connection, DbError> {
    let connection = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    connection.busy_timeout(Duration::from_secs(10))?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // FULL: a commit that was acknowledged survives power loss, not only a crash.
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", "ON")?;
    connection.pragma_update(None, "trusted_schema", "OFF")?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

fn migrate(connection: &mut Connection) -> Result<(), DbError> {
    let known = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let found: i64 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if found > known {
        return Err(DbError::Newer { found, known });
    }
    for migration in MIGRATIONS.iter().skip(usize::try_from(found).unwrap_or(0)) {
        transaction.execute_batch(migration)?;
    }
    transaction.pragma_update(None, "user_version", known)?;
    transaction.commit()?;
    Ok(())
}

/// A setting that the service keeps for itself.
///
/// # Errors
/// [`DbError`] when SQLite fails.
pub fn setting(connection: &Connection, name: &str) -> Result<Option<Vec<u8>>, DbError> {
    use rusqlite::OptionalExtension;
    let mut statement = connection.prepare_cached("SELECT value FROM settings WHERE name = ?1")?;
    Ok(statement.query_row([name], |row| row.get(0)).optional()?)
}

/// Writes a setting.
///
/// # Errors
/// [`DbError`] when SQLite fails.
pub fn set_setting(connection: &Connection, name: &str, value: &[u8]) -> Result<(), DbError> {
    connection.execute(
        "INSERT INTO settings (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = ?2",
        (name, value),
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scratch(name: &str) -> PathBuf {
        let folder = crate::testing::scratch(name);
        folder.join("issuer.db")
    }

    #[test]
    fn refuses_a_database_of_a_newer_program() {
        let path = scratch("newer");
        drop(Database::open(&path).unwrap());
        connect(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
        assert!(matches!(Database::open(&path), Err(DbError::Newer { found: 99, .. })));
    }

    #[test]
    fn a_failed_write_leaves_nothing_while_its_neighbours_are_committed() {
        let db = Database::open(&scratch("savepoint")).unwrap();
        let bad: Result<(), DbError> = db.write(|c| {
            set_setting(c, "a", b"1")?;
            Err(DbError::NotCommitted("on purpose".into()))
        });
        assert!(bad.is_err());
        db.write(|c| set_setting(c, "b", b"2")).unwrap();
        let read = |name: &'static str| db.read(|c| setting(c, name)).unwrap();
        assert_eq!(read("a"), None);
        assert_eq!(read("b"), Some(b"2".to_vec()));
    }

    #[test]
    fn many_threads_write_and_all_of_it_stays() {
        let path = scratch("many");
        let db = Database::open(&path).unwrap();
        std::thread::scope(|scope| {
            for n in 0..16 {
                let db = &db;
                scope.spawn(move || db.write(move |c| set_setting(c, &format!("n{n}"), &[n])).unwrap());
            }
        });
        drop(db);
        let db = Database::open(&path).unwrap();
        for n in 0..16u8 {
            assert_eq!(db.read(|c| setting(c, &format!("n{n}"))).unwrap(), Some(vec![n]));
        }
    }

    #[test]
    fn two_handles_write_one_database() {
        let path = scratch("two");
        let (one, two) = (Database::open(&path).unwrap(), Database::open(&path).unwrap());
        one.write(|c| set_setting(c, "a", b"1")).unwrap();
        two.write(|c| set_setting(c, "b", b"2")).unwrap();
        assert!(one.read(|c| setting(c, "b")).unwrap().is_some());
        assert!(two.read(|c| setting(c, "a")).unwrap().is_some());
    }
}
