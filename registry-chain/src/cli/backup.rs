//! Backups of a node, coming back from one, and beginning with a peer's snapshot.

use super::{
    Failure, Locale,
    arguments::{Backup, Join, Restore},
    block_on, network_key, say,
};
use crate::{
    Settings,
    backup::{
        self as files, BackupError, Restored,
        join::{self, JoinError, JoinLimits, Progress},
    },
    config::ConfigError,
};
use std::{
    cell::Cell,
    sync::Arc,
    time::{Duration, Instant},
};
use yufu_core::{pages::Value, time::SystemClock};

/// How often is told how far it is.
const TELL: Duration = Duration::from_secs(2);

pub(super) fn backup(locale: Locale, arguments: &Backup) -> Result<(), Failure> {
    let settings = Settings::load(&arguments.config).map_err(|e: ConfigError| Failure(e.to_string()))?;
    let made = files::backup(&settings, &arguments.out, &SystemClock);
    let manifest = made.map_err(|error| not_copied(locale, &error))?;
    println!("backup {}", arguments.out.display());
    println!("height {}", manifest.height);
    println!("header {}", manifest.header);
    println!("bytes {}", manifest.bytes);
    eprintln!("{}", say(locale, "registry-backed-up", &[("height", manifest.height.into())]));
    Ok(())
}

pub(super) fn restore(locale: Locale, arguments: &Restore) -> Result<(), Failure> {
    let settings = Settings::load(&arguments.config).map_err(|e: ConfigError| Failure(e.to_string()))?;
    let key = arguments.network_key.as_deref().map(network_key).transpose()?;
    let restored = files::restore(&settings, &arguments.from, key, &SystemClock);
    let restored = restored.map_err(|error| not_copied(locale, &error))?;
    let id = if restored.stands_alone { "registry-restored-alone" } else { "registry-restored" };
    tell(locale, id, &restored);
    Ok(())
}

pub(super) fn join(locale: Locale, arguments: &Join) -> Result<(), Failure> {
    let settings = Settings::load(&arguments.config).map_err(|e: ConfigError| Failure(e.to_string()))?;
    let key = arguments.network_key.as_deref().map(network_key).transpose()?;
    let usual = JoinLimits::default();
    let limits = JoinLimits {
        bytes: arguments.max_bytes.unwrap_or(usual.bytes),
        wait: arguments.wait.map_or(usual.wait, Duration::from_secs),
        ..usual
    };
    let shown = Shown { locale, last: Cell::new(None) };
    let joining = join::join(&settings, &arguments.from, key, limits, Arc::new(SystemClock), |progress| {
        shown.tell(progress);
    });
    let restored = block_on(joining)?.map_err(|error| not_joined(locale, &error))?;
    let id = if restored.stands_alone { "registry-restored-alone" } else { "registry-joined" };
    tell(locale, id, &restored);
    Ok(())
}

/// How far it is, now and then.
struct Shown {
    locale: Locale,
    last: Cell<Option<Instant>>,
}

impl Shown {
    fn tell(&self, progress: Progress) {
        let is_new = self.last.get().is_none_or(|last| last.elapsed() >= TELL);
        let line = match progress {
            Progress::Checking => say(self.locale, "registry-join-checking", &[]),
            Progress::Fetched { bytes, of } if is_new || bytes == of => {
                let megabytes = |bytes: u64| (bytes / 1_000_000).into();
                say(self.locale, "registry-join-fetched", &[("n", megabytes(bytes)), ("of", megabytes(of))])
            }
            Progress::Waiting if is_new => say(self.locale, "registry-join-waiting", &[]),
            _ => return,
        };
        eprintln!("{line}");
        self.last.set(Some(Instant::now()));
    }
}

fn tell(locale: Locale, id: &str, restored: &Restored) {
    println!("height {}", restored.height);
    println!("records {}", restored.audited.records);
    println!("votes_after_ms {}", restored.votes_after_ms);
    eprintln!("{}", say(locale, id, &[("height", restored.height.into())]));
}

