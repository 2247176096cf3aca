//! What is refused, each for its own reason.

use super::*;

/// `part` with other bytes of its proof.
fn with_value(part: &Map<String, Value>, value: &[u8]) -> Map<String, Value> {
    let mut part = part.clone();
    let suite = Cryptosuite::from_name(part["proof"]["cryptosuite"].as_str().unwrap()).unwrap();
    part["proof"]["proofValue"] = suite.encode(value).into();
    part
}

fn value(document: &Map<String, Value>) -> Vec<u8> {
    Proof::read(&document["proof"]).unwrap().value().to_vec()
}

fn refusal(document: &Map<String, Value>) -> ProofError {
    judged(document).unwrap_err()
}

fn ecdsa_part() -> (Map<String, Value>, ecdsa::DerivedProof) {
    let part =
        derived(&base_of(SUITES[0], &degree(), &["/issuer"]), &["/credentialSubject/1/degree"]).unwrap();
    let derived = ecdsa::DerivedProof::decode(&value(&part)).unwrap();
    (part, derived)
}

fn bbs_part() -> (Map<String, Value>, bbs::DerivedProof) {
    let part = derived(&base_of(SUITES[1], &degree(), &["/issuer"]), &["/credentialSubject"]).unwrap();
    let derived = bbs::DerivedProof::decode(&value(&part)).unwrap();
    (part, derived)
}

#[test]
fn a_base_proof_is_never_presented_and_a_derived_one_never_derived_from() {
    for suite in SUITES {
        let base = base_of(suite, &degree(), &["/issuer"]);
        assert_eq!(refusal(&base), ProofError::Selective(SdProofError::BaseProof));
        let part = derived(&base, &["/name"]).unwrap();
        assert_eq!(derived(&part, &["/name"]), Err(SdError::Value(SdProofError::DerivedProof)));
    }
}

#[test]
fn malformed_bytes_of_a_derived_proof_are_refused() {
    for suite in SUITES {
        let part = derived(&base_of(suite, &degree(), &["/issuer"]), &["/name"]).unwrap();
        let whole = value(&part);
        let refused = |bytes: &[u8]| refusal(&with_value(&part, bytes));
        for length in 3..whole.len() {
            assert!(
                matches!(refused(&whole[..length]), ProofError::Selective(SdProofError::Cbor)),
                "{suite} {length}"
            );
        }
        assert_eq!(refused(&whole[..2]), ProofError::Selective(SdProofError::Header));
        assert_eq!(refused(&[whole.clone(), vec![0]].concat()), ProofError::Selective(SdProofError::Cbor));
        let mut other = whole.clone();
        other[2] = 0x7f;
        assert_eq!(refused(&other), ProofError::Selective(SdProofError::Header));
        let mut four = whole.clone();
        four[3] = 0x84;
        assert_eq!(refused(&four), ProofError::Selective(SdProofError::Cbor));
    }
}

#[test]
fn parts_of_a_wrong_length_are_refused() {
    let (part, _) = ecdsa_part();
    let mut short = value(&part);
    // The byte string of 64 becomes one of 63.
    short[5] = 63;
    short.remove(6);
    let refused = refusal(&with_value(&part, &short));
    assert_eq!(refused, ProofError::Selective(SdProofError::Length("base signature")));

    let (part, mut derived) = bbs_part();
    derived.proof.pop();
    let refused = refusal(&with_value(&part, &derived.encode()));
    assert_eq!(refused, ProofError::Selective(SdProofError::Length("BBS proof")));
    derived.proof.truncate(3 * 48 + 3 * 32);
    let refused = refusal(&with_value(&part, &derived.encode()));
    assert_eq!(refused, ProofError::Selective(SdProofError::Length("BBS proof")));
    let (part, mut derived) = bbs_part();
    derived.presentation_header = vec![0; bbs::MAX_PRESENTATION_HEADER + 1];
    let refused = refusal(&with_value(&part, &derived.encode()));
    assert_eq!(refused, ProofError::Selective(SdProofError::Length("presentation header")));
}

