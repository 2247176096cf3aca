//! Beginning with an empty disk: a peer's snapshot is fetched, checked, and put in place.
//!
//! The peer is not believed. What it says of the snapshot is compared with the genesis in the
//! configuration and with what arrives; what arrives is checked as a backup is. A peer that lies costs
//! time, and no more disk than the limit.

use super::{
    BackupError, FORMAT, MAX_MANIFEST, Manifest, create_new, file_error,
    restore::{Place, Restored},
};
use crate::{config::Settings, disk};
use serde::Deserialize;
use std::{
    io::Write as _,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};
use yufu_core::{
    Clock,
    client::{Answer, ReqwestTransport, TransportError, TransportOptions},
    http::{HttpError, HttpRequest, HttpTransport as _},
    registry::{NetworkKey, client::hex_digest},
};

/// How often a peer is asked that makes a snapshot or is busy.
const AGAIN: Duration = Duration::from_secs(1);

/// How long anything but the database may take.
const ANSWER: Duration = Duration::from_secs(20);

/// The longest text of a peer that is shown.
const MAX_WORDS: usize = 300;

/// What a peer may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JoinLimits {
    /// The largest database that is fetched.
    pub bytes: u64,
    /// How long the peer may take to make a snapshot, or to have a place for this node.
    pub wait: Duration,
    /// How long nothing may come while it is fetched.
    pub stall: Duration,
    /// Bytes a second that have to come, on the whole.
    pub least_speed: u64,
}

impl Default for JoinLimits {
    fn default() -> Self {
        Self {
            bytes: 256 << 30,
            wait: Duration::from_secs(900),
            stall: Duration::from_secs(30),
            least_speed: 64 << 10,
        }
    }
}

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// The peer makes a snapshot, or has no place for this node yet.
    Waiting,
    /// Being fetched.
    Fetched {
        /// Bytes that have come.
        bytes: u64,
        /// Bytes in all.
        of: u64,
    },
    /// All has come, and is being checked.
    Checking,
}

