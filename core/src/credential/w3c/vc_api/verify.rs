//! `POST /credentials/verify` and `POST /presentations/verify`.

use super::{Answer, Problem, ProblemType, Request};
use crate::{
    credential::w3c::{
        PresentationOptions, UnverifiedCredential, UnverifiedPresentation, VcError, VerifiedCredential,
        VerifyOptions,
        model::{Presentation, PresentedCredential},
        proof::{Proof, ProofError},
    },
    did::VerificationMethods,
    status::bitstring::{ExpectedList, Purpose, StatusEntry, StatusList},
};
use serde_json::{Map, Value, json};
use std::fmt;

/// A request to verify a credential, read: `{verifiableCredential, options}`, a document or a compact
/// text. `options` may say `challenge`, `domain` and `expectedProofPurpose` that the proofs must have, and
/// `returnCredential`.
/// `checks` is passed over: everything is always checked.
#[derive(Debug)]
pub struct CredentialCheck {
    credential: UnverifiedCredential,
    bounds: Bounds,
    echo: Echo,
}

/// What every proof must say, as far as it was asked for.
#[derive(Debug)]
struct Bounds {
    challenge: Option<String>,
    domain: Option<Vec<String>>,
    purpose: Option<String>,
}

/// A request to verify a presentation, read: `{verifiablePresentation, options: {challenge, domain}}`, or
/// `{presentation}` that nobody signed, of which the credentials are checked alone.
#[derive(Debug)]
pub struct PresentationCheck {
    presented: Presented,
    challenge: Option<String>,
    domain: Option<Vec<String>>,
    echo: Echo,
}

#[derive(Debug)]
enum Presented {
    Signed(Box<UnverifiedPresentation>),
    Unsigned(Vec<UnverifiedCredential>),
}

/// What is sent back, where that was asked for.
#[derive(Default)]
struct Echo(Option<(&'static str, Value)>);

impl fmt::Debug for Echo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Echo").field(&self.0.is_some()).finish()
    }
}

/// Credentials whose signatures and validity hold, and whose statuses are to be learned.
#[derive(Debug)]
pub struct VerifiedDocument {
    credentials: Vec<VerifiedCredential>,
    echo: Echo,
}

impl CredentialCheck {
    /// Reads the body of a request.
    ///
    /// # Errors
    /// [`Problem`] by what does not hold; [`refused`](Problem::refused) makes an answer of it.
    pub fn read(body: &[u8]) -> Result<Self, Problem> {
        let mut request = Request::read(body)?;
        let bounds = Bounds {
            challenge: request.text("challenge")?,
            domain: request.texts("domain")?,
            purpose: request.text("expectedProofPurpose")?,
        };
        let secured = request.members.remove("verifiableCredential");
        let echo = Echo::of(&request, "returnCredential", "credential", secured.as_ref());
        let credential = match secured {
            Some(Value::Object(document)) => UnverifiedCredential::from_document(document)?,
            Some(Value::String(text)) if text.contains('~') => UnverifiedCredential::parse_sd_jwt(&text)?,
            Some(Value::String(text)) => UnverifiedCredential::parse_jwt(&text)?,
            _ => return Err(Problem::malformed("verifiableCredential")),
        };
        Ok(Self { credential, bounds, echo })
    }

    /// The names of the keys that are needed.
    #[must_use]
    pub fn verification_methods(&self) -> Vec<String> {
        self.credential.verification_methods()
    }

    /// Checks signature, structure and validity. `now` is in seconds.
    ///
    /// # Errors
    /// [`Problem`] by the first thing that does not hold.
    pub fn verify(self, methods: &dyn VerificationMethods, now: u64) -> Result<VerifiedDocument, Problem> {
        let document = self.credential.credential_before_verification().document().clone();
        let credential = self.credential.verify(methods, &VerifyOptions { now })?;
        // The proofs hold, so what they say was signed.
        self.bounds.check(&document)?;
        credential.check_validity(now)?;
        Ok(VerifiedDocument { credentials: vec![credential], echo: self.echo })
    }
}

impl Bounds {
    /// Checks each proof of a document whose proofs hold. A JWT has none, so nothing can be asked of it.
    fn check(&self, document: &Map<String, Value>) -> Result<(), Problem> {
        if self.challenge.is_none() && self.domain.is_none() && self.purpose.is_none() {
            return Ok(());
        }
        let proofs = match document.get("proof") {
            Some(Value::Array(proofs)) => proofs.as_slice(),
            Some(one) => std::slice::from_ref(one),
            None => return Err(Problem::of_proof(&ProofError::Missing)),
        };
        let read = |proof| Proof::read(proof).and_then(|proof| self.fits(&proof));
        proofs.iter().try_for_each(read).map_err(|error| Problem::of_proof(&error))
    }

    fn fits(&self, proof: &Proof) -> Result<(), ProofError> {
        if self.challenge.is_some() && proof.challenge() != self.challenge.as_deref() {
            return Err(ProofError::Challenge);
        }
        if self.domain.as_ref().is_some_and(|expected| !same(expected, proof.domains())) {
            return Err(ProofError::Domain);
        }
        if self.purpose.as_ref().is_some_and(|expected| expected != proof.purpose().name()) {
            return Err(ProofError::OtherPurpose);
        }
        Ok(())
    }
}

fn same(one: &[String], other: &[String]) -> bool {
    one.iter().all(|domain| other.contains(domain)) && other.iter().all(|domain| one.contains(domain))
}

