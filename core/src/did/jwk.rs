//! did:jwk: a DID that is its own key, as JWK.
//!
//! Spec: did:jwk Method Specification.

use super::{DidError, Document, KeyMaterial, Relationship};
use crate::{
    crypto::{Jwk, PublicKey, VerifyingKey},
    jose::parse_object,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

const PREFIX: &str = "did:jwk:";
/// The longest identifier that is read, in bytes.
const MAX_LENGTH: usize = 1024;

/// The DID of `key`, from a JWK of nothing but the required members. BLS keys have no JWK, and so none.
#[must_use]
pub fn encode(key: impl Into<PublicKey>) -> Option<String> {
    let jwk = serde_json::to_vec(&key.into().jwk()?).ok()?;
    Some(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(jwk)))
}

/// The key of `did`, if it signs JWTs and transactions: P-256 or Ed25519.
///
/// # Errors
/// As [`public_key`]; [`DidError::Key`] also for keys of other kinds.
pub fn resolve(did: &str) -> Result<VerifyingKey, DidError> {
    VerifyingKey::try_from(&public_key(did)?).map_err(|_| DidError::Key)
}

/// The key of `did`, of whatever kind.
///
/// # Errors
/// [`DidError::Method`] for another method, [`DidError::Malformed`] for what is no JWK in base64url,
/// [`DidError::Key`] for a key that we do not take, or one with a private part.
pub fn public_key(did: &str) -> Result<PublicKey, DidError> {
    PublicKey::from_jwk(&read(did)?).map_err(|_| DidError::Key)
}

fn read(did: &str) -> Result<Jwk, DidError> {
    let identifier = did.strip_prefix(PREFIX).ok_or(DidError::Method)?;
    if identifier.len() > MAX_LENGTH {
        return Err(DidError::Malformed);
    }
    let json = URL_SAFE_NO_PAD.decode(identifier).map_err(|_| DidError::Malformed)?;
    let members = parse_object(&json).map_err(|_| DidError::Malformed)?;
    serde_json::from_value(members.into()).map_err(|_| DidError::Key)
}

/// The document of `did`. A key for encryption (`use` is `enc`) signs nothing.
///
/// # Errors
/// As [`public_key`].
pub fn document(did: &str) -> Result<Document, DidError> {
    let jwk = read(did)?;
    let key = PublicKey::from_jwk(&jwk).map_err(|_| DidError::Key)?;
    let (may_sign, may_agree) = match jwk.use_.as_deref() {
        Some("enc") => (false, true),
        None => (true, true),
        Some(_) => (true, false),
    };
    let mut relationships = Vec::new();
    if may_sign && key.can_sign() {
        relationships.extend(Relationship::SIGNING);
    }
    if may_agree && key.can_agree() {
        relationships.push(Relationship::KeyAgreement);
    }
    let material = KeyMaterial::JsonWebKey(key, Box::new(jwk));
    Ok(Document::new(did).with_material("0", material, &relationships))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        crypto::{Algorithm, Signer, testing},
        did::MethodUse,
    };
    use proptest::prelude::*;
    use serde_json::{Value, json};

    /// The specification's P-256 example.
    const P256: &str = "did:jwk:eyJjcnYiOiJQLTI1NiIsImt0eSI6IkVDIiwieCI6ImFjYklRaXVNczNpOF91c3pFakoydHBUdFJNNEVVM3l6OTFQSDZDZEgyVjAiLCJ5IjoiX0tjeUxqOXZXTXB0bm1LdG00NkdxRHo4d2Y3NEk1TEtncmwyR3pIM25TRSJ9";

    fn did(jwk: &Value) -> String {
        format!("did:jwk:{}", URL_SAFE_NO_PAD.encode(jwk.to_string()))
    }

    fn p256() -> Value {
        json!({
            "kty": "EC", "crv": "P-256",
            "x": "acbIQiuMs3i8_uszEjJ2tpTtRM4EU3yz91PH6CdH2V0",
            "y": "_KcyLj9vWMptnmKtm46GqDz8wf74I5LKgrl2GzH3nSE",
        })
    }

    #[test]
    fn the_methods_example_resolves_to_its_document() {
        let document = document(P256).unwrap();
        let method = format!("{P256}#0");
        assert_eq!(document.id, P256);
        assert_eq!(document.verification_method[0].id, method);
        assert_eq!(document.json()["verificationMethod"][0]["publicKeyJwk"], p256());
        for relationship in Relationship::ALL {
            assert_eq!(document.uses(relationship), [MethodUse::Reference(method.clone())]);
        }
    }

    #[test]
    fn p384_has_a_did_and_agrees_on_secrets_too() {
        let key = PublicKey::from_multibase(
            "z82Lm1MpAkeJcix9K8TMiLd5NMAhnwkjjCBeWHXyu3U4oT2MVJJKXkcVBgjGhnLBn2Kaau9",
        );
        let did = encode(key.clone().unwrap()).unwrap();
        assert_eq!(public_key(&did), Ok(key.unwrap()));
        assert_eq!(resolve(&did), Err(DidError::Key));
        assert_eq!(document(&did).unwrap().uses(Relationship::KeyAgreement).len(), 1);
    }

    #[test]
    fn the_use_of_a_key_restricts_its_document() {
        let with_use = |use_: &str| {
            let mut jwk = p256();
            jwk["use"] = use_.into();
            document(&did(&jwk)).unwrap()
        };
        let serves = |document: &Document, relationship| !document.uses(relationship).is_empty();
        let (signs, encrypts) = (with_use("sig"), with_use("enc"));
        assert!(serves(&signs, Relationship::Authentication) && !serves(&signs, Relationship::KeyAgreement));
        assert!(Relationship::SIGNING.into_iter().all(|relationship| !serves(&encrypts, relationship)));
        assert!(serves(&encrypts, Relationship::KeyAgreement));
        let edwards = encode(testing::key(Algorithm::Ed25519, 1).verifying_key()).unwrap();
        assert!(!serves(&document(&edwards).unwrap(), Relationship::KeyAgreement));
    }

    #[test]
    fn refuses_other_methods_private_keys_and_what_is_no_key() {
        assert_eq!(resolve("did:key:z6Mk"), Err(DidError::Method));
        let mut private = p256();
        private["d"] = "AA".into();
        assert_eq!(resolve(&did(&private)), Err(DidError::Key));
        assert_eq!(resolve(&did(&json!({ "kty": "RSA", "n": "AA", "e": "AQAB" }))), Err(DidError::Key));
        let mut off_curve = p256();
        off_curve["y"] = off_curve["x"].clone();
        assert_eq!(resolve(&did(&off_curve)), Err(DidError::Key));
        for malformed in
            ["did:jwk:", "did:jwk:e30=", "did:jwk:AAAA", &format!("did:jwk:{}", "A".repeat(2000))]
        {
            assert!(matches!(resolve(malformed), Err(DidError::Malformed)), "{malformed}");
        }
    }

    proptest! {
        #[test]
        fn every_key_comes_back(seed: u64, edwards: bool) {
            let algorithm = if edwards { Algorithm::Ed25519 } else { Algorithm::Es256 };
            let key = testing::key(algorithm, seed);
            prop_assert_eq!(&resolve(&encode(key.verifying_key()).unwrap()).unwrap(), key.verifying_key());
        }
    }
}
