//! The engine's parts and how they are connected, over any runtime and any network: the same wiring
//! runs on sockets and in the deterministic simulation.

use super::{
    BlockError, ConsensusKeys, EngineError, Ledger,
    adapter::{Adapter, FinalBlocks, deliver},
    epochs::{self, Epochs, Schemes, Track},
    gossip, scheme,
    scheme::Scheme,
};
use crate::block::Block;
use commonware_broadcast::buffered;
use commonware_consensus::{
    marshal::{
        self,
        core::Actor as Marshal,
        resolver::p2p as backfill,
        standard::{Inline, Standard},
    },
    simplex::{
        self,
        config::{ForwardPolicy, SkipPolicy},
        elector::RoundRobin,
    },
    types::{FixedEpocher, ViewDelta},
};
use commonware_cryptography::{Digested, Digestible as _, Sha256, certificate::Verifier as _, ed25519};
use commonware_p2p::{Blocker, Provider, Receiver, Sender};
use commonware_parallel::Sequential;
use commonware_runtime::{Clock, Handle, Metrics, Spawner, Storage, Supervisor, buffer::paged::CacheRef};
use commonware_storage::archive::immutable;
use commonware_utils::{NZDuration, NZU16, NZU64, NZUsize};
use futures::channel::mpsc::{UnboundedSender, unbounded};
use rand_core::CryptoRng;
use std::{num::NonZeroU64, sync::Arc, time::Duration};
use yufu_core::{crypto::Digest, registry::SignedHeader};

/// Messages that each of the engine's mailboxes holds before it pushes back.
const MAILBOX: std::num::NonZeroUsize = NZUsize!(256);
/// Bytes buffered before a write.
const WRITE_BUFFER: std::num::NonZeroUsize = NZUsize!(64 * 1024);
/// Final blocks that wait for the ledger's acknowledgement.
const OPEN_BLOCKS: std::num::NonZeroUsize = NZUsize!(16);
/// Views behind the newest for which votes and blocks are kept at hand for the others.
const VIEW_RETENTION: ViewDelta = ViewDelta::new(64);

/// The channels between validators, each with its own number on the network.
pub(super) struct Channels<S, R> {
    pub(super) votes: (S, R),
    pub(super) certificates: (S, R),
    pub(super) resolver: (S, R),
    pub(super) backfill: (S, R),
    pub(super) blocks: (S, R),
    pub(super) transactions: (S, R),
}

/// How long a validator waits for the others.
#[derive(Clone, Copy, Debug)]
pub(super) struct Timing {
    pub(super) leader: Duration,
    pub(super) certification: Duration,
    pub(super) retry: Duration,
    pub(super) skip: Duration,
}

impl Timing {
    /// Times that leave a leader room to wait `idle` for work before it proposes.
    pub(super) fn for_idle(idle: Duration) -> Self {
        let leader = idle + Duration::from_millis(1_500);
        let certification = leader + Duration::from_secs(1);
        Self {
            leader,
            certification,
            retry: Duration::from_secs(2),
            skip: certification + Duration::from_secs(3),
        }
    }
}

/// One validator, without its network.
pub(super) struct Validator<P, B> {
    /// Prefix of its storage partitions.
    pub(super) name: String,
    pub(super) identity: ed25519::PublicKey,
    pub(super) keys: Arc<dyn ConsensusKeys>,
    /// Genesis digest: the name of the network.
    pub(super) network: Digest,
    /// A final header up to which it never votes.
    pub(super) floor: Option<SignedHeader>,
    pub(super) ledger: Arc<dyn Ledger>,
    /// From where to go on, if the ledger did not come to its height by this engine.
    pub(super) joined: Option<SignedHeader>,
    pub(super) failures: UnboundedSender<String>,
    pub(super) epoch_length: NonZeroU64,
    pub(super) timing: Timing,
    pub(super) peers: P,
    pub(super) blocker: B,
    pub(super) track: Track,
}

