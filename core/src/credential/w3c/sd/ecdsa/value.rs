//! The bytes of base and derived proofs.
//!
//! Spec: ECDSA Cryptosuites 1.0 §3.5.2–3.5.8.

use super::super::{
    MAX_POINTERS, SdProofError,
    cbor::{Reader, Writer},
    disclosed::MAX_STATEMENTS,
};
use crate::crypto::PublicKey;
use std::fmt;
use zeroize::Zeroizing;

const BASE: [u8; 3] = [0xd9, 0x5d, 0x00];
const DERIVED: [u8; 3] = [0xd9, 0x5d, 0x01];

/// A base proof.
#[derive(Clone, PartialEq, Eq)]
pub struct BaseProof {
    pub(in super::super) signature: [u8; 64],
    pub(in super::super) key: PublicKey,
    pub(in super::super) hmac_key: Zeroizing<[u8; 32]>,
    pub(in super::super) signatures: Vec<[u8; 64]>,
    pub(in super::super) mandatory_pointers: Vec<String>,
}

/// The key by which labels are made stays out.
impl fmt::Debug for BaseProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BaseProof")
            .field("key", &self.key)
            .field("signatures", &self.signatures.len())
            .field("mandatory_pointers", &self.mandatory_pointers)
            .finish_non_exhaustive()
    }
}

impl BaseProof {
    /// Reads the bytes of a proof.
    ///
    /// # Errors
    /// [`SdProofError`] by what is wrong; [`SdProofError::DerivedProof`] for one.
    pub fn decode(bytes: &[u8]) -> Result<Self, SdProofError> {
        let body = match bytes.split_first_chunk() {
            Some((&BASE, body)) => body,
            Some((&DERIVED, _)) => return Err(SdProofError::DerivedProof),
            _ => return Err(SdProofError::Header),
        };
        let mut reader = Reader::new(body);
        reader.tuple(5)?;
        let base = Self {
            signature: reader.fixed("base signature")?,
            key: statement_key(&mut reader)?,
            hmac_key: Zeroizing::new(reader.fixed("HMAC key")?),
            signatures: reader.array(MAX_STATEMENTS, "signatures", |item| item.fixed("signature"))?,
            mandatory_pointers: reader
                .array(MAX_POINTERS, "mandatory pointers", |item| Ok(item.text()?.to_owned()))?,
        };
        reader.end()?;
        Ok(base)
    }

    /// The bytes of the proof.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::new(&BASE);
        writer.array(5).bytes(&self.signature).bytes(&self.key.multicodec()).bytes(&*self.hmac_key);
        writer.array(self.signatures.len());
        for signature in &self.signatures {
            writer.bytes(signature);
        }
        writer.array(self.mandatory_pointers.len());
        for pointer in &self.mandatory_pointers {
            writer.text(pointer);
        }
        writer.finish()
    }

    /// JSON pointers to what every derived proof discloses.
    #[must_use]
    pub fn mandatory_pointers(&self) -> &[String] {
        &self.mandatory_pointers
    }
}

/// A derived proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DerivedProof {
    pub(in super::super) signature: [u8; 64],
    pub(in super::super) key: PublicKey,
    pub(in super::super) signatures: Vec<[u8; 64]>,
    pub(in super::super) labels: Vec<[u8; 32]>,
    pub(in super::super) mandatory_indexes: Vec<usize>,
}

impl DerivedProof {
    /// Reads the bytes of a proof.
    ///
    /// # Errors
    /// [`SdProofError`] by what is wrong; [`SdProofError::BaseProof`] for one.
    pub fn decode(bytes: &[u8]) -> Result<Self, SdProofError> {
        let body = match bytes.split_first_chunk() {
            Some((&DERIVED, body)) => body,
            Some((&BASE, _)) => return Err(SdProofError::BaseProof),
            _ => return Err(SdProofError::Header),
        };
        let mut reader = Reader::new(body);
        reader.tuple(5)?;
        let derived = Self {
            signature: reader.fixed("base signature")?,
            key: statement_key(&mut reader)?,
            signatures: reader.array(MAX_STATEMENTS, "signatures", |item| item.fixed("signature"))?,
            labels: reader.numbered_map(MAX_STATEMENTS, |value| value.fixed("label"))?,
            mandatory_indexes: reader.array(MAX_STATEMENTS, "mandatory indexes", Reader::index)?,
        };
        reader.end()?;
        Ok(derived)
    }

    /// The bytes of the proof.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::new(&DERIVED);
        writer.array(5).bytes(&self.signature).bytes(&self.key.multicodec());
        writer.array(self.signatures.len());
        for signature in &self.signatures {
            writer.bytes(signature);
        }
        writer.map(self.labels.len());
        for (number, label) in self.labels.iter().enumerate() {
            writer.uint(number).bytes(label);
        }
        writer.indexes(&self.mandatory_indexes);
        writer.finish()
    }
}

fn statement_key(reader: &mut Reader<'_>) -> Result<PublicKey, SdProofError> {
    let key = PublicKey::from_multicodec(reader.bytes()?).map_err(|_| SdProofError::ProofKey)?;
    if matches!(key, PublicKey::P256(_)) { Ok(key) } else { Err(SdProofError::ProofKey) }
}
