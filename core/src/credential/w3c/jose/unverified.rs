//! What was received, and what it is once its signature holds.

use super::{
    JwtTimes, MAX_JWT, NEVER_DISCLOSABLE, VcJoseError,
    claims::{audiences, check_credential, check_payload, same},
};
use crate::{
    credential::{
        sd_jwt::{
            ExpectedKeyBinding, KeyBindingClaims, KeyBindingError, UnverifiedSdJwt,
            shared::{confirmation_key, resolve_but, verify_key_binding},
        },
        w3c::model::{Credential, MediaType, Presentation, is_key_url},
    },
    crypto::{Digest, VerifyingKey, sha256},
    did::did_of,
    jose::UnverifiedJws,
};
use serde_json::{Map, Value};
use std::fmt;

/// A credential as JWT or SD-JWT, read but not verified.
#[derive(Clone)]
pub struct UnverifiedVcJwt<'a> {
    jws: UnverifiedJws<'a>,
    compact: &'a str,
    kid: String,
    sd_jwt: Option<UnverifiedSdJwt<'a>>,
}

impl fmt::Debug for UnverifiedVcJwt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnverifiedVcJwt").field("kid", &self.kid).finish_non_exhaustive()
    }
}

/// A credential whose signature holds. Whether the key is the issuer's to sign with, whoever resolved it
/// has decided.
#[derive(Clone)]
pub struct JwtCredential {
    credential: Credential,
    kid: String,
    times: JwtTimes,
    digest: Digest,
    holder: Option<VerifyingKey>,
    key_binding: Option<(String, Digest)>,
}

impl fmt::Debug for JwtCredential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JwtCredential").field("kid", &self.kid).finish_non_exhaustive()
    }
}

impl<'a> UnverifiedVcJwt<'a> {
    /// Reads a `vc+jwt`.
    ///
    /// # Errors
    /// [`VcJoseError`] by the first thing that does not hold.
    pub fn parse(compact: &'a str) -> Result<Self, VcJoseError> {
        let (jws, kid) = read(compact, MediaType::VcJwt, MediaType::Vc)?;
        Ok(Self { jws, compact, kid, sd_jwt: None })
    }

    /// Reads a `vc+sd-jwt`, with or without a key binding.
    ///
    /// # Errors
    /// [`VcJoseError`] by the first thing that does not hold.
    pub fn parse_sd(text: &'a str) -> Result<Self, VcJoseError> {
        let sd_jwt = UnverifiedSdJwt::parse(text)?;
        let compact = sd_jwt.issuer_jwt();
        let (jws, kid) = read(compact, MediaType::VcSdJwt, MediaType::Vc)?;
        Ok(Self { jws, compact, kid, sd_jwt: Some(sd_jwt) })
    }

    /// The DID URL of the key that it names.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The credential *before its signature was checked*, for what must be known to find the key.
    ///
    /// # Errors
    /// [`VcJoseError`] by the first thing that does not hold.
    pub fn credential_before_verification(&self) -> Result<Credential, VcJoseError> {
        self.read(self.jws.claims_before_verification()?).map(|(credential, _)| credential)
    }

    /// The credential, once the signature verifies under `key`, which is that of [`kid`](Self::kid), and
    /// is good at `now` (seconds).
    ///
    /// # Errors
    /// [`VcJoseError`] by the first thing that does not hold.
    pub fn verify(&self, key: &VerifyingKey, now: u64) -> Result<JwtCredential, VcJoseError> {
        let claims = self.jws.verify(key)?;
        let times = JwtTimes::read(&claims)?;
        let holder = match (&self.sd_jwt, claims.get("cnf")) {
            (Some(_), Some(cnf)) => Some(confirmation_key(cnf).ok_or(VcJoseError::Claim("cnf"))?),
            _ => None,
        };
        let (credential, _) = self.read(claims)?;
        times.check(now)?;
        let presented = self.sd_jwt.as_ref();
        let key_binding = presented.and_then(|sd_jwt| {
            Some((sd_jwt.key_binding()?.to_owned(), sha256(&[sd_jwt.presented().as_bytes()])))
        });
        Ok(JwtCredential {
            credential,
            kid: self.kid.clone(),
            times,
            digest: sha256(&[self.compact.as_bytes()]),
            holder,
            key_binding,
        })
    }

    fn read(&self, mut claims: Map<String, Value>) -> Result<(Credential, JwtTimes), VcJoseError> {
        if let Some(sd_jwt) = &self.sd_jwt {
            resolve_but(&NEVER_DISCLOSABLE, &mut claims, sd_jwt.disclosures())?;
        }
        check_payload(&claims)?;
        let times = JwtTimes::read(&claims)?;
        let credential = Credential::from_document(claims)?;
        check_credential(credential.document(), &credential)?;
        if did_of(&self.kid) != credential.issuer().id {
            return Err(VcJoseError::OtherSigner);
        }
        Ok((credential, times))
    }
}

impl JwtCredential {
    /// The credential; disclosures are in place, and claims of the JWT are among its members.
    #[must_use]
    pub fn credential(&self) -> &Credential {
        &self.credential
    }

    /// The credential.
    #[must_use]
    pub fn into_credential(self) -> Credential {
        self.credential
    }

