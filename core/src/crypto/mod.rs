//! Signatures, keys and hashes. ring does the work; p256 and p384 only turn points between their
//! two forms.

pub mod certificate;
mod hash;
mod jwk;
mod key;
pub mod key_file;
mod public_key;
mod signer;

pub use certificate::{CertificateError, LeafCertificate};
pub use hash::{Digest, sha256};
pub use jwk::{Jwk, JwkError};
pub use key::{Algorithm, KeyError, SignatureError, VerifyingKey};
pub use public_key::PublicKey;
pub use signer::{Signer, SignerError, SoftwareKey};

#[cfg(test)]
pub(crate) mod testing;
