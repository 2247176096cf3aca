//! Public audit: the whole chain fetched from any node, executed again from the genesis, and compared with
//! what the validators certified. Nothing that the node says is believed but what follows.

use crate::{
    block::{Block, MalformedBlock},
    export::{self, ExportError},
    genesis::{Genesis, GenesisError},
    ledger::network_key,
    state::{AuditError, BlockInputs, Chain, CommitError, ExecuteError, OnFailure, StoreError},
};
use futures::{StreamExt as _, stream};
use serde::Serialize;
use std::path::Path;
use yufu_core::{
    crypto::Digest,
    registry::{
        Header, LightClient, LightClientError,
        client::{ClientError, RegistryClient, hex},
    },
};

/// Blocks that are fetched at the same time.
const AHEAD: usize = 16;
/// Heights between two lines of progress.
const TELL_EVERY: u64 = 500;

/// What was followed, and found in order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct AuditedChain {
    /// The last height: that of the newest certified header.
    pub height: u64,
    /// Digest of its header, in hexadecimal.
    pub digest: String,
    /// Transactions that were executed again.
    pub transactions: u64,
    /// Anchors whose own certificate was verified.
    pub anchors_certified: u64,
    /// Anchors without a certificate of their own. They are proven by the later ones.
    pub anchors_uncertified: u64,
}

