//! Integrity strings: a document named together with its hash.
//!
//! Spec: W3C Subresource Integrity §3; SD-JWT VC, document integrity.

use base64::{Engine, engine::general_purpose::STANDARD};
use ring::digest::{Algorithm, SHA256, SHA384, SHA512, digest};

/// Why a document is not the one that was named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IntegrityError {
    /// No part of the string names a hash that we know.
    #[error("the integrity string names no known hash")]
    NoHash,
    /// The document has another hash.
    #[error("the document is not the one that was named")]
    Mismatch,
}

/// From weakest to strongest.
static HASHES: [(&str, &Algorithm); 3] = [("sha256", &SHA256), ("sha384", &SHA384), ("sha512", &SHA512)];

/// Checks `document` against `integrity`: hashes in standard base64 with spaces between them, of which
/// the strongest decides. Parts that name an unknown hash are passed over.
///
/// # Errors
/// [`IntegrityError`].
pub fn check_integrity(document: &[u8], integrity: &str) -> Result<(), IntegrityError> {
    let parts = integrity.split_ascii_whitespace().filter_map(|part| {
        let (name, hash) = part.split_once('-')?;
        let strength = HASHES.iter().position(|(known, _)| *known == name)?;
        // What follows `?` are options, of which there are none yet.
        Some((strength, hash.split('?').next().unwrap_or_default()))
    });
    let parts: Vec<_> = parts.collect();
    let strongest = parts.iter().map(|(strength, _)| *strength).max().ok_or(IntegrityError::NoHash)?;
    let expected = STANDARD.encode(digest(HASHES[strongest].1, document));
    let same = parts.iter().any(|(strength, hash)| *strength == strongest && *hash == expected);
    if same { Ok(()) } else { Err(IntegrityError::Mismatch) }
}

/// The integrity string of `document`, by SHA-256.
#[must_use]
pub fn integrity_of(document: &[u8]) -> String {
    format!("sha256-{}", STANDARD.encode(digest(&SHA256, document)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str, algorithm: &'static Algorithm, document: &[u8]) -> String {
        format!("{name}-{}", STANDARD.encode(digest(algorithm, document)))
    }

    #[test]
    fn the_strongest_hash_decides() {
        let good = integrity_of(b"document");
        assert_eq!(check_integrity(b"document", &good), Ok(()));
        assert_eq!(check_integrity(b"other", &good), Err(IntegrityError::Mismatch));
        let strong_of_another = format!("{good} {}", named("sha512", &SHA512, b"other"));
        assert_eq!(check_integrity(b"document", &strong_of_another), Err(IntegrityError::Mismatch));
        let weak_of_another = format!("{} {}", integrity_of(b"other"), named("sha384", &SHA384, b"document"));
        assert_eq!(check_integrity(b"document", &weak_of_another), Ok(()));
    }

    #[test]
    fn refuses_strings_without_a_known_hash_or_in_base64url() {
        for bad in ["", "md5-AAAA", "sha256", "sha1-AAAA?x"] {
            assert_eq!(check_integrity(b"document", bad), Err(IntegrityError::NoHash), "{bad}");
        }
        let url_safe = integrity_of(b"document").replace('/', "_").replace('+', "-").replace('=', "");
        assert_eq!(check_integrity(b"document", &url_safe), Err(IntegrityError::Mismatch));
    }
}
