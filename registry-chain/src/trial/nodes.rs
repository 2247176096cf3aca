//! The trial's nodes: processes that are started, killed without warning, and started again.

use super::{TrialError, TrialOptions, io, load::Load};
use crate::NetworkFiles;
use std::{
    fs::File,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};
use tokio::time::sleep;
use yufu_core::{
    Random as _,
    client::{ReqwestTransport, TransportOptions},
    http::{HttpRequest, HttpTransport as _},
    random::SeededRandom,
};

/// How long a killed node stays away.
const AWAY: Duration = Duration::from_millis(700);

pub(super) struct Nodes {
    program: PathBuf,
    nodes: Vec<Node>,
    /// They run on, and nothing is promised of them.
    retired: Vec<Node>,
    http: ReqwestTransport,
}

struct Node {
    config: PathBuf,
    log: PathBuf,
    url: String,
    child: Child,
}

impl Nodes {
    pub(super) fn start(program: &Path, files: &NetworkFiles) -> Result<Self, TrialError> {
        let http = ReqwestTransport::new(&TransportOptions::default())?;
        let mut nodes = Self { program: program.to_owned(), nodes: Vec::new(), retired: Vec::new(), http };
        files.validators.iter().try_for_each(|config| nodes.add(config))?;
        Ok(nodes)
    }

    /// Starts another node.
    pub(super) fn add(&mut self, config: &Path) -> Result<(), TrialError> {
        let settings = crate::Settings::load(config)?;
        let log = config.with_file_name("node.log");
        let child = start(&self.program, config, &log)?;
        let url = format!("http://{}", settings.http);
        self.nodes.push(Node { config: config.to_owned(), log, url, child });
        Ok(())
    }

    /// Expects nothing of the first node any more.
    pub(super) fn retire_first(&mut self) {
        if !self.nodes.is_empty() {
            self.retired.push(self.nodes.remove(0));
        }
    }

    pub(super) fn urls(&self) -> Vec<String> {
        self.nodes.iter().map(|node| node.url.clone()).collect()
    }

    /// Waits until each node says that blocks become final.
    pub(super) async fn wait_until_up(&self, patience: Duration) -> Result<(), TrialError> {
        let deadline = Instant::now() + patience;
        for (index, node) in self.nodes.iter().enumerate() {
            while self.height(node).await.is_none() {
                if Instant::now() > deadline {
                    return Err(TrialError::NotUp { node: index + 1, log: node.log.clone() });
                }
                sleep(Duration::from_millis(100)).await;
            }
        }
        Ok(())
    }

    /// The final height of a node where blocks become final.
    async fn height(&self, node: &Node) -> Option<u64> {
        let answer = self.http.send(HttpRequest::get(format!("{}/healthz", node.url))).await.ok()?;
        let body: serde_json::Value = serde_json::from_slice(&answer.body).ok()?;
        if answer.is_success() { body.get("height")?.as_u64() } else { None }
    }

    /// Lets the load's time pass and kills a node now and then: one at a time, and the next only when
    /// the last has caught up, since a network of this size promises no more.
    pub(super) async fn disturb(
        &mut self,
        options: &TrialOptions,
        started: Instant,
        load: &Load,
        progress: &(dyn Fn(&str) + Send + Sync),
    ) -> Result<u32, TrialError> {
        let random = SeededRandom::new(options.seed);
        let end = started + options.duration;
        let mut kills = 0;
        let every = options.kill_every.unwrap_or(options.duration);
        let mut next = started + every;
        while Instant::now() < end {
            sleep(next.min(end).saturating_duration_since(Instant::now())).await;
            if Instant::now() >= end {
                break;
            }
            let mut byte = [0; 8];
            // A seeded generator does not fail.
            let _ = random.fill(&mut byte);
            let count = self.nodes.len() as u64;
            let victim = usize::try_from(u64::from_be_bytes(byte) % count).unwrap_or(0);
            progress(&format!(
                "{:>4} s: {} final; node {} is killed",
                started.elapsed().as_secs(),
                load.finals(),
                victim + 1
            ));
            self.kill_and_restart(victim).await?;
            kills += 1;
            self.wait_until_up(super::PATIENCE).await?;
            next = Instant::now().max(next) + every;
        }
        Ok(kills)
    }

    async fn kill_and_restart(&mut self, victim: usize) -> Result<(), TrialError> {
        let Some(node) = self.nodes.get_mut(victim) else { return Ok(()) };
        kill(&mut node.child);
        sleep(AWAY).await;
        node.child = start(&self.program, &node.config, &node.log)?;
        Ok(())
    }

    /// Waits until all nodes have come to the height that the first had when it was asked.
    pub(super) async fn settle(&self, patience: Duration) -> bool {
        let deadline = Instant::now() + patience;
        let mut goal = 0;
        for node in &self.nodes {
            goal = goal.max(self.height(node).await.unwrap_or(0));
        }
        for node in &self.nodes {
            while self.height(node).await.is_none_or(|height| height <= goal) {
                if Instant::now() > deadline {
                    return false;
                }
                sleep(Duration::from_millis(100)).await;
            }
        }
        true
    }

    /// Ends the network, as a power cut would.
    pub(super) fn kill_all(&mut self) {
        self.nodes.iter_mut().chain(&mut self.retired).for_each(|node| kill(&mut node.child));
    }
}

impl Drop for Nodes {
    fn drop(&mut self) {
        self.kill_all();
    }
}

/// SIGKILL. One that has ended by itself cannot be killed, which is as well.
fn kill(child: &mut Child) {
    let _ = child.kill();
    let _ = child.wait();
}

fn start(program: &Path, config: &Path, log: &Path) -> Result<Child, TrialError> {
    let shown = |path: &Path| path.display().to_string();
    let log_file = File::options().create(true).append(true).open(log).map_err(io(shown(log)))?;
    Command::new(program)
        .args(["node", "--config"])
        .arg(config)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log_file)
        .spawn()
        .map_err(io(shown(program)))
}
