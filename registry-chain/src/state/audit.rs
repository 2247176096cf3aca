//! Audit: whether everything that is derived is what its sources say.

use super::{
    cascade, grant,
    reader::Reader,
    view::{View, decode, record_key, state_key},
};
use crate::store::{Layers, StoreError, prove};
use yufu_core::{
    did::yufu::IssuerId,
    registry::{Grant, RecordKey},
};

/// Records are walked in pages of so many.
const PAGE: usize = 1024;

/// What an audit looked at, and found in order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AuditReport {
    /// Records that stand in their tree as they stand in the table.
    pub records: u64,
    /// Grants that are the function of their sources.
    pub grants: u64,
    /// Grants that are not yet, because a cascade waits.
    pub queued: u64,
}

/// What contradicts its sources.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mismatch {
    /// The record's value in the tree is another than in the table.
    Tree(RecordKey),
    /// The grant is not the function of its sources, and no cascade that would change it waits.
    Grant(RecordKey),
    /// The status list has no grant.
    NoGrant {
        /// Whose.
        issuer: IssuerId,
        /// Which list.
        list: u32,
    },
    /// There is a grant for a list that does not exist, or that it does not belong to.
    StrayGrant(RecordKey),
}

/// Why the state does not pass.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// Something contradicts its sources.
    #[error("the state contradicts itself: {0:?}")]
    Mismatch(Mismatch),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Mismatch> for AuditError {
    fn from(mismatch: Mismatch) -> Self {
        Self::Mismatch(mismatch)
    }
}

impl Reader {
    /// Walks the whole committed state: each record stands in its tree, each list has its grant, and
    /// each grant is the function of its sources, or queued.
    ///
    /// # Errors
    /// [`AuditError::Mismatch`] with the first contradiction; [`AuditError::Store`] when the database
    /// fails.
    pub fn audit(&self) -> Result<AuditReport, AuditError> {
        let layers = Layers::committed(self.store());
        let tip = self.store().newest_block()?.ok_or(StoreError::Corrupt("no genesis"))?;
        let view = View::new(&layers, tip.header.network, tip.header.time_ms, self.policy()?);
        let unfinished = cascade::unfinished(&view)?;
        let mut report = AuditReport::default();
        let mut after: Option<Vec<u8>> = None;
        loop {
            let keys = layers.keys(&[], after.as_deref(), PAGE)?;
            for bytes in &keys {
                let key = record_key(bytes)?;
                let value = layers.read(bytes)?.ok_or(StoreError::Corrupt("a record is missing"))?;
                let (in_tree, _) = prove(&layers, key.tree(), tip.tree(key.tree()), &key.hash())?
                    .ok_or(StoreError::Corrupt("the newest tree is missing"))?;
                if in_tree.as_ref() != Some(&value) {
                    return Err(Mismatch::Tree(key).into());
                }
                report.records += 1;
                match &key {
                    RecordKey::Grant { issuer, list, .. } => {
                        let stored: Grant = decode(&value)?;
                        match grant::derive(&view, *issuer, *list)? {
                            Some((own, derived)) if own == key && derived == stored => report.grants += 1,
                            Some((own, _)) if own == key => {
                                let waits = unfinished.iter().any(|(scope, done)| {
                                    scope.covers(&key, &stored) && done.as_deref() < Some(bytes.as_slice())
                                });
                                if !waits {
                                    return Err(Mismatch::Grant(key).into());
                                }
                                report.queued += 1;
                            }
                            _ => return Err(Mismatch::StrayGrant(key).into()),
                        }
                    }
                    RecordKey::StatusList { issuer, list } => {
                        let (issuer, list) = (*issuer, *list);
                        let own = grant::derive(&view, issuer, list)?.map(|(key, _)| state_key(&key));
                        let stands = own.map(|key| layers.read(&key)).transpose()?.flatten();
                        if stands.is_none() {
                            return Err(Mismatch::NoGrant { issuer, list }.into());
                        }
                    }
                    _ => {}
                }
            }
            match keys.last() {
                Some(last) if keys.len() == PAGE => after = Some(last.clone()),
                _ => return Ok(report),
            }
        }
    }
}
