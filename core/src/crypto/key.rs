//! Verifying keys and signature checks. The allow-list of algorithms is this enum.

use super::{
    Jwk,
    hash::{Digest, sha256},
};
use p256::elliptic_curve::sec1::{FromSec1Point, ToSec1Point};
use ring::signature::{self, UnparsedPublicKey};

/// Signature algorithms that exist here; there is no way to name another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// ECDSA on P-256 with SHA-256, signature as r ‖ s.
    Es256,
    /// Ed25519, by its fully specified name.
    Ed25519,
}

impl Algorithm {
    /// The JOSE name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::Ed25519 => "Ed25519",
        }
    }

    /// The algorithm of a JOSE name, if it is on the allow-list. `none` is not.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "ES256" => Some(Self::Es256),
            "Ed25519" => Some(Self::Ed25519),
            _ => None,
        }
    }
}

/// Why bytes are not a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Wrong length or prefix.
    #[error("not the bytes of a supported key")]
    Malformed,
    /// Not a point of the curve, or the point at infinity.
    #[error("the key is not a point of its curve")]
    NotOnCurve,
}

/// The signature does not belong to this message and key. Nothing more is said, on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the signature does not verify")]
pub struct SignatureError;

/// A public key that checks signatures. Built only through constructors that check it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum VerifyingKey {
    /// P-256, as the uncompressed point (0x04 ‖ x ‖ y).
    P256([u8; 65]),
    /// Ed25519, as its 32 bytes.
    Ed25519([u8; 32]),
}

/// Multicodec `p256-pub` as varint.
const MULTICODEC_P256: [u8; 2] = [0x80, 0x24];
/// Multicodec `ed25519-pub` as varint.
const MULTICODEC_ED25519: [u8; 2] = [0xed, 0x01];

impl VerifyingKey {
    /// A P-256 key from a point in compressed (33 bytes) or uncompressed (65 bytes) form.
    ///
    /// # Errors
    /// [`KeyError::NotOnCurve`] when it is none.
    pub fn from_p256_point(point: &[u8]) -> Result<Self, KeyError> {
        if !matches!((point.len(), point.first()), (33, Some(2 | 3)) | (65, Some(4))) {
            return Err(KeyError::Malformed);
        }
        let encoded = p256::Sec1Point::from_bytes(point).map_err(|_| KeyError::Malformed)?;
        let key: Option<p256::PublicKey> = p256::PublicKey::from_sec1_point(&encoded).into();
        let bytes = key.ok_or(KeyError::NotOnCurve)?.to_sec1_point(false);
        bytes.as_bytes().try_into().map(Self::P256).map_err(|_| KeyError::Malformed)
    }

    /// An Ed25519 key from its 32 bytes.
    ///
    /// # Errors
    /// [`KeyError::Malformed`] on another length.
    pub fn from_ed25519(bytes: &[u8]) -> Result<Self, KeyError> {
        bytes.try_into().map(Self::Ed25519).map_err(|_| KeyError::Malformed)
    }

    /// A key from its multicodec-prefixed bytes, as did:key and Multikey carry it.
    ///
    /// # Errors
    /// [`KeyError`] on an unknown prefix, a wrong length, or a point off the curve.
    pub fn from_multicodec(bytes: &[u8]) -> Result<Self, KeyError> {
        match bytes.split_first_chunk::<2>() {
            Some((&MULTICODEC_P256, point)) if point.len() == 33 => Self::from_p256_point(point),
            Some((&MULTICODEC_ED25519, bytes)) => Self::from_ed25519(bytes),
            _ => Err(KeyError::Malformed),
        }
    }

    /// The multicodec-prefixed bytes: 35 for P-256 (compressed), 34 for Ed25519.
    #[must_use]
    pub fn multicodec(&self) -> Vec<u8> {
        match self {
            Self::P256(point) => {
                let mut out = MULTICODEC_P256.to_vec();
                out.push(2 + (point[64] & 1));
                out.extend_from_slice(&point[1..33]);
                out
            }
            Self::Ed25519(bytes) => [&MULTICODEC_ED25519[..], bytes].concat(),
        }
    }

    /// SHA-256 of [`multicodec`](Self::multicodec): the name of the key in the registry.
    #[must_use]
    pub fn thumbprint(&self) -> Digest {
        sha256(&[&self.multicodec()])
    }

    /// The algorithm that this key's signatures use.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        match self {
            Self::P256(_) => Algorithm::Es256,
            Self::Ed25519(_) => Algorithm::Ed25519,
        }
    }

    /// The key as JWK.
    #[must_use]
    pub fn jwk(&self) -> Jwk {
        Jwk::new(self)
    }

    /// Checks `signature` (r ‖ s for ES256) over `message`.
    ///
    /// # Errors
    /// [`SignatureError`] when it does not verify.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), SignatureError> {
        let result = match self {
            Self::P256(point) => {
                UnparsedPublicKey::new(&signature::ECDSA_P256_SHA256_FIXED, point).verify(message, signature)
            }
            Self::Ed25519(bytes) => {
                UnparsedPublicKey::new(&signature::ED25519, bytes).verify(message, signature)
            }
        };
        result.map_err(|_| SignatureError)
    }
}

impl borsh::BorshSerialize for VerifyingKey {
    fn serialize<W: std::io::Write>(&self, writer: &mut W) -> std::io::Result<()> {
        writer.write_all(&self.multicodec())
    }
}

impl borsh::BorshDeserialize for VerifyingKey {
    fn deserialize_reader<R: std::io::Read>(reader: &mut R) -> std::io::Result<Self> {
        let mut prefix = [0; 2];
        reader.read_exact(&mut prefix)?;
        let length = match prefix {
            MULTICODEC_P256 => 33,
            MULTICODEC_ED25519 => 32,
            _ => return Err(std::io::Error::new(std::io::ErrorKind::InvalidData, KeyError::Malformed)),
        };
        let mut bytes = vec![0; 2 + length];
        bytes[..2].copy_from_slice(&prefix);
        reader.read_exact(&mut bytes[2..])?;
        Self::from_multicodec(&bytes).map_err(|e| std::io::Error::new(std::io::ErrorKind::InvalidData, e))
    }
}
