//! The upload page and the route for programs, with land titles that are really issued and presented.

use super::{config, folder, form_of, html, json, land::*, start};
use yufu_core::{
    client::ReqwestTransport,
    http::{HttpRequest, HttpResponse, HttpTransport},
    pages::{CONTENT_SECURITY_POLICY, Locale, text},
    presentation::{audience::PrintedCounter, file::MAX_FILE},
};
use yufu_counter::Counter;

/// A land agency, a holder, and a counter that asks for land titles by file.
struct Office {
    land: Land,
    counter: Counter,
    http: ReqwestTransport,
    folder: std::path::PathBuf,
}

impl Office {
    async fn open(name: &str) -> Self {
        let land = Land::new();
        let folder = folder(&format!("file-{name}"));
        let mut config = config(&land.world, folder.clone());
        config.presets[1].id = "land-title".into();
        let (counter, http) = start(config).await;
        Self { land, counter, http, folder }
    }

    /// A file of a fresh presentation for this counter.
    fn file(&mut self) -> String {
        let credential = self.land.issue();
        self.file_of(&credential)
    }

    fn file_of(&mut self, credential: &str) -> String {
        let printed: PrintedCounter = self.counter.printed_code().parse().unwrap();
        self.land.file_with(credential, |made| made.audience = printed.audience().to_string())
    }

    async fn get(&self, path: &str) -> HttpResponse {
        self.http.send(HttpRequest::get(format!("{}{path}", self.counter.url()))).await.unwrap()
    }

    async fn post(&self, path: &str, kind: &str, body: Vec<u8>) -> HttpResponse {
        let url = format!("{}{path}", self.counter.url());
        self.http.send(HttpRequest::post(url, kind, body)).await.unwrap()
    }

    /// Uploads by the page's form.
    async fn upload(&self, path: &str, file: impl Into<Vec<u8>>) -> HttpResponse {
        let (kind, body) = form_of("file", &[], &[file.into()]);
        self.post(path, &kind, body).await
    }

    async fn verify(&self, file: impl Into<Vec<u8>>) -> HttpResponse {
        self.post("/api/verify-file?preset=land-title", "application/json", file.into()).await
    }
}

#[tokio::test]
async fn the_page_asks_for_a_file_shows_this_counter_s_code_and_needs_no_script() {
    let office = Office::open("page").await;
    assert!(html(&office.get("/").await).contains("href=\"/file/land-title\""));
    let response = office.get("/file/land-title").await;
    assert_eq!(response.header("content-security-policy"), Some(CONTENT_SECURITY_POLICY));
    assert_eq!(response.header("refresh"), None);
    let page = html(&response);
    assert!(page.contains("type=\"file\"") && page.contains("<svg"), "{page}");
    assert!(!page.contains("<script"));
    let chinese = html(&office.get("/file/land-title?lang=zh-CN").await);
    assert!(chinese.contains("不动产权属核验") && chinese.contains("出示文件"), "{chinese}");
}

#[tokio::test]
async fn a_good_file_is_valid_with_its_fields_which_leave_the_screen_by_themselves() {
    let mut office = Office::open("valid").await;
    let file = office.file();
    let response = office.upload("/file/land-title?lang=zh-CN", file).await;
    assert_eq!((response.status, response.header("cache-control")), (200, Some("no-store")));
    assert_eq!(response.header("refresh"), Some("45; url=/file/land-title"));
    let page = html(&response);
    assert!(page.contains("data-verdict=\"valid\""), "{page}");
    assert!(page.contains("京（2026）朝不动产权第 0012345 号") && page.contains("89.40"), "{page}");
    assert!(page.contains("面积（平方米）") && page.contains("云府市居民登记处"), "{page}");
    assert!(page.contains("href=\"/file/land-title\""));
}

#[tokio::test]
async fn the_text_of_a_file_is_taken_as_well_as_the_file() {
    let mut office = Office::open("text").await;
    let file = office.file();
    let (kind, body) = form_of("file", &[("text", &file)], &[]);
    let page = html(&office.post("/file/land-title", &kind, body).await);
    assert!(page.contains("data-verdict=\"valid\""), "{page}");
}

#[tokio::test]
async fn a_file_is_good_once_and_for_this_counter_in_words_about_files() {
    let mut office = Office::open("once").await;
    let file = office.file();
    office.upload("/file/land-title", file.clone()).await;
    let page = html(&office.upload("/file/land-title", file).await);
    assert!(page.contains("data-verdict=\"replayed\""), "{page}");
    assert!(page.contains(&text(Locale::En, "verdict-replayed-sentence-of-file", &[])));
    assert!(page.contains(&text(Locale::En, "reason-nonce-used-of-file", &[])));
    assert!(!page.contains("89.40"), "a refused file shows no claim");
    let elsewhere = office.land.file(&office.land.issue());
    let page = html(&office.upload("/file/land-title", elsewhere).await);
    assert!(page.contains("data-verdict=\"wrong_audience\""), "{page}");
    assert!(page.contains(&text(Locale::En, "reason-other-audience-of-file", &[])));
}

