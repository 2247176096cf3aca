//! Backups: taken from a running node, refused when anything in them is changed, and what a validator
//! does that comes back without its votes.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod common;

use common::{
    Client, Folder,
    copies::{backed_up, described, edited, found_four, with_sql},
    found, now_ms, start,
};
use std::{sync::Arc, time::Duration};
use yufu_core::{
    registry::{LightClientError, RecordKey, client::At},
    time::SystemClock,
};
use yufu_registry::{
    MARGIN_MS, NetworkFiles, Node, NodeConfig, NodeError, Settings,
    backup::{BackupError, Manifest, backup, restore},
};

fn settings(files: &NetworkFiles) -> Settings {
    Settings::load(&files.validators[0]).unwrap()
}

fn lose_data(settings: &Settings) {
    std::fs::remove_dir_all(&settings.data).unwrap();
}

fn try_start(settings: &Settings) -> Result<Node, NodeError> {
    let settings = settings.clone();
    Node::start(NodeConfig { settings, passphrase: None, clock: Arc::new(SystemClock) })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_running_node_is_backed_up_and_serves_again_what_it_had_but_votes_no_more() {
    let folder = Folder::new("backup");
    let files = found(&folder.0.join("network"), 1_000);
    let out = folder.0.join("backup");
    let manifest = backed_up(&files, &out).await;
    let settings = settings(&files);
    #[cfg(unix)]
    for (name, mode) in [("", 0o700), ("registry.db", 0o600), ("genesis", 0o600), ("backup.toml", 0o600)] {
        use std::os::unix::fs::PermissionsExt as _;
        let path = if name.is_empty() { out.clone() } else { out.join(name) };
        assert_eq!(std::fs::metadata(path).unwrap().permissions().mode() & 0o777, mode, "{name}");
    }

    let mut names: Vec<_> =
        std::fs::read_dir(&out).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["backup.toml", "genesis", "registry.db"]);

    lose_data(&settings);
    let restored = restore(&settings, &out, None, &SystemClock).unwrap();
    assert_eq!(restored.height, manifest.height);
    assert!(restored.audited.records > 0 && restored.stands_alone);
    assert!(restored.votes_after_ms >= now_ms() + MARGIN_MS - 10_000);
    let node = start(&files.validators[0]);
    let mut client = Client::new(&node.url(), files.network_key.clone());
    client.wait_for_checkpoint().await;
    let record = client.read(&RecordKey::Policy, At::Latest).await;
    assert!(record.value.is_some());
    assert_eq!(record.header.height(), manifest.height);
    // Alone, it would sign a second history of heights that it had signed before it was lost.
    tokio::time::sleep(Duration::from_secs(4)).await;
    let checkpoint = client.registry.checkpoint(&mut client.light, now_ms()).await.unwrap();
    assert_eq!(checkpoint.height(), manifest.height);
    node.stop().unwrap();
    // Nor after another start.
    let node = start(&files.validators[0]);
    let mut client = Client::new(&node.url(), files.network_key.clone());
    tokio::time::sleep(Duration::from_secs(2)).await;
    client.wait_for_checkpoint().await;
    assert_eq!(client.light.newest().unwrap().signed_header().header().height, manifest.height);
    node.stop().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_overwrites_nothing_and_is_restored_only_where_nothing_is() {
    let folder = Folder::new("overwrite");
    let files = found(&folder.0.join("network"), 1_000);
    let settings = settings(&files);
    let out = folder.0.join("backup");
    assert!(matches!(backup(&settings, &out, &SystemClock), Err(BackupError::NoDatabase(_))));
    assert!(!out.exists());
    backed_up(&files, &out).await;
    assert!(matches!(backup(&settings, &out, &SystemClock), Err(BackupError::Exists(path)) if path == out));
    assert!(matches!(restore(&settings, &out, None, &SystemClock), Err(BackupError::NotEmpty(_))));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refuses_a_backup_that_was_changed_or_is_of_another_network() {
    let folder = Folder::new("changed");
    let files = found(&folder.0.join("network"), 1_000);
    let out = folder.0.join("backup");
    let manifest = backed_up(&files, &out).await;
    let settings = settings(&files);
    lose_data(&settings);
    let database = out.join("registry.db");
    let original = std::fs::read(&database).unwrap();
    let write = |bytes: &[u8], manifest: &Manifest| {
        std::fs::write(&database, bytes).unwrap();
        std::fs::write(out.join("backup.toml"), toml(manifest)).unwrap();
    };
    let refused = || {
        let error = restore(&settings, &out, None, &SystemClock).unwrap_err();
        assert!(!settings.data.join("registry.db").exists(), "{error}");
        assert!(!settings.data.join("restoring.db").exists(), "{error}");
        error
    };

    write(&original[..original.len() - 4096], &manifest);
    assert!(matches!(refused(), BackupError::Digest));
    let mut flipped = original.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 1;
    write(&flipped, &manifest);
    assert!(matches!(refused(), BackupError::Digest));

    // Whoever changes a record can write a new digest, and not a new certificate.
    let changed = with_sql(&folder.0, &original, "UPDATE record SET value = x'0101' WHERE key = x'00'");
    write(&changed, &described(&manifest, &changed));
    assert!(matches!(refused(), BackupError::State(_) | BackupError::Store(_)));
    let forged = edited(&folder.0, &original, |connection| {
        let newest = "SELECT height, signed_header FROM certificate ORDER BY height DESC LIMIT 1";
        let (height, mut signed): (i64, Vec<u8>) =
            connection.query_row(newest, [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        *signed.last_mut().unwrap() ^= 1;
        let update = "UPDATE certificate SET signed_header = ?1 WHERE height = ?2";
        connection.execute(update, (signed, height)).unwrap()
    });
    write(&forged, &described(&manifest, &forged));
    assert!(matches!(refused(), BackupError::Certificate(LightClientError::BadCertificate(_))));
    let uncertified = with_sql(&folder.0, &original, "DELETE FROM certificate");
    write(&uncertified, &described(&manifest, &uncertified));
    assert!(matches!(refused(), BackupError::NotCertified));

    let later = Manifest { height: manifest.height + 1, ..manifest.clone() };
    write(&original, &later);
    assert!(matches!(refused(), BackupError::OtherHeader));
    write(&original, &Manifest { format: 2, ..manifest.clone() });
    assert!(matches!(refused(), BackupError::Manifest { .. }));
    let other = found(&folder.0.join("other"), 1_000);
    write(&original, &manifest);
    let theirs = Settings::load(&other.validators[0]).unwrap();
    assert!(matches!(restore(&theirs, &out, None, &SystemClock), Err(BackupError::OtherNetwork)));
    let key = Some(other.network_key);
    assert!(matches!(restore(&settings, &out, key, &SystemClock), Err(BackupError::OtherNetwork)));
    restore(&settings, &out, None, &SystemClock).unwrap();
}

fn toml(manifest: &Manifest) -> String {
    format!(
        "format = {}\nnetwork = \"{}\"\nheight = {}\nheader = \"{}\"\ntaken_at_ms = {}\nbytes = {}\nsha256 = \"{}\"\n",
        manifest.format,
        manifest.network,
        manifest.height,
        manifest.header,
        manifest.taken_at_ms,
        manifest.bytes,
        manifest.sha256
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chain_without_its_votes_is_refused_until_the_operator_says_that_they_are_lost() {
    let folder = Folder::new("votes");
    let files = found(&folder.0, 1_000);
    let node = start(&files.validators[0]);
    let mut client = Client::new(&node.url(), files.network_key.clone());
    client.wait_for_checkpoint().await;
    node.stop().unwrap();
    let settings = settings(&files);
    std::fs::remove_dir_all(settings.data.join("consensus")).unwrap();
    let refused = try_start(&settings).err().unwrap();
    assert!(matches!(refused, NodeError::VotesLost { height, .. } if height > 0), "{refused}");
    yufu_registry::stand_by(&settings, &SystemClock).unwrap();
    let node = try_start(&settings).unwrap();
    let before = client.light.newest().unwrap().signed_header().header().height;
    client = Client::new(&node.url(), files.network_key.clone());
    tokio::time::sleep(Duration::from_secs(3)).await;
    client.wait_for_checkpoint().await;
    assert!(client.light.newest().unwrap().signed_header().header().height >= before);
    assert!(client.light.newest().unwrap().signed_header().header().time_ms + 2_500 < now_ms(), "it votes");
    node.stop().unwrap();
}

/// Four validators in this process; one is lost and comes back from a backup.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_restored_validator_follows_and_votes_again_only_after_a_later_block_is_final() {
    let folder = Folder::new("four");
    let files = found_four(&folder.0.join("network"));
    let mut nodes: Vec<Node> = files.validators.iter().map(|config| start(config)).collect();
    let mut client = Client::new(&nodes[0].url(), files.network_key.clone());
    client.wait_for_checkpoint().await;
    let settings = Settings::load(&files.validators[3]).unwrap();
    let out = folder.0.join("backup");
    let manifest = backup(&settings, &out, &SystemClock).unwrap();
    client.wait_for_anchor(manifest.height + 5).await;
    nodes.pop().unwrap().stop().unwrap();
    lose_data(&settings);

    let restored = restore(&settings, &out, None, &SystemClock).unwrap();
    assert!(!restored.stands_alone);
    // A minute is for machines with clocks of their own; these share one.
    let votes_after_ms = now_ms() + 8_000;
    std::fs::write(settings.data.join("standby"), format!("{votes_after_ms}\n")).unwrap();
    let node = try_start(&settings).unwrap();
    let mut theirs = Client::new(&node.url(), files.network_key.clone());
    let (mut silent, mut voted) = (0, 0);
    let mut last = 0;
    while voted < 3 {
        let stands_by = settings.data.join("standby").exists();
        assert!(
            now_ms() < votes_after_ms + 60_000,
            "it never votes again: {silent} without it, {voted} with it, at {last}, standing by: {stands_by}"
        );
        tokio::time::sleep(Duration::from_millis(30)).await;
        let Ok(header) = theirs.registry.checkpoint(&mut theirs.light, now_ms()).await else { continue };
        if header.height() <= last.max(manifest.height) {
            continue;
        }
        last = header.height();
        let signed = theirs.light.newest().unwrap().signed_header();
        let signs = signed.certificate().signers().any(|signer| signer == 3);
        if signed.header().time_ms <= votes_after_ms {
            // It was alive and voting when the backup was made; what is newer was made without it.
            assert!(!signs || signed.header().time_ms < votes_after_ms - 8_000, "it votes at {last}");
            silent += u32::from(!signs);
        } else {
            voted += u32::from(signs);
        }
    }
    println!("{silent} certificates without it, then {voted} with it, by height {last}");
    assert!(silent > 0, "it has caught up before it votes");
    // The others come to the same heights, and there is one history.
    let asked = std::time::Instant::now();
    while client.registry.checkpoint(&mut client.light, now_ms()).await.unwrap().height() < last {
        assert!(asked.elapsed() < Duration::from_secs(20), "the others stay below {last}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(client.light.conflict().is_none());
    let gone = std::time::Instant::now();
    while settings.data.join("standby").exists() {
        assert!(gone.elapsed() < Duration::from_secs(20), "it forgets that it stood by");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    node.stop().unwrap();
    for node in nodes {
        node.stop().unwrap();
    }
}
