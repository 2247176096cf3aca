//! The state machine: what a block of transactions does to the two trees.
//!
//! A transaction is checked three times over: by itself ([`check_stateless`]), against the state, and
//! by executing it; the third leaves nothing behind when it fails. Whoever may do something is always
//! decided by the key that the signature verified under. Execution is deterministic: it reads the
//! parent's state, the block's time and the transactions, in their order, and nothing else.
//!
//! ```text
//! execute(parent, time, transactions) ──► pending overlay, header ──► commit: one SQLite transaction
//!                      │                        ▲
//!                      └── drain cascades, then each transaction: check, execute, or leave out
//! ```
//!
//! A *grant* leaf is a function of its sources: DID, key, accreditation, type and status list. Whatever
//! changes a source rewrites the grants that depend on it in the same transaction, or, when they are
//! more than a transaction may write, queues a *cascade* that later blocks drain before anything else.

mod audit;
mod cascade;
mod chain;
mod check;
mod execute;
mod grant;
mod names;
mod operation;
mod reader;
mod rules;
mod view;

pub use crate::store::{CopyError, Proven, StoreError};
pub use audit::{AuditError, AuditReport, Mismatch};
pub use cascade::{Cascade, CascadeQueue, CascadeScope};
pub use chain::{Chain, CheckError, CommitError};
pub use check::{CheckedTransaction, check_stateless};
pub use execute::{BlockInputs, ExecuteError, Executed, OnFailure, epoch_of, slot_of};
pub use reader::Reader;
pub use rules::NEWEST_RULES;
