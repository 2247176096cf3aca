//! The registry as a phone or a counter sees it: records, transactions, and a light client that takes
//! no gateway's word for anything. It stands on SHA-256 and `blst` alone; the engine is not linked.
//!
//! A client is given a [`NetworkKey`]. From a [`SignedHeader`] it learns, by the header's
//! [`Certificate`], the roots of the two trees; from a [`CompactProof`] that a record stands in one of
//! them, or that none does. A [`Staple`] is all of that for one credential, small enough to show.

mod body;
mod certificate;
mod checkpoint;
pub mod client;
mod codec;
mod conflict;
mod describe;
mod governance;
mod handover;
mod handover_file;
mod header;
pub mod history;
mod light_client;
mod listing;
mod network_key;
mod proof;
pub mod record;
mod record_key;
mod reject;
mod staple;
#[cfg(any(test, feature = "test-network"))]
pub mod test_network;
mod transaction;
mod validators;

pub use body::{MAX_BLOCK_BYTES, MAX_BODY_TRANSACTIONS, body_digest, body_digest_of, read_block};
pub use certificate::{
    BlsMultisig, Certificate, CertificateError, Finalization, finalize_message, namespace,
};
pub use checkpoint::{Checkpoint, VerifiedHeader};
pub use codec::Malformed;
pub use conflict::{Conflict, MAX_EVIDENCE};
pub use describe::describe;
pub use governance::{AccreditationTerms, GovernanceAct, Proposal, ProposalState, Proposals};
pub use handover::{Handover, MAX_HANDOVER, OVERLAP_MS};
pub use handover_file::{Followed, HandoverFile, HandoverFileError, MAX_HANDOVER_FILE};
pub use header::{FoldedHeader, Header, HeaderRest, MAX_SIGNED_HEADER, SignedHeader};
pub use light_client::{CLOCK_TOLERANCE_MS, LightClient, LightClientError, TRUST_PERIOD_MS};
pub use listing::{Listed, Listing, ListingError, MAX_LISTING};
pub use network_key::{NetworkKey, NetworkKeyError};
pub use proof::{CompactProof, JmtNode, MAX_PROOF, PLACEHOLDER, ProofError, tree_root};
pub use record::{
    Accreditation, Compromise, DidRecord, EntryRecord, Grant, GrantRevocation, IssuedRecord, KeyPurpose,
    KeyRecord, KeyRevocation, LegalName, MAX_RECORD, NextRules, Origin, Policy, Quotas, Record, RecordError,
    Registrations, RelyingParty, RelyingPurpose, RevocationReason, Rules, Service, StatusEncoding,
    StatusListRecord, TypeRecord, Usage, Validators,
};
pub use record_key::{MAX_NAME, RecordKey, RecordKeyError, Tree};
pub use reject::{RejectReason, UnknownReason};
pub use staple::{Finding, MAX_STAPLE, Staple, StapleError, StapleQuery, StapleReport, StapledFinding};
pub use transaction::{MAX_TRANSACTION, Operation, SignedTransaction, Transaction, TransactionError};
pub use validators::{
    MAX_VALIDATORS, Validator, ValidatorSet, ValidatorSetError, pop_message, pop_namespace,
};

#[cfg(test)]
mod tests;
