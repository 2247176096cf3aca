//! Presets: what a counter of a kind asks for, agreed beforehand between every phone and counter.
//!
//! A preset is a JSON document. Its digest, SHA-256 of the canonical form (RFC 8785), is what the key
//! binding of a show code carries: phone and counter then mean the same question, word for word. A
//! counter may narrow the limits for itself; that is local and outside the digest.

use super::audience::Audience;
use crate::{
    credential::{ClaimPath, PathElement},
    crypto::{Digest, sha256},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How tightly a code is bound to where it is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grade {
    /// To a class of counters. For a shown face or a low risk.
    Class,
    /// To one counter, whose printed code the phone scanned.
    Counter,
    /// To one request of one counter, encrypted to it.
    Sealed,
}

/// How well the holder's key must be kept, as the issuer attested it in `key_level`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyLevel {
    /// In a file.
    Software,
    /// In the device's trusted environment.
    Hardware,
    /// In a separate secure element.
    StrongBox,
}

/// A claim that a preset asks for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PresetClaim {
    /// Where it stands in the credential.
    pub path: ClaimPath,
    /// The values that answer; any value does where this is absent.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub values: Option<Vec<serde_json::Value>>,
}

/// A question that counters of a kind ask, with everything that the resident must know to consent.
#[derive(Clone, Debug, PartialEq)]
pub struct Preset {
    document: Document,
    digest: Digest,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    id: String,
    version: u32,
    /// Credential types (`vct`), any of which answers.
    types: Vec<String>,
    claims: Vec<PresetClaim>,
    /// By locale, `en` and `zh-CN` always.
    title: BTreeMap<String, String>,
    purpose: BTreeMap<String, String>,
    grade: Grade,
    face: bool,
    max_status_age_s: u64,
    max_header_age_s: u64,
    /// Of presentations in files; those of show codes have one age for all.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    max_age_s: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    key_level: Option<KeyLevel>,
}

/// Why a document is not a preset.
#[derive(Debug, thiserror::Error)]
pub enum PresetError {
    /// Not JSON of this shape.
    #[error("not the JSON of a preset")]
    Json(#[source] serde_json::Error),
    /// No canonical form, which only numbers outside JSON's range bring about.
    #[error("the preset has no canonical form")]
    Canonical,
    /// An id of other characters than lower-case letters, digits and hyphens.
    #[error("the preset's id is malformed")]
    Id,
    /// No type, no claim, or a claim twice.
    #[error("the preset names no type or no claim, or a claim twice")]
    Claims,
    /// A title or purpose is missing in English or Chinese.
    #[error("the preset's title or purpose is missing in en or zh-CN")]
    Words,
    /// It says that a face is shown and does not ask for `portrait_small`, or the reverse.
    #[error("the preset's face and its claims disagree")]
    Face,
    /// A limit of zero, or presentations of more than a day ago.
    #[error("the preset allows no age at all, or too much")]
    Limits,
}

/// The claim that carries the face in a show code.
pub const PORTRAIT_SMALL: &str = "portrait_small";
/// Most bytes of that picture.
pub const MAX_PORTRAIT_SMALL: usize = 1_000;

const SHIPPED: [&str; 5] = [
    include_str!("presets/age18.json"),
    include_str!("presets/age65.json"),
    include_str!("presets/identity.json"),
    include_str!("presets/address.json"),
    include_str!("presets/driving.json"),
];

/// What is answered by a presentation file: credentials of the W3C data model.
const SHIPPED_FOR_FILES: [&str; 1] = [include_str!("presets/land-title.json")];
/// A used presentation is remembered for a day.
const MAX_MAX_AGE_S: u64 = 24 * 60 * 60;

impl Preset {
    /// Reads a preset's document.
    ///
    /// # Errors
    /// [`PresetError`] by what does not hold.
    pub fn parse(json: &str) -> Result<Self, PresetError> {
        let document: Document = serde_json::from_str(json).map_err(PresetError::Json)?;
        document.check()?;
        let canonical = serde_json_canonicalizer::to_vec(&document).map_err(|_| PresetError::Canonical)?;
        Ok(Self { digest: sha256(&[&canonical]), document })
    }

    /// The presets of show codes that come with every phone and counter.
    #[must_use]
    pub fn shipped() -> Vec<Self> {
        // A test reads each of them; none is ever dropped here.
        SHIPPED.iter().filter_map(|json| Self::parse(json).ok()).collect()
    }

