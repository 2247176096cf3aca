#![no_main]

use libfuzzer_sys::fuzz_target;
use yufu_core::registry::SignedHeader;

fuzz_target!(|data: &[u8]| {
    if let Ok(signed) = SignedHeader::from_bytes(data) {
        assert_eq!(signed.to_bytes(), data);
    }
});
