use crate::{
    crypto::{Algorithm, Signer, SoftwareKey, VerifyingKey},
    random::SeededRandom,
    status::{
        StatusArray, StatusArrayError,
        token::{
            IssueToken, MAX_INFLATED, MAX_TOKEN, StatusToken, StatusTokenError, UnverifiedStatusToken,
            decode_list, encode_list, issue,
        },
    },
    test_vectors,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::io::Write;

const URI: &str = "https://residents.yufu.example/status/3";
const NOW: u64 = 1_800_000_000;

fn key() -> SoftwareKey {
    SoftwareKey::generate(Algorithm::Es256, &SeededRandom::new(1)).unwrap()
}

fn array() -> StatusArray {
    let mut array = StatusArray::new(2, 1 << 17).unwrap();
    array.set(77, 1).unwrap();
    array.set(131_071, 2).unwrap();
    array
}

fn token(signer: &dyn Signer) -> String {
    let token =
        IssueToken { uri: URI, array: &array(), iat: NOW, exp: NOW + 600, ttl: 60, x5c: &[vec![48, 0]] };
    issue(&token, signer).unwrap()
}

fn verify(token: &str, key: &VerifyingKey, now: u64) -> Result<StatusToken, StatusTokenError> {
    UnverifiedStatusToken::parse(token)?.verify(key, URI, now)
}

/// A token with these parts, signed by `signer`, whatever they say.
fn signed(header: &Value, claims: &Value, signer: &dyn Signer) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let input = format!("{}.{}", part(header), part(claims));
    let signature = URL_SAFE_NO_PAD.encode(signer.sign(input.as_bytes()).unwrap());
    format!("{input}.{signature}")
}

fn header() -> Value {
    json!({ "alg": "ES256", "typ": "statuslist+jwt" })
}

fn claims() -> Value {
    let lst = encode_list(&array()).unwrap();
    json!({ "sub": URI, "iat": NOW, "exp": NOW + 600, "status_list": { "bits": 2, "lst": lst } })
}

#[test]
fn an_issued_token_verifies_and_says_what_was_put_in() {
    for algorithm in [Algorithm::Es256, Algorithm::Ed25519] {
        let key = SoftwareKey::generate(algorithm, &SeededRandom::new(2)).unwrap();
        let token = token(&key);
        assert_eq!(UnverifiedStatusToken::parse(&token).unwrap().leaf_der(), Some(&[48, 0][..]));
        let verified = verify(&token, key.verifying_key(), NOW + 599).unwrap();
        assert_eq!(verified.array, array());
        assert_eq!((verified.iat, verified.exp, verified.ttl), (NOW, Some(NOW + 600), Some(60)));
    }
}

#[test]
fn refuses_a_token_under_another_key() {
    let other = SoftwareKey::generate(Algorithm::Es256, &SeededRandom::new(3)).unwrap();
    let refused = verify(&token(&key()), other.verifying_key(), NOW);
    assert_eq!(refused, Err(StatusTokenError::Signature));
}

#[test]
fn refuses_a_token_whose_algorithm_is_not_the_keys() {
    let ed25519 = SoftwareKey::generate(Algorithm::Ed25519, &SeededRandom::new(3)).unwrap();
    let refused = verify(&token(&key()), ed25519.verifying_key(), NOW);
    assert_eq!(refused, Err(StatusTokenError::Algorithm));
}

#[test]
fn refuses_an_algorithm_that_is_not_on_the_list() {
    for alg in ["none", "None", "ES384", "HS256", "RS256", ""] {
        let token = signed(&json!({ "alg": alg, "typ": "statuslist+jwt" }), &claims(), &key());
        assert_eq!(UnverifiedStatusToken::parse(&token).err(), Some(StatusTokenError::Algorithm), "{alg}");
    }
}

#[test]
fn refuses_another_type_of_token() {
    for typ in ["JWT", "statuslist+cwt", "application/statuslist+jwt", ""] {
        let token = signed(&json!({ "alg": "ES256", "typ": typ }), &claims(), &key());
        assert_eq!(UnverifiedStatusToken::parse(&token).err(), Some(StatusTokenError::Type), "{typ}");
    }
}

#[test]
fn refuses_a_header_with_a_critical_extension() {
    let header = json!({ "alg": "ES256", "typ": "statuslist+jwt", "crit": ["b64"], "b64": false });
    let token = signed(&header, &claims(), &key());
    assert_eq!(UnverifiedStatusToken::parse(&token).err(), Some(StatusTokenError::Malformed));
}

