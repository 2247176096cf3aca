//! Our half of `core/tests/interop/run.sh`: `issue FOLDER` writes what another implementation is to
//! verify, with a key and a certificate for it to issue under; `verify FOLDER` judges what it issued.

mod interop_main;

use interop_main::{Result, run};
use rcgen::{BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, Issuer, KeyPair, SanType};
use serde_json::{Map, Value, json};
use std::{fs, path::Path, process::ExitCode};
use yufu_core::{
    SystemRandom,
    credential::{
        ClaimPath, PathElement,
        sd_jwt::{
            ExpectedKeyBinding, ExpectedNonce, IssueSdJwt, KeyBinding, SdJwtError, UnverifiedSdJwt, issue,
            present,
        },
        types::shipped,
    },
    crypto::{Algorithm, LeafCertificate, Signer, SoftwareKey},
    status::{
        StatusArray,
        token::{self, IssueToken, StatusTokenError, UnverifiedStatusToken},
    },
};

const OURS: &str = "did:yufu:interop:4Rfp7yvWnwmm4Gf8QKQyXkDnAxMc";
const THEIRS: &str = "did:yufu:interop:2UzHL6vD9fQpYvCqXW5oTk3JrE7b";
const STATUS_URI: &str = "https://residents.example/status/3";
/// A UTC day, at which everything here happens.
const DAY: u64 = 1_789_948_800;
const GOOD: u32 = 80_411;
const REVOKED: u32 = 80_412;

fn main() -> ExitCode {
    run(write_ours, verify_theirs)
}

fn write_ours(folder: &Path) -> Result<()> {
    let random = SystemRandom::new();
    let root_key = KeyPair::generate()?;
    let mut root = CertificateParams::default();
    root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    root.distinguished_name = name("National root");
    let root_der = root.self_signed(&root_key)?.der().to_vec();
    let root = Issuer::new(root, root_key);

    let issuer = SoftwareKey::generate(Algorithm::Es256, &random)?;
    let holder = SoftwareKey::generate(Algorithm::Es256, &random)?;
    let chain = [leaf(&issuer, OURS, &root)?];
    let disclosable = [
        ClaimPath::name("family_name"),
        ClaimPath::name("address"),
        ClaimPath::names("address", &["locality"]),
        ClaimPath::name("nationalities").then(PathElement::All),
        ClaimPath::name("resident_number"),
    ];
    let credential = |index: u32| {
        let claims = claims(index);
        let request = IssueSdJwt {
            claims: &claims,
            disclosable: &disclosable,
            holder: Some(holder.verifying_key()),
            x5c: &chain,
            decoys_to_multiple_of: 4,
        };
        issue(&request, &issuer, &random)
    };
    let (good, revoked) = (credential(GOOD)?.compact, credential(REVOKED)?.compact);
    let extra = Map::new();
    let binding = KeyBinding { aud: "https://verifier.example", nonce: "n-ours", iat: DAY, extra: &extra };
    let chosen = [
        ClaimPath::names("address", &["locality"]),
        ClaimPath::name("nationalities").then(PathElement::Index(1)),
    ];
    let mut array = StatusArray::new(2, 1 << 17)?;
    array.set(REVOKED.into(), 1)?;
    let status_token = token::issue(
        &IssueToken { uri: STATUS_URI, array: &array, iat: DAY, exp: DAY + 86_400, ttl: 3600, x5c: &chain },
        &issuer,
    )?;

    let their_key = SoftwareKey::generate(Algorithm::Es256, &random)?;
    let types: Vec<Value> = shipped()
        .iter()
        .map(|shipped| serde_json::from_str(shipped.document))
        .collect::<std::result::Result<_, _>>()?;
    let ours = json!({
        "now": DAY,
        "root": hex(&root_der),
        "issuer": OURS,
        "claims": claims(GOOD),
        "credential": good,
        "revoked": revoked,
        "presentation": present(&good, &chosen, &binding, &holder)?,
        "nonce": "n-ours",
        "status_uri": STATUS_URI,
        "status_token": status_token,
        "types": types,
        "their_issuer": THEIRS,
        "their_leaf": hex(&leaf(&their_key, THEIRS, &root)?),
        "their_key": hex(&their_key.pkcs8()),
        "their_holder_jwk": holder.verifying_key().jwk(),
        "their_holder_key": hex(&holder.pkcs8()),
    });
    fs::write(folder.join("ours.json"), ours.to_string())?;
    println!("ok: we issued two credentials, a presentation and a status list token");
    Ok(())
}

