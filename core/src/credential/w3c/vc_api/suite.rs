//! Ways of securing, each with an issuer of its own.

use crate::{
    credential::w3c::{
        proof::{Cryptosuite, P384Key, ProofSigner},
        sd::bbs::BbsKey,
    },
    crypto::{PublicKey, Signer, SignerError, SoftwareKey, sha256},
    did,
};
use std::fmt;
use zeroize::Zeroizing;

/// A way of securing that the VC-API issues by. ECDSA suites come once for each curve.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Suite {
    /// eddsa-rdfc-2022.
    EddsaRdfc2022,
    /// eddsa-jcs-2022.
    EddsaJcs2022,
    /// ecdsa-rdfc-2019 on P-256.
    EcdsaRdfc2019P256,
    /// ecdsa-rdfc-2019 on P-384.
    EcdsaRdfc2019P384,
    /// ecdsa-jcs-2019 on P-256.
    EcdsaJcs2019P256,
    /// ecdsa-jcs-2019 on P-384.
    EcdsaJcs2019P384,
    /// ecdsa-sd-2023.
    EcdsaSd2023,
    /// bbs-2023.
    Bbs2023,
    /// A JWT, by ES256.
    VcJwt,
}

impl Suite {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::EddsaRdfc2022,
        Self::EddsaJcs2022,
        Self::EcdsaRdfc2019P256,
        Self::EcdsaRdfc2019P384,
        Self::EcdsaJcs2019P256,
        Self::EcdsaJcs2019P384,
        Self::EcdsaSd2023,
        Self::Bbs2023,
        Self::VcJwt,
    ];

    /// Its name in addresses: that of the cryptosuite, with `-p384` after it for that curve, or `vc+jwt`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::EcdsaRdfc2019P384 => "ecdsa-rdfc-2019-p384",
            Self::EcdsaJcs2019P384 => "ecdsa-jcs-2019-p384",
            _ => self.cryptosuite().map_or("vc+jwt", Cryptosuite::name),
        }
    }

    /// The one of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|suite| suite.name() == name)
    }

    /// Its cryptosuite; none for a JWT.
    #[must_use]
    pub fn cryptosuite(self) -> Option<Cryptosuite> {
        match self {
            Self::EddsaRdfc2022 => Some(Cryptosuite::EddsaRdfc2022),
            Self::EddsaJcs2022 => Some(Cryptosuite::EddsaJcs2022),
            Self::EcdsaRdfc2019P256 | Self::EcdsaRdfc2019P384 => Some(Cryptosuite::EcdsaRdfc2019),
            Self::EcdsaJcs2019P256 | Self::EcdsaJcs2019P384 => Some(Cryptosuite::EcdsaJcs2019),
            Self::EcdsaSd2023 => Some(Cryptosuite::EcdsaSd2023),
            Self::Bbs2023 => Some(Cryptosuite::Bbs2023),
            Self::VcJwt => None,
        }
    }

    /// Whether what it secures can be derived from.
    #[must_use]
    pub fn is_selective(self) -> bool {
        self.cryptosuite().is_some_and(Cryptosuite::is_selective)
    }
}

/// An issuer that secures in one way, under a did:key of its own.
pub struct SuiteIssuer {
    pub(super) suite: Suite,
    pub(super) key: SuiteKey,
    pub(super) did: String,
    pub(super) method: String,
}

pub(super) enum SuiteKey {
    Software(Box<SoftwareKey>),
    P384(Box<P384Key>),
    Bbs(BbsKey),
}

impl fmt::Debug for SuiteIssuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SuiteIssuer")
            .field("suite", &self.suite)
            .field("did", &self.did)
            .finish_non_exhaustive()
    }
}

impl SuiteIssuer {
    /// The issuer of this suite whose key follows from a secret `seed`. One seed serves all suites; each
    /// key tells nothing of the others.
    ///
    /// # Errors
    /// [`SignerError`] when no key follows from it.
    pub fn from_seed(suite: Suite, seed: &[u8; 32]) -> Result<Self, SignerError> {
        let key = SuiteKey::from_seed(suite, seed)?;
        let public = key.public();
        let did = did::key::encode(public.clone());
        let method = format!("{did}#{}", public.multibase());
        Ok(Self { suite, key, did, method })
    }

    /// How it secures.
    #[must_use]
    pub fn suite(&self) -> Suite {
        self.suite
    }

    /// Its did:key: the `issuer` of what it issues.
    #[must_use]
    pub fn did(&self) -> &str {
        &self.did
    }
}

impl SuiteKey {
    fn from_seed(suite: Suite, seed: &[u8; 32]) -> Result<Self, SignerError> {
        // One draw in 2^32 is no scalar of P-256: the next one is taken.
        for round in 0..8u8 {
            let half = |part: u8| {
                Zeroizing::new(sha256(&[
                    b"yufu/vc-api-key/v1\0",
                    suite.name().as_bytes(),
                    &[0, round, part],
                    seed,
                ]))
            };
            let first = half(0);
            let key = match suite {
                Suite::Bbs2023 => {
                    let key = BbsKey::from_key_material(&first);
                    key.map(Self::Bbs).map_err(|_| SignerError::Malformed)
                }
                Suite::EddsaRdfc2022 | Suite::EddsaJcs2022 => {
                    software(SoftwareKey::from_ed25519_seed(&*first))
                }
                Suite::EcdsaRdfc2019P384 | Suite::EcdsaJcs2019P384 => {
                    let mut scalar = Zeroizing::new([0; 48]);
                    scalar[..32].copy_from_slice(&*first);
                    scalar[32..].copy_from_slice(&half(1)[..16]);
                    P384Key::from_scalar(&*scalar).map(|key| Self::P384(Box::new(key)))
                }
                _ => software(SoftwareKey::from_p256_scalar(&*first)),
            };
            if key.is_ok() {
                return key;
            }
        }
        Err(SignerError::Malformed)
    }

    fn public(&self) -> PublicKey {
        match self {
            Self::Software(key) => key.verifying_key().into(),
            Self::P384(key) => key.public_key().clone(),
            Self::Bbs(key) => key.public_key(),
        }
    }
}

fn software(key: Result<SoftwareKey, SignerError>) -> Result<SuiteKey, SignerError> {
    key.map(|key| SuiteKey::Software(Box::new(key)))
}
