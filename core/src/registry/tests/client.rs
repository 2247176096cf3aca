//! The client against gateways, honest and lying.

use super::{ISSUER, MINUTE, START, did_record, network, public_key, software_key};
use crate::{
    http::{HttpError, HttpFuture, HttpRequest, HttpResponse, HttpTransport, Method},
    registry::{
        CertificateError, LightClient, LightClientError, Operation, ProofError, Record, RecordKey,
        RejectReason, SignedHeader, SignedTransaction, Transaction,
        client::{At, ClientError, RegistryClient, SubmitError, TransactionState, Wait, hex},
        test_network::TestNetwork,
    },
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::json;
use std::{
    pin::pin,
    sync::{Arc, Mutex},
    task::{Context, Poll, Waker},
};

/// A gateway that gives one answer, and remembers what it was asked.
struct Gateway {
    answer: Result<HttpResponse, HttpError>,
    asked: Mutex<Vec<HttpRequest>>,
}

impl HttpTransport for Gateway {
    fn send(&self, request: HttpRequest) -> HttpFuture<'_> {
        self.asked.lock().unwrap().push(request);
        let answer = self.answer.clone();
        Box::pin(async move { answer })
    }
}

fn gateway(status: u16, body: impl Into<Vec<u8>>) -> Arc<Gateway> {
    let answer = Ok(HttpResponse { status, headers: Vec::new(), body: body.into() });
    Arc::new(Gateway { answer, asked: Mutex::default() })
}

fn client(gateway: &Arc<Gateway>) -> RegistryClient {
    RegistryClient::new(gateway.clone(), "https://registry.example/")
}

/// The gateways here answer at once.
fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("an answer that does not come"),
    }
}

fn did() -> RecordKey {
    RecordKey::Did { issuer: ISSUER }
}

