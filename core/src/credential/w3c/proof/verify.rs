//! Checking the proofs of a document.

use super::{
    Cryptosuite, Proof, ProofError, jcs,
    set::{ProofSet, without_proofs},
    sign::stages,
};
use crate::{
    credential::w3c::{json_ld::Limits, model::DateTimeStamp, sd},
    crypto::PublicKey,
    did::{Relationship, VerificationMethods},
};
use serde_json::{Map, Value};

/// What is asked of every proof of a document.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ProofPolicy<'a> {
    /// What it must have been made for, and its key be there for.
    pub purpose: Relationship,
    /// Exactly these domains, in any order. `None` where the caller asks afterwards.
    pub domain: Option<&'a [&'a str]>,
    /// The challenge that it must answer. `None` where the caller asks afterwards.
    pub challenge: Option<&'a str>,
    /// Now, in seconds.
    pub now: u64,
    /// By how many seconds another's clock may differ: [`TOLERANCE`](Self::TOLERANCE) unless set.
    pub tolerance: u64,
    /// The suites that are taken: all unless set.
    pub suites: &'a [Cryptosuite],
    /// The contexts that are known, and how large a document may be.
    pub limits: Limits,
}

impl ProofPolicy<'_> {
    /// Five minutes.
    pub const TOLERANCE: u64 = 300;

    /// Proofs of any suite for this purpose at this time, in seconds, for any domain and challenge.
    #[must_use]
    pub fn new(purpose: Relationship, now: u64) -> Self {
        Self {
            purpose,
            domain: None,
            challenge: None,
            now,
            tolerance: Self::TOLERANCE,
            suites: &Cryptosuite::ALL,
            limits: Limits::default(),
        }
    }

    fn check(&self, proof: &Proof) -> Result<(), ProofError> {
        if !self.suites.contains(&proof.cryptosuite()) {
            return Err(ProofError::SuiteNotAllowed(proof.cryptosuite()));
        }
        if proof.purpose() != self.purpose {
            return Err(ProofError::OtherPurpose);
        }
        if self.domain.is_some_and(|expected| !are_the_same(expected, proof.domains())) {
            return Err(ProofError::Domain);
        }
        if self.challenge.is_some() && proof.challenge() != self.challenge {
            return Err(ProofError::Challenge);
        }
        let latest = DateTimeStamp::from_seconds(self.now.saturating_add(self.tolerance));
        if proof.created().is_some_and(|created| created > latest) {
            return Err(ProofError::CreatedInFuture);
        }
        let earliest = DateTimeStamp::from_seconds(self.now.saturating_sub(self.tolerance));
        if proof.expires().is_some_and(|expires| expires < earliest) {
            return Err(ProofError::Expired);
        }
        Ok(())
    }
}

fn are_the_same(expected: &[&str], domains: &[String]) -> bool {
    expected.iter().all(|expected| domains.iter().any(|domain| domain == expected))
        && domains.iter().all(|domain| expected.contains(&domain.as_str()))
}

/// The proofs of a document, all of which hold. Only [`verify`] makes one.
#[derive(Clone, Debug)]
pub struct VerifiedProofs {
    proofs: Vec<VerifiedProof>,
    document: Map<String, Value>,
}

impl VerifiedProofs {
    /// The proofs, in the order of the document; at least one.
    #[must_use]
    pub fn proofs(&self) -> &[VerifiedProof] {
        &self.proofs
    }

    /// What all of them sign: the document without its proofs. Its context is that which was signed;
    /// suites over canonical JSON let a document name further ones after those, which nobody signed.
    #[must_use]
    pub fn document(&self) -> &Map<String, Value> {
        &self.document
    }

    /// What all of them sign.
    #[must_use]
    pub fn into_document(self) -> Map<String, Value> {
        self.document
    }
}

/// A proof that holds, with the key that made it.
#[derive(Clone, Debug)]
pub struct VerifiedProof {
    proof: Proof,
    key: PublicKey,
}

impl VerifiedProof {
    /// What the proof says.
    #[must_use]
    pub fn proof(&self) -> &Proof {
        &self.proof
    }

    /// The name of the key that made it.
    #[must_use]
    pub fn verification_method(&self) -> &str {
        self.proof.verification_method()
    }

    /// The key that made it.
    #[must_use]
    pub fn key(&self) -> &PublicKey {
        &self.key
    }
}

/// Checks *all* proofs of `document`, those of a set and those of a chain: that each has a known suite and
/// fits the policy, that the proofs which it follows are there (and so hold too), that its key is to be
/// had for the purpose, and that its signature is over the document and those proofs.
///
/// Who the signers are, the caller must ask: anyone can add a proof of their own to a set.
///
/// # Errors
/// [`ProofError`] by the first thing that does not hold; structure comes before policy, policy before
/// keys and signatures.
///
/// Spec: Data Integrity 1.0 §4.4, §4.5.
pub fn verify(
    document: &Map<String, Value>,
    methods: &dyn VerificationMethods,
    policy: &ProofPolicy<'_>,
) -> Result<VerifiedProofs, ProofError> {
    let set = ProofSet::read(document)?;
    if set.len() == 0 {
        return Err(ProofError::Missing);
    }
    set.iter().try_for_each(|proof| policy.check(proof))?;
    let key = |proof: &Proof| Ok(methods.key(proof.verification_method(), policy.purpose)?);
    let keys: Vec<PublicKey> = set.iter().map(key).collect::<Result<_, ProofError>>()?;

    let unsecured = without_proofs(document);
    for (proof, key) in set.iter().zip(&keys) {
        let input = set.input(&unsecured, proof.previous())?;
        verify_one(&input, proof, key, &policy.limits)?;
    }
    let document = as_signed(unsecured, &set);
    let proofs = set.into_proofs().zip(keys).map(|(proof, key)| VerifiedProof { proof, key }).collect();
    Ok(VerifiedProofs { proofs, document })
}

fn verify_one(
    input: &Map<String, Value>,
    proof: &Proof,
    key: &PublicKey,
    limits: &Limits,
) -> Result<(), ProofError> {
    match proof.cryptosuite() {
        Cryptosuite::EcdsaSd2023 => return sd::ecdsa::verify(input, proof, key, limits),
        Cryptosuite::Bbs2023 => return sd::bbs::verify(input, proof, key, limits),
        _ => {}
    }
    let stages = stages(proof.cryptosuite(), input, proof.configuration(), key, limits)?;
    Ok(key.verify(&stages.message(), proof.value())?)
}

/// The document with the shortest context that one of the proofs signs; all of them start alike.
fn as_signed(mut unsecured: Map<String, Value>, set: &ProofSet<'_>) -> Map<String, Value> {
    let signed = set.iter().filter(|proof| proof.cryptosuite().is_jcs());
    let signed = signed.filter_map(|proof| proof.configuration().get("@context"));
    let shortest = signed.min_by_key(|context| jcs::items(context).len());
    let whole = unsecured.get("@context").map_or(0, |context| jcs::items(context).len());
    if let Some(context) = shortest.filter(|context| jcs::items(context).len() < whole) {
        unsecured.insert("@context".into(), context.clone());
    }
    unsecured
}
