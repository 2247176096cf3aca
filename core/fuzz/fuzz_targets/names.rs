#![no_main]

use libfuzzer_sys::fuzz_target;
use yufu_core::{did::yufu::YufuDid, registry::RecordKey};

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(key) = text.parse::<RecordKey>() {
        assert_eq!(key.to_string(), text);
    }
    if let Ok(did) = text.parse::<YufuDid>() {
        assert_eq!(did.to_string(), text);
    }
});
