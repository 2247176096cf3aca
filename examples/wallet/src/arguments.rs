//! The command line.

use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// A wallet for credentials that are verified with no network.
#[derive(Debug, Parser)]
#[command(name = "yufu-wallet", version)]
pub struct Arguments {
    /// Where the network is and which language to speak.
    #[command(flatten)]
    pub common: Common,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Options of every command.
#[derive(Debug, Args)]
pub struct Common {
    /// Store file [default: $XDG_DATA_HOME/yufu/wallet.db].
    #[arg(long, global = true, env = "YUFU_WALLET_DATA", value_name = "FILE")]
    pub data: Option<PathBuf>,
    /// Settings file [default: $XDG_CONFIG_HOME/yufu/wallet.toml].
    #[arg(long, global = true, env = "YUFU_WALLET_SETTINGS", value_name = "FILE")]
    pub settings: Option<PathBuf>,
    /// What `yufu-town --ready FILE` wrote: network key, registry and root certificate in one.
    #[arg(long, global = true, env = "YUFU_TOWN", value_name = "FILE")]
    pub town: Option<PathBuf>,
    /// The network's public key, `yufu-network-1:…`; remembered.
    #[arg(long, global = true, env = "YUFU_NETWORK_KEY", value_name = "KEY")]
    pub network_key: Option<String>,
    /// A gateway of the registry; remembered.
    #[arg(long, global = true, env = "YUFU_REGISTRY", value_name = "URL")]
    pub registry: Option<String>,
    /// A root certificate (PEM) to trust for HTTPS beside the public ones; remembered.
    #[arg(long, global = true, env = "YUFU_ROOT_CERTIFICATE", value_name = "FILE")]
    pub root: Option<PathBuf>,
    /// A file whose first line is the wallet's passphrase. Else YUFU_WALLET_PASSPHRASE, else you are asked.
    #[arg(long, global = true, value_name = "FILE")]
    pub passphrase_file: Option<PathBuf>,
    /// Language, `zh` or `en` [default: from LC_ALL, LC_MESSAGES, LANG].
    #[arg(long, global = true, env = "YUFU_LANG")]
    pub lang: Option<String>,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Receive the credentials of an offer.
    Accept {
        /// The offer's link, `openid-credential-offer://…`.
        #[arg(required_unless_present = "image")]
        offer: Option<String>,
        /// A picture of the offer's QR code.
        #[arg(long, conflicts_with = "offer", value_name = "FILE")]
        image: Option<PathBuf>,
        /// The transaction code; else you are asked, once you have seen who issues what.
        #[arg(long, value_name = "CODE")]
        tx_code: Option<String>,
        /// Copies to ask for.
        #[arg(long, default_value_t = yufu_core::wallet::DEFAULT_COPIES)]
        copies: u32,
    },
    /// List credentials: status, age of the proof, copies left.
    List {
        /// As JSON, for programs.
        #[arg(long)]
        json: bool,
    },
    /// Show one credential with its claims, on this screen alone.
    Show {
        /// Its identifier, or the beginning of it, or its number in the list.
        credential: String,
    },
    /// Delete a credential, its copies and keys.
    Delete {
        /// Its identifier, or the beginning of it, or its number in the list.
        credential: String,
        /// Do not ask.
        #[arg(long)]
        yes: bool,
    },
    /// What happened in this wallet.
    History {
        /// Erase it.
        #[arg(long)]
        erase: bool,
    },
    /// Write credentials and history into one file under a passphrase of its own.
    Export {
        /// The file; it must not exist.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Make a code for a counter, after the consent sheet.
    Code {
        /// What is asked, for example `age18`.
        #[arg(long)]
        preset: String,
        /// Where to write it: `.gif` animates several frames, `.png` numbers them.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// A picture of the counter's printed code, or its text: the code is for that counter alone.
        #[arg(long, value_name = "FILE|TEXT")]
        counter: Option<String>,
        /// Which credential, where several fit.
        #[arg(long)]
        credential: Option<String>,
        /// Also print the frames as digits, for a scanner that types.
        #[arg(long)]
        text: bool,
        /// Agree to the consent sheet, which is printed all the same.
        #[arg(long)]
        yes: bool,
        /// Pixels a module.
        #[arg(long, default_value_t = 6, value_parser = clap::value_parser!(u8).range(1..=32))]
        scale: u8,
    },
    /// Fetch new proofs of status for every copy.
    Refresh,
    /// Change the wallet's passphrase.
    Passphrase,
}
