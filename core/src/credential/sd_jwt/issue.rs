//! The issuer's side.

use super::{
    MAX_SD_JWT, StatusReference, TYPE,
    writer::{Rule, Writer},
};
use crate::{
    credential::ClaimPath,
    crypto::{
        CertificateError, Digest, Jwk, LeafCertificate, Signer, SignerError, VerifyingKey,
        certificate::{MAX_CHAIN, encode_x5c},
        sha256,
    },
    random::{Random, RandomError},
    time::start_of_day,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};
use std::fmt;

/// What goes into one credential.
#[derive(Clone, Copy)]
pub struct IssueSdJwt<'a> {
    /// The claims, `vct` and the times among them: `vct`, `iat`, `exp` and `status` are required, the
    /// times are whole UTC days (see [`crate::time::start_of_day`]). `iss` is taken from the leaf,
    /// `cnf` from `holder`.
    pub claims: &'a Map<String, Value>,
    /// Which claims the holder may hold back. A path that leads nowhere in `claims` is no error.
    pub disclosable: &'a [ClaimPath],
    /// The holder's key; none for a credential that is bound to nobody.
    pub holder: Option<&'a VerifyingKey>,
    /// The issuer's certificates in DER, leaf first, without the anchor.
    pub x5c: &'a [Vec<u8>],
    /// Each list of digests is filled up with decoys to a multiple of this, so that it does not tell
    /// how many claims there are. 0 and 1 add none.
    pub decoys_to_multiple_of: u8,
}

/// A credential as it leaves the issuer.
#[derive(Clone, PartialEq, Eq)]
pub struct IssuedSdJwt {
    /// `<issuer's JWT>~<disclosure>~…~`, with no key binding.
    pub compact: String,
    /// SHA-256 of the issuer's JWT alone: what the registry records as issued.
    pub jwt_digest: Digest,
}

impl fmt::Debug for IssueSdJwt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IssueSdJwt").field("disclosable", &self.disclosable).finish_non_exhaustive()
    }
}

impl fmt::Debug for IssuedSdJwt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IssuedSdJwt").field("jwt_digest", &self.jwt_digest).finish_non_exhaustive()
    }
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
#[derive(Clone)]
pub struct IssueTemplate {
    /// The header with `x5c`, in base64url, and the dot after it.
    header: String,
    /// The start of every payload: `iss` and `_sd_alg`, with a comma after each.
    prelude: String,
    leaf: LeafCertificate,
    rules: Rule,
    decoys_to_multiple_of: usize,
}

impl fmt::Debug for IssueTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IssueTemplate").field("iss", &self.leaf.did).finish_non_exhaustive()
    }
}

