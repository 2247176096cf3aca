#![no_main]

use libfuzzer_sys::fuzz_target;
use yufu_core::qr::{
    digits,
    frames::{Collector, MAX_PAYLOAD, Progress},
};

// Lines of text as a wedge scanner types them, half a second apart.
fuzz_target!(|data: &str| {
    let mut collector = Collector::new();
    for (line, now_ms) in data.lines().zip((0..).step_by(500)) {
        if let Ok(bytes) = digits::decode(line) {
            assert_eq!(digits::encode(&bytes), line);
        }
        if let Ok(Progress::Complete(payload)) = collector.push(line, now_ms) {
            assert!(payload.len() <= MAX_PAYLOAD);
        }
    }
});
