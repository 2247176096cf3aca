//! A terminal wallet over the same facade that the phones use: receive, list, show a code, refresh.
//!
//! Everything that it stores is sealed under a passphrase. What it needs to know of the network (its
//! key, a gateway, a root certificate) is given once and remembered in `wallet.toml`.

mod arguments;
mod commands;
mod error;
mod help;
mod settings;
mod terminal;

pub use error::CliError;

use std::{ffi::OsString, process::ExitCode};

/// Runs the command of a command line, whose first word is the program's name, and says how it ended.
/// Help, and what is wrong with the line, is printed in the reader's language and ends the program.
#[must_use]
pub fn run(line: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments = help::read(line);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let outcome = match runtime {
        Ok(runtime) => runtime.block_on(commands::run(&arguments)),
        Err(error) => Err(CliError::Io("tokio".into(), error)),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            terminal::complain(&error);
            ExitCode::FAILURE
        }
    }
}
