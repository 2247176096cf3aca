//! What every store must do; each implementation runs it.

use super::{Change, RowKey, Store, Table};

fn put(table: Table, key: u8, value: &[u8]) -> Change {
    Change::Put(table, [key; 32], value.to_vec())
}

fn row(key: u8, value: &[u8]) -> (RowKey, Vec<u8>) {
    ([key; 32], value.to_vec())
}

pub(crate) fn gives_back_what_was_put(store: &dyn Store) {
    assert_eq!(store.read(Table::Copy, &[1; 32]).unwrap(), None);
    store.apply(&[put(Table::Copy, 1, b"one")]).unwrap();
    assert_eq!(store.read(Table::Copy, &[1; 32]).unwrap(), Some(b"one".to_vec()));
    assert_eq!(store.read(Table::Staple, &[1; 32]).unwrap(), None);
    store.apply(&[put(Table::Copy, 1, b"")]).unwrap();
    assert_eq!(store.read(Table::Copy, &[1; 32]).unwrap(), Some(Vec::new()));
}

pub(crate) fn lists_a_table_ordered_by_key(store: &dyn Store) {
    store
        .apply(&[put(Table::History, 3, b"c"), put(Table::History, 1, b"a"), put(Table::Key, 2, b"other")])
        .unwrap();
    assert_eq!(store.rows(Table::History).unwrap(), [row(1, b"a"), row(3, b"c")]);
    assert_eq!(store.rows(Table::Credential).unwrap(), []);
}

pub(crate) fn applies_changes_in_order(store: &dyn Store) {
    store
        .apply(&[
            put(Table::Copy, 1, b"old"),
            Change::Clear(Table::Copy),
            put(Table::Copy, 2, b"kept"),
            put(Table::Copy, 3, b"gone"),
            Change::Remove(Table::Copy, [3; 32]),
            Change::Remove(Table::Copy, [4; 32]),
            put(Table::Copy, 2, b"replaced"),
        ])
        .unwrap();
    assert_eq!(store.rows(Table::Copy).unwrap(), [row(2, b"replaced")]);
}

pub(crate) fn clears_one_table_alone(store: &dyn Store) {
    store.apply(&[put(Table::Copy, 1, b"copy"), put(Table::History, 1, b"line")]).unwrap();
    store.apply(&[Change::Clear(Table::History)]).unwrap();
    assert_eq!(store.rows(Table::History).unwrap(), []);
    assert_eq!(store.rows(Table::Copy).unwrap(), [row(1, b"copy")]);
}

pub(crate) fn serves_several_threads(store: &dyn Store) {
    std::thread::scope(|scope| {
        for thread in 0..4u8 {
            scope.spawn(move || {
                for i in 0..16u8 {
                    store.apply(&[put(Table::Staple, thread * 16 + i, &[i])]).unwrap();
                }
            });
        }
    });
    assert_eq!(store.rows(Table::Staple).unwrap().len(), 64);
}

/// Makes a test of each point of the suite. `$make` gives, by the test's name, a store and whatever must
/// outlive it.
macro_rules! store_suite {
    ($make:expr) => {
        $crate::wallet::store::suite::store_suite!(@each $make,
            gives_back_what_was_put lists_a_table_ordered_by_key applies_changes_in_order
            clears_one_table_alone serves_several_threads);
    };
    (@each $make:expr, $($name:ident)*) => {
        $(#[test]
        fn $name() {
            let (store, _guard) = ($make)(stringify!($name));
            $crate::wallet::store::suite::$name(&store);
        })*
    };
}
pub(crate) use store_suite;
