//! Transactions on their way: what waits, what unfinished blocks include of it, and what was refused.

use crate::{
    block::{Block, MAX_BODY_BYTES, MAX_BODY_TRANSACTIONS},
    mempool::{Mempool, MempoolLimits},
    state::{Chain, CheckError, StoreError},
};
use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use tracing::warn;
use yufu_core::{
    crypto::Digest,
    registry::{Quotas, RejectReason, SignedTransaction},
};

/// Refusals that are remembered, so that a client can ask why.
const REMEMBERED_REFUSALS: usize = 4096;

/// Transactions on their way.
pub(super) struct Waiting {
    pub(super) mempool: Mempool,
    /// Blocks that were executed and are not final, with what they include.
    blocks: HashMap<Digest, Unfinished>,
    /// Refused on a branch that is not final yet: judged again when the next block is.
    pub(super) suspects: BTreeSet<Digest>,
    pub(super) refusals: Refusals,
}

struct Unfinished {
    parent: Digest,
    height: u64,
    transactions: Vec<Digest>,
}

/// The newest refusals.
#[derive(Default)]
pub(super) struct Refusals {
    reasons: HashMap<Digest, RejectReason>,
    order: VecDeque<Digest>,
}

impl Waiting {
    pub(super) fn new(limits: MempoolLimits) -> Self {
        Self {
            mempool: Mempool::new(limits),
            blocks: HashMap::new(),
            suspects: BTreeSet::new(),
            refusals: Refusals::default(),
        }
    }

    pub(super) fn remember(&mut self, block: &Block) {
        let header = block.header();
        let transactions = block.transactions().iter().map(SignedTransaction::digest).collect();
        let unfinished = Unfinished { parent: header.parent, height: header.height, transactions };
        self.blocks.insert(block.id(), unfinished);
    }

    /// What the branch that ends in `parent` includes and is not final.
    fn included(&self, parent: &Digest) -> HashSet<Digest> {
        let mut included = HashSet::new();
        let mut next = self.blocks.get(parent);
        while let Some(block) = next {
            included.extend(block.transactions.iter().copied());
            next = self.blocks.get(&block.parent);
        }
        included
    }

    pub(super) fn has_work_after(&self, parent: &Digest) -> bool {
        if self.mempool.is_empty() {
            return false;
        }
        let included = self.included(parent);
        self.mempool.iter().any(|(digest, _)| !included.contains(digest) && !self.suspects.contains(digest))
    }

    /// What may go into a block on `parent`, oldest first: no more than the quotas let in, and than a
    /// block can hold, which the policy may exceed.
    pub(super) fn candidates(&self, parent: &Digest, quotas: &Quotas) -> Vec<SignedTransaction> {
        let included = self.included(parent);
        let limit = |quota: u32, most: usize| usize::try_from(quota).map_or(most, |quota| quota.min(most));
        self.mempool.select(
            limit(quotas.block_transactions, MAX_BODY_TRANSACTIONS),
            limit(quotas.block_bytes, MAX_BODY_BYTES),
            |digest| included.contains(digest) || self.suspects.contains(digest),
        )
    }

    /// Forgets what a final block settles, and judges again what was refused before it. Tells when the
    /// settled ones came.
    pub(super) fn settle(
        &mut self,
        chain: &Chain,
        block: &Block,
        now_ms: u64,
    ) -> Result<Vec<u64>, StoreError> {
        let mut taken_ms = Vec::new();
        self.blocks.retain(|_, unfinished| unfinished.height > block.header().height);
        for transaction in block.transactions() {
            let digest = transaction.digest();
            taken_ms.extend(self.mempool.remove(&digest));
            self.suspects.remove(&digest);
        }
        for digest in std::mem::take(&mut self.suspects) {
            let Some(transaction) = self.mempool.get(&digest) else { continue };
            let (author, nonce) = (transaction.transaction().author, transaction.transaction().nonce);
            let mut before = self.mempool.of(&author);
            before.retain(|other| other.transaction().nonce < nonce);
            match chain.check_after(&before, transaction, now_ms) {
                Ok(()) => {}
                Err(CheckError::Rejected(reason)) => {
                    warn!(%reason, "a waiting transaction is refused");
                    self.mempool.remove(&digest);
                    self.refusals.remember(digest, reason);
                }
                Err(CheckError::Store(error)) => return Err(error),
            }
        }
        Ok(taken_ms)
    }
}

impl Refusals {
    pub(super) fn of(&self, digest: &Digest) -> Option<RejectReason> {
        self.reasons.get(digest).copied()
    }

    fn remember(&mut self, digest: Digest, reason: RejectReason) {
        if self.reasons.insert(digest, reason).is_none() {
            self.order.push_back(digest);
        }
        if self.order.len() > REMEMBERED_REFUSALS
            && let Some(oldest) = self.order.pop_front()
        {
            self.reasons.remove(&oldest);
        }
    }

    pub(super) fn forget(&mut self, digest: &Digest) {
        if self.reasons.remove(digest).is_some() {
            self.order.retain(|other| other != digest);
        }
    }
}
