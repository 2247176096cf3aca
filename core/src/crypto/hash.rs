//! SHA-256.

/// A SHA-256 digest.
pub type Digest = [u8; 32];

/// SHA-256 over the parts, one after the other. Callers that hash more than one variable part put a
/// length or a tag between them.
#[must_use]
pub fn sha256(parts: &[&[u8]]) -> Digest {
    let mut context = ring::digest::Context::new(&ring::digest::SHA256);
    for part in parts {
        context.update(part);
    }
    let mut out = [0; 32];
    out.copy_from_slice(context.finish().as_ref());
    out
}
