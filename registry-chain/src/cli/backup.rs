//! Backups of a node, coming back from one, and beginning with a peer's snapshot.

use super::{
    Failure, Locale,
    arguments::{Backup, Join, Restore},
    block_on, network_key, say,
};
use crate::{
    Settings,
    backup::{
        self as files, Restored,
        join::{self, JoinLimits, Progress},
    },
    config::ConfigError,
};
use std::{
    cell::Cell,
    sync::Arc,
    time::{Duration, Instant},
};
use yufu_core::time::SystemClock;

/// How often is told how far it is.
const TELL: Duration = Duration::from_secs(2);

pub(super) fn backup(locale: Locale, arguments: &Backup) -> Result<(), Failure> {
    let settings = Settings::load(&arguments.config).map_err(|e: ConfigError| Failure(e.to_string()))?;
    let manifest = files::backup(&settings, &arguments.out, &SystemClock)?;
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
    let restored = files::restore(&settings, &arguments.from, key, &SystemClock)?;
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
    let restored = block_on(joining)??;
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
