//! A chain in a temporary directory, and people who send it transactions.

use tempfile::TempDir;
use yufu_core::{
    crypto::{Algorithm, Digest, Signer, SoftwareKey, sha256},
    did::yufu::IssuerId,
    random::SeededRandom,
    registry::{
        Grant, KeyPurpose, Operation, Policy, Quotas, Record, RecordKey, RejectReason, Rules,
        SignedTransaction, StatusEncoding, Transaction, ValidatorSet, Validators, test_network::validator,
    },
    status::{ListContext, StatusArray, chunk::ChunkTree},
};
use yufu_registry::{
    genesis::{Genesis, GenesisContent, Inception},
    state::{BlockInputs, Chain, CheckError, ExecuteError, Executed, NEWEST_RULES, OnFailure},
};

pub(crate) const RESIDENT: &str = "https://residents.yufu.example/types/resident-id/1";
pub(crate) const LICENCE: &str = "https://transport.yufu.example/types/driving-licence/1";

/// 1 January 2026, 00:00:00 UTC.
pub(crate) const START_MS: u64 = 1_767_225_600_000;
pub(crate) const START: u64 = START_MS / 1000;
pub(crate) const YEAR: u64 = 365 * 24 * 3600;
pub(crate) const SIZE: u32 = 1 << 17;

/// Somebody with a DID: control keys, one after the other, and a nonce.
pub(crate) struct Actor {
    pub(crate) id: IssuerId,
    pub(crate) keys: Vec<SoftwareKey>,
    /// Which of the keys controls.
    pub(crate) current: usize,
    pub(crate) nonce: u64,
}

impl Actor {
    pub(crate) fn new(seed: u64) -> Self {
        let keys: Vec<SoftwareKey> = (0..4).map(|i| control_key(seed, i)).collect();
        let id = IssuerId::from_inception(keys[0].verifying_key(), &keys[1].verifying_key().thumbprint());
        Self { id, keys, current: 0, nonce: 0 }
    }

    pub(crate) fn control(&self) -> &SoftwareKey {
        &self.keys[self.current]
    }

    pub(crate) fn next(&self) -> &SoftwareKey {
        &self.keys[self.current + 1]
    }

    pub(crate) fn inception(&self) -> Inception {
        Inception {
            control_key: self.keys[0].verifying_key().clone(),
            next_key: self.keys[1].verifying_key().thumbprint(),
            also_known_as: vec![],
            services: vec![],
        }
    }

    pub(crate) fn register(&self) -> Operation {
        let Inception { control_key, next_key, also_known_as, services } = self.inception();
        Operation::RegisterDid { control_key, next_key, also_known_as, services }
    }

    pub(crate) fn rotation(&self) -> Operation {
        Operation::RotateControl {
            new_key: self.next().verifying_key().clone(),
            next_key: self.keys[self.current + 2].verifying_key().thumbprint(),
        }
    }
}

/// Half of them P-256, half Ed25519.
fn control_key(seed: u64, index: u64) -> SoftwareKey {
    let algorithm = if seed.is_multiple_of(2) { Algorithm::Es256 } else { Algorithm::Ed25519 };
    SoftwareKey::generate(algorithm, &SeededRandom::new(seed * 100 + index)).unwrap()
}

/// A credential key.
pub(crate) fn credential_key(seed: u64) -> SoftwareKey {
    SoftwareKey::generate(Algorithm::Es256, &SeededRandom::new(1_000_000 + seed)).unwrap()
}

pub(crate) fn digest(text: &str) -> Digest {
    sha256(&[text.as_bytes()])
}

/// The chain, its time, and its founding authority.
pub(crate) struct Network {
    pub(crate) directory: TempDir,
    pub(crate) genesis: Genesis,
    pub(crate) chain: Chain,
    pub(crate) authority: Actor,
    pub(crate) now_ms: u64,
}

pub(crate) fn policy(authority: IssuerId) -> Policy {
    Policy {
        network: "test".into(),
        authorities: vec![authority],
        authority_quorum: 1,
        slot_ms: 5_000,
        publication_ms: 10_000,
        timelock_ms: 0,
        epoch_length: 1_000_000,
        status_age_limit_ms: 60_000,
        quotas: Quotas {
            block_transactions: 5_000,
            block_bytes: 8 << 20,
            did_transactions: 5_000,
            did_bytes: 8 << 20,
            registrations: 1_000,
        },
        rules: Rules { version: NEWEST_RULES, next: None },
    }
}

impl Network {
    pub(crate) fn new() -> Self {
        Self::with(|_| {})
    }