/// Starts the parts of `validator` and returns their handles; when one of them ends, the validator
/// has failed.
pub(super) async fn start<E, S, R, P, B>(
    context: E,
    validator: Validator<P, B>,
    channels: Channels<S, R>,
) -> Result<Vec<Handle<()>>, EngineError>
where
    E: Spawner + Clock + Metrics + Storage + CryptoRng + Supervisor + Send + Sync + 'static,
    S: Sender<PublicKey = ed25519::PublicKey>,
    R: Receiver<PublicKey = ed25519::PublicKey>,
    P: Provider<PublicKey = ed25519::PublicKey>,
    B: Blocker<PublicKey = ed25519::PublicKey>,
{
    let Validator {
        name,
        identity,
        keys,
        network,
        floor,
        ledger,
        joined,
        failures,
        epoch_length,
        timing,
        peers,
        blocker,
        track,
    } = validator;
    let schemes = Schemes::new(ledger.clone(), keys, network, &identity);
    let page_cache = CacheRef::new(NZU16!(4096), NZUsize!(1024));
    let epocher = FixedEpocher::new(epoch_length);
    let start = match &joined {
        Some(signed) => marshal::Start::Floor(scheme::finalization(signed)?),
        None => {
            let genesis = ledger.genesis();
            let digest = genesis.digest();
            marshal::Start::Genesis(Digested::precomputed(genesis, digest))
        }
    };

    let resolver = backfill::init(
        context.child("backfill"),
        backfill::Config {
            public_key: identity.clone(),
            peer_provider: peers.clone(),
            blocker: blocker.clone(),
            mailbox_size: MAILBOX,
            fetch_timeout: NZDuration!(Duration::from_secs(2)),
            fetch_retry_delay: Duration::from_millis(100),
            priority_requests: false,
            priority_responses: false,
        },
        channels.backfill,
    );
    let (broadcast, buffer) = buffered::Engine::new(
        context.child("broadcast"),
        buffered::Config {
            public_key: identity.clone(),
            mailbox_size: MAILBOX,
            deque_size: 16,
            priority: false,
            codec_config: (),
            peer_provider: peers,
            strategy: Sequential,
        },
    );
    let broadcast = broadcast.start(channels.blocks);

    let certificates = immutable::Archive::init(
        context.child("certificates"),
        archive(&name, "certificates", &page_cache, Scheme::certificate_codec_config_unbounded()),
    )
    .await
    .map_err(stopped)?;
    let blocks = immutable::Archive::init(context.child("blocks"), archive(&name, "blocks", &page_cache, ()))
        .await
        .map_err(stopped)?;
    let (marshal, mailbox, _) = Marshal::<_, Standard<Block>, _, _, _, _, _>::init(
        context.child("marshal"),
        certificates,
        blocks,
        marshal::Config {
            provider: schemes.clone(),
            epocher: epocher.clone(),
            start,
            partition_prefix: name.clone(),
            mailbox_size: MAILBOX,
            view_retention: VIEW_RETENTION,
            prunable_items_per_section: NZU64!(1024),
            page_cache: page_cache.clone(),
            replay_buffer: WRITE_BUFFER,
            key_write_buffer: WRITE_BUFFER,
            value_write_buffer: WRITE_BUFFER,
            block_codec_config: (),
            max_repair: NZUsize!(16),
            max_pending_acks: OPEN_BLOCKS,
            strategy: Sequential,
        },
    )
    .await;

    let (final_blocks, queue) = unbounded();
    let (settled, heights) = unbounded();
    let delivery = context.child("delivery").spawn({
        let (ledger, mailbox, failures) = (ledger.clone(), mailbox.clone(), failures.clone());
        move |_| deliver(ledger, mailbox, queue, settled, failures)
    });
    let (sender, receiver) = channels.transactions;
    let telling = context.child("tell").spawn({
        let ledger = ledger.clone();
        move |context| gossip::tell(context, ledger, sender)
    });
    let listening = context.child("listen").spawn({
        let ledger = ledger.clone();
        move |_| gossip::listen(ledger, receiver)
    });
    let adapter = Adapter::new(ledger.clone(), failures.clone());
    let automaton = Inline::new(context.child("automaton"), adapter, mailbox.clone(), epocher);
    let marshal = marshal.start(FinalBlocks(final_blocks), buffer, resolver);
    if let Some(signed) = joined {
        let (ledger, mailbox) = (ledger.clone(), mailbox.clone());
        context.child("floor").spawn(move |_| epochs::give_floor(ledger, mailbox, signed));
    }
    let partition = name.clone();
    let begin = move |context: E, epoch: epochs::Epoch, channels: epochs::EpochChannels<S>| {
        let consensus = simplex::Engine::new(
            context,
            simplex::Config {
                scheme: epoch.scheme,
                elector: RoundRobin::<Sha256>::default(),
                blocker: blocker.clone(),
                automaton: automaton.clone(),
                relay: automaton.clone(),
                reporter: automaton.clone(),
                strategy: Sequential,
                partition: epochs::partition(&partition, epoch.number),
                mailbox_size: MAILBOX,
                epoch: epoch.number,
                floor: epoch.floor,
                replay_buffer: WRITE_BUFFER,
                write_buffer: WRITE_BUFFER,
                page_cache: page_cache.clone(),
                leader_timeout: timing.leader,
                certification_timeout: timing.certification,
                timeout_retry: timing.retry,
                view_retention: VIEW_RETENTION,
                skip: SkipPolicy::Enabled { timeout: timing.skip, budget: simplex::SkipBudget::Participants },
                fetch_timeout: NZDuration!(Duration::from_secs(1)),
                fetch_retry_delay: Duration::from_millis(100),
                forward: ForwardPolicy::Disabled,
                track_historical_votes: false,
            },
        );
        consensus.start(channels.votes, channels.certificates, channels.resolver)
    };
    let epochs =
        Epochs { name, ledger, schemes, marshal: mailbox, epoch_length, track, begin, floor, met: None };
    let consensus = context.child("epochs").spawn({
        let (votes, certificates, resolver) = (channels.votes, channels.certificates, channels.resolver);
        move |context| async move {
            if let Err(error) = epochs.run(context, heights, votes, certificates, resolver).await {
                // A closed channel means that the engine is stopping already.
                let _ = failures.unbounded_send(error.to_string());
            }
        }
    });
    Ok(vec![broadcast, delivery, telling, listening, marshal, consensus])
}

