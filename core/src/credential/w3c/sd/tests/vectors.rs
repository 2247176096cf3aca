//! The specifications' vectors, stage by stage.

use super::*;
use crate::{
    credential::w3c::{
        proof::ProofSigner,
        sd::{
            derive::{Disclosure, Request},
            groups::Statements,
            labels::Naming,
        },
    },
    crypto::SignerError,
    test_vectors,
};
use p256::ecdsa::signature::Signer as _;
use std::collections::BTreeSet;

/// ECDSA as the vectors were made: with the nonce that RFC 6979 derives from key and message.
struct Deterministic {
    key: p256::ecdsa::SigningKey,
    public: PublicKey,
}

impl Deterministic {
    fn of(pair: &Value) -> Self {
        let secret = bs58::decode(&pair["secretKeyMultibase"].as_str().unwrap()[1..]).into_vec().unwrap();
        let key = p256::ecdsa::SigningKey::from_slice(&secret[2..]).unwrap();
        let point = key.verifying_key().to_sec1_point(false);
        let public = PublicKey::from_p256_point(point.as_bytes()).unwrap();
        assert_eq!(public.multibase(), pair["publicKeyMultibase"].as_str().unwrap());
        Self { key, public }
    }
}

impl ProofSigner for Deterministic {
    fn public_key(&self) -> &PublicKey {
        &self.public
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignerError> {
        let signature: p256::ecdsa::Signature = self.key.sign(message);
        Ok(signature.to_bytes().to_vec())
    }
}

/// A folder of vectors.
struct Folder {
    path: &'static str,
    selective: &'static str,
    /// Whether it has what a verifier makes of the disclosed document.
    verifying: bool,
}

const ECDSA: [Folder; 2] = [
    Folder {
        path: "vc-di-ecdsa/ecdsa-sd-2023/prc",
        selective: "vc-di-ecdsa/prCredSelective",
        verifying: true,
    },
    Folder {
        path: "vc-di-ecdsa/ecdsa-sd-2023/employ",
        selective: "vc-di-ecdsa/employSelective",
        verifying: true,
    },
];
const BBS: [Folder; 2] = [
    Folder { path: "vc-di-bbs", selective: "vc-di-bbs/windSelective", verifying: false },
    Folder { path: "vc-di-bbs/prc", selective: "vc-di-bbs/prCredSelective", verifying: true },
];

impl Folder {
    fn json(&self, name: &str) -> Value {
        json(&format!("{}/{name}", self.path)).unwrap()
    }

    fn lines(&self, name: &str) -> Vec<String> {
        serde_json::from_value(self.json(name)).unwrap()
    }

    fn selective(&self) -> Vec<String> {
        serde_json::from_value(json(self.selective).unwrap()).unwrap()
    }

    /// The document with its base proof, that proof, and the document alone.
    fn base(&self) -> (Map<String, Value>, Proof, Map<String, Value>) {
        let signed = object(self.json("addSignedSDBase"));
        let proof = Proof::read(&signed["proof"]).unwrap();
        let document = unproved(&signed);
        (signed, proof, document)
    }

    /// What a verifier makes of a disclosed document: the statements that need not be disclosed, and the
    /// hash of the others.
    fn disclosed(
        &self,
        revealed: &Map<String, Value>,
        names: &[Arc<str>],
        mandatory: &[usize],
    ) -> (Vec<String>, crate::crypto::Digest) {
        let lines = disclosed::statements(&unproved(revealed), names, &limits()).unwrap();
        if self.verifying {
            assert_eq!(lines, self.lines("verifyNQuads"), "{}", self.path);
        }
        let (mandatory, others) = groups::split(&lines, |at| mandatory.contains(&at));
        (others.into_iter().map(str::to_owned).collect(), disclosed::mandatory_hash(&mandatory))
    }

