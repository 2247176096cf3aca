//! Acts of governance: what several authorities decide together, by proposal and vote.
//!
//! A proposal is carried out by the transaction that completes its quorum, or, where the act has to wait,
//! by anybody's of the authorities after the timelock. Who counts is decided when it is counted: an
//! authority that was replaced meanwhile no longer does.

use super::{
    record::{Policy, Record},
    validators::Validator,
};
use crate::{
    crypto::{Digest, VerifyingKey},
    did::yufu::IssuerId,
};
use borsh::{BorshDeserialize, BorshSerialize};

/// On what terms an issuer is accredited for a type.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct AccreditationTerms {
    /// Who.
    pub issuer: IssuerId,
    /// What.
    pub vct: String,
    /// Legal name in Chinese.
    pub name_zh: String,
    /// Legal name in English.
    pub name_en: String,
    /// First second of its validity.
    pub valid_from: u64,
    /// First second after it.
    pub valid_to: u64,
    /// How many lists may be open at once.
    pub max_open_lists: u16,
}

/// What a proposal does once it has passed.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum GovernanceAct {
    /// Lets an issuer issue a type, or renews the terms.
    Accredit(AccreditationTerms),
    /// Suspends an accreditation.
    SuspendAccreditation {
        /// Whose.
        issuer: IssuerId,
        /// For what.
        vct: String,
    },
    /// Ends a suspension, after the timelock.
    ReinstateAccreditation {
        /// Whose.
        issuer: IssuerId,
        /// For what.
        vct: String,
    },
    /// Withdraws an accreditation, for good.
    WithdrawAccreditation {
        /// Whose.
        issuer: IssuerId,
        /// For what.
        vct: String,
    },
    /// Replaces the network's rules, after the timelock of the rules that it replaces. Name, slot and
    /// epoch length stay: clients count by them.
    ChangePolicy {
        /// The new rules.
        policy: Policy,
    },
    /// Gives a DID whose keys are lost new ones, after the timelock, in which the committed next key can
    /// veto it.
    RecoverDid {
        /// Whose.
        issuer: IssuerId,
        /// Signs its transactions from then on.
        control_key: VerifyingKey,
        /// Thumbprint of the key that alone can replace it.
        next_key: Digest,
    },
    /// Adds a validator, or gives one that is there another key or address, after the timelock: it takes
    /// part from the epoch on whose set is not frozen yet.
    PutValidator {
        /// Its keys, with the proof that it has the private half of the one that votes.
        validator: Validator,
        /// Where it listens for the others: an IP address and a port.
        endpoint: String,
    },
    /// Takes a validator out, after the timelock, from the epoch on whose set is not frozen yet.
    RemoveValidator {
        /// Its identity key.
        identity: [u8; 32],
    },
}

impl GovernanceAct {
    /// Whether it waits the timelock after it has passed: what could lock others out does, and what
    /// protects the public does not.
    #[must_use]
    pub fn waits(&self) -> bool {
        matches!(
            self,
            Self::ReinstateAccreditation { .. }
                | Self::ChangePolicy { .. }
                | Self::RecoverDid { .. }
                | Self::PutValidator { .. }
                | Self::RemoveValidator { .. }
        )
    }
}

/// How far a proposal has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum ProposalState {
    /// Votes are counted until it expires.
    Open,
    /// It has its quorum and waits.
    Passed {
        /// The first moment at which it can be carried out (milliseconds).
        from_ms: u64,
    },
    /// It was carried out.
    Executed {
        /// When (milliseconds).
        at_ms: u64,
    },
    /// So many voted against it that no quorum is left.
    Rejected {
        /// When (milliseconds).
        at_ms: u64,
    },
    /// The DID whose recovery was proposed has shown that its keys are not lost.
    Vetoed {
        /// When (milliseconds).
        at_ms: u64,
    },
}

/// `gov/proposal/<seq>`: an act of governance and who voted how.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Proposal {
    /// What it does.
    pub act: GovernanceAct,
    /// Who proposed it.
    pub proposer: IssuerId,
    /// When (milliseconds).
    pub proposed_at_ms: u64,
    /// From when on it is neither voted on nor carried out (milliseconds).
    pub expires_at_ms: u64,
    /// Who voted for it, in the order of their ids.
    pub approvals: Vec<IssuerId>,
    /// Who voted against it, in the order of their ids.
    pub rejections: Vec<IssuerId>,
    /// How far it has come.
    pub state: ProposalState,
}

impl Record for Proposal {
    fn is_consistent(&self) -> bool {
        let in_order = |ids: &[IssuerId]| ids.is_sorted_by(|a, b| a < b);
        let distinct = !self.approvals.iter().any(|id| self.rejections.contains(id));
        in_order(&self.approvals)
            && in_order(&self.rejections)
            && distinct
            && self.proposed_at_ms < self.expires_at_ms
    }
}

/// `gov/proposals`: how many proposals there have been.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Proposals {
    /// Number of the next one, from 0.
    pub next: u64,
}

impl Record for Proposals {}
