//! Our half of the check of selective disclosure in `core/tests/interop/run.sh`: `issue FOLDER` writes base
//! proofs and what we derive from them, `verify FOLDER` judges what another implementation issued and
//! derived, from its own base proofs and from ours, and derives from its base proofs.

mod interop_main;

use interop_main::{Result, run};
use serde_json::{Map, Value, json};
use std::{fs, path::Path, process::ExitCode};
use yufu_core::{
    SystemRandom,
    credential::w3c::{
        UnverifiedCredential, VcError, VerifyOptions,
        contexts::Contexts,
        json_ld::Limits,
        proof::{BySigner, Cryptosuite, ProofError, ProofOptions, ProofSigner},
        sd::{self, SdProofError, bbs::BbsKey},
    },
    crypto::{Algorithm, PublicKey, SoftwareKey},
    did::{Relationship, Resolved},
};

/// A UTC day, at which everything here happens.
const DAY: u64 = 1_789_948_800;
const V2: &str = "https://www.w3.org/ns/credentials/v2";
const EXAMPLES: &str = "https://www.w3.org/ns/credentials/examples/v2";
const SUITES: [Cryptosuite; 2] = [Cryptosuite::EcdsaSd2023, Cryptosuite::Bbs2023];
/// What the holder puts into a BBS proof.
const HEADER: &[u8] = b"n-0S6_WzA2Mj";

fn main() -> ExitCode {
    run(write_ours, verify_theirs)
}

/// A document, what its issuer always discloses, and what holders choose of it.
struct Case {
    name: &'static str,
    document: Value,
    mandatory: &'static [&'static str],
    choices: &'static [&'static [&'static str]],
}

/// Nodes with and without names, mixed and nested; objects of one shape side by side; no name at all, and
/// nothing but names; numbers of every form; contexts in the document.
fn cases() -> [Case; 5] {
    let credential = |members: Value| {
        let mut document = json!({
            "@context": [V2, EXAMPLES],
            "type": ["VerifiableCredential", "ExampleDegreeCredential"],
            "issuer": { "id": "replaced", "name": "示例大学 — 𝄞" },
            "validFrom": "2026-09-21T00:00:00Z",
            "validUntil": "2026-10-05T00:00:00Z",
        });
        let added = members.as_object().into_iter().flatten();
        added.for_each(|(name, value)| document[name] = value.clone());
        document
    };
    let sail = |size: f64, year: u32| json!({ "size": size, "sailName": "Lahaina", "year": year });
    let regatta = |boats: Value| json!({ "type": "Regatta", "boats": boats });
    [
        Case {
            name: "names and blank nodes mixed",
            document: credential(json!({
                "id": "urn:uuid:0a1f5f3c-8b62-4c0b-9a36-6a1a0f0a9d11",
                "name": { "@value": "学位证书", "@language": "zh-CN" },
                "credentialSubject": [
                    { "degree": { "type": "ExampleBachelorDegree", "name": "学士 \"Æ\"\n" } },
                    {
                        "id": "did:example:abc",
                        "degree": { "type": "ExampleBachelorDegree", "name": "𝄞 — \u{7f}" },
                        "alumniOf": { "id": "did:example:u", "name": "U", "seat": { "name": "北京" } },
                    },
                ],
            })),
            mandatory: &["/issuer", "/validFrom", "/validUntil"],
            choices: &[
                &["/id", "/credentialSubject/0"],
                &["/credentialSubject/1/alumniOf/seat"],
                &["/credentialSubject/0/degree/name", "/credentialSubject/1/alumniOf/name"],
                &["/name", "/credentialSubject/1"],
                &["/credentialSubject"],
                &[""],
            ],
        },
        Case {
            name: "alike objects without names",
            document: credential(json!({
                "credentialSubject": {
                    "sailNumber": "Earth101",
                    "sails": [sail(5.5, 2023), sail(6.1, 2023), sail(7.0, 2020), sail(7.0, 2020)],
                    "boards": [
                        { "boardName": "CompFoil170", "brand": { "name": "Wailea" } },
                        { "boardName": "Kanaha Custom", "brand": { "id": "did:example:brand" } },
                    ],
                },
            })),
            mandatory: &["/issuer/id", "/credentialSubject/sails/1", "/validUntil"],
            choices: &[
                &["/credentialSubject/sails/0/size"],
                &["/credentialSubject/sails/2", "/credentialSubject/sails/3/year"],
                &["/credentialSubject/boards/0/brand", "/credentialSubject/boards/1"],
                &["/credentialSubject/boards/1/brand/id", "/validFrom"],
            ],
        },
        Case {
            name: "a name for everything",
            document: credential(json!({
                "id": "https://issuer.example/credentials/7",
                "credentialSubject": {
                    "id": "did:example:abc",
                    "alumniOf": { "id": "did:example:u", "partOf": { "id": "did:example:v", "name": "V" } },
                    "a/b~c": "an escaped name",
                },
            })),
            mandatory: &["/issuer", "/credentialSubject/id"],
            choices: &[&["/credentialSubject/alumniOf/partOf/name"], &["/credentialSubject/a~1b~0c"], &[""]],
        },
        Case {
            name: "contexts of its own, by type and by member",
            document: credential(json!({
                "@context": [V2, {
                    "@protected": true,
                    "ExampleDegreeCredential": "urn:example:terms#RegattaCredential",
                    "results": { "@id": "urn:example:terms#results", "@type": "@id" },
                    "Regatta": {
                        "@id": "urn:example:terms#Regatta",
                        "@context": {
                            "@protected": true,
                            "boats": {
                                "@id": "urn:example:terms#boats",
                                "@context": {
                                    "@protected": true,
                                    "length": "urn:example:terms#length",
                                    "crew": { "@id": "urn:example:terms#crew", "@type": "@id" },
                                },
                            },
                        },
                    },
                }],
                "credentialSubject": {
                    "name": "甲",
                    "results": [
                        regatta(json!([{ "length": 5.5 }, { "length": 7.0, "crew": "did:example:abc" }])),
                        regatta(json!([{ "length": 1.5e-7 }, { "length": 1e21, "crew": "did:example:abc" }])),
                    ],
                },
            })),
            mandatory: &["/issuer", "/credentialSubject/results/0/boats"],
            choices: &[
                &["/credentialSubject/results/1/boats/1"],
                &["/credentialSubject/results/0", "/credentialSubject/results/1/boats/0/length"],
                &["/credentialSubject/name"],
            ],
        },
        Case {
            name: "everything mandatory",
            document: credential(json!({ "credentialSubject": { "degree": { "name": "学士" } } })),
            mandatory: &[""],
            choices: &[&[], &["/validFrom"]],
        },
    ]
}

