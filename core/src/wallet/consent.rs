//! Consent: who asks, what for, which fields. Nothing is disclosed without it.

use super::{
    error::WalletError,
    facade::Wallet,
    fields, held,
    model::{
        CredentialField, CredentialId, CredentialState, CredentialSummary, Localized, Notice, PresetTitle,
    },
    record::CredentialRecord,
};
use crate::{
    credential::Format,
    presentation::{
        audience::{Audience, PrintedCounter},
        preset::{Grade, Preset},
    },
};
use serde_json::{Map, Value};

/// Who will read the code.
#[derive(Clone, Debug, PartialEq, Eq)]
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
        name: Localized,
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
            Self::Class { name, .. } | Self::Counter { name, .. } => name.clone(),
        }
    }
}

/// What the person should weigh before agreeing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Warning {
    /// Every claim of the credential travels: its signature cannot be shown in part.
    EverythingTravels,
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
    /// The preset's title.
    pub preset_title: Localized,
    /// Who asks.
    pub asker: Asker,
    /// What for.
    pub purpose: Localized,
    /// The fields that would be disclosed.
    pub fields: Vec<CredentialField>,
    /// Paths of those among them that the preset does not ask for: they go along because the credential
    /// cannot be shown in part.
    pub unasked: Vec<String>,
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

impl Wallet {
    /// What would be disclosed to whom if a code were shown. `counter` is the text of a counter's
    /// printed code; without it the code is for the preset's class of counters.
    ///
    /// # Errors
    /// [`WalletError::UnknownPreset`], [`PresetNotAnswered`](WalletError::PresetNotAnswered),
    /// [`NotACounter`](WalletError::NotACounter), [`CounterNeeded`](WalletError::CounterNeeded),
    /// [`GradeNotSupported`](WalletError::GradeNotSupported).
    pub fn consent_for(
        &self,
        credential: &CredentialId,
        preset: &str,
        counter: Option<&str>,
    ) -> Result<ConsentSheet, WalletError> {
        let preset = Preset::named(preset).ok_or_else(|| WalletError::UnknownPreset(preset.to_owned()))?;
        let records = self.records()?;
        let record = records.credential(credential)?;
        let copy = record.next_copy().ok_or(WalletError::Record)?;
        let claims = held::claims(record.format, &records.copy(&copy.id)?)?;
        let fields = answer(&preset, &record, &claims)?;
        let asker = asker(&preset, counter)?;
        let summary = self.summarize(&records, &record)?;
        let warnings = warnings(&preset, &asker, &summary);
        Ok(ConsentSheet {
            credential: record.id.clone(),
            title: record.words.title.clone(),
            issuer: record.issuer.clone(),
            preset: preset.id().to_owned(),
            preset_title: Localized::new(preset.title("zh-CN"), preset.title("en")),
            asker,
            purpose: Localized::new(preset.purpose("zh-CN"), preset.purpose("en")),
            fields,
            unasked: Vec::new(),
            face: preset.face(),
            warnings,
        })
    }

    /// The presets that the credential can answer.
    ///
    /// # Errors
    /// [`WalletError::NotFound`], or what the store says.
    pub fn presets_for(&self, credential: &CredentialId) -> Result<Vec<PresetTitle>, WalletError> {
        let records = self.records()?;
        let record = records.credential(credential)?;
        let copy = record.next_copy().ok_or(WalletError::Record)?;
        let claims = held::claims(record.format, &records.copy(&copy.id)?)?;
        let answered =
            |preset: &Preset| answer(preset, &record, &claims).is_ok() && preset.grade() != Grade::Sealed;
        let title = |preset: &Preset| Localized::new(preset.title("zh-CN"), preset.title("en"));
        Ok(Preset::shipped()
            .iter()
            .filter(|preset| answered(preset))
            .map(|preset| PresetTitle {
                id: preset.id().to_owned(),
                title: title(preset),
                needs_counter: preset.grade() == Grade::Counter,
            })
            .collect())
    }
}

