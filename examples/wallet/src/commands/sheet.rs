//! The consent sheet: printed, then agreed to or not.

use super::code_in;
use crate::{
    error::CliError,
    terminal::{self, Speaker, line},
};
use std::path::Path;
use yufu_core::wallet::{Asker, Consent, ConsentSheet};

/// How what was agreed to reaches the counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Code,
    File,
}

/// Prints the sheet and asks; with `yes` the person has agreed beforehand.
pub(super) fn agreed(
    speaker: Speaker,
    sheet: ConsentSheet,
    way: Way,
    yes: bool,
) -> Result<Consent, CliError> {
    print(speaker, &sheet, way);
    let question = match way {
        Way::Code => "wallet-ask-agree",
        Way::File => "wallet-ask-agree-file",
    };
    if yes || terminal::agrees(&speaker.text(question, &[])) {
        Ok(sheet.agree())
    } else {
        Err(CliError::Told(speaker.text("wallet-declined", &[])))
    }
}

fn print(speaker: Speaker, sheet: &ConsentSheet, way: Way) {
    let label = |id: &str| speaker.text(id, &[]);
    let (title, fields, beside) = match way {
        Way::Code => (
            speaker.text("consent-title", &[("title", speaker.pick(&sheet.preset_title).into())]),
            "consent-fields",
            "consent-nothing-else",
        ),
        Way::File => (
            speaker.text("consent-file-title", &[("title", speaker.pick(&sheet.title).into())]),
            "consent-file-fields",
            "consent-file-beside",
        ),
    };
    line(&title);
    let (asker_id, asker) = match &sheet.asker {
        Asker::Class { .. } => ("consent-asker-class", speaker.pick(&sheet.preset_title)),
        Asker::Counter { name, .. } => ("consent-asker-counter", speaker.pick(name)),
    };
    speaker.pair(&label("consent-asker"), &speaker.text(asker_id, &[("name", asker.into())]));
    speaker.pair(&label("consent-purpose"), speaker.pick(&sheet.purpose));
    line(&format!("  {}", label(fields)));
    for field in &sheet.fields {
        let value = match &field.image {
            Some(_) => label("consent-fields-face"),
            None => speaker.pick(&field.value).to_owned(),
        };
        line(&format!("    - {} = {value}", speaker.pick(&field.label)));
        if sheet.unasked.contains(&field.path) {
            line(&format!("      ({})", label("consent-file-unasked")));
        }
    }
    line(&format!("  {}", label(beside)));
    for warning in &sheet.warnings {
        line(&format!("  ! {}", speaker.warning(warning)));
    }
}

/// The text of a counter's code, typed or in a picture.
pub(super) fn printed_code(counter: &str) -> Result<String, CliError> {
    let file = Path::new(counter);
    if file.exists() { code_in(file) } else { Ok(counter.to_owned()) }
}
