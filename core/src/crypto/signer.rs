//! Who signs: a file today, an HSM or a phone's secure element tomorrow.

use super::{Algorithm, VerifyingKey};
use crate::random::Random;
use ring::signature::{EcdsaKeyPair, Ed25519KeyPair, KeyPair};
use zeroize::Zeroizing;

/// Why a signature could not be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignerError {
    /// The key is not there (deleted, or on a device that is not connected).
    #[error("the signing key is not available")]
    Unavailable,
    /// The person or the device declined.
    #[error("the use of the signing key was declined")]
    Declined,
    /// The bytes are not a private key.
    #[error("not a private key of a supported kind")]
    Malformed,
    /// What was to be signed cannot be written down.
    #[error("the message to sign cannot be written")]
    Unwritable,
    /// The device failed.
    #[error("the signing device failed: {0}")]
    Device(String),
}

/// Makes signatures with a private key that it keeps to itself.
pub trait Signer: Send + Sync {
    /// The public half.
    fn verifying_key(&self) -> &VerifyingKey;

    /// Signs `message`; ES256 signatures are r ‖ s.
    ///
    /// # Errors
    /// [`SignerError`] by what failed.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignerError>;
}

enum Pair {
    P256(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

/// A private key in memory.
pub struct SoftwareKey {
    pair: Pair,
    public: VerifyingKey,
    pkcs8: Zeroizing<Vec<u8>>,
}

impl std::fmt::Debug for SoftwareKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SoftwareKey").field("public", &self.public).finish_non_exhaustive()
    }
}

impl SoftwareKey {
    /// A fresh key.
    ///
    /// # Errors
    /// [`SignerError::Device`] when the source of randomness failed.
    pub fn generate(algorithm: Algorithm, random: &dyn Random) -> Result<Self, SignerError> {
        let no_randomness = |_| SignerError::Device("no randomness".into());
        match algorithm {
            Algorithm::Es256 => loop {
                let secret = Zeroizing::new(random.bytes::<32>().map_err(no_randomness)?);
                // Of 2^32 draws one is not a scalar of the group: draw again.
                if let Ok(key) = Self::from_p256_scalar(secret.as_ref()) {
                    return Ok(key);
                }
            },
            Algorithm::Ed25519 => {
                let seed = Zeroizing::new(random.bytes::<32>().map_err(no_randomness)?);
                Self::from_ed25519_seed(seed.as_ref())
            }
        }
    }

    /// The P-256 key with this secret scalar (32 bytes, big-endian).
    ///
    /// # Errors
    /// [`SignerError::Malformed`] when it is not in the group's range.
    pub fn from_p256_scalar(scalar: &[u8]) -> Result<Self, SignerError> {
        use p256::elliptic_curve::sec1::ToSec1Point;
        let secret = p256::SecretKey::from_slice(scalar).map_err(|_| SignerError::Malformed)?;
        let point = secret.public_key().to_sec1_point(false);
        // RFC 5915 inside RFC 5958, with the public key, as ring reads it.
        let mut der = Zeroizing::new(Vec::with_capacity(138));
        der.extend_from_slice(&[
            0x30, 0x81, 0x87, 0x02, 0x01, 0x00, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02,
            0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x04, 0x6d, 0x30, 0x6b, 0x02,
            0x01, 0x01, 0x04, 0x20,
        ]);
        der.extend_from_slice(scalar);
        der.extend_from_slice(&[0xa1, 0x44, 0x03, 0x42, 0x00]);
        der.extend_from_slice(point.as_bytes());
        Self::from_pkcs8(&der)
    }

    /// The Ed25519 key with this seed (32 bytes).
    ///
    /// # Errors
    /// [`SignerError::Malformed`] on another length.
    pub fn from_ed25519_seed(seed: &[u8]) -> Result<Self, SignerError> {
        let mut der = Zeroizing::new(vec![
            0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
        ]);
        der.extend_from_slice(seed);
        Self::from_pkcs8(&der)
    }

    /// The key in a PKCS #8 document.
    ///
    /// # Errors
    /// [`SignerError::Malformed`] when it is not one of a supported kind.
    pub fn from_pkcs8(der: &[u8]) -> Result<Self, SignerError> {
        let random = ring::rand::SystemRandom::new();
        let signing = &ring::signature::ECDSA_P256_SHA256_FIXED_SIGNING;
        let (pair, public) = if let Ok(pair) = EcdsaKeyPair::from_pkcs8(signing, der, &random) {
            let public = VerifyingKey::from_p256_point(pair.public_key().as_ref());
            (Pair::P256(pair), public)
        } else {
            let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(der).map_err(|_| SignerError::Malformed)?;
            let public = VerifyingKey::from_ed25519(pair.public_key().as_ref());
            (Pair::Ed25519(pair), public)
        };
        Ok(Self {
            pair,
            public: public.map_err(|_| SignerError::Malformed)?,
            pkcs8: Zeroizing::new(der.to_vec()),
        })
    }

    /// The private key as PKCS #8, to be sealed and stored. It wipes itself when dropped.
    #[must_use]
    pub fn pkcs8(&self) -> Zeroizing<Vec<u8>> {
        self.pkcs8.clone()
    }
}

impl Signer for SoftwareKey {
    fn verifying_key(&self) -> &VerifyingKey {
        &self.public
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignerError> {
        match &self.pair {
            Pair::P256(pair) => pair
                // ECDSA nonces come from ring's own generator mixed with the key and the message.
                .sign(&ring::rand::SystemRandom::new(), message)
                .map(|s| s.as_ref().to_vec())
                .map_err(|_| SignerError::Device("ring could not sign".into())),
            Pair::Ed25519(pair) => Ok(pair.sign(message).as_ref().to_vec()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SeededRandom;

    #[test]
    fn a_generated_key_signs_what_its_public_half_verifies() {
        for algorithm in [Algorithm::Es256, Algorithm::Ed25519] {
            let key = SoftwareKey::generate(algorithm, &SeededRandom::new(7)).unwrap();
            let signature = key.sign(b"message").unwrap();
            key.verifying_key().verify(b"message", &signature).unwrap();
            assert!(key.verifying_key().verify(b"massage", &signature).is_err());
            let again = SoftwareKey::from_pkcs8(&key.pkcs8()).unwrap();
            assert_eq!(again.verifying_key(), key.verifying_key());
        }
    }

    #[test]
    fn a_key_survives_multicodec_and_jwk() {
        for algorithm in [Algorithm::Es256, Algorithm::Ed25519] {
            let key = SoftwareKey::generate(algorithm, &SeededRandom::new(8)).unwrap();
            let public = key.verifying_key();
            assert_eq!(&VerifyingKey::from_multicodec(&public.multicodec()).unwrap(), public);
            assert_eq!(&public.jwk().key().unwrap(), public);
        }
    }

    #[test]
    fn refuses_a_jwk_with_a_private_member() {
        let json = r#"{"kty":"OKP","crv":"Ed25519","x":"AA","d":"AA"}"#;
        assert!(serde_json::from_str::<crate::crypto::Jwk>(json).is_err());
    }
}
