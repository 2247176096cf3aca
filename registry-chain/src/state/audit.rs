//! Audit: whether everything that is derived is what its sources say.

use super::{
    cascade::{self, Unfinished},
    grant,
    reader::Reader,
    view::{View, decode, record_key},
};
use crate::store::{BlockRow, Layers, StateKey, StoreError, prove};
use yufu_core::{
    did::yufu::IssuerId,
    registry::{Grant, RecordKey},
};

/// Records are walked in pages of so many.
const PAGE: usize = 1024;

/// What an audit looked at, and found in order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AuditReport {
    /// Records that are proven under the newest header's roots.
    pub records: u64,
    /// Grants that are the function of their sources.
    pub grants: u64,
    /// Grants that are not yet, because a cascade waits.
    pub queued: u64,
}

/// What contradicts its sources.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mismatch {
    /// The record is not what the newest header's root says.
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
    /// Walks the whole committed state: each record is proven under the newest header's roots, each
    /// list has its grant, and each grant is the function of its sources, or queued.
    ///
    /// # Errors
    /// [`AuditError::Mismatch`] with the first contradiction; [`AuditError::Store`] when the database
    /// fails.
    pub fn audit(&self) -> Result<AuditReport, AuditError> {
        let _snapshot = self.store().snapshot()?;
        let layers = Layers::committed(self.store());
        let tip = self.store().newest_block()?.ok_or(StoreError::Corrupt("no genesis"))?;
        let view =
            View::new(&layers, tip.header.network, tip.header.height, tip.header.time_ms, self.policy()?);
        let unfinished = cascade::unfinished(&view)?;
        let audit = Audit { layers: &layers, view: &view, tip: &tip, unfinished };
        let mut report = AuditReport::default();
        let mut after: Option<StateKey> = None;
        loop {
            let keys = layers.keys(&[], after.as_deref(), PAGE)?;
            for key in &keys {
                audit.record(key, &mut report)?;
            }
            match keys.last() {
                Some(last) if keys.len() == PAGE => after = Some(last.clone()),
                _ => return Ok(report),
            }
        }
    }
}

struct Audit<'a> {
    layers: &'a Layers<'a>,
    view: &'a View<'a>,
    tip: &'a BlockRow,
    unfinished: Vec<Unfinished>,
}

impl Audit<'_> {
    fn record(&self, bytes: &StateKey, report: &mut AuditReport) -> Result<(), AuditError> {
        let key = record_key(bytes)?;
        let value = self.layers.read(bytes)?.ok_or(StoreError::Corrupt("a record is missing"))?;
        let at = self.tip.tree(key.tree());
        let proven = prove(self.layers, key.tree(), at, &key.hash())?
            .ok_or(StoreError::Corrupt("the newest tree is missing"))?;
        if proven.proof.verify(&at.root, &key.hash(), Some(&value)).is_err() {
            return Err(Mismatch::Tree(key).into());
        }
        report.records += 1;
        match key {
            RecordKey::Grant { issuer, list, .. } => {
                let stored: Grant = decode(&value)?;
                self.grant(bytes, &key, issuer, list, &stored, report)
            }
            RecordKey::StatusList { issuer, list } => self.has_grant(issuer, list),
            _ => Ok(()),
        }
    }

    fn grant(
        &self,
        bytes: &StateKey,
        key: &RecordKey,
        issuer: IssuerId,
        list: u32,
        stored: &Grant,
        report: &mut AuditReport,
    ) -> Result<(), AuditError> {
        let derived = match grant::derive(self.view, issuer, list)? {
            Some((own, derived)) if own == *key => derived,
            _ => return Err(Mismatch::StrayGrant(key.clone()).into()),
        };
        if derived == *stored {
            report.grants += 1;
            return Ok(());
        }
        let waits = self
            .unfinished
            .iter()
            .any(|cascade| cascade.scope.covers(key, stored) && cascade.done.as_ref() < Some(bytes));
        if !waits {
            return Err(Mismatch::Grant(key.clone()).into());
        }
        report.queued += 1;
        Ok(())
    }

    fn has_grant(&self, issuer: IssuerId, list: u32) -> Result<(), AuditError> {
        let stands = match grant::derive(self.view, issuer, list)? {
            Some((own, _)) => self.view.exists(&own)?,
            None => false,
        };
        if stands { Ok(()) } else { Err(Mismatch::NoGrant { issuer, list }.into()) }
    }
}

#[cfg(test)]
pub(super) mod tests;
