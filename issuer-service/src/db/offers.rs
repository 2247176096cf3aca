//! Offers and the tokens that they turn into. Of every code and token only a digest is kept.

use super::DbError;
use rusqlite::{Connection, OptionalExtension, Row, params};
use yufu_core::crypto::Digest;

/// An offer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfferRow {
    /// The row.
    pub id: i64,
    /// Digest of the transaction code.
    pub tx_code: Digest,
    /// Wrong transaction codes that are still forgiven.
    pub tries_left: u32,
    /// What is offered.
    pub configuration: String,
    /// To whom.
    pub resident: i64,
    /// First second of the credential's validity, where the clerk set one.
    pub valid_from: Option<u64>,
    /// First second after it, where the clerk set one.
    pub valid_to: Option<u64>,
    /// First second at which the offer is no longer good.
    pub expires_at: u64,
    /// Whether it waits to be redeemed.
    pub open: bool,
    /// First second at which its token is no longer good.
    pub token_expires_at: u64,
    /// Copies that its token may still ask for.
    pub copies_left: u32,
}

/// A new offer.
#[derive(Clone, Debug)]
pub struct NewOffer<'a> {
    /// Digest of the pre-authorized code.
    pub code: Digest,
    /// Digest of the transaction code.
    pub tx_code: Digest,
    /// Wrong transaction codes that are forgiven.
    pub tries: u32,
    /// What is offered.
    pub configuration: &'a str,
    /// To whom.
    pub resident: i64,
    /// First second of the credential's validity.
    pub valid_from: Option<u64>,
    /// First second after it.
    pub valid_to: Option<u64>,
    /// Now (seconds).
    pub now: u64,
    /// First second at which the offer is no longer good.
    pub expires_at: u64,
    /// Copies that may be asked for.
    pub copies: u32,
}

const FIELDS: &str = "id, tx_code, tries_left, configuration, resident, valid_from, valid_to, expires_at, \
     state = 'open', coalesce(token_expires_at, 0), copies_left";

/// Adds an offer.
///
/// # Errors
/// [`DbError`] when SQLite fails.
pub fn insert(connection: &Connection, offer: &NewOffer<'_>) -> Result<(), DbError> {
    connection.execute(
        "INSERT INTO offers (code, tx_code, tries_left, configuration, resident, valid_from, valid_to,
             created_at, expires_at, copies_left)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        params![
            offer.code,
            offer.tx_code,
            offer.tries,
            offer.configuration,
            offer.resident,
            offer.valid_from.map(u64::cast_signed),
            offer.valid_to.map(u64::cast_signed),
            offer.now.cast_signed(),
            offer.expires_at.cast_signed(),
            offer.copies,
        ],
    )?;
    Ok(())
}

/// The offer of a pre-authorized code's digest.
///
/// # Errors
/// [`DbError`] when SQLite fails.
pub fn by_code(connection: &Connection, code: &Digest) -> Result<Option<OfferRow>, DbError> {
    let sql = format!("SELECT {FIELDS} FROM offers WHERE code = ?1");
    Ok(connection.prepare_cached(&sql)?.query_row([code], offer).optional()?)
}

/// The offer of an access token's digest.
///
/// # Errors
/// [`DbError`] when SQLite fails.
pub fn by_token(connection: &Connection, token: &Digest) -> Result<Option<OfferRow>, DbError> {
    let sql = format!("SELECT {FIELDS} FROM offers WHERE token = ?1 AND state = 'redeemed'");
    Ok(connection.prepare_cached(&sql)?.query_row([token], offer).optional()?)
}

/// Counts a wrong transaction code; the last one that is forgiven withdraws the offer.
///
/// # Errors
/// [`DbError`] when SQLite fails.
pub fn count_wrong_try(connection: &Connection, id: i64) -> Result<(), DbError> {
    connection.execute(
        "UPDATE offers SET tries_left = max(tries_left - 1, 0),
             state = CASE WHEN tries_left <= 1 THEN 'withdrawn' ELSE state END
         WHERE id = ?1",
        [id],
    )?;
    Ok(())
}

/// Turns an offer into a token.
///
/// # Errors
/// [`DbError`] when SQLite fails.
pub fn redeem(connection: &Connection, id: i64, token: &Digest, expires_at: u64) -> Result<(), DbError> {
    connection.execute(
        "UPDATE offers SET state = 'redeemed', token = ?2, token_expires_at = ?3 WHERE id = ?1",
        params![id, token, expires_at.cast_signed()],
    )?;
    Ok(())
}

/// Takes copies from what a token may ask for; false when it may not ask for that many.
///
/// # Errors
/// [`DbError`] when SQLite fails.
pub fn take_copies(connection: &Connection, id: i64, copies: u32) -> Result<bool, DbError> {
    let mut statement = connection.prepare_cached(
        "UPDATE offers SET copies_left = copies_left - ?2
         WHERE id = ?1 AND state = 'redeemed' AND copies_left >= ?2",
    )?;
    Ok(statement.execute(params![id, copies])? == 1)
}

/// Withdraws what a resident has open of a configuration, tokens included.
///
/// # Errors
/// [`DbError`] when SQLite fails.
pub fn withdraw(connection: &Connection, resident: i64, configuration: &str) -> Result<usize, DbError> {
    Ok(connection.execute(
        "UPDATE offers SET state = 'withdrawn' WHERE resident = ?1 AND configuration = ?2 AND state <> 'withdrawn'",
        params![resident, configuration],
    )?)
}

/// Deletes offers that ended before `before` (seconds).
///
/// # Errors
/// [`DbError`] when SQLite fails.
pub fn forget(connection: &Connection, before: u64) -> Result<usize, DbError> {
    Ok(connection.execute(
        "DELETE FROM offers WHERE max(expires_at, coalesce(token_expires_at, 0)) < ?1",
        [before.cast_signed()],
    )?)
}

fn offer(row: &Row<'_>) -> rusqlite::Result<OfferRow> {
    Ok(OfferRow {
        id: row.get(0)?,
        tx_code: row.get(1)?,
        tries_left: row.get(2)?,
        configuration: row.get(3)?,
        resident: row.get(4)?,
        valid_from: row.get::<_, Option<i64>>(5)?.map(i64::cast_unsigned),
        valid_to: row.get::<_, Option<i64>>(6)?.map(i64::cast_unsigned),
        expires_at: row.get::<_, i64>(7)?.cast_unsigned(),
        open: row.get(8)?,
        token_expires_at: row.get::<_, i64>(9)?.cast_unsigned(),
        copies_left: row.get(10)?,
    })
}
