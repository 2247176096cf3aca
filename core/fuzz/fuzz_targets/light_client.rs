#![no_main]

use libfuzzer_sys::fuzz_target;
use yufu_core::registry::LightClient;

fuzz_target!(|data: &[u8]| {
    let _ = LightClient::from_bytes(data);
});
