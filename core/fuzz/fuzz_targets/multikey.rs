#![no_main]

use libfuzzer_sys::fuzz_target;
use yufu_core::crypto::PublicKey;

// A key has one multicodec form, one multibase form, and at most one JWK.
fuzz_target!(|bytes: &[u8]| {
    if let Ok(key) = PublicKey::from_multicodec(bytes) {
        assert_eq!(key.multicodec(), bytes);
        assert_eq!(PublicKey::from_multibase(&key.multibase()), Ok(key.clone()));
        if let Some(jwk) = key.jwk() {
            assert_eq!(PublicKey::from_jwk(&jwk), Ok(key));
        }
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = PublicKey::from_multibase(text);
    }
});
