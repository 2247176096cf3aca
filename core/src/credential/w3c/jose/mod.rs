//! Credentials and presentations secured from outside: as JWT (`vc+jwt`, `vp+jwt`) and as SD-JWT
//! (`vc+sd-jwt`).
//!
//! The payload is the document itself; there is no `vc` or `vp` claim. One key mechanism, fixed by us and
//! never chosen by a sender: `kid` is a DID URL, whose DID is the credential's `issuer` or presents the
//! presentation; `jwk`, `jku`, `x5c` and their like are refused. `typ` must say what the document is, so
//! that none is taken for another.
//!
//! Spec: Securing Verifiable Credentials using JOSE and COSE (W3C Recommendation, 2025); RFC 9901.

mod claims;
mod issue;
mod unverified;

pub use claims::JwtTimes;
pub use issue::{
    IssueVcJwt, IssueVcSdJwt, IssueVpJwt, IssuedVcJwt, VcIssueError, issue_credential, issue_presentation,
    issue_sd_credential,
};
pub use unverified::{JwtCredential, JwtPresentation, UnverifiedVcJwt, UnverifiedVpJwt};

use super::model::ModelError;
use crate::{
    credential::sd_jwt::{self, SdJwtError},
    jose::JoseError,
};

/// The largest JWT that is read, in bytes, disclosures not counted.
pub const MAX_JWT: usize = 2 << 20;
/// The largest SD-JWT that is read, in bytes.
pub const MAX_SD_JWT: usize = sd_jwt::MAX_SD_JWT;

/// Properties of a credential that its holder can never hold back, nor anything below them: who says it,
/// what it is, and whether it still holds.
///
/// Spec: VC-JOSE-COSE §3.2.1 on selective disclosure; `issuer`, validity and the JWT claims are our own
/// addition.
pub const NEVER_DISCLOSABLE: [&str; 18] = [
    "@context",
    "id",
    "type",
    "issuer",
    "validFrom",
    "validUntil",
    "credentialStatus",
    "credentialSchema",
    "relatedResource",
    "termsOfUse",
    "iss",
    "iat",
    "nbf",
    "exp",
    "sub",
    "jti",
    "aud",
    "cnf",
];

/// Why a JWT is no credential or presentation.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VcJoseError {
    /// Not a JWS that we take, or its signature does not verify.
    #[error(transparent)]
    Jws(#[from] JoseError),
    /// Not an SD-JWT, or a disclosure does not hold.
    #[error(transparent)]
    SdJwt(#[from] SdJwtError),
    /// `typ` is missing or of another kind of document.
    #[error("`typ` does not say that this is what was expected")]
    Type,
    /// `cty` is there and of another kind of document.
    #[error("`cty` is of another kind of document")]
    ContentType,
    /// The header names its key in a way that we do not take, or has no `kid`.
    #[error("the header names no key, or names it in a way we do not take")]
    KeyReference,
    /// `kid` is no DID URL with a fragment.
    #[error("`kid` is not a DID URL")]
    Kid,
    /// `kid` is a key of another than the issuer or holder.
    #[error("`kid` is a key of another than who is said to have signed")]
    OtherSigner,
    /// A `vc` or `vp` claim: the document is the payload itself.
    #[error("the document is in a `vc` or `vp` claim")]
    Wrapped,
    /// A claim is malformed, or contradicts the document or another claim.
    #[error("the claim `{0}` is malformed or contradicts the document")]
    Claim(&'static str),
    /// `exp` is over.
    #[error("the signature has expired")]
    Expired,
    /// `nbf` is yet to come.
    #[error("the signature is not valid yet")]
    NotYetValid,
    /// `iat` is yet to come.
    #[error("the signature is dated ahead")]
    IssuedInFuture,
    /// The payload is no credential or presentation.
    #[error(transparent)]
    Model(#[from] ModelError),
}
