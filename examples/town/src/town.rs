//! The town itself: registry, three agencies, counter and phone, opened in order and closed in order.

use crate::{
    agencies::{Agency, Everybody, LAND_REGISTRY, RESIDENT_REGISTER, Surroundings, TRANSPORT_AGENCY},
    founding::{authority, national_root, passphrase, read, start_node},
    handset::{self, Handset, HandsetError},
    layout::{Layout, LayoutError},
    vc_api::ReadyVcApi,
};
use serde::Serialize;
use std::{io, path::PathBuf, sync::Arc};
use yufu_core::{
    Clock, Random, SystemRandom,
    client::{ReqwestTransport, TransportError, TransportOptions, roots_from_pem},
    crypto::key_file,
    http::HttpTransport,
    presentation::preset::Preset,
    registry::NetworkKey,
};
use yufu_counter::{Counter, CounterError};
use yufu_issuer::{Issuer, config::TlsConfig, pki};
use yufu_registry::{
    Node, Parameters,
    authority::{Authority, AuthorityError},
};

/// The network's short name, as in its DIDs.
pub const NETWORK: &str = "town";

/// How the town is opened.
#[derive(Clone, Debug)]
pub struct Options {
    /// Its folder.
    pub data: PathBuf,
    /// Whether what is in the folder is thrown away first.
    pub fresh: bool,
    /// Whether agencies, counter and phone are served over TLS.
    pub https: bool,
    /// Folder of the light client for browsers, with which the registry's page checks proofs.
    pub web: Option<PathBuf>,
}

