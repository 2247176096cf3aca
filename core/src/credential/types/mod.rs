//! Credential types: labels, claims and rules as data (SD-JWT VC type metadata).
//!
//! [`TypeMetadata`] is one document; [`CredentialType`] is a document with all that it extends, and what
//! issuer, wallet and verifier ask. A type that its owner changes in any way is another version.
//!
//! Spec: SD-JWT VC, type metadata.

mod integrity;
mod metadata;
mod resolve;
mod shipped;

pub use integrity::{IntegrityError, check_integrity, integrity_of};
pub use metadata::{
    ClaimDisplay, ClaimMetadata, Disclosability, MAX_TYPE_METADATA, Rendering, SimpleRendering, TypeDisplay,
    TypeError, TypeMetadata, W3cShape,
};
pub use resolve::{ClaimsError, CredentialType, MAX_EXTENDS, ResolveError};
pub use shipped::{DRIVING_LICENCE, LAND_TITLE, RESIDENT_ID, ShippedType, shipped};

/// The entry for `locale`: the same tag, else the same language, else the first.
#[must_use]
pub fn best_for_locale<'a, T>(
    entries: &'a [T],
    locale: &str,
    of: impl Fn(&T) -> Option<&str>,
) -> Option<&'a T> {
    let language = |tag: &str| tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
    let same_tag = entries.iter().find(|entry| of(entry).is_some_and(|tag| tag.eq_ignore_ascii_case(locale)));
    let same_language =
        || entries.iter().find(|entry| of(entry).is_some_and(|tag| language(tag) == language(locale)));
    same_tag.or_else(same_language).or(entries.first())
}
