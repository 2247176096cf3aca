//! Presenting a credential of the W3C data model: a file for one counter.

use super::{
    consent::{Asker, Consent, ConsentSheet, Warning, warnings},
    error::WalletError,
    facade::Wallet,
    fields, held,
    keystore::KeystoreSigner,
    model::{CredentialField, CredentialId, Localized, PresetTitle},
    record::ListedIssuer,
};
use crate::{
    credential::{
        ClaimPath, Format,
        w3c::{
            jose::{IssueVpJwt, JwtTimes, issue_presentation},
            json_ld::Limits,
            proof::{self, BySigner, Cryptosuite, ProofOptions},
        },
    },
    crypto::PublicKey,
    did::Relationship,
    presentation::{
        audience::PrintedCounter,
        file::{self, Challenge},
        preset::Preset,
    },
};
use serde_json::{Map, Value};
use std::fmt;

/// The media type of a file.
const MEDIA_TYPE: &str = "application/json";

/// A [file](crate::presentation::file) for one counter, as it is to be handed on.
#[derive(Clone, PartialEq, Eq)]
pub struct PresentationFile {
    /// A name to save it under; it tells the question, nothing more.
    pub name: String,
    /// Its media type.
    pub media_type: String,
    /// What it holds: claims in the clear.
    pub content: Vec<u8>,
    /// Until when counters take it, milliseconds.
    pub good_until_ms: u64,
}

// What is disclosed stays out of logs.
impl fmt::Debug for PresentationFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PresentationFile").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Wallet {
    /// The questions that the credential can answer with a file; none for an SD-JWT, which answers with
    /// a show code.
    ///
    /// # Errors
    /// [`WalletError::NotFound`], or what the store says.
    pub fn file_presets_for(&self, credential: &CredentialId) -> Result<Vec<PresetTitle>, WalletError> {
        let record = self.records()?.credential(credential)?;
        let answered =
            |preset: &Preset| record.format != Format::SdJwtVc && preset.types().contains(&record.vct);
        let title = |preset: Preset| PresetTitle {
            id: preset.id().to_owned(),
            title: Localized::new(preset.title("zh-CN"), preset.title("en")),
            needs_counter: true,
        };
        Ok(Preset::shipped_for_files().into_iter().filter(answered).map(title).collect())
    }

    /// What a file for the counter of this printed code would tell: everything in the credential, since
    /// its signature cannot be shown in part.
    ///
    /// # Errors
    /// [`WalletError::UnknownPreset`], [`PresetNotAnswered`](WalletError::PresetNotAnswered),
    /// [`NotACounter`](WalletError::NotACounter), [`NotFound`](WalletError::NotFound).
    pub fn file_consent_for(
        &self,
        credential: &CredentialId,
        preset: &str,
        counter: &str,
    ) -> Result<ConsentSheet, WalletError> {
        let preset = file_preset(preset)?;
        let records = self.records()?;
        let record = records.credential(credential)?;
        let claims =
            held::claims(record.format, &records.copy(&record.next_copy().ok_or(WalletError::Record)?.id)?)?;
        let all_there = preset.claims().iter().all(|claim| !claim.path.select(&claims).is_empty());
        if record.format == Format::SdJwtVc || !preset.types().contains(&record.vct) || !all_there {
            return Err(WalletError::PresetNotAnswered(preset.id().to_owned()));
        }
        let printed: PrintedCounter = counter.parse().map_err(|_| WalletError::NotACounter)?;
        let asker = Asker::Counter {
            audience: printed.audience().to_string(),
            name: Localized::new(&printed.name_zh, &printed.name_en),
        };
        let fields = fields::all(&claims, &record.words);
        let mut warned = vec![Warning::EverythingTravels];
        warned.extend(warnings(&preset, &asker, &self.summarize(&records, &record)?));
        Ok(ConsentSheet {
            credential: record.id.clone(),
            title: record.words.title.clone(),
            issuer: record.issuer.clone(),
            preset: preset.id().to_owned(),
            preset_title: Localized::new(preset.title("zh-CN"), preset.title("en")),
            asker,
            purpose: Localized::new(preset.purpose("zh-CN"), preset.purpose("en")),
            unasked: unasked(&preset, &fields),
            fields,
            face: false,
            warnings: warned,
        })
    }

    /// Makes the file that a sheet of [`file_consent_for`](Self::file_consent_for) was agreed to for:
    /// spends one copy, whose key signs, and writes the history line.
    ///
    /// # Errors
    /// [`WalletError::NotFound`], or what the store or the keystore says.
    pub fn present_to_file(&self, consent: &Consent) -> Result<PresentationFile, WalletError> {
        let sheet = consent.sheet();
        let preset = file_preset(&sheet.preset)?;
        let records = self.records()?;
        let record = records.credential(&sheet.credential)?;
        if record.format == Format::SdJwtVc {
            return Err(WalletError::PresetNotAnswered(preset.id().to_owned()));
        }
        let listing = record.listed_issuer.as_ref().map(ListedIssuer::listing).transpose()?.flatten();
        let (copy, staple) = self.spend(&records, record.clone(), sheet)?;
        let credential = match record.format {
            Format::VcJwt => Value::from(copy.compact),
            _ => serde_json::from_str(&copy.compact).map_err(|_| WalletError::Record)?,
        };
        let holder = held::holder_did(&copy.key);
        let challenge = Challenge {
            nonce: self.config().random.bytes::<16>()?,
            anchor: staple.as_ref().map(|staple| staple.header_digest),
        };
        let made = self.now_ms().max(self.newest_header_ms()) / 1000;
        let method = format!("{holder}#{}", PublicKey::from(&copy.key).multibase());
        let keystore = self.config().keystore.clone();
        let answer = Answer {
            document: file::presentation_of(&credential, &holder),
            method,
            audience: sheet.asker.audience().to_owned(),
            challenge: challenge.to_string(),
            made,
            signer: KeystoreSigner { keystore, alias: copy.key_alias, public: copy.key },
        };
        let presentation = match record.format {
            Format::VcJwt => answer.as_jwt()?.into(),
            _ => answer.with_proof()?.into(),
        };
        let staples: Vec<_> = staple.into_iter().map(|staple| staple.staple).collect();
        let listings: Vec<_> = listing.into_iter().collect();
        Ok(PresentationFile {
            name: format!("yufu-{}.json", preset.id()),
            media_type: MEDIA_TYPE.into(),
            content: file::write(presentation, &staples, &listings).into_bytes(),
            good_until_ms: made
                .saturating_add(preset.max_age_s().unwrap_or(file::MAX_AGE_S))
                .saturating_mul(1000),
        })
    }
}

