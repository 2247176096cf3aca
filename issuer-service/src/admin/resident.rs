//! One resident: what the register says, what was issued, and what a clerk can do.

use super::{
    page::{Page, broken, problem, render},
    reader::Reader,
};
use crate::{
    config::{Config, CredentialConfig},
    db::{
        DbError,
        credentials::{self, Copies},
        residents,
    },
    offers::{self, OfferError, OfferRequest},
    register::{self, Resident},
    service::Service,
    status::{self, Change, StatusError},
    types,
};
use askama::Template;
use axum::{
    Form,
    extract::{Path, State},
    http::{StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use std::sync::Arc;
use yufu_core::{credential::Format, pages::Locale, qr::render::svg};

#[derive(Template)]
#[template(path = "resident.html")]
struct ResidentPage<'a> {
    page: &'a Page,
    resident: &'a Resident,
    credentials: Vec<CredentialCard>,
}

/// What a clerk sees of one credential of a resident.
struct CredentialCard {
    id: String,
    name: String,
    state: String,
    tag: &'static str,
    copies: String,
    /// Whether there is something in the register to issue.
    possible: bool,
    can_offer: bool,
    can_suspend: bool,
    can_reinstate: bool,
    can_revoke: bool,
}

/// `GET /residents/{number}`.
pub(super) async fn show(
    State(service): State<Arc<Service>>,
    reader: Reader,
    Path(number): Path<String>,
) -> Response {
    let page = Page::new(&service, &reader);
    let found = match load(&service, &number) {
        Ok(Some(found)) => found,
        Ok(None) => return problem(&service, &reader, StatusCode::NOT_FOUND, "issuer-no-resident"),
        Err(error) => return broken(&service, &reader, &error),
    };
    let now = service.clock.now();
    let cards: Result<Vec<_>, DbError> = service.db.read(|c| {
        let configured = service.config.credentials.iter();
        configured
            .map(|credential| {
                let copies = credentials::copies(c, found.0, &credential.id, now)?;
                Ok(card(&page, &service.config, credential, &found.1, copies))
            })
            .collect()
    });
    match cards {
        Ok(credentials) => {
            render(StatusCode::OK, &page, &ResidentPage { page: &page, resident: &found.1, credentials })
        }
        Err(error) => broken(&service, &reader, &error),
    }
}

/// `GET /residents/{number}/portrait`.
pub(super) async fn portrait(
    State(service): State<Arc<Service>>,
    reader: Reader,
    Path(number): Path<String>,
) -> Response {
    match load(&service, &number) {
        Ok(Some((_, resident))) => {
            let media_type = register::portrait::media_type(&resident.portrait);
            ([(header::CONTENT_TYPE, media_type)], resident.portrait).into_response()
        }
        Ok(None) => problem(&service, &reader, StatusCode::NOT_FOUND, "issuer-no-resident"),
        Err(error) => broken(&service, &reader, &error),
    }
}

#[derive(Deserialize)]
pub(super) struct WhichForm {
    credential: String,
}

#[derive(Template)]
#[template(path = "offer.html")]
struct OfferPage<'a> {
    page: &'a Page,
    resident: &'a Resident,
    credential: String,
    code: String,
    link: String,
    tx_code: String,
    lifetime: String,
}

