//! yufu-core beside other implementations of the same W3C cryptosuites, in one run: see `run.sh`.
//!
//! `input FOLDER` writes what the peer on Node needs, `measure FOLDER` measures the ones in Rust,
//! `poison WHO FOLDER` lets one of them verify a poisoned graph, `check FOLDER` verifies what the peers issued
//! and derived with yufu-core, `table FOLDER` prints the table and, last, all figures as one line of JSON.

mod documents;
mod limit;
mod peer;
#[cfg(feature = "ssi")]
mod spruce;
mod table;
mod yufu;

use documents::{KINDS, Kind, MANDATORY, NOW, SELECTIVE, poisoned};
use peer::{Peer, SUITES};
use serde_json::{Map, Value, json};
use std::{
    error::Error,
    fs,
    path::Path,
    process::ExitCode,
    time::{Instant, SystemTime, UNIX_EPOCH},
};
use yufu_core::credential::w3c::contexts::Contexts;

/// Owners in the poisoned graph.
const CLIQUE: usize = 40;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let result = match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["input", folder] => input(Path::new(folder)),
        ["measure", folder] => measure(Path::new(folder)),
        ["poison", who, folder] => poison(who, Path::new(folder)),
        ["check", folder] => check(Path::new(folder)),
        ["table", folder] => table::print(Path::new(folder)),
        _ => Err("usage: yufu-peers input|measure|check|table FOLDER, or poison yufu|ssi FOLDER".into()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("yufu-peers: {error}");
            ExitCode::FAILURE
        }
    }
}

fn input(folder: &Path) -> Result<()> {
    let contexts = Contexts::bundled();
    let contexts: Map<String, Value> = contexts
        .urls()
        .filter_map(|url| Some((url.to_owned(), Value::clone(contexts.document(url)?))))
        .collect();
    let documents: Map<String, Value> =
        KINDS.map(|kind| (kind.name().to_owned(), kind.document("").into())).into_iter().collect();
    let poisoned = poisoned(&yufu::Yufu::new("eddsa-rdfc-2022", Kind::Mixed).issue()?, CLIQUE);
    fs::write(folder.join("poisoned.json"), poisoned)?;
    let input = json!({
        "now": NOW, "documents": documents, "contexts": contexts, "mandatory": MANDATORY, "selective": SELECTIVE,
        "suites": SUITES,
    });
    Ok(fs::write(folder.join("input.json"), input.to_string())?)
}

#[cfg(feature = "ssi")]
fn ssi(suite: &str, kind: Kind) -> std::result::Result<Box<dyn Peer>, peer::No> {
    Ok(Box::new(spruce::Ssi::new(suite, kind)?))
}

#[cfg(not(feature = "ssi"))]
fn ssi(_suite: &str, _kind: Kind) -> std::result::Result<Box<dyn Peer>, peer::No> {
    Err("not compiled in".into())
}

fn measure(folder: &Path) -> Result<()> {
    let (mut rows, mut shown) = (Vec::new(), Vec::new());
    for kind in KINDS {
        for suite in SUITES {
            eprintln!("{} {suite}", kind.name());
            let yufu = yufu::Yufu::new(suite, kind);
            let (mut found, ours) = peer::measure("yufu", suite, &yufu);
            match ssi(suite, kind) {
                Ok(ssi) => {
                    let (of_ssi, theirs) = peer::measure("ssi", suite, ssi.as_ref());
                    found.extend(of_ssi);
                    shown.push(
                        json!({ "who": "ssi", "document": kind.name(), "suite": suite, "shown": theirs }),
                    );
                }
                Err(no) => {
                    let works = ["issue", "derive", "verify"].into_iter();
                    let works = works.filter(|work| *work != "derive" || peer::is_selective(suite));
                    found.extend(works.map(|work| json!({ "who": "ssi", "work": work, "no": no })));
                }
            }
            let ours = ours.ok_or("yufu-core issues and derives all of this")?;
            found.extend(limit::measure(suite, kind, &ours));
            for mut row in found {
                row["document"] = kind.name().into();
                row["suite"] = suite.into();
                rows.push(row);
            }
        }
    }
    fs::write(folder.join("rust-shown.json"), Value::from(shown).to_string())?;
    Ok(fs::write(folder.join("rust.json"), Value::from(rows).to_string())?)
}

/// Lets one verify the poisoned credential, and says what came of it and how long it took.
fn poison(who: &str, folder: &Path) -> Result<()> {
    let poisoned = fs::read_to_string(folder.join("poisoned.json"))?;
    let verifier: Box<dyn Peer> = match who {
        "yufu" => Box::new(yufu::Yufu::new("eddsa-rdfc-2022", Kind::Mixed)),
        "ssi" => ssi("eddsa-rdfc-2022", Kind::Mixed)?,
        _ => return Err("unknown".into()),
    };
    let start = Instant::now();
    let refusal = verifier.verify(&poisoned).err().ok_or("the poisoned credential verified")?;
    println!("{}", json!({ "who": who, "refusal": refusal, "seconds": start.elapsed().as_secs_f64() }));
    Ok(())
}

/// Verifies with yufu-core what the others issued and derived, so that the work is known to be the same.
fn check(folder: &Path) -> Result<()> {
    // `ssi` dates its proofs by the machine's clock.
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs().max(NOW);
    let mut all = Vec::new();
    for file in ["rust-shown.json", "node-shown.json"] {
        let shown: Vec<Value> = serde_json::from_str(&fs::read_to_string(folder.join(file))?)?;
        for one in shown.iter().filter(|one| one["shown"].is_string()) {
            let text = |name: &str| one[name].as_str().unwrap_or_default();
            let verdict = yufu::Yufu::new(text("suite"), Kind::Mixed).verify_at(text("shown"), now);
            let verdict = verdict.err().unwrap_or_else(|| "verifies".into());
            all.push(json!({ "who": one["who"], "document": one["document"], "suite": one["suite"], "verdict": verdict }));
        }
    }
    Ok(fs::write(folder.join("check.json"), Value::from(all).to_string())?)
}
