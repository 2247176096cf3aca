//! `yufu-counter`: the service counter from a terminal.

// Printing is what these commands are for.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use clap::{Parser, Subcommand};
use std::{
    error::Error,
    io::Read,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};
use yufu_core::Verdict;
use yufu_core::{
    pages::{Locale, exception_route, next_step, reader_locale, verdict_sentence, verdict_title},
    qr::{
        image::png,
        scan::{ScanError, payload_of_files},
    },
    registry::{Followed, MAX_HANDOVER_FILE},
    time::SystemClock,
};
use yufu_counter::{Config, Counter, Desk};
use yufu_verifier::{Outcome, Reason};

#[derive(Parser)]
#[command(
    name = "yufu-counter",
    version,
    about = "A service counter: reads a phone's code, says one verdict, needs no network."
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serves the counter's page for a tablet.
    Serve {
        /// The counter's settings.
        #[arg(long, default_value = "counter.toml")]
        config: PathBuf,
    },
    /// Checks a code in pictures (PNG, JPEG, GIF; all of its parts) and prints the verdict.
    ///
    /// Exits with 0 when it is valid, 1 when it is not, 2 when there is no verdict.
    Verify {
        /// The counter's settings.
        #[arg(long, default_value = "counter.toml")]
        config: PathBuf,
        /// The preset that the code answers; the first one offered unless named.
        #[arg(long)]
        preset: Option<String>,
        /// Prints the outcome as JSON.
        #[arg(long)]
        json: bool,
        /// Pictures of the code.
        #[arg(required = true)]
        images: Vec<PathBuf>,
    },
    /// Takes in a file of handovers, where the registry's operators have changed and there is no network.
    ///
    /// Use it while the counter is not served, and the page about the registry while it is.
    Handovers {
        /// The counter's settings.
        #[arg(long, default_value = "counter.toml")]
        config: PathBuf,
        /// The file, as the command `yufu-registry handovers` or a registry node's page saves it.
        file: PathBuf,
    },
    /// Writes the counter's printed code as PNG.
    Code {
        /// The counter's settings.
        #[arg(long, default_value = "counter.toml")]
        config: PathBuf,
        /// Where to write it.
        #[arg(long)]
        out: PathBuf,
    },
}

fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "info".into()),
        )
        .with_writer(std::io::stderr)
        .init();
    match run(Arguments::parse().command) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("yufu-counter: {error}");
            ExitCode::from(2)
        }
    }
}

fn run(command: Command) -> Result<ExitCode, Box<dyn Error>> {
    match command {
        Command::Serve { config } => serve(Config::load(&config)?),
        Command::Verify { config, preset, json, images } => {
            let mut desk = Desk::open(&Config::load(&config)?, Arc::new(SystemClock))?;
            verify(&mut desk, preset, json, &images)
        }
        Command::Handovers { config, file } => {
            let mut desk = Desk::open(&Config::load(&config)?, Arc::new(SystemClock))?;
            let Followed { from, to } = desk.follow_file(&read_bounded(&file)?)?;
            println!("from {from}");
            println!("to {to}");
            Ok(ExitCode::SUCCESS)
        }
        Command::Code { config, out } => {
            let desk = Desk::open(&Config::load(&config)?, Arc::new(SystemClock))?;
            std::fs::write(&out, png(&desk.printed().to_string(), 8)?)?;
            println!("{}", out.display());
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// A file of handovers; of a longer one no more than shows that it is too long.
fn read_bounded(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let limit = MAX_HANDOVER_FILE as u64 + 1;
    std::fs::File::open(path)?.take(limit).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn serve(config: Config) -> Result<ExitCode, Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut counter = Counter::start(config, Arc::new(SystemClock)).await?;
        println!("{}", counter.url());
        tokio::select! {
            ended = counter.served() => ended?,
            asked = tokio::signal::ctrl_c() => {
                asked?;
                counter.stop().await;
            }
        }
        Ok(ExitCode::SUCCESS)
    })
}

fn verify(
    desk: &mut Desk,
    preset: Option<String>,
    json: bool,
    images: &[PathBuf],
) -> Result<ExitCode, Box<dyn Error>> {
    let files = images.iter().map(std::fs::read).collect::<Result<Vec<_>, _>>()?;
    let read = payload_of_files(files.iter().map(Vec::as_slice));
    let reading = match &read {
        Ok(payload) => Ok(payload.as_slice()),
        Err(ScanError::Frame(error)) => Err(Reason::from(*error)),
        Err(ScanError::Incomplete) => Err(Reason::FramesMissing),
        Err(error) => return Err(Box::new(*error)),
    };
    let preset = preset
        .or_else(|| desk.offered().first().map(|offered| offered.preset.id().to_owned()))
        .ok_or("this counter offers no preset")?;
    let outcome = desk.check(&preset, reading)?;
    if json {
        println!("{}", serde_json::to_string_pretty(&outcome)?);
    } else {
        print(&outcome);
    }
    Ok(if outcome.verdict == Verdict::Valid { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn print(outcome: &Outcome) {
    let language = ["LC_ALL", "LC_MESSAGES", "LANG"].iter().find_map(|name| std::env::var(name).ok());
    let locale: Locale = reader_locale(language.as_deref(), None, None);
    let verdict = outcome.verdict;
    println!("{} ({verdict})", verdict_title(locale, verdict));
    if let Some(reason) = outcome.reason {
        println!("  {reason}");
    }
    println!("{}", verdict_sentence(locale, verdict));
    for field in &outcome.fields {
        println!("  {}: {}", field.path, field.value);
    }
    if let Some(issuer) = &outcome.issuer {
        println!("  {} / {} ({})", issuer.zh, issuer.en, issuer.did);
    }
    println!("→ {}", next_step(locale, verdict));
    if let Some(route) = exception_route(locale, verdict) {
        println!("{route}");
    }
}
