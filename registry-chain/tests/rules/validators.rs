//! Who validates: what governance decides takes part from the epoch on that is not frozen yet.

use crate::support::*;
use yufu_core::{
    crypto::Digest,
    random::SeededRandom,
    registry::{
        GovernanceAct, Operation, RecordKey, RejectReason, Validator, ValidatorSet, Validators,
        test_network::validator,
    },
};
use yufu_registry::engine::{ConsensusKey, IdentityKey};

const LENGTH: u64 = 8;
const DAY_MS: u64 = 24 * 3_600_000;

fn network() -> Network {
    Network::with(|policy| policy.epoch_length = LENGTH)
}

fn decide(network: &mut Network, act: GovernanceAct) -> Result<(), RejectReason> {
    let expires_at_ms = network.now_ms + DAY_MS;
    network.govern(Operation::Propose { act, expires_at_ms })
}

fn put(validator: Validator) -> GovernanceAct {
    GovernanceAct::PutValidator { validator, endpoint: "10.0.0.7:4100".into() }
}

/// The founding validator for 1, and others whose identities are keys.
fn member(seed: u64) -> Validator {
    if seed == 1 { validator(1, 0).0 } else { with_key(seed, seed) }
}

/// The validator with this identity and this key for its votes.
fn with_key(identity: u64, consensus: u64) -> Validator {
    let identity = IdentityKey::generate(&SeededRandom::new(identity)).unwrap().public();
    let consensus = ConsensusKey::generate(&SeededRandom::new(1000 + consensus)).unwrap();
    Validator { identity, bls: consensus.public(), pop: consensus.proof_of_possession(&identity) }
}

fn hash(members: &[Validator]) -> Digest {
    ValidatorSet::new(members.to_vec()).unwrap().hash()
}

fn frozen(network: &Network, epoch: u64) -> Option<Digest> {
    network.record::<Validators>(&RecordKey::Validators { epoch }).map(|validators| validators.set.hash())
}

#[test]
fn a_decided_set_is_frozen_at_the_next_epochs_first_block_and_takes_over_after_its_last() {
    let mut network = network();
    let (old, new) = (hash(&[member(1)]), hash(&[member(1), member(2)]));
    decide(&mut network, put(member(2))).unwrap();
    assert_eq!(frozen(&network, 1), Some(old));
    assert_eq!(frozen(&network, 2), None);

    let mut headers = Vec::new();
    while network.chain.tip().height < 3 * LENGTH {
        headers.push(network.block(&[]).unwrap().header);
    }
    for header in headers {
        let set = if header.epoch < 2 { old } else { new };
        let next_set = if header.epoch < 1 { old } else { new };
        assert_eq!((header.set, header.next_set), (set, next_set), "height {}", header.height);
        assert_eq!(header.epoch, header.height / LENGTH);
    }
    assert_eq!(frozen(&network, 1), Some(old));
    assert_eq!(frozen(&network, 2), Some(new));
    // What was decided stays decided.
    assert_eq!(frozen(&network, 4), Some(new));
    network.chain.committed().audit().unwrap();
}

#[test]
fn what_is_decided_after_the_freeze_waits_for_the_next() {
    let mut network = network();
    while network.chain.tip().height < LENGTH {
        network.block(&[]).unwrap();
    }
    decide(&mut network, put(member(2))).unwrap();
    assert_eq!(frozen(&network, 2), Some(hash(&[member(1)])));
    while network.chain.tip().height < 2 * LENGTH {
        network.block(&[]).unwrap();
    }
    assert_eq!(frozen(&network, 3), Some(hash(&[member(1), member(2)])));
}

#[test]
fn a_validator_is_removed_or_given_another_key_by_its_identity() {
    let mut network = network();
    decide(&mut network, put(member(2))).unwrap();
    decide(&mut network, put(with_key(2, 77))).unwrap();
    decide(&mut network, GovernanceAct::RemoveValidator { identity: member(1).identity }).unwrap();
    let decided: Validators = network.record(&RecordKey::DecidedValidators).unwrap();
    assert_eq!(decided.set.validators(), [with_key(2, 77)]);
    assert_eq!(decided.endpoints, ["10.0.0.7:4100"]);
}

