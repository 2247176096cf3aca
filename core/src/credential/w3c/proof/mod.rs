//! Data Integrity: proofs that stand in the document that they secure.
//!
//! A [`Proof`] is read strictly from JSON; [`sign`] adds one to a document, to a set of proofs or to a
//! chain of them; [`verify`] checks all proofs of a document against a [`ProofPolicy`] and answers with
//! [`VerifiedProofs`], which nothing else can make. Each cryptosuite has a module of its own, whose
//! stages (canonical document, canonical configuration, hashes) can be looked at alone.
//!
//! ECDSA signatures whose `s` is in the upper half are taken: neither the cryptosuites nor FIPS 186-5 ask
//! for the lower one. So nothing may take a proof's bytes for an identifier of what was signed.
//!
//! Spec: Verifiable Credential Data Integrity 1.0; Data Integrity EdDSA Cryptosuites 1.0; Data Integrity
//! ECDSA Cryptosuites 1.0.

pub mod ecdsa_jcs_2019;
pub mod ecdsa_rdfc_2019;
pub mod eddsa_jcs_2022;
pub mod eddsa_rdfc_2022;
mod error;
mod jcs;
mod options;
mod rdfc;
mod read;
mod set;
mod sign;
mod signer;
mod stages;
mod suite;
#[cfg(test)]
mod tests;
mod verify;

pub use error::ProofError;
pub use options::ProofOptions;
pub(super) use rdfc::configured;
pub use read::{MAX_PROOF_VALUE, MAX_TEXT, Proof};
pub use set::MAX_PROOFS;
pub(super) use sign::attach;
pub use sign::{SignError, sign};
pub use signer::{BySigner, P384Key, ProofSigner};
pub use stages::Stages;
pub use suite::Cryptosuite;
pub use verify::{ProofPolicy, VerifiedProof, VerifiedProofs, verify};