/// `POST /residents/{number}/offer`: the only page that ever shows this offer.
pub(super) async fn offer(
    State(service): State<Arc<Service>>,
    reader: Reader,
    Path(number): Path<String>,
    Form(form): Form<WhichForm>,
) -> Response {
    let page = Page::new(&service, &reader);
    let now = service.clock.now();
    let request = OfferRequest {
        resident: number.clone(),
        configuration: form.credential.clone(),
        ..Default::default()
    };
    let worker = Arc::clone(&service);
    let made = tokio::task::spawn_blocking(move || {
        offers::create(&worker.config, &worker.db, &request, now, worker.random.as_ref())
    });
    let offer = match made.await {
        Ok(Ok(offer)) => offer,
        Ok(Err(error)) => return refused(&service, &reader, &error),
        Err(error) => return broken(&service, &reader, &error),
    };
    let resident = match load(&service, &number) {
        Ok(Some((_, resident))) => resident,
        Ok(None) => return problem(&service, &reader, StatusCode::NOT_FOUND, "issuer-no-resident"),
        Err(error) => return broken(&service, &reader, &error),
    };
    let code = match svg(&offer.link) {
        Ok(code) => code,
        Err(error) => return broken(&service, &reader, &error),
    };
    let credential = service.config.credential(&form.credential);
    let credential = credential.map(|c| name(&page, &service.config, c)).unwrap_or_default();
    let minutes = service.config.offer_lifetime_s / 60;
    let offer = OfferPage {
        page: &page,
        resident: &resident,
        credential,
        code,
        link: offer.link,
        tx_code: offer.tx_code,
        lifetime: page.with("issuer-offer-lifetime", "n", minutes),
    };
    render(StatusCode::OK, &page, &offer)
}

#[derive(Template)]
#[template(path = "confirm.html")]
struct ConfirmPage<'a> {
    page: &'a Page,
    resident: &'a Resident,
    change: String,
    danger: bool,
    credential: String,
    credential_id: String,
}

/// `GET /residents/{number}/{change}?credential=…`: asks once more.
pub(super) async fn ask(
    State(service): State<Arc<Service>>,
    reader: Reader,
    Path((number, word)): Path<(String, String)>,
    axum::extract::Query(form): axum::extract::Query<WhichForm>,
) -> Response {
    let page = Page::new(&service, &reader);
    let configuration = service.config.credential(&form.credential);
    let (Some(change), Some(configuration)) = (change_of(&word), configuration) else {
        return problem(&service, &reader, StatusCode::NOT_FOUND, "issuer-not-found");
    };
    if change != Change::Revoke && !suspends(configuration) {
        return problem(&service, &reader, StatusCode::CONFLICT, "issuer-no-suspension");
    }
    match load(&service, &number) {
        Ok(Some((_, resident))) => {
            let confirm = ConfirmPage {
                page: &page,
                resident: &resident,
                change: word,
                danger: change == Change::Revoke,
                credential: name(&page, &service.config, configuration),
                credential_id: configuration.id.clone(),
            };
            render(StatusCode::OK, &page, &confirm)
        }
        Ok(None) => problem(&service, &reader, StatusCode::NOT_FOUND, "issuer-no-resident"),
        Err(error) => broken(&service, &reader, &error),
    }
}

/// `POST /residents/{number}/{change}`.
pub(super) async fn change(
    State(service): State<Arc<Service>>,
    reader: Reader,
    Path((number, word)): Path<(String, String)>,
    Form(form): Form<WhichForm>,
) -> Response {
    let Some(change) = change_of(&word) else {
        return problem(&service, &reader, StatusCode::NOT_FOUND, "issuer-not-found");
    };
    let back = Redirect::to(&format!("/residents/{number}"));
    let (worker, now) = (Arc::clone(&service), service.clock.now());
    let changed = tokio::task::spawn_blocking(move || {
        status::change(&worker.db, &number, &form.credential, change, now)
    });
    match changed.await {
        Ok(Ok(_)) => back.into_response(),
        Ok(Err(StatusError::UnknownResident)) => {
            problem(&service, &reader, StatusCode::NOT_FOUND, "issuer-no-resident")
        }
        Ok(Err(StatusError::NoCopies | StatusError::Revoked)) => {
            problem(&service, &reader, StatusCode::CONFLICT, "issuer-nothing-to-change")
        }
        Ok(Err(StatusError::NoSuspension)) => {
            problem(&service, &reader, StatusCode::CONFLICT, "issuer-no-suspension")
        }
        Ok(Err(StatusError::Db(error))) => broken(&service, &reader, &error),
        Err(error) => broken(&service, &reader, &error),
    }
}

