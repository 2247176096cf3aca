//! An agency and a registry behind a table-driven transport: real keys, signatures, trees and
//! certificates, no socket.

mod issue;

pub(super) use issue::enlarge;

use super::*;
use crate::{
    FixedClock, SystemRandom,
    credential::{
        Format,
        types::{LAND_TITLE, RESIDENT_ID, ShippedType},
    },
    crypto::{Algorithm, Digest, Signer, SoftwareKey, VerifyingKey, sha256, testing},
    did::yufu::{IssuerId, YufuDid},
    http::{HttpError, HttpFuture, HttpRequest, HttpResponse, HttpTransport},
    issuance::{
        issuer::{NonceUse, ProofPolicy, verify_proofs},
        request::{CredentialRequest, CredentialResponse},
        token::TokenRequest,
    },
    jose::UnverifiedJws,
    registry::{
        Accreditation, Compromise, DidRecord, Grant, GrantRevocation, Header, IssuedRecord, Record,
        RecordKey, Service, SignedHeader, StatusEncoding, test_network::TestNetwork,
    },
    status::{self, ListContext, StatusArray, chunk::ChunkTree, issued::IssuedTree},
    time::{Clock, DAY, start_of_day},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard},
    task::{Context, Poll, Waker},
};

/// A morning in November 2026.
pub(super) const NOW_MS: u64 = 1_795_420_800_000 + 9 * 3_600_000;
pub(super) const ISSUER_URL: &str = "https://residents.example";
pub(super) const REGISTRY_URL: &str = "https://registry.example";
pub(super) const TX_CODE: &str = "493536";
const CONFIGURATION: &str = "on-offer";
pub(super) const PASSPHRASE: &str = "correct horse battery staple";
/// A value that must not be found in any file.
pub(super) const FAMILY_NAME: &str = "Ouyang-Unmistakable";
/// The area of the home in every land title.
pub(super) const AREA: &str = "89.40";
const LIST: u32 = 7;
const FILLER_KEY: [u8; 32] = [9; 32];

/// What the agency or the registry does wrong, on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mischief {
    None,
    AnotherHolder,
    KeyBinding,
    AnotherType,
    /// What was signed is changed afterwards.
    Changed,
    /// Somebody else signs in the name of the agency's key. W3C credentials alone.
    Forged,
    /// Somebody else signs the status list in the name of the agency's key. W3C credentials alone.
    ForgedList,
    /// Delivered in the other form than was offered. W3C credentials alone.
    AnotherForm,
    NoStatus,
    UnregisteredKey,
    AnotherIssuer,
    SameIndex,
    DifferentClaims,
    AlreadyExpired,
    NotYetValid,
    NoCredential,
}

/// The agency, the registry and the network between them and the wallet.
pub(super) struct Agency {
    pub(super) clock: Arc<FixedClock>,
    pub(super) state: Mutex<State>,
}

pub(super) struct State {
    pub(super) network: TestNetwork,
    pub(super) offline: bool,
    pub(super) mischief: Mischief,
    pub(super) grant: Grant,
    pub(super) array: StatusArray,
    /// What was issued: digest and holder by index.
    pub(super) issued: BTreeMap<u32, (Digest, VerifyingKey)>,
    /// Answers `GET /issued/…`.
    pub(super) tells_paths: bool,
    pub(super) requests: Vec<String>,
    /// The DID of the web by which credentials name the agency.
    pub(super) web_did: Option<String>,
    /// Documents at other addresses.
    pub(super) site: BTreeMap<String, Vec<u8>>,
    format: Format,
    shipped: &'static ShippedType,
    newest: Header,
    header: SignedHeader,
    tokens: BTreeMap<u32, String>,
    issued_at: BTreeMap<u32, Vec<(u64, Digest)>>,
    pub(super) key: SoftwareKey,
    pub(super) id: IssuerId,
    chain: Vec<Vec<u8>>,
    slot: u64,
    nonces: u32,
}

impl Agency {
    /// An agency that issues resident IDs as SD-JWT VC.
    pub(super) fn new() -> Arc<Self> {
        Self::of(Format::SdJwtVc)
    }

