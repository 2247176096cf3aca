#![no_main]

use libfuzzer_sys::fuzz_target;
use yufu_core::registry::history::{Path, Peaks};

fuzz_target!(|data: &[u8]| {
    if let Ok(path) = Path::from_bytes(data) {
        assert_eq!(path.to_bytes(), data);
        let _ = path.verify(&[0; 32], u64::MAX, 7, &[0; 32]);
    }
    if let Ok(mut peaks) = Peaks::from_bytes(data) {
        assert_eq!(peaks.to_bytes(), data);
        peaks.append(&[0; 32]);
    }
});
