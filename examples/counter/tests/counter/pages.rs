//! The pages, as a browser without its script would use them, and what their script calls.

use super::{Place, form, html, json};
use yufu_core::{
    Verdict,
    pages::{CONTENT_SECURITY_POLICY, Locale, exception_route, next_step, verdict_sentence},
    qr::{
        frames::split,
        image::{gif, gray},
    },
};

#[tokio::test]
async fn every_page_is_served_with_the_strict_policy_and_holds_no_script_or_style_of_its_own() {
    let place = Place::open("policy").await;
    for path in ["/", "/scan/age18", "/journal", "/registry", "/code", "/nowhere"] {
        let response = place.get(path).await;
        assert_eq!(response.header("content-security-policy"), Some(CONTENT_SECURITY_POLICY), "{path}");
        assert_eq!(response.header("cache-control"), Some("no-store"), "{path}");
        let page = html(&response);
        assert!(
            !page.contains("<style") && !page.contains(" style=") && !page.contains(" onclick="),
            "{path}"
        );
        for script in page.split("<script").skip(1) {
            assert!(script.starts_with(" type=\"module\" src=\"/assets/"), "{path}");
        }
        assert!(!page.contains("http://") || path == "/code", "{path} names another place");
    }
}

#[tokio::test]
async fn the_language_follows_the_address_and_is_kept() {
    let place = Place::open("language").await;
    let response = place.get("/?lang=zh-CN").await;
    assert!(html(&response).contains("要核验什么"));
    assert!(response.header("set-cookie").unwrap().starts_with("lang=zh-CN"));
    assert!(html(&place.get("/").await).contains("What do you need to check?"));
}

#[tokio::test]
async fn an_upload_without_script_answers_with_the_verdict_the_face_and_the_fields() {
    let mut place = Place::open("upload").await;
    let picture = gif(&place.code(), 4).unwrap();
    let (kind, body) = form(&[("session", "t")], &[picture]);
    let page = html(&place.post("/scan/age18?lang=zh-CN", &kind, body).await);
    assert!(page.contains("data-verdict=\"valid\""), "{page}");
    assert!(page.contains(&verdict_sentence(Locale::ZhCn, Verdict::Valid)));
    assert!(page.contains("<img class=\"verdict__portrait\" src=\"data:image/webp;base64,"));
    assert!(page.contains("云府市居民登记处"));
}

#[tokio::test]
async fn a_refusal_says_what_to_do_next_and_that_service_is_not_refused() {
    let mut place = Place::open("refusal").await;
    let picture = gif(&place.code(), 4).unwrap();
    let (kind, body) = form(&[("session", "t")], &[picture]);
    place.post("/scan/age18", &kind, body.clone()).await;
    let page = html(&place.post("/scan/age18", &kind, body).await).replace("&#39;", "'");
    assert!(page.contains("data-verdict=\"replayed\""), "{page}");
    assert!(page.contains(&next_step(Locale::En, Verdict::Replayed)));
    assert!(page.contains(&exception_route(Locale::En, Verdict::Replayed).unwrap()));
    assert!(!page.contains("verdict__portrait"));
}

#[tokio::test]
async fn camera_frames_collect_to_one_verdict_which_stays_until_cleared() {
    let mut place = Place::open("camera").await;
    let frames = place.code();
    let look = async |text: &str| {
        let picture = gray(text, 4).unwrap();
        let size = format!("{}x{}", picture.width(), picture.height());
        let request = yufu_core::http::HttpRequest::post(
            place.url("/scan/age18/camera?session=tablet"),
            "application/octet-stream",
            picture.into_raw(),
        )
        .header("x-frame-size", size);
        json(&yufu_core::http::HttpTransport::send(&place.http, request).await.unwrap())
    };
    let first = look(&frames[0]).await;
    assert_eq!((first["state"].as_str(), first["have"].as_u64()), (Some("collecting"), Some(1)));
    let mut answer = first;
    for frame in &frames[1..] {
        answer = look(frame).await;
    }
    assert_eq!((answer["state"].as_str(), answer["verdict"].as_str()), (Some("verdict"), Some("valid")));
    assert_eq!(look(&frames[0]).await["state"], "same");
    let journal = html(&place.get("/journal").await);
    assert_eq!(journal.matches("tag--valid").count(), 1, "one showing, one line");
}

#[tokio::test]
async fn text_that_a_scanner_typed_is_read_part_by_part() {
    let mut place = Place::open("wedge").await;
    let frames = place.code();
    let mut answer = serde_json::Value::Null;
    for frame in &frames {
        let typed = format!("{frame}\n");
        answer = json(&place.post("/scan/age18/text?session=w", "text/plain", typed).await);
    }
    assert_eq!(answer["verdict"], "valid", "{answer}");
    let answer = json(&place.post("/scan/age18/text?session=w", "text/plain", "12345").await);
    assert_eq!(answer["verdict"], "unreadable");
}

