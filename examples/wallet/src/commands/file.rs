//! `present-file`: the consent sheet, then a file for one counter.

use super::{
    answering,
    sheet::{self, Way},
};
use crate::{arguments::Command, error::CliError, terminal::Speaker};
use std::{
    fs::{self, File, OpenOptions},
    io::Write,
    path::Path,
};
use yufu_core::{pages::minute, wallet::Wallet};

pub(super) fn present(wallet: &Wallet, speaker: Speaker, command: &Command) -> Result<(), CliError> {
    let Command::PresentFile { preset, out, counter, credential, yes } = command else {
        return Ok(());
    };
    let counter = sheet::printed_code(counter)?;
    let id = answering(wallet, speaker, credential.as_deref(), preset, |id| wallet.file_presets_for(id))?;
    let consent = sheet::agreed(speaker, wallet.file_consent_for(&id, preset, &counter)?, Way::File, *yes)?;
    let io = |error| CliError::Io(out.clone(), error);
    // Made first, so that no copy is spent in vain.
    let mut file = create(out).map_err(io)?;
    let made = match wallet.present_to_file(&consent) {
        Ok(made) => made,
        Err(error) => {
            // Empty, and nobody's but ours; what stands in the way is what is reported.
            let _ = fs::remove_file(out);
            return Err(error.into());
        }
    };
    file.write_all(&made.content).and_then(|()| file.sync_all()).map_err(io)?;
    let words = [("file", out.display().to_string().into()), ("time", minute(made.good_until_ms).into())];
    speaker.say("wallet-file-written", &words);
    Ok(())
}

/// A new file that its owner alone may read, where the system knows owners.
fn create(out: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(out)
}
