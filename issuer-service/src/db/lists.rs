//! Status lists and what was published of them.

use super::DbError;
use rusqlite::{Connection, OptionalExtension, Row, params};
use yufu_core::{credential::Format, crypto::Digest};

/// How far a list has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListState {
    /// Not yet final on the registry: no credential names it.
    Opening,
    /// Takes credentials.
    Open,
    /// Takes no more credentials; still published.
    Closed,
    /// Published no more: this database is older than what the registry holds of it.
    Detached,
}

/// A status list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListRow {
    /// Its number.
    pub list: u32,
    /// The credential configuration that it serves.
    pub configuration: String,
    /// The format of the credentials in it, which is also that of the list itself.
    pub format: Format,
    /// The one type.
    pub vct: String,
    /// The one version of it.
    pub type_version: u32,
    /// Thumbprint of the one key.
    pub key: Digest,
    /// Bits an entry.
    pub bits: u8,
    /// Entries.
    pub size: u32,
    /// Key of the issued tree's fillers.
    pub filler: [u8; 32],
    /// How far it has come.
    pub state: ListState,
    /// Newest version that is final.
    pub version: Option<u32>,
    /// The DID of the web as which it and the credentials in it are signed; none for the did:yufu.
    pub issuer: Option<String>,
}

/// One publication.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Publication {
    /// Of which list.
    pub list: u32,
    /// Which version.
    pub version: u32,
    /// The signed token.
    pub token: String,
    /// Root of the chunk tree.
    pub status_root: Digest,
    /// Root of the issued tree.
    pub issued_root: Digest,
    /// When it was made (milliseconds).
    pub created_ms: u64,
}

/// Publications that are kept to be served.
pub const KEPT: u32 = 32;

impl ListState {
    /// The word that stands in the database.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Opening => "opening",
            Self::Open => "open",
            Self::Closed => "closed",
            Self::Detached => "detached",
        }
    }

    fn from_word(word: &str) -> Option<Self> {
        [Self::Opening, Self::Open, Self::Closed, Self::Detached].into_iter().find(|s| s.word() == word)
    }
}

const FIELDS: &str =
    "list, configuration, vct, type_version, key, bits, size, filler, state, version, format, issuer";

/// Adds a list.
///
/// # Errors
/// [`DbError`] when SQLite fails.
pub fn insert(connection: &Connection, list: &ListRow) -> Result<(), DbError> {
    connection.execute(
        &format!("INSERT INTO lists ({FIELDS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)"),
        params![
            list.list,
            list.configuration,
            list.vct,
            list.type_version,
            list.key,
            list.bits,
            list.size,
            list.filler,
            list.state.word(),
            list.version,
            list.format.as_str(),
            list.issuer,
        ],
    )?;
    Ok(())
}

/// All lists, by number.
///
/// # Errors
/// [`DbError`] when SQLite fails.
pub fn all(connection: &Connection) -> Result<Vec<ListRow>, DbError> {
    let mut statement = connection.prepare_cached(&format!("SELECT {FIELDS} FROM lists ORDER BY list"))?;
    let rows = statement.query_map([], list)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The list of a number.
///
/// # Errors
/// [`DbError`] when SQLite fails.
pub fn by_number(connection: &Connection, number: u32) -> Result<Option<ListRow>, DbError> {
    let sql = format!("SELECT {FIELDS} FROM lists WHERE list = ?1");
    Ok(connection.prepare_cached(&sql)?.query_row([number], list).optional()?)
}

/// The list that credentials of a configuration go into now: open, under a key that is final.
///
/// # Errors
/// [`DbError`] when SQLite fails.
pub fn open_for(connection: &Connection, configuration: &str) -> Result<Option<ListRow>, DbError> {
    let sql = format!(
        "SELECT {FIELDS} FROM lists WHERE configuration = ?1 AND state = 'open'
           AND (SELECT k.state FROM keys k WHERE k.thumbprint = lists.key) = 'final'
         ORDER BY list DESC LIMIT 1"
    );
    Ok(connection.prepare_cached(&sql)?.query_row([configuration], list).optional()?)
}

/// The format of the newest list of a configuration.
///
/// # Errors
/// [`DbError`] when SQLite fails.
pub fn format_of(connection: &Connection, configuration: &str) -> Result<Option<Format>, DbError> {
    let sql = format!("SELECT {FIELDS} FROM lists WHERE configuration = ?1 ORDER BY list DESC LIMIT 1");
    Ok(connection.prepare_cached(&sql)?.query_row([configuration], list).optional()?.map(|list| list.format))
}

/// The first number that no list has had here.
///
/// # Errors
/// [`DbError`] when SQLite fails.
pub fn next_number(connection: &Connection) -> Result<u32, DbError> {
    Ok(connection.query_row("SELECT coalesce(max(list), 0) + 1 FROM lists", [], |row| row.get(0))?)
}

/// Says how far a list has come.
///
/// # Errors
/// [`DbError`] when SQLite fails.
pub fn set_state(connection: &Connection, number: u32, state: ListState) -> Result<(), DbError> {
    connection.execute("UPDATE lists SET state = ?2 WHERE list = ?1", params![number, state.word()])?;
    Ok(())
}

/// Keeps a publication until it is final.
///
/// # Errors
/// [`DbError`] when SQLite fails.
pub fn insert_publication(connection: &Connection, publication: &Publication) -> Result<(), DbError> {
    connection.execute(
        "INSERT INTO publications (list, version, token, status_root, issued_root, created_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![
            publication.list,
            publication.version,
            publication.token,
            publication.status_root,
            publication.issued_root,
            publication.created_ms.cast_signed(),
        ],
    )?;
    Ok(())
}

