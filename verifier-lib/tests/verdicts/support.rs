//! A small world with real keys, certificates, trees and signatures: an agency, a resident's phone, a
//! counter. Times are chosen; nothing reads a clock.
#![allow(unreachable_pub, reason = "shared with the bench")]

use rcgen::{
    CertificateParams, DistinguishedName, DnType, Issuer, KeyPair, KeyUsagePurpose, SanType, SerialNumber,
};
use serde_json::{Map, Value, json};
use yufu_core::{
    credential::{
        ClaimPath,
        sd_jwt::{IssueSdJwt, issue},
    },
    crypto::{Algorithm, Digest, Signer, SoftwareKey},
    did::yufu::{IssuerId, YufuDid},
    presentation::{
        audience::{Audience, PrintedCounter},
        preset::Preset,
        show_code::{self, BuildShowCode, LeafForm, Stapled},
    },
    random::SeededRandom,
    registry::{
        Compromise, DidRecord, Grant, GrantRevocation, NetworkKey, Record, RecordKey, SignedHeader, Staple,
        StapledFinding, StatusEncoding, record::Usage, test_network::TestNetwork,
    },
    status::{ListContext, StatusArray, chunk::ChunkTree, issued::IssuedTree},
    time::{DAY, start_of_day},
};
use yufu_verifier::{LocalLimits, MemoryNonceLog, Outcome, Verifier, VerifierConfig};

/// 2026-11-23 12:00:00 UTC.
pub const NOW: u64 = 1_795_435_200;
pub const NOW_MS: u64 = NOW * 1000;
pub const RESIDENT_ID: &str = "https://residents.yufu.example/types/resident-id/1";
pub const LIST: u32 = 3;
pub const INDEX: u32 = 77;

pub fn key(seed: u64) -> SoftwareKey {
    SoftwareKey::generate(Algorithm::Es256, &SeededRandom::new(seed)).unwrap()
}

/// A leaf as an agency's, from 30 days before [`NOW`] on.
pub fn leaf(key: &SoftwareKey, did: &str) -> Vec<u8> {
    let mut root = CertificateParams::default();
    root.distinguished_name = name("Yufu national root");
    let root = Issuer::new(root, KeyPair::generate().unwrap());
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.serial_number = Some(SerialNumber::from_slice(&[0x41; 8]));
    params.subject_alt_names = vec![SanType::URI(did.try_into().unwrap())];
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.not_before = rcgen::date_time_ymd(2026, 10, 1);
    params.not_after = rcgen::date_time_ymd(2028, 10, 1);
    let pair = KeyPair::try_from(key.pkcs8().as_slice()).unwrap();
    params.signed_by(&pair, &root).unwrap().der().to_vec()
}

fn name(common: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, common);
    name
}

/// An agency: its keys, its list, what the registry says of it.
pub struct Agency {
    pub id: IssuerId,
    pub did: String,
    pub key: SoftwareKey,
    pub leaf: Vec<u8>,
    pub context: ListContext,
    pub status: ChunkTree,
    pub issued: IssuedTree,
    pub grant: Grant,
}

impl Agency {
    pub fn new(seed: u64, list: u32, size: u32) -> Self {
        let key = key(seed);
        let control = self::key(seed + 1000);
        let next = self::key(seed + 2000).verifying_key().thumbprint();
        let id = IssuerId::from_inception(control.verifying_key(), &next);
        let did = YufuDid::new("town", id).unwrap().to_string();
        let context = ListContext { issuer: id, list };
        let status = ChunkTree::build(&context, &StatusArray::new(2, size).unwrap());
        let issued = IssuedTree::new([7; 32], &context, size).unwrap();
        let grant = Grant {
            key: key.verifying_key().thumbprint(),
            key_valid_from: start_of_day(NOW) - 30 * DAY,
            key_valid_to: start_of_day(NOW) + 300 * DAY,
            key_revocation: None,
            name_zh: "云府市居民登记处".into(),
            name_en: "Yufu City Resident Register".into(),
            accredited_from: start_of_day(NOW) - 20 * DAY,
            accredited_to: start_of_day(NOW) + 700 * DAY,
            type_digest: [5; 32],
            encoding: StatusEncoding::Token,
            bits: 2,
            size,
            status_root: status.root(),
            version: 1,
            published_at_ms: NOW_MS - 5_000,
            valid_until: NOW + DAY,
        };
        Self { leaf: leaf(&key, &did), id, did, key, context, status, issued, grant }
    }

