//! What went wrong, as programs read it.

use crate::{
    credential::w3c::{
        VcError, jose::VcJoseError, json_ld::JsonLdError, model::ModelError, proof::ProofError,
        rdf::RdfError, sd::SdError,
    },
    did::MethodError,
    jose::JoseError,
    status::bitstring::BitstringError,
};
use serde_json::{Value, json};
use std::borrow::Cow;

/// The kinds of problems. Those of the specifications have their addresses; the others are ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ProblemType {
    /// Not JSON.
    Parsing,
    /// The signature does not belong to the document.
    CryptographicSecurity,
    /// A value has the wrong form.
    MalformedValue,
    /// A value lies outside its range: a validity that is over, an index outside a list.
    Range,
    /// No proof could be made.
    ProofGeneration,
    /// A proof does not hold.
    ProofVerification,
    /// A document could not be brought into canonical form.
    ProofTransformation,
    /// A proof was made for another domain.
    InvalidDomain,
    /// A proof answers another challenge.
    InvalidChallenge,
    /// The key is not to be had.
    InvalidVerificationMethod,
    /// The key is there for something else.
    InvalidRelationship,
    /// A status list could not be fetched.
    StatusRetrieval,
    /// A status list does not hold, or the status is of an unknown type.
    StatusVerification,
    /// A status list is too short.
    StatusListLength,
    /// The issuer revoked the credential.
    Revoked,
    /// The issuer suspended the credential.
    Suspended,
    /// This way of securing does not do what was asked.
    NotSupported,
    /// More than is read.
    TooLarge,
    /// There is no such address.
    NotFound,
    /// The body is not said to be JSON.
    MediaType,
    /// Something of ours failed.
    Internal,
}

impl ProblemType {
    /// Its address.
    ///
    /// Spec: Verifiable Credentials Data Model 2.0 §7; Data Integrity 1.0 §4.8; Controlled Identifiers 1.0
    /// §3.5; Bitstring Status List 1.0 §3.5.
    #[must_use]
    pub fn url(self) -> &'static str {
        match self {
            Self::Parsing => "https://www.w3.org/ns/credentials#PARSING_ERROR",
            Self::CryptographicSecurity => "https://www.w3.org/ns/credentials#CRYPTOGRAPHIC_SECURITY_ERROR",
            Self::MalformedValue => "https://www.w3.org/ns/credentials#MALFORMED_VALUE_ERROR",
            Self::Range => "https://www.w3.org/ns/credentials#RANGE_ERROR",
            Self::ProofGeneration => "https://w3id.org/security#PROOF_GENERATION_ERROR",
            Self::ProofVerification => "https://w3id.org/security#PROOF_VERIFICATION_ERROR",
            Self::ProofTransformation => "https://w3id.org/security#PROOF_TRANSFORMATION_ERROR",
            Self::InvalidDomain => "https://w3id.org/security#INVALID_DOMAIN_ERROR",
            Self::InvalidChallenge => "https://w3id.org/security#INVALID_CHALLENGE_ERROR",
            Self::InvalidVerificationMethod => "https://w3id.org/security#INVALID_VERIFICATION_METHOD",
            Self::InvalidRelationship => {
                "https://w3id.org/security#INVALID_RELATIONSHIP_FOR_VERIFICATION_METHOD"
            }
            Self::StatusRetrieval => "https://www.w3.org/ns/credentials/status-list#STATUS_RETRIEVAL_ERROR",
            Self::StatusVerification => {
                "https://www.w3.org/ns/credentials/status-list#STATUS_VERIFICATION_ERROR"
            }
            Self::StatusListLength => {
                "https://www.w3.org/ns/credentials/status-list#STATUS_LIST_LENGTH_ERROR"
            }
            Self::Revoked => "https://yufu.example/problems#REVOKED",
            Self::Suspended => "https://yufu.example/problems#SUSPENDED",
            Self::NotSupported => "https://yufu.example/problems#NOT_SUPPORTED",
            Self::TooLarge => "https://yufu.example/problems#TOO_LARGE",
            Self::NotFound => "https://yufu.example/problems#NOT_FOUND",
            Self::MediaType => "https://yufu.example/problems#MEDIA_TYPE",
            Self::Internal => "https://yufu.example/problems#INTERNAL",
        }
    }

    /// It in a few words.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Parsing => "Not JSON",
            Self::CryptographicSecurity => "Signature does not hold",
            Self::MalformedValue => "Malformed value",
            Self::Range => "Value out of range",
            Self::ProofGeneration => "No proof could be made",
            Self::ProofVerification => "Proof does not hold",
            Self::ProofTransformation => "No canonical form",
            Self::InvalidDomain => "Another domain",
            Self::InvalidChallenge => "Another challenge",
            Self::InvalidVerificationMethod => "Verification method not usable",
            Self::InvalidRelationship => "Verification method for another purpose",
            Self::StatusRetrieval => "Status list not available",
            Self::StatusVerification => "Status not known",
            Self::StatusListLength => "Status list too short",
            Self::Revoked => "Revoked",
            Self::Suspended => "Suspended",
            Self::NotSupported => "Not supported",
            Self::TooLarge => "Too large",
            Self::NotFound => "Not found",
            Self::MediaType => "Not application/json",
            Self::Internal => "Internal error",
        }
    }

    fn status(self) -> u16 {
        match self {
            Self::TooLarge => 413,
            Self::NotFound => 404,
            Self::MediaType => 415,
            Self::Internal => 500,
            _ => 400,
        }
    }
}

