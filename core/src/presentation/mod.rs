//! Presentations: what a counter asks for, and the code that a phone shows for it.
//!
//! Both ends of a protocol stand together here: [`show_code::build`] is the phone's, and
//! [`show_code::UnverifiedShowCode::decode`] the counter's. What a decoded code is worth is decided
//! in the package `yufu-verifier`.

pub mod audience;
#[cfg(feature = "data-integrity")]
pub mod file;
pub mod preset;
pub mod show_code;