#[tokio::test]
async fn a_camera_frame_whose_size_is_not_its_bytes_is_refused() {
    let place = Place::open("frame").await;
    for size in ["10x10", "0x0", "x", "99999999x99999999"] {
        let request = yufu_core::http::HttpRequest::post(
            place.url("/scan/age18/camera?session=t"),
            "application/octet-stream",
            vec![0; 99],
        )
        .header("x-frame-size", size);
        let response = yufu_core::http::HttpTransport::send(&place.http, request).await.unwrap();
        assert_eq!(response.status, 400, "{size}");
    }
}

#[tokio::test]
async fn the_printed_code_reads_back_as_the_counter_s_name_and_key() {
    let place = Place::open("printed").await;
    let texts = yufu_core::qr::scan::decode_file(&place.get("/code.png").await.body).unwrap();
    assert_eq!(texts, [place.counter.printed_code()]);
    let printed: yufu_core::presentation::audience::PrintedCounter = texts[0].parse().unwrap();
    assert_eq!((printed.name_zh.as_str(), printed.name_en.as_str()), ("便利店", "Corner shop"));
}

/// Two codes whose staples stand at two certified headers of one height.
fn contradicting(place: &mut Place) -> [Vec<String>; 2] {
    let header = place.world.network.next_header(super::NOW_MS - 1_000, 1);
    let mut twin = header;
    twin.body = [9; 32];
    [header, twin].map(|header| {
        let header = place.world.network.certify(&header);
        let staple = place.world.staple_at(&header, super::support::INDEX, false);
        split(&place.world.code(&place.held, Some(&staple)), 500).unwrap()
    })
}

#[tokio::test]
async fn two_histories_stop_the_counter_and_the_page_says_what_to_do_and_gives_the_evidence() {
    let mut place = Place::open("conflict").await;
    let codes = contradicting(&mut place);
    assert!(!html(&place.get("/registry").await).contains("network-conflict"));
    assert_eq!(place.get("/registry/evidence").await.status, 404);
    place.verify("age18", &codes[0]).await;
    let refused = place.verify("age18", &codes[1]).await;
    assert_eq!(refused["reason"], "network_conflict", "{refused}");

    for (locale, title, step) in [
        ("en", "The registry has shown two histories", "Stop checking codes at this counter"),
        ("zh-CN", "登记簿出现了两份互相矛盾的历史", "本窗口及其他窗口立即停止核验"),
    ] {
        let page = html(&place.get(&format!("/registry?lang={locale}")).await);
        assert!(page.contains("data-state=\"network-conflict\""), "{page}");
        assert!(page.contains(title) && page.contains(step), "{page}");
    }
    let evidence = place.get("/registry/evidence").await;
    assert!(evidence.header("content-disposition").unwrap().starts_with("attachment"));

    // Another counter of the same network takes it, after verifying it, and keeps it.
    let other = Place::open("conflict-told").await;
    let upload = |bytes: &[u8]| form(&[], &[bytes.to_vec()]);
    let (kind, body) = upload(b"anything");
    let response = other.post("/registry/evidence?lang=en", &kind, body).await;
    assert_eq!(response.status, 422);
    assert!(html(&response).contains("does not prove two histories"));
    let (kind, body) = upload(&evidence.body);
    assert!(other.post("/registry/evidence", &kind, body).await.status < 400);
    assert!(html(&other.get("/registry").await).contains("network-conflict"));
    assert_eq!(json(&other.get("/api/state").await)["conflict"], true);
}

#[tokio::test]
async fn a_wrong_clock_leads_the_clerk_to_how_it_is_set() {
    let mut place = Place::open("clock").await;
    let header = place.world.anchor(super::NOW_MS + 10 * 60_000);
    let staple = place.world.staple_at(&header, super::support::INDEX, false);
    let code = split(&place.world.code(&place.held, Some(&staple)), 500).unwrap();
    let pictures: Vec<_> = code.iter().map(|frame| gif(std::slice::from_ref(frame), 4).unwrap()).collect();
    let (kind, body) = form(&[("session", "t")], &pictures);
    let page = html(&place.post("/scan/age18?lang=en", &kind, body).await);
    assert!(page.contains("data-verdict=\"clock_wrong\""), "{page}");
    assert!(page.contains("href=\"/registry#clock\""));
    let page = html(&place.get("/registry?lang=zh-CN").await);
    assert!(page.contains("id=\"clock\"") && page.contains("自动设置"));
}
