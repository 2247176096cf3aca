//! yufu-core.

use crate::{
    documents::{Kind, MANDATORY, NOW, SELECTIVE},
    peer::{No, Peer},
};
use serde_json::{Map, Value};
use yufu_core::{
    SystemRandom,
    credential::w3c::{
        UnverifiedCredential, VerifyOptions,
        json_ld::{Limits, to_dataset},
        proof::{BySigner, Cryptosuite, ProofOptions, sign},
        sd::{bbs, derive, ecdsa},
    },
    crypto::{Algorithm, PublicKey, Signer, SoftwareKey},
    did::{Relationship, Resolved},
};

enum Key {
    Software(SoftwareKey),
    Bbs(bbs::BbsKey),
}

pub struct Yufu {
    suite: Cryptosuite,
    key: Key,
    document: Map<String, Value>,
    options: ProofOptions,
    mandatory: Vec<String>,
    selective: Vec<String>,
    limits: Limits,
    random: SystemRandom,
}

fn no(error: impl std::fmt::Display) -> No {
    error.to_string()
}

impl Yufu {
    pub fn new(suite: &str, kind: Kind) -> Self {
        let suite = Cryptosuite::from_name(suite).expect("a suite that we know");
        let random = SystemRandom::new();
        let software =
            |algorithm| Key::Software(SoftwareKey::generate(algorithm, &random).expect("randomness"));
        let key = match suite {
            Cryptosuite::EddsaRdfc2022 | Cryptosuite::EddsaJcs2022 => software(Algorithm::Ed25519),
            Cryptosuite::Bbs2023 => Key::Bbs(bbs::BbsKey::generate(&random).expect("randomness")),
            _ => software(Algorithm::Es256),
        };
        let public = match &key {
            Key::Software(key) => PublicKey::from(key.verifying_key()),
            Key::Bbs(key) => key.public_key(),
        };
        let multibase = public.multibase();
        let did = format!("did:key:{multibase}");
        let method = format!("{did}#{multibase}");
        let mut options = ProofOptions::new(suite, &method, Relationship::AssertionMethod);
        options.created = Some(NOW);
        Self {
            suite,
            key,
            document: kind.document(&did),
            options,
            mandatory: MANDATORY.map(str::to_owned).to_vec(),
            selective: SELECTIVE.map(str::to_owned).to_vec(),
            limits: Limits::default(),
            random,
        }
    }

    /// Verifies at the second `now`.
    pub fn verify_at(&self, secured: &str, now: u64) -> Result<(), No> {
        let credential = UnverifiedCredential::parse_json(secured.as_bytes()).map_err(no)?;
        credential.verify(&Resolved::new(), &VerifyOptions { now }).map(drop).map_err(no)
    }

    /// How many statements `document` makes, a proof left out.
    pub fn statements(&self, document: &str) -> usize {
        let mut document: Map<String, Value> = serde_json::from_str(document).expect("a document");
        document.remove("proof");
        to_dataset(&document, &self.limits).expect("a document").quads().len()
    }

    /// How many statements the issuer always discloses.
    pub fn mandatory_statements(&self) -> usize {
        let base: Map<String, Value> = serde_json::from_str(&self.issue().expect("it issues")).expect("JSON");
        let least = derive(&base, &[], b"", &self.random, &self.limits).expect("it derives");
        self.statements(&Value::from(least).to_string())
    }
}

impl Peer for Yufu {
    fn issue(&self) -> Result<String, No> {
        let (document, options, mandatory) = (&self.document, &self.options, &self.mandatory);
        let secured = match (&self.key, self.suite) {
            (Key::Bbs(key), _) => {
                bbs::create_base(document, options, mandatory, key, &self.random, &self.limits).map_err(no)?
            }
            (Key::Software(key), Cryptosuite::EcdsaSd2023) => {
                let signer = BySigner::new(key);
                ecdsa::create_base(document, options, mandatory, &signer, &self.random, &self.limits)
                    .map_err(no)?
            }
            (Key::Software(key), _) => {
                sign(document, options, &BySigner::new(key), &self.limits).map_err(no)?
            }
        };
        Ok(Value::from(secured).to_string())
    }

    fn derive(&self, secured: &str) -> Result<String, No> {
        let secured: Map<String, Value> = serde_json::from_str(secured).map_err(no)?;
        let derived = derive(&secured, &self.selective, b"", &self.random, &self.limits).map_err(no)?;
        Ok(Value::from(derived).to_string())
    }

    fn verify(&self, secured: &str) -> Result<(), No> {
        self.verify_at(secured, NOW)
    }
}
