//! Snapshots: copies of the database that a running node makes for whoever begins with one.
//!
//! # What a stranger may cost
//! A snapshot takes as much disk as the database and reads all of it, so a node makes none unless its
//! operator turned them on. Then whoever asks starts at most one copy in [`SnapshotSettings::keep_s`]:
//! one is made at a time, a made one is given to all who ask meanwhile, and the next is not begun while
//! anybody still fetches the last, so that there is never more than one on disk. It is refused when the
//! disk would be left with less than the room that the node itself needs. A copy is made and read on
//! threads that may block, and holds up no block. Fetching takes one of a few places, one for each
//! address, and has to keep a least speed, so that a slow reader gives its place back. Nothing in it is
//! secret: it holds what the node serves record by record.

use super::{BackupError, Manifest, copy_certified, make_folder};
use crate::{config::SnapshotSettings, disk, genesis::Genesis, state::Reader};
use std::{
    collections::HashSet,
    fs::File,
    net::IpAddr,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::{Duration, Instant},
};
use tracing::{info, warn};
use yufu_core::Clock;

/// Where snapshots lie, in the data folder. What is left there is removed at the start.
const FOLDER: &str = "snapshot";

/// How long no other copy is begun after one failed.
const AFTER_FAILURE: Duration = Duration::from_secs(30);

/// Bytes a second that a reader has to take, on the whole; it has [`GRACE`] beside that.
const LEAST_SPEED: u64 = 256 << 10;
const GRACE: Duration = Duration::from_secs(60);

/// Why no snapshot is given now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unserved {
    /// One is being made.
    Making,
    /// As many as may are fetching, or this address is, or the last one is still fetched.
    Busy,
    /// It would leave too little room on the disk.
    NoRoom,
    /// No height with a certificate of its own was met.
    NotCertified,
    /// It could not be made.
    Failed,
    /// There is none of this name now.
    Unknown,
}

/// A snapshot on disk. It is removed with the last who holds it.
struct Made {
    manifest: Manifest,
    path: PathBuf,
    at: Instant,
}

impl Drop for Made {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_file(&self.path) {
            warn!(%error, "a snapshot could not be removed");
        }
    }
}

enum State {
    Nothing,
    Making,
    Made(Arc<Made>),
    Failed(Instant, Unserved),
}

struct Offers {
    state: State,
    /// The last one, which somebody may still fetch.
    last: Weak<Made>,
    number: u64,
    fetching: usize,
    addresses: HashSet<IpAddr>,
}

/// What a node offers.
pub(crate) struct Snapshots {
    settings: SnapshotSettings,
    database: PathBuf,
    folder: PathBuf,
    genesis: Genesis,
    min_free: u64,
    clock: Arc<dyn Clock>,
    offers: Mutex<Offers>,
}

/// One that fetches: its place is free again when this is dropped.
pub(crate) struct Fetch {
    snapshots: Arc<Snapshots>,
    made: Arc<Made>,
    address: Option<IpAddr>,
}

impl Snapshots {
    /// Removes what is left of an earlier run. `data` is held by this node.
    pub(crate) fn new(
        settings: SnapshotSettings,
        data: &Path,
        genesis: Genesis,
        min_free: u64,
        clock: Arc<dyn Clock>,
    ) -> std::io::Result<Arc<Self>> {
        let folder = data.join(FOLDER);
        clear(&folder)?;
        make_folder(&folder)?;
        let offers = Offers {
            state: State::Nothing,
            last: Weak::new(),
            number: 0,
            fetching: 0,
            addresses: HashSet::new(),
        };
        Ok(Arc::new(Self {
            settings,
            database: data.join(super::DATABASE),
            folder,
            genesis,
            min_free,
            clock,
            offers: Mutex::new(offers),
        }))
    }

    /// Whether this address may have one at all.
    pub(crate) fn admits(&self, address: IpAddr) -> bool {
        self.settings.from.is_empty() || self.settings.from.contains(&address.to_canonical())
    }

