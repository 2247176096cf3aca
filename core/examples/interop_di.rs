//! Our half of the check of Data Integrity proofs in `core/tests/interop/run.sh`: `issue FOLDER` writes
//! what another implementation is to verify, `verify FOLDER` judges what it issued.

mod interop_main;

use interop_main::{Result, run};
use serde_json::{Map, Value, json};
use std::{fs, path::Path, process::ExitCode};
use yufu_core::{
    SystemRandom,
    credential::w3c::{
        PresentationOptions, UnverifiedCredential, UnverifiedPresentation, VcError, VerifyOptions,
        contexts::{Contexts, LAND_TITLE_1},
        json_ld::Limits,
        proof::{BySigner, Cryptosuite, P384Key, ProofError, ProofOptions, ProofSigner, sign},
    },
    crypto::{Algorithm, SoftwareKey},
    did::{Relationship, Resolved},
};

/// A UTC day, at which everything here happens.
const DAY: u64 = 1_789_948_800;
const V2: &str = "https://www.w3.org/ns/credentials/v2";
const EXAMPLES: &str = "https://www.w3.org/ns/credentials/examples/v2";
const DOMAIN: &str = "https://counter.example";
const CHALLENGE: &str = "n-0S6_WzA2Mj";

/// Every suite that signs a whole document, with every curve that it takes.
const SUITES: [(Cryptosuite, Curve); 6] = [
    (Cryptosuite::EddsaRdfc2022, Curve::Ed25519),
    (Cryptosuite::EddsaJcs2022, Curve::Ed25519),
    (Cryptosuite::EcdsaRdfc2019, Curve::P256),
    (Cryptosuite::EcdsaRdfc2019, Curve::P384),
    (Cryptosuite::EcdsaJcs2019, Curve::P256),
    (Cryptosuite::EcdsaJcs2019, Curve::P384),
];

#[derive(Clone, Copy, Debug)]
enum Curve {
    Ed25519,
    P256,
    P384,
}

fn main() -> ExitCode {
    run(write_ours, verify_theirs)
}

/// A private key, whose public half is a did:key.
enum Key {
    Software(SoftwareKey),
    P384(P384Key),
}

impl Key {
    fn generate(curve: Curve) -> Result<Self> {
        let random = SystemRandom::new();
        Ok(match curve {
            Curve::Ed25519 => Self::Software(SoftwareKey::generate(Algorithm::Ed25519, &random)?),
            Curve::P256 => Self::Software(SoftwareKey::generate(Algorithm::Es256, &random)?),
            Curve::P384 => Self::P384(P384Key::generate(&random)?),
        })
    }

    fn with<T>(&self, use_it: impl FnOnce(&dyn ProofSigner) -> T) -> T {
        match self {
            Self::Software(key) => use_it(&BySigner::new(key)),
            Self::P384(key) => use_it(key),
        }
    }

    fn did(&self) -> String {
        format!("did:key:{}", self.with(|signer| signer.public_key().multibase()))
    }

    fn method(&self) -> String {
        let did = self.did();
        format!("{did}#{}", did.trim_start_matches("did:key:"))
    }

    /// `document` with a proof, or with one more.
    fn prove(&self, suite: Cryptosuite, document: &Value, login: bool) -> Result<Value> {
        let purpose = if login { Relationship::Authentication } else { Relationship::AssertionMethod };
        let mut options = ProofOptions::new(suite, &self.method(), purpose);
        options.created = Some(DAY);
        if login {
            options.domain = vec![DOMAIN.into()];
            options.challenge = Some(CHALLENGE.into());
        }
        let document = document.as_object().ok_or("a document is an object")?;
        Ok(self.with(|signer| sign(document, &options, signer, &Limits::default()))?.into())
    }
}

fn degree(issuer: &str) -> Value {
    json!({
        "@context": [V2, EXAMPLES],
        "id": "urn:uuid:0a1f5f3c-8b62-4c0b-9a36-6a1a0f0a9d11",
        "type": ["VerifiableCredential", "ExampleDegreeCredential"],
        "issuer": issuer,
        "name": { "@value": "学位证书", "@language": "zh-CN" },
        "validFrom": "2026-09-21T00:00:00Z",
        "validUntil": "2026-10-05T00:00:00Z",
        "credentialSubject": [
            { "degree": { "type": "ExampleBachelorDegree", "name": "学士 \"Æ\"\n" } },
            { "degree": { "type": "ExampleBachelorDegree", "name": "𝄞 — \u{7f}" }, "alumniOf": { "id": "did:example:u" } },
        ],
    })
}

