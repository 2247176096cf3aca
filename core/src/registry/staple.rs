//! Staples: what a credential carries so that it can be verified with no network.
//!
//! A folded header with its certificate, the proof of the grant leaf and its value, and the chunk of
//! the status list with its witness: about 1.2 kB whatever the number of validators. Or the proof that
//! the issuer does not exist, or exists and is not accredited.

use super::{
    checkpoint::VerifiedHeader,
    codec::{Malformed, Reader, write_short_bytes},
    header::SignedHeader,
    light_client::LightClientError,
    proof::{CompactProof, ProofError},
    record::{Compromise, DidRecord, Grant, Record, RecordError},
    record_key::RecordKey,
};
use crate::{
    crypto::Digest,
    did::yufu::IssuerId,
    status::{
        ListContext,
        chunk::{self, WitnessError},
        issued,
    },
};

/// The largest staple, in bytes.
pub const MAX_STAPLE: usize = 4096;

/// What the credential itself says, and nothing else decides what it is checked against.
#[derive(Clone, Copy, Debug)]
pub struct StapleQuery<'a> {
    /// Its issuer.
    pub issuer: IssuerId,
    /// Its type.
    pub vct: &'a str,
    /// Its status list.
    pub list: u32,
    /// Its index in the list.
    pub index: u64,
    /// SHA-256 of what the issuer signed.
    pub credential_digest: &'a Digest,
}

/// What a verified staple says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StapleReport {
    /// At which header. Its time is the age of key and accreditation.
    pub header: VerifiedHeader,
    /// What stands there.
    pub finding: Finding,
}

/// What stands in the registry about a credential.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "nearly every finding is a grant, and one is held at a time")]
pub enum Finding {
    /// There is a grant. Whether it covers the credential's dates, and how old it may be, the verifier
    /// decides.
    Granted {
        /// The grant. Its `published_at_ms` is the age of the status.
        grant: Grant,
        /// The credential's status value.
        status: u8,
        /// `None` unless the key was compromised; then whether the credential was recorded before.
        recorded: Option<bool>,
    },
    /// No such DID is registered.
    UnknownIssuer,
    /// The DID is registered and not accredited for this type.
    NotAccredited,
}

