//! A type with all that it extends.

use super::{
    ClaimMetadata, Disclosability, IntegrityError, SimpleRendering, TypeDisplay, TypeError, TypeMetadata,
    W3cShape, best_for_locale, check_integrity,
};
use crate::credential::{ClaimPath, PathElement};
use serde_json::{Map, Value};

/// The most types that one may extend, one through the other.
pub const MAX_EXTENDS: usize = 8;

/// A credential type, whole: its own document and those it extends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialType {
    /// Itself first, then what it extends, up to the root.
    chain: Vec<String>,
    w3c: Option<W3cShape>,
    display: Vec<TypeDisplay>,
    claims: Vec<ClaimMetadata>,
}

/// Why a type could not be put together.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ResolveError {
    /// A document is not one.
    #[error(transparent)]
    Type(#[from] TypeError),
    /// A document is not the one that was named.
    #[error(transparent)]
    Integrity(#[from] IntegrityError),
    /// A document is not to be had.
    #[error("the document of the type `{0}` is not to be had")]
    Missing(String),
    /// A type extends itself, through others or not.
    #[error("the type `{0}` extends itself")]
    Cycle(String),
    /// More than [`MAX_EXTENDS`].
    #[error("the type extends too many others")]
    TooLong,
    /// A type takes back what one that it extends demands of a claim.
    #[error("the claim `{0}` is described against the type that is extended")]
    Contradiction(ClaimPath),
}

/// Why claims are not those of a type.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClaimsError {
    /// Another type.
    #[error("the claims are of another type")]
    WrongType,
    /// A claim that the type always has.
    #[error("the claim `{0}` is missing")]
    Missing(ClaimPath),
}

