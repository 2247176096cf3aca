//! The whole journey, as `yufu-town --script` walks it, and the town closed and opened again.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::{path::PathBuf, sync::Arc};
use yufu_core::{Clock, time::SystemClock};
use yufu_town::{Options, Town, script};

fn folder(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("yufu-town-{}-{name}", std::process::id()))
}

async fn open(options: &Options) -> Town {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    Town::open(options, clock, &mut |_, _| ()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_step_of_the_script_comes_out_as_expected() {
    // Over TLS, so that the land registry goes by DIDs of the web too; CI walks it without.
    let options = Options { data: folder("script"), fresh: true, https: true, web: None };
    let town = open(&options).await;
    let report = script::run(&town, &options.data.join("out")).await.unwrap();
    let wrong: Vec<_> = report.lines.iter().filter(|line| !line.ok).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(report.lines.len() >= 28, "only {} steps were walked", report.lines.len());
    for picture in ["offer.png", "age18.gif", "age18-1.png", "report.md", "report.json", "land-title.json"] {
        assert!(options.data.join("out").join(picture).exists(), "{picture} is missing");
    }
    town.close().await.unwrap();
    std::fs::remove_dir_all(&options.data).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_town_over_tls_opens_again_where_it_was_and_issues() {
    let mut options = Options { data: folder("again"), fresh: true, https: true, web: None };
    let town = open(&options).await;
    let before = town.ready();
    town.close().await.unwrap();

    options.fresh = false;
    let town = open(&options).await;
    let after = town.ready();
    assert_eq!(before.network_key, after.network_key);
    assert_eq!(before.issuers[0].did, after.issuers[0].did);
    assert_eq!(before.issuers[0].url, after.issuers[0].url);
    assert!(after.issuers[0].url.starts_with("https://localhost:"));
    let wallet = &town.phone.wallet;
    let person = yufu_town::agencies::people(1, town.clock.now()).unwrap().remove(0);
    let request = yufu_issuer::offers::OfferRequest {
        resident: person.number,
        configuration: "resident-id".into(),
        ..Default::default()
    };
    let issuer = &town.residents;
    let random = yufu_core::SystemRandom::new();
    let offer =
        yufu_issuer::offers::create(issuer.config(), issuer.database(), &request, town.clock.now(), &random)
            .unwrap();
    let review = wallet.review_offer(&offer.link).await.unwrap();
    let accepted = wallet.accept(&review, Some(&offer.tx_code)).await.unwrap();
    assert_eq!(accepted[0].copies, 8);
    town.close().await.unwrap();
    std::fs::remove_dir_all(&options.data).unwrap();
}
