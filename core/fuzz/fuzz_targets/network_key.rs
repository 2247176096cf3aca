#![no_main]

use libfuzzer_sys::fuzz_target;
use yufu_core::registry::NetworkKey;

fuzz_target!(|data: &[u8]| {
    let _ = NetworkKey::from_bytes(data);
    if let Ok(text) = std::str::from_utf8(data) {
        let _ = text.parse::<NetworkKey>();
    }
});
