mod chains;
mod documents;
mod must_reject;
mod vectors;

use super::*;
use crate::{
    credential::w3c::json_ld::Limits,
    crypto::{Algorithm, PublicKey, SignerError, SoftwareKey, testing},
    did::{self, Relationship, Resolved},
    random::SeededRandom,
};
use serde_json::{Map, Value, json};

/// 2026-11-27, the start of the day.
const NOW: u64 = 1_795_737_600;

/// A key, and the name that did:key gives it.
struct Party {
    signer: Box<dyn ProofSigner>,
    method: String,
}

impl Party {
    fn new(signer: impl ProofSigner + 'static) -> Self {
        let multibase = signer.public_key().multibase();
        Self { signer: Box::new(signer), method: format!("did:key:{multibase}#{multibase}") }
    }

    fn p256(seed: u64) -> Self {
        Self::new(Owned::new(testing::key(Algorithm::Es256, seed)))
    }

    fn ed25519(seed: u64) -> Self {
        Self::new(Owned::new(testing::key(Algorithm::Ed25519, seed)))
    }

    fn p384(seed: u64) -> Self {
        Self::new(P384Key::generate(&SeededRandom::new(seed)).unwrap())
    }

    /// One whose keys `suite` takes.
    fn of(suite: Cryptosuite, seed: u64) -> Self {
        match suite {
            Cryptosuite::EddsaJcs2022 | Cryptosuite::EddsaRdfc2022 => Self::ed25519(seed),
            _ => Self::p256(seed),
        }
    }

    fn did(&self) -> &str {
        did::did_of(&self.method)
    }
}

/// A software key that is a signer of proofs by itself.
struct Owned {
    key: SoftwareKey,
    public: PublicKey,
}

impl Owned {
    fn new(key: SoftwareKey) -> Self {
        let public = BySigner::new(&key).public_key().clone();
        Self { key, public }
    }
}

impl ProofSigner for Owned {
    fn public_key(&self) -> &PublicKey {
        &self.public
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignerError> {
        BySigner::new(&self.key).sign(message)
    }
}

const WHOLE: [Cryptosuite; 4] = [
    Cryptosuite::EddsaRdfc2022,
    Cryptosuite::EddsaJcs2022,
    Cryptosuite::EcdsaRdfc2019,
    Cryptosuite::EcdsaJcs2019,
];

fn object(value: Value) -> Map<String, Value> {
    let Value::Object(object) = value else { panic!("an object") };
    object
}

fn document() -> Map<String, Value> {
    object(json!({
        "@context": ["https://www.w3.org/ns/credentials/v2", "https://www.w3.org/ns/credentials/examples/v2"],
        "id": "urn:uuid:3f1b2c9e-58b2-4a55-9c7a-6a0f0c2d7e11",
        "type": ["VerifiableCredential", "ExampleDegreeCredential"],
        "issuer": "did:example:university",
        "validFrom": "2026-11-27T00:00:00Z",
        "credentialSubject": {
            "id": "did:example:student",
            "degree": { "type": "ExampleBachelorDegree", "name": "学士 of Arts" },
        },
    }))
}

/// A proof of the start of the day, for a year and a day.
fn options(suite: Cryptosuite, party: &Party) -> ProofOptions {
    let mut options = ProofOptions::new(suite, &party.method, Relationship::AssertionMethod);
    options.created = Some(NOW);
    options.expires = Some(NOW + 366 * 86_400);
    options.domain = vec!["counter.example".into()];
    options.challenge = Some("n-1".into());
    options
}

fn policy() -> ProofPolicy<'static> {
    ProofPolicy {
        domain: Some(&["counter.example"]),
        challenge: Some("n-1"),
        ..ProofPolicy::new(Relationship::AssertionMethod, NOW)
    }
}

fn signed_by(suite: Cryptosuite, party: &Party) -> Map<String, Value> {
    sign(&document(), &options(suite, party), party.signer.as_ref(), &Limits::default()).unwrap()
}

fn signed(suite: Cryptosuite) -> Map<String, Value> {
    signed_by(suite, &Party::of(suite, 1))
}

fn check(document: &Map<String, Value>) -> Result<VerifiedProofs, ProofError> {
    verify(document, &Resolved::new(), &policy())
}

#[test]
fn what_each_suite_signs_it_verifies() {
    for suite in WHOLE {
        let party = Party::of(suite, 1);
        let verified = check(&signed_by(suite, &party)).unwrap();
        let [proof] = verified.proofs() else { panic!("one proof") };
        assert_eq!(proof.verification_method(), party.method);
        assert_eq!(proof.key(), party.signer.public_key());
        assert_eq!(proof.proof().cryptosuite(), suite);
        assert_eq!(proof.proof().purpose(), Relationship::AssertionMethod);
        assert_eq!(proof.proof().created().unwrap().seconds(), NOW);
        assert_eq!(proof.proof().domains(), ["counter.example"]);
        assert_eq!(proof.proof().challenge(), Some("n-1"));
        assert_eq!(verified.document(), &document());
    }
}

#[test]
fn p384_signs_with_both_ecdsa_suites() {
    for suite in [Cryptosuite::EcdsaRdfc2019, Cryptosuite::EcdsaJcs2019] {
        let verified = check(&signed_by(suite, &Party::p384(1))).unwrap();
        assert_eq!(verified.proofs()[0].proof().value().len(), 96);
    }
}

