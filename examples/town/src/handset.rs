//! The town's phone: a wallet on a shelf of its own, and the pages over it.

use crate::phone;
use axum_server::tls_rustls::RustlsConfig;
use std::{
    io,
    net::{SocketAddr, TcpListener},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};
use tokio::task::JoinHandle;
use yufu_core::{
    Clock, Random,
    http::HttpTransport,
    server::{FOR_A_FEW, guarded},
    wallet::{
        DEFAULT_COPIES, Keystore, SoftwareKeystore, SqliteStore, Store, StoreError, Wallet, WalletConfig,
        WalletError,
    },
};
use yufu_issuer::config::TlsConfig;

/// The passphrase of the demo's phone. It protects nothing: the town tells it to whoever opens the gate.
pub const PASSPHRASE: &str = "yufu-town";

/// What a phone is started with.
pub struct Settings {
    /// Where its pages are served.
    pub listen: SocketAddr,
    /// Their base URL.
    pub url: String,
    /// The folder of its store.
    pub data: PathBuf,
    /// TLS for the pages.
    pub tls: Option<TlsConfig>,
    /// The registry's public key.
    pub network_key: String,
    /// A registry gateway.
    pub registry: String,
    /// Carries its requests.
    pub transport: Arc<dyn HttpTransport>,
    /// Its clock.
    pub clock: Arc<dyn Clock>,
    /// Its randomness.
    pub random: Arc<dyn Random>,
}

/// Why the phone did not start.
#[derive(Debug, thiserror::Error)]
pub enum HandsetError {
    /// Its store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Its wallet.
    #[error(transparent)]
    Wallet(#[from] WalletError),
    /// Its folder, address or certificate.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// The town's phone, switched on.
pub struct Handset {
    url: String,
    /// Its wallet.
    pub wallet: Arc<Wallet>,
    handle: axum_server::Handle<SocketAddr>,
    serving: JoinHandle<io::Result<()>>,
}

/// Opens a wallet with a software keystore in the folder `data`.
///
/// # Errors
/// [`HandsetError`] by what failed.
pub fn open_wallet(settings: &Settings) -> Result<Arc<Wallet>, HandsetError> {
    std::fs::create_dir_all(&settings.data)?;
    let store: Arc<dyn Store> = Arc::new(SqliteStore::open(&settings.data.join("wallet.sqlite"))?);
    let keystore: Arc<dyn Keystore> =
        Arc::new(SoftwareKeystore::new(Arc::clone(&store), Arc::clone(&settings.random)));
    let config = WalletConfig {
        store,
        keystore,
        transport: Arc::clone(&settings.transport),
        clock: Arc::clone(&settings.clock),
        random: Arc::clone(&settings.random),
        network_key: settings.network_key.clone(),
        registry_url: settings.registry.clone(),
        copies: DEFAULT_COPIES,
    };
    Ok(Wallet::open(config, Some(PASSPHRASE))?)
}

/// A browser offers HTTP/2 as well, and must not be told that it can have it.
fn only_http1(tls: &RustlsConfig) -> RustlsConfig {
    let mut config = tls.get_inner().as_ref().clone();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    RustlsConfig::from_config(Arc::new(config))
}

impl Handset {
    /// Opens the wallet and serves its pages.
    ///
    /// # Errors
    /// [`HandsetError`] by what failed.
    pub async fn start(settings: Settings) -> Result<Self, HandsetError> {
        let wallet = open_wallet(&settings)?;
        let listener = TcpListener::bind(settings.listen)?;
        listener.set_nonblocking(true)?;
        let handle = axum_server::Handle::new();
        let routes = phone::router(Arc::clone(&wallet), Arc::clone(&settings.clock)).into_make_service();
        let serving = match &settings.tls {
            Some(tls) => {
                let tls = only_http1(&RustlsConfig::from_pem_file(&tls.cert, &tls.key).await?);
                let server = guarded(axum_server::from_tcp_rustls(listener, tls)?, FOR_A_FEW);
                tokio::spawn(server.handle(handle.clone()).serve(routes))
            }
            None => {
                let server = guarded(axum_server::from_tcp(listener)?, FOR_A_FEW);
                tokio::spawn(server.handle(handle.clone()).serve(routes))
            }
        };
        Ok(Self { url: settings.url, wallet, handle, serving })
    }

    /// The page.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Switches the phone off.
    pub async fn stop(self) {
        self.handle.graceful_shutdown(Some(Duration::from_secs(2)));
        if let Ok(Err(error)) = self.serving.await {
            tracing::warn!(%error, "the phone's server ended with an error");
        }
    }
}
