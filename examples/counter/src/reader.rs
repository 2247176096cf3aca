//! Who reads a page: the language, and whether a post comes from this counter's own pages.

use crate::server::Shared;
use axum::{
    extract::{FromRequestParts, Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use std::convert::Infallible;
use yufu_core::pages::{Locale, SECURITY_HEADERS, language_cookie, may_write, reader_locale};

/// The language of the person who reads the answer.
#[derive(Clone, Copy)]
pub(crate) struct Reader(pub(crate) Locale);

impl FromRequestParts<Shared> for Reader {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Self, Self::Rejection> {
        let field = |name| parts.headers.get(name).and_then(|v: &HeaderValue| v.to_str().ok());
        let settled = app.language.map(Locale::tag);
        let accept = settled.or(field(header::ACCEPT_LANGUAGE));
        Ok(Self(reader_locale(asked(parts.uri.query()), field(header::COOKIE), accept)))
    }
}

/// The language that an address asks for.
fn asked(query: Option<&str>) -> Option<&str> {
    query?.split('&').find_map(|pair| pair.strip_prefix("lang="))
}

/// Refuses posts from pages of other origins, and puts the security headers on every answer.
pub(crate) async fn guard(State(_): State<Shared>, request: Request, next: Next) -> Response {
    let cookie = asked(request.uri().query()).and_then(Locale::from_tag).map(language_cookie);
    let mut response = if request.method().is_safe() || from_here(request.headers()) {
        next.run(request).await
    } else {
        StatusCode::FORBIDDEN.into_response()
    };
    let headers = response.headers_mut();
    for (name, value) in SECURITY_HEADERS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    if let Some(cookie) = cookie.and_then(|c| HeaderValue::from_str(&c).ok()) {
        headers.insert(header::SET_COOKIE, cookie);
    }
    response
}

fn from_here(headers: &HeaderMap) -> bool {
    let field = |name| headers.get(name).and_then(|v: &HeaderValue| v.to_str().ok());
    may_write(field("host"), field("origin"), field("sec-fetch-site"))
}