fn refused(service: &Service, reader: &Reader, error: &OfferError) -> Response {
    let (status, id) = match error {
        OfferError::UnknownResident => (StatusCode::NOT_FOUND, "issuer-no-resident"),
        OfferError::UnknownConfiguration(_) => (StatusCode::NOT_FOUND, "issuer-not-found"),
        OfferError::NothingToIssue(_) => (StatusCode::CONFLICT, "issuer-nothing-to-issue"),
        OfferError::Suspended => (StatusCode::CONFLICT, "issuer-suspended-first"),
        other => return broken(service, reader, other),
    };
    problem(service, reader, status, id)
}

fn change_of(word: &str) -> Option<Change> {
    match word {
        "suspend" => Some(Change::Suspend),
        "reinstate" => Some(Change::Reinstate),
        "revoke" => Some(Change::Revoke),
        _ => None,
    }
}

fn load(service: &Service, number: &str) -> Result<Option<(i64, Resident)>, DbError> {
    service.db.read(|c| {
        let Some(id) = residents::id_of(c, number)? else { return Ok(None) };
        Ok(residents::by_id(c, id)?.map(|resident| (id, resident)))
    })
}

/// The type's name, with the format where the agency issues that type in several.
fn name(page: &Page, config: &Config, credential: &CredentialConfig) -> String {
    let kind = types::by_vct(&credential.vct).ok();
    let name = kind.and_then(|kind| kind.resolved().name(page.locale.tag()));
    let name = name.unwrap_or(&credential.id);
    let of_type = config.credentials.iter().filter(|other| other.vct == credential.vct);
    if of_type.count() > 1 { format!("{name} · {}", credential.format) } else { name.to_owned() }
}

/// Whether its copies can be suspended: lists of the W3C data model say *revoked* and nothing else.
fn suspends(credential: &CredentialConfig) -> bool {
    credential.format == Format::SdJwtVc
}

fn card(
    page: &Page,
    config: &Config,
    credential: &CredentialConfig,
    resident: &Resident,
    copies: Copies,
) -> CredentialCard {
    let possible = types::by_vct(&credential.vct).is_ok_and(|kind| kind.is_about(resident));
    let (state, tag, shown) = match copies {
        Copies { suspended: 1.., .. } => ("issuer-state-suspended", "tag--again", copies.suspended),
        Copies { valid: 1.., .. } => ("issuer-state-valid", "tag--valid", copies.valid),
        Copies { revoked: 1.., .. } => ("issuer-state-revoked", "tag--refused", copies.revoked),
        _ => ("issuer-state-none", "", 0),
    };
    CredentialCard {
        id: credential.id.clone(),
        name: name(page, config, credential),
        state: page.t(state),
        tag,
        copies: if shown == 0 { String::new() } else { page.with("issuer-copies", "n", shown) },
        possible,
        can_offer: possible && copies.suspended == 0,
        can_suspend: suspends(credential) && copies.valid > 0,
        can_reinstate: copies.suspended > 0,
        can_revoke: copies.valid + copies.suspended > 0,
    }
}

impl ResidentPage<'_> {
    /// Both names, the one in the reader's script first.
    fn names(&self) -> (String, String) {
        names(self.page, self.resident)
    }

    fn sex(&self) -> String {
        self.page.t(&format!("issuer-sex-{}", self.resident.sex.code()))
    }
}

impl OfferPage<'_> {
    fn names(&self) -> (String, String) {
        names(self.page, self.resident)
    }
}

impl ConfirmPage<'_> {
    fn words(&self, part: &str) -> String {
        self.page.t(&format!("issuer-{}-{part}", self.change))
    }

    fn names(&self) -> (String, String) {
        names(self.page, self.resident)
    }
}

fn names(page: &Page, resident: &Resident) -> (String, String) {
    let latin = format!("{} {}", resident.family_name, resident.given_name);
    let zh = resident.name_zh.clone();
    if page.locale == Locale::ZhCn { (zh, latin) } else { (latin, zh) }
}
