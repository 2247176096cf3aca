#![no_main]

use libfuzzer_sys::fuzz_target;
use yufu_core::presentation::show_code::{LeafForm, UnverifiedShowCode, pack_presentation};

// What is read can be packed and read again, to the byte.
fuzz_target!(|data: &[u8]| {
    let Ok(code) = UnverifiedShowCode::decode(data, &|digest| Some(digest.to_vec())) else { return };
    let staple = code.staple().unwrap_or_default();
    if let Ok(packed) = pack_presentation(code.presentation(), staple, LeafForm::Whole) {
        assert!(UnverifiedShowCode::decode(&packed, &|_| None).is_ok_and(|again| again == code));
    }
});
