//! eddsa-jcs-2022, as logs and witnesses use it.
//!
//! Spec: Data Integrity EdDSA Cryptosuites v1.0 §3.3.

use super::jcs;
use crate::{
    crypto::{PublicKey, Signer, SignerError, VerifyingKey, sha256},
    did::{instant, key},
};
use serde_json::{Map, Value, json};

/// The multibase key whose proof over `document` verifies; none if it does not, or is of another suite
/// or purpose.
pub(super) fn signer_of(document: &Value, proof: &Value) -> Option<String> {
    let proof = proof.as_object()?;
    let member = |name: &str| proof.get(name).and_then(Value::as_str);
    if member("type") != Some("DataIntegrityProof")
        || member("cryptosuite") != Some("eddsa-jcs-2022")
        || member("proofPurpose") != Some("assertionMethod")
        || proof.contains_key("@context")
    {
        return None;
    }
    if proof.contains_key("created") && instant::parse(member("created")?).is_none() {
        return None;
    }
    let (did, fragment) = member("verificationMethod")?.split_once('#')?;
    let public = key::public_key(did).ok().filter(|key| matches!(key, PublicKey::Ed25519(_)))?;
    if did.strip_prefix("did:key:") != Some(fragment) {
        return None;
    }
    let signature = bs58::decode(member("proofValue").filter(|text| text.len() <= 100)?.strip_prefix('z')?);
    let mut options = proof.clone();
    options.remove("proofValue");
    let message = message(document, options)?;
    public.verify(&message, &signature.into_vec().ok()?).ok()?;
    Some(fragment.to_owned())
}

/// A proof of `signer` over `document`.
pub(super) fn make(document: &Value, signer: &dyn Signer, now_ms: u64) -> Result<Value, SignerError> {
    let public = signer.verifying_key();
    if !matches!(public, VerifyingKey::Ed25519(_)) {
        return Err(SignerError::Unavailable);
    }
    let multibase = key::multibase(public);
    let mut proof = json!({
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-jcs-2022",
        "verificationMethod": format!("did:key:{multibase}#{multibase}"),
        "proofPurpose": "assertionMethod",
        "created": instant::format(now_ms),
    });
    let options = proof.as_object().cloned().unwrap_or_default();
    let message = message(document, options).ok_or(SignerError::Unwritable)?;
    let signature = bs58::encode(signer.sign(&message)?).into_string();
    proof["proofValue"] = format!("z{signature}").into();
    Ok(proof)
}

fn message(document: &Value, options: Map<String, Value>) -> Option<Vec<u8>> {
    Some([sha256(&[&jcs(&options.into())?]), sha256(&[&jcs(document)?])].concat())
}
