//! Backups of a node, and coming back from one.

use super::{
    Failure, Locale,
    arguments::{Backup, Restore},
    network_key, say,
};
use crate::{Settings, backup as files, config::ConfigError};
use yufu_core::time::SystemClock;

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
    println!("height {}", restored.height);
    println!("records {}", restored.audited.records);
    println!("votes_after_ms {}", restored.votes_after_ms);
    let id = if restored.stands_alone { "registry-restored-alone" } else { "registry-restored" };
    eprintln!("{}", say(locale, id, &[("height", restored.height.into())]));
    Ok(())
}
