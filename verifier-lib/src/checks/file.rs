//! A presentation of the W3C data model: from bytes to signatures that hold, and who presents it.

use super::holder::{accepted, freshness, shortened, unused};
use crate::{
    limits::Limits,
    nonce_log::{NonceId, NonceLog},
    outcome::Reason,
    registry::{Evidence, Proofs},
};
use yufu_core::{
    credential::w3c::{
        PresentationOptions, Securing, VcError, VerifiedCredential, VerifiedPresentation, jose::VcJoseError,
        model::ModelError, proof::ProofError,
    },
    crypto::sha256,
    did::{MethodError, yufu::NamedKeys},
    jose::JoseError,
    presentation::{
        audience::Audience,
        file::{Challenge, FileError, UnverifiedFile},
        preset::Grade,
    },
};

const NONCE_TAG: &[u8] = b"yufu/presentation-file-nonce/v1";

/// A presentation whose signatures hold: the holder's, and the issuer's on the credential.
pub(crate) struct Presented(VerifiedPresentation);

pub(crate) fn read(bytes: &[u8]) -> Result<UnverifiedFile, Reason> {
    let file = UnverifiedFile::parse(bytes).map_err(|error| match error {
        FileError::TooLarge => Reason::TooLarge,
        FileError::Presentation(VcError::Presented(_, error)) => issuer_reason(&error),
        FileError::Presentation(VcError::Unsecured) => Reason::NoKeyBinding,
        _ => Reason::Malformed,
    })?;
    // One verdict is about one credential.
    let presented = file.presentation.presentation_before_verification().credentials().len();
    let fits = presented == 1 && file.staples().len() <= 1 && file.listings().len() <= 1;
    if fits { Ok(file) } else { Err(Reason::Malformed) }
}

pub(crate) fn proofs(file: &UnverifiedFile) -> Proofs<'_> {
    Proofs {
        staple: file.staples().first().map(Vec::as_slice),
        listing: file.listings().first().map(Vec::as_slice),
    }
}

pub(crate) fn signatures(file: &UnverifiedFile, now_ms: u64) -> Result<Presented, Reason> {
    // Request, audience and holder are asked after the registry, in the order of all checks.
    let options =
        PresentationOptions { now: now_ms / 1000, challenge: None, audiences: None, bound_to_holder: false };
    match file.presentation.clone().verify(&NamedKeys, &options) {
        Ok(presentation) => Ok(Presented(presentation)),
        Err(VcError::Presented(_, error)) => Err(issuer_reason(&error)),
        Err(error) => Err(holder_reason(&error)),
    }
}

impl Presented {
    pub(crate) fn credential(&self) -> Result<&VerifiedCredential, Reason> {
        match self.0.credentials() {
            [one] if one.securing() != Securing::SelfAsserted => Ok(one),
            _ => Err(Reason::MalformedCredential),
        }
    }

    /// Whether its subject presents the credential himself: lately, for this counter, for the first time.
    pub(crate) fn holder(
        &self,
        evidence: &Evidence,
        audiences: &[Audience],
        grade: Grade,
        nonces: &dyn NonceLog,
        limits: &Limits,
        now_ms: u64,
    ) -> Result<NonceId, Reason> {
        self.0.check_holder().map_err(|_| Reason::OtherHolder)?;
        let audiences = accepted(audiences, grade);
        if !self.0.audiences().iter().any(|audience| audiences.contains(audience)) {
            return Err(Reason::OtherAudience);
        }
        let challenge = self.0.challenge().and_then(|text| text.parse::<Challenge>().ok());
        let challenge = challenge.ok_or(Reason::MalformedKeyBinding)?;
        if challenge.anchor != evidence.anchor {
            return Err(Reason::OtherAnchor);
        }
        let id = shortened(&sha256(&[NONCE_TAG, &challenge.nonce, self.0.holder().as_bytes()]));
        unused(&id, nonces, now_ms)?;
        let made = self.0.signed_at().ok_or(Reason::MalformedKeyBinding)?;
        freshness(made, limits.max_age_s, now_ms)?;
        Ok(id)
    }
}

fn issuer_reason(error: &VcError) -> Reason {
    match error {
        // Of another DID method, or a did:yufu that is none.
        VcError::Method(MethodError::NotResolved)
        | VcError::Proof(ProofError::Method(MethodError::NotResolved)) => Reason::ForeignIdentifier,
        VcError::Model(ModelError::TooLarge) => Reason::TooLarge,
        VcError::Jose(VcJoseError::Expired) | VcError::Proof(ProofError::Expired) => {
            Reason::CredentialExpired
        }
        VcError::Jose(VcJoseError::NotYetValid | VcJoseError::IssuedInFuture)
        | VcError::Proof(ProofError::CreatedInFuture) => Reason::CredentialNotYetValid,
        VcError::Jose(VcJoseError::SdJwt(_)) => Reason::DisclosureNotSigned,
        VcError::Proof(ProofError::Signature | ProofError::Method(_) | ProofError::KeyKind)
        | VcError::OtherSigner
        | VcError::Method(_)
        | VcError::KeyKind
        | VcError::Jose(
            VcJoseError::OtherSigner | VcJoseError::Jws(JoseError::Signature | JoseError::Algorithm),
        ) => Reason::IssuerSignature,
        _ => Reason::MalformedCredential,
    }
}

fn holder_reason(error: &VcError) -> Reason {
    match error {
        VcError::Jose(VcJoseError::Expired) | VcError::Proof(ProofError::Expired) => Reason::CodeTooOld,
        VcError::Jose(VcJoseError::NotYetValid | VcJoseError::IssuedInFuture)
        | VcError::Proof(ProofError::CreatedInFuture) => Reason::CodeAhead,
        VcError::Unsecured => Reason::NoKeyBinding,
        VcError::Proof(ProofError::Signature | ProofError::Method(_) | ProofError::KeyKind)
        | VcError::OtherSigner
        | VcError::Method(_)
        | VcError::KeyKind
        | VcError::Jose(VcJoseError::OtherSigner | VcJoseError::Jws(_)) => Reason::HolderSignature,
        _ => Reason::MalformedKeyBinding,
    }
}