#[test]
fn maps_of_labels_that_do_not_fit_are_refused() {
    let label_map = ProofError::Selective(SdProofError::LabelMap);
    let ecdsa = |change: &dyn Fn(&mut Vec<[u8; 32]>)| {
        let (part, mut derived) = ecdsa_part();
        change(&mut derived.labels);
        refusal(&with_value(&part, &derived.encode()))
    };
    assert_eq!(ecdsa(&|labels| labels.truncate(labels.len() - 1)), label_map);
    assert_eq!(ecdsa(&|labels| labels.push([7; 32])), label_map);
    // Other labels of the right number are other statements; which of them, the issuer's signature tells.
    assert_eq!(ecdsa(&|labels| labels[0] = [7; 32]), ProofError::Signature);
    let bbs = |change: &dyn Fn(&mut Vec<usize>)| {
        let (part, mut derived) = bbs_part();
        change(&mut derived.labels);
        refusal(&with_value(&part, &derived.encode()))
    };
    assert_eq!(bbs(&|labels| labels.truncate(labels.len() - 1)), label_map);
    assert_eq!(bbs(&|labels| labels.push(99)), label_map);
    // Two nodes would become one.
    assert_eq!(bbs(&|labels| labels[1] = labels[0]), label_map);
    assert_eq!(bbs(&|labels| labels.swap(0, 1)), ProofError::Signature);
}

#[test]
fn indexes_out_of_range_or_order_are_refused() {
    let mandatory = ProofError::Selective(SdProofError::Indexes("mandatory indexes"));
    for change in [
        |indexes: &mut Vec<usize>| indexes.push(4000),
        |indexes: &mut Vec<usize>| indexes.reverse(),
        |indexes: &mut Vec<usize>| indexes.push(*indexes.last().unwrap()),
    ] {
        let (part, mut derived) = ecdsa_part();
        change(&mut derived.mandatory_indexes);
        assert_eq!(refusal(&with_value(&part, &derived.encode())), mandatory);
        let (part, mut derived) = bbs_part();
        change(&mut derived.mandatory_indexes);
        assert_eq!(refusal(&with_value(&part, &derived.encode())), mandatory);
        let (part, mut derived) = bbs_part();
        change(&mut derived.selective_indexes);
        let selective = ProofError::Selective(SdProofError::Indexes("selective indexes"));
        assert_eq!(refusal(&with_value(&part, &derived.encode())), selective);
    }
    let (part, mut derived) = bbs_part();
    derived.selective_indexes.pop();
    let selective = ProofError::Selective(SdProofError::Indexes("selective indexes"));
    assert_eq!(refusal(&with_value(&part, &derived.encode())), selective);
}

#[test]
fn a_statement_that_changes_its_group_is_refused() {
    let (part, mut derived) = ecdsa_part();
    derived.mandatory_indexes.pop();
    let refused = refusal(&with_value(&part, &derived.encode()));
    assert_eq!(refused, ProofError::Selective(SdProofError::SignatureCount));
    let (part, mut derived) = ecdsa_part();
    derived.signatures.swap(0, 1);
    assert_eq!(refusal(&with_value(&part, &derived.encode())), ProofError::Signature);
}

#[test]
fn a_key_for_statements_of_another_kind_is_refused() {
    let (part, mut derived) = ecdsa_part();
    derived.key = PublicKey::from(crate::crypto::Signer::verifying_key(&testing::key(Algorithm::Ed25519, 1)));
    let refused = refusal(&with_value(&part, &derived.encode()));
    assert_eq!(refused, ProofError::Selective(SdProofError::ProofKey));
    // Another key of the right kind is not the one that the issuer signed.
    derived.key = PublicKey::from(crate::crypto::Signer::verifying_key(&testing::key(Algorithm::Es256, 9)));
    assert_eq!(refusal(&with_value(&part, &derived.encode())), ProofError::Signature);
}

#[test]
fn an_issuer_with_a_key_of_another_kind_is_refused() {
    for suite in SUITES {
        let mut part = derived(&base_of(suite, &degree(), &["/issuer"]), &["/name"]).unwrap();
        let other =
            PublicKey::from(crate::crypto::Signer::verifying_key(&testing::key(Algorithm::Ed25519, 1)));
        part["proof"]["verificationMethod"] = method(&other).into();
        assert_eq!(refusal(&part), ProofError::KeyKind);
    }
    let key = testing::key(Algorithm::Ed25519, 1);
    let (options, limits) = (options(SUITES[0]), limits());
    let refused = ecdsa::create_base(&degree(), &options, &[], &BySigner::new(&key), &random(), &limits);
    assert_eq!(refused, Err(SdError::Proof(ProofError::KeyKind)));
}

#[test]
fn points_at_infinity_prove_nothing() {
    let (part, derived) = bbs_part();
    for at in 0..3 {
        let mut forged = derived.clone();
        forged.proof[48 * at..48 * (at + 1)].fill(0);
        forged.proof[48 * at] = 0xc0;
        assert_eq!(refusal(&with_value(&part, &forged.encode())), ProofError::Signature);
    }
}