impl CredentialType {
    /// Puts a type together. `document` gives the document of a type, from wherever the caller trusts to
    /// have it: shipped, cached, or fetched and compared with the registry's digest.
    ///
    /// # Errors
    /// [`ResolveError`] by the first thing that does not hold, anywhere in the chain.
    pub fn resolve<'a>(
        vct: &str,
        mut document: impl FnMut(&str) -> Option<std::borrow::Cow<'a, [u8]>>,
    ) -> Result<Self, ResolveError> {
        let mut chain: Vec<String> = Vec::new();
        let (mut display, mut claims, mut w3c) = (Vec::new(), Vec::<ClaimMetadata>::new(), None);
        let mut next = Some((vct.to_owned(), None::<String>));
        while let Some((vct, integrity)) = next {
            if chain.contains(&vct) {
                return Err(ResolveError::Cycle(vct));
            }
            if chain.len() > MAX_EXTENDS {
                return Err(ResolveError::TooLong);
            }
            let bytes = document(&vct).ok_or_else(|| ResolveError::Missing(vct.clone()))?;
            if let Some(integrity) = integrity {
                check_integrity(&bytes, &integrity)?;
            }
            let metadata = TypeMetadata::parse(&bytes, &vct)?;
            // The nearest document that has a display decides it whole.
            if display.is_empty() {
                display = metadata.display;
            }
            w3c = w3c.or(metadata.w3c);
            inherit(&mut claims, metadata.claims)?;
            next = metadata.extends.map(|extended| (extended, metadata.extends_integrity));
            chain.push(vct);
        }
        Ok(Self { chain, w3c, display, claims })
    }

    /// The type.
    #[must_use]
    pub fn vct(&self) -> &str {
        // Never empty: `resolve` puts the type itself in first.
        self.chain.first().map_or("", String::as_str)
    }

    /// The type and all that it extends.
    #[must_use]
    pub fn chain(&self) -> &[String] {
        &self.chain
    }

    /// How it looks in the W3C data model, where it is issued in it.
    #[must_use]
    pub fn w3c(&self) -> Option<&W3cShape> {
        self.w3c.as_ref()
    }

    /// Its name in the language nearest to `locale`.
    #[must_use]
    pub fn name(&self, locale: &str) -> Option<&str> {
        self.display_for(locale).map(|display| display.name.as_str())
    }

    /// What it is, in the language nearest to `locale`.
    #[must_use]
    pub fn description(&self, locale: &str) -> Option<&str> {
        self.display_for(locale)?.description.as_deref()
    }

    /// The colours of its card.
    #[must_use]
    pub fn colours(&self, locale: &str) -> Option<&SimpleRendering> {
        self.display_for(locale)?.rendering.as_ref()?.simple.as_ref()
    }

    fn display_for(&self, locale: &str) -> Option<&TypeDisplay> {
        best_for_locale(&self.display, locale, |display| Some(&display.locale))
    }

    /// Its claims, in the order to show them.
    #[must_use]
    pub fn claims(&self) -> &[ClaimMetadata] {
        &self.claims
    }

    /// The label of the claim at `path` (an index counts as every element), in the language nearest to
    /// `locale`.
    #[must_use]
    pub fn label(&self, path: &ClaimPath, locale: &str) -> Option<&str> {
        let claim = self.claims.iter().find(|claim| is_at(&claim.path, path))?;
        let display = best_for_locale(&claim.display, locale, |display| Some(&display.locale))?;
        Some(&display.label)
    }

    /// The rules of disclosure to issue under: all that may be held back, can be.
    #[must_use]
    pub fn disclosable(&self) -> Vec<ClaimPath> {
        let disclosable = self.claims.iter().filter(|claim| claim.sd != Disclosability::Never);
        disclosable
            .filter(|claim| !claim.path.is_never_disclosable())
            .map(|claim| claim.path.clone())
            .collect()
    }

    /// Checks that `claims` are of this type and have all that is mandatory. What is mandatory below a
    /// claim that is not there is not asked for.
    ///
    /// # Errors
    /// [`ClaimsError`].
    pub fn check(&self, claims: &Map<String, Value>) -> Result<(), ClaimsError> {
        if claims.get("vct").and_then(Value::as_str) != Some(self.vct()) {
            return Err(ClaimsError::WrongType);
        }
        self.check_mandatory(claims)
    }

    /// Checks that a document of the W3C data model has this type's contexts and types and all that is
    /// mandatory.
    ///
    /// # Errors
    /// [`ClaimsError`]; [`ClaimsError::WrongType`] also where the type is none of that data model.
    pub fn check_w3c(&self, document: &Map<String, Value>) -> Result<(), ClaimsError> {
        let shape = self.w3c.as_ref().ok_or(ClaimsError::WrongType)?;
        let same = |name: &str, expected: &[String]| {
            document.get(name).and_then(Value::as_array).is_some_and(|given| given == expected)
        };
        if !same("@context", &shape.contexts) || !same("type", &shape.types) {
            return Err(ClaimsError::WrongType);
        }
        self.check_mandatory(document)
    }

    fn check_mandatory(&self, claims: &Map<String, Value>) -> Result<(), ClaimsError> {
        for claim in self.claims.iter().filter(|claim| claim.mandatory) {
            let above = claim.path.parent().is_none_or(|parent| !parent.select(claims).is_empty());
            if above && claim.path.select(claims).is_empty() {
                return Err(ClaimsError::Missing(claim.path.clone()));
            }
        }
        Ok(())
    }
}

/// Adds what is inherited to what is nearer, which wins where it may.
fn inherit(claims: &mut Vec<ClaimMetadata>, inherited: Vec<ClaimMetadata>) -> Result<(), ResolveError> {
    for above in inherited {
        let Some(near) = claims.iter().find(|claim| claim.path == above.path) else {
            claims.push(above);
            continue;
        };
        let disclosure_kept = above.sd == Disclosability::Allowed || near.sd == above.sd;
        if !disclosure_kept || (above.mandatory && !near.mandatory) {
            return Err(ResolveError::Contradiction(above.path));
        }
    }
    Ok(())
}

