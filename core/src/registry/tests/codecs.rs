//! Wire bytes: they may not change. The digests were computed by a second implementation, in Python over
//! the definitions.

use super::{ISSUER, START, VCT, compromised, did_record, grant, public_key, software_key};
use crate::{
    crypto::{Algorithm, SignatureError, SoftwareKey, sha256},
    random::SeededRandom,
    registry::{
        Accreditation, DidRecord, EntryRecord, GovernanceAct, Grant, Header, IssuedRecord, KeyPurpose,
        KeyRecord, KeyRevocation, LegalName, MAX_TRANSACTION, Malformed, Operation, Policy, Proposal,
        ProposalState, Quotas, Record, RecordError, RecordKey, Registrations, RejectReason, RelyingParty,
        RelyingPurpose, RevocationReason, Rules, Service, SignedTransaction, StatusEncoding,
        StatusListRecord, Transaction, TransactionError, TypeRecord, Usage, Validators, client::hex,
        client::hex_digest,
    },
};
use borsh::BorshDeserialize;
use proptest::prelude::*;

fn header() -> Header {
    Header {
        network: [1; 32],
        height: 0x0203,
        parent: [4; 32],
        time_ms: 0x0506,
        slot: 7,
        epoch: 8,
        set: [9; 32],
        next_set: [10; 32],
        history: [11; 32],
        trust_root: [12; 32],
        records_root: [13; 32],
        body: [14; 32],
    }
}

#[test]
fn digests_stay_what_they_are() {
    assert_eq!(hex(&header().digest()), "bc09459890b444b1c9aa9934fb7f7c1d057208bda193e40571a5b950acb64cbe");
    assert_eq!(
        hex(&RecordKey::Did { issuer: ISSUER }.hash()),
        "4cd8ab774679f99d5b31e0d6f4a685f01e84b673873459a7b40f102f296aeadb"
    );
    let grant_key = RecordKey::Grant { issuer: ISSUER, vct: VCT.into(), list: 3 };
    assert_eq!(hex(&grant_key.hash()), "39080bce733749fd03bcc28375b333f96352dcf5c56b882831de7ed7c06fcc3d");
    let transaction = Transaction {
        network: [1; 32],
        author: ISSUER,
        nonce: 5,
        expires_at_ms: 6,
        operation: Operation::AppendEntry { stream: "land".into(), seq: 9, digest: [3; 32] },
    };
    let signed = transaction.sign(&software_key(1)).unwrap();
    assert_eq!(hex(&signed.digest()), "abca0a500a1e1d8213dc044b437afddb2101f36d7fa806af560c901a4bf3384b");
}

#[test]
fn a_grant_stays_what_it_is() {
    let grant = Grant { key_revocation: Some(compromised([6; 32])), ..grant([5; 32]) };
    assert_eq!(
        hex(&sha256(&[&grant.to_bytes()])),
        "31f8de8d96d58bebe95cb4bd05bc6e69bd5a0f086b7b0db7ac1e5f88584b97cd"
    );
}

/// Each operation's number on the wire: new ones are appended.
#[test]
fn operations_keep_their_numbers() {
    for (number, operation) in operations().into_iter().enumerate() {
        let bytes = borsh::to_vec(&operation).unwrap();
        assert_eq!(usize::from(bytes[0]), number, "{operation:?}");
    }
}