/// Why the town did not open.
#[derive(Debug, thiserror::Error)]
pub enum TownError {
    /// The folder and its ports.
    #[error(transparent)]
    Layout(#[from] LayoutError),
    /// A file.
    #[error("{path}: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The network could not be founded.
    #[error("the registry's network: {0}")]
    Init(#[from] yufu_registry::InitError),
    /// The node's settings.
    #[error("the registry's node: {0}")]
    Settings(#[from] yufu_registry::ConfigError),
    /// The node.
    #[error("the registry's node: {0}")]
    Node(#[from] yufu_registry::NodeError),
    /// The authority.
    #[error("the authority: {0}")]
    Authority(#[from] AuthorityError),
    /// The authority's key.
    #[error("the authority's key: {0}")]
    AuthorityKey(#[from] key_file::KeyFileError),
    /// A file of the town holds something else.
    #[error("{0} is damaged; start over with --fresh")]
    Damaged(PathBuf),
    /// The national root.
    #[error("the national root: {0}")]
    Pki(#[from] pki::PkiError),
    /// Key files.
    #[error("key files: {0}")]
    KeyFiles(#[from] yufu_issuer::keys::KeyFileError),
    /// An agency.
    #[error("an agency: {0}")]
    Issuer(#[from] yufu_issuer::StartError),
    /// An agency's register.
    #[error("an agency's register: {0}")]
    Register(#[from] yufu_issuer::db::DbError),
    /// A picture of a person.
    #[error("a portrait: {0}")]
    Portrait(#[from] yufu_issuer::register::portrait::PortraitError),
    /// The counter.
    #[error("the counter: {0}")]
    Counter(#[from] CounterError),
    /// The counter's settings.
    #[error("the counter: {0}")]
    CounterConfig(#[from] yufu_counter::ConfigError),
    /// The phone.
    #[error("the phone: {0}")]
    Phone(#[from] HandsetError),
    /// HTTP.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// Randomness.
    #[error(transparent)]
    Random(#[from] yufu_core::RandomError),
}

/// What programs are told about a running town: the file that `--ready` writes.
#[derive(Clone, Debug, Serialize)]
pub struct Ready {
    /// The registry's base URL.
    pub registry: String,
    /// The agencies.
    pub issuers: Vec<ReadyIssuer>,
    /// The counter's page.
    pub counter: String,
    /// The phone's page.
    pub phone: String,
    /// The VC-API, for the public test suites.
    pub vc_api: ReadyVcApi,
    /// The registry's public key.
    pub network_key: String,
    /// The national root's certificate (PEM), which also signed the certificate of `localhost`.
    pub root_certificate: PathBuf,
    /// The town's folder.
    pub data: PathBuf,
}

/// An agency in [`Ready`].
#[derive(Clone, Debug, Serialize)]
pub struct ReadyIssuer {
    /// Its DID.
    pub did: String,
    /// Its credential issuer identifier.
    pub url: String,
    /// Its clerks' page.
    pub page: String,
    /// The credential configuration that it offers.
    pub configuration: String,
}

/// A town with its gates open.
pub struct Town {
    /// Its folder and ports.
    pub layout: Layout,
    /// The registry's public key.
    pub network_key: NetworkKey,
    /// The resident register.
    pub residents: Issuer,
    /// The transport agency.
    pub transport: Issuer,
    /// The land registry.
    pub land: Issuer,
    /// The counter.
    pub counter: Counter,
    /// The phone.
    pub phone: Handset,
    /// The founding authority.
    pub authority: Arc<Authority>,
    /// Carries requests; it trusts the town's own root beside the public ones.
    pub http: Arc<dyn HttpTransport>,
    /// The clock that all roles share.
    pub clock: Arc<dyn Clock>,
    /// Opens the agencies' key files.
    pub passphrase: PathBuf,
    node: Node,
    root_certificate: PathBuf,
}

impl Town {
    /// Opens the town. `tell` is told what is being done, in both languages.
    ///
    /// # Errors
    /// [`TownError`] by what stands in the way.
    pub async fn open(
        options: &Options,
        clock: Arc<dyn Clock>,
        tell: &mut dyn FnMut(&str, &str),
    ) -> Result<Self, TownError> {
        let random: Arc<dyn Random> = Arc::new(SystemRandom::new());
        let layout = Layout::open(&options.data, options.fresh, options.https)?;
        let passphrase = passphrase(&layout, random.as_ref())?;

        tell("Founding the registry's network", "建立登记网络");
        let (node, did) = start_node(&layout, options.web.clone(), &clock, random.as_ref())?;
        let network_key = node.network_key().clone();
        let (root_folder, root_certificate, tls) = national_root(&layout, &passphrase, &*clock, &*random)?;
        let extra_roots = roots_from_pem(&read(&root_certificate)?)?;
        let http: Arc<dyn HttpTransport> =
            Arc::new(ReqwestTransport::new(&TransportOptions { extra_roots, ..Default::default() })?);
        let authority = authority(&layout, &node, did, &http, &clock)?;

        let key_text = network_key.to_string();
        let registry = node.url();
        let around = Surroundings {
            layout: &layout,
            registry: &registry,
            network_key: &key_text,
            root: &root_folder,
            passphrase: &passphrase,
            tls: tls.as_ref(),
        };
        let ports = layout.ports;
        let mut issuers = Vec::new();
        for (agency, ports) in [
            (RESIDENT_REGISTER, (ports.residents, ports.residents_page)),
            (TRANSPORT_AGENCY, (ports.transport, ports.transport_page)),
            (LAND_REGISTRY, (ports.land, ports.land_page)),
        ] {
            tell(&format!("Opening the {}", agency.en), &format!("打开{}", agency.zh));
            issuers.push(open_agency(agency, &around, ports, &authority, &clock).await?);
        }
        let mut issuers = issuers.into_iter();
        let (Some(residents), Some(transport), Some(land)) = (issuers.next(), issuers.next(), issuers.next())
        else {
            return Err(TownError::Damaged(layout.root().into()));
        };
        let registers =
            [(RESIDENT_REGISTER, &residents), (TRANSPORT_AGENCY, &transport), (LAND_REGISTRY, &land)];
        fill_registers(&registers, clock.as_ref(), tell)?;

        tell("Opening the counter and the phone", "打开窗口和手机");
        let vc_api = yufu_counter::VcApiConfig {
            listen: Layout::address(0),
            allow_remote: false,
            fetch_from_loopback: true,
            registry: Some(registry.clone()),
            extra_root: Some(root_certificate.clone()),
        };
        let counter = start_counter(&layout, &key_text, tls.as_ref(), vc_api, &clock).await?;
        let phone = Handset::start(handset::Settings {
            listen: Layout::address(ports.phone),
            url: layout.url(ports.phone),
            data: layout.path("phone"),
            tls,
            network_key: key_text,
            registry,
            transport: Arc::clone(&http),
            clock: Arc::clone(&clock),
            random,
        })
        .await?;
        for issuer in [&residents, &transport, &land] {
            issuer.issuing().await;
        }
        Ok(Self {
            layout,
            network_key,
            residents,
            transport,
            land,
            counter,
            phone,
            authority,
            http,
            clock,
            passphrase,
            node,
            root_certificate,
        })
    }

    /// The registry's base URL.
    #[must_use]
    pub fn registry_url(&self) -> String {
        self.node.url()
    }

    /// Folder of the national root.
    #[must_use]
    pub fn root_folder(&self) -> PathBuf {
        self.layout.path("root")
    }

    /// What other programs need to know.
    #[must_use]
    pub fn ready(&self) -> Ready {
        let issuer = |issuer: &Issuer, agency: Agency| ReadyIssuer {
            did: issuer.did().to_string(),
            url: issuer.url().to_owned(),
            page: issuer.admin_url().to_owned(),
            configuration: agency.configuration.to_owned(),
        };
        Ready {
            registry: self.registry_url(),
            issuers: vec![
                issuer(&self.residents, RESIDENT_REGISTER),
                issuer(&self.transport, TRANSPORT_AGENCY),
                issuer(&self.land, LAND_REGISTRY),
            ],
            counter: self.counter.url().to_owned(),
            phone: self.phone.url().to_owned(),
            vc_api: ReadyVcApi::of(&self.residents, &self.counter),
            network_key: self.network_key.to_string(),
            root_certificate: self.root_certificate.clone(),
            data: self.layout.root().to_owned(),
        }
    }

    /// Whether the registry's node has ended by itself.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        self.node.has_ended()
    }

    /// Closes the town: pages first, then agencies, then the registry.
    ///
    /// # Errors
    /// [`TownError::Node`] when the registry's node had failed.
    pub async fn close(self) -> Result<(), TownError> {
        self.phone.stop().await;
        self.counter.stop().await;
        self.residents.stop().await;
        self.transport.stop().await;
        self.land.stop().await;
        let node = self.node;
        let stopped = tokio::task::spawn_blocking(move || node.stop()).await;
        stopped.unwrap_or(Ok(())).map_err(TownError::from)
    }
}

async fn open_agency(
    agency: Agency,
    around: &Surroundings<'_>,
    ports: (u16, u16),
    authority: &Arc<Authority>,
    clock: &Arc<dyn Clock>,
) -> Result<Issuer, TownError> {
    let issuer = Issuer::start(agency.config(around, ports), Arc::clone(clock)).await?;
    until_registered(&issuer, authority, agency, clock).await?;
    Ok(issuer)
}

/// Fills the registers, the first time, with the same people.
fn fill_registers(
    registers: &[(Agency, &Issuer)],
    clock: &dyn Clock,
    tell: &mut dyn FnMut(&str, &str),
) -> Result<(), TownError> {
    let mut drawn = |n: u32| {
        if n.is_multiple_of(250) {
            tell(&format!("  {n} residents made up"), &format!("  已虚构 {n} 名居民"));
        }
    };
    let mut everybody = Everybody::new(clock.now(), &mut drawn);
    tokio::task::block_in_place(|| {
        registers.iter().try_for_each(|(agency, issuer)| agency.fill(issuer, &mut everybody))
    })
}

/// Accredits an agency as soon as the registry knows it: its own outbox registers it.
async fn until_registered(
    issuer: &Issuer,
    authority: &Arc<Authority>,
    agency: Agency,
    clock: &Arc<dyn Clock>,
) -> Result<(), TownError> {
    let mut tries = 0;
    loop {
        match agency.accredit(issuer, authority, clock.as_ref()).await {
            Ok(()) => return Ok(()),
            Err(AuthorityError::Rejected(_)) if tries < 100 => tries += 1,
            Err(error) => return Err(error.into()),
        }
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
}

/// The counter of the town: every shipped preset, with the demo's short memory for statuses.
async fn start_counter(
    layout: &Layout,
    network_key: &str,
    tls: Option<&TlsConfig>,
    vc_api: yufu_counter::VcApiConfig,
    clock: &Arc<dyn Clock>,
) -> Result<Counter, TownError> {
    let limit_s = Parameters::demo().status_age_limit_ms / 1000;
    let presets = Preset::shipped()
        .into_iter()
        .chain(Preset::shipped_for_files())
        .map(|preset| yufu_counter::PresetChoice {
            id: preset.id().to_owned(),
            max_status_age_s: Some(limit_s),
            max_header_age_s: Some(limit_s),
            key_level: None,
        })
        .collect();
    let config = yufu_counter::Config {
        name: yufu_counter::Names {
            zh: "鱼符镇服务窗口".into(), en: "Yufu Town Service Counter".into()
        },
        listen: Layout::address(layout.ports.counter),
        data: layout.path("counter"),
        network_key: Some(network_key.to_owned()),
        network_key_file: None,
        presets,
        clear_after_s: 30,
        language: None,
        sync: None,
        vc_api: Some(vc_api),
        tls: tls.map(|tls| yufu_counter::Tls { cert: tls.cert.clone(), key: tls.key.clone() }),
    };
    Ok(Counter::start(config, Arc::clone(clock)).await?)
}
