#![no_main]

use libfuzzer_sys::fuzz_target;
use std::borrow::Cow;
use yufu_core::credential::types::{CredentialType, check_integrity};

// The document may extend itself, under any name that it gives itself.
fuzz_target!(|document: &[u8]| {
    let _ = CredentialType::resolve("https://a.example/1", |_| Some(Cow::Borrowed(document)));
    if let Ok(text) = std::str::from_utf8(document) {
        let _ = check_integrity(b"document", text);
    }
});
