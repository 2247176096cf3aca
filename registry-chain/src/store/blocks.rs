//! Headers, certificates and the digests of included transactions.

use super::{Pending, Store, StoreError, TreeRef, records, sql, tree, unsql};
use rusqlite::{Connection, OptionalExtension, Row};
use yufu_core::{
    crypto::Digest,
    registry::{
        Header, SignedHeader, Tree,
        history::{Path, Peaks},
    },
};

/// A committed block.
#[derive(Clone, Debug)]
pub(crate) struct BlockRow {
    pub(crate) digest: Digest,
    pub(crate) header: Header,
    /// Of the history up to and with this block.
    pub(crate) peaks: Peaks,
    trust_version: Option<u64>,
    records_version: Option<u64>,
}

impl BlockRow {
    /// The row that committing `block` writes.
    pub(crate) fn of(block: &Pending) -> Self {
        Self {
            digest: block.digest,
            header: block.header,
            peaks: block.peaks.clone(),
            trust_version: block.trust.at.version,
            records_version: block.record_tree.at.version,
        }
    }

    pub(crate) fn tree(&self, tree: Tree) -> TreeRef {
        match tree {
            Tree::Trust => TreeRef { version: self.trust_version, root: self.header.trust_root },
            Tree::Records => TreeRef { version: self.records_version, root: self.header.records_root },
        }
    }
}

const BLOCK: &str = "SELECT digest, header, peaks, trust_version, records_version FROM block";

impl Store {
    /// The genesis digest of the network that the file belongs to; none in a new file.
    pub(crate) fn network(&self) -> Result<Option<Digest>, StoreError> {
        let mut statement = self.connection().prepare_cached("SELECT genesis FROM network")?;
        Ok(statement.query_row([], |row| row.get(0)).optional()?)
    }

    pub(crate) fn block(&self, height: u64) -> Result<Option<BlockRow>, StoreError> {
        let mut statement = self.connection().prepare_cached(&format!("{BLOCK} WHERE height = ?1"))?;
        statement.query_row([sql(height)?], |row| Ok(block_row(row))).optional()?.transpose()
    }

    pub(crate) fn newest_block(&self) -> Result<Option<BlockRow>, StoreError> {
        let mut statement =
            self.connection().prepare_cached(&format!("{BLOCK} ORDER BY height DESC LIMIT 1"))?;
        statement.query_row([], |row| Ok(block_row(row))).optional()?.transpose()
    }

    pub(crate) fn height_of(&self, digest: &Digest) -> Result<Option<u64>, StoreError> {
        let mut statement = self.connection().prepare_cached("SELECT height FROM block WHERE digest = ?1")?;
        statement.query_row([digest], |row| row.get(0)).optional()?.map(unsql).transpose()
    }

