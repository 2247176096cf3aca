use super::{START, network};
use crate::registry::{
    Certificate, CertificateError, Malformed, NetworkKey, NetworkKeyError, SignedHeader, Validator,
    ValidatorSet, ValidatorSetError, finalize_message, namespace, pop_message, pop_namespace,
    test_network::{self, TestNetwork},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use blst::min_sig;
use proptest::prelude::*;

#[test]
fn a_finalize_vote_signs_exactly_these_bytes() {
    let message = finalize_message(&[0xab; 32], 3, 300, 299, &[0xcd; 32]);
    let mut expected = vec![55];
    expected.extend_from_slice(b"yufu-registry/");
    expected.extend_from_slice(&[0xab; 32]);
    expected.extend_from_slice(b"_FINALIZE");
    expected.extend_from_slice(&[3, 0xac, 0x02, 0xab, 0x02]);
    expected.extend_from_slice(&[0xcd; 32]);
    assert_eq!(message, expected);
    assert_eq!(namespace(&[1; 32]), [b"yufu-registry/", &[1; 32][..]].concat());
    assert_eq!(pop_namespace(&[2; 32]), [b"yufu/validator-pop/v1", &[2; 32][..]].concat());
    assert_eq!(pop_message(&[2; 32], &[3; 96]), [&[53][..], &pop_namespace(&[2; 32]), &[3; 96]].concat());
}

/// Made by the engine; the node's tests check that it still makes the same.
#[test]
fn verifies_what_the_engine_made_final() {
    let vector = include_str!("engine_vector.txt");
    let bytes = |name: &str| -> Vec<u8> {
        let hex = vector.lines().find_map(|line| line.strip_prefix(name)).unwrap().trim();
        (0..hex.len()).step_by(2).map(|i| u8::from_str_radix(&hex[i..i + 2], 16).unwrap()).collect()
    };
    let set = ValidatorSet::from_bytes(&bytes("set")).unwrap();
    let finalization = Certificate::from_finalization_bytes(&bytes("finalization")).unwrap();
    assert_eq!((set.len(), finalization.epoch, finalization.payload), (4, 3, [0x22; 32]));
    let certificate = finalization.certificate;
    assert_eq!(certificate.to_finalization_bytes(3, &[0x22; 32]), bytes("finalization"));
    certificate.verify(&[0x11; 32], 3, &set, &[0x22; 32]).unwrap();
    let other = certificate.verify(&[0x11; 32], 3, &set, &[0x23; 32]);
    assert_eq!(other, Err(CertificateError::Signature));
}

#[test]
fn any_quorum_of_the_set_certifies_and_fewer_do_not() {
    for (n, quorum) in [(1u8, 1usize), (2, 2), (3, 3), (4, 3), (7, 5), (30, 21)] {
        let mut network = TestNetwork::new(n, 5, START);
        assert_eq!(network.key().set.quorum(), quorum);
        let header = network.next_header(START + 1, 0);
        let last: Vec<_> = (usize::from(n) - quorum..usize::from(n)).collect();
        let verify = |signers: &[usize]| {
            let signed = network.certify_by(&header, signers);
            let key = network.key();
            signed.certificate().verify(&key.genesis, 0, &key.set, &header.digest())
        };
        assert_eq!(verify(&last), Ok(()), "{quorum} of {n}");
        if quorum > 1 {
            assert_eq!(verify(&last[1..]), Err(CertificateError::Quorum), "one less of {n}");
        }
    }
}

#[test]
fn refuses_a_certificate_for_another_header_epoch_or_network() {
    let mut network = network(4);
    let header = network.next_header(START + 1, 0);
    let signed = network.certify(&header);
    let (set, genesis) = (&network.key().set, &network.key().genesis);
    let verify = |genesis, epoch, digest: &[u8; 32]| signed.certificate().verify(genesis, epoch, set, digest);
    assert_eq!(verify(genesis, 0, &header.digest()), Ok(()));
    assert_eq!(verify(genesis, 0, &[0; 32]), Err(CertificateError::Signature));
    assert_eq!(verify(genesis, 1, &header.digest()), Err(CertificateError::Signature));
    assert_eq!(verify(&[0; 32], 0, &header.digest()), Err(CertificateError::Signature));
}

#[test]
fn refuses_a_certificate_of_other_validators() {
    let mut network = network(4);
    let header = network.next_header(START + 1, 0);
    let others = TestNetwork::new(4, 99, START);
    let signed = network.certify(&header);
    let verify = |set| signed.certificate().verify(&network.key().genesis, 0, set, &header.digest());
    assert_eq!(verify(&others.key().set), Err(CertificateError::Signature));
    let more = TestNetwork::new(5, 1, START);
    assert_eq!(verify(&more.key().set), Err(CertificateError::SetSize));
}

#[test]
fn refuses_a_signer_that_did_not_sign() {
    let mut network = network(4);
    let header = network.next_header(START + 1, 0);
    let mut bytes = network.finalization(&header, &[0, 1, 2]);
    let bits = bytes.len() - 49;
    assert_eq!(bytes[bits], 0b0111);
    bytes[bits] = 0b1111;
    let certificate = Certificate::from_finalization_bytes(&bytes).unwrap().certificate;
    let key = network.key();
    let refused = certificate.verify(&key.genesis, 0, &key.set, &header.digest());
    assert_eq!(refused, Err(CertificateError::Signature));
}

#[test]
fn refuses_a_signature_at_infinity_outside_the_subgroup_or_no_point() {
    let mut network = network(1);
    let header = network.next_header(START + 1, 0);
    let mut bytes = network.finalization(&header, &[0]);
    let infinity = {
        let mut b = [0u8; 48];
        b[0] = 0xc0;
        b
    };
    for signature in [infinity, point_outside_subgroup(), [0xff; 48], [0; 48]] {
        let start = bytes.len() - 48;
        bytes[start..].copy_from_slice(&signature);
        let certificate = Certificate::from_finalization_bytes(&bytes).unwrap().certificate;
        let key = network.key();
        let refused = certificate.verify(&key.genesis, 0, &key.set, &header.digest());
        assert_eq!(refused, Err(CertificateError::SignatureEncoding));
    }
}

/// A point of the curve that is not in the subgroup of prime order: nearly every point is such a one.
fn point_outside_subgroup() -> [u8; 48] {
    (0..=u8::MAX)
        .map(|x| {
            let mut bytes = [0u8; 48];
            (bytes[0], bytes[47]) = (0x80, x);
            bytes
        })
        .find(|bytes| min_sig::Signature::uncompress(bytes).is_ok_and(|point| point.validate(true).is_err()))
        .unwrap()
}

#[test]
fn a_finalization_comes_apart_and_nothing_else_does() {
    let mut network = network(4);
    let header = network.next_header(START + 1, 0);
    let bytes = network.finalization(&header, &[1, 2, 3]);
    let finalization = Certificate::from_finalization_bytes(&bytes).unwrap();
    assert_eq!((finalization.epoch, finalization.payload), (0, header.digest()));
    for length in 0..bytes.len() {
        assert_eq!(Certificate::from_finalization_bytes(&bytes[..length]), Err(Malformed));
    }
    assert_eq!(Certificate::from_finalization_bytes(&[&bytes[..], &[0]].concat()), Err(Malformed));
    // A bit beyond the fourth validator; a number in a longer form than needed.
    let mut beyond = bytes.clone();
    beyond[bytes.len() - 49] |= 0x10;
    assert_eq!(Certificate::from_finalization_bytes(&beyond), Err(Malformed));
    let longer = [&[0x80, 0x00][..], &bytes[1..]].concat();
    assert_eq!(Certificate::from_finalization_bytes(&longer), Err(Malformed));
}

fn validator(index: u8) -> Validator {
    test_network::validator(1, index).0
}

#[test]
fn a_set_is_ordered_by_identity_and_survives_its_bytes() {
    let set = ValidatorSet::new((0..5).map(validator).collect()).unwrap();
    assert!(set.validators().is_sorted_by(|a, b| a.identity < b.identity));
    assert_eq!(ValidatorSet::from_bytes(&set.to_bytes()).unwrap(), set);
    assert_eq!(set.to_bytes().len(), 2 + 5 * 176);
    let reversed = ValidatorSet::new((0..5).rev().map(validator).collect()).unwrap();
    assert_eq!(reversed.hash(), set.hash());
    let fewer = ValidatorSet::new((0..4).map(validator).collect()).unwrap();
    assert_ne!(fewer.hash(), set.hash());
}

#[test]
fn refuses_a_set_that_is_empty_unordered_or_repeats() {
    assert_eq!(ValidatorSet::new(Vec::new()), Err(ValidatorSetError::Size));
    assert_eq!(ValidatorSet::new(vec![validator(0); 2]), Err(ValidatorSetError::Order));
    let set = ValidatorSet::new((0..2).map(validator).collect()).unwrap().to_bytes();
    let swapped = [&set[..2], &set[178..], &set[2..178]].concat();
    assert_eq!(ValidatorSet::from_bytes(&swapped), Err(ValidatorSetError::Order));
    assert_eq!(ValidatorSet::from_bytes(&[0, 0]), Err(ValidatorSetError::Size));
    assert_eq!(ValidatorSet::from_bytes(&[0xff, 0xff]), Err(ValidatorSetError::Size));
    for length in 0..set.len() {
        let cut = ValidatorSet::from_bytes(&set[..length]);
        assert_eq!(cut, Err(ValidatorSetError::Malformed(Malformed)), "{length}");
    }
    let longer = ValidatorSet::from_bytes(&[&set[..], &[0]].concat());
    assert_eq!(longer, Err(ValidatorSetError::Malformed(Malformed)));
}

#[test]
fn refuses_one_key_for_two_validators() {
    // The second identity proves possession of the same key quite properly.
    let (first, secret) = test_network::validator(1, 0);
    let identity = [1; 32];
    let dst = b"BLS_POP_BLS12381G1_XMD:SHA-256_SSWU_RO_POP_";
    let pop = secret.sign(&pop_message(&identity, &first.bls), dst, &[]).compress();
    let twin = Validator { identity, pop, ..first };
    ValidatorSet::new(vec![twin]).unwrap();
    assert_eq!(ValidatorSet::new(vec![first, twin]), Err(ValidatorSetError::DuplicateKey));
}

#[test]
fn refuses_a_key_without_proof_of_possession() {
    let (one, other) = (validator(0), validator(1));
    let borrowed = Validator { pop: other.pop, ..one };
    assert_eq!(ValidatorSet::new(vec![borrowed]), Err(ValidatorSetError::ProofOfPossession));
    // A proof and its key, copied under another identity.
    let stolen = Validator { identity: other.identity, ..one };
    assert_eq!(ValidatorSet::new(vec![stolen]), Err(ValidatorSetError::ProofOfPossession));
    // The rogue key: own key less the other's, for which nobody has the private half.
    let rogue = Validator { bls: difference(&one.bls, &other.bls), ..one };
    assert_eq!(ValidatorSet::new(vec![rogue, other]), Err(ValidatorSetError::ProofOfPossession));
}

/// One key less the other: the sum with the other's mirror image.
fn difference(one: &[u8; 96], other: &[u8; 96]) -> [u8; 96] {
    let mut mirrored = *other;
    mirrored[0] ^= 0x20;
    let keys =
        [min_sig::PublicKey::uncompress(one).unwrap(), min_sig::PublicKey::uncompress(&mirrored).unwrap()];
    min_sig::AggregatePublicKey::aggregate(&[&keys[0], &keys[1]], true).unwrap().to_public_key().compress()
}

#[test]
fn refuses_a_key_at_infinity_or_no_point() {
    let mut infinity = [0; 96];
    infinity[0] = 0xc0;
    for bls in [infinity, [0xff; 96], [0; 96]] {
        let bad = Validator { bls, ..validator(0) };
        assert_eq!(ValidatorSet::new(vec![bad]), Err(ValidatorSetError::Key));
    }
}

#[test]
fn a_network_key_survives_its_text() {
    for n in [1, 4] {
        let key = network(n).key().clone();
        let text = key.to_string();
        assert!(text.starts_with("yufu-network-1:"));
        assert_eq!(text.parse(), Ok(key.clone()));
        assert_eq!(format!(" {text}\n").parse(), Ok(key));
    }
}

#[test]
fn refuses_a_network_key_that_was_not_copied_whole() {
    let key = network(1).key().clone();
    let text = key.to_string();
    let parse = |text: &str| text.parse::<NetworkKey>();
    assert_eq!(parse(&text[1..]), Err(NetworkKeyError::Prefix));
    assert_eq!(parse(&text.replace("-1:", "-2:")), Err(NetworkKeyError::Prefix));
    assert_eq!(parse("yufu-network-1:"), Err(NetworkKeyError::Malformed));
    assert_eq!(parse(&text[..text.len() - 3]), Err(NetworkKeyError::Checksum));
    for length in "yufu-network-1:".len()..text.len() {
        let cut = parse(&text[..length]);
        assert!(matches!(cut, Err(NetworkKeyError::Checksum | NetworkKeyError::Malformed)), "{length}");
    }
    let other = if &text[40..41] == "A" { "B" } else { "A" };
    let changed = [&text[..40], other, &text[41..]].concat();
    assert_eq!(parse(&changed), Err(NetworkKeyError::Checksum));
    assert_eq!(
        parse(&format!("yufu-network-1:{}", URL_SAFE_NO_PAD.encode([0; 3]))),
        Err(NetworkKeyError::Malformed)
    );
    let no_epochs = NetworkKey { epoch_length: 0, ..key.clone() };
    assert_eq!(parse(&no_epochs.to_string()), Err(NetworkKeyError::Malformed));
    let mut bytes = key.to_bytes();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    let refused = NetworkKey::from_bytes(&bytes);
    assert_eq!(refused, Err(NetworkKeyError::Set(ValidatorSetError::ProofOfPossession)));
}

proptest! {
    #[test]
    fn what_is_read_is_written_the_same(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = Certificate::from_finalization_bytes(&bytes);
        let _ = ValidatorSet::from_bytes(&bytes);
        for kind in [1, 2] {
            let bytes = [&[kind][..], &bytes].concat();
            if let Ok(signed) = SignedHeader::from_bytes(&bytes) {
                prop_assert_eq!(signed.to_bytes(), bytes);
            }
        }
    }

    #[test]
    fn no_text_makes_the_network_key_panic(text in "(yufu-network-1:)?[A-Za-z0-9_-]{0,400}") {
        let _ = text.parse::<NetworkKey>();
    }
}
