//! Tables and connection settings.

use super::StoreError;
use rusqlite::Connection;
use std::time::Duration;

/// Stands in `PRAGMA user_version`.
const FORMAT: i64 = 2;

const TABLES: &str = "
    CREATE TABLE network (genesis BLOB NOT NULL);
    -- The newest value of each record, by the key's bytes, so that a prefix is a range.
    CREATE TABLE record (key BLOB PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
    CREATE TABLE node (
        tree INTEGER, version INTEGER, path BLOB, node BLOB NOT NULL,
        PRIMARY KEY (tree, version, path)
    ) WITHOUT ROWID;
    CREATE TABLE value (
        tree INTEGER, key_hash BLOB, version INTEGER, value BLOB NOT NULL,
        PRIMARY KEY (tree, key_hash, version)
    ) WITHOUT ROWID;
    -- What a version replaced, to be deleted once no proof at an earlier version is kept.
    CREATE TABLE stale_node (
        tree INTEGER, since INTEGER, version INTEGER, path BLOB,
        PRIMARY KEY (tree, since, version, path)
    ) WITHOUT ROWID;
    CREATE TABLE stale_value (
        tree INTEGER, since INTEGER, key_hash BLOB,
        PRIMARY KEY (tree, since, key_hash)
    ) WITHOUT ROWID;
    -- trust_version, records_version: of the trees after this block; none before the first write.
    CREATE TABLE block (
        height INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE, header BLOB NOT NULL,
        peaks BLOB NOT NULL, trust_version INTEGER, records_version INTEGER
    );
    -- Transactions as they stand in the block, each behind its length.
    CREATE TABLE body (height INTEGER PRIMARY KEY, transactions BLOB NOT NULL);
    -- Nodes of the history's mountain range, for paths to old headers.
    CREATE TABLE history (level INTEGER, position INTEGER, hash BLOB NOT NULL, PRIMARY KEY (level, position)) WITHOUT ROWID;
    CREATE TABLE certificate (height INTEGER PRIMARY KEY, slot INTEGER NOT NULL, signed_header BLOB NOT NULL);
    CREATE UNIQUE INDEX certificate_slot ON certificate (slot) WHERE slot <> 0;
    CREATE TABLE included (digest BLOB PRIMARY KEY, height INTEGER NOT NULL) WITHOUT ROWID;
";

/// Sets the connection up for writing and creates the tables in an empty file.
pub(super) fn prepare(connection: &Connection) -> Result<(), StoreError> {
    settings(connection)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    match format(connection)? {
        0 => Ok(connection
            .execute_batch(&format!("BEGIN IMMEDIATE; {TABLES} PRAGMA user_version = {FORMAT}; COMMIT;"))?),
        FORMAT => Ok(()),
        other => Err(StoreError::OtherFormat(other, FORMAT)),
    }
}

/// Sets a connection up that only reads.
pub(super) fn prepare_reader(connection: &Connection) -> Result<(), StoreError> {
    settings(connection)?;
    match format(connection)? {
        FORMAT => Ok(()),
        other => Err(StoreError::OtherFormat(other, FORMAT)),
    }
}

fn settings(connection: &Connection) -> Result<(), StoreError> {
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.set_prepared_statement_cache_capacity(64);
    // Functions with side effects are not for a schema to call: a file may come from elsewhere.
    connection.pragma_update(None, "trusted_schema", false)?;
    // 16 MiB of pages: the upper levels of both trees stay in memory.
    connection.pragma_update(None, "cache_size", -16_384)?;
    Ok(())
}

fn format(connection: &Connection) -> Result<i64, StoreError> {
    Ok(connection.query_row("PRAGMA user_version", [], |row| row.get(0))?)
}

/// Whether the file has the tables and indexes of this program, to the letter, and no trigger or view
/// that would be run on its behalf.
pub(super) fn is_ours(connection: &Connection) -> Result<bool, StoreError> {
    let new = Connection::open_in_memory()?;
    new.execute_batch(TABLES)?;
    Ok(described(connection)? == described(&new)?)
}

fn described(connection: &Connection) -> Result<Vec<(String, String, Option<String>)>, StoreError> {
    let mut statement =
        connection.prepare("SELECT type, name, sql FROM sqlite_schema ORDER BY type, name")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
