//! What the command line takes. The help texts stand in the catalogue, in both languages.

use clap::{Args, Parser, Subcommand};
use std::{net::SocketAddr, path::PathBuf};
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
    InitValidator(InitValidator),
    RenewKey(RenewKey),
    Node(Node),
    Accredit(Accredit),
    SuspendAccreditation(Accreditation),
    ReinstateAccreditation(Accreditation),
    WithdrawAccreditation(Accreditation),
    Propose(Propose),
    Vote(Vote),
    Execute(Numbered),
    Veto(Numbered),
    Proposals(Proposals),
    Show(Show),
    Resolve(Resolve),
    Checkpoint(Checkpoint),
    Evidence(Evidence),
    Handovers(Handovers),
    Trial(Trial),
    Audit(Audit),
    Backup(Backup),
    Restore(Restore),
    Join(Join),
    Export(Export),
}

#[derive(Args)]
pub(super) struct InitNetwork {
    #[arg(long, default_value_t = 1)]
    pub(super) validators: u16,
    #[arg(long, default_value_t = 1)]
    pub(super) authorities: u16,
    #[arg(long)]
    pub(super) quorum: Option<u16>,
    #[arg(long, required_unless_present = "import")]
    pub(super) name: Option<String>,
    #[arg(
        long, requires = "network_key",
        conflicts_with_all = ["name", "authorities", "quorum", "demo", "slot_ms", "publication_ms",
            "timelock_ms", "status_age_limit_ms", "rules"],
    )]
    pub(super) import: Option<PathBuf>,
    #[arg(long, requires = "import")]
    pub(super) network_key: Option<String>,
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
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=i64::from(crate::state::NEWEST_RULES)))]
    pub(super) rules: Option<u16>,
    #[arg(long, value_parser = clap::value_parser!(u64).range(8..=(1 << 24)))]
    pub(super) epoch_length: Option<u64>,
    #[arg(long, default_value_t = 8440)]
    pub(super) http_port: u16,
    #[arg(long, default_value_t = 8540)]
    pub(super) p2p_port: u16,
    #[arg(long)]
    pub(super) passphrase_file: Option<PathBuf>,
}

#[derive(Args)]
pub(super) struct InitValidator {
    #[arg(long)]
    pub(super) genesis: PathBuf,
    #[arg(long)]
    pub(super) import: Option<PathBuf>,
    #[arg(long)]
    pub(super) out: PathBuf,
    #[arg(long, default_value = "127.0.0.1:8440")]
    pub(super) http: SocketAddr,
    #[arg(long, default_value = "127.0.0.1:8540")]
    pub(super) listen: SocketAddr,
    #[arg(long)]
    pub(super) passphrase_file: Option<PathBuf>,
}

#[derive(Args)]
pub(super) struct RenewKey {
    #[arg(long)]
    pub(super) config: PathBuf,
    #[arg(long)]
    pub(super) passphrase_file: Option<PathBuf>,
}

#[derive(Args)]
pub(super) struct Node {
    #[arg(long)]
    pub(super) config: PathBuf,
    #[arg(long)]
    pub(super) passphrase_file: Option<PathBuf>,
    #[arg(long, value_enum, default_value_t = LogFormat::Text)]
    pub(super) log_format: LogFormat,
    #[arg(long)]
    pub(super) standby: bool,
}

#[derive(Args)]
pub(super) struct Backup {
    #[arg(long)]
    pub(super) config: PathBuf,
    #[arg(long = "out", id = "backup_out", value_name = "FOLDER")]
    pub(super) out: PathBuf,
}

#[derive(Args)]
pub(super) struct Restore {
    #[arg(long)]
    pub(super) config: PathBuf,
    #[arg(long)]
    pub(super) from: PathBuf,
    #[arg(long = "network-key", id = "epoch_key", value_name = "NETWORK_KEY")]
    pub(super) network_key: Option<String>,
}

#[derive(Args)]
pub(super) struct Join {
    #[arg(long)]
    pub(super) config: PathBuf,
    #[arg(long = "from", id = "peer", value_name = "URL")]
    pub(super) from: String,
    #[arg(long = "network-key", id = "epoch_key", value_name = "NETWORK_KEY")]
    pub(super) network_key: Option<String>,
    #[arg(long, value_name = "BYTES")]
    pub(super) max_bytes: Option<u64>,
    #[arg(long, value_name = "SECONDS")]
    pub(super) wait: Option<u64>,
}

#[derive(Args)]
pub(super) struct Export {
    #[arg(long, conflicts_with = "registry", required_unless_present = "registry")]
    pub(super) config: Option<PathBuf>,
    #[arg(long, requires = "network_key")]
    pub(super) registry: Option<String>,
    #[arg(long)]
    pub(super) network_key: Option<String>,
    #[arg(long)]
    pub(super) import: Option<PathBuf>,
    #[command(flatten)]
    pub(super) author: Author,
    #[arg(long = "out", id = "export_out", value_name = "FILE")]
    pub(super) out: PathBuf,
}

