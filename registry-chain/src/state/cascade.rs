//! Cascades: when a source changes, every grant that depends on it is written anew.
//!
//! A transaction rewrites at most 256 leaves. What it may not finish itself waits in a queue in the
//! state, and later blocks drain it in order, a bounded number a block, before user transactions.
//! A publication that comes in between derives its grant from the sources as they are, so draining
//! late never undoes anything.

use super::{
    grant,
    view::{View, state_key},
};
use crate::store::{StateKey, StoreError};
use borsh::{BorshDeserialize, BorshSerialize};
use yufu_core::{
    crypto::Digest,
    did::yufu::IssuerId,
    registry::{Grant, Record, RecordKey},
};

/// Grants that a transaction rewrites itself; its own records come on top.
pub(super) const INLINE: usize = 240;

/// Grants that a block looks at while it drains the queue.
pub(super) const PER_BLOCK: usize = 1024;

/// `gov/cascade`: the queue of cascades that are not finished, `first` up to but not with `next`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, BorshSerialize, BorshDeserialize)]
pub struct CascadeQueue {
    /// The oldest that is not finished.
    pub first: u64,
    /// The number of the next one.
    pub next: u64,
}

/// `gov/cascade/<seq>`: grants that are to be written anew.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Cascade {
    /// Which.
    pub scope: CascadeScope,
    /// The last grant that was, in the order of the keys' bytes.
    pub after: Option<RecordKey>,
}

/// The grants that depend on a source.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum CascadeScope {
    /// All of an issuer.
    Issuer {
        /// Whose.
        issuer: IssuerId,
    },
    /// All under an accreditation.
    Accreditation {
        /// Whose.
        issuer: IssuerId,
        /// For which type.
        vct: String,
    },
    /// All of a key.
    Key {
        /// Whose.
        issuer: IssuerId,
        /// Which.
        thumbprint: Digest,
    },
}

impl Record for CascadeQueue {
    fn is_consistent(&self) -> bool {
        self.first <= self.next
    }
}

impl Record for Cascade {}

impl CascadeScope {
    /// What the keys of all grants in question start with.
    fn prefix(&self) -> Vec<u8> {
        match self {
            Self::Issuer { issuer } | Self::Key { issuer, .. } => {
                let mut key = grant_key(*issuer, String::new());
                // The empty type's length.
                key.truncate(key.len() - size_of::<u32>());
                key
            }
            Self::Accreditation { issuer, vct } => grant_key(*issuer, vct.clone()),
        }
    }

    /// Whether a grant depends on the source.
    pub(super) fn covers(&self, key: &RecordKey, grant: &Grant) -> bool {
        let RecordKey::Grant { issuer: whose, vct: what, .. } = key else { return false };
        match self {
            Self::Issuer { issuer } => issuer == whose,
            Self::Accreditation { issuer, vct } => issuer == whose && vct == what,
            Self::Key { issuer, thumbprint } => issuer == whose && *thumbprint == grant.key,
        }
    }
}

/// The bytes of a grant's key up to the list.
fn grant_key(issuer: IssuerId, vct: String) -> Vec<u8> {
    let mut key = state_key(&RecordKey::Grant { issuer, vct, list: 0 });
    key.truncate(key.len() - size_of::<u32>());
    key
}

/// Rewrites the grants in `scope`, now when they are few, else by the queue.
pub(super) fn start(view: &mut View<'_>, scope: CascadeScope) -> Result<(), StoreError> {
    let keys = view.keys(&scope.prefix(), None, INLINE + 1)?;
    if keys.len() <= INLINE {
        return rewrite(view, &scope, &keys);
    }
    let mut queue: CascadeQueue = view.read(&RecordKey::CascadeQueue)?.unwrap_or_default();
    view.write(&RecordKey::PendingCascade { seq: queue.next }, &Cascade { scope, after: None });
    queue.next += 1;
    view.write(&RecordKey::CascadeQueue, &queue);
    Ok(())
}

/// Works on the queue as much as a block may.
pub(super) fn drain(view: &mut View<'_>) -> Result<(), StoreError> {
    let mut queue: CascadeQueue = view.read(&RecordKey::CascadeQueue)?.unwrap_or_default();
    let mut budget = PER_BLOCK;
    while queue.first < queue.next && budget > 0 {
        let place = RecordKey::PendingCascade { seq: queue.first };
        let mut cascade: Cascade = view.read(&place)?.ok_or(StoreError::Corrupt("a cascade is missing"))?;
        let after = cascade.after.as_ref().map(state_key);
        let keys = view.keys(&cascade.scope.prefix(), after.as_deref(), budget)?;
        rewrite(view, &cascade.scope, &keys)?;
        if keys.len() < budget {
            queue.first += 1;
            view.write(&RecordKey::CascadeQueue, &queue);
        }
        if let Some(last) = keys.last() {
            cascade.after = Some(last.clone());
            view.write(&place, &cascade);
        }
        budget -= keys.len();
    }
    view.accept();
    Ok(())
}

/// A cascade that waits.
pub(super) struct Unfinished {
    pub(super) scope: CascadeScope,
    /// The key of the last grant that is done.
    pub(super) done: Option<StateKey>,
}

/// The cascades that wait.
pub(super) fn unfinished(view: &View<'_>) -> Result<Vec<Unfinished>, StoreError> {
    let queue: CascadeQueue = view.read(&RecordKey::CascadeQueue)?.unwrap_or_default();
    let cascades = (queue.first..queue.next).map(|seq| {
        let cascade: Cascade = view
            .read(&RecordKey::PendingCascade { seq })?
            .ok_or(StoreError::Corrupt("a cascade is missing"))?;
        Ok(Unfinished { done: cascade.after.as_ref().map(state_key), scope: cascade.scope })
    });
    cascades.collect()
}

fn rewrite(view: &mut View<'_>, scope: &CascadeScope, keys: &[RecordKey]) -> Result<(), StoreError> {
    for key in keys {
        let RecordKey::Grant { issuer, list, .. } = key else { continue };
        let stored: Grant = view.read(key)?.ok_or(StoreError::Corrupt("a grant is missing"))?;
        if scope.covers(key, &stored) {
            grant::rewrite(view, *issuer, *list)?;
        }
    }
    Ok(())
}
