//! What unit tests share: folders, and an agency whose registry takes everything at once. What a real
//! registry does is tested where there is one.

use crate::{
    config::{Config, CredentialConfig, IssuerName, KeysConfig, Names, PkiConfig, RegistryConfig},
    db::{
        Database, DbError,
        keys::{self, Role},
        lists, outbox, set_setting,
    },
    identity::{self, Signers},
    keys::KeyFiles,
    nonce::Nonces,
    offers::{self, Offer, OfferRequest},
    pki, register,
    service::Service,
    types,
    web_did::WebDids,
    worker::publish::Publisher,
};
use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Request, StatusCode},
};
use serde_json::{Value, json};
use std::{
    path::PathBuf,
    sync::{Arc, LazyLock, atomic::AtomicBool},
};
use tower::ServiceExt;
use yufu_core::{
    FixedClock, Random, SystemRandom,
    credential::Format,
    crypto::{Algorithm, SoftwareKey},
    issuance::{offer::OfferLink, proof, token::TokenRequest},
    registry::Operation,
};

/// 20 November 2026, 12:00 UTC.
pub(crate) const NOW: u64 = 1_795_176_000;
pub(crate) const URL: &str = "https://issuer.example/residents";
pub(crate) const ID: &str = "resident-id";
pub(crate) const LICENCE: &str = "driving-licence";
pub(crate) const TITLE: &str = "land-title";
pub(crate) const TITLE_JWT: &str = "land-title-jwt";

/// Drawn once for all tests.
static RESIDENTS: LazyLock<Vec<register::Resident>> =
    LazyLock::new(|| register::synthetic(10, 5, NOW, &mut |_| {}).unwrap());

