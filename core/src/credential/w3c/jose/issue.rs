//! Issuing and presenting.

use super::{JwtTimes, MAX_JWT, MAX_SD_JWT, NEVER_DISCLOSABLE};
use crate::{
    credential::{
        ClaimPath,
        sd_jwt::{self, shared::write_payload},
        w3c::model::{Credential, MediaType, ModelError, Presentation, is_key_url},
    },
    crypto::{Digest, Signer, SignerError, VerifyingKey, sha256},
    did::did_of,
    random::Random,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};
use std::fmt;

/// What a credential as JWT is made of.
#[derive(Clone, Copy)]
pub struct IssueVcJwt<'a> {
    /// The credential, without a proof.
    pub document: &'a Map<String, Value>,
    /// The DID URL of the signer's key; its DID is the `issuer`.
    pub kid: &'a str,
    /// When the signature is made and good.
    pub times: JwtTimes,
}

/// What a credential as SD-JWT is made of.
#[derive(Clone, Copy)]
pub struct IssueVcSdJwt<'a> {
    /// The same as of a JWT.
    pub credential: IssueVcJwt<'a>,
    /// What the holder may hold back.
    pub disclosable: &'a [ClaimPath],
    /// The holder's key; none for a credential that is bound to nobody.
    pub holder: Option<&'a VerifyingKey>,
    /// Each list of digests is filled up with decoys to a multiple of this. 0 and 1 add none.
    pub decoys_to_multiple_of: u8,
}

/// What a presentation as JWT is made of.
#[derive(Clone, Copy)]
pub struct IssueVpJwt<'a> {
    /// The presentation, without a proof.
    pub document: &'a Map<String, Value>,
    /// The DID URL of the holder's key.
    pub kid: &'a str,
    /// For whom it is made.
    pub audience: &'a str,
    /// Which request it answers.
    pub nonce: &'a str,
    /// When the signature is made and good.
    pub times: JwtTimes,
}

/// A credential as it leaves the issuer.
#[derive(Clone, PartialEq, Eq)]
pub struct IssuedVcJwt {
    /// The JWT, or the SD-JWT with all disclosures.
    pub compact: String,
    /// SHA-256 of the issuer's JWT alone: what the registry records as issued.
    pub jwt_digest: Digest,
}

impl fmt::Debug for IssuedVcJwt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IssuedVcJwt").field("jwt_digest", &self.jwt_digest).finish_non_exhaustive()
    }
}

