use super::*;
use crate::{
    crypto::{Algorithm, Signer, testing},
    did::{
        ResolverOptions, key,
        webvh::{Change, create, urls},
        yufu::IssuerId,
    },
    http::{HttpError, HttpFuture, HttpRequest, HttpResponse, HttpTransport},
    registry::{
        KeyPurpose, KeyRevocation, LightClient, Record, RevocationReason, client::RegistryClient,
        test_network::TestNetwork,
    },
    time::FixedClock,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::json;
use std::{
    collections::BTreeMap,
    pin::pin,
    sync::{Arc, Mutex},
    task::{Context, Poll, Waker},
};

const NOW_MS: u64 = 1_795_392_000_000;
const NOW: u64 = NOW_MS / 1000;
const WEB: &str = "did:web:land.example";
const WEB_URL: &str = "https://land.example/.well-known/did.json";
const GATEWAY: &str = "https://registry.example";
const ID: IssuerId = IssuerId([7; 20]);

/// An agency's web site and a gateway of the registry.
struct World {
    network: Mutex<TestNetwork>,
    site: Mutex<BTreeMap<String, Vec<u8>>>,
}

impl HttpTransport for World {
    fn send(&self, request: HttpRequest) -> HttpFuture<'_> {
        let body = match request.url.strip_prefix(&format!("{GATEWAY}/v1/records/")) {
            Some(name) => Some(self.record(name.trim_end_matches("?at=latest"))),
            None => self.site.lock().unwrap().get(&request.url).cloned(),
        };
        let unreachable = HttpError::Unreachable { host: "land.example".into(), reason: "nobody".into() };
        let answer = body.map(|body| HttpResponse { status: 200, headers: Vec::new(), body });
        Box::pin(async move { answer.ok_or(unreachable) })
    }
}

impl World {
    fn record(&self, name: &str) -> Vec<u8> {
        let (key, mut network) = (name.parse::<RecordKey>().unwrap(), self.network.lock().unwrap());
        let signed = network.next_signed(NOW_MS, 0);
        let answer = json!({
            "value": network.trust.get(&key).map(|value| URL_SAFE_NO_PAD.encode(value)),
            "proof": URL_SAFE_NO_PAD.encode(network.trust.prove(&key).to_bytes()),
            "signed_header": URL_SAFE_NO_PAD.encode(signed.to_bytes()),
        });
        answer.to_string().into_bytes()
    }

    fn put_record(&self, key: &RecordKey, record: &impl Record) {
        self.network.lock().unwrap().trust.insert(key, record.to_bytes());
    }

    fn put_did(&self, record: &DidRecord) {
        self.put_record(&RecordKey::Did { issuer: ID }, record);
    }

    fn put_key(&self, record: &KeyRecord) {
        self.put_record(&RecordKey::Key { issuer: ID, thumbprint: record.key.thumbprint() }, record);
    }

    fn serve(&self, document: &Document) {
        let body = serde_json::to_vec(&document.json()).unwrap();
        self.site.lock().unwrap().insert(WEB_URL.into(), body);
    }

    fn bound(self: &Arc<Self>, url: &str) -> Result<BoundIssuer, BindingError> {
        let clock = Arc::new(FixedClock::new(NOW_MS));
        let resolver = Resolver::new(self.clone(), clock, ResolverOptions::default());
        let gateway = RegistryClient::new(self.clone(), GATEWAY);
        let mut light = LightClient::new(self.network.lock().unwrap().key().clone());
        let mut registry = Registry { network: "town", gateway: &gateway, light: &mut light };
        match pin!(resolver.bound_issuer(url, &mut registry)).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(answer) => answer,
            Poll::Pending => panic!("an answer that does not come"),
        }
    }
}

fn yufu() -> YufuDid {
    YufuDid::new("town", ID).unwrap()
}

fn record() -> DidRecord {
    DidRecord {
        version: 2,
        control_key: testing::key(Algorithm::Es256, 1).verifying_key().clone(),
        next_key: [7; 32],
        nonce: 1,
        also_known_as: vec![WEB.into()],
        services: Vec::new(),
        registered_at_ms: 1,
        deactivated_at_ms: None,
        usage: crate::registry::Usage::default(),
    }
}

fn key_record() -> KeyRecord {
    KeyRecord {
        key: testing::key(Algorithm::Es256, 2).verifying_key().clone(),
        purpose: KeyPurpose::Credential,
        valid_from: NOW - 100,
        valid_to: NOW + 100,
        active_from: NOW - 50,
        revocation: None,
    }
}

fn document() -> Document {
    let mut document = Document::new(WEB);
    document.also_known_as.push(yufu().to_string());
    document.with_key("a", &key_record().key, &[Relationship::AssertionMethod])
}

/// The town with one agency, whose two DIDs name each other.
fn world() -> Arc<World> {
    let network = TestNetwork::new(4, 1, NOW_MS - 60_000);
    let world = Arc::new(World { network: Mutex::new(network), site: Mutex::default() });
    world.put_did(&record());
    world.put_key(&key_record());
    world.serve(&document());
    world
}

