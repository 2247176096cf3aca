//! The command line. The help texts stand in the catalogue, in both languages.

use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

#[derive(Debug, Parser)]
#[command(name = "yufu-wallet", version)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Args)]
pub(crate) struct Common {
    #[arg(long, global = true, env = "YUFU_WALLET_DATA", value_name = "FILE")]
    pub(crate) data: Option<PathBuf>,
    #[arg(long, global = true, env = "YUFU_WALLET_SETTINGS", value_name = "FILE")]
    pub(crate) settings: Option<PathBuf>,
    #[arg(long, global = true, env = "YUFU_TOWN", value_name = "FILE")]
    pub(crate) town: Option<PathBuf>,
    #[arg(long, global = true, env = "YUFU_NETWORK_KEY", value_name = "KEY")]
    pub(crate) network_key: Option<String>,
    #[arg(long, global = true, env = "YUFU_REGISTRY", value_name = "URL")]
    pub(crate) registry: Option<String>,
    #[arg(long, global = true, env = "YUFU_ROOT_CERTIFICATE", value_name = "FILE")]
    pub(crate) root: Option<PathBuf>,
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) passphrase_file: Option<PathBuf>,
    #[arg(long, global = true, env = "YUFU_LANG")]
    pub(crate) lang: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Accept {
        #[arg(required_unless_present = "image")]
        offer: Option<String>,
        #[arg(long, conflicts_with = "offer", value_name = "FILE")]
        image: Option<PathBuf>,
        #[arg(long, value_name = "CODE")]
        tx_code: Option<String>,
        #[arg(long, default_value_t = yufu_core::wallet::DEFAULT_COPIES)]
        copies: u32,
    },
    List {
        #[arg(long)]
        json: bool,
    },
    Show {
        credential: String,
    },
    Delete {
        credential: String,
        #[arg(long)]
        yes: bool,
    },
    History {
        #[arg(long)]
        erase: bool,
    },
    Export {
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    Code {
        #[arg(long)]
        preset: String,
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        #[arg(long, value_name = "FILE|TEXT")]
        counter: Option<String>,
        #[arg(long)]
        credential: Option<String>,
        #[arg(long)]
        text: bool,
        #[arg(long)]
        yes: bool,
        #[arg(long, default_value_t = 6, value_parser = clap::value_parser!(u8).range(1..=32))]
        scale: u8,
    },
    PresentFile {
        #[arg(long)]
        preset: String,
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        #[arg(long, value_name = "FILE|TEXT")]
        counter: String,
        #[arg(long)]
        credential: Option<String>,
        #[arg(long)]
        yes: bool,
    },
    Refresh,
    Passphrase,
}
