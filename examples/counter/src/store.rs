//! What a counter keeps: what it learned of the registry, the nonces of codes that it accepted, and the
//! journal. No claim, no name, no picture.

use rusqlite::{Connection, OptionalExtension, params};
use std::{path::Path, time::Duration};
use yufu_core::{Verdict, crypto::Digest};
use yufu_verifier::{NonceId, NonceLog, NonceLogError};

/// The journal keeps this many lines; older ones go first.
const JOURNAL_LINES: u32 = 100_000;

/// Why the store could not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// SQLite refused.
    #[error("the counter's store failed: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// The folder cannot be made.
    #[error("the counter's folder cannot be made: {0}")]
    Folder(#[from] std::io::Error),
    /// A newer program wrote it.
    #[error("the counter's store is of version {0}, which this program does not know")]
    Version(i64),
}

/// A line of the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalLine {
    /// When, milliseconds.
    pub at_ms: u64,
    /// The preset's identifier.
    pub preset: String,
    /// The verdict's word.
    pub verdict: String,
    /// Digest of preset and local limits.
    pub policy: Digest,
}

/// The counter's store, one SQLite file. Every write is on the disk before the call returns.
pub(crate) struct Store(Connection);

impl Store {
    /// Opens the store in `path`, making it when it is not there.
    ///
    /// # Errors
    /// [`StoreError`] when the file cannot be opened or is of another version.
    pub(crate) fn open(path: &Path) -> Result<Self, StoreError> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let connection = Connection::open(path)?;
        connection.busy_timeout(Duration::from_secs(5))?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        // A nonce that a power cut forgets could be used again.
        connection.pragma_update(None, "synchronous", "FULL")?;
        let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
        match version {
            0 => connection.execute_batch(SCHEMA)?,
            1 => {}
            other => return Err(StoreError::Version(other)),
        }
        Ok(Self(connection))
    }

    /// What the verifier saved last.
    ///
    /// # Errors
    /// [`StoreError::Sqlite`].
    pub(crate) fn verifier_state(&self) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.0.query_row("SELECT state FROM verifier WHERE id = 1", [], |row| row.get(0)).optional()?)
    }

    /// Saves what the verifier knows now.
    ///
    /// # Errors
    /// [`StoreError::Sqlite`].
    pub(crate) fn save_verifier_state(&self, state: &[u8]) -> Result<(), StoreError> {
        self.0.execute(
            "INSERT INTO verifier (id, state) VALUES (1, ?1) ON CONFLICT (id) DO UPDATE SET state = ?1 \
             WHERE state <> ?1",
            params![state],
        )?;
        Ok(())
    }

    /// Takes the nonce `id`, which is forgotten after `until_ms`; false when it was taken before.
    ///
    /// # Errors
    /// [`StoreError::Sqlite`]; the code must then not be accepted.
    pub(crate) fn take_nonce(&self, id: &NonceId, until_ms: u64, now_ms: u64) -> Result<bool, StoreError> {
        self.0.execute("DELETE FROM nonce WHERE until_ms <= ?1", params![signed(now_ms)])?;
        let taken = self.0.execute(
            "INSERT INTO nonce (id, until_ms) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
            params![id, signed(until_ms)],
        )?;
        Ok(taken == 1)
    }

    /// Whether the nonce `id` was taken and is kept at `now_ms`.
    ///
    /// # Errors
    /// [`StoreError::Sqlite`].
    pub(crate) fn knows_nonce(&self, id: &NonceId, now_ms: u64) -> Result<bool, StoreError> {
        Ok(self
            .0
            .query_row(
                "SELECT 1 FROM nonce WHERE id = ?1 AND until_ms > ?2",
                params![id, signed(now_ms)],
                |_| Ok(()),
            )
            .optional()?
            .is_some())
    }

    /// Writes a line of the journal.
    ///
    /// # Errors
    /// [`StoreError::Sqlite`].
    pub(crate) fn write_journal(
        &self,
        at_ms: u64,
        preset: &str,
        verdict: Verdict,
        policy: &Digest,
    ) -> Result<(), StoreError> {
        self.0.execute(
            "INSERT INTO journal (at_ms, preset, verdict, policy) VALUES (?1, ?2, ?3, ?4)",
            params![signed(at_ms), preset, verdict.word(), policy],
        )?;
        self.0.execute(
            "DELETE FROM journal WHERE id <= (SELECT max(id) FROM journal) - ?1",
            params![JOURNAL_LINES],
        )?;
        Ok(())
    }

    /// The newest `limit` lines of the journal, newest first.
    ///
    /// # Errors
    /// [`StoreError::Sqlite`].
    pub(crate) fn journal(&self, limit: u32) -> Result<Vec<JournalLine>, StoreError> {
        let mut query =
            self.0.prepare("SELECT at_ms, preset, verdict, policy FROM journal ORDER BY id DESC LIMIT ?1")?;
        let lines = query.query_map(params![limit], |row| {
            Ok(JournalLine {
                at_ms: row.get::<_, i64>(0)?.try_into().unwrap_or(0),
                preset: row.get(1)?,
                verdict: row.get(2)?,
                policy: row.get(3)?,
            })
        })?;
        Ok(lines.collect::<Result<_, _>>()?)
    }
}

