//! Optional: newer headers from a registry gateway. A counter without a network loses nothing but time.

use crate::{
    config,
    desk::{Desk, ObserveProblem},
    error::CounterError,
    server::Shared,
};
use std::{sync::Arc, time::Duration};
use tokio::task::JoinHandle;
use yufu_core::{
    Clock,
    client::{ReqwestTransport, TransportOptions, roots_from_pem},
    registry::client::{ClientError, RegistryClient},
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
    if let Err(error) = follow(client, app, clock).await {
        tracing::info!(%error, "no newer checkpoint");
    }
}

/// Follows the registry through its epochs to its newest header.
async fn follow(client: &RegistryClient, app: &Shared, clock: &dyn Clock) -> Result<(), ClientError> {
    // The copy verifies what arrives while the counter goes on; what holds is then observed.
    let mut light_client = app.desk().verifier().light_client().clone();
    while let Some(handover) = client.handover(light_client.key().epoch + 1).await? {
        light_client.follow(&handover, clock.now_ms())?;
        keep(app, clock, move |desk, now_ms| desk.follow(&handover, now_ms)).await;
    }
    client.checkpoint(&mut light_client, clock.now_ms()).await?;
    if let Some(newest) = light_client.newest().map(|newest| newest.signed_header().clone()) {
        keep(app, clock, move |desk, now_ms| desk.observe_checkpoint(&newest, now_ms)).await;
    }
    Ok(())
}

async fn keep(
    app: &Shared,
    clock: &dyn Clock,
    work: impl FnOnce(&mut Desk, u64) -> Result<(), ObserveProblem> + Send + 'static,
) {
    let (app, now_ms) = (app.clone(), clock.now_ms());
    match tokio::task::spawn_blocking(move || work(&mut app.desk(), now_ms)).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::error!(%error, "what the registry shows could not be kept"),
        Err(error) => tracing::error!(%error, "what the registry shows could not be observed"),
    }
}
