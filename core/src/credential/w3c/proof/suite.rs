//! The cryptosuites that exist here. The allow-list is this enum.

use super::{ProofError, read::MAX_PROOF_VALUE};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use std::fmt;

/// A cryptosuite; there is no way to name another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cryptosuite {
    /// Ed25519 over canonical statements.
    EddsaRdfc2022,
    /// Ed25519 over canonical JSON.
    EddsaJcs2022,
    /// ECDSA on P-256 or P-384 over canonical statements.
    EcdsaRdfc2019,
    /// ECDSA on P-256 or P-384 over canonical JSON.
    EcdsaJcs2019,
    /// ECDSA on P-256 over statements that can be disclosed one by one.
    EcdsaSd2023,
    /// BBS over statements that can be disclosed one by one, unlinkably.
    Bbs2023,
}

impl Cryptosuite {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::EddsaRdfc2022,
        Self::EddsaJcs2022,
        Self::EcdsaRdfc2019,
        Self::EcdsaJcs2019,
        Self::EcdsaSd2023,
        Self::Bbs2023,
    ];

    /// The value of `cryptosuite`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::EddsaRdfc2022 => "eddsa-rdfc-2022",
            Self::EddsaJcs2022 => "eddsa-jcs-2022",
            Self::EcdsaRdfc2019 => "ecdsa-rdfc-2019",
            Self::EcdsaJcs2019 => "ecdsa-jcs-2019",
            Self::EcdsaSd2023 => "ecdsa-sd-2023",
            Self::Bbs2023 => "bbs-2023",
        }
    }

    /// The suite of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|suite| suite.name() == name)
    }

    /// Whether it signs canonical JSON, so that the proof carries the document's context.
    #[must_use]
    pub fn is_jcs(self) -> bool {
        matches!(self, Self::EddsaJcs2022 | Self::EcdsaJcs2019)
    }

    /// Whether its proofs let parts of a document be disclosed.
    #[must_use]
    pub fn is_selective(self) -> bool {
        matches!(self, Self::EcdsaSd2023 | Self::Bbs2023)
    }

    /// The bytes of a `proofValue`. A suite has one multibase alphabet, and signatures one length for
    /// each kind of key.
    pub(super) fn decode(self, text: &str) -> Result<Vec<u8>, ProofError> {
        let bytes = if self.is_selective() { from_base64url(text) } else { from_base58(text) };
        let fits = |bytes: &Vec<u8>| match self {
            Self::EddsaRdfc2022 | Self::EddsaJcs2022 => bytes.len() == 64,
            Self::EcdsaRdfc2019 | Self::EcdsaJcs2019 => matches!(bytes.len(), 64 | 96),
            Self::EcdsaSd2023 | Self::Bbs2023 => !bytes.is_empty(),
        };
        bytes.filter(fits).ok_or(ProofError::Member("proofValue"))
    }

    /// The text of a `proofValue`.
    pub(in crate::credential::w3c) fn encode(self, bytes: &[u8]) -> String {
        if self.is_selective() {
            format!("u{}", URL_SAFE_NO_PAD.encode(bytes))
        } else {
            format!("z{}", bs58::encode(bytes).into_string())
        }
    }
}

impl fmt::Display for Cryptosuite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// 96 bytes take at most 132 characters.
const MAX_BASE58: usize = 133;

fn from_base58(text: &str) -> Option<Vec<u8>> {
    let digits = text.strip_prefix('z').filter(|_| text.len() <= MAX_BASE58)?;
    bs58::decode(digits).into_vec().ok()
}

fn from_base64url(text: &str) -> Option<Vec<u8>> {
    let digits = text.strip_prefix('u').filter(|_| text.len() <= MAX_PROOF_VALUE)?;
    URL_SAFE_NO_PAD.decode(digits).ok()
}
