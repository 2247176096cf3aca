//! What a credential says: the register's record under the names that credential types use, cut down to
//! the claims of one type.

use crate::{
    config::Names,
    register::{Date, Resident},
    types::Kind,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Map, Value, json};

/// When a credential is valid, in whole days: seconds, the end exclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Validity {
    /// First second of the day of issue.
    pub issued_at: u64,
    /// First second.
    pub from: u64,
    /// First second after.
    pub to: u64,
}

/// Ages that are told without the date of birth.
const AGES: [i32; 4] = [16, 18, 21, 65];

/// The claims of a credential of `kind` about `resident`, all but those that differ from copy to copy.
#[must_use]
pub(crate) fn claims(
    resident: &Resident,
    kind: &Kind,
    agency: &Names,
    validity: Validity,
) -> Map<String, Value> {
    let mut all = record(resident, agency, validity);
    all.retain(|name, _| kind.has_claim(name));
    all.insert("vct".into(), kind.vct().into());
    all.insert("iat".into(), validity.issued_at.into());
    all.insert("nbf".into(), validity.from.into());
    all.insert("exp".into(), validity.to.into());
    // A proof without an attestation says nothing about where its key is kept.
    all.insert("key_level".into(), "software".into());
    all
}

/// Everything that the register could tell, by the names of claims.
fn record(resident: &Resident, agency: &Names, validity: Validity) -> Map<String, Value> {
    // Ages are as of the first day of the validity: whoever comes of age later gets it with new copies.
    let today = Date::of(validity.from);
    let age = resident.birth_date.years_until(today);
    let ages: Map<_, _> = AGES.iter().map(|limit| (limit.to_string(), (age >= *limit).into())).collect();
    let address = &resident.address;
    let mut record = json!({
        "family_name": resident.family_name,
        "given_name": resident.given_name,
        "name_zh": resident.name_zh,
        "birth_date": resident.birth_date.to_string(),
        "age_equal_or_over": ages,
        "sex": resident.sex.code(),
        "nationalities": [resident.nationality],
        "resident_number": resident.number,
        "address": {
            "street_address": address.street_address,
            "locality": address.locality,
            "region": address.region,
            "postal_code": address.postal_code,
            "country": address.country,
        },
        "portrait": STANDARD.encode(&resident.portrait),
        "portrait_small": STANDARD.encode(&resident.portrait_small),
        "issuing_authority": format!("{} {}", agency.zh, agency.en),
        "date_of_issuance": Date::of(validity.issued_at).to_string(),
        "date_of_expiry": Date::of(validity.to.saturating_sub(1)).to_string(),
    });
    if let (Some(licence), Some(record)) = (&resident.licence, record.as_object_mut()) {
        let privileges = licence.categories.iter().map(|category| {
            json!({
                "vehicle_category_code": category,
                "issue_date": licence.issued.to_string(),
                "expiry_date": licence.expires.to_string(),
            })
        });
        record.insert("document_number".into(), licence.number.clone().into());
        record.insert("driving_privileges".into(), privileges.collect::<Vec<_>>().into());
    }
    match record {
        Value::Object(record) => record,
        _ => Map::new(),
    }
}