    /// With another policy than the tests' usual.
    pub(crate) fn with(change: impl FnOnce(&mut Policy)) -> Self {
        Self::founded_by(&[], change)
    }

    /// With these founders beside the usual one, who all are authorities.
    pub(crate) fn founded_by(others: &[&Actor], change: impl FnOnce(&mut Policy)) -> Self {
        let authority = Actor::new(2);
        let mut founders = vec![authority.inception()];
        founders.extend(others.iter().map(|other| other.inception()));
        founders.sort_by_key(Inception::id);
        let mut policy = policy(authority.id);
        policy.authorities = founders.iter().map(Inception::id).collect();
        change(&mut policy);
        let set = ValidatorSet::new(vec![validator(1, 0).0]).unwrap();
        let content = GenesisContent {
            time_ms: START_MS,
            policy,
            validators: Validators { set, endpoints: vec![] },
            founders,
        };
        let genesis = Genesis::new(content).unwrap();
        let directory = tempfile::tempdir().unwrap();
        let chain = Chain::open(&directory.path().join("state.sqlite"), &genesis).unwrap();
        Self { directory, genesis, chain, authority, now_ms: START_MS }
    }

    /// The same file, opened again, as after a crash.
    pub(crate) fn reopen(self) -> Self {
        let Self { directory, genesis, chain, authority, now_ms } = self;
        drop(chain);
        let chain = Chain::open(&directory.path().join("state.sqlite"), &genesis).unwrap();
        Self { directory, genesis, chain, authority, now_ms }
    }

    pub(crate) fn transaction(&self, actor: &Actor, operation: Operation) -> Transaction {
        Transaction {
            network: self.genesis.digest(),
            author: actor.id,
            nonce: actor.nonce,
            expires_at_ms: self.now_ms + 3_600_000,
            operation,
        }
    }

    pub(crate) fn signed(&self, actor: &Actor, operation: Operation) -> SignedTransaction {
        self.transaction(actor, operation).sign(actor.control()).unwrap()
    }

    /// Executes a block with these transactions, each of which must succeed, a second later.
    pub(crate) fn block(&mut self, transactions: &[SignedTransaction]) -> Result<Executed, ExecuteError> {
        self.now_ms += 1000;
        let parent = self.chain.tip_digest();
        let executed = self.chain.execute(
            &parent,
            BlockInputs { time_ms: self.now_ms },
            transactions,
            OnFailure::Refuse,
        )?;
        self.chain.commit(&executed.digest).unwrap();
        Ok(executed)
    }

    /// Sends one transaction in a block of its own. The pool's check must say the same as the block,
    /// and a proposer who leaves it out must get a block without a trace of it.
    pub(crate) fn send(&mut self, transaction: &SignedTransaction) -> Result<(), RejectReason> {
        let checked = match self.chain.check(transaction, self.now_ms + 1000) {
            Ok(()) => Ok(()),
            Err(CheckError::Rejected(reason)) => Err(reason),
            Err(CheckError::Store(error)) => panic!("{error}"),
        };
        let executed = match self.block(std::slice::from_ref(transaction)) {
            Ok(_) => Ok(()),
            Err(ExecuteError::Refused { index: 0, reason }) => Err(reason),
            Err(error) => panic!("{error}"),
        };
        assert_eq!(checked, executed);
        if let Err(reason) = executed {
            self.assert_left_out(transaction, reason);
        }
        executed
    }

    fn assert_left_out(&mut self, transaction: &SignedTransaction, reason: RejectReason) {
        let parent = self.chain.tip_digest();
        let inputs = BlockInputs { time_ms: self.now_ms };
        let empty = self.chain.execute(&parent, inputs, &[], OnFailure::Refuse).unwrap();
        let without = self
            .chain
            .execute(&parent, inputs, std::slice::from_ref(transaction), OnFailure::LeaveOut)
            .unwrap();
        assert_eq!(without.refused, [(transaction.digest(), reason)]);
        assert_eq!(without.header, empty.header);
    }

    /// Sends an operation of the actor's, signed by its control key.
    pub(crate) fn act(&mut self, actor: &mut Actor, operation: Operation) -> Result<(), RejectReason> {
        let transaction = self.signed(actor, operation);
        self.send(&transaction)?;
        actor.nonce += 1;
        Ok(())
    }

    /// Sends an operation of the actor's, signed by its next key.
    pub(crate) fn act_by_next(
        &mut self,
        actor: &mut Actor,
        operation: Operation,
    ) -> Result<(), RejectReason> {
        let transaction = self.transaction(actor, operation).sign(actor.next()).unwrap();
        self.send(&transaction)?;
        actor.nonce += 1;
        Ok(())
    }