/// How the log is written.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum LogFormat {
    /// Lines for people.
    Text,
    /// One JSON object a line, for machines.
    Json,
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
    #[command(flatten)]
    pub(super) terms: Terms,
}

/// On what terms whom.
#[derive(Args)]
pub(super) struct Terms {
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
    #[command(flatten)]
    pub(super) of: Which,
}

/// An accreditation, by its names.
#[derive(Args)]
pub(super) struct Which {
    #[arg(long)]
    pub(super) issuer: YufuDid,
    #[arg(long)]
    pub(super) vct: String,
}

#[derive(Args)]
pub(super) struct Propose {
    #[command(flatten)]
    pub(super) registry: Registry,
    #[command(flatten)]
    pub(super) author: Author,
    #[arg(long, default_value_t = 14)]
    pub(super) days: u32,
    #[command(subcommand)]
    pub(super) act: ProposedAct,
}

#[derive(Subcommand)]
pub(super) enum ProposedAct {
    Accredit(Terms),
    Suspend(Which),
    Reinstate(Which),
    Withdraw(Which),
    Recover(Recover),
    Policy(ChangePolicy),
    PutValidator(PutValidator),
    RemoveValidator(RemoveValidator),
}

#[derive(Args)]
pub(super) struct PutValidator {
    #[arg(long)]
    pub(super) validator: String,
    #[arg(long)]
    pub(super) endpoint: SocketAddr,
}

#[derive(Args)]
pub(super) struct RemoveValidator {
    #[arg(long)]
    pub(super) identity: String,
}

#[derive(Args)]
pub(super) struct Recover {
    #[arg(long)]
    pub(super) issuer: YufuDid,
    #[arg(long)]
    pub(super) control_key: PathBuf,
    #[arg(long)]
    pub(super) next_key: PathBuf,
}

#[derive(Args)]
pub(super) struct ChangePolicy {
    #[arg(long)]
    pub(super) quorum: Option<u16>,
    #[arg(long)]
    pub(super) add_authority: Vec<YufuDid>,
    #[arg(long)]
    pub(super) remove_authority: Vec<YufuDid>,
    #[arg(long)]
    pub(super) publication_ms: Option<u64>,
    #[arg(long)]
    pub(super) timelock_ms: Option<u64>,
    #[arg(long)]
    pub(super) status_age_limit_ms: Option<u64>,
    #[arg(long, requires = "from_height")]
    pub(super) next_rules: Option<u16>,
    #[arg(long, requires = "next_rules")]
    pub(super) from_height: Option<u64>,
}

#[derive(Args)]
pub(super) struct Vote {
    #[command(flatten)]
    pub(super) registry: Registry,
    #[command(flatten)]
    pub(super) author: Author,
    #[arg(long)]
    pub(super) proposal: u64,
    #[arg(long)]
    pub(super) against: bool,
}

/// What concerns one proposal.
#[derive(Args)]
pub(super) struct Numbered {
    #[command(flatten)]
    pub(super) registry: Registry,
    #[command(flatten)]
    pub(super) author: Author,
    #[arg(long)]
    pub(super) proposal: u64,
}

#[derive(Args)]
pub(super) struct Proposals {
    #[command(flatten)]
    pub(super) registry: Registry,
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
pub(super) struct Resolve {
    #[command(flatten)]
    pub(super) registry: Registry,
    #[arg(long)]
    pub(super) root_certificate: Option<PathBuf>,
    #[arg(id = "resolved_did", value_name = "DID")]
    pub(super) did: String,
}

#[derive(Args)]
pub(super) struct Handovers {
    #[command(flatten)]
    pub(super) registry: Registry,
    #[arg(long = "from", id = "from_epoch", value_name = "EPOCH")]
    pub(super) from: Option<u64>,
    #[arg(long = "out", id = "handovers_out", value_name = "FILE")]
    pub(super) out: PathBuf,
}

#[derive(Args)]
pub(super) struct Audit {
    #[command(flatten)]
    pub(super) registry: Registry,
    #[arg(long)]
    pub(super) import: Option<PathBuf>,
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Args)]
pub(super) struct Trial {
    #[arg(long, default_value_t = 4)]
    pub(super) validators: u16,
    #[arg(long, default_value_t = 30)]
    pub(super) seconds: u64,
    #[arg(long)]
    pub(super) kill_every: Option<u64>,
    #[arg(long)]
    pub(super) dir: Option<PathBuf>,
    #[arg(long, default_value_t = 1)]
    pub(super) seed: u64,
    #[arg(long)]
    pub(super) change_validators: bool,
}

#[derive(Args)]
pub(super) struct Evidence {
    pub(super) file: PathBuf,
    #[arg(long, env = "YUFU_NETWORK_KEY")]
    pub(super) network_key: String,
}

#[derive(Args)]
pub(super) struct Checkpoint {
    #[command(flatten)]
    pub(super) registry: Registry,
}
