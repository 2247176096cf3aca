#![no_main]

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use libfuzzer_sys::fuzz_target;
use yufu_core::{
    credential::w3c::{
        PresentationOptions, UnverifiedCredential, UnverifiedPresentation, VerifyOptions,
    },
    did::Resolved,
};

const HEADERS: [&str; 3] = [
    r#"{"alg":"ES256","kid":"did:web:a.example#1","typ":"vc+jwt"}"#,
    r#"{"alg":"ES256","kid":"did:web:a.example#1","typ":"vc+sd-jwt"}"#,
    r#"{"alg":"ES256","kid":"did:web:a.example#1","typ":"vp+jwt"}"#,
];

fuzz_target!(|data: &[u8]| {
    if let Ok(text) = std::str::from_utf8(data) {
        read(text);
    }
    // The same bytes as a payload, and what follows a zero as disclosures.
    let mut parts = data.split(|byte| *byte == 0);
    let payload = URL_SAFE_NO_PAD.encode(parts.next().unwrap_or_default());
    let disclosures: String = parts.map(|part| format!("{}~", URL_SAFE_NO_PAD.encode(part))).collect();
    for header in HEADERS {
        let jwt = format!("{}.{payload}.AA", URL_SAFE_NO_PAD.encode(header));
        read(&jwt);
        read(&format!("{jwt}~{disclosures}"));
    }
});

fn read(text: &str) {
    let (methods, options) = (Resolved::new(), VerifyOptions { now: 1 });
    for read in [UnverifiedCredential::parse_jwt(text), UnverifiedCredential::parse_sd_jwt(text)] {
        let _ = read.map(|read| read.verify(&methods, &options));
    }
    if let Ok(read) = UnverifiedPresentation::parse_jwt(text) {
        let options = PresentationOptions { now: 1, challenge: None, audiences: None, bound_to_holder: false };
        let _ = read.verify(&methods, &options);
    }
}
