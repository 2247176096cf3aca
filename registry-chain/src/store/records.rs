//! The newest value of each record.

use super::{Layers, StoreError};
use rusqlite::{Connection, OptionalExtension};
use std::collections::{BTreeMap, BTreeSet};

/// The bytes of a record's key: borsh, so that keys of one kind that share their first fields share
/// a prefix.
pub(crate) type StateKey = Vec<u8>;

pub(super) fn read(connection: &Connection, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT value FROM record WHERE key = ?1")?;
    Ok(statement.query_row([key], |row| row.get(0)).optional()?)
}

/// Keys that start with `prefix` and come after `after`, in order, at most `limit`.
fn keys(
    connection: &Connection,
    prefix: &[u8],
    after: Option<&[u8]>,
    limit: usize,
) -> Result<BTreeSet<StateKey>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT key FROM record WHERE key >= ?1 ORDER BY key")?;
    let mut rows = statement.query([after.unwrap_or(prefix)])?;
    let mut found = BTreeSet::new();
    while let Some(row) = rows.next()? {
        let key: StateKey = row.get(0)?;
        if !key.starts_with(prefix) || found.len() == limit {
            break;
        }
        if after != Some(key.as_slice()) {
            found.insert(key);
        }
    }
    Ok(found)
}

pub(crate) fn write(connection: &Connection, writes: &BTreeMap<StateKey, Vec<u8>>) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO record (key, value) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET value = excluded.value",
    )?;
    for (key, value) in writes {
        statement.execute([key, value])?;
    }
    Ok(())
}

impl Layers<'_> {
    /// The record's newest value on this branch.
    pub(crate) fn read(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        match self.pending().find_map(|block| block.records.get(key)) {
            Some(value) => Ok(Some(value.clone())),
            None => read(self.connection(), key),
        }
    }

    /// Keys of this branch that start with `prefix` and come after `after`, in order, at most `limit`.
    pub(crate) fn keys(
        &self,
        prefix: &[u8],
        after: Option<&[u8]>,
        limit: usize,
    ) -> Result<BTreeSet<StateKey>, StoreError> {
        let mut found = keys(self.connection(), prefix, after, limit)?;
        for block in self.pending() {
            let start = after.unwrap_or(prefix).to_vec();
            let written = block.records.range(start..).take_while(|(key, _)| key.starts_with(prefix));
            found.extend(
                written.map(|(key, _)| key.clone()).filter(|key| after != Some(key.as_slice())).take(limit),
            );
        }
        // No record is ever deleted, so the first of the union are the first of the branch.
        while found.len() > limit {
            found.pop_last();
        }
        Ok(found)
    }
}
