//! The explorer: a page on which anybody reads the registry, and where the reader's own browser checks
//! every proof with the light client compiled to WebAssembly. The node only hands out what it has.

use super::{Gateway, error::ApiError};
use askama::Template;
use axum::{
    body::Body,
    extract::{Path, RawQuery, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use std::{io::ErrorKind, path::PathBuf, sync::Arc};
use yufu_core::pages::{self, Locale, reader_locale};

/// Nothing from elsewhere, no script in the page itself; WebAssembly is compiled, which needs a word of
/// its own.
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
     img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// The largest file of the compiled light client that is served.
const MAX_WEB_FILE: u64 = 16 << 20;

/// The tabs, with the kinds of records that each lists.
const TABS: [(&str, &str); 9] = [
    ("blocks", ""),
    ("issuers", "did"),
    ("keys", "key"),
    ("accreditations", "acc"),
    ("types", "type"),
    ("lists", "stat"),
    ("publications", "issued"),
    ("proposals", "gov/proposal"),
    ("network", "gov/policy gov/origin val"),
];

/// Texts that the page's script shows; the rest stands in the page.
const SCRIPT_TEXTS: [&str; 18] = [
    "explorer-transactions",
    "explorer-proven",
    "explorer-not-checked",
    "explorer-refused",
    "explorer-loading",
    "explorer-nothing",
    "explorer-more",
    "explorer-command",
    "explorer-copy",
    "explorer-copied",
    "explorer-other-name",
    "explorer-no-key",
    "explorer-bad-key",
    "explorer-other-network",
    "explorer-operators",
    "explorer-no-wasm",
    "explorer-handovers-none",
    "explorer-handovers-saved",
];

#[derive(Template)]
#[template(path = "explorer.html")]
struct Explorer {
    locale: Locale,
    network: String,
    tabs: Vec<Tab>,
    texts: Vec<(&'static str, String)>,
}

struct Tab {
    id: &'static str,
    kinds: &'static str,
    title: String,
    about: String,
}

impl Explorer {
    fn t(&self, id: &str) -> String {
        pages::text(self.locale, id, &[])
    }

    fn mark(&self) -> &'static str {
        pages::MARK
    }
}

/// `GET /`: the explorer.
pub(super) async fn page(
    State(gateway): State<Arc<Gateway>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let field = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let asked = query.as_deref().and_then(|q| q.split('&').find_map(|pair| pair.strip_prefix("lang=")));
    let locale = reader_locale(asked, field(header::COOKIE), field(header::ACCEPT_LANGUAGE));
    let text = |id: String| pages::text(locale, &id, &[]);
    let explorer = Explorer {
        locale,
        network: gateway.registry.network_name().to_owned(),
        tabs: TABS
            .iter()
            .map(|(id, kinds)| Tab {
                id,
                kinds,
                title: text(format!("explorer-tab-{id}")),
                about: text(format!("explorer-about-{id}")),
            })
            .collect(),
        texts: SCRIPT_TEXTS.iter().map(|id| (*id, text((*id).to_owned()))).collect(),
    };
    match explorer.render() {
        Ok(html) => ([(header::CONTENT_SECURITY_POLICY, POLICY)], Html(html)).into_response(),
        Err(error) => {
            tracing::error!(%error, "the explorer could not be rendered");
            ApiError::Unavailable.into_response()
        }
    }
}

/// `GET /explorer/{file}`: what the page loads.
pub(super) async fn file(State(gateway): State<Arc<Gateway>>, Path(name): Path<String>) -> Response {
    const JAVASCRIPT: &str = "text/javascript; charset=utf-8";
    const CSS: &str = "text/css; charset=utf-8";
    match name.as_str() {
        "yufu.css" => asset(CSS, pages::CSS),
        "explorer.css" => asset(CSS, include_str!("../../assets/explorer.css")),
        "explorer.js" => asset(JAVASCRIPT, include_str!("../../assets/explorer.js")),
        "mark.svg" => asset("image/svg+xml", pages::MARK),
        "yufu_verifier_web.js" => built(&gateway, name, JAVASCRIPT).await,
        "yufu_verifier_web_bg.wasm" => built(&gateway, name, "application/wasm").await,
        _ => ApiError::NotFound.into_response(),
    }
}

fn asset(kind: &'static str, body: impl Into<Body>) -> Response {
    let fields = [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "no-cache")];
    (fields, body.into()).into_response()
}

/// A file of the light client, as `verifier-lib/web/build.sh` made it, if the node was told where.
async fn built(gateway: &Gateway, name: String, kind: &'static str) -> Response {
    let Some(folder) = gateway.web.clone() else { return ApiError::NotFound.into_response() };
    let read = tokio::task::spawn_blocking(move || read_file(folder.join(name))).await;
    match read {
        Ok(Ok(bytes)) => {
            let mut response = asset(kind, bytes);
            response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("max-age=3600"));
            response
        }
        Ok(Err(error)) if error.kind() == ErrorKind::NotFound => ApiError::NotFound.into_response(),
        _ => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

fn read_file(path: PathBuf) -> std::io::Result<Vec<u8>> {
    crate::config::read_bounded(&path, MAX_WEB_FILE)
}