    /// Checks the stages that both suites have up to the groups.
    fn check(&self, naming: Naming, key: &[u8; 32], mandatory_pointers: &[String]) -> Disclosure {
        let (_, proof, document) = self.base();
        let (random, limits) = (random(), limits());
        let (_, canonical) = groups::canonical(&document, &limits).unwrap();
        assert_eq!(canonical.lines, self.lines("addBaseDocCanon"), "{}", self.path);
        let statements = Statements::new(&document, naming, key, &random, &limits).unwrap();
        assert_eq!(statements.lines(), self.lines("addBaseDocHMACCanon"), "{}", self.path);

        let configuration =
            crate::credential::w3c::proof::configured(&document, proof.configuration()).unwrap();
        let (_, canonical) = groups::canonical(&configuration, &limits).unwrap();
        let expected = test_vectors::read(&format!("{}/addProofConfigCanon.txt", self.path)).unwrap();
        assert_eq!(canonical.text().trim_end(), expected.trim_end(), "{}", self.path);
        let hashes = self.json("addHashData");
        let hash = disclosed::proof_hash(&document, proof.configuration(), &limits).unwrap();
        assert_eq!(hex(&hash), hashes["proofHash"], "{}", self.path);

        let selective_pointers = &self.selective();
        let request = Request { document: &document, selective_pointers, random: &random, limits: &limits };
        let disclosure = Disclosure::new(&request, mandatory_pointers, naming, key).unwrap();
        let transform = self.json("addBaseTransform");
        let (mandatory, others) = disclosure.statements.split(&disclosure.mandatory);
        assert_eq!(mandatory, texts(&transform["mandatory"]["value"]), "{}", self.path);
        assert_eq!(others, texts(&transform["nonMandatory"]["value"]), "{}", self.path);
        assert_eq!(hex(&disclosed::mandatory_hash(&mandatory)), hashes["mandatoryHash"], "{}", self.path);

        let groups = self.json("derivedGroupIndexes");
        let combined: BTreeSet<usize> = disclosure.mandatory.union(&disclosure.selective).copied().collect();
        assert_eq!(json!(disclosure.mandatory), groups["mandatoryIndexes"], "{}", self.path);
        assert_eq!(json!(disclosure.selective), groups["selectiveIndexes"], "{}", self.path);
        assert_eq!(json!(combined), groups["combinedIndexes"], "{}", self.path);
        let mut reveal = object(self.json("derivedUnsignedReveal"));
        reveal.remove("proof");
        assert_eq!(disclosure.document, reveal, "{}", self.path);

        let data = self.json("derivedDisclosureData");
        assert_eq!(json!(disclosure.mandatory_indexes), data["mandatoryIndexes"], "{}", self.path);
        let names = disclosure.names.iter().enumerate();
        let names: Value = names.map(|(at, name)| json!([format!("c14n{at}"), **name])).collect();
        assert_eq!(names, data["labelMap"]["value"], "{}", self.path);
        disclosure
    }
}

fn json(path: &str) -> Option<Value> {
    Some(serde_json::from_str(&test_vectors::read(&format!("{path}.json"))?).unwrap())
}

fn texts(entries: &Value) -> Vec<&str> {
    entries.as_array().unwrap().iter().map(|entry| entry[1].as_str().unwrap()).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn hexes<const N: usize>(several: &[[u8; N]]) -> Value {
    several.iter().map(|bytes| hex(bytes)).collect()
}

fn unproved(document: &Map<String, Value>) -> Map<String, Value> {
    let mut document = document.clone();
    document.remove("proof");
    document
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

#[test]
fn the_published_ecdsa_vectors_come_out_byte_for_byte_at_each_stage() {
    let Some(material) = json("vc-di-ecdsa/ecdsa-sd-2023/SDKeyMaterial") else { return };
    let (issuer, statement) =
        (Deterministic::of(&material["baseKeyPair"]), Deterministic::of(&material["proofKeyPair"]));
    let hmac: [u8; 32] = unhex(material["hmacKeyString"].as_str().unwrap()).try_into().unwrap();
    for folder in ECDSA {
        let (signed, proof, document) = folder.base();
        let base = ecdsa::BaseProof::decode(proof.value()).unwrap();
        assert_eq!(base.encode(), proof.value(), "{}", folder.path);
        folder.check(Naming::Hmac, &hmac, base.mandatory_pointers());

        // Signing again gives the published base proof, and deriving again the published derived one.
        let mut options =
            ProofOptions::new(proof.cryptosuite(), proof.verification_method(), proof.purpose());
        options.created = proof.created().map(|created| created.seconds());
        let keys = ecdsa::Keys { issuer: &issuer, statements: &statement, hmac: &hmac };
        let (random, limits) = (random(), limits());
        let again =
            ecdsa::create_with(&document, &options, base.mandatory_pointers(), &keys, &random, &limits);
        assert_eq!(again.unwrap(), signed, "{}", folder.path);
        let revealed = derive(&signed, &folder.selective(), b"", &random, &limits).unwrap();
        assert_eq!(Value::from(revealed.clone()), folder.json("derivedRevealDocument"), "{}", folder.path);

        let proof = Proof::read(&revealed["proof"]).unwrap();
        let derived = ecdsa::DerivedProof::decode(proof.value()).unwrap();
        assert_eq!(derived.encode(), proof.value());
        let raw = folder.json("addRawBaseSignatureInfo");
        assert_eq!(hex(&base.signature), raw["baseSignature"], "{}", folder.path);
        assert_eq!(hexes(&base.signatures), raw["signatures"], "{}", folder.path);
        assert_eq!(base.key.multibase(), raw["publicKey"], "{}", folder.path);
        let adjusted = folder.json("derivedAdjSignatures");
        assert_eq!(hexes(&derived.signatures), adjusted["filteredSignatures"], "{}", folder.path);
        let names: Vec<_> = derived.labels.iter().map(|label| labels::encoded(label)).collect();
        let (others, mandatory) = folder.disclosed(&revealed, &names, &derived.mandatory_indexes);
        let data = folder.json("verifyCreateVerifyData");
        assert_eq!(json!(others), data["nonMandatory"], "{}", folder.path);
        assert_eq!(hex(&mandatory), data["mandatoryHash"], "{}", folder.path);
        let hash = disclosed::proof_hash(&unproved(&revealed), proof.configuration(), &limits).unwrap();
        assert_eq!(hex(&hash), data["proofHash"], "{}", folder.path);
        judged(&revealed).expect(folder.path);
        let data = folder.json("derivedDisclosureData");
        let digest = crate::crypto::sha256(&[&unhex(data["baseSignature"].as_str().unwrap())]);
        assert_eq!(ecdsa::signed_digest(&proof), Ok(digest));
    }
}

#[test]
fn the_published_bbs_vectors_come_out_byte_for_byte_at_each_stage_that_is_not_random() {
    let Some(material) = json("vc-di-bbs/BBSKeyMaterial") else { return };
    let key = BbsKey::from_scalar(&unhex(material["privateKeyHex"].as_str().unwrap())).unwrap();
    let PublicKey::Bls12381G2(point) = key.public_key() else { panic!("another kind") };
    assert_eq!(hex(&point), material["publicKeyHex"]);
    let hmac: [u8; 32] = unhex(material["hmacKeyString"].as_str().unwrap()).try_into().unwrap();
    let header = unhex("113377aa");
    for folder in BBS {
        let (signed, proof, document) = folder.base();
        let base = bbs::BaseProof::decode(proof.value()).unwrap();
        assert_eq!(base.encode(), proof.value(), "{}", folder.path);
        let disclosure = folder.check(Naming::Shuffled, &hmac, base.mandatory_pointers());
        let adjusted = folder.json("derivedAdjIndexes");
        assert_eq!(json!(disclosure.chosen()), adjusted["adjSelectiveIndexes"], "{}", folder.path);

        let mut options =
            ProofOptions::new(proof.cryptosuite(), proof.verification_method(), proof.purpose());
        options.created = proof.created().map(|created| created.seconds());
        let (random, limits) = (random(), limits());
        let pointers = base.mandatory_pointers();
        let again = bbs::create_with(&document, &options, pointers, (&key, &hmac), &random, &limits);
        assert_eq!(again.unwrap(), signed, "{}", folder.path);
        let raw = folder.json("addRawBaseSignatureInfo");
        assert_eq!(hex(&base.signature), raw["bbsSignature"], "{}", folder.path);

        // The published proof verifies; ours differs from it in the zero-knowledge proof alone.
        let published = object(folder.json("derivedRevealDocument"));
        judged(&published).expect(folder.path);
        let mut ours = derive(&signed, &folder.selective(), &header, &random, &limits).unwrap();
        judged(&ours).expect(folder.path);
        let value = |document: &Map<String, Value>| {
            let proof = Proof::read(&document["proof"]).unwrap();
            let derived = bbs::DerivedProof::decode(proof.value()).unwrap();
            assert_eq!(derived.encode(), proof.value());
            derived
        };
        let (mut mine, theirs) = (value(&ours), value(&published));
        assert_ne!(mine, theirs, "{}", folder.path);
        let names: Vec<Arc<str>> = theirs.labels.iter().map(|label| format!("b{label}").into()).collect();
        let (others, _) = folder.disclosed(&published, &names, &theirs.mandatory_indexes);
        assert_eq!(others.len(), theirs.selective_indexes.len(), "{}", folder.path);
        mine.proof.clone_from(&theirs.proof);
        assert_eq!(mine, theirs, "{}", folder.path);
        ours.insert("proof".into(), published["proof"].clone());
        assert_eq!(ours, published, "{}", folder.path);
    }
}

#[test]
fn options_of_bbs_that_do_not_exist_here_are_refused_by_name() {
    let features = [
        ("HolderBinding", "anonymous holder binding"),
        ("Pseudonym", "pseudonyms"),
        ("PseudonymHB", "pseudonyms"),
    ];
    for (folder, name) in features {
        let read = |file: &str| json(&format!("vc-di-bbs/{folder}/{file}")).map(object);
        let Some(base) = read("addSignedSDBase") else { return };
        let refused = SdProofError::Feature(name);
        assert_eq!(derived(&base, &["/issuer"]), Err(SdError::Value(refused)));
        let presented = read("derivedRevealDocument").unwrap();
        assert_eq!(judged(&presented).unwrap_err(), ProofError::Selective(refused));
    }
}