fn operations() -> Vec<Operation> {
    let (key, digest, vct, issuer) = (public_key(3), [3; 32], VCT.to_owned(), ISSUER);
    let service = Service { kind: "CredentialIssuer".into(), url: "https://a.example".into() };
    let purpose = RelyingPurpose {
        text_zh: "年龄".into(),
        text_en: "Age".into(),
        vct: VCT.into(),
        claims: vec![r#"["age_equal_or_over","18"]"#.into()],
    };
    vec![
        Operation::RegisterDid {
            control_key: key.clone(),
            next_key: digest,
            also_known_as: vec!["did:web:a.example".into()],
            services: vec![service.clone()],
        },
        Operation::UpdateDid { also_known_as: Vec::new(), services: vec![service] },
        Operation::RotateControl { new_key: key.clone(), next_key: digest },
        Operation::DeactivateDid,
        Operation::AddKey { key, purpose: KeyPurpose::Credential, valid_from: 1, valid_to: 2 },
        Operation::CancelKey { thumbprint: digest },
        Operation::RevokeKey {
            thumbprint: digest,
            reason: RevocationReason::KeyCompromise,
            compromised_since: Some(4),
        },
        Operation::Accredit {
            issuer,
            vct: vct.clone(),
            name_zh: "登记处".into(),
            name_en: "Register".into(),
            valid_from: 1,
            valid_to: 2,
            max_open_lists: 3,
        },
        Operation::SuspendAccreditation { issuer, vct: vct.clone() },
        Operation::ReinstateAccreditation { issuer, vct: vct.clone() },
        Operation::WithdrawAccreditation { issuer, vct: vct.clone() },
        Operation::RegisterType {
            vct: vct.clone(),
            version: 1,
            metadata_digest: digest,
            metadata_url: "https://a.example/t".into(),
            schema_digest: None,
        },
        Operation::OpenList {
            list: 3,
            key: digest,
            vct,
            type_version: 1,
            encoding: StatusEncoding::Token,
            bits: 2,
            size: 1 << 17,
            purpose: "revocation".into(),
            url: "https://a.example/status/3".into(),
            status_root: digest,
            issued_root: digest,
            token_digest: digest,
            valid_until: 9,
        },
        Operation::PublishStatus {
            list: 3,
            version: 1,
            status_root: digest,
            issued_root: digest,
            token_digest: digest,
            valid_until: 9,
        },
        Operation::RegisterRelyingParty {
            verifier: issuer,
            name_zh: "柜台".into(),
            name_en: "Counter".into(),
            purposes: vec![purpose],
            keys: vec![digest],
            valid_from: 1,
            valid_to: 2,
        },
        Operation::AppendEntry { stream: "land".into(), seq: 0, digest },
        Operation::Propose { act: act(), expires_at_ms: 9 },
        Operation::Vote { proposal: 1, approve: false },
        Operation::Execute { proposal: 1 },
        Operation::VetoRecovery { proposal: 1 },
    ]
}

fn act() -> GovernanceAct {
    GovernanceAct::RecoverDid { issuer: ISSUER, control_key: public_key(3), next_key: [4; 32] }
}

fn transaction(operation: Operation) -> Transaction {
    Transaction { network: [1; 32], author: ISSUER, nonce: 5, expires_at_ms: START, operation }
}

#[test]
fn every_signed_transaction_survives_its_bytes_and_verifies() {
    for algorithm in [Algorithm::Es256, Algorithm::Ed25519] {
        let key = SoftwareKey::generate(algorithm, &SeededRandom::new(5)).unwrap();
        for operation in operations() {
            let signed = transaction(operation.clone()).sign(&key).unwrap();
            let again = SignedTransaction::from_bytes(&signed.to_bytes()).unwrap();
            assert_eq!(again, signed);
            assert_eq!(again.transaction(), &transaction(operation));
            again.verify_signature(crate::crypto::Signer::verifying_key(&key)).unwrap();
            assert_eq!(again.verify_signature(&public_key(9)), Err(SignatureError));
        }
    }
}

#[test]
fn no_byte_of_a_signed_transaction_can_change() {
    let key = software_key(5);
    let signed = transaction(Operation::DeactivateDid).sign(&key).unwrap();
    let bytes = signed.to_bytes();
    for i in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[i] ^= 1;
        let verified = SignedTransaction::from_bytes(&changed)
            .is_ok_and(|signed| signed.verify_signature(&public_key(5)).is_ok());
        assert!(!verified, "byte {i}");
    }
}

#[test]
fn two_signatures_of_one_transaction_have_one_digest() {
    let one = transaction(Operation::DeactivateDid).sign(&software_key(5)).unwrap();
    let two = transaction(Operation::DeactivateDid).sign(&software_key(5)).unwrap();
    assert_ne!(one.to_bytes(), two.to_bytes(), "ECDSA draws a nonce");
    assert_eq!(one.digest(), two.digest());
    let other = Transaction { nonce: 6, ..transaction(Operation::DeactivateDid) };
    assert_ne!(other.sign(&software_key(5)).unwrap().digest(), one.digest());
}

#[test]
fn refuses_bytes_that_are_no_transaction() {
    let bytes = transaction(Operation::DeactivateDid).sign(&software_key(5)).unwrap().to_bytes();
    let read = |bytes: &[u8]| SignedTransaction::from_bytes(bytes);
    for length in 0..bytes.len() {
        assert_eq!(read(&bytes[..length]), Err(TransactionError::Malformed), "{length}");
    }
    assert_eq!(read(&[&bytes[..], &[0]].concat()), Err(TransactionError::Malformed));
    assert_eq!(read(&[&[2], &bytes[1..]].concat()), Err(TransactionError::Version));
    assert_eq!(read(&vec![1; MAX_TRANSACTION + 1]), Err(TransactionError::TooLarge));
    // An operation that does not exist yet: the last byte of the body, as DeactivateDid has no fields.
    let body = 1 + 4 + 32 + 20 + 8 + 8;
    assert_eq!(bytes[body], 3);
    let mut unknown = bytes;
    unknown[body] = 200;
    assert_eq!(read(&unknown), Err(TransactionError::Malformed));
}

