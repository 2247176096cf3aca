//! One document of type metadata.

use crate::{
    credential::ClaimPath,
    crypto::{Digest, sha256},
    jose::parse_object,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The largest document that is read, in bytes.
pub const MAX_TYPE_METADATA: usize = 64 * 1024;
/// The most claims that a document may describe.
const MAX_CLAIMS: usize = 256;

/// A credential type as its owner publishes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TypeMetadata {
    /// The type: an address in its owner's control.
    pub vct: String,
    /// A name for developers.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub name: Option<String>,
    /// What it is, for developers.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub description: Option<String>,
    /// The type that this one adds to.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub extends: Option<String>,
    /// The hash of that type's document.
    #[serde(rename = "extends#integrity", skip_serializing_if = "Option::is_none", default)]
    pub extends_integrity: Option<String>,
    /// How a credential of this type looks in the W3C data model, where it is issued in it. A property of
    /// ours; claim paths then start at the top of the document.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub w3c: Option<W3cShape>,
    /// Name and look, by language.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub display: Vec<TypeDisplay>,
    /// The claims, in the order to show them.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub claims: Vec<ClaimMetadata>,
}

/// What a W3C credential of a type has in `@context` and `type`. The contexts expand one of the types to
/// the address that is the type's `vct`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct W3cShape {
    /// All of `@context`, in order.
    pub contexts: Vec<String>,
    /// All of `type`, in order.
    pub types: Vec<String>,
}

impl W3cShape {
    /// `@context` comes first with that of the data model, `type` with `VerifiableCredential`, and each
    /// has at least one more.
    fn is_whole(&self) -> bool {
        const MAX: usize = 8;
        let starts_with = |given: &[String], first: &str| {
            (2..=MAX).contains(&given.len()) && given.first().is_some_and(|given| given == first)
        };
        starts_with(&self.contexts, "https://www.w3.org/ns/credentials/v2")
            && starts_with(&self.types, "VerifiableCredential")
    }
}

/// Name and look of a type in one language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TypeDisplay {
    /// The language, as BCP 47 writes it.
    pub locale: String,
    /// The name.
    pub name: String,
    /// What it is.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub description: Option<String>,
    /// How a card of this type looks.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub rendering: Option<Rendering>,
}

/// How a card looks. Templates are not taken: what a document of another brings to run or to load stays
/// out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rendering {
    /// By colours.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub simple: Option<SimpleRendering>,
}

/// A card's colours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SimpleRendering {
    /// Of the card, `#rrggbb`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub background_color: Option<String>,
    /// Of its text, `#rrggbb`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub text_color: Option<String>,
}

/// One claim of a type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimMetadata {
    /// Which claim.
    pub path: ClaimPath,
    /// Its label, by language.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub display: Vec<ClaimDisplay>,
    /// Whether it is always issued.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub mandatory: bool,
    /// Whether the holder may hold it back.
    #[serde(skip_serializing_if = "Disclosability::is_default", default)]
    pub sd: Disclosability,
}

/// A claim's label in one language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimDisplay {
    /// The language, as BCP 47 writes it.
    pub locale: String,
    /// The label.
    pub label: String,
    /// What the claim says.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub description: Option<String>,
}

/// Whether the holder may hold a claim back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Disclosability {
    /// Always.
    Always,
    /// As the issuer decides.
    #[default]
    Allowed,
    /// Never.
    Never,
}

impl Disclosability {
    // The signature is serde's.
    #[allow(clippy::trivially_copy_pass_by_ref)]
    fn is_default(&self) -> bool {
        *self == Self::Allowed
    }
}

/// Why a document was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TypeError {
    /// Over [`MAX_TYPE_METADATA`], or too many claims.
    #[error("the type's document is larger than is read")]
    TooLarge,
    /// Not JSON of distinct members and the right shape.
    #[error("the type's document is malformed")]
    Malformed,
    /// The document is of another type than was asked for.
    #[error("the document is of another type")]
    WrongType,
    /// One claim is described twice.
    #[error("the claim `{0}` is described twice")]
    ClaimTwice(ClaimPath),
    /// A language stands twice.
    #[error("a language stands twice")]
    LocaleTwice,
    /// A colour is not `#rrggbb`: it goes into a page's style.
    #[error("a colour is not one")]
    Colour,
    /// A claim that must always be shown is said to be disclosable.
    #[error("the claim `{0}` can never be held back")]
    NeverDisclosable(ClaimPath),
}

impl TypeMetadata {
    /// Reads the document of `vct`.
    ///
    /// # Errors
    /// [`TypeError`] by the first thing that does not hold.
    pub fn parse(document: &[u8], vct: &str) -> Result<Self, TypeError> {
        if document.len() > MAX_TYPE_METADATA {
            return Err(TypeError::TooLarge);
        }
        let members = parse_object(document).map_err(|_| TypeError::Malformed)?;
        let metadata: Self = serde_json::from_value(members.into()).map_err(|_| TypeError::Malformed)?;
        if metadata.vct != vct || vct.is_empty() {
            return Err(TypeError::WrongType);
        }
        metadata.check()?;
        Ok(metadata)
    }

