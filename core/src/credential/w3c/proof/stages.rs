//! From a document and a proof's configuration to the bytes that are signed.

use crate::{credential::w3c::rdf::Hash, crypto::PublicKey};
use ring::digest::{SHA256, SHA384, digest};

/// What a proof signs, stage by stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stages {
    /// The canonical document.
    pub document: String,
    /// The canonical configuration of the proof.
    pub configuration: String,
    pub(super) hash: Hash,
}

impl Stages {
    /// The hash of the canonical document.
    #[must_use]
    pub fn document_hash(&self) -> Vec<u8> {
        self.hashed(&self.document)
    }

    /// The hash of the canonical configuration.
    #[must_use]
    pub fn configuration_hash(&self) -> Vec<u8> {
        self.hashed(&self.configuration)
    }

    /// What is signed: the hash of the configuration, then that of the document.
    #[must_use]
    pub fn message(&self) -> Vec<u8> {
        [self.configuration_hash(), self.document_hash()].concat()
    }

    fn hashed(&self, text: &str) -> Vec<u8> {
        let algorithm = match self.hash {
            Hash::Sha256 => &SHA256,
            Hash::Sha384 => &SHA384,
        };
        digest(algorithm, text.as_bytes()).as_ref().to_vec()
    }
}

/// The hash that goes with an ECDSA key; none for keys of other kinds.
pub(super) fn ecdsa_hash(key: &PublicKey) -> Option<Hash> {
    match key {
        PublicKey::P256(_) => Some(Hash::Sha256),
        PublicKey::P384(_) => Some(Hash::Sha384),
        _ => None,
    }
}
