//! What an issuer decides with: are these keys held by the one who asks?

use super::{
    error::{CredentialErrorCode, ErrorResponse},
    proof::{MAX_PROOF, TYPE},
    request::Proofs,
};
use crate::{
    crypto::{Algorithm, Jwk, VerifyingKey},
    jose::{JoseError, UnverifiedJws},
};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::HashSet;

/// What an issuer asks of the proofs in a request.
#[derive(Clone, Copy, Debug)]
pub struct ProofPolicy<'a> {
    /// The issuer's identifier: the `aud` of each proof.
    pub audience: &'a str,
    /// The most proofs in a request.
    pub batch_size: usize,
    /// The algorithms that the metadata announces.
    pub algorithms: &'a [Algorithm],
    /// Now, in seconds.
    pub now: u64,
}

/// How old a proof's `iat` may be, in seconds.
pub const MAX_PROOF_AGE: u64 = 300;
/// How far a proof's `iat` may be ahead of the issuer's clock, in seconds.
pub const MAX_PROOF_AHEAD: u64 = 60;

/// Proofs that hold but for their nonce, which the caller's database knows.
#[derive(Clone, Debug)]
pub struct ProofsAwaitingNonce {
    nonce: String,
    keys: Vec<VerifyingKey>,
}

/// What the caller's database says about a nonce that it has, in the same step, used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NonceUse {
    /// It was one of ours, alive and never used before; now it is used.
    Fresh,
    /// It was not.
    Stale,
}

/// Why proofs were refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProofError {
    /// There is none.
    #[error("no proof of a key")]
    Missing,
    /// More than the issuer's batch size.
    #[error("more proofs than are taken at once")]
    TooMany,
    /// Not a JWT, or a claim has the wrong type.
    #[error("a proof is malformed")]
    Malformed,
    /// `typ` is not `openid4vci-proof+jwt`.
    #[error("a proof has the wrong type")]
    Type,
    /// `alg` is not one that was announced, or not the key's.
    #[error("a proof's algorithm was not announced")]
    Algorithm,
    /// No key, or more than one way to name it.
    #[error("a proof names no key, or names it in two ways")]
    KeyParameters,
    /// The key is named by `kid` or `x5c`, which was not announced.
    #[error("a proof names its key in a way that was not announced")]
    KeyReference,
    /// The key has a private part.
    #[error("a proof carries a private key")]
    PrivateKey,
    /// The key is not one that we take.
    #[error("a proof's key is not one that we take")]
    Key,
    /// The signature is not the key's.
    #[error("a proof is not signed by its key")]
    Signature,
    /// `aud` is another issuer.
    #[error("a proof is for another issuer")]
    Audience,
    /// `iss` stands in a proof of an anonymous client.
    #[error("a proof names a client")]
    Client,
    /// `iat` is too long ago.
    #[error("a proof is too old")]
    TooOld,
    /// `iat` is ahead of the issuer's clock.
    #[error("a proof is dated ahead")]
    TooNew,
    /// There is no `nonce`.
    #[error("a proof has no nonce")]
    NonceMissing,
    /// The proofs of one request have different nonces.
    #[error("the proofs of a request have different nonces")]
    NoncesDiffer,
    /// Two proofs are of one key.
    #[error("two proofs are of one key")]
    KeyTwice,
    /// The nonce is not one of ours, or was used.
    #[error("the nonce is not fresh")]
    StaleNonce,
}

impl ProofError {
    /// The answer to give.
    #[must_use]
    pub fn response(self) -> ErrorResponse<CredentialErrorCode> {
        let code = match self {
            Self::StaleNonce => CredentialErrorCode::InvalidNonce,
            _ => CredentialErrorCode::InvalidProof,
        };
        ErrorResponse::new(code, &self.to_string())
    }
}

/// Checks everything about the proofs of a request but whether their nonce is fresh.
///
/// # Errors
/// [`ProofError`] by the first thing that does not hold.
///
/// Spec: OpenID4VCI 1.0 Appendix F.4.
pub fn verify_proofs(proofs: &Proofs, policy: &ProofPolicy<'_>) -> Result<ProofsAwaitingNonce, ProofError> {
    if proofs.jwt.len() > policy.batch_size {
        return Err(ProofError::TooMany);
    }
    let mut nonce: Option<String> = None;
    let mut keys = Vec::with_capacity(proofs.jwt.len());
    let mut distinct = HashSet::new();
    for jwt in &proofs.jwt {
        let (key, its_nonce) = verify_proof(jwt, policy)?;
        if nonce.as_ref().is_some_and(|nonce| *nonce != its_nonce) {
            return Err(ProofError::NoncesDiffer);
        }
        nonce = Some(its_nonce);
        if !distinct.insert(key.clone()) {
            return Err(ProofError::KeyTwice);
        }
        keys.push(key);
    }
    Ok(ProofsAwaitingNonce { nonce: nonce.ok_or(ProofError::Missing)?, keys })
}

