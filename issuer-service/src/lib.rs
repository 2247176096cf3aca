//! Issuer SDK and service: an agency's register, OpenID4VCI, status lists, the page for its clerks,
//! and the outbox that keeps the registry and the database in agreement.
//!
//! [`Issuer::start`] runs an agency; everything that the command line does is a function here:
//! [`register`], [`offers`], [`status`], [`identity`], [`pki`]. The service and the command line write
//! one [database](db); only the service works the outbox off, and it caches nothing that the command
//! line can change.

mod admin;
pub mod chain;
mod claims;
pub mod cli;
pub mod config;
pub mod db;
pub mod identity;
mod issue;
pub mod keys;
mod nonce;
pub mod offers;
pub mod pki;
pub mod register;
mod routes;
mod service;
pub mod status;
mod tls;
pub mod types;
mod vc_api;
mod w3c;
mod web_did;
pub mod worker;

#[cfg(test)]
mod testing;

pub use config::Config;
pub use service::{Issuer, StartError};
pub use vc_api::VcApiAddress;
pub use w3c::W3cError;
pub use web_did::WebDidError;