fn stopped(error: impl std::fmt::Display) -> EngineError {
    EngineError::Stopped(error.to_string())
}

/// The ledger's failure, as the engine's.
pub(super) fn ledger_failed(error: BlockError) -> EngineError {
    EngineError::Ledger(error.to_string())
}

/// Where final blocks and their certificates are kept for ever: on disk, with little in memory.
fn archive<C>(name: &str, kind: &str, page_cache: &CacheRef, codec_config: C) -> immutable::Config<C> {
    let partition = |part: &str| format!("{name}-{kind}-{part}");
    immutable::Config {
        metadata_partition: partition("metadata"),
        freezer_table_partition: partition("table"),
        freezer_table_initial_size: 1 << 14,
        freezer_table_resize_frequency: 4,
        freezer_table_resize_chunk_size: 1 << 12,
        freezer_key_partition: partition("keys"),
        freezer_key_page_cache: page_cache.clone(),
        freezer_value_partition: partition("values"),
        freezer_value_target_size: 64 << 20,
        freezer_value_compression: None,
        ordinal_partition: partition("ordinal"),
        items_per_section: NZU64!(1 << 16),
        freezer_key_write_buffer: WRITE_BUFFER,
        freezer_value_write_buffer: WRITE_BUFFER,
        ordinal_write_buffer: WRITE_BUFFER,
        replay_buffer: WRITE_BUFFER,
        codec_config,
    }
}
