//! The routes for programs.

use super::{Place, form, json};
use yufu_core::qr::image::{gif, png};

#[tokio::test]
async fn a_good_code_is_valid_with_its_face_and_only_the_fields_of_the_preset() {
    let mut place = Place::open("valid").await;
    let frames = place.code();
    let outcome = place.verify("age18", &frames).await;
    assert_eq!(outcome["verdict"], "valid", "{outcome}");
    assert_eq!(outcome["fields"].as_array().unwrap().len(), 1);
    assert_eq!(outcome["fields"][0]["value"], true);
    assert!(outcome["portrait_small"].as_str().unwrap().len() > 1_000);
    assert_eq!(outcome["issuer"]["zh"], "云府市居民登记处");
}

#[tokio::test]
async fn pictures_of_a_code_are_read_as_png_in_parts_and_as_one_animated_gif() {
    let mut place = Place::open("pictures").await;
    let frames = place.code();
    assert!(frames.len() > 1);
    let parts: Vec<_> = frames.iter().rev().map(|frame| png(frame, 4).unwrap()).collect();
    let (kind, body) = form(&[("preset", "age18")], &parts);
    assert_eq!(json(&place.post("/api/verify", &kind, body).await)["verdict"], "valid");
    let frames = place.code();
    let (kind, body) = form(&[("preset", "age18")], &[gif(&frames, 4).unwrap()]);
    assert_eq!(json(&place.post("/api/verify", &kind, body).await)["verdict"], "valid");
}

#[tokio::test]
async fn the_same_code_twice_is_replayed() {
    let mut place = Place::open("replayed").await;
    let frames = place.code();
    assert_eq!(place.verify("age18", &frames).await["verdict"], "valid");
    let again = place.verify("age18", &frames).await;
    assert_eq!((again["verdict"].as_str(), again["reason"].as_str()), (Some("replayed"), Some("nonce_used")));
    assert!(again["fields"].as_array().unwrap().is_empty());
    assert!(again.get("portrait_small").is_none());
}

#[tokio::test]
async fn mixed_missing_and_meaningless_frames_are_unreadable_by_reason() {
    let mut place = Place::open("unreadable").await;
    let (one, other) = (place.code(), place.code());
    let mixed = [one[0].clone(), other[1].clone()];
    for (frames, reason) in [
        (&mixed[..], "mixed_frames"),
        (&one[..1], "frames_missing"),
        (&["hello".to_owned()][..], "frames_missing"),
    ] {
        let outcome = place.verify("age18", frames).await;
        assert_eq!(outcome["verdict"], "unreadable");
        assert_eq!(outcome["reason"], reason);
    }
    let (kind, body) = form(&[("preset", "age18")], &[b"not a picture".to_vec()]);
    assert_eq!(json(&place.post("/api/verify", &kind, body).await)["verdict"], "unreadable");
}

#[tokio::test]
async fn refuses_a_preset_that_is_not_offered_and_a_request_of_another_shape() {
    let mut place = Place::open("refusals").await;
    let frames = place.code();
    let body = serde_json::json!({ "preset": "address", "frames": frames }).to_string();
    let response = place.post("/api/verify", "application/json", body).await;
    assert_eq!((response.status, json(&response)["error"].as_str()), (404, Some("unknown_preset")));
    let response = place.post("/api/verify", "application/json", "{}").await;
    assert_eq!((response.status, json(&response)["error"].as_str()), (400, Some("bad_request")));
}

#[tokio::test]
async fn refuses_a_post_from_a_page_of_another_origin() {
    let place = Place::open("origin").await;
    let request =
        yufu_core::http::HttpRequest::post(place.url("/api/verify"), "application/json", b"{}".to_vec())
            .header("origin", "https://elsewhere.example");
    let response = yufu_core::http::HttpTransport::send(&place.http, request).await.unwrap();
    assert_eq!(response.status, 403);
}

#[tokio::test]
async fn the_state_names_the_newest_header_that_a_code_brought() {
    let mut place = Place::open("state").await;
    assert!(json(&place.get("/api/state").await)["newest"].is_null());
    let frames = place.code();
    place.verify("age18", &frames).await;
    let state = json(&place.get("/api/state").await);
    assert_eq!(state["newest"]["time_ms"], super::NOW_MS - 1_000);
    assert_eq!(state["operators"], 4);
    assert!(state["printed_code"].as_str().unwrap().starts_with("yufu-counter-1:"));
}
