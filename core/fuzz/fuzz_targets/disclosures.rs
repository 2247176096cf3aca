#![no_main]

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use libfuzzer_sys::fuzz_target;
use yufu_core::credential::sd_jwt::HeldSdJwt;

// The payload and the disclosures as lines, so that the fuzzer need not learn base64url first.
fuzz_target!(|text: &str| {
    let mut lines = text.lines();
    let payload = URL_SAFE_NO_PAD.encode(lines.next().unwrap_or_default());
    let mut compact = format!("eyJhbGciOiJFUzI1NiJ9.{payload}.AA~");
    for line in lines {
        URL_SAFE_NO_PAD.encode_string(line, &mut compact);
        compact.push('~');
    }
    let _ = HeldSdJwt::open(&compact);
});
