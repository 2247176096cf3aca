#![no_main]

use libfuzzer_sys::fuzz_target;
use yufu_core::registry::Staple;

fuzz_target!(|data: &[u8]| {
    if let Ok(staple) = Staple::from_bytes(data) {
        assert_eq!(staple.to_bytes().as_deref(), Ok(data));
    }
});
