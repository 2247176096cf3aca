//! What the registry is to be told: entries in lanes, each lane in order.

use super::DbError;
use rusqlite::{Connection, OptionalExtension, params};
use yufu_core::registry::Operation;

/// An entry that has not been settled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The row.
    pub id: i64,
    /// What it is about; entries of one lane are settled in order.
    pub lane: String,
    /// What the registry is told.
    pub operation: Operation,
    /// The signed transaction, exact.
    pub signed: Option<Vec<u8>>,
    /// How often it was sent.
    pub attempts: u32,
}

/// Puts an operation into its lane.
///
/// # Errors
/// [`DbError`] when SQLite fails.
pub fn enqueue(connection: &Connection, lane: &str, operation: &Operation) -> Result<(), DbError> {
    let bytes = borsh::to_vec(operation).map_err(|e| DbError::NotCommitted(e.to_string()))?;
    connection.execute("INSERT INTO outbox (lane, operation) VALUES (?1, ?2)", params![lane, bytes])?;
    Ok(())
}

/// Whether a lane has an entry that is not settled.
///
/// # Errors
/// [`DbError`] when SQLite fails.
pub fn is_busy(connection: &Connection, lane: &str) -> Result<bool, DbError> {
    let mut statement =
        connection.prepare_cached("SELECT 1 FROM outbox WHERE lane = ?1 AND state = 'open'")?;
    Ok(statement.exists([lane])?)
}

/// The entry to work on at `now_ms`: the oldest that heads its lane and whose time has come.
///
/// # Errors
/// [`DbError`] when SQLite fails, or an operation in the table is not one.
pub fn head(connection: &Connection, now_ms: u64) -> Result<Option<Entry>, DbError> {
    let mut statement = connection.prepare_cached(
        "SELECT id, lane, operation, signed, attempts FROM outbox o
         WHERE state = 'open' AND next_attempt_ms <= ?1
           AND NOT EXISTS (SELECT 1 FROM outbox e WHERE e.lane = o.lane AND e.state = 'open' AND e.id < o.id)
         ORDER BY id LIMIT 1",
    )?;
    let entry = statement
        .query_row([now_ms.cast_signed()], |row| {
            let bytes: Vec<u8> = row.get(2)?;
            let operation = borsh::from_slice(&bytes).map_err(|e| {
                rusqlite::Error::FromSqlConversionFailure(2, rusqlite::types::Type::Blob, Box::new(e))
            })?;
            Ok(Entry {
                id: row.get(0)?,
                lane: row.get(1)?,
                operation,
                signed: row.get(3)?,
                attempts: row.get(4)?,
            })
        })
        .optional()?;
    Ok(entry)
}

/// Keeps the exact bytes that will be sent.
///
/// # Errors
/// [`DbError`] when SQLite fails.
pub fn keep_signed(connection: &Connection, id: i64, signed: &[u8]) -> Result<(), DbError> {
    connection.execute("UPDATE outbox SET signed = ?2 WHERE id = ?1", params![id, signed])?;
    Ok(())
}

/// Counts an attempt, says why it failed, and when the next one is.
///
/// # Errors
/// [`DbError`] when SQLite fails.
pub fn postpone(
    connection: &Connection,
    id: i64,
    next_attempt_ms: u64,
    refusal: &str,
) -> Result<(), DbError> {
    connection.execute(
        "UPDATE outbox SET attempts = attempts + 1, next_attempt_ms = ?2, refusal = ?3 WHERE id = ?1",
        params![id, next_attempt_ms.cast_signed(), refusal],
    )?;
    Ok(())
}

/// Settles an entry that took effect. The exact bytes have done their work.
///
/// # Errors
/// [`DbError`] when SQLite fails.
pub fn settle(connection: &Connection, id: i64, height: u64) -> Result<(), DbError> {
    connection.execute(
        "UPDATE outbox SET state = 'final', height = ?2, refusal = NULL, signed = NULL WHERE id = ?1",
        params![id, height.cast_signed()],
    )?;
    // What was told once is on the registry; of each lane the last word is kept for the operator.
    connection.execute(
        "DELETE FROM outbox WHERE state = 'final' AND id < ?1
           AND lane = (SELECT lane FROM outbox WHERE id = ?1)",
        params![id],
    )?;
    Ok(())
}

/// Gives up what a lane still wanted to say.
///
/// # Errors
/// [`DbError`] when SQLite fails.
pub fn drop_lane(connection: &Connection, lane: &str) -> Result<(), DbError> {
    connection.execute("UPDATE outbox SET state = 'dropped' WHERE lane = ?1 AND state = 'open'", [lane])?;
    Ok(())
}

/// What the registry last refused, for the operator: lane and reason.
///
/// # Errors
/// [`DbError`] when SQLite fails.
pub fn refusals(connection: &Connection) -> Result<Vec<(String, String)>, DbError> {
    let mut statement = connection.prepare(
        "SELECT lane, refusal FROM outbox WHERE state = 'open' AND refusal IS NOT NULL ORDER BY id",
    )?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
