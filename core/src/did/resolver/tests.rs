use super::*;
use crate::{
    crypto::{Algorithm, Signer, testing},
    did::{Relationship, VerificationMethods},
    http::{HttpError, HttpFuture, HttpResponse},
    time::FixedClock,
};
use std::{
    pin::pin,
    task::{Context, Poll, Waker},
};

const DID: &str = "did:web:a.example";
const URL: &str = "https://a.example/.well-known/did.json";

/// A web of few addresses, which remembers what it was asked.
#[derive(Default)]
struct Table {
    answers: Mutex<BTreeMap<String, HttpResponse>>,
    asked: Mutex<Vec<String>>,
}

impl Table {
    fn put(&self, url: &str, status: u16, location: &str, body: &[u8]) {
        let headers = vec![("location".to_owned(), location.to_owned())];
        let answer = HttpResponse { status, headers, body: body.to_vec() };
        self.answers.lock().unwrap().insert(url.to_owned(), answer);
    }

    fn asked(&self) -> usize {
        self.asked.lock().unwrap().len()
    }
}

impl HttpTransport for Table {
    fn send(&self, request: HttpRequest) -> HttpFuture<'_> {
        self.asked.lock().unwrap().push(request.url.clone());
        let answer = self.answers.lock().unwrap().get(&request.url).cloned();
        Box::pin(async move {
            answer.ok_or(HttpError::Unreachable { host: "a.example".into(), reason: "nobody".into() })
        })
    }
}

fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("an answer that does not come"),
    }
}

fn setup(options: ResolverOptions) -> (Arc<Table>, Arc<FixedClock>, Resolver) {
    let (table, clock) = (Arc::new(Table::default()), Arc::new(FixedClock::new(1_000_000)));
    let resolver = Resolver::new(table.clone(), clock.clone(), options);
    (table, clock, resolver)
}

fn document(did: &str) -> Vec<u8> {
    let key = testing::key(Algorithm::Es256, 1);
    let document = Document::new(did).with_key("a", key.verifying_key(), &[Relationship::AssertionMethod]);
    serde_json::to_vec(&document.json()).unwrap()
}

fn resolve(resolver: &Resolver, did: &str) -> Result<Resolution, ResolveError> {
    ready(resolver.resolve(did, None))
}

#[test]
fn a_document_is_kept_for_a_while_and_then_fetched_again() {
    let (table, clock, resolver) = setup(ResolverOptions::default());
    table.put(URL, 200, "", &document(DID));
    for _ in 0..3 {
        assert_eq!(resolve(&resolver, DID).unwrap().document.unwrap().id, DID);
    }
    assert_eq!(table.asked(), 1);
    clock.advance(ResolverOptions::default().keep_ms);
    assert!(resolve(&resolver, DID).is_ok());
    assert_eq!(table.asked(), 2);
}

#[test]
fn no_more_is_kept_than_allowed_and_no_failure_at_all() {
    let (table, _, resolver) = setup(ResolverOptions { max_kept: 2, ..ResolverOptions::default() });
    for name in ["a", "b", "c", "d"] {
        let did = format!("did:web:{name}.example");
        table.put(&format!("https://{name}.example/.well-known/did.json"), 200, "", &document(&did));
        assert!(resolve(&resolver, &did).is_ok());
    }
    assert_eq!(resolver.kept().len(), 2);
    table.put("https://e.example/.well-known/did.json", 404, "", b"");
    for _ in 0..2 {
        assert_eq!(resolve(&resolver, "did:web:e.example"), Err(ResolveError::NotFound));
    }
    assert_eq!(table.asked(), 6);
}

#[test]
fn refuses_what_is_too_large_of_another_or_no_document() {
    let (table, _, resolver) = setup(ResolverOptions::default());
    let answer = |body: &[u8]| {
        table.put(URL, 200, "", body);
        resolve(&resolver, DID).unwrap_err()
    };
    let limit = MAX_DOCUMENT;
    assert_eq!(answer(&vec![b' '; MAX_DOCUMENT + 1]), HttpError::TooLarge { limit }.into());
    assert_eq!(answer(&document("did:web:b.example")), crate::did::DocumentError::OtherId.into());
    assert_eq!(answer(b"<html>"), crate::did::DocumentError::NotJson.into());
    table.put(URL, 500, "", b"");
    assert_eq!(resolve(&resolver, DID), Err(ResolveError::Status { status: 500 }));
}

