//! The verdict of a check: one type, the same words in every program.

use serde::{Deserialize, Serialize};

/// What a counter says about a presentation. The first failure in the order of the checks wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Verdict {
    /// Every check passed.
    Valid,
    /// The credential's `exp` has passed.
    Expired,
    /// The credential's `nbf` has not come.
    NotYetValid,
    /// The issuer revoked it.
    Revoked,
    /// The issuer suspended it for now.
    Suspended,
    /// The registry proves that it knows no such issuer.
    UnknownIssuer,
    /// The issuer is known, but was not accredited for this type.
    IssuerNotAccredited,
    /// The key could not sign this credential at that time, or is compromised and the credential unrecorded.
    KeyNotValidAtSigning,
    /// A signature or digest does not fit: somebody changed the data.
    Tampered,
    /// The presenter did not prove the key that the credential is bound to.
    HolderNotProven,
    /// This code was used before.
    Replayed,
    /// The code is too old, or dated ahead.
    CodeStale,
    /// This device's clock cannot be right.
    ClockWrong,
    /// The code was made for another counter.
    WrongAudience,
    /// What was asked for is not in the presentation.
    RequestNotAnswered,
    /// Nothing recent enough says whether the credential still holds. Neither valid nor revoked.
    StatusUnknown,
    /// Not a presentation that can be read.
    Unreadable,
}

impl Verdict {
    /// All verdicts, in the order in which screens list them.
    pub const ALL: [Self; 17] = [
        Self::Valid,
        Self::Expired,
        Self::NotYetValid,
        Self::Revoked,
        Self::Suspended,
        Self::UnknownIssuer,
        Self::IssuerNotAccredited,
        Self::KeyNotValidAtSigning,
        Self::Tampered,
        Self::HolderNotProven,
        Self::Replayed,
        Self::CodeStale,
        Self::ClockWrong,
        Self::WrongAudience,
        Self::RequestNotAnswered,
        Self::StatusUnknown,
        Self::Unreadable,
    ];

    /// The verdict's word as programs write it, for example `key_not_valid_at_signing`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Expired => "expired",
            Self::NotYetValid => "not_yet_valid",
            Self::Revoked => "revoked",
            Self::Suspended => "suspended",
            Self::UnknownIssuer => "unknown_issuer",
            Self::IssuerNotAccredited => "issuer_not_accredited",
            Self::KeyNotValidAtSigning => "key_not_valid_at_signing",
            Self::Tampered => "tampered",
            Self::HolderNotProven => "holder_not_proven",
            Self::Replayed => "replayed",
            Self::CodeStale => "code_stale",
            Self::ClockWrong => "clock_wrong",
            Self::WrongAudience => "wrong_audience",
            Self::RequestNotAnswered => "request_not_answered",
            Self::StatusUnknown => "status_unknown",
            Self::Unreadable => "unreadable",
        }
    }
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.word())
    }
}
