//! A counter that never has a network, and the file that somebody brings to it when operators change.

use super::{Place, folder, form, form_of, html, json, start};
use crate::{NOW_MS, config, support::World};
use yufu_core::{
    http::HttpResponse,
    qr::image::gif,
    registry::{Handover, HandoverFile, MAX_HANDOVER_FILE, test_network::TestNetwork},
};

fn file(network: &TestNetwork, handovers: &[Handover]) -> Vec<u8> {
    let mut file = HandoverFile::new(&network.key().genesis);
    for handover in handovers {
        assert!(file.push(handover).unwrap());
    }
    file.as_bytes().to_vec()
}

async fn bring(place: &Place, file: Vec<u8>, locale: &str) -> HttpResponse {
    let (kind, body) = form_of("handovers", &[], &[file]);
    place.post(&format!("/registry/handovers?lang={locale}"), &kind, body).await
}

/// The status, and the word that programs read.
async fn refused(place: &Place, file: impl Into<Vec<u8>>) -> (u16, String) {
    let response = place.post("/api/handovers", "application/octet-stream", file).await;
    (response.status, json(&response)["error"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn a_file_leads_the_counter_to_new_operators_whose_codes_it_then_accepts() {
    let mut place = Place::open("handovers").await;
    let handovers =
        [(5, 20), (7, 21)].map(|(n, seed)| place.world.network.hand_over(n, seed, NOW_MS - 9_000));
    let code = place.code();
    let before = place.verify("age18", &code).await;
    assert_eq!(
        (before["verdict"].as_str(), before["reason"].as_str()),
        (Some("status_unknown"), Some("wrong_epoch"))
    );
    // The panel leads the clerk to the page that takes the file.
    let (kind, body) = form(&[("session", "t")], &[gif(&code, 4).unwrap()]);
    assert!(html(&place.post("/scan/age18", &kind, body).await).contains("href=\"/registry#handovers\""));

    let file = file(&place.world.network, &handovers);
    let page = html(&bring(&place, file.clone(), "en").await);
    assert!(page.contains("from epoch 0 to epoch 2. Vouched for by 7 operators."), "{page}");
    assert_eq!(place.verify("age18", &code).await["verdict"], "valid");
    let page = html(&bring(&place, file.clone(), "zh-CN").await);
    assert!(page.contains("本窗口已知纪元 2 的运营方，文件中没有更新的内容。"), "{page}");
    let again = place.post("/api/handovers", "application/octet-stream", file).await;
    assert_eq!(json(&again), serde_json::json!({ "from": 2, "to": 2 }));
}

#[tokio::test]
async fn what_a_file_said_is_known_after_a_restart() {
    let mut world = World::new();
    let key = config(&world, folder("handovers-kept"));
    let file = {
        let handover = world.network.hand_over(5, 20, NOW_MS);
        file(&world.network, &[handover])
    };
    let (counter, http) = start(key.clone()).await;
    let place = Place { held: world.issue(), world, counter, http };
    assert_eq!(bring(&place, file, "en").await.status, 200);
    place.counter.stop().await;
    let (counter, http) = start(key).await;
    let place = Place { counter, http, ..place };
    assert_eq!(json(&place.get("/api/state").await)["operators"], 5);
}

#[tokio::test]
async fn each_file_that_does_not_hold_is_refused_by_its_own_word_and_changes_nothing() {
    let mut place = Place::open("handovers-refused").await;
    let network = &mut place.world.network;
    let handovers = [(4, 20), (5, 21)].map(|(n, seed)| network.hand_over(n, seed, NOW_MS));
    let whole = file(network, &handovers);
    let late = file(network, &handovers[1..]);
    let mut other = TestNetwork::new(1, 9, NOW_MS);
    let foreign = [other.hand_over(1, 10, NOW_MS)];
    let foreign = file(&other, &foreign);
    // Behind the file's head, two lengths and the whole header: a byte of the first certificate's signature.
    let mut forged = whole.clone();
    forged[48 + 2 + 2 + 289 + 60] ^= 1;
    let cases = [
        (Vec::new(), 400, "empty"),
        (b"no file of handovers".to_vec(), 400, "malformed"),
        (whole[..whole.len() - 1].to_vec(), 400, "malformed"),
        (vec![0; MAX_HANDOVER_FILE + 1], 413, "too_large"),
        (vec![0; 2 * MAX_HANDOVER_FILE + 1], 413, "too_large"),
        (foreign, 422, "other_network"),
        (late, 422, "gap"),
        (forged, 422, "forged"),
    ];
    for (file, status, word) in cases {
        assert_eq!(refused(&place, file).await, (status, word.to_owned()));
    }
    assert_eq!(json(&place.get("/api/state").await)["operators"], 4);
    assert!(json(&place.get("/api/state").await)["newest"].is_null());
}

#[tokio::test]
async fn handovers_of_the_future_or_of_long_ago_name_the_clock_or_the_age() {
    let mut place = Place::open("handovers-times").await;
    let ahead = [place.world.network.hand_over(4, 20, NOW_MS + 3 * 60_000)];
    let ahead = file(&place.world.network, &ahead);
    assert_eq!(refused(&place, ahead).await, (422, "clock_wrong".into()));
    let mut place = Place::open("handovers-old").await;
    let old = [place.world.network.hand_over(4, 20, NOW_MS - 91 * 24 * 60 * 60_000)];
    let old = file(&place.world.network, &old);
    assert_eq!(refused(&place, old).await, (422, "too_old".into()));
}

#[tokio::test]
async fn the_page_says_in_both_languages_why_a_file_was_not_taken_and_stays_usable() {
    let mut place = Place::open("handovers-words").await;
    let network = &mut place.world.network;
    let handovers = [(4, 20), (5, 21)].map(|(n, seed)| network.hand_over(n, seed, NOW_MS));
    let late = file(network, &handovers[1..]);
    for (locale, words) in [
        ("en", "knows the operators of epoch 0, and the file goes on at the end of epoch 1."),
        ("zh-CN", "本窗口已知纪元 0 的运营方，而文件从纪元 1 结束时接续。"),
    ] {
        let response = bring(&place, late.clone(), locale).await;
        let page = html(&response);
        assert_eq!(response.status, 422);
        assert!(page.contains("role=\"alert\"") && page.contains(words), "{page}");
        assert!(page.contains("action=\"/registry/handovers\""), "{page}");
    }
    let empty = bring(&place, Vec::new(), "en").await;
    assert!(empty.status == 400 && html(&empty).contains("No file was chosen, or it is empty."));
}
