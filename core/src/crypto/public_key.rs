//! Public keys of every kind that a DID document may carry. What signs transactions and JWTs here is
//! the narrower [`VerifyingKey`].

use super::{Jwk, KeyError, SignatureError, VerifyingKey};
use crate::crypto::JwkError;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use blst::min_sig;
use p384::elliptic_curve::sec1::{FromSec1Point, ToSec1Point};
use ring::signature::{self, UnparsedPublicKey};

/// A public key. Built through constructors that check it: right length, a point of its curve, and for
/// BLS of the right subgroup.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PublicKey {
    /// P-256, as the uncompressed point (0x04 ‖ x ‖ y).
    P256([u8; 65]),
    /// P-384, as the uncompressed point (0x04 ‖ x ‖ y).
    P384([u8; 97]),
    /// Ed25519, as its 32 bytes.
    Ed25519([u8; 32]),
    /// X25519, as its 32 bytes. Agrees on secrets; signs nothing.
    X25519([u8; 32]),
    /// A point of BLS12-381's G2, compressed. Signs by BBS alone.
    Bls12381G2([u8; 96]),
}

/// Multicodec prefixes as varints, each with the length of the key that follows.
const P256: ([u8; 2], usize) = ([0x80, 0x24], 33);
const P384: ([u8; 2], usize) = ([0x81, 0x24], 49);
const ED25519: ([u8; 2], usize) = ([0xed, 0x01], 32);
const X25519: ([u8; 2], usize) = ([0xec, 0x01], 32);
const BLS12381_G2: ([u8; 2], usize) = ([0xeb, 0x01], 96);

/// The longest multibase form: a G2 point takes 135 characters.
const MAX_MULTIBASE: usize = 160;

impl PublicKey {
    /// A P-256 key from a point in compressed (33 bytes) or uncompressed (65 bytes) form.
    ///
    /// # Errors
    /// [`KeyError::Malformed`] on another form, [`KeyError::NotOnCurve`] when it is no point.
    pub fn from_p256_point(point: &[u8]) -> Result<Self, KeyError> {
        VerifyingKey::from_p256_point(point).map(|key| Self::from(&key))
    }

    /// A P-384 key from a point in compressed (49 bytes) or uncompressed (97 bytes) form.
    ///
    /// # Errors
    /// [`KeyError::Malformed`] on another form, [`KeyError::NotOnCurve`] when it is no point.
    pub fn from_p384_point(point: &[u8]) -> Result<Self, KeyError> {
        if !matches!((point.len(), point.first()), (49, Some(2 | 3)) | (97, Some(4))) {
            return Err(KeyError::Malformed);
        }
        let encoded = p384::Sec1Point::from_bytes(point).map_err(|_| KeyError::Malformed)?;
        let key: Option<p384::PublicKey> = p384::PublicKey::from_sec1_point(&encoded).into();
        let bytes = key.ok_or(KeyError::NotOnCurve)?.to_sec1_point(false);
        bytes.as_bytes().try_into().map(Self::P384).map_err(|_| KeyError::Malformed)
    }

    /// An Ed25519 key from its 32 bytes.
    ///
    /// # Errors
    /// [`KeyError::Malformed`] on another length.
    pub fn from_ed25519(bytes: &[u8]) -> Result<Self, KeyError> {
        bytes.try_into().map(Self::Ed25519).map_err(|_| KeyError::Malformed)
    }

    /// An X25519 key from its 32 bytes.
    ///
    /// # Errors
    /// [`KeyError::Malformed`] on another length.
    pub fn from_x25519(bytes: &[u8]) -> Result<Self, KeyError> {
        bytes.try_into().map(Self::X25519).map_err(|_| KeyError::Malformed)
    }

