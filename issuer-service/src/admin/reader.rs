//! In which language the reader gets the page.

use axum::{
    extract::FromRequestParts,
    http::{HeaderName, header, request::Parts},
};
use std::convert::Infallible;
use yufu_core::pages::{Locale, reader_locale};

/// The language that a request asks for, and whether it asked by its address.
pub(super) struct Reader {
    pub(super) locale: Locale,
    pub(super) chosen: bool,
}

impl<S: Sync> FromRequestParts<S> for Reader {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let query = parts.uri.query().unwrap_or_default();
        let asked = query.split('&').find_map(|pair| pair.strip_prefix("lang="));
        let field = |name: HeaderName| parts.headers.get(name).and_then(|value| value.to_str().ok());
        let locale = reader_locale(asked, field(header::COOKIE), field(header::ACCEPT_LANGUAGE));
        Ok(Self { locale, chosen: asked.is_some() })
    }
}
