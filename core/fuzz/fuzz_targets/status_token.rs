#![no_main]

use libfuzzer_sys::fuzz_target;
use yufu_core::status::token::{UnverifiedStatusToken, decode_list};

fuzz_target!(|data: &[u8]| {
    if let Ok(text) = std::str::from_utf8(data) {
        let _ = UnverifiedStatusToken::parse(text);
        for bits in [1, 2, 4, 8] {
            let _ = decode_list(bits, text);
        }
    }
});
