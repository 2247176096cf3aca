//! Land titles as presentation files: an agency, a holder and what either may choose.
#![allow(unreachable_pub, reason = "the counter's tests read this file too")]

use super::support::*;
use serde_json::{Map, Value, json};
use yufu_core::{
    credential::w3c::{
        jose::{IssueVcJwt, IssueVpJwt, JwtTimes, issue_credential, issue_presentation},
        model::DateTimeStamp,
    },
    crypto::{Digest, PublicKey, Signer, SoftwareKey},
    did,
    presentation::{
        file::{self, Challenge},
        preset::Preset,
    },
    registry::{Record, RecordKey, Staple, StapledFinding, StatusEncoding},
    status::{StatusArray, chunk::ChunkTree},
    time::{DAY, start_of_day},
};

pub const LAND_TITLE: &str = "https://land.yufu.example/types/land-title/1";
/// Of which the holder's key is made.
pub const HOLDER: u64 = 21;
pub const V2: &str = "https://www.w3.org/ns/credentials/v2";
pub const LAND_CONTEXT: &str = "https://land.yufu.example/contexts/land-title/1";

/// A world whose agency issues land titles in lists of bit strings.
pub struct Land {
    pub world: World,
    pub holder: SoftwareKey,
}

/// What a phone may choose, or a thief.
pub struct Made {
    pub audience: String,
    pub nonce: [u8; 16],
    pub made: u64,
    pub anchor: Option<Digest>,
    pub staples: Vec<Vec<u8>>,
    pub listings: Vec<Vec<u8>>,
}

pub fn iso(seconds: u64) -> String {
    DateTimeStamp::from_seconds(seconds).to_string()
}

pub fn did_key(key: &SoftwareKey) -> String {
    did::key::encode(PublicKey::from(key.verifying_key()))
}

pub fn multibase(key: &SoftwareKey) -> String {
    PublicKey::from(key.verifying_key()).multibase()
}

pub fn holder_method(key: &SoftwareKey) -> String {
    format!("{}#{}", did_key(key), multibase(key))
}

pub fn land_title() -> Preset {
    Preset::named("land-title").unwrap()
}

impl Land {
    pub fn new() -> Self {
        let mut world = World::new();
        let agency = &mut world.agency;
        let list = StatusArray::new_in(StatusEncoding::Bitstring, 1, 1 << 10).unwrap();
        agency.status = ChunkTree::build(&agency.context, &list);
        agency.grant.encoding = StatusEncoding::Bitstring;
        agency.grant.bits = 1;
        agency.grant.status_root = agency.status.root();
        let mut land = Self { world, holder: key(HOLDER) };
        land.register();
        land
    }

    pub fn grant_key(&self) -> RecordKey {
        let agency = &self.world.agency;
        RecordKey::Grant { issuer: agency.id, vct: LAND_TITLE.into(), list: agency.context.list }
    }

    pub fn register(&mut self) {
        let (key, grant) = (self.grant_key(), self.world.agency.grant.to_bytes());
        self.world.network.trust.insert(&key, grant);
    }

    pub fn document(&self) -> Map<String, Value> {
        let day = |seconds| iso(start_of_day(seconds));
        let status = format!("https://land.yufu.example/status/{LIST}");
        let document = json!({
            "@context": [V2, LAND_CONTEXT],
            "type": ["VerifiableCredential", "LandTitleCredential"],
            "issuer": self.world.agency.did,
            "validFrom": day(NOW), "validUntil": day(NOW + 14 * DAY),
            "credentialSubject": {
                "id": did_key(&self.holder),
                "certificate_number": "京（2026）朝不动产权第 0012345 号",
                "parcel_number": "110105001001GB00001F00010001", "location": "北京市朝阳区",
                "area_m2": "89.40", "land_use": "住宅", "right_type": "所有权",
                "owner": {"name_zh": "张伟民", "name_latin": "Zhang Weimin"},
                "registered_on": "2026-11-20", "authority": "云府市不动产登记中心",
            },
            "credentialStatus": {
                "type": "BitstringStatusListEntry", "statusPurpose": "revocation",
                "statusListIndex": INDEX.to_string(), "statusListCredential": status,
            },
        });
        let Value::Object(document) = document else { unreachable!() };
        document
    }

    pub fn issue_with(&self, change: impl FnOnce(&mut Map<String, Value>)) -> String {
        let agency = &self.world.agency;
        let kid = format!("{}#{}", agency.did, multibase(&agency.key));
        self.issue_by(&agency.key, &kid, NOW, change)
    }

    pub fn issue_by(
        &self,
        key: &SoftwareKey,
        kid: &str,
        at: u64,
        change: impl FnOnce(&mut Map<String, Value>),
    ) -> String {
        let mut document = self.document();
        change(&mut document);
        let times = JwtTimes { issued_at: Some(start_of_day(at)), ..JwtTimes::default() };
        let request = IssueVcJwt { document: &document, kid, times };
        issue_credential(&request, key).unwrap().compact
    }

    pub fn issue(&self) -> String {
        self.issue_with(|_| {})
    }

    pub fn staple_of(&self, finding: StapledFinding, header: &yufu_core::registry::SignedHeader) -> Vec<u8> {
        let agency = &self.world.agency;
        let staple = Staple::new(header.clone(), agency.id, LAND_TITLE, agency.context.list, finding);
        staple.to_bytes().unwrap()
    }

    /// The newest staple, of an anchor at `ms`, and its header's digest.
    pub fn staple_at(&mut self, ms: u64, path: bool) -> (Vec<u8>, Digest) {
        let header = self.world.anchor(ms);
        let finding = StapledFinding::Grant {
            value: self.world.network.trust.get(&self.grant_key()).unwrap().to_vec(),
            proof: self.world.network.trust.prove(&self.grant_key()),
            witness: self.world.agency.status.witness(INDEX.into()).unwrap(),
            issued_path: path.then(|| self.world.agency.issued.path(INDEX.into()).unwrap()),
        };
        (self.staple_of(finding, &header), header.header().digest())
    }

    pub fn file_by(&self, holder: u64, credential: &str, made: Made) -> String {
        let holder = &key(holder);
        let document = file::presentation_of(&credential.into(), &did_key(holder));
        let challenge = Challenge { nonce: made.nonce, anchor: made.anchor }.to_string();
        let request = IssueVpJwt {
            document: &document,
            kid: &holder_method(holder),
            audience: &made.audience,
            nonce: &challenge,
            times: JwtTimes { issued_at: Some(made.made), ..JwtTimes::default() },
        };
        let presentation = issue_presentation(&request, holder).unwrap();
        file::write(presentation.into(), &made.staples, &made.listings)
    }

    pub fn made(&mut self) -> Made {
        let (staple, header) = self.staple_at(NOW_MS - 1_000, false);
        self.made_with(staple, header)
    }

    pub fn made_with(&mut self, staple: Vec<u8>, header: Digest) -> Made {
        Made {
            audience: self.world.printed.audience().to_string(),
            nonce: self.world.next_nonce(),
            made: NOW,
            anchor: Some(header),
            staples: vec![staple],
            listings: Vec::new(),
        }
    }

    pub fn file_with(&mut self, credential: &str, change: impl FnOnce(&mut Made)) -> String {
        let mut made = self.made();
        change(&mut made);
        self.file_by(HOLDER, credential, made)
    }

    pub fn file(&mut self, credential: &str) -> String {
        self.file_with(credential, |_| {})
    }
}
