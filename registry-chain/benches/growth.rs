//! How much the registry's database grows: bytes a record, by what the bytes are for.
//!
//! Real blocks of real transactions go through [`Chain`], the node's state machine and store, without the
//! engine: status lists are opened (two trust records and one of the records tree each), each is
//! published again twice (one of the records tree each), and streams get entries (one of the records tree
//! each), a hundred thousand records of each kind. Every header is certified, and old versions of the
//! trees are pruned as the node prunes them, but after fewer heights, so that what is left is the state
//! and not the window. The last word has `audit`, which proves every record. `--records N` does less.

#[path = "../tests/rules/support.rs"]
#[allow(dead_code, clippy::unwrap_used, reason = "the tests' own, and not all of it is needed here")]
mod support;

use rusqlite::Connection;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use support::{Actor, Network, RESIDENT, START_MS, digest, open_list, publish};
use yufu_core::registry::{Operation, RecordKey, SignedTransaction, Tree, test_network::TestNetwork};
use yufu_registry::state::Chain;

/// Issuers who take turns.
const ISSUERS: u64 = 25;
const BLOCK: usize = 500;
/// Heights of which proofs are kept here; the node keeps 4,096.
const KEEP: u64 = 32;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// What the bytes of a table are for.
const PURPOSES: [(&str, &[&str]); 4] = [
    ("state", &["record", "value"]),
    ("trees", &["node"]),
    ("blocks", &["body", "included", "block", "sqlite_autoindex_block_1", "history", "certificate"]),
    ("window", &["stale_node", "stale_value"]),
];

#[derive(Clone, Copy, Default)]
struct Size {
    by_purpose: [u64; 4],
    /// Nodes and values of the two trees, without the tables' own overhead.
    trees: [u64; 2],
    /// Pages in use, and those in the file.
    used: u64,
    file: u64,
}

struct Registry {
    network: Network,
    issuers: Vec<Actor>,
    certifier: TestNetwork,
}

impl Registry {
    fn found() -> Result<Self> {
        let mut network = Network::new();
        network.chain = Chain::open(&path(&network), &network.genesis)?.keep_heights(KEEP);
        let issuers = (0..ISSUERS).map(|number| network.issuer(10 + number)).collect();
        Ok(Self { network, issuers, certifier: TestNetwork::new(4, 7, START_MS) })
    }

    fn block(&mut self, transactions: &[SignedTransaction]) -> Result<()> {
        let header = self.network.block(transactions)?.header;
        let signed = self.certifier.certify(&header);
        Ok(self.network.chain.store_certificate(header.height, &signed)?)
    }

    /// Sends as many operations, issuer by issuer in turn: what `operation` makes of the issuer, its
    /// place among them, and how many it has sent before.
    fn send(&mut self, count: usize, operation: impl Fn(&Actor, u64, u64) -> Operation) -> Result<()> {
        let mut block = Vec::with_capacity(BLOCK);
        for number in 0..count as u64 {
            let (place, turn) = (number % ISSUERS, number / ISSUERS);
            let at = usize::try_from(place)?;
            block.push(self.network.signed(&self.issuers[at], operation(&self.issuers[at], place, turn)));
            self.issuers[at].nonce += 1;
            if block.len() == BLOCK || number + 1 == count as u64 {
                self.block(&block)?;
                block.clear();
            }
        }
        // Time passes until only the newest versions are kept.
        for _ in 0..3 * KEEP {
            self.block(&[])?;
        }
        Ok(())
    }

    fn size(&self) -> Result<Size> {
        let path = path(&self.network);
        let connection = Connection::open(&path)?;
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        let mut size = Size { file: std::fs::metadata(&path)?.len(), ..Size::default() };
        let mut tables = connection.prepare("SELECT name, sum(pgsize) FROM dbstat GROUP BY name")?;
        let mut rows = tables.query([])?;
        while let Some(row) = rows.next()? {
            let (table, bytes): (String, i64) = (row.get(0)?, row.get(1)?);
            let bytes = u64::try_from(bytes)?;
            size.used += bytes;
            let purpose = PURPOSES.iter().position(|(_, tables)| tables.contains(&table.as_str()));
            if let Some(purpose) = purpose {
                size.by_purpose[purpose] += bytes;
            }
        }
        for (at, tree) in [Tree::Trust, Tree::Records].into_iter().enumerate() {
            let number = i64::from(tree == Tree::Records);
            let bytes: i64 = connection.query_row(
                "SELECT (SELECT coalesce(sum(length(path) + length(node)), 0) FROM node WHERE tree = ?1)
                      + (SELECT coalesce(sum(length(key_hash) + length(value)), 0) FROM value WHERE tree = ?1)",
                [number],
                |row| row.get(0),
            )?;
            size.trees[at] = u64::try_from(bytes)?;
        }
        Ok(size)
    }