#[test]
fn a_p384_key_comes_back_from_its_scalar() {
    let key = P384Key::generate(&SeededRandom::new(3)).unwrap();
    let again = P384Key::from_scalar(key.scalar().as_ref()).unwrap();
    assert_eq!(again.public_key(), key.public_key());
    for malformed in [&[0; 48][..], &[0xff; 48], &[1; 32]] {
        assert_eq!(P384Key::from_scalar(malformed).unwrap_err(), SignerError::Malformed);
    }
}

#[test]
fn a_context_that_was_appended_after_signing_is_not_part_of_what_was_verified() {
    for suite in [Cryptosuite::EddsaJcs2022, Cryptosuite::EcdsaJcs2019] {
        let mut signed = signed(suite);
        signed["@context"].as_array_mut().unwrap().push(json!({ "@vocab": "https://forged.example/" }));
        let verified = check(&signed).unwrap();
        assert_eq!(verified.document(), &document());
    }
}

#[test]
fn members_of_a_proof_that_are_not_known_here_are_signed() {
    let suite = Cryptosuite::EcdsaJcs2019;
    let party = Party::of(suite, 1);
    let mut configuration = options(suite, &party).configuration(&document());
    configuration.insert("note".into(), json!({ "of": ["ours"] }));
    let stages = ecdsa_jcs_2019::stages(&document(), &configuration, party.signer.public_key()).unwrap();
    let signature = party.signer.sign(&stages.message()).unwrap();
    configuration.insert("proofValue".into(), suite.encode(&signature).into());
    let mut signed = document();
    signed.insert("proof".into(), configuration.into());

    check(&signed).unwrap();
    signed["proof"]["note"]["of"][0] = "theirs".into();
    assert_eq!(check(&signed).unwrap_err(), ProofError::Signature);
}

#[test]
fn clocks_may_differ_by_the_tolerance() {
    let signed = signed(Cryptosuite::EddsaJcs2022);
    let at = |now| {
        let policy = ProofPolicy { now, ..policy() };
        verify(&signed, &Resolved::new(), &policy).map(|_| ())
    };
    let expires = NOW + 366 * 86_400;
    assert_eq!(at(NOW - ProofPolicy::TOLERANCE), Ok(()));
    assert_eq!(at(NOW - ProofPolicy::TOLERANCE - 1), Err(ProofError::CreatedInFuture));
    assert_eq!(at(expires + ProofPolicy::TOLERANCE), Ok(()));
    assert_eq!(at(expires + ProofPolicy::TOLERANCE + 1), Err(ProofError::Expired));
}

#[test]
fn domains_are_compared_as_sets() {
    let party = Party::ed25519(1);
    let mut several = options(Cryptosuite::EddsaJcs2022, &party);
    several.domain = vec!["a.example".into(), "b.example".into()];
    let signed = sign(&document(), &several, party.signer.as_ref(), &Limits::default()).unwrap();
    let with = |domain: &'static [&'static str]| {
        let policy = ProofPolicy { domain: Some(domain), ..policy() };
        verify(&signed, &Resolved::new(), &policy).map(|_| ())
    };
    assert_eq!(with(&["a.example", "b.example"]), Ok(()));
    assert_eq!(with(&["b.example", "a.example"]), Ok(()));
    assert_eq!(with(&["a.example"]), Err(ProofError::Domain));
    assert_eq!(with(&["a.example", "b.example", "c.example"]), Err(ProofError::Domain));
    assert_eq!(with(&[]), Err(ProofError::Domain));
}

#[test]
fn a_signature_in_the_upper_half_is_taken() {
    // No cryptosuite asks for the lower half: both of r ‖ s and r ‖ n - s are signatures.
    const ORDER: [u8; 32] = [
        0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa,
        0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
    ];
    let suite = Cryptosuite::EcdsaJcs2019;
    let mut signed = signed(suite);
    let mut signature = suite.decode(signed["proof"]["proofValue"].as_str().unwrap()).unwrap();
    let mut borrow = 0;
    for at in (0..32).rev() {
        let difference = i32::from(ORDER[at]) - i32::from(signature[32 + at]) - borrow;
        borrow = i32::from(difference < 0);
        signature[32 + at] = u8::try_from(difference.rem_euclid(256)).unwrap();
    }
    signed["proof"]["proofValue"] = suite.encode(&signature).into();
    check(&signed).unwrap();
}

#[test]
fn options_that_no_reader_would_take_sign_nothing() {
    let party = Party::ed25519(1);
    let attempt = |change: fn(&mut ProofOptions)| {
        let mut options = options(Cryptosuite::EddsaJcs2022, &party);
        change(&mut options);
        sign(&document(), &options, party.signer.as_ref(), &Limits::default()).unwrap_err()
    };
    let refused = |error| SignError::Proof(error);
    assert_eq!(
        attempt(|o| o.verification_method = "key-1".into()),
        refused(ProofError::Member("verificationMethod"))
    );
    assert_eq!(attempt(|o| o.id = Some("1".into())), refused(ProofError::Member("id")));
    assert_eq!(attempt(|o| o.previous = vec!["urn:a:b".into()]), refused(ProofError::PreviousProof));
    assert_eq!(
        attempt(|o| o.challenge = Some("x".repeat(MAX_TEXT + 1))),
        refused(ProofError::Member("challenge"))
    );
    assert_eq!(attempt(|o| o.cryptosuite = Cryptosuite::EcdsaJcs2019), refused(ProofError::KeyKind));
    assert_eq!(
        attempt(|o| o.cryptosuite = Cryptosuite::Bbs2023),
        refused(ProofError::SuiteNotAllowed(Cryptosuite::Bbs2023))
    );
}