fn land_title(issuer: &str) -> Value {
    json!({
        "@context": [V2, LAND_TITLE_1],
        "type": ["VerifiableCredential", "LandTitleCredential"],
        "issuer": issuer,
        "validFrom": "2026-09-21T00:00:00Z",
        "validUntil": "2026-10-05T00:00:00Z",
        "credentialStatus": {
            "type": "BitstringStatusListEntry",
            "statusPurpose": "revocation",
            "statusListIndex": "80412",
            "statusListCredential": "https://land.example/status/3",
        },
        "credentialSubject": {
            "id": "did:example:owner",
            "certificate_number": "京(2026)朝不动产权第0012345号",
            "parcel_number": "110105003012GB00045F00010001",
            "area_m2": "89.62",
        },
    })
}

fn write_ours(folder: &Path) -> Result<()> {
    let mut ours = Vec::new();
    for (suite, curve) in SUITES {
        let (issuer, holder) = (Key::generate(curve)?, Key::generate(curve)?);
        let credential = issuer.prove(suite, &degree(&issuer.did()), false)?;
        let title = issuer.prove(suite, &land_title(&issuer.did()), false)?;
        let presentation = json!({
            "@context": [V2],
            "type": ["VerifiablePresentation"],
            "holder": holder.did(),
            "verifiableCredential": [credential, title],
        });
        let presentation = holder.prove(suite, &presentation, true)?;
        ours.push(json!({
            "suite": suite.name(),
            "curve": format!("{curve:?}"),
            "credential": credential,
            "title": title,
            "presentation": presentation,
        }));
    }
    let contexts = Contexts::bundled();
    let known: Map<String, Value> = contexts
        .urls()
        .filter_map(|url| Some((url.to_owned(), Value::clone(contexts.document(url)?))))
        .collect();
    let ours = json!({
        "now": DAY, "domain": DOMAIN, "challenge": CHALLENGE, "contexts": known, "cases": ours, "set": set()?,
    });
    fs::write(folder.join("ours-di.json"), ours.to_string())?;
    println!("ok: we issued credentials and presentations with proofs of {} kinds", SUITES.len());
    Ok(())
}

/// A credential with two proofs of its issuer: of one key over statements, of another over JSON.
fn set() -> Result<Value> {
    let (statements, json) = (Key::generate(Curve::P256)?, Key::generate(Curve::Ed25519)?);
    let one = statements.prove(Cryptosuite::EcdsaRdfc2019, &degree(&statements.did()), false)?;
    json.prove(Cryptosuite::EddsaJcs2022, &one, false)
}

fn verify_theirs(folder: &Path) -> Result<()> {
    let theirs: Value = serde_json::from_str(&fs::read_to_string(folder.join("theirs-di.json"))?)?;
    let cases = theirs["cases"].as_array().ok_or("theirs-di.json lacks `cases`")?;
    expect("the other implementation issued with every suite and curve", cases.len() == SUITES.len())?;
    for case in cases {
        verify_case(case)?;
    }
    let credential = UnverifiedCredential::parse_json(theirs["set"].to_string().as_bytes())?;
    credential.verify(&Resolved::new(), &VerifyOptions { now: DAY })?;
    expect(
        "their set of two proofs verified",
        theirs["set"]["proof"].as_array().is_some_and(|p| p.len() == 2),
    )
}

fn verify_case(case: &Value) -> Result<()> {
    let name = format!("{} {}", case["suite"].as_str().unwrap_or("?"), case["curve"].as_str().unwrap_or("?"));
    let verify = |json: &Value| {
        UnverifiedCredential::parse_json(json.to_string().as_bytes())?
            .verify(&Resolved::new(), &VerifyOptions { now: DAY })
    };
    let verified = verify(&case["credential"])?;
    let said = &verified.claims_before_trust()["credentialSubject"]["degree"]["name"];
    expect(&format!("{name}: their credential verified and says what was put in"), said == "Ægir 学士")?;
    expect(
        &format!("{name}: it was made by the suite that was asked for"),
        case["credential"]["proof"]["cryptosuite"] == case["suite"],
    )?;
    let mut forged = case["credential"].clone();
    forged["credentialSubject"]["degree"]["name"] = "another".into();
    let refused = verify(&forged).err();
    expect(&format!("{name}: forged it is refused"), refused == Some(VcError::Proof(ProofError::Signature)))?;

    let options = PresentationOptions {
        now: DAY,
        challenge: Some(CHALLENGE),
        audiences: Some(&[DOMAIN]),
        bound_to_holder: false,
    };
    let presentation = UnverifiedPresentation::parse_json(case["presentation"].to_string().as_bytes())?;
    let verified = presentation.clone().verify(&Resolved::new(), &options)?;
    expect(&format!("{name}: their presentation verified"), verified.credentials().len() == 1)?;
    let other = PresentationOptions { challenge: Some("n-other"), ..options };
    let refused = presentation.verify(&Resolved::new(), &other).err();
    expect(&format!("{name}: it answers no other request"), refused == Some(VcError::Challenge))
}

fn expect(what: &str, holds: bool) -> Result<()> {
    if holds {
        println!("ok: {what}");
        Ok(())
    } else {
        Err(format!("does not hold: {what}").into())
    }
}
