//! What is final is on disk, whole; what is not leaves no trace. Forks, proofs, history, certificates.

use crate::support::*;
use yufu_core::registry::{
    DidRecord, Operation, Record, RecordKey, SignedHeader, Tree, test_network::TestNetwork,
};
use yufu_registry::{
    genesis::{Genesis, GenesisError},
    state::{BlockInputs, Chain, CommitError, OnFailure, StoreError},
};

fn update(name: &str) -> Operation {
    Operation::UpdateDid { also_known_as: vec![format!("did:web:{name}.example")], services: vec![] }
}

fn document(network: &Network, actor: &Actor) -> Vec<String> {
    network.record::<DidRecord>(&RecordKey::Did { issuer: actor.id }).unwrap().also_known_as
}

#[test]
fn a_block_that_was_executed_but_not_committed_is_gone_after_a_restart() {
    let mut network = Network::new();
    let mut actor = network.registered(3);
    network.act(&mut actor, update("first")).unwrap();
    let (tip, tip_digest) = (*network.chain.tip(), network.chain.tip_digest());
    let second = network.signed(&actor, update("second"));
    let inputs = BlockInputs { time_ms: network.now_ms + 1000 };
    let executed =
        network.chain.execute(&tip_digest, inputs, std::slice::from_ref(&second), OnFailure::Refuse);
    let executed = executed.unwrap();
    assert!(network.chain.pending(&executed.digest).is_some());

    let mut network = network.reopen();
    assert_eq!((*network.chain.tip(), network.chain.tip_digest()), (tip, tip_digest));
    assert_eq!(document(&network, &actor), ["did:web:first.example"]);
    assert!(matches!(network.chain.commit(&executed.digest), Err(CommitError::NotPending)));
    // Executed again it is the same block.
    let again = network.chain.execute(&tip_digest, inputs, &[second], OnFailure::Refuse).unwrap();
    assert_eq!(again.header, executed.header);
    network.chain.commit(&again.digest).unwrap();
    network.chain.commit(&again.digest).unwrap();

    let network = network.reopen();
    assert_eq!(network.chain.tip_digest(), executed.digest);
    assert_eq!(document(&network, &actor), ["did:web:second.example"]);
    network.chain.committed().audit().unwrap();
}

#[test]
fn forks_see_their_own_ancestors_and_the_losing_one_is_dropped() {
    let mut network = Network::new();
    let mut actor = network.registered(3);
    let root = network.chain.tip_digest();
    let at = |ms| BlockInputs { time_ms: network.now_ms + ms };
    let (left, right) = (network.signed(&actor, update("left")), network.signed(&actor, update("right")));
    actor.nonce += 1;
    let next = network.signed(&actor, update("next"));
    let (l1_at, r1_at, child_at) = (at(1000), at(1001), at(2000));
    let chain = &mut network.chain;
    let l1 = chain.execute(&root, l1_at, &[left], OnFailure::Refuse).unwrap();
    let r1 = chain.execute(&root, r1_at, &[right], OnFailure::Refuse).unwrap();
    let l2 = chain.execute(&l1.digest, child_at, std::slice::from_ref(&next), OnFailure::Refuse).unwrap();
    let r2 = chain.execute(&r1.digest, child_at, std::slice::from_ref(&next), OnFailure::Refuse).unwrap();
    // On the root itself the second transaction has no predecessor.
    assert!(chain.execute(&root, child_at, &[next], OnFailure::Refuse).is_err());
    assert_ne!(l2.header.trust_root, r2.header.trust_root);

    assert!(matches!(chain.commit(&r2.digest), Err(CommitError::ParentNotCommitted)));
    chain.commit(&r1.digest).unwrap();
    assert!(chain.pending(&l1.digest).is_none() && chain.pending(&l2.digest).is_none());
    assert!(matches!(chain.commit(&l1.digest), Err(CommitError::NotPending)));
    chain.commit(&r2.digest).unwrap();
    assert!(chain.pending(&r2.digest).is_none());
    let old: DidRecord = network.record(&RecordKey::DidHistory { issuer: actor.id, version: 1 }).unwrap();
    assert_eq!(old.also_known_as, ["did:web:right.example"]);
    network.chain.committed().audit().unwrap();
}