#[test]
fn a_set_that_could_not_be_trusted_is_refused_by_name() {
    let mut network = network();
    let refused = |network: &mut Network, act| decide(network, act).unwrap_err();
    let gone = GovernanceAct::RemoveValidator { identity: member(1).identity };
    assert_eq!(refused(&mut network, gone), RejectReason::BadSetSize);
    let unknown = GovernanceAct::RemoveValidator { identity: member(9).identity };
    assert_eq!(refused(&mut network, unknown), RejectReason::UnknownValidator);

    // The first validator's key and proof, under another identity: the proof is not of it.
    let stolen = Validator { identity: member(2).identity, ..member(1) };
    assert_eq!(refused(&mut network, put(stolen)), RejectReason::ValidatorKeyInUse);
    let unproven = Validator { pop: member(3).pop, ..member(2) };
    assert_eq!(refused(&mut network, put(unproven)), RejectReason::BadValidator);
    let mut infinity = [0; 96];
    infinity[0] = 0xc0;
    let nobody = Validator { bls: infinity, ..member(2) };
    assert_eq!(refused(&mut network, put(nobody)), RejectReason::BadValidator);
    // On the curve and outside the subgroup that signatures are checked in.
    let small = Validator { bls: outside_the_subgroup(), ..member(2) };
    assert_eq!(refused(&mut network, put(small)), RejectReason::BadValidator);

    let none = Validator { identity: [2; 32], ..member(2) };
    assert_eq!(refused(&mut network, put(none)), RejectReason::BadValidator);

    for endpoint in ["", "example.org:1", "10.0.0.7", "10.0.0.7:0", "010.0.0.7:1", "10.0.0.7:01"] {
        let act = GovernanceAct::PutValidator { validator: member(2), endpoint: endpoint.into() };
        assert_eq!(refused(&mut network, act), RejectReason::BadField, "{endpoint}");
    }
    assert_eq!(network.record::<Validators>(&RecordKey::DecidedValidators), None);
}

#[test]
fn a_change_of_validators_takes_the_quorum_and_the_wait() {
    let second = Actor::new(40);
    let mut network = Network::founded_by(&[&second], |policy| {
        policy.authority_quorum = 2;
        policy.timelock_ms = 3_600_000;
    });
    let mut second = second;
    decide(&mut network, put(member(2))).unwrap();
    let vote = Operation::Vote { proposal: 0, approve: true };
    network.act(&mut second, vote).unwrap();
    assert_eq!(network.record::<Validators>(&RecordKey::DecidedValidators), None);
    let execute = || Operation::Execute { proposal: 0 };
    assert_eq!(network.govern(execute()), Err(RejectReason::Timelocked));
    network.pass(3_600_000);
    network.govern(execute()).unwrap();
    let decided: Validators = network.record(&RecordKey::DecidedValidators).unwrap();
    assert_eq!(decided.set.hash(), hash(&[member(1), member(2)]));
    // Who is no authority changes nothing.
    let mut stranger = network.registered(60);
    let act = GovernanceAct::RemoveValidator { identity: member(2).identity };
    let expires_at_ms = network.now_ms + DAY_MS;
    let proposed = network.act(&mut stranger, Operation::Propose { act, expires_at_ms });
    assert_eq!(proposed, Err(RejectReason::NotAuthorized));
}

#[test]
fn older_rules_know_no_change_of_validators() {
    let mut network = Network::with(|policy| policy.rules.version = 2);
    assert_eq!(decide(&mut network, put(member(2))), Err(RejectReason::Unsupported));
}

/// A point of the curve's large group: the first abscissa that has one, which is in the subgroup with
/// negligible probability.
fn outside_the_subgroup() -> [u8; 96] {
    let mut point = [0; 96];
    point[0] = 0x80;
    point[95] = 2;
    point
}
