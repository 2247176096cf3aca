//! What the command line takes. The help texts stand in the catalogue, in both languages.

use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;
use yufu_core::{did::yufu::YufuDid, registry::RecordKey};

#[derive(Parser)]
#[command(name = "yufu-registry", version)]
pub(super) struct Arguments {
    /// Only for the help: the language is chosen before this is parsed.
    #[arg(long, global = true, value_name = "en|zh-CN")]
    lang: Option<String>,
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Subcommand)]
pub(super) enum Command {
    InitNetwork(InitNetwork),
    Node(Node),
    Accredit(Accredit),
    SuspendAccreditation(Accreditation),
    ReinstateAccreditation(Accreditation),
    WithdrawAccreditation(Accreditation),
    Show(Show),
    Checkpoint(Checkpoint),
}

#[derive(Args)]
pub(super) struct InitNetwork {
    #[arg(long, default_value_t = 1)]
    pub(super) validators: u16,
    #[arg(long)]
    pub(super) name: String,
    #[arg(long)]
    pub(super) out: PathBuf,
    #[arg(long)]
    pub(super) demo: bool,
    #[arg(long)]
    pub(super) slot_ms: Option<u64>,
    #[arg(long)]
    pub(super) publication_ms: Option<u64>,
    #[arg(long)]
    pub(super) timelock_ms: Option<u64>,
    #[arg(long)]
    pub(super) status_age_limit_ms: Option<u64>,
    #[arg(long, default_value_t = 8440)]
    pub(super) http_port: u16,
    #[arg(long, default_value_t = 8540)]
    pub(super) p2p_port: u16,
    #[arg(long)]
    pub(super) passphrase_file: Option<PathBuf>,
}

#[derive(Args)]
pub(super) struct Node {
    #[arg(long)]
    pub(super) config: PathBuf,
    #[arg(long)]
    pub(super) passphrase_file: Option<PathBuf>,
}

/// Which registry is asked, and whom to believe.
#[derive(Args)]
pub(super) struct Registry {
    #[arg(long, env = "YUFU_REGISTRY")]
    pub(super) registry: String,
    #[arg(long, env = "YUFU_NETWORK_KEY")]
    pub(super) network_key: String,
}

/// Who acts.
#[derive(Args)]
pub(super) struct Author {
    #[arg(long)]
    pub(super) key: PathBuf,
    #[arg(long)]
    pub(super) did: Option<YufuDid>,
    #[arg(long)]
    pub(super) passphrase_file: Option<PathBuf>,
}

#[derive(Args)]
pub(super) struct Accredit {
    #[command(flatten)]
    pub(super) registry: Registry,
    #[command(flatten)]
    pub(super) author: Author,
    #[arg(long)]
    pub(super) issuer: YufuDid,
    #[arg(long)]
    pub(super) vct: String,
    #[arg(long)]
    pub(super) name_zh: String,
    #[arg(long)]
    pub(super) name_en: String,
    #[arg(long, default_value_t = 3650)]
    pub(super) valid_days: u32,
    #[arg(long, default_value_t = 8)]
    pub(super) max_open_lists: u16,
}

#[derive(Args)]
pub(super) struct Accreditation {
    #[command(flatten)]
    pub(super) registry: Registry,
    #[command(flatten)]
    pub(super) author: Author,
    #[arg(long)]
    pub(super) issuer: YufuDid,
    #[arg(long)]
    pub(super) vct: String,
}

#[derive(Args)]
pub(super) struct Show {
    #[command(flatten)]
    pub(super) registry: Registry,
    #[arg(long)]
    pub(super) latest: bool,
    pub(super) record: RecordKey,
}

#[derive(Args)]
pub(super) struct Checkpoint {
    #[command(flatten)]
    pub(super) registry: Registry,
}