/// A presentation that the holder's key is to sign, for one audience and one challenge. It is secured as
/// the credential in it is, so that who reads the one can read the other.
struct Answer {
    document: Map<String, Value>,
    /// The DID URL of the holder's key.
    method: String,
    audience: String,
    challenge: String,
    made: u64,
    signer: KeystoreSigner,
}

impl Answer {
    fn as_jwt(&self) -> Result<String, WalletError> {
        let request = IssueVpJwt {
            document: &self.document,
            kid: &self.method,
            audience: &self.audience,
            nonce: &self.challenge,
            times: JwtTimes { issued_at: Some(self.made), ..JwtTimes::default() },
        };
        Ok(issue_presentation(&request, &self.signer)?)
    }

    fn with_proof(&self) -> Result<Map<String, Value>, WalletError> {
        let mut options =
            ProofOptions::new(Cryptosuite::EcdsaRdfc2019, &self.method, Relationship::Authentication);
        options.created = Some(self.made);
        options.domain = vec![self.audience.clone()];
        options.challenge = Some(self.challenge.clone());
        Ok(proof::sign(&self.document, &options, &BySigner::new(&self.signer), &Limits::default())?)
    }
}

/// Paths of the fields that are neither asked for nor part of something that is.
fn unasked(preset: &Preset, fields: &[CredentialField]) -> Vec<String> {
    let asked = |path: &str| {
        let path = serde_json::from_str::<ClaimPath>(path);
        path.is_ok_and(|path| {
            preset.claims().iter().any(|claim| path.steps().starts_with(claim.path.steps()))
        })
    };
    let paths = fields.iter().map(|field| &field.path);
    paths.filter(|path| !asked(path)).cloned().collect()
}

fn file_preset(id: &str) -> Result<Preset, WalletError> {
    let found = Preset::shipped_for_files().into_iter().find(|preset| preset.id() == id);
    found.ok_or_else(|| WalletError::UnknownPreset(id.to_owned()))
}