impl PresentationCheck {
    /// Reads the body of a request.
    ///
    /// # Errors
    /// [`Problem`] by what does not hold.
    pub fn read(body: &[u8]) -> Result<Self, Problem> {
        let mut request = Request::read(body)?;
        let (challenge, domain) = (request.text("challenge")?, request.texts("domain")?);
        let signed = request.members.remove("verifiablePresentation");
        let unsigned = request.members.remove("presentation");
        let sent = signed.as_ref().or(unsigned.as_ref());
        let echo = Echo::of(&request, "returnPresentation", "presentation", sent);
        let presented = match (signed, unsigned) {
            (Some(Value::Object(document)), None) => {
                Presented::Signed(Box::new(UnverifiedPresentation::from_document(document)?))
            }
            (Some(Value::String(compact)), None) => {
                Presented::Signed(Box::new(UnverifiedPresentation::parse_jwt(&compact)?))
            }
            // Whoever asks for an answer to a challenge asks for a signature.
            (None, Some(Value::Object(document))) if challenge.is_none() && domain.is_none() => {
                Presented::Unsigned(credentials_of(document)?)
            }
            _ => return Err(Problem::malformed("verifiablePresentation")),
        };
        Ok(Self { presented, challenge, domain, echo })
    }

    /// The names of the keys that are needed.
    #[must_use]
    pub fn verification_methods(&self) -> Vec<String> {
        match &self.presented {
            Presented::Signed(presentation) => presentation.verification_methods(),
            Presented::Unsigned(credentials) => {
                credentials.iter().flat_map(UnverifiedCredential::verification_methods).collect()
            }
        }
    }

    /// Checks who presents and for whom, and every credential's signature, structure and validity. `now`
    /// is in seconds.
    ///
    /// # Errors
    /// [`Problem`] by the first thing that does not hold.
    pub fn verify(self, methods: &dyn VerificationMethods, now: u64) -> Result<VerifiedDocument, Problem> {
        let credentials = match self.presented {
            Presented::Signed(presentation) => {
                let domains: Option<Vec<&str>> =
                    self.domain.as_ref().map(|domains| domains.iter().map(String::as_str).collect());
                let options = PresentationOptions {
                    now,
                    challenge: self.challenge.as_deref(),
                    audiences: domains.as_deref(),
                    bound_to_holder: false,
                };
                presentation.verify(methods, &options)?.credentials().to_vec()
            }
            Presented::Unsigned(credentials) => {
                let verified = credentials.into_iter().enumerate().map(|(at, credential)| {
                    let verified = credential.verify(methods, &VerifyOptions { now });
                    verified.map_err(|error| VcError::Presented(at, Box::new(error)))
                });
                verified.collect::<Result<_, _>>()?
            }
        };
        for (at, credential) in credentials.iter().enumerate() {
            credential.check_validity(now).map_err(|error| VcError::Presented(at, Box::new(error)))?;
        }
        Ok(VerifiedDocument { credentials, echo: self.echo })
    }
}

/// What a presentation that nobody signed shows; none of it can be the holder's own word.
fn credentials_of(document: Map<String, Value>) -> Result<Vec<UnverifiedCredential>, Problem> {
    let presentation = Presentation::from_document(document).map_err(|error| Problem::of_model(&error))?;
    let read = |(at, presented): (usize, &PresentedCredential)| {
        let credential = match presented {
            PresentedCredential::Embedded(credential) => {
                UnverifiedCredential::from_credential(credential.as_ref().clone())
            }
            PresentedCredential::Enveloped(enveloped) => UnverifiedCredential::from_enveloped(enveloped),
        };
        credential.map_err(|error| Problem::from(VcError::Presented(at, Box::new(error))))
    };
    presentation.credentials().iter().enumerate().map(read).collect()
}

impl Echo {
    fn of(request: &Request, option: &str, name: &'static str, sent: Option<&Value>) -> Self {
        Self(sent.filter(|_| request.flag(option)).map(|sent| (name, sent.clone())))
    }
}

impl VerifiedDocument {
    /// The credentials, for their statuses.
    #[must_use]
    pub fn credentials(&self) -> &[VerifiedCredential] {
        &self.credentials
    }

    /// The answer once every status was learned: 200, `verified`.
    #[must_use]
    pub fn answer(self) -> Answer {
        let mut body = json!({ "verified": true, "problemDetails": [] });
        if let (Some((name, sent)), Some(members)) = (self.echo.0, body.as_object_mut()) {
            members.insert(name.to_owned(), sent);
        }
        Answer { status: 200, body }
    }

    /// Judges the status of a credential by its list, fetched and verified. `now` is in seconds.
    ///
    /// # Errors
    /// [`Problem`] when it is revoked or suspended, or the list does not say.
    pub fn check_status(
        credential: &VerifiedCredential,
        entry: &StatusEntry,
        list: &VerifiedCredential,
        now: u64,
    ) -> Result<(), Problem> {
        let expected = ExpectedList { list: &entry.list, issuer: credential.issuer(), now };
        let list = StatusList::read(list, &expected).map_err(Problem::of_status)?;
        let status = list.status(entry).map_err(Problem::of_status)?;
        match status.purpose {
            Purpose::Revocation if status.value != 0 => {
                Err(Problem::new(ProblemType::Revoked, "the issuer revoked the credential"))
            }
            Purpose::Suspension if status.value != 0 => {
                Err(Problem::new(ProblemType::Suspended, "the issuer suspended the credential"))
            }
            Purpose::Other(_) if status.value != 0 => Err(Problem::new(
                ProblemType::StatusVerification,
                "the purpose of the status is not known here",
            )),
            _ => Ok(()),
        }
    }
}

impl Problem {
    /// The answer that nothing was verified: the problem, `verified` false and the problem in a list.
    #[must_use]
    pub fn refused(&self) -> Answer {
        let mut body = self.to_json();
        if let Some(members) = body.as_object_mut() {
            members.insert("verified".into(), false.into());
            members.insert("problemDetails".into(), json!([self.to_json()]));
        }
        Answer { status: self.status(), body }
    }
}