    /// Sets a status; it shows from the next publication on.
    pub fn set_status(&mut self, index: u32, value: u8) {
        self.status.update(index.into(), value).unwrap();
    }

    /// Publishes the list at `ms`.
    pub fn publish(&mut self, ms: u64) {
        self.grant.version += 1;
        self.grant.status_root = self.status.root();
        self.grant.published_at_ms = ms;
        self.grant.valid_until = ms / 1000 + DAY;
    }

    pub fn revoke_key(&mut self, at_ms: u64, compromised_since: Option<u64>) {
        let issued_root = self.issued.root();
        let compromised = compromised_since.map(|since| Compromise { since, issued_root });
        self.grant.key_revocation = Some(GrantRevocation { at_ms, compromised });
    }

    pub fn grant_key(&self) -> RecordKey {
        RecordKey::Grant { issuer: self.id, vct: RESIDENT_ID.into(), list: self.context.list }
    }
}

/// A credential on a phone.
pub struct Held {
    pub compact: String,
    pub digest: Digest,
    pub index: u32,
}

/// A staple with its header's digest and time.
#[derive(Clone)]
pub struct Stapling {
    pub bytes: Vec<u8>,
    pub header: Digest,
}

/// The claims of a resident; every personal one can be held back.
pub fn resident() -> Map<String, Value> {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let claims = json!({
        "family_name": "Zhang", "given_name": "Weimin", "name_zh": "张伟民",
        "birth_date": "1990-05-17", "sex": 1, "resident_number": "11010519900517321X",
        "age_equal_or_over": {"16": true, "18": true, "21": true, "65": false},
        "address": {"street_address": "建国路 88 号",
                    "locality": "北京市", "region": "朝阳区", "postal_code": "100022", "country": "CN"},
        "portrait": STANDARD.encode(vec![9u8; 9000]),
        "portrait_small": STANDARD.encode(portrait_small()),
        "nationalities": ["CN"], "issuing_authority": "Yufu City Resident Register",
        "date_of_issuance": "2026-11-23", "date_of_expiry": "2036-11-23",
    });
    let Value::Object(claims) = claims else { unreachable!() };
    claims
}

/// As large as allowed and as random as an image: nothing in it can be compressed.
pub fn portrait_small() -> Vec<u8> {
    let mut bytes = b"RIFF\xe0\x03\0\0WEBPVP8 ".to_vec();
    let mut block = [0; 32];
    while bytes.len() < 1000 {
        block = yufu_core::crypto::sha256(&[&block, b"face"]);
        bytes.extend_from_slice(&block);
    }
    bytes.truncate(1000);
    bytes
}

pub fn disclosable() -> Vec<ClaimPath> {
    let paths = json!([
        ["family_name"],
        ["given_name"],
        ["name_zh"],
        ["birth_date"],
        ["sex"],
        ["resident_number"],
        ["age_equal_or_over"],
        ["age_equal_or_over", "16"],
        ["age_equal_or_over", "18"],
        ["age_equal_or_over", "21"],
        ["age_equal_or_over", "65"],
        ["address"],
        ["address", "formatted"],
        ["address", "street_address"],
        ["address", "locality"],
        ["address", "region"],
        ["address", "postal_code"],
        ["address", "country"],
        ["portrait"],
        ["portrait_small"],
        ["nationalities"],
        ["issuing_authority"],
        ["date_of_issuance"],
        ["date_of_expiry"]
    ]);
    serde_json::from_value(paths).unwrap()
}

