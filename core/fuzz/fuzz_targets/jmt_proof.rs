#![no_main]

use libfuzzer_sys::fuzz_target;
use yufu_core::registry::CompactProof;

fuzz_target!(|data: &[u8]| {
    let _ = CompactProof::from_jmt_borsh(&[0; 32], data);
});
