//! What the facade tells about credentials: plain data for screens.

use crate::credential::Format;
use serde::{Deserialize, Serialize};

/// A text in the two languages that every screen speaks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Localized {
    /// Simplified Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

impl Localized {
    /// Both texts.
    pub fn new(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { zh: zh.into(), en: en.into() }
    }

    /// The text in Chinese when `zh`, otherwise in English.
    #[must_use]
    pub fn text(&self, zh: bool) -> &str {
        if zh { &self.zh } else { &self.en }
    }
}

/// Names a credential inside this wallet; random, of no meaning outside.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CredentialId(pub String);

impl std::fmt::Display for CredentialId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// What the wallet knows of a credential's standing, from the newest proof that it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CredentialState {
    /// Good, as of the newest proof.
    Valid,
    /// Its first day has not come.
    NotYetValid,
    /// Its last day has passed.
    Expired,
    /// Suspended by its issuer.
    Suspended,
    /// Revoked by its issuer.
    Revoked,
    /// The registry proves that the issuer is unknown now.
    UnknownIssuer,
    /// The registry proves that the issuer is not accredited for this type now.
    IssuerNotAccredited,
    /// The key that signed it is compromised, and nothing proves that it was issued before.
    KeyNotValid,
    /// Nothing provable is known.
    Unknown,
}

impl CredentialState {
    /// The word as programs write it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::NotYetValid => "not_yet_valid",
            Self::Expired => "expired",
            Self::Suspended => "suspended",
            Self::Revoked => "revoked",
            Self::UnknownIssuer => "unknown_issuer",
            Self::IssuerNotAccredited => "issuer_not_accredited",
            Self::KeyNotValid => "key_not_valid_at_signing",
            Self::Unknown => "status_unknown",
        }
    }
}

/// Ages of the newest proof, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StapleAge {
    /// Since the issuer published the status that the proof carries.
    pub status_ms: u64,
    /// Since the registry's header that it stands under.
    pub header_ms: u64,
}

/// Something that the person should know about a credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// Only `left` unused copies remain: fetch new ones soon.
    FewCopies {
        /// Unused copies.
        left: u32,
    },
    /// No unused copy remains: the last one is used again, and two counters could tell.
    CopiesSpent,
    /// Its first day has not come.
    NotYetValid {
        /// First second of validity.
        from: u64,
    },
    /// The clock of this device cannot be right.
    ClockWrong,
    /// The registry has shown two histories: nothing of it is trusted.
    NetworkConflict,
    /// The proof is the one of an earlier refresh.
    ProofOld {
        /// Age of its status in milliseconds.
        status_ms: u64,
    },
    /// No proof is held: counters will say `status_unknown`.
    NoProof,
}

/// Whether a credential of this format is shown as a whole only, in a file.
#[must_use]
pub fn is_shown_whole(format: Format) -> bool {
    match format {
        Format::LdpVc | Format::VcJwt => true,
        Format::SdJwtVc | Format::MsoMdoc => false,
    }
}

/// Colours of a card, as the type's owner chose them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardColours {
    /// Background, `#rrggbb`.
    pub background: String,
    /// Text, `#rrggbb`.
    pub text: String,
}

/// A preset that a credential can answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PresetTitle {
    /// Its identifier, for example `age18`.
    pub id: String,
    /// Its title.
    pub title: Localized,
    /// Whether the counter's printed code must be scanned first.
    pub needs_counter: bool,
}

/// A credential as the list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialSummary {
    /// Its name in this wallet.
    pub id: CredentialId,
    /// Type, for example `https://residents.yufu.example/types/resident-id/1`.
    pub vct: String,
    /// Its format. One of the W3C data model is shown whole, in a file; an SD-JWT in part, by a code.
    pub format: Format,
    /// The type's name.
    pub title: Localized,
    /// The issuer's legal name as the registry has it.
    pub issuer: Localized,
    /// The issuer's DID.
    pub issuer_did: String,
    /// The card's colours, where the type's description has them.
    pub colours: Option<CardColours>,
    /// Its standing.
    pub state: CredentialState,
    /// First second of validity.
    pub valid_from: Option<u64>,
    /// First second after it.
    pub valid_to: Option<u64>,
    /// Age of the newest proof; `None` when none is held.
    pub staple_age: Option<StapleAge>,
    /// Unused copies.
    pub copies_left: u32,
    /// All copies.
    pub copies: u32,
    /// What the person should know.
    pub notices: Vec<Notice>,
}

/// One claim, as the owner reads it on the list of claims and on the consent sheet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialField {
    /// Claim path as a JSON array, for example `["age_equal_or_over","18"]`.
    pub path: String,
    /// Label from the type's description.
    pub label: Localized,
    /// Value in words; empty for images.
    pub value: Localized,
    /// The image, where the claim is one.
    pub image: Option<Vec<u8>>,
}

/// A credential with all its claims.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialDetails {
    /// What the list shows.
    pub summary: CredentialSummary,
    /// Its claims in the order of the type's description.
    pub fields: Vec<CredentialField>,
    /// The level that the issuer attested for the holder's key.
    pub key_level: Option<String>,
    /// When it was received, milliseconds.
    pub received_at_ms: u64,
}

/// What a refresh did for one credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopyReport {
    /// The credential.
    pub id: CredentialId,
    /// Its standing afterwards.
    pub state: CredentialState,
    /// Whether new proofs were stored; otherwise the previous ones are kept.
    pub refreshed: bool,
    /// Age of the proof now held.
    pub staple_age: Option<StapleAge>,
    /// Why there is no new proof.
    pub problem: Option<String>,
}

/// What a refresh did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RefreshReport {
    /// By credential.
    pub credentials: Vec<CopyReport>,
    /// The registry could not be reached: the previous proofs are kept.
    pub offline: bool,
    /// The clock of this device cannot be right.
    pub clock_wrong: bool,
    /// The registry has shown two histories.
    pub network_conflict: bool,
    /// How many operators the registry has: one can show a split view.
    pub operators: u32,
}
