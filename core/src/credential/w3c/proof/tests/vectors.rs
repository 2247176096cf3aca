//! The specifications' vectors, stage by stage.

use super::*;
use crate::{
    credential::w3c::{contexts::Contexts, tests::citizenship::citizenship},
    test_vectors,
};
use p256::ecdsa::signature::Signer as _;
use std::sync::Arc;

/// ECDSA as the vectors were made: with the nonce that RFC 6979 derives from key and message.
enum Deterministic {
    P256(p256::ecdsa::SigningKey, PublicKey),
    P384(p384::ecdsa::SigningKey, PublicKey),
}

impl Deterministic {
    fn p256(scalar: &[u8]) -> Self {
        let key = p256::ecdsa::SigningKey::from_slice(scalar).unwrap();
        let point = key.verifying_key().to_sec1_point(false);
        Self::P256(key, PublicKey::from_p256_point(point.as_bytes()).unwrap())
    }

    fn p384(scalar: &[u8]) -> Self {
        let key = p384::ecdsa::SigningKey::from_slice(scalar).unwrap();
        let point = key.verifying_key().to_sec1_point(false);
        Self::P384(key, PublicKey::from_p384_point(point.as_bytes()).unwrap())
    }
}

impl ProofSigner for Deterministic {
    fn public_key(&self) -> &PublicKey {
        let (Self::P256(_, public) | Self::P384(_, public)) = self;
        public
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignerError> {
        Ok(match self {
            Self::P256(key, _) => {
                let signature: p256::ecdsa::Signature = key.sign(message);
                signature.to_bytes().to_vec()
            }
            Self::P384(key, _) => {
                let signature: p384::ecdsa::Signature = key.sign(message);
                signature.to_bytes().to_vec()
            }
        })
    }
}

/// A folder of vectors: where, how its files end, and with which key it was made.
struct Folder {
    path: &'static str,
    ending: &'static str,
    key: &'static str,
}

const FOLDERS: [Folder; 9] = [
    Folder { path: "vc-di-eddsa/eddsa-jcs-2022", ending: "JCS", key: "vc-di-eddsa/keyPair.json" },
    Folder { path: "vc-di-eddsa/eddsa-rdfc-2022", ending: "DataInt", key: "vc-di-eddsa/keyPair.json" },
    Folder { path: "vc-di-eddsa/eddsa-rdfc-2022/employ", ending: "DataInt", key: "vc-di-eddsa/keyPair.json" },
    Folder {
        path: "vc-di-ecdsa/ecdsa-jcs-2019-p256",
        ending: "JCSECDSAP256",
        key: "vc-di-ecdsa/p256KeyPair.json",
    },
    Folder {
        path: "vc-di-ecdsa/ecdsa-jcs-2019-p384",
        ending: "JCSECDSAP384",
        key: "vc-di-ecdsa/p384KeyPair.json",
    },
    Folder {
        path: "vc-di-ecdsa/ecdsa-rdfc-2019-p256",
        ending: "ECDSAP256",
        key: "vc-di-ecdsa/p256KeyPair.json",
    },
    Folder {
        path: "vc-di-ecdsa/ecdsa-rdfc-2019-p384",
        ending: "ECDSAP384",
        key: "vc-di-ecdsa/p384KeyPair.json",
    },
    Folder {
        path: "vc-di-ecdsa/ecdsa-rdfc-2019-p256/employ",
        ending: "ECDSAP256",
        key: "vc-di-ecdsa/p256KeyPair.json",
    },
    Folder {
        path: "vc-di-ecdsa/ecdsa-rdfc-2019-p384/employ",
        ending: "ECDSAP384",
        key: "vc-di-ecdsa/p384KeyPair.json",
    },
];

impl Folder {
    fn read(&self, name: &str, extension: &str) -> Option<String> {
        test_vectors::read(&format!("{}/{name}{}.{extension}", self.path, self.ending))
    }

    fn text(&self, name: &str) -> String {
        self.read(name, "txt").unwrap()
    }

