//! An agency against a real registry node: it registers, issues over HTTP, and database and registry
//! agree again after a crash anywhere.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::{
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};
use yufu_core::{
    Clock, SystemRandom,
    client::{ReqwestTransport, TransportOptions},
    credential::{
        Format,
        sd_jwt::UnverifiedSdJwt,
        types::{LAND_TITLE, RESIDENT_ID},
        w3c::{UnverifiedCredential, VerifyOptions},
    },
    crypto::{Algorithm, SoftwareKey, key_file, sha256},
    did::yufu::{IssuerId, NamedKeys},
    issuance::{holder::Issuance, offer::parse_offer, proof},
    registry::{
        DidRecord, KeyRecord, LightClient, Record, RecordKey, StatusEncoding, StatusListRecord,
        client::{At, RegistryClient},
    },
    status::{
        ListContext,
        bitstring::{ExpectedList, StatusList},
        chunk::ChunkTree,
    },
    time::{DAY, SystemClock, start_of_day},
};
use yufu_issuer::{
    Config, Issuer,
    config::{CredentialConfig, IssuerName, KeysConfig, Names, PkiConfig, RegistryConfig},
    db::{Database, lists},
    identity,
    keys::KeyFiles,
    offers::{self, OfferRequest},
    pki, register,
    status::{Change, change},
    worker::Worker,
};
use yufu_registry::{
    InitNetwork, Node, NodeConfig, Parameters, Settings,
    authority::{Accredit, Authority},
    init_network,
};

const CONFIG: &str = "YUFU_TEST_ISSUER_CONFIG";
const ID: &str = "resident-id";
/// One credential of each format, all in one agency.
const CREDENTIALS: [(&str, &str, Format); 3] = [
    (ID, RESIDENT_ID.vct, Format::SdJwtVc),
    ("land-title", LAND_TITLE.vct, Format::LdpVc),
    ("land-title-jwt", LAND_TITLE.vct, Format::VcJwt),
];

/// A registry of one validator with its authority, in a folder of its own.
struct Registry {
    folder: PathBuf,
    node: Node,
    authority: Authority,
    transport: Arc<ReqwestTransport>,
}