/// The issuer's key.
enum Key {
    Ecdsa(Box<SoftwareKey>),
    Bbs(BbsKey),
}

impl Key {
    fn generate(suite: Cryptosuite) -> Result<Self> {
        let random = SystemRandom::new();
        Ok(match suite {
            Cryptosuite::Bbs2023 => Self::Bbs(BbsKey::generate(&random)?),
            _ => Self::Ecdsa(Box::new(SoftwareKey::generate(Algorithm::Es256, &random)?)),
        })
    }

    fn public(&self) -> PublicKey {
        match self {
            Self::Ecdsa(key) => BySigner::new(key.as_ref()).public_key().clone(),
            Self::Bbs(key) => key.public_key(),
        }
    }

    /// `case` as this key's holder issues it, with a base proof.
    fn issue(&self, case: &Case) -> Result<Map<String, Value>> {
        let multibase = self.public().multibase();
        let mut document = case.document.clone();
        document["issuer"]["id"] = format!("did:key:{multibase}").into();
        let document = document.as_object().ok_or("a document is an object")?;
        let method = format!("did:key:{multibase}#{multibase}");
        let (random, limits) = (SystemRandom::new(), Limits::default());
        let options = |suite| ProofOptions::new(suite, &method, Relationship::AssertionMethod);
        let mandatory = owned(case.mandatory);
        Ok(match self {
            Self::Ecdsa(key) => {
                let mut options = options(Cryptosuite::EcdsaSd2023);
                options.created = Some(DAY);
                let signer = BySigner::new(key.as_ref());
                sd::ecdsa::create_base(document, &options, &mandatory, &signer, &random, &limits)?
            }
            Self::Bbs(key) => {
                let options = options(Cryptosuite::Bbs2023);
                sd::bbs::create_base(document, &options, &mandatory, key, &random, &limits)?
            }
        })
    }
}

fn owned(pointers: &[&str]) -> Vec<String> {
    pointers.iter().map(|pointer| (*pointer).to_owned()).collect()
}