fn claims(index: u32) -> Map<String, Value> {
    let claims = json!({
        "vct": "https://residents.yufu.example/types/resident-id/1",
        "iat": DAY, "nbf": DAY, "exp": DAY + 14 * 86_400,
        "status": { "status_list": { "idx": index, "uri": STATUS_URI } },
        "family_name": "Müller 米勒",
        "address": { "locality": "北京市", "country": "CN" },
        "nationalities": ["CN", "IS"],
        "resident_number": "110101198703140022",
        "key_level": "software",
    });
    claims.as_object().cloned().unwrap_or_default()
}

fn verify_theirs(folder: &Path) -> Result<()> {
    let theirs: Value = serde_json::from_str(&fs::read_to_string(folder.join("theirs.json"))?)?;
    let text = |name: &str| theirs[name].as_str().ok_or_else(|| format!("theirs.json lacks `{name}`"));

    let presentation = text("presentation")?;
    let signed = UnverifiedSdJwt::parse(presentation)?.verify()?;
    expect("their credential names its issuer", signed.iss() == THEIRS)?;
    let shown = signed.claims_before_trust();
    expect("their disclosed claims came through", shown.get("given_name") == Some(&json!("Ægir")))?;
    expect("a nested claim of theirs came through", shown["address"]["locality"] == "Reykjavík")?;
    expect("an element of theirs came through, the other not", shown["nationalities"] == json!(["IS"]))?;
    expect("what their holder held back is hidden", !shown.contains_key("family_name"))?;
    let status = signed.status().ok_or("their credential has no status")?;
    expect("their status reference came through", status.index == 5 && status.uri == text("status_uri")?)?;
    let binding = signed.verify_key_binding(&ExpectedKeyBinding {
        audiences: &["https://counter.example"],
        nonce: ExpectedNonce::Exactly("n-theirs"),
        iat: (DAY, DAY),
    })?;
    expect("their key binding verified", binding.aud == "https://counter.example")?;

    let tampered = presentation.replacen('~', "~WyJzYWx0IiwibmFtZSIsMV0~", 1);
    let refused = UnverifiedSdJwt::parse(&tampered)?.verify();
    expect("with a disclosure added it is refused", refused.err() == Some(SdJwtError::Unreferenced))?;

    let unverified = UnverifiedStatusToken::parse(text("status_token")?)?;
    let leaf = LeafCertificate::parse(unverified.leaf_der().ok_or("their token has no x5c")?)?;
    expect("their token names its issuer", leaf.did == THEIRS)?;
    let list = unverified.verify(&leaf.key, text("status_uri")?, DAY)?;
    expect("entry 5 of their list is revoked", list.array.get(5)? == 1)?;
    expect("entry 6 of their list is suspended", list.array.get(6)? == 2)?;
    expect("entry 7 of their list is valid", list.array.get(7)? == 0)?;
    let elsewhere = UnverifiedStatusToken::parse(text("status_token")?)?.verify(
        &leaf.key,
        "https://other.example/1",
        DAY,
    );
    expect("as another list's it is refused", elsewhere.err() == Some(StatusTokenError::Subject))
}

fn expect(what: &str, holds: bool) -> Result<()> {
    if holds {
        println!("ok: {what}");
        Ok(())
    } else {
        Err(format!("does not hold: {what}").into())
    }
}

fn leaf(key: &SoftwareKey, did: &str, root: &Issuer<'_, KeyPair>) -> Result<Vec<u8>> {
    let mut params = CertificateParams::default();
    params.distinguished_name = name("Agency");
    params.subject_alt_names = vec![SanType::URI(did.try_into()?)];
    let pair = KeyPair::try_from(key.pkcs8().as_slice())?;
    Ok(params.signed_by(&pair, root)?.der().to_vec())
}

fn name(common: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, common);
    name
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
