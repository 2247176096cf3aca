//! The proof that a holder has the key that a credential is to be bound to.
//!
//! Spec: OpenID4VCI 1.0 §8.2.1.1, Appendix F.1.

use crate::crypto::{Signer, SignerError};

/// The `typ` of a proof.
pub const TYPE: &str = "openid4vci-proof+jwt";
/// The longest proof that is read, in bytes.
pub const MAX_PROOF: usize = 4096;

/// Makes a proof that `signer`'s key is held, for the issuer `audience`, answering its `nonce`.
///
/// # Errors
/// [`SignerError`] when the key cannot sign.
pub fn build(_signer: &dyn Signer, _audience: &str, _nonce: &str, _iat: u64) -> Result<String, SignerError> {
    todo!()
}
