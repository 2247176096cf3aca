//! The counter over HTTP, against codes that are really signed and proven; no registry runs anywhere.
#![allow(clippy::unwrap_used)]

#[allow(dead_code)]
#[path = "../../../../verifier-lib/tests/verdicts/support.rs"]
mod support;

#[allow(dead_code)]
#[path = "../../../../verifier-lib/tests/verdicts/land.rs"]
mod land;

mod api;
mod desk;
mod file;
mod handovers;
mod pages;
mod vc_api;

use std::{path::PathBuf, sync::Arc};
use support::{Held, NOW_MS, World};
use yufu_core::{
    FixedClock,
    client::{ReqwestTransport, TransportOptions},
    http::{HttpRequest, HttpResponse, HttpTransport},
    qr::frames::split,
};
use yufu_counter::{Config, Counter, Names, PresetChoice};

/// A folder of one test's own, empty at its begin.
fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("yufu-counter-{}-{name}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    folder
}

fn config(world: &World, data: PathBuf) -> Config {
    let preset = |id: &str| PresetChoice {
        id: id.into(),
        max_status_age_s: None,
        max_header_age_s: None,
        key_level: None,
    };
    Config {
        name: Names { zh: "便利店".into(), en: "Corner shop".into() },
        listen: ([127, 0, 0, 1], 0).into(),
        data,
        network_key: Some(world.network.key().to_string()),
        network_key_file: None,
        presets: vec![preset("age18"), preset("identity")],
        clear_after_s: 45,
        language: None,
        sync: None,
        tls: None,
        vc_api: None,
    }
}

/// A world, a running counter in it whose clock stands at the world's now, and a client.
struct Place {
    world: World,
    held: Held,
    counter: Counter,
    http: ReqwestTransport,
}

impl Place {
    async fn open(name: &str) -> Self {
        let mut world = World::new();
        let held = world.issue();
        let (counter, http) = start(config(&world, folder(name))).await;
        Self { world, held, counter, http }
    }

    /// Frames of a fresh code for the preset age18.
    fn code(&mut self) -> Vec<String> {
        let staple = self.world.staple(&self.held);
        split(&self.world.code(&self.held, Some(&staple)), 500).unwrap()
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.counter.url())
    }

    async fn get(&self, path: &str) -> HttpResponse {
        self.http.send(HttpRequest::get(self.url(path))).await.unwrap()
    }

    async fn post(&self, path: &str, kind: &str, body: impl Into<Vec<u8>>) -> HttpResponse {
        self.http.send(HttpRequest::post(self.url(path), kind, body.into())).await.unwrap()
    }

    async fn verify(&self, preset: &str, frames: &[String]) -> serde_json::Value {
        let body = serde_json::json!({ "preset": preset, "frames": frames });
        json(&self.post("/api/verify", "application/json", body.to_string()).await)
    }
}

async fn start(config: Config) -> (Counter, ReqwestTransport) {
    let counter = Counter::start(config, Arc::new(FixedClock::new(NOW_MS))).await.unwrap();
    (counter, ReqwestTransport::new(&TransportOptions::default()).unwrap())
}

fn json(response: &HttpResponse) -> serde_json::Value {
    serde_json::from_slice(&response.body).unwrap()
}

fn html(response: &HttpResponse) -> String {
    String::from_utf8(response.body.clone()).unwrap()
}

/// A form with files called `image` and text fields.
fn form(fields: &[(&str, &str)], images: &[Vec<u8>]) -> (String, Vec<u8>) {
    form_of("image", fields, images)
}

/// A form with files called `name` and text fields.
fn form_of(name: &str, fields: &[(&str, &str)], files: &[Vec<u8>]) -> (String, Vec<u8>) {
    let mut body = Vec::new();
    for (name, value) in fields {
        body.extend(
            format!("--b\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").bytes(),
        );
    }
    for file in files {
        let head = format!("--b\r\ncontent-disposition: form-data; name=\"{name}\"; filename=\"f\"\r\n\r\n");
        body.extend(head.bytes());
        body.extend(file);
        body.extend(b"\r\n");
    }
    body.extend(b"--b--\r\n");
    ("multipart/form-data; boundary=b".into(), body)
}
