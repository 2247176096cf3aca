//! The phone simulator: a phone-sized frame over the wallet facade that real phones use.
//!
//! It decides nothing: every page shows what [`Wallet`] says, and every button calls one of its methods.
//! Reviews, consent sheets, display sessions and files wait in memory under random names and are forgotten
//! when the program ends.

mod cards;
mod consent;
mod file;
mod offers;
mod pending;
mod problem;
mod show;
mod view;

use axum::{
    Router,
    extract::{DefaultBodyLimit, FromRequestParts, Path, Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use pending::Pending;
use std::{convert::Infallible, sync::Arc, time::Duration};
use tower_http::timeout::TimeoutLayer;
use yufu_core::{
    Clock,
    pages::{self, Locale, SECURITY_HEADERS, language_cookie, may_write, reader_locale},
    wallet::{ConsentSheet, OfferReview, Wallet},
};

/// Most bytes of a request: a photograph or two.
const MAX_BODY: usize = 20 * 1024 * 1024;

/// The longest that an answer may take, the agencies' and the registry's answers with it.
const TIMEOUT: Duration = Duration::from_secs(60);

/// What all requests share.
pub(crate) struct Phone {
    wallet: Arc<Wallet>,
    clock: Arc<dyn Clock>,
    offers: Pending<OfferReview>,
    consents: Pending<ConsentSheet>,
    shows: Pending<show::Showing>,
    file_consents: Pending<ConsentSheet>,
    files: Pending<file::Made>,
}

pub(crate) type Shared = Arc<Phone>;

/// The pages of a phone that holds `wallet`. `clock` is the clock that the wallet was opened with.
pub fn router(wallet: Arc<Wallet>, clock: Arc<dyn Clock>) -> Router {
    let phone = Arc::new(Phone {
        wallet,
        clock,
        offers: Pending::default(),
        consents: Pending::default(),
        shows: Pending::default(),
        file_consents: Pending::default(),
        files: Pending::default(),
    });
    Router::new()
        .route("/", get(cards::list))
        .route("/refresh", post(cards::refresh))
        .route("/card/{id}", get(cards::card))
        .route("/card/{id}/delete", get(cards::ask_delete).post(cards::delete))
        .route("/history", get(cards::history))
        .route("/history/erase", post(cards::erase_history))
        .route("/lock", post(cards::lock))
        .route("/unlock", get(cards::ask_unlock).post(cards::unlock))
        .route("/add", get(offers::ask).post(offers::add))
        .route("/offer/{id}", get(offers::review).post(offers::accept))
        .route("/read", post(offers::read_frame))
        .route("/card/{id}/show/{preset}", get(show::consent).post(show::scan_counter))
        .route("/card/{id}/file/{preset}", get(file::ask_counter).post(file::consent))
        .route("/consent/{id}", post(show::agree))
        .route("/consent/{id}/file", post(file::agree))
        .route("/file/{id}", get(file::page))
        .route("/file/{id}/download", get(file::download))
        .route("/file/{id}/end", post(file::end))
        .route("/show/{id}", get(show::page))
        .route("/show/{id}/code", get(show::code))
        .route("/show/{id}/code.gif", get(show::code_gif))
        .route("/show/{id}/end", post(show::end))
        .route("/assets/{name}", get(asset))
        .route("/healthz", get(|| async { "ok" }))
        .fallback(problem::not_found)
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, TIMEOUT))
        .layer(middleware::from_fn(guard))
        .with_state(phone)
}

/// The language of the person who holds the phone.
#[derive(Clone, Copy)]
pub(crate) struct Reader(pub(crate) Locale);

impl<S: Sync> FromRequestParts<S> for Reader {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let headers = &parts.headers;
        let locale = reader_locale(
            asked(parts.uri.query()),
            field(headers, header::COOKIE.as_str()),
            field(headers, header::ACCEPT_LANGUAGE.as_str()),
        );
        Ok(Self(locale))
    }
}

fn asked(query: Option<&str>) -> Option<&str> {
    query?.split('&').find_map(|pair| pair.strip_prefix("lang="))
}

fn field<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// Refuses posts from pages of other origins, and puts the security headers on every answer.
async fn guard(request: Request, next: Next) -> Response {
    let cookie = asked(request.uri().query()).and_then(Locale::from_tag).map(language_cookie);
    let headers = request.headers();
    let ours = request.method().is_safe()
        || may_write(field(headers, "host"), field(headers, "origin"), field(headers, "sec-fetch-site"));
    let mut response = if ours { next.run(request).await } else { StatusCode::FORBIDDEN.into_response() };
    let headers = response.headers_mut();
    for (name, value) in SECURITY_HEADERS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    if let Some(cookie) = cookie.and_then(|cookie| HeaderValue::from_str(&cookie).ok()) {
        headers.insert(header::SET_COOKIE, cookie);
    }
    response
}

async fn asset(State(_): State<Shared>, Path(name): Path<String>) -> Response {
    const JAVASCRIPT: &str = "text/javascript; charset=utf-8";
    let (kind, body) = match name.as_str() {
        "yufu.css" => ("text/css; charset=utf-8", pages::CSS),
        "phone.css" => ("text/css; charset=utf-8", include_str!("assets/phone.css")),
        "mark.svg" => ("image/svg+xml", pages::MARK),
        "camera.js" => (JAVASCRIPT, pages::CAMERA_JS),
        "read.js" => (JAVASCRIPT, include_str!("assets/read.js")),
        "show.js" => (JAVASCRIPT, include_str!("assets/show.js")),
        _ => return StatusCode::NOT_FOUND.into_response(),
    };
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "no-cache")], body).into_response()
}
