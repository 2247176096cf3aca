//! Old versions of the trees: kept as long as somebody may ask for a proof at them.

use super::{StoreError, sql, tree};
use rusqlite::{Connection, OptionalExtension};
use yufu_core::registry::Tree;

/// Certified anchors whose proofs are kept: wallets fetch against the newest, and one of them may be
/// in the middle of a refresh while the next two are made.
const ANCHORS: i64 = 4;

/// Removes versions of both trees from before `keep` heights ago, but none that the newest certified
/// anchors need.
pub(crate) fn prune(connection: &Connection, tip: u64, keep: u64) -> Result<(), StoreError> {
    let anchor: Option<i64> = connection
        .prepare_cached(
            "SELECT height FROM certificate WHERE slot <> 0 ORDER BY slot DESC LIMIT 1 OFFSET ?1",
        )?
        .query_row([ANCHORS - 1], |row| row.get(0))
        .optional()?;
    let Some(anchor) = anchor else { return Ok(()) };
    let oldest = anchor.min(sql(tip.saturating_sub(keep))?);
    let versions: Option<(Option<i64>, Option<i64>)> = connection
        .prepare_cached("SELECT trust_version, records_version FROM block WHERE height = ?1")?
        .query_row([oldest], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((trust, records)) = versions else { return Ok(()) };
    for (tree, version) in [(Tree::Trust, trust), (Tree::Records, records)] {
        if let Some(version) = tree::version_column(version)? {
            tree::prune_tree(connection, tree, version)?;
        }
    }
    Ok(())
}
