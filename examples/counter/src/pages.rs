//! The pages that hold no scan: the choice of a check, the printed code, the journal.

use crate::{
    desk::{AnsweredBy, Offered},
    labels,
    reader::Reader,
    server::{App, Shared},
};
use askama::Template;
use axum::{
    extract::{Path, State},
    http::{StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use yufu_core::{
    Verdict,
    pages::{self, Locale, Tone},
    presentation::preset::Grade,
    qr,
};

/// What every page's frame shows.
pub(crate) struct Page {
    pub(crate) locale: Locale,
    pub(crate) place: String,
    pub(crate) knowledge: String,
}

impl Page {
    pub(crate) fn new(app: &App, locale: Locale) -> Self {
        Self { locale, place: app.name.text(locale).to_owned(), knowledge: knowledge(app, locale) }
    }

    pub(crate) fn t(&self, id: &str) -> String {
        pages::text(self.locale, id, &[])
    }

    pub(crate) fn mark(&self) -> &'static str {
        pages::MARK
    }

    pub(crate) fn locales(&self) -> &'static [Locale] {
        &Locale::ALL
    }
}

/// What the counter knows of the registry, in one line.
fn knowledge(app: &App, locale: Locale) -> String {
    let desk = app.desk();
    let client = desk.verifier().light_client();
    if client.conflict().is_some() {
        return pages::text(locale, "counter-knows-conflict", &[]);
    }
    match client.newest() {
        None => pages::text(locale, "counter-knows-nothing-yet", &[]),
        Some(newest) => {
            let operators = pages::text(locale, "operators-count", &[("n", client.operators().into())]);
            let time = pages::minute(newest.header().time_ms());
            pages::text(
                locale,
                "counter-knows-registry",
                &[("time", time.into()), ("operators", operators.into())],
            )
        }
    }
}

