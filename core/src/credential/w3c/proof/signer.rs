//! Who makes proofs.

use crate::{
    crypto::{PublicKey, Signer, SignerError},
    random::Random,
};
use p384::elliptic_curve::sec1::ToSec1Point;
use ring::{
    rand::SystemRandom,
    signature::{ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use std::fmt;
use zeroize::Zeroizing;

/// Makes the signatures of proofs with a private key that it keeps to itself.
pub trait ProofSigner: Send + Sync {
    /// The public half.
    fn public_key(&self) -> &PublicKey;

    /// Signs `message`, which it hashes itself; ECDSA signatures are r ‖ s.
    ///
    /// # Errors
    /// [`SignerError`] by what failed.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignerError>;
}

/// The signer of JWTs, as a signer of proofs.
pub struct BySigner<'a> {
    signer: &'a dyn Signer,
    public: PublicKey,
}

impl<'a> BySigner<'a> {
    /// Signs by `signer`.
    #[must_use]
    pub fn new(signer: &'a dyn Signer) -> Self {
        Self { signer, public: signer.verifying_key().into() }
    }
}

impl fmt::Debug for BySigner<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BySigner").field("public", &self.public).finish_non_exhaustive()
    }
}

impl ProofSigner for BySigner<'_> {
    fn public_key(&self) -> &PublicKey {
        &self.public
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignerError> {
        self.signer.sign(message)
    }
}

/// A private key on P-384, in memory.
pub struct P384Key {
    pair: EcdsaKeyPair,
    public: PublicKey,
    scalar: Zeroizing<[u8; 48]>,
}

impl fmt::Debug for P384Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("P384Key").field("public", &self.public).finish_non_exhaustive()
    }
}

impl P384Key {
    /// A fresh key.
    ///
    /// # Errors
    /// [`SignerError::Device`] when the source of randomness failed.
    pub fn generate(random: &dyn Random) -> Result<Self, SignerError> {
        loop {
            let bytes = random.bytes::<48>().map_err(|_| SignerError::Device("no randomness".into()))?;
            let scalar = Zeroizing::new(bytes);
            // Almost every draw is a scalar of the group; the others are drawn again.
            if let Ok(key) = Self::from_scalar(scalar.as_ref()) {
                return Ok(key);
            }
        }
    }

    /// The key with this secret scalar (48 bytes, big-endian).
    ///
    /// # Errors
    /// [`SignerError::Malformed`] when it is not in the group's range.
    pub fn from_scalar(scalar: &[u8]) -> Result<Self, SignerError> {
        let scalar = Zeroizing::new(<[u8; 48]>::try_from(scalar).map_err(|_| SignerError::Malformed)?);
        let secret = p384::SecretKey::from_slice(scalar.as_ref()).map_err(|_| SignerError::Malformed)?;
        let point = secret.public_key().to_sec1_point(false);
        let (signing, random) = (&ECDSA_P384_SHA384_FIXED_SIGNING, SystemRandom::new());
        let pair = EcdsaKeyPair::from_private_key_and_public_key(
            signing,
            scalar.as_ref(),
            point.as_bytes(),
            &random,
        );
        let pair = pair.map_err(|_| SignerError::Malformed)?;
        let public = PublicKey::from_p384_point(pair.public_key().as_ref());
        Ok(Self { pair, public: public.map_err(|_| SignerError::Malformed)?, scalar })
    }

    /// The secret scalar, to be sealed and stored. It wipes itself when dropped.
    #[must_use]
    pub fn scalar(&self) -> Zeroizing<[u8; 48]> {
        self.scalar.clone()
    }
}

impl ProofSigner for P384Key {
    fn public_key(&self) -> &PublicKey {
        &self.public
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignerError> {
        // ECDSA nonces come from ring's own generator mixed with the key and the message.
        let signature = self.pair.sign(&SystemRandom::new(), message);
        let signature = signature.map_err(|_| SignerError::Device("ring could not sign".into()))?;
        Ok(signature.as_ref().to_vec())
    }
}
