//! A copy of the node's database, for a node that begins with an empty disk.

use super::{Gateway, error::ApiError, limit::tells_who_asks};
use crate::backup::{
    Manifest,
    serve::{Fetch, Snapshots, Unserved},
};
use axum::{
    Json,
    body::Body,
    extract::{ConnectInfo, Path, State},
    http::{HeaderName, HeaderValue, header},
    response::{IntoResponse, Response},
};
use std::{io::Read as _, net::SocketAddr, sync::Arc, time::Duration};
use tokio::sync::mpsc;
use tracing::debug;
use yufu_core::server::household;

/// Bytes that are read and sent at a time; this many pieces are under way.
const PIECE: usize = 256 << 10;
const PIECES: usize = 2;

/// How long a reader may take no piece at all.
const STALL: Duration = Duration::from_secs(30);

/// `GET /v1/snapshot`: what the snapshot of now is. Where there is none, one is begun, and the answer says
/// when to ask again.
pub(super) async fn describe(
    State(gateway): State<Arc<Gateway>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
) -> Result<Json<Manifest>, ApiError> {
    let snapshots = snapshots(&gateway, peer)?.clone();
    // It looks at the disk.
    gateway.blocking(move |_| Ok(Json(snapshots.offer()?))).await
}

/// `GET /v1/snapshot/{sha256}`: its database.
pub(super) async fn file(
    State(gateway): State<Arc<Gateway>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Path(digest): Path<String>,
) -> Result<Response, ApiError> {
    let address = tells_who_asks(peer.ip()).then(|| household(peer.ip()));
    let fetch = snapshots(&gateway, peer)?.fetch(&digest, address)?;
    gateway.registry.metrics().note_snapshot();
    let fields: [(HeaderName, HeaderValue); 3] = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream")),
        (header::CONTENT_LENGTH, fetch.bytes().into()),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    let (send, mut receive) = mpsc::channel(PIECES);
    tokio::spawn(read(fetch, send));
    let pieces = futures::stream::poll_fn(move |context| receive.poll_recv(context));
    Ok((fields, Body::from_stream(pieces)).into_response())
}

fn snapshots(gateway: &Gateway, peer: SocketAddr) -> Result<&Arc<Snapshots>, ApiError> {
    let on = gateway.snapshots.as_ref().ok_or(ApiError::SnapshotsOff)?;
    if on.admits(peer.ip()) { Ok(on) } else { Err(ApiError::SnapshotsOff) }
}

type Piece = std::io::Result<Vec<u8>>;

/// Reads the file as fast as it is taken. Whoever is too slow is cut off, which they see by the length.
async fn read(fetch: Fetch, to: mpsc::Sender<Piece>) {
    let until = tokio::time::Instant::now() + fetch.time();
    let sent = tokio::time::timeout_at(until, async {
        let mut file = match fetch.open() {
            Ok(file) => file,
            Err(error) => return to.send(Err(error)).await.is_ok(),
        };
        loop {
            let read = tokio::task::spawn_blocking(move || {
                let mut piece = Vec::with_capacity(PIECE);
                let read = (&mut file).take(PIECE as u64).read_to_end(&mut piece).map(|_| piece);
                (file, read)
            });
            let Ok((again, piece)) = read.await else { return false };
            file = again;
            match piece {
                Ok(piece) if piece.is_empty() => return true,
                piece => match tokio::time::timeout(STALL, to.send(piece)).await {
                    Ok(Ok(())) => {}
                    _ => return false,
                },
            }
        }
    });
    if !matches!(sent.await, Ok(true)) {
        debug!("a snapshot was not fetched to its end");
    }
}

impl From<Unserved> for ApiError {
    fn from(why: Unserved) -> Self {
        match why {
            Unserved::Making => Self::SnapshotMaking,
            Unserved::Busy => Self::SnapshotBusy,
            Unserved::NoRoom => Self::SnapshotNoRoom,
            Unserved::NotCertified => Self::NotYet,
            Unserved::Failed => Self::Unavailable,
            Unserved::Unknown => Self::NotFound,
        }
    }
}
