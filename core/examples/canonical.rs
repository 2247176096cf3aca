//! yufu-core's half of the check of canonical statements in `tests/interop/canonical.mjs`: reads
//! `cases.json` in a folder, writes `canonical.json` and the bundled contexts as `contexts.json`.

use anyhow::{Context, Result};
use serde_json::{Map, Value, json};
use std::{fs, path::PathBuf};
use yufu_core::credential::w3c::{
    contexts::Contexts,
    json_ld::{Limits, to_dataset},
    rdf::{Dataset, Hash, canonicalize},
};

const STEPS: u32 = 10_000_000;

fn main() -> Result<()> {
    let folder = PathBuf::from(std::env::args().nth(1).context("the folder")?);
    let contexts = Contexts::bundled();
    let known: Map<String, Value> = contexts
        .urls()
        .filter_map(|url| Some((url.to_owned(), Value::clone(contexts.document(url)?))))
        .collect();
    fs::write(folder.join("contexts.json"), serde_json::to_vec(&known)?)?;
    let cases: Vec<Value> = serde_json::from_slice(&fs::read(folder.join("cases.json"))?)?;
    let results = cases.iter().map(result).collect::<Result<Vec<Value>>>()?;
    fs::write(folder.join("canonical.json"), serde_json::to_vec(&results)?)?;
    Ok(())
}

fn result(case: &Value) -> Result<Value> {
    let dataset = match &case["graph"] {
        Value::String(text) => Ok(Dataset::parse(text)?),
        _ => to_dataset(case["document"].as_object().context("an object")?, &Limits::default()),
    };
    let hash = if case["hash"] == "SHA-384" { Hash::Sha384 } else { Hash::Sha256 };
    Ok(match dataset {
        Ok(dataset) => json!({ "lines": canonicalize(&dataset, hash, STEPS)?.text() }),
        Err(error) => json!({ "error": format!("{error:?}") }),
    })
}