    /// A BLS12-381 key from a compressed point of G2. It must lie in the subgroup and not be infinity.
    ///
    /// # Errors
    /// [`KeyError::Malformed`] on another length, [`KeyError::NotOnCurve`] for such points.
    pub fn from_bls12381_g2(point: &[u8]) -> Result<Self, KeyError> {
        let bytes = point.try_into().map_err(|_| KeyError::Malformed)?;
        min_sig::PublicKey::key_validate(point).map_err(|_| KeyError::NotOnCurve)?;
        Ok(Self::Bls12381G2(bytes))
    }

    /// A key from its multicodec-prefixed bytes.
    ///
    /// # Errors
    /// [`KeyError`] on an unknown prefix, a wrong length, or a point off the curve.
    pub fn from_multicodec(bytes: &[u8]) -> Result<Self, KeyError> {
        let (prefix, key) = bytes.split_first_chunk::<2>().ok_or(KeyError::Malformed)?;
        match (*prefix, key.len()) {
            P256 => Self::from_p256_point(key),
            P384 => Self::from_p384_point(key),
            ED25519 => Self::from_ed25519(key),
            X25519 => Self::from_x25519(key),
            BLS12381_G2 => Self::from_bls12381_g2(key),
            _ => Err(KeyError::Malformed),
        }
    }

    /// The multicodec-prefixed bytes; points in compressed form.
    #[must_use]
    pub fn multicodec(&self) -> Vec<u8> {
        match self {
            Self::P256(point) => [&P256.0[..], &compressed(point)].concat(),
            Self::P384(point) => [&P384.0[..], &compressed(point)].concat(),
            Self::Ed25519(bytes) => [&ED25519.0[..], bytes].concat(),
            Self::X25519(bytes) => [&X25519.0[..], bytes].concat(),
            Self::Bls12381G2(point) => [&BLS12381_G2.0[..], point].concat(),
        }
    }

    /// A key from its multibase form: `z` and base58btc of the [multicodec](Self::multicodec) form.
    ///
    /// # Errors
    /// [`KeyError`], as [`from_multicodec`](Self::from_multicodec).
    pub fn from_multibase(text: &str) -> Result<Self, KeyError> {
        let encoded = text.strip_prefix('z').filter(|text| text.len() <= MAX_MULTIBASE);
        let bytes = bs58::decode(encoded.ok_or(KeyError::Malformed)?).into_vec();
        Self::from_multicodec(&bytes.map_err(|_| KeyError::Malformed)?)
    }

    /// The multibase form, as did:key and Multikey carry it.
    #[must_use]
    pub fn multibase(&self) -> String {
        format!("z{}", bs58::encode(self.multicodec()).into_string())
    }

    /// The key that a JWK describes: P-256, P-384, Ed25519 or X25519.
    ///
    /// # Errors
    /// [`JwkError`] by what does not hold.
    pub fn from_jwk(jwk: &Jwk) -> Result<Self, JwkError> {
        let x = coordinate(&jwk.x)?;
        let y = jwk.y.as_deref().map(coordinate).transpose()?;
        let point = |size: usize| match &y {
            Some(y) if x.len() == size && y.len() == size => Ok([&[4], &x[..], y].concat()),
            _ => Err(JwkError::Coordinate),
        };
        match (jwk.kty.as_str(), jwk.crv.as_str()) {
            ("EC", "P-256") => Ok(Self::from_p256_point(&point(32)?)?),
            ("EC", "P-384") => Ok(Self::from_p384_point(&point(48)?)?),
            ("OKP", _) if y.is_some() => Err(JwkError::Unsupported),
            ("OKP", "Ed25519" | "X25519") if x.len() != 32 => Err(JwkError::Coordinate),
            ("OKP", "Ed25519") => Ok(Self::from_ed25519(&x)?),
            ("OKP", "X25519") => Ok(Self::from_x25519(&x)?),
            _ => Err(JwkError::Unsupported),
        }
    }

