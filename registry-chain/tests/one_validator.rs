//! One validator, from its keys to a staple, over HTTP.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod common;

use common::{
    Client, Folder,
    agency::{Agency, VCT, authority, credential},
    found, now_ms, start,
};
use yufu_core::registry::{
    CertificateError, Finding, Grant, LightClient, LightClientError, Operation, Record as _, RecordKey,
    RejectReason, SignedHeader, StapleQuery,
    client::{At, ClientError, SubmitError, TransactionState, Wait},
};

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
    let authority = authority(&node.url(), &files);
    authority.accredit(agency.accreditation()).await.unwrap();
    assert!(authority.accreditation(agency.id, VCT).await.unwrap().is_some());

    let key = agency.add_key(&mut client).await;
    let mut list = agency.open_list(&mut client, key).await;
    let publish = list.revoke(41, 1);
    let published = client.act(&agency.control, agency.id, publish).await.unwrap();

    // A wallet staples from the next anchor, and a counter believes it with the network's key alone.
    client.wait_for_anchor(published.height.unwrap()).await;
    let grant = client.read(&list.grant(), At::Anchor).await.value.unwrap();
    assert_eq!(Grant::from_bytes(&grant).unwrap().version, 1);
    let staple = list.staple(&mut client, 41).await;
    println!("staple of {} bytes", staple.len());
    let mut counter = LightClient::new(files.network_key.clone());
    let query =
        StapleQuery { issuer: agency.id, vct: VCT, list: 1, index: 41, credential_digest: &credential() };
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