#[test]
fn three_redirects_to_named_hosts_over_https_are_followed() {
    let (table, _, resolver) = setup(ResolverOptions::default());
    table.put(URL, 302, "/1", b"");
    table.put("https://a.example/1", 307, "https://b.example:8443/2?x", b"");
    table.put("https://b.example:8443/2?x", 301, "https://c.example/3", b"");
    table.put("https://c.example/3", 200, "", &document(DID));
    assert!(resolve(&resolver, DID).is_ok());
    let (table, _, resolver) = setup(ResolverOptions::default());
    table.put(URL, 302, URL, b"");
    assert_eq!(resolve(&resolver, DID), Err(ResolveError::Redirect));
    assert_eq!(table.asked(), 4);
}

#[test]
fn refuses_redirects_that_lead_elsewhere() {
    for location in [
        "",
        "http://a.example/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://u@a.example/",
        "//b.example/",
        "https://a.example:0/",
        "ftp://a.example/",
        "https://2130706433/",
        "https://a.example/\\x",
        "relative",
    ] {
        let (table, _, resolver) = setup(ResolverOptions::default());
        table.put(URL, 302, location, b"");
        assert_eq!(resolve(&resolver, DID), Err(ResolveError::Redirect), "{location}");
        assert_eq!(table.asked(), 1);
    }
}

#[test]
fn methods_of_several_dids_are_resolved_together() {
    let (table, _, resolver) = setup(ResolverOptions::default());
    table.put(URL, 200, "", &document(DID));
    table.put("https://b.example/.well-known/did.json", 404, "", b"");
    let methods = [format!("{DID}#a"), "did:web:b.example#a".into(), "did:other:x#a".into()];
    let resolved = ready(resolver.resolve_methods(&methods, None)).unwrap();
    assert!(resolved.key(&methods[0], Relationship::AssertionMethod).is_ok());
    let missing = resolved.key(&methods[1], Relationship::AssertionMethod);
    assert_eq!(missing, Err(MethodError::NotResolved));
    assert!(ready(resolver.resolve_methods(&["did:web:c.example#a".into()], None)).is_err());
}

#[test]
fn a_deactivated_webvh_gives_no_document_of_any_version() {
    use crate::did::webvh::{Change, append, create, urls};
    let key = testing::key(Algorithm::Ed25519, 1);
    let members = |value: serde_json::Value| value.as_object().unwrap().clone();
    let first = Change {
        parameters: members(
            serde_json::json!({ "updateKeys": [crate::did::key::multibase(key.verifying_key())] }),
        ),
        state: Some(members(serde_json::json!({ "id": "did:webvh:{SCID}:a.example" }))),
    };
    let first = create(first, &key, 1000).unwrap();
    let did = format!("did:webvh:{}:a.example", first.scid.unwrap());
    let (table, clock, resolver) = setup(ResolverOptions::default());
    let url = urls(&did).unwrap().0;
    table.put(&url, 200, "", first.line.as_bytes());
    let resolution = resolve(&resolver, &did).unwrap();
    assert_eq!(resolution.metadata.version_id, Some(first.version_id.clone()));
    let log = UnverifiedLog::parse(first.line.as_bytes()).unwrap();
    let end = Change { parameters: members(serde_json::json!({ "deactivated": true })), state: None };
    let end = append(&log, end, &key, 5000).unwrap();
    table.put(&url, 200, "", format!("{}{}", first.line, end.line).as_bytes());
    clock.advance(ResolverOptions::default().keep_ms);
    for url in [did.clone(), format!("{did}?versionId={}", first.version_id)] {
        let resolution = resolve(&resolver, &url).unwrap();
        assert_eq!((resolution.document, resolution.metadata.deactivated), (None, true));
    }
}

#[test]
fn methods_that_are_not_known_are_not_supported() {
    let (table, _, resolver) = setup(ResolverOptions::default());
    let yufu = "did:yufu:town:1111111111111111111114oLvT2";
    for did in ["did:ethr:0xb9c5714089478a327f09197987f16f9e5d936e8a", yufu] {
        assert_eq!(resolve(&resolver, did), Err(ResolveError::MethodNotSupported));
    }
    assert_eq!(resolve(&resolver, "did:web:127.0.0.1"), Err(ResolveError::InvalidDid));
    assert_eq!(table.asked(), 0);
}
