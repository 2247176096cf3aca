use super::*;
use crate::crypto::{Algorithm, PublicKey, Signer, SoftwareKey, testing};
use serde_json::{Map, json};

const T0: u64 = 1_800_000_000_000;
const NOW: u64 = T0 + 3_600_000;

fn key(seed: u64) -> SoftwareKey {
    testing::key(Algorithm::Ed25519, seed)
}

fn multibase(seed: u64) -> String {
    PublicKey::from(key(seed).verifying_key()).multibase()
}

fn hash_of(seed: u64) -> String {
    key_hash(&PublicKey::from(key(seed).verifying_key()))
}

fn object(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

fn state(id: &str) -> Map<String, Value> {
    object(json!({ "@context": ["https://www.w3.org/ns/did/v1"], "id": id }))
}

/// A log of one entry and the DID that it belongs to.
fn first(mut parameters: Value) -> (String, String, WrittenEntry) {
    if parameters.get("updateKeys").is_none() {
        parameters["updateKeys"] = json!([multibase(1)]);
    }
    let change =
        Change { parameters: object(parameters), state: Some(state("did:webvh:{SCID}:agency.example:land")) };
    let entry = create(change, &key(1), T0).unwrap();
    (format!("did:webvh:{}:agency.example:land", entry.scid.as_ref().unwrap()), entry.line.clone(), entry)
}

fn next(log: &str, parameters: Value, signer: u64, at_ms: u64) -> WrittenEntry {
    let change = Change { parameters: object(parameters), state: None };
    append(&UnverifiedLog::parse(log.as_bytes()).unwrap(), change, &key(signer), at_ms).unwrap()
}

fn verify(did: &str, log: &str) -> Result<VerifiedLog, LogError> {
    UnverifiedLog::parse(log.as_bytes())?.verify(did, None, NOW)
}

fn refused(did: &str, log: &str) -> LogError {
    verify(did, log).unwrap_err()
}

#[test]
fn a_log_with_an_update_verifies_and_gives_each_version() {
    let (did, mut log, entry) = first(json!({}));
    let second = next(&log, json!({ "updateKeys": [multibase(2)] }), 1, T0 + 5000);
    log += &second.line;
    log += &next(&log, json!({ "ttl": 60 }), 2, T0 + 9000).line;
    let verified = verify(&did, &log).unwrap();
    let number = |query| verified.version(&query).map(|version| version.number);
    assert_eq!(number(VersionQuery::Newest), Some(3));
    assert_eq!(number(VersionQuery::Id(entry.version_id)), Some(1));
    assert_eq!(number(VersionQuery::Time(T0 + 8999)), Some(2));
    assert_eq!(number(VersionQuery::Time(T0 - 1)), None);
    assert_eq!(number(VersionQuery::Number(4)), None);
    assert_eq!((verified.ttl(), verified.is_deactivated()), (60, false));
}

#[test]
fn refuses_what_was_changed_after_it_was_signed() {
    let (did, log, entry) = first(json!({}));
    let changed = log.replace("agency.example", "forger.example");
    assert_eq!(refused(&did, &changed), LogError::Scid);
    let second = next(&log, json!({}), 1, T0 + 5000);
    let two = format!("{log}{}", second.line);
    assert_eq!(
        refused(&did, &two.replace("\"parameters\":{},", "\"parameters\":{\"ttl\":1},")),
        LogError::EntryHash
    );
    let hash_changed = log.replace(&entry.version_id[2..], &hash(b"another"));
    assert_eq!(refused(&did, &hash_changed), LogError::EntryHash);
    assert_eq!(refused(&did, &log.replace("\"1-Qm", "\"2-Qm")), LogError::Number);
    assert_eq!(refused(&did, &log.replace("eddsa-jcs-2022", "eddsa-rdfc-2022")), LogError::Proof);
    assert_eq!(refused(&did, &second.line), LogError::Parameter);
    assert_eq!(refused("did:webvh:x:agency.example", &log), LogError::OtherDid);
    assert_eq!(refused(&did, "\n"), LogError::Empty);
    assert_eq!(refused(&did, "{}"), LogError::Entry);
    assert_eq!(refused(&did, &log.replace("\"state\"", "\"more\":1,\"state\"")), LogError::Entry);
}

#[test]
fn refuses_a_key_that_may_not_update() {
    let (did, log, _) = first(json!({}));
    let by_another = format!("{log}{}", next(&log, json!({}), 2, T0 + 5000).line);
    assert_eq!(refused(&did, &by_another), LogError::Proof);
    let names_itself = next(&log, json!({ "updateKeys": [multibase(2)] }), 2, T0 + 5000);
    assert_eq!(refused(&did, &format!("{log}{}", names_itself.line)), LogError::Proof);
}

#[test]
fn times_rise_and_do_not_lie_ahead() {
    let (did, log, _) = first(json!({}));
    for at_ms in [T0, T0 - 1000, NOW + 1000] {
        let log = format!("{log}{}", next(&log, json!({}), 1, at_ms).line);
        assert_eq!(refused(&did, &log), LogError::Time);
    }
}

#[test]
fn under_pre_rotation_every_key_was_committed_to() {
    let (did, log, _) = first(json!({ "nextKeyHashes": [hash_of(2)] }));
    let after = |parameters, signer| {
        let log = format!("{log}{}", next(&log, parameters, signer, T0 + 5000).line);
        verify(&did, &log).map(|_| ())
    };
    let good = json!({ "updateKeys": [multibase(2)], "nextKeyHashes": [hash_of(3)] });
    assert_eq!(after(good.clone(), 2), Ok(()));
    assert_eq!(after(good, 1), Err(LogError::Proof));
    for parameters in [
        json!({ "updateKeys": [multibase(3)], "nextKeyHashes": [] }),
        json!({ "updateKeys": [multibase(2), multibase(3)], "nextKeyHashes": [] }),
        json!({ "updateKeys": [multibase(2)] }),
        json!({ "nextKeyHashes": [] }),
        json!({}),
    ] {
        assert_eq!(after(parameters, 2), Err(LogError::PreRotation));
    }
}

#[test]
fn refuses_parameters_that_are_unknown_or_stand_where_they_may_not() {
    let (did, log, entry) = first(json!({ "portable": true }));
    let scid = entry.scid.unwrap();
    for parameters in [
        json!({ "portable": true }),
        json!({ "scid": scid }),
        json!({ "other": 1 }),
        json!({ "ttl": -1 }),
        json!({ "updateKeys": ["z6Mk"] }),
        json!({ "updateKeys": null }),
        json!({ "witness": { "threshold": 0, "witnesses": [] } }),
        json!({ "witness": { "threshold": 2, "witnesses": [
            { "id": format!("did:key:{}", multibase(8)) }, { "id": format!("did:key:{}", multibase(8)) },
        ] } }),
    ] {
        let log = format!("{log}{}", next(&log, parameters.clone(), 1, T0 + 5000).line);
        assert_eq!(refused(&did, &log), LogError::Parameter, "{parameters}");
    }
    let later = format!("{log}{}", next(&log, json!({ "method": "did:webvh:2.0" }), 1, T0 + 5000).line);
    assert_eq!(refused(&did, &later), LogError::Version);
}

#[test]
fn a_did_moves_only_if_it_was_made_portable_and_names_where_it_was() {
    for (portable, names, expected) in [
        (true, true, Ok(())),
        (false, true, Err(LogError::Portability)),
        (true, false, Err(LogError::Portability)),
    ] {
        let (did, log, entry) = first(json!({ "portable": portable }));
        let mut moved = state(&format!("did:webvh:{}:elsewhere.example", entry.scid.unwrap()));
        if names {
            moved.insert("alsoKnownAs".into(), json!([did]));
        }
        let change = Change { parameters: Map::new(), state: Some(moved) };
        let parsed = UnverifiedLog::parse(log.as_bytes()).unwrap();
        let second = append(&parsed, change, &key(1), T0 + 5000).unwrap();
        assert_eq!(verify(&did, &format!("{log}{}", second.line)).map(|_| ()), expected);
    }
}

#[test]
fn nothing_follows_the_end() {
    let (did, mut log, _) = first(json!({}));
    log += &next(&log, json!({ "deactivated": true }), 1, T0 + 5000).line;
    assert!(verify(&did, &log).unwrap().is_deactivated());
    log += &next(&log, json!({ "deactivated": false }), 1, T0 + 9000).line;
    assert_eq!(refused(&did, &log), LogError::AfterDeactivation);
}

#[test]
fn an_entry_counts_when_enough_distinct_witnesses_have_approved_it() {
    let names = |seeds: &[u64]| {
        seeds.iter().map(|seed| json!({ "id": format!("did:key:{}", multibase(*seed)) })).collect::<Vec<_>>()
    };
    let witness = json!({ "threshold": 2, "witnesses": names(&[7, 8, 9]) });
    let (did, log, entry) = first(json!({ "witness": witness }));
    let file = |version: &str, seeds: &[u64]| {
        let proofs: Vec<_> =
            seeds.iter().map(|seed| witness_proof(version, &key(*seed), T0).unwrap()).collect();
        json!([{ "versionId": version, "proof": proofs }]).to_string().into_bytes()
    };
    let check = |log: &str, file: Option<&[u8]>| {
        UnverifiedLog::parse(log.as_bytes()).unwrap().verify(&did, file, NOW).map(|_| ())
    };
    assert_eq!(check(&log, Some(&file(&entry.version_id, &[7, 9]))), Ok(()));
    for seeds in [&[7][..], &[7, 7], &[7, 6]] {
        assert_eq!(check(&log, Some(&file(&entry.version_id, seeds))), Err(LogError::Witness));
    }
    assert_eq!(check(&log, None), Err(LogError::Witness));
    assert_eq!(check(&log, Some(b"{}")), Err(LogError::WitnessFile));
    assert_eq!(check(&log, Some(&file("9-other", &[7, 8]))), Err(LogError::Witness));
    // Who leaves the office approves the leaving; approving an entry approves all before it.
    let second = next(&log, json!({ "witness": {} }), 1, T0 + 5000);
    let two = format!("{log}{}", second.line);
    assert_eq!(check(&two, Some(&file(&entry.version_id, &[7, 8]))), Err(LogError::Witness));
    assert_eq!(check(&two, Some(&file(&second.version_id, &[7, 8]))), Ok(()));
}

#[test]
fn the_addresses_of_log_and_proofs_follow_from_the_did() {
    let (did, ..) = first(json!({}));
    let (log, witness) = urls(&did).unwrap();
    assert_eq!(log, "https://agency.example/land/did.jsonl");
    assert_eq!(witness, "https://agency.example/land/did-witness.json");
    for other in ["did:web:a.example", "did:webvh:a.example", "did:webvh:x:a.example"] {
        assert!(urls(other).is_err());
    }
    let scid = did.split(':').nth(2).unwrap();
    assert_eq!(urls(&format!("did:webvh:{scid}:127.0.0.1")), Err(DidError::Malformed));
}

proptest::proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes: Vec<u8>) {
        let _ = UnverifiedLog::parse(&bytes).map(|log| log.verify("did:webvh:x:y", Some(&bytes), NOW));
    }
}