pub struct World {
    pub network: TestNetwork,
    pub slot: u64,
    pub agency: Agency,
    pub holder: SoftwareKey,
    pub printed: PrintedCounter,
    pub verifier: Verifier,
    nonce: u8,
}

impl World {
    pub fn new() -> Self {
        Self::with_list_size(1 << 10)
    }

    pub fn with_list_size(size: u32) -> Self {
        let network = TestNetwork::new(4, 1, NOW_MS - 3_600_000);
        let printed = PrintedCounter::new("便利店", "Corner shop", key(50).verifying_key().clone()).unwrap();
        let mut world = Self {
            verifier: fresh_verifier(network.key(), &printed),
            network,
            slot: 0,
            agency: Agency::new(10, LIST, size),
            holder: key(20),
            printed,
            nonce: 0,
        };
        world.register();
        world
    }

    /// Writes the agency's grant as it is now.
    pub fn register(&mut self) {
        let (key, grant) = (self.agency.grant_key(), self.agency.grant.to_bytes());
        self.network.trust.insert(&key, grant);
    }

    /// An anchor at `ms` over the registry as it is now.
    pub fn anchor(&mut self, ms: u64) -> SignedHeader {
        self.slot += 1;
        self.network.next_signed(ms, self.slot)
    }

    pub fn claims(&self, index: u32) -> Map<String, Value> {
        let mut claims = resident();
        let day = start_of_day(NOW);
        claims.insert("vct".into(), RESIDENT_ID.into());
        claims.insert("iat".into(), day.into());
        claims.insert("nbf".into(), day.into());
        claims.insert("exp".into(), (day + 14 * DAY).into());
        claims.insert("key_level".into(), "hardware".into());
        let uri = format!("https://residents.yufu.example/status/{}", self.agency.context.list);
        claims.insert("status".into(), json!({"status_list": {"idx": index, "uri": uri}}));
        claims
    }

    /// A credential with `claims`, changed before the agency signs them.
    pub fn issue_with(&mut self, index: u32, change: impl FnOnce(&mut Map<String, Value>)) -> Held {
        let mut claims = self.claims(index);
        change(&mut claims);
        let random = SeededRandom::new(u64::from(index) + 99);
        let request = IssueSdJwt {
            claims: &claims,
            disclosable: &disclosable(),
            holder: Some(self.holder.verifying_key()),
            x5c: std::slice::from_ref(&self.agency.leaf),
            decoys_to_multiple_of: 4,
        };
        let issued = issue(&request, &self.agency.key, &random).unwrap();
        Held { compact: issued.compact, digest: issued.jwt_digest, index }
    }

    /// A credential as every resident gets one, recorded as issued.
    pub fn issue(&mut self) -> Held {
        let held = self.issue_with(INDEX, |_| {});
        self.agency.issued.set(INDEX.into(), &held.digest).unwrap();
        held
    }

    pub fn staple_at(&self, header: &SignedHeader, index: u32, path: bool) -> Stapling {
        let agency = &self.agency;
        let finding = StapledFinding::Grant {
            value: self.network.trust.get(&agency.grant_key()).unwrap().to_vec(),
            proof: self.network.trust.prove(&agency.grant_key()),
            witness: agency.status.witness(index.into()).unwrap(),
            issued_path: path.then(|| agency.issued.path(index.into()).unwrap()),
        };
        self.stapling(header, finding)
    }

    pub fn stapling(&self, header: &SignedHeader, finding: StapledFinding) -> Stapling {
        let list = self.agency.context.list;
        let staple = Staple::new(header.clone(), self.agency.id, RESIDENT_ID, list, finding);
        Stapling { bytes: staple.to_bytes().unwrap(), header: header.header().digest() }
    }

