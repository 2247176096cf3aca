//! The VC-API of issuing, for test suites and other programs: not for residents.
//!
//! - `POST /vc-api/{suite}/credentials/issue` takes `{credential, options}` and answers 201 with
//!   `{verifiableCredential}`.
//! - `POST /vc-api/{suite}/credentials/derive` takes `{verifiableCredential, options}` and answers the same,
//!   for suites that disclose in part: what those issue is a base proof, from which holders derive.
//!
//! Each suite has an issuer of its own under a did:key, which no registry knows: what comes from here is
//! signed, and no agency's word. It has a listener of its own, which asks nobody who he is; hence loopback
//! alone, unless the settings say otherwise. Bodies are `application/json`, which a page of another origin
//! cannot send.

use crate::{
    config::Config,
    keys::{KeyFileError, KeyFiles},
    service::StartError,
};
use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Path, State, rejection::BytesRejection},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::post,
};
use std::{
    net::{SocketAddr, TcpListener},
    sync::Arc,
    time::Duration,
};
use tokio::task::JoinHandle;
use tower_http::timeout::TimeoutLayer;
use yufu_core::{
    Clock, Random,
    credential::w3c::vc_api::{Answer, MAX_BODY, Problem, ProblemType, Suite, SuiteIssuer, derive},
    server::{FOR_A_FEW, guarded},
};

/// No request takes longer than this.
const TIMEOUT: Duration = Duration::from_secs(30);
/// The file of the secret that all keys follow from.
const SEED_FILE: &str = "vc-api.key";

/// Where the VC-API is, and who issues there.
#[derive(Clone, Debug)]
pub struct VcApiAddress {
    /// Its base URL, for example `http://127.0.0.1:8085/vc-api`.
    pub url: String,
    /// The name and the did:key of each suite's issuer.
    pub issuers: Vec<(Suite, String)>,
}

impl VcApiAddress {
    /// Where a suite issues.
    #[must_use]
    pub fn issue(&self, suite: Suite) -> String {
        format!("{}/{}/credentials/issue", self.url, suite.name())
    }

    /// Where a suite derives.
    #[must_use]
    pub fn derive(&self, suite: Suite) -> String {
        format!("{}/{}/credentials/derive", self.url, suite.name())
    }
}

/// The VC-API, running.
pub(crate) struct Running {
    pub(crate) address: VcApiAddress,
    pub(crate) handle: axum_server::Handle<SocketAddr>,
    pub(crate) task: JoinHandle<()>,
}

pub(crate) struct VcApi {
    issuers: Vec<SuiteIssuer>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
}

impl VcApi {
    /// The issuers whose keys follow from the agency's secret, which is drawn the first time.
    pub(crate) fn open(
        config: &Config,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Result<Self, KeyFileError> {
        let files = KeyFiles::new(&config.keys)?;
        let seed = files.secret(&config.keys_folder().join(SEED_FILE), random.as_ref())?;
        let issuers = Suite::ALL.into_iter().map(|suite| SuiteIssuer::from_seed(suite, &seed));
        Ok(Self { issuers: issuers.collect::<Result<_, _>>()?, clock, random })
    }
}

/// Serves the VC-API, where the settings ask for it.
pub(crate) fn start(
    config: &Config,
    clock: &Arc<dyn Clock>,
    random: &Arc<dyn Random>,
) -> Result<Option<Running>, StartError> {
    let Some(settings) = &config.vc_api else { return Ok(None) };
    let api = VcApi::open(config, Arc::clone(clock), Arc::clone(random))?;
    let broken = |source| StartError::Listen { address: settings.listen, source };
    let listener = TcpListener::bind(settings.listen).map_err(broken)?;
    listener.set_nonblocking(true).map_err(broken)?;
    let address = VcApiAddress {
        url: format!("http://{}/vc-api", listener.local_addr().map_err(broken)?),
        issuers: api.issuers.iter().map(|issuer| (issuer.suite(), issuer.did().to_owned())).collect(),
    };
    let handle = axum_server::Handle::new();
    let routes = router(Arc::new(api)).into_make_service();
    let server = guarded(axum_server::from_tcp(listener).map_err(broken)?, FOR_A_FEW);
    let server = server.handle(handle.clone()).serve(routes);
    let task = tokio::spawn(async {
        if let Err(error) = server.await {
            tracing::error!(%error, "the VC-API's listener ended");
        }
    });
    tracing::info!(url = address.url, "the VC-API is served");
    Ok(Some(Running { address, handle, task }))
}

pub(crate) fn router(api: Arc<VcApi>) -> Router {
    Router::new()
        .route("/vc-api/{suite}/credentials/issue", post(issue))
        .route("/vc-api/{suite}/credentials/derive", post(derive_credential))
        .fallback(|| async { carry(not_found().into()) })
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, TIMEOUT))
        .with_state(api)
}

type Body = Result<Bytes, BytesRejection>;

async fn issue(
    State(api): State<Arc<VcApi>>,
    Path(suite): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    answer(&headers, body, move |body| {
        let issuer = api.issuers.iter().find(|issuer| issuer.suite().name() == suite);
        issuer.map_or_else(|| not_found().into(), |it| it.issue(body, api.clock.now(), api.random.as_ref()))
    })
    .await
}

async fn derive_credential(
    State(api): State<Arc<VcApi>>,
    Path(suite): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    answer(&headers, body, move |body| match Suite::from_name(&suite) {
        Some(suite) => derive(suite, body, api.random.as_ref()),
        None => not_found().into(),
    })
    .await
}

fn not_found() -> Problem {
    Problem::new(ProblemType::NotFound, "there is no such address")
}

/// Answers a body of JSON by `with`, which may take its time.
async fn answer(
    headers: &HeaderMap,
    body: Body,
    with: impl FnOnce(&[u8]) -> Answer + Send + 'static,
) -> Response {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case("application/json") {
        return carry(Problem::new(ProblemType::MediaType, "the body must be application/json").into());
    }
    let body = match body {
        Ok(body) => body,
        Err(rejection) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => {
            return carry(Problem::new(ProblemType::TooLarge, "the body is larger than is read").into());
        }
        Err(_) => return carry(Problem::new(ProblemType::Parsing, "the body breaks off").into()),
    };
    let answered = tokio::task::spawn_blocking(move || with(&body)).await;
    carry(answered.unwrap_or_else(|_| Problem::new(ProblemType::Internal, "the request failed").into()))
}

fn carry(answer: Answer) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let fields = [(header::CONTENT_TYPE, answer.media_type()), (header::CACHE_CONTROL, "no-store")];
    (status, fields, answer.body.to_string()).into_response()
}

#[cfg(test)]
mod tests;
