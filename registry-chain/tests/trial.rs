//! Four validators as processes of their own, under load, killed without warning: by the command that
//! operators have.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::process::Command;

#[test]
fn four_processes_lose_nothing_and_agree_when_one_after_the_other_is_killed() {
    let folder = std::env::temp_dir().join(format!("yufu-trial-test-{}", std::process::id()));
    let output = Command::new(env!("CARGO_BIN_EXE_yufu-registry"))
        .args(["trial", "--validators", "4", "--seconds", "9", "--kill-every", "3", "--lang", "en", "--dir"])
        .arg(&folder)
        .output()
        .unwrap();
    let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(output.status.success(), "{out}\n{err}\nsee {}", folder.display());
    let report: serde_json::Value = serde_json::from_str(out.lines().last().unwrap()).unwrap();
    for broken in ["lost", "forks", "unsound"] {
        assert_eq!(report[broken], 0, "{report}");
    }
    assert_eq!((report["settled"].as_bool(), report["validators"].as_u64()), (Some(true), Some(4)));
    assert!(report["kills"].as_u64().unwrap() >= 1, "{report}");
    assert!(report["transactions_final"].as_u64().unwrap() > 64, "{report}");
    std::fs::remove_dir_all(folder).unwrap();
}

/// One validator comes and one goes under load; nothing stops, and a phone that was there before follows.
#[test]
fn validators_change_under_load_and_a_phone_of_before_follows() {
    let folder = std::env::temp_dir().join(format!("yufu-trial-change-{}", std::process::id()));
    let output = Command::new(env!("CARGO_BIN_EXE_yufu-registry"))
        .args([
            "trial",
            "--validators",
            "4",
            "--seconds",
            "5",
            "--change-validators",
            "--lang",
            "en",
            "--dir",
        ])
        .arg(&folder)
        .output()
        .unwrap();
    let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(output.status.success(), "{out}\n{err}\nsee {}", folder.display());
    let report: serde_json::Value = serde_json::from_str(out.lines().last().unwrap()).unwrap();
    for broken in ["lost", "forks", "unsound"] {
        assert_eq!(report[broken], 0, "{report}");
    }
    assert_eq!((report["settled"].as_bool(), report["change_took_part"].as_bool()), (Some(true), Some(true)));
    assert!(report["epoch"].as_u64().unwrap() >= 2, "{report}");
    // A whole header and its certificate, and 176 bytes for each of four validators.
    assert!(report["handover_bytes"].as_u64().unwrap() < 1_200, "{report}");
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_trial_that_cannot_begin_says_why_and_fails() {
    let folder = std::env::temp_dir().join(format!("yufu-trial-full-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("something"), "here").unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_yufu-registry"))
        .args(["trial", "--seconds", "1", "--lang", "en", "--dir"])
        .arg(&folder)
        .output()
        .unwrap();
    assert!(!output.status.success());
    assert!(String::from_utf8(output.stderr).unwrap().contains("is not empty"));
    std::fs::remove_dir_all(folder).unwrap();
}