    /// An agency that issues in `format`: resident IDs, or land titles where it is one of the W3C data
    /// model.
    pub(super) fn of(format: Format) -> Arc<Self> {
        let shipped = if format == Format::SdJwtVc { &RESIDENT_ID } else { &LAND_TITLE };
        let (encoding, bits, size) = issue::list_shape(format);
        let clock = Arc::new(FixedClock::new(NOW_MS));
        let network = TestNetwork::new(1, 5, NOW_MS - 600_000);
        let control = testing::key(Algorithm::Ed25519, 1);
        let next_key = testing::key(Algorithm::Ed25519, 2).verifying_key().thumbprint();
        let id = IssuerId::from_inception(control.verifying_key(), &next_key);
        let key = testing::key(Algorithm::Es256, 3);
        let did = YufuDid::new("test", id).unwrap().to_string();
        let day = start_of_day(NOW_MS / 1000);
        let array = StatusArray::new_in(encoding, bits, size).unwrap();
        let grant = Grant {
            key: key.verifying_key().thumbprint(),
            key_valid_from: day - DAY,
            key_valid_to: day + 400 * DAY,
            key_revocation: None,
            name_zh: "示范市居民登记处".into(),
            name_en: "Model City Resident Register".into(),
            accredited_from: day - DAY,
            accredited_to: day + 400 * DAY,
            type_digest: sha256(&[shipped.document.as_bytes()]),
            encoding,
            bits,
            size,
            status_root: [0; 32],
            version: 0,
            published_at_ms: 0,
            valid_until: day + DAY,
        };
        let mut network = network;
        let record = DidRecord {
            version: 0,
            control_key: control.verifying_key().clone(),
            next_key,
            nonce: 1,
            also_known_as: Vec::new(),
            services: vec![Service { kind: "OpenID4VCI".into(), url: ISSUER_URL.into() }],
            registered_at_ms: NOW_MS - DAY * 1000,
            deactivated_at_ms: None,
            usage: crate::registry::Usage::default(),
        };
        network.trust.insert(&RecordKey::Did { issuer: id }, record.to_bytes());
        let newest = network.next_header(NOW_MS - 500_000, 1);
        let header = network.certify(&newest);
        let mut state = State {
            network,
            offline: false,
            mischief: Mischief::None,
            grant,
            array,
            issued: BTreeMap::new(),
            tells_paths: true,
            requests: Vec::new(),
            web_did: None,
            site: BTreeMap::new(),
            format,
            shipped,
            newest,
            header,
            tokens: BTreeMap::new(),
            issued_at: BTreeMap::new(),
            chain: vec![testing::leaf(&key, &did)],
            key,
            id,
            slot: 1,
            nonces: 0,
        };
        state.accredit();
        state.publish(NOW_MS - 400_000);
        Arc::new(Self { clock, state: Mutex::new(state) })
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    pub(super) fn offer(&self) -> String {
        let offer = json!({
            "credential_issuer": ISSUER_URL,
            "credential_configuration_ids": [CONFIGURATION],
            "grants": { "urn:ietf:params:oauth:grant-type:pre-authorized_code": {
                "pre-authorized_code": "code", "tx_code": { "length": 6 },
            } },
        });
        crate::issuance::offer::CredentialOffer::from_json(offer.to_string().as_bytes()).unwrap().link()
    }

    pub(super) fn config(self: &Arc<Self>, store: Arc<dyn Store>) -> WalletConfig {
        let random = Arc::new(SystemRandom::new());
        WalletConfig {
            keystore: Arc::new(SoftwareKeystore::new(store.clone(), random.clone())),
            store,
            transport: self.clone(),
            clock: self.clock.clone(),
            random,
            network_key: self.state().network.key().to_string(),
            registry_url: REGISTRY_URL.into(),
            copies: 3,
        }
    }

    pub(super) fn wallet(self: &Arc<Self>) -> Arc<Wallet> {
        Wallet::open(self.config(Arc::new(MemoryStore::new())), Some(PASSPHRASE)).unwrap()
    }

    /// A wallet that holds one resident ID.
    pub(super) fn wallet_with_credential(self: &Arc<Self>) -> (Arc<Wallet>, CredentialId) {
        let wallet = self.wallet();
        let accepted = self.accept(&wallet).unwrap();
        (wallet, accepted[0].id.clone())
    }

    pub(super) fn accept(&self, wallet: &Wallet) -> Result<Vec<Accepted>, WalletError> {
        let review = wait(wallet.review_offer(&self.offer()))?;
        wait(wallet.accept(&review, Some(TX_CODE)))
    }
}

impl State {
    fn accredit(&mut self) {
        let accreditation = Accreditation {
            accreditor: self.id,
            name_zh: self.grant.name_zh.clone(),
            name_en: self.grant.name_en.clone(),
            valid_from: self.grant.accredited_from,
            valid_to: self.grant.accredited_to,
            suspended_since: None,
            reinstated_from: None,
            withdrawn_at: None,
            max_open_lists: 4,
            open_lists: 1,
        };
        let key = self.accreditation_key();
        self.network.trust.insert(&key, accreditation.to_bytes());
    }

    pub(super) fn accreditation_key(&self) -> RecordKey {
        RecordKey::Accreditation { issuer: self.id, vct: self.shipped.vct.into() }
    }

    pub(super) fn grant_key(&self) -> RecordKey {
        RecordKey::Grant { issuer: self.id, vct: self.shipped.vct.into(), list: LIST }
    }