fn verify_proof(jwt: &str, policy: &ProofPolicy<'_>) -> Result<(VerifyingKey, String), ProofError> {
    let jws = UnverifiedJws::parse(jwt, MAX_PROOF)?;
    if jws.typ() != Some(TYPE) {
        return Err(ProofError::Type);
    }
    let key = proven_key(jws.header())?;
    if !policy.algorithms.contains(&jws.algorithm()) || jws.algorithm() != key.algorithm() {
        return Err(ProofError::Algorithm);
    }
    let claims = jws.verify(&key)?;
    if claims.get("aud").and_then(Value::as_str) != Some(policy.audience) {
        return Err(ProofError::Audience);
    }
    // Only pre-authorized codes from wallets without a client identifier are taken.
    if claims.contains_key("iss") {
        return Err(ProofError::Client);
    }
    let iat = claims.get("iat").and_then(Value::as_u64).ok_or(ProofError::Malformed)?;
    if iat < policy.now.saturating_sub(MAX_PROOF_AGE) {
        return Err(ProofError::TooOld);
    }
    if iat > policy.now.saturating_add(MAX_PROOF_AHEAD) {
        return Err(ProofError::TooNew);
    }
    match claims.get("nonce") {
        Some(Value::String(nonce)) if !nonce.is_empty() => Ok((key, nonce.clone())),
        None => Err(ProofError::NonceMissing),
        Some(_) => Err(ProofError::Malformed),
    }
}

/// The key that a proof's header names: in `jwk`, the one way that is announced.
fn proven_key(header: &Map<String, Value>) -> Result<VerifyingKey, ProofError> {
    let named = ["jwk", "kid", "x5c", "trust_chain"].into_iter().filter(|way| header.contains_key(*way));
    match named.collect::<Vec<_>>().as_slice() {
        ["jwk"] => {}
        [_] => return Err(ProofError::KeyReference),
        _ => return Err(ProofError::KeyParameters),
    }
    let jwk = header.get("jwk").and_then(Value::as_object).ok_or(ProofError::Key)?;
    if ["d", "k", "p", "q", "dp", "dq", "qi", "oth", "priv"].iter().any(|part| jwk.contains_key(*part)) {
        return Err(ProofError::PrivateKey);
    }
    Jwk::deserialize(jwk).ok().and_then(|jwk| jwk.key().ok()).ok_or(ProofError::Key)
}

impl From<JoseError> for ProofError {
    fn from(error: JoseError) -> Self {
        match error {
            JoseError::Algorithm => Self::Algorithm,
            JoseError::Signature => Self::Signature,
            _ => Self::Malformed,
        }
    }
}

impl ProofsAwaitingNonce {
    /// The nonce to look up and use up, in one step.
    #[must_use]
    pub fn nonce(&self) -> &str {
        &self.nonce
    }

    /// The keys, in the order of the proofs, once the nonce is known to have been fresh.
    ///
    /// # Errors
    /// [`ProofError::StaleNonce`] when it was not.
    pub fn into_keys(self, nonce: NonceUse) -> Result<Vec<VerifyingKey>, ProofError> {
        match nonce {
            NonceUse::Fresh => Ok(self.keys),
            NonceUse::Stale => Err(ProofError::StaleNonce),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        crypto::{Signer, SoftwareKey, testing::key},
        issuance::proof,
        jose,
    };
    use serde_json::json;

    const ISSUER: &str = "https://residents.example";
    const NOW: u64 = 1_790_000_000;

    fn policy() -> ProofPolicy<'static> {
        ProofPolicy { audience: ISSUER, batch_size: 4, algorithms: &[Algorithm::Es256], now: NOW }
    }

    fn holder(seed: u64) -> SoftwareKey {
        key(Algorithm::Es256, seed)
    }

    fn good(seed: u64) -> String {
        proof::build(&holder(seed), ISSUER, "n-1", NOW).unwrap()
    }

    fn judge(jwts: &[String]) -> Result<ProofsAwaitingNonce, ProofError> {
        verify_proofs(&Proofs { jwt: jwts.to_vec() }, &policy())
    }

    fn refusal(jwts: &[String]) -> ProofError {
        judge(jwts).unwrap_err()
    }

    /// A proof with members of its header and claims replaced (or, by null, taken out).
    fn forged(header: Value, claims: Value) -> String {
        let key = holder(1);
        let mut all_claims = json!({ "aud": ISSUER, "iat": NOW, "nonce": "n-1" });
        let mut all_header = json!({ "jwk": key.verifying_key().jwk() });
        let mut typ = proof::TYPE.to_owned();
        for (into, changes) in [(&mut all_header, header), (&mut all_claims, claims)] {
            let into = into.as_object_mut().unwrap();
            for (name, value) in changes.as_object().unwrap() {
                match value {
                    Value::Null => drop(into.remove(name)),
                    Value::String(text) if name == "typ" => typ.clone_from(text),
                    value => drop(into.insert(name.clone(), value.clone())),
                }
            }
        }
        jose::sign(&typ, all_header.as_object().unwrap().clone(), &all_claims, &key).unwrap()
    }