#[test]
fn a_did_and_a_record_that_name_each_other_are_one_issuer() {
    let bound = world().bound(WEB).unwrap();
    assert_eq!((bound.did, bound.key), (yufu(), None));
    assert_eq!(bound.resolution.document.unwrap().id, WEB);
}

#[test]
fn refuses_a_did_that_the_record_does_not_list() {
    let world = world();
    world.put_did(&DidRecord { also_known_as: vec!["did:web:other.example".into()], ..record() });
    assert_eq!(world.bound(WEB), Err(BindingError::NotListed(yufu())));
}

#[test]
fn refuses_a_document_that_names_no_issuer_of_this_registry() {
    let world = world();
    let elsewhere = YufuDid::new("city", ID).unwrap().to_string();
    for names in [vec![], vec![elsewhere], vec!["https://land.example".into()]] {
        let mut document = document();
        document.also_known_as = names;
        world.serve(&document);
        assert_eq!(world.bound(WEB), Err(BindingError::NamesNone));
    }
}

#[test]
fn refuses_a_document_that_names_two_issuers() {
    let world = world();
    let mut document = document();
    document.also_known_as.push(YufuDid::new("town", IssuerId([8; 20])).unwrap().to_string());
    world.serve(&document);
    assert_eq!(world.bound(WEB), Err(BindingError::NamesSeveral));
}

#[test]
fn refuses_an_issuer_that_the_registry_does_not_have_or_no_longer() {
    let world = world();
    world.put_did(&DidRecord { deactivated_at_ms: Some(NOW_MS), ..record() });
    assert_eq!(world.bound(WEB), Err(BindingError::RecordEnded(yufu())));
    world.network.lock().unwrap().trust.remove(&RecordKey::Did { issuer: ID });
    assert_eq!(world.bound(WEB), Err(BindingError::NoRecord(yufu())));
}

#[test]
fn a_key_counts_when_the_document_and_the_registry_have_it() {
    let world = world();
    let method = format!("{WEB}#a");
    assert_eq!(world.bound(&method).unwrap().key, Some(PublicKey::from(&key_record().key)));
    let unknown = world.bound(&format!("{WEB}#b"));
    assert_eq!(unknown, Err(BindingError::Method(MethodError::Unknown)));
}

#[test]
fn refuses_a_key_that_a_thief_of_the_web_site_added() {
    let world = world();
    let thief = testing::key(Algorithm::Es256, 66);
    world.serve(&document().with_key("b", thief.verifying_key(), &[Relationship::AssertionMethod]));
    assert!(world.bound(&format!("{WEB}#a")).is_ok());
    assert_eq!(world.bound(&format!("{WEB}#b")), Err(BindingError::KeyNotRegistered));
}

#[test]
fn refuses_a_key_that_the_registry_has_for_something_else_or_not_now() {
    let world = world();
    let revocation =
        KeyRevocation { at_ms: NOW_MS, reason: RevocationReason::Superseded, compromised_since: None };
    for record in [
        KeyRecord { purpose: KeyPurpose::Request, ..key_record() },
        KeyRecord { valid_to: NOW, ..key_record() },
        KeyRecord { active_from: NOW + 1, ..key_record() },
        KeyRecord { revocation: Some(revocation), ..key_record() },
    ] {
        world.put_key(&record);
        assert_eq!(world.bound(&format!("{WEB}#a")), Err(BindingError::KeyNotRegistered));
    }
}

#[test]
fn a_webvh_is_bound_by_the_newest_document_of_its_log() {
    let world = world();
    let signer = testing::key(Algorithm::Ed25519, 1);
    let members = |value: serde_json::Value| value.as_object().unwrap().clone();
    let first = Change {
        parameters: members(json!({ "updateKeys": [key::multibase(signer.verifying_key())] })),
        state: Some(members(
            json!({ "id": "did:webvh:{SCID}:land.example", "alsoKnownAs": [yufu().to_string()] }),
        )),
    };
    let first = create(first, &signer, NOW_MS - 1000).unwrap();
    let did = format!("did:webvh:{}:land.example", first.scid.unwrap());
    world.site.lock().unwrap().insert(urls(&did).unwrap().0, first.line.into_bytes());
    assert_eq!(world.bound(&did), Err(BindingError::NotListed(yufu())));
    world.put_did(&DidRecord { also_known_as: vec![WEB.into(), did.clone()], ..record() });
    assert_eq!(world.bound(&did).unwrap().did, yufu());
    let old = world.bound(&format!("{did}?versionNumber=1"));
    assert_eq!(old, Err(BindingError::Resolve(ResolveError::InvalidOptions)));
}

#[test]
fn what_cannot_be_asked_is_not_known_rather_than_not_bound() {
    let world = world();
    world.site.lock().unwrap().clear();
    assert!(matches!(world.bound(WEB), Err(BindingError::Resolve(ResolveError::Http(_)))));
    assert_eq!(
        world.bound("did:key:zDnaerDaTF5BXEavCrfRZEk316dpbLsfPDZ3WJ5hRTPFU2169"),
        Err(BindingError::OtherMethod)
    );
    assert_eq!(world.bound(&yufu().to_string()), Err(BindingError::OtherMethod));
}
