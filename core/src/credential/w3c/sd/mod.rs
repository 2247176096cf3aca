//! Selective disclosure with Data Integrity: ecdsa-sd-2023 and bbs-2023.
//!
//! An issuer makes a *base proof* ([`ecdsa::create_base`], [`bbs::create_base`]), which goes to the holder
//! alone. From it and JSON pointers the holder [`derive`]s a smaller document with a *derived proof*, which
//! [`proof::verify`](super::proof::verify) judges like any other proof. A base proof is refused there by
//! name: whoever is shown one could disclose everything. A holder checks what an issuer sent by deriving
//! all of it (the pointer `""`) and verifying that.
//!
//! What can be disclosed are statements: a value comes with the types of all objects that it lies in. The
//! cells of JSON-LD lists and the names of graphs have no place in the document by which they could be
//! selected, so documents with either are refused when a base proof is made or derived from.
//!
//! Spec: Data Integrity ECDSA Cryptosuites 1.0 §3.4–3.6; Data Integrity BBS Cryptosuites 1.0 §3.

pub mod bbs;
mod cbor;
mod derive;
mod disclosed;
pub mod ecdsa;
mod error;
mod groups;
mod labels;
mod pointers;
#[cfg(test)]
mod tests;

pub use derive::derive;
pub use error::{SdError, SdProofError};
pub use pointers::{MAX_POINTER, MAX_POINTERS};
