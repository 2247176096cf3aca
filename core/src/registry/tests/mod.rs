mod certificate;
mod client;
mod codecs;
mod conflict;
mod handover;
mod handover_file;
mod history;
mod light_client;
mod listing;
mod proof;
mod record_key;
mod staple;

use super::{
    Compromise, DidRecord, Grant, GrantRevocation, RecordKey, StatusEncoding, test_network::TestNetwork,
};
use crate::{
    crypto::{Algorithm, Signer, SoftwareKey, VerifyingKey, sha256},
    did::yufu::IssuerId,
    random::SeededRandom,
};

/// 2026-11-23, in milliseconds.
const START: u64 = 1_795_392_000_000;
const MINUTE: u64 = 60_000;
const VCT: &str = "https://residents.yufu.example/types/resident-id/1";
const ISSUER: IssuerId = IssuerId([7; 20]);
const LIST: u32 = 3;

fn software_key(seed: u64) -> SoftwareKey {
    SoftwareKey::generate(Algorithm::Es256, &SeededRandom::new(seed)).unwrap()
}

fn public_key(seed: u64) -> VerifyingKey {
    software_key(seed).verifying_key().clone()
}

fn network(n: u8) -> TestNetwork {
    TestNetwork::new(n, 1, START)
}

fn did_record() -> DidRecord {
    DidRecord {
        version: 0,
        control_key: public_key(1),
        next_key: public_key(2).thumbprint(),
        nonce: 4,
        usage: Default::default(),
        also_known_as: vec!["did:web:residents.yufu.example".into()],
        services: Vec::new(),
        registered_at_ms: START,
        deactivated_at_ms: None,
    }
}

fn grant(status_root: [u8; 32]) -> Grant {
    Grant {
        key: sha256(&[b"key"]),
        key_valid_from: START / 1000,
        key_valid_to: START / 1000 + 1_000_000,
        key_revocation: None,
        name_zh: "玉府市居民登记处".into(),
        name_en: "Yufu Resident Register".into(),
        accredited_from: START / 1000,
        accredited_to: START / 1000 + 2_000_000,
        type_digest: sha256(&[b"type"]),
        encoding: StatusEncoding::Token,
        bits: 2,
        size: 1 << 17,
        status_root,
        version: 12,
        published_at_ms: START + MINUTE,
        valid_until: START / 1000 + 3600,
    }
}

fn compromised(issued_root: [u8; 32]) -> GrantRevocation {
    GrantRevocation { at_ms: START + MINUTE, compromised: Some(Compromise { since: START, issued_root }) }
}

fn grant_key() -> RecordKey {
    RecordKey::Grant { issuer: ISSUER, vct: VCT.into(), list: LIST }
}