    #[test]
    fn takes_a_batch_of_proofs_with_one_fresh_nonce() {
        let proofs = judge(&[good(1), good(2)]).unwrap();
        assert_eq!(proofs.nonce(), "n-1");
        let keys = proofs.into_keys(NonceUse::Fresh).unwrap();
        assert_eq!(keys, [1, 2].map(|seed| holder(seed).verifying_key().clone()));
    }

    #[test]
    fn refuses_a_stale_nonce_with_its_own_code_and_a_missing_one_as_a_bad_proof() {
        let stale = judge(&[good(1)]).unwrap().into_keys(NonceUse::Stale).unwrap_err();
        assert_eq!(stale, ProofError::StaleNonce);
        assert_eq!(stale.response().error, CredentialErrorCode::InvalidNonce);
        let missing = refusal(&[forged(json!({}), json!({ "nonce": null }))]);
        assert_eq!(missing, ProofError::NonceMissing);
        assert_eq!(missing.response().error, CredentialErrorCode::InvalidProof);
    }

    #[test]
    fn refuses_no_proof_and_too_many() {
        assert_eq!(refusal(&[]), ProofError::Missing);
        assert_eq!(refusal(&[1, 2, 3, 4, 5].map(good)), ProofError::TooMany);
    }

    #[test]
    fn refuses_one_key_twice_and_two_nonces_in_a_batch() {
        assert_eq!(refusal(&[good(1), good(1)]), ProofError::KeyTwice);
        let other = proof::build(&holder(2), ISSUER, "n-2", NOW).unwrap();
        assert_eq!(refusal(&[good(1), other]), ProofError::NoncesDiffer);
    }

    #[test]
    fn refuses_a_proof_that_carries_a_private_key() {
        let mut jwk = serde_json::to_value(holder(1).verifying_key().jwk()).unwrap();
        jwk["d"] = "AA".into();
        assert_eq!(refusal(&[forged(json!({ "jwk": jwk }), json!({}))]), ProofError::PrivateKey);
    }

    #[test]
    fn refuses_two_key_parameters_none_and_one_that_was_not_announced() {
        assert_eq!(refusal(&[forged(json!({ "kid": "did:x#0" }), json!({}))]), ProofError::KeyParameters);
        assert_eq!(refusal(&[forged(json!({ "jwk": null }), json!({}))]), ProofError::KeyParameters);
        let kid_alone = forged(json!({ "jwk": null, "kid": "did:x#0" }), json!({}));
        assert_eq!(refusal(&[kid_alone]), ProofError::KeyReference);
        assert_eq!(refusal(&[forged(json!({ "jwk": {"kty": "RSA"} }), json!({}))]), ProofError::Key);
    }

    #[test]
    fn refuses_an_algorithm_that_was_not_announced() {
        let edwards = proof::build(&key(Algorithm::Ed25519, 1), ISSUER, "n-1", NOW).unwrap();
        assert_eq!(refusal(&[edwards]), ProofError::Algorithm);
        let none = good(1);
        let (_, rest) = none.split_once('.').unwrap();
        assert_eq!(refusal(&[format!("eyJhbGciOiJub25lIn0.{rest}")]), ProofError::Algorithm);
    }

    #[test]
    fn refuses_a_proof_for_another_issuer_or_of_another_type_or_key() {
        let elsewhere = json!({ "aud": "https://elsewhere.example" });
        assert_eq!(refusal(&[forged(json!({}), elsewhere)]), ProofError::Audience);
        assert_eq!(refusal(&[forged(json!({}), json!({ "aud": [ISSUER] }))]), ProofError::Audience);
        assert_eq!(refusal(&[forged(json!({ "typ": "JWT" }), json!({}))]), ProofError::Type);
        let others = json!({ "jwk": holder(2).verifying_key().jwk() });
        assert_eq!(refusal(&[forged(others, json!({}))]), ProofError::Signature);
        assert_eq!(refusal(&[forged(json!({}), json!({ "iss": "client" }))]), ProofError::Client);
    }

    #[test]
    fn refuses_proofs_from_too_long_ago_or_ahead() {
        let dated = |iat: u64| forged(json!({}), json!({ "iat": iat }));
        assert!(judge(&[dated(NOW - MAX_PROOF_AGE)]).is_ok());
        assert!(judge(&[dated(NOW + MAX_PROOF_AHEAD)]).is_ok());
        assert_eq!(refusal(&[dated(NOW - MAX_PROOF_AGE - 1)]), ProofError::TooOld);
        assert_eq!(refusal(&[dated(NOW + MAX_PROOF_AHEAD + 1)]), ProofError::TooNew);
        assert_eq!(refusal(&[forged(json!({}), json!({ "iat": "now" }))]), ProofError::Malformed);
    }
}
