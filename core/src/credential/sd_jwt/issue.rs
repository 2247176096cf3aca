//! The issuer's side.

use crate::{
    credential::ClaimPath,
    crypto::{CertificateError, Digest, Jwk, Signer, SignerError},
    random::{Random, RandomError},
};
use serde_json::{Map, Value};

/// What goes into one credential.
#[derive(Clone, Copy, Debug)]
pub struct IssueSdJwt<'a> {
    /// The claims, `vct` and the times among them: `vct`, `iat`, `exp` and `status` are required, the
    /// times are whole UTC days (see [`crate::time::start_of_day`]). `iss` is taken from the leaf,
    /// `cnf` from `holder`.
    pub claims: &'a Map<String, Value>,
    /// Which claims the holder may hold back. A path that leads nowhere in `claims` is no error.
    pub disclosable: &'a [ClaimPath],
    /// The holder's key; none for a credential that is bound to nobody.
    pub holder: Option<&'a Jwk>,
    /// The issuer's certificates in DER, leaf first, without the anchor.
    pub x5c: &'a [Vec<u8>],
    /// Each list of digests is filled up with decoys to a multiple of this, so that it does not tell
    /// how many claims there are. 0 and 1 add none.
    pub decoys_to_multiple_of: u8,
}

/// A credential as it leaves the issuer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuedSdJwt {
    /// `<issuer's JWT>~<disclosure>~…~`, with no key binding.
    pub compact: String,
    /// SHA-256 of the issuer's JWT alone: what the registry records as issued.
    pub jwt_digest: Digest,
}

/// Why a credential was not issued.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IssueError {
    /// The chain's leaf is not one we issue under.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// The signer's key is not the leaf's.
    #[error("the signing key is not the key of the leaf certificate")]
    WrongKey,
    /// `iss` among the claims is not the leaf's DID.
    #[error("the issuer's name is not the one in its certificate")]
    WrongIssuer,
    /// A claim that every credential carries is missing, or has the wrong type.
    #[error("the claim `{0}` is missing or malformed")]
    Required(&'static str),
    /// A time is not the first second of a UTC day.
    #[error("the claim `{0}` is not rounded to the day")]
    NotWholeDay(&'static str),
    /// A claim that must always be shown was to be disclosable.
    #[error("the claim `{0}` can never be held back")]
    NeverDisclosable(String),
    /// A disclosable path starts with an index, or goes through one: `null` means every element.
    #[error("`{0}` is not a rule that can be issued under")]
    Path(ClaimPath),
    /// A claim uses a name that SD-JWT needs for itself, or that is written by the issuer's program.
    #[error("the claim name `{0}` is reserved")]
    ReservedName(String),
    /// Too many claims, too large or too deep.
    #[error("the credential would be larger than a verifier reads")]
    TooLarge,
    /// No randomness for the salts.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// The signer failed.
    #[error(transparent)]
    Signer(#[from] SignerError),
}

/// What many credentials of one type by one issuer have in common, prepared once.
#[derive(Clone, Debug)]
pub struct IssueTemplate {}

impl IssueTemplate {
    /// Prepares a chain, disclosure rules and decoys; the fields are those of [`IssueSdJwt`].
    ///
    /// # Errors
    /// [`IssueError::Certificate`], [`IssueError::NeverDisclosable`], [`IssueError::Path`].
    pub fn new(
        _x5c: &[Vec<u8>],
        _disclosable: &[ClaimPath],
        _decoys_to_multiple_of: u8,
    ) -> Result<Self, IssueError> {
        todo!()
    }

    /// Issues one credential.
    ///
    /// # Errors
    /// [`IssueError`] by what does not hold.
    pub fn issue(
        &self,
        _claims: &Map<String, Value>,
        _holder: Option<&Jwk>,
        _signer: &dyn Signer,
        _random: &dyn Random,
    ) -> Result<IssuedSdJwt, IssueError> {
        todo!()
    }
}

/// Issues one credential.
///
/// # Errors
/// [`IssueError`] by what does not hold.
///
/// Spec: RFC 9901 §7.1; SD-JWT VC, issuance.
pub fn issue(
    request: &IssueSdJwt<'_>,
    signer: &dyn Signer,
    random: &dyn Random,
) -> Result<IssuedSdJwt, IssueError> {
    IssueTemplate::new(request.x5c, request.disclosable, request.decoys_to_multiple_of)?.issue(
        request.claims,
        request.holder,
        signer,
        random,
    )
}
