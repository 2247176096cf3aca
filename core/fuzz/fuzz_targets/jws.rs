#![no_main]

use libfuzzer_sys::fuzz_target;
use yufu_core::jose::{UnverifiedJws, parse_json};

fuzz_target!(|text: &str| {
    if let Ok(jws) = UnverifiedJws::parse(text, 64 * 1024) {
        let _ = jws.claims_before_verification();
    }
    // What is read strictly is read the same by anyone.
    if let Ok(strict) = parse_json(text.as_bytes()) {
        assert_eq!(serde_json::from_str::<serde_json::Value>(text).ok(), Some(strict));
    }
});
