#![no_main]

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use libfuzzer_sys::fuzz_target;
use serde_json::{Map, Value, json};
use std::sync::LazyLock;
use yufu_core::{
    credential::w3c::{
        json_ld::Limits,
        proof::{BySigner, Cryptosuite, Proof, ProofOptions, ProofPolicy, ProofSigner, verify},
        sd::{
            bbs::{self, BbsKey},
            derive, ecdsa,
        },
    },
    crypto::SoftwareKey,
    did::{Relationship, Resolved},
    random::SeededRandom,
};

/// A document with a derived proof of each suite.
static DERIVED: LazyLock<[Map<String, Value>; 2]> = LazyLock::new(|| {
    let (random, limits) = (SeededRandom::new(1), Limits::default());
    let document = json!({
        "@context": ["https://www.w3.org/ns/credentials/v2", "https://www.w3.org/ns/credentials/examples/v2"],
        "type": ["VerifiableCredential"],
        "issuer": "did:example:issuer",
        "credentialSubject": [{ "name": "a" }, { "id": "did:example:b", "alumniOf": { "name": "c" } }],
    });
    let document = document.as_object().expect("an object");
    let options = |suite, key: String| {
        ProofOptions::new(suite, &format!("did:key:{key}#{key}"), Relationship::AssertionMethod)
    };
    let mandatory = ["/issuer".to_owned()];
    let key = SoftwareKey::from_p256_scalar(&[1; 32]).expect("a scalar");
    let signer = BySigner::new(&key);
    let by_ecdsa = options(Cryptosuite::EcdsaSd2023, signer.public_key().multibase());
    let one = ecdsa::create_base(document, &by_ecdsa, &mandatory, &signer, &random, &limits);
    let key = BbsKey::from_key_material(&[1; 32]).expect("a key");
    let by_bbs = options(Cryptosuite::Bbs2023, key.public_key().multibase());
    let two = bbs::create_base(document, &by_bbs, &mandatory, &key, &random, &limits);
    [one, two].map(|base| {
        let chosen = ["/credentialSubject/1/alumniOf".to_owned()];
        derive(&base.expect("a base proof"), &chosen, b"", &random, &limits).expect("a part")
    })
});

// The bytes as a base and as a derived proof, as the proof of a document, and as changes of a proof that
// holds: two bytes for a place and one that is put there.
fuzz_target!(|bytes: &[u8]| {
    if let Ok(proof) = ecdsa::BaseProof::decode(bytes) {
        assert_eq!(proof.encode(), bytes);
    }
    if let Ok(proof) = bbs::BaseProof::decode(bytes) {
        assert_eq!(proof.encode(), bytes);
    }
    if let Ok(proof) = ecdsa::DerivedProof::decode(bytes) {
        assert_eq!(ecdsa::DerivedProof::decode(&proof.encode()), Ok(proof));
    }
    if let Ok(proof) = bbs::DerivedProof::decode(bytes) {
        assert_eq!(bbs::DerivedProof::decode(&proof.encode()), Ok(proof));
    }
    for document in DERIVED.iter() {
        let original = value(document);
        assert!(bytes == original || !holds(document, bytes));
        let mut changed = original.clone();
        for change in bytes.chunks_exact(3) {
            let place = usize::from(u16::from_be_bytes([change[0], change[1]])) % changed.len();
            changed[place] = change[2];
        }
        // Another order of the labels says the same.
        assert!(!holds(document, &changed) || same(&original, &changed));
    }
});

fn value(document: &Map<String, Value>) -> Vec<u8> {
    Proof::read(&document["proof"]).expect("a proof").value().to_vec()
}

fn holds(document: &Map<String, Value>, value: &[u8]) -> bool {
    let mut document = document.clone();
    document["proof"]["proofValue"] = format!("u{}", URL_SAFE_NO_PAD.encode(value)).into();
    let policy = ProofPolicy::new(Relationship::AssertionMethod, 1);
    verify(&document, &Resolved::new(), &policy).is_ok()
}

fn same(one: &[u8], two: &[u8]) -> bool {
    match ecdsa::DerivedProof::decode(one) {
        Ok(one) => ecdsa::DerivedProof::decode(two) == Ok(one),
        Err(_) => bbs::DerivedProof::decode(one) == bbs::DerivedProof::decode(two),
    }
}
