#![no_main]

use libfuzzer_sys::fuzz_target;
use yufu_core::registry::Certificate;

fuzz_target!(|data: &[u8]| {
    let _ = Certificate::from_finalization_bytes(data);
});
