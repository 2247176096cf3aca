#![no_main]

use libfuzzer_sys::fuzz_target;
use yufu_core::registry::Handover;

fuzz_target!(|data: &[u8]| {
    if let Ok(handover) = Handover::from_bytes(data) {
        assert_eq!(handover.to_bytes().as_deref(), Ok(data));
    }
});