/// The fields that answer the preset: every one of them, with a value that it takes.
fn answer(
    preset: &Preset,
    record: &CredentialRecord,
    claims: &Map<String, Value>,
) -> Result<Vec<CredentialField>, WalletError> {
    let not_answered = || WalletError::PresetNotAnswered(preset.id().to_owned());
    // A show code carries SD-JWTs alone.
    if record.format != Format::SdJwtVc || !preset.types().contains(&record.vct) {
        return Err(not_answered());
    }
    let mut fields = Vec::new();
    for claim in preset.claims() {
        let found = claim.path.select(claims);
        let taken = |value: &&Value| claim.values.as_ref().is_none_or(|values| values.contains(value));
        if found.is_empty() || !found.iter().all(taken) {
            return Err(not_answered());
        }
        match fields::one(claims, &claim.path, &record.words) {
            Some(field) => fields.push(field),
            // A claim with members: each is a field of its own.
            None => fields.extend(fields::below(claims, &claim.path, &record.words)),
        }
    }
    Ok(fields)
}

fn asker(preset: &Preset, counter: Option<&str>) -> Result<Asker, WalletError> {
    match (preset.grade(), counter) {
        (Grade::Sealed, _) => Err(WalletError::GradeNotSupported),
        (Grade::Counter, None) => Err(WalletError::CounterNeeded),
        (Grade::Class, None) => {
            let audience = Audience::class(preset.id()).map_err(|_| WalletError::GradeNotSupported)?;
            let name = Localized::new(
                format!("任何核验“{}”的柜台", preset.title("zh-CN")),
                format!("Any counter that checks “{}”", preset.title("en")),
            );
            Ok(Asker::Class { audience: audience.to_string(), name })
        }
        (Grade::Class | Grade::Counter, Some(printed)) => {
            let printed: PrintedCounter = printed.parse().map_err(|_| WalletError::NotACounter)?;
            let name = Localized::new(&printed.name_zh, &printed.name_en);
            Ok(Asker::Counter { audience: printed.audience().to_string(), name })
        }
    }
}

/// What to weigh before `asker` is answered.
pub(super) fn warnings(preset: &Preset, asker: &Asker, summary: &CredentialSummary) -> Vec<Warning> {
    let mut warnings = Vec::new();
    if preset.face() {
        warnings.push(Warning::FaceTravels);
    }
    if matches!(asker, Asker::Counter { .. }) {
        warnings.push(Warning::CounterNotRegistered);
    }
    warnings.extend(standing(summary.state));
    warnings.extend(summary.notices.iter().filter_map(from_notice));
    let old = summary.staple_age.filter(|age| {
        age.status_ms > preset.max_status_age_s() * 1000 || age.header_ms > preset.max_header_age_s() * 1000
    });
    warnings.extend(old.map(|age| Warning::ProofTooOld { status_ms: age.status_ms }));
    warnings
}

fn standing(state: CredentialState) -> Option<Warning> {
    match state {
        CredentialState::Valid | CredentialState::Unknown => None,
        CredentialState::NotYetValid => Some(Warning::NotYetValid),
        CredentialState::Expired => Some(Warning::Expired),
        CredentialState::Suspended => Some(Warning::Suspended),
        CredentialState::Revoked => Some(Warning::Revoked),
        CredentialState::UnknownIssuer
        | CredentialState::IssuerNotAccredited
        | CredentialState::KeyNotValid => Some(Warning::IssuerNotTrusted),
    }
}

fn from_notice(notice: &Notice) -> Option<Warning> {
    match notice {
        Notice::FewCopies { left } => Some(Warning::FewCopies { left: *left }),
        Notice::CopiesSpent => Some(Warning::CopyReused),
        Notice::ClockWrong => Some(Warning::ClockWrong),
        Notice::NetworkConflict => Some(Warning::NetworkConflict),
        Notice::NoProof => Some(Warning::NoProof),
        Notice::NotYetValid { .. } | Notice::ProofOld { .. } => None,
    }
}
