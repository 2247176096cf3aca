//! The credential formats. Issuance, wallet, presentation and verifier match on this one enum.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// A credential format, by its identifier in OpenID4VCI and OpenID4VP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Format {
    /// SD-JWT VC.
    #[serde(rename = "dc+sd-jwt")]
    SdJwtVc,
    /// W3C VCDM 2.0 secured by Data Integrity.
    #[serde(rename = "ldp_vc")]
    LdpVc,
    /// W3C VCDM 2.0 secured by JOSE.
    #[serde(rename = "vc+jwt")]
    VcJwt,
    /// ISO/IEC 18013-5 mdoc.
    #[serde(rename = "mso_mdoc")]
    MsoMdoc,
}

impl Format {
    /// The identifier.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SdJwtVc => "dc+sd-jwt",
            Self::LdpVc => "ldp_vc",
            Self::VcJwt => "vc+jwt",
            Self::MsoMdoc => "mso_mdoc",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The identifier is not one of a format that we know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a credential format that we know")]
pub struct UnknownFormat;

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Self, UnknownFormat> {
        [Self::SdJwtVc, Self::LdpVc, Self::VcJwt, Self::MsoMdoc]
            .into_iter()
            .find(|format| format.as_str() == text)
            .ok_or(UnknownFormat)
    }
}
