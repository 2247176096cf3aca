#![no_main]

use libfuzzer_sys::fuzz_target;
use yufu_core::did::{jwk, key};

// A key that a did:key carries has no other spelling.
fuzz_target!(|text: &str| {
    if let Ok(found) = key::public_key(text) {
        assert_eq!(key::encode(&found), text);
    }
    if let Ok(found) = jwk::public_key(text) {
        assert_eq!(jwk::encode(&found).map(|did| jwk::public_key(&did)), Some(Ok(found)));
    }
    let _ = (key::document(text), jwk::document(text));
});
