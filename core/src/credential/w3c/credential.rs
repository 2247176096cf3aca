//! Credentials, from what was received to what was signed.
//!
//! An [`UnverifiedCredential`] is read from any of the three ways of securing; verified, it is a
//! [`VerifiedCredential`], whichever it was. That says who signed what; whether the issuer is to be
//! trusted, whether the credential is [in its validity](VerifiedCredential::check_validity) and what its
//! status is, is decided next.

use super::{
    VcError,
    embedded::{self, ExpectedProof},
    jose::{JwtCredential, UnverifiedVcJwt},
    model::{Credential, Enveloped, MAX_DOCUMENT, MediaType, Status, read_document},
};
use crate::{
    credential::sd_jwt::{ExpectedKeyBinding, KeyBindingClaims, KeyBindingError},
    crypto::{Digest, PublicKey, VerifyingKey},
    did::{Relationship, VerificationMethods},
    status::bitstring::StatusEntry,
};
use serde_json::{Map, Value};
use std::fmt;

/// How a document is secured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Securing {
    /// By proofs in it.
    DataIntegrity,
    /// As a JWT.
    Jwt,
    /// As an SD-JWT.
    SdJwt,
    /// By the presentation alone, whose holder issued it.
    SelfAsserted,
}

/// A credential, read but not verified. Its structure holds.
#[derive(Clone)]
pub struct UnverifiedCredential {
    credential: Credential,
    form: Form,
}

#[derive(Clone)]
enum Form {
    DataIntegrity,
    Jwt { compact: String, kid: String },
    SdJwt { text: String, kid: String },
}

impl fmt::Debug for UnverifiedCredential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnverifiedCredential").field("securing", &self.securing()).finish_non_exhaustive()
    }
}

/// How to verify a credential.
#[derive(Clone, Copy, Debug)]
pub struct VerifyOptions {
    /// Now, in seconds: a signature that has expired is refused. The credential's own validity is
    /// another matter.
    pub now: u64,
}

/// A credential whose signature holds, made by a key of its issuer that is there to sign credentials.
#[derive(Clone)]
pub struct VerifiedCredential {
    credential: Credential,
    claims: Map<String, Value>,
    type_iris: Vec<String>,
    statuses: Vec<StatusEntry>,
    method: String,
    key: PublicKey,
    issued_at: Option<u64>,
    digest: Option<Digest>,
    securing: Securing,
    sd_jwt: Option<JwtCredential>,
}

impl fmt::Debug for VerifiedCredential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifiedCredential")
            .field("method", &self.method)
            .field("securing", &self.securing)
            .finish_non_exhaustive()
    }
}

impl UnverifiedCredential {
    /// Reads a credential in JSON: with a proof in it, or in an envelope.
    ///
    /// # Errors
    /// [`VcError::Model`], [`VcError::Unsecured`], [`VcError::Jose`].
    pub fn parse_json(json: &[u8]) -> Result<Self, VcError> {
        Self::parse_json_within(json, MAX_DOCUMENT)
    }

    /// [`parse_json`](Self::parse_json) where up to `max_bytes` are read: status lists are long.
    ///
    /// # Errors
    /// As [`parse_json`](Self::parse_json).
    pub fn parse_json_within(json: &[u8], max_bytes: usize) -> Result<Self, VcError> {
        Self::from_document(read_document(json, max_bytes)?)
    }

    /// Reads a document that is JSON already; its objects' members were distinct.
    ///
    /// # Errors
    /// As [`parse_json`](Self::parse_json).
    pub fn from_document(document: Map<String, Value>) -> Result<Self, VcError> {
        if Enveloped::is_typed_as_one(&document) {
            return Self::from_enveloped(&Enveloped::credential(&document)?);
        }
        Self::from_credential(Credential::from_document(document)?)
    }

    pub(super) fn from_credential(credential: Credential) -> Result<Self, VcError> {
        if !credential.has_proof() {
            return Err(VcError::Unsecured);
        }
        Ok(Self { credential, form: Form::DataIntegrity })
    }

    pub(super) fn from_enveloped(enveloped: &Enveloped) -> Result<Self, VcError> {
        match enveloped.media_type {
            MediaType::VcSdJwt => Self::parse_sd_jwt(&enveloped.compact),
            _ => Self::parse_jwt(&enveloped.compact),
        }
    }

    /// Reads a `vc+jwt`.
    ///
    /// # Errors
    /// [`VcError::Jose`].
    pub fn parse_jwt(compact: &str) -> Result<Self, VcError> {
        let jwt = UnverifiedVcJwt::parse(compact)?;
        let form = Form::Jwt { compact: compact.to_owned(), kid: jwt.kid().to_owned() };
        Ok(Self { credential: jwt.credential_before_verification()?, form })
    }

