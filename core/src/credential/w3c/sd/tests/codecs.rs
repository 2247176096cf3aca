//! The bytes of proofs, and the pointers into documents, for values of any kind.

use super::*;
use crate::credential::w3c::sd::{cbor::Reader, pointers::Selection};
use proptest::{array::uniform32, collection::vec, prelude::*};
use zeroize::Zeroizing;

fn bytes<const N: usize>() -> impl Strategy<Value = [u8; N]> {
    vec(any::<u8>(), N).prop_map(|bytes| bytes.try_into().unwrap())
}

fn statement_key() -> PublicKey {
    PublicKey::from(crate::crypto::Signer::verifying_key(&testing::key(Algorithm::Es256, 9)))
}

/// Pointers of any text: that they are pointers is asked when they are used.
fn texts() -> impl Strategy<Value = Vec<String>> {
    vec("(/(~0|~1|\\PC){0,12}){0,4}", 0..6)
}

fn indexes() -> impl Strategy<Value = Vec<usize>> {
    vec(prop_oneof![0..24_usize, 0..300_usize, any::<u32>().prop_map(|number| number as usize)], 0..40)
}

fn ecdsa_base() -> impl Strategy<Value = ecdsa::BaseProof> {
    (bytes::<64>(), uniform32(any::<u8>()), vec(bytes::<64>(), 0..30), texts()).prop_map(
        |(signature, hmac_key, signatures, mandatory_pointers)| ecdsa::BaseProof {
            signature,
            key: statement_key(),
            hmac_key: Zeroizing::new(hmac_key),
            signatures,
            mandatory_pointers,
        },
    )
}

fn ecdsa_derived() -> impl Strategy<Value = ecdsa::DerivedProof> {
    let labels = vec(uniform32(any::<u8>()), 0..30);
    (bytes::<64>(), vec(bytes::<64>(), 0..30), labels, indexes()).prop_map(
        |(signature, signatures, labels, mandatory_indexes)| ecdsa::DerivedProof {
            signature,
            key: statement_key(),
            signatures,
            labels,
            mandatory_indexes,
        },
    )
}

fn bbs_base() -> impl Strategy<Value = bbs::BaseProof> {
    let PublicKey::Bls12381G2(key) = bbs_key().public_key() else { panic!("another kind") };
    (bytes::<80>(), bytes::<64>(), uniform32(any::<u8>()), texts()).prop_map(
        move |(signature, header, hmac_key, mandatory_pointers)| bbs::BaseProof {
            signature,
            header,
            key,
            hmac_key: Zeroizing::new(hmac_key),
            mandatory_pointers,
        },
    )
}

fn bbs_derived() -> impl Strategy<Value = bbs::DerivedProof> {
    let proof = (0..30_usize).prop_flat_map(|hidden| vec(any::<u8>(), 272 + 32 * hidden));
    (proof, indexes(), indexes(), indexes(), vec(any::<u8>(), 0..bbs::MAX_PRESENTATION_HEADER)).prop_map(
        |(proof, labels, mandatory_indexes, selective_indexes, presentation_header)| bbs::DerivedProof {
            proof,
            labels,
            mandatory_indexes,
            selective_indexes,
            presentation_header,
        },
    )
}

