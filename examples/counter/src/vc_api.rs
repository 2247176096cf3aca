//! The VC-API of verifying, for test suites and other programs: not for the clerk.
//!
//! - `POST /vc-api/credentials/verify` takes `{verifiableCredential, options}`.
//! - `POST /vc-api/presentations/verify` takes `{verifiablePresentation, options: {challenge, domain}}`.
//!
//! Both answer 200 with `verified` true, or 400 with `verified` false and what does not hold. It judges
//! proof, structure, validity and status of credentials by any DID: no issuer's standing, and no journal
//! is written. It has a listener of its own, which asks nobody who he is; hence loopback alone, unless the
//! settings say otherwise. Bodies are `application/json`, which a page of another origin cannot send.
//!
//! Documents of DIDs and status lists are fetched from public addresses alone, for strangers name them.

use crate::{
    config::{Config, VcApiConfig},
    error::CounterError,
};
use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, State, rejection::BytesRejection},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::post,
};
use std::{
    collections::BTreeMap,
    net::{SocketAddr, TcpListener},
    sync::Arc,
    time::Duration,
};
use tokio::{sync::Mutex, task::JoinHandle};
use tower_http::timeout::TimeoutLayer;
use yufu_core::{
    Clock,
    client::{Destinations, ReqwestTransport, TransportOptions, roots_from_pem},
    credential::w3c::{
        UnverifiedCredential, VerifiedCredential, VerifyOptions,
        vc_api::{
            Answer, CredentialCheck, MAX_BODY, PresentationCheck, Problem, ProblemType, VerifiedDocument,
        },
    },
    did::{Registry, Resolved, Resolver, ResolverOptions},
    http::{HttpRequest, HttpTransport},
    registry::{LightClient, NetworkKey, client::RegistryClient},
    server::{FOR_A_FEW, guarded},
    status::bitstring::MAX_ENCODED,
};

/// No request takes longer than this, nor what is fetched for it.
const TIMEOUT: Duration = Duration::from_secs(30);
const FETCH_TIMEOUT: Duration = Duration::from_secs(8);
/// The largest status list that is read: its encoded entries and the rest.
const MAX_LIST: usize = MAX_ENCODED + (64 << 10);
/// The most status lists that are fetched for one request.
const MAX_LISTS: usize = 8;

/// Where programs verify.
#[derive(Clone, Debug)]
pub struct VcApiAddress {
    /// The address of `credentials/verify`.
    pub verify: String,
    /// The address of `presentations/verify`.
    pub verify_presentation: String,
}

/// The VC-API, running.
pub(crate) struct Running {
    pub(crate) address: VcApiAddress,
    pub(crate) handle: axum_server::Handle<SocketAddr>,
    pub(crate) task: JoinHandle<std::io::Result<()>>,
}

struct VcApi {
    transport: Arc<dyn HttpTransport>,
    resolver: Resolver,
    clock: Arc<dyn Clock>,
    registry: Option<Mutex<Gateway>>,
}

/// Where did:yufu is read, and what is believed of it.
struct Gateway {
    client: RegistryClient,
    light: LightClient,
    network: Option<String>,
}

/// Serves the VC-API, where the settings ask for it.
pub(crate) fn start(config: &Config, clock: &Arc<dyn Clock>) -> Result<Option<Running>, CounterError> {
    let Some(settings) = &config.vc_api else { return Ok(None) };
    let key: NetworkKey = config.network_key_text()?.parse()?;
    let api = VcApi::open(settings, key, Arc::clone(clock))?;
    let broken = |source| CounterError::Listen { address: settings.listen, source };
    let listener = TcpListener::bind(settings.listen).map_err(broken)?;
    listener.set_nonblocking(true).map_err(broken)?;
    let url = format!("http://{}/vc-api", listener.local_addr().map_err(broken)?);
    let handle = axum_server::Handle::new();
    let routes = router(Arc::new(api)).into_make_service();
    let server = guarded(axum_server::from_tcp(listener).map_err(broken)?, FOR_A_FEW);
    let task = tokio::spawn(server.handle(handle.clone()).serve(routes));
    let address = VcApiAddress {
        verify: format!("{url}/credentials/verify"),
        verify_presentation: format!("{url}/presentations/verify"),
    };
    Ok(Some(Running { address, handle, task }))
}

fn router(api: Arc<VcApi>) -> Router {
    Router::new()
        .route("/vc-api/credentials/verify", post(credential))
        .route("/vc-api/presentations/verify", post(presentation))
        .fallback(|| async { carry(Problem::new(ProblemType::NotFound, "there is no such address").into()) })
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, TIMEOUT))
        .with_state(api)
}

type Body = Result<Bytes, BytesRejection>;

async fn credential(State(api): State<Arc<VcApi>>, headers: HeaderMap, body: Body) -> Response {
    let verified = match json(&headers, body) {
        Ok(body) => api.credential(body).await,
        Err(problem) => Err(problem),
    };
    carry(verified.map_or_else(|problem| problem.refused(), VerifiedDocument::answer))
}

async fn presentation(State(api): State<Arc<VcApi>>, headers: HeaderMap, body: Body) -> Response {
    let verified = match json(&headers, body) {
        Ok(body) => api.presentation(body).await,
        Err(problem) => Err(problem),
    };
    carry(verified.map_or_else(|problem| problem.refused(), VerifiedDocument::answer))
}

