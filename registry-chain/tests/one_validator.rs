//! One validator, from its keys to a staple, over HTTP.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod common;

use common::{Client, Folder, control_key, found, now_ms, start, transport};
use std::sync::Arc;
use yufu_core::{
    SystemRandom,
    crypto::{Algorithm, Signer as _, SoftwareKey, sha256},
    did::yufu::IssuerId,
    registry::{
        CertificateError, Finding, Grant, KeyPurpose, LightClient, LightClientError, Operation, Record as _,
        RecordKey, RejectReason, SignedHeader, Staple, StapleQuery, StapledFinding, StatusEncoding,
        client::{At, ClientError, SubmitError, TransactionState, Wait},
    },
    status::{ListContext, StatusArray, chunk::ChunkTree, issued::IssuedTree},
    time::SystemClock,
};
use yufu_registry::authority::{Accredit, Authority};

const VCT: &str = "https://residents.example/types/resident-id/1";
const DAY: u64 = 86_400;

struct Agency {
    control: SoftwareKey,
    next: SoftwareKey,
    id: IssuerId,
}

impl Agency {
    fn new() -> Self {
        let random = SystemRandom::new();
        let control = SoftwareKey::generate(Algorithm::Es256, &random).unwrap();
        let next = SoftwareKey::generate(Algorithm::Es256, &random).unwrap();
        let id = IssuerId::from_inception(control.verifying_key(), &next.verifying_key().thumbprint());
        Self { control, next, id }
    }

