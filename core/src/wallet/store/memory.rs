//! A store that forgets.

use super::{Change, RowKey, Store, StoreError, Table};
use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

/// A store in memory, for tests and for phones of the demo.
#[derive(Debug, Default)]
pub struct MemoryStore {
    rows: Mutex<BTreeMap<(Table, RowKey), Vec<u8>>>,
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl Store for MemoryStore {
    fn read(&self, table: Table, key: &RowKey) -> Result<Option<Vec<u8>>, StoreError> {
        let rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(rows.get(&(table, *key)).cloned())
    }

    fn rows(&self, table: Table) -> Result<Vec<(RowKey, Vec<u8>)>, StoreError> {
        let rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
        let range = rows.range((table, [0; 32])..=(table, [0xff; 32]));
        Ok(range.map(|((_, key), value)| (*key, value.clone())).collect())
    }

    fn apply(&self, changes: &[Change]) -> Result<(), StoreError> {
        let mut rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
        for change in changes {
            match change {
                Change::Put(table, key, value) => {
                    rows.insert((*table, *key), value.clone());
                }
                Change::Remove(table, key) => {
                    rows.remove(&(*table, *key));
                }
                Change::Clear(table) => rows.retain(|(t, _), _| t != table),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    crate::wallet::store::suite::store_suite!(|_name: &str| (MemoryStore::new(), ()));
}
