//! Executing a block.

use super::{
    cascade,
    check::{CheckedTransaction, check_stateless},
    operation,
    view::{Failure, View, decode, record_key, state_key},
};
use crate::store::{Layers, Pending, StateKey, StoreError, TreeDelta, TreeRef, write_tree};
use std::collections::{BTreeMap, BTreeSet};
use yufu_core::{
    crypto::Digest,
    registry::{
        Header, Policy, RecordKey, RejectReason, SignedTransaction, Tree, Validators, body_digest_of,
        history::Peaks,
    },
};

/// What a proposer chooses beside the transactions. All else in a header follows from the parent, so
/// whoever checks a proposal compares the whole header with the one that was proposed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockInputs {
    /// The block's time, later than the parent's.
    pub time_ms: u64,
}

/// What becomes of a transaction that fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnFailure {
    /// It is left out of the block: for proposers.
    LeaveOut,
    /// The block is invalid: for everybody else.
    Refuse,
}

/// An executed block. It is kept as pending until it or another of its height is committed.
#[derive(Clone, Debug)]
pub struct Executed {
    /// The block's header.
    pub header: Header,
    /// Its digest, by which it is committed.
    pub digest: Digest,
    /// Positions, in what was given, of the transactions that are in the block.
    pub included: Vec<usize>,
    /// Transactions that are not, with why. Those that only found no room have reason `busy`.
    pub refused: Vec<(Digest, RejectReason)>,
}

/// Why a block could not be executed.
#[derive(Debug, thiserror::Error)]
pub enum ExecuteError {
    /// The parent is neither the newest committed block nor a pending one.
    #[error("the parent is not known")]
    UnknownParent,
    /// The block's time is not after the parent's.
    #[error("the block's time is not after its parent's")]
    TimeNotAfterParent,
    /// The network has agreed on rules for this height that this program does not know. Nothing is wrong
    /// with the block.
    #[error(
        "block {height} follows version {version} of the rules; this program knows up to {known}: upgrade it, and start it again"
    )]
    UnknownRules {
        /// Of the block.
        height: u64,
        /// That it follows.
        version: u16,
        /// The newest one known here.
        known: u16,
    },
    /// More transactions or bytes than the policy allows in a block.
    #[error("the block is larger than the policy allows")]
    TooLarge,
    /// A transaction of a block that others proposed fails.
    #[error("transaction {index} of the block is refused: {reason}")]
    Refused {
        /// Its position in the block.
        index: usize,
        /// Why.
        reason: RejectReason,
    },
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The epoch of a height.
#[must_use]
pub fn epoch_of(height: u64, policy: &Policy) -> u64 {
    height / policy.epoch_length
}

/// The slot that a block anchors: that of its time, if it is the first block in it, else 0.
#[must_use]
pub fn slot_of(time_ms: u64, parent: &Header, policy: &Policy) -> u64 {
    let slot = time_ms / policy.slot_ms;
    // Genesis carries no certificate, so it anchors nothing, and the first block always does.
    if parent.height > 0 && parent.time_ms / policy.slot_ms == slot { 0 } else { slot }
}

/// The block below the one that is executed.
pub(super) struct Parent {
    pub(super) header: Header,
    pub(super) digest: Digest,
    pub(super) peaks: Peaks,
    pub(super) trust: TreeRef,
    pub(super) records: TreeRef,
}

/// The rules that the next block obeys.
pub(super) fn policy(layers: &Layers<'_>) -> Result<Policy, StoreError> {
    let policy = layers.read(&state_key(&RecordKey::Policy))?;
    policy.map_or(Err(StoreError::Corrupt("no policy")), |bytes| decode(&bytes))
}

