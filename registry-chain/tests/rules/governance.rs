//! Governance by several authorities: proposals, votes, waits, vetoes, and changed rules.

use crate::support::*;
use yufu_core::{
    crypto::Signer as _,
    registry::{
        Accreditation, AccreditationTerms, DidRecord, GovernanceAct, Operation, Policy, Proposal,
        ProposalState, Proposals, RecordKey, RejectReason,
    },
};

const HOUR_MS: u64 = 3_600_000;
const TIMELOCK_MS: u64 = 2 * HOUR_MS;

/// Three authorities, of whom two decide.
struct Council {
    network: Network,
    second: Actor,
    third: Actor,
}

impl Council {
    fn new() -> Self {
        let (second, third) = (Actor::new(40), Actor::new(42));
        let network = Network::founded_by(&[&second, &third], |policy| {
            policy.authority_quorum = 2;
            policy.timelock_ms = TIMELOCK_MS;
        });
        Self { network, second, third }
    }

    /// An agency with a DID.
    fn agency(&mut self, seed: u64) -> Actor {
        self.network.registered(seed)
    }

    fn propose(&mut self, act: GovernanceAct) -> Result<u64, RejectReason> {
        let next = self.network.record::<Proposals>(&RecordKey::Proposals).unwrap_or_default().next;
        let expires_at_ms = self.network.now_ms + 24 * HOUR_MS;
        self.network.govern(Operation::Propose { act, expires_at_ms }).map(|()| next)
    }

    fn second(&mut self, operation: Operation) -> Result<(), RejectReason> {
        self.network.act(&mut self.second, operation)
    }

    fn third(&mut self, operation: Operation) -> Result<(), RejectReason> {
        self.network.act(&mut self.third, operation)
    }

    fn proposal(&self, seq: u64) -> Proposal {
        self.network.record(&RecordKey::Proposal { seq }).unwrap()
    }

    fn accreditation(&self, agency: &Actor) -> Option<Accreditation> {
        self.network.record(&RecordKey::Accreditation { issuer: agency.id, vct: RESIDENT.into() })
    }

    /// Proposes and has the second authority agree.
    fn decide(&mut self, act: GovernanceAct) -> Result<u64, RejectReason> {
        let proposal = self.propose(act)?;
        self.second(vote(proposal, true)).map(|()| proposal)
    }
}

fn vote(proposal: u64, approve: bool) -> Operation {
    Operation::Vote { proposal, approve }
}

fn terms(agency: &Actor, seed: u64) -> AccreditationTerms {
    let Operation::Accredit { issuer, vct, name_zh, name_en, valid_from, valid_to, max_open_lists } =
        accredit(agency.id, RESIDENT, seed)
    else {
        unreachable!()
    };
    AccreditationTerms { issuer, vct, name_zh, name_en, valid_from, valid_to, max_open_lists }
}

fn accreditation_of(agency: &Actor, seed: u64) -> GovernanceAct {
    GovernanceAct::Accredit(terms(agency, seed))
}

#[test]
fn a_quorum_accredits_and_the_vote_that_completes_it_carries_it_out() {
    let mut council = Council::new();
    let agency = council.agency(3);
    let proposal = council.propose(accreditation_of(&agency, 3)).unwrap();
    assert_eq!(council.accreditation(&agency), None);
    assert_eq!(council.proposal(proposal).state, ProposalState::Open);

    council.second(vote(proposal, true)).unwrap();
    let accreditation = council.accreditation(&agency).unwrap();
    assert_eq!(accreditation.accreditor, council.network.authority.id);
    let at_ms = council.network.now_ms;
    assert_eq!(council.proposal(proposal).state, ProposalState::Executed { at_ms });
    assert_eq!(council.third(vote(proposal, true)), Err(RejectReason::ProposalClosed));
    council.network.chain.committed().audit().unwrap();
}

#[test]
fn one_authority_of_several_can_suspend_and_nothing_else() {
    let mut council = Council::new();
    let agency = council.agency(3);
    let alone = accredit(agency.id, RESIDENT, 3);
    assert_eq!(council.network.govern(alone), Err(RejectReason::QuorumNeeded));
    council.decide(accreditation_of(&agency, 3)).unwrap();

    council.third(suspend(agency.id)).unwrap();
    assert!(council.accreditation(&agency).unwrap().suspended_since.is_some());
    assert_eq!(council.third(reinstate(agency.id)), Err(RejectReason::QuorumNeeded));
    assert_eq!(council.third(withdraw(agency.id)), Err(RejectReason::QuorumNeeded));
}