fn derive(base: &Map<String, Value>, selective: &[String]) -> Result<Value> {
    Ok(sd::derive(base, selective, HEADER, &SystemRandom::new(), &Limits::default())?.into())
}

fn write_ours(folder: &Path) -> Result<()> {
    let mut ours = Vec::new();
    for suite in SUITES {
        for case in cases() {
            let base = Key::generate(suite)?.issue(&case)?;
            let part = |selective: &&[&str]| {
                let part = derive(&base, &owned(selective))?;
                Ok(json!({ "selective": selective, "document": part }))
            };
            ours.push(json!({
                "suite": suite.name(),
                "name": case.name,
                "document": case.document,
                "mandatory": case.mandatory,
                "base": base,
                "parts": case.choices.iter().map(part).collect::<Result<Vec<_>>>()?,
            }));
        }
    }
    let contexts = Contexts::bundled();
    let known: Map<String, Value> = contexts
        .urls()
        .filter_map(|url| Some((url.to_owned(), Value::clone(contexts.document(url)?))))
        .collect();
    println!("ok: we issued {} credentials with base proofs and derived from each", ours.len());
    let ours = json!({ "now": DAY, "header": HEADER, "contexts": known, "cases": ours });
    Ok(fs::write(folder.join("ours-sd.json"), ours.to_string())?)
}

/// Judges all of theirs, and derives from their base proofs what they judge again.
fn verify_theirs(folder: &Path) -> Result<()> {
    let theirs: Value = serde_json::from_str(&fs::read_to_string(folder.join("theirs-sd.json"))?)?;
    let theirs = theirs["cases"].as_array().ok_or("theirs-sd.json lacks `cases`")?;
    expect("the other implementation issued every case", theirs.len() == SUITES.len() * cases().len())?;
    let ours = theirs.iter().map(derive_from_theirs).collect::<Result<Vec<_>>>()?;
    Ok(fs::write(folder.join("ours-from-theirs-sd.json"), Value::from(ours).to_string())?)
}

fn derive_from_theirs(case: &Value) -> Result<Value> {
    let name = format!("{}, {}", text(&case["suite"])?, text(&case["name"])?);
    let base = case["base"].as_object().ok_or("a base proof is in a document")?;
    let refused = verify(&case["base"]).err();
    let is_base = Some(VcError::Proof(ProofError::Selective(SdProofError::BaseProof)));
    expect(&format!("{name}: their base proof is refused"), refused == is_base)?;
    let mut parts = Vec::new();
    for part in case["parts"].as_array().into_iter().flatten() {
        let selective: Vec<String> = serde_json::from_value(part["selective"].clone())?;
        let ours = derive(base, &selective)?;
        for (whose, derived) in [
            ("they derived from theirs", &part["document"]),
            ("they derived from ours", &part["from_ours"]),
            ("we derived from theirs", &ours),
        ] {
            let what = format!("{name}, {selective:?}: what {whose}");
            verify(derived).map_err(|error| format!("{what}: {error}"))?;
            let mut forged = derived.clone();
            forged["issuer"]["name"] = "another".into();
            let refused = verify(&forged).err();
            let by_proof =
                matches!(refused, Some(VcError::Proof(ProofError::Signature | ProofError::Selective(_))));
            expect(&format!("{what} verifies, and not when it was forged"), by_proof)?;
        }
        let unproved = |part: &Value| {
            let mut part = part.clone();
            part["proof"] = Value::Null;
            part
        };
        let same = unproved(&ours) == unproved(&part["document"]);
        expect(&format!("{name}, {selective:?}: both disclose the same"), same)?;
        parts.push(json!({ "selective": selective, "document": ours }));
    }
    expect(&format!("{name}: they derived"), !parts.is_empty())?;
    Ok(json!({ "suite": case["suite"], "name": case["name"], "parts": parts }))
}

fn verify(document: &Value) -> std::result::Result<(), VcError> {
    let credential = UnverifiedCredential::parse_json(document.to_string().as_bytes())?;
    credential.verify(&Resolved::new(), &VerifyOptions { now: DAY }).map(|_| ())
}

fn text(value: &Value) -> Result<&str> {
    Ok(value.as_str().ok_or("a text is missing")?)
}

fn expect(what: &str, holds: bool) -> Result<()> {
    if holds {
        println!("ok: {what}");
        Ok(())
    } else {
        Err(format!("does not hold: {what}").into())
    }
}
