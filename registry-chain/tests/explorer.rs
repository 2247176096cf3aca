//! The explorer's page and files, as any node serves them.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod common;

use common::{Folder, found, transport};
use std::sync::Arc;
use yufu_core::{
    http::{HttpRequest, HttpResponse},
    time::SystemClock,
};
use yufu_registry::{Node, NodeConfig, Settings};

fn start(folder: &Folder, web: bool) -> Node {
    let files = found(&folder.0.join("network"), 2_000);
    let mut settings = Settings::load(&files.validators[0]).unwrap();
    if web {
        let built = folder.0.join("web");
        std::fs::create_dir_all(&built).unwrap();
        std::fs::write(built.join("yufu_verifier_web_bg.wasm"), b"\0asm").unwrap();
        std::fs::write(built.join("secret.txt"), b"not for the public").unwrap();
        settings.web = Some(built);
    }
    Node::start(NodeConfig { settings, passphrase: None, clock: Arc::new(SystemClock) }).unwrap()
}

async fn get(url: String) -> HttpResponse {
    transport().send(HttpRequest::get(url)).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_is_in_both_languages_with_a_policy_that_takes_no_script_of_its_own() {
    let folder = Folder::new("explorer");
    let node = start(&folder, false);
    for (locale, words) in [("en", "Registry explorer"), ("zh-CN", "登记链浏览器")] {
        let response = get(format!("{}/?lang={locale}", node.url())).await;
        assert_eq!(response.status, 200);
        let policy = response.header("content-security-policy").unwrap().to_owned();
        assert!(policy.contains("script-src 'self' 'wasm-unsafe-eval'") && !policy.contains("unsafe-inline"));
        let page = String::from_utf8(response.body).unwrap();
        assert!(page.contains(words) && page.contains(&format!("lang=\"{locale}\"")), "{page}");
        assert!(!page.contains("<style") && !page.contains(" onclick="));
        for script in page.split("<script").skip(1) {
            assert!(script.starts_with(" type=\"module\" src=\"/explorer/explorer.js\""));
        }
        // No message is missing from the catalogue: its name would stand there.
        assert!(!page.contains("explorer-tab-") && !page.contains("explorer-about-"), "{page}");
    }
    for file in ["yufu.css", "explorer.css", "explorer.js", "mark.svg"] {
        assert_eq!(get(format!("{}/explorer/{file}", node.url())).await.status, 200, "{file}");
    }
    // Where the light client is not built, the page finds nothing and says so.
    assert_eq!(get(format!("{}/explorer/yufu_verifier_web_bg.wasm", node.url())).await.status, 404);
    node.stop().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_the_folder_of_the_light_client_its_two_files_are_served_and_nothing_else() {
    let folder = Folder::new("explorer-web");
    let node = start(&folder, true);
    let wasm = get(format!("{}/explorer/yufu_verifier_web_bg.wasm", node.url())).await;
    assert_eq!((wasm.status, wasm.header("content-type")), (200, Some("application/wasm")));
    for other in ["secret.txt", "..%2Fnetwork%2Fgenesis", "yufu_verifier_web.js"] {
        assert_eq!(get(format!("{}/explorer/{other}", node.url())).await.status, 404, "{other}");
    }
    node.stop().unwrap();
}
