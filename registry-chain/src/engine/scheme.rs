//! The signature scheme of the votes, and the keys of a validator. This is the one place that says
//! which scheme it is.

use super::{ConsensusKeys, EngineError};
use commonware_codec::{Copying, Decode as _, DecodeExt as _, Encode as _};
use commonware_consensus::simplex::{scheme::bls12381_multisig, types::Finalization};
use commonware_cryptography::{
    Signer as _,
    bls12381::primitives::{group::Private, ops, variant::MinSig},
    certificate::Verifier as _,
    ed25519, sha256,
};
use commonware_utils::{TryCollect as _, ordered::BiMap};
use yufu_core::{
    Random, RandomError,
    crypto::Digest,
    registry::{Certificate, SignedHeader, ValidatorSet, namespace, pop_namespace},
};
use zeroize::Zeroizing;

/// Votes are BLS signatures on BLS12-381 with signatures in G1; certificates add them up and name
/// the signers.
pub(super) type Scheme = bls12381_multisig::Scheme<ed25519::PublicKey, MinSig>;

/// Why bytes are not a validator's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the private key of a validator")]
pub struct ConsensusKeyError;

/// The key by which a validator is known to the others' network layer.
#[derive(Clone)]
pub struct IdentityKey(pub(super) ed25519::PrivateKey);

impl IdentityKey {
    /// A fresh key.
    ///
    /// # Errors
    /// [`RandomError`] when there is no randomness.
    pub fn generate(random: &dyn Random) -> Result<Self, RandomError> {
        let seed = Zeroizing::new(random.bytes::<32>()?);
        Self::from_bytes(seed.as_ref()).map_err(|_| RandomError)
    }

    /// The key with this seed (32 bytes).
    ///
    /// # Errors
    /// [`ConsensusKeyError`] on another length.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ConsensusKeyError> {
        ed25519::PrivateKey::decode(Copying(bytes)).map(Self).map_err(|_| ConsensusKeyError)
    }

    /// The seed, to be sealed and stored.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(self.0.encode().to_vec())
    }

    /// The public half: the validator's place in the set follows its order.
    #[must_use]
    pub fn public(&self) -> [u8; 32] {
        let mut out = [0; 32];
        out.copy_from_slice(self.0.public_key().as_ref());
        out
    }
}

/// The key that signs a validator's votes.
#[derive(Clone)]
pub struct ConsensusKey(pub(super) Private);

impl ConsensusKey {
    /// A fresh key.
    ///
    /// # Errors
    /// [`RandomError`] when there is no randomness.
    pub fn generate(random: &dyn Random) -> Result<Self, RandomError> {
        loop {
            let scalar = Zeroizing::new(random.bytes::<32>()?);
            // More than half of all draws are no scalar of the group: draw until one is.
            if let Ok(key) = Self::from_bytes(scalar.as_ref()) {
                return Ok(key);
            }
        }
    }

    /// The key with this scalar (32 bytes, big-endian).
    ///
    /// # Errors
    /// [`ConsensusKeyError`] when it is none of the group.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ConsensusKeyError> {
        Private::decode(Copying(bytes)).map(Self).map_err(|_| ConsensusKeyError)
    }

    /// The scalar, to be sealed and stored.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(self.0.encode().to_vec())
    }

    /// The public half, a compressed point of G2.
    #[must_use]
    pub fn public(&self) -> [u8; 96] {
        let mut out = [0; 96];
        out.copy_from_slice(&ops::compute_public::<MinSig>(&self.0).encode());
        out
    }

    /// Proof, bound to the validator's identity, that whoever registers the public half holds the
    /// private one: without it, a validator could choose a key that cancels the others'.
    #[must_use]
    pub fn proof_of_possession(&self, identity: &[u8; 32]) -> [u8; 48] {
        let mut out = [0; 48];
        let proof = ops::sign_proof_of_possession::<MinSig>(&self.0, &pop_namespace(identity));
        out.copy_from_slice(&proof.encode());
        out
    }
}

/// The scheme of an epoch: with the key of the validator whose `identity` this is, if it is one and may
/// vote, and else to check what the others sign. The proofs of possession were checked when the set was
/// parsed.
pub(super) fn scheme(
    network: &Digest,
    set: &ValidatorSet,
    own: &[u8; 32],
    keys: &dyn ConsensusKeys,
) -> Result<Scheme, EngineError> {
    let namespace = namespace(network);
    let participants = participants(set)?;
    let Some(member) = set.validators().iter().find(|validator| validator.identity == *own) else {
        return Ok(Scheme::verifier(&namespace, participants));
    };
    if let Some(key) = keys.find(&member.bls)
        && let Some(signer) = Scheme::signer(&namespace, participants.clone(), key.0)
    {
        return Ok(signer);
    }
    Scheme::member(&namespace, participants, &identity(own)?)
        .ok_or_else(|| EngineError::Set("a member that is none".into()))
}

type PublicPoint = <MinSig as commonware_cryptography::bls12381::primitives::variant::Variant>::Public;

fn participants(set: &ValidatorSet) -> Result<BiMap<ed25519::PublicKey, PublicPoint>, EngineError> {
    set.validators()
        .iter()
        .map(|validator| Ok((identity(&validator.identity)?, point(&validator.bls)?)))
        .collect::<Result<Vec<_>, EngineError>>()?
        .into_iter()
        .try_collect()
        .map_err(|e| EngineError::Set(format!("{e:?}")))
}

/// Whether the engine can know a validator by this key.
pub(crate) fn is_identity(bytes: &[u8; 32]) -> bool {
    identity(bytes).is_ok()
}

pub(super) fn identity(bytes: &[u8; 32]) -> Result<ed25519::PublicKey, EngineError> {
    ed25519::PublicKey::decode(Copying(bytes)).map_err(|e| EngineError::Set(e.to_string()))
}

fn point(bytes: &[u8; 96]) -> Result<PublicPoint, EngineError> {
    PublicPoint::decode(Copying(bytes)).map_err(|e| EngineError::Set(e.to_string()))
}

/// The engine's form of a certificate that a light client has verified.
pub(super) fn finalization(
    signed: &SignedHeader,
) -> Result<Finalization<Scheme, sha256::Digest>, EngineError> {
    let (header, unreadable) =
        (signed.header(), |e: commonware_codec::Error| EngineError::Set(e.to_string()));
    let bytes = signed.certificate().to_finalization_bytes(header.epoch, &header.digest());
    let limit = Scheme::certificate_codec_config_unbounded();
    Finalization::decode_cfg(Copying(&bytes[..]), &limit).map_err(unreadable)
}

/// The engine's certificate in the form that light clients read.
pub(super) fn certificate(
    finalization: &Finalization<Scheme, sha256::Digest>,
) -> Result<Certificate, EngineError> {
    Certificate::from_finalization_bytes(&finalization.encode())
        .map(|finalization| finalization.certificate)
        .map_err(|e| EngineError::Stopped(e.to_string()))
}
