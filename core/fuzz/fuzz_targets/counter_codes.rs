#![no_main]

use libfuzzer_sys::fuzz_target;
use yufu_core::presentation::{
    audience::{Audience, PrintedCounter},
    preset::Preset,
};

fuzz_target!(|data: &str| {
    if let Ok(audience) = data.parse::<Audience>() {
        assert_eq!(audience.to_string().parse(), Ok(audience));
    }
    if let Ok(printed) = data.parse::<PrintedCounter>() {
        assert_eq!(printed.to_string().parse(), Ok(printed));
    }
    let _ = Preset::parse(data);
});
