//! A network put to the test.

use super::{Failure, Locale, arguments::Trial, say};
use crate::trial::{TrialOptions, run};
use std::time::Duration;

pub(super) fn trial(locale: Locale, arguments: Trial) -> Result<(), Failure> {
    let own = arguments.dir.is_none();
    let dir = arguments
        .dir
        .unwrap_or_else(|| std::env::temp_dir().join(format!("yufu-trial-{}", std::process::id())));
    let options = TrialOptions {
        program: std::env::current_exe()?,
        dir: dir.clone(),
        validators: arguments.validators,
        duration: Duration::from_secs(arguments.seconds),
        kill_every: arguments.kill_every.map(Duration::from_secs),
        seed: arguments.seed,
        change_validators: arguments.change_validators,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let report = runtime.block_on(run(&options, &|line| eprintln!("{line}")))?;
    println!("{}", serde_json::to_string(&report)?);
    if !report.kept() {
        // What is left is what an engineer needs.
        return Err(Failure(say(
            locale,
            "registry-trial-broken",
            &[("dir", dir.display().to_string().into())],
        )));
    }
    if own {
        let _ = std::fs::remove_dir_all(&dir);
    }
    eprintln!("{}", say(locale, "registry-trial-kept", &[]));
    Ok(())
}