fn policy() -> Policy {
    Policy {
        network: "yufu-city".into(),
        authorities: vec![ISSUER],
        authority_quorum: 1,
        slot_ms: 5000,
        publication_ms: 10_000,
        timelock_ms: 0,
        epoch_length: 1 << 32,
        status_age_limit_ms: 60_000,
        quotas: Quotas {
            block_transactions: 100,
            block_bytes: 1,
            did_transactions: 2,
            did_bytes: 3,
            registrations: 4,
        },
        rules: Rules { version: 1, next: None },
    }
}

fn key_record() -> KeyRecord {
    KeyRecord {
        key: public_key(1),
        purpose: KeyPurpose::Credential,
        valid_from: 1,
        valid_to: 2,
        active_from: 0,
        revocation: None,
    }
}

fn accreditation() -> Accreditation {
    Accreditation {
        accreditor: ISSUER,
        name_zh: "登记处".into(),
        name_en: "Register".into(),
        valid_from: 1,
        valid_to: 2,
        suspended_since: Some(3),
        withdrawn_at: None,
        reinstated_from: None,
        max_open_lists: 4,
        open_lists: 1,
    }
}

fn status_list() -> StatusListRecord {
    StatusListRecord {
        key: [1; 32],
        vct: VCT.into(),
        type_version: 1,
        encoding: StatusEncoding::Bitstring,
        bits: 1,
        size: 1 << 17,
        version: 3,
        status_root: [2; 32],
        issued_root: [3; 32],
        token_digest: [4; 32],
        purpose: "revocation".into(),
        url: "https://a.example/status/3".into(),
        published_at_ms: START,
        valid_until: 9,
    }
}

/// Bytes survive, and nothing shorter, longer or of another version is read.
fn survives<R: Record + PartialEq + std::fmt::Debug>(record: R) {
    let bytes = record.to_bytes();
    assert_eq!(R::from_bytes(&bytes), Ok(record));
    for length in 0..bytes.len() {
        assert_eq!(R::from_bytes(&bytes[..length]), Err(RecordError::Malformed), "{length}");
    }
    assert_eq!(R::from_bytes(&[&bytes[..], &[0]].concat()), Err(RecordError::Malformed));
    assert_eq!(R::from_bytes(&[&[2], &bytes[1..]].concat()), Err(RecordError::Version));
    assert_eq!(R::from_bytes(&vec![1; (64 << 10) + 1]), Err(RecordError::TooLarge));
}

#[test]
fn every_record_survives_its_bytes() {
    survives(policy());
    survives(Validators {
        set: super::network(2).key().set.clone(),
        endpoints: vec!["a:1".into(), "b:2".into()],
    });
    survives(did_record());
    survives(DidRecord { usage: Usage { slot: 1, transactions: 2, bytes: 3 }, ..did_record() });
    survives(Registrations { slot: 1, count: 2 });
    survives(LegalName { issuer: ISSUER });
    survives(key_record());
    survives(accreditation());
    survives(TypeRecord {
        owner: ISSUER,
        metadata_digest: [1; 32],
        metadata_url: "u".into(),
        schema_digest: Some([2; 32]),
    });
    survives(status_list());
    survives(grant([5; 32]));
    survives(Grant { key_revocation: Some(compromised([6; 32])), ..grant([5; 32]) });
    survives(RelyingParty {
        name_zh: "柜".into(),
        name_en: "C".into(),
        purposes: Vec::new(),
        keys: vec![[1; 32]],
        valid_from: 1,
        valid_to: 2,
    });
    survives(IssuedRecord { issued_root: [1; 32], status_root: [2; 32], published_at_ms: 3 });
    survives(EntryRecord { author: ISSUER, digest: [1; 32], recorded_at_ms: 3 });
}