    /// Reads a `vc+sd-jwt`, with or without a key binding.
    ///
    /// # Errors
    /// [`VcError::Jose`].
    pub fn parse_sd_jwt(text: &str) -> Result<Self, VcError> {
        let jwt = UnverifiedVcJwt::parse_sd(text)?;
        let form = Form::SdJwt { text: text.to_owned(), kid: jwt.kid().to_owned() };
        Ok(Self { credential: jwt.credential_before_verification()?, form })
    }

    /// How it is secured.
    #[must_use]
    pub fn securing(&self) -> Securing {
        match self.form {
            Form::DataIntegrity => Securing::DataIntegrity,
            Form::Jwt { .. } => Securing::Jwt,
            Form::SdJwt { .. } => Securing::SdJwt,
        }
    }

    /// Who is said to have issued it, *before its signature was checked*.
    #[must_use]
    pub fn issuer_before_verification(&self) -> &str {
        &self.credential.issuer().id
    }

    /// The document, *before its signature was checked*.
    #[must_use]
    pub fn credential_before_verification(&self) -> &Credential {
        &self.credential
    }

    /// The names of the keys that are needed to verify it.
    #[must_use]
    pub fn verification_methods(&self) -> Vec<String> {
        match &self.form {
            Form::DataIntegrity => embedded::methods(self.credential.document()),
            Form::Jwt { kid, .. } | Form::SdJwt { kid, .. } => vec![kid.clone()],
        }
    }

    /// Checks that it was signed by a key of its issuer that is there to sign credentials.
    ///
    /// # Errors
    /// [`VcError`] by the first thing that does not hold.
    pub fn verify(
        self,
        methods: &dyn VerificationMethods,
        options: &VerifyOptions,
    ) -> Result<VerifiedCredential, VcError> {
        match &self.form {
            Form::DataIntegrity => self.verify_embedded(methods, options),
            Form::Jwt { compact, .. } => {
                verify_jwt(&UnverifiedVcJwt::parse(compact)?, methods, options, Securing::Jwt)
            }
            Form::SdJwt { text, .. } => {
                verify_jwt(&UnverifiedVcJwt::parse_sd(text)?, methods, options, Securing::SdJwt)
            }
        }
    }

    fn verify_embedded(
        self,
        methods: &dyn VerificationMethods,
        options: &VerifyOptions,
    ) -> Result<VerifiedCredential, VcError> {
        let expected = ExpectedProof {
            purpose: Relationship::AssertionMethod,
            signer: Some(&self.credential.issuer().id),
            now: options.now,
        };
        let proof = embedded::verify(self.credential.document(), methods, &expected)?;
        Ok(VerifiedCredential {
            type_iris: embedded::type_iris(&proof.document)?,
            claims: proof.document,
            statuses: bitstring_entries(&self.credential),
            credential: self.credential,
            method: proof.method,
            key: proof.key,
            issued_at: proof.created,
            digest: proof.digest,
            securing: Securing::DataIntegrity,
            sd_jwt: None,
        })
    }
}

fn verify_jwt(
    jwt: &UnverifiedVcJwt<'_>,
    methods: &dyn VerificationMethods,
    options: &VerifyOptions,
    securing: Securing,
) -> Result<VerifiedCredential, VcError> {
    let key = methods.key(jwt.kid(), Relationship::AssertionMethod)?;
    let verifying = VerifyingKey::try_from(&key).map_err(|_| VcError::KeyKind)?;
    let verified = jwt.verify(&verifying, options.now)?;
    let credential = verified.credential().clone();
    Ok(VerifiedCredential {
        type_iris: embedded::type_iris(credential.document())?,
        claims: credential.document().clone(),
        statuses: bitstring_entries(&credential),
        credential,
        method: verified.kid().to_owned(),
        key,
        issued_at: verified.times().issued_at,
        digest: Some(*verified.digest()),
        securing,
        sd_jwt: Some(verified).filter(|_| securing == Securing::SdJwt),
    })
}

impl VerifiedCredential {
    /// What a holder says of himself in a presentation that he signed with this key.
    pub(super) fn self_asserted(
        credential: Credential,
        method: &str,
        key: &PublicKey,
    ) -> Result<Self, VcError> {
        Ok(Self {
            type_iris: embedded::type_iris(credential.document())?,
            claims: credential.document().clone(),
            statuses: bitstring_entries(&credential),
            credential,
            method: method.to_owned(),
            key: key.clone(),
            issued_at: None,
            digest: None,
            securing: Securing::SelfAsserted,
            sd_jwt: None,
        })
    }

