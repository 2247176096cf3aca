//! stub
use crate::service::Service;
use std::sync::Arc;
pub(crate) fn router(_service: Arc<Service>) -> axum::Router {
    axum::Router::new()
}
