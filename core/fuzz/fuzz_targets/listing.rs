#![no_main]

use libfuzzer_sys::fuzz_target;
use yufu_core::registry::Listing;

fuzz_target!(|data: &[u8]| {
    if let Ok(listing) = Listing::from_bytes(data) {
        assert_eq!(listing.to_bytes().as_deref(), Ok(data));
    }
});
