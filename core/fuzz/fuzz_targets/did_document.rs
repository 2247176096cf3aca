#![no_main]

use libfuzzer_sys::fuzz_target;
use yufu_core::did::Document;

// What is read and written again reads the same.
fuzz_target!(|bytes: &[u8]| {
    if let Ok(document) = Document::parse(bytes) {
        let members = document.json();
        let again = members.as_object().map(Document::from_members);
        assert_eq!(again, Some(Ok(document)));
    }
});