#[test]
fn refuses_records_that_contradict_themselves() {
    fn refused<R: Record + PartialEq + std::fmt::Debug>(record: R) {
        assert_eq!(R::from_bytes(&record.to_bytes()), Err(RecordError::Inconsistent));
    }
    refused(Policy { network: "Yufu".into(), ..policy() });
    refused(Policy { authority_quorum: 2, ..policy() });
    refused(Policy { authority_quorum: 0, ..policy() });
    refused(Policy { slot_ms: 0, ..policy() });
    refused(Policy { epoch_length: 0, ..policy() });
    refused(Validators { set: super::network(2).key().set.clone(), endpoints: vec!["a".into()] });
    refused(KeyRecord { valid_to: 1, ..key_record() });
    let revocation = |reason, compromised_since| Some(KeyRevocation { at_ms: 1, reason, compromised_since });
    refused(KeyRecord { revocation: revocation(RevocationReason::Superseded, Some(1)), ..key_record() });
    refused(KeyRecord { revocation: revocation(RevocationReason::KeyCompromise, None), ..key_record() });
    let proposal = Proposal {
        act: act(),
        proposer: ISSUER,
        proposed_at_ms: 1,
        expires_at_ms: 2,
        approvals: vec![ISSUER],
        rejections: vec![],
        state: ProposalState::Open,
    };
    assert_eq!(Proposal::from_bytes(&proposal.to_bytes()), Ok(proposal.clone()));
    refused(Proposal { expires_at_ms: 1, ..proposal.clone() });
    refused(Proposal { approvals: vec![ISSUER; 2], ..proposal.clone() });
    refused(Proposal { rejections: vec![ISSUER], ..proposal });
    refused(Accreditation { valid_from: 2, ..accreditation() });
    refused(Accreditation { open_lists: 5, ..accreditation() });
    refused(StatusListRecord { bits: 3, ..status_list() });
    refused(StatusListRecord { size: 0, ..status_list() });
    refused(Grant { key_valid_to: 0, ..grant([0; 32]) });
}

#[test]
fn a_header_has_one_digest_whole_or_folded_and_every_field_counts() {
    let header = header();
    assert_eq!(header.fold().digest(), header.digest());
    let bytes = header.to_bytes();
    assert_eq!(bytes.len(), 288);
    assert_eq!(Header::from_bytes(&bytes), Ok(header));
    assert_eq!(Header::from_bytes(&bytes[1..]), Err(Malformed));
    assert_eq!(Header::from_bytes(&[&bytes[..], &[0]].concat()), Err(Malformed));
    for i in 0..bytes.len() {
        let mut changed = bytes;
        changed[i] ^= 1;
        assert_ne!(Header::from_bytes(&changed).unwrap().digest(), header.digest(), "byte {i}");
    }
}

#[test]
fn every_refusal_has_its_own_word_and_sentence() {
    let mut words: Vec<_> = RejectReason::ALL.iter().map(|reason| reason.word()).collect();
    for reason in RejectReason::ALL {
        assert_eq!(reason.word().parse(), Ok(*reason));
        assert!(reason.message().ends_with('.') && !reason.message().starts_with(' '));
        assert!(reason.word().bytes().all(|b| b.is_ascii_lowercase() || b == b'_'));
    }
    words.sort_unstable();
    words.dedup();
    assert_eq!(words.len(), RejectReason::ALL.len());
    assert!("no_such_word".parse::<RejectReason>().is_err());
}

#[test]
fn a_digest_has_one_hexadecimal_text() {
    let digest = sha256(&[b"digest"]);
    assert_eq!(hex_digest(&hex(&digest)), Some(digest));
    for text in ["", "00", &hex(&digest).to_uppercase(), &format!("{}+1", &hex(&digest)[2..])] {
        assert_eq!(hex_digest(text), None);
    }
}

proptest! {
    #[test]
    fn what_is_read_is_written_the_same(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        if let Ok(signed) = SignedTransaction::from_bytes(&bytes) {
            prop_assert_eq!(signed.to_bytes(), bytes.clone());
        }
        if let Ok(operation) = Operation::try_from_slice(&bytes) {
            prop_assert_eq!(borsh::to_vec(&operation).unwrap(), bytes.clone());
        }
        let bytes = [&[1][..], &bytes].concat();
        macro_rules! records { ($($record:ty),+) => { $(
            if let Ok(record) = <$record>::from_bytes(&bytes) {
                prop_assert_eq!(record.to_bytes(), bytes.clone());
            }
        )+ } }
        records!(
            Policy, Validators, DidRecord, KeyRecord, Accreditation, TypeRecord, StatusListRecord, Grant,
            RelyingParty, IssuedRecord, EntryRecord, Registrations, LegalName
        );
    }

    #[test]
    fn any_grant_survives_its_bytes(
        name in "\\PC{0,40}", numbers in any::<[u64; 6]>(), root in any::<[u8; 32]>(), size in 1u32..1 << 27,
        bits in prop::sample::select(vec![1u8, 2, 4, 8]),
    ) {
        let [from, to, accredited_from, accredited_to, published_at_ms, valid_until] = numbers;
        prop_assume!(from != to);
        let grant = Grant {
            key_valid_from: from.min(to), key_valid_to: from.max(to), accredited_from, accredited_to,
            published_at_ms, valid_until, name_zh: name, size, bits, ..grant(root)
        };
        prop_assert_eq!(Grant::from_bytes(&grant.to_bytes()), Ok(grant));
    }
}
