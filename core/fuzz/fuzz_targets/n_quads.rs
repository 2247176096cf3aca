#![no_main]

use libfuzzer_sys::fuzz_target;
use yufu_core::credential::w3c::rdf::{Dataset, Hash, canonicalize};

fuzz_target!(|data: &str| {
    let Ok(dataset) = Dataset::parse(data) else { return };
    let Ok(canonical) = canonicalize(&dataset, Hash::Sha256, 20_000) else { return };
    let again = Dataset::parse(&canonical.text()).expect("our own lines");
    if let Ok(again) = canonicalize(&again, Hash::Sha256, 40_000) {
        assert_eq!(again.lines, canonical.lines);
    }
});
