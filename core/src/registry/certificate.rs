//! Certificates: that a quorum of an epoch's validators made a header final.

use super::{
    codec::{Malformed, Reader, write_varint},
    validators::{MAX_VALIDATORS, ValidatorSet},
};
use crate::crypto::Digest;
use blst::{BLST_ERROR, min_sig};

pub(super) const SIGNATURE_DST: &[u8] = b"BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_POP_";
const FINALIZE_SUFFIX: &[u8] = b"_FINALIZE";

/// The engine's namespace for the network with this genesis digest.
#[must_use]
pub fn namespace(genesis: &Digest) -> Vec<u8> {
    [b"yufu-registry/", &genesis[..]].concat()
}

/// The bytes that a validator signs to make `payload` final.
#[must_use]
pub fn finalize_message(
    genesis: &Digest,
    epoch: u64,
    view: u64,
    parent_view: u64,
    payload: &Digest,
) -> Vec<u8> {
    let namespace = [&namespace(genesis), FINALIZE_SUFFIX].concat();
    let mut proposal = Vec::with_capacity(62);
    write_varint(&mut proposal, epoch);
    write_varint(&mut proposal, view);
    write_varint(&mut proposal, parent_view);
    proposal.extend_from_slice(payload);
    union_unique(&namespace, &proposal)
}

/// The namespace behind its length, and the message: as the engine keeps signatures of different
/// namespaces apart.
pub(super) fn union_unique(namespace: &[u8], message: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(1 + namespace.len() + message.len());
    write_varint(&mut out, namespace.len() as u64);
    out.extend_from_slice(namespace);
    out.extend_from_slice(message);
    out
}

/// A certificate, not verified. New schemes become new variants.
///
/// The engine (Commonware simplex, 2026.10) signs a *finalize* vote for a proposal. Here is said
/// which bytes those are, so that a phone can check them with `blst` and SHA-256 alone:
///
/// - message: `len(ns) ‖ ns ‖ epoch ‖ view ‖ parent view ‖ payload`, where `ns` is
///   [`namespace`] ‖ `_FINALIZE`, the payload is the header's digest, and length, epoch and views are
///   LEB128 numbers;
/// - hashed to G1 by `BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_POP_`;
/// - all signers sign the same message, so the sum of their signatures verifies under the sum of their
///   keys. That is sound only because every key comes with a [proof of possession](super::pop_message).
///
/// The epoch is taken from the header, whose digest covers it, so a certificate from another epoch
/// cannot be passed off.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Certificate {
    /// BLS12-381 multisignature, keys in G2, signatures in G1.
    BlsMultisig(BlsMultisig),
}

/// Who signed, and the sum of their signatures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlsMultisig {
    /// The engine's view in which the header became final.
    view: u64,
    /// The view of its parent.
    parent_view: u64,
    /// Size of the set that the bits are about.
    participants: u8,
    /// One bit a validator in the set's order, least significant first; unused bits are zero.
    signers: Vec<u8>,
    /// The sum of the signatures, compressed.
    signature: [u8; 48],
}

/// The engine's finalization, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finalization {
    /// The engine's epoch.
    pub epoch: u64,
    /// What was made final: a header's digest.
    pub payload: Digest,
    /// The certificate.
    pub certificate: Certificate,
}

/// Why a certificate does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// It speaks about a set of another size.
    #[error("the certificate is about a set of another size")]
    SetSize,
    /// Too few validators signed.
    #[error("too few validators signed")]
    Quorum,
    /// The signature is not a point of the right subgroup.
    #[error("the certificate's signature is not a signature")]
    SignatureEncoding,
    /// The signature does not verify.
    #[error("the certificate's signature does not verify")]
    Signature,
}

const MULTISIG: u8 = 1;

/// The largest certificate, in bytes.
pub(super) const MAX_CERTIFICATE: usize = 1 + 10 + 10 + 1 + MAX_VALIDATORS / 8 + 48;

impl Certificate {
    /// Takes the engine's encoding of a finalization apart:
    /// epoch, view, parent view (LEB128), payload, participants (64-bit big-endian), bits, signature.
    ///
    /// # Errors
    /// [`Malformed`] when the bytes are not that.
    pub fn from_finalization_bytes(bytes: &[u8]) -> Result<Finalization, Malformed> {
        let mut reader = Reader(bytes);
        let epoch = reader.varint()?;
        let view = reader.varint()?;
        let parent_view = reader.varint()?;
        let payload = reader.digest()?;
        let participants = u8::try_from(reader.u64()?).map_err(|_| Malformed)?;
        let multisig = BlsMultisig::read_signers(&mut reader, view, parent_view, participants)?;
        reader.finish()?;
        Ok(Finalization { epoch, payload, certificate: Self::BlsMultisig(multisig) })
    }

