//! The terminal wallet against a whole town: a land title is received, listed, shown, and taken to the
//! counter as a file. Each command is a process of its own, as at a terminal.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use serde_json::Value;
use std::{
    ffi::OsString,
    io::Write,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, ExitCode, Stdio},
    sync::Arc,
};
use yufu_core::{Clock, SystemRandom, http::HttpRequest, time::SystemClock};
use yufu_issuer::offers::{self, OfferRequest};
use yufu_town::{
    Options, Town,
    agencies::{self, LAND_REGISTRY},
};

const ARGUMENTS: &str = "YUFU_TEST_WALLET_ARGUMENTS";

/// Not a test of its own: the process that a command is run in.
#[test]
fn the_wallet_itself() {
    let Ok(arguments) = std::env::var(ARGUMENTS) else { return };
    let arguments: Vec<String> = serde_json::from_str(&arguments).unwrap();
    let ended = yufu_wallet::run(arguments.into_iter().map(OsString::from));
    assert_eq!(ended, ExitCode::SUCCESS);
}

/// A wallet in a folder, in one language.
struct Terminal {
    folder: PathBuf,
    lang: &'static str,
}

/// How a command ended, and all that it said.
struct Ended {
    well: bool,
    said: String,
}

impl Terminal {
    async fn run(&self, command: &[&str], typed: &str) -> Ended {
        let path = |name: &str| self.folder.join(name).display().to_string();
        let (data, settings, town) = (path("wallet.db"), path("wallet.toml"), path("ready.json"));
        let mut arguments = vec!["yufu-wallet", "--lang", self.lang];
        arguments.extend(["--data", &data, "--settings", &settings, "--town", &town]);
        arguments.extend(command);
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "the_wallet_itself", "--nocapture"])
            .env(ARGUMENTS, serde_json::to_string(&arguments).unwrap())
            .env("YUFU_WALLET_PASSPHRASE", "a passphrase")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(typed.as_bytes()).unwrap();
        let output = tokio::task::spawn_blocking(move || child.wait_with_output()).await.unwrap().unwrap();
        let said = [output.stdout, output.stderr].concat();
        Ended { well: output.status.success(), said: String::from_utf8(said).unwrap() }
    }

    async fn says(&self, command: &[&str], expected: &[&str]) -> String {
        let ended = self.run(command, "").await;
        assert!(ended.well, "{command:?}: {}", ended.said);
        for text in expected {
            assert!(ended.said.contains(text), "{text:?} is not in what {command:?} said:\n{}", ended.said);
        }
        ended.said
    }

    async fn refuses(&self, command: &[&str], typed: &str, why: &str) {
        let ended = self.run(command, typed).await;
        assert!(!ended.well && ended.said.contains(why), "{command:?}: {}", ended.said);
    }

    /// The list as programs read it.
    async fn list(&self) -> Vec<Value> {
        let said = self.says(&["list", "--json"], &[]).await;
        let line = said[said.find("[{").unwrap()..].lines().next().unwrap();
        serde_json::from_str(line).unwrap()
    }
}

async fn fetch(town: &Town, path: &str) -> Vec<u8> {
    town.http.send(HttpRequest::get(format!("{}{path}", town.counter.url()))).await.unwrap().body
}

