//! Putting a copy in place, once all of it is checked.

use super::{BackupError, DATABASE, MANIFEST, Manifest, create_new, digest, file_error, genesis, manifest};
use crate::{
    config::Settings,
    disk::{LOCK, hold},
    genesis::Genesis,
    init::hex,
    standby::{MARGIN_MS, Standby, sync_folder},
    state::{AuditReport, Reader},
};
use std::{
    fs::File,
    io::{ErrorKind, Read as _},
    path::{Path, PathBuf},
};
use yufu_core::{
    Clock,
    registry::{LightClient, NetworkKey},
};

/// The copy, while it is not checked. What an interrupted try has left under this name is removed.
const UNCHECKED: &str = "restoring.db";

/// A node that came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// The height at which it goes on.
    pub height: u64,
    /// What was looked at before it was put in place.
    pub audited: AuditReport,
    /// It does not vote before a block of after this time (milliseconds) is final.
    pub votes_after_ms: u64,
    /// The network makes no block final without this validator, so that it will never vote again.
    pub stands_alone: bool,
}

/// Puts a backup into the empty data folder of a node, once all of it is checked: that it is of the
/// configuration's network, that the newest header is certified, that every record is proven under it, and
/// that nothing is missing. `key` is a network key to begin with, of the epoch in which the backup was
/// taken or of an earlier one; without it, that of the genesis.
///
/// # Errors
/// [`BackupError`] by what does not hold; the data folder then has no database.
pub fn restore(
    settings: &Settings,
    from: &Path,
    key: Option<NetworkKey>,
    clock: &dyn Clock,
) -> Result<Restored, BackupError> {
    let place = Place::new(settings, key)?;
    let manifest = manifest(&from.join(MANIFEST))?;
    place.expects(&manifest)?;
    let arrival = place.prepare()?;
    copy(&from.join(DATABASE), arrival.path(), manifest.bytes)?;
    arrival.put_in_place(&manifest, clock)
}

fn copy(database: &Path, new: &Path, announced: u64) -> Result<(), BackupError> {
    let mut source = File::open(database).map_err(file_error(database))?;
    let mut copy = create_new(new).map_err(file_error(new))?;
    // No more than was announced, whatever the file has become.
    let copied = std::io::copy(&mut (&mut source).take(announced.saturating_add(1)), &mut copy);
    copied.and_then(|_| copy.sync_all()).map_err(file_error(new))
}

/// Where a copy is to go, and what it must be of.
pub(super) struct Place {
    data: PathBuf,
    genesis: Genesis,
    key: NetworkKey,
}

impl Place {
    pub(super) fn new(settings: &Settings, key: Option<NetworkKey>) -> Result<Self, BackupError> {
        let genesis = genesis(&settings.genesis)?;
        let key = key.unwrap_or_else(|| genesis.network_key());
        if key.genesis != genesis.digest() {
            return Err(BackupError::OtherNetwork);
        }
        Ok(Self { data: settings.data.clone(), genesis, key })
    }

    /// Whether the copy is said to be of this network.
    pub(super) fn expects(&self, manifest: &Manifest) -> Result<(), BackupError> {
        if manifest.network == hex(&self.genesis.digest()) { Ok(()) } else { Err(BackupError::OtherNetwork) }
    }

    /// Takes the data folder, which must be empty but for the rest of a try that was interrupted.
    pub(super) fn prepare(self) -> Result<Arrival, BackupError> {
        let data = &self.data;
        require_empty(data)?;
        let held = hold(data).map_err(file_error(data))?.ok_or_else(|| BackupError::InUse(data.clone()))?;
        // Whoever had it meanwhile may have left something.
        require_empty(data)?;
        let path = data.join(UNCHECKED);
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(file_error(&path)(error)),
            _ => {}
        }
        Ok(Arrival { place: self, path, _held: held })
    }
}

/// The copy that arrives in the data folder. What is not put in place is removed.
pub(super) struct Arrival {
    place: Place,
    path: PathBuf,
    _held: File,
}

impl Arrival {
    /// Where it is written.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Checks what was written there, and makes it the node's database.
    pub(super) fn put_in_place(
        self,
        manifest: &Manifest,
        clock: &dyn Clock,
    ) -> Result<Restored, BackupError> {
        let Place { data, genesis, key } = &self.place;
        let Checked { audited, tip_ms, stands_alone } = check(&self.path, manifest, genesis, key.clone())?;
        // The note comes first: a node that finds the database finds it too.
        let votes_after_ms = clock.now_ms().max(tip_ms).saturating_add(MARGIN_MS);
        Standby::begin(data, votes_after_ms).map_err(file_error(data))?;
        std::fs::rename(&self.path, data.join(DATABASE)).map_err(file_error(&self.path))?;
        sync_folder(data).map_err(file_error(data))?;
        Ok(Restored { height: manifest.height, audited, votes_after_ms, stands_alone })
    }
}

impl Drop for Arrival {
    fn drop(&mut self) {
        // It is not there any more when all went well; the next try removes what stays.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// What a copy holds.
struct Checked {
    audited: AuditReport,
    tip_ms: u64,
    stands_alone: bool,
}

fn check(
    new: &Path,
    manifest: &Manifest,
    genesis: &Genesis,
    key: NetworkKey,
) -> Result<Checked, BackupError> {
    // What was written is what counts, not what was read.
    let mut written = File::open(new).map_err(file_error(new))?;
    if digest(&mut written).map_err(file_error(new))? != (manifest.bytes, manifest.sha256.clone()) {
        return Err(BackupError::Digest);
    }
    let reader = Reader::open_foreign(new, &genesis.digest())?;
    reader.check_integrity()?;
    let tip = reader.tip()?;
    let signed = reader.certificate(tip.height)?.ok_or(BackupError::NotCertified)?;
    let said = (manifest.height, manifest.header.clone());
    if signed.header().digest() != tip.digest() || (tip.height, hex(&tip.digest())) != said {
        return Err(BackupError::OtherHeader);
    }
    // Old or not, it is what this network certified: its own time stands in for the clock.
    let mut client = LightClient::new(key);
    while client.key().epoch < tip.epoch {
        let next = reader.handover(client.key().epoch + 1)?.ok_or(BackupError::NotCertified)?;
        client.follow(&next, next.last().header().time_ms)?;
    }
    client.verify_header(&signed, tip.time_ms)?;
    let stands_alone = client.key().set.quorum() == client.operators();
    let audited = reader.audit()?;
    reader.check_whole()?;
    Ok(Checked { audited, tip_ms: tip.time_ms, stands_alone })
}

/// Beside what a try may leave that was interrupted, there must be nothing.
fn require_empty(folder: &Path) -> Result<(), BackupError> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(file_error(folder)(error)),
    };
    for entry in entries {
        let name = entry.map_err(file_error(folder))?.file_name();
        if name != LOCK && name != UNCHECKED {
            return Err(BackupError::NotEmpty(folder.to_owned()));
        }
    }
    Ok(())
}
