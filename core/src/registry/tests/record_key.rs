use super::{ISSUER, VCT, public_key};
use crate::{
    crypto::{Digest, sha256},
    did::yufu::{IssuerId, YufuDid, YufuDidError},
    registry::{MAX_NAME, RecordKey, RecordKeyError, Tree},
};
use proptest::prelude::*;

fn keys() -> Vec<(RecordKey, String, Tree)> {
    let (issuer, digest) = (ISSUER, [0xfb; 32]);
    let name = issuer.to_string();
    let b64 = "-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_s";
    let vct = "https%3A%2F%2Fresidents.yufu.example%2Ftypes%2Fresident-id%2F1";
    use RecordKey as K;
    use Tree::{Records, Trust};
    vec![
        (K::Policy, "gov/policy".into(), Trust),
        (K::Registrations, "gov/registrations".into(), Trust),
        (K::LegalName { skeleton: digest }, format!("name/{b64}"), Trust),
        (K::CascadeQueue, "gov/cascade".into(), Trust),
        (K::PendingCascade { seq: 9 }, "gov/cascade/9".into(), Trust),
        (K::Validators { epoch: 2 }, "val/2".into(), Trust),
        (K::Proposals, "gov/proposals".into(), Trust),
        (K::Proposal { seq: 7 }, "gov/proposal/7".into(), Trust),
        (K::DecidedValidators, "gov/validators".into(), Trust),
        (K::Origin, "gov/origin".into(), Trust),
        (K::Did { issuer }, format!("did/{name}"), Trust),
        (K::DidHistory { issuer, version: 1 }, format!("hist/{name}/1"), Trust),
        (K::Key { issuer, thumbprint: digest }, format!("key/{name}/{b64}"), Trust),
        (K::Accreditation { issuer, vct: VCT.into() }, format!("acc/{name}/{vct}"), Trust),
        (K::Type { vct: VCT.into(), version: 1 }, format!("type/{vct}/1"), Trust),
        (K::StatusList { issuer, list: 3 }, format!("stat/{name}/3"), Trust),
        (K::RelyingParty { verifier: issuer }, format!("rp/{name}"), Trust),
        (K::Grant { issuer, vct: VCT.into(), list: 3 }, format!("grant/{name}/{vct}/3"), Trust),
        (K::Issued { issuer, list: 3, version: 4 }, format!("issued/{name}/3/4"), Records),
        (
            K::Entry { stream: "land titles/东".into(), seq: 5 },
            "rec/land%20titles%2F%E4%B8%9C/5".into(),
            Records,
        ),
        (K::Nullifier { context: "vote".into(), nullifier: digest }, format!("null/vote/{b64}"), Records),
    ]
}

#[test]
fn every_record_has_one_name_one_place_and_one_tree() {
    let mut hashes = Vec::new();
    for (key, text, tree) in keys() {
        assert_eq!(key.to_string(), text);
        assert_eq!(text.parse(), Ok(key.clone()));
        assert_eq!(key.tree(), tree, "{text}");
        hashes.push(key.hash());
    }
    hashes.sort_unstable();
    hashes.dedup();
    assert_eq!(hashes.len(), keys().len());
}

/// Each name's number on the wire, which its place in the tree follows from: new ones are appended.
#[test]
fn the_keys_of_a_kind_begin_alike_and_no_others_do() {
    let key = |text: &str| borsh::to_vec(&text.parse::<RecordKey>().unwrap()).unwrap();
    let did = format!("did/{ISSUER}");
    for kind in RecordKey::KINDS {
        let prefix = RecordKey::kind_prefix(kind, None).unwrap();
        assert_eq!(key(&did).starts_with(&prefix), kind == "did", "{kind}");
        assert_eq!(key("gov/policy").starts_with(&prefix), kind == "gov/policy", "{kind}");
        assert_eq!(key("gov/proposal/7").starts_with(&prefix), kind == "gov/proposal", "{kind}");
    }
    assert!(key(&did).starts_with(&RecordKey::kind_prefix("did", Some(ISSUER)).unwrap()));
    let other = RecordKey::kind_prefix("did", Some(crate::did::yufu::IssuerId([9; 20]))).unwrap();
    assert!(!key(&did).starts_with(&other));
    assert_eq!(RecordKey::kind_prefix("type", Some(ISSUER)), None);
    assert_eq!(RecordKey::kind_prefix("nothing", None), None);
}