    /// Who issued it.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.credential.issuer().id
    }

    /// The DID URL of the key that signed, one of the issuer's.
    #[must_use]
    pub fn verification_method(&self) -> &str {
        &self.method
    }

    /// The key that signed.
    #[must_use]
    pub fn key(&self) -> &PublicKey {
        &self.key
    }

    /// What its types mean.
    #[must_use]
    pub fn type_iris(&self) -> &[String] {
        &self.type_iris
    }

    /// The one type beside that of every credential, by which the registry knows it; none where there
    /// are several.
    #[must_use]
    pub fn registry_type(&self) -> Option<&str> {
        const ANY: &str = "https://www.w3.org/2018/credentials#VerifiableCredential";
        let mut types = self.type_iris.iter().filter(|name| *name != ANY);
        types.next().filter(|_| types.next().is_none()).map(String::as_str)
    }

    /// First second of its validity; what lies before the Unix epoch counts as 0.
    #[must_use]
    pub fn valid_from(&self) -> Option<u64> {
        self.credential.valid_from().map(|from| from.seconds())
    }

    /// Last second of its validity.
    #[must_use]
    pub fn valid_until(&self) -> Option<u64> {
        self.credential.valid_until().map(|until| until.seconds())
    }

    /// When it was signed, as the signer says: a proof's `created` or a JWT's `iat`, in seconds.
    #[must_use]
    pub fn issued_at(&self) -> Option<u64> {
        self.issued_at
    }

    /// Its entries in bitstring status lists.
    #[must_use]
    pub fn statuses(&self) -> &[StatusEntry] {
        &self.statuses
    }

    /// Whether it names a status of a type that we do not know, and that therefore cannot be learned.
    #[must_use]
    pub fn has_unknown_status(&self) -> bool {
        self.credential.statuses().iter().any(|status| matches!(status, Status::Unknown(_)))
    }

    /// Whom it is about, as far as they are named.
    pub fn subject_ids(&self) -> impl Iterator<Item = &str> {
        self.credential.subjects().iter().filter_map(|subject| subject.id.as_deref())
    }

    /// What the registry records as issued: SHA-256 of the compact JWT; of the canonical JSON (JCS) of
    /// the whole secured document; of the base signature of ecdsa-sd-2023, where that is at hand. None
    /// for bbs-2023 and for what a holder says of himself.
    #[must_use]
    pub fn signed_digest(&self) -> Option<&Digest> {
        self.digest.as_ref()
    }

    /// How it is secured.
    #[must_use]
    pub fn securing(&self) -> Securing {
        self.securing
    }

    /// The document without its proofs, disclosures in place, *before anyone has decided that the issuer
    /// is to be believed*. For checks that lead to that decision; a program that shows it as facts is
    /// wrong.
    #[must_use]
    pub fn claims_before_trust(&self) -> &Map<String, Value> {
        &self.claims
    }

    /// Its structure, of which the same is to be said.
    #[must_use]
    pub fn credential_before_trust(&self) -> &Credential {
        &self.credential
    }

    /// Checks that it is valid at `now` (seconds), by `validFrom` and `validUntil`.
    ///
    /// # Errors
    /// [`VcError::NotYetValid`], [`VcError::Expired`].
    ///
    /// Spec: Verifiable Credentials Data Model 2.0 §4.9.
    pub fn check_validity(&self, now: u64) -> Result<(), VcError> {
        if self.valid_from().is_some_and(|from| from > now) {
            return Err(VcError::NotYetValid);
        }
        if self.valid_until().is_some_and(|until| until < now) {
            return Err(VcError::Expired);
        }
        Ok(())
    }

    /// SD-JWT only: the key that it is bound to.
    #[must_use]
    pub fn bound_key(&self) -> Option<&VerifyingKey> {
        self.sd_jwt.as_ref()?.holder()
    }

    /// SD-JWT only: checks the key binding that came with it.
    ///
    /// # Errors
    /// [`KeyBindingError`] by the first thing that does not hold.
    pub fn verify_key_binding(
        &self,
        expected: &ExpectedKeyBinding<'_>,
    ) -> Result<KeyBindingClaims, KeyBindingError> {
        self.sd_jwt.as_ref().ok_or(KeyBindingError::Missing)?.verify_key_binding(expected)
    }
}

fn bitstring_entries(credential: &Credential) -> Vec<StatusEntry> {
    let entry = |status: &Status| match status {
        Status::Bitstring(entry) => Some(entry.clone()),
        Status::Unknown(_) => None,
    };
    credential.statuses().iter().filter_map(entry).collect()
}
