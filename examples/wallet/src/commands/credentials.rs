//! `list`, `show`, `delete`, `history` and `export`.

use super::find;
use crate::{
    error::CliError,
    terminal::{self, Speaker, line},
};
use serde_json::json;
use std::{io::Write, path::Path};
use yufu_core::{
    pages::{day, minute},
    wallet::{CredentialSummary, HistoryEntry, HistoryEvent, Wallet, is_shown_whole},
};

pub(super) fn list(wallet: &Wallet, speaker: Speaker, as_json: bool) -> Result<(), CliError> {
    let credentials = wallet.credentials()?;
    if as_json {
        line(&json!(credentials.iter().map(for_programs).collect::<Vec<_>>()).to_string());
        return Ok(());
    }
    if credentials.is_empty() {
        speaker.say("wallet-empty", &[]);
    }
    for (place, credential) in (1..).zip(&credentials) {
        line(&format!("{place}. {}  [{}]", speaker.pick(&credential.title), credential.id));
        summary(speaker, credential);
    }
    Ok(())
}

fn for_programs(credential: &CredentialSummary) -> serde_json::Value {
    json!({
        "id": credential.id,
        "vct": credential.vct,
        "format": credential.format,
        "title": credential.title,
        "issuer": credential.issuer,
        "issuer_did": credential.issuer_did,
        "state": credential.state.word(),
        "valid_from": credential.valid_from,
        "valid_to": credential.valid_to,
        "status_age_ms": credential.staple_age.map(|age| age.status_ms),
        "header_age_ms": credential.staple_age.map(|age| age.header_ms),
        "copies_left": credential.copies_left,
        "copies": credential.copies,
    })
}

fn summary(speaker: Speaker, credential: &CredentialSummary) {
    let label = |id: &str| speaker.text(id, &[]);
    speaker.pair(&label("wallet-issuer"), speaker.pick(&credential.issuer));
    if is_shown_whole(credential.format) {
        speaker.pair(&label("wallet-line-shown"), &label("wallet-shown-whole"));
    }
    speaker.pair(&label("wallet-line-status"), &label(&format!("state-{}", credential.state.word())));
    let days = |at: Option<u64>| at.map(day).unwrap_or_default();
    let valid = format!("{} – {}", days(credential.valid_from), days(credential.valid_to));
    speaker.pair(&label("wallet-line-valid"), &valid);
    let proof = match credential.staple_age {
        Some(age) => {
            let ages = [
                ("status", speaker.age(age.status_ms).into()),
                ("header", speaker.age(age.header_ms).into()),
            ];
            speaker.text("wallet-proof", &ages)
        }
        None => label("wallet-proof-none"),
    };
    speaker.pair(&label("wallet-line-proof"), &proof);
    let copies = [("left", credential.copies_left.into()), ("all", credential.copies.into())];
    speaker.pair(&label("wallet-line-copies"), &speaker.text("wallet-copies", &copies));
    for notice in &credential.notices {
        line(&format!("  ! {}", speaker.notice(notice)));
    }
}

pub(super) fn show(wallet: &Wallet, speaker: Speaker, name: &str) -> Result<(), CliError> {
    let details = wallet.credential(&find(wallet, name)?)?;
    line(&format!("{}  [{}]", speaker.pick(&details.summary.title), details.summary.id));
    summary(speaker, &details.summary);
    if let Some(level) = &details.key_level {
        speaker.pair(&speaker.text("wallet-line-key", &[]), level);
    }
    line("");
    for field in &details.fields {
        let value = match &field.image {
            Some(image) => speaker.text("wallet-image", &[("bytes", image.len().into())]),
            None => speaker.pick(&field.value).to_owned(),
        };
        speaker.pair(speaker.pick(&field.label), &value);
    }
    Ok(())
}

pub(super) fn delete(wallet: &Wallet, speaker: Speaker, name: &str, yes: bool) -> Result<(), CliError> {
    let id = find(wallet, name)?;
    let details = wallet.credential(&id)?;
    let title = speaker.pick(&details.summary.title);
    if !yes && !terminal::agrees(&speaker.text("wallet-ask-delete", &[("title", title.into())])) {
        speaker.say("wallet-kept", &[]);
        return Ok(());
    }
    wallet.delete(&id)?;
    speaker.say("wallet-deleted", &[("title", title.into())]);
    Ok(())
}

pub(super) fn history(wallet: &Wallet, speaker: Speaker, erase: bool) -> Result<(), CliError> {
    if erase {
        wallet.erase_history()?;
        speaker.say("wallet-history-erased", &[]);
        return Ok(());
    }
    let history = wallet.history()?;
    if history.is_empty() {
        speaker.say("wallet-history-empty", &[]);
    }
    for entry in &history {
        line(&format!("{}  {}", minute(entry.at_ms), event(speaker, entry)));
    }
    Ok(())
}

fn event(speaker: Speaker, entry: &HistoryEntry) -> String {
    let title = || ("title", speaker.pick(&entry.title).into());
    match &entry.event {
        HistoryEvent::Received { .. } => {
            let issuer = ("issuer", speaker.pick(&entry.issuer).into());
            speaker.text("wallet-history-received", &[title(), issuer])
        }
        HistoryEvent::Shown { asker, purpose, fields, .. } => {
            let words =
                [title(), ("asker", speaker.pick(asker).into()), ("fields", speaker.joined(fields).into())];
            let purpose = speaker.text("wallet-purpose", &[("purpose", speaker.pick(purpose).into())]);
            format!("{} ({purpose})", speaker.text("wallet-history-shown", &words))
        }
        HistoryEvent::Deleted => speaker.text("wallet-history-deleted", &[title()]),
    }
}

pub(super) fn export(wallet: &Wallet, speaker: Speaker, out: &Path) -> Result<(), CliError> {
    let io = |error| CliError::Io(out.to_owned(), error);
    // Made first, so that no passphrase is typed in vain.
    let mut file = std::fs::File::create_new(out).map_err(io)?;
    let sealed = wallet.export(&terminal::export_passphrase(speaker)?)?;
    file.write_all(&sealed).and_then(|()| file.sync_all()).map_err(io)?;
    speaker.say("wallet-exported", &[("file", out.display().to_string().into())]);
    Ok(())
}