#[test]
fn refuses_the_token_of_another_list() {
    let token = token(&key());
    let parsed = UnverifiedStatusToken::parse(&token).unwrap();
    let refused = parsed.verify(key().verifying_key(), "https://residents.yufu.example/status/4", NOW);
    assert_eq!(refused, Err(StatusTokenError::Subject));
}

#[test]
fn refuses_an_expired_token() {
    let refused = verify(&token(&key()), key().verifying_key(), NOW + 600);
    assert_eq!(refused, Err(StatusTokenError::Expired));
}

#[test]
fn refuses_a_token_from_the_future() {
    let refused = verify(&token(&key()), key().verifying_key(), NOW - 61);
    assert_eq!(refused, Err(StatusTokenError::IssuedInFuture));
    verify(&token(&key()), key().verifying_key(), NOW - 60).unwrap();
}

#[test]
fn refuses_a_shape_that_no_list_has() {
    for bits in [0, 3, 16, 255] {
        let mut claims = claims();
        claims["status_list"]["bits"] = json!(bits);
        let token = signed(&header(), &claims, &key());
        assert_eq!(verify(&token, key().verifying_key(), NOW), Err(StatusTokenError::Shape), "{bits}");
    }
    let mut claims = claims();
    claims["status_list"]["lst"] = json!(zlib(&[]));
    let token = signed(&header(), &claims, &key());
    assert_eq!(verify(&token, key().verifying_key(), NOW), Err(StatusTokenError::Shape));
}

#[test]
fn refuses_a_list_that_inflates_beyond_its_limit() {
    assert_eq!(decode_list(8, &zlib(&vec![0; MAX_INFLATED + 1])), Err(StatusTokenError::Compression));
    decode_list(8, &zlib(&vec![0; MAX_INFLATED])).unwrap();
}

#[test]
fn refuses_a_list_that_does_not_inflate() {
    let whole = URL_SAFE_NO_PAD.decode(zlib(&[1; 100])).unwrap();
    let cut = URL_SAFE_NO_PAD.encode(&whole[..whole.len() - 1]);
    let longer = URL_SAFE_NO_PAD.encode([&whole[..], &[0]].concat());
    let mut changed = whole.clone();
    *changed.last_mut().unwrap() ^= 1;
    for lst in [cut, longer, URL_SAFE_NO_PAD.encode(changed), String::new(), "AAAA".into()] {
        assert_eq!(decode_list(1, &lst), Err(StatusTokenError::Compression), "{lst}");
    }
    assert_eq!(decode_list(1, "%"), Err(StatusTokenError::Malformed));
}

#[test]
fn refuses_what_is_no_token() {
    let longest = "a".repeat(MAX_TOKEN + 1);
    assert_eq!(UnverifiedStatusToken::parse(&longest).err(), Some(StatusTokenError::TooLarge));
    for text in ["", ".", "..", "a.b.c", "e30.e30.", "é.é.é"] {
        assert_eq!(UnverifiedStatusToken::parse(text).err(), Some(StatusTokenError::Malformed), "{text}");
    }
    for missing in ["sub", "iat", "status_list"] {
        let mut claims = claims();
        claims.as_object_mut().unwrap().remove(missing);
        let token = signed(&header(), &claims, &key());
        let refused = UnverifiedStatusToken::parse(&token).err();
        assert_eq!(refused, Some(StatusTokenError::Malformed), "{missing}");
    }
}

#[test]
fn reads_the_short_examples_of_the_specification() {
    for (file, bits, bytes) in [
        ("status_list_encoding_json.md", 1, &[0xb9, 0xa3][..]),
        ("status_list_encoding2_json.md", 2, &[0xc9, 0x44, 0xf9][..]),
    ] {
        let Some(text) = test_vectors::read(&format!("token-status-list/{file}")) else { return };
        let (claimed_bits, lst) = list_of(&text);
        assert_eq!(claimed_bits, bits);
        let array = decode_list(bits, &lst).unwrap();
        assert_eq!(array.bytes(), bytes);
        // The zlib stream may differ; what it says may not.
        assert_eq!(decode_list(bits, &encode_list(&array).unwrap()).unwrap(), array);
    }
}