    /// The key as JWK, with nothing but the required members. BLS keys have none here.
    #[must_use]
    pub fn jwk(&self) -> Option<Jwk> {
        Some(match self {
            Self::P256(point) => Jwk::of_parts("EC", "P-256", &point[1..33], Some(&point[33..])),
            Self::P384(point) => Jwk::of_parts("EC", "P-384", &point[1..49], Some(&point[49..])),
            Self::Ed25519(bytes) => Jwk::of_parts("OKP", "Ed25519", bytes, None),
            Self::X25519(bytes) => Jwk::of_parts("OKP", "X25519", bytes, None),
            Self::Bls12381G2(_) => return None,
        })
    }

    /// Checks `signature` over `message`: ECDSA with SHA-256 on P-256 or with SHA-384 on P-384, both as
    /// r ‖ s, or Ed25519. Keys of other kinds refuse everything.
    ///
    /// # Errors
    /// [`SignatureError`] when it does not verify.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), SignatureError> {
        let (algorithm, key): (&dyn signature::VerificationAlgorithm, &[u8]) = match self {
            Self::P256(point) => (&signature::ECDSA_P256_SHA256_FIXED, point),
            Self::P384(point) => (&signature::ECDSA_P384_SHA384_FIXED, point),
            Self::Ed25519(bytes) => (&signature::ED25519, bytes),
            Self::X25519(_) | Self::Bls12381G2(_) => return Err(SignatureError),
        };
        UnparsedPublicKey::new(algorithm, key).verify(message, signature).map_err(|_| SignatureError)
    }

    /// Whether keys of this kind can agree on a secret.
    #[must_use]
    pub fn can_agree(&self) -> bool {
        matches!(self, Self::P256(_) | Self::P384(_) | Self::X25519(_))
    }

    /// Whether keys of this kind can sign.
    #[must_use]
    pub fn can_sign(&self) -> bool {
        !matches!(self, Self::X25519(_))
    }
}

/// The compressed form of an uncompressed point.
fn compressed(point: &[u8]) -> Vec<u8> {
    let (x, y) = point[1..].split_at(point.len() / 2);
    let parity = 2 + y.last().map_or(0, |last| last & 1);
    [&[parity], x].concat()
}

fn coordinate(text: &str) -> Result<Vec<u8>, JwkError> {
    // 48 bytes take 64 characters.
    if text.len() > 64 {
        return Err(JwkError::Coordinate);
    }
    URL_SAFE_NO_PAD.decode(text).map_err(|_| JwkError::Coordinate)
}

impl From<&VerifyingKey> for PublicKey {
    fn from(key: &VerifyingKey) -> Self {
        match key {
            VerifyingKey::P256(point) => Self::P256(*point),
            VerifyingKey::Ed25519(bytes) => Self::Ed25519(*bytes),
        }
    }
}

impl From<&PublicKey> for PublicKey {
    fn from(key: &PublicKey) -> Self {
        key.clone()
    }
}

impl TryFrom<&PublicKey> for VerifyingKey {
    type Error = KeyError;