    /// Median and largest proof of grants at the newest height.
    fn proofs(&self, lists: u32) -> Result<(usize, usize)> {
        let reader = self.network.chain.committed();
        let tip = reader.tip()?;
        let mut sizes = Vec::new();
        for number in 0..500 {
            let issuer = self.issuers[number % self.issuers.len()].id;
            let list = u32::try_from(number)? * 7 % lists.max(1);
            let key = RecordKey::Grant { issuer, vct: RESIDENT.into(), list };
            let proven = reader.prove(tip.height, &key)?;
            proven.proof.verify(&tip.trust_root, &key.hash(), proven.value.as_deref())?;
            sizes.push(proven.proof.to_bytes().len());
        }
        sizes.sort_unstable();
        Ok((sizes[sizes.len() / 2], sizes[sizes.len() - 1]))
    }
}

fn path(network: &Network) -> PathBuf {
    Path::new(network.directory.path()).join("state.sqlite")
}

fn list_number(turn: u64) -> u32 {
    u32::try_from(turn).unwrap_or(u32::MAX)
}

/// Prints what a step added, per record that it made.
fn report(what: &str, made: usize, transactions: usize, before: &Size, after: &Size) -> Value {
    let per = |before: u64, after: u64| (after as f64 - before as f64) / made as f64;
    let [state, trees, blocks, window] =
        std::array::from_fn(|at| per(before.by_purpose[at], after.by_purpose[at]));
    let [trust, records] = std::array::from_fn(|at| per(before.trees[at], after.trees[at]));
    let all = per(before.used, after.used);
    println!(
        "{what:<22} {made:>8} {transactions:>8} {all:>6.0} {state:>6.0} {trees:>6.0} {blocks:>6.0} {window:>6.0} \
         {trust:>10.0} {records:>12.0}"
    );
    json!({
        "step": what, "records": made, "transactions": transactions, "bytes_per_record": all, "state": state,
        "trees": trees, "blocks": blocks, "window": window, "trust_tree": trust, "records_tree": records,
    })
}

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip_while(|argument| argument != "--records").skip(1);
    let records: usize = arguments.next().map_or(Ok(100_000), |number| number.parse())?;
    // As many of each issuer.
    let lists = (records / 2).next_multiple_of(usize::try_from(ISSUERS)?);
    let mut registry = Registry::found()?;
    println!(
        "bytes a record of the SQLite file, in blocks of {BLOCK} transactions; proofs of {KEEP} heights kept"
    );
    println!(
        "state: newest and provable values; trees: nodes; blocks: bodies, headers, certificates, history;"
    );
    println!(
        "window: what pruning still has to remove; trust tree, records tree: nodes and values without overhead"
    );
    println!(
        "{:<22} {:>8} {:>8} {:>6} {:>6} {:>6} {:>6} {:>6} {:>10} {:>12}",
        "step",
        "records",
        "transact",
        "all",
        "state",
        "trees",
        "blocks",
        "window",
        "trust tree",
        "records tree"
    );
    let empty = registry.size()?;

    registry.send(lists, |issuer, place, turn| open_list(issuer, list_number(turn), 10 + place))?;
    let opened = registry.size()?;
    let first = report("trust: lists opened", 2 * lists, lists, &empty, &opened);

    let rounds = lists as u64 / ISSUERS;
    registry
        .send(2 * lists, |_, _, turn| publish(list_number(turn % rounds), 1 + list_number(turn / rounds)))?;
    let published = registry.size()?;
    let second = report("records: publications", 2 * lists, 2 * lists, &opened, &published);

    registry.send(records, |_, place, turn| Operation::AppendEntry {
        stream: format!("growth/{place}"),
        seq: turn,
        digest: digest("entry"),
    })?;
    let entered = registry.size()?;
    let third = report("records: entries", records, records, &published, &entered);

    let (median, largest) = registry.proofs(list_number(rounds))?;
    let audit = registry.network.chain.committed().audit()?;
    println!(
        "in all {} MB in use of a file of {} MB, {} records audited, {} grants; a grant's proof is {median} bytes, at most {largest}",
        entered.used / 1_000_000,
        entered.file / 1_000_000,
        audit.records,
        audit.grants,
    );
    println!(
        "{}",
        json!({
            "steps": [first, second, third], "used_bytes": entered.used, "file_bytes": entered.file,
            "records": audit.records, "grants": audit.grants, "proof_median": median, "proof_largest": largest,
        })
    );
    Ok(())
}
