//! `yufu-wallet`: see [`yufu_wallet`].

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    yufu_wallet::run(yufu_wallet::Arguments::parse())
}