    /// The snapshot of now; begins one where there is none.
    ///
    /// # Errors
    /// [`Unserved`]: ask again later.
    pub(crate) fn offer(self: &Arc<Self>) -> Result<Manifest, Unserved> {
        let mut offers = self.offers();
        match &offers.state {
            State::Made(made) if made.at.elapsed() < self.keep() => return Ok(made.manifest.clone()),
            State::Making => return Err(Unserved::Making),
            State::Failed(at, why) if at.elapsed() < AFTER_FAILURE => return Err(*why),
            _ => {}
        }
        offers.state = State::Nothing;
        if offers.last.strong_count() > 0 {
            return Err(Unserved::Busy);
        }
        let size = std::fs::metadata(&self.database).map_or(0, |file| file.len());
        // Not knowing is no reason to refuse.
        if disk::free(&self.folder).is_some_and(|free| free < size.saturating_add(self.min_free)) {
            return Err(Unserved::NoRoom);
        }
        offers.state = State::Making;
        offers.number += 1;
        let number = offers.number;
        drop(offers);
        tokio::spawn(self.clone().keep_one(number));
        Err(Unserved::Making)
    }

    /// Makes a snapshot, offers it for its time, and takes it back.
    async fn keep_one(self: Arc<Self>, number: u64) {
        let path = self.folder.join(format!("{number}.db"));
        let (maker, to) = (self.clone(), path.clone());
        let made = tokio::task::spawn_blocking(move || maker.make(&to)).await;
        let state = match made {
            Ok(Ok(manifest)) => {
                info!(height = manifest.height, bytes = manifest.bytes, "a snapshot is offered");
                let made = Arc::new(Made { manifest, path, at: Instant::now() });
                self.publish(made);
                tokio::time::sleep(self.keep()).await;
                State::Nothing
            }
            Ok(Err(error)) => {
                let why = why(&error);
                warn!(%error, "no snapshot could be made");
                // It may not have been begun.
                let _ = std::fs::remove_file(&path);
                State::Failed(Instant::now(), why)
            }
            Err(error) => {
                warn!(%error, "no snapshot could be made");
                State::Failed(Instant::now(), Unserved::Failed)
            }
        };
        let mut offers = self.offers();
        // The next may have been begun while this one's time ran out.
        if offers.number == number {
            offers.state = state;
        }
    }

    fn publish(&self, made: Arc<Made>) {
        let mut offers = self.offers();
        offers.last = Arc::downgrade(&made);
        offers.state = State::Made(made);
    }

    fn make(&self, to: &Path) -> Result<Manifest, BackupError> {
        let reader = Reader::open(&self.database, &self.genesis.digest())?;
        copy_certified(&reader, &self.genesis, to, self.clock.as_ref())
    }

    /// Lets an address fetch the snapshot of this digest; none where addresses do not tell who asks.
    ///
    /// # Errors
    /// [`Unserved::Unknown`] when it is not the one offered now; [`Unserved::Busy`].
    pub(crate) fn fetch(self: &Arc<Self>, digest: &str, address: Option<IpAddr>) -> Result<Fetch, Unserved> {
        let mut offers = self.offers();
        let State::Made(made) = &offers.state else { return Err(Unserved::Unknown) };
        if made.manifest.sha256 != digest || made.at.elapsed() >= self.keep() {
            return Err(Unserved::Unknown);
        }
        let made = made.clone();
        if offers.fetching >= usize::from(self.settings.downloads)
            || address.is_some_and(|address| !offers.addresses.insert(address))
        {
            return Err(Unserved::Busy);
        }
        offers.fetching += 1;
        drop(offers);
        Ok(Fetch { snapshots: self.clone(), made, address })
    }

    fn keep(&self) -> Duration {
        Duration::from_secs(self.settings.keep_s)
    }

    fn offers(&self) -> MutexGuard<'_, Offers> {
        // What is behind it is never left half done.
        self.offers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Fetch {
    /// Opens the file.
    pub(crate) fn open(&self) -> std::io::Result<File> {
        File::open(&self.made.path)
    }

    /// Bytes of the file.
    pub(crate) fn bytes(&self) -> u64 {
        self.made.manifest.bytes
    }

    /// How long fetching may take.
    pub(crate) fn time(&self) -> Duration {
        GRACE + Duration::from_secs(self.bytes() / LEAST_SPEED)
    }
}

impl Drop for Fetch {
    fn drop(&mut self) {
        let mut offers = self.snapshots.offers();
        offers.fetching = offers.fetching.saturating_sub(1);
        if let Some(address) = self.address {
            offers.addresses.remove(&address);
        }
    }
}

fn why(error: &BackupError) -> Unserved {
    const FULL: std::io::ErrorKind = std::io::ErrorKind::StorageFull;
    match error {
        BackupError::NotCertified => Unserved::NotCertified,
        BackupError::File { source, .. } if source.kind() == FULL => Unserved::NoRoom,
        BackupError::Store(error) if error.is_disk_full() => Unserved::NoRoom,
        _ => Unserved::Failed,
    }
}

fn clear(folder: &Path) -> std::io::Result<()> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
