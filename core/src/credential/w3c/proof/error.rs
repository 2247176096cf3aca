//! Why a proof was refused.

use super::Cryptosuite;
use crate::{
    credential::w3c::{json_ld::JsonLdError, rdf::RdfError, sd::SdProofError},
    crypto::SignatureError,
    did::MethodError,
};

/// Why the proofs of a document were refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProofError {
    /// The document has no proof.
    #[error("the document has no proof")]
    Missing,
    /// More proofs than are read.
    #[error("the document has too many proofs")]
    TooMany,
    /// A proof is no object.
    #[error("a proof is not an object")]
    NotAnObject,
    /// Its `type` is missing or not that of Data Integrity proofs.
    #[error("the proof's type is not `DataIntegrityProof`")]
    Type,
    /// Its cryptosuite is not known here.
    #[error("the cryptosuite {0:?} is not known here")]
    UnknownSuite(String),
    /// Its cryptosuite is known, but not wanted here.
    #[error("the cryptosuite {0} is not allowed here")]
    SuiteNotAllowed(Cryptosuite),
    /// A member is missing, malformed or too long.
    #[error("`{0}` of the proof is missing or malformed")]
    Member(&'static str),
    /// Two proofs have one `id`.
    #[error("two proofs have one id")]
    DuplicateId,
    /// A proof follows another that is not there.
    #[error("a proof follows another that is not there")]
    PreviousProof,
    /// It was made for another purpose than is asked for.
    #[error("the proof was made for another purpose")]
    OtherPurpose,
    /// It was made for another domain, or for none.
    #[error("the proof was made for another domain")]
    Domain,
    /// It answers another challenge, or none.
    #[error("the proof answers another challenge")]
    Challenge,
    /// It says that it was created later than now.
    #[error("the proof says that it was created in the future")]
    CreatedInFuture,
    /// It has expired.
    #[error("the proof has expired")]
    Expired,
    /// Its context is not how the document's starts (JCS), or is another than the document's (RDFC).
    #[error("the proof's context does not fit the document's")]
    Context,
    /// The signer's key is not to be had, or not for this.
    #[error(transparent)]
    Method(#[from] MethodError),
    /// The cryptosuite does not take keys of this kind.
    #[error("the cryptosuite does not take a key of this kind")]
    KeyKind,
    /// The document or the proof has no statements.
    #[error(transparent)]
    JsonLd(#[from] JsonLdError),
    /// The statements cannot be canonicalized.
    #[error(transparent)]
    Rdf(#[from] RdfError),
    /// A number that canonical JSON would round to another.
    #[error("a number is beyond what canonical JSON keeps")]
    Number,
    /// The bytes of a proof for selective disclosure do not hold, or do not fit the document.
    #[error(transparent)]
    Selective(#[from] SdProofError),
    /// The signature does not belong to this document, configuration and key.
    #[error("the proof's signature does not verify")]
    Signature,
}

impl From<SignatureError> for ProofError {
    fn from(_: SignatureError) -> Self {
        Self::Signature
    }
}
