//! Executing transactions, one module for each kind of thing that they change.
//!
//! Every function here first checks against the state and only then writes, and what it writes is
//! forgotten when it refuses.

mod accreditation;
mod did;
mod governance;
mod key;
mod list;
mod registration;
mod validators;

use super::{
    check::CheckedTransaction,
    view::{Failure, MAX_LEAVES, View},
};
use yufu_core::{
    did::yufu::IssuerId,
    registry::{AccreditationTerms, DidRecord, Operation, RecordKey, RejectReason, Transaction, Usage},
};

pub(super) use did::inception;

/// How far ahead a transaction's expiry may lie: a signed transaction is not to surface years later.
pub(super) const MAX_LIFETIME_MS: u64 = 7 * 24 * 3_600_000;

/// Who acts: the DID whose key the signature verified under.
struct Author {
    id: IssuerId,
    did: DidRecord,
}

/// Executes a transaction, wholly or not at all.
pub(super) fn execute(view: &mut View<'_>, checked: &CheckedTransaction<'_>) -> Result<(), Failure> {
    let result = apply(view, checked);
    if result.is_ok() {
        view.accept();
    } else {
        view.discard();
    }
    result
}

fn apply(view: &mut View<'_>, checked: &CheckedTransaction<'_>) -> Result<(), Failure> {
    let transaction = checked.transaction();
    check_expiry(view, transaction)?;
    if let Operation::RegisterDid { .. } = transaction.operation {
        did::register(view, checked)?;
    } else {
        let author = authenticate(view, checked)?;
        dispatch(view, author, &transaction.operation)?;
    }
    // What a transaction may touch is bounded by the kind of its operation, and cascades by their own
    // limit, so this refuses nothing; it holds the rule where a new operation would break it.
    if view.leaves() > MAX_LEAVES { Err(RejectReason::TooLarge.into()) } else { Ok(()) }
}

fn check_expiry(view: &View<'_>, transaction: &Transaction) -> Result<(), RejectReason> {
    if transaction.expires_at_ms <= view.now_ms {
        return Err(RejectReason::Expired);
    }
    if transaction.expires_at_ms - view.now_ms > MAX_LIFETIME_MS {
        return Err(RejectReason::ExpiryTooFar);
    }
    Ok(())
}

/// Finds out whether the key that signed may speak for the author, and charges the author.
fn authenticate(view: &mut View<'_>, checked: &CheckedTransaction<'_>) -> Result<Author, Failure> {
    let transaction = checked.transaction();
    let id = transaction.author;
    let mut did: DidRecord = view.read(&RecordKey::Did { issuer: id })?.ok_or(RejectReason::UnknownAuthor)?;
    if did.deactivated_at_ms.is_some() {
        return Err(RejectReason::Deactivated.into());
    }
    let key = checked.signed().key();
    let may_sign = match &transaction.operation {
        // The next key, committed to before anyone saw it, is what a thief of the control key lacks.
        Operation::RotateControl { new_key, .. } => key == new_key && key.thumbprint() == did.next_key,
        Operation::CancelKey { .. } | Operation::VetoRecovery { .. } => key.thumbprint() == did.next_key,
        _ => *key == did.control_key,
    };
    if !may_sign {
        return Err(RejectReason::WrongKey.into());
    }
    if transaction.nonce != did.nonce {
        return Err(RejectReason::WrongNonce.into());
    }
    charge(view, &mut did.usage, checked.size())?;
    did.nonce += 1;
    view.write(&RecordKey::Did { issuer: id }, &did);
    Ok(Author { id, did })
}

/// Counts the transaction against the author's quota of this slot.
fn charge(view: &View<'_>, usage: &mut Usage, size: u32) -> Result<(), RejectReason> {
    let slot = view.slot();
    if usage.slot != slot {
        *usage = Usage { slot, transactions: 0, bytes: 0 };
    }
    usage.transactions = usage.transactions.saturating_add(1);
    usage.bytes = usage.bytes.saturating_add(size);
    let quotas = &view.policy.quotas;
    if usage.transactions > quotas.did_transactions || usage.bytes > quotas.did_bytes {
        return Err(RejectReason::QuotaExceeded);
    }
    Ok(())
}

fn dispatch(view: &mut View<'_>, author: Author, operation: &Operation) -> Result<(), Failure> {
    match operation {
        // Registration has no author yet and does not come here.
        Operation::RegisterDid { .. } => Err(RejectReason::AlreadyExists.into()),
        Operation::UpdateDid { also_known_as, services } => {
            did::update(view, author, also_known_as, services);
            Ok(())
        }
        Operation::RotateControl { new_key, next_key } => did::rotate(view, author, new_key, next_key),
        Operation::DeactivateDid => did::deactivate(view, author),
        Operation::AddKey { key, purpose, valid_from, valid_to } => {
            key::add(view, &author, key, *purpose, *valid_from, *valid_to)
        }
        Operation::CancelKey { thumbprint } => key::cancel(view, &author, thumbprint),
        Operation::RevokeKey { thumbprint, reason, compromised_since } => {
            key::revoke(view, &author, thumbprint, *reason, *compromised_since)
        }
        Operation::Accredit { issuer, vct, name_zh, name_en, valid_from, valid_to, max_open_lists } => {
            require_sole_authority(view, &author)?;
            let terms = AccreditationTerms {
                issuer: *issuer,
                vct: vct.clone(),
                name_zh: name_zh.clone(),
                name_en: name_en.clone(),
                valid_from: *valid_from,
                valid_to: *valid_to,
                max_open_lists: *max_open_lists,
            };
            accreditation::accredit(view, author.id, &terms)
        }
        // One authority is enough to stop an agency; going on takes the quorum.
        Operation::SuspendAccreditation { issuer, vct } => {
            require_authority(view, &author)?;
            accreditation::suspend(view, *issuer, vct)
        }
        Operation::ReinstateAccreditation { issuer, vct } => {
            require_sole_authority(view, &author)?;
            accreditation::reinstate(view, *issuer, vct)
        }
        Operation::WithdrawAccreditation { issuer, vct } => {
            require_sole_authority(view, &author)?;
            accreditation::withdraw(view, *issuer, vct)
        }
        Operation::RegisterType { .. } => registration::credential_type(view, &author, operation),
        Operation::OpenList { .. } => list::open(view, &author, operation),
        Operation::PublishStatus { .. } => list::publish(view, &author, operation),
        Operation::RegisterRelyingParty { .. } => registration::relying_party(view, &author, operation),
        Operation::AppendEntry { stream, seq, digest } => {
            registration::entry(view, &author, stream, *seq, digest)
        }
        Operation::Propose { act, expires_at_ms } => governance::propose(view, &author, act, *expires_at_ms),
        Operation::Vote { proposal, approve } => governance::vote(view, &author, *proposal, *approve),
        Operation::Execute { proposal } => governance::execute(view, &author, *proposal),
        Operation::VetoRecovery { proposal } => governance::veto(view, &author, *proposal),
    }
}

/// What one authority may do by itself only where the rules ask for no second one.
fn require_sole_authority(view: &View<'_>, author: &Author) -> Result<(), RejectReason> {
    require_authority(view, author)?;
    if view.policy.authority_quorum == 1 { Ok(()) } else { Err(RejectReason::QuorumNeeded) }
}

/// Acts of governance are the authorities'.
fn require_authority(view: &View<'_>, author: &Author) -> Result<(), RejectReason> {
    if view.policy.authorities.contains(&author.id) { Ok(()) } else { Err(RejectReason::NotAuthorized) }
}
