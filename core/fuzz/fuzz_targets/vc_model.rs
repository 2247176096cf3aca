#![no_main]

use libfuzzer_sys::fuzz_target;
use yufu_core::credential::w3c::{
    UnverifiedCredential, UnverifiedPresentation,
    model::{Credential, DateTimeStamp, Enveloped, Presentation, is_key_url, is_url},
};

fuzz_target!(|data: &[u8]| {
    if let Ok(credential) = Credential::parse(data) {
        for resource in credential.related_resources() {
            let _ = resource.check(b"resource");
        }
    }
    if let Ok(presentation) = Presentation::parse(data) {
        let _ = presentation.credentials();
    }
    let _ = UnverifiedCredential::parse_json(data).map(|read| read.verification_methods());
    let _ = UnverifiedPresentation::parse_json(data).map(|read| read.verification_methods());
    if let Ok(members) = serde_json::from_slice(data) {
        let _ = Enveloped::credential(&members);
        let _ = Enveloped::presentation(&members);
    }
    let Ok(text) = std::str::from_utf8(data) else { return };
    let _ = (is_url(text), is_key_url(text));
    if let Ok(moment) = DateTimeStamp::parse(text) {
        assert_eq!(DateTimeStamp::parse(&moment.to_string()).map(|again| again.seconds()), Ok(moment.seconds()));
    }
});