#[test]
fn nodes_that_execute_the_same_blocks_agree_whatever_else_they_saw() {
    let (mut straight, mut troubled) = (Network::new(), Network::new());
    let mut actor = Actor::new(3);
    for n in 0..6 {
        let operation = if n == 0 { actor.register() } else { update(&format!("n{n}")) };
        let transaction = straight.signed(&actor, operation);
        actor.nonce += 1;
        // The other node also executes blocks that lose, and restarts.
        let rival = troubled.signed(&troubled.authority, update("rival"));
        let parent = troubled.chain.tip_digest();
        let inputs = BlockInputs { time_ms: troubled.now_ms + 999 };
        troubled.chain.execute(&parent, inputs, &[rival], OnFailure::Refuse).unwrap();
        if n % 2 == 0 {
            troubled = troubled.reopen();
        }
        let block = straight.block(std::slice::from_ref(&transaction)).unwrap();
        assert_eq!(troubled.block(&[transaction]).unwrap().header, block.header);
    }
}

#[test]
fn proofs_verify_at_old_heights_for_present_and_absent_records() {
    let mut network = Network::new();
    let mut issuer = network.issuer(3);
    let open = open_list(&issuer, 1, 3);
    network.act(&mut issuer, open).unwrap();
    for version in 1..5 {
        network.act(&mut issuer, publish(1, version)).unwrap();
    }
    let grant = RecordKey::Grant { issuer: issuer.id, vct: RESIDENT.into(), list: 1 };
    let issued = RecordKey::Issued { issuer: issuer.id, list: 1, version: 2 };
    let reader = network.chain.reader().unwrap();
    let tip = reader.tip().unwrap();
    let mut versions = vec![];
    for height in 0..=tip.height {
        let header = reader.header(height).unwrap().unwrap();
        for key in [&grant, &issued, &RecordKey::Policy, &RecordKey::RelyingParty { verifier: issuer.id }] {
            let proven = reader.prove(height, key).unwrap();
            let root = match key.tree() {
                Tree::Trust => header.trust_root,
                Tree::Records => header.records_root,
            };
            proven.proof.verify(&root, &key.hash(), proven.value.as_deref()).unwrap();
            // The proof of one is no proof of the other.
            let turned = match &proven.value {
                Some(_) => None,
                None => Some(&b"value"[..]),
            };
            assert!(proven.proof.verify(&root, &key.hash(), turned).is_err());
            if *key == grant
                && let Some(value) = &proven.value
            {
                versions.push(yufu_core::registry::Grant::from_bytes(value).unwrap().version);
            }
        }
    }
    assert_eq!(versions, [0, 1, 2, 3, 4]);
    assert!(matches!(reader.prove(tip.height + 1, &grant), Err(StoreError::NotKept(_))));
}

#[test]
fn history_paths_lead_from_old_headers_to_the_root_that_a_later_one_names() {
    let mut network = Network::new();
    for _ in 0..21 {
        network.block(&[]).unwrap();
    }
    let network = network.reopen();
    let reader = network.chain.committed();
    let digests = reader.header_digests(0, 100).unwrap();
    assert_eq!(digests.len(), 22);
    for height in [1, 2, 3, 8, 21] {
        let root = reader.header(height).unwrap().unwrap().history;
        for position in 0..height {
            let path = reader.history_path(height, position).unwrap().unwrap();
            let index = usize::try_from(position).unwrap();
            path.verify(&root, height, position, &digests[index]).unwrap();
            assert!(path.verify(&root, height, position, &digest("other")).is_err());
        }
        assert_eq!(reader.history_path(height, height).unwrap(), None);
    }
}

/// A certificate of the right form; whether it is valid is not this store's question.
fn certificate(header: &yufu_core::registry::Header) -> SignedHeader {
    TestNetwork::new(1, 7, START_MS).certify(header)
}

#[test]
fn a_certificate_stands_for_the_committed_header_of_its_height_alone() {
    let mut network = Network::new();
    let headers: Vec<_> = (0..12).map(|_| network.block(&[]).unwrap().header).collect();
    let chain = &mut network.chain;
    let wrong = chain.store_certificate(2, &certificate(&headers[0]));
    assert!(matches!(wrong, Err(StoreError::OtherHeader(2))));
    let ahead = chain.store_certificate(99, &certificate(&headers[0]));
    assert!(matches!(ahead, Err(StoreError::NotKept(99))));
    for header in [&headers[0], &headers[1], &headers[4], &headers[6]] {
        chain.store_certificate(header.height, &certificate(header)).unwrap();
        chain.store_certificate(header.height, &certificate(header)).unwrap();
    }
    let network = network.reopen();
    let reader = network.chain.reader().unwrap();
    let height = |signed: Option<SignedHeader>| signed.map(|signed| signed.header().height);
    assert_eq!(height(reader.certificate(2).unwrap()), Some(2));
    assert_eq!(height(reader.certificate(3).unwrap()), None);
    assert_eq!(height(reader.newest_certificate().unwrap()), Some(7));
    // Heights 1 and 5 begin slots.
    assert_eq!(height(reader.newest_anchor().unwrap()), Some(5));
    assert_eq!(height(reader.anchor(headers[0].slot).unwrap()), Some(1));
    assert_eq!(height(reader.anchor(headers[9].slot).unwrap()), None, "an anchor without a certificate");
    assert_eq!(height(reader.anchor(0).unwrap()), None);
}

