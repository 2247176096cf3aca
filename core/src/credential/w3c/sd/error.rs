//! Why nothing was disclosed, and why a proof's bytes were refused.

use crate::{
    credential::w3c::{
        json_ld::JsonLdError,
        proof::{ProofError, SignError},
        rdf::RdfError,
    },
    crypto::SignerError,
    random::RandomError,
};

/// What is wrong with the bytes of a base or derived proof, or with how they fit the document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SdProofError {
    /// The bytes do not start like a proof of the suite.
    #[error("the bytes do not start like a proof of this cryptosuite")]
    Header,
    /// A base proof, which must stay with the holder, where a derived one is needed.
    #[error("this is a base proof: it must stay with the holder")]
    BaseProof,
    /// A derived proof, from which no other can be derived.
    #[error("this is a derived proof already")]
    DerivedProof,
    /// An option of bbs-2023 that does not exist here.
    #[error("bbs-2023 with {0} is not supported")]
    Feature(&'static str),
    /// Not the CBOR of such a proof in its shortest form.
    #[error("the proof is not CBOR of the right form")]
    Cbor,
    /// A part with a wrong length.
    #[error("the {0} of the proof has a wrong length")]
    Length(&'static str),
    /// More items than are read.
    #[error("the proof has too many {0}")]
    TooMany(&'static str),
    /// The key for the single statements is not a point of P-256.
    #[error("the key of the proof is not one of P-256")]
    ProofKey,
    /// The key in a base proof is not that of the issuer's verification method.
    #[error("the public key in the proof is malformed")]
    PublicKey,
    /// The map of labels does not name every blank node once.
    #[error("the proof's map of labels does not fit the document")]
    LabelMap,
    /// Indexes out of range, out of order or too few.
    #[error("the {0} of the proof do not fit the document")]
    Indexes(&'static str),
    /// Not one signature for each statement.
    #[error("the proof does not have one signature for each statement")]
    SignatureCount,
}

/// Why no base proof was made, or none derived.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SdError {
    /// Text that is not a JSON pointer.
    #[error("{0:?} is not a JSON pointer")]
    Pointer(String),
    /// A pointer to nothing.
    #[error("the document has nothing at {0:?}")]
    Nothing(String),
    /// More or longer pointers than are taken.
    #[error("there are too many pointers, or one is too long")]
    TooManyPointers,
    /// Neither the issuer nor the holder asks for anything to be disclosed.
    #[error("nothing is to be disclosed")]
    NothingDisclosed,
    /// The document has no base proof.
    #[error("the document has no proof from which another can be derived")]
    NoBaseProof,
    /// It has several.
    #[error("the document has several proofs from which another can be derived")]
    SeveralBaseProofs,
    /// A list, a graph, or a blank node that pointers cannot select.
    #[error("the document has a list, a graph or a shared blank node, which cannot be disclosed in part")]
    Unselectable,
    /// The bytes of its proof are malformed.
    #[error(transparent)]
    Value(#[from] SdProofError),
    /// The document or the proof does not hold.
    #[error(transparent)]
    Proof(#[from] ProofError),
    /// The key did not sign.
    #[error(transparent)]
    Signer(#[from] SignerError),
    /// The source of randomness failed.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// BBS could not be computed: the key, the signature or the messages do not belong together.
    #[error("the BBS signature does not belong to the document")]
    Bbs,
}

impl From<JsonLdError> for SdError {
    fn from(error: JsonLdError) -> Self {
        Self::Proof(error.into())
    }
}

impl From<RdfError> for SdError {
    fn from(error: RdfError) -> Self {
        Self::Proof(error.into())
    }
}

impl From<SignError> for SdError {
    fn from(error: SignError) -> Self {
        match error {
            SignError::Proof(error) => Self::Proof(error),
            SignError::Signer(error) => Self::Signer(error),
        }
    }
}