impl VcApi {
    fn open(settings: &VcApiConfig, key: NetworkKey, clock: Arc<dyn Clock>) -> Result<Self, CounterError> {
        let refused = |error: &dyn std::fmt::Display| CounterError::Gateway(error.to_string());
        let mut options = TransportOptions { timeout: FETCH_TIMEOUT, ..TransportOptions::default() };
        if let Some(path) = &settings.extra_root {
            let pem = std::fs::read(path).map_err(|e| refused(&e))?;
            options.extra_roots = roots_from_pem(&pem).map_err(|e| refused(&e))?;
        }
        let registry = match &settings.registry {
            Some(url) => {
                let transport = ReqwestTransport::new(&options).map_err(|e| refused(&e))?;
                let client = RegistryClient::new(Arc::new(transport), url.clone());
                Some(Mutex::new(Gateway { client, light: LightClient::new(key), network: None }))
            }
            None => None,
        };
        options.destinations =
            if settings.fetch_from_loopback { Destinations::PublicAndLoopback } else { Destinations::Public };
        let transport: Arc<dyn HttpTransport> =
            Arc::new(ReqwestTransport::new(&options).map_err(|e| refused(&e))?);
        let resolver = Resolver::new(Arc::clone(&transport), Arc::clone(&clock), ResolverOptions::default());
        Ok(Self { transport, resolver, clock, registry })
    }

    async fn credential(&self, body: Bytes) -> Result<VerifiedDocument, Problem> {
        let check = blocking(move || CredentialCheck::read(&body)).await?;
        let methods = self.resolve(&check.verification_methods()).await?;
        let now = self.clock.now();
        let verified = blocking(move || check.verify(&methods, now)).await?;
        self.check_statuses(&verified, now).await?;
        Ok(verified)
    }

    async fn presentation(&self, body: Bytes) -> Result<VerifiedDocument, Problem> {
        let check = blocking(move || PresentationCheck::read(&body)).await?;
        let methods = self.resolve(&check.verification_methods()).await?;
        let now = self.clock.now();
        let verified = blocking(move || check.verify(&methods, now)).await?;
        self.check_statuses(&verified, now).await?;
        Ok(verified)
    }

    async fn resolve(&self, methods: &[String]) -> Result<Resolved, Problem> {
        let unresolved = || {
            Problem::new(ProblemType::InvalidVerificationMethod, "the signer's DID cannot be resolved now")
        };
        if let Some(registry) = &self.registry
            && methods.iter().any(|method| method.starts_with("did:yufu:"))
        {
            let mut gateway = registry.lock().await;
            let Gateway { client, light, network } = &mut *gateway;
            let known = match network.take() {
                Some(known) => known,
                None => Registry::network_name(client, light, self.clock.now_ms())
                    .await
                    .map_err(|_| unresolved())?,
            };
            let known = network.insert(known);
            let mut registry = Registry { network: known, gateway: client, light };
            return self
                .resolver
                .resolve_methods(methods, Some(&mut registry))
                .await
                .map_err(|_| unresolved());
        }
        self.resolver.resolve_methods(methods, None).await.map_err(|_| unresolved())
    }

    /// Learns the status of every credential, each list fetched once.
    async fn check_statuses(&self, document: &VerifiedDocument, now: u64) -> Result<(), Problem> {
        let mut lists: BTreeMap<&str, VerifiedCredential> = BTreeMap::new();
        for credential in document.credentials() {
            if credential.has_unknown_status() {
                let detail = "the status is of a type that is not known here";
                return Err(Problem::new(ProblemType::StatusVerification, detail));
            }
            for entry in credential.statuses() {
                if !lists.contains_key(entry.list.as_str()) {
                    if lists.len() >= MAX_LISTS {
                        return Err(Problem::new(
                            ProblemType::TooLarge,
                            "more status lists than are fetched",
                        ));
                    }
                    lists.insert(&entry.list, self.list(&entry.list, now).await?);
                }
                let list = lists.get(entry.list.as_str()).ok_or_else(internal)?;
                VerifiedDocument::check_status(credential, entry, list, now)?;
            }
        }
        Ok(())
    }

    async fn list(&self, url: &str, now: u64) -> Result<VerifiedCredential, Problem> {
        let unreachable = || Problem::new(ProblemType::StatusRetrieval, "the status list cannot be fetched");
        let accepted = "application/vc, application/vc+jwt, application/json";
        let mut request = HttpRequest::get(url.to_owned()).header("accept", accepted);
        request.max_response_bytes = MAX_LIST;
        let response = self.transport.send(request).await.map_err(|_| unreachable())?;
        if !response.is_success() {
            return Err(unreachable());
        }
        let unsigned = || Problem::new(ProblemType::StatusVerification, "the status list does not hold");
        let list = blocking(move || read_list(&response.body).ok_or_else(unsigned)).await?;
        let methods = self.resolve(&list.verification_methods()).await?;
        blocking(move || list.verify(&methods, &VerifyOptions { now }).map_err(|_| unsigned())).await
    }
}

fn read_list(body: &[u8]) -> Option<UnverifiedCredential> {
    if body.trim_ascii_start().starts_with(b"{") {
        return UnverifiedCredential::parse_json_within(body, MAX_LIST).ok();
    }
    UnverifiedCredential::parse_jwt(std::str::from_utf8(body).ok()?.trim()).ok()
}

fn json(headers: &HeaderMap, body: Body) -> Result<Bytes, Problem> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case("application/json") {
        return Err(Problem::new(ProblemType::MediaType, "the body must be application/json"));
    }
    body.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => {
            Problem::new(ProblemType::TooLarge, "the body is larger than is read")
        }
        _ => Problem::new(ProblemType::Parsing, "the body breaks off"),
    })
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|_| Err(internal()))
}

fn internal() -> Problem {
    Problem::new(ProblemType::Internal, "the request failed")
}

fn carry(answer: Answer) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let fields = [(header::CONTENT_TYPE, answer.media_type()), (header::CACHE_CONTROL, "no-store")];
    (status, fields, answer.body.to_string()).into_response()
}