    /// The engine's encoding of the finalization of `payload` in `epoch`: what
    /// [`from_finalization_bytes`](Self::from_finalization_bytes) takes apart.
    #[must_use]
    pub fn to_finalization_bytes(&self, epoch: u64, payload: &Digest) -> Vec<u8> {
        let Self::BlsMultisig(multisig) = self;
        let mut out = Vec::new();
        for number in [epoch, multisig.view, multisig.parent_view] {
            write_varint(&mut out, number);
        }
        out.extend_from_slice(payload);
        out.extend_from_slice(&u64::from(multisig.participants).to_be_bytes());
        out.extend_from_slice(&multisig.signers);
        out.extend_from_slice(&multisig.signature);
        out
    }

    /// Positions in the validator set of those who are said to have signed. They did if the certificate
    /// [verifies](Self::verify).
    pub fn signers(&self) -> impl Iterator<Item = usize> + '_ {
        let Self::BlsMultisig(multisig) = self;
        (0..usize::from(multisig.participants)).filter(|index| multisig.signed(*index))
    }

    /// Checks that a quorum of `set` made `payload` final in `epoch` of the network.
    ///
    /// # Errors
    /// [`CertificateError`] by what does not hold.
    pub fn verify(
        &self,
        genesis: &Digest,
        epoch: u64,
        set: &ValidatorSet,
        payload: &Digest,
    ) -> Result<(), CertificateError> {
        let Self::BlsMultisig(multisig) = self;
        multisig.verify(genesis, epoch, set, payload)
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) {
        let Self::BlsMultisig(multisig) = self;
        out.push(MULTISIG);
        write_varint(out, multisig.view);
        write_varint(out, multisig.parent_view);
        out.push(multisig.participants);
        out.extend_from_slice(&multisig.signers);
        out.extend_from_slice(&multisig.signature);
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        if reader.u8()? != MULTISIG {
            return Err(Malformed);
        }
        let view = reader.varint()?;
        let parent_view = reader.varint()?;
        let participants = reader.u8()?;
        BlsMultisig::read_signers(reader, view, parent_view, participants).map(Self::BlsMultisig)
    }
}

impl BlsMultisig {
    fn read_signers(
        reader: &mut Reader<'_>,
        view: u64,
        parent_view: u64,
        participants: u8,
    ) -> Result<Self, Malformed> {
        let n = usize::from(participants);
        if !(1..=MAX_VALIDATORS).contains(&n) {
            return Err(Malformed);
        }
        let signers = reader.take(n.div_ceil(8))?.to_vec();
        let unused = signers.last().is_some_and(|&last| n % 8 != 0 && last >> (n % 8) != 0);
        if unused {
            return Err(Malformed);
        }
        Ok(Self { view, parent_view, participants, signers, signature: reader.array()? })
    }

    fn signed(&self, index: usize) -> bool {
        self.signers.get(index / 8).is_some_and(|byte| byte >> (index % 8) & 1 == 1)
    }

    fn verify(
        &self,
        genesis: &Digest,
        epoch: u64,
        set: &ValidatorSet,
        payload: &Digest,
    ) -> Result<(), CertificateError> {
        if usize::from(self.participants) != set.len() {
            return Err(CertificateError::SetSize);
        }
        let keys: Vec<_> =
            set.keys().iter().enumerate().filter(|(i, _)| self.signed(*i)).map(|(_, key)| key).collect();
        if keys.len() < set.quorum() {
            return Err(CertificateError::Quorum);
        }
        // Keys were checked when the set was made. The point at infinity is no signature: with it any
        // message would verify under keys that cancel out.
        let signature = min_sig::Signature::uncompress(&self.signature)
            .and_then(|signature| signature.validate(true).map(|()| signature))
            .map_err(|_| CertificateError::SignatureEncoding)?;
        let key = min_sig::AggregatePublicKey::aggregate(&keys, false)
            .map_err(|_| CertificateError::Quorum)?
            .to_public_key();
        let message = finalize_message(genesis, epoch, self.view, self.parent_view, payload);
        match signature.verify(false, &message, SIGNATURE_DST, &[], &key, false) {
            BLST_ERROR::BLST_SUCCESS => Ok(()),
            _ => Err(CertificateError::Signature),
        }
    }
}
