//! An agency, what it does before it issues, and its one status list.

use super::{Client, control_key, now_ms, transport};
use std::sync::Arc;
use yufu_core::{
    SystemRandom,
    crypto::{Algorithm, Digest, Signer as _, SoftwareKey, VerifyingKey, sha256},
    did::yufu::IssuerId,
    registry::{KeyPurpose, Operation, RecordKey, Staple, StapledFinding, StatusEncoding, client::At},
    status::{ListContext, StatusArray, chunk::ChunkTree, issued::IssuedTree},
    time::SystemClock,
};
use yufu_registry::{
    NetworkFiles,
    authority::{Accredit, Authority},
};

pub const VCT: &str = "https://residents.example/types/resident-id/1";
pub const DAY: u64 = 86_400;
const LIST: u32 = 1;
const ENTRIES: u32 = 1 << 17;

/// The authority, as its command line acts.
pub fn authority(url: &str, files: &NetworkFiles) -> Authority {
    let key = Arc::new(control_key(&files.authority.control_key));
    let (network, id) = (files.network_key.clone(), files.authority.did.id);
    Authority::new(transport(), url, network, id, key, Arc::new(SystemClock))
}

pub struct Agency {
    pub control: SoftwareKey,
    pub next: SoftwareKey,
    pub id: IssuerId,
}

impl Agency {
    pub fn new() -> Self {
        let random = SystemRandom::new();
        let control = SoftwareKey::generate(Algorithm::Es256, &random).unwrap();
        let next = SoftwareKey::generate(Algorithm::Es256, &random).unwrap();
        let id = IssuerId::from_inception(control.verifying_key(), &next.verifying_key().thumbprint());
        Self { control, next, id }
    }

    pub fn register(&self) -> Operation {
        Operation::RegisterDid {
            control_key: self.control.verifying_key().clone(),
            next_key: self.next.verifying_key().thumbprint(),
            also_known_as: Vec::new(),
            services: Vec::new(),
        }
    }

    /// What the authority is asked for.
    pub fn accreditation(&self) -> Accredit {
        let now = now_ms() / 1000;
        Accredit {
            issuer: self.id,
            vct: VCT.into(),
            name_zh: "居民登记局".into(),
            name_en: "Resident Registry".into(),
            valid_from: now - DAY,
            valid_to: now + 365 * DAY,
            max_open_lists: 2,
        }
    }

    /// Adds a new key for credentials, and tells which.
    pub async fn add_key(&self, client: &mut Client) -> Digest {
        let key = credential_key();
        let thumbprint = key.thumbprint();
        let now = now_ms() / 1000;
        let (valid_from, valid_to) = (now - DAY, now + 90 * DAY);
        let add = Operation::AddKey { key, purpose: KeyPurpose::Credential, valid_from, valid_to };
        client.act(&self.control, self.id, add).await.unwrap();
        thumbprint
    }

    /// Registers its type and opens a list for it, all clear.
    pub async fn open_list(&self, client: &mut Client, key: Digest) -> List {
        let register_type = Operation::RegisterType {
            vct: VCT.into(),
            version: 1,
            metadata_digest: sha256(&[b"metadata"]),
            metadata_url: VCT.into(),
            schema_digest: None,
        };
        client.act(&self.control, self.id, register_type).await.unwrap();
        let list = List::new(self.id);
        client.act(&self.control, self.id, list.open(key)).await.unwrap();
        list
    }
}

fn credential_key() -> VerifyingKey {
    SoftwareKey::generate(Algorithm::Es256, &SystemRandom::new()).unwrap().verifying_key().clone()
}

/// The credential that is recorded wherever a status is set.
pub fn credential() -> Digest {
    sha256(&[b"a credential"])
}

/// A status list as its issuer keeps it.
pub struct List {
    issuer: IssuerId,
    chunks: ChunkTree,
    issued: IssuedTree,
}

impl List {
    fn new(issuer: IssuerId) -> Self {
        let context = ListContext { issuer, list: LIST };
        let chunks = ChunkTree::build(&context, &StatusArray::new(2, ENTRIES).unwrap());
        let issued = IssuedTree::new([7; 32], &context, ENTRIES).unwrap();
        Self { issuer, chunks, issued }
    }

    fn open(&self, key: Digest) -> Operation {
        Operation::OpenList {
            list: LIST,
            key,
            vct: VCT.into(),
            type_version: 1,
            encoding: StatusEncoding::Token,
            bits: 2,
            size: ENTRIES,
            purpose: "status".into(),
            url: "https://residents.example/status/1".into(),
            status_root: self.chunks.root(),
            issued_root: self.issued.root(),
            token_digest: sha256(&[b"token 0"]),
            valid_until: now_ms() / 1000 + DAY,
        }
    }

    /// Records a credential at this index, revokes it, and publishes that as `version`.
    pub fn revoke(&mut self, index: u64, version: u32) -> Operation {
        self.chunks.update(index, 1).unwrap();
        self.issued.set(index, &credential()).unwrap();
        Operation::PublishStatus {
            list: LIST,
            version,
            status_root: self.chunks.root(),
            issued_root: self.issued.root(),
            token_digest: sha256(&[b"token", &version.to_be_bytes()]),
            valid_until: now_ms() / 1000 + DAY,
        }
    }

    pub fn grant(&self) -> RecordKey {
        RecordKey::Grant { issuer: self.issuer, vct: VCT.into(), list: LIST }
    }

    /// What a wallet carries that has a credential at this index.
    pub async fn staple(&self, client: &mut Client, index: u64) -> Vec<u8> {
        let record = client.read(&self.grant(), At::Anchor).await;
        let finding = StapledFinding::Grant {
            value: record.value.unwrap(),
            proof: record.proof,
            witness: self.chunks.witness(index).unwrap(),
            issued_path: None,
        };
        Staple::new(record.signed_header, self.issuer, VCT, LIST, finding).to_bytes().unwrap()
    }
}
