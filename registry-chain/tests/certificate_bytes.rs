//! The light client, which is written on `blst` alone, and the engine agree on every byte: keys, order,
//! proofs of possession, votes, certificates.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use commonware_codec::Encode;
use commonware_consensus::{
    simplex::{
        scheme::bls12381_multisig::Scheme,
        types::{Finalization, Finalize, Proposal},
    },
    types::{Epoch, Round, View},
};
use commonware_cryptography::{
    Signer,
    bls12381::primitives::{
        group::Private,
        ops::{compute_public, sign_proof_of_possession},
        variant::MinSig,
    },
    certificate::Scheme as _,
    ed25519, sha256,
};
use commonware_math::algebra::Random;
use commonware_parallel::Sequential;
use commonware_utils::{TestRng, TryCollect, iter::NonEmpty, ordered::BiMap};
use yufu_core::{
    crypto::Digest,
    registry::{Certificate, CertificateError, Validator, ValidatorSet, namespace, pop_namespace},
};

type Multisig = Scheme<ed25519::PublicKey, MinSig>;

const GENESIS: Digest = [0x11; 32];
const PAYLOAD: Digest = [0x22; 32];

struct Network {
    schemes: Vec<Multisig>,
    set: ValidatorSet,
}

fn network(n: u64) -> Network {
    let identities: Vec<_> = (0..n).map(|i| ed25519::PrivateKey::from_seed(i).public_key()).collect();
    let secrets: Vec<_> = (0..n).map(|i| Private::random(TestRng::new(1000 + i))).collect();
    let participants: BiMap<_, _> = identities
        .iter()
        .zip(&secrets)
        .map(|(identity, secret)| (identity.clone(), compute_public::<MinSig>(secret)))
        .try_collect()
        .unwrap();
    let validators = identities.iter().zip(&secrets).map(|(identity, secret)| {
        let identity: [u8; 32] = identity.as_ref().try_into().unwrap();
        let pop = sign_proof_of_possession::<MinSig>(secret, &pop_namespace(&identity));
        Validator {
            identity,
            bls: compute_public::<MinSig>(secret).encode().as_ref().try_into().unwrap(),
            pop: pop.encode().as_ref().try_into().unwrap(),
        }
    });
    let set = ValidatorSet::new(validators.collect()).unwrap();
    let namespace = namespace(&GENESIS);
    let mut schemes: Vec<_> = secrets
        .into_iter()
        .map(|secret| Multisig::signer(&namespace, participants.clone(), secret).unwrap())
        .collect();
    schemes.sort_by_key(|scheme| scheme.me().unwrap().index());
    Network { schemes, set }
}

/// A finalization as the engine encodes it, signed by these members of the set.
fn finalization(network: &Network, epoch: u64, view: u64, signers: &[usize]) -> Vec<u8> {
    let round = Round::new(Epoch::new(epoch), View::new(view));
    let proposal = Proposal::new(round, View::new(view - 1), sha256::Digest(PAYLOAD));
    let votes: Vec<_> =
        signers.iter().map(|&i| Finalize::sign(&network.schemes[i], proposal.clone()).unwrap()).collect();
    let mut votes = votes.iter();
    let votes = NonEmpty::new(votes.next().unwrap(), votes);
    let finalization: Finalization<Multisig, sha256::Digest> =
        Finalization::from_finalizes(&network.schemes[0], votes, &Sequential).unwrap();
    assert!(finalization.verify(&mut TestRng::new(1), &network.schemes[0], &Sequential));
    finalization.encode().to_vec()
}

#[test]
fn what_the_engine_makes_final_the_light_client_verifies() {
    for n in [1, 2, 4, 7, 30] {
        let network = network(n);
        assert_eq!(network.set.len() as u64, n);
        let quorum = network.set.quorum();
        let last: Vec<_> = (network.set.len() - quorum..network.set.len()).collect();
        for (epoch, view) in [(0, 1), (3, 127), (3, 128), (1 << 40, 1_000_000)] {
            let bytes = finalization(&network, epoch, view, &last);
            let read = Certificate::from_finalization_bytes(&bytes).unwrap();
            assert_eq!((read.epoch, read.payload), (epoch, PAYLOAD));
            read.certificate.verify(&GENESIS, epoch, &network.set, &PAYLOAD).unwrap();
            let other = read.certificate.verify(&GENESIS, epoch + 1, &network.set, &PAYLOAD);
            assert_eq!(other, Err(CertificateError::Signature));
        }
    }
}

#[test]
fn the_set_is_in_the_engines_order() {
    let network = network(30);
    let participants = network.schemes[0].participants();
    let ours: Vec<_> = network.set.validators().iter().map(|validator| validator.identity).collect();
    let theirs: Vec<[u8; 32]> =
        participants.iter().map(|identity| identity.as_ref().try_into().unwrap()).collect();
    assert_eq!(ours, theirs);
}

/// The vector that the core's own tests carry, so that they need no engine.
#[test]
fn the_cores_vector_is_the_engines() {
    let network = network(4);
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let set = hex(&network.set.to_bytes());
    let finalization = hex(&finalization(&network, 3, 300, &[0, 2, 3]));
    let vector = include_str!("../../core/src/registry/tests/engine_vector.txt");
    assert_eq!(vector, format!("set {set}\nfinalization {finalization}\n"));
}
