//! One agency's issuer, running: HTTP for wallets, a page for clerks, and the worker.

use crate::{
    admin,
    chain::{Chain, ChainError},
    config::{Config, ConfigError},
    db::{
        Database, DbError,
        keys::{self, Role},
        set_setting,
    },
    identity::{self, IdentityError, Signers},
    issue::Press,
    keys::{KeyFileError, KeyFiles},
    nonce::Nonces,
    routes,
    tls::{self, TlsError},
    types::{self, TypeError},
    vc_api::{self, VcApiAddress},
    web_did::{WebDidError, WebDids},
    worker::{
        Worker, WorkerError,
        outbox::{Outbox, REGISTERED},
        plan::Planner,
        policy,
        publish::Publisher,
    },
};
use std::{
    collections::HashMap,
    net::{SocketAddr, TcpListener},
    sync::{Arc, Mutex, atomic::AtomicBool},
    time::Duration,
};
use tokio::{sync::watch, task::JoinHandle};
use yufu_core::{
    Clock, Random, SystemRandom,
    crypto::Digest,
    did::yufu::YufuDid,
    random::RandomError,
    server::{FOR_A_FEW, FOR_THE_PUBLIC, guarded},
};

/// How long requests under way are waited for at the end.
const GRACE: Duration = Duration::from_secs(3);
/// How often and how long the registry is asked for its name when the identity is founded.
const FOUNDING_TRIES: u32 = 40;
const FOUNDING_PAUSE: Duration = Duration::from_millis(500);