    fn check(&self) -> Result<(), TypeError> {
        if self.claims.len() > MAX_CLAIMS {
            return Err(TypeError::TooLarge);
        }
        if self.extends_integrity.is_some() && self.extends.is_none() {
            return Err(TypeError::Malformed);
        }
        if self.w3c.as_ref().is_some_and(|shape| !shape.is_whole()) {
            return Err(TypeError::Malformed);
        }
        distinct(self.display.iter().map(|display| display.locale.as_str()))?;
        let mut paths = BTreeSet::new();
        for claim in &self.claims {
            if !paths.insert(&claim.path) {
                return Err(TypeError::ClaimTwice(claim.path.clone()));
            }
            distinct(claim.display.iter().map(|display| display.locale.as_str()))?;
            if claim.path.is_never_disclosable() && claim.sd == Disclosability::Always {
                return Err(TypeError::NeverDisclosable(claim.path.clone()));
            }
        }
        let renderings =
            self.display.iter().filter_map(|display| display.rendering.as_ref()?.simple.as_ref());
        for colours in renderings {
            let mut both = colours.background_color.iter().chain(&colours.text_color);
            if !both.all(|colour| is_colour(colour)) {
                return Err(TypeError::Colour);
            }
        }
        Ok(())
    }

    /// SHA-256 of a document as published: what the registry records of a type.
    #[must_use]
    pub fn digest(document: &[u8]) -> Digest {
        sha256(&[document])
    }
}

fn distinct<'a>(locales: impl Iterator<Item = &'a str>) -> Result<(), TypeError> {
    let mut met = BTreeSet::new();
    for locale in locales {
        if !met.insert(locale.to_ascii_lowercase()) {
            return Err(TypeError::LocaleTwice);
        }
    }
    Ok(())
}

fn is_colour(text: &str) -> bool {
    text.len() == 7
        && text.strip_prefix('#').is_some_and(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    const VCT: &str = "https://a.example/types/x/1";

    fn refusal(more: Value) -> TypeError {
        let mut document = json!({ "vct": VCT });
        document.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        TypeMetadata::parse(document.to_string().as_bytes(), VCT).unwrap_err()
    }

    #[test]
    fn refuses_documents_that_are_none() {
        assert_eq!(TypeMetadata::parse(b"[]", VCT).unwrap_err(), TypeError::Malformed);
        let twice = format!(r#"{{"vct":"{VCT}","vct":"{VCT}"}}"#);
        assert_eq!(TypeMetadata::parse(twice.as_bytes(), VCT).unwrap_err(), TypeError::Malformed);
        assert_eq!(refusal(json!({ "claims": [{ "path": [] }] })), TypeError::Malformed);
        assert_eq!(
            refusal(json!({ "claims": [{ "path": ["a"], "sd": "sometimes" }] })),
            TypeError::Malformed
        );
        assert_eq!(refusal(json!({ "extends#integrity": "sha256-x" })), TypeError::Malformed);
        for (contexts, types) in [
            (json!([]), json!([])),
            (json!(["https://www.w3.org/ns/credentials/v2"]), json!(["VerifiableCredential", "X"])),
            (json!(["https://a.example", "https://b.example"]), json!(["VerifiableCredential", "X"])),
            (json!(["https://www.w3.org/ns/credentials/v2", "https://a.example"]), json!(["X", "Y"])),
        ] {
            let w3c = json!({ "contexts": contexts, "types": types });
            assert_eq!(refusal(json!({ "w3c": w3c })), TypeError::Malformed);
        }
        let large = vec![b' '; MAX_TYPE_METADATA + 1];
        assert_eq!(TypeMetadata::parse(&large, VCT).unwrap_err(), TypeError::TooLarge);
    }

    #[test]
    fn refuses_the_document_of_another_type() {
        assert_eq!(refusal(json!({ "vct": "https://a.example/types/y/1" })), TypeError::WrongType);
    }

    #[test]
    fn refuses_what_stands_twice() {
        let a = || json!({ "path": ["a"] });
        assert_eq!(refusal(json!({ "claims": [a(), a()] })), TypeError::ClaimTwice(ClaimPath::name("a")));
        let labels = json!([{ "locale": "en", "label": "A" }, { "locale": "EN", "label": "B" }]);
        assert_eq!(
            refusal(json!({ "claims": [{ "path": ["a"], "display": labels }] })),
            TypeError::LocaleTwice
        );
    }

    #[test]
    fn refuses_to_hold_back_what_must_always_be_shown() {
        let claims = json!([{ "path": ["status", "x"], "sd": "always" }]);
        assert!(matches!(refusal(json!({ "claims": claims })), TypeError::NeverDisclosable(_)));
    }

    #[test]
    fn refuses_a_colour_that_would_reach_into_a_pages_style() {
        for bad in ["red", "#fff", "#12345g", "#000000;", "url(x)"] {
            let simple = json!({ "background_color": bad });
            let display = json!([{ "locale": "en", "name": "X", "rendering": { "simple": simple } }]);
            assert_eq!(refusal(json!({ "display": display })), TypeError::Colour, "{bad}");
        }
    }
}
