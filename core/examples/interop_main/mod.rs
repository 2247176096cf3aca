//! What our halves of the checks in `core/tests/interop/run.sh` have in common: their two commands.

use std::{error::Error, path::Path, process::ExitCode};

pub(crate) type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// `issue FOLDER` writes what another implementation is to judge, `verify FOLDER` judges what it wrote.
pub(crate) fn run(issue: fn(&Path) -> Result<()>, verify: fn(&Path) -> Result<()>) -> ExitCode {
    let mut arguments = std::env::args();
    let program = arguments.next().unwrap_or_default();
    let arguments: Vec<String> = arguments.collect();
    let result = match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["issue", folder] => issue(Path::new(folder)),
        ["verify", folder] => verify(Path::new(folder)),
        _ => Err(format!("usage: {program} issue|verify FOLDER").into()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{program}: {error}");
            ExitCode::FAILURE
        }
    }
}