async fn verdict(town: &Town, file: &Path) -> (Value, usize) {
    let url = format!("{}/api/verify-file?preset=land-title", town.counter.url());
    let request = HttpRequest::post(url, "application/json", std::fs::read(file).unwrap());
    let answer: Value = serde_json::from_slice(&town.http.send(request).await.unwrap().body).unwrap();
    (answer["verdict"].clone(), answer["fields"].as_array().map_or(0, Vec::len))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_land_title_goes_from_the_offer_to_a_file_that_the_counter_takes() {
    let data = std::env::temp_dir().join(format!("yufu-town-terminal-{}", std::process::id()));
    let options = Options { data: data.clone(), fresh: true, https: false, web: None };
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let town = Town::open(&options, clock, &mut |_, _| ()).await.unwrap();
    let folder = data.join("terminal");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("ready.json"), serde_json::to_vec(&town.ready()).unwrap()).unwrap();
    let person = agencies::people(40, town.clock.now()).unwrap().into_iter().find(|one| one.land.is_some());
    let person = person.unwrap();
    let area = person.land.clone().unwrap().area_m2;
    let (en, zh) =
        (Terminal { folder: folder.clone(), lang: "en" }, Terminal { folder: folder.clone(), lang: "zh" });

    for configuration in [LAND_REGISTRY.configuration, LAND_REGISTRY.more[0].0] {
        let request = OfferRequest {
            resident: person.number.clone(),
            configuration: configuration.to_owned(),
            ..OfferRequest::default()
        };
        let (land, now) = (&town.land, town.clock.now());
        let offer =
            offers::create(land.config(), land.database(), &request, now, &SystemRandom::new()).unwrap();
        let accept = ["accept", &offer.link, "--tx-code", &offer.tx_code];
        en.says(&accept, &["Yufu Town Land Registry (confirmed by the registry)", "Stored: Land title"])
            .await;
    }
    let listed = ["1. Land title", "2. Land title", "Status: valid", "8 of 8 unused"];
    en.says(&["list"], &listed).await;
    en.says(&["list"], &["Shown: whole, as a file; it cannot be shown in part"]).await;
    zh.says(
        &["list"],
        &["1. 不动产权证", "签发机关：鱼符镇不动产登记中心", "状态：有效", "无法只出示其中一部分"],
    )
    .await;
    let formats: Vec<_> = en.list().await.iter().map(|one| one["format"].clone()).collect();
    assert_eq!(formats, ["ldp_vc", "vc+jwt"]);
    let shown =
        en.says(&["show", "1"], &["Parcel number: ", &format!("Area in square metres: {area}")]).await;
    assert!(!shown.contains("did:key"), "{shown}");
    zh.says(&["show", "2"], &[&format!("面积（平方米）：{area}")]).await;

    en.says(&["refresh"], &["valid  refreshed"]).await;
    let state: Value = serde_json::from_slice(&fetch(&town, "/api/state").await).unwrap();
    let printed = state["printed_code"].as_str().unwrap();
    let (first, second) = (folder.join("first.json"), folder.join("second.json"));
    let (first_name, second_name) = (first.display().to_string(), second.display().to_string());
    let present = ["present-file", "--preset", "land-title", "--counter", printed, "--out", &first_name];
    en.refuses(&present, "", "several credentials fit").await;
    let of_first = [&present[..], &["--credential", "1"]].concat();
    en.refuses(&of_first, "n\n", "Nothing was disclosed.").await;
    zh.refuses(&of_first, "\n", "没有出示任何内容。").await;
    assert!(!first.exists());
    assert_eq!(en.list().await[0]["copies_left"], 8);

    let agreed = en.run(&of_first, "y\n").await;
    assert!(agreed.well, "{}", agreed.said);
    let whole = "Everything in this credential goes to the counter. It cannot be shown in part.";
    let unasked = "(This check does not ask for it, but it goes along.)";
    for said in [whole, unasked, "Yufu Town Service Counter", &format!("Area in square metres = {area}")] {
        assert!(agreed.said.contains(said), "{said:?} is not on the sheet:\n{}", agreed.said);
    }
    assert_eq!(std::fs::metadata(&first).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(verdict(&town, &first).await, ("valid".into(), 6));
    // A file that is there is not written over, and no copy is spent on it.
    en.refuses(&[&of_first[..], &["--yes"]].concat(), "", "first.json").await;
    assert_eq!(en.list().await[0]["copies_left"], 7);

    let picture = folder.join("counter.png");
    std::fs::write(&picture, fetch(&town, "/code.png").await).unwrap();
    let picture = picture.display().to_string();
    en.says(&["refresh"], &["valid  refreshed"]).await;
    let of_second = ["present-file", "--preset", "land-title", "--counter", &picture, "--out", &second_name];
    let of_second = [&of_second[..], &["--credential", "2", "--yes"]].concat();
    zh.says(&of_second, &["鱼符镇服务窗口", "文件已写入"]).await;
    assert_eq!(verdict(&town, &second).await, ("valid".into(), 6));
    zh.says(&["history"], &["向鱼符镇服务窗口出示了不动产权证"]).await;
    en.refuses(&["code", "--preset", "land-title", "--out", "x.png"], "", "no credential here answers").await;

    town.close().await.unwrap();
    std::fs::remove_dir_all(data).unwrap();
}
