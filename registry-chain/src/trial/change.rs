//! Another validator in, one out, while the load goes on; and a phone that was there before it.

use super::{TrialError, free_ports, io, nodes::Nodes};
use crate::{
    InitValidator, NetworkFiles, ValidatorText,
    authority::{Authority, AuthorityError},
    init::kind,
    init_validator,
};
use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::time::sleep;
use yufu_core::{
    Clock as _, SystemRandom,
    client::{ReqwestTransport, TransportOptions},
    crypto::{SoftwareKey, key_file},
    http::HttpTransport,
    registry::{
        GovernanceAct, Handover, LightClient, NetworkKey, Validator,
        client::{ClientError, RegistryClient},
    },
    time::SystemClock,
};

/// Heights in an epoch while validators change: enough for a proposal, and soon over.
pub(super) const EPOCH_LENGTH: u64 = 64;

/// The longest that a change may take.
const PATIENCE: Duration = Duration::from_secs(180);
/// How long proposals are open.
const OPEN_MS: u64 = 600_000;

/// How a change of validators went.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Change {
    /// The epoch that the phone followed into.
    pub(super) epoch: u64,
    /// What it loaded for one epoch (bytes).
    pub(super) handover_bytes: u64,
    /// What following one epoch took it (microseconds).
    pub(super) follow_us: u64,
    /// Whether the new validator signed, and the old one is no member.
    pub(super) took_part: bool,
}

/// Makes a validator that is to come.
pub(super) struct Newcomer {
    pub(super) config: PathBuf,
    validator: Validator,
    listen: SocketAddr,
}

impl Newcomer {
    pub(super) fn make(dir: &Path, genesis: &Path) -> Result<Self, TrialError> {
        let local = |port| SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port);
        let first = free_ports(2)?;
        let (http, listen) = (local(first), local(first + 1));
        let init = InitValidator {
            dir: dir.join("validator-new"),
            genesis: genesis.to_owned(),
            import: None,
            http,
            listen,
            passphrase: None,
        };
        let (config, ValidatorText(validator)) = init_validator(&init, &SystemRandom::new())?;
        Ok(Self { config, validator, listen })
    }
}

/// Puts the newcomer in and takes `leaver` out, and waits until both is so.
pub(super) async fn carry_out(
    files: &NetworkFiles,
    nodes: &mut Nodes,
    newcomer: &Newcomer,
    progress: &(dyn Fn(&str) + Send + Sync),
) -> Result<Change, TrialError> {
    let leaver = files.network_key.set.validators().first().copied();
    let leaver = leaver.ok_or(TrialError::Ports)?;
    // The first one leaves and the last one comes.
    let url = nodes.urls().into_iter().nth(1).ok_or(TrialError::Ports)?;
    let transport: Arc<dyn HttpTransport> = Arc::new(ReqwestTransport::new(&TransportOptions::default())?);
    let client = RegistryClient::new(transport.clone(), url.as_str());
    let mut light = LightClient::new(files.network_key.clone());
    let deadline = Instant::now() + PATIENCE;
    // A node answers reads once a header is certified.
    while let Err(error) = client.checkpoint(&mut light, SystemClock.now_ms()).await {
        if Instant::now() > deadline {
            return Err(error.into());
        }
        sleep(Duration::from_millis(200)).await;
    }
    let authority = authority(files, &transport, &url)?;
    let put =
        GovernanceAct::PutValidator { validator: newcomer.validator, endpoint: newcomer.listen.to_string() };
    decide(&authority, put).await?;
    decide(&authority, GovernanceAct::RemoveValidator { identity: leaver.identity }).await?;
    progress("the authority has decided: one validator comes, one goes");
    let change = follow(&client, &files.network_key, &newcomer.validator, &leaver).await?;
    nodes.retire_first();
    progress(&format!(
        "epoch {} has the new validator; a phone of epoch 0 followed: {} bytes and {} us an epoch",
        change.epoch, change.handover_bytes, change.follow_us
    ));
    Ok(change)
}

fn authority(
    files: &NetworkFiles,
    transport: &Arc<dyn HttpTransport>,
    url: &str,
) -> Result<Authority, TrialError> {
    let path = &files.authority.control_key;
    let unusable = |reason: String| TrialError::Io {
        what: path.display().to_string(),
        source: std::io::Error::other(reason),
    };
    let text = std::fs::read_to_string(path).map_err(io(path.display().to_string()))?;
    let secret = key_file::read(kind::CONTROL, &text, None).map_err(|e| unusable(e.to_string()))?;
    let signer = SoftwareKey::from_pkcs8(&secret).map_err(|e| unusable(e.to_string()))?;
    Ok(Authority::new(
        transport.clone(),
        url,
        files.network_key.clone(),
        files.authority.did.id,
        Arc::new(signer),
        Arc::new(SystemClock),
    ))
}

/// There is one authority and no timelock: what it proposes is carried out.
async fn decide(authority: &Authority, act: GovernanceAct) -> Result<(), AuthorityError> {
    authority.propose(act, OPEN_MS).await.map(|_| ())
}

/// A phone of the first epoch follows until the newcomer has signed a header.
async fn follow(
    client: &RegistryClient,
    key: &NetworkKey,
    newcomer: &Validator,
    leaver: &Validator,
) -> Result<Change, TrialError> {
    let deadline = Instant::now() + PATIENCE;
    let mut phone = LightClient::new(key.clone());
    let mut change = Change::default();
    while Instant::now() < deadline && !change.took_part {
        sleep(Duration::from_millis(200)).await;
        while let Some(handover) = client.handover(phone.key().epoch + 1).await? {
            let bytes = handover.to_bytes().map_err(ClientError::from)?;
            change.handover_bytes = bytes.len() as u64;
            // Reading is where keys and proofs of possession are checked.
            let started = Instant::now();
            let handover = Handover::from_bytes(&bytes).map_err(ClientError::from)?;
            phone.follow(&handover, SystemClock.now_ms()).map_err(ClientError::from)?;
            change.follow_us = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
        }
        // A node that has just come to a new epoch may not have a header of it yet.
        if client.checkpoint(&mut phone, SystemClock.now_ms()).await.is_err() {
            continue;
        }
        change.epoch = phone.key().epoch;
        let members = phone.key().set.validators();
        let place = members.iter().position(|member| member == newcomer);
        let signed = phone.newest().is_some_and(|newest| {
            let in_epoch = newest.header().epoch() == phone.key().epoch;
            in_epoch && newest.signed_header().certificate().signers().any(|signer| Some(signer) == place)
        });
        change.took_part = signed && !members.contains(leaver);
    }
    Ok(change)
}