/// Executes a block on top of `parent`, of which `layers` is the state.
pub(super) fn execute(
    layers: &Layers<'_>,
    parent: &Parent,
    inputs: BlockInputs,
    transactions: &[SignedTransaction],
    on_failure: OnFailure,
    newest_rules: u16,
) -> Result<(Pending, Executed), ExecuteError> {
    if inputs.time_ms <= parent.header.time_ms {
        return Err(ExecuteError::TimeNotAfterParent);
    }
    let network = parent.header.network;
    let policy = policy(layers)?;
    let (height, epoch) = (parent.header.height + 1, epoch_of(parent.header.height + 1, &policy));
    let version = policy.rules.at(height);
    if version > newest_rules {
        return Err(ExecuteError::UnknownRules { height, version, known: newest_rules });
    }
    let mut view = View::new(layers, network, height, inputs.time_ms, policy.clone());
    let epoch_begins = epoch != parent.header.epoch;
    let next_set = if epoch_begins { freeze_next_set(&mut view, epoch)? } else { parent.header.next_set };
    cascade::drain(&mut view)?;

    let mut room = Room::new(&policy);
    let mut block = Body::default();
    for (index, signed) in transactions.iter().enumerate() {
        match include(&mut view, &mut room, signed) {
            Ok(checked) => {
                block.included.push(index);
                block.digests.insert(checked.digest());
                block.bytes_digests.push(checked.bytes_digest());
                crate::block::write_transaction(&mut block.bytes, signed);
            }
            Err(Failure::Store(error)) => return Err(error.into()),
            Err(Failure::Rejected(reason)) if on_failure == OnFailure::LeaveOut => {
                block.refused.push((signed.digest(), reason));
            }
            Err(Failure::Rejected(RejectReason::Busy)) => return Err(ExecuteError::TooLarge),
            Err(Failure::Rejected(reason)) => return Err(ExecuteError::Refused { index, reason }),
        }
    }

    let records = view.into_writes();
    let (trust, record_tree) = write_trees(layers, &records, parent.trust, parent.records)?;
    let header = Header {
        network,
        height,
        parent: parent.digest,
        time_ms: inputs.time_ms,
        slot: slot_of(inputs.time_ms, &parent.header, &policy),
        epoch,
        // An epoch's last height hands over to the set that its first height froze.
        set: if epoch_begins { parent.header.next_set } else { parent.header.set },
        next_set,
        history: parent.peaks.root(),
        trust_root: trust.at.root,
        records_root: record_tree.at.root,
        body: body_digest_of(&block.bytes_digests),
    };
    let digest = header.digest();
    let mut peaks = parent.peaks.clone();
    let history = peaks.append(&digest);
    let (transactions, body) = (block.digests, block.bytes);
    let pending = Pending { digest, header, peaks, history, records, trust, record_tree, transactions, body };
    Ok((pending, Executed { header, digest, included: block.included, refused: block.refused }))
}

/// What goes into the body of a block.
#[derive(Default)]
struct Body {
    included: Vec<usize>,
    refused: Vec<(Digest, RejectReason)>,
    digests: BTreeSet<Digest>,
    bytes_digests: Vec<Digest>,
    bytes: Vec<u8>,
}

/// What the policy still allows in the block.
struct Room {
    transactions: u32,
    bytes: u32,
}

impl Room {
    fn new(policy: &Policy) -> Self {
        Self { transactions: policy.quotas.block_transactions, bytes: policy.quotas.block_bytes }
    }
}

/// Checks and executes one transaction, if there is room for it.
fn include<'a>(
    view: &mut View<'_>,
    room: &mut Room,
    signed: &'a SignedTransaction,
) -> Result<CheckedTransaction<'a>, Failure> {
    let checked = check_stateless(signed, &view.network)?;
    let transactions = room.transactions.checked_sub(1).ok_or(RejectReason::Busy)?;
    let bytes = room.bytes.checked_sub(checked.size()).ok_or(RejectReason::Busy)?;
    operation::execute(view, &checked)?;
    *room = Room { transactions, bytes };
    Ok(checked)
}

/// Writes the set of the epoch after `epoch`, which from now on does not change, and returns its hash.
fn freeze_next_set(view: &mut View<'_>, epoch: u64) -> Result<Digest, StoreError> {
    let decided: Option<Validators> = view.read(&RecordKey::DecidedValidators)?;
    let next = match decided {
        Some(decided) => decided,
        None => view
            .read(&RecordKey::Validators { epoch })?
            .ok_or(StoreError::Corrupt("an epoch without validators"))?,
    };
    view.write(&RecordKey::Validators { epoch: epoch + 1 }, &next);
    view.accept();
    Ok(next.set.hash())
}

/// Puts records into the tree that each belongs to.
pub(super) fn write_trees(
    layers: &Layers<'_>,
    records: &BTreeMap<StateKey, Vec<u8>>,
    trust: TreeRef,
    record_tree: TreeRef,
) -> Result<(TreeDelta, TreeDelta), StoreError> {
    let (mut in_trust, mut in_records) = (BTreeMap::new(), BTreeMap::new());
    for (key, value) in records {
        let key = record_key(key)?;
        let writes = match key.tree() {
            Tree::Trust => &mut in_trust,
            Tree::Records => &mut in_records,
        };
        writes.insert(key.hash(), value.clone());
    }
    Ok((
        write_tree(layers, Tree::Trust, trust, in_trust)?,
        write_tree(layers, Tree::Records, record_tree, in_records)?,
    ))
}
