//! A node with an empty disk begins with a peer's snapshot, and no lie of the peer gets in.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod common;

use common::{
    Client, Folder,
    copies::{backed_up, described, edited, found_four, with_sql},
    found, now_ms,
    snapshots::{generous, metric, run, settings},
    start,
};
use std::{
    io::{Read as _, Write as _},
    net::TcpListener,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};
use yufu_core::{registry::LightClientError, time::SystemClock};
use yufu_registry::{
    NetworkFiles, Settings,
    backup::{
        BackupError, Manifest, Restored,
        join::{JoinError, JoinLimits, Progress, join},
    },
    state::CopyError,
};

async fn join_from(settings: &Settings, url: &str, limits: JoinLimits) -> Result<Restored, JoinError> {
    join(settings, url, None, limits, Arc::new(SystemClock), |_| {}).await
}

/// What is left in the data folder, but for the file by which it is held.
fn left(settings: &Settings) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(&settings.data) else { return Vec::new() };
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name != "lock").collect()
}

/// The bytes of the block at a height, header first, once its header is certified.
async fn proven_block(client: &mut Client, height: u64) -> Vec<u8> {
    let asked = Instant::now();
    while let Err(error) = client.registry.header(&mut client.light, height, now_ms()).await {
        assert!(asked.elapsed() < Duration::from_secs(20), "no header at {height}: {error}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    client.registry.block(height).await.unwrap().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_empty_validator_joins_from_a_peer_fetches_no_block_before_the_snapshot_and_follows() {
    let folder = Folder::new("join");
    let files = found_four(&folder.0.join("network"));
    let [first, second, third, fourth] = [0, 1, 2, 3].map(|at| files.validators[at].as_path());
    let nodes = [run(generous(first, 600, 4)), start(second), start(third)];
    let mut client = Client::new(&nodes[0].url(), files.network_key.clone());
    client.wait_for_checkpoint().await;
    client.wait_for_anchor(24).await;

    let fourth = settings(fourth);
    let heard = Mutex::new(Vec::new());
    let note = |news| heard.lock().unwrap().push(news);
    let url = nodes[0].url();
    let joining = join(&fourth, &url, None, JoinLimits::default(), Arc::new(SystemClock), note);
    let joined = joining.await.unwrap();
    assert!(joined.height >= 24 && joined.audited.records > 0 && !joined.stands_alone, "{joined:?}");
    let heard = heard.into_inner().unwrap();
    assert!(heard.iter().any(|news| matches!(news, Progress::Fetched { bytes, of } if bytes == of)));
    assert_eq!(heard.last(), Some(&Progress::Checking));
    assert_eq!(metric(&nodes[0], "yufu_registry_snapshots_fetched_total").await, 1);
    let mut names = left(&fourth);
    names.sort();
    assert_eq!(names, ["registry.db", "standby"]);

    let node = run(fourth.clone());
    let mut theirs = Client::new(&node.url(), files.network_key.clone());
    theirs.wait_for_anchor(joined.height + 5).await;
    // What the engine stores and hands over begins with the snapshot's own block, which it is given from
    // here; it has none of those before.
    let stored = metric(&node, "validator_blocks_ordinal_puts_total").await;
    let fetched = metric(&node, "validator_backfill_resolver_fetch_total{status=\"Success\"}").await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let handed_over = metric(&node, "yufu_registry_blocks_final_total").await;
    let height = metric(&node, "yufu_registry_height").await;
    let new = height - joined.height + 1;
    println!("joined at {}, at {height} now: {stored} stored, {fetched} fetched", joined.height);
    assert!(handed_over > 0 && handed_over <= new && stored <= new, "{stored}, {handed_over} of {new}");
    // One history: the header of a height of after the snapshot, here and there, with both trees' roots.
    let (ours, others) = (proven_block(&mut client, height).await, proven_block(&mut theirs, height).await);
    assert_eq!(ours, others);
    assert_eq!(ours[..32], files.network_key.genesis);
    assert!(client.light.conflict().is_none());
    node.stop().unwrap();
    for node in nodes {
        node.stop().unwrap();
    }
}

/// A peer that answers as it is told: with this description, and with these octets for the file.
fn peer(manifest: &Manifest, file: Vec<u8>) -> String {
    peer_with(serde_json::to_vec(manifest).unwrap(), file)
}

fn peer_with(description: Vec<u8>, file: Vec<u8>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let (mut request, mut piece) = (Vec::new(), [0; 4096]);
            while !request.ends_with(b"\r\n\r\n") {
                let read = stream.read(&mut piece).unwrap();
                request.extend_from_slice(&piece[..read]);
            }
            let is_description = request.starts_with(b"GET /v1/snapshot HTTP");
            let answer = if is_description { ok(&description, description.len()) } else { file.clone() };
            // Whoever has heard enough hangs up.
            let _ = stream.write_all(&answer);
            if answer.ends_with(b"(silence)") {
                std::thread::sleep(Duration::from_secs(3));
            }
        }
    });
    url
}

