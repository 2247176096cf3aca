//! Blocks that were executed and are not final: kept in memory, each on top of its parent.

use super::{StateKey, Store, TreeDelta};
use rusqlite::Connection;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};
use yufu_core::{
    crypto::Digest,
    registry::{
        Header, Tree,
        history::{Node, Peaks},
    },
};

/// An executed block: everything that committing it writes.
#[derive(Debug)]
pub(crate) struct Pending {
    pub(crate) digest: Digest,
    pub(crate) header: Header,
    /// Of the history up to and with this block.
    pub(crate) peaks: Peaks,
    /// What appending this block's digest added to the history.
    pub(crate) history: Vec<Node>,
    pub(crate) records: BTreeMap<StateKey, Vec<u8>>,
    pub(crate) trust: TreeDelta,
    pub(crate) record_tree: TreeDelta,
    pub(crate) transactions: BTreeSet<Digest>,
    /// The transactions' bytes, each behind its length.
    pub(crate) body: Vec<u8>,
}

impl Pending {
    pub(crate) fn tree(&self, tree: Tree) -> &TreeDelta {
        match tree {
            Tree::Trust => &self.trust,
            Tree::Records => &self.record_tree,
        }
    }
}

/// The state as one block sees it: the committed file, and above it that block's ancestors which are
/// not yet final.
#[derive(Debug)]
pub(crate) struct Layers<'a> {
    store: &'a Store,
    /// Newest first.
    blocks: Vec<Arc<Pending>>,
}

impl<'a> Layers<'a> {
    pub(crate) fn new(store: &'a Store, blocks: Vec<Arc<Pending>>) -> Self {
        Self { store, blocks }
    }

    pub(crate) fn committed(store: &'a Store) -> Self {
        Self::new(store, Vec::new())
    }

    pub(super) fn connection(&self) -> &Connection {
        self.store.connection()
    }

    /// Newest first.
    pub(super) fn pending(&self) -> impl DoubleEndedIterator<Item = &Pending> {
        self.blocks.iter().map(|block| &**block)
    }
}
