//! The commands that an operator types: backup, restore, join, export, import, audit.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod common;

use common::{Client, Folder, found, found_with, now_ms, start};
use std::{path::Path, process::Command, time::Duration};
use yufu_core::registry::{Followed, HandoverFileError, LightClient, NetworkKey};
use yufu_registry::Parameters;

/// Runs a command; gives what it printed on both streams, or what it said when it failed.
fn run(arguments: &[&str]) -> Result<(String, String), String> {
    let output = Command::new(env!("CARGO_BIN_EXE_yufu-registry")).args(arguments).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let (out, error) = (text(output.stdout), text(output.stderr));
    if output.status.success() { Ok((out, error)) } else { Err(error) }
}

/// The value that a command printed behind this name.
fn value<'a>(printed: &'a str, name: &str) -> &'a str {
    let line = printed.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("no {name} in {printed}"))
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operator_backs_up_restores_exports_and_founds_a_network_that_goes_on() {
    let folder = Folder::new("commands");
    let files = found(&folder.0.join("old"), 1_000);
    let config = text(&files.validators[0]);
    let node = start(&files.validators[0]);
    let mut client = Client::new(&node.url(), files.network_key.clone());
    client.wait_for_checkpoint().await;

    let backup = folder.0.join("backup");
    let arguments = ["backup", "--config", config, "--out", text(&backup)];
    let (printed, said) = run(&[&arguments[..], &["--lang", "zh-CN"]].concat()).unwrap();
    assert!(said.contains("密钥") && value(&printed, "height").parse::<u64>().unwrap() > 0, "{said}");
    let again = run(&[&arguments[..], &["--lang", "en"]].concat()).unwrap_err();
    assert!(again.contains("exists already"), "{again}");

    // From the node's own data, and from afar with nothing but the network's key.
    let (here, afar) = (folder.0.join("here"), folder.0.join("afar"));
    let (key, network) = (text(&files.authority.control_key), files.network_key.to_string());
    let (near, _) = run(&["export", "--config", config, "--key", key, "--out", text(&here)]).unwrap();
    let url = node.url();
    let from = ["export", "--registry", &url, "--network-key", &network, "--key", key, "--out"];
    let (far, _) = run(&[&from[..], &[text(&afar)]].concat()).unwrap();
    let number = |printed: &str, name: &str| value(printed, name).parse::<u64>().unwrap();
    assert!(number(&far, "height") >= number(&near, "height"));
    assert_eq!(number(&far, "records"), number(&near, "records"));
    let overwrites = run(&[&from[..], &[text(&afar)]].concat()).unwrap_err();
    assert!(overwrites.contains("afar"), "{overwrites}");
    node.stop().unwrap();

    std::fs::remove_dir_all(files.validators[0].with_file_name("data")).unwrap();
    let restore = ["restore", "--lang", "en", "--config", config, "--from", text(&backup)];
    let (restored, said) = run(&restore).unwrap();
    assert_eq!(number(&restored, "height"), number(&printed, "height"));
    assert!(said.contains("must not vote") && said.contains("init-network --import"), "{said}");
    let refused = run(&restore).unwrap_err();
    assert!(refused.contains("not empty"), "{refused}");

    let new = folder.0.join("new");
    let ports = ["--http-port", "0", "--p2p-port", "0"];
    let import = ["init-network", "--import", text(&afar), "--network-key", &network, "--out", text(&new)];
    let (imported, _) = run(&[&import[..], &ports[..]].concat()).unwrap();
    let key: NetworkKey = value(&imported, "network_key").parse().unwrap();
    assert_eq!(value(&imported, "records"), value(&far, "records"));
    let named = run(&[&import[..], &ports[..], &["--name", "other"]].concat()).unwrap_err();
    assert!(named.contains("--name"), "{named}");
    let node = start(Path::new(value(&imported, "config")));
    let mut client = Client::new(&node.url(), key.clone());
    client.wait_for_checkpoint().await;
    client.wait_for_anchor(1).await;
    assert!(client.registry.checkpoint(&mut client.light, now_ms()).await.is_ok());
    let (url, key) = (node.url(), key.to_string());
    let audit = ["audit", "--registry", &url, "--network-key", &key];
    let without = run(&audit).unwrap_err();
    assert!(without.contains("--import"), "{without}");
    run(&[&audit[..], &["--import", value(&imported, "import")]].concat()).unwrap();
    node.stop().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operator_joins_with_an_empty_disk_and_is_told_in_words_why_a_peer_refuses() {
    let folder = Folder::new("join-command");
    let files = found(&folder.0, 1_000);
    let config = text(&files.validators[0]);
    let node = start(&files.validators[0]);
    let mut client = Client::new(&node.url(), files.network_key.clone());
    client.wait_for_checkpoint().await;
    let settings = std::fs::read_to_string(config).unwrap().replace("data = \"", "data = \"empty-");
    let empty = files.validators[0].with_file_name("empty.toml");
    std::fs::write(&empty, settings).unwrap();
    let empty = text(&empty);
    let url = node.url();
    let refused = run(&["join", "--lang", "en", "--config", empty, "--from", &url]).unwrap_err();
    assert!(refused.contains("403 snapshots_off") && refused.contains("[snapshots]"), "{refused}");
    let refused = run(&["join", "--lang", "zh-CN", "--config", empty, "--from", &url]).unwrap_err();
    assert!(refused.contains("不向此地址提供快照") && refused.contains("[snapshots]"), "{refused}");
    node.stop().unwrap();

    let settings = std::fs::read_to_string(config).unwrap();
    std::fs::write(config, settings + "\n[snapshots]\nkeep_s = 60\n").unwrap();
    let node = start(&files.validators[0]);
    let url = node.url();
    let small = ["join", "--lang", "en", "--config", empty, "--from", &url, "--max-bytes", "4096"];
    let refused = run(&small).unwrap_err();
    assert!(refused.contains("at most 4096 are allowed"), "{refused}");
    let other = found(&folder.0.join("other"), 1_000);
    for (language, words) in [("en", "of another network"), ("zh-CN", "属于另一个网络")] {
        let arguments = ["join", "--lang", language, "--config", text(&other.validators[0]), "--from", &url];
        let refused = run(&arguments).unwrap_err();
        assert!(refused.contains(words), "{refused}");
    }
    let (printed, said) = run(&["join", "--lang", "zh-CN", "--config", empty, "--from", &url]).unwrap();
    assert!(value(&printed, "height").parse::<u64>().unwrap() > 0, "{printed}");
    assert!(value(&printed, "records").parse::<u64>().unwrap() > 0, "{printed}");
    assert!(said.contains("已全部获取") && said.contains("不得再投票"), "{said}");
    for (language, words) in [("en", "is not empty"), ("zh-CN", "不是空的")] {
        let again = run(&["join", "--lang", language, "--config", empty, "--from", &url]).unwrap_err();
        assert!(again.contains(words), "{again}");
    }
    for (language, words) in [("en", "Begin with an empty disk"), ("zh-CN", "以空磁盘加入")] {
        let (help, _) = run(&["join", "--help", "--lang", language]).unwrap();
        assert!(help.contains(words) && help.contains("--max-bytes"), "{help}");
    }
    node.stop().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operator_saves_handovers_that_lead_a_client_without_a_network_to_the_newest_epoch() {
    let folder = Folder::new("handovers-command");
    let parameters = Parameters { slot_ms: 200, epoch_length: 8, ..Parameters::demo() };
    let files = found_with(&folder.0, parameters);
    let node = start(&files.validators[0]);
    let mut client = Client::new(&node.url(), files.network_key.clone());
    client.wait_for_checkpoint().await;
    while client.light.key().epoch < 3 {
        client.registry.follow(&mut client.light, now_ms()).await.unwrap();
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let (url, key) = (node.url(), files.network_key.to_string());
    let save = |out: &Path, more: &[&str]| {
        let command = ["handovers", "--registry", &url, "--network-key", &key, "--out", text(out)];
        run(&[&command[..], more].concat())
    };

    let all = folder.0.join("all");
    let (printed, said) = save(&all, &["--lang", "zh-CN"]).unwrap();
    let to = value(&printed, "to").parse::<u64>().unwrap();
    assert!(to >= 3 && value(&printed, "from") == "0" && said.contains("已验证"), "{printed} {said}");
    let mut counter = LightClient::new(files.network_key.clone());
    let led = counter.follow_file(&std::fs::read(&all).unwrap(), now_ms());
    assert_eq!(led, Ok(Followed { from: 0, to }));
    let overwrites = save(&all, &[]).unwrap_err();
    assert!(overwrites.contains("all: "), "{overwrites}");

    // From a later epoch, whose validators are proven by the record and not by following.
    let late = folder.0.join("late");
    let (printed, _) = save(&late, &["--from", "2"]).unwrap();
    assert_eq!(value(&printed, "from"), "2");
    let refused =
        LightClient::new(files.network_key.clone()).follow_file(&std::fs::read(&late).unwrap(), now_ms());
    assert_eq!(refused, Err(HandoverFileError::Gap { known: 0, next: 2 }));
    for (language, words) in [("en", "there are no handovers from there on"), ("zh-CN", "其后没有交接记录")]
    {
        let none = save(&folder.0.join("none"), &["--from", "1000000", "--lang", language]).unwrap_err();
        assert!(none.contains(words), "{none}");
    }
    node.stop().unwrap();
}