/// Why nothing was issued.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VcIssueError {
    /// The document is none.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// `kid` is no DID URL, or not of the issuer or holder.
    #[error("the key is not one of the issuer's or holder's DID")]
    Kid,
    /// The document has a member that the JWT writes itself, or that belongs to another way of securing.
    #[error("the document has a member `{0}`")]
    Reserved(&'static str),
    /// What is to be disclosable cannot be.
    #[error(transparent)]
    Disclosure(#[from] sd_jwt::IssueError),
    /// Larger than is read.
    #[error("the credential would be larger than a verifier reads")]
    TooLarge,
    /// The signer failed.
    #[error(transparent)]
    Signer(#[from] SignerError),
}

/// Members that a document to be signed may not have.
const RESERVED: [&str; 13] =
    ["proof", "vc", "vp", "iss", "iat", "nbf", "exp", "jti", "sub", "aud", "nonce", "cnf", "_sd_alg"];

/// Issues a credential as `vc+jwt`.
///
/// # Errors
/// [`VcIssueError`] by the first thing that does not hold.
///
/// Spec: VC-JOSE-COSE §3.1.1.
pub fn issue_credential(request: &IssueVcJwt<'_>, signer: &dyn Signer) -> Result<IssuedVcJwt, VcIssueError> {
    check(request)?;
    let mut payload = request.document.clone();
    add_times(&mut payload, &request.times);
    let payload = serde_json::to_vec(&payload).map_err(|_| SignerError::Unwritable)?;
    let compact = sign(MediaType::VcJwt, MediaType::Vc, request.kid, &payload, signer)?;
    if compact.len() > MAX_JWT {
        return Err(VcIssueError::TooLarge);
    }
    let jwt_digest = sha256(&[compact.as_bytes()]);
    Ok(IssuedVcJwt { compact, jwt_digest })
}

/// Issues a credential as `vc+sd-jwt`.
///
/// # Errors
/// [`VcIssueError`] by the first thing that does not hold.
///
/// Spec: VC-JOSE-COSE §3.2.1; RFC 9901 §5.
pub fn issue_sd_credential(
    request: &IssueVcSdJwt<'_>,
    signer: &dyn Signer,
    random: &dyn Random,
) -> Result<IssuedVcJwt, VcIssueError> {
    check(&request.credential)?;
    let mut claims = request.credential.document.clone();
    add_times(&mut claims, &request.credential.times);
    if let Some(holder) = request.holder {
        claims.insert("cnf".into(), json!({ "jwk": holder.jwk() }));
    }
    let rules: (&[&str], _) = (&NEVER_DISCLOSABLE, request.disclosable);
    let prelude = r#""_sd_alg":"sha-256","#;
    let (payload, disclosures) =
        write_payload(prelude, &claims, rules, request.decoys_to_multiple_of, random)?;
    let jwt = sign(MediaType::VcSdJwt, MediaType::Vc, request.credential.kid, &payload, signer)?;
    let jwt_digest = sha256(&[jwt.as_bytes()]);
    let compact = format!("{jwt}~{disclosures}");
    if compact.len() > MAX_SD_JWT {
        return Err(VcIssueError::TooLarge);
    }
    Ok(IssuedVcJwt { compact, jwt_digest })
}

/// Presents as `vp+jwt`.
///
/// # Errors
/// [`VcIssueError`] by the first thing that does not hold.
///
/// Spec: VC-JOSE-COSE §3.1.2.
pub fn issue_presentation(request: &IssueVpJwt<'_>, signer: &dyn Signer) -> Result<String, VcIssueError> {
    let presentation = Presentation::from_document(request.document.clone())?;
    check_key(request.document, request.kid, presentation.holder())?;
    let mut payload = request.document.clone();
    payload.insert("aud".into(), request.audience.into());
    payload.insert("nonce".into(), request.nonce.into());
    add_times(&mut payload, &request.times);
    let payload = serde_json::to_vec(&payload).map_err(|_| SignerError::Unwritable)?;
    Ok(sign(MediaType::VpJwt, MediaType::Vp, request.kid, &payload, signer)?)
}

fn check(request: &IssueVcJwt<'_>) -> Result<(), VcIssueError> {
    let credential = Credential::from_document(request.document.clone())?;
    check_key(request.document, request.kid, Some(&credential.issuer().id))
}

fn check_key(document: &Map<String, Value>, kid: &str, signer: Option<&str>) -> Result<(), VcIssueError> {
    if let Some(reserved) = RESERVED.into_iter().find(|name| document.contains_key(*name)) {
        return Err(VcIssueError::Reserved(reserved));
    }
    let own = signer.is_none_or(|signer| did_of(kid) == signer);
    if own && is_key_url(kid) { Ok(()) } else { Err(VcIssueError::Kid) }
}

fn add_times(payload: &mut Map<String, Value>, times: &JwtTimes) {
    for (name, time) in [("iat", times.issued_at), ("nbf", times.not_before), ("exp", times.expires)] {
        if let Some(time) = time {
            payload.insert(name.into(), time.into());
        }
    }
}

fn sign(
    typ: MediaType,
    cty: MediaType,
    kid: &str,
    payload: &[u8],
    signer: &dyn Signer,
) -> Result<String, SignerError> {
    let algorithm = signer.verifying_key().algorithm().name();
    let header = json!({ "alg": algorithm, "cty": cty.short(), "kid": kid, "typ": typ.short() });
    let mut compact = URL_SAFE_NO_PAD.encode(header.to_string());
    compact.push('.');
    URL_SAFE_NO_PAD.encode_string(payload, &mut compact);
    let signature = signer.sign(compact.as_bytes())?;
    compact.push('.');
    URL_SAFE_NO_PAD.encode_string(signature, &mut compact);
    Ok(compact)
}
