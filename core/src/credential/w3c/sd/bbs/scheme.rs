//! BBS signatures and proofs, with everything checked beforehand that the implementation leaves to its
//! caller.
//!
//! Spec: The BBS Signature Scheme §3.5, ciphersuite BLS12-381-SHA-256.

use super::{
    BbsKey,
    value::{BaseProof, DerivedProof},
};
use zkryptium::{
    bbsplus::keys::{BBSplusPublicKey, BBSplusSecretKey},
    schemes::{
        algorithms::BbsBls12381Sha256,
        generics::{PoKSignature, Signature},
    },
};

pub(super) fn sign(key: &BbsKey, header: &[u8], messages: &[Vec<u8>]) -> Option<[u8; 80]> {
    let secret = BBSplusSecretKey::from_bytes(key.scalar().as_ref()).ok()?;
    let public = secret.public_key();
    let signature = Signature::<BbsBls12381Sha256>::sign(Some(messages), &secret, &public, Some(header));
    Some(signature.ok()?.to_bytes())
}

/// A proof that discloses the messages at `disclosed`; none when the signature is not over `messages`.
pub(super) fn prove(
    base: &BaseProof,
    messages: &[Vec<u8>],
    disclosed: &[usize],
    presentation_header: &[u8],
) -> Option<Vec<u8>> {
    if is_infinity(&base.signature) || disclosed.iter().any(|index| *index >= messages.len()) {
        return None;
    }
    let public = BBSplusPublicKey::from_bytes(&base.key).ok()?;
    let signature = Signature::<BbsBls12381Sha256>::from_bytes(&base.signature).ok()?;
    signature.verify(&public, Some(messages), Some(&base.header)).ok()?;
    let proof = PoKSignature::<BbsBls12381Sha256>::proof_gen(
        &public,
        &base.signature,
        Some(&base.header),
        Some(presentation_header),
        Some(messages),
        Some(disclosed),
    );
    Some(proof.ok()?.to_bytes())
}

pub(super) fn verify(key: &[u8; 96], header: &[u8], derived: &DerivedProof, messages: &[Vec<u8>]) -> bool {
    // With the point at infinity in the place of the blinded signature, the pairing would hold for anyone.
    if derived.proof.chunks(48).take(3).any(is_infinity) {
        return false;
    }
    let public = BBSplusPublicKey::from_bytes(key);
    let proof = PoKSignature::<BbsBls12381Sha256>::from_bytes(&derived.proof);
    let (Ok(public), Ok(proof)) = (public, proof) else { return false };
    let (indexes, presentation) = (&derived.selective_indexes, &derived.presentation_header);
    proof.proof_verify(&public, Some(messages), Some(indexes), Some(header), Some(presentation)).is_ok()
}

/// Whether a compressed point has the flag of the point at infinity.
fn is_infinity(point: &[u8]) -> bool {
    point.first().is_none_or(|first| first & 0x40 != 0)
}
