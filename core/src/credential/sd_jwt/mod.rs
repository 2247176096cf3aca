//! SD-JWT VC: credentials whose holder chooses what to show (RFC 9901; `dc+sd-jwt`).
//!
//! One key mechanism, fixed by us and never chosen by a sender: the issuer's JWT carries `x5c`, whose
//! leaf names the issuer's DID as a URI; `iss` is that DID; there is no `kid`.
//!
//! The road of a credential, by its types:
//! - an agency calls [`issue`], or prepares an [`IssueTemplate`] once for many;
//! - who receives one reads it with [`UnverifiedSdJwt::parse`] and gets an [`IssuerSigned`] from
//!   [`UnverifiedSdJwt::verify`]: signature, disclosures and structure hold. Whether the issuer is to
//!   be trusted, and whether the credential is in its validity, is decided elsewhere, and until then
//!   its claims are behind [`IssuerSigned::claims_before_trust`];
//! - the holder opens a stored one as [`HeldSdJwt`] and [presents](HeldSdJwt::present) a choice of it;
//! - a verifier then asks [`IssuerSigned::verify_key_binding`] whether the holder himself presented it.

mod disclosure;
mod issue;
mod key_binding;
mod present;
mod unverified;
mod verified;
mod writer;

#[cfg(test)]
mod tests;

pub use issue::{IssueError, IssueSdJwt, IssueTemplate, IssuedSdJwt, issue};
pub use key_binding::{ExpectedKeyBinding, ExpectedNonce, KeyBinding, KeyBindingClaims, KeyBindingError};
pub use present::{HeldSdJwt, PresentError, present};
pub use unverified::{SdJwtError, UnverifiedSdJwt};
pub use verified::{IssuerSigned, StatusReference};

/// What securing W3C credentials as SD-JWT shares with us.
#[cfg(feature = "data-integrity")]
pub(crate) mod shared {
    pub(crate) use super::{
        disclosure::resolve_but, key_binding::verify_key_binding, verified::confirmation_key,
        writer::write_payload,
    };
}

/// The `typ` of an SD-JWT VC's JWT.
pub const TYPE: &str = "dc+sd-jwt";
/// The `typ` of a key binding JWT.
pub const KEY_BINDING_TYPE: &str = "kb+jwt";
/// The largest SD-JWT that is read, in bytes.
pub const MAX_SD_JWT: usize = 256 * 1024;
/// The most disclosures that an SD-JWT may carry.
pub const MAX_DISCLOSURES: usize = 256;
/// The deepest that objects and arrays may lie inside each other, disclosures put in place: as long as
/// the longest claim path.
pub const MAX_DEPTH: usize = super::claim_path::MAX_STEPS;

/// Claims that a holder can never hold back, nor anything below them: who issued what, to which key,
/// until when, and where it can be revoked. `iat` is our own addition.
///
/// Spec: SD-JWT VC, registered JWT claims.
pub const NEVER_DISCLOSABLE: [&str; 9] =
    ["iss", "iat", "nbf", "exp", "cnf", "vct", "vct#integrity", "aka_vcts", "status"];
