//! `code`: the consent sheet, then the code.

use super::{code_in, find};
use crate::{
    arguments::Command,
    error::CliError,
    terminal::{self, Speaker, line},
};
use std::path::{Path, PathBuf};
use yufu_core::{
    Clock,
    qr::image,
    time::SystemClock,
    wallet::{Asker, ConsentSheet, CredentialId, Wallet},
};

pub(super) fn code(wallet: &Wallet, speaker: Speaker, command: &Command) -> Result<(), CliError> {
    let Command::Code { preset, out, counter, credential, text, yes, scale } = command else {
        return Ok(());
    };
    let counter = counter.as_deref().map(printed_code).transpose()?;
    let id = match credential {
        Some(name) => find(wallet, name)?,
        None => only_answer(wallet, speaker, preset)?,
    };
    let sheet = wallet.consent_for(&id, preset, counter.as_deref())?;
    print_sheet(speaker, &sheet);
    if !yes && !terminal::agrees(&speaker.text("wallet-ask-agree", &[])) {
        return Err(CliError::Told(speaker.text("wallet-declined", &[])));
    }
    let session = wallet.show(sheet.agree())?;
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

/// The counter's text, typed or in a picture.
fn printed_code(counter: &str) -> Result<String, CliError> {
    let file = Path::new(counter);
    if file.exists() { code_in(file) } else { Ok(counter.to_owned()) }
}

/// The one credential that answers the preset.
fn only_answer(wallet: &Wallet, speaker: Speaker, preset: &str) -> Result<CredentialId, CliError> {
    let mut fitting = Vec::new();
    for credential in wallet.credentials()? {
        if wallet.presets_for(&credential.id)?.iter().any(|answered| answered.id == preset) {
            fitting.push(credential.id);
        }
    }
    match fitting.len() {
        0 => Err(CliError::Told(speaker.text("wallet-no-credential", &[("preset", preset.into())]))),
        1 => Ok(fitting.remove(0)),
        _ => Err(CliError::Told(speaker.text("wallet-which-credential", &[]))),
    }
}

fn print_sheet(speaker: Speaker, sheet: &ConsentSheet) {
    let label = |id: &str| speaker.text(id, &[]);
    speaker.say("consent-title", &[("title", speaker.pick(&sheet.preset_title).into())]);
    let asker = match &sheet.asker {
        Asker::Class { .. } => speaker.pick(&sheet.preset_title).to_owned(),
        Asker::Counter { name, .. } => speaker.pick(name).to_owned(),
    };
    let asker_id = match &sheet.asker {
        Asker::Class { .. } => "consent-asker-class",
        Asker::Counter { .. } => "consent-asker-counter",
    };
    speaker.pair(&label("consent-asker"), &speaker.text(asker_id, &[("name", asker.into())]));
    speaker.pair(&label("consent-purpose"), speaker.pick(&sheet.purpose));
    line(&format!("  {}", label("consent-fields")));
    for field in &sheet.fields {
        let value = match &field.image {
            Some(_) => label("consent-fields-face"),
            None => speaker.pick(&field.value).to_owned(),
        };
        line(&format!("    - {} = {value}", speaker.pick(&field.label)));
    }
    line(&format!("  {}", label("consent-nothing-else")));
    for warning in &sheet.warnings {
        line(&format!("  ! {}", speaker.warning(warning)));
    }
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
