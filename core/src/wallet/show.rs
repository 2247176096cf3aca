//! Showing: one copy of a credential, a new code every 30 seconds.

use super::{
    consent::{Consent, ConsentSheet},
    error::WalletError,
    facade::Wallet,
    history::{HistoryEntry, HistoryEvent},
    keystore::KeystoreSigner,
    offer::count,
    record::{CopyRecord, CredentialRecord, Records, StapleRecord},
};
use crate::{
    Random,
    credential::Format,
    presentation::{
        audience::Audience,
        preset::Preset,
        show_code::{self, BuildShowCode, LeafForm, REFRESH_S, Stapled},
    },
    qr::frames,
};
use std::sync::{Arc, Mutex, PoisonError};

/// How long a code stays on the screen, milliseconds.
pub const CODE_LIFETIME_MS: u64 = REFRESH_S * 1000;

/// The code to show now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CurrentCode {
    /// Texts of the QR frames, digits only; more than one is shown in turn.
    pub frames: Vec<String>,
    /// Size of the payload in bytes.
    pub payload_bytes: u32,
    /// When it was made, milliseconds.
    pub made_at_ms: u64,
    /// When the next one is due, milliseconds.
    pub next_at_ms: u64,
}

/// A display session. It spends one copy, whatever the number of codes.
pub struct ShowSession {
    compact: String,
    preset: Preset,
    audience: Audience,
    staple: Option<StapleRecord>,
    signer: KeystoreSigner,
    random: Arc<dyn Random>,
    /// Time of the newest header when the session began: no earlier moment can be now.
    not_before_ms: u64,
    current: Mutex<Option<CurrentCode>>,
}

impl Wallet {
    /// Starts a display session: spends one copy and writes the history line.
    ///
    /// # Errors
    /// [`WalletError::NotFound`], or what the store or the keystore says.
    pub fn show(&self, consent: Consent) -> Result<ShowSession, WalletError> {
        let sheet = consent.sheet();
        let preset =
            Preset::named(&sheet.preset).ok_or_else(|| WalletError::UnknownPreset(sheet.preset.clone()))?;
        let audience: Audience = sheet.asker.audience().parse().map_err(|_| WalletError::NotACounter)?;
        let records = self.records()?;
        let record = records.credential(&sheet.credential)?;
        if record.format != Format::SdJwtVc {
            return Err(WalletError::PresetNotAnswered(sheet.preset.clone()));
        }
        let (copy, staple) = self.spend(&records, record, sheet)?;
        let config = self.config();
        Ok(ShowSession {
            compact: copy.compact,
            preset,
            audience,
            staple,
            signer: KeystoreSigner {
                keystore: config.keystore.clone(),
                alias: copy.key_alias,
                public: copy.key,
            },
            random: config.random.clone(),
            not_before_ms: self.newest_header_ms(),
            current: Mutex::new(None),
        })
    }

    /// Spends a copy on what was agreed to, and writes the history line.
    pub(super) fn spend(
        &self,
        records: &Records<'_>,
        mut record: CredentialRecord,
        sheet: &ConsentSheet,
    ) -> Result<(CopyRecord, Option<StapleRecord>), WalletError> {
        let now_ms = self.now_ms();
        let next = record.next_copy().ok_or(WalletError::Record)?.clone();
        let (copy, staple) = (records.copy(&next.id)?, records.staple(&next.id)?);
        for used in record.copies.iter_mut().filter(|used| used.id == next.id) {
            used.spent_at_ms = Some(now_ms);
        }
        let line = HistoryEntry {
            at_ms: now_ms,
            title: sheet.title.clone(),
            issuer: sheet.issuer.clone(),
            event: HistoryEvent::Shown {
                asker: sheet.asker.name(),
                audience: sheet.asker.audience().to_owned(),
                preset: sheet.preset.clone(),
                purpose: sheet.purpose.clone(),
                fields: sheet.fields.iter().map(|field| field.label.clone()).collect(),
                face: sheet.face,
                reused_copy: next.spent_at_ms.is_some(),
            },
        };
        // Spent before anything is shown: a crash wastes a copy rather than showing it twice.
        records.apply(&[records.put_credential(&record)?, records.put_history(line)?])?;
        Ok((copy, staple))
    }
}

impl ShowSession {
    /// The code to show at `now_ms`: the same for 30 seconds, then one with a new nonce and time.
    ///
    /// # Errors
    /// [`WalletError`] when the keystore declines or a code cannot be built.
    pub fn code(&self, now_ms: u64) -> Result<CurrentCode, WalletError> {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(code) = current.as_ref()
            && (code.made_at_ms..code.next_at_ms).contains(&now_ms)
        {
            return Ok(code.clone());
        }
        let code = self.mint(now_ms)?;
        *current = Some(code.clone());
        Ok(code)
    }

    fn mint(&self, now_ms: u64) -> Result<CurrentCode, WalletError> {
        let nonce = self.random.bytes::<16>()?;
        let code = BuildShowCode {
            compact: &self.compact,
            preset: &self.preset,
            staple: self
                .staple
                .as_ref()
                .map(|record| Stapled { staple: &record.staple, header: &record.header_digest }),
            audience: &self.audience,
            nonce: &nonce,
            iat: now_ms.max(self.not_before_ms) / 1000,
            leaf: LeafForm::Whole,
        };
        let payload = show_code::build(&code, &self.signer)?;
        Ok(CurrentCode {
            frames: frames::split(&payload, frames::DEFAULT_FRAME_BYTES)?,
            payload_bytes: count(payload.len()),
            made_at_ms: now_ms,
            next_at_ms: now_ms.saturating_add(CODE_LIFETIME_MS),
        })
    }
}