impl NonceLog for Store {
    fn contains(&self, id: &NonceId, now_ms: u64) -> Result<bool, NonceLogError> {
        self.knows_nonce(id, now_ms).map_err(log_error)
    }

    fn insert(&mut self, id: NonceId, until_ms: u64, now_ms: u64) -> Result<(), NonceLogError> {
        // A second program on the same folder may have taken it since it was looked for.
        if self.take_nonce(&id, until_ms, now_ms).map_err(log_error)? {
            Ok(())
        } else {
            Err(NonceLogError(None))
        }
    }
}

fn log_error(error: StoreError) -> NonceLogError {
    NonceLogError(Some(std::io::Error::other(error)))
}

fn signed(ms: u64) -> i64 {
    i64::try_from(ms).unwrap_or(i64::MAX)
}

const SCHEMA: &str = "
    BEGIN IMMEDIATE;
    CREATE TABLE verifier (id INTEGER PRIMARY KEY CHECK (id = 1), state BLOB NOT NULL) STRICT;
    CREATE TABLE nonce (id BLOB PRIMARY KEY, until_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    CREATE INDEX nonce_until ON nonce (until_ms);
    CREATE TABLE journal (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        at_ms INTEGER NOT NULL,
        preset TEXT NOT NULL,
        verdict TEXT NOT NULL,
        policy BLOB NOT NULL
    ) STRICT;
    PRAGMA user_version = 1;
    COMMIT;
";

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> std::path::PathBuf {
        let folder = std::env::temp_dir().join(format!("yufu-counter-store-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        folder
    }

    #[test]
    fn a_nonce_is_taken_once_also_across_a_restart() {
        let file = folder("nonce").join("counter.db");
        let store = Store::open(&file).unwrap();
        assert!(store.take_nonce(&[1; 16], 2_000, 1_000).unwrap());
        assert!(!store.take_nonce(&[1; 16], 2_000, 1_000).unwrap());
        drop(store);
        let mut store = Store::open(&file).unwrap();
        assert!(store.contains(&[1; 16], 1_500).unwrap());
        assert!(store.insert([1; 16], 2_000, 1_500).is_err(), "taken by the other program");
        store.insert([2; 16], 9_000, 2_001).unwrap();
        assert!(!store.contains(&[1; 16], 2_001).unwrap(), "forgotten after its time");
    }

    #[test]
    fn the_journal_holds_time_preset_verdict_and_policy_and_no_column_more() {
        let store = Store::open(&folder("journal").join("counter.db")).unwrap();
        store.write_journal(5, "age18", Verdict::Valid, &[7; 32]).unwrap();
        store.write_journal(6, "age18", Verdict::Replayed, &[7; 32]).unwrap();
        let lines = store.journal(10).unwrap();
        assert_eq!(lines.len(), 2);
        assert_eq!(
            lines[1],
            JournalLine { at_ms: 5, preset: "age18".into(), verdict: "valid".into(), policy: [7; 32] }
        );
        let columns: Vec<String> = store
            .0
            .prepare("SELECT name FROM pragma_table_info('journal')")
            .unwrap()
            .query_map([], |row| row.get(0))
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap();
        assert_eq!(columns, ["id", "at_ms", "preset", "verdict", "policy"]);
    }

    #[test]
    fn the_verifiers_state_is_the_one_saved_last() {
        let file = folder("state").join("counter.db");
        let store = Store::open(&file).unwrap();
        assert_eq!(store.verifier_state().unwrap(), None);
        store.save_verifier_state(b"one").unwrap();
        store.save_verifier_state(b"two").unwrap();
        drop(store);
        assert_eq!(Store::open(&file).unwrap().verifier_state().unwrap().as_deref(), Some(&b"two"[..]));
    }

    #[test]
    fn refuses_a_store_of_a_version_that_it_does_not_know() {
        let file = folder("version").join("counter.db");
        Store::open(&file).unwrap().0.pragma_update(None, "user_version", 9).unwrap();
        assert!(matches!(Store::open(&file), Err(StoreError::Version(9))));
    }
}
