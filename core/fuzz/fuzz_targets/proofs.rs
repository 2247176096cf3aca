#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::{Map, Value, json};
use yufu_core::{
    credential::w3c::proof::{Proof, ProofPolicy, verify},
    did::{Relationship, Resolved},
};

const KEYS: [(&str, &str); 4] = [
    ("eddsa-jcs-2022", "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"),
    ("eddsa-rdfc-2022", "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"),
    ("ecdsa-jcs-2019", "zDnaepBuvsQ8cpsWrVKw8fbpGpvPeNSjVPTWoq6cRqaYzBKVP"),
    ("ecdsa-rdfc-2019", "zDnaepBuvsQ8cpsWrVKw8fbpGpvPeNSjVPTWoq6cRqaYzBKVP"),
];

// The bytes as a document with its proofs, which may hold, as the proofs of another document, and as a
// document whose proof has a form that is taken: those signatures are never right.
fuzz_target!(|data: &[u8]| {
    let Ok(value) = serde_json::from_slice::<Value>(data) else { return };
    if let Ok(proof) = Proof::read(&value) {
        assert!(!proof.configuration().contains_key("proofValue"));
    }
    let mut document =
        Map::from_iter([("@context".to_owned(), json!("https://www.w3.org/ns/credentials/v2"))]);
    document.insert("proof".into(), value.clone());
    assert!(!holds(&document));
    let Value::Object(mut document) = value else { return };
    let _ = holds(&document);
    for (suite, key) in KEYS {
        let proof = json!({
            "type": "DataIntegrityProof",
            "cryptosuite": suite,
            "verificationMethod": format!("did:key:{key}#{key}"),
            "proofPurpose": "assertionMethod",
            "proofValue": format!("z{}", "1".repeat(64)),
        });
        document.insert("proof".into(), proof);
        assert!(!holds(&document));
    }
});

fn holds(document: &Map<String, Value>) -> bool {
    let policy = ProofPolicy::new(Relationship::AssertionMethod, 1);
    verify(document, &Resolved::new(), &policy).is_ok()
}
