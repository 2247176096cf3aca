//! A registry that is given its blocks by hand.

use super::{Fate, Registry};
use crate::{
    block::{Block, MAX_BODY_BYTES},
    engine::Ledger as _,
    genesis::{Genesis, GenesisContent, Inception},
    mempool::MempoolLimits,
    state::{Chain, NEWEST_RULES},
};
use std::{sync::Arc, time::Duration};
use yufu_core::{
    crypto::{Algorithm, Digest, Signer as _, SoftwareKey},
    did::yufu::IssuerId,
    random::SeededRandom,
    registry::{
        GovernanceAct, Operation, Policy, Quotas, Rules, Service, SignedTransaction, Transaction,
        ValidatorSet, Validators, test_network::validator,
    },
    time::FixedClock,
};

const START_MS: u64 = 1_000_000;
const END_MS: u64 = START_MS + 3_600_000;

/// A DID that acts, and its next nonce.
struct Author {
    key: SoftwareKey,
    id: IssuerId,
    nonce: u64,
}

impl Author {
    fn sign(&mut self, network: Digest, operation: Operation) -> SignedTransaction {
        let (author, nonce, expires_at_ms) = (self.id, self.nonce, END_MS);
        self.nonce += 1;
        Transaction { network, author, nonce, expires_at_ms, operation }.sign(&self.key).unwrap()
    }
}

struct Network {
    registry: Registry,
    clock: Arc<FixedClock>,
    genesis: Genesis,
    authority: Author,
    _folder: tempfile::TempDir,
}

/// The founder, before its first act.
fn inception() -> (Author, Inception) {
    let key = SoftwareKey::generate(Algorithm::Ed25519, &SeededRandom::new(1)).unwrap();
    let inception = Inception {
        control_key: key.verifying_key().clone(),
        next_key: [7; 32],
        also_known_as: Vec::new(),
        services: Vec::new(),
    };
    (Author { key, id: inception.id(), nonce: 0 }, inception)
}

impl Network {
    /// A network with these limits of a block, and none to speak of for an author.
    fn new(block_transactions: u32, block_bytes: u32) -> Self {
        let (authority, founder) = inception();
        let quotas = Quotas {
            block_transactions,
            block_bytes,
            did_transactions: 10_000,
            did_bytes: 100 << 20,
            registrations: 10_000,
        };
        let policy = Policy {
            network: "test".into(),
            authorities: vec![founder.id()],
            authority_quorum: 1,
            slot_ms: 5_000,
            publication_ms: 10_000,
            timelock_ms: 0,
            epoch_length: 1_000,
            status_age_limit_ms: 60_000,
            quotas,
            rules: Rules { version: NEWEST_RULES, next: None },
        };
        let set = ValidatorSet::new(vec![validator(1, 0).0]).unwrap();
        let validators = Validators { set, endpoints: Vec::new() };
        let content = GenesisContent { time_ms: START_MS, policy, validators, founders: vec![founder] };
        let genesis = Genesis::new(content).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let chain = Chain::open(&folder.path().join("registry.db"), &genesis).unwrap();
        let clock = Arc::new(FixedClock::new(START_MS));
        let limits = MempoolLimits { per_author: 1_000, ..MempoolLimits::default() };
        let registry = Registry::new(chain, clock.clone(), Duration::from_secs(1), limits).unwrap();
        Self { registry, clock, genesis, authority, _folder: folder }
    }

    /// Hands in what the authority does; it waits from then on.
    fn hand_in(&mut self, operation: Operation) {
        let transaction = self.authority.sign(self.genesis.digest(), operation);
        assert_eq!(self.registry.submit(transaction).unwrap(), Fate::Pending);
    }

    fn hand_in_updates(&mut self, count: usize) {
        for _ in 0..count {
            self.hand_in(Operation::UpdateDid { also_known_as: Vec::new(), services: Vec::new() });
        }
    }

    /// Hands in a change of the policy; one authority is enough, at once.
    fn change(&mut self, change: impl FnOnce(&mut Quotas)) {
        let mut policy = self.registry.reader().unwrap().policy().unwrap();
        change(&mut policy.quotas);
        let act = GovernanceAct::ChangePolicy { policy };
        self.hand_in(Operation::Propose { act, expires_at_ms: END_MS });
    }

    fn tip(&self) -> Block {
        self.registry.final_block(self.registry.final_height()).unwrap().unwrap()
    }

    fn block_on(&self, parent: &Block) -> Block {
        self.clock.advance(1_000);
        self.registry.build(parent).unwrap()
    }

    /// Makes the next block final, and tells how many transactions it has.
    fn next(&self) -> usize {
        let block = self.block_on(&self.tip());
        self.registry.finalize(&block, None).unwrap();
        block.transactions().len()
    }
}

#[test]
fn a_change_of_the_policy_fills_the_blocks_after_it_without_a_restart() {
    let mut network = Network::new(8, 64 << 10);
    network.hand_in_updates(30);
    assert_eq!(network.next(), 8);
    assert_eq!(network.next(), 8);
    assert_eq!(network.next(), 8);
    assert_eq!(network.next(), 6);
    network.change(|quotas| quotas.block_transactions = 20);
    assert_eq!(network.next(), 1);
    network.hand_in_updates(30);
    assert_eq!(network.next(), 20);
    network.change(|quotas| quotas.block_transactions = 9);
    // The change is the last of eleven: this block still obeys the policy that it replaces.
    assert_eq!(network.next(), 11);
    network.hand_in_updates(10);
    assert_eq!([network.next(), network.next()], [9, 1]);
}

#[test]
fn a_block_obeys_a_policy_that_its_parent_has_changed_and_that_is_not_final() {
    let mut network = Network::new(8, 64 << 10);
    network.change(|quotas| quotas.block_transactions = 12);
    network.hand_in_updates(20);
    let parent = network.block_on(&network.tip());
    assert_eq!(parent.transactions().len(), 8);
    let child = network.block_on(&parent);
    assert_eq!(child.transactions().len(), 12);
    network.registry.finalize(&parent, None).unwrap();
    network.registry.finalize(&child, None).unwrap();
    assert_eq!(network.next(), 1);
}

/// Quotas are written by governance, and the size of a block is the program's.
#[test]
fn a_policy_that_allows_more_than_a_block_can_hold_lets_blocks_be_made_of_what_they_hold() {
    let mut network = Network::new(u32::MAX, u32::MAX);
    let service = Service { kind: "k".repeat(256), url: format!("https://{}", "u".repeat(500)) };
    let services = vec![service; 16];
    let count = 100;
    for _ in 0..count {
        network.hand_in(Operation::UpdateDid { also_known_as: Vec::new(), services: services.clone() });
    }
    let first = network.block_on(&network.tip());
    let bytes: usize = first.transactions().iter().map(|transaction| transaction.to_bytes().len()).sum();
    assert!(bytes <= MAX_BODY_BYTES && bytes > MAX_BODY_BYTES / 10 * 9, "{bytes}");
    network.registry.finalize(&first, None).unwrap();
    assert_eq!(network.next(), count - first.transactions().len());
}