    fn try_from(key: &PublicKey) -> Result<Self, KeyError> {
        match key {
            PublicKey::P256(point) => Ok(Self::P256(*point)),
            PublicKey::Ed25519(bytes) => Ok(Self::Ed25519(*bytes)),
            _ => Err(KeyError::Malformed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::{Algorithm, Signer, testing};
    use proptest::prelude::*;

    /// Of the did:key specification's examples, one for each kind.
    const EXAMPLES: [&str; 5] = [
        "zDnaerDaTF5BXEavCrfRZEk316dpbLsfPDZ3WJ5hRTPFU2169",
        "z82Lm1MpAkeJcix9K8TMiLd5NMAhnwkjjCBeWHXyu3U4oT2MVJJKXkcVBgjGhnLBn2Kaau9",
        "z6MkpTHR8VNsBxYAAWHut2Geadd9jSwuBV8xRoAnwWsdvktH",
        "z6LSeu9HkTHSfLLeUs2nnzUSNedgDUevfNQgQjQC23ZCit6F",
        "zUC7K4ndUaGZgV7Cp2yJy6JtMoUHY6u7tkcSYUvPrEidqBmLCTLmi6d5WvwnUqejscAkERJ3bfjEiSYtdPkRSE8kSa11hFBr4sTgnbZ95SJj19PN2jdvJjyzpSZgxkyyxNnBNnY",
    ];

    #[test]
    fn each_kind_of_key_comes_back_from_its_multibase_form() {
        for text in EXAMPLES {
            let key = PublicKey::from_multibase(text).unwrap();
            assert_eq!(key.multibase(), text);
            assert_eq!(key.jwk().is_none(), matches!(key, PublicKey::Bls12381G2(_)));
            if let Some(jwk) = key.jwk() {
                assert_eq!(PublicKey::from_jwk(&jwk).unwrap(), key);
            }
        }
    }

    #[test]
    fn refuses_wrong_lengths_prefixes_and_points() {
        for text in EXAMPLES {
            let bytes = PublicKey::from_multibase(text).unwrap().multicodec();
            assert_eq!(PublicKey::from_multicodec(&bytes[..bytes.len() - 1]), Err(KeyError::Malformed));
            let longer = [&bytes[..], &[0]].concat();
            assert_eq!(PublicKey::from_multicodec(&longer), Err(KeyError::Malformed));
        }
        assert_eq!(PublicKey::from_multicodec(&[0xe7, 1, 2, 3]), Err(KeyError::Malformed));
        assert_eq!(
            PublicKey::from_multibase("zQ3shokFTS3brHcDQrn82RUDfCZESWL1ZdCEJwekUDPQiYBme"),
            Err(KeyError::Malformed)
        );
        let off_curve = [&P384.0[..], &[2], &[0xff; 48]].concat();
        assert_eq!(PublicKey::from_multicodec(&off_curve), Err(KeyError::NotOnCurve));
        let mut infinity = [0; 96];
        infinity[0] = 0xc0;
        assert_eq!(PublicKey::from_bls12381_g2(&infinity), Err(KeyError::NotOnCurve));
        assert_eq!(PublicKey::from_multibase(&format!("z{}", "1".repeat(200))), Err(KeyError::Malformed));
    }

    #[test]
    fn checks_signatures_of_p384_and_of_no_key_that_cannot_sign() {
        use ring::signature::{ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
        let random = ring::rand::SystemRandom::new();
        let der = EcdsaKeyPair::generate_pkcs8(&ECDSA_P384_SHA384_FIXED_SIGNING, &random).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P384_SHA384_FIXED_SIGNING, der.as_ref(), &random).unwrap();
        let signature = pair.sign(&random, b"message").unwrap();
        let key = PublicKey::from_p384_point(pair.public_key().as_ref()).unwrap();
        assert_eq!(key.verify(b"message", signature.as_ref()), Ok(()));
        assert_eq!(key.verify(b"another", signature.as_ref()), Err(SignatureError));
        assert_eq!(PublicKey::from_multicodec(&key.multicodec()).unwrap(), key);
        for text in &EXAMPLES[3..] {
            let key = PublicKey::from_multibase(text).unwrap();
            assert_eq!(key.verify(b"message", signature.as_ref()), Err(SignatureError));
        }
    }

    proptest! {
        #[test]
        fn every_verifying_key_is_a_public_key(seed: u64, edwards: bool) {
            let algorithm = if edwards { Algorithm::Ed25519 } else { Algorithm::Es256 };
            let signer = testing::key(algorithm, seed);
            let key = PublicKey::from(signer.verifying_key());
            prop_assert_eq!(key.multicodec(), signer.verifying_key().multicodec());
            prop_assert_eq!(&VerifyingKey::try_from(&key).unwrap(), signer.verifying_key());
            prop_assert_eq!(&PublicKey::from_multibase(&key.multibase()).unwrap(), &key);
        }

        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>, text in "z?.{0,80}") {
            let _ = PublicKey::from_multicodec(&bytes);
            let _ = PublicKey::from_multibase(&text);
        }
    }
}