impl Registry {
    fn start(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("yufu-town-issuer-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        let parameters = Parameters { slot_ms: 1_000, publication_ms: 1_000, ..Parameters::demo() };
        let files = init_network(
            &InitNetwork {
                dir: folder.join("registry"),
                name: "demo".into(),
                validators: 1,
                authorities: 1,
                quorum: 1,
                parameters,
                http_port: 0,
                p2p_port: 0,
                passphrase: None,
            },
            &SystemRandom::new(),
            &SystemClock,
        )
        .unwrap();
        let settings = Settings::load(&files.validators[0]).unwrap();
        let node =
            Node::start(NodeConfig { settings, passphrase: None, clock: Arc::new(SystemClock) }).unwrap();
        let transport = Arc::new(ReqwestTransport::new(&TransportOptions::default()).unwrap());
        let text = std::fs::read_to_string(&files.authority.control_key).unwrap();
        let control = SoftwareKey::from_pkcs8(&key_file::read("did control", &text, None).unwrap()).unwrap();
        let authority = Authority::new(
            transport.clone(),
            &node.url(),
            files.network_key,
            files.authority.did.id,
            Arc::new(control),
            Arc::new(SystemClock),
        );
        Self { folder, node, authority, transport }
    }

    /// Settings of an agency of this registry; ports are free ones.
    fn agency(&self, url: Option<&str>) -> Config {
        let files = KeyFiles::new(&KeysConfig { unencrypted: true, ..KeysConfig::default() }).unwrap();
        let root = self.folder.join("pki");
        let now = SystemClock.now();
        if !root.exists() {
            pki::create_root(&root, "Test Root", now, 10, &files, &SystemRandom::new()).unwrap();
        }
        Config {
            name: Names { en: "Residents Agency".into(), zh: "居民署".into() },
            listen: ([127, 0, 0, 1], 0).into(),
            admin: ([127, 0, 0, 1], 0).into(),
            url: url.map(str::to_owned),
            data: self.folder.join("agency"),
            registry: RegistryConfig {
                url: self.node.url(),
                network_key: self.node.network_key().to_string(),
                root_certificate: None,
            },
            keys: KeysConfig { unencrypted: true, ..KeysConfig::default() },
            pki: PkiConfig { root, keys: None, backdate_days: 30, lifetime_days: 365 },
            tls: None,
            credentials: CREDENTIALS
                .map(|(id, vct, format)| CredentialConfig {
                    id: id.into(),
                    vct: vct.into(),
                    format,
                    lifetime_days: 14,
                    issuer: IssuerName::Yufu,
                })
                .into(),
            vc_api: None,
            web_dids: Vec::new(),
            offer_lifetime_s: 600,
            status_lifetime_s: 86_400,
        }
    }

    async fn accredit(&self, issuer: IssuerId) {
        let today = start_of_day(SystemClock.now());
        for vct in [RESIDENT_ID.vct, LAND_TITLE.vct] {
            if self.authority.accreditation(issuer, vct).await.unwrap().is_some() {
                continue;
            }
            let accredit = Accredit {
                issuer,
                vct: vct.into(),
                name_zh: "居民署".into(),
                name_en: "Residents Agency".into(),
                valid_from: today - 30 * DAY,
                valid_to: today + 365 * DAY,
                max_open_lists: 8,
            };
            self.authority.accredit(accredit).await.unwrap();
        }
    }

    async fn read<R: Record>(&self, key: &RecordKey) -> Option<R> {
        let mut light = LightClient::new(self.node.network_key().clone());
        let client = RegistryClient::new(self.transport.clone(), self.node.url());
        let record = client.record(&mut light, key, SystemClock.now_ms(), At::Latest).await.unwrap();
        record.value.map(|value| R::from_bytes(&value).unwrap())
    }

    /// Every list of the database stands on the registry as the database says, with the token that is
    /// served; gives their versions.
    async fn agrees(&self, db: &Database, issuer: IssuerId) -> Vec<u32> {
        let mut versions = Vec::new();
        for list in db.read(lists::all).unwrap() {
            let number = list.list;
            let known: StatusListRecord = self
                .read(&RecordKey::StatusList { issuer, list: number })
                .await
                .expect("the list is on the registry");
            let publication = db.read(|c| lists::final_publication(c, number, None)).unwrap().unwrap();
            assert_eq!(Some(known.version), list.version, "list {number}");
            assert_eq!(known.token_digest, sha256(&[publication.token.as_bytes()]), "list {number}");
            assert_eq!(known.status_root, publication.status_root);
            assert_eq!(known.issued_root, publication.issued_root);
            if list.format == Format::SdJwtVc {
                assert_eq!((known.encoding, known.bits), (StatusEncoding::Token, 2), "list {number}");
            } else {
                assert_eq!((known.encoding, known.bits), (StatusEncoding::Bitstring, 1), "list {number}");
                assert_eq!(known.purpose, "revocation");
                let context = ListContext { issuer, list: number };
                let array = read_list(&publication.token, &known.url).array(1).unwrap();
                assert_eq!(ChunkTree::build(&context, &array).root(), known.status_root, "list {number}");
            }
            versions.push(known.version);
        }
        versions
    }
}

/// A list of the W3C data model, verified as it would be by whoever fetched it.
fn read_list(text: &str, url: &str) -> StatusList {
    let parsed = if text.starts_with('{') {
        UnverifiedCredential::parse_json(text.as_bytes())
    } else {
        UnverifiedCredential::parse_jwt(text)
    };
    let now = SystemClock.now();
    let signed = parsed.unwrap().verify(&NamedKeys, &VerifyOptions { now }).unwrap();
    StatusList::read(&signed, &ExpectedList { list: url, issuer: signed.issuer(), now }).unwrap()
}

fn fill(db: &Database) -> Vec<register::Resident> {
    let residents = register::synthetic(3, 1, SystemClock.now(), &mut |_| {}).unwrap();
    register::commit(db, residents.clone()).unwrap();
    residents
}

/// Takes an offer as a wallet does and gives the copies.
async fn accept(registry: &Registry, issuer: &Issuer, resident: &str, copies: usize) -> Vec<String> {
    let request =
        OfferRequest { resident: resident.into(), configuration: ID.into(), ..OfferRequest::default() };
    let random = SystemRandom::new();
    let offer =
        offers::create(issuer.config(), issuer.database(), &request, SystemClock.now(), &random).unwrap();
    let http = registry.transport.as_ref();
    let issuance = Issuance::discover(http, parse_offer(&offer.link).unwrap()).await.unwrap();
    let token = issuance.token(http, Some(&offer.tx_code)).await.unwrap();
    let nonce = issuance.nonce(http).await.unwrap();
    let proofs = (0..copies).map(|_| {
        let key = SoftwareKey::generate(Algorithm::Es256, &random).unwrap();
        proof::build(&key, issuer.url(), &nonce, SystemClock.now()).unwrap()
    });
    issuance.request(http, &token, ID, proofs.collect()).await.unwrap()
}

async fn until<F: Future<Output = bool>>(what: &str, mut holds: impl FnMut() -> F) {
    let start = Instant::now();
    while !holds().await {
        assert!(start.elapsed() < Duration::from_secs(60), "waited a minute until {what}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agency_registers_issues_revokes_and_rotates_and_the_registry_agrees() {
    let registry = Registry::start("whole");
    let config = registry.agency(None);
    let issuer = Issuer::start(config.clone(), Arc::new(SystemClock)).await.unwrap();
    let residents = fill(issuer.database());
    issuer.registered().await;
    let id = issuer.did().id;
    let did: DidRecord = registry.read(&RecordKey::Did { issuer: id }).await.unwrap();
    assert_eq!(did.services[0].url, issuer.url());
    registry.accredit(id).await;
    issuer.issuing().await;

    let copies = accept(&registry, &issuer, &residents[0].number, 3).await;
    let signed = UnverifiedSdJwt::parse(&copies[0]).unwrap().verify().unwrap();
    let first_key = signed.leaf().key.thumbprint();
    let status = signed.status().unwrap().clone();
    let key: KeyRecord = registry
        .read(&RecordKey::Key { issuer: id, thumbprint: first_key })
        .await
        .expect("the key is registered");
    assert!(key.valid_from <= signed.iat() - 30 * DAY);

    let db = issuer.database();
    let list = status.list().unwrap();
    change(db, &residents[0].number, ID, Change::Revoke, SystemClock.now()).unwrap();
    let before: StatusListRecord = registry.read(&RecordKey::StatusList { issuer: id, list }).await.unwrap();
    until("the revocation is published", || async {
        let now: StatusListRecord = registry.read(&RecordKey::StatusList { issuer: id, list }).await.unwrap();
        now.version > before.version && now.status_root != before.status_root
    })
    .await;

    let files = KeyFiles::new(&config.keys).unwrap();
    let new = identity::rotate_key(&config, db, &files, SystemClock.now(), &SystemRandom::new()).unwrap();
    until("the new key has a list", || async {
        db.read(|c| lists::open_for(c, ID)).unwrap().is_some_and(|list| list.key == new)
    })
    .await;
    let copies = accept(&registry, &issuer, &residents[1].number, 1).await;
    let renewed = UnverifiedSdJwt::parse(&copies[0]).unwrap().verify().unwrap();
    assert_eq!(renewed.leaf().key.thumbprint(), new);
    assert_ne!(renewed.status().unwrap().list(), Some(list));

    let since = SystemClock.now_ms() - 1;
    identity::revoke_key(
        &config,
        db,
        &files,
        first_key,
        Some(since),
        SystemClock.now(),
        &SystemRandom::new(),
    )
    .unwrap();
    until("the old key is revoked", || async {
        let key: KeyRecord =
            registry.read(&RecordKey::Key { issuer: id, thumbprint: first_key }).await.unwrap();
        key.revocation.is_some_and(|revocation| revocation.compromised_since == Some(since))
    })
    .await;
    issuer.stop().await;
    settle(&registry, &config).await;
}

/// Lets the outbox come to rest, publishing nothing new, and compares.
async fn settle(registry: &Registry, config: &Config) -> Vec<u32> {
    let config =
        Config { url: Some(config.url.clone().unwrap_or("http://127.0.0.1:1".into())), ..config.clone() };
    let worker = Worker::open(config.clone(), Arc::new(SystemClock)).await.unwrap();
    let db = Database::open(&config.database()).unwrap();
    worker.drain().await.unwrap();
    drop(worker);
    let id = identity::did(&db).unwrap().unwrap().id;
    registry.agrees(&db, id).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_between_any_two_steps_is_made_good() {
    let registry = Registry::start("steps");
    let config = registry.agency(Some("http://127.0.0.1:1"));
    let mut accredited = false;
    let mut steps = 0;
    loop {
        // All that is in memory is lost after every single step.
        let worker = Worker::open(config.clone(), Arc::new(SystemClock)).await.unwrap();
        let moved = worker.step().await;
        drop(worker);
        steps += 1;
        if matches!(moved, Ok(false)) {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert!(steps < 1_500, "no end after {steps} steps: {moved:?}");
        let db = Database::open(&config.database()).unwrap();
        if !accredited && matches!(moved, Err(yufu_issuer::worker::WorkerError::NotAccredited(_))) {
            registry.accredit(identity::did(&db).unwrap().unwrap().id).await;
            accredited = true;
        }
        let lists = db.read(lists::all).unwrap();
        if lists.len() == CREDENTIALS.len() && lists.iter().all(|list| list.version >= Some(3)) {
            break;
        }
    }
    let versions = settle(&registry, &config).await;
    assert_eq!(
        versions.len(),
        CREDENTIALS.len(),
        "one list was opened of each format, not one for each crash"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_restored_from_a_backup_gives_up_its_lists_and_opens_fresh_ones() {
    let registry = Registry::start("backup");
    let config = registry.agency(Some("http://127.0.0.1:1"));
    let run = async |wanted: u32| {
        let worker = Worker::open(config.clone(), Arc::new(SystemClock)).await.unwrap();
        let db = Database::open(&config.database()).unwrap();
        for _ in 0..1_500 {
            if let Err(yufu_issuer::worker::WorkerError::NotAccredited(_)) = worker.step().await {
                registry.accredit(identity::did(&db).unwrap().unwrap().id).await;
            }
            let come = CREDENTIALS.iter().all(|(id, ..)| {
                let open = db.read(|c| lists::open_for(c, id)).unwrap();
                open.is_some_and(|list| list.version >= Some(wanted))
            });
            if come {
                worker.drain().await.unwrap();
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("never came to version {wanted}");
    };
    run(1).await;
    let backup = registry.folder.join("backup.db");
    let copy = rusqlite_backup(&config.database(), &backup);
    assert!(copy, "the backup was made");
    run(3).await;
    for end in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{end}", config.database().display()));
    }
    std::fs::copy(&backup, config.database()).unwrap();
    run(0).await;
    let db = Database::open(&config.database()).unwrap();
    let all = db.read(lists::all).unwrap();
    let states: Vec<_> = all.iter().map(|list| (list.list, list.state)).collect();
    let (detached, open) = (lists::ListState::Detached, lists::ListState::Open);
    assert_eq!(states, [(1, detached), (2, detached), (3, detached), (4, open), (5, open), (6, open)]);
    let formats: Vec<_> = all.iter().map(|list| list.format).collect();
    assert_eq!(formats[..3], formats[3..]);
}

/// A copy of a database that nobody writes now, its log folded in.
fn rusqlite_backup(from: &Path, to: &Path) -> bool {
    let db = Database::open(from).unwrap();
    db.checkpoint().unwrap();
    drop(db);
    std::fs::copy(from, to).is_ok()
}

/// The child of the test below; alone it does nothing.
#[test]
fn serve_until_killed() {
    let Ok(path) = std::env::var(CONFIG) else { return };
    let config: Config = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let _issuer = Issuer::start(config, Arc::new(SystemClock)).await.unwrap();
        std::future::pending::<()>().await;
    });
}

fn child(path: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "serve_until_killed", "--nocapture"])
        .env(CONFIG, path)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_again_and_again_the_service_comes_back_and_agrees() {
    let registry = Registry::start("killed");
    let config = registry.agency(Some("http://127.0.0.1:1"));
    let path = registry.folder.join("config.json");
    std::fs::write(&path, serde_json::to_vec(&config).unwrap()).unwrap();
    let mut accredited = false;
    for round in 0..12u64 {
        let mut child = child(&path);
        // From before it has started to well within its work, never at the same point.
        tokio::time::sleep(Duration::from_millis(150 + round * 137 % 1_100)).await;
        child.kill().unwrap();
        child.wait().unwrap();
        let db = Database::open(&config.database()).unwrap();
        if let (false, Some(did)) = (accredited, identity::did(&db).unwrap())
            && registry.read::<DidRecord>(&RecordKey::Did { issuer: did.id }).await.is_some()
        {
            registry.accredit(did.id).await;
            accredited = true;
        }
    }
    if !accredited {
        let mut last = child(&path);
        until("it is registered", || async {
            let db = Database::open(&config.database()).unwrap();
            let Some(did) = identity::did(&db).unwrap() else { return false };
            registry.read::<DidRecord>(&RecordKey::Did { issuer: did.id }).await.is_some()
        })
        .await;
        last.kill().unwrap();
        last.wait().unwrap();
        let db = Database::open(&config.database()).unwrap();
        registry.accredit(identity::did(&db).unwrap().unwrap().id).await;
    }
    let mut last = child(&path);
    until("a list of each format is open", || async {
        let db = Database::open(&config.database()).unwrap();
        CREDENTIALS.iter().all(|(id, ..)| {
            db.read(|c| lists::open_for(c, id)).unwrap().is_some_and(|list| list.version >= Some(2))
        })
    })
    .await;
    last.kill().unwrap();
    last.wait().unwrap();
    settle(&registry, &config).await;
}