    /// Digests of the committed headers from `first` on, at most `count`.
    pub(crate) fn digests(&self, first: u64, count: u64) -> Result<Vec<Digest>, StoreError> {
        let mut statement = self
            .connection()
            .prepare_cached("SELECT digest FROM block WHERE height >= ?1 ORDER BY height LIMIT ?2")?;
        let rows = statement.query_map([sql(first)?, sql(count)?], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The path of the header at `position` in the history of the first `count` headers; none when that
    /// history is not committed yet.
    pub(crate) fn history_path(&self, count: u64, position: u64) -> Result<Option<Path>, StoreError> {
        let mut statement = self
            .connection()
            .prepare_cached("SELECT hash FROM history WHERE level = ?1 AND position = ?2")?;
        let mut failed = None;
        let path = Path::build(count, position, |level, position| {
            let position = i64::try_from(position).ok()?;
            let row = statement.query_row((level, position), |row| row.get(0)).optional();
            row.unwrap_or_else(|error| {
                failed = Some(error);
                None
            })
        });
        failed.map_or(Ok(path), |error| Err(error.into()))
    }

    /// The bytes of a block's transactions, each behind its length.
    pub(crate) fn body(&self, height: u64) -> Result<Option<Vec<u8>>, StoreError> {
        let mut statement =
            self.connection().prepare_cached("SELECT transactions FROM body WHERE height = ?1")?;
        Ok(statement.query_row([sql(height)?], |row| row.get(0)).optional()?)
    }

    /// The height of the block that includes the transaction.
    pub(crate) fn included(&self, transaction: &Digest) -> Result<Option<u64>, StoreError> {
        let mut statement =
            self.connection().prepare_cached("SELECT height FROM included WHERE digest = ?1")?;
        statement.query_row([transaction], |row| row.get(0)).optional()?.map(unsql).transpose()
    }

    pub(crate) fn certificate(&self, height: u64) -> Result<Option<SignedHeader>, StoreError> {
        self.signed_header("WHERE height = ?1", &[sql(height)?])
    }

    pub(crate) fn newest_certificate(&self) -> Result<Option<SignedHeader>, StoreError> {
        self.signed_header("ORDER BY height DESC LIMIT 1", &[])
    }

    pub(crate) fn anchor(&self, slot: u64) -> Result<Option<SignedHeader>, StoreError> {
        self.signed_header("WHERE slot <> 0 AND slot = ?1", &[sql(slot)?])
    }

    pub(crate) fn newest_anchor(&self) -> Result<Option<SignedHeader>, StoreError> {
        self.signed_header("WHERE slot <> 0 ORDER BY slot DESC LIMIT 1", &[])
    }

    fn signed_header(&self, which: &str, bind: &[i64]) -> Result<Option<SignedHeader>, StoreError> {
        let query = format!("SELECT signed_header FROM certificate {which}");
        let mut statement = self.connection().prepare_cached(&query)?;
        let bytes: Option<Vec<u8>> =
            statement.query_row(rusqlite::params_from_iter(bind), |row| row.get(0)).optional()?;
        bytes
            .map(|bytes| SignedHeader::from_bytes(&bytes).map_err(|_| StoreError::Corrupt("a certificate")))
            .transpose()
    }
}

pub(crate) fn write_network(connection: &Connection, genesis: &Digest) -> Result<(), StoreError> {
    connection.execute("INSERT INTO network (genesis) VALUES (?1)", [genesis])?;
    Ok(())
}

/// Writes all of a block: its records, what it adds to both trees, its header and transactions.
pub(crate) fn write_block(connection: &Connection, block: &Pending) -> Result<(), StoreError> {
    records::write(connection, &block.records)?;
    block.trust.store(connection, Tree::Trust)?;
    block.record_tree.store(connection, Tree::Records)?;
    let version = |tree: &tree::TreeDelta| tree.at.version.map(sql).transpose();
    connection
        .prepare_cached(
            "INSERT INTO block (height, digest, header, peaks, trust_version, records_version)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute((
            sql(block.header.height)?,
            block.digest,
            block.header.to_bytes(),
            block.peaks.to_bytes(),
            version(&block.trust)?,
            version(&block.record_tree)?,
        ))?;
    connection
        .prepare_cached("INSERT INTO body (height, transactions) VALUES (?1, ?2)")?
        .execute((sql(block.header.height)?, &block.body))?;
    let mut insert =
        connection.prepare_cached("INSERT INTO history (level, position, hash) VALUES (?1, ?2, ?3)")?;
    for node in &block.history {
        insert.execute((node.level, sql(node.index)?, node.hash))?;
    }
    let mut insert = connection.prepare_cached("INSERT INTO included (digest, height) VALUES (?1, ?2)")?;
    for transaction in &block.transactions {
        insert.execute((transaction, sql(block.header.height)?))?;
    }
    Ok(())
}

/// Stores the certificate of a committed header. Another certificate of the same header may replace
/// it: which validators signed differs from node to node.
pub(crate) fn write_certificate(
    connection: &Connection,
    height: u64,
    slot: u64,
    signed_header: &SignedHeader,
) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "INSERT INTO certificate (height, slot, signed_header) VALUES (?1, ?2, ?3)
             ON CONFLICT (height) DO NOTHING",
        )?
        .execute((sql(height)?, sql(slot)?, signed_header.to_bytes()))?;
    Ok(())
}

fn block_row(row: &Row<'_>) -> Result<BlockRow, StoreError> {
    let (header, peaks): (Vec<u8>, Vec<u8>) = (row.get(1)?, row.get(2)?);
    Ok(BlockRow {
        digest: row.get(0)?,
        header: Header::from_bytes(&header).map_err(|_| StoreError::Corrupt("a header"))?,
        peaks: Peaks::from_bytes(&peaks).map_err(|_| StoreError::Corrupt("the history's peaks"))?,
        trust_version: tree::version_column(row.get(3)?)?,
        records_version: tree::version_column(row.get(4)?)?,
    })
}
