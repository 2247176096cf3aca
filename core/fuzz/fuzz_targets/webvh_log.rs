#![no_main]

use libfuzzer_sys::fuzz_target;
use yufu_core::did::webvh::UnverifiedLog;

// The log, and after a zero byte the witnesses' proofs. Nothing that a fuzzer finds is signed.
fuzz_target!(|bytes: &[u8]| {
    let split = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    let (log, witnesses) = bytes.split_at(split);
    if let Ok(log) = UnverifiedLog::parse(log) {
        let _ = log.verify("did:webvh:x:a.example", Some(witnesses), 4_000_000_000_000);
    }
});
