//! Why the registry refuses a transaction.

use std::{fmt, str::FromStr};

macro_rules! reasons {
    ($($(#[doc = $doc:literal])+ $name:ident = $word:literal,)+) => {
        /// Why the registry refuses a transaction. The word stands in HTTP answers; the text explains it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum RejectReason { $($(#[doc = $doc])+ $name,)+ }

        impl RejectReason {
            /// All reasons, for documentation and tests.
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            /// The word for machines.
            #[must_use]
            pub fn word(self) -> &'static str {
                match self { $(Self::$name => $word,)+ }
            }

            /// One sentence for operators.
            #[must_use]
            pub fn message(self) -> &'static str {
                match self { $(Self::$name => concat!($($doc),+).trim_ascii(),)+ }
            }
        }
    };
}

reasons! {
    /// The bytes are not a transaction.
    Malformed = "malformed",
    /// The transaction is larger than the registry takes.
    TooLarge = "too_large",
    /// A text or list in the transaction is empty, too long, or not of the form its place asks for.
    BadField = "bad_field",
    /// The transaction was made for another network.
    WrongNetwork = "wrong_network",
    /// The signature does not verify.
    BadSignature = "bad_signature",
    /// The signing key is not the one that controls the author's DID.
    WrongKey = "wrong_key",
    /// The nonce is not the author's next.
    WrongNonce = "wrong_nonce",
    /// The transaction's time is over.
    Expired = "expired",
    /// The transaction's expiry lies too far ahead.
    ExpiryTooFar = "expiry_too_far",
    /// The author's DID is not registered.
    UnknownAuthor = "unknown_author",
    /// The author's DID is deactivated.
    Deactivated = "deactivated",
    /// The author is not one who may do this.
    NotAuthorized = "not_authorized",
    /// The DID does not follow from its inception keys.
    WrongInception = "wrong_inception",
    /// Something is already registered under that name.
    AlreadyExists = "already_exists",
    /// The DID that the transaction names is not registered.
    UnknownDid = "unknown_did",
    /// The key that the transaction names is not registered.
    UnknownKey = "unknown_key",
    /// The key is revoked.
    KeyRevoked = "key_revoked",
    /// The key is not valid for this yet, or no longer.
    KeyNotValid = "key_not_valid",
    /// The key has another purpose.
    WrongPurpose = "wrong_purpose",
    /// A key with one purpose cannot take another.
    KeyInUse = "key_in_use",
    /// This takes a quorum of authorities: propose it, and let the others vote.
    QuorumNeeded = "quorum_needed",
    /// The proposal does not exist.
    UnknownProposal = "unknown_proposal",
    /// The proposal was carried out, rejected or vetoed, or its time is over.
    ProposalClosed = "proposal_closed",
    /// The proposal has not passed.
    ProposalNotPassed = "proposal_not_passed",
    /// The author has voted on the proposal before.
    AlreadyVoted = "already_voted",
    /// The new rules contradict themselves, or change what clients count by.
    BadPolicy = "bad_policy",
    /// A validator's key or proof is none, or the proof is of another identity.
    BadValidator = "bad_validator",
    /// Another validator has that key.
    ValidatorKeyInUse = "validator_key_in_use",
    /// There would be no validator left, or too many.
    BadSetSize = "bad_set_size",
    /// The validator is not in the set that comes next.
    UnknownValidator = "unknown_validator",
    /// The interval is empty or lies outside what is allowed.
    BadInterval = "bad_interval",
    /// The accreditation does not exist.
    UnknownAccreditation = "unknown_accreditation",
    /// The accreditation is suspended.
    AccreditationSuspended = "accreditation_suspended",
    /// The accreditation is not suspended.
    AccreditationNotSuspended = "accreditation_not_suspended",
    /// The accreditation was withdrawn.
    AccreditationWithdrawn = "accreditation_withdrawn",
    /// The accreditation is not valid at this time.
    AccreditationNotValid = "accreditation_not_valid",
    /// The name is empty, too long, not NFC, or resembles another accredited name.
    BadName = "bad_name",
    /// The credential type does not exist.
    UnknownType = "unknown_type",
    /// The type's version does not follow the last one.
    WrongVersion = "wrong_version",
    /// The status list does not exist.
    UnknownList = "unknown_list",
    /// The list's number of bits or entries is not allowed.
    BadListShape = "bad_list_shape",
    /// The accreditation allows no further open list.
    TooManyOpenLists = "too_many_open_lists",
    /// The publication's version does not follow the last one.
    VersionConflict = "version_conflict",
    /// A list's first publication must be all clear.
    NotAllClear = "not_all_clear",
    /// The timelock has not ended.
    Timelocked = "timelocked",
    /// The timelock has ended; it is too late to cancel.
    TooLate = "too_late",
    /// The entry's number does not follow the stream's last.
    WrongSequence = "wrong_sequence",
    /// The nullifier was used before.
    NullifierUsed = "nullifier_used",
    /// The author has written as much as the quota of this slot allows.
    QuotaExceeded = "quota_exceeded",
    /// The registry has more waiting transactions than it can hold.
    Busy = "busy",
    /// The operation belongs to a later version of the registry.
    Unsupported = "unsupported",
}

impl fmt::Display for RejectReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message())
    }
}

impl std::error::Error for RejectReason {}

/// The word names no reason that this program knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an unknown reason")]
pub struct UnknownReason;

impl FromStr for RejectReason {
    type Err = UnknownReason;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::ALL.iter().copied().find(|r| r.word() == word).ok_or(UnknownReason)
    }
}
