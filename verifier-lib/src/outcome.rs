//! What a check says: one verdict, one named reason, and claims only where it is `valid`.

use serde::{Deserialize, Serialize};
use yufu_core::{Verdict, credential::ClaimPath};

/// Why a verdict is not `valid`. Each reason belongs to one verdict: see [`Reason::verdict`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Reason {
    // Reading.
    /// Not a show code, or bytes that do not fit together.
    Malformed,
    /// More bytes or frames than a show code may have, or a bomb.
    TooLarge,
    /// Frames of two codes were mixed.
    MixedFrames,
    /// Frames of the code are missing.
    FramesMissing,
    /// The code names a certificate by digest that this counter does not hold.
    LeafNotHeld,
    /// The credential inside is of another form than we take.
    MalformedCredential,

    // The issuer's signature.
    /// The issuer's signature does not verify.
    IssuerSignature,
    /// A disclosure is not one that the issuer signed.
    DisclosureNotSigned,

    // Trust in the issuer, and what proves it.
    /// The credential says no place where its status stands.
    NoStatusReference,
    /// No staple came along, and this counter holds no list for the credential.
    NoStaple,
    /// The staple's bytes do not fit together.
    MalformedStaple,
    /// The staple is of another network.
    WrongNetwork,
    /// The staple's header is of an epoch or validator set that this counter does not know.
    WrongEpoch,
    /// The header's certificate does not verify: a forged checkpoint.
    ForgedCheckpoint,
    /// Two histories were both certified; this counter trusts neither.
    NetworkConflict,
    /// What this counter knows of the validators is too old to judge by.
    CheckpointTooOld,
    /// The staple's header is no anchor.
    NotAnAnchor,
    /// A proof in the staple does not lead to the header's root.
    BadProof,
    /// The staple is of another list, type or place than the credential's.
    OtherList,
    /// The header is dated ahead of this device's clock.
    HeaderAhead,
    /// The registry proves that it has no such issuer.
    AbsentFromRegistry,
    /// The issuer's name is none that this registry could hold.
    ForeignIdentifier,
    /// The registry's record of the issuer does not list the DID by which the credential names him.
    IdentifierNotListed,
    /// The registry proves that the issuer has no accreditation for the type.
    NoAccreditation,
    /// The issuer was not accredited on the day of issue.
    OutsideAccreditation,
    /// The issuer's accreditation is suspended or withdrawn, or the issuer was deactivated.
    AccreditationEnded,
    /// The credential's list was opened for another key than the one that signed.
    KeyNotOfList,
    /// The key was not valid on the day of issue.
    OutsideKeyValidity,
    /// The key was revoked before the day of issue.
    KeyRevoked,
    /// The key is compromised, and the credential was not recorded before.
    CompromisedAndUnrecorded,

    // The holder's key binding.
    /// The presenter signed nothing.
    NoKeyBinding,
    /// The credential is bound to no key.
    NoHolderKey,
    /// The key binding is malformed.
    MalformedKeyBinding,
    /// The signature is not the holder's.
    HolderSignature,
    /// The holder signed another presentation.
    OtherPresentation,
    /// The credential is about another than who presents it.
    OtherHolder,
    /// The holder signed for another staple than the one that came along.
    OtherAnchor,
    /// The code is for another counter or class.
    OtherAudience,
    /// This code was accepted before.
    NonceUsed,
    /// The code was made more than a minute ago, or the file longer ago than its policy allows.
    CodeTooOld,
    /// The code is dated ahead.
    CodeAhead,

    // Validity.
    /// The credential's last second has passed.
    CredentialExpired,
    /// The credential's first second has not come.
    CredentialNotYetValid,

    // Status.
    /// The issuer revoked the credential.
    CredentialRevoked,
    /// The issuer suspended the credential.
    CredentialSuspended,
    /// The status has a value that nobody defined.
    UnknownStatusValue,
    /// The newest status publication known is older than allowed.
    StatusStale,
    /// The newest registry header known is older than allowed.
    HeaderStale,
    /// The status publication is past the time until which its issuer vouched for it.
    StatusExpired,
    /// This counter knows of a newer publication of the list, which is not the stapled one.
    NewerPublicationKnown,

    // The question.
    /// The holder consented to another question than this counter asks.
    OtherPreset,
    /// The credential is of a type that does not answer.
    OtherType,
    /// A claim that was asked for is missing.
    ClaimMissing,
    /// A claim has a value that does not answer.
    ValueNotAccepted,
    /// The face is missing or is no picture of the size allowed.
    FaceMissing,
    /// The holder's key is kept less well than the question needs.
    KeyLevelTooLow,

    // This counter itself.
    /// The log of used codes cannot be written: a second use could not be told.
    NonceLogUnavailable,
}

