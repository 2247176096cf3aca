//! Decentralized identifiers: did:key and did:jwk, which are their own keys; did:web and did:webvh,
//! which web sites serve; and did:yufu, which the registry holds.
//!
//! Spec: DID Core 1.0.

mod bound;
mod document;
pub mod instant;
pub mod jwk;
pub mod key;
mod methods;
pub mod resolution;
mod resolver;
pub mod web;
pub mod webvh;
pub mod yufu;

pub use bound::{BindingError, BoundIssuer};
pub use document::{
    Document, KeyMaterial, MAX_DOCUMENT, MethodUse, Relationship, Service, VerificationMethod,
};
pub use methods::{MethodError, Resolved, VerificationMethods};
pub use resolution::{Resolution, ResolveError};
pub use resolver::{Registry, Resolver, ResolverOptions};

/// Why a DID was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DidError {
    /// Of another method than was asked for.
    #[error("a DID of another method")]
    Method,
    /// The identifier is not encoded as its method says.
    #[error("the DID is malformed")]
    Malformed,
    /// The key is not of a kind that we take, or not a key at all.
    #[error("the DID's key is not one that we take")]
    Key,
}

/// Why bytes are not a DID document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    /// More bytes than a document may have.
    #[error("the document is too large")]
    TooLarge,
    /// Not a JSON object, or a member stands twice.
    #[error("the document is not a JSON object of distinct members")]
    NotJson,
    /// The first context is not that of DIDs.
    #[error("the document's context is not that of DIDs")]
    Context,
    /// No `id`, or it is no DID.
    #[error("the document's id is not a DID")]
    Id,
    /// The document is of another DID than was asked for.
    #[error("the document is another's")]
    OtherId,
    /// `alsoKnownAs` is not a list of identifiers.
    #[error("the document's other names are malformed")]
    AlsoKnownAs,
    /// A controller is no DID.
    #[error("the document's controller is not a DID")]
    Controller,
    /// A verification method, or a reference to one, is malformed.
    #[error("a verification method of the document is malformed")]
    Method,
    /// A secret stands where a public key belongs.
    #[error("the document holds a private key")]
    PrivateKey,
    /// A service is malformed.
    #[error("a service of the document is malformed")]
    Service,
    /// A list has too many entries.
    #[error("a list of the document is too long")]
    TooMany,
    /// Two methods or services have one identifier, or a name stands twice.
    #[error("an identifier stands twice in the document")]
    Duplicate,
}

/// The longest DID that is taken, in bytes.
pub const MAX_DID: usize = 2048;

/// Whether `text` is a DID: a method and an identifier, no path, query or fragment.
///
/// Spec: DID Core 1.0 §3.1.
#[must_use]
pub fn is_did(text: &str) -> bool {
    let parts = text.strip_prefix("did:").and_then(|rest| rest.split_once(':'));
    let Some((method, identifier)) = parts.filter(|_| text.len() <= MAX_DID) else { return false };
    !method.is_empty()
        && method.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        && !identifier.is_empty()
        && !identifier.ends_with(':')
        && has_only_id_characters(identifier.as_bytes())
}

fn has_only_id_characters(mut rest: &[u8]) -> bool {
    while let Some((&byte, tail)) = rest.split_first() {
        rest = match (byte, tail) {
            (b'%', [high, low, tail @ ..]) if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => tail,
            (byte, tail) if byte.is_ascii_alphanumeric() || b".-_:".contains(&byte) => tail,
            _ => return false,
        };
    }
    true
}

/// The DID of a DID URL: what stands before its path, query or fragment.
#[must_use]
pub fn did_of(url: &str) -> &str {
    url.split(['/', '?', '#']).next().unwrap_or(url)
}