    /// The presets of presentation files that come with every phone and counter.
    #[must_use]
    pub fn shipped_for_files() -> Vec<Self> {
        SHIPPED_FOR_FILES.iter().filter_map(|json| Self::parse(json).ok()).collect()
    }

    /// The shipped preset called `id`, of show codes or of files.
    #[must_use]
    pub fn named(id: &str) -> Option<Self> {
        Self::shipped().into_iter().chain(Self::shipped_for_files()).find(|preset| preset.id() == id)
    }

    /// Its name among presets, for example `age18`.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.document.id
    }

    /// Counts up whenever anything in it changes.
    #[must_use]
    pub fn version(&self) -> u32 {
        self.document.version
    }

    /// Credential types (`vct`), any of which answers.
    #[must_use]
    pub fn types(&self) -> &[String] {
        &self.document.types
    }

    /// The claims asked for, all of them.
    #[must_use]
    pub fn claims(&self) -> &[PresetClaim] {
        &self.document.claims
    }

    /// The paths of [`claims`](Self::claims): what the phone discloses, and what the consent sheet lists.
    #[must_use]
    pub fn paths(&self) -> Vec<ClaimPath> {
        self.document.claims.iter().map(|claim| claim.path.clone()).collect()
    }

    /// The title in `locale` (`en` or `zh-CN`; anything else reads English).
    #[must_use]
    pub fn title(&self, locale: &str) -> &str {
        word(&self.document.title, locale)
    }

    /// What the answer is for, in `locale`.
    #[must_use]
    pub fn purpose(&self, locale: &str) -> &str {
        word(&self.document.purpose, locale)
    }

    /// How tightly a code is bound to where it is shown.
    #[must_use]
    pub fn grade(&self) -> Grade {
        self.document.grade
    }

    /// The audience of a code that no counter's printed code was scanned for: the class of counters that
    /// ask this. Only presets of grade [`Grade::Class`] have one.
    #[must_use]
    pub fn class_audience(&self) -> Option<Audience> {
        (self.document.grade == Grade::Class).then(|| Audience::Class(self.document.id.clone()))
    }

    /// Whether the small portrait travels in the code.
    #[must_use]
    pub fn face(&self) -> bool {
        self.document.face
    }

    /// Oldest status publication that answers, in seconds.
    #[must_use]
    pub fn max_status_age_s(&self) -> u64 {
        self.document.max_status_age_s
    }

    /// Oldest registry header that answers, in seconds; no code can be made further ahead.
    #[must_use]
    pub fn max_header_age_s(&self) -> u64 {
        self.document.max_header_age_s
    }

    /// Oldest presentation in a file that answers, in seconds, where the preset says it.
    #[must_use]
    pub fn max_age_s(&self) -> Option<u64> {
        self.document.max_age_s
    }

    /// The least level of the holder's key, where one is needed.
    #[must_use]
    pub fn key_level(&self) -> Option<KeyLevel> {
        self.document.key_level
    }

    /// SHA-256 of the document in canonical form.
    ///
    /// Spec: RFC 8785.
    #[must_use]
    pub fn digest(&self) -> &Digest {
        &self.digest
    }
}

fn word<'a>(words: &'a BTreeMap<String, String>, locale: &str) -> &'a str {
    words.get(locale).or_else(|| words.get("en")).map_or("", String::as_str)
}

impl Document {
    fn check(&self) -> Result<(), PresetError> {
        let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if self.id.is_empty() || self.id.len() > 64 || !self.id.bytes().all(allowed) {
            return Err(PresetError::Id);
        }
        let twice = |i: usize| self.claims[..i].iter().any(|claim| claim.path == self.claims[i].path);
        if self.types.is_empty() || self.claims.is_empty() || (0..self.claims.len()).any(twice) {
            return Err(PresetError::Claims);
        }
        for words in [&self.title, &self.purpose] {
            if ["en", "zh-CN"].iter().any(|locale| words.get(*locale).is_none_or(|w| w.trim().is_empty())) {
                return Err(PresetError::Words);
            }
        }
        if self.face != self.claims.iter().any(|claim| is_portrait_small(&claim.path)) {
            return Err(PresetError::Face);
        }
        let age = self.max_age_s.is_none_or(|age| (1..=MAX_MAX_AGE_S).contains(&age));
        if self.max_status_age_s == 0 || self.max_header_age_s == 0 || !age {
            return Err(PresetError::Limits);
        }
        Ok(())
    }
}

