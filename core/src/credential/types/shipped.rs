//! The types that come with every program.

use super::{CredentialType, ResolveError};
use std::borrow::Cow;

/// A document that comes with every program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShippedType {
    /// The type.
    pub vct: &'static str,
    /// Its version in the registry.
    pub version: u32,
    /// Its document as its owner publishes it, to the byte.
    pub document: &'static str,
}

/// The resident ID.
pub static RESIDENT_ID: ShippedType = ShippedType {
    vct: "https://residents.yufu.example/types/resident-id/1",
    version: 1,
    document: include_str!("resident-id-1.json"),
};

/// The driving licence.
pub static DRIVING_LICENCE: ShippedType = ShippedType {
    vct: "https://transport.yufu.example/types/driving-licence/1",
    version: 1,
    document: include_str!("driving-licence-1.json"),
};

/// The land title: a credential of the W3C data model.
pub static LAND_TITLE: ShippedType = ShippedType {
    vct: "https://land.yufu.example/types/land-title/1",
    version: 1,
    document: include_str!("land-title-1.json"),
};

/// All of them.
#[must_use]
pub fn shipped() -> [&'static ShippedType; 3] {
    [&RESIDENT_ID, &DRIVING_LICENCE, &LAND_TITLE]
}

impl ShippedType {
    /// The shipped type called `vct`.
    #[must_use]
    pub fn named(vct: &str) -> Option<&'static Self> {
        shipped().into_iter().find(|shipped| shipped.vct == vct)
    }

    /// The type, put together.
    ///
    /// # Errors
    /// [`ResolveError`]; a test reads each of them, so none comes.
    pub fn resolve(&self) -> Result<CredentialType, ResolveError> {
        CredentialType::resolve(self.vct, |vct| {
            Self::named(vct).map(|shipped| Cow::Borrowed(shipped.document.as_bytes()))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credential::{
        ClaimPath, PathElement,
        sd_jwt::IssueTemplate,
        types::{ClaimsError, Disclosability},
    };
    use crate::crypto::{Algorithm, testing};
    use serde_json::{Map, json};

    #[test]
    fn every_type_is_named_and_labelled_in_english_and_chinese() {
        for shipped in shipped() {
            let whole = shipped.resolve().unwrap();
            assert!(whole.vct().starts_with("https://"));
            assert_ne!(whole.name("en"), whole.name("zh-CN"));
            assert!(whole.colours("en").is_some());
            for claim in whole.claims() {
                let (en, zh) = (whole.label(&claim.path, "en"), whole.label(&claim.path, "zh-CN"));
                assert!(en.is_some() && zh.is_some() && en != zh, "{}: {}", shipped.vct, claim.path);
                assert!(!zh.unwrap().is_ascii(), "{}", claim.path);
            }
        }
    }

    #[test]
    fn everything_personal_can_be_held_back_and_the_key_level_never() {
        let chain = [testing::leaf(&testing::key(Algorithm::Es256, 1), "did:yufu:test:x")];
        for shipped in shipped() {
            let whole = shipped.resolve().unwrap();
            if whole.w3c().is_some() {
                // Secured by a suite that shows it whole.
                continue;
            }
            IssueTemplate::new(&chain, &whole.disclosable(), 0).unwrap();
            for claim in whole.claims() {
                let children_only = whole.claims().iter().any(|other| {
                    other.path.parent().as_ref() == Some(&claim.path) && other.sd == Disclosability::Always
                });
                let inside_one = claim.path.parent().is_some_and(|parent| {
                    whole.claims().iter().any(|c| c.path == parent && c.sd == Disclosability::Always)
                });
                let kept = claim.sd == Disclosability::Always || children_only || inside_one;
                assert_eq!(kept, claim.path != ClaimPath::name("key_level"), "{}", claim.path);
            }
        }
    }

    #[test]
    fn labels_reach_elements_and_nested_claims() {
        let licence = DRIVING_LICENCE.resolve().unwrap();
        let first = ClaimPath::name("driving_privileges").then(PathElement::Index(0));
        assert_eq!(licence.label(&first, "en-GB"), Some("Vehicle class"));
        let resident = RESIDENT_ID.resolve().unwrap();
        assert_eq!(
            resident.label(&ClaimPath::names("age_equal_or_over", &["18"]), "zh"),
            Some("已满 18 周岁")
        );
        assert_eq!(resident.label(&ClaimPath::name("shoe_size"), "en"), None);
    }

    #[test]
    fn claims_of_another_type_or_without_a_mandatory_one_are_refused() {
        let resident = RESIDENT_ID.resolve().unwrap();
        let mut claims: Map<_, _> = json!({
            "vct": RESIDENT_ID.vct, "family_name": "Li", "given_name": "An", "birth_date": "1990-01-01",
            "age_equal_or_over": { "18": true }, "resident_number": "1", "issuing_authority": "x",
            "date_of_issuance": "2026-01-01", "date_of_expiry": "2036-01-01", "key_level": "software",
        })
        .as_object()
        .unwrap()
        .clone();
        assert_eq!(resident.check(&claims), Ok(()));
        claims.remove("birth_date");
        assert_eq!(resident.check(&claims), Err(ClaimsError::Missing(ClaimPath::name("birth_date"))));
        claims.insert("vct".into(), DRIVING_LICENCE.vct.into());
        assert_eq!(resident.check(&claims), Err(ClaimsError::WrongType));
    }

    #[cfg(feature = "data-integrity")]
    #[test]
    fn the_context_of_the_land_title_means_its_type_and_knows_its_claims() {
        use crate::credential::w3c::json_ld::{Limits, to_dataset, type_iris};
        let mut title = land_title();
        let iris = type_iris(&title, &Limits::default()).unwrap();
        assert!(iris.iter().any(|iri| iri == LAND_TITLE.vct), "{iris:?}");
        let owner = json!({ "name_zh": "李安", "name_latin": "Li An", "share": "1/2" });
        title["credentialSubject"]["co_owners"] = json!([owner]);
        title["credentialSubject"]["owner"] = owner;
        to_dataset(&title, &Limits::default()).unwrap();
        for claim in LAND_TITLE.resolve().unwrap().claims() {
            assert!(!claim.path.select(&title).is_empty(), "{} is not tried here", claim.path);
        }
    }

    fn land_title() -> Map<String, serde_json::Value> {
        json!({
            "@context": [
                "https://www.w3.org/ns/credentials/v2", "https://land.yufu.example/contexts/land-title/1",
            ],
            "type": ["VerifiableCredential", "LandTitleCredential"],
            "issuer": "did:yufu:test:x",
            "credentialSubject": {
                "id": "did:key:zDnaerDaTF5BXEavCrfRZEk316dpbLsfPDZ3WJ5hRTPFU2169",
                "certificate_number": "京（2026）朝阳区不动产权第0000001号", "parcel_number": "110105001001GB00001F00010001",
                "location": "北京市朝阳区", "area_m2": "89.40", "land_use": "住宅", "right_type": "所有权",
                "owner": { "name_zh": "李安", "name_latin": "Li An" }, "registered_on": "2026-01-01",
                "authority": "x",
            },
        })
        .as_object()
        .unwrap()
        .clone()
    }

    #[test]
    fn a_land_title_is_told_by_its_contexts_and_types_and_has_all_that_is_mandatory() {
        let whole = LAND_TITLE.resolve().unwrap();
        let title = land_title();
        assert_eq!(whole.check_w3c(&title), Ok(()));
        let path = ClaimPath::names("credentialSubject", &["area_m2"]);
        assert_eq!(whole.label(&path, "zh-CN"), Some("面积（平方米）"));
        for (name, value) in [
            ("type", json!(["VerifiableCredential"])),
            ("type", json!(["VerifiableCredential", "LandTitleCredential", "More"])),
            ("@context", json!(["https://www.w3.org/ns/credentials/v2"])),
        ] {
            let mut other = title.clone();
            other.insert(name.into(), value);
            assert_eq!(whole.check_w3c(&other), Err(ClaimsError::WrongType), "{name}");
        }
        let mut without = title;
        without["credentialSubject"].as_object_mut().unwrap().remove("owner");
        let missing = ClaimPath::names("credentialSubject", &["owner"]);
        assert_eq!(whole.check_w3c(&without), Err(ClaimsError::Missing(missing)));
        let resident = RESIDENT_ID.resolve().unwrap();
        assert_eq!(resident.check_w3c(&without), Err(ClaimsError::WrongType));
    }
}
