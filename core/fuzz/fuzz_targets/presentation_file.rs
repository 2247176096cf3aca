#![no_main]

use libfuzzer_sys::fuzz_target;
use yufu_core::presentation::file::UnverifiedFile;

fuzz_target!(|data: &[u8]| {
    let _ = UnverifiedFile::parse(data);
});