    /// Sends an operation of the founding authority's.
    pub(crate) fn govern(&mut self, operation: Operation) -> Result<(), RejectReason> {
        let transaction = self.signed(&self.authority, operation);
        self.send(&transaction)?;
        self.authority.nonce += 1;
        Ok(())
    }

    /// A registered DID.
    pub(crate) fn registered(&mut self, seed: u64) -> Actor {
        let mut actor = Actor::new(seed);
        let registration = actor.register();
        self.act(&mut actor, registration).unwrap();
        actor
    }

    /// An issuer with key number `seed`, accredited for the resident ID, whose type is registered.
    pub(crate) fn issuer(&mut self, seed: u64) -> Actor {
        let mut issuer = self.registered(seed);
        self.act(&mut issuer, add_key(&credential_key(seed))).unwrap();
        self.govern(accredit(issuer.id, RESIDENT, seed)).unwrap();
        let version = RecordKey::Type { vct: RESIDENT.into(), version: 1 };
        if self.chain.committed().record(&version).unwrap().is_none() {
            self.act(&mut issuer, register_type(RESIDENT, 1)).unwrap();
        }
        issuer
    }

    pub(crate) fn record<R: Record>(&self, key: &RecordKey) -> Option<R> {
        let bytes = self.chain.committed().record(key).unwrap();
        bytes.map(|bytes| R::from_bytes(&bytes).unwrap())
    }

    pub(crate) fn grant(&self, issuer: &Actor, list: u32) -> Option<Grant> {
        self.record(&RecordKey::Grant { issuer: issuer.id, vct: RESIDENT.into(), list })
    }

    /// Lets time pass.
    pub(crate) fn pass(&mut self, ms: u64) {
        self.now_ms += ms;
    }
}

pub(crate) fn add_key(key: &SoftwareKey) -> Operation {
    Operation::AddKey {
        key: key.verifying_key().clone(),
        purpose: KeyPurpose::Credential,
        valid_from: START - 24 * 3600,
        valid_to: START + YEAR,
    }
}

pub(crate) fn accredit(issuer: IssuerId, vct: &str, seed: u64) -> Operation {
    Operation::Accredit {
        issuer,
        vct: vct.into(),
        name_zh: format!("第{seed}登记局"),
        name_en: format!("Registry Office {seed}"),
        valid_from: START - 24 * 3600,
        valid_to: START + YEAR,
        max_open_lists: 2000,
    }
}

pub(crate) fn register_type(vct: &str, version: u32) -> Operation {
    Operation::RegisterType {
        vct: vct.into(),
        version,
        metadata_digest: digest("metadata"),
        metadata_url: format!("{vct}/metadata/{version}"),
        schema_digest: None,
    }
}

pub(crate) fn clear_root(issuer: IssuerId, list: u32) -> Digest {
    ChunkTree::build(&ListContext { issuer, list }, &StatusArray::new(2, SIZE).unwrap()).root()
}

/// Opens a list of the resident ID for key number `key`.
pub(crate) fn open_list(issuer: &Actor, list: u32, key: u64) -> Operation {
    Operation::OpenList {
        list,
        key: credential_key(key).verifying_key().thumbprint(),
        vct: RESIDENT.into(),
        type_version: 1,
        encoding: StatusEncoding::Token,
        bits: 2,
        size: SIZE,
        purpose: "revocation".into(),
        url: format!("https://residents.yufu.example/status/{list}"),
        status_root: clear_root(issuer.id, list),
        issued_root: digest(&format!("issued {list} 0")),
        token_digest: digest("token"),
        valid_until: START + YEAR,
    }
}

pub(crate) fn publish(list: u32, version: u32) -> Operation {
    Operation::PublishStatus {
        list,
        version,
        status_root: digest(&format!("status {list} {version}")),
        issued_root: digest(&format!("issued {list} {version}")),
        token_digest: digest("token"),
        valid_until: START + YEAR,
    }
}

pub(crate) fn suspend(issuer: IssuerId) -> Operation {
    Operation::SuspendAccreditation { issuer, vct: RESIDENT.into() }
}

pub(crate) fn reinstate(issuer: IssuerId) -> Operation {
    Operation::ReinstateAccreditation { issuer, vct: RESIDENT.into() }
}

pub(crate) fn withdraw(issuer: IssuerId) -> Operation {
    Operation::WithdrawAccreditation { issuer, vct: RESIDENT.into() }
}
