#![no_main]

use libfuzzer_sys::fuzz_target;
use yufu_core::crypto::LeafCertificate;

fuzz_target!(|der: &[u8]| {
    if let Ok(leaf) = LeafCertificate::parse(der) {
        assert!(leaf.did.starts_with("did:"));
    }
});
