//! Credentials of every format, as the wallet reads what it holds.

use super::{
    error::{Refusal, WalletError},
    keystore::KeystoreSigner,
    record::CopyRecord,
};
use crate::{
    credential::{
        Format,
        sd_jwt::{HeldSdJwt, IssuerSigned, SdJwtError, UnverifiedSdJwt},
        w3c::{UnverifiedCredential, VcError, VerifiedCredential, VerifyOptions},
    },
    crypto::{PublicKey, VerifyingKey},
    did::{self, yufu::NamedKeys},
    status::bitstring::{Purpose, StatusEntry},
};
use serde_json::{Map, Value};

/// One copy as the issuer delivered it: signed, and bound to our key. Not trusted yet.
pub(super) struct Delivered {
    pub(super) issuer_did: String,
    pub(super) vct: String,
    pub(super) iat: u64,
    pub(super) nbf: Option<u64>,
    pub(super) exp: Option<u64>,
    pub(super) key_level: Option<String>,
    /// What every copy of a batch must say alike.
    pub(super) common: Map<String, Value>,
    pub(super) copy: CopyRecord,
}

impl Delivered {
    pub(super) fn read(text: &str, format: Format, key: &KeystoreSigner, now: u64) -> Result<Self, Refusal> {
        match format {
            Format::SdJwtVc => sd_jwt(text, key),
            Format::LdpVc | Format::VcJwt => w3c(text, format, key, now),
            Format::MsoMdoc => Err(Refusal::Format),
        }
    }
}

fn sd_jwt(compact: &str, key: &KeystoreSigner) -> Result<Delivered, Refusal> {
    let refused = |error: SdJwtError| Refusal::Signature(error);
    let signed: IssuerSigned = UnverifiedSdJwt::parse(compact).map_err(refused)?.verify().map_err(refused)?;
    if signed.has_key_binding() {
        return Err(Refusal::KeyBinding);
    }
    if signed.holder() != Some(&key.public) {
        return Err(Refusal::NotOurKey);
    }
    let status = signed.status().ok_or(Refusal::NoStatus)?;
    let list = status.list().ok_or(Refusal::NoStatus)?;
    let mut common = signed.claims_before_trust().clone();
    let level = common.get("key_level").and_then(Value::as_str).map(str::to_owned);
    for own in ["cnf", "status"] {
        common.remove(own);
    }
    Ok(Delivered {
        issuer_did: signed.iss().to_owned(),
        vct: signed.vct().to_owned(),
        iat: signed.iat(),
        nbf: signed.nbf(),
        exp: signed.exp(),
        key_level: level,
        common,
        copy: CopyRecord {
            compact: compact.to_owned(),
            key_alias: key.alias.clone(),
            key: key.public.clone(),
            digest: *signed.jwt_digest(),
            issuer_key: signed.leaf().key.clone(),
            status_uri: status.uri.clone(),
            list,
            index: status.index,
        },
    })
}

fn w3c(text: &str, format: Format, key: &KeystoreSigner, now: u64) -> Result<Delivered, Refusal> {
    let signed = parse(text, format)?.verify(&NamedKeys, &VerifyOptions { now })?;
    let holder = holder_did(&key.public);
    let subjects = signed.credential_before_trust().subjects();
    if !matches!(subjects, [one] if one.id.as_deref() == Some(holder.as_str())) {
        return Err(Refusal::NotOurKey);
    }
    let entry = revocation_entry(&signed)?;
    let list = entry.list_number().ok_or(Refusal::NoStatus)?;
    let index = u32::try_from(entry.index).map_err(|_| Refusal::NoStatus)?;
    let issued_at = signed.issued_at().or_else(|| signed.valid_from()).ok_or(Refusal::NoTime)?;
    let last = signed.valid_until().ok_or(Refusal::NoTime)?;
    Ok(Delivered {
        issuer_did: signed.issuer().to_owned(),
        vct: signed.registry_type().ok_or(Refusal::AnotherType)?.to_owned(),
        iat: issued_at,
        nbf: signed.valid_from(),
        exp: Some(last.saturating_add(1)),
        key_level: None,
        common: common(&signed),
        copy: CopyRecord {
            compact: text.to_owned(),
            key_alias: key.alias.clone(),
            key: key.public.clone(),
            digest: *signed.signed_digest().ok_or(Refusal::Format)?,
            issuer_key: VerifyingKey::try_from(signed.key()).map_err(|_| Refusal::KeyNotRegistered)?,
            status_uri: entry.list.clone(),
            list,
            index,
        },
    })
}

fn parse(text: &str, format: Format) -> Result<UnverifiedCredential, VcError> {
    match format {
        Format::VcJwt => UnverifiedCredential::parse_jwt(text),
        _ => UnverifiedCredential::parse_json(text.as_bytes()),
    }
}

fn revocation_entry(signed: &VerifiedCredential) -> Result<&StatusEntry, Refusal> {
    match signed.statuses() {
        [entry @ StatusEntry { purpose: Purpose::Revocation, bits: 1, .. }]
            if !signed.has_unknown_status() =>
        {
            Ok(entry)
        }
        _ => Err(Refusal::NoStatus),
    }
}

fn common(signed: &VerifiedCredential) -> Map<String, Value> {
    let mut common = signed.claims_before_trust().clone();
    common.remove("credentialStatus");
    if let Some(Value::Object(subject)) = common.get_mut("credentialSubject") {
        subject.remove("id");
    }
    common
}

/// The DID of a copy's key.
pub(super) fn holder_did(key: &VerifyingKey) -> String {
    did::key::encode(PublicKey::from(key))
}

/// The claims of a stored copy.
pub(super) fn claims(format: Format, copy: &CopyRecord) -> Result<Map<String, Value>, WalletError> {
    if format == Format::SdJwtVc {
        let held = HeldSdJwt::open(&copy.compact).map_err(|_| WalletError::Record)?;
        return Ok(held.claims().clone());
    }
    let held = parse(&copy.compact, format).map_err(|_| WalletError::Record)?;
    let mut claims = held.credential_before_verification().document().clone();
    // What remains is about somebody; the rest is how it is secured and read.
    claims.retain(|name, _| name == "credentialSubject");
    if let Some(Value::Object(subject)) = claims.get_mut("credentialSubject") {
        subject.remove("id");
    }
    Ok(claims)
}
