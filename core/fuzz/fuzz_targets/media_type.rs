#![no_main]

use libfuzzer_sys::fuzz_target;
use yufu_core::credential::w3c::model::MediaType;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok((media_type, parameters)) = MediaType::parse(text) {
        assert_eq!(media_type.as_str().parse(), Ok(media_type));
        let mut names: Vec<_> = parameters.iter().map(|(name, _)| name).collect();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), parameters.len());
    }
});
