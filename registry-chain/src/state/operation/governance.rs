//! Governance by quorum: proposals, votes, waits, vetoes.

use super::{Author, accreditation, did, require_authority, validators};
use crate::state::view::{Failure, View};
use yufu_core::{
    did::yufu::IssuerId,
    registry::{
        DidRecord, GovernanceAct, Policy, Proposal, ProposalState, Proposals, Record as _, RecordKey,
        RejectReason,
    },
};

/// How far ahead a proposal's end may lie: 30 days.
const MAX_OPEN_MS: u64 = 30 * 24 * 3_600_000;
/// The least that the rules must leave in a block, so that the rules themselves can be changed again.
const MIN_BLOCK_TRANSACTIONS: u32 = 8;
/// As bytes.
const MIN_BLOCK_BYTES: u32 = 64 << 10;
/// The least that a DID must be allowed in a slot: the largest transaction.
const MIN_DID_BYTES: u32 = 16 << 10;

/// Proposes an act; who proposes it votes for it.
pub(super) fn propose(
    view: &mut View<'_>,
    author: &Author,
    act: &GovernanceAct,
    expires_at_ms: u64,
) -> Result<(), Failure> {
    require_authority(view, author)?;
    if expires_at_ms <= view.now_ms || expires_at_ms - view.now_ms > MAX_OPEN_MS {
        return Err(RejectReason::BadInterval.into());
    }
    let mut proposals: Proposals = view.read(&RecordKey::Proposals)?.unwrap_or_default();
    let seq = proposals.next;
    proposals.next += 1;
    view.write(&RecordKey::Proposals, &proposals);
    let proposal = Proposal {
        act: act.clone(),
        proposer: author.id,
        proposed_at_ms: view.now_ms,
        expires_at_ms,
        approvals: vec![author.id],
        rejections: Vec::new(),
        state: ProposalState::Open,
    };
    count(view, seq, proposal)
}

/// Votes on an open proposal, once.
pub(super) fn vote(view: &mut View<'_>, author: &Author, seq: u64, approve: bool) -> Result<(), Failure> {
    require_authority(view, author)?;
    let mut proposal = standing(view, seq)?;
    if proposal.state != ProposalState::Open {
        return Err(RejectReason::ProposalClosed.into());
    }
    if proposal.approvals.contains(&author.id) || proposal.rejections.contains(&author.id) {
        return Err(RejectReason::AlreadyVoted.into());
    }
    let votes = if approve { &mut proposal.approvals } else { &mut proposal.rejections };
    let place = votes.partition_point(|id| *id < author.id);
    votes.insert(place, author.id);
    count(view, seq, proposal)
}

/// Carries out what has passed and waited.
pub(super) fn execute(view: &mut View<'_>, author: &Author, seq: u64) -> Result<(), Failure> {
    require_authority(view, author)?;
    let proposal = standing(view, seq)?;
    match proposal.state {
        ProposalState::Passed { from_ms } if view.now_ms < from_ms => Err(RejectReason::Timelocked.into()),
        ProposalState::Passed { .. } => carry_out(view, seq, proposal),
        ProposalState::Open => Err(RejectReason::ProposalNotPassed.into()),
        _ => Err(RejectReason::ProposalClosed.into()),
    }
}

/// Stops the recovery of the author's DID: the committed next key, which signed, is not lost.
pub(super) fn veto(view: &mut View<'_>, author: &Author, seq: u64) -> Result<(), Failure> {
    let mut proposal = standing(view, seq)?;
    match &proposal.act {
        GovernanceAct::RecoverDid { issuer, .. } if *issuer == author.id => {}
        _ => return Err(RejectReason::NotAuthorized.into()),
    }
    if !matches!(proposal.state, ProposalState::Open | ProposalState::Passed { .. }) {
        return Err(RejectReason::ProposalClosed.into());
    }
    proposal.state = ProposalState::Vetoed { at_ms: view.now_ms };
    view.write(&RecordKey::Proposal { seq }, &proposal);
    Ok(())
}

/// A proposal whose time is not over.
fn standing(view: &View<'_>, seq: u64) -> Result<Proposal, Failure> {
    let proposal: Proposal = view.read(&RecordKey::Proposal { seq })?.ok_or(RejectReason::UnknownProposal)?;
    if view.now_ms >= proposal.expires_at_ms {
        return Err(RejectReason::ProposalClosed.into());
    }
    Ok(proposal)
}

