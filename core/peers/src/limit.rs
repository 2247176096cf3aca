//! The cryptographic limit: the signatures alone, over as many messages, by the provider that yufu-core uses.

use crate::{
    documents::Kind,
    peer::{is_selective, per_second},
    yufu::Yufu,
};
use ring::{
    rand::SystemRandom,
    signature::{
        ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, ED25519, EcdsaKeyPair, Ed25519KeyPair,
        KeyPair, UnparsedPublicKey,
    },
};
use serde_json::{Value, json};
use std::hint::black_box;
use zkryptium::{
    keys::pair::KeyPair as BbsKeyPair,
    schemes::{
        algorithms::BbsBls12381Sha256,
        generics::{PoKSignature, Signature},
    },
};

const HASHES: [u8; 64] = [7; 64];
/// About as long as a statement.
const STATEMENT: usize = 120;

/// Rows of the limit of `suite` over this document; `shown` is what the holder discloses of it.
pub fn measure(suite: &str, kind: Kind, shown: &str) -> Vec<Value> {
    let counts = is_selective(suite).then(|| {
        let yufu = Yufu::new(suite, kind);
        let all = yufu.statements(&Value::from(kind.document("did:example:issuer")).to_string());
        let mandatory = yufu.mandatory_statements();
        (all - mandatory, yufu.statements(shown) - mandatory)
    });
    let rates = match (suite, counts) {
        ("bbs-2023", Some((optional, chosen))) => bbs(optional, chosen),
        ("ecdsa-sd-2023", Some((optional, chosen))) => {
            let (issue, verify) = (ecdsa_issue(optional), ecdsa_verify(chosen + 1));
            vec![("issue", issue), ("verify", verify)]
        }
        (suite, _) if suite.starts_with("eddsa") => eddsa(),
        _ => vec![("issue", ecdsa_sign()), ("verify", ecdsa_verify(1))],
    };
    let row = |(work, rate): (&str, f64)| {
        let mut row = json!({ "who": "limit", "work": work, "per_second": rate });
        if let Some((optional, chosen)) = counts {
            row["statements"] = json!({ "optional": optional, "chosen": chosen });
        }
        row
    };
    rates.into_iter().map(row).collect()
}

fn eddsa() -> Vec<(&'static str, f64)> {
    let pair = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).expect("randomness");
    let pair = Ed25519KeyPair::from_pkcs8(pair.as_ref()).expect("a key");
    let signature = pair.sign(&HASHES);
    let public = UnparsedPublicKey::new(&ED25519, pair.public_key().as_ref());
    let issue = per_second(|| {
        black_box(pair.sign(black_box(&HASHES)));
    });
    let verify = per_second(|| public.verify(black_box(&HASHES), signature.as_ref()).expect("good"));
    vec![("issue", issue), ("verify", verify)]
}

fn ecdsa_pair() -> EcdsaKeyPair {
    let random = SystemRandom::new();
    let pair = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).expect("randomness");
    EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pair.as_ref(), &random).expect("a key")
}

fn ecdsa_sign() -> f64 {
    let (pair, random) = (ecdsa_pair(), SystemRandom::new());
    per_second(|| {
        black_box(pair.sign(&random, black_box(&HASHES)).expect("randomness"));
    })
}

/// The issuer's signature, a key for this document, and its signature of each statement.
fn ecdsa_issue(optional: usize) -> f64 {
    let (issuer, random) = (ecdsa_pair(), SystemRandom::new());
    let statement = [7; STATEMENT];
    per_second(|| {
        let statements = ecdsa_pair();
        black_box(issuer.sign(&random, black_box(&HASHES)).expect("randomness"));
        for _ in 0..optional {
            black_box(statements.sign(&random, black_box(&statement)).expect("randomness"));
        }
    })
}

fn ecdsa_verify(signatures: usize) -> f64 {
    let pair = ecdsa_pair();
    let signature = pair.sign(&SystemRandom::new(), &HASHES).expect("randomness");
    let public = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, pair.public_key().as_ref());
    per_second(|| {
        for _ in 0..signatures {
            public.verify(black_box(&HASHES), signature.as_ref()).expect("good");
        }
    })
}

fn bbs(optional: usize, chosen: usize) -> Vec<(&'static str, f64)> {
    let pair = BbsKeyPair::<BbsBls12381Sha256>::random().expect("randomness");
    let (secret, public) = (pair.private_key(), pair.public_key());
    let message = |at: usize| [u8::try_from(at % 251).expect("below 251"); STATEMENT].to_vec();
    let messages: Vec<Vec<u8>> = (0..optional).map(message).collect();
    let disclosed: Vec<usize> = (0..chosen).collect();
    let shown = &messages[..chosen];
    let sign = || {
        Signature::<BbsBls12381Sha256>::sign(Some(&messages), secret, public, Some(&HASHES))
            .expect("a signature")
    };
    let signature = sign().to_bytes();
    let prove = || {
        let all = (Some(&HASHES[..]), Some(&b""[..]), Some(&messages[..]), Some(&disclosed[..]));
        PoKSignature::<BbsBls12381Sha256>::proof_gen(public, &signature, all.0, all.1, all.2, all.3)
            .expect("a proof")
    };
    let proof = prove();
    let verify = || {
        let held = proof.proof_verify(public, Some(shown), Some(&disclosed), Some(&HASHES), Some(b""));
        held.expect("a good proof");
    };
    vec![
        ("issue", per_second(|| drop(black_box(sign())))),
        ("derive", per_second(|| drop(black_box(prove())))),
        ("verify", per_second(verify)),
    ]
}
