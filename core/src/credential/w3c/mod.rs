//! W3C verifiable credentials: the data model 2.0, secured by Data Integrity or by JOSE.
//!
//! Spec: Verifiable Credentials Data Model 2.0; Verifiable Credential Data Integrity 1.0; Securing
//! Verifiable Credentials using JOSE and COSE.

pub mod contexts;
pub mod credential;
mod embedded;
mod error;
pub mod jose;
pub mod json_ld;
pub mod model;
pub mod presentation;
pub mod proof;
pub mod rdf;
pub mod sd;
#[cfg(test)]
mod tests;
pub mod vc_api;

pub use credential::{Securing, UnverifiedCredential, VerifiedCredential, VerifyOptions};
pub use embedded::recorded_digest;
pub use error::VcError;
pub use presentation::{PresentationOptions, UnverifiedPresentation, VerifiedPresentation};