/// An answer that says that it has so many bytes.
fn ok(body: &[u8], length: usize) -> Vec<u8> {
    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n");
    [head.as_bytes(), body].concat()
}

/// A description and a database, both true, and the settings of the node that has lost them.
async fn a_true_copy(folder: &Folder) -> (NetworkFiles, Settings, Manifest, Vec<u8>) {
    let files = found(&folder.0.join("network"), 1_000);
    let out = folder.0.join("backup");
    let manifest = backed_up(&files, &out).await;
    let settings = settings(&files.validators[0]);
    std::fs::remove_dir_all(&settings.data).unwrap();
    let database = std::fs::read(out.join("registry.db")).unwrap();
    (files, settings, manifest, database)
}

/// Whether a lie is refused by its own name.
type IsNamed = fn(&CopyError) -> bool;

/// The error by which a join fails that leaves nothing behind.
async fn refused(settings: &Settings, url: &str) -> JoinError {
    let limits = JoinLimits { stall: Duration::from_secs(1), ..JoinLimits::default() };
    let error = join_from(settings, url, limits).await.unwrap_err();
    assert_eq!(left(settings), Vec::<String>::new(), "{error}");
    error
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_what_was_announced_is_refused_and_a_second_try_succeeds() {
    let folder = Folder::new("announced");
    let (files, settings, manifest, database) = a_true_copy(&folder).await;
    let whole = database.len();

    let other = found(&folder.0.join("other"), 1_000).network_key.genesis;
    let other = Manifest { network: yufu_core::registry::client::hex(&other), ..manifest.clone() };
    let error = refused(&settings, &peer(&other, ok(&database, whole))).await;
    assert!(matches!(error, JoinError::Backup(BackupError::OtherNetwork)), "{error}");

    let mut changed = database.clone();
    changed[whole / 2] ^= 1;
    let error = refused(&settings, &peer(&manifest, ok(&changed, whole))).await;
    assert!(matches!(error, JoinError::Backup(BackupError::Digest)), "{error}");

    let cut = &database[..whole - 4096];
    let error = refused(&settings, &peer(&manifest, ok(cut, whole))).await;
    let is_broken = |error: &JoinError| {
        matches!(*error, JoinError::BrokenOff { got, announced, .. }
            if got == cut.len() as u64 && announced == whole as u64)
    };
    assert!(is_broken(&error), "{error}");
    // Shorter, and openly so.
    let error = refused(&settings, &peer(&manifest, ok(cut, cut.len()))).await;
    assert!(is_broken(&error), "{error}");

    let long = [&database[..], b"more"].concat();
    let error = refused(&settings, &peer(&manifest, ok(&long, long.len()))).await;
    assert!(matches!(error, JoinError::Longer { announced } if announced == whole as u64), "{error}");
    let unmeasured = [b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n", &long[..]].concat();
    let error = refused(&settings, &peer(&manifest, unmeasured)).await;
    assert!(matches!(error, JoinError::Longer { .. }), "{error}");

    let silent = ok(b"(silence)", whole);
    let error = refused(&settings, &peer(&manifest, silent)).await;
    assert!(matches!(error, JoinError::Stalled { got: 9, .. }), "{error}");

    for description in [&b"{}"[..], b"yes", &[b' '; 8192]] {
        let error = refused(&settings, &peer_with(description.to_vec(), Vec::new())).await;
        assert!(matches!(error, JoinError::Malformed | JoinError::Http(_)), "{error}");
    }
    let elsewhere = Manifest { sha256: "../../v1/genesis".into(), ..manifest.clone() };
    let error = refused(&settings, &peer(&elsewhere, ok(&database, whole))).await;
    assert!(matches!(error, JoinError::Malformed), "{error}");

    // What a process leaves that was killed is no hindrance.
    std::fs::write(settings.data.join("restoring.db"), &database[..100]).unwrap();
    let joined = join_from(&settings, &peer(&manifest, ok(&database, whole)), JoinLimits::default()).await;
    assert_eq!(joined.unwrap().height, manifest.height);
    let node = start(&files.validators[0]);
    let mut client = Client::new(&node.url(), files.network_key.clone());
    client.wait_for_checkpoint().await;
    assert_eq!(client.light.newest().unwrap().signed_header().header().height, manifest.height);
    // Not beside a database, and not under a node that runs.
    let again = join_from(&settings, &peer(&manifest, ok(&database, whole)), JoinLimits::default()).await;
    assert!(matches!(again, Err(JoinError::Backup(BackupError::NotEmpty(_)))));
    node.stop().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_false_database_with_a_true_digest_is_refused_by_what_is_false_in_it() {
    let folder = Folder::new("false");
    let (_files, settings, manifest, database) = a_true_copy(&folder).await;
    let of = |manifest: &Manifest, bytes: &[u8]| peer(&described(manifest, bytes), ok(bytes, bytes.len()));
    let changed = |sql: &str| with_sql(&folder.0, &database, sql);

    let later = Manifest { height: manifest.height + 1, ..manifest.clone() };
    let error = refused(&settings, &of(&later, &database)).await;
    assert!(matches!(error, JoinError::Backup(BackupError::OtherHeader)), "{error}");
    let forged = edited(&folder.0, &database, |connection| {
        let newest = "SELECT height, signed_header FROM certificate ORDER BY height DESC LIMIT 1";
        let (height, mut signed): (i64, Vec<u8>) =
            connection.query_row(newest, [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        *signed.last_mut().unwrap() ^= 1;
        let update = "UPDATE certificate SET signed_header = ?1 WHERE height = ?2";
        connection.execute(update, (signed, height)).unwrap()
    });
    let error = refused(&settings, &of(&manifest, &forged)).await;
    let is_certificate =
        matches!(error, JoinError::Backup(BackupError::Certificate(LightClientError::BadCertificate(_))));
    assert!(is_certificate, "{error}");
    let other = changed("UPDATE network SET genesis = zeroblob(32)");
    let error = refused(&settings, &of(&manifest, &other)).await;
    assert!(matches!(error, JoinError::Backup(BackupError::OtherNetwork)), "{error}");
    let error = refused(&settings, &of(&manifest, b"no database at all")).await;
    assert!(matches!(error, JoinError::Backup(BackupError::Store(_))), "{error}");

    // What no certificate signs.
    let height = manifest.height;
    let first = |table: &str, what: &str| format!("UPDATE {table} SET {what} WHERE height = 1");
    let lies: [(String, IsNamed); 14] = [
        ("DELETE FROM record WHERE key = (SELECT max(key) FROM record)".into(), |e| {
            matches!(e, CopyError::Records { .. })
        }),
        ("CREATE TRIGGER later AFTER INSERT ON block BEGIN DELETE FROM record; END".into(), |e| {
            matches!(e, CopyError::Tables)
        }),
        ("CREATE TABLE more (a)".into(), |e| matches!(e, CopyError::Tables)),
        (first("block", "digest = zeroblob(32)"), |e| matches!(e, CopyError::Block(1))),
        (
            format!(
                "UPDATE block SET header = (SELECT header FROM block WHERE height = {height}) WHERE height = 1"
            ),
            |e| matches!(e, CopyError::Block(1)),
        ),
        (first("body", "transactions = x'00000000'"), |e| matches!(e, CopyError::Block(1))),
        ("DELETE FROM block WHERE height = 0".into(), |e| matches!(e, CopyError::Block(0))),
        ("UPDATE history SET hash = zeroblob(32) WHERE level = 1 AND position = 0".into(), |e| {
            matches!(e, CopyError::History)
        }),
        ("INSERT INTO history VALUES (60, 7, zeroblob(32))".into(), |e| matches!(e, CopyError::History)),
        ("INSERT INTO included VALUES (zeroblob(32), 1)".into(), |e| matches!(e, CopyError::Transactions)),
        (
            "UPDATE certificate SET slot = 987654 WHERE height = (SELECT min(height) FROM certificate)"
                .into(),
            |e| matches!(e, CopyError::Certificate(_)),
        ),
        ("INSERT OR IGNORE INTO stale_value SELECT tree, version + 1, key_hash FROM value".into(), |e| {
            matches!(e, CopyError::Pruning)
        }),
        // A node that is in use would go with the next pruning.
        ("INSERT INTO stale_node SELECT tree, 0, version, path FROM node".into(), |e| {
            matches!(e, CopyError::Pruning)
        }),
        ("INSERT INTO value SELECT tree, key_hash, version + 1000, value FROM value".into(), |e| {
            matches!(e, CopyError::Pruning)
        }),
    ];
    for (sql, is_named) in lies {
        let lie = edited(&folder.0, &database, |connection| {
            // A change of the schema counts no rows.
            connection.execute(&sql, []).unwrap() + usize::from(sql.starts_with("CREATE"))
        });
        match refused(&settings, &of(&manifest, &lie)).await {
            JoinError::Backup(BackupError::Copy(error)) if is_named(&error) => {}
            other => panic!("{sql}: {other}"),
        }
    }
    // How many leaves lie below a node is in no hash: the last number of an inner node's bytes.
    let miscounted = edited(&folder.0, &database, |connection| {
        let roots = "SELECT tree, version, path, node FROM node WHERE length(node) > 100 ORDER BY length(path) LIMIT 1";
        let (tree, version, path, mut node): (i64, i64, Vec<u8>, Vec<u8>) = connection
            .query_row(roots, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))
            .unwrap();
        let count = node.len() - 8;
        node[count] ^= 1;
        let update = "UPDATE node SET node = ?1 WHERE tree = ?2 AND version = ?3 AND path = ?4";
        connection.execute(update, (node, tree, version, path)).unwrap()
    });
    let error = refused(&settings, &of(&manifest, &miscounted)).await;
    assert!(matches!(error, JoinError::Backup(BackupError::Copy(CopyError::Node))), "{error}");
    let joined = join_from(&settings, &of(&manifest, &database), JoinLimits::default()).await.unwrap();
    assert_eq!(joined.height, height);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_snapshot_that_is_too_large_or_leaves_too_little_room_is_not_fetched() {
    let folder = Folder::new("room");
    let (_files, settings, manifest, database) = a_true_copy(&folder).await;
    let url = peer(&manifest, ok(&database, database.len()));
    let small = JoinLimits { bytes: manifest.bytes - 1, ..JoinLimits::default() };
    let error = join_from(&settings, &url, small).await.unwrap_err();
    assert!(matches!(error, JoinError::TooLarge { limit, .. } if limit == small.bytes), "{error}");
    let full = Settings { min_free_bytes: Some(u64::MAX / 2), ..settings.clone() };
    assert!(matches!(refused(&full, &url).await, JoinError::NoRoom { kept, .. } if kept == u64::MAX / 2));
    // One that says that it is small and is not.
    let vast = Manifest { bytes: 1 << 40, ..manifest.clone() };
    let none = refused(&settings, &peer(&vast, ok(&database, database.len()))).await;
    assert!(matches!(none, JoinError::TooLarge { .. } | JoinError::NoRoom { .. }), "{none}");
}