    /// The DID URL of the key that signed.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// When it was signed.
    #[must_use]
    pub fn times(&self) -> &JwtTimes {
        &self.times
    }

    /// SHA-256 of the issuer's compact JWT, without disclosures: what the registry records as issued.
    #[must_use]
    pub fn digest(&self) -> &Digest {
        &self.digest
    }

    /// SD-JWT only: the holder's key, where the credential is bound to one.
    #[must_use]
    pub fn holder(&self) -> Option<&VerifyingKey> {
        self.holder.as_ref()
    }

    /// SD-JWT only: checks the key binding that came with it.
    ///
    /// # Errors
    /// [`KeyBindingError`] by the first thing that does not hold.
    pub fn verify_key_binding(
        &self,
        expected: &ExpectedKeyBinding<'_>,
    ) -> Result<KeyBindingClaims, KeyBindingError> {
        let (jwt, sd_hash) = self.key_binding.as_ref().ok_or(KeyBindingError::Missing)?;
        verify_key_binding(jwt, sd_hash, self.holder().ok_or(KeyBindingError::Unbound)?, expected)
    }
}

/// A presentation as JWT, read but not verified.
#[derive(Clone)]
pub struct UnverifiedVpJwt<'a> {
    jws: UnverifiedJws<'a>,
    kid: String,
}

impl fmt::Debug for UnverifiedVpJwt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnverifiedVpJwt").field("kid", &self.kid).finish_non_exhaustive()
    }
}

/// A presentation whose signature holds.
#[derive(Clone, Debug)]
pub struct JwtPresentation {
    /// The presentation; claims of the JWT are among its members.
    pub presentation: Presentation,
    /// The DID URL of the key that signed.
    pub kid: String,
    /// When it was signed.
    pub times: JwtTimes,
    /// `aud`: for whom it was made.
    pub audiences: Vec<String>,
    /// `nonce`: which request it answers.
    pub nonce: Option<String>,
}

impl<'a> UnverifiedVpJwt<'a> {
    /// Reads a `vp+jwt`.
    ///
    /// # Errors
    /// [`VcJoseError`] by the first thing that does not hold.
    pub fn parse(compact: &'a str) -> Result<Self, VcJoseError> {
        let (jws, kid) = read(compact, MediaType::VpJwt, MediaType::Vp)?;
        Ok(Self { jws, kid })
    }

    /// The DID URL of the key that it names.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The presentation *before its signature was checked*, for what must be known to find the keys.
    ///
    /// # Errors
    /// [`VcJoseError`] by the first thing that does not hold.
    pub fn presentation_before_verification(&self) -> Result<Presentation, VcJoseError> {
        self.read(self.jws.claims_before_verification()?)
    }

    /// The presentation, once the signature verifies under `key`, which is that of [`kid`](Self::kid),
    /// and is good at `now` (seconds). For whom and what it was made the caller asks next.
    ///
    /// # Errors
    /// [`VcJoseError`] by the first thing that does not hold.
    pub fn verify(&self, key: &VerifyingKey, now: u64) -> Result<JwtPresentation, VcJoseError> {
        let claims = self.jws.verify(key)?;
        let times = JwtTimes::read(&claims)?;
        let audiences = audiences(&claims)?;
        let nonce = match claims.get("nonce") {
            None => None,
            Some(Value::String(nonce)) => Some(nonce.clone()),
            Some(_) => return Err(VcJoseError::Claim("nonce")),
        };
        let presentation = self.read(claims)?;
        times.check(now)?;
        Ok(JwtPresentation { presentation, kid: self.kid.clone(), times, audiences, nonce })
    }

    fn read(&self, claims: Map<String, Value>) -> Result<Presentation, VcJoseError> {
        check_payload(&claims)?;
        let presentation = Presentation::from_document(claims)?;
        let signer = did_of(&self.kid);
        same(presentation.document(), "iss", Some(signer))?;
        same(presentation.document(), "jti", presentation.id())?;
        if presentation.holder().is_some_and(|holder| holder != signer) {
            return Err(VcJoseError::OtherSigner);
        }
        Ok(presentation)
    }
}

/// Reads a JWS of the kind `typ`, whose payload is of the kind `cty`, and the key that it names.
fn read(compact: &str, typ: MediaType, cty: MediaType) -> Result<(UnverifiedJws<'_>, String), VcJoseError> {
    let jws = UnverifiedJws::parse(compact, MAX_JWT)?;
    if !jws.typ().is_some_and(|name| typ.is_named_by(name)) {
        return Err(VcJoseError::Type);
    }
    match jws.header().get("cty") {
        None => {}
        Some(Value::String(name)) if cty.is_named_by(name) => {}
        Some(_) => return Err(VcJoseError::ContentType),
    }
    if ["jwk", "jku", "x5c", "x5u", "x5t", "x5t#S256"].iter().any(|other| jws.header().contains_key(*other)) {
        return Err(VcJoseError::KeyReference);
    }
    let kid = jws.header().get("kid").ok_or(VcJoseError::KeyReference)?;
    let kid = kid.as_str().filter(|kid| is_key_url(kid)).ok_or(VcJoseError::Kid)?.to_owned();
    Ok((jws, kid))
}
