//! Status list tokens in JWT form: what outside verifiers fetch.
//!
//! Spec: Token Status List draft 21 §4.2, §5.1, §8.3.

use super::StatusArray;
use crate::{
    crypto::{Algorithm, Signer, SignerError, VerifyingKey},
    registry::StatusEncoding,
};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use flate2::{Decompress, FlushDecompress, Status as FlateStatus, write::ZlibEncoder};
use serde::{Deserialize, Serialize};
use std::io::Write;

/// The media type of the token over HTTP.
pub const MEDIA_TYPE: &str = "application/statuslist+jwt";
/// The JOSE `typ` of the token.
pub const TYP: &str = "statuslist+jwt";

/// The largest token that is read, in bytes.
pub const MAX_TOKEN: usize = 24 << 20;
/// The largest list that a token may inflate to, in bytes: 2^27 entries of one bit.
pub const MAX_INFLATED: usize = 16 << 20;

/// What a token is made of.
pub struct IssueToken<'a> {
    /// Where the token will be: the `uri` of the credentials' status.
    pub uri: &'a str,
    /// The entries.
    pub array: &'a StatusArray,
    /// Time of issue (seconds).
    pub iat: u64,
    /// First second at which it is no longer good.
    pub exp: u64,
    /// How long it may be cached (seconds).
    pub ttl: u64,
    /// Certificates in DER, leaf first, no anchor. May be empty.
    pub x5c: &'a [Vec<u8>],
}

/// Why a token was not made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IssueTokenError {
    /// No signature.
    #[error(transparent)]
    Signer(#[from] SignerError),
    /// Compression or serialization failed.
    #[error("the token could not be written")]
    Encoding,
}

/// Why a token is not believed. The status is then unknown, which is neither valid nor revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StatusTokenError {
    /// Larger than any token.
    #[error("the token is too large")]
    TooLarge,
    /// Not a JWT with the fields of a status list token.
    #[error("the token is malformed")]
    Malformed,
    /// Another `typ`.
    #[error("the token is not a status list token")]
    Type,
    /// An algorithm that is not the key's.
    #[error("the token's algorithm is not the key's")]
    Algorithm,
    /// The signature does not verify.
    #[error("the token's signature does not verify")]
    Signature,
    /// It is of another list than the credential names.
    #[error("the token is of another list")]
    Subject,
    /// Its time is over.
    #[error("the token has expired")]
    Expired,
    /// It claims to have been issued later than now.
    #[error("the token was issued in the future")]
    IssuedInFuture,
    /// The list does not inflate, or to more than any list has.
    #[error("the token's list does not inflate within its limit")]
    Compression,
    /// Bits an entry other than 1, 2, 4 or 8, or no entries.
    #[error("the token's list has no valid shape")]
    Shape,
}

/// A token whose signature was verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusToken {
    /// The list's address.
    pub uri: String,
    /// The entries.
    pub array: StatusArray,
    /// Time of issue (seconds).
    pub iat: u64,
    /// First second at which it is no longer good.
    pub exp: Option<u64>,
    /// How long it may be cached (seconds).
    pub ttl: Option<u64>,
}

/// A token as it came.
pub struct UnverifiedStatusToken<'a> {
    signing_input: &'a str,
    algorithm: Algorithm,
    leaf_der: Option<Vec<u8>>,
    claims: Claims,
    signature: Vec<u8>,
}

#[derive(Serialize, Deserialize)]
struct Header {
    alg: String,
    typ: String,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    x5c: Vec<String>,
    #[serde(skip_serializing, default)]
    crit: Option<serde_json::Value>,
}

#[derive(Serialize, Deserialize)]
struct Claims {
    sub: String,
    iat: u64,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    exp: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    ttl: Option<u64>,
    status_list: List,
}

#[derive(Serialize, Deserialize)]
struct List {
    bits: u8,
    lst: String,
}

/// Makes and signs a token.
///
/// # Errors
/// [`IssueTokenError`] by what failed.
pub fn issue(token: &IssueToken<'_>, signer: &dyn Signer) -> Result<String, IssueTokenError> {
    let header = Header {
        alg: signer.verifying_key().algorithm().name().into(),
        typ: TYP.into(),
        x5c: token.x5c.iter().map(|der| STANDARD.encode(der)).collect(),
        crit: None,
    };
    let claims = Claims {
        sub: token.uri.into(),
        iat: token.iat,
        exp: Some(token.exp),
        ttl: Some(token.ttl),
        status_list: List { bits: token.array.bits(), lst: encode_list(token.array)? },
    };
    let header = serde_json::to_vec(&header).map_err(|_| IssueTokenError::Encoding)?;
    let claims = serde_json::to_vec(&claims).map_err(|_| IssueTokenError::Encoding)?;
    let mut jwt = URL_SAFE_NO_PAD.encode(header);
    jwt.push('.');
    URL_SAFE_NO_PAD.encode_string(claims, &mut jwt);
    let signature = signer.sign(jwt.as_bytes())?;
    jwt.push('.');
    URL_SAFE_NO_PAD.encode_string(signature, &mut jwt);
    Ok(jwt)
}