/// Why a staple does not hold. The verdict is then `status_unknown`: nothing follows from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StapleError {
    /// Not the bytes of a staple.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// It is about another list, type or issuer than the credential's.
    #[error("the staple is about another credential's list")]
    WrongList,
    /// Its header is not believed.
    #[error(transparent)]
    Header(#[from] LightClientError),
    /// Its header is not the first of a slot.
    #[error("the staple's header is not an anchor")]
    NotAnAnchor,
    /// A proof does not hold.
    #[error(transparent)]
    BadProof(#[from] ProofError),
    /// A proven value is not the record that it should be.
    #[error(transparent)]
    BadRecord(#[from] RecordError),
    /// The status witness does not hold.
    #[error(transparent)]
    BadWitness(#[from] WitnessError),
    /// It carries a path of issuance that nothing asks for.
    #[error("the staple carries a path that nothing asks for")]
    NeedlessPath,
}

/// A staple in its parts: not verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Staple {
    signed_header: SignedHeader,
    label: [u8; 4],
    finding: StapledFinding,
}

/// What a staple claims, with its proofs: not verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StapledFinding {
    /// There is a grant.
    Grant {
        /// The grant's bytes.
        value: Vec<u8>,
        /// That they stand under the trust root.
        proof: CompactProof,
        /// Chunk of the status list and its path: see [`crate::status::chunk`].
        witness: Vec<u8>,
        /// Path in the issued tree, where the key was compromised: see [`crate::status::issued`].
        issued_path: Option<Vec<u8>>,
    },
    /// There is no such DID.
    UnknownIssuer {
        /// Absence of `did/…`.
        proof: CompactProof,
    },
    /// There is the DID and no accreditation.
    NotAccredited {
        /// The DID record's bytes.
        did: Vec<u8>,
        /// That they stand under the trust root.
        did_proof: CompactProof,
        /// Absence of `acc/…`.
        accreditation_proof: CompactProof,
    },
}

const VERSION: u8 = 1;
const GRANT: u8 = 1;
const GRANT_WITH_PATH: u8 = 2;
const UNKNOWN_ISSUER: u8 = 3;
const NOT_ACCREDITED: u8 = 4;

impl Staple {
    /// A staple for credentials of this issuer, type and list. The header is folded if it is not.
    #[must_use]
    pub fn new(
        signed_header: SignedHeader,
        issuer: IssuerId,
        vct: &str,
        list: u32,
        finding: StapledFinding,
    ) -> Self {
        Self { signed_header: signed_header.fold(), label: label(issuer, vct, list), finding }
    }

    /// Header and certificate, not verified.
    #[must_use]
    pub fn signed_header(&self) -> &SignedHeader {
        &self.signed_header
    }

    /// What it claims, not verified.
    #[must_use]
    pub fn finding(&self) -> &StapledFinding {
        &self.finding
    }

    /// The bytes: version 1; kind; 4 bytes of the grant's key hash, so that a mix-up of lists has its
    /// name; then parts behind 16-bit lengths: the signed header, and by kind
    /// 1: value, proof, witness; 2: the same and the issued path; 3: proof; 4: DID record, its proof,
    /// absence of the accreditation.
    ///
    /// # Errors
    /// [`Malformed`] when it would be larger than [`MAX_STAPLE`].
    pub fn to_bytes(&self) -> Result<Vec<u8>, Malformed> {
        let (kind, parts) = match &self.finding {
            StapledFinding::Grant { value, proof, witness, issued_path: None } => {
                (GRANT, vec![value.clone(), proof.to_bytes(), witness.clone()])
            }
            StapledFinding::Grant { value, proof, witness, issued_path: Some(path) } => {
                (GRANT_WITH_PATH, vec![value.clone(), proof.to_bytes(), witness.clone(), path.clone()])
            }
            StapledFinding::UnknownIssuer { proof } => (UNKNOWN_ISSUER, vec![proof.to_bytes()]),
            StapledFinding::NotAccredited { did, did_proof, accreditation_proof } => {
                (NOT_ACCREDITED, vec![did.clone(), did_proof.to_bytes(), accreditation_proof.to_bytes()])
            }
        };
        let mut out = vec![VERSION, kind];
        out.extend_from_slice(&self.label);
        write_short_bytes(&mut out, &self.signed_header.to_bytes())?;
        for part in parts {
            write_short_bytes(&mut out, &part)?;
        }
        if out.len() > MAX_STAPLE { Err(Malformed) } else { Ok(out) }
    }

    /// The staple in `bytes`.
    ///
    /// # Errors
    /// [`Malformed`] when they do not follow the format to their last, are more than [`MAX_STAPLE`], or
    /// carry an unfolded header.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Malformed> {
        if bytes.len() > MAX_STAPLE {
            return Err(Malformed);
        }
        let mut reader = Reader(bytes);
        if reader.u8()? != VERSION {
            return Err(Malformed);
        }
        let kind = reader.u8()?;
        let label = reader.array()?;
        let signed_header = SignedHeader::from_bytes(reader.short_bytes()?)?;
        if signed_header.rest().is_some() {
            return Err(Malformed);
        }
        let finding = match kind {
            GRANT | GRANT_WITH_PATH => StapledFinding::Grant {
                value: reader.short_bytes()?.to_vec(),
                proof: CompactProof::from_bytes(reader.short_bytes()?)?,
                witness: reader.short_bytes()?.to_vec(),
                issued_path: match kind {
                    GRANT => None,
                    _ => Some(reader.short_bytes()?.to_vec()),
                },
            },
            UNKNOWN_ISSUER => {
                StapledFinding::UnknownIssuer { proof: CompactProof::from_bytes(reader.short_bytes()?)? }
            }
            NOT_ACCREDITED => StapledFinding::NotAccredited {
                did: reader.short_bytes()?.to_vec(),
                did_proof: CompactProof::from_bytes(reader.short_bytes()?)?,
                accreditation_proof: CompactProof::from_bytes(reader.short_bytes()?)?,
            },
            _ => return Err(Malformed),
        };
        reader.finish()?;
        Ok(Self { signed_header, label, finding })
    }

    /// Names a mix-up before anything is verified. The proof would fail anyway, with no word for it.
    pub(super) fn check_subject(&self, query: &StapleQuery<'_>) -> Result<(), StapleError> {
        if self.label == label(query.issuer, query.vct, query.list) {
            Ok(())
        } else {
            Err(StapleError::WrongList)
        }
    }

    /// Verifies everything below the header. The caller has verified that `header` is this staple's.
    pub(super) fn verify(
        &self,
        header: VerifiedHeader,
        query: &StapleQuery<'_>,
    ) -> Result<StapleReport, StapleError> {
        if header.slot() == 0 {
            return Err(StapleError::NotAnAnchor);
        }
        let (issuer, vct) = (query.issuer, query.vct.to_owned());
        let finding = match &self.finding {
            StapledFinding::Grant { value, proof, witness, issued_path } => {
                let key = RecordKey::Grant { issuer, vct, list: query.list };
                header.verify_record(&key, Some(value), proof)?;
                granted(Grant::from_bytes(value)?, witness, issued_path.as_deref(), query)?
            }
            StapledFinding::UnknownIssuer { proof } => {
                header.verify_record(&RecordKey::Did { issuer }, None, proof)?;
                Finding::UnknownIssuer
            }
            StapledFinding::NotAccredited { did, did_proof, accreditation_proof } => {
                header.verify_record(&RecordKey::Did { issuer }, Some(did), did_proof)?;
                DidRecord::from_bytes(did)?;
                let key = RecordKey::Accreditation { issuer, vct };
                header.verify_record(&key, None, accreditation_proof)?;
                Finding::NotAccredited
            }
        };
        Ok(StapleReport { header, finding })
    }
}

/// Reads the status, and after a compromise whether the credential was recorded before. `bits` and
/// `size` come from the proven grant alone.
fn granted(
    grant: Grant,
    witness: &[u8],
    issued_path: Option<&[u8]>,
    query: &StapleQuery<'_>,
) -> Result<Finding, StapleError> {
    let context = ListContext { issuer: query.issuer, list: query.list };
    let (root, encoding, bits, size) = (&grant.status_root, grant.encoding, grant.bits, grant.size);
    let status = chunk::verify_witness(root, &context, encoding, bits, size, query.index, witness)?;
    let compromised = grant.key_revocation.and_then(|revocation| revocation.compromised);
    let recorded = match (compromised, issued_path) {
        (None, None) => None,
        (None, Some(_)) => return Err(StapleError::NeedlessPath),
        (Some(_), None) => Some(false),
        // A path that does not verify proves as much as none.
        (Some(Compromise { issued_root, .. }), Some(path)) => Some(
            issued::verify_path(&issued_root, &context, size, query.index, query.credential_digest, path)
                .is_ok(),
        ),
    };
    Ok(Finding::Granted { grant, status, recorded })
}

fn label(issuer: IssuerId, vct: &str, list: u32) -> [u8; 4] {
    let hash = RecordKey::Grant { issuer, vct: vct.to_owned(), list }.hash();
    [hash[0], hash[1], hash[2], hash[3]]
}