#[test]
fn old_versions_are_pruned_but_never_those_of_the_newest_certified_anchors() {
    let mut network = Network::new();
    network.chain = {
        let path = network.directory.path().join("state.sqlite");
        Chain::open(&path, &network.genesis).unwrap().keep_heights(10)
    };
    let mut actor = network.registered(3);
    let did = RecordKey::Did { issuer: actor.id };
    for n in 0..70 {
        network.act(&mut actor, update(&format!("n{n}"))).unwrap();
    }
    // No anchor is certified, so everything is kept.
    network.chain.committed().prove(2, &did).unwrap();
    for height in 1..=71 {
        let header = network.chain.committed().header(height).unwrap().unwrap();
        network.chain.store_certificate(height, &certificate(&header)).unwrap();
    }
    for n in 0..60 {
        network.act(&mut actor, update(&format!("m{n}"))).unwrap();
    }
    let reader = network.chain.committed();
    let tip = reader.tip().unwrap().height;
    let kept: Vec<u64> = (0..=tip)
        .filter(|height| match reader.prove(*height, &did) {
            Ok(proven) => {
                let root = reader.header(*height).unwrap().unwrap().trust_root;
                proven.proof.verify(&root, &did.hash(), proven.value.as_deref()).unwrap();
                true
            }
            Err(StoreError::NotKept(_)) => false,
            Err(error) => panic!("{error}"),
        })
        .collect();
    // The fourth-newest certified anchor, and everything after it.
    let anchors: Vec<u64> = (1..=71)
        .rev()
        .filter(|height| reader.certificate(*height).unwrap().unwrap().header().slot != 0)
        .collect();
    assert_eq!(kept, (anchors[3]..=tip).collect::<Vec<_>>());
    reader.audit().unwrap();
    reader.check_whole().unwrap();
}

#[test]
fn a_file_of_another_network_is_refused() {
    let network = Network::new();
    let mut content = network.genesis.content().clone();
    content.time_ms += 1;
    let other = Genesis::new(content).unwrap();
    assert_ne!(other.digest(), network.genesis.digest());
    let path = network.directory.path().join("state.sqlite");
    assert!(matches!(Chain::open(&path, &other), Err(StoreError::OtherNetwork)));
}

#[test]
fn a_genesis_binds_all_of_it_and_refuses_what_founds_no_network() {
    let network = Network::new();
    let genesis = &network.genesis;
    assert_eq!(&Genesis::from_bytes(&genesis.to_bytes()).unwrap(), genesis);
    let mut bytes = genesis.to_bytes();
    bytes.push(0);
    assert_eq!(Genesis::from_bytes(&bytes), Err(GenesisError::Malformed));
    bytes[0] = 9;
    assert_eq!(Genesis::from_bytes(&bytes), Err(GenesisError::Version));
    assert_eq!(Genesis::from_bytes(&[]), Err(GenesisError::Malformed));
    let broken = |change: fn(&mut yufu_registry::genesis::GenesisContent)| {
        let mut content = genesis.content().clone();
        change(&mut content);
        Genesis::new(content).map(|genesis| genesis.digest())
    };
    assert_eq!(broken(|c| c.founders.clear()), Err(GenesisError::Founders));
    assert_eq!(broken(|c| c.policy.authorities = vec![Actor::new(9).id]), Err(GenesisError::Founders));
    assert_eq!(broken(|c| c.policy.network = "No".into()), Err(GenesisError::Policy));
    assert_eq!(broken(|c| c.policy.slot_ms = 0), Err(GenesisError::Policy));
    assert_eq!(broken(|c| c.policy.slot_ms = 3_600_001), Err(GenesisError::Policy));
    assert_eq!(broken(|c| c.policy.authority_quorum = 2), Err(GenesisError::Policy));
    let doubled = broken(|c| c.validators.endpoints = vec![String::new(); 2]);
    assert_eq!(doubled, Err(GenesisError::Validators));
    for change in [
        (|c| c.policy.timelock_ms += 1) as fn(&mut yufu_registry::genesis::GenesisContent),
        |c| c.policy.network = "other".into(),
        |c| c.validators.endpoints = vec!["a.example:1".into()],
        |c| c.founders[0].also_known_as.push("did:web:a.example".into()),
    ] {
        assert_ne!(broken(change).unwrap(), genesis.digest());
    }
}
