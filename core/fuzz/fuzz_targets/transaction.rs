#![no_main]

use libfuzzer_sys::fuzz_target;
use yufu_core::registry::SignedTransaction;

fuzz_target!(|data: &[u8]| {
    if let Ok(signed) = SignedTransaction::from_bytes(data) {
        assert_eq!(signed.to_bytes(), data);
        let _ = signed.verify_signature(signed.key());
    }
});
