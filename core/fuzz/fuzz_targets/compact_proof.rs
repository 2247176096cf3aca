#![no_main]

use libfuzzer_sys::fuzz_target;
use yufu_core::registry::CompactProof;

fuzz_target!(|data: &[u8]| {
    if let Ok(proof) = CompactProof::from_bytes(data) {
        assert_eq!(proof.to_bytes(), data);
        let _ = proof.verify(&[0; 32], &[1; 32], None);
        let _ = proof.verify(&[0; 32], &[1; 32], Some(b"value"));
    }
});
