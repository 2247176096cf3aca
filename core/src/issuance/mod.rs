//! Issuance by OpenID4VCI 1.0: the pre-authorized code flow with a transaction code, both sides.
//!
//! The messages stand in [`offer`], [`metadata`], [`token`], [`request`] and [`error`]; the proof of a
//! holder's key in [`proof`]. [`holder`] drives a wallet through them over an injected transport;
//! [`issuer`] is what an agency's service decides with, and its service does the storing.
//!
//! Spec: OpenID4VCI 1.0 Final.

mod endpoint;
pub mod error;
pub mod holder;
pub mod issuer;
pub mod metadata;
pub mod offer;
pub mod proof;
pub mod request;
pub mod token;

#[cfg(test)]
mod tests;

pub use endpoint::{EndpointError, check_endpoint, well_known};
