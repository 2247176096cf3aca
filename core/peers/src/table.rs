//! The table.

use crate::{
    Result,
    documents::KINDS,
    peer::{SUITES, is_selective},
};
use serde_json::{Value, json};
use std::{fs, path::Path};

const PEERS: [&str; 3] = ["yufu", "ssi", "bazaar"];

fn read(folder: &Path, file: &str) -> Result<Vec<Value>> {
    Ok(serde_json::from_str(&fs::read_to_string(folder.join(file))?)?)
}

/// Prints the table, what stands against it, and all figures as one line of JSON.
pub fn print(folder: &Path) -> Result<()> {
    let mut rows = read(folder, "rust.json")?;
    rows.extend(read(folder, "node.json")?);
    let (checks, poison) = (read(folder, "check.json")?, read(folder, "poison.json")?);
    let mut reasons: Vec<String> = Vec::new();
    println!(
        "operations per second of processor time; limit: the signatures alone; ratio: to it; x: to the peer"
    );
    println!(
        "{:<6} {:<16} {:<7} {:>9} {:>9} {:>6} {:>9} {:>8} {:>9} {:>8}",
        "title", "cryptosuite", "work", "limit", "yufu", "ratio", "ssi", "x", "bazaar", "x"
    );
    for kind in KINDS {
        for suite in SUITES {
            for work in ["issue", "derive", "verify"] {
                if work != "derive" || is_selective(suite) {
                    line(&rows, (kind.name(), suite, work), &mut reasons);
                }
            }
        }
    }
    println!();
    for (number, reason) in reasons.iter().enumerate() {
        println!("no {}: {reason}", number + 1);
    }
    println!("\nwhat the others issued or derived, verified by yufu-core:");
    for check in &checks {
        println!(
            "{} {} {}: {}",
            text(&check["who"]),
            text(&check["document"]),
            text(&check["suite"]),
            text(&check["verdict"])
        );
    }
    println!(
        "\na credential with a poisoned graph (a clique of {} blank nodes), verified by:",
        crate::CLIQUE
    );
    for one in &poison {
        match one["seconds"].as_f64() {
            Some(seconds) => println!(
                "{}: refused after {:.0} ms ({})",
                text(&one["who"]),
                seconds * 1e3,
                text(&one["refusal"])
            ),
            None => println!("{}: no answer within {} s, ended", text(&one["who"]), one["timeout"]),
        }
    }
    println!("{}", json!({ "rows": rows, "checks": checks, "poison": poison }));
    Ok(())
}

fn line(rows: &[Value], (document, suite, work): (&str, &str, &str), reasons: &mut Vec<String>) {
    let find = |who: &str| {
        rows.iter().find(|row| {
            row["who"] == who && row["document"] == document && row["suite"] == suite && row["work"] == work
        })
    };
    let rate = |who: &str| find(who).and_then(|row| row["per_second"].as_f64());
    let number = |rate: Option<f64>| rate.map_or("-".into(), |rate| format!("{rate:.0}"));
    let (limit, [yufu, ssi, bazaar]) = (rate("limit"), PEERS.map(rate));
    let ratio = limit.zip(yufu).map_or("-".into(), |(limit, yufu)| format!("{:.2}", yufu / limit));
    let mut cell = |who: &str, rate: Option<f64>| match (rate, find(who)) {
        (Some(rate), _) => {
            (number(Some(rate)), yufu.map_or("-".into(), |yufu| format!("{:.1}", yufu / rate)))
        }
        (None, Some(row)) => {
            let reason = format!("{who}: {}", text(&row["no"]));
            let known = reasons.iter().position(|known| *known == reason);
            let at = known.unwrap_or_else(|| {
                reasons.push(reason);
                reasons.len() - 1
            });
            (format!("no {}", at + 1), "-".into())
        }
        (None, None) => ("-".into(), "-".into()),
    };
    let (ssi, bazaar) = (cell("ssi", ssi), cell("bazaar", bazaar));
    println!(
        "{document:<6} {suite:<16} {work:<7} {:>9} {:>9} {ratio:>6} {:>9} {:>8} {:>9} {:>8}",
        number(limit),
        number(yufu),
        ssi.0,
        ssi.1,
        bazaar.0,
        bazaar.1,
    );
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or("?")
}
