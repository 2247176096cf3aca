//! Transactions that wait for a block: bounded in number and bytes, and per author, in the order of
//! their arrival.

use std::collections::{BTreeMap, HashMap};
use yufu_core::{
    crypto::Digest,
    did::yufu::IssuerId,
    registry::{RejectReason, SignedTransaction},
};

/// How much may wait.
#[derive(Clone, Copy, Debug)]
pub struct MempoolLimits {
    /// Transactions in all.
    pub transactions: usize,
    /// Bytes in all.
    pub bytes: usize,
    /// Transactions of one author.
    pub per_author: usize,
}

impl Default for MempoolLimits {
    fn default() -> Self {
        Self { transactions: 20_000, bytes: 16 << 20, per_author: 64 }
    }
}

struct Waiting {
    transaction: SignedTransaction,
    digest: Digest,
    bytes: usize,
    taken_ms: u64,
}

/// What waits.
pub(crate) struct Mempool {
    limits: MempoolLimits,
    next: u64,
    bytes: usize,
    queue: BTreeMap<u64, Waiting>,
    places: HashMap<Digest, u64>,
    /// The nonces that each author has waiting.
    nonces: HashMap<IssuerId, BTreeMap<u64, Digest>>,
}

impl Mempool {
    pub(crate) fn new(limits: MempoolLimits) -> Self {
        Self {
            limits,
            next: 0,
            bytes: 0,
            queue: BTreeMap::new(),
            places: HashMap::new(),
            nonces: HashMap::new(),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.queue.len()
    }

    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    pub(crate) fn contains(&self, digest: &Digest) -> bool {
        self.places.contains_key(digest)
    }

    pub(crate) fn get(&self, digest: &Digest) -> Option<&SignedTransaction> {
        let place = self.places.get(digest)?;
        self.queue.get(place).map(|waiting| &waiting.transaction)
    }

    /// What waits of this author, in the order of nonces.
    pub(crate) fn of(&self, author: &IssuerId) -> Vec<&SignedTransaction> {
        let nonces = self.nonces.get(author).into_iter().flat_map(BTreeMap::values);
        nonces.filter_map(|digest| self.get(digest)).collect()
    }

    /// Puts a checked transaction at the end; `now_ms` is when.
    ///
    /// # Errors
    /// [`RejectReason::Busy`] when there is no room, [`RejectReason::WrongNonce`] when another of the
    /// author's with that nonce waits.
    pub(crate) fn push(&mut self, transaction: SignedTransaction, now_ms: u64) -> Result<(), RejectReason> {
        let digest = transaction.digest();
        if self.contains(&digest) {
            return Ok(());
        }
        let bytes = transaction.to_bytes().len();
        if self.queue.len() >= self.limits.transactions || self.bytes + bytes > self.limits.bytes {
            return Err(RejectReason::Busy);
        }
        let (author, nonce) = (transaction.transaction().author, transaction.transaction().nonce);
        let waiting = self.nonces.entry(author).or_default();
        if waiting.contains_key(&nonce) {
            return Err(RejectReason::WrongNonce);
        }
        if waiting.len() >= self.limits.per_author {
            return Err(RejectReason::Busy);
        }
        waiting.insert(nonce, digest);
        self.places.insert(digest, self.next);
        self.queue.insert(self.next, Waiting { transaction, digest, bytes, taken_ms: now_ms });
        self.next += 1;
        self.bytes += bytes;
        Ok(())
    }

    /// The transactions for the next block, oldest first, within these limits, but for those that
    /// `skip` names.
    pub(crate) fn select(
        &self,
        transactions: usize,
        bytes: usize,
        skip: impl Fn(&Digest) -> bool,
    ) -> Vec<SignedTransaction> {
        let mut left = bytes;
        let mut selected = Vec::new();
        for waiting in self.queue.values().filter(|waiting| !skip(&waiting.digest)) {
            if selected.len() == transactions || waiting.bytes > left {
                break;
            }
            left -= waiting.bytes;
            selected.push(waiting.transaction.clone());
        }
        selected
    }

    /// Takes one out, and tells when it came.
    pub(crate) fn remove(&mut self, digest: &Digest) -> Option<u64> {
        let place = self.places.remove(digest)?;
        let waiting = self.queue.remove(&place)?;
        self.bytes -= waiting.bytes;
        let (author, nonce) =
            (waiting.transaction.transaction().author, waiting.transaction.transaction().nonce);
        if let Some(nonces) = self.nonces.get_mut(&author) {
            nonces.remove(&nonce);
            if nonces.is_empty() {
                self.nonces.remove(&author);
            }
        }
        Some(waiting.taken_ms)
    }

    /// Those that came before a time, oldest first.
    pub(crate) fn older(&self, before_ms: u64) -> impl Iterator<Item = &SignedTransaction> {
        self.queue.values().take_while(move |waiting| waiting.taken_ms <= before_ms).map(|w| &w.transaction)
    }

    /// All that wait, oldest first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Digest, &SignedTransaction)> {
        self.queue.values().map(|waiting| (&waiting.digest, &waiting.transaction))
    }
}