    pub(super) fn did_key(&self) -> RecordKey {
        RecordKey::Did { issuer: self.id }
    }

    pub(super) fn context(&self) -> ListContext {
        ListContext { issuer: self.id, list: LIST }
    }

    fn issued_pairs(&self) -> Vec<(u64, Digest)> {
        self.issued.iter().map(|(index, (digest, _))| (u64::from(*index), *digest)).collect()
    }

    /// Publishes the list as it is and anchors it, at `now_ms`.
    pub(super) fn publish(&mut self, now_ms: u64) {
        let version = if self.tokens.is_empty() { 0 } else { self.grant.version + 1 };
        let context = self.context();
        let pairs = self.issued_pairs();
        let tree = IssuedTree::with_issued(FILLER_KEY, &context, self.grant.size, &pairs).unwrap();
        self.grant.version = version;
        self.grant.published_at_ms = now_ms;
        self.grant.status_root = ChunkTree::build(&context, &self.array).root();
        let token = self.status_list(now_ms / 1000);
        self.tokens.insert(version, token);
        self.issued_at.insert(version, pairs);
        let record = IssuedRecord {
            issued_root: tree.root(),
            status_root: self.grant.status_root,
            published_at_ms: now_ms,
        };
        let key = RecordKey::Issued { issuer: self.id, list: LIST, version };
        self.network.records.insert(&key, record.to_bytes());
        let (key, value) = (self.grant_key(), self.grant.to_bytes());
        self.network.trust.insert(&key, value);
        self.anchor(now_ms);
    }

    /// The next anchor over the trees as they are.
    pub(super) fn anchor(&mut self, now_ms: u64) {
        self.slot += 1;
        self.newest = self.network.next_header(now_ms, self.slot);
        self.header = self.network.certify(&self.newest);
    }

    /// Lets the operators certify `other`, which is of the newest header's height, beside it.
    pub(super) fn contradict(&mut self) {
        let mut other = self.newest;
        other.body = [7; 32];
        self.header = self.network.certify(&other);
    }

    /// Sets the status of everything that was issued, and publishes it.
    pub(super) fn set_status(&mut self, value: u8, now_ms: u64) {
        for index in self.issued.keys().copied().collect::<Vec<_>>() {
            self.array.set(u64::from(index), value).unwrap();
        }
        self.publish(now_ms);
    }

    /// Writes the grant otherwise; it shows from the next anchor on.
    pub(super) fn regrant(&mut self, change: impl FnOnce(&mut crate::registry::Grant)) {
        change(&mut self.grant);
        let (key, value) = (self.grant_key(), self.grant.to_bytes());
        self.network.trust.insert(&key, value);
    }

    /// Revokes the key as compromised since `since_ms`, as the registry's rule does it.
    pub(super) fn compromise(&mut self, since_ms: u64, now_ms: u64) {
        let before = (0..=self.grant.version).rev().find_map(|version| {
            let key = RecordKey::Issued { issuer: self.id, list: LIST, version };
            let record = IssuedRecord::from_bytes(self.network.records.get(&key)?).unwrap();
            (record.published_at_ms < since_ms).then_some(record.issued_root)
        });
        let compromised = Some(Compromise { since: since_ms, issued_root: before.unwrap() });
        self.grant.key_revocation = Some(GrantRevocation { at_ms: now_ms, compromised });
        self.publish(now_ms);
    }

    fn answer(&mut self, request: &HttpRequest, now: u64) -> HttpResponse {
        if let Some(path) = request.url.strip_prefix(REGISTRY_URL) {
            return self.registry(path);
        }
        if let Some(document) = self.site.get(&request.url) {
            return response(200, document.clone());
        }
        let path = request.url.strip_prefix(ISSUER_URL).unwrap_or_default();
        match path.trim_start_matches('/').split('/').collect::<Vec<_>>().as_slice() {
            [".well-known", "openid-credential-issuer"] => ok(&self.metadata()),
            [".well-known", "oauth-authorization-server"] => ok(&json!({
                "issuer": ISSUER_URL,
                "token_endpoint": format!("{ISSUER_URL}/token"),
                "grant_types_supported": ["urn:ietf:params:oauth:grant-type:pre-authorized_code"],
                "pre-authorized_grant_anonymous_access_supported": true,
            })),
            ["token"] => match TokenRequest::from_form(&request.body) {
                Ok(token) if token.tx_code.as_deref() == Some(TX_CODE) => {
                    ok(&json!({ "access_token": "token", "token_type": "Bearer", "expires_in": 300 }))
                }
                Ok(_) => refuse(&json!({ "error": "invalid_grant" })),
                Err(error) => refuse(&serde_json::to_value(error).unwrap()),
            },
            ["nonce"] => {
                self.nonces += 1;
                ok(&json!({ "c_nonce": format!("nonce-{}", self.nonces) }))
            }
            ["credential"] => self.credential(&request.body, now),
            ["status", _, version] => {
                let token = version.parse().ok().and_then(|version: u32| self.tokens.get(&version));
                token.map_or_else(|| response(404, Vec::new()), |token| response(200, token.clone().into()))
            }
            ["issued", _, version, index] => self.path(request, version, index),
            _ => response(404, Vec::new()),
        }
    }

