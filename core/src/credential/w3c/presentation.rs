//! Presentations, from what was received to who presents what.

use super::{
    UnverifiedCredential, VcError, VerifiedCredential, VerifyOptions,
    embedded::{self, ExpectedProof},
    jose::UnverifiedVpJwt,
    model::{Credential, Enveloped, MAX_DOCUMENT, Presentation, PresentedCredential, read_document},
};
use crate::{
    crypto::{PublicKey, VerifyingKey},
    did::{Relationship, VerificationMethods, did_of},
};
use serde_json::{Map, Value};
use std::fmt;

/// A presentation, read but not verified. Its structure holds, and that of all credentials in it.
#[derive(Clone)]
pub struct UnverifiedPresentation {
    presentation: Presentation,
    credentials: Vec<Presented>,
    jwt: Option<Jwt>,
}

#[derive(Clone)]
struct Jwt {
    compact: String,
    kid: String,
}

#[derive(Clone)]
enum Presented {
    Secured(Box<UnverifiedCredential>),
    SelfAsserted(Box<Credential>),
}

impl fmt::Debug for UnverifiedPresentation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnverifiedPresentation")
            .field("credentials", &self.credentials.len())
            .finish_non_exhaustive()
    }
}

/// How to verify a presentation.
#[derive(Clone, Copy, Debug)]
pub struct PresentationOptions<'a> {
    /// Now, in seconds: signatures that have expired are refused.
    pub now: u64,
    /// The request that it must answer: `challenge` of its proof, or `nonce`. `None` where the caller
    /// asks afterwards.
    pub challenge: Option<&'a str>,
    /// The names that this verifier answers to: one of them is `domain` of the proof, or `aud`. `None`
    /// where the caller asks afterwards.
    pub audiences: Option<&'a [&'a str]>,
    /// Whether every credential must be about the holder, in each of its subjects.
    pub bound_to_holder: bool,
}

/// A presentation whose signature holds, and the signature of every credential in it.
#[derive(Clone, Debug)]
pub struct VerifiedPresentation {
    holder: String,
    method: String,
    key: PublicKey,
    credentials: Vec<VerifiedCredential>,
    challenge: Option<String>,
    audiences: Vec<String>,
    signed_at: Option<u64>,
}

impl UnverifiedPresentation {
    /// Reads a presentation in JSON: with a proof in it, or in an envelope.
    ///
    /// # Errors
    /// [`VcError::Model`], [`VcError::Unsecured`], [`VcError::Jose`]; [`VcError::Presented`] for a
    /// credential in it.
    pub fn parse_json(json: &[u8]) -> Result<Self, VcError> {
        Self::from_document(read_document(json, MAX_DOCUMENT)?)
    }

    /// Reads a document that is JSON already; its objects' members were distinct.
    ///
    /// # Errors
    /// As [`parse_json`](Self::parse_json).
    pub fn from_document(document: Map<String, Value>) -> Result<Self, VcError> {
        if Enveloped::is_typed_as_one(&document) {
            return Self::parse_jwt(&Enveloped::presentation(&document)?.compact);
        }
        let presentation = Presentation::from_document(document)?;
        if !presentation.has_proof() {
            return Err(VcError::Unsecured);
        }
        Ok(Self { credentials: presented(&presentation)?, presentation, jwt: None })
    }

    /// Reads a `vp+jwt`.
    ///
    /// # Errors
    /// [`VcError::Jose`]; [`VcError::Presented`] for a credential in it.
    pub fn parse_jwt(compact: &str) -> Result<Self, VcError> {
        let jwt = UnverifiedVpJwt::parse(compact)?;
        let presentation = jwt.presentation_before_verification()?;
        let jwt = Jwt { compact: compact.to_owned(), kid: jwt.kid().to_owned() };
        Ok(Self { credentials: presented(&presentation)?, presentation, jwt: Some(jwt) })
    }

    /// The document, *before its signature was checked*.
    #[must_use]
    pub fn presentation_before_verification(&self) -> &Presentation {
        &self.presentation
    }

    /// The names of the keys that are needed to verify it and the credentials in it.
    #[must_use]
    pub fn verification_methods(&self) -> Vec<String> {
        let mut methods = match &self.jwt {
            None => embedded::methods(self.presentation.document()),
            Some(jwt) => vec![jwt.kid.clone()],
        };
        for presented in &self.credentials {
            if let Presented::Secured(credential) = presented {
                methods.extend(credential.verification_methods());
            }
        }
        methods.sort_unstable();
        methods.dedup();
        methods
    }

    /// Checks who presents, for whom, and every credential.
    ///
    /// # Errors
    /// [`VcError`] by the first thing that does not hold; [`VcError::Presented`] for a credential in it.
    pub fn verify(
        self,
        methods: &dyn VerificationMethods,
        options: &PresentationOptions<'_>,
    ) -> Result<VerifiedPresentation, VcError> {
        let signed = match &self.jwt {
            None => self.verify_embedded(methods, options)?,
            Some(jwt) => verify_jwt(jwt, methods, options)?,
        };
        if options.challenge.is_some() && signed.challenge.as_deref() != options.challenge {
            return Err(VcError::Challenge);
        }
        if let Some(expected) = options.audiences
            && !signed.audiences.iter().any(|audience| expected.contains(&audience.as_str()))
        {
            return Err(VcError::Audience);
        }
        let mut verified = signed;
        for (at, presented) in self.credentials.into_iter().enumerate() {
            let credential = verify_presented(presented, &verified, methods, options.now);
            let credential = credential.map_err(|error| VcError::Presented(at, Box::new(error)))?;
            verified.credentials.push(credential);
        }
        if options.bound_to_holder {
            verified.check_holder()?;
        }
        Ok(verified)
    }