#[test]
fn what_was_not_signed_is_refused() {
    for suite in SUITES {
        let part = derived(&base_of(suite, &degree(), &["/issuer"]), &["/name"]).unwrap();
        let mut forged = part.clone();
        forged["name"]["@value"] = "another".into();
        assert_eq!(refusal(&forged), ProofError::Signature);
        let mut forged = part.clone();
        forged["issuer"]["name"] = "another".into();
        assert_eq!(refusal(&forged), ProofError::Signature);
        let mut forged = part.clone();
        forged["proof"]["created"] = "2026-11-26T00:00:00Z".into();
        assert_eq!(refusal(&forged), ProofError::Signature);
    }
    let (part, mut derived) = bbs_part();
    derived.presentation_header = b"another".to_vec();
    assert_eq!(refusal(&with_value(&part, &derived.encode())), ProofError::Signature);
}

#[test]
fn pointers_that_select_nothing_are_refused() {
    let base = base_of(SUITES[0], &degree(), &["/issuer"]);
    let refused = |pointer: &str| derived(&base, &[pointer]).unwrap_err();
    for pointer in
        ["/nothing", "/credentialSubject/2", "/credentialSubject/-", "/credentialSubject/01", "/validFrom/0"]
    {
        assert_eq!(refused(pointer), SdError::Nothing(pointer.into()));
    }
    for pointer in ["issuer", "/a~2", "/a~"] {
        assert_eq!(refused(pointer), SdError::Pointer(pointer.into()));
    }
    let long = format!("/{}", "a".repeat(MAX_POINTER));
    assert_eq!(refused(&long), SdError::TooManyPointers);
    let many = vec!["/issuer".to_owned(); MAX_POINTERS + 1];
    assert_eq!(try_base(SUITES[0], &degree(), &many), Err(SdError::TooManyPointers));
    let random = random();
    assert_eq!(derive(&base, &many, b"", &random, &limits()), Err(SdError::TooManyPointers));
}

#[test]
fn a_document_needs_exactly_one_base_proof() {
    assert_eq!(derived(&degree(), &["/issuer"]), Err(SdError::NoBaseProof));
    let base = base_of(SUITES[0], &degree(), &["/issuer"]);
    let twice = base_of(SUITES[1], &base, &["/issuer"]);
    assert_eq!(derived(&twice, &["/name"]), Err(SdError::SeveralBaseProofs));
}

#[test]
fn a_base_proof_that_lacks_signatures_or_was_made_for_another_document_derives_nothing() {
    let mut base = base_of(SUITES[0], &degree(), &["/issuer"]);
    let mut proof = ecdsa::BaseProof::decode(&value(&base)).unwrap();
    proof.signatures.pop();
    base = with_value(&base, &proof.encode());
    assert_eq!(derived(&base, &["/name"]), Err(SdError::Value(SdProofError::SignatureCount)));
    let mut base = base_of(SUITES[1], &degree(), &["/issuer"]);
    base["name"]["@value"] = "another".into();
    assert_eq!(derived(&base, &["/name"]), Err(SdError::Bbs));
}

#[test]
fn lists_and_suites_of_other_kinds_make_no_base_proof() {
    let mut document = degree();
    document["@context"].as_array_mut().unwrap().push(json!({
        "steps": { "@id": "https://example.org/steps", "@container": "@list" },
    }));
    document["credentialSubject"][0]["steps"] = json!(["one", "two"]);
    for suite in SUITES {
        assert_eq!(try_base(suite, &document, &pointers(&["/issuer"])), Err(SdError::Unselectable));
    }
    let (key, limits, random) = (issuer(), limits(), random());
    let refused =
        ecdsa::create_base(&degree(), &options(SUITES[1]), &[], &BySigner::new(&key), &random, &limits);
    assert_eq!(refused, Err(SdError::Proof(ProofError::SuiteNotAllowed(SUITES[1]))));
    let refused = bbs::create_base(&degree(), &options(SUITES[0]), &[], &bbs_key(), &random, &limits);
    assert_eq!(refused, Err(SdError::Proof(ProofError::SuiteNotAllowed(SUITES[0]))));
}

#[test]
fn a_key_for_bbs_must_be_a_scalar_of_the_group_and_not_zero() {
    use crate::crypto::KeyError;
    for scalar in [&[0_u8; 32][..], &[0xff; 32], &[1; 31]] {
        assert_eq!(BbsKey::from_scalar(scalar).unwrap_err(), KeyError::Malformed);
    }
    let key = bbs_key();
    let again = BbsKey::from_scalar(key.scalar().as_ref()).unwrap();
    assert_eq!(again.public_key(), key.public_key());
}
