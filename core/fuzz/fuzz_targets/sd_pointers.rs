#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::{Map, Value, json};
use std::sync::LazyLock;
use yufu_core::{
    credential::w3c::{
        json_ld::Limits,
        proof::{BySigner, Cryptosuite, ProofOptions, ProofPolicy, ProofSigner, verify},
        sd::{derive, ecdsa},
    },
    crypto::SoftwareKey,
    did::{Relationship, Resolved},
    random::SeededRandom,
};

static DOCUMENT: LazyLock<Map<String, Value>> = LazyLock::new(|| {
    let document = json!({
        "@context": [
            "https://www.w3.org/ns/credentials/v2",
            "https://www.w3.org/ns/credentials/examples/v2",
        ],
        "type": ["VerifiableCredential"],
        "issuer": { "id": "did:example:issuer", "name": "issuer" },
        "credentialSubject": [
            { "a/b": "a", "a~b": { "name": "b" } },
            { "id": "did:example:b", "alumniOf": [{ "name": "c" }, { "id": "did:example:c", "name": "d" }] },
        ],
    });
    document.as_object().expect("an object").clone()
});

// Lines of text as JSON pointers of an issuer, and after an empty line of a holder: what can be derived
// verifies, and says nothing that the document does not say.
fuzz_target!(|text: &str| {
    let (mandatory, selective) = text.split_once("\n\n").unwrap_or(("/issuer", text));
    let pointers = |lines: &str| lines.lines().map(str::to_owned).collect::<Vec<_>>();
    let (random, limits) = (SeededRandom::new(1), Limits::default());
    let Ok(key) = SoftwareKey::from_p256_scalar(&[1; 32]) else { return };
    let signer = BySigner::new(&key);
    let multibase = signer.public_key().multibase();
    let method = format!("did:key:{multibase}#{multibase}");
    let options = ProofOptions::new(Cryptosuite::EcdsaSd2023, &method, Relationship::AssertionMethod);
    let mandatory = pointers(mandatory);
    let Ok(base) = ecdsa::create_base(&DOCUMENT, &options, &mandatory, &signer, &random, &limits) else {
        return;
    };
    let Ok(part) = derive(&base, &pointers(selective), b"", &random, &limits) else { return };
    let policy = ProofPolicy::new(Relationship::AssertionMethod, 1);
    let part = verify(&part, &Resolved::new(), &policy).expect("it verifies").into_document();
    assert!(is_part(&part.into(), &DOCUMENT.clone().into()));
});

fn is_part(part: &Value, whole: &Value) -> bool {
    match (part, whole) {
        (Value::Object(part), Value::Object(whole)) => part
            .iter()
            .all(|(name, value)| whole.get(name).is_some_and(|whole| is_part(value, whole))),
        (Value::Array(part), Value::Array(whole)) => {
            let mut rest = whole.iter();
            part.iter().all(|item| rest.any(|whole| is_part(item, whole)))
        }
        _ => part == whole,
    }
}