#[test]
fn records_keep_their_numbers() {
    let mut numbers: Vec<_> = keys().iter().map(|(key, ..)| borsh::to_vec(key).unwrap()[0]).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (0..21).collect::<Vec<_>>());
    for (number, key) in [
        (0, RecordKey::Policy),
        (6, RecordKey::Did { issuer: ISSUER }),
        (13, RecordKey::Grant { issuer: ISSUER, vct: VCT.into(), list: 3 }),
        (16, RecordKey::Nullifier { context: "vote".into(), nullifier: [0; 32] }),
    ] {
        assert_eq!(borsh::to_vec(&key).unwrap()[0], number);
    }
}

#[test]
fn refuses_a_second_name_of_a_record() {
    let id = ISSUER.to_string();
    let long = "a".repeat(MAX_NAME + 1);
    for text in [
        "",
        "gov",
        "gov/",
        "gov/policy/",
        "/gov/policy",
        "val/01",
        "val/+1",
        "val/-1",
        "val/",
        "val/18446744073709551616",
        "rec//1",
        "rec/a%2/1",
        "rec/a%/1",
        "rec/%61/1",
        "rec/%e4%b8%9c/1",
        "rec/%FF/1",
        "rec/a b/1",
        "null/vote/AA",
        "null/vote/",
        &format!("rec/{long}/1"),
        &format!("did/1{id}"),
        &format!("did/{}", &id[1..]),
        &format!("stat/{id}/4294967296"),
        &format!("grant/{id}/https://a/1"),
    ] {
        assert_eq!(text.parse::<RecordKey>(), Err(RecordKeyError), "{text}");
    }
    format!("rec/{}/1", &long[1..]).parse::<RecordKey>().unwrap();
}

#[test]
fn an_id_follows_from_its_inception_keys_alone() {
    let (control, next): (_, Digest) = (public_key(1), public_key(2).thumbprint());
    let id = IssuerId::from_inception(&control, &next);
    assert_eq!(id.0[..], sha256(&[b"yufu/issuer-id/v1", &control.multicodec(), &next])[..20]);
    assert_ne!(id, IssuerId::from_inception(&public_key(3), &next));
    assert_ne!(id, IssuerId::from_inception(&control, &[0; 32]));
}

#[test]
fn a_did_has_one_text() {
    let did = YufuDid::new("yufu-city", ISSUER).unwrap();
    assert_eq!(did.to_string(), format!("did:yufu:yufu-city:{ISSUER}"));
    assert_eq!(did.to_string().parse(), Ok(did.clone()));
    for (text, error) in [
        (format!("did:web:yufu-city:{ISSUER}"), YufuDidError::NotYufu),
        (format!("DID:yufu:yufu-city:{ISSUER}"), YufuDidError::NotYufu),
        (format!("did:yufu:{ISSUER}"), YufuDidError::Id),
        (format!("did:yufu::{ISSUER}"), YufuDidError::Network),
        (format!("did:yufu:Yufu:{ISSUER}"), YufuDidError::Network),
        (format!("did:yufu:a-name-of-17-char:{ISSUER}"), YufuDidError::Network),
        (format!("did:yufu:yufu-city:{ISSUER}#key"), YufuDidError::Id),
        (format!("did:yufu:yufu-city:{ISSUER}1"), YufuDidError::Id),
        ("did:yufu:yufu-city:".into(), YufuDidError::Id),
        ("did:yufu:yufu-city:0OIl".into(), YufuDidError::Id),
    ] {
        assert_eq!(text.parse::<YufuDid>(), Err(error), "{text}");
    }
}

proptest! {
    #[test]
    fn every_id_survives_its_text(bytes in any::<[u8; 20]>()) {
        prop_assert_eq!(IssuerId(bytes).to_string().parse(), Ok(IssuerId(bytes)));
    }

    #[test]
    fn any_name_survives_its_text(stream in "\\PC{1,60}", seq in any::<u64>()) {
        let key = RecordKey::Entry { stream, seq };
        prop_assert_eq!(key.to_string().parse(), Ok(key));
    }

    #[test]
    fn a_text_that_is_read_is_the_records_one_name(text in "(rec|null|did|type)/[a-zA-Z0-9%/]{0,60}") {
        if let Ok(key) = text.parse::<RecordKey>() {
            prop_assert_eq!(key.to_string(), text);
        }
    }
}
