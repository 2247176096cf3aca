//! TLS for wallets: rustls on ring, named so that no other provider slips in.

use crate::config::TlsConfig;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use std::{path::PathBuf, sync::Arc};

/// Why TLS cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file holds no certificates or no key in PEM.
    #[error("{path} is not what `[tls]` needs: {reason}")]
    Pem {
        /// The file.
        path: PathBuf,
        /// What the reader said.
        reason: String,
    },
    /// Certificate and key do not fit.
    #[error("certificate and key do not fit: {0}")]
    Rustls(#[from] rustls::Error),
}

/// The server's settings: TLS 1.2 and 1.3 with rustls' suites.
///
/// # Errors
/// [`TlsError`] by what does not hold.
pub(crate) fn server_config(settings: &TlsConfig) -> Result<Arc<rustls::ServerConfig>, TlsError> {
    let pem = |path: &PathBuf, reason: &dyn std::fmt::Display| TlsError::Pem {
        path: path.clone(),
        reason: reason.to_string(),
    };
    let chain = CertificateDer::pem_file_iter(&settings.cert)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|e| pem(&settings.cert, &e))?;
    let key = PrivateKeyDer::from_pem_file(&settings.key).map_err(|e| pem(&settings.key, &e))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}