fn b64(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// An honest answer to a read of the DID, at a header of that time and slot.
fn answer(network: &mut TestNetwork, time_ms: u64, slot: u64) -> (serde_json::Value, SignedHeader) {
    let signed = network.next_signed(time_ms, slot);
    let body = json!({
        "key": did().to_string(),
        "height": signed.header().height,
        "value": network.trust.get(&did()).map(b64),
        "proof": b64(&network.trust.prove(&did()).to_bytes()),
        "signed_header": b64(&signed.to_bytes()),
    });
    (body, signed)
}

fn with_did() -> TestNetwork {
    let mut network = network(4);
    network.trust.insert(&did(), did_record().to_bytes());
    network.trust.insert(&RecordKey::Policy, vec![1]);
    network
}

fn read(light: &mut LightClient, body: &serde_json::Value, at: At) -> Result<Option<Vec<u8>>, ClientError> {
    let gateway = gateway(200, body.to_string());
    let record = ready(client(&gateway).record(light, &did(), START, at))?;
    Ok(record.value)
}

#[test]
fn reads_a_record_and_its_absence_with_proof() {
    let mut network = with_did();
    let mut light = LightClient::new(network.key().clone());
    let (body, signed) = answer(&mut network, START + MINUTE, 1);
    let gateway = gateway(200, body.to_string());
    let record = ready(client(&gateway).record(&mut light, &did(), START, At::Anchor)).unwrap();
    assert_eq!(record.value, Some(did_record().to_bytes()));
    assert_eq!((record.signed_header, record.header.slot()), (signed, 1));
    let asked = gateway.asked.lock().unwrap();
    assert_eq!(
        (asked[0].method, &asked[0].url),
        (Method::Get, &format!("https://registry.example/v1/records/{}", did()))
    );
    network.trust.remove(&did());
    let (body, _) = answer(&mut network, START + 2 * MINUTE, 2);
    assert_eq!(read(&mut light, &body, At::Latest), Ok(None));
}

#[test]
fn refuses_a_gateway_that_changes_hides_or_invents_a_record() {
    let mut network = with_did();
    let mut light = LightClient::new(network.key().clone());
    let (body, _) = answer(&mut network, START + MINUTE, 1);
    let mut changed = body.clone();
    changed["value"] = json!(b64(&[1, 2, 3]));
    let mut hidden = body.clone();
    hidden["value"] = json!(null);
    let bad = |error| Err(ClientError::Unproven(LightClientError::BadProof(error)));
    assert_eq!(read(&mut light, &changed, At::Anchor), bad(ProofError::Root));
    assert_eq!(read(&mut light, &hidden, At::Anchor), bad(ProofError::Kind));
    network.trust.remove(&did());
    let (mut invented, _) = answer(&mut network, START + 2 * MINUTE, 2);
    invented["value"] = json!(b64(&did_record().to_bytes()));
    assert_eq!(read(&mut light, &invented, At::Anchor), bad(ProofError::Kind));
}

#[test]
fn refuses_a_gateway_with_a_header_of_its_own() {
    let mut network = with_did();
    let mut light = LightClient::new(network.key().clone());
    let (mut body, _) = answer(&mut network, START + MINUTE, 1);
    let header = network.next_header(START + 2 * MINUTE, 2);
    body["signed_header"] = json!(b64(&network.certify_by(&header, &[0]).to_bytes()));
    let quorum = LightClientError::BadCertificate(CertificateError::Quorum);
    assert_eq!(read(&mut light, &body, At::Anchor), Err(ClientError::Unproven(quorum)));
}

#[test]
fn refuses_a_gateway_that_serves_an_old_root() {
    let mut network = with_did();
    let mut light = LightClient::new(network.key().clone());
    let (old, _) = answer(&mut network, START + MINUTE, 1);
    let newer = network.next_signed(START + 22 * MINUTE, 2);
    light.verify_header(&newer, START + 22 * MINUTE).unwrap();
    assert_eq!(read(&mut light, &old, At::Anchor), Err(ClientError::Outdated { behind_ms: 21 * MINUTE }));
}

#[test]
fn refuses_an_anchor_that_is_none() {
    let mut network = with_did();
    let mut light = LightClient::new(network.key().clone());
    let (body, _) = answer(&mut network, START + MINUTE, 0);
    assert_eq!(read(&mut light, &body, At::Anchor), Err(ClientError::Answer));
    assert_eq!(read(&mut light, &body, At::Latest), Ok(Some(did_record().to_bytes())));
}

#[test]
fn refuses_answers_that_are_none() {
    let network = with_did();
    let mut light = LightClient::new(network.key().clone());
    for body in [
        json!({}),
        json!([]),
        json!({ "value": 1 }),
        json!({ "value": null, "proof": "*", "signed_header": "" }),
    ] {
        assert_eq!(read(&mut light, &body, At::Anchor), Err(ClientError::Answer));
    }
    let failing = gateway(500, "");
    let refused = ready(client(&failing).checkpoint(&mut light, START));
    assert_eq!(refused, Err(ClientError::Status { status: 500 }));
    let gone = HttpError::Unreachable { host: "registry.example".into(), reason: "refused".into() };
    let absent = Arc::new(Gateway { answer: Err(gone.clone()), asked: Mutex::default() });
    let refused = ready(client(&absent).checkpoint(&mut light, START));
    assert_eq!(refused, Err(ClientError::Http(gone)));
}

#[test]
fn reads_the_newest_checkpoint_and_anchors() {
    let mut network = with_did();
    let mut light = LightClient::new(network.key().clone());
    let signed = network.next_signed(START + MINUTE, 5);
    let body = json!({ "signed_header": b64(&signed.to_bytes()), "height": 1, "time_ms": START + MINUTE });
    let checkpoint = ready(client(&gateway(200, body.to_string())).checkpoint(&mut light, START)).unwrap();
    assert_eq!(checkpoint.height(), 1);
    assert_eq!(light.newest().unwrap().signed_header(), &signed);
    let anchors = gateway(200, signed.to_bytes());
    let (anchor, _) = ready(client(&anchors).anchor(&mut light, 5, START)).unwrap();
    assert_eq!(anchor, signed);
    assert_eq!(ready(client(&anchors).anchor(&mut light, 6, START)), Err(ClientError::Answer));
}

fn transaction() -> SignedTransaction {
    let next_key = public_key(2).thumbprint();
    let operation = Operation::RotateControl { new_key: public_key(1), next_key };
    let transaction =
        Transaction { network: [1; 32], author: ISSUER, nonce: 1, expires_at_ms: START, operation };
    transaction.sign(&software_key(1)).unwrap()
}

#[test]
fn hands_in_exactly_the_signed_bytes() {
    let digest = hex(&transaction().digest());
    let signed = transaction();
    let gateway = gateway(200, json!({ "digest": digest, "height": 9 }).to_string());
    let submitted = ready(client(&gateway).submit(&signed, Wait::Final(3000))).unwrap();
    assert_eq!((submitted.digest, submitted.height), (signed.digest(), Some(9)));
    let asked = gateway.asked.lock().unwrap();
    assert_eq!(asked[0].url, "https://registry.example/v1/transactions?wait_ms=3000");
    let body: serde_json::Value = serde_json::from_slice(&asked[0].body).unwrap();
    assert_eq!(body["transaction"], json!(b64(&signed.to_bytes())));
}

#[test]
fn says_why_a_transaction_was_refused() {
    let refused = gateway(422, json!({ "error": "wrong_nonce", "message": "…" }).to_string());
    let result = ready(client(&refused).submit(&transaction(), Wait::No));
    assert_eq!(result, Err(SubmitError::Rejected(RejectReason::WrongNonce)));
    for body in [json!({ "error": "word_of_next_year" }), json!({})] {
        let result = ready(client(&gateway(422, body.to_string())).submit(&transaction(), Wait::No));
        assert_eq!(result, Err(SubmitError::Client(ClientError::Answer)));
    }
}

#[test]
fn refuses_a_receipt_for_another_transaction() {
    let other = gateway(202, json!({ "digest": hex(&[0; 32]) }).to_string());
    let result = ready(client(&other).submit(&transaction(), Wait::No));
    assert_eq!(result, Err(SubmitError::Client(ClientError::Answer)));
}

#[test]
fn reads_what_became_of_a_transaction() {
    for (body, state) in [
        (json!({ "state": "final", "height": 4 }), TransactionState::Final { height: 4 }),
        (json!({ "state": "pending" }), TransactionState::Pending),
        (json!({ "state": "unknown" }), TransactionState::Unknown),
    ] {
        let gateway = gateway(200, body.to_string());
        assert_eq!(ready(client(&gateway).transaction(&[0xab; 32])), Ok(state));
        let asked = gateway.asked.lock().unwrap();
        assert_eq!(asked[0].url, format!("https://registry.example/v1/transactions/{}", "ab".repeat(32)));
    }
}