/// A problem. No value of a document is in it, only names of members that the specifications define.
///
/// Spec: RFC 9457.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: {detail}", kind.title())]
pub struct Problem {
    /// Of which kind.
    pub kind: ProblemType,
    /// What exactly.
    pub detail: Cow<'static, str>,
}

impl Problem {
    /// A problem of this kind.
    #[must_use]
    pub fn new(kind: ProblemType, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { kind, detail: detail.into() }
    }

    pub(super) fn malformed(member: &'static str) -> Self {
        Self::new(ProblemType::MalformedValue, format!("`{member}` is missing or malformed"))
    }

    /// The HTTP status of an answer that says nothing else.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.kind.status()
    }

    /// The problem as JSON.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({
            "type": self.kind.url(),
            "title": self.kind.title(),
            "status": self.status(),
            "detail": self.detail,
        })
    }

    pub(super) fn of_model(error: &ModelError) -> Self {
        let kind = match error {
            ModelError::TooLarge => ProblemType::TooLarge,
            ModelError::Json => ProblemType::Parsing,
            _ => ProblemType::MalformedValue,
        };
        Self::new(kind, error.to_string())
    }

    /// Terms and texts of the document are left out.
    fn of_json_ld(error: &JsonLdError) -> Self {
        let detail = match error {
            JsonLdError::UnknownContext(_) => "a context is not known here, and none is fetched",
            JsonLdError::ProtectedTerm(_) | JsonLdError::ProtectedCleared => "a protected term is redefined",
            JsonLdError::Context(_) | JsonLdError::CyclicTerm(_) => "a context is malformed",
            JsonLdError::UndefinedTerm(_) => "a term is defined by no context",
            JsonLdError::UndefinedType(_) => "a type is defined by no context",
            JsonLdError::RelativeIri(_) | JsonLdError::MalformedIri(_) => "an identifier is no absolute IRI",
            JsonLdError::LanguageTag(_) => "a language tag is malformed",
            JsonLdError::TooDeep | JsonLdError::TooLarge => "the document is too large",
            _ => "a value is malformed or would be dropped",
        };
        Self::new(ProblemType::MalformedValue, detail)
    }

    pub(super) fn of_proof(error: &ProofError) -> Self {
        let (kind, detail): (_, Cow<'static, str>) = match error {
            ProofError::JsonLd(error) => return Self::of_json_ld(error),
            ProofError::Method(error) => return Self::of_method(*error),
            ProofError::KeyKind => (ProblemType::InvalidVerificationMethod, error.to_string().into()),
            ProofError::Signature => (ProblemType::CryptographicSecurity, error.to_string().into()),
            ProofError::Domain => (ProblemType::InvalidDomain, error.to_string().into()),
            ProofError::Challenge => (ProblemType::InvalidChallenge, error.to_string().into()),
            ProofError::Rdf(RdfError::TooManySteps) | ProofError::Number => {
                (ProblemType::ProofTransformation, error.to_string().into())
            }
            ProofError::Rdf(_) => (ProblemType::ProofTransformation, "a statement is malformed".into()),
            ProofError::UnknownSuite(_) => {
                (ProblemType::ProofVerification, "the cryptosuite is not known here".into())
            }
            ProofError::SuiteNotAllowed(_) => (ProblemType::NotSupported, error.to_string().into()),
            _ => (ProblemType::ProofVerification, error.to_string().into()),
        };
        Self::new(kind, detail)
    }

    /// Pointers are left out: they name claims.
    pub(super) fn of_sd(error: &SdError) -> Self {
        let (kind, detail): (_, Cow<'static, str>) = match error {
            SdError::Proof(error) => return Self::of_proof(error),
            SdError::Pointer(_) => (ProblemType::MalformedValue, "a text is no JSON pointer".into()),
            SdError::Nothing(_) => (ProblemType::ProofGeneration, "a pointer selects nothing".into()),
            SdError::TooManyPointers => (ProblemType::TooLarge, error.to_string().into()),
            SdError::NothingDisclosed | SdError::SeveralBaseProofs | SdError::Unselectable => {
                (ProblemType::ProofGeneration, error.to_string().into())
            }
            SdError::Bbs => (ProblemType::CryptographicSecurity, error.to_string().into()),
            SdError::NoBaseProof | SdError::Value(_) => {
                (ProblemType::ProofVerification, error.to_string().into())
            }
            SdError::Signer(_) | SdError::Random(_) => (ProblemType::Internal, "the key did not sign".into()),
        };
        Self::new(kind, detail)
    }

    pub(super) fn of_method(error: MethodError) -> Self {
        let kind = match error {
            MethodError::OtherRelationship => ProblemType::InvalidRelationship,
            _ => ProblemType::InvalidVerificationMethod,
        };
        Self::new(kind, error.to_string())
    }

    fn of_jose(error: &VcJoseError) -> Self {
        let (kind, detail): (_, Cow<'static, str>) = match error {
            VcJoseError::Model(error) => return Self::of_model(error),
            VcJoseError::Jws(JoseError::Signature) => {
                (ProblemType::CryptographicSecurity, error.to_string().into())
            }
            VcJoseError::Jws(JoseError::TooLarge) => (ProblemType::TooLarge, error.to_string().into()),
            VcJoseError::Expired | VcJoseError::NotYetValid | VcJoseError::IssuedInFuture => {
                (ProblemType::Range, error.to_string().into())
            }
            VcJoseError::OtherSigner | VcJoseError::Kid | VcJoseError::KeyReference => {
                (ProblemType::InvalidVerificationMethod, error.to_string().into())
            }
            VcJoseError::SdJwt(_) => {
                (ProblemType::CryptographicSecurity, "the SD-JWT or a disclosure of it does not hold".into())
            }
            _ => (ProblemType::MalformedValue, error.to_string().into()),
        };
        Self::new(kind, detail)
    }

    pub(super) fn of_status(error: BitstringError) -> Self {
        let kind = match error {
            BitstringError::OutOfRange => ProblemType::Range,
            BitstringError::TooShort => ProblemType::StatusListLength,
            _ => ProblemType::StatusVerification,
        };
        Self::new(kind, error.to_string())
    }
}

impl From<&VcError> for Problem {
    fn from(error: &VcError) -> Self {
        let kind = match error {
            VcError::Model(error) => return Self::of_model(error),
            VcError::JsonLd(error) => return Self::of_json_ld(error),
            VcError::Jose(error) => return Self::of_jose(error),
            VcError::Proof(error) => return Self::of_proof(error),
            VcError::Method(error) => return Self::of_method(*error),
            VcError::Presented(at, error) => {
                let inner = Self::from(error.as_ref());
                return Self::new(
                    inner.kind,
                    format!("credential {at} of the presentation: {}", inner.detail),
                );
            }
            VcError::KeyKind => ProblemType::InvalidVerificationMethod,
            VcError::NotYetValid | VcError::Expired => ProblemType::Range,
            VcError::Challenge => ProblemType::InvalidChallenge,
            VcError::Audience => ProblemType::InvalidDomain,
            VcError::KeyBinding(_) => {
                return Self::new(ProblemType::ProofVerification, "the key binding does not hold");
            }
            _ => ProblemType::ProofVerification,
        };
        Self::new(kind, error.to_string())
    }
}

impl From<VcError> for Problem {
    fn from(error: VcError) -> Self {
        Self::from(&error)
    }
}
