//! A validator that may have forgotten votes.
//!
//! A validator's votes stand in the engine's journal, under `consensus/`. A node that comes back without
//! it (from a backup, or with an empty disk) no longer knows how it voted, and a second, different vote in
//! one view is what a traitor does. So it stands by: it follows the chain, serves it, and signs nothing.
//!
//! # When it may vote again
//! The engine asks for no memory across views: what a vote may build on is shown by certificates. So it
//! is enough that a validator never votes in a view in which it may have voted. Let it have gone down in
//! view *v*, and let the network make a block final in view *f* whose time is later than that.
//! To be in *v*, it had seen a certificate for each view before *v*. Were *f* < *v*, one of them was of
//! *f*: either a notarization of the block, though validators do not vote before a block's time, or a
//! nullification of *f*, beside which nothing becomes final in *f*. So *v* ≤ *f*, and all views after *f*
//! are free. "Later" is judged by clocks: [`MARGIN_MS`] is what they may differ by, and it holds what a
//! block may be ahead of a validator's clock.
//!
//! While the network cannot do without this validator (n ≤ 3), no such block comes and it stands by for
//! ever: its chain must go on as a new network, with `export` and `init-network --import`.

use crate::config::Settings;
use std::{
    io::{ErrorKind, Write as _},
    path::{Path, PathBuf},
};
use yufu_core::Clock;

/// By how much the clocks of validators may differ, and a block be ahead of them: one minute.
pub const MARGIN_MS: u64 = 60_000;

/// The largest marker that is read.
const MAX_MARKER: u64 = 32;

/// Lets a validator stand by from its next start on, as its operator orders who knows that votes may be
/// lost.
///
/// # Errors
/// When the note cannot be left in the data folder.
pub fn stand_by(settings: &Settings, clock: &dyn Clock) -> std::io::Result<()> {
    std::fs::create_dir_all(&settings.data)?;
    Standby::begin(&settings.data, clock.now_ms().saturating_add(MARGIN_MS))
}

/// The note in the data folder that this validator stands by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Standby {
    path: PathBuf,
    until_ms: u64,
}

impl Standby {
    /// The note in this data folder, if there is one.
    pub(crate) fn find(data: &Path) -> std::io::Result<Option<Self>> {
        let path = path(data);
        let text = match crate::config::read_bounded(&path, MAX_MARKER) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let number = std::str::from_utf8(&text).ok().and_then(|text| text.trim().parse().ok());
        let until_ms = number.ok_or_else(|| std::io::Error::new(ErrorKind::InvalidData, "not a time"))?;
        Ok(Some(Self { path, until_ms }))
    }

    /// Leaves the note, durably, that no vote is given before a block of after `until_ms` is final. One
    /// that is there and says later stays.
    pub(crate) fn begin(data: &Path, until_ms: u64) -> std::io::Result<()> {
        let before = Self::find(data)?.map_or(0, |standby| standby.until_ms);
        let path = path(data);
        let new = path.with_extension("new");
        let mut file = std::fs::File::create(&new)?;
        writeln!(file, "{}", before.max(until_ms))?;
        file.sync_all()?;
        std::fs::rename(&new, &path)?;
        sync_folder(data)
    }

    /// Whether a final block of this time says that all later views are free.
    pub(crate) fn is_over(&self, final_ms: u64) -> bool {
        final_ms > self.until_ms
    }

    /// Milliseconds of the network's time before which nothing ends it.
    pub(crate) fn until_ms(&self) -> u64 {
        self.until_ms
    }

    /// Takes the note away.
    pub(crate) fn end(&self) -> std::io::Result<()> {
        std::fs::remove_file(&self.path)
    }
}

fn path(data: &Path) -> PathBuf {
    data.join("standby")
}

/// Makes renames in a folder durable, where folders can be opened.
#[cfg(unix)]
pub(crate) fn sync_folder(folder: &Path) -> std::io::Result<()> {
    std::fs::File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
pub(crate) fn sync_folder(_: &Path) -> std::io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::Standby;

    #[test]
    fn a_note_survives_and_the_later_time_stays() {
        let data = tempfile::tempdir().unwrap();
        assert_eq!(Standby::find(data.path()).unwrap(), None);
        Standby::begin(data.path(), 2_000).unwrap();
        Standby::begin(data.path(), 1_000).unwrap();
        let standby = Standby::find(data.path()).unwrap().unwrap();
        assert!(!standby.is_over(2_000) && standby.is_over(2_001));
        standby.end().unwrap();
        assert_eq!(Standby::find(data.path()).unwrap(), None);
    }

    #[test]
    fn a_damaged_note_does_not_let_a_validator_vote() {
        let data = tempfile::tempdir().unwrap();
        for text in ["", "soon", "99999999999999999999999999999999999999"] {
            std::fs::write(data.path().join("standby"), text).unwrap();
            assert!(Standby::find(data.path()).is_err(), "{text}");
        }
    }
}
