//! Status lists: who may open one, for what; versions; what is recorded.

use crate::support::*;
use yufu_core::{
    crypto::Signer,
    registry::{Grant, IssuedRecord, KeyPurpose, Operation, RecordKey, RejectReason, StatusEncoding},
};

/// `open_list` with one thing changed.
fn changed(issuer: &Actor, change: impl FnOnce(&mut ListTerms)) -> Operation {
    let Operation::OpenList { list, key, vct, type_version, bits, size, status_root, valid_until, .. } =
        open_list(issuer, 1, 3)
    else {
        unreachable!()
    };
    let mut terms = ListTerms { list, key, vct, type_version, bits, size, status_root, valid_until };
    change(&mut terms);
    let ListTerms { list, key, vct, type_version, bits, size, status_root, valid_until } = terms;
    Operation::OpenList {
        list,
        key,
        vct,
        type_version,
        encoding: StatusEncoding::Token,
        bits,
        size,
        purpose: "revocation".into(),
        url: "https://residents.yufu.example/status/1".into(),
        status_root,
        issued_root: digest("issued 1 0"),
        token_digest: digest("token"),
        valid_until,
    }
}

struct ListTerms {
    list: u32,
    key: [u8; 32],
    vct: String,
    type_version: u32,
    bits: u8,
    size: u32,
    status_root: [u8; 32],
    valid_until: u64,
}

#[test]
fn opening_a_list_writes_its_grant_and_records_its_issued_root() {
    let mut network = Network::new();
    let mut issuer = network.issuer(3);
    let open = open_list(&issuer, 1, 3);
    network.act(&mut issuer, open).unwrap();
    let grant = network.grant(&issuer, 1).unwrap();
    let expected = Grant {
        key: credential_key(3).verifying_key().thumbprint(),
        key_valid_from: START - 24 * 3600,
        key_valid_to: START + YEAR,
        key_revocation: None,
        name_zh: "第3登记局".into(),
        name_en: "Registry Office 3".into(),
        accredited_from: START - 24 * 3600,
        accredited_to: START + YEAR,
        type_digest: digest("metadata"),
        encoding: StatusEncoding::Token,
        bits: 2,
        size: SIZE,
        status_root: clear_root(issuer.id, 1),
        version: 0,
        published_at_ms: network.now_ms,
        valid_until: START + YEAR,
    };
    assert_eq!(grant, expected);
    let issued: IssuedRecord =
        network.record(&RecordKey::Issued { issuer: issuer.id, list: 1, version: 0 }).unwrap();
    assert_eq!((issued.issued_root, issued.published_at_ms), (digest("issued 1 0"), network.now_ms));
}

#[test]
fn a_list_belongs_to_one_active_credential_key_of_its_issuer() {
    let mut network = Network::new();
    let mut issuer = network.issuer(3);
    let other = network.issuer(4);
    let foreign = open_list(&issuer, 1, 4);
    assert_eq!(network.act(&mut issuer, foreign), Err(RejectReason::UnknownKey));
    drop(other);

    let add = |seed, purpose, valid_from| Operation::AddKey {
        key: credential_key(seed).verifying_key().clone(),
        purpose,
        valid_from,
        valid_to: START + 1000,
    };
    network.act(&mut issuer, add(5, KeyPurpose::Request, START)).unwrap();
    let request = open_list(&issuer, 1, 5);
    assert_eq!(network.act(&mut issuer, request), Err(RejectReason::WrongPurpose));

    network.act(&mut issuer, add(6, KeyPurpose::Credential, START + 500)).unwrap();
    let open = open_list(&issuer, 1, 6);
    assert_eq!(network.act(&mut issuer, open.clone()), Err(RejectReason::KeyNotValid));
    network.pass(2_000_000);
    assert_eq!(network.act(&mut issuer, open), Err(RejectReason::KeyNotValid));
}

#[test]
fn a_list_belongs_to_one_registered_version_of_an_accredited_type() {
    let mut network = Network::new();
    let mut issuer = network.issuer(3);
    let version = changed(&issuer, |terms| terms.type_version = 2);
    assert_eq!(network.act(&mut issuer, version), Err(RejectReason::UnknownType));
    network.govern(register_type(LICENCE, 1)).unwrap();
    let other = changed(&issuer, |terms| terms.vct = LICENCE.into());
    assert_eq!(network.act(&mut issuer, other), Err(RejectReason::UnknownAccreditation));
}

