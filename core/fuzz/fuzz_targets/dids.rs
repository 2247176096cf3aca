#![no_main]

use libfuzzer_sys::fuzz_target;
use yufu_core::did::{jwk, key};

// A key that a did:key carries has no other spelling.
fuzz_target!(|text: &str| {
    if let Ok(found) = key::resolve(text) {
        assert_eq!(key::encode(&found), text);
    }
    if let Ok(found) = jwk::resolve(text) {
        assert_eq!(jwk::resolve(&jwk::encode(&found)), Ok(found));
    }
    let _ = (key::document(text), jwk::document(text));
});