fn is_at(described: &ClaimPath, path: &ClaimPath) -> bool {
    let (described, path) = (described.steps(), path.steps());
    described.len() == path.len()
        && described
            .iter()
            .zip(path)
            .all(|(a, b)| a == b || (*a == PathElement::All && matches!(b, PathElement::Index(_))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credential::types::integrity_of;
    use serde_json::json;
    use std::{borrow::Cow, collections::HashMap};

    fn resolve(documents: &[Value]) -> Result<CredentialType, ResolveError> {
        let by_vct: HashMap<String, Vec<u8>> = documents
            .iter()
            .map(|document| (document["vct"].as_str().unwrap().to_owned(), document.to_string().into_bytes()))
            .collect();
        CredentialType::resolve("a", |vct| by_vct.get(vct).map(|bytes| Cow::Borrowed(bytes.as_slice())))
    }

    #[test]
    fn a_type_has_the_claims_of_those_it_extends() {
        let root = json!({ "vct": "b", "display": [{ "locale": "en", "name": "Root" }], "claims": [
            { "path": ["x"], "mandatory": true }, { "path": ["y"], "sd": "never" },
        ]});
        let itself = json!({
            "vct": "a", "extends": "b", "extends#integrity": integrity_of(root.to_string().as_bytes()),
            "claims": [{ "path": ["x"], "mandatory": true, "sd": "always" }, { "path": ["z"] }],
        });
        let whole = resolve(&[itself, root]).unwrap();
        assert_eq!((whole.vct(), whole.chain()), ("a", ["a".to_owned(), "b".to_owned()].as_slice()));
        assert_eq!(whole.name("zh-CN"), Some("Root"));
        let disclosable: Vec<String> = whole.disclosable().iter().map(ClaimPath::to_string).collect();
        assert_eq!(disclosable, ["x", "z"]);
        assert_eq!(whole.claims().len(), 3);
    }

    #[test]
    fn refuses_a_chain_that_comes_back_to_itself_or_does_not_end() {
        let circle = [json!({ "vct": "a", "extends": "b" }), json!({ "vct": "b", "extends": "a" })];
        assert_eq!(resolve(&circle).unwrap_err(), ResolveError::Cycle("a".into()));
        let mut long: Vec<Value> =
            (1..20).map(|n| json!({ "vct": n.to_string(), "extends": (n + 1).to_string() })).collect();
        long.push(json!({ "vct": "a", "extends": "1" }));
        assert_eq!(resolve(&long).unwrap_err(), ResolveError::TooLong);
    }

    #[test]
    fn refuses_a_chain_with_a_document_missing_changed_or_malformed() {
        let itself = json!({ "vct": "a", "extends": "b", "extends#integrity": integrity_of(b"other") });
        assert_eq!(resolve(std::slice::from_ref(&itself)).unwrap_err(), ResolveError::Missing("b".into()));
        let changed = resolve(&[itself, json!({ "vct": "b" })]).unwrap_err();
        assert_eq!(changed, ResolveError::Integrity(IntegrityError::Mismatch));
        let malformed = [json!({ "vct": "a", "extends": "b" }), json!({ "vct": "b", "claims": 1 })];
        assert_eq!(resolve(&malformed).unwrap_err(), ResolveError::Type(TypeError::Malformed));
    }

    #[test]
    fn refuses_to_take_back_what_an_extended_type_demands() {
        for (above, near) in [
            (json!({ "sd": "never" }), json!({ "sd": "always" })),
            (json!({ "sd": "always" }), json!({})),
            (json!({ "mandatory": true }), json!({ "mandatory": false })),
        ] {
            let claim = |mut rule: Value| {
                rule["path"] = json!(["x"]);
                json!([rule])
            };
            let documents = [
                json!({ "vct": "a", "extends": "b", "claims": claim(near) }),
                json!({ "vct": "b", "claims": claim(above) }),
            ];
            let error = resolve(&documents).unwrap_err();
            assert_eq!(error, ResolveError::Contradiction(ClaimPath::name("x")));
        }
    }
}
