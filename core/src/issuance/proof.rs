//! The proof that a holder has the key that a credential is to be bound to.
//!
//! Spec: OpenID4VCI 1.0 §8.2.1.1, Appendix F.1.

use crate::{
    crypto::{Signer, SignerError},
    jose,
};
use serde_json::{Map, Value, json};

/// The `typ` of a proof.
pub const TYPE: &str = "openid4vci-proof+jwt";
/// The longest proof that is read, in bytes.
pub const MAX_PROOF: usize = 4096;

/// Makes a proof that `signer`'s key is held, for the issuer `audience`, answering its `nonce`. `iat` is
/// now, in seconds. There is no `iss`: the wallet is an anonymous client.
///
/// # Errors
/// [`SignerError`] when the key cannot sign.
pub fn build(signer: &dyn Signer, audience: &str, nonce: &str, iat: u64) -> Result<String, SignerError> {
    let jwk = serde_json::to_value(signer.verifying_key().jwk()).map_err(|_| SignerError::Unwritable)?;
    let header: Map<String, Value> = [("jwk".to_owned(), jwk)].into_iter().collect();
    jose::sign(TYPE, header, &json!({ "aud": audience, "iat": iat, "nonce": nonce }), signer)
}