/// Why a node does not begin with a peer's snapshot. What a library says of its own stays as it says it.
fn not_joined(locale: Locale, error: &JoinError) -> Failure {
    let reason = |error: &dyn std::error::Error| [("reason", error.to_string().into())].to_vec();
    let seconds = |time: Duration| ("s", time.as_secs().into());
    let bytes = |got: u64, of: u64| [("got", got.into()), ("of", of.into())];
    let (id, values): (_, Vec<(&str, Value<'_>)>) = match error {
        JoinError::Backup(error) => return not_copied(locale, error),
        JoinError::Transport(error) => ("registry-join-unreachable", reason(error)),
        JoinError::Http(error) => ("registry-join-unreachable", reason(error)),
        JoinError::Refused { status, error, message } => {
            let id = match error.as_str() {
                "snapshots_off" => "registry-join-off",
                "snapshot_no_room" => "registry-join-peer-full",
                _ => "registry-join-refused",
            };
            let words = [("word", error.as_str().into()), ("message", message.as_str().into())];
            (id, [&[("status", u64::from(*status).into())], &words[..]].concat())
        }
        JoinError::Waited(limit) => ("registry-join-waited", vec![seconds(*limit)]),
        JoinError::Malformed => ("registry-join-malformed", Vec::new()),
        JoinError::TooLarge { announced, limit } => {
            ("registry-join-too-large", vec![("n", (*announced).into()), ("limit", (*limit).into())])
        }
        JoinError::NoRoom { announced, free, kept } => (
            "registry-join-no-room",
            vec![("n", (*announced).into()), ("free", (*free).into()), ("kept", (*kept).into())],
        ),
        JoinError::Longer { announced } => ("registry-join-longer", vec![("n", (*announced).into())]),
        JoinError::BrokenOff { got, announced, reason } => (
            "registry-join-broken-off",
            [&bytes(*got, *announced)[..], &[("reason", reason.as_str().into())]].concat(),
        ),
        JoinError::Stalled { got, announced, stall } => {
            ("registry-join-stalled", [&bytes(*got, *announced)[..], &[seconds(*stall)]].concat())
        }
        JoinError::TooSlow { got, announced, time } => {
            ("registry-join-too-slow", [&bytes(*got, *announced)[..], &[seconds(*time)]].concat())
        }
        JoinError::Check(reason) => ("registry-join-check", vec![("reason", reason.as_str().into())]),
    };
    Failure(say(locale, id, &values))
}

/// Why a copy is not made or not taken.
fn not_copied(locale: Locale, error: &BackupError) -> Failure {
    let path = |path: &std::path::Path| [("path", path.display().to_string().into())].to_vec();
    let reason = |error: &dyn std::error::Error| [("reason", error.to_string().into())].to_vec();
    let (id, values): (_, Vec<(&str, Value<'_>)>) = match error {
        BackupError::Exists(at) => ("registry-copy-exists", path(at)),
        BackupError::NotEmpty(at) => ("registry-copy-not-empty", path(at)),
        BackupError::InUse(at) => ("registry-copy-in-use", path(at)),
        BackupError::NoDatabase(at) => ("registry-copy-no-database", path(at)),
        BackupError::File { path: at, source } => ("registry-copy-file", [path(at), reason(source)].concat()),
        BackupError::Manifest { path: at, reason } => {
            ("registry-copy-manifest", [path(at), vec![("reason", reason.as_str().into())]].concat())
        }
        BackupError::NotCertified => ("registry-copy-not-certified", Vec::new()),
        BackupError::OtherNetwork => ("registry-copy-other-network", Vec::new()),
        BackupError::Digest => ("registry-copy-digest", Vec::new()),
        BackupError::OtherHeader => ("registry-copy-other-header", Vec::new()),
        BackupError::Certificate(error) => ("registry-copy-certificate", reason(error)),
        BackupError::State(error) => ("registry-copy-false", reason(error)),
        BackupError::Copy(error) => ("registry-copy-false", reason(error)),
        BackupError::Genesis(error) => ("registry-copy-genesis", reason(error)),
        BackupError::Store(error) => ("registry-copy-store", reason(error)),
    };
    Failure(say(locale, id, &values))
}
