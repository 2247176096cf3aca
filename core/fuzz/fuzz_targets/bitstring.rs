#![no_main]

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use libfuzzer_sys::fuzz_target;
use yufu_core::status::bitstring::{ExpectedList, StatusEntry, StatusList, decode_list};

fuzz_target!(|data: &[u8]| {
    let _ = decode_list(&format!("u{}", URL_SAFE_NO_PAD.encode(data)));
    if let Ok(text) = std::str::from_utf8(data) {
        let _ = decode_list(text);
    }
    let Ok(members) = serde_json::from_slice(data) else { return };
    if let Ok(entry) = StatusEntry::parse(&members) {
        assert_eq!(StatusEntry::parse(&entry.to_json()), Ok(entry));
    }
    let expected = ExpectedList { list: "https://a.example/1", issuer: "did:web:a.example", now: 1 };
    let _ = StatusList::read_verified(&members, &expected);
});