#[test]
fn a_quorum_suspends_and_withdraws_at_once() {
    let mut council = Council::new();
    let agency = council.agency(3);
    council.decide(accreditation_of(&agency, 3)).unwrap();
    let (issuer, vct) = (agency.id, RESIDENT.to_owned());
    council.decide(GovernanceAct::SuspendAccreditation { issuer, vct: vct.clone() }).unwrap();
    assert!(council.accreditation(&agency).unwrap().suspended_since.is_some());
    council.decide(GovernanceAct::WithdrawAccreditation { issuer, vct }).unwrap();
    assert!(council.accreditation(&agency).unwrap().withdrawn_at.is_some());
}

#[test]
fn a_reinstatement_waits_the_timelock_and_is_carried_out_after_it() {
    let mut council = Council::new();
    let agency = council.agency(3);
    council.decide(accreditation_of(&agency, 3)).unwrap();
    council.third(suspend(agency.id)).unwrap();
    let act = GovernanceAct::ReinstateAccreditation { issuer: agency.id, vct: RESIDENT.into() };
    let proposal = council.decide(act).unwrap();
    let ProposalState::Passed { from_ms } = council.proposal(proposal).state else { panic!() };
    assert_eq!(from_ms, council.network.now_ms + TIMELOCK_MS);

    assert_eq!(council.third(Operation::Execute { proposal }), Err(RejectReason::Timelocked));
    council.network.pass(TIMELOCK_MS);
    council.third(Operation::Execute { proposal }).unwrap();
    assert_eq!(council.accreditation(&agency).unwrap().suspended_since, None);
    assert_eq!(council.third(Operation::Execute { proposal }), Err(RejectReason::ProposalClosed));
}

#[test]
fn refuses_to_execute_what_has_not_passed() {
    let mut council = Council::new();
    let agency = council.agency(3);
    let proposal = council.propose(accreditation_of(&agency, 3)).unwrap();
    assert_eq!(council.third(Operation::Execute { proposal }), Err(RejectReason::ProposalNotPassed));
    assert_eq!(council.third(Operation::Execute { proposal: 9 }), Err(RejectReason::UnknownProposal));
}

#[test]
fn refuses_proposals_votes_and_orders_of_others_than_authorities() {
    let mut council = Council::new();
    let mut agency = council.agency(3);
    let proposal = council.propose(accreditation_of(&agency, 3)).unwrap();
    let expires_at_ms = council.network.now_ms + HOUR_MS;
    for operation in [
        Operation::Propose { act: accreditation_of(&agency, 3), expires_at_ms },
        vote(proposal, true),
        Operation::Execute { proposal },
    ] {
        assert_eq!(council.network.act(&mut agency, operation), Err(RejectReason::NotAuthorized));
    }
}

#[test]
fn refuses_a_second_vote_whatever_it_says() {
    let mut council = Council::new();
    let agency = council.agency(3);
    let proposal = council.propose(accreditation_of(&agency, 3)).unwrap();
    for approve in [true, false] {
        assert_eq!(council.network.govern(vote(proposal, approve)), Err(RejectReason::AlreadyVoted));
    }
}

#[test]
fn a_proposal_is_rejected_once_no_quorum_is_left() {
    let mut council = Council::new();
    let agency = council.agency(3);
    let proposal = council.propose(accreditation_of(&agency, 3)).unwrap();
    council.second(vote(proposal, false)).unwrap();
    assert_eq!(council.proposal(proposal).state, ProposalState::Open);
    council.third(vote(proposal, false)).unwrap();
    let at_ms = council.network.now_ms;
    assert_eq!(council.proposal(proposal).state, ProposalState::Rejected { at_ms });
    assert_eq!(council.accreditation(&agency), None);
}

#[test]
fn an_expired_proposal_takes_no_vote() {
    let mut council = Council::new();
    let agency = council.agency(3);
    let proposal = council.propose(accreditation_of(&agency, 3)).unwrap();
    council.network.pass(24 * HOUR_MS);
    assert_eq!(council.second(vote(proposal, true)), Err(RejectReason::ProposalClosed));
}

