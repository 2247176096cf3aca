//! Public keys as JWK (RFC 7517, RFC 7518 §6.2, RFC 8037).

use super::{
    KeyError, VerifyingKey,
    hash::{Digest, sha256},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};

/// A public key as JWK. A private member makes parsing fail: nobody sends us a secret by accident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Jwk {
    /// Key type: `EC` or `OKP`.
    pub kty: String,
    /// Curve: `P-256`, `P-384`, `Ed25519` or `X25519`.
    pub crv: String,
    /// The x coordinate, or the whole key for `OKP`; base64url.
    pub x: String,
    /// The y coordinate; base64url. `EC` only.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub y: Option<String>,
    /// Algorithm, where the key is bound to one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub alg: Option<String>,
    /// Use, `sig` or `enc`.
    #[serde(rename = "use", skip_serializing_if = "Option::is_none", default)]
    pub use_: Option<String>,
    /// Identifier among its siblings.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub kid: Option<String>,
    #[serde(skip_serializing, default, deserialize_with = "refuse_private")]
    d: Absent,
}

/// The place of a private member, which is never taken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Absent;

/// Private members are refused wherever a public key is expected.
fn refuse_private<'de, D: serde::Deserializer<'de>>(_: D) -> Result<Absent, D::Error> {
    Err(serde::de::Error::custom("a private key where a public one belongs"))
}

/// Why a JWK was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JwkError {
    /// Type and curve are not ones we take.
    #[error("key type and curve are not supported")]
    Unsupported,
    /// A coordinate is missing, has the wrong length or is not base64url.
    #[error("a coordinate of the key is missing or malformed")]
    Coordinate,
    /// The coordinates are not a usable key.
    #[error(transparent)]
    Key(#[from] KeyError),
}

impl Jwk {
    /// The JWK of `key`, with nothing but the required members.
    #[must_use]
    pub fn new(key: &VerifyingKey) -> Self {
        match key {
            VerifyingKey::P256(point) => Self::of_parts("EC", "P-256", &point[1..33], Some(&point[33..65])),
            VerifyingKey::Ed25519(bytes) => Self::of_parts("OKP", "Ed25519", bytes, None),
        }
    }

    /// A JWK of nothing but the required members.
    pub(super) fn of_parts(kty: &str, crv: &str, x: &[u8], y: Option<&[u8]>) -> Self {
        Self {
            kty: kty.into(),
            crv: crv.into(),
            x: URL_SAFE_NO_PAD.encode(x),
            y: y.map(|y| URL_SAFE_NO_PAD.encode(y)),
            alg: None,
            use_: None,
            kid: None,
            d: Absent,
        }
    }

    /// The key it describes.
    ///
    /// # Errors
    /// [`JwkError`] by what does not hold; the point is checked to be on its curve.
    pub fn key(&self) -> Result<VerifyingKey, JwkError> {
        let coordinate = |text: &str| -> Result<[u8; 32], JwkError> {
            let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| JwkError::Coordinate)?;
            bytes.try_into().map_err(|_| JwkError::Coordinate)
        };
        match (self.kty.as_str(), self.crv.as_str()) {
            ("EC", "P-256") => {
                let mut point = [0; 65];
                point[0] = 4;
                point[1..33].copy_from_slice(&coordinate(&self.x)?);
                let y = self.y.as_deref().ok_or(JwkError::Coordinate)?;
                point[33..].copy_from_slice(&coordinate(y)?);
                Ok(VerifyingKey::from_p256_point(&point)?)
            }
            ("OKP", "Ed25519") if self.y.is_none() => Ok(VerifyingKey::from_ed25519(&coordinate(&self.x)?)?),
            _ => Err(JwkError::Unsupported),
        }
    }

    /// The thumbprint by SHA-256.
    ///
    /// Spec: RFC 7638 §3.
    #[must_use]
    pub fn thumbprint(&self) -> Digest {
        let json = match &self.y {
            Some(y) => {
                format!(r#"{{"crv":"{}","kty":"{}","x":"{}","y":"{}"}}"#, self.crv, self.kty, self.x, y)
            }
            None => format!(r#"{{"crv":"{}","kty":"{}","x":"{}"}}"#, self.crv, self.kty, self.x),
        };
        sha256(&[json.as_bytes()])
    }
}
