//! The town's gate: opens everything, prints where it is, and closes on Ctrl-C.

use clap::Parser;
use std::{
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
    time::Instant,
};
use tracing_subscriber::EnvFilter;
use yufu_core::{Clock, time::SystemClock};
use yufu_town::{Options, Town, script};

/// A whole town in one process: a registry node, two agencies, a service counter and a phone.
/// 一个进程里的整座小镇：登记节点、两个机关、服务窗口和手机。
#[derive(Parser)]
#[command(version, about)]
struct Arguments {
    /// Start over: throw away what the town's folder holds. 从头开始：清空小镇的文件夹。
    #[arg(long)]
    fresh: bool,
    /// The town's folder. 小镇的文件夹。 [default: a folder of this user's data]
    #[arg(long)]
    data: Option<PathBuf>,
    /// Serve agencies, counter and phone over TLS, under a root made on the spot. 用当场生成的根证书提供 TLS。
    #[arg(long)]
    https: bool,
    /// Folder that verifier-lib/web/build.sh made: the registry's page then checks proofs in the browser.
    /// verifier-lib/web/build.sh 生成的文件夹：登记链网页即可在浏览器里核验证明。
    #[arg(long, value_name = "FOLDER")]
    web: Option<PathBuf>,
    /// Write where everything is to a JSON file, once the town is open. 开门后把各处地址写入 JSON 文件。
    #[arg(long, value_name = "FILE")]
    ready: Option<PathBuf>,
    /// Walk the journey and the attacks without a browser, print a line a step, and close; in a town of
    /// its own unless --data names one. 不用浏览器走完全程，每步一行，然后关门。
    #[arg(long)]
    script: bool,
    /// Where the script leaves pictures and its report. 脚本把图片和报告留在哪里。
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    // The engine calls it an error that its own parts end one after the other when the town closes.
    let filter =
        EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("error,commonware_resolver=off"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    match run(arguments).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("\nyufu-town: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> anyhow::Result<bool> {
    let data = match &arguments.data {
        Some(data) => data.clone(),
        None if arguments.script => data_folder()?.join("yufu-town-script"),
        None => data_folder()?.join("yufu-town"),
    };
    let fresh = arguments.fresh || (arguments.script && arguments.data.is_none());
    let options = Options { data, fresh, https: arguments.https, web: arguments.web };
    let started = Instant::now();
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let town = Town::open(&options, clock, &mut |en, zh| println!("{en} …   {zh}……")).await?;
    println!("({:.1} s)\n", started.elapsed().as_secs_f64());
    if let Some(path) = &arguments.ready {
        write_ready(path, &town)?;
    }
    let good = if arguments.script {
        let out = arguments.out.unwrap_or_else(|| town.layout.root().join("script"));
        walk(&town, &out).await?
    } else {
        welcome(&town);
        stay_open(&town).await
    };
    town.close().await?;
    println!("\nThe town is closed; it opens again as it was.   小镇已关门，下次照旧开门。");
    Ok(good)
}

async fn walk(town: &Town, out: &Path) -> anyhow::Result<bool> {
    let report = script::run(town, out).await?;
    let (good, all) = (report.lines.iter().filter(|line| line.ok).count(), report.lines.len());
    let sizes = report.sizes;
    println!(
        "\n{good} of {all} steps as expected.   {all} 步中 {good} 步符合预期。\n\
         Staple {} B; show code {} B in {} frames of at most {} digits.\n\
         Pictures and report 图片和报告: {}",
        sizes.staple,
        sizes.payload,
        sizes.frames,
        sizes.frame_digits,
        out.display()
    );
    Ok(report.all_ok())
}

fn welcome(town: &Town) {
    let ready = town.ready();
    let again = if town.layout.resumed { "as you left it 照旧" } else { "new 新建" };
    println!("Yufu town is open ({again}).   鱼符小镇已开门。\n");
    let line =
        |number: &str, name: &str, url: &str, hint: &str| println!("  {number}  {name:<34} {url:<28} {hint}");
    line(
        "1",
        "Resident register 户籍登记处",
        &ready.issuers[0].page,
        "open this first: find a resident, open an offer   先打开这里：查一位居民，开领证单",
    );
    line("2", "Phone 手机", &ready.phone, "paste the offer, type the code   贴上领证链接，输入交易码");
    line("3", "Counter 服务窗口", &ready.counter, "scan what the phone shows   扫描手机亮出的码");
    println!();
    line(" ", "Transport agency 交通管理局", &ready.issuers[1].page, "driving licences   驾驶证");
    line(" ", "Land registry 不动产登记中心", &ready.issuers[2].page, "land titles   不动产权证");
    line(" ", "Registry 登记链", &ready.registry, "who may issue what, with proofs   谁可签发什么，附证明");
    println!("\n  The phone's passphrase 手机口令: {}", yufu_town::handset::PASSPHRASE);
    println!("  Folder 文件夹: {}", ready.data.display());
    if town.layout.https {
        println!(
            "  Trust this root in your browser 请在浏览器中信任此根证书: {}",
            ready.root_certificate.display()
        );
    }
    println!(
        "  One operator runs this registry: enough for a demo, not for a country.   登记链只有 1 个运营者。"
    );
    println!("  Ctrl-C closes the town.   按 Ctrl-C 关门。");
}

async fn stay_open(town: &Town) -> bool {
    let mut terminate = match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        Ok(terminate) => terminate,
        Err(error) => {
            eprintln!("yufu-town: {error}");
            return false;
        }
    };
    loop {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => return true,
            _ = terminate.recv() => return true,
            () = tokio::time::sleep(std::time::Duration::from_secs(1)) => {
                if town.has_failed() {
                    eprintln!("yufu-town: the registry's node has ended   登记节点已停止");
                    return false;
                }
            }
        }
    }
}

/// Written whole or not at all: whoever waits for the file can read it.
fn write_ready(path: &Path, town: &Town) -> anyhow::Result<()> {
    let partial = path.with_extension("partial");
    std::fs::write(&partial, serde_json::to_vec_pretty(&town.ready())?)?;
    Ok(std::fs::rename(partial, path)?)
}

/// Where this user's programs keep their data.
fn data_folder() -> anyhow::Result<PathBuf> {
    let home = || std::env::var_os("HOME").map(PathBuf::from);
    let folder = if cfg!(target_os = "macos") {
        home().map(|home| home.join("Library/Application Support"))
    } else {
        std::env::var_os("XDG_DATA_HOME")
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
            .or_else(|| home().map(|home| home.join(".local/share")))
    };
    folder.ok_or_else(|| anyhow::anyhow!("no home folder: name the town's folder with --data"))
}