#[test]
fn refuses_a_list_outside_the_accreditations_validity() {
    let mut network = Network::new();
    let mut issuer = network.issuer(3);
    let Operation::Accredit { issuer: id, vct, name_zh, name_en, max_open_lists, .. } =
        accredit(issuer.id, RESIDENT, 3)
    else {
        unreachable!()
    };
    let later = Operation::Accredit {
        issuer: id,
        vct,
        name_zh,
        name_en,
        valid_from: START + 500,
        valid_to: START + 1000,
        max_open_lists,
    };
    network.govern(later).unwrap();
    let open = open_list(&issuer, 1, 3);
    assert_eq!(network.act(&mut issuer, open.clone()), Err(RejectReason::AccreditationNotValid));
    network.pass(2_000_000);
    assert_eq!(network.act(&mut issuer, open), Err(RejectReason::AccreditationNotValid));
}

#[test]
fn refuses_a_small_list_and_odd_shapes() {
    let mut network = Network::new();
    let mut issuer = network.issuer(3);
    for (bits, size) in [(2, SIZE - 1), (3, SIZE), (0, SIZE), (16, SIZE), (2, 0), (8, 1 << 26), (1, u32::MAX)]
    {
        let operation = changed(&issuer, |terms| (terms.bits, terms.size) = (bits, size));
        assert_eq!(network.act(&mut issuer, operation), Err(RejectReason::BadListShape), "{bits} {size}");
    }
}

#[test]
fn refuses_a_first_publication_that_is_not_all_clear() {
    let mut network = Network::new();
    let mut issuer = network.issuer(3);
    let root = clear_root(issuer.id, 2);
    let operation = changed(&issuer, |terms| terms.status_root = root);
    assert_eq!(network.act(&mut issuer, operation), Err(RejectReason::NotAllClear));
}

#[test]
fn refuses_a_list_number_twice_and_more_lists_than_the_accreditation_allows() {
    let mut network = Network::new();
    let mut issuer = network.issuer(3);
    let Operation::Accredit { issuer: id, vct, name_zh, name_en, valid_from, valid_to, .. } =
        accredit(issuer.id, RESIDENT, 3)
    else {
        unreachable!()
    };
    let two =
        Operation::Accredit { issuer: id, vct, name_zh, name_en, valid_from, valid_to, max_open_lists: 2 };
    network.govern(two).unwrap();
    for (list, expected) in [
        (1, Ok(())),
        (1, Err(RejectReason::AlreadyExists)),
        (2, Ok(())),
        (3, Err(RejectReason::TooManyOpenLists)),
    ] {
        let open = open_list(&issuer, list, 3);
        assert_eq!(network.act(&mut issuer, open), expected);
    }
}

#[test]
fn a_publication_follows_the_last_by_one() {
    let mut network = Network::new();
    let mut issuer = network.issuer(3);
    assert_eq!(network.act(&mut issuer, publish(1, 1)), Err(RejectReason::UnknownList));
    let open = open_list(&issuer, 1, 3);
    network.act(&mut issuer, open).unwrap();
    for version in [0, 2, u32::MAX] {
        assert_eq!(network.act(&mut issuer, publish(1, version)), Err(RejectReason::VersionConflict));
    }
    network.act(&mut issuer, publish(1, 1)).unwrap();
    assert_eq!(network.act(&mut issuer, publish(1, 1)), Err(RejectReason::VersionConflict));
    let grant = network.grant(&issuer, 1).unwrap();
    assert_eq!((grant.version, grant.published_at_ms), (1, network.now_ms - 1000));
    let mut other = network.issuer(4);
    assert_eq!(network.act(&mut other, publish(1, 2)), Err(RejectReason::UnknownList));
}

#[test]
fn refuses_a_publication_that_is_no_longer_good() {
    let mut network = Network::new();
    let mut issuer = network.issuer(3);
    let over = changed(&issuer, |terms| terms.valid_until = START);
    assert_eq!(network.act(&mut issuer, over), Err(RejectReason::BadInterval));
    let open = open_list(&issuer, 1, 3);
    network.act(&mut issuer, open).unwrap();
    let Operation::PublishStatus { list, version, status_root, issued_root, token_digest, .. } =
        publish(1, 1)
    else {
        unreachable!()
    };
    let over = Operation::PublishStatus {
        list,
        version,
        status_root,
        issued_root,
        token_digest,
        valid_until: START,
    };
    assert_eq!(network.act(&mut issuer, over), Err(RejectReason::BadInterval));
}