    fn register(&self) -> Operation {
        Operation::RegisterDid {
            control_key: self.control.verifying_key().clone(),
            next_key: self.next.verifying_key().thumbprint(),
            also_known_as: Vec::new(),
            services: Vec::new(),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agency_comes_from_registration_to_a_staple() {
    let folder = Folder::new("one");
    let files = found(&folder.0, 2_000);
    let node = start(&files.validators[0]);
    assert_eq!(node.network_key(), &files.network_key);
    let mut client = Client::new(&node.url(), files.network_key.clone());
    client.wait_for_checkpoint().await;

    // Absent until it is registered, and that is proven.
    let agency = Agency::new();
    let did = RecordKey::Did { issuer: agency.id };
    let absent = client.read(&did, At::Latest).await;
    assert_eq!(absent.value, None);
    let registered = client.act(&agency.control, agency.id, agency.register()).await.unwrap();
    let height = registered.height.unwrap();
    let present = client.read(&did, At::Latest).await;
    assert!(present.value.is_some() && present.header.height() >= height);
    assert_eq!(
        client.registry.transaction(&registered.digest).await.unwrap(),
        TransactionState::Final { height }
    );

    // The authority accredits, through the same functions that its command line uses.
    let authority = Authority::new(
        transport(),
        &node.url(),
        files.network_key.clone(),
        files.authority.did.id,
        Arc::new(control_key(&files.authority.control_key)),
        Arc::new(SystemClock),
    );
    let now = now_ms() / 1000;
    let accredit = Accredit {
        issuer: agency.id,
        vct: VCT.into(),
        name_zh: "居民登记局".into(),
        name_en: "Resident Registry".into(),
        valid_from: now - DAY,
        valid_to: now + 365 * DAY,
        max_open_lists: 2,
    };
    authority.accredit(accredit).await.unwrap();
    assert!(authority.accreditation(agency.id, VCT).await.unwrap().is_some());

    let key = SoftwareKey::generate(Algorithm::Es256, &SystemRandom::new()).unwrap();
    let thumbprint = key.verifying_key().thumbprint();
    let add = Operation::AddKey {
        key: key.verifying_key().clone(),
        purpose: KeyPurpose::Credential,
        valid_from: now - DAY,
        valid_to: now + 90 * DAY,
    };
    client.act(&agency.control, agency.id, add).await.unwrap();
    let register_type = Operation::RegisterType {
        vct: VCT.into(),
        version: 1,
        metadata_digest: sha256(&[b"metadata"]),
        metadata_url: VCT.into(),
        schema_digest: None,
    };
    client.act(&agency.control, agency.id, register_type).await.unwrap();
    let context = ListContext { issuer: agency.id, list: 1 };
    let mut chunks = ChunkTree::build(&context, &StatusArray::new(2, 1 << 17).unwrap());
    let mut issued = IssuedTree::new([7; 32], &context, 1 << 17).unwrap();
    let open = Operation::OpenList {
        list: 1,
        key: thumbprint,
        vct: VCT.into(),
        type_version: 1,
        encoding: StatusEncoding::Token,
        bits: 2,
        size: 1 << 17,
        purpose: "status".into(),
        url: "https://residents.example/status/1".into(),
        status_root: chunks.root(),
        issued_root: issued.root(),
        token_digest: sha256(&[b"token 0"]),
        valid_until: now + DAY,
    };
    client.act(&agency.control, agency.id, open).await.unwrap();
    let credential = sha256(&[b"a credential"]);
    chunks.update(41, 1).unwrap();
    issued.set(41, &credential).unwrap();
    let publish = Operation::PublishStatus {
        list: 1,
        version: 1,
        status_root: chunks.root(),
        issued_root: issued.root(),
        token_digest: sha256(&[b"token 1"]),
        valid_until: now + DAY,
    };
    let published = client.act(&agency.control, agency.id, publish).await.unwrap();

    // A wallet staples from the next anchor, and a counter believes it with the network's key alone.
    client.wait_for_anchor(published.height.unwrap()).await;
    let grant = RecordKey::Grant { issuer: agency.id, vct: VCT.into(), list: 1 };
    let record = client.read(&grant, At::Anchor).await;
    let value = record.value.unwrap();
    assert_eq!(Grant::from_bytes(&value).unwrap().version, 1);
    let finding = StapledFinding::Grant {
        value,
        proof: record.proof,
        witness: chunks.witness(41).unwrap(),
        issued_path: None,
    };
    let staple = Staple::new(record.signed_header, agency.id, VCT, 1, finding).to_bytes().unwrap();
    println!("staple of {} bytes", staple.len());
    let mut counter = LightClient::new(files.network_key.clone());
    let query =
        StapleQuery { issuer: agency.id, vct: VCT, list: 1, index: 41, credential_digest: &credential };
    let report = counter.verify_staple(&staple, &query, now_ms()).unwrap();
    assert_ne!(report.header.slot(), 0);
    assert!(matches!(report.finding, Finding::Granted { status: 1, recorded: None, .. }));
    node.stop().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refuses_a_tampered_header_and_one_of_another_network() {
    let (here, there) = (Folder::new("here"), Folder::new("there"));
    let (ours, theirs) = (found(&here.0, 2_000), found(&there.0, 2_000));
    let node = start(&ours.validators[0]);
    let mut client = Client::new(&node.url(), ours.network_key.clone());
    client.wait_for_checkpoint().await;

    let signed = client.light.newest().unwrap().signed_header().clone();
    let mut stranger = LightClient::new(theirs.network_key);
    assert_eq!(stranger.verify_header(&signed, now_ms()), Err(LightClientError::WrongNetwork));

    let mut bytes = signed.to_bytes();
    // One bit of the trust root, in the middle of the whole header.
    bytes[1 + 32 + 8 + 32 + 3 * 8 + 3 * 32] ^= 1;
    let tampered = SignedHeader::from_bytes(&bytes).unwrap();
    assert_eq!(
        LightClient::new(ours.network_key).verify_header(&tampered, now_ms()),
        Err(LightClientError::BadCertificate(CertificateError::Signature))
    );
    node.stop().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refuses_what_breaks_a_rule_by_its_name() {
    let folder = Folder::new("refusals");
    let files = found(&folder.0, 2_000);
    let node = start(&files.validators[0]);
    let mut client = Client::new(&node.url(), files.network_key.clone());
    client.wait_for_checkpoint().await;
    let agency = Agency::new();
    let entry = |seq| Operation::AppendEntry { stream: "s".into(), seq, digest: [1; 32] };

    let unknown = client.sign(&agency.control, agency.id, 0, entry(0));
    assert_eq!(
        client.registry.submit(&unknown, Wait::No).await,
        Err(SubmitError::Rejected(RejectReason::UnknownAuthor))
    );
    client.act(&agency.control, agency.id, agency.register()).await.unwrap();
    let again = client.sign(&agency.control, agency.id, 0, agency.register());
    assert!(matches!(client.registry.submit(&again, Wait::No).await, Err(SubmitError::Rejected(_))));
    let forged = client.sign(&agency.next, agency.id, 1, entry(0));
    assert_eq!(
        client.registry.submit(&forged, Wait::No).await,
        Err(SubmitError::Rejected(RejectReason::WrongKey))
    );
    let ahead = client.sign(&agency.control, agency.id, 9, entry(0));
    assert_eq!(
        client.registry.submit(&ahead, Wait::No).await,
        Err(SubmitError::Rejected(RejectReason::WrongNonce))
    );

    // A row of transactions need not wait for each other.
    let row: Vec<_> = (0..20).map(|i| client.sign(&agency.control, agency.id, 1 + i, entry(i))).collect();
    for transaction in &row {
        client.registry.submit(transaction, Wait::No).await.unwrap();
    }
    let last = client.registry.submit(&row[19], Wait::Final(20_000)).await.unwrap();
    assert!(last.height.is_some());
    // The same bytes again change nothing.
    assert_eq!(client.registry.submit(&row[19], Wait::No).await.unwrap(), last);
    node.stop().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_auditor_lists_records_by_kind_and_verifies_any_header_by_the_newest() {
    let folder = Folder::new("auditor");
    let files = found(&folder.0, 1_000);
    let node = start(&files.validators[0]);
    let mut client = Client::new(&node.url(), files.network_key.clone());
    client.wait_for_checkpoint().await;
    let agency = Agency::new();
    client.act(&agency.control, agency.id, agency.register()).await.unwrap();

    let (dids, next) = client.registry.keys("did", None, None).await.unwrap();
    assert!(dids.contains(&RecordKey::Did { issuer: agency.id }) && dids.len() == 2 && next.is_none());
    let (rest, _) = client.registry.keys("did", None, dids.first()).await.unwrap();
    assert_eq!(rest, dids[1..]);
    let (own, _) = client.registry.keys("did", Some(agency.id), None).await.unwrap();
    assert_eq!(own, [RecordKey::Did { issuer: agency.id }]);
    let unknown = client.registry.keys("nothing", None, None).await;
    assert_eq!(unknown, Err(ClientError::Status { status: 400 }));
    let by_issuer = client.registry.keys("gov/policy", Some(agency.id), None).await;
    assert_eq!(by_issuer, Err(ClientError::Status { status: 400 }));

    let mut light = LightClient::new(files.network_key.clone());
    let genesis = client.registry.header(&mut light, 0, now_ms()).await.unwrap();
    let first = client.registry.header(&mut light, 1, now_ms()).await.unwrap();
    assert_eq!(first.header.parent, genesis.digest);
    assert!(first.under.height() > 1);
    let ahead = client.registry.header(&mut light, 1 << 40, now_ms()).await;
    assert_eq!(ahead, Err(ClientError::Status { status: 404 }));
    node.stop().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_header_of_each_slot_anchors_it_and_the_others_do_not() {
    let folder = Folder::new("slots");
    let files = found(&folder.0, 1_000);
    let node = start(&files.validators[0]);
    let mut client = Client::new(&node.url(), files.network_key.clone());
    client.wait_for_checkpoint().await;
    tokio::time::sleep(std::time::Duration::from_secs(4)).await;
    let newest = client.read(&RecordKey::Policy, At::Anchor).await.header.slot();
    let mut heights = Vec::new();
    for slot in newest - 2..=newest {
        let (_, header) = client.registry.anchor(&mut client.light, slot, now_ms()).await.unwrap();
        assert_eq!(header.time_ms() / 1_000, slot);
        heights.push(header.height());
    }
    // Two headers a slot, at least: an anchor and a heartbeat.
    assert!(heights.windows(2).all(|pair| pair[1] - pair[0] >= 2), "{heights:?}");
    assert!(client.registry.anchor(&mut client.light, newest + 100, now_ms()).await.is_err());
    node.stop().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stopped_node_resumes_where_it_was() {
    let folder = Folder::new("resume");
    let files = found(&folder.0, 1_000);
    let node = start(&files.validators[0]);
    let mut client = Client::new(&node.url(), files.network_key.clone());
    client.wait_for_checkpoint().await;
    let agency = Agency::new();
    let height = client.act(&agency.control, agency.id, agency.register()).await.unwrap().height.unwrap();
    node.stop().unwrap();

    let node = start(&files.validators[0]);
    let light = client.light;
    let mut client = Client::new(&node.url(), files.network_key.clone());
    client.light = light;
    client.wait_for_checkpoint().await;
    client.wait_for_anchor(height + 1).await;
    assert!(client.read(&RecordKey::Did { issuer: agency.id }, At::Anchor).await.value.is_some());
    assert!(client.light.conflict().is_none());
    node.stop().unwrap();
}

/// Prints what core's tests freeze: run with `--ignored --nocapture` when a wire format changes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "prints vectors"]
async fn print_vectors() {
    let folder = Folder::new("vectors");
    let files = found(&folder.0, 1_000);
    let node = start(&files.validators[0]);
    let mut client = Client::new(&node.url(), files.network_key.clone());
    client.wait_for_checkpoint().await;
    let signed = client.light.newest().unwrap().signed_header();
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    println!("network_key {}", files.network_key);
    println!("signed_header {}", hex(&signed.to_bytes()));
    println!("time_ms {}", signed.header().time_ms);
    node.stop().unwrap();
}
