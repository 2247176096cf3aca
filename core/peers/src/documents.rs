//! The documents, the same for everybody.

use serde_json::{Map, Value, json};
use yufu_core::credential::w3c::contexts::{CREDENTIALS_V2, LAND_TITLE_1};

/// 1 October 2026, when everything here happens. Peers that ask the machine's clock find it in the interval too.
pub const NOW: u64 = 1_790_812_800;

/// What the issuer always discloses.
pub const MANDATORY: [&str; 3] = ["/issuer", "/validFrom", "/validUntil"];

/// What the holder discloses.
pub const SELECTIVE: [&str; 4] = [
    "/credentialSubject/certificate_number",
    "/credentialSubject/location",
    "/credentialSubject/area_m2",
    "/credentialSubject/owner/name_zh",
];

/// A text that a forger changes.
pub const GENUINE: &str = "京（2026）朝阳区不动产权第0000001号";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// As the land registry issues it: some nodes have an IRI, some none.
    Mixed,
    /// Every node has an IRI.
    Named,
}

pub const KINDS: [Kind; 2] = [Kind::Mixed, Kind::Named];

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Self::Mixed => "mixed",
            Self::Named => "named",
        }
    }

    /// The land title, by `issuer`.
    pub fn document(self, issuer: &str) -> Map<String, Value> {
        let mut title = json!({
            "@context": [CREDENTIALS_V2, LAND_TITLE_1],
            "type": ["VerifiableCredential", "LandTitleCredential"],
            "issuer": issuer,
            "validFrom": "2026-09-01T00:00:00Z",
            "validUntil": "2046-09-01T00:00:00Z",
            "credentialStatus": {
                "type": "BitstringStatusListEntry",
                "statusPurpose": "revocation",
                "statusListIndex": "80411",
                "statusListCredential": "https://land.yufu.example/status/3",
            },
            "credentialSubject": {
                "id": "did:example:subject",
                "certificate_number": GENUINE,
                "parcel_number": "110105001001GB00001F00010001",
                "location": "北京市朝阳区",
                "area_m2": "89.40",
                "land_use": "住宅",
                "right_type": "所有权",
                "owner": { "name_zh": "李安", "name_latin": "Li An" },
                "registered_on": "2026-01-01",
                "authority": "示例市不动产登记中心",
            },
        });
        if self == Self::Named {
            title["id"] = "urn:uuid:0a1f5f3c-8b62-4c0b-9a36-6a1a0f0a9d11".into();
            title["credentialStatus"]["id"] = "https://land.yufu.example/status/3#80411".into();
            title["credentialSubject"]["owner"]["id"] = "did:example:owner".into();
        }
        object(title)
    }
}

/// A credential whose subject has a clique of `size` owners, each the owner of all others, which no name tells
/// apart: canonicalization without a limit tries every order.
pub fn poisoned(secured: &str, size: usize) -> String {
    let mut document: Value = serde_json::from_str(secured).expect("a credential");
    let owners: Vec<Value> = (0..size)
        .map(|at| {
            let others: Vec<String> = (0..size).filter(|to| *to != at).map(|to| format!("_:n{to}")).collect();
            json!({ "id": format!("_:n{at}"), "owner": others })
        })
        .collect();
    document["credentialSubject"]["owner"] = owners.into();
    document.to_string()
}

fn object(value: Value) -> Map<String, Value> {
    let Value::Object(object) = value else { panic!("an object") };
    object
}