/// Renders a page, or says that it could not be.
pub(crate) fn render(status: StatusCode, page: &impl Template) -> Response {
    match page.render() {
        Ok(html) => (status, Html(html)).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page could not be rendered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

#[derive(Template)]
#[template(path = "choose.html")]
struct Choose {
    page: Page,
    choices: Vec<Choice>,
}

struct Choice {
    href: String,
    title: String,
    asks: String,
    grade: String,
}

pub(crate) async fn choose(State(app): State<Shared>, Reader(locale): Reader) -> Response {
    let choices = app.desk().offered().iter().map(|offered| choice(offered, locale)).collect();
    render(StatusCode::OK, &Choose { page: Page::new(&app, locale), choices })
}

fn choice(offered: &Offered, locale: Locale) -> Choice {
    let preset = &offered.preset;
    let separator = if locale == Locale::ZhCn { "、" } else { ", " };
    let fields: Vec<_> = preset
        .claims()
        .iter()
        .map(|claim| labels::label(preset.types().first().map_or("", String::as_str), &claim.path, locale))
        .collect();
    let grade = match (offered.answered_by, preset.grade()) {
        (AnsweredBy::File, _) => "counter-grade-file",
        (_, Grade::Class) => "counter-grade-class",
        (_, Grade::Counter) => "counter-grade-counter",
        (_, Grade::Sealed) => "counter-grade-sealed",
    };
    Choice {
        href: match offered.answered_by {
            AnsweredBy::Code => format!("/scan/{}", preset.id()),
            AnsweredBy::File => format!("/file/{}", preset.id()),
        },
        title: preset.title(locale.tag()).to_owned(),
        asks: pages::text(locale, "counter-asks", &[("fields", fields.join(separator).into())]),
        grade: pages::text(locale, grade, &[]),
    }
}

#[derive(Template)]
#[template(path = "journal.html")]
struct Journal {
    page: Page,
    lines: Vec<Line>,
}

struct Line {
    time: String,
    preset: String,
    verdict: String,
    tag: &'static str,
    policy: String,
    policy_short: String,
}

/// Lines that the journal's page shows.
const JOURNAL_PAGE: u32 = 200;

pub(crate) async fn journal(State(app): State<Shared>, Reader(locale): Reader) -> Response {
    let read = app.desk().journal(JOURNAL_PAGE);
    let lines = match read {
        Ok(lines) => lines,
        Err(error) => {
            tracing::error!(%error, "the journal could not be read");
            return problem(&app, locale, StatusCode::INTERNAL_SERVER_ERROR, "counter-problem-storage");
        }
    };
    let desk = app.desk();
    let title = |id: &str| {
        let offered = desk.offered().iter().find(|offered| offered.preset.id() == id);
        offered.map_or_else(|| id.to_owned(), |offered| offered.preset.title(locale.tag()).to_owned())
    };
    let lines = lines
        .into_iter()
        .map(|line| {
            let verdict = Verdict::ALL.into_iter().find(|verdict| verdict.word() == line.verdict);
            let policy: String = line.policy.iter().map(|byte| format!("{byte:02x}")).collect();
            Line {
                time: pages::minute(line.at_ms),
                preset: title(&line.preset),
                tag: match verdict.map(pages::tone) {
                    Some(Tone::Valid) => "tag--valid",
                    Some(Tone::Refused) => "tag--refused",
                    Some(Tone::Again) | None => "tag--again",
                },
                verdict: verdict.map_or(line.verdict, |verdict| pages::verdict_title(locale, verdict)),
                policy_short: policy.chars().take(8).collect(),
                policy,
            }
        })
        .collect();
    drop(desk);
    render(StatusCode::OK, &Journal { page: Page::new(&app, locale), lines })
}

#[derive(Template)]
#[template(path = "code.html")]
struct Code {
    page: Page,
    name_zh: String,
    name_en: String,
    code: String,
    how_zh: String,
    how_en: String,
    thumbprint: String,
}

pub(crate) async fn code(State(app): State<Shared>, Reader(locale): Reader) -> Response {
    let printed = app.desk().printed().clone();
    let Ok(code) = qr::render::svg(&printed.to_string()) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let page = Code {
        page: Page::new(&app, locale),
        name_zh: printed.name_zh.clone(),
        name_en: printed.name_en.clone(),
        code,
        how_zh: pages::text(Locale::ZhCn, "counter-code-how", &[]),
        how_en: pages::text(Locale::En, "counter-code-how", &[]),
        thumbprint: printed.audience().to_string(),
    };
    render(StatusCode::OK, &page)
}

pub(crate) async fn code_png(State(app): State<Shared>) -> Response {
    let text = app.desk().printed().to_string();
    match qr::image::png(&text, 8) {
        Ok(png) => ([(header::CONTENT_TYPE, "image/png")], png).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

#[derive(Template)]
#[template(path = "problem.html")]
struct Problem {
    page: Page,
    title: String,
    sentence: String,
}

pub(crate) fn problem(app: &App, locale: Locale, status: StatusCode, id: &str) -> Response {
    let page = Page::new(app, locale);
    let sentence = page.t(id);
    render(status, &Problem { title: app.name.text(locale).to_owned(), sentence, page })
}

pub(crate) async fn not_found(State(app): State<Shared>, Reader(locale): Reader) -> Response {
    problem(&app, locale, StatusCode::NOT_FOUND, "counter-problem-not-found")
}

/// Files of the pages: they hold nobody's data, so a browser may keep them for the day.
pub(crate) async fn asset(Path(name): Path<String>) -> Response {
    let (kind, body) = match name.as_str() {
        "yufu.css" => ("text/css; charset=utf-8", pages::CSS),
        "counter.css" => ("text/css; charset=utf-8", include_str!("../assets/counter.css")),
        "mark.svg" => ("image/svg+xml", pages::MARK),
        "camera.js" => (JAVASCRIPT, pages::CAMERA_JS),
        "scan.js" => (JAVASCRIPT, include_str!("../assets/scan.js")),
        "wedge.js" => (JAVASCRIPT, include_str!("../assets/wedge.js")),
        "print.js" => (JAVASCRIPT, include_str!("../assets/print.js")),
        _ => return StatusCode::NOT_FOUND.into_response(),
    };
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "no-cache")], body).into_response()
}

const JAVASCRIPT: &str = "text/javascript; charset=utf-8";
