use super::*;
use crate::{
    registry::StatusEncoding,
    status::{MIN_LIST_SIZE, StatusArray},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use std::io::Write;

const LIST: &str = "https://example.com/credentials/status/3";
const ISSUER: &str = "did:example:12345";
const NOW: u64 = 1_795_737_600;
const EXPECTED: ExpectedList<'static> = ExpectedList { list: LIST, issuer: ISSUER, now: NOW };

/// The list of the specification's third example.
const EMPTY_LIST: &str = "uH4sIAAAAAAAAA-3BMQEAAADCoPVPbQwfoAAAAAAAAAAAAAAAAAAAAIC3AYbSVKsAQAAA";

fn object(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

fn array(bits: u8, set: &[(u64, u8)]) -> StatusArray {
    let mut array = StatusArray::new_in(StatusEncoding::Bitstring, bits, MIN_LIST_SIZE).unwrap();
    for (index, value) in set {
        array.set(*index, *value).unwrap();
    }
    array
}

fn document(array: &StatusArray) -> Map<String, Value> {
    let document = ListDocument {
        id: LIST,
        issuer: ISSUER,
        purposes: &[Purpose::Revocation],
        array,
        valid_from: NOW,
        valid_until: NOW + 600,
        ttl_ms: 60_000,
    };
    document.to_json().unwrap()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn multibase(bytes: &[u8]) -> String {
    format!("u{}", URL_SAFE_NO_PAD.encode(bytes))
}

fn entry(json: Value) -> Result<StatusEntry, BitstringError> {
    StatusEntry::parse(&object(json))
}

fn simple_entry() -> Value {
    json!({
        "id": "https://example.com/credentials/status/3#94567",
        "type": "BitstringStatusListEntry",
        "statusPurpose": "revocation",
        "statusListIndex": "94567",
        "statusListCredential": LIST,
    })
}

fn message_entry() -> Value {
    json!({
        "type": "BitstringStatusListEntry",
        "statusPurpose": "message",
        "statusListIndex": "49284",
        "statusSize": 2,
        "statusListCredential": LIST,
        "statusMessage": [
            { "status": "0x0", "message": "pending_review" },
            { "status": "0x1", "message": "accepted" },
            { "status": "0x2", "message": "rejected" },
            { "status": "0x3", "message": "undefined" },
        ],
        "statusReference": "https://example.org/status-dictionary/",
    })
}

fn changed(mut json: Value, name: &str, value: Value) -> Value {
    match value {
        Value::Null => {
            json.as_object_mut().unwrap().remove(name);
        }
        value => json[name] = value,
    }
    json
}

#[test]
fn the_first_index_is_the_left_most_bit() {
    let array = array(1, &[(0, 1), (9, 1)]);
    assert_eq!(array.bytes()[..2], [0b1000_0000, 0b0100_0000]);
    let last = u64::from(MIN_LIST_SIZE) - 1;
    assert_eq!(self::array(1, &[(last, 1)]).bytes().last(), Some(&1));
    assert_eq!(self::array(2, &[(0, 0b10), (3, 0b01)]).bytes()[0], 0b1000_0001);
    assert_eq!(self::array(4, &[(0, 0x9), (1, 0x6)]).bytes()[0], 0x96);
    assert_eq!(self::array(8, &[(1, 7)]).bytes()[1], 7);
}

#[test]
fn reads_the_list_of_the_specification() {
    let bytes = decode_list(EMPTY_LIST).unwrap();
    assert_eq!(bytes, vec![0; 16 << 10]);
    let credential = object(json!({
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "id": LIST,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": ISSUER,
        "validFrom": "2021-04-05T14:27:40Z",
        "credentialSubject": {
            "id": "https://example.com/status/3#list",
            "type": "BitstringStatusList",
            "statusPurpose": "revocation",
            "encodedList": EMPTY_LIST,
        },
    }));
    let list = StatusList::read_verified(&credential, &EXPECTED).unwrap();
    let status = list.status(&entry(simple_entry()).unwrap()).unwrap();
    assert_eq!(status, StatusValue { purpose: Purpose::Revocation, value: 0, message: None });
    assert_eq!((list.valid_until(), list.ttl_ms()), (None, None));
}

#[test]
fn what_is_made_is_read() {
    let made = document(&array(1, &[(94_567, 1)]));
    let list = StatusList::read_verified(&made, &EXPECTED).unwrap();
    assert_eq!((list.valid_from(), list.valid_until()), (Some(NOW), Some(NOW + 600)));
    assert_eq!((list.id(), list.purposes(), list.ttl_ms()), (LIST, &[Purpose::Revocation][..], Some(60_000)));
    let status = |index| list.status(&StatusEntry::new(Purpose::Revocation, LIST, index)).unwrap().value;
    assert_eq!((status(94_566), status(94_567), status(94_568)), (0, 1, 0));
    assert_eq!(list.array(1).unwrap(), array(1, &[(94_567, 1)]));
    let again = document(&array(1, &[(94_567, 1)]));
    assert_eq!(made, again, "the same list is written the same");
}

#[test]
fn a_list_may_serve_several_purposes_and_say_messages() {
    let array = array(2, &[(49_284, 2)]);
    let purposes = [Purpose::Message, Purpose::Refresh];
    let made = ListDocument { purposes: &purposes, array: &array, ..unsized_document(&array) };
    let list = StatusList::read_verified(&made.to_json().unwrap(), &EXPECTED).unwrap();
    let status = list.status(&entry(message_entry()).unwrap()).unwrap();
    assert_eq!((status.value, status.message.as_deref()), (2, Some("rejected")));
    let refresh = changed(message_entry(), "statusPurpose", "refresh".into());
    assert_eq!(list.status(&entry(refresh).unwrap()).unwrap().purpose, Purpose::Refresh);
    let suspension = changed(message_entry(), "statusPurpose", "suspension".into());
    assert_eq!(list.status(&entry(suspension).unwrap()), Err(BitstringError::OtherPurpose));
}

fn unsized_document(array: &StatusArray) -> ListDocument<'_> {
    ListDocument {
        id: LIST,
        issuer: ISSUER,
        purposes: &[Purpose::Revocation],
        array,
        valid_from: NOW,
        valid_until: NOW,
        ttl_ms: 0,
    }
}

#[test]
fn entries_are_read_and_written() {
    for json in [simple_entry(), message_entry()] {
        assert_eq!(Value::Object(entry(json.clone()).unwrap().to_json()), json);
    }
    let several =
        changed(message_entry(), "statusReference", json!(["https://a.example", "https://b.example"]));
    assert_eq!(Value::Object(entry(several.clone()).unwrap().to_json()), several);
    let one = changed(simple_entry(), "statusSize", json!(1));
    assert_eq!(entry(one).unwrap().bits, 1);
    assert_eq!(entry(simple_entry()).unwrap().list_number(), Some(3));
    for list in ["https://a.example/03", "https://a.example/", "https://a.example/x"] {
        let other = changed(simple_entry(), "statusListCredential", list.into());
        assert_eq!(entry(other).unwrap().list_number(), None);
    }
}

#[test]
fn refuses_entries_that_are_none() {
    let messages = |count: u8| -> Value {
        (0..count).map(|value| json!({ "status": format!("0x{value:x}"), "message": "m" })).collect()
    };
    let member = BitstringError::Member;
    let table = [
        ("type", Value::Null, BitstringError::Type),
        ("type", json!("StatusList2021Entry"), BitstringError::Type),
        ("type", json!(["BitstringStatusListEntry", "Other"]), BitstringError::Type),
        ("id", json!(LIST), member("id")),
        ("id", json!("not a url"), member("id")),
        ("id", json!(1), member("id")),
        ("statusPurpose", Value::Null, member("statusPurpose")),
        ("statusPurpose", json!(""), member("statusPurpose")),
        ("statusPurpose", json!(["revocation"]), member("statusPurpose")),
        ("statusPurpose", json!("x".repeat(200)), member("statusPurpose")),
        ("statusListIndex", Value::Null, member("statusListIndex")),
        ("statusListIndex", json!(94567), member("statusListIndex")),
        ("statusListIndex", json!(""), member("statusListIndex")),
        ("statusListIndex", json!("-1"), member("statusListIndex")),
        ("statusListIndex", json!("+1"), member("statusListIndex")),
        ("statusListIndex", json!("1.0"), member("statusListIndex")),
        ("statusListIndex", json!("0x10"), member("statusListIndex")),
        ("statusListIndex", json!("007"), member("statusListIndex")),
        ("statusListIndex", json!("१"), member("statusListIndex")),
        ("statusListIndex", json!("99999999999999999999"), member("statusListIndex")),
        ("statusListCredential", Value::Null, member("statusListCredential")),
        ("statusListCredential", json!("status/3"), member("statusListCredential")),
        ("statusListCredential", json!({ "id": LIST }), member("statusListCredential")),
        ("statusSize", json!(0), BitstringError::Size),
        ("statusSize", json!(3), BitstringError::Size),
        ("statusSize", json!(256), BitstringError::Size),
        ("statusSize", json!("2"), member("statusSize")),
        ("statusSize", json!(-2), member("statusSize")),
        ("statusSize", json!(1.5), member("statusSize")),
        ("statusSize", json!(2), BitstringError::Messages),
        ("statusMessage", json!([]), BitstringError::Messages),
        ("statusMessage", messages(1), BitstringError::Messages),
        ("statusMessage", messages(4), BitstringError::Messages),
        ("statusMessage", json!("valid"), member("statusMessage")),
        ("statusMessage", json!(["valid", "revoked"]), member("statusMessage")),
        ("statusMessage", json!([{ "status": "0x0" }, { "status": "0x1" }]), member("statusMessage")),
        (
            "statusMessage",
            json!([{ "status": "0", "message": "a" }, { "status": "1", "message": "b" }]),
            member("statusMessage"),
        ),
        (
            "statusMessage",
            json!([{ "status": "0x0", "message": "a" }, { "status": "0x+1", "message": "b" }]),
            member("statusMessage"),
        ),
        (
            "statusMessage",
            json!([{ "status": "0x0", "message": "a" }, { "status": "0x0", "message": "b" }]),
            BitstringError::Messages,
        ),
        ("statusReference", json!("nowhere"), member("statusReference")),
        ("statusReference", json!(["https://a.example", 1]), member("statusReference")),
    ];
    for (name, value, refusal) in table {
        let json = changed(simple_entry(), name, value.clone());
        assert_eq!(entry(json), Err(refusal), "{name}: {value}");
    }
    for (count, refusal) in [(2, BitstringError::Messages), (3, BitstringError::Messages)] {
        let json = changed(message_entry(), "statusMessage", messages(count));
        assert_eq!(entry(json), Err(refusal), "{count} messages for two bits");
    }
}

#[test]
fn refuses_lists_that_are_not_the_credentials() {
    let made = Value::Object(document(&array(1, &[])));
    let member = BitstringError::Member;
    let table = [
        ("type", json!(["VerifiableCredential"]), BitstringError::Type),
        ("type", json!("BitstringStatusList"), BitstringError::Type),
        ("id", json!("https://example.com/credentials/status/4"), BitstringError::OtherList),
        ("id", json!(3), member("id")),
        ("issuer", Value::Null, member("issuer")),
        ("issuer", json!("did:example:other"), BitstringError::OtherIssuer),
        ("issuer", json!({ "id": "did:example:other" }), BitstringError::OtherIssuer),
        ("issuer", json!({ "name": ISSUER }), member("issuer")),
        ("validFrom", json!("2026-11-28T00:00:00Z"), BitstringError::NotYetValid),
        ("validFrom", json!("2026-11-27"), member("validFrom")),
        ("validUntil", json!("2026-11-26T23:59:59Z"), BitstringError::Expired),
        ("validUntil", json!(NOW + 1), member("validUntil")),
        ("credentialSubject", Value::Null, member("credentialSubject")),
        ("credentialSubject", json!([]), member("credentialSubject")),
        ("credentialSubject", json!([{}, {}]), member("credentialSubject")),
        ("credentialSubject", json!("list"), member("credentialSubject")),
    ];
    for (name, value, refusal) in table {
        let json = object(changed(made.clone(), name, value.clone()));
        assert_eq!(StatusList::read_verified(&json, &EXPECTED), Err(refusal), "{name}: {value}");
    }
    let short = multibase(&gzip(&vec![0; (16 << 10) - 1]));
    let of_subject = [
        ("type", json!("StatusList2021"), BitstringError::Type),
        ("statusPurpose", Value::Null, member("statusPurpose")),
        ("statusPurpose", json!([]), member("statusPurpose")),
        ("statusPurpose", json!(["revocation", 1]), member("statusPurpose")),
        ("encodedList", Value::Null, member("encodedList")),
        ("encodedList", json!(short), BitstringError::TooShort),
        ("ttl", json!("60000"), member("ttl")),
        ("ttl", json!(-1), member("ttl")),
    ];
    for (name, value, refusal) in of_subject {
        let mut json = made.clone();
        json["credentialSubject"] = changed(json["credentialSubject"].clone(), name, value.clone());
        assert_eq!(StatusList::read_verified(&object(json), &EXPECTED), Err(refusal), "{name}: {value}");
    }
    let as_object = changed(made, "issuer", json!({ "id": ISSUER, "name": "Agency" }));
    StatusList::read_verified(&object(as_object), &EXPECTED).unwrap();
}

#[test]
fn refuses_encodings_that_are_none() {
    let good = gzip(&[0; 16 << 10]);
    decode_list(&multibase(&good)).unwrap();
    let two = [&good[..], &good].concat();
    let longer = [&good[..], &[0]].concat();
    let mut damaged = good.clone();
    let crc = damaged.len() - 5;
    damaged[crc] ^= 1;
    let encoded = multibase(&good);
    for (bad, refusal) in [
        (String::new(), BitstringError::Encoding),
        (encoded[1..].to_owned(), BitstringError::Encoding),
        (format!("z{}", bs58::encode(&good).into_string()), BitstringError::Encoding),
        (format!("U{}", &encoded[1..]), BitstringError::Encoding),
        (format!("{encoded}="), BitstringError::Encoding),
        ("u".into(), BitstringError::Encoding),
        (multibase(b"no gzip"), BitstringError::Encoding),
        (multibase(&good[..good.len() - 1]), BitstringError::Encoding),
        (multibase(&two), BitstringError::Encoding),
        (multibase(&longer), BitstringError::Encoding),
        (multibase(&damaged), BitstringError::Encoding),
        (multibase(&gzip(&[])), BitstringError::TooShort),
        (multibase(&gzip(&vec![0; MAX_INFLATED + 1])), BitstringError::TooLarge),
        (format!("u{}", "A".repeat(MAX_ENCODED)), BitstringError::TooLarge),
    ] {
        assert_eq!(decode_list(&bad).err(), Some(refusal), "{:.40}", bad);
    }
    assert_eq!(decode_list(&multibase(&gzip(&vec![0; MAX_INFLATED]))).unwrap().len(), MAX_INFLATED);
}

#[test]
fn refuses_to_write_lists_that_are_none() {
    let token = StatusArray::new(1, MIN_LIST_SIZE).unwrap();
    assert_eq!(encode_list(&token), Err(BitstringError::Encoding));
    let short = StatusArray::new_in(StatusEncoding::Bitstring, 1, MIN_LIST_SIZE - 8).unwrap();
    assert_eq!(encode_list(&short), Err(BitstringError::TooShort));
    let array = array(1, &[]);
    let none = ListDocument { purposes: &[], ..unsized_document(&array) };
    assert_eq!(none.to_json(), Err(BitstringError::Member("statusPurpose")));
    let backwards = ListDocument { valid_until: NOW - 1, ..unsized_document(&array) };
    assert_eq!(backwards.to_json(), Err(BitstringError::Member("validUntil")));
}

#[test]
fn refuses_a_status_outside_the_list_or_in_another() {
    let list = StatusList::read_verified(&document(&array(1, &[])), &EXPECTED).unwrap();
    let at = |list: &str, index| StatusEntry::new(Purpose::Revocation, list, index);
    assert_eq!(list.status(&at(LIST, MIN_LIST_SIZE.into())), Err(BitstringError::OutOfRange));
    assert_eq!(list.status(&at(LIST, u64::MAX)), Err(BitstringError::OutOfRange));
    let other = "https://example.com/credentials/status/4";
    assert_eq!(list.status(&at(other, 0)), Err(BitstringError::OtherList));
    // As wide as that, the list has half the entries that hide one among others.
    let wide = StatusEntry { bits: 2, ..at(LIST, 0) };
    assert_eq!(list.status(&wide), Err(BitstringError::TooShort));
    assert_eq!(list.array(3), Err(BitstringError::Size));
}

proptest! {
    #[test]
    fn a_list_is_a_table_of_values(
        bits in prop::sample::select(vec![1u8, 2, 4, 8]),
        writes in prop::collection::vec((0..u64::from(MIN_LIST_SIZE), any::<u8>()), 0..50),
    ) {
        let mut array = array(bits, &[]);
        let mut table = std::collections::BTreeMap::new();
        for (index, value) in writes {
            let value = value >> (8 - bits);
            array.set(index, value).unwrap();
            table.insert(index, value);
        }
        let list = StatusList::read_verified(&document(&array), &EXPECTED).unwrap();
        for (index, value) in table {
            let entry = StatusEntry { bits, ..StatusEntry::new(Purpose::Revocation, LIST, index) };
            prop_assert_eq!(list.status(&entry).unwrap().value, value);
            // By the definition: the bits from the left, the first the most significant.
            let bit = |i: u64| list.array(1).unwrap().get(i).unwrap();
            let first = index * u64::from(bits);
            let read = (first..first + u64::from(bits)).fold(0, |read, i| read << 1 | bit(i));
            prop_assert_eq!(read, value);
        }
    }

    #[test]
    fn no_list_makes_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), text in "\\PC{0,60}") {
        let _ = decode_list(&multibase(&bytes));
        let _ = decode_list(&multibase(&[&[0x1f, 0x8b, 8], &bytes[..]].concat()));
        let _ = decode_list(&text);
    }

    #[test]
    fn no_entry_makes_the_reader_panic(index in "\\PC{0,30}", size in any::<u64>(), status in "0x[0-9a-fA-F]{0,3}") {
        let mut json = changed(message_entry(), "statusListIndex", index.into());
        json["statusSize"] = size.into();
        json["statusMessage"][0]["status"] = status.into();
        let _ = entry(json);
    }
}