/// Why the issuer did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The settings.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
    /// Keys and DID.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// The registry.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// The registry, at the founding.
    #[error(transparent)]
    Worker(#[from] WorkerError),
    /// A credential type.
    #[error(transparent)]
    Type(#[from] TypeError),
    /// A DID of the web.
    #[error(transparent)]
    WebDid(#[from] WebDidError),
    /// TLS.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// No randomness.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// An address cannot be listened on.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// Which.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
}

impl From<KeyFileError> for StartError {
    fn from(error: KeyFileError) -> Self {
        Self::Identity(error.into())
    }
}

/// What the handlers share.
pub(crate) struct Service {
    pub(crate) config: Arc<Config>,
    pub(crate) db: Arc<Database>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
    pub(crate) signers: Arc<Signers>,
    pub(crate) nonces: Nonces,
    pub(crate) publisher: Arc<Publisher>,
    pub(crate) did: YufuDid,
    pub(crate) web_dids: Arc<WebDids>,
    /// The credential issuer identifier.
    pub(crate) url: String,
    pub(crate) ready: Arc<AtomicBool>,
    pub(crate) presses: Mutex<HashMap<(Digest, &'static str), Arc<Press>>>,
}

/// A running issuer. Dropping it without [`stop`](Self::stop) leaves it running until the runtime ends.
pub struct Issuer {
    service: Arc<Service>,
    admin_url: String,
    vc_api: Option<VcApiAddress>,
    handles: Vec<axum_server::Handle<SocketAddr>>,
    tasks: Vec<JoinHandle<()>>,
    stop: watch::Sender<bool>,
}

impl Issuer {
    /// Starts an issuer on the current tokio runtime. The first start needs the registry, to learn the
    /// network's name; later ones serve at once and tell the registry when they can.
    ///
    /// # Errors
    /// [`StartError`] by what failed.
    pub async fn start(config: Config, clock: Arc<dyn Clock>) -> Result<Self, StartError> {
        config.check()?;
        let tls = config.tls.as_ref().map(tls::server_config).transpose()?;
        let (public, admin) = (listen(config.listen)?, listen(config.admin)?);
        let url = address(&config, &public)?;
        let (service, worker) = assemble(config, url, clock).await?;
        let vc_api = vc_api::start(&service.config, &service.clock, &service.random)?;
        let mut issuer = Self::serve(service, worker, public, admin, tls)?;
        if let Some(running) = vc_api {
            issuer.handles.push(running.handle);
            issuer.tasks.push(running.task);
            issuer.vc_api = Some(running.address);
        }
        Ok(issuer)
    }

    fn serve(
        service: Arc<Service>,
        worker: Worker,
        public: TcpListener,
        admin: TcpListener,
        tls: Option<Arc<rustls::ServerConfig>>,
    ) -> Result<Self, StartError> {
        let address = |listener: &TcpListener| {
            listener
                .local_addr()
                .map_err(|source| StartError::Listen { address: service.config.admin, source })
        };
        let admin_address = address(&admin)?;
        let (stop, stopped) = watch::channel(false);
        let handles = vec![axum_server::Handle::new(), axum_server::Handle::new()];
        let wallets = routes::router(Arc::clone(&service)).into_make_service();
        let clerks = admin::router(Arc::clone(&service)).into_make_service();
        let broken = |source| StartError::Listen { address: admin_address, source };
        let mut tasks = vec![tokio::spawn(worker.run(stopped))];
        let handle = handles[0].clone();
        tasks.push(match tls {
            Some(tls) => {
                let tls = axum_server::tls_rustls::RustlsConfig::from_config(tls);
                let server =
                    guarded(axum_server::from_tcp_rustls(public, tls).map_err(broken)?, FOR_THE_PUBLIC);
                tokio::spawn(ended("wallets", server.handle(handle).serve(wallets)))
            }
            None => {
                let server = guarded(axum_server::from_tcp(public).map_err(broken)?, FOR_THE_PUBLIC);
                tokio::spawn(ended("wallets", server.handle(handle).serve(wallets)))
            }
        });
        let server =
            guarded(axum_server::from_tcp(admin).map_err(broken)?, FOR_A_FEW).handle(handles[1].clone());
        tasks.push(tokio::spawn(ended("clerks", server.serve(clerks))));
        let admin_url = format!("http://{admin_address}");
        tracing::info!(url = service.url, page = admin_url, did = %service.did, "issuer started");
        Ok(Self { service, admin_url, vc_api: None, handles, tasks, stop })
    }

    /// The credential issuer identifier, which is where wallets connect.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.service.url
    }

    /// The clerks' page.
    #[must_use]
    pub fn admin_url(&self) -> &str {
        &self.admin_url
    }

    /// The VC-API, where the settings ask for it.
    #[must_use]
    pub fn vc_api(&self) -> Option<&VcApiAddress> {
        self.vc_api.as_ref()
    }

    /// The agency's DID.
    #[must_use]
    pub fn did(&self) -> &YufuDid {
        &self.service.did
    }

    /// The DIDs of the web that the agency goes by, too.
    #[must_use]
    pub fn web_dids(&self) -> Vec<String> {
        self.service.web_dids.names()
    }

    /// The agency's database, for what the command line does too.
    #[must_use]
    pub fn database(&self) -> &Arc<Database> {
        &self.service.db
    }

    /// The settings that it runs with.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.service.config
    }

    /// Waits until the agency's DID is registered: only then can it be accredited.
    pub async fn registered(&self) {
        while !matches!(self.service.db.read(|c| crate::db::setting(c, REGISTERED)), Ok(Some(_))) {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Waits until each configured credential can be issued: registered, accredited, its list open.
    pub async fn issuing(&self) {
        loop {
            let open = self.service.config.credentials.iter().all(|credential| {
                let list = self.service.db.read(|c| crate::db::lists::open_for(c, &credential.id));
                list.is_ok_and(|list| list.is_some())
            });
            if open && self.service.ready.load(std::sync::atomic::Ordering::Acquire) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Stops: no new requests, those under way are answered, the worker ends after its step.
    pub async fn stop(self) {
        let _ = self.stop.send(true);
        for handle in &self.handles {
            handle.graceful_shutdown(Some(GRACE));
        }
        for task in self.tasks {
            let _ = task.await;
        }
    }
}

/// Opens the database and the keys, founding the identity where there is none, and puts service and
/// worker together.
async fn assemble(
    config: Config,
    url: String,
    clock: Arc<dyn Clock>,
) -> Result<(Arc<Service>, Worker), StartError> {
    config.check()?;
    for credential in &config.credentials {
        types::by_vct(&credential.vct)?;
    }
    let random: Arc<dyn Random> = Arc::new(SystemRandom::new());
    let files = KeyFiles::new(&config.keys)?;
    let db = Arc::new(Database::open(&config.database())?);
    let kept = url.clone();
    db.write_async(move |c| set_setting(c, "url", kept.as_bytes())).await?;
    let chain = Arc::new(Chain::new(&config.registry, Arc::clone(&clock))?);
    let did = match identity::did(&db)? {
        Some(did) => did,
        None => {
            let network = network_name(&chain).await?;
            identity::found(&config, &db, &files, &network, clock.now(), random.as_ref())?
        }
    };
    let signers = Arc::new(Signers::new(config.keys_folder(), files));
    let control = db.read(|c| keys::of_role(c, Role::Control))?;
    let control = control.first().ok_or(IdentityError::NoKey("control"))?;
    let control = signers.signer(control)?;

    let web_dids = Arc::new(WebDids::open(
        &config,
        &url,
        did.clone(),
        Arc::clone(&db),
        Arc::clone(&signers),
        Arc::clone(&clock),
        random.as_ref(),
    )?);
    let config = Arc::new(config);
    let publisher = Arc::new(Publisher::new(
        Arc::clone(&db),
        Arc::clone(&signers),
        Arc::clone(&clock),
        Arc::clone(&random),
        did.clone(),
        url.clone(),
        config.status_lifetime_s,
    ));
    let ready = Arc::new(AtomicBool::new(false));
    let worker = Worker {
        planner: Planner {
            config: Arc::clone(&config),
            db: Arc::clone(&db),
            chain: Arc::clone(&chain),
            clock: Arc::clone(&clock),
            signers: Arc::clone(&signers),
            publisher: Arc::clone(&publisher),
            issuer: did.id,
            control: Arc::clone(&control),
            web_dids: Arc::clone(&web_dids),
            url: url.clone(),
        },
        publisher: Arc::clone(&publisher),
        outbox: Outbox::new(Arc::clone(&db), Arc::clone(&chain), Arc::clone(&clock), did.id, control),
        chain,
        ready: Arc::clone(&ready),
    };
    let service = Arc::new(Service {
        nonces: Nonces::new(random.as_ref())?,
        presses: Mutex::default(),
        config,
        db,
        clock,
        random,
        signers,
        publisher,
        did,
        web_dids,
        url,
        ready,
    });
    Ok((service, worker))
}

impl Worker {
    /// The worker of an agency without its HTTP service, to be driven [step](Worker::step) by step.
    /// The settings must name the `url`.
    ///
    /// # Errors
    /// [`StartError`] by what failed.
    pub async fn open(config: Config, clock: Arc<dyn Clock>) -> Result<Self, StartError> {
        let url = config.url.clone().ok_or_else(|| ConfigError::Url(String::new()))?;
        Ok(assemble(config, url, clock).await?.1)
    }
}

async fn ended(who: &str, server: impl Future<Output = std::io::Result<()>>) {
    if let Err(error) = server.await {
        tracing::error!(%error, who, "a listener ended");
    }
}

async fn network_name(chain: &Chain) -> Result<String, WorkerError> {
    let mut tries = 0;
    loop {
        match policy(chain).await {
            Ok(policy) => return Ok(policy.network),
            Err(error) if tries == FOUNDING_TRIES => return Err(error),
            Err(error) => tracing::info!(%error, "waiting for the registry"),
        }
        tries += 1;
        tokio::time::sleep(FOUNDING_PAUSE).await;
    }
}

fn listen(address: SocketAddr) -> Result<TcpListener, StartError> {
    let listener = TcpListener::bind(address).map_err(|source| StartError::Listen { address, source })?;
    listener.set_nonblocking(true).map_err(|source| StartError::Listen { address, source })?;
    Ok(listener)
}

fn address(config: &Config, listener: &TcpListener) -> Result<String, StartError> {
    if let Some(url) = &config.url {
        return Ok(url.clone());
    }
    let broken = |source| StartError::Listen { address: config.listen, source };
    let address = listener.local_addr().map_err(broken)?;
    Ok(if config.tls.is_some() {
        format!("https://localhost:{}", address.port())
    } else {
        format!("http://{address}")
    })
}
