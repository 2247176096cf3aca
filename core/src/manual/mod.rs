//! The manual: how the parts fit, what people do with them, what is defended against and what is not,
//! why things are as they are, how a registry is run, and what the words mean.
//!
//! It stands inside the documentation so that it is built, linked and versioned with the code.

#[doc = include_str!("architecture.md")]
pub mod architecture {}
#[doc = include_str!("journeys.md")]
pub mod journeys {}
#[doc = include_str!("threats.md")]
pub mod threats {}
#[doc = include_str!("decisions.md")]
pub mod decisions {}
#[doc = include_str!("operations.md")]
pub mod operations {}
#[doc = include_str!("glossary.md")]
pub mod glossary {}
#[doc = include_str!("did_yufu.md")]
pub mod did_yufu {}
