//! `code`: the consent sheet, then the code.

use super::{
    answering,
    sheet::{self, Way},
};
use crate::{
    arguments::Command,
    error::CliError,
    terminal::{Speaker, line},
};
use std::path::{Path, PathBuf};
use yufu_core::{Clock, qr::image, time::SystemClock, wallet::Wallet};

pub(super) fn code(wallet: &Wallet, speaker: Speaker, command: &Command) -> Result<(), CliError> {
    let Command::Code { preset, out, counter, credential, text, yes, scale } = command else {
        return Ok(());
    };
    let counter = counter.as_deref().map(sheet::printed_code).transpose()?;
    let id = answering(wallet, speaker, credential.as_deref(), preset, |id| wallet.presets_for(id))?;
    let consent =
        sheet::agreed(speaker, wallet.consent_for(&id, preset, counter.as_deref())?, Way::Code, *yes)?;
    let session = wallet.show(consent)?;
    let code = session.code(SystemClock.now_ms())?;
    let files = write(out, &code.frames, usize::from(*scale))?;
    if *text {
        code.frames.iter().for_each(|frame| line(frame));
    }
    let names: Vec<_> = files.iter().map(|file| file.display().to_string()).collect();
    let seconds = yufu_core::presentation::show_code::MAX_AGE_S;
    let words = [("files", names.join(", ").into()), ("seconds", seconds.into())];
    speaker.say("wallet-code-written", &words);
    Ok(())
}

/// One PNG, an animated GIF, or numbered PNGs, by the name asked for and the number of frames.
fn write(out: &Path, frames: &[String], scale: usize) -> Result<Vec<PathBuf>, CliError> {
    let save = |file: PathBuf, bytes: Vec<u8>| match std::fs::write(&file, bytes) {
        Ok(()) => Ok(file),
        Err(error) => Err(CliError::Io(file, error)),
    };
    if out.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("gif")) {
        return Ok(vec![save(out.to_owned(), image::gif(frames, scale)?)?]);
    }
    match frames {
        [only] => Ok(vec![save(out.to_owned(), image::png(only, scale)?)?]),
        _ => (1..)
            .zip(frames)
            .map(|(number, frame)| save(numbered(out, number), image::png(frame, scale)?))
            .collect(),
    }
}

/// `code.png` becomes `code-1.png`.
fn numbered(out: &Path, number: usize) -> PathBuf {
    let stem = out.file_stem().unwrap_or_default().to_string_lossy();
    let extension = out.extension().unwrap_or_default().to_string_lossy();
    out.with_file_name(format!("{stem}-{number}.{extension}"))
}