    /// The newest staple, of an anchor one second old.
    pub fn staple(&mut self, held: &Held) -> Stapling {
        let header = self.anchor(NOW_MS - 1_000);
        self.staple_at(&header, held.index, false)
    }

    /// A proof that the agency is not registered.
    pub fn staple_unknown_issuer(&mut self, ms: u64) -> Stapling {
        let header = self.anchor(ms);
        let proof = self.network.trust.prove(&RecordKey::Did { issuer: self.agency.id });
        self.stapling(&header, StapledFinding::UnknownIssuer { proof })
    }

    /// A proof that the agency is registered and has no accreditation for the type.
    pub fn staple_not_accredited(&mut self, ms: u64) -> Stapling {
        let key = RecordKey::Did { issuer: self.agency.id };
        let did = DidRecord {
            version: 0,
            control_key: self::key(1010).verifying_key().clone(),
            next_key: [1; 32],
            nonce: 0,
            also_known_as: vec![],
            services: vec![],
            registered_at_ms: NOW_MS - 1_000_000,
            deactivated_at_ms: None,
            usage: Usage::default(),
        };
        self.network.trust.insert(&key, did.to_bytes());
        let header = self.anchor(ms);
        let accreditation = RecordKey::Accreditation { issuer: self.agency.id, vct: RESIDENT_ID.to_owned() };
        let finding = StapledFinding::NotAccredited {
            did: did.to_bytes(),
            did_proof: self.network.trust.prove(&key),
            accreditation_proof: self.network.trust.prove(&accreditation),
        };
        self.stapling(&header, finding)
    }

    pub fn next_nonce(&mut self) -> [u8; 16] {
        self.nonce += 1;
        [self.nonce; 16]
    }

    /// A code of this credential made at [`NOW`] for the preset's class.
    pub fn code(&mut self, held: &Held, staple: Option<&Stapling>) -> Vec<u8> {
        self.code_with(held, staple, |_| {})
    }

    /// A code, with the phone's choices changed before it signs.
    pub fn code_with(
        &mut self,
        held: &Held,
        staple: Option<&Stapling>,
        change: impl FnOnce(&mut Choices),
    ) -> Vec<u8> {
        let mut choices = Choices {
            preset: age18(),
            audience: age18().class_audience().unwrap(),
            nonce: self.next_nonce(),
            iat: NOW,
            leaf: LeafForm::Whole,
        };
        change(&mut choices);
        let code = BuildShowCode {
            compact: &held.compact,
            preset: &choices.preset,
            staple: staple.map(|s| Stapled { staple: &s.bytes, header: &s.header }),
            audience: &choices.audience,
            nonce: &choices.nonce,
            iat: choices.iat,
            leaf: choices.leaf,
        };
        show_code::build(&code, &self.holder).unwrap()
    }

    /// What the world's counter says of a payload at [`NOW`], asking for age18.
    pub fn verdict(&mut self, payload: &[u8]) -> Outcome {
        self.verifier.verify_show_code(payload, &age18(), &LocalLimits::default(), NOW_MS)
    }
}

/// What a phone may choose for a code.
pub struct Choices {
    pub preset: Preset,
    pub audience: Audience,
    pub nonce: [u8; 16],
    pub iat: u64,
    pub leaf: LeafForm,
}

pub fn age18() -> Preset {
    Preset::named("age18").unwrap()
}

pub fn identity() -> Preset {
    Preset::named("identity").unwrap()
}

pub fn config(network_key: &NetworkKey, printed: &PrintedCounter) -> VerifierConfig {
    let audiences = vec![printed.audience(), age18().class_audience().unwrap()];
    VerifierConfig { network_key: network_key.clone(), audiences }
}

pub fn fresh_verifier(network_key: &NetworkKey, printed: &PrintedCounter) -> Verifier {
    Verifier::new(config(network_key, printed), Box::new(MemoryNonceLog::new()))
}
