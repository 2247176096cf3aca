//! Finds the specifications' published vectors for tests. They are not copied into the project.

use std::path::PathBuf;

/// The text of a vector, or `None` with a loud line when the vectors are not on this machine:
/// `YUFU_VECTORS` names their folder; without it `shared/vectors` is looked for in this crate's parents.
pub(crate) fn read(path: &str) -> Option<String> {
    let folder = folder();
    let text = folder.as_ref().and_then(|folder| std::fs::read_to_string(folder.join(path)).ok());
    if text.is_none() {
        match &folder {
            None => eprintln!("SKIPPED: {path}: no shared/vectors above this crate and no YUFU_VECTORS"),
            // The folder is there and the file is not: that is a mistake, not a machine without vectors.
            Some(folder) => panic!("{path} is missing from {}", folder.display()),
        }
    }
    text
}

fn folder() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("YUFU_VECTORS") {
        return Some(named.into());
    }
    let crate_folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let found = crate_folder.ancestors().map(|parent| parent.join("shared/vectors"));
    found.into_iter().find(|folder| folder.is_dir())
}
