//! `yufu-wallet`: see [`yufu_wallet`].

use std::process::ExitCode;

fn main() -> ExitCode {
    yufu_wallet::run(std::env::args_os())
}
