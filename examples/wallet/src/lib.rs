//! A terminal wallet over the same facade that the phones use: receive, list, show a code, refresh.
//!
//! Everything that it stores is sealed under a passphrase. What it needs to know of the network (its
//! key, a gateway, a root certificate) is given once and remembered in `wallet.toml`.

mod arguments;
mod commands;
mod error;
mod settings;
mod terminal;

pub use arguments::{Arguments, Command};
pub use error::CliError;

use std::process::ExitCode;

/// Runs one command and says how it ended.
#[must_use]
pub fn run(arguments: Arguments) -> ExitCode {
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