/// Why a node does not begin with a peer's snapshot. Nothing is left in its data folder then.
#[derive(Debug, thiserror::Error)]
pub enum JoinError {
    /// What arrived is not the snapshot of this network that it is said to be, or the data folder cannot
    /// take it.
    #[error(transparent)]
    Backup(#[from] BackupError),
    /// The client could not be made.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// The peer cannot be reached.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// The peer refuses.
    #[error("the peer refuses ({status} {error}): {message}")]
    Refused {
        /// HTTP status code.
        status: u16,
        /// Its word for that.
        error: String,
        /// Its text.
        message: String,
    },
    /// The peer had no snapshot for this node in time.
    #[error("the peer had no snapshot for this node within {} s", .0.as_secs())]
    Waited(Duration),
    /// What the peer says of its snapshot cannot be read.
    #[error("the peer's description of its snapshot is malformed")]
    Malformed,
    /// It is larger than allowed.
    #[error("the snapshot has {announced} bytes, and at most {limit} are allowed")]
    TooLarge {
        /// Bytes that it is said to have.
        announced: u64,
        /// The limit.
        limit: u64,
    },
    /// It would not leave the room that a node needs.
    #[error("the snapshot has {announced} bytes, {free} are free, and {kept} must stay free")]
    NoRoom {
        /// Bytes that it is said to have.
        announced: u64,
        /// Bytes that are free.
        free: u64,
        /// Bytes that must stay free.
        kept: u64,
    },
    /// More came than was announced.
    #[error("more came than the {announced} bytes that the peer announced")]
    Longer {
        /// Bytes that it is said to have.
        announced: u64,
    },
    /// It ended too early.
    #[error("{got} of {announced} bytes came, then no more: {reason}")]
    BrokenOff {
        /// Bytes that came.
        got: u64,
        /// Bytes that it is said to have.
        announced: u64,
        /// What is known about why.
        reason: String,
    },
    /// Nothing came for too long.
    #[error("{got} of {announced} bytes came, then nothing for {} s", .stall.as_secs())]
    Stalled {
        /// Bytes that came.
        got: u64,
        /// Bytes that it is said to have.
        announced: u64,
        /// How long.
        stall: Duration,
    },
    /// It came too slowly.
    #[error("{got} of {announced} bytes came in {} s, which is too slow", .time.as_secs())]
    TooSlow {
        /// Bytes that came.
        got: u64,
        /// Bytes that it is said to have.
        announced: u64,
        /// How long it took.
        time: Duration,
    },
    /// The thread that checks failed.
    #[error("checking failed: {0}")]
    Check(String),
}

/// Fills the empty data folder of a node from a peer at `url`: fetches its snapshot, checks it as
/// [`restore`](super::restore) does, and lets the node stand by. `key` as there.
///
/// # Errors
/// [`JoinError`] by what failed; the data folder then has no database, and it can be tried again.
pub async fn join(
    settings: &Settings,
    url: &str,
    key: Option<NetworkKey>,
    limits: JoinLimits,
    clock: Arc<dyn Clock>,
    progress: impl Fn(Progress),
) -> Result<Restored, JoinError> {
    let place = Place::new(settings, key)?;
    let base = url.trim_end_matches('/');
    let manifest = describe(base, limits, &progress).await?;
    place.expects(&manifest)?;
    if manifest.bytes > limits.bytes {
        return Err(JoinError::TooLarge { announced: manifest.bytes, limit: limits.bytes });
    }
    let arrival = place.prepare()?;
    let (free, kept) = (disk::free(&settings.data), settings.min_free());
    if let Some(free) = free
        && free < manifest.bytes.saturating_add(kept)
    {
        return Err(JoinError::NoRoom { announced: manifest.bytes, free, kept });
    }
    let time = Duration::from_secs(60 + manifest.bytes / limits.least_speed.max(1));
    let answer = fetch(base, &manifest, limits, time, &progress).await?;
    store(answer, arrival.path(), manifest.bytes, limits.stall, time, &progress).await?;
    progress(Progress::Checking);
    let checked = tokio::task::spawn_blocking(move || arrival.put_in_place(&manifest, clock.as_ref()));
    Ok(checked.await.map_err(|e| JoinError::Check(e.to_string()))??)
}

/// Plain HTTP will do: what comes is checked, whoever may have changed it on the way.
fn transport(timeout: Duration) -> Result<ReqwestTransport, TransportError> {
    ReqwestTransport::new(&TransportOptions { timeout, plain_http: true, ..TransportOptions::default() })
}

/// Asks for the description until there is a snapshot.
async fn describe(
    base: &str,
    limits: JoinLimits,
    progress: &impl Fn(Progress),
) -> Result<Manifest, JoinError> {
    let transport = transport(ANSWER)?;
    let limit = usize::try_from(MAX_MANIFEST).unwrap_or(usize::MAX);
    let until = Instant::now() + limits.wait;
    loop {
        let request = HttpRequest::get(format!("{base}/v1/snapshot"));
        let answer = transport.send(HttpRequest { max_response_bytes: limit, ..request }).await?;
        if answer.is_success() {
            let manifest: Manifest =
                serde_json::from_slice(&answer.body).map_err(|_| JoinError::Malformed)?;
            // The digest becomes part of an address.
            let named = hex_digest(&manifest.sha256).is_some() && manifest.format == FORMAT;
            return if named { Ok(manifest) } else { Err(JoinError::Malformed) };
        }
        let refused = refusal(answer.status, &answer.body);
        if !refused.is_for_now() {
            return Err(refused);
        }
        wait(until, limits.wait, progress).await?;
    }
}

/// Asks for the database until there is a place.
async fn fetch(
    base: &str,
    manifest: &Manifest,
    limits: JoinLimits,
    time: Duration,
    progress: &impl Fn(Progress),
) -> Result<Answer, JoinError> {
    let transport = transport(time)?;
    let until = Instant::now() + limits.wait;
    loop {
        let request = HttpRequest::get(format!("{base}/v1/snapshot/{}", manifest.sha256));
        let opened = tokio::time::timeout(ANSWER, transport.open(request)).await;
        let stalled = |_| JoinError::Stalled { got: 0, announced: manifest.bytes, stall: ANSWER };
        let mut answer = opened.map_err(stalled)??;
        if answer.status() == 200 {
            return Ok(answer);
        }
        let mut body = Vec::new();
        while let Ok(Ok(Some(piece))) = tokio::time::timeout(ANSWER, answer.piece()).await {
            body.extend_from_slice(piece.as_ref());
            if body.len() as u64 > MAX_MANIFEST {
                break;
            }
        }
        let refused = refusal(answer.status(), &body);
        if !refused.is_for_now() {
            return Err(refused);
        }
        wait(until, limits.wait, progress).await?;
    }
}

async fn wait(until: Instant, limit: Duration, progress: &impl Fn(Progress)) -> Result<(), JoinError> {
    if Instant::now() + AGAIN > until {
        return Err(JoinError::Waited(limit));
    }
    progress(Progress::Waiting);
    tokio::time::sleep(AGAIN).await;
    Ok(())
}

/// Writes what comes, as long as it is what was announced.
async fn store(
    mut answer: Answer,
    path: &Path,
    announced: u64,
    stall: Duration,
    time: Duration,
    progress: &impl Fn(Progress),
) -> Result<(), JoinError> {
    if answer.length().is_some_and(|length| length > announced) {
        return Err(JoinError::Longer { announced });
    }
    let mut file = create_new(path).map_err(file_error(path))?;
    let started = Instant::now();
    let mut got = 0;
    loop {
        let piece = match tokio::time::timeout(stall, answer.piece()).await {
            Err(_) => return Err(JoinError::Stalled { got, announced, stall }),
            Ok(Err(_)) if started.elapsed() >= time => {
                return Err(JoinError::TooSlow { got, announced, time });
            }
            Ok(Err(error)) => {
                return Err(JoinError::BrokenOff { got, announced, reason: error.to_string() });
            }
            Ok(Ok(None)) if got < announced => {
                return Err(JoinError::BrokenOff { got, announced, reason: "it ended".into() });
            }
            Ok(Ok(None)) => break,
            Ok(Ok(Some(piece))) => piece,
        };
        let piece = piece.as_ref();
        got += piece.len() as u64;
        if got > announced {
            return Err(JoinError::Longer { announced });
        }
        file.write_all(piece).map_err(file_error(path))?;
        progress(Progress::Fetched { bytes: got, of: announced });
    }
    Ok(file.sync_all().map_err(file_error(path))?)
}

/// What nodes answer when they refuse.
#[derive(Deserialize)]
struct Refusal {
    error: String,
    message: String,
}

fn refusal(status: u16, body: &[u8]) -> JoinError {
    let Refusal { error, message } = serde_json::from_slice(body)
        .unwrap_or_else(|_| Refusal { error: "unknown".into(), message: "no reason is given".into() });
    // It goes to a terminal.
    let shown = |text: String| text.chars().filter(|c| !c.is_control()).take(MAX_WORDS).collect();
    JoinError::Refused { status, error: shown(error), message: shown(message) }
}

impl JoinError {
    /// Whether the peer may agree a moment later.
    fn is_for_now(&self) -> bool {
        const WORDS: [&str; 4] = ["snapshot_making", "snapshot_busy", "not_yet", "too_often"];
        matches!(self, Self::Refused { error, .. } if WORDS.contains(&error.as_str()))
    }
}
