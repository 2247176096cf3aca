//! What was issued, without what it says: place, digest, holder, whose, until when, status.

use super::DbError;
use rusqlite::{Connection, OptionalExtension, params};
use yufu_core::crypto::{Digest, VerifyingKey};

/// One copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialRow {
    /// Its list.
    pub list: u32,
    /// Its place there.
    pub index: u32,
    /// SHA-256 of what was signed.
    pub digest: Digest,
    /// The holder's key.
    pub holder: VerifyingKey,
    /// Whose.
    pub resident: i64,
    /// Of which configuration.
    pub configuration: String,
    /// When it was issued, rounded to the day.
    pub issued_at: u64,
    /// First second after its validity.
    pub expires_at: u64,
}

/// Adds a copy. A place that is taken is an error of SQLite's (a constraint).
///
/// # Errors
/// [`DbError`] when SQLite fails.
pub fn insert(connection: &Connection, copy: &CredentialRow) -> Result<(), DbError> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO credentials (list, idx, digest, holder, resident, configuration, issued_at, expires_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?;
    statement.execute(params![
        copy.list,
        copy.index,
        copy.digest,
        copy.holder.multicodec(),
        copy.resident,
        copy.configuration,
        copy.issued_at.cast_signed(),
        copy.expires_at.cast_signed(),
    ])?;
    Ok(())
}

/// Whether a place of a list is taken.
///
/// # Errors
/// [`DbError`] when SQLite fails.
pub fn is_taken(connection: &Connection, list: u32, index: u32) -> Result<bool, DbError> {
    let mut statement =
        connection.prepare_cached("SELECT 1 FROM credentials WHERE list = ?1 AND idx = ?2")?;
    Ok(statement.exists(params![list, index])?)
}

/// How many places of a list are taken.
///
/// # Errors
/// [`DbError`] when SQLite fails.
pub fn taken(connection: &Connection, list: u32) -> Result<u32, DbError> {
    let mut statement = connection.prepare_cached("SELECT count(*) FROM credentials WHERE list = ?1")?;
    Ok(statement.query_row([list], |row| row.get(0))?)
}

/// Places of a list whose status is not 0, with it.
///
/// # Errors
/// [`DbError`] when SQLite fails.
pub fn not_valid(connection: &Connection, list: u32) -> Result<Vec<(u32, u8)>, DbError> {
    let mut statement =
        connection.prepare_cached("SELECT idx, status FROM credentials WHERE list = ?1 AND status <> 0")?;
    let rows = statement.query_map([list], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Says that what no publication records yet is recorded by `version`; gives it.
///
/// # Errors
/// [`DbError`] when SQLite fails.
pub fn record(connection: &Connection, list: u32, version: u32) -> Result<Vec<(u64, Digest)>, DbError> {
    let mut statement = connection.prepare_cached(
        "UPDATE credentials SET version = ?2 WHERE list = ?1 AND version IS NULL RETURNING idx, digest",
    )?;
    let rows = statement
        .query_map(params![list, version], |row| Ok((u64::from(row.get::<_, u32>(0)?), row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// What publications up to `version` record.
///
/// # Errors
/// [`DbError`] when SQLite fails.
pub fn recorded(connection: &Connection, list: u32, version: u32) -> Result<Vec<(u64, Digest)>, DbError> {
    let mut statement =
        connection.prepare_cached("SELECT idx, digest FROM credentials WHERE list = ?1 AND version <= ?2")?;
    let rows = statement
        .query_map(params![list, version], |row| Ok((u64::from(row.get::<_, u32>(0)?), row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Holder's key and first version of the copy at a place.
///
/// # Errors
/// [`DbError`] when SQLite fails, or what stands there is no key.
pub fn holder(
    connection: &Connection,
    list: u32,
    index: u32,
) -> Result<Option<(VerifyingKey, Option<u32>)>, DbError> {
    let mut statement =
        connection.prepare_cached("SELECT holder, version FROM credentials WHERE list = ?1 AND idx = ?2")?;
    let found = statement.query_row(params![list, index], |row| {
        let bytes: Vec<u8> = row.get(0)?;
        let key = VerifyingKey::from_multicodec(&bytes).map_err(|e| {
            rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Blob, Box::new(e))
        })?;
        Ok((key, row.get(1)?))
    });
    Ok(found.optional()?)
}

/// A resident's copies that have not expired, by status.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Copies {
    /// Valid.
    pub valid: u32,
    /// Suspended.
    pub suspended: u32,
    /// Revoked.
    pub revoked: u32,
}

/// Counts a resident's copies of a configuration that have not expired at `now` (seconds).
///
/// # Errors
/// [`DbError`] when SQLite fails.
pub fn copies(
    connection: &Connection,
    resident: i64,
    configuration: &str,
    now: u64,
) -> Result<Copies, DbError> {
    let mut statement = connection.prepare_cached(
        "SELECT coalesce(sum(status = 0), 0), coalesce(sum(status = 2), 0), coalesce(sum(status = 1), 0)
         FROM credentials WHERE resident = ?1 AND configuration = ?2 AND expires_at > ?3",
    )?;
    Ok(statement.query_row(params![resident, configuration, now.cast_signed()], |row| {
        Ok(Copies { valid: row.get(0)?, suspended: row.get(1)?, revoked: row.get(2)? })
    })?)
}

/// Changes the status of a resident's copies of a configuration from any of `from` to `to`, of those
/// that have not expired at `now`; gives how many there were.
///
/// # Errors
/// [`DbError`] when SQLite fails.
pub fn change(
    connection: &Connection,
    resident: i64,
    configuration: &str,
    now: u64,
    from: [u8; 2],
    to: u8,
) -> Result<usize, DbError> {
    Ok(connection.execute(
        "UPDATE credentials SET status = ?6
         WHERE resident = ?1 AND configuration = ?2 AND expires_at > ?3 AND status IN (?4, ?5)",
        params![resident, configuration, now.cast_signed(), from[0], from[1], to],
    )?)
}