/// Whether `path` is that of the face.
#[must_use]
pub fn is_portrait_small(path: &ClaimPath) -> bool {
    matches!(path.steps(), [PathElement::Name(name)] if name == PORTRAIT_SMALL)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credential::types::ShippedType;
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    use serde_json::{Value, json};

    fn changed(change: impl FnOnce(&mut Value)) -> Result<Preset, PresetError> {
        let mut document: Value = serde_json::from_str(SHIPPED[0]).unwrap();
        change(&mut document);
        Preset::parse(&document.to_string())
    }

    #[test]
    fn every_shipped_preset_is_one_and_is_found_by_its_name() {
        assert_eq!(Preset::shipped().len(), SHIPPED.len());
        assert_eq!(Preset::shipped_for_files().len(), SHIPPED_FOR_FILES.len());
        for preset in Preset::shipped().into_iter().chain(Preset::shipped_for_files()) {
            assert_eq!(Preset::named(preset.id()).as_ref(), Some(&preset));
            assert_ne!(preset.title("zh-CN"), preset.title("en"));
            assert_ne!(preset.purpose("zh-CN"), preset.purpose("en"));
            assert_eq!(preset.purpose("fr"), preset.purpose("en"));
        }
    }

    #[test]
    fn every_shipped_preset_asks_for_claims_that_its_types_have() {
        for preset in Preset::shipped().into_iter().chain(Preset::shipped_for_files()) {
            for vct in preset.types() {
                let resolved = ShippedType::named(vct).unwrap().resolve().unwrap();
                for claim in preset.claims() {
                    let known = resolved.claims().iter().any(|known| known.path == claim.path);
                    assert!(known, "{}: {}", preset.id(), claim.path);
                }
            }
        }
    }

    #[test]
    fn the_digest_is_of_the_canonical_form_and_stays() {
        // The same document written another way.
        let spread = SHIPPED[0].replace(',', " ,\n");
        assert_eq!(Preset::parse(&spread).unwrap().digest(), Preset::named("age18").unwrap().digest());
        let digest = URL_SAFE_NO_PAD.encode(Preset::named("age18").unwrap().digest());
        assert_eq!(digest, "rI7yAYLabTUTs1OoTaVmyiOo-nkxDNP3ZEWhnhcumP4");
        let other = changed(|d| d["purpose"]["en"] = json!("To draw up statistics")).unwrap();
        assert_ne!(other.digest(), Preset::named("age18").unwrap().digest());
    }

    #[test]
    fn only_presets_of_grade_class_have_a_class_audience() {
        let of = |id| Preset::named(id).unwrap().class_audience().map(|audience| audience.to_string());
        assert_eq!(of("age18").as_deref(), Some("yufu-class:age18"));
        assert_eq!(of("identity"), None);
    }

    #[test]
    fn refuses_documents_by_what_does_not_hold() {
        type Case = (fn(&mut Value), fn(&PresetError) -> bool);
        let cases: [Case; 12] = [
            (|d| d["extra"] = json!(1), |e| matches!(e, PresetError::Json(_))),
            (|d| d["grade"] = json!("open"), |e| matches!(e, PresetError::Json(_))),
            (|d| d["id"] = json!("Age 18"), |e| matches!(e, PresetError::Id)),
            (|d| d["types"] = json!([]), |e| matches!(e, PresetError::Claims)),
            (|d| d["claims"] = json!([]), |e| matches!(e, PresetError::Claims)),
            (|d| d["claims"][1] = d["claims"][0].clone(), |e| matches!(e, PresetError::Claims)),
            (|d| d["purpose"]["zh-CN"] = json!(" "), |e| matches!(e, PresetError::Words)),
            (|d| d["title"] = json!({"en": "x"}), |e| matches!(e, PresetError::Words)),
            (|d| d["face"] = json!(false), |e| matches!(e, PresetError::Face)),
            (|d| d["max_status_age_s"] = json!(0), |e| matches!(e, PresetError::Limits)),
            (|d| d["max_age_s"] = json!(0), |e| matches!(e, PresetError::Limits)),
            (|d| d["max_age_s"] = json!(86_401), |e| matches!(e, PresetError::Limits)),
        ];
        for (i, (change, expected)) in cases.into_iter().enumerate() {
            let refused = changed(change).unwrap_err();
            assert!(expected(&refused), "{i}: {refused:?}");
        }
    }
}
