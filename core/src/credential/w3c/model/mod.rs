//! The data model: what a credential and a presentation are made of.
//!
//! A document is read once into a [`Credential`] or a [`Presentation`], which exist only where the whole
//! structure holds; what the terms mean, and whether anyone signed it, is decided elsewhere. Stricter than
//! the specification: an object that names a member twice is refused, `@context` is an array, and
//! everything has a limit.
//!
//! Spec: Verifiable Credentials Data Model 2.0 (W3C Recommendation, 2025).

mod credential;
mod digest;
mod enveloped;
mod language;
mod limits;
mod media_type;
mod members;
mod presentation;
#[cfg(test)]
mod tests;
mod time;
mod url;

pub use credential::{Credential, Issuer, Schema, Status, Subject};
pub use digest::{DigestError, RelatedResource};
pub use enveloped::Enveloped;
pub use language::{Direction, LanguageValue};
pub(in crate::credential::w3c) use limits::read as read_document;
pub use limits::{MAX_DEPTH, MAX_DOCUMENT, MAX_ITEMS, MAX_VALUES};
pub use media_type::{MediaType, MediaTypeError};
pub use presentation::{Presentation, PresentedCredential};
pub use time::{DateTimeStamp, DateTimeStampError};
pub use url::{MAX_URL, is_key_url, is_url};

use crate::status::bitstring::BitstringError;

/// The context that every document names first.
pub const CONTEXT_V2: &str = "https://www.w3.org/ns/credentials/v2";
/// The `type` of every credential.
pub const CREDENTIAL: &str = "VerifiableCredential";
/// The `type` of every presentation.
pub const PRESENTATION: &str = "VerifiablePresentation";

/// Why a document is no credential or presentation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ModelError {
    /// Over one of the limits of this module.
    #[error("the document is larger, deeper or has more parts than is read")]
    TooLarge,
    /// Not a JSON object whose objects have distinct members.
    #[error("not a JSON object of distinct members")]
    Json,
    /// `@context` is not an array that starts with that of the data model 2.0, or has an item that is
    /// neither a URL nor an object.
    #[error("`@context` does not start with that of the data model 2.0, or is malformed")]
    Context,
    /// `type` is missing, malformed, or not that of what was expected.
    #[error("`type` is missing, malformed or of another kind of document")]
    Type,
    /// A member is missing or has the wrong form.
    #[error("`{0}` is missing or malformed")]
    Member(&'static str),
    /// A time is no date and time with a zone.
    #[error("`{0}` is not a date and time with a zone")]
    Time(&'static str),
    /// `validFrom` is after `validUntil`.
    #[error("the validity ends before it starts")]
    Validity,
    /// A subject is missing or says nothing.
    #[error("`credentialSubject` is missing or empty")]
    Subject,
    /// An entry of a bitstring status list is malformed.
    #[error("`credentialStatus`: {0}")]
    Status(#[from] BitstringError),
    /// A related resource has no digest, one that is malformed, or is named twice.
    #[error("`relatedResource` has no digest, a malformed one, or names a resource twice")]
    RelatedResource,
    /// A name or description is neither text nor text with language and direction.
    #[error("`{0}` is neither text nor text with its language and direction")]
    Language(&'static str),
    /// A credential in a presentation is not an object, or neither embedded nor enveloped.
    #[error("a presented credential is not an object that embeds or envelops one")]
    Presented,
    /// A credential that nobody secured is presented by somebody else than its issuer.
    #[error("an unsecured credential is not issued by the holder who presents it")]
    SelfAsserted,
}
