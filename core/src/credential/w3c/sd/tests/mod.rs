mod cbor;
mod codecs;
mod documents;
mod must_reject;
mod vectors;

use super::*;
use crate::{
    credential::w3c::{
        contexts::Contexts,
        json_ld::Limits,
        proof::{
            BySigner, Cryptosuite, Proof, ProofError, ProofOptions, ProofPolicy, VerifiedProofs, verify,
        },
        tests::citizenship::citizenship,
    },
    crypto::{Algorithm, PublicKey, SoftwareKey, testing},
    did::{Relationship, Resolved},
    random::SeededRandom,
};
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// 2026-11-27, the start of the day.
const NOW: u64 = 1_795_737_600;

/// The bundled contexts, and what the vectors need of that of citizenship in its fourth version.
fn limits() -> Limits {
    let (url, context) = citizenship();
    Limits::default().with_contexts(Arc::new(Contexts::bundled().with(url, context)))
}

fn random() -> SeededRandom {
    SeededRandom::new(7)
}

fn object(value: Value) -> Map<String, Value> {
    let Value::Object(object) = value else { panic!("not an object") };
    object
}

fn pointers(pointers: &[&str]) -> Vec<String> {
    pointers.iter().map(|pointer| (*pointer).to_owned()).collect()
}

fn method(key: &PublicKey) -> String {
    let multibase = key.multibase();
    format!("did:key:{multibase}#{multibase}")
}

fn issuer() -> SoftwareKey {
    testing::key(Algorithm::Es256, 1)
}

fn bbs_key() -> BbsKey {
    BbsKey::generate(&SeededRandom::new(2)).unwrap()
}

use bbs::BbsKey;

fn options(suite: Cryptosuite) -> ProofOptions {
    let method = match suite {
        Cryptosuite::Bbs2023 => method(&bbs_key().public_key()),
        _ => method(&PublicKey::from(crate::crypto::Signer::verifying_key(&issuer()))),
    };
    let mut options = ProofOptions::new(suite, &method, Relationship::AssertionMethod);
    options.created = Some(NOW);
    options
}

/// A degree whose nodes are IRIs and blank nodes, mixed, with an array of alike objects.
fn degree() -> Map<String, Value> {
    object(json!({
        "@context": [
            "https://www.w3.org/ns/credentials/v2",
            "https://www.w3.org/ns/credentials/examples/v2",
        ],
        "id": "urn:uuid:0a1f5f3c-8b62-4c0b-9a36-6a1a0f0a9d11",
        "type": ["VerifiableCredential", "ExampleDegreeCredential"],
        "issuer": { "id": "did:example:university", "name": "University" },
        "name": { "@value": "学位证书", "@language": "zh-CN" },
        "validFrom": "2026-09-21T00:00:00Z",
        "credentialSubject": [
            { "degree": { "type": "ExampleBachelorDegree", "name": "学士" } },
            {
                "id": "did:example:abc",
                "degree": { "type": "ExampleBachelorDegree", "name": "𝄞" },
                "alumniOf": { "id": "did:example:u", "name": "U" },
            },
        ],
    }))
}

fn base_of(suite: Cryptosuite, document: &Map<String, Value>, mandatory: &[&str]) -> Map<String, Value> {
    try_base(suite, document, &pointers(mandatory)).unwrap()
}

fn try_base(
    suite: Cryptosuite,
    document: &Map<String, Value>,
    mandatory: &[String],
) -> Result<Map<String, Value>, SdError> {
    let (options, limits) = (options(suite), limits());
    match suite {
        Cryptosuite::Bbs2023 => {
            bbs::create_base(document, &options, mandatory, &bbs_key(), &random(), &limits)
        }
        _ => {
            let key = issuer();
            let signer = BySigner::new(&key);
            ecdsa::create_base(document, &options, mandatory, &signer, &random(), &limits)
        }
    }
}

fn derived(base: &Map<String, Value>, selective: &[&str]) -> Result<Map<String, Value>, SdError> {
    derive(base, &pointers(selective), b"n-0S6_WzA2Mj", &random(), &limits())
}

fn judged(document: &Map<String, Value>) -> Result<VerifiedProofs, ProofError> {
    let policy = ProofPolicy { limits: limits(), ..ProofPolicy::new(Relationship::AssertionMethod, NOW) };
    verify(document, &Resolved::new(), &policy)
}

const SUITES: [Cryptosuite; 2] = [Cryptosuite::EcdsaSd2023, Cryptosuite::Bbs2023];