#[test]
fn reads_the_test_vectors_of_the_specification_entry_by_entry() {
    let Some(appendix) = test_vectors::read("token-status-list/test-vectors-appendix.md") else { return };
    let mut lists = 0;
    for section in appendix.split("\n## ").skip(1) {
        let entries: Vec<(u64, u8)> = section
            .lines()
            .filter_map(|line| line.strip_prefix("status["))
            .map(|line| {
                let (index, value) = line.split_once(']').unwrap();
                let bits = value.split_once("0b").unwrap().1;
                (index.parse().unwrap(), u8::from_str_radix(bits.trim(), 2).unwrap())
            })
            .collect();
        let file = section
            .lines()
            .filter_map(|line| line.strip_prefix("{::include examples/"))
            .find(|line| line.contains("json"));
        // The table of 8-bit values is cut short where it was published, and so is the file's name.
        let whole = file.is_some();
        let file = file.unwrap_or("status_list_encoding8_json.md").trim_end_matches('}');
        let path = format!("token-status-list/{file}");
        let (bits, lst) = list_of(&test_vectors::read(&path).unwrap());
        let array = decode_list(bits, &lst).unwrap();
        assert_eq!(array.size(), 1 << 20);
        let mut expected = StatusArray::new(bits, 1 << 20).unwrap();
        for (index, value) in &entries {
            assert_eq!(array.get(*index), Ok(*value), "{bits} bits, index {index}");
            expected.set(*index, *value).unwrap();
        }
        assert!(entries.len() > 10);
        assert!(!whole || expected == array, "{bits} bits: an entry that the table does not name is not 0");
        lists += 1;
    }
    assert_eq!(lists, 4);
}

#[test]
fn takes_the_specifications_token_apart() {
    let Some(text) = test_vectors::read("token-status-list/status_list_jwt_raw.md") else { return };
    let token: String = text.split_whitespace().collect();
    let refused = UnverifiedStatusToken::parse(&token).unwrap().verify(
        key().verifying_key(),
        "https://example.com/statuslists/1",
        1_686_920_170,
    );
    assert_eq!(refused, Err(StatusTokenError::Signature), "its key is not published with it");
}

#[test]
fn an_array_refuses_what_does_not_fit() {
    let mut array = StatusArray::new(2, 5).unwrap();
    assert_eq!(array.set(5, 0), Err(StatusArrayError::OutOfRange));
    assert_eq!(array.get(u64::MAX), Err(StatusArrayError::OutOfRange));
    assert_eq!(array.set(4, 4), Err(StatusArrayError::Value));
    assert_eq!(StatusArray::new(2, 0), Err(StatusArrayError::Shape));
    assert_eq!(StatusArray::new(3, 8), Err(StatusArrayError::Shape));
    assert_eq!(StatusArray::new(1, (1 << 27) + 1), Err(StatusArrayError::Shape));
}

fn zlib(bytes: &[u8]) -> String {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    URL_SAFE_NO_PAD.encode(encoder.finish().unwrap())
}

/// Bits and `lst` of an example, whose text is wrapped and may start with an explanation.
fn list_of(text: &str) -> (u8, String) {
    let json: String = text[text.find('{').unwrap()..].split_whitespace().collect();
    let value: Value = serde_json::from_str(&json).unwrap();
    (u8::try_from(value["bits"].as_u64().unwrap()).unwrap(), value["lst"].as_str().unwrap().to_owned())
}

proptest! {
    #[test]
    fn an_array_is_a_table_of_values(
        bits in prop::sample::select(vec![1u8, 2, 4, 8]),
        writes in prop::collection::vec((0u32..1000, any::<u8>()), 0..50),
    ) {
        let mut array = StatusArray::new(bits, 1000).unwrap();
        let mut table = vec![0u8; 1000];
        for (index, value) in writes {
            let value = value >> (8 - bits);
            array.set(u64::from(index), value).unwrap();
            table[index as usize] = value;
        }
        let read: Vec<_> = (0..1000).map(|i| array.get(i).unwrap()).collect();
        prop_assert_eq!(read, table);
        let again = decode_list(bits, &encode_list(&array).unwrap()).unwrap();
        prop_assert_eq!(again.bytes(), array.bytes());
    }

    #[test]
    fn no_text_makes_the_parser_panic(text in "\\PC{0,200}") {
        let _ = UnverifiedStatusToken::parse(&text);
        let _ = decode_list(1, &text);
    }

    #[test]
    fn no_stream_makes_the_inflater_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = decode_list(1, &URL_SAFE_NO_PAD.encode([&[0x78, 0x9c], &bytes[..]].concat()));
    }
}
