//! Which keys there are. The private halves are files.

use super::DbError;
use rusqlite::{Connection, OptionalExtension, Row, params};
use yufu_core::crypto::Digest;

/// What a key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Signs transactions.
    Control,
    /// Committed to replace the control key.
    NextControl,
    /// Signs credentials and status lists.
    Credential,
    /// Signs the versions of the agency's did:webvh.
    WebUpdate,
}

/// How far a credential key has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyState {
    /// Made, not yet final on the registry.
    Pending,
    /// On the registry.
    Final,
    /// To be revoked: nothing is signed with it any more.
    Revoking,
    /// Revoked on the registry.
    Revoked,
}

/// A key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRow {
    /// Its name.
    pub thumbprint: Digest,
    /// File of the private half, within the folder of keys.
    pub file: String,
    /// Certificate, DER; credential keys have one.
    pub certificate: Vec<u8>,
    /// First second of its validity.
    pub valid_from: u64,
    /// First second after it.
    pub valid_to: u64,
    /// How far it has come.
    pub state: KeyState,
    /// Why and since when (milliseconds) it is to be revoked as compromised; `None` for good order.
    pub compromised_since: Option<u64>,
}

impl Role {
    fn word(self) -> &'static str {
        match self {
            Self::Control => "control",
            Self::NextControl => "next_control",
            Self::Credential => "credential",
            Self::WebUpdate => "web_update",
        }
    }
}

impl KeyState {
    fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Final => "final",
            Self::Revoking => "revoking",
            Self::Revoked => "revoked",
        }
    }

    fn from_word(word: &str) -> Option<Self> {
        [Self::Pending, Self::Final, Self::Revoking, Self::Revoked].into_iter().find(|s| s.word() == word)
    }
}

const FIELDS: &str = "thumbprint, file, certificate, valid_from, valid_to, state, compromised_since";

/// Adds a key.
///
/// # Errors
/// [`DbError`] when SQLite fails.
pub fn insert(connection: &Connection, role: Role, key: &KeyRow) -> Result<(), DbError> {
    connection.execute(
        "INSERT INTO keys (thumbprint, role, file, certificate, valid_from, valid_to, state, compromised_since, seq)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, (SELECT coalesce(max(seq), 0) + 1 FROM keys))",
        params![
            key.thumbprint,
            role.word(),
            key.file,
            key.certificate,
            key.valid_from.cast_signed(),
            key.valid_to.cast_signed(),
            key.state.word(),
            key.compromised_since.map(u64::cast_signed),
        ],
    )?;
    Ok(())
}

/// All keys of a role, the newest first.
///
/// # Errors
/// [`DbError`] when SQLite fails.
pub fn of_role(connection: &Connection, role: Role) -> Result<Vec<KeyRow>, DbError> {
    let sql = format!("SELECT {FIELDS} FROM keys WHERE role = ?1 ORDER BY seq DESC");
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map([role.word()], key)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The key of a thumbprint.
///
/// # Errors
/// [`DbError`] when SQLite fails.
pub fn by_thumbprint(connection: &Connection, thumbprint: &Digest) -> Result<Option<KeyRow>, DbError> {
    let sql = format!("SELECT {FIELDS} FROM keys WHERE thumbprint = ?1");
    Ok(connection.prepare_cached(&sql)?.query_row([thumbprint], key).optional()?)
}

/// Says how far a key has come.
///
/// # Errors
/// [`DbError`] when SQLite fails.
pub fn set_state(connection: &Connection, thumbprint: &Digest, state: KeyState) -> Result<(), DbError> {
    connection
        .execute("UPDATE keys SET state = ?2 WHERE thumbprint = ?1", params![thumbprint, state.word()])?;
    Ok(())
}

/// Says that a key is on the registry. One that is to be revoked already stays that way.
///
/// # Errors
/// [`DbError`] when SQLite fails.
pub fn added(connection: &Connection, thumbprint: &Digest) -> Result<(), DbError> {
    connection.execute(
        "UPDATE keys SET state = 'final' WHERE thumbprint = ?1 AND state = 'pending'",
        [thumbprint],
    )?;
    Ok(())
}

/// Says that a key is to be revoked, compromised since then (milliseconds) or in good order.
///
/// # Errors
/// [`DbError`] when SQLite fails.
pub fn revoke(connection: &Connection, thumbprint: &Digest, compromised: Option<u64>) -> Result<(), DbError> {
    connection.execute(
        "UPDATE keys SET state = 'revoking', compromised_since = ?2 WHERE thumbprint = ?1",
        params![thumbprint, compromised.map(u64::cast_signed)],
    )?;
    Ok(())
}

fn key(row: &Row<'_>) -> rusqlite::Result<KeyRow> {
    let state: String = row.get(5)?;
    Ok(KeyRow {
        thumbprint: row.get(0)?,
        file: row.get(1)?,
        certificate: row.get::<_, Option<Vec<u8>>>(2)?.unwrap_or_default(),
        valid_from: row.get::<_, i64>(3)?.cast_unsigned(),
        valid_to: row.get::<_, i64>(4)?.cast_unsigned(),
        state: KeyState::from_word(&state).ok_or(rusqlite::Error::InvalidQuery)?,
        compromised_since: row.get::<_, Option<i64>>(6)?.map(i64::cast_unsigned),
    })
}
