//! Our half of the check of `vc+jwt`, `vp+jwt`, `vc+sd-jwt` and bitstring status lists in
//! `core/tests/interop/run.sh`: `issue FOLDER` writes what other implementations are to verify, `verify
//! FOLDER` judges what they issued.

mod interop_main;

use interop_main::{Result, run};
use serde_json::{Map, Value, json};
use std::{fs, path::Path, process::ExitCode};
use yufu_core::{
    SystemRandom,
    credential::{
        ClaimPath,
        sd_jwt::{ExpectedKeyBinding, ExpectedNonce},
        w3c::{
            PresentationOptions, UnverifiedCredential, UnverifiedPresentation, VcError, VerifyOptions,
            jose::{
                IssueVcJwt, IssueVcSdJwt, IssueVpJwt, JwtTimes, issue_credential, issue_presentation,
                issue_sd_credential,
            },
            model::{Enveloped, MediaType},
        },
    },
    crypto::{Algorithm, Signer, SoftwareKey},
    did::{Resolved, jwk},
    registry::StatusEncoding,
    status::{
        StatusArray,
        bitstring::{ExpectedList, ListDocument, Purpose, StatusEntry, StatusList},
    },
};

/// A UTC day, at which everything here happens.
const DAY: u64 = 1_789_948_800;
const LIST: &str = "https://land.example/status/3";
const REVOKED: u64 = 80_412;
const OPTIONS: VerifyOptions = VerifyOptions { now: DAY };

fn main() -> ExitCode {
    run(write_ours, verify_theirs)
}

struct Party {
    key: SoftwareKey,
    did: String,
    kid: String,
}

fn party(algorithm: Algorithm) -> Result<Party> {
    let key = SoftwareKey::generate(algorithm, &SystemRandom::new())?;
    let did = jwk::encode(key.verifying_key()).ok_or("the key has no did:jwk")?;
    Ok(Party { kid: format!("{did}#0"), key, did })
}

fn document(issuer: &str, holder: &str, index: u64) -> Map<String, Value> {
    let document = json!({
        "@context": ["https://www.w3.org/ns/credentials/v2", "https://www.w3.org/ns/credentials/examples/v2"],
        "id": "urn:uuid:0a1f5f3c-8b62-4c0b-9a36-6a1a0f0a9d11",
        "type": ["VerifiableCredential", "ExampleDegreeCredential"],
        "issuer": issuer,
        "validFrom": "2026-09-21T00:00:00Z",
        "validUntil": "2026-10-05T00:00:00Z",
        "credentialSubject": { "id": holder, "degree": { "type": "ExampleBachelorDegree", "name": "学士 Æ" } },
        "credentialStatus": StatusEntry::new(Purpose::Revocation, LIST, index).to_json(),
    });
    document.as_object().cloned().unwrap_or_default()
}

fn write_ours(folder: &Path) -> Result<()> {
    let mut ours = Map::new();
    for algorithm in [Algorithm::Es256, Algorithm::Ed25519] {
        let (issuer, holder) = (party(algorithm)?, party(Algorithm::Es256)?);
        ours.insert(algorithm.name().into(), of_issuer(&issuer, &holder)?);
    }
    let mut array = StatusArray::new_in(StatusEncoding::Bitstring, 1, 1 << 17)?;
    array.set(REVOKED, 1)?;
    let list = ListDocument {
        id: LIST,
        issuer: "did:example:land",
        purposes: &[Purpose::Revocation],
        array: &array,
        valid_from: DAY,
        valid_until: DAY + 86_400,
        ttl_ms: 60_000,
    };
    ours.insert("list".into(), Value::Object(list.to_json()?));
    ours.insert("of_list".into(), json!(document("did:example:land", "did:example:x", REVOKED - 1)));
    ours.insert("revoked".into(), json!(document("did:example:land", "did:example:x", REVOKED)));
    ours.insert("now".into(), DAY.into());
    fs::write(folder.join("ours-vc.json"), Value::Object(ours).to_string())?;
    println!("ok: we issued credentials and presentations as JWT and SD-JWT, and a bitstring status list");
    Ok(())
}