    fn metadata(&self) -> Value {
        json!({
            "credential_issuer": ISSUER_URL,
            "did": YufuDid::new("test", self.id).unwrap().to_string(),
            "credential_endpoint": format!("{ISSUER_URL}/credential"),
            "nonce_endpoint": format!("{ISSUER_URL}/nonce"),
            "batch_credential_issuance": { "batch_size": 32 },
            "display": [{ "name": "Residents, by its own word", "locale": "en" }],
            "credential_configurations_supported": { CONFIGURATION: self.configuration() },
        })
    }

    fn registry(&self, path: &str) -> HttpResponse {
        let signed_header = URL_SAFE_NO_PAD.encode(self.header.to_bytes());
        if path == "/v1/checkpoint" {
            return ok(&json!({ "signed_header": signed_header, "height": 1, "time_ms": 1 }));
        }
        let key = path.strip_prefix("/v1/records/").unwrap_or_default();
        let Ok(key) = key.trim_end_matches("?at=latest").parse::<RecordKey>() else {
            return response(404, Vec::new());
        };
        let tree = match key.tree() {
            crate::registry::Tree::Trust => &self.network.trust,
            crate::registry::Tree::Records => &self.network.records,
        };
        ok(&json!({
            "value": tree.get(&key).map(|value| URL_SAFE_NO_PAD.encode(value)),
            "proof": URL_SAFE_NO_PAD.encode(tree.prove(&key).to_bytes()),
            "signed_header": signed_header,
        }))
    }

    fn credential(&mut self, body: &[u8], now: u64) -> HttpResponse {
        let request = CredentialRequest::from_json(body).unwrap();
        let policy =
            ProofPolicy { audience: ISSUER_URL, batch_size: 32, algorithms: &[Algorithm::Es256], now };
        let proofs = verify_proofs(&request.proofs.unwrap(), &policy).unwrap();
        let fresh = proofs.nonce() == format!("nonce-{}", self.nonces);
        let keys = proofs.into_keys(if fresh { NonceUse::Fresh } else { NonceUse::Stale }).unwrap();
        let mut credentials = Vec::new();
        for (copy, key) in (0..).zip(&keys) {
            credentials.push(self.issue(copy, key, now));
        }
        if self.mischief == Mischief::NoCredential {
            credentials.clear();
        }
        ok(&serde_json::to_value(CredentialResponse::of(credentials)).unwrap())
    }

    fn path(&self, request: &HttpRequest, version: &str, index: &str) -> HttpResponse {
        let (version, index): (u32, u32) = (version.parse().unwrap(), index.parse().unwrap());
        let header = request.headers.iter().find(|(name, _)| name == "authorization").unwrap();
        let jws = UnverifiedJws::parse(header.1.strip_prefix("Holder ").unwrap(), 4096).unwrap();
        let claims = jws.verify(&self.issued[&index].1).unwrap();
        assert_eq!(jws.typ(), Some("yufu-issued+jwt"));
        assert_eq!(claims["htu"], Value::from(request.url.as_str()));
        if !self.tells_paths {
            return response(503, Vec::new());
        }
        let pairs = &self.issued_at[&version];
        let tree = IssuedTree::with_issued(FILLER_KEY, &self.context(), self.grant.size, pairs).unwrap();
        response(200, tree.path(u64::from(index)).unwrap())
    }
}

impl HttpTransport for Agency {
    fn send(&self, request: HttpRequest) -> HttpFuture<'_> {
        let now = self.clock.now();
        let mut state = self.state();
        state.requests.push(request.url.clone());
        let answer = if state.offline {
            Err(HttpError::Unreachable { host: "example".into(), reason: "no network".into() })
        } else {
            Ok(state.answer(&request, now))
        };
        Box::pin(std::future::ready(answer))
    }
}

/// Runs a future whose every answer is there at once.
pub(super) fn wait<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("the table-driven transport never makes anybody wait"),
    }
}

fn ok(body: &Value) -> HttpResponse {
    response(200, body.to_string().into_bytes())
}

fn refuse(body: &Value) -> HttpResponse {
    response(400, body.to_string().into_bytes())
}

fn response(status: u16, body: Vec<u8>) -> HttpResponse {
    HttpResponse { status, headers: vec![("content-type".into(), "application/json".into())], body }
}

/// The values of statuses, so that tests read as sentences.
pub(super) const REVOKED: u8 = status::INVALID;
