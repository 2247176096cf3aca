//! Consent: who asks, what for, which fields. Nothing is disclosed without it.

use super::model::{CredentialId, Localized};

/// Who will read the code.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Asker {
    /// Any counter of a class.
    Class {
        /// Audience string.
        audience: String,
        /// The class in words.
        name: Localized,
    },
    /// The counter whose printed code was scanned.
    Counter {
        /// Audience string.
        audience: String,
        /// The name that its code prints; nobody vouches for it.
        name: String,
    },
}

impl Asker {
    /// The audience string that the code is bound to.
    #[must_use]
    pub fn audience(&self) -> &str {
        match self {
            Self::Class { audience, .. } | Self::Counter { audience, .. } => audience,
        }
    }

    /// The name to show.
    #[must_use]
    pub fn name(&self) -> Localized {
        match self {
            Self::Class { name, .. } => name.clone(),
            Self::Counter { name, .. } => Localized::new(name.clone(), name.clone()),
        }
    }
}

/// A field that would be disclosed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsentField {
    /// Claim path as a JSON array.
    pub path: String,
    /// Label from the type's description.
    pub label: Localized,
    /// The value that would be shown; empty for images.
    pub value: String,
}

/// What the person should weigh before agreeing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Warning {
    /// The face travels in the code.
    FaceTravels,
    /// Nobody vouches for the counter's name.
    CounterNotRegistered,
    /// No unused copy remains: two counters could tell that they saw the same credential.
    CopyReused,
    /// Few unused copies remain.
    FewCopies {
        /// Unused copies.
        left: u32,
    },
    /// The newest proof is older than the preset allows: the counter will say `status_unknown`.
    ProofTooOld {
        /// Age of the status in milliseconds.
        status_ms: u64,
    },
    /// No proof is held: the counter will say `status_unknown`.
    NoProof,
    /// The credential's first day has not come.
    NotYetValid,
    /// The credential has expired.
    Expired,
    /// The newest proof says that it is suspended.
    Suspended,
    /// The newest proof says that it is revoked.
    Revoked,
    /// The registry no longer vouches for the issuer, its key or its accreditation.
    IssuerNotTrusted,
    /// The clock of this device cannot be right: the counter will say `code_stale`.
    ClockWrong,
    /// The registry has shown two histories.
    NetworkConflict,
}

/// What a person sees before anything is disclosed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsentSheet {
    /// The credential that answers.
    pub credential: CredentialId,
    /// Its type's name.
    pub title: Localized,
    /// Its issuer's legal name.
    pub issuer: Localized,
    /// The preset's identifier.
    pub preset: String,
    /// Who asks.
    pub asker: Asker,
    /// What for.
    pub purpose: Localized,
    /// The fields that would be disclosed.
    pub fields: Vec<ConsentField>,
    /// Whether the face travels.
    pub face: bool,
    /// What to weigh.
    pub warnings: Vec<Warning>,
}

impl ConsentSheet {
    /// The person agrees to exactly this sheet.
    #[must_use]
    pub fn agree(self) -> Consent {
        Consent(self)
    }
}

/// A sheet that the person agreed to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consent(ConsentSheet);

impl Consent {
    /// What was agreed to.
    #[must_use]
    pub fn sheet(&self) -> &ConsentSheet {
        &self.0
    }
}