/// What `decode` says of each shorter form of `bytes`, and of a longer one.
fn others<T>(bytes: &[u8], decode: impl Fn(&[u8]) -> Result<T, SdProofError>) -> Vec<SdProofError> {
    let shorter = (3..bytes.len()).map(|length| bytes[..length].to_vec());
    let others = shorter.chain([[bytes, &[0]].concat()]);
    others.map(|bytes| decode(&bytes).err().unwrap_or(SdProofError::Header)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_base_proof_of_ecdsa_has_one_form(proof in ecdsa_base()) {
        let bytes = proof.encode();
        prop_assert_eq!(ecdsa::BaseProof::decode(&bytes).unwrap(), proof);
        prop_assert_eq!(ecdsa::DerivedProof::decode(&bytes), Err(SdProofError::BaseProof));
        prop_assert!(bbs::BaseProof::decode(&bytes).is_err());
        let refused = others(&bytes, ecdsa::BaseProof::decode);
        prop_assert!(refused.iter().all(|error| *error == SdProofError::Cbor));
    }

    #[test]
    fn a_derived_proof_of_ecdsa_has_one_form(proof in ecdsa_derived()) {
        let bytes = proof.encode();
        prop_assert_eq!(ecdsa::DerivedProof::decode(&bytes), Ok(proof));
        prop_assert_eq!(ecdsa::BaseProof::decode(&bytes).unwrap_err(), SdProofError::DerivedProof);
        prop_assert!(bbs::DerivedProof::decode(&bytes).is_err());
        let refused = others(&bytes, ecdsa::DerivedProof::decode);
        prop_assert!(refused.iter().all(|error| *error == SdProofError::Cbor));
    }

    #[test]
    fn a_base_proof_of_bbs_has_one_form(proof in bbs_base()) {
        let bytes = proof.encode();
        prop_assert_eq!(bbs::BaseProof::decode(&bytes).unwrap(), proof);
        prop_assert_eq!(bbs::DerivedProof::decode(&bytes), Err(SdProofError::BaseProof));
        prop_assert!(ecdsa::BaseProof::decode(&bytes).is_err());
        let refused = others(&bytes, bbs::BaseProof::decode);
        prop_assert!(refused.iter().all(|error| *error == SdProofError::Cbor));
    }

    #[test]
    fn a_derived_proof_of_bbs_has_one_form(proof in bbs_derived()) {
        let bytes = proof.encode();
        prop_assert_eq!(bbs::DerivedProof::decode(&bytes), Ok(proof));
        prop_assert_eq!(bbs::BaseProof::decode(&bytes).unwrap_err(), SdProofError::DerivedProof);
        prop_assert!(ecdsa::DerivedProof::decode(&bytes).is_err());
        let refused = others(&bytes, bbs::DerivedProof::decode);
        prop_assert!(refused.iter().all(|error| *error == SdProofError::Cbor));
    }

    #[test]
    fn whatever_bytes_are_read_as_a_proof_are_its_only_form(
        kind in 0..4_u8,
        body in vec(any::<u8>(), 0..600),
    ) {
        let bytes = [&[0xd9, 0x5d, kind], body.as_slice()].concat();
        if let Ok(proof) = ecdsa::BaseProof::decode(&bytes) {
            prop_assert_eq!(proof.encode(), bytes.clone());
        }
        if let Ok(proof) = bbs::BaseProof::decode(&bytes) {
            prop_assert_eq!(proof.encode(), bytes.clone());
        }
        if let Ok(proof) = ecdsa::DerivedProof::decode(&bytes) {
            prop_assert_eq!(ecdsa::DerivedProof::decode(&proof.encode()), Ok(proof));
        }
        if let Ok(proof) = bbs::DerivedProof::decode(&bytes) {
            prop_assert_eq!(bbs::DerivedProof::decode(&proof.encode()), Ok(proof));
        }
    }

    #[test]
    fn a_changed_byte_of_a_proof_makes_another_or_none(
        proof in ecdsa_derived(),
        place in any::<proptest::sample::Index>(),
        to in any::<u8>(),
    ) {
        let bytes = proof.encode();
        let mut changed = bytes.clone();
        let place = place.index(changed.len());
        prop_assume!(changed[place] != to);
        changed[place] = to;
        prop_assert_ne!(ecdsa::DerivedProof::decode(&changed), Ok(proof));
    }

    #[test]
    fn any_number_is_read_from_its_shortest_form_alone(
        bytes in vec(any::<u8>(), 1..10),
    ) {
        let mut reader = Reader::new(&bytes);
        if let Ok(number) = reader.index() {
            let mut writer = super::super::cbor::Writer::new(&[]);
            writer.uint(number);
            prop_assert!(bytes.starts_with(&writer.finish()));
        }
    }

    #[test]
    fn a_pointer_selects_where_another_implementation_finds_something(
        document in documents(),
        tokens in vec(prop_oneof!["[a-c~/]{0,2}", "[0-3]", "0[0-9]", "-"], 1..4),
    ) {
        let escaped = tokens.iter().map(|token| token.replace('~', "~0").replace('/', "~1"));
        let pointer: String = escaped.map(|token| format!("/{token}")).collect();
        let found = Value::from(document.clone()).pointer(&pointer).cloned();
        match (Selection::new(&document, std::slice::from_ref(&pointer)), found) {
            (Ok(selection), Some(found)) => {
                // Arrays on the way hold the one item that was selected.
                let mut part = &Value::from(selection.unwrap().of(&document, true));
                for token in &tokens {
                    part = match part {
                        Value::Array(items) => items.first().unwrap(),
                        other => &other[token],
                    };
                }
                prop_assert_eq!(part, &found);
            }
            (Err(SdError::Nothing(shown)), None) => prop_assert_eq!(shown, pointer),
            (selection, found) => prop_assert!(false, "{:?} {:?}", selection, found),
        }
    }

    #[test]
    fn everything_that_is_selected_is_in_the_document(
        document in documents(),
        pointers in vec("(/[a-c0-2]){0,3}", 0..4),
    ) {
        if let Ok(Some(selection)) = Selection::new(&document, &pointers) {
            let part = selection.of(&document, false);
            prop_assert!(is_part(&part.into(), &document.into()));
        }
    }
}

/// Documents whose members have short names, some of which must be escaped.
fn documents() -> impl Strategy<Value = Map<String, Value>> {
    let leaf = prop_oneof![any::<u8>().prop_map(Value::from), "[a-z]{0,3}".prop_map(Value::from)];
    let value = leaf.prop_recursive(4, 48, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map("[a-c~/0-2]{0,2}", inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    });
    proptest::collection::btree_map("[a-c~/0-2]{0,2}", value, 1..5)
        .prop_map(|members| members.into_iter().collect())
}

fn is_part(part: &Value, whole: &Value) -> bool {
    match (part, whole) {
        (Value::Object(part), Value::Object(whole)) => {
            let is_in =
                |(name, value): (&String, &Value)| whole.get(name).is_some_and(|whole| is_part(value, whole));
            part.iter().all(is_in)
        }
        (Value::Array(part), Value::Array(whole)) => {
            let mut rest = whole.iter();
            part.iter().all(|item| rest.any(|whole| is_part(item, whole)))
        }
        _ => part == whole,
    }
}