    fn hex(&self, name: &str) -> Vec<u8> {
        let text = self.text(name);
        let digits = text.trim().as_bytes().chunks(2);
        digits.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
    }
}

fn signer(path: &str) -> Box<dyn ProofSigner> {
    let pair: Value = serde_json::from_str(&test_vectors::read(path).unwrap()).unwrap();
    signer_of(&pair)
}

fn signer_of(pair: &Value) -> Box<dyn ProofSigner> {
    let secret = pair.get("secretKeyMultibase").unwrap_or(&pair["privateKeyMultibase"]);
    let secret = bs58::decode(&secret.as_str().unwrap()[1..]).into_vec().unwrap();
    let signer: Box<dyn ProofSigner> = match (&secret[..2], &secret[2..]) {
        ([0x80, 0x26], seed) => Box::new(Owned::new(SoftwareKey::from_ed25519_seed(seed).unwrap())),
        ([0x86, 0x26], scalar) => Box::new(Deterministic::p256(scalar)),
        ([0x87, 0x26], scalar) => Box::new(Deterministic::p384(scalar)),
        other => panic!("a key of a kind of its own: {other:?}"),
    };
    assert_eq!(signer.public_key().multibase(), pair["publicKeyMultibase"].as_str().unwrap());
    signer
}

/// The bundled contexts, and what the vectors need of that of citizenship in its fourth version.
fn limits() -> Limits {
    let (url, context) = citizenship();
    Limits::default().with_contexts(Arc::new(Contexts::bundled().with(url, context)))
}

#[test]
fn the_published_vectors_come_out_byte_for_byte_at_each_stage() {
    for folder in FOLDERS {
        let Some(signed) = folder.read("signed", "json") else { return };
        let signed = object(serde_json::from_str(&signed).unwrap());
        let signer = signer(folder.key);
        let proof = Proof::read(&signed["proof"]).unwrap();
        let mut unsecured = signed.clone();
        unsecured.remove("proof");

        let (suite, key) = (proof.cryptosuite(), signer.public_key());
        let stages =
            sign::stages(suite, &unsecured, proof.configuration(), key, &limits()).expect(folder.path);
        assert_eq!(stages.document.trim_end(), folder.text("canonDoc").trim_end(), "{}", folder.path);
        assert_eq!(stages.configuration.trim_end(), folder.text("proofCanon").trim_end(), "{}", folder.path);
        assert_eq!(stages.document_hash(), folder.hex("docHash"), "{}", folder.path);
        assert_eq!(stages.configuration_hash(), folder.hex("proofHash"), "{}", folder.path);
        assert_eq!(stages.message(), folder.hex("combinedHash"), "{}", folder.path);
        assert_eq!(proof.value(), folder.hex("sigHex"), "{}", folder.path);
        assert_eq!(suite.encode(proof.value()), folder.text("sigBTC58").trim(), "{}", folder.path);

        // Signing again gives the published document, and that verifies.
        let mut options = ProofOptions::new(suite, proof.verification_method(), proof.purpose());
        options.created = proof.created().map(|created| created.seconds());
        let again = sign(&unsecured, &options, signer.as_ref(), &limits()).unwrap();
        assert_eq!(again, signed, "{}", folder.path);
        let policy = ProofPolicy { limits: limits(), ..ProofPolicy::new(Relationship::AssertionMethod, NOW) };
        verify(&signed, &Resolved::new(), &policy).expect(folder.path);
    }
}

#[test]
fn the_published_set_and_chain_come_out_byte_for_byte() {
    let read = |name: &str| test_vectors::read(&format!("vc-di-eddsa/proof-set-chain/{name}.json"));
    let Some(keys) = read("multiKeyPairs") else { return };
    let keys: Value = serde_json::from_str(&keys).unwrap();
    let document = |name: &str| object(serde_json::from_str(&read(name).unwrap()).unwrap());

    let steps = [
        ("unsigned", "signedProofSet1", 1),
        ("signedProofSet1", "signedProofSet2", 2),
        ("signedProofSet2", "signedProofChain1", 3),
        ("signedProofChain1", "signedProofChain2", 4),
    ];
    for (before, after, at) in steps {
        let expected = document(after);
        let added = match &expected["proof"] {
            Value::Array(proofs) => proofs.last().unwrap(),
            one => one,
        };
        let said = Proof::read(added).unwrap();
        let suite = said.cryptosuite();
        let mut options = ProofOptions::new(suite, said.verification_method(), said.purpose());
        options.id = said.id().map(str::to_owned);
        options.created = said.created().map(|created| created.seconds());
        options.previous = said.previous().to_vec();
        let signer = signer_of(&keys[format!("keyPair{at}")]);
        let signed = sign(&document(before), &options, signer.as_ref(), &Limits::default()).unwrap();
        assert_eq!(signed, expected, "{after}");
        let policy = ProofPolicy::new(Relationship::AssertionMethod, NOW);
        let verified = verify(&signed, &Resolved::new(), &policy).expect(after);
        assert_eq!(verified.proofs().len(), at);
    }
}
