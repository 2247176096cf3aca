//! The registry as this service sees it: every answer is proven before it is used.

use crate::config::RegistryConfig;
use std::sync::Arc;
use tokio::sync::Mutex;
use yufu_core::{
    Clock,
    client::{ReqwestTransport, TransportError, TransportOptions, roots_from_pem},
    crypto::Digest,
    registry::{
        LightClient, NetworkKey, NetworkKeyError, Record, RecordError, RecordKey, SignedTransaction,
        VerifiedHeader,
        client::{At, ClientError, RegistryClient, SubmitError, Submitted, Wait},
    },
};

/// How long a submission waits to become final before it is looked up again.
const WAIT_MS: u64 = 5_000;

/// Why the registry was not read.
#[derive(Debug, thiserror::Error)]
pub enum ChainError {
    /// The settings' network key is none.
    #[error("`registry.network_key`: {0}")]
    NetworkKey(#[from] NetworkKeyError),
    /// The settings' root certificate cannot be read.
    #[error("`registry.root_certificate`: {0}")]
    Root(#[from] std::io::Error),
    /// No connection can be set up.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// No answer, or one that is not proven.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// A proven record that this program cannot read: it is older than the network.
    #[error("a record of the registry cannot be read: {0}")]
    Record(#[from] RecordError),
}

/// A proven answer.
#[derive(Clone, Debug)]
pub struct Seen<R> {
    /// The record; `None` is proven absence.
    pub record: Option<R>,
    /// The header that it is proven under.
    pub header: VerifiedHeader,
}

/// The registry.
pub struct Chain {
    client: RegistryClient,
    light: Mutex<LightClient>,
    network: Digest,
    clock: Arc<dyn Clock>,
}

impl Chain {
    /// Sets up the connection; nothing is asked yet.
    ///
    /// # Errors
    /// [`ChainError`] by what is wrong with the settings.
    pub fn new(settings: &RegistryConfig, clock: Arc<dyn Clock>) -> Result<Self, ChainError> {
        let key: NetworkKey = settings.network_key.parse()?;
        let mut options = TransportOptions::default();
        if let Some(path) = &settings.root_certificate {
            options.extra_roots = roots_from_pem(&std::fs::read(path)?)?;
        }
        let transport = Arc::new(ReqwestTransport::new(&options)?);
        let network = key.genesis;
        let client = RegistryClient::new(transport, settings.url.as_str());
        Ok(Self { client, light: Mutex::new(LightClient::new(key)), network, clock })
    }

    /// The network that transactions are for.
    #[must_use]
    pub fn network(&self) -> Digest {
        self.network
    }

    /// Reads a record as of the newest certified header.
    ///
    /// # Errors
    /// [`ChainError`] when no proven answer came.
    pub async fn read<R: Record>(&self, key: &RecordKey) -> Result<Seen<R>, ChainError> {
        let mut light = self.light.lock().await;
        let answer = self.client.record(&mut light, key, self.clock.now_ms(), At::Latest).await?;
        let record = answer.value.as_deref().map(R::from_bytes).transpose()?;
        Ok(Seen { record, header: answer.header })
    }

    /// Hands in a transaction and waits a while for it to become final.
    ///
    /// # Errors
    /// [`SubmitError`] with the registry's reason, or when no answer came.
    pub async fn submit(&self, transaction: &SignedTransaction) -> Result<Submitted, SubmitError> {
        self.client.submit(transaction, Wait::Final(WAIT_MS)).await
    }
}