fn of_issuer(issuer: &Party, holder: &Party) -> Result<Value> {
    let document = document(&issuer.did, &holder.did, 5);
    let times = JwtTimes { issued_at: Some(DAY), not_before: None, expires: Some(DAY + 86_400) };
    let credential = IssueVcJwt { document: &document, kid: &issuer.kid, times };
    let jwt = issue_credential(&credential, &issuer.key)?.compact;
    let sd = IssueVcSdJwt {
        credential,
        disclosable: &[ClaimPath::names("credentialSubject", &["degree"])],
        holder: Some(holder.key.verifying_key()),
        decoys_to_multiple_of: 3,
    };
    let sd_jwt = issue_sd_credential(&sd, &issuer.key, &SystemRandom::new())?.compact;
    let enveloped = Enveloped { media_type: MediaType::VcJwt, compact: jwt.clone() };
    let presentation = json!({
        "@context": ["https://www.w3.org/ns/credentials/v2"], "type": ["VerifiablePresentation"],
        "holder": holder.did, "verifiableCredential": [enveloped.to_json()],
    });
    let presentation = presentation.as_object().cloned().unwrap_or_default();
    let request = IssueVpJwt {
        document: &presentation,
        kid: &holder.kid,
        audience: "https://counter.example",
        nonce: "n-ours",
        times,
    };
    let vp = issue_presentation(&request, &holder.key)?;
    Ok(json!({ "document": document, "jwt": jwt, "sd_jwt": sd_jwt, "presentation": vp }))
}

fn verify_theirs(folder: &Path) -> Result<()> {
    let theirs: Value = serde_json::from_str(&fs::read_to_string(folder.join("theirs-vc.json"))?)?;
    let text = |name: &str| theirs[name].as_str().ok_or_else(|| format!("theirs-vc.json lacks `{name}`"));
    let methods = Resolved::new();

    for algorithm in ["ES256", "Ed25519"] {
        let jwt = text(algorithm)?;
        let verified = UnverifiedCredential::parse_jwt(jwt)?.verify(&methods, &OPTIONS)?;
        let name = &verified.claims_before_trust()["credentialSubject"]["degree"]["name"];
        expect(
            &format!("their {algorithm} credential verified and says what was put in"),
            name == "Ægir 学士",
        )?;
        let (input, _) = jwt.rsplit_once('.').ok_or("no JWT")?;
        let (_, other) =
            text(if algorithm == "ES256" { "Ed25519" } else { "ES256" })?.rsplit_once('.').ok_or("")?;
        let forged = UnverifiedCredential::parse_jwt(&format!("{input}.{other}"))?.verify(&methods, &OPTIONS);
        expect("with another's signature it is refused", matches!(forged, Err(VcError::Jose(_))))?;
    }

    let presented = UnverifiedCredential::parse_sd_jwt(text("sd_jwt")?)?.verify(&methods, &OPTIONS)?;
    let subject = &presented.claims_before_trust()["credentialSubject"];
    expect("their disclosed claim came through", subject["degree"]["name"] == "Ægir 学士")?;
    expect("what their holder held back is hidden", subject.get("alumniOf").is_none())?;
    let binding = ExpectedKeyBinding {
        audiences: &["https://counter.example"],
        nonce: ExpectedNonce::Exactly("n-theirs"),
        iat: (DAY, DAY),
    };
    expect("their key binding verified", presented.verify_key_binding(&binding).is_ok())?;

    let options = PresentationOptions {
        now: DAY,
        challenge: Some("n-theirs"),
        audiences: Some(&["https://counter.example"]),
        bound_to_holder: true,
    };
    let presentation = UnverifiedPresentation::parse_jwt(text("presentation")?)?;
    let verified = presentation.clone().verify(&methods, &options)?;
    expect("their presentation verified with its credential", verified.credentials().len() == 1)?;
    let other = PresentationOptions { challenge: Some("n-other"), ..options };
    let refused = presentation.verify(&methods, &other).err();
    expect("as an answer to another request it is refused", refused == Some(VcError::Challenge))?;

    let list = theirs["list"].as_object().ok_or("theirs-vc.json lacks `list`")?;
    let expected = ExpectedList { list: text("list_id")?, issuer: text("list_issuer")?, now: DAY };
    let list = StatusList::read_verified(list, &expected)?;
    let status = |index| list.status(&StatusEntry::new(Purpose::Revocation, expected.list, index));
    expect("entry 9 of their bitstring list is set", status(9)?.value == 1)?;
    expect("entry 8 of their bitstring list is not", status(8)?.value == 0)?;
    expect("the last entry of their bitstring list is set", status((1 << 17) - 1)?.value == 1)
}

fn expect(what: &str, holds: bool) -> Result<()> {
    if holds {
        println!("ok: {what}");
        Ok(())
    } else {
        Err(format!("does not hold: {what}").into())
    }
}
