//! The issuer's key.

use super::super::SdError;
use crate::{
    crypto::{KeyError, PublicKey},
    random::Random,
};
use std::fmt;
use zeroize::Zeroizing;
use zkryptium::{
    bbsplus::keys::BBSplusSecretKey, keys::pair::KeyPair, schemes::algorithms::BbsBls12381Sha256,
};

/// A private key for BBS on BLS12-381, in memory. It wipes its scalar when dropped.
pub struct BbsKey {
    scalar: Zeroizing<[u8; 32]>,
    public: [u8; 96],
}

impl BbsKey {
    /// A fresh key.
    ///
    /// # Errors
    /// [`SdError::Random`] when the source of randomness failed, [`SdError::Bbs`] when no key comes of it.
    ///
    /// Spec: The BBS Signature Scheme §3.4.1.
    pub fn generate(random: &dyn Random) -> Result<Self, SdError> {
        let material = Zeroizing::new(random.bytes::<32>()?);
        Self::from_key_material(&material).map_err(|_| SdError::Bbs)
    }

    /// The key that follows from 32 secret bytes, which nothing else follows from.
    ///
    /// # Errors
    /// [`KeyError::Malformed`] when no key comes of them.
    ///
    /// Spec: The BBS Signature Scheme §3.4.1.
    pub fn from_key_material(material: &[u8; 32]) -> Result<Self, KeyError> {
        let pair = KeyPair::<BbsBls12381Sha256>::generate(material, None, None);
        let pair = pair.map_err(|_| KeyError::Malformed)?;
        let scalar = Zeroizing::new(pair.private_key().to_bytes());
        Self::from_scalar(scalar.as_ref())
    }

    /// The key with this secret scalar (32 bytes, big-endian).
    ///
    /// # Errors
    /// [`KeyError::Malformed`] when it is not in the group's range.
    pub fn from_scalar(scalar: &[u8]) -> Result<Self, KeyError> {
        let scalar = Zeroizing::new(<[u8; 32]>::try_from(scalar).map_err(|_| KeyError::Malformed)?);
        let secret = BBSplusSecretKey::from_bytes(scalar.as_ref()).map_err(|_| KeyError::Malformed)?;
        let public = secret.public_key().to_bytes();
        // A scalar of 0 gives the point at infinity, which is no key.
        PublicKey::from_bls12381_g2(&public).map_err(|_| KeyError::Malformed)?;
        Ok(Self { scalar, public })
    }

    /// The secret scalar, to be sealed and stored. It wipes itself when dropped.
    #[must_use]
    pub fn scalar(&self) -> Zeroizing<[u8; 32]> {
        self.scalar.clone()
    }

    /// The public half.
    #[must_use]
    pub fn public_key(&self) -> PublicKey {
        PublicKey::Bls12381G2(self.public)
    }

    pub(super) fn point(&self) -> [u8; 96] {
        self.public
    }
}

impl fmt::Debug for BbsKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BbsKey").field("public", &self.public_key()).finish_non_exhaustive()
    }
}
