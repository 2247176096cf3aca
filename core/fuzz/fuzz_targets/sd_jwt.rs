#![no_main]

use libfuzzer_sys::fuzz_target;
use yufu_core::credential::sd_jwt::{HeldSdJwt, UnverifiedSdJwt};

// What opens as a held credential tells where each disclosure stands, once.
fuzz_target!(|text: &str| {
    let Ok(read) = UnverifiedSdJwt::parse(text) else { return };
    let _ = read.verify();
    if let Ok(held) = HeldSdJwt::open(text) {
        assert_eq!(held.disclosures().count(), read.disclosures().len());
        for (path, _) in held.disclosures() {
            assert!(!path.select(held.claims()).is_empty());
        }
    }
});