/// Says that a publication is final: it may be served. The first one opens the list and closes the
/// older ones of its configuration.
///
/// # Errors
/// [`DbError`] when SQLite fails.
pub fn publication_is_final(connection: &Connection, number: u32, version: u32) -> Result<(), DbError> {
    connection.execute(
        "UPDATE publications SET final = 1 WHERE list = ?1 AND version = ?2",
        params![number, version],
    )?;
    connection.execute("UPDATE lists SET version = ?2 WHERE list = ?1", params![number, version])?;
    connection.execute(
        "DELETE FROM publications WHERE list = ?1 AND version + ?3 <= ?2",
        params![number, version, KEPT],
    )?;
    let opened = connection
        .execute("UPDATE lists SET state = 'open' WHERE list = ?1 AND state = 'opening'", params![number])?;
    if opened == 1 {
        connection.execute(
            "UPDATE lists SET state = 'closed' WHERE state = 'open' AND list < ?1
               AND configuration = (SELECT configuration FROM lists WHERE list = ?1)",
            params![number],
        )?;
    }
    Ok(())
}

/// The newest publication of a list, final or not.
///
/// # Errors
/// [`DbError`] when SQLite fails.
pub fn newest_publication(connection: &Connection, number: u32) -> Result<Option<Publication>, DbError> {
    let mut statement = connection.prepare_cached(
        "SELECT list, version, token, status_root, issued_root, created_ms FROM publications
         WHERE list = ?1 ORDER BY version DESC LIMIT 1",
    )?;
    Ok(statement.query_row([number], publication).optional()?)
}

/// The final publication of a list: of that version, or the newest.
///
/// # Errors
/// [`DbError`] when SQLite fails.
pub fn final_publication(
    connection: &Connection,
    number: u32,
    version: Option<u32>,
) -> Result<Option<Publication>, DbError> {
    let mut statement = connection.prepare_cached(
        "SELECT list, version, token, status_root, issued_root, created_ms FROM publications
         WHERE list = ?1 AND final = 1 AND (?2 IS NULL OR version = ?2) ORDER BY version DESC LIMIT 1",
    )?;
    Ok(statement.query_row(params![number, version], publication).optional()?)
}

fn list(row: &Row<'_>) -> rusqlite::Result<ListRow> {
    let state: String = row.get(8)?;
    let format: String = row.get(10)?;
    Ok(ListRow {
        list: row.get(0)?,
        configuration: row.get(1)?,
        format: format.parse().map_err(|_| rusqlite::Error::InvalidQuery)?,
        vct: row.get(2)?,
        type_version: row.get(3)?,
        key: row.get(4)?,
        bits: row.get(5)?,
        size: row.get(6)?,
        filler: row.get(7)?,
        state: ListState::from_word(&state).ok_or(rusqlite::Error::InvalidQuery)?,
        version: row.get(9)?,
        issuer: row.get(11)?,
    })
}

fn publication(row: &Row<'_>) -> rusqlite::Result<Publication> {
    Ok(Publication {
        list: row.get(0)?,
        version: row.get(1)?,
        token: row.get(2)?,
        status_root: row.get(3)?,
        issued_root: row.get(4)?,
        created_ms: row.get::<_, i64>(5)?.cast_unsigned(),
    })
}