impl<'a> UnverifiedStatusToken<'a> {
    /// Takes a token apart.
    ///
    /// # Errors
    /// [`StatusTokenError::TooLarge`], [`StatusTokenError::Malformed`], [`StatusTokenError::Type`], or
    /// [`StatusTokenError::Algorithm`] when it is not on the allow-list.
    pub fn parse(token: &'a str) -> Result<Self, StatusTokenError> {
        if token.len() > MAX_TOKEN {
            return Err(StatusTokenError::TooLarge);
        }
        let (signing_input, signature) = token.rsplit_once('.').ok_or(StatusTokenError::Malformed)?;
        let (header, claims) = signing_input.split_once('.').ok_or(StatusTokenError::Malformed)?;
        let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_| StatusTokenError::Malformed);
        let header: Header =
            serde_json::from_slice(&decode(header)?).map_err(|_| StatusTokenError::Malformed)?;
        if header.typ != TYP {
            return Err(StatusTokenError::Type);
        }
        // We understand no extension that a header may call critical (RFC 7515 §4.1.11).
        if header.crit.is_some() {
            return Err(StatusTokenError::Malformed);
        }
        let algorithm = Algorithm::from_name(&header.alg).ok_or(StatusTokenError::Algorithm)?;
        let leaf_der = header.x5c.first().map(|der| STANDARD.decode(der)).transpose();
        Ok(Self {
            signing_input,
            algorithm,
            leaf_der: leaf_der.map_err(|_| StatusTokenError::Malformed)?,
            claims: serde_json::from_slice(&decode(claims)?).map_err(|_| StatusTokenError::Malformed)?,
            signature: decode(signature)?,
        })
    }

    /// The leaf certificate that it names, in DER. Whether it is to be trusted the caller decides.
    #[must_use]
    pub fn leaf_der(&self) -> Option<&[u8]> {
        self.leaf_der.as_deref()
    }

    /// Verifies it under `key`, as the token of the list at `expected_uri`, at `now` (seconds).
    ///
    /// # Errors
    /// [`StatusTokenError`] by what does not hold.
    pub fn verify(
        self,
        key: &VerifyingKey,
        expected_uri: &str,
        now: u64,
    ) -> Result<StatusToken, StatusTokenError> {
        if self.algorithm != key.algorithm() {
            return Err(StatusTokenError::Algorithm);
        }
        key.verify(self.signing_input.as_bytes(), &self.signature)
            .map_err(|_| StatusTokenError::Signature)?;
        let claims = self.claims;
        if claims.sub != expected_uri {
            return Err(StatusTokenError::Subject);
        }
        if claims.exp.is_some_and(|exp| exp <= now) {
            return Err(StatusTokenError::Expired);
        }
        if claims.iat > now.saturating_add(CLOCK_SKEW) {
            return Err(StatusTokenError::IssuedInFuture);
        }
        let list = claims.status_list;
        let compressed = URL_SAFE_NO_PAD.decode(&list.lst).map_err(|_| StatusTokenError::Malformed)?;
        let array =
            StatusArray::from_bytes(list.bits, inflate(&compressed)?).map_err(|_| StatusTokenError::Shape)?;
        Ok(StatusToken { uri: claims.sub, array, iat: claims.iat, exp: claims.exp, ttl: claims.ttl })
    }
}

/// How far ahead of ours an issuer's clock may be (seconds).
const CLOCK_SKEW: u64 = 60;

/// A list as the claim `lst` carries it: zlib, base64url.
///
/// # Errors
/// [`IssueTokenError::Encoding`] when it could not be compressed, or its bits are in the order of a bit
/// string.
///
/// Spec: Token Status List draft 21 §4.2.
pub fn encode_list(array: &StatusArray) -> Result<String, IssueTokenError> {
    if array.encoding() != StatusEncoding::Token {
        return Err(IssueTokenError::Encoding);
    }
    let mut encoder = ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(array.bytes()).map_err(|_| IssueTokenError::Encoding)?;
    encoder.finish().map(|bytes| URL_SAFE_NO_PAD.encode(bytes)).map_err(|_| IssueTokenError::Encoding)
}

/// The list in a claim `lst` with entries of `bits` bits.
///
/// # Errors
/// [`StatusTokenError::Malformed`], [`StatusTokenError::Compression`] or [`StatusTokenError::Shape`].
pub fn decode_list(bits: u8, lst: &str) -> Result<StatusArray, StatusTokenError> {
    let compressed = URL_SAFE_NO_PAD.decode(lst).map_err(|_| StatusTokenError::Malformed)?;
    StatusArray::from_bytes(bits, inflate(&compressed)?).map_err(|_| StatusTokenError::Shape)
}

/// Inflates a whole zlib stream, refusing more than [`MAX_INFLATED`] bytes and anything that follows.
fn inflate(compressed: &[u8]) -> Result<Vec<u8>, StatusTokenError> {
    let mut inflater = Decompress::new(true);
    let mut out = Vec::new();
    loop {
        // Grows as the data comes, so that a small bomb costs little.
        let room = (out.len().max(4096)).min(MAX_INFLATED + 1 - out.len());
        out.reserve_exact(room);
        let read = usize::try_from(inflater.total_in()).map_err(|_| StatusTokenError::Compression)?;
        let rest = compressed.get(read..).ok_or(StatusTokenError::Compression)?;
        let before = (inflater.total_in(), inflater.total_out());
        let status = inflater
            .decompress_vec(rest, &mut out, FlushDecompress::Finish)
            .map_err(|_| StatusTokenError::Compression)?;
        let stuck = before == (inflater.total_in(), inflater.total_out());
        match status {
            _ if out.len() > MAX_INFLATED => return Err(StatusTokenError::Compression),
            FlateStatus::StreamEnd if inflater.total_in() == compressed.len() as u64 => return Ok(out),
            FlateStatus::StreamEnd => return Err(StatusTokenError::Compression),
            _ if stuck => return Err(StatusTokenError::Compression),
            _ => {}
        }
    }
}