/// Counts the votes of those who are authorities now, and does what follows.
fn count(view: &mut View<'_>, seq: u64, mut proposal: Proposal) -> Result<(), Failure> {
    let authorities = &view.policy.authorities;
    let counted = |votes: &[IssuerId]| votes.iter().filter(|id| authorities.contains(id)).count();
    let quorum = usize::from(view.policy.authority_quorum);
    if counted(&proposal.approvals) >= quorum {
        if !proposal.act.waits() || view.policy.timelock_ms == 0 {
            return carry_out(view, seq, proposal);
        }
        let from_ms = view.now_ms.saturating_add(view.policy.timelock_ms);
        // It must be possible to carry it out when its wait is over.
        if from_ms >= proposal.expires_at_ms {
            return Err(RejectReason::BadInterval.into());
        }
        proposal.state = ProposalState::Passed { from_ms };
    } else if authorities.len() - counted(&proposal.rejections) < quorum {
        proposal.state = ProposalState::Rejected { at_ms: view.now_ms };
    }
    view.write(&RecordKey::Proposal { seq }, &proposal);
    Ok(())
}

/// Does what was decided. What cannot be done is refused with its own reason, and the vote or the order
/// that would have done it is not recorded: it can be tried again.
fn carry_out(view: &mut View<'_>, seq: u64, mut proposal: Proposal) -> Result<(), Failure> {
    let by = proposal.proposer;
    match &proposal.act {
        GovernanceAct::Accredit(terms) => accreditation::accredit(view, by, terms)?,
        GovernanceAct::SuspendAccreditation { issuer, vct } => accreditation::suspend(view, *issuer, vct)?,
        // The wait was the proposal's.
        GovernanceAct::ReinstateAccreditation { issuer, vct } => {
            accreditation::end_suspension(view, *issuer, vct)?;
        }
        GovernanceAct::WithdrawAccreditation { issuer, vct } => accreditation::withdraw(view, *issuer, vct)?,
        GovernanceAct::ChangePolicy { policy } => change_policy(view, policy)?,
        GovernanceAct::RecoverDid { issuer, control_key, next_key } => {
            did::recover(view, *issuer, control_key, next_key)?;
        }
        GovernanceAct::PutValidator { validator, endpoint } => validators::put(view, validator, endpoint)?,
        GovernanceAct::RemoveValidator { identity } => validators::remove(view, identity)?,
    }
    proposal.state = ProposalState::Executed { at_ms: view.now_ms };
    view.write(&RecordKey::Proposal { seq }, &proposal);
    Ok(())
}

/// Replaces the rules from the next block on.
fn change_policy(view: &mut View<'_>, policy: &Policy) -> Result<(), Failure> {
    let known = &view.policy;
    let counts_alike = policy.network == known.network
        && policy.slot_ms == known.slot_ms
        && policy.epoch_length == known.epoch_length;
    let leaves_room = policy.quotas.block_transactions >= MIN_BLOCK_TRANSACTIONS
        && policy.quotas.block_bytes >= MIN_BLOCK_BYTES
        && policy.quotas.did_transactions > 0
        && policy.quotas.did_bytes >= MIN_DID_BYTES
        && policy.timelock_ms < MAX_OPEN_MS;
    // The version is what it is; what follows is one more, and lies ahead.
    let rules_follow = policy.rules.version == view.rules()
        && policy.rules.next.is_none_or(|next| next.from_height > view.height);
    let in_order = policy.authorities.is_sorted_by(|a, b| a < b);
    if !policy.is_consistent() || !counts_alike || !leaves_room || !rules_follow || !in_order {
        return Err(RejectReason::BadPolicy.into());
    }
    for authority in &policy.authorities {
        let did: Option<DidRecord> = view.read(&RecordKey::Did { issuer: *authority })?;
        match did {
            None => return Err(RejectReason::UnknownDid.into()),
            Some(did) if did.deactivated_at_ms.is_some() => return Err(RejectReason::Deactivated.into()),
            Some(_) => {}
        }
    }
    view.write(&RecordKey::Policy, policy);
    Ok(())
}
