//! Two versions of the state machine, changed at an agreed height while validators are replaced one after
//! the other.

use crate::support::*;
use yufu_core::registry::{
    GovernanceAct, NextRules, Operation, Policy, RecordKey, RejectReason, Rules, SignedTransaction,
    StatusEncoding,
};
use yufu_registry::state::{BlockInputs, Chain, ExecuteError, NEWEST_RULES, OnFailure};

/// A network founded with the first version of the rules.
fn old_network() -> Network {
    Network::with(|policy| policy.rules = Rules { version: 1, next: None })
}

fn scheduled(network: &Network, version: u16, from_height: u64) -> SignedTransaction {
    let mut policy: Policy = network.record(&RecordKey::Policy).unwrap();
    policy.rules = policy.rules.from_height(network.chain.tip().height + 1);
    policy.rules.next = Some(NextRules { version, from_height });
    let expires_at_ms = network.now_ms + 3_600_000;
    let act = GovernanceAct::ChangePolicy { policy };
    network.signed(&network.authority, Operation::Propose { act, expires_at_ms })
}

fn schedule(network: &mut Network, version: u16, from_height: u64) -> Result<(), RejectReason> {
    let transaction = scheduled(network, version, from_height);
    network.send(&transaction)?;
    network.authority.nonce += 1;
    Ok(())
}

fn bitstring_list(issuer: &Actor) -> Operation {
    let Operation::OpenList {
        key,
        vct,
        type_version,
        purpose,
        url,
        issued_root,
        token_digest,
        valid_until,
        ..
    } = open_list(issuer, 7, 3)
    else {
        unreachable!()
    };
    Operation::OpenList {
        list: 7,
        key,
        vct,
        type_version,
        encoding: StatusEncoding::Bitstring,
        bits: 2,
        size: SIZE,
        purpose,
        url,
        status_root: clear_root(issuer.id, 7),
        issued_root,
        token_digest,
        valid_until,
    }
}

#[test]
fn what_newer_rules_allow_is_unsupported_until_the_agreed_height_and_taken_from_it_on() {
    let mut network = old_network();
    let mut issuer = network.issuer(3);
    let operation = bitstring_list(&issuer);
    assert_eq!(network.act(&mut issuer, operation.clone()), Err(RejectReason::Unsupported));
    let from_height = network.chain.tip().height + 4;
    schedule(&mut network, 2, from_height).unwrap();
    while network.chain.tip().height + 1 < from_height {
        let refused = network.chain.check(&network.signed(&issuer, operation.clone()), network.now_ms);
        assert!(refused.is_err(), "taken at height {}", network.chain.tip().height + 1);
        network.block(&[]).unwrap();
    }
    network.act(&mut issuer, operation).unwrap();
    assert_eq!(network.chain.tip().height, from_height);
    network.chain.committed().audit().unwrap();
}

#[test]
fn an_older_program_goes_up_to_the_agreed_height_and_the_newer_one_takes_its_data_on() {
    let mut network = old_network();
    let old_folder = tempfile::tempdir().unwrap();
    let old_path = old_folder.path().join("old.sqlite");
    let mut old = Chain::open(&old_path, &network.genesis).unwrap().newest_rules(1);
    let follow = |network: &mut Network, chain: &mut Chain, transactions: &[SignedTransaction]| {
        let executed = network.block(transactions)?;
        let inputs = BlockInputs { time_ms: network.now_ms };
        let parent = chain.tip_digest();
        let same = chain.execute(&parent, inputs, transactions, OnFailure::Refuse)?;
        assert_eq!(same.header, executed.header);
        chain.commit(&same.digest).unwrap();
        Ok::<_, ExecuteError>(())
    };
    follow(&mut network, &mut old, &[]).unwrap();
    let from_height = network.chain.tip().height + 4;
    // The old one executes the change of policy too: it is an act that it knows.
    let change = scheduled(&network, 2, from_height);
    follow(&mut network, &mut old, &[change]).unwrap();
    while network.chain.tip().height + 1 < from_height {
        follow(&mut network, &mut old, &[]).unwrap();
    }
    let stopped = follow(&mut network, &mut old, &[]).unwrap_err();
    assert!(
        matches!(stopped, ExecuteError::UnknownRules { height, version: 2, known: 1 } if height == from_height),
        "{stopped}"
    );
    assert!(stopped.to_string().contains("upgrade it"));
    assert_eq!(old.tip().height, from_height - 1);

    // Upgraded, it goes on from its own data.
    drop(old);
    let mut upgraded = Chain::open(&old_path, &network.genesis).unwrap();
    let parent = upgraded.tip_digest();
    let inputs = BlockInputs { time_ms: network.now_ms };
    let executed = upgraded.execute(&parent, inputs, &[], OnFailure::Refuse).unwrap();
    assert_eq!(executed.header, *network.chain.tip());
}

#[test]
fn refuses_a_change_of_rules_that_skips_a_version_or_lies_in_the_past() {
    let mut network = old_network();
    let ahead = network.chain.tip().height + 10;
    assert_eq!(schedule(&mut network, 3, ahead), Err(RejectReason::BadPolicy));
    // A block of this height is what carries the change.
    let here = network.chain.tip().height + 1;
    assert_eq!(schedule(&mut network, 2, here), Err(RejectReason::BadPolicy));
    let mut policy: Policy = network.record(&RecordKey::Policy).unwrap();
    policy.rules.version = NEWEST_RULES;
    let expires_at_ms = network.now_ms + 3_600_000;
    let act = GovernanceAct::ChangePolicy { policy };
    assert_eq!(network.govern(Operation::Propose { act, expires_at_ms }), Err(RejectReason::BadPolicy));
}