impl Reason {
    /// The verdict that the reason belongs to; never `valid`.
    #[must_use]
    pub fn verdict(self) -> Verdict {
        match self {
            Self::Malformed
            | Self::TooLarge
            | Self::MixedFrames
            | Self::FramesMissing
            | Self::LeafNotHeld
            | Self::MalformedCredential => Verdict::Unreadable,
            Self::IssuerSignature | Self::DisclosureNotSigned => Verdict::Tampered,
            Self::NoStatusReference
            | Self::NoStaple
            | Self::MalformedStaple
            | Self::WrongNetwork
            | Self::WrongEpoch
            | Self::ForgedCheckpoint
            | Self::NetworkConflict
            | Self::CheckpointTooOld
            | Self::NotAnAnchor
            | Self::BadProof
            | Self::OtherList
            | Self::UnknownStatusValue
            | Self::StatusStale
            | Self::HeaderStale
            | Self::StatusExpired
            | Self::NewerPublicationKnown
            | Self::NonceLogUnavailable => Verdict::StatusUnknown,
            Self::HeaderAhead => Verdict::ClockWrong,
            Self::AbsentFromRegistry | Self::ForeignIdentifier | Self::IdentifierNotListed => {
                Verdict::UnknownIssuer
            }
            Self::NoAccreditation | Self::OutsideAccreditation | Self::AccreditationEnded => {
                Verdict::IssuerNotAccredited
            }
            Self::KeyNotOfList
            | Self::OutsideKeyValidity
            | Self::KeyRevoked
            | Self::CompromisedAndUnrecorded => Verdict::KeyNotValidAtSigning,
            Self::NoKeyBinding
            | Self::NoHolderKey
            | Self::MalformedKeyBinding
            | Self::HolderSignature
            | Self::OtherPresentation
            | Self::OtherHolder
            | Self::OtherAnchor => Verdict::HolderNotProven,
            Self::OtherAudience => Verdict::WrongAudience,
            Self::NonceUsed => Verdict::Replayed,
            Self::CodeTooOld | Self::CodeAhead => Verdict::CodeStale,
            Self::CredentialExpired => Verdict::Expired,
            Self::CredentialNotYetValid => Verdict::NotYetValid,
            Self::CredentialRevoked => Verdict::Revoked,
            Self::CredentialSuspended => Verdict::Suspended,
            Self::OtherPreset
            | Self::OtherType
            | Self::ClaimMissing
            | Self::ValueNotAccepted
            | Self::FaceMissing
            | Self::KeyLevelTooLow => Verdict::RequestNotAnswered,
        }
    }

    /// The reason's word as programs write it, for example `newer_publication_known`.
    #[must_use]
    pub fn word(self) -> String {
        serde_json::to_value(self).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
    }
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.word())
    }
}

/// A check that passed, in the order of [`crate::checks`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Check {
    /// The code could be read.
    Readable,
    /// The issuer signed exactly what is shown.
    IssuerSignature,
    /// The registry's header is certified, and the grant is under it.
    Registry,
    /// Issuer, accreditation and key held when it was issued.
    IssuerTrust,
    /// The holder signed this presentation, for this counter, now, once.
    HolderBinding,
    /// Within the credential's validity.
    Validity,
    /// Neither revoked nor suspended, as of a recent enough publication.
    Status,
    /// Everything that was asked for is there, and answers.
    Request,
    /// The face and the level of the key.
    Policy,
}

/// A disclosed claim. It exists in a `valid` outcome only.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Field {
    /// Where it stands in the credential.
    pub path: ClaimPath,
    /// Its value.
    pub value: serde_json::Value,
}

/// Who issued the credential, by the names that the registry gives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct IssuerName {
    /// The issuer's DID.
    pub did: String,
    /// Legal name in Chinese.
    pub zh: String,
    /// Legal name in English.
    pub en: String,
}

/// What a check says.
#[derive(Clone, PartialEq, Serialize)]
pub struct Outcome {
    /// The verdict.
    pub verdict: Verdict,
    /// Why it is not `valid`.
    pub reason: Option<Reason>,
    /// The claims that were asked for, in the preset's order and without the face; empty unless `valid`.
    pub fields: Vec<Field>,
    /// The face as an image file; only in a `valid` outcome of a preset that shows one.
    #[serde(skip)]
    pub portrait_small: Option<Vec<u8>>,
    /// Who issued the credential, once the registry proved it.
    pub issuer: Option<IssuerName>,
    /// The credential's type, once the issuer was trusted.
    pub credential_type: Option<String>,
    /// How old the status publication is that was judged by, in milliseconds.
    pub status_age_ms: Option<u64>,
    /// How old the registry header is that was judged by, in milliseconds.
    pub header_age_ms: Option<u64>,
    /// How many operators vouch for the registry; one alone could show different histories to different people.
    pub operators: usize,
    /// The checks that passed, in order.
    pub checked: Vec<Check>,
}

// Disclosed claims stay out of logs.
impl std::fmt::Debug for Outcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Outcome")
            .field("verdict", &self.verdict)
            .field("reason", &self.reason)
            .field("fields", &self.fields.len())
            .field("status_age_ms", &self.status_age_ms)
            .field("header_age_ms", &self.header_age_ms)
            .field("checked", &self.checked)
            .finish_non_exhaustive()
    }
}

impl From<yufu_core::qr::frames::FrameError> for Reason {
    fn from(error: yufu_core::qr::frames::FrameError) -> Self {
        use yufu_core::qr::frames::FrameError;
        match error {
            FrameError::Mixed => Self::MixedFrames,
            FrameError::TooLarge => Self::TooLarge,
            FrameError::NotAFrame | FrameError::Damaged | FrameError::Digest => Self::Malformed,
        }
    }
}