/// What is broken, and where.
#[derive(Debug, thiserror::Error)]
pub enum AuditFailure {
    /// The node could not be asked, or what it says of its newest header does not verify.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The node has no genesis to show.
    #[error("the node shows no genesis")]
    NoGenesis,
    /// The genesis is malformed.
    #[error(transparent)]
    Genesis(#[from] GenesisError),
    /// The genesis is not the one in the network key.
    #[error("the node's genesis is not the one that the network key names")]
    OtherGenesis,
    /// The network began with another's records, which the auditor must bring.
    #[error("the network began with imported records: name their file (--import)")]
    NoImport,
    /// They are not the ones that the genesis names.
    #[error(transparent)]
    Import(#[from] ExportError),
    /// A block below the newest certified header is missing.
    #[error("height {0}: the node has no such block")]
    Missing(u64),
    /// A block is malformed.
    #[error("height {height}: {reason}")]
    Malformed {
        /// Where.
        height: u64,
        /// What is wrong.
        reason: MalformedBlock,
    },
    /// A block does not follow the one before it.
    #[error("height {0}: the block does not follow the one before it")]
    Unlinked(u64),
    /// A block breaks a rule of the state machine.
    #[error("height {height}: {reason}")]
    Rule {
        /// Where.
        height: u64,
        /// Which rule.
        reason: ExecuteError,
    },
    /// What a block's header says is not what executing it gives.
    #[error("height {height}: the header is not what the block leads to ({field})")]
    Header {
        /// Where.
        height: u64,
        /// The first field that differs.
        field: &'static str,
    },
    /// The chain that was followed ends in another header than the certified one.
    #[error("height {0}: the certified header is not the one that the blocks lead to")]
    OtherHistory(u64),
    /// An anchor's certificate is of another header or does not verify.
    #[error("height {height}: the anchor's certificate: {reason}")]
    Anchor {
        /// Where.
        height: u64,
        /// What does not hold.
        reason: LightClientError,
    },
    /// A record is not the function of its sources.
    #[error("the state: {0}")]
    State(#[from] AuditError),
    /// The folder for the state cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A block could not be stored.
    #[error(transparent)]
    Commit(#[from] CommitError),
}

/// Follows the chain that `client` serves up to its newest certified header. `folder` takes the state and
/// must be empty; `import` is the export that the network began with, if it did; `progress` is told heights.
///
/// # Errors
/// [`AuditFailure`] by the first thing that is broken.
pub async fn audit(
    client: &RegistryClient,
    light: LightClient,
    folder: &Path,
    import: Option<&Path>,
    now_ms: u64,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<AuditedChain, AuditFailure> {
    Ok(replay(client, light, folder, import, now_ms, progress).await?.1)
}

/// The same, and gives the state that the chain led to, with the certificate of its last header.
///
/// # Errors
/// As [`audit`].
pub async fn replay(
    client: &RegistryClient,
    mut light: LightClient,
    folder: &Path,
    import: Option<&Path>,
    now_ms: u64,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<(Chain, AuditedChain), AuditFailure> {
    let genesis = client.genesis().await?.ok_or(AuditFailure::NoGenesis)?;
    let genesis = Genesis::from_bytes(&genesis)?;
    if genesis.digest() != light.key().genesis {
        return Err(AuditFailure::OtherGenesis);
    }
    let certified = client.checkpoint(&mut light, now_ms).await?;
    let signed = light.newest().map(|newest| newest.signed_header().clone());
    let mut chain = match (genesis.origin(), import) {
        (None, _) => Chain::open(&folder.join("audit.db"), &genesis)?,
        (Some(_), None) => return Err(AuditFailure::NoImport),
        (Some(_), Some(path)) => {
            Chain::found_on(&folder.join("audit.db"), &genesis, export::load(path, &genesis)?)?
        }
    };
    let mut audited = AuditedChain { height: certified.height(), ..AuditedChain::default() };
    // Each epoch's validators are what the chain has made of them so far.
    let policy = &genesis.content().policy;
    let mut validators = LightClient::new(network_key(&chain, policy, 1)?);
    let mut blocks = stream::iter(1..=certified.height())
        .map(|height| async move { (height, client.block(height).await) })
        .buffered(AHEAD);
    while let Some((height, bytes)) = blocks.next().await {
        let bytes = bytes?.ok_or(AuditFailure::Missing(height))?;
        let block = Block::from_bytes(&bytes).map_err(|reason| AuditFailure::Malformed { height, reason })?;
        follow(&mut chain, height, &block)?;
        audited.transactions += block.transactions().len() as u64;
        if block.header().epoch != validators.key().epoch {
            validators = LightClient::new(network_key(&chain, policy, height)?);
        }
        if block.header().slot != 0 {
            if certificate(client, &mut validators, block.header(), block.id()).await? {
                audited.anchors_certified += 1;
            } else {
                audited.anchors_uncertified += 1;
            }
        }
        if height.is_multiple_of(TELL_EVERY) {
            progress(height, certified.height());
        }
    }
    if chain.tip_digest() != *certified.digest() {
        return Err(AuditFailure::OtherHistory(certified.height()));
    }
    chain.committed().audit()?;
    audited.digest = hex(certified.digest());
    if let Some(signed) = signed.filter(|signed| signed.header().digest() == *certified.digest()) {
        chain.store_certificate(certified.height(), &signed)?;
    }
    Ok((chain, audited))
}

/// Executes one block on the state that those before it left.
fn follow(chain: &mut Chain, height: u64, block: &Block) -> Result<(), AuditFailure> {
    let header = block.header();
    if header.height != height || header.parent != chain.tip_digest() {
        return Err(AuditFailure::Unlinked(height));
    }
    let inputs = BlockInputs { time_ms: header.time_ms };
    let executed = chain
        .execute(&header.parent, inputs, block.transactions(), OnFailure::Refuse)
        .map_err(|reason| AuditFailure::Rule { height, reason })?;
    if let Some(field) = difference(&executed.header, header) {
        return Err(AuditFailure::Header { height, field });
    }
    Ok(chain.commit(&executed.digest)?)
}

fn difference(expected: &Header, given: &Header) -> Option<&'static str> {
    let fields = [
        ("network", expected.network == given.network),
        ("slot", expected.slot == given.slot),
        ("epoch", expected.epoch == given.epoch),
        ("set", expected.set == given.set),
        ("next_set", expected.next_set == given.next_set),
        ("history", expected.history == given.history),
        ("trust_root", expected.trust_root == given.trust_root),
        ("records_root", expected.records_root == given.records_root),
        ("body", expected.body == given.body),
    ];
    let first = fields.into_iter().find(|(_, same)| !same).map(|(field, _)| field);
    first.or_else(|| (expected != given).then_some("header"))
}

/// Whether the anchor has a certificate of its own, which then must be of this header. Its own time
/// stands in for the clock: old ones are as good as new ones here.
async fn certificate(
    client: &RegistryClient,
    light: &mut LightClient,
    header: &Header,
    digest: Digest,
) -> Result<bool, AuditFailure> {
    let height = header.height;
    match client.anchor(light, header.slot, header.time_ms).await {
        Ok((_, verified)) if *verified.digest() == digest => Ok(true),
        Ok(_) => Err(AuditFailure::Anchor { height, reason: LightClientError::NetworkConflict }),
        Err(ClientError::Status { status: 404 }) => Ok(false),
        Err(ClientError::Unproven(LightClientError::TooOld)) => Ok(true),
        Err(ClientError::Unproven(reason)) => Err(AuditFailure::Anchor { height, reason }),
        Err(error) => Err(error.into()),
    }
}
