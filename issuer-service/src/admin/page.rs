//! What all pages share, the search, and what the registry was told.

use super::reader::Reader;
use crate::{
    db::{
        DbError, lists, outbox,
        residents::{self, Found},
    },
    service::Service,
};
use askama::Template;
use axum::{
    extract::{Query, State},
    http::{StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use serde::Deserialize;
use std::sync::{Arc, atomic::Ordering};
use yufu_core::pages::{self, Locale, Value};

/// Residents shown at once.
const SHOWN: u32 = 20;

/// What every page's frame shows.
pub(super) struct Page {
    pub(super) locale: Locale,
    pub(super) place: String,
    chosen: bool,
}

impl Page {
    pub(super) fn new(service: &Service, reader: &Reader) -> Self {
        let name = &service.config.name;
        let place = if reader.locale == Locale::ZhCn { &name.zh } else { &name.en };
        Self { locale: reader.locale, place: place.clone(), chosen: reader.chosen }
    }

    pub(super) fn t(&self, id: &str) -> String {
        pages::text(self.locale, id, &[])
    }

    pub(super) fn with<'a>(&self, id: &str, name: &str, value: impl Into<Value<'a>>) -> String {
        pages::text(self.locale, id, &[(name, value.into())])
    }

    pub(super) fn mark(&self) -> &'static str {
        pages::MARK
    }

    pub(super) fn locales(&self) -> &'static [Locale] {
        &Locale::ALL
    }
}

/// Renders a page; a language that was asked for is kept.
pub(super) fn render(status: StatusCode, page: &Page, template: &impl Template) -> Response {
    let html = match template.render() {
        Ok(html) => html,
        Err(error) => {
            tracing::error!(%error, "a page could not be rendered");
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        }
    };
    let mut response = (status, Html(html)).into_response();
    if page.chosen
        && let Ok(cookie) = pages::language_cookie(page.locale).parse()
    {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    response
}

#[derive(Template)]
#[template(path = "problem.html")]
struct Problem<'a> {
    page: &'a Page,
    title: String,
    sentence: String,
}

/// A page that says what went wrong, in the reader's words.
pub(super) fn problem(service: &Service, reader: &Reader, status: StatusCode, id: &str) -> Response {
    let page = Page::new(service, reader);
    let (title, sentence) = (page.t(&format!("{id}-title")), page.t(&format!("{id}-sentence")));
    render(status, &page, &Problem { page: &page, title, sentence })
}

/// The database failed: the operator is told what, the clerk that.
pub(super) fn broken(service: &Service, reader: &Reader, error: &dyn std::error::Error) -> Response {
    tracing::error!(%error, "a page failed");
    problem(service, reader, StatusCode::INTERNAL_SERVER_ERROR, "issuer-broken")
}

pub(super) async fn not_found(State(service): State<Arc<Service>>, reader: Reader) -> Response {
    problem(&service, &reader, StatusCode::NOT_FOUND, "issuer-not-found")
}

#[derive(Deserialize)]
pub(super) struct Search {
    q: Option<String>,
}

#[derive(Template)]
#[template(path = "search.html")]
struct SearchPage<'a> {
    page: &'a Page,
    query: String,
    count: String,
    found: Option<Vec<Found>>,
    more: bool,
    ready: bool,
}

/// `GET /`: the search, and what it found.
pub(super) async fn search(
    State(service): State<Arc<Service>>,
    reader: Reader,
    Query(search): Query<Search>,
) -> Response {
    let query = search.q.unwrap_or_default().trim().to_owned();
    let read: Result<_, DbError> = service.db.read(|c| {
        let found = if query.is_empty() { None } else { Some(residents::search(c, &query, SHOWN + 1)?) };
        Ok((residents::count(c)?, found))
    });
    let (count, mut found) = match read {
        Ok(read) => read,
        Err(error) => return broken(&service, &reader, &error),
    };
    let more = found.as_ref().is_some_and(|found| found.len() > SHOWN as usize);
    if let Some(found) = &mut found {
        found.truncate(SHOWN as usize);
    }
    let page = Page::new(&service, &reader);
    let count = page.with("issuer-search-count", "n", count);
    let ready = service.ready.load(Ordering::Acquire);
    render(StatusCode::OK, &page, &SearchPage { page: &page, query, count, found, more, ready })
}

#[derive(Template)]
#[template(path = "registry.html")]
struct RegistryPage<'a> {
    page: &'a Page,
    did: String,
    url: &'a str,
    lists: Vec<ListLine>,
    refusals: Vec<(String, String)>,
}

struct ListLine {
    list: u32,
    credential: String,
    state: String,
    version: String,
    published: String,
}

/// `GET /registry`: the agency's DID, its lists, and what the registry does not take.
pub(super) async fn registry(State(service): State<Arc<Service>>, reader: Reader) -> Response {
    let page = Page::new(&service, &reader);
    let now_ms = service.clock.now_ms();
    let read: Result<_, DbError> = service.db.read(|c| {
        let mut lines = Vec::new();
        for list in lists::all(c)? {
            let newest = lists::final_publication(c, list.list, None)?;
            lines.push(ListLine {
                list: list.list,
                credential: list.configuration,
                state: page.t(&format!("issuer-list-{}", list.state.word())),
                version: list.version.map_or_else(String::new, |version| version.to_string()),
                published: newest.map_or_else(String::new, |p| {
                    pages::age(page.locale, now_ms.saturating_sub(p.created_ms))
                }),
            });
        }
        Ok((lines, outbox::refusals(c)?))
    });
    match read {
        Ok((lists, refusals)) => {
            let registry = RegistryPage {
                page: &page,
                did: service.did.to_string(),
                url: &service.url,
                lists,
                refusals,
            };
            render(StatusCode::OK, &page, &registry)
        }
        Err(error) => broken(&service, &reader, &error),
    }
}
