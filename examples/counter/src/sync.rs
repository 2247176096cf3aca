//! Optional: newer headers from a registry gateway. A counter without a network loses nothing but time.

use crate::{config, error::CounterError, server::Shared};
use std::{sync::Arc, time::Duration};
use tokio::task::JoinHandle;
use yufu_core::{
    Clock,
    client::{ReqwestTransport, TransportOptions, roots_from_pem},
    registry::client::RegistryClient,
};

/// Fetches the newest checkpoint now and then. A gateway that cannot be reached, or that shows nothing
/// provable, changes nothing.
///
/// # Errors
/// [`CounterError::Gateway`] when the extra root cannot be used.
pub(crate) fn spawn(
    settings: &config::Sync,
    app: Shared,
    clock: Arc<dyn Clock>,
) -> Result<JoinHandle<()>, CounterError> {
    let refused = |e: &dyn std::fmt::Display| CounterError::Gateway(e.to_string());
    let mut options = TransportOptions::default();
    if let Some(path) = &settings.extra_root {
        let pem = std::fs::read(path).map_err(|e| refused(&e))?;
        options.extra_roots = roots_from_pem(&pem).map_err(|e| refused(&e))?;
    }
    let transport = ReqwestTransport::new(&options).map_err(|e| refused(&e))?;
    let client = RegistryClient::new(Arc::new(transport), settings.registry.clone());
    let every = Duration::from_secs(u64::from(settings.every_s.max(1)));
    Ok(tokio::spawn(async move {
        let mut beat = tokio::time::interval(every);
        loop {
            beat.tick().await;
            fetch(&client, &app, &*clock).await;
        }
    }))
}

async fn fetch(client: &RegistryClient, app: &Shared, clock: &dyn Clock) {
    // The copy verifies what arrives while the counter goes on; what holds is then observed.
    let mut light_client = app.desk().verifier().light_client().clone();
    match client.checkpoint(&mut light_client, clock.now_ms()).await {
        Ok(_) => {
            let Some(newest) = light_client.newest().map(|newest| newest.signed_header().clone()) else {
                return;
            };
            let (app, now_ms) = (app.clone(), clock.now_ms());
            let observed =
                tokio::task::spawn_blocking(move || app.desk().observe_checkpoint(&newest, now_ms)).await;
            match observed {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::error!(%error, "a checkpoint could not be kept"),
                Err(error) => tracing::error!(%error, "a checkpoint could not be observed"),
            }
        }
        Err(error) => tracing::info!(%error, "no newer checkpoint"),
    }
}