    fn verify_embedded(
        &self,
        methods: &dyn VerificationMethods,
        options: &PresentationOptions<'_>,
    ) -> Result<VerifiedPresentation, VcError> {
        let expected = ExpectedProof {
            purpose: Relationship::Authentication,
            signer: self.presentation.holder(),
            now: options.now,
        };
        let proof = embedded::verify(self.presentation.document(), methods, &expected)?;
        embedded::type_iris(&proof.document)?;
        Ok(VerifiedPresentation {
            holder: did_of(&proof.method).to_owned(),
            method: proof.method,
            key: proof.key,
            credentials: Vec::new(),
            challenge: proof.challenge,
            audiences: proof.domains,
            signed_at: proof.created,
        })
    }
}

fn verify_jwt(
    jwt: &Jwt,
    methods: &dyn VerificationMethods,
    options: &PresentationOptions<'_>,
) -> Result<VerifiedPresentation, VcError> {
    let key = methods.key(&jwt.kid, Relationship::Authentication)?;
    let verifying = VerifyingKey::try_from(&key).map_err(|_| VcError::KeyKind)?;
    let verified = UnverifiedVpJwt::parse(&jwt.compact)?.verify(&verifying, options.now)?;
    embedded::type_iris(verified.presentation.document())?;
    Ok(VerifiedPresentation {
        holder: did_of(&verified.kid).to_owned(),
        method: verified.kid,
        key,
        credentials: Vec::new(),
        challenge: verified.nonce,
        audiences: verified.audiences,
        signed_at: verified.times.issued_at,
    })
}

fn presented(presentation: &Presentation) -> Result<Vec<Presented>, VcError> {
    let read = |(at, presented): (usize, &PresentedCredential)| {
        let secured = match presented {
            PresentedCredential::Embedded(credential) if !credential.has_proof() => {
                return Ok(Presented::SelfAsserted(credential.clone()));
            }
            PresentedCredential::Embedded(credential) => {
                UnverifiedCredential::from_credential(credential.as_ref().clone())
            }
            PresentedCredential::Enveloped(enveloped) => UnverifiedCredential::from_enveloped(enveloped),
        };
        let secured = secured.map_err(|error| VcError::Presented(at, Box::new(error)))?;
        Ok(Presented::Secured(Box::new(secured)))
    };
    presentation.credentials().iter().enumerate().map(read).collect()
}

fn verify_presented(
    presented: Presented,
    by: &VerifiedPresentation,
    methods: &dyn VerificationMethods,
    now: u64,
) -> Result<VerifiedCredential, VcError> {
    match presented {
        Presented::Secured(credential) => credential.verify(methods, &VerifyOptions { now }),
        // The model asked that it is issued by the holder that is named, and the proof that he signed.
        Presented::SelfAsserted(credential) if credential.issuer().id == by.holder => {
            VerifiedCredential::self_asserted(*credential, &by.method, &by.key)
        }
        Presented::SelfAsserted(_) => Err(VcError::OtherSigner),
    }
}

impl VerifiedPresentation {
    /// The DID that presents: the one whose key signed.
    #[must_use]
    pub fn holder(&self) -> &str {
        &self.holder
    }

    /// The DID URL of the key that signed.
    #[must_use]
    pub fn verification_method(&self) -> &str {
        &self.method
    }

    /// The key that signed.
    #[must_use]
    pub fn key(&self) -> &PublicKey {
        &self.key
    }

    /// What is presented.
    #[must_use]
    pub fn credentials(&self) -> &[VerifiedCredential] {
        &self.credentials
    }

    /// Which request it answers: `challenge` of its proof, or `nonce`.
    #[must_use]
    pub fn challenge(&self) -> Option<&str> {
        self.challenge.as_deref()
    }

    /// For whom it was made: `domain` of its proof, or `aud`.
    #[must_use]
    pub fn audiences(&self) -> &[String] {
        &self.audiences
    }

    /// When it was signed, as the holder says, in seconds.
    #[must_use]
    pub fn signed_at(&self) -> Option<u64> {
        self.signed_at
    }

    /// Checks that every credential is about the holder, in each of its subjects.
    ///
    /// # Errors
    /// [`VcError::Holder`].
    pub fn check_holder(&self) -> Result<(), VcError> {
        let about_holder = |credential: &VerifiedCredential| {
            let subjects = credential.credential_before_trust().subjects();
            subjects.iter().all(|subject| subject.id.as_deref() == Some(self.holder.as_str()))
        };
        if self.credentials.iter().all(about_holder) { Ok(()) } else { Err(VcError::Holder) }
    }
}
