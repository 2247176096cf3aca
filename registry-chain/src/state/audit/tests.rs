//! A state that contradicts itself does not come about by executing blocks, so these write one.

use super::*;
use crate::{
    genesis::{Genesis, GenesisContent, Inception},
    state::{BlockInputs, Chain, NEWEST_RULES, OnFailure, view::state_key},
};
use std::collections::BTreeMap;
use yufu_core::{
    crypto::{Algorithm, Signer, SoftwareKey},
    random::SeededRandom,
    registry::{
        Accreditation, KeyPurpose, KeyRecord, Policy, Quotas, Record, Rules, StatusEncoding,
        StatusListRecord, TypeRecord, ValidatorSet, Validators, test_network::validator,
    },
};

const VCT: &str = "https://residents.yufu.example/types/resident-id/1";

pub(in crate::state) fn genesis() -> Genesis {
    let key = |seed| SoftwareKey::generate(Algorithm::Ed25519, &SeededRandom::new(seed)).unwrap();
    let founder = Inception {
        control_key: key(1).verifying_key().clone(),
        next_key: key(2).verifying_key().thumbprint(),
        also_known_as: vec![],
        services: vec![],
    };
    let quotas =
        Quotas { block_transactions: 1, block_bytes: 1, did_transactions: 1, did_bytes: 1, registrations: 1 };
    let policy = Policy {
        network: "test".into(),
        authorities: vec![founder.id()],
        authority_quorum: 1,
        slot_ms: 5000,
        publication_ms: 10_000,
        timelock_ms: 0,
        epoch_length: 1000,
        status_age_limit_ms: 60_000,
        quotas,
        rules: Rules { version: NEWEST_RULES, next: None },
    };
    let set = ValidatorSet::new(vec![validator(1, 0).0]).unwrap();
    let validators = Validators { set, endpoints: vec![] };
    Genesis::new(GenesisContent { time_ms: 1_000_000, policy, validators, founders: vec![founder] }).unwrap()
}

/// A list of the founder's with all its sources, and the grant that follows.
fn records(issuer: IssuerId) -> BTreeMap<RecordKey, Vec<u8>> {
    let key = SoftwareKey::generate(Algorithm::Es256, &SeededRandom::new(3)).unwrap();
    let key = key.verifying_key().clone();
    let thumbprint = key.thumbprint();
    let key = KeyRecord {
        key,
        purpose: KeyPurpose::Credential,
        valid_from: 0,
        valid_to: 9000,
        active_from: 0,
        revocation: None,
    };
    let accreditation = Accreditation {
        accreditor: issuer,
        name_zh: "局".into(),
        name_en: "Office".into(),
        valid_from: 0,
        valid_to: 9000,
        suspended_since: None,
        reinstated_from: None,
        withdrawn_at: None,
        max_open_lists: 1,
        open_lists: 1,
    };
    let kind = TypeRecord {
        owner: issuer,
        metadata_digest: [1; 32],
        metadata_url: "https://a.example".into(),
        schema_digest: None,
    };
    let stat = StatusListRecord {
        key: thumbprint,
        vct: VCT.into(),
        type_version: 1,
        encoding: StatusEncoding::Token,
        bits: 2,
        size: 1 << 17,
        version: 0,
        status_root: [2; 32],
        issued_root: [3; 32],
        token_digest: [4; 32],
        purpose: "revocation".into(),
        url: "https://a.example/status/1".into(),
        published_at_ms: 1,
        valid_until: 9000,
    };
    let grant = Grant {
        key: thumbprint,
        key_valid_from: 0,
        key_valid_to: 9000,
        key_revocation: None,
        name_zh: "局".into(),
        name_en: "Office".into(),
        accredited_from: 0,
        accredited_to: 9000,
        type_digest: [1; 32],
        encoding: StatusEncoding::Token,
        bits: 2,
        size: 1 << 17,
        status_root: [2; 32],
        version: 0,
        published_at_ms: 1,
        valid_until: 9000,
    };
    BTreeMap::from([
        (RecordKey::Key { issuer, thumbprint }, key.to_bytes()),
        (RecordKey::Accreditation { issuer, vct: VCT.into() }, accreditation.to_bytes()),
        (RecordKey::Type { vct: VCT.into(), version: 1 }, kind.to_bytes()),
        (RecordKey::StatusList { issuer, list: 1 }, stat.to_bytes()),
        (grant_key(issuer), grant.to_bytes()),
    ])
}

fn grant_key(issuer: IssuerId) -> RecordKey {
    RecordKey::Grant { issuer, vct: VCT.into(), list: 1 }
}

/// Audits a chain in which these records were written by force.
fn audit_of(
    change: impl FnOnce(&mut BTreeMap<RecordKey, Vec<u8>>, IssuerId),
) -> (Result<AuditReport, AuditError>, IssuerId) {
    let genesis = genesis();
    let issuer = genesis.content().founders[0].id();
    let directory = tempfile::tempdir().unwrap();
    let mut chain = Chain::open(&directory.path().join("state.sqlite"), &genesis).unwrap();
    let mut forced = records(issuer);
    change(&mut forced, issuer);
    let forced = forced.iter().map(|(key, value)| (state_key(key), value.clone())).collect();
    chain.force(&forced);
    let parent = chain.tip_digest();
    let inputs = BlockInputs { time_ms: 2_000_000 };
    let block = chain.execute(&parent, inputs, &[], OnFailure::Refuse).unwrap();
    chain.commit(&block.digest).unwrap();
    (chain.committed().audit(), issuer)
}

fn mismatch(result: Result<AuditReport, AuditError>) -> Mismatch {
    match result {
        Err(AuditError::Mismatch(mismatch)) => mismatch,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_state_that_follows_from_its_sources_passes() {
    let (report, _) = audit_of(|_, _| {});
    assert_eq!(report.unwrap().grants, 1);
}

#[test]
fn finds_a_grant_that_is_not_the_function_of_its_sources() {
    let (result, issuer) = audit_of(|records, issuer| {
        let grant = records.get_mut(&grant_key(issuer)).unwrap();
        let mut changed = Grant::from_bytes(grant).unwrap();
        changed.accredited_to += 1;
        *grant = changed.to_bytes();
    });
    assert_eq!(mismatch(result), Mismatch::Grant(grant_key(issuer)));
}

#[test]
fn finds_a_list_without_a_grant_and_a_grant_without_a_list() {
    let (result, issuer) = audit_of(|records, issuer| {
        records.remove(&grant_key(issuer));
    });
    assert_eq!(mismatch(result), Mismatch::NoGrant { issuer, list: 1 });
    let (result, issuer) = audit_of(|records, issuer| {
        records.remove(&RecordKey::StatusList { issuer, list: 1 });
    });
    assert_eq!(mismatch(result), Mismatch::StrayGrant(grant_key(issuer)));
}

#[test]
fn finds_a_record_that_is_not_what_the_root_says() {
    let genesis = genesis();
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("state.sqlite");
    let chain = Chain::open(&path, &genesis).unwrap();
    chain.committed().audit().unwrap();
    let mut policy = genesis.content().policy.clone();
    policy.timelock_ms = 1;
    let other = rusqlite::Connection::open(&path).unwrap();
    let changed = other
        .execute(
            "UPDATE record SET value = ?1 WHERE key = ?2",
            (policy.to_bytes(), state_key(&RecordKey::Policy)),
        )
        .unwrap();
    assert_eq!(changed, 1);
    assert_eq!(mismatch(chain.committed().audit()), Mismatch::Tree(RecordKey::Policy));
}
