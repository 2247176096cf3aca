//! Wire bytes that a running node produced, frozen: what its consensus engine signs is what the light
//! client checks with `blst` alone. `print_vectors` of the registry's tests makes new ones.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use yufu_core::registry::{CertificateError, LightClient, LightClientError, NetworkKey, SignedHeader};

const VECTOR: &str = include_str!("vectors/engine-one-validator.txt");

fn field(name: &str) -> &'static str {
    let prefix = format!("{name} ");
    VECTOR.lines().find_map(|line| line.strip_prefix(&prefix)).unwrap()
}

fn signed_header() -> Vec<u8> {
    let digits = field("signed_header");
    (0..digits.len() / 2).map(|i| u8::from_str_radix(&digits[2 * i..2 * i + 2], 16).unwrap()).collect()
}

fn light_client() -> LightClient {
    LightClient::new(field("network_key").parse::<NetworkKey>().unwrap())
}

#[test]
fn a_certificate_of_the_engine_verifies() {
    let time_ms: u64 = field("time_ms").parse().unwrap();
    let signed = SignedHeader::from_bytes(&signed_header()).unwrap();
    let header = light_client().verify_header(&signed, time_ms).unwrap();
    assert_eq!((header.height(), header.time_ms()), (1, time_ms));
    assert_ne!(header.slot(), 0);
}

#[test]
fn a_certificate_of_the_engine_covers_every_bit_of_the_header() {
    let bytes = signed_header();
    // Kind, then the whole header of 288 bytes.
    for byte in 1..289 {
        let mut changed = bytes.clone();
        changed[byte] ^= 1;
        let signed = SignedHeader::from_bytes(&changed).unwrap();
        let refused = light_client().verify_header(&signed, u64::MAX >> 1).unwrap_err();
        assert!(
            matches!(
                refused,
                LightClientError::WrongNetwork
                    | LightClientError::WrongEpoch
                    | LightClientError::WrongSet
                    | LightClientError::BadCertificate(CertificateError::Signature)
            ),
            "byte {byte}: {refused:?}"
        );
    }
}
