//! Core's plain data, as uniffi is to carry it. The definitions repeat core's; the compiler holds them
//! to be the same.

use yufu_core::{
    credential::Format,
    wallet::{
        Accepted, Asker, CardColours, ConsentSheet, CopyReport, CredentialDetails, CredentialField,
        CredentialId, CredentialState, CredentialSummary, CurrentCode, HistoryEntry, HistoryEvent,
        IssuerCard, KeyLevel, Localized, Notice, OfferedType, PresentationFile, PresetTitle, RefreshReport,
        StapleAge, TxCodeInput, Warning,
    },
};

uniffi::custom_type!(CredentialId, String, {
    remote,
    lower: |id| id.0,
    try_lift: |text| Ok(CredentialId(text)),
});

#[uniffi::remote(Enum)]
pub enum KeyLevel {
    Software,
    Hardware,
    StrongBox,
}

#[uniffi::remote(Record)]
pub struct Localized {
    pub zh: String,
    pub en: String,
}

#[uniffi::remote(Enum)]
pub enum CredentialState {
    Valid,
    NotYetValid,
    Expired,
    Suspended,
    Revoked,
    UnknownIssuer,
    IssuerNotAccredited,
    KeyNotValid,
    Unknown,
}

#[uniffi::remote(Record)]
pub struct StapleAge {
    pub status_ms: u64,
    pub header_ms: u64,
}

#[uniffi::remote(Enum)]
pub enum Notice {
    FewCopies { left: u32 },
    CopiesSpent,
    NotYetValid { from: u64 },
    ClockWrong,
    NetworkConflict,
    ProofOld { status_ms: u64 },
    NoProof,
}

#[uniffi::remote(Record)]
pub struct CardColours {
    pub background: String,
    pub text: String,
}

#[uniffi::remote(Record)]
pub struct PresetTitle {
    pub id: String,
    pub title: Localized,
    pub needs_counter: bool,
}

#[uniffi::remote(Record)]
pub struct CredentialSummary {
    pub id: CredentialId,
    pub vct: String,
    pub format: Format,
    pub title: Localized,
    pub issuer: Localized,
    pub issuer_did: String,
    pub colours: Option<CardColours>,
    pub state: CredentialState,
    pub valid_from: Option<u64>,
    pub valid_to: Option<u64>,
    pub staple_age: Option<StapleAge>,
    pub copies_left: u32,
    pub copies: u32,
    pub notices: Vec<Notice>,
}

#[uniffi::remote(Record)]
pub struct CredentialField {
    pub path: String,
    pub label: Localized,
    pub value: Localized,
    pub image: Option<Vec<u8>>,
}

#[uniffi::remote(Record)]
pub struct CredentialDetails {
    pub summary: CredentialSummary,
    pub fields: Vec<CredentialField>,
    pub key_level: Option<String>,
    pub received_at_ms: u64,
}

#[uniffi::remote(Record)]
pub struct CopyReport {
    pub id: CredentialId,
    pub state: CredentialState,
    pub refreshed: bool,
    pub staple_age: Option<StapleAge>,
    pub problem: Option<String>,
}

#[uniffi::remote(Record)]
pub struct RefreshReport {
    pub credentials: Vec<CopyReport>,
    pub offline: bool,
    pub clock_wrong: bool,
    pub network_conflict: bool,
    pub operators: u32,
}

#[uniffi::remote(Record)]
pub struct IssuerCard {
    pub url: String,
    pub claims_to_be: Localized,
    pub did: Option<String>,
    pub legal_name: Option<Localized>,
}

#[uniffi::remote(Enum)]
pub enum Format {
    SdJwtVc,
    LdpVc,
    VcJwt,
    MsoMdoc,
}

#[uniffi::remote(Record)]
pub struct OfferedType {
    pub configuration_id: String,
    pub vct: String,
    pub format: Format,
    pub title: Localized,
    pub accredited: bool,
    pub copies: u32,
}

#[uniffi::remote(Record)]
pub struct TxCodeInput {
    pub numeric: bool,
    pub length: Option<u32>,
    pub description: Option<String>,
}

#[uniffi::remote(Record)]
pub struct Accepted {
    pub id: CredentialId,
    pub title: Localized,
    pub issuer: Localized,
    pub copies: u32,
    pub notices: Vec<Notice>,
}

#[uniffi::remote(Enum)]
pub enum Asker {
    Class { audience: String, name: Localized },
    Counter { audience: String, name: Localized },
}

#[uniffi::remote(Enum)]
pub enum Warning {
    EverythingTravels,
    FaceTravels,
    CounterNotRegistered,
    CopyReused,
    FewCopies { left: u32 },
    ProofTooOld { status_ms: u64 },
    NoProof,
    NotYetValid,
    Expired,
    Suspended,
    Revoked,
    IssuerNotTrusted,
    ClockWrong,
    NetworkConflict,
}

#[uniffi::remote(Record)]
pub struct ConsentSheet {
    pub credential: CredentialId,
    pub title: Localized,
    pub issuer: Localized,
    pub preset: String,
    pub preset_title: Localized,
    pub asker: Asker,
    pub purpose: Localized,
    pub fields: Vec<CredentialField>,
    pub unasked: Vec<String>,
    pub face: bool,
    pub warnings: Vec<Warning>,
}

#[uniffi::remote(Record)]
pub struct CurrentCode {
    pub frames: Vec<String>,
    pub payload_bytes: u32,
    pub made_at_ms: u64,
    pub next_at_ms: u64,
}

#[uniffi::remote(Record)]
pub struct PresentationFile {
    pub name: String,
    pub media_type: String,
    pub content: Vec<u8>,
    pub good_until_ms: u64,
}

#[uniffi::remote(Enum)]
pub enum HistoryEvent {
    Received {
        copies: u32,
    },
    Shown {
        asker: Localized,
        audience: String,
        preset: String,
        purpose: Localized,
        fields: Vec<Localized>,
        face: bool,
        reused_copy: bool,
    },
    Deleted,
}

#[uniffi::remote(Record)]
pub struct HistoryEntry {
    pub at_ms: u64,
    pub title: Localized,
    pub issuer: Localized,
    pub event: HistoryEvent,
}
