//! The bytes of base and derived proofs.
//!
//! Spec: BBS Cryptosuites 1.0 §3.3.1–3.3.8.

use super::{
    super::{
        MAX_POINTERS, SdProofError,
        cbor::{Reader, Writer},
        disclosed::MAX_STATEMENTS,
    },
    MAX_PRESENTATION_HEADER,
};
use crate::crypto::PublicKey;
use std::fmt;
use zeroize::Zeroizing;

/// A proof without any message: three points, four scalars.
const LEAST_PROOF: usize = 3 * 48 + 4 * 32;
/// What each message that stays hidden adds to a proof.
const SCALAR: usize = 32;

/// What the third byte of a proof says of it.
fn kind(bytes: &[u8]) -> Result<(bool, &[u8]), SdProofError> {
    match bytes.split_first_chunk() {
        Some(([0xd9, 0x5d, 0x02], body)) => Ok((true, body)),
        Some(([0xd9, 0x5d, 0x03], body)) => Ok((false, body)),
        Some(([0xd9, 0x5d, 0x04 | 0x05], _)) => Err(SdProofError::Feature("anonymous holder binding")),
        Some(([0xd9, 0x5d, 0x06..=0x09], _)) => Err(SdProofError::Feature("pseudonyms")),
        _ => Err(SdProofError::Header),
    }
}

/// A base proof.
#[derive(Clone, PartialEq, Eq)]
pub struct BaseProof {
    pub(in super::super) signature: [u8; 80],
    pub(in super::super) header: [u8; 64],
    pub(in super::super) key: [u8; 96],
    pub(in super::super) hmac_key: Zeroizing<[u8; 32]>,
    pub(in super::super) mandatory_pointers: Vec<String>,
}

/// The signature, which nobody else may see, and the key by which labels are made stay out.
impl fmt::Debug for BaseProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BaseProof")
            .field("mandatory_pointers", &self.mandatory_pointers)
            .finish_non_exhaustive()
    }
}

impl BaseProof {
    /// Reads the bytes of a proof.
    ///
    /// # Errors
    /// [`SdProofError`] by what is wrong; [`SdProofError::DerivedProof`] for one,
    /// [`SdProofError::Feature`] for those of the options that do not exist here.
    pub fn decode(bytes: &[u8]) -> Result<Self, SdProofError> {
        let (true, body) = kind(bytes)? else { return Err(SdProofError::DerivedProof) };
        let mut reader = Reader::new(body);
        reader.tuple(5)?;
        let base = Self {
            signature: reader.fixed("BBS signature")?,
            header: reader.fixed("BBS header")?,
            key: reader.fixed("public key")?,
            hmac_key: Zeroizing::new(reader.fixed("HMAC key")?),
            mandatory_pointers: reader
                .array(MAX_POINTERS, "mandatory pointers", |item| Ok(item.text()?.to_owned()))?,
        };
        reader.end()?;
        PublicKey::from_bls12381_g2(&base.key).map_err(|_| SdProofError::PublicKey)?;
        Ok(base)
    }

    /// The bytes of the proof.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::new(&[0xd9, 0x5d, 0x02]);
        writer.array(5).bytes(&self.signature).bytes(&self.header).bytes(&self.key).bytes(&*self.hmac_key);
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
    pub(in super::super) proof: Vec<u8>,
    pub(in super::super) labels: Vec<usize>,
    pub(in super::super) mandatory_indexes: Vec<usize>,
    pub(in super::super) selective_indexes: Vec<usize>,
    pub(in super::super) presentation_header: Vec<u8>,
}

impl DerivedProof {
    /// Reads the bytes of a proof.
    ///
    /// # Errors
    /// [`SdProofError`] by what is wrong; [`SdProofError::BaseProof`] for one, [`SdProofError::Feature`]
    /// for those of the options that do not exist here.
    pub fn decode(bytes: &[u8]) -> Result<Self, SdProofError> {
        let (false, body) = kind(bytes)? else { return Err(SdProofError::BaseProof) };
        let mut reader = Reader::new(body);
        reader.tuple(5)?;
        let derived = Self {
            proof: reader.bytes()?.to_vec(),
            labels: reader.numbered_map(MAX_STATEMENTS, Reader::index)?,
            mandatory_indexes: reader.array(MAX_STATEMENTS, "mandatory indexes", Reader::index)?,
            selective_indexes: reader.array(MAX_STATEMENTS, "selective indexes", Reader::index)?,
            presentation_header: reader.bytes()?.to_vec(),
        };
        reader.end()?;
        let hidden = derived.proof.len().checked_sub(LEAST_PROOF).filter(|rest| rest % SCALAR == 0);
        hidden.ok_or(SdProofError::Length("BBS proof"))?;
        if derived.presentation_header.len() > MAX_PRESENTATION_HEADER {
            return Err(SdProofError::Length("presentation header"));
        }
        if derived.messages() > MAX_STATEMENTS {
            return Err(SdProofError::TooMany("messages"));
        }
        Ok(derived)
    }

    /// The bytes of the proof.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::new(&[0xd9, 0x5d, 0x03]);
        writer.array(5).bytes(&self.proof).map(self.labels.len());
        for (number, label) in self.labels.iter().enumerate() {
            writer.uint(number).uint(*label);
        }
        writer.indexes(&self.mandatory_indexes).indexes(&self.selective_indexes);
        writer.bytes(&self.presentation_header);
        writer.finish()
    }

    /// What the holder put into the proof: a verifier's challenge, or nothing.
    #[must_use]
    pub fn presentation_header(&self) -> &[u8] {
        &self.presentation_header
    }

    /// How many messages the issuer signed, disclosed and hidden.
    pub(super) fn messages(&self) -> usize {
        let hidden = self.proof.len().saturating_sub(LEAST_PROOF) / SCALAR;
        hidden + self.selective_indexes.len()
    }
}