#[tokio::test]
async fn what_is_no_presentation_file_is_refused_by_name_and_not_in_the_journal() {
    let office = Office::open("refusals").await;
    let credential = office.land.issue();
    let bare = serde_json::Value::Object(office.land.document()).to_string();
    let long = " ".repeat(MAX_FILE + 1).into_bytes();
    let cases: [(Vec<u8>, u16, &str); 8] = [
        (Vec::new(), 400, "empty"),
        (b" \n".to_vec(), 400, "empty"),
        (long, 413, "too_large"),
        (vec![b'a'; 8 * MAX_FILE + 1], 413, "too_large"),
        (b"\x89PNG\r\n\x1a\n".to_vec(), 400, "not_json"),
        (b"{\"presentation\":".to_vec(), 400, "not_json"),
        (credential.into_bytes(), 400, "wrong_kind"),
        (bare.into_bytes(), 400, "wrong_kind"),
    ];
    for (file, status, word) in cases {
        let page = office.upload("/file/land-title", file.clone()).await;
        let message = text(Locale::En, &format!("counter-file-{}", word.replace('_', "-")), &[]);
        assert_eq!(page.status, status, "{word}");
        assert!(html(&page).contains(&message), "{word}");
        let answer = office.verify(file).await;
        assert_eq!((answer.status, json(&answer)["error"].as_str()), (status, Some(word)));
    }
    let response = office.post("/file/land-title", "text/plain", b"{}".to_vec()).await;
    assert_eq!(response.status, 400);
    assert!(html(&response).contains(&text(Locale::En, "counter-problem-request", &[])));
    let journal = html(&office.get("/journal").await);
    assert!(journal.contains(&text(Locale::En, "counter-journal-empty", &[])), "{journal}");
}

#[tokio::test]
async fn the_route_for_programs_gives_the_same_outcome_as_for_codes() {
    let mut office = Office::open("program").await;
    let file = office.file();
    let outcome = json(&office.verify(file.clone()).await);
    assert_eq!((outcome["verdict"].as_str(), outcome["reason"].is_null()), (Some("valid"), true));
    assert_eq!(outcome["credential_type"], LAND_TITLE);
    assert_eq!(outcome["fields"].as_array().unwrap().len(), land_title().claims().len());
    let outcome = json(&office.verify(file).await);
    assert_eq!((&outcome["verdict"], &outcome["reason"]), (&"replayed".into(), &"nonce_used".into()));
    let outcome = json(&office.verify("{\"presentation\":{}}").await);
    assert_eq!((&outcome["verdict"], &outcome["reason"]), (&"unreadable".into(), &"malformed".into()));
    let tampered = office.land.issue_with(|_| {});
    let (head, _) = tampered.rsplit_once('.').unwrap();
    let file = office.file_of(&format!("{head}.{}", "A".repeat(86)));
    let outcome = json(&office.verify(file).await);
    assert_eq!((&outcome["verdict"], &outcome["reason"]), (&"tampered".into(), &"issuer_signature".into()));
}

#[tokio::test]
async fn a_preset_is_answered_by_what_it_is_made_for_alone() {
    let mut office = Office::open("kinds").await;
    let file = office.file();
    for path in ["/file/age18", "/file/driving", "/scan/land-title"] {
        assert_eq!(office.get(path).await.status, 404, "{path}");
    }
    let response = office.post("/api/verify-file?preset=age18", "application/json", file.into()).await;
    assert_eq!((response.status, json(&response)["error"].as_str()), (404, Some("unknown_preset")));
    let body = br#"{"preset":"land-title","frames":["0462"]}"#.to_vec();
    assert_eq!(office.post("/api/verify", "application/json", body).await.status, 404);
    let presets = json(&office.get("/api/presets").await);
    let kinds: Vec<_> =
        presets["presets"].as_array().unwrap().iter().map(|preset| &preset["answered_by"]).collect();
    assert_eq!(kinds, ["code", "file"]);
}

#[tokio::test]
async fn the_journal_names_time_check_and_verdict_and_no_file_of_the_counter_holds_a_claim() {
    let mut office = Office::open("journal").await;
    let file = office.file();
    office.upload("/file/land-title", file).await;
    let journal = html(&office.get("/journal").await);
    assert_eq!(journal.matches("tag--valid").count(), 1, "{journal}");
    assert!(journal.contains("Land title") && !journal.contains("89.40"));
    office.counter.stop().await;
    for file in std::fs::read_dir(&office.folder).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        for secret in ["0012345", "110105001001GB00001F00010001", "Zhang Weimin", "张伟民"] {
            assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()), "{secret}");
        }
    }
}