impl IssueTemplate {
    /// Prepares a chain, disclosure rules and decoys; the parameters are the fields of [`IssueSdJwt`].
    ///
    /// # Errors
    /// [`IssueError::Certificate`], [`IssueError::NeverDisclosable`], [`IssueError::ReservedName`],
    /// [`IssueError::Path`].
    pub fn new(
        x5c: &[Vec<u8>],
        disclosable: &[ClaimPath],
        decoys_to_multiple_of: u8,
    ) -> Result<Self, IssueError> {
        let leaf_der = x5c.first().filter(|_| x5c.len() <= MAX_CHAIN).ok_or(CertificateError::Chain)?;
        let leaf = LeafCertificate::parse(leaf_der)?;
        let header = json!({ "alg": leaf.key.algorithm().name(), "typ": TYPE, "x5c": encode_x5c(x5c) });
        let mut header = URL_SAFE_NO_PAD.encode(header.to_string());
        header.push('.');
        Ok(Self {
            header,
            prelude: format!(r#""iss":{},"_sd_alg":"sha-256","#, Value::from(leaf.did.as_str())),
            leaf,
            rules: Rule::of(disclosable)?,
            decoys_to_multiple_of: decoys_to_multiple_of.into(),
        })
    }

    /// Issues one credential; the parameters are the fields of [`IssueSdJwt`].
    ///
    /// # Errors
    /// [`IssueError`] by what does not hold.
    pub fn issue(
        &self,
        claims: &Map<String, Value>,
        holder: Option<&VerifyingKey>,
        signer: &dyn Signer,
        random: &dyn Random,
    ) -> Result<IssuedSdJwt, IssueError> {
        check_profile(claims)?;
        self.issue_any(claims, holder, signer, random)
    }

    /// Issues without asking for the claims that our profile requires.
    pub(super) fn issue_any(
        &self,
        claims: &Map<String, Value>,
        holder: Option<&VerifyingKey>,
        signer: &dyn Signer,
        random: &dyn Random,
    ) -> Result<IssuedSdJwt, IssueError> {
        if *signer.verifying_key() != self.leaf.key {
            return Err(IssueError::WrongKey);
        }
        let mut prelude = self.prelude.clone();
        match claims.get("iss") {
            None => {}
            // Written by the template.
            Some(Value::String(iss)) if *iss == self.leaf.did => {}
            Some(_) => return Err(IssueError::WrongIssuer),
        }
        if let Some(reserved) = ["cnf", "_sd_alg"].into_iter().find(|name| claims.contains_key(*name)) {
            return Err(IssueError::ReservedName(reserved.to_owned()));
        }
        if let Some(holder) = holder {
            push_confirmation(&mut prelude, holder);
        }
        let mut writer = Writer::new(self.decoys_to_multiple_of, random);
        writer.top(&prelude, claims, &self.rules)?;
        let Writer { json, disclosures, .. } = writer;

        let mut compact =
            String::with_capacity(self.header.len() + json.len() * 4 / 3 + disclosures.len() + 96);
        compact.push_str(&self.header);
        URL_SAFE_NO_PAD.encode_string(&json, &mut compact);
        let signature = signer.sign(compact.as_bytes())?;
        compact.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut compact);
        let jwt_digest = sha256(&[compact.as_bytes()]);
        compact.push('~');
        compact.push_str(&disclosures);
        if compact.len() > MAX_SD_JWT {
            return Err(IssueError::TooLarge);
        }
        Ok(IssuedSdJwt { compact, jwt_digest })
    }
}

/// Issues one credential.
///
/// # Errors
/// [`IssueError`] by what does not hold.
///
/// Spec: RFC 9901 §5; SD-JWT VC, issuance.
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

/// What every credential of ours says of itself.
fn check_profile(claims: &Map<String, Value>) -> Result<(), IssueError> {
    match claims.get("vct") {
        Some(Value::String(vct)) if !vct.is_empty() => {}
        _ => return Err(IssueError::Required("vct")),
    }
    for (name, required) in [("iat", true), ("nbf", false), ("exp", true)] {
        match claims.get(name).map(Value::as_u64) {
            None if !required => {}
            Some(Some(seconds)) if seconds == start_of_day(seconds) => {}
            Some(Some(_)) => return Err(IssueError::NotWholeDay(name)),
            None | Some(None) => return Err(IssueError::Required(name)),
        }
    }
    let status = claims.get("status").and_then(StatusReference::from_claim);
    status.map(|_| ()).ok_or(IssueError::Required("status"))
}

/// The `cnf` claim with nothing but the required members of the key, which need no escaping.
fn push_confirmation(payload: &mut String, holder: &VerifyingKey) {
    let Jwk { kty, crv, x, y, .. } = holder.jwk();
    payload.push_str(r#""cnf":{"jwk":{"kty":""#);
    payload.push_str(&kty);
    payload.push_str(r#"","crv":""#);
    payload.push_str(&crv);
    payload.push_str(r#"","x":""#);
    payload.push_str(&x);
    if let Some(y) = y {
        payload.push_str(r#"","y":""#);
        payload.push_str(&y);
    }
    payload.push_str(r#""}},"#);
}
