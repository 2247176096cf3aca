//! Receiving: an offer by link, picture or camera; its review; acceptance.

use super::{
    Reader, Shared,
    problem::{PhoneError, answer},
    view::{Page, in_words, render},
};
use askama::Template;
use axum::{
    Form, Json,
    body::Bytes,
    extract::{Multipart, Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use image::GrayImage;
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeSet;
use yufu_core::{
    pages::{Locale, text},
    qr::scan,
    wallet::{OfferReview, WalletError, is_shown_whole},
};

/// Most characters of a transaction code that is asked for without a length.
const LONGEST_TX_CODE: u32 = 64;

#[derive(Template)]
#[template(path = "phone/add.html")]
pub(super) struct Add {
    pub(super) page: Page,
    pub(super) title: String,
    pub(super) lede: String,
    pub(super) problem: Option<String>,
    pub(super) action: String,
    pub(super) text_label: String,
    pub(super) text_hint: String,
    pub(super) back: String,
}

fn add_page(locale: Locale, problem: Option<String>) -> Response {
    let page = Page { locale };
    let add = Add {
        title: page.t("phone-add-title"),
        lede: page.t("phone-add-lede"),
        problem,
        action: "/add".into(),
        text_label: page.t("phone-add-link-label"),
        text_hint: page.t("phone-add-link-hint"),
        back: "/".into(),
        page,
    };
    render(StatusCode::OK, &add)
}

pub(super) async fn ask(Reader(locale): Reader) -> Response {
    add_page(locale, None)
}

pub(super) async fn add(State(phone): State<Shared>, Reader(locale): Reader, form: Multipart) -> Response {
    let link = match Given::read(form).await.and_then(|given| given.one_text(locale)) {
        Ok(link) => link,
        Err(problem) => return add_page(locale, Some(problem.sentence(locale))),
    };
    match phone.wallet.review_offer(&link).await {
        Ok(review) => {
            let put = phone.offers.put(review).map_err(PhoneError::from);
            answer(locale, put.map(|id| Redirect::to(&format!("/offer/{id}")).into_response()))
        }
        Err(error @ WalletError::Locked) => PhoneError::from(error).into_response(locale),
        Err(error) => {
            let error = PhoneError::from(error);
            let details = error.details(locale).unwrap_or_default();
            add_page(locale, Some(format!("{} {details}", error.sentence(locale))))
        }
    }
}

/// What a form brought: text typed or read by camera, or a picture of a code.
#[derive(Default)]
pub(super) struct Given {
    text: String,
    picture: Bytes,
}

/// Why a form gave no text.
#[derive(Clone, Copy, Debug)]
pub(super) enum GivenProblem {
    Nothing,
    NoCode,
}

impl GivenProblem {
    pub(super) fn sentence(self, locale: Locale) -> String {
        let id = match self {
            Self::Nothing => "phone-problem-nothing-given",
            Self::NoCode => "phone-problem-no-code",
        };
        text(locale, id, &[])
    }
}

impl Given {
    pub(super) async fn read(mut form: Multipart) -> Result<Self, GivenProblem> {
        let mut given = Self::default();
        while let Some(field) = form.next_field().await.map_err(|_| GivenProblem::Nothing)? {
            match field.name() {
                Some("text") => given.text = field.text().await.map_err(|_| GivenProblem::Nothing)?,
                Some("image") => given.picture = field.bytes().await.map_err(|_| GivenProblem::Nothing)?,
                _ => {}
            }
        }
        Ok(given)
    }

    /// The text that was typed, or else the one in the picture.
    pub(super) fn one_text(self, _: Locale) -> Result<String, GivenProblem> {
        if !self.text.trim().is_empty() {
            return Ok(self.text.trim().to_owned());
        }
        if self.picture.is_empty() {
            return Err(GivenProblem::Nothing);
        }
        let texts: BTreeSet<_> =
            scan::decode_file(&self.picture).map_err(|_| GivenProblem::NoCode)?.into_iter().collect();
        texts.into_iter().next().ok_or(GivenProblem::NoCode)
    }
}

#[derive(Template)]
#[template(path = "phone/offer.html")]
struct Offer {
    page: Page,
    id: String,
    problem: Option<String>,
    legal_name: Option<String>,
    claims_to_be: Option<String>,
    url: String,
    types: Vec<Offered>,
    tx_code: Option<TxCode>,
}

struct Offered {
    title: String,
    copies: String,
    whole: bool,
    accredited: bool,
}

struct TxCode {
    hint: String,
    numeric: bool,
    length: u32,
}

fn offer_page(id: String, review: &OfferReview, locale: Locale, problem: Option<String>) -> Response {
    let legal_name = review.issuer.legal_name.as_ref().map(|name| in_words(name, locale));
    let own_name = in_words(&review.issuer.claims_to_be, locale);
    let claims_to_be = (!own_name.is_empty() && legal_name.as_ref() != Some(&own_name))
        .then(|| text(locale, "phone-offer-claims", &[("name", own_name.into())]));
    let types = review
        .types
        .iter()
        .map(|offered| Offered {
            title: in_words(&offered.title, locale),
            copies: text(locale, "phone-offer-copies", &[("n", offered.copies.into())]),
            whole: is_shown_whole(offered.format),
            accredited: offered.accredited,
        })
        .collect();
    let tx_code = review.tx_code.as_ref().map(|code| TxCode {
        hint: code.description.clone().unwrap_or_else(|| text(locale, "phone-offer-tx-code-hint", &[])),
        numeric: code.numeric,
        length: code.length.unwrap_or(LONGEST_TX_CODE).min(LONGEST_TX_CODE),
    });
    let url = review.issuer.url.clone();
    let page = Offer { page: Page { locale }, id, problem, legal_name, claims_to_be, url, types, tx_code };
    render(StatusCode::OK, &page)
}

pub(super) async fn review(
    State(phone): State<Shared>,
    Reader(locale): Reader,
    Path(id): Path<String>,
) -> Response {
    match phone.offers.peek(&id) {
        Some(review) => offer_page(id, &review, locale, None),
        None => add_page(locale, Some(text(locale, "phone-offer-gone", &[]))),
    }
}

#[derive(Deserialize)]
pub(super) struct Code {
    #[serde(default)]
    tx_code: String,
}

pub(super) async fn accept(
    State(phone): State<Shared>,
    Reader(locale): Reader,
    Path(id): Path<String>,
    Form(code): Form<Code>,
) -> Response {
    let Some(review) = phone.offers.peek(&id) else {
        return add_page(locale, Some(text(locale, "phone-offer-gone", &[])));
    };
    let tx_code = Some(code.tx_code.trim()).filter(|code| !code.is_empty());
    match phone.wallet.accept(&review, tx_code).await {
        Ok(accepted) => {
            phone.offers.take(&id);
            let to = accepted.first().map_or_else(|| "/".to_owned(), |one| format!("/card/{}", one.id));
            Redirect::to(&format!("{to}?done=added")).into_response()
        }
        Err(error @ WalletError::Locked) => PhoneError::from(error).into_response(locale),
        Err(error) => {
            let error = PhoneError::from(error);
            let details = error.details(locale).unwrap_or_default();
            offer_page(id, &review, locale, Some(format!("{} {details}", error.sentence(locale))))
        }
    }
}

/// A camera frame: bytes of brightness, `x-frame-size: 1280x720`. Answers with the text of a code in it.
pub(super) async fn read_frame(State(_): State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    let size = super::field(&headers, "x-frame-size").and_then(|size| size.split_once('x'));
    let size = size.and_then(|(width, height)| Some((width.parse().ok()?, height.parse().ok()?)));
    let Some(picture) = size.and_then(|(width, height)| GrayImage::from_raw(width, height, body.into()))
    else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let texts = tokio::task::spawn_blocking(move || scan::decode(&picture)).await.unwrap_or_default();
    Json(json!({ "text": texts.into_iter().next() })).into_response()
}