#[test]
fn refuses_an_end_that_is_over_or_too_far_or_before_the_wait_is_over() {
    let mut council = Council::new();
    let agency = council.agency(3);
    let now_ms = council.network.now_ms;
    for expires_at_ms in [now_ms, now_ms + 31 * 24 * HOUR_MS] {
        let act = accreditation_of(&agency, 3);
        let operation = Operation::Propose { act, expires_at_ms };
        assert_eq!(council.network.govern(operation), Err(RejectReason::BadInterval));
    }
    let policy = Policy { publication_ms: 20_000, ..policy_of(&council) };
    let act = GovernanceAct::ChangePolicy { policy };
    let expires_at_ms = now_ms + HOUR_MS;
    council.network.govern(Operation::Propose { act, expires_at_ms }).unwrap();
    assert_eq!(council.second(vote(0, true)), Err(RejectReason::BadInterval));
}

#[test]
fn what_cannot_be_carried_out_is_refused_with_its_own_reason_and_the_vote_is_not_counted() {
    let mut council = Council::new();
    let stranger = Actor::new(9);
    let proposal = council.propose(accreditation_of(&stranger, 9)).unwrap();
    assert_eq!(council.second(vote(proposal, true)), Err(RejectReason::UnknownDid));
    assert_eq!(council.proposal(proposal).approvals, [council.network.authority.id]);
    let mut stranger = stranger;
    let registration = stranger.register();
    council.network.act(&mut stranger, registration).unwrap();
    council.second(vote(proposal, true)).unwrap();
    assert!(council.accreditation(&stranger).is_some());
}

fn policy_of(council: &Council) -> Policy {
    council.network.record(&RecordKey::Policy).unwrap()
}

#[test]
fn a_change_of_the_rules_obeys_the_rules_that_it_replaces() {
    let mut council = Council::new();
    let policy = Policy { authority_quorum: 1, timelock_ms: 0, ..policy_of(&council) };
    let proposal = council.decide(GovernanceAct::ChangePolicy { policy: policy.clone() }).unwrap();
    assert_eq!(council.third(Operation::Execute { proposal }), Err(RejectReason::Timelocked));
    council.network.pass(TIMELOCK_MS);
    council.third(Operation::Execute { proposal }).unwrap();
    assert_eq!(policy_of(&council), policy);
    // One authority is enough from the next block on.
    let agency = council.agency(3);
    council.network.govern(accredit(agency.id, RESIDENT, 3)).unwrap();
    assert!(council.accreditation(&agency).is_some());
}

#[test]
fn votes_of_a_replaced_authority_no_longer_count() {
    let mut council = Council::new();
    let agency = council.agency(3);
    let without_second = |policy: &mut Policy, id| policy.authorities.retain(|known| *known != id);
    let proposal = council.propose(accreditation_of(&agency, 3)).unwrap();
    let mut policy = policy_of(&council);
    without_second(&mut policy, council.network.authority.id);
    let change = council.decide(GovernanceAct::ChangePolicy { policy }).unwrap();
    council.network.pass(TIMELOCK_MS);
    council.second(Operation::Execute { proposal: change }).unwrap();

    // The proposer is no authority now: two more votes are needed.
    council.second(vote(proposal, true)).unwrap();
    assert_eq!(council.accreditation(&agency), None);
    council.third(vote(proposal, true)).unwrap();
    assert!(council.accreditation(&agency).is_some());
}

#[test]
fn refuses_rules_that_contradict_themselves_or_change_what_clients_count_by() {
    let mut council = Council::new();
    let stranger = Actor::new(9).id;
    let known = policy_of(&council);
    type Change = fn(&mut Policy);
    let cases: [(Change, RejectReason); 9] = [
        (|p| p.network = "other".into(), RejectReason::BadPolicy),
        (|p| p.slot_ms += 1, RejectReason::BadPolicy),
        (|p| p.epoch_length += 1, RejectReason::BadPolicy),
        (|p| p.authority_quorum = 4, RejectReason::BadPolicy),
        (|p| p.authority_quorum = 0, RejectReason::BadPolicy),
        (|p| p.authorities.reverse(), RejectReason::BadPolicy),
        (|p| p.quotas.block_bytes = 1, RejectReason::BadPolicy),
        (|p| p.quotas.did_bytes = 1, RejectReason::BadPolicy),
        (|p| p.timelock_ms = 31 * 24 * HOUR_MS, RejectReason::BadPolicy),
    ];
    let mut rules: Vec<(Policy, RejectReason)> = cases
        .into_iter()
        .map(|(change, reason)| {
            let mut policy = known.clone();
            change(&mut policy);
            (policy, reason)
        })
        .collect();
    let mut unknown = known.clone();
    unknown.authorities.push(stranger);
    unknown.authorities.sort();
    rules.push((unknown, RejectReason::UnknownDid));
    for (policy, reason) in rules {
        let proposal = council.decide(GovernanceAct::ChangePolicy { policy }).unwrap();
        council.network.pass(TIMELOCK_MS);
        assert_eq!(council.third(Operation::Execute { proposal }), Err(reason));
        assert_eq!(policy_of(&council), known);
    }
}

