//! Decentralized identifiers.
//!
//! Spec: DID Core 1.0.

pub mod yufu;