/// A folder of this test's own, empty.
pub(crate) fn scratch(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("yufu-issuer-{}-{name}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// An agency with ten residents and an open list for each credential.
pub(crate) struct Agency {
    pub(crate) service: Arc<Service>,
    pub(crate) clock: Arc<FixedClock>,
    pub(crate) residents: Vec<register::Resident>,
    pub(crate) public: Router,
    pub(crate) clerks: Router,
}

/// An answer, whole.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    /// Status and OAuth error code.
    pub(crate) fn refusal(&self) -> (u16, String) {
        (self.status.as_u16(), self.json()["error"].as_str().unwrap_or_default().to_owned())
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

fn credential(id: &str, at: usize, format: Format) -> CredentialConfig {
    let vct = yufu_core::credential::types::shipped()[at].vct.into();
    CredentialConfig { id: id.into(), vct, format, lifetime_days: 14, issuer: IssuerName::Yufu }
}

pub(crate) fn config(folder: &std::path::Path) -> Config {
    let credential = |id, at| credential(id, at, Format::SdJwtVc);
    Config {
        name: Names { en: "Residents Agency".into(), zh: "居民署".into() },
        listen: ([127, 0, 0, 1], 0).into(),
        admin: ([127, 0, 0, 1], 0).into(),
        url: Some(URL.into()),
        data: folder.join("data"),
        registry: RegistryConfig { url: String::new(), network_key: String::new(), root_certificate: None },
        keys: KeysConfig { unencrypted: true, ..KeysConfig::default() },
        pki: PkiConfig { root: folder.join("pki"), keys: None, backdate_days: 1, lifetime_days: 365 },
        tls: None,
        credentials: vec![credential(ID, 0), credential(LICENCE, 1)],
        vc_api: None,
        web_dids: Vec::new(),
        offer_lifetime_s: 600,
        status_lifetime_s: 86_400,
    }
}

impl Agency {
    pub(crate) async fn new(name: &str) -> Self {
        let folder = scratch(name);
        let config = config(&folder);
        Self::founded(config).await
    }

    /// A land registry, which issues titles in both formats of the W3C data model.
    pub(crate) async fn of_land(name: &str) -> Self {
        Self::of_land_with(name, |config| config).await
    }

    /// A land registry with other settings.
    pub(crate) async fn of_land_with(name: &str, change: impl FnOnce(Config) -> Config) -> Self {
        let folder = scratch(name);
        let credentials = vec![credential(TITLE, 2, Format::LdpVc), credential(TITLE_JWT, 2, Format::VcJwt)];
        Self::founded(change(Config { credentials, ..config(&folder) })).await
    }

    async fn founded(config: Config) -> Self {
        let files = KeyFiles::new(&config.keys).unwrap();
        let random = Arc::new(SystemRandom::new());
        pki::create_root(&config.pki.root, "Root", NOW, 10, &files, random.as_ref()).unwrap();
        let db = Database::open(&config.database()).unwrap();
        identity::found(&config, &db, &files, "demo", NOW, random.as_ref()).unwrap();
        db.write(|c| set_setting(c, "url", URL.as_bytes())).unwrap();
        let residents = RESIDENTS.clone();
        register::import::commit(&db, residents.clone()).unwrap();
        let agency = Self::open(config, db, residents, NOW * 1000);
        agency.take_over();
        agency.open_lists().await;
        agency
    }

    /// The agency of a database, as it is after a restart.
    pub(crate) fn open(
        config: Config,
        db: Database,
        residents: Vec<register::Resident>,
        now_ms: u64,
    ) -> Self {
        let (db, clock) = (Arc::new(db), Arc::new(FixedClock::new(now_ms)));
        let random: Arc<dyn Random> = Arc::new(SystemRandom::new());
        let did = identity::did(&db).unwrap().unwrap();
        let signers = Arc::new(Signers::new(config.keys_folder(), KeyFiles::new(&config.keys).unwrap()));
        let publisher = Arc::new(Publisher::new(
            Arc::clone(&db),
            Arc::clone(&signers),
            clock.clone(),
            Arc::clone(&random),
            did.clone(),
            URL.into(),
            config.status_lifetime_s,
        ));
        publisher.set_cadence(10_000);
        let web_dids = WebDids::open(
            &config,
            URL,
            did.clone(),
            Arc::clone(&db),
            Arc::clone(&signers),
            clock.clone(),
            random.as_ref(),
        );
        let service = Arc::new(Service {
            web_dids: Arc::new(web_dids.unwrap()),
            config: Arc::new(config),
            db,
            clock: clock.clone(),
            nonces: Nonces::new(random.as_ref()).unwrap(),
            random,
            signers,
            publisher,
            did,
            url: URL.into(),
            ready: Arc::new(AtomicBool::new(true)),
            presses: std::sync::Mutex::default(),
        });
        let (public, clerks) =
            (crate::routes::router(Arc::clone(&service)), crate::admin::router(Arc::clone(&service)));
        Self { service, clock, residents, public, clerks }
    }

    /// Everything that the outbox wants to say has taken effect.
    pub(crate) fn take_over(&self) {
        let done: Result<(), DbError> = self.service.db.write(|c| {
            for key in keys::of_role(c, Role::Credential)? {
                keys::added(c, &key.thumbprint)?;
            }
            while let Some(entry) = outbox::head(c, u64::MAX >> 1)? {
                outbox::settle(c, entry.id, 1)?;
                match entry.operation {
                    Operation::OpenList { list, .. } => lists::publication_is_final(c, list, 0)?,
                    Operation::PublishStatus { list, version, .. } => {
                        lists::publication_is_final(c, list, version)?;
                    }
                    _ => {}
                }
            }
            Ok(())
        });
        done.unwrap();
    }

    /// Opens a list for each credential under the newest key.
    pub(crate) async fn open_lists(&self) {
        let key = identity::credential_keys(&self.service.db).unwrap().remove(0);
        for credential in &self.service.config.credentials {
            let number = self.service.db.read(lists::next_number).unwrap();
            let issuer = self.service.web_dids.issuer(credential.issuer);
            let kind = types::by_vct(&credential.vct).unwrap();
            self.service.publisher.open(number, credential, kind, &key, issuer).await.unwrap();
        }
        self.take_over();
    }

    /// Publishes what is due, with effect.
    pub(crate) async fn publish(&self) {
        self.clock.advance(10_000);
        self.service.publisher.publish_due().await.unwrap();
        self.take_over();
    }

    /// An adult with a driving licence.
    pub(crate) fn driver(&self) -> &register::Resident {
        self.residents.iter().find(|r| r.licence.is_some()).unwrap()
    }

    /// Somebody with a right to land.
    pub(crate) fn owner(&self) -> &register::Resident {
        self.residents.iter().find(|r| r.land.is_some()).unwrap()
    }

    pub(crate) fn now(&self) -> u64 {
        yufu_core::Clock::now(self.clock.as_ref())
    }

    pub(crate) fn offer(&self, resident: &str, configuration: &str) -> Offer {
        let request = OfferRequest {
            resident: resident.into(),
            configuration: configuration.into(),
            ..OfferRequest::default()
        };
        self.offer_as(&request)
    }

    pub(crate) fn offer_as(&self, request: &OfferRequest) -> Offer {
        let service = &self.service;
        offers::create(&service.config, &service.db, request, self.now(), service.random.as_ref()).unwrap()
    }

    pub(crate) async fn ask(&self, request: Request<Body>) -> Answer {
        Self::answer(&self.public, request).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.ask(Request::get(path).body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn clerk(&self, request: Request<Body>) -> Answer {
        Self::answer(&self.clerks, request).await
    }

    async fn answer(router: &Router, request: Request<Body>) -> Answer {
        let response = router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, 4 << 20).await.unwrap().to_vec();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    pub(crate) async fn token_with(&self, form: &str) -> Answer {
        let request = Request::post("/token").header("content-type", "application/x-www-form-urlencoded");
        self.ask(request.body(Body::from(form.to_owned())).unwrap()).await
    }

    pub(crate) async fn redeem(&self, offer: &Offer, tx_code: Option<&str>) -> Answer {
        let request =
            TokenRequest { pre_authorized_code: code_of(offer), tx_code: tx_code.map(str::to_owned) };
        self.token_with(&request.to_form()).await
    }

    /// A token for an offer to the first resident.
    pub(crate) async fn token(&self) -> String {
        let offer = self.offer(&self.residents[0].number, ID);
        let answer = self.redeem(&offer, Some(&offer.tx_code)).await;
        answer.json()["access_token"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn nonce(&self) -> String {
        let answer = self.ask(Request::post("/nonce").body(Body::empty()).unwrap()).await;
        answer.json()["c_nonce"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn credential(&self, token: &str, body: &Value) -> Answer {
        let request = Request::post("/credential")
            .header("content-type", "application/json")
            .header("authorization", format!("Bearer {token}"));
        self.ask(request.body(Body::from(body.to_string())).unwrap()).await
    }

    /// Asks for a copy for each key, as a wallet does.
    pub(crate) async fn issue(&self, token: &str, configuration: &str, holders: &[SoftwareKey]) -> Answer {
        let nonce = self.nonce().await;
        let proofs: Vec<_> =
            holders.iter().map(|key| proof::build(key, URL, &nonce, self.now()).unwrap()).collect();
        let body = json!({ "credential_configuration_id": configuration, "proofs": { "jwt": proofs } });
        self.credential(token, &body).await
    }
}

pub(crate) fn code_of(offer: &Offer) -> String {
    match yufu_core::issuance::offer::parse_offer(&offer.link).unwrap() {
        OfferLink::Value(offer) => offer.pre_authorized_code().unwrap().code.clone(),
        OfferLink::Reference(_) => panic!("an offer by value"),
    }
}

pub(crate) fn holders(count: usize) -> Vec<SoftwareKey> {
    let random = SystemRandom::new();
    (0..count).map(|_| SoftwareKey::generate(Algorithm::Es256, &random).unwrap()).collect()
}
