//! did:key: a DID that is its own key.
//!
//! Spec: The did:key Method v1.0; Multikey (multibase base58btc of the multicodec-prefixed key).

use super::{DidError, Document, Relationship};
use crate::crypto::{PublicKey, VerifyingKey};

const PREFIX: &str = "did:key:";
/// The longest identifier of a key that we take: `z` and 135 characters of base58btc.
const MAX_LENGTH: usize = 160;

/// The DID of `key`.
#[must_use]
pub fn encode(key: impl Into<PublicKey>) -> String {
    format!("{PREFIX}{}", multibase(key))
}

/// The multibase form of `key`, as did:key and Multikey carry it.
#[must_use]
pub fn multibase(key: impl Into<PublicKey>) -> String {
    key.into().multibase()
}

/// The key of `did`, of whatever kind. Its length is that of its kind and its point is on the curve.
///
/// # Errors
/// [`DidError::Method`] for another method, [`DidError::Malformed`] for what is no base58btc,
/// [`DidError::Key`] for a key that we do not take.
pub fn public_key(did: &str) -> Result<PublicKey, DidError> {
    let identifier = did.strip_prefix(PREFIX).ok_or(DidError::Method)?;
    let encoded = identifier.strip_prefix('z').filter(|text| text.len() <= MAX_LENGTH);
    let bytes =
        bs58::decode(encoded.ok_or(DidError::Malformed)?).into_vec().map_err(|_| DidError::Malformed)?;
    PublicKey::from_multicodec(&bytes).map_err(|_| DidError::Key)
}

/// The key of `did`, if it signs JWTs and transactions: P-256 or Ed25519.
///
/// # Errors
/// As [`public_key`]; [`DidError::Key`] also for keys of other kinds.
pub fn resolve(did: &str) -> Result<VerifyingKey, DidError> {
    VerifyingKey::try_from(&public_key(did)?).map_err(|_| DidError::Key)
}

/// The document of `did`. Keys that sign are given every use of signing and agree on no secret here; an
/// X25519 key agrees alone. No encryption key is derived from an Ed25519 key: the method leaves that to
/// the reader, and one key for two uses serves nobody here.
///
/// # Errors
/// As [`public_key`].
pub fn document(did: &str) -> Result<Document, DidError> {
    let key = public_key(did)?;
    let fragment = did.strip_prefix(PREFIX).unwrap_or_default();
    let relationships: &[Relationship] =
        if key.can_sign() { &Relationship::SIGNING } else { &[Relationship::KeyAgreement] };
    Ok(Document::new(did).with_key(fragment, key, relationships))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        crypto::{Algorithm, Signer, testing},
        did::MethodUse,
    };
    use proptest::prelude::*;

    /// Of the did:key specification's test vectors.
    const ED25519: &str = "did:key:z6MkpTHR8VNsBxYAAWHut2Geadd9jSwuBV8xRoAnwWsdvktH";
    const P256: &str = "did:key:zDnaerDaTF5BXEavCrfRZEk316dpbLsfPDZ3WJ5hRTPFU2169";

    #[test]
    fn the_methods_examples_resolve_and_come_back() {
        for (did, algorithm) in [
            (ED25519, Algorithm::Ed25519),
            ("did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp", Algorithm::Ed25519),
            (P256, Algorithm::Es256),
            ("did:key:zDnaerx9CtbPJ1q36T5Ln5wYt3MQYeGRG5ehnPAmxcf5mDZpv", Algorithm::Es256),
        ] {
            let key = resolve(did).unwrap();
            assert_eq!(key.algorithm(), algorithm, "{did}");
            assert_eq!(encode(&key), did);
        }
    }

    #[test]
    fn the_document_names_the_key_by_its_own_identifier() {
        let document = document(P256).unwrap();
        assert_eq!(document.id, P256);
        let method = format!("{P256}#{}", &P256["did:key:".len()..]);
        assert_eq!(document.verification_method[0].id, method);
        assert_eq!(document.uses(Relationship::Authentication), [MethodUse::Reference(method)]);
    }

    #[test]
    fn keys_of_every_kind_have_a_document_and_serve_what_they_can() {
        for (did, signs) in [
            ("did:key:z82Lm1MpAkeJcix9K8TMiLd5NMAhnwkjjCBeWHXyu3U4oT2MVJJKXkcVBgjGhnLBn2Kaau9", true),
            ("did:key:z6LSeu9HkTHSfLLeUs2nnzUSNedgDUevfNQgQjQC23ZCit6F", false),
            (
                "did:key:zUC7K4ndUaGZgV7Cp2yJy6JtMoUHY6u7tkcSYUvPrEidqBmLCTLmi6d5WvwnUqejscAkERJ3bfjEiSYtdPkRSE8kSa11hFBr4sTgnbZ95SJj19PN2jdvJjyzpSZgxkyyxNnBNnY",
                true,
            ),
        ] {
            assert_eq!(encode(public_key(did).unwrap()), did);
            let document = document(did).unwrap();
            assert_eq!(document.uses(Relationship::AssertionMethod).is_empty(), !signs, "{did}");
            assert_eq!(document.uses(Relationship::KeyAgreement).is_empty(), signs, "{did}");
        }
    }

    #[test]
    fn refuses_other_methods_encodings_lengths_and_points() {
        assert_eq!(resolve("did:web:a.example"), Err(DidError::Method));
        for malformed in
            ["did:key:", "did:key:z0OIl", "did:key:f00", &format!("did:key:z{}", "1".repeat(200))]
        {
            assert_eq!(resolve(malformed), Err(DidError::Malformed), "{malformed}");
        }
        // secp256k1 and X25519, of the method's examples: real keys, not of kinds that we take.
        for other in [
            "did:key:zQ3shokFTS3brHcDQrn82RUDfCZESWL1ZdCEJwekUDPQiYBme",
            "did:key:z6LSeu9HkTHSfLLeUs2nnzUSNedgDUevfNQgQjQC23ZCit6F",
        ] {
            assert_eq!(resolve(other), Err(DidError::Key), "{other}");
        }
        let mut short = resolve(ED25519).unwrap().multicodec();
        short.pop();
        let short = format!("did:key:z{}", bs58::encode(short).into_string());
        assert_eq!(resolve(&short), Err(DidError::Key));
        let off_curve = [&[0x80, 0x24, 2][..], &[0xff; 32]].concat();
        let off_curve = format!("did:key:z{}", bs58::encode(off_curve).into_string());
        assert_eq!(resolve(&off_curve), Err(DidError::Key));
    }

    proptest! {
        #[test]
        fn every_key_comes_back(seed: u64, edwards: bool) {
            let algorithm = if edwards { Algorithm::Ed25519 } else { Algorithm::Es256 };
            let key = testing::key(algorithm, seed);
            prop_assert_eq!(&resolve(&encode(key.verifying_key())).unwrap(), key.verifying_key());
        }

        #[test]
        fn no_text_makes_it_panic(text in ".{0,160}") {
            let _ = resolve(&format!("did:key:z{text}"));
        }
    }
}