/// A recovery of the agency's DID that has passed, with the keys that it brings.
fn recovery(council: &mut Council, agency: &Actor) -> (u64, Actor) {
    let rescued = Actor { id: agency.id, keys: Actor::new(77).keys, current: 0, nonce: agency.nonce };
    let act = GovernanceAct::RecoverDid {
        issuer: agency.id,
        control_key: rescued.control().verifying_key().clone(),
        next_key: rescued.next().verifying_key().thumbprint(),
    };
    (council.decide(act).unwrap(), rescued)
}

#[test]
fn a_did_whose_keys_are_lost_is_recovered_after_the_wait() {
    let mut council = Council::new();
    let mut agency = council.agency(3);
    let (proposal, mut rescued) = recovery(&mut council, &agency);
    council.network.pass(TIMELOCK_MS);
    council.third(Operation::Execute { proposal }).unwrap();
    let update = || Operation::UpdateDid { also_known_as: vec![], services: vec![] };
    assert_eq!(council.network.act(&mut agency, update()), Err(RejectReason::WrongKey));
    council.network.act(&mut rescued, update()).unwrap();
    let did: DidRecord = council.network.record(&RecordKey::Did { issuer: agency.id }).unwrap();
    assert_eq!(did.version, 2);
}

#[test]
fn the_committed_next_key_vetoes_a_recovery_and_nobody_else_does() {
    let mut council = Council::new();
    let (mut agency, mut other) = (council.agency(3), council.agency(5));
    let (proposal, _) = recovery(&mut council, &agency);
    let veto = || Operation::VetoRecovery { proposal };
    assert_eq!(council.network.act(&mut agency, veto()), Err(RejectReason::WrongKey));
    assert_eq!(council.network.act_by_next(&mut other, veto()), Err(RejectReason::NotAuthorized));
    council.network.act_by_next(&mut agency, veto()).unwrap();
    council.network.pass(TIMELOCK_MS);
    assert_eq!(council.third(Operation::Execute { proposal }), Err(RejectReason::ProposalClosed));
    assert_eq!(council.network.act_by_next(&mut agency, veto()), Err(RejectReason::ProposalClosed));
    let update = Operation::UpdateDid { also_known_as: vec![], services: vec![] };
    council.network.act(&mut agency, update).unwrap();
}

#[test]
fn an_accreditation_cannot_be_vetoed() {
    let mut council = Council::new();
    let mut agency = council.agency(3);
    let proposal = council.propose(accreditation_of(&agency, 3)).unwrap();
    let veto = Operation::VetoRecovery { proposal };
    assert_eq!(council.network.act_by_next(&mut agency, veto), Err(RejectReason::NotAuthorized));
}

#[test]
fn refuses_a_recovery_with_keys_that_sign_credentials_or_are_alike() {
    let mut council = Council::new();
    let mut agency = council.agency(3);
    let key = credential_key(3);
    council.network.act(&mut agency, add_key(&key)).unwrap();
    let fresh = Actor::new(77);
    let (credential, control) = (key.verifying_key().clone(), fresh.control().verifying_key().clone());
    let next = fresh.next().verifying_key().thumbprint();
    for (control_key, next_key) in [
        (credential.clone(), next),
        (control.clone(), credential.thumbprint()),
        (control.clone(), control.thumbprint()),
    ] {
        let act = GovernanceAct::RecoverDid { issuer: agency.id, control_key, next_key };
        let proposal = council.decide(act).unwrap();
        council.network.pass(TIMELOCK_MS);
        assert_eq!(council.third(Operation::Execute { proposal }), Err(RejectReason::KeyInUse));
    }
}

#[test]
fn a_sole_authority_decides_by_proposing() {
    let mut network = Network::new();
    let agency = network.registered(3);
    let act = GovernanceAct::Accredit(terms(&agency, 3));
    let expires_at_ms = network.now_ms + HOUR_MS;
    network.govern(Operation::Propose { act, expires_at_ms }).unwrap();
    let key = RecordKey::Accreditation { issuer: agency.id, vct: RESIDENT.into() };
    assert!(network.record::<Accreditation>(&key).is_some());
}
