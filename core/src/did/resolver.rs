//! One resolver for all methods.

use super::{
    Document, MAX_DOCUMENT, MethodError, Resolved, did_of, is_did,
    resolution::{Metadata, Question, Resolution, ResolveError, resolve_locally},
    web,
    webvh::{self, MAX_LOG, MAX_WITNESS_FILE, UnverifiedLog, VerifiedLog, VersionQuery},
    yufu::{self, YufuDid},
};
use crate::{
    http::{HttpRequest, HttpTransport},
    registry::{
        DidRecord, KeyRecord, LightClient, Policy, Record, RecordKey,
        client::{At, RegistryClient},
    },
    time::Clock,
};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

/// Redirects that are followed, each to https and a host's name.
const MAX_REDIRECTS: usize = 3;

/// How long and how much a [`Resolver`] keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResolverOptions {
    /// How long a document from the web is kept (milliseconds); a webvh log may say less.
    pub keep_ms: u64,
    /// How many are kept.
    pub max_kept: usize,
}

impl Default for ResolverOptions {
    fn default() -> Self {
        Self { keep_ms: 5 * 60 * 1000, max_kept: 256 }
    }
}

/// Resolves DIDs of all methods that we know. Documents from the web are kept for a while; what the
/// registry says is not, since its age is the caller's affair. The transport's limits on time hold, and
/// it should be one that refuses private addresses.
pub struct Resolver {
    transport: Arc<dyn HttpTransport>,
    clock: Arc<dyn Clock>,
    options: ResolverOptions,
    kept: Mutex<BTreeMap<String, Kept>>,
}

#[derive(Clone)]
struct Kept {
    until_ms: u64,
    source: Source,
}

#[derive(Clone)]
enum Source {
    Web(Box<Document>),
    Log(Arc<VerifiedLog>),
}

/// The registry that did:yufu is read from.
pub struct Registry<'a> {
    /// The short name of its network.
    pub network: &'a str,
    /// A gateway of it.
    pub gateway: &'a RegistryClient,
    /// Verifies what the gateway says.
    pub light: &'a mut LightClient,
}

impl Registry<'_> {
    /// The short name of the network that `gateway` serves, as its rules say it, proven.
    ///
    /// # Errors
    /// [`ResolveError::Registry`], [`ResolveError::Record`].
    pub async fn network_name(
        gateway: &RegistryClient,
        light: &mut LightClient,
        now_ms: u64,
    ) -> Result<String, ResolveError> {
        let mut registry = Registry { network: "", gateway, light };
        let policy: Option<Policy> = read(&mut registry, &RecordKey::Policy, now_ms).await?;
        Ok(policy.ok_or(ResolveError::Record)?.network)
    }
}

impl Resolver {
    /// A resolver that has kept nothing yet.
    #[must_use]
    pub fn new(transport: Arc<dyn HttpTransport>, clock: Arc<dyn Clock>, options: ResolverOptions) -> Self {
        Self { transport, clock, options, kept: Mutex::default() }
    }

    /// Resolves a DID or a DID URL. The document of a did:yufu holds the one key that the URL's fragment
    /// names: a client cannot have it proven that a list of keys is whole. Without `registry`, did:yufu
    /// is not supported.
    ///
    /// # Errors
    /// [`ResolveError`] by what failed.
    pub async fn resolve(
        &self,
        url: &str,
        registry: Option<&mut Registry<'_>>,
    ) -> Result<Resolution, ResolveError> {
        let question = Question::parse(url)?;
        if let Some(resolution) = resolve_locally(&question) {
            return resolution;
        }
        match question.did.split(':').nth(1) {
            Some("web" | "webvh") => answer(&self.source(&question.did).await?, &question.version),
            Some("yufu") => match registry {
                Some(registry) => self.resolve_yufu(&question, url, registry).await,
                None => Err(ResolveError::MethodNotSupported),
            },
            _ => Err(ResolveError::MethodNotSupported),
        }
    }

    /// Resolves the DIDs of these verification methods, for a verification that follows. A DID whose
    /// document is not found is left out: the verification says so.
    ///
    /// # Errors
    /// [`ResolveError`] when it is not known whether there is a document.
    pub async fn resolve_methods(
        &self,
        methods: &[String],
        mut registry: Option<&mut Registry<'_>>,
    ) -> Result<Resolved, ResolveError> {
        let mut resolved = Resolved::new();
        for method in methods {
            let did = did_of(method);
            let known = resolved.document(did);
            let is_yufu = did.starts_with("did:yufu:");
            if !is_did(did) || (!is_yufu && known != Err(MethodError::NotResolved)) {
                continue;
            }
            match self.resolve(method, registry.as_deref_mut()).await {
                Ok(Resolution { document: Some(document), .. }) => resolved.merge(document),
                Ok(_) => resolved.insert_deactivated(did),
                Err(ResolveError::NotFound | ResolveError::InvalidDid | ResolveError::MethodNotSupported) => {
                }
                Err(error) => return Err(error),
            }
        }
        Ok(resolved)
    }

    async fn resolve_yufu(
        &self,
        question: &Question,
        url: &str,
        registry: &mut Registry<'_>,
    ) -> Result<Resolution, ResolveError> {
        let did: YufuDid = question.did.parse().map_err(|_| ResolveError::InvalidDid)?;
        if did.network() != registry.network {
            return Err(ResolveError::MethodNotSupported);
        }
        if question.version != VersionQuery::Newest {
            return Err(ResolveError::InvalidOptions);
        }
        let now_ms = self.clock.now_ms();
        let issuer = did.id;
        let record: Option<DidRecord> = read(registry, &RecordKey::Did { issuer }, now_ms).await?;
        let record = record.ok_or(ResolveError::NotFound)?;
        let mut keys = Vec::new();
        if let Some((_, thumbprint)) = yufu::key_of_method(url) {
            let key: Option<KeyRecord> =
                read(registry, &RecordKey::Key { issuer, thumbprint }, now_ms).await?;
            keys.extend(key);
        }
        Ok(yufu::state(&did, &record, &keys, now_ms).into())
    }

    /// The document or log of a DID on the web, kept or fetched.
    async fn source(&self, did: &str) -> Result<Source, ResolveError> {
        let now_ms = self.clock.now_ms();
        let kept = self.kept().get(did).filter(|kept| kept.until_ms > now_ms).cloned();
        if let Some(kept) = kept {
            return Ok(kept.source);
        }
        let (source, keep_ms) = if did.starts_with("did:web:") {
            let body = self.fetch(web::url(did)?, MAX_DOCUMENT).await?;
            (Source::Web(Box::new(web::document(did, &body)?)), self.options.keep_ms)
        } else {
            let log = self.log(did, now_ms).await?;
            let keep_ms = self.options.keep_ms.min(log.ttl().saturating_mul(1000));
            (Source::Log(Arc::new(log)), keep_ms)
        };
        self.keep(did, Kept { until_ms: now_ms.saturating_add(keep_ms), source: source.clone() }, now_ms);
        Ok(source)
    }

    async fn log(&self, did: &str, now_ms: u64) -> Result<VerifiedLog, ResolveError> {
        let (log_url, witness_url) = webvh::urls(did)?;
        let log = UnverifiedLog::parse(&self.fetch(log_url, MAX_LOG).await?)?;
        let witnesses = match log.names_witnesses() {
            true => Some(self.fetch(witness_url, MAX_WITNESS_FILE).await?),
            false => None,
        };
        Ok(log.verify(did, witnesses.as_deref(), now_ms)?)
    }

    /// Reads an address, following few redirects.
    async fn fetch(&self, mut url: String, max_bytes: usize) -> Result<Vec<u8>, ResolveError> {
        for _ in 0..=MAX_REDIRECTS {
            let mut request =
                HttpRequest::get(url.clone()).header("accept", "application/did, application/json, */*");
            request.max_response_bytes = max_bytes;
            let response = self.transport.send(request).await?;
            match response.status {
                200 if response.body.len() <= max_bytes => return Ok(response.body),
                200 => return Err(crate::http::HttpError::TooLarge { limit: max_bytes }.into()),
                301 | 302 | 303 | 307 | 308 => {
                    url = redirect(&url, response.header("location").unwrap_or_default())?;
                }
                404 | 410 => return Err(ResolveError::NotFound),
                status => return Err(ResolveError::Status { status }),
            }
        }
        Err(ResolveError::Redirect)
    }

    fn keep(&self, did: &str, entry: Kept, now_ms: u64) {
        let mut kept = self.kept();
        kept.retain(|_, kept| kept.until_ms > now_ms);
        if kept.len() >= self.options.max_kept {
            let first = kept.iter().min_by_key(|(_, kept)| kept.until_ms).map(|(did, _)| did.clone());
            first.map(|did| kept.remove(&did));
        }
        if self.options.max_kept > 0 && entry.until_ms > now_ms {
            kept.insert(did.to_owned(), entry);
        }
    }

    pub(super) fn now_ms(&self) -> u64 {
        self.clock.now_ms()
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn answer(source: &Source, query: &VersionQuery) -> Result<Resolution, ResolveError> {
    let log = match source {
        Source::Web(document) if *query == VersionQuery::Newest => {
            return Ok(Resolution::of(document.as_ref().clone()));
        }
        Source::Web(_) => return Err(ResolveError::NotFound),
        Source::Log(log) => log,
    };
    let version = log.version(query).ok_or(ResolveError::NotFound)?;
    let deactivated = log.is_deactivated();
    let metadata = Metadata {
        created_ms: log.versions().first().map(|first| first.time_ms),
        updated_ms: Some(version.time_ms),
        version_id: Some(version.id.clone()),
        deactivated,
    };
    // The end of a DID is the end of all its versions: an old one must not be had by asking for it.
    Ok(Resolution { document: (!deactivated).then(|| version.document.clone()), metadata })
}

impl From<yufu::State> for Resolution {
    fn from(state: yufu::State) -> Self {
        let metadata = Metadata {
            created_ms: Some(state.created_ms),
            updated_ms: None,
            version_id: Some(state.version.to_string()),
            deactivated: state.document.is_none(),
        };
        Self { document: state.document, metadata }
    }
}

pub(super) async fn read<R: Record>(
    registry: &mut Registry<'_>,
    key: &RecordKey,
    now_ms: u64,
) -> Result<Option<R>, ResolveError> {
    let proven = registry.gateway.record(registry.light, key, now_ms, At::Latest).await?;
    let record = proven.value.as_deref().map(R::from_bytes);
    record.transpose().map_err(|_| ResolveError::Record)
}

/// Where a redirect leads: to a path of the same host, or to https and a host's name.
fn redirect(from: &str, location: &str) -> Result<String, ResolveError> {
    let origin_end = from.get(8..).and_then(|rest| rest.find('/')).map_or(from.len(), |at| at + 8);
    let target = if location.starts_with('/') && !location.starts_with("//") {
        format!("{}{location}", &from[..origin_end])
    } else {
        location.to_owned()
    };
    let authority = target.strip_prefix("https://").and_then(|rest| rest.split(['/', '?', '#']).next());
    let host = authority.map(|authority| authority.split_once(':').unwrap_or((authority, "443")));
    let allowed = host.is_some_and(|(host, port)| {
        web::is_host_name(host) && port.parse::<u16>().is_ok_and(|port| port > 0)
    });
    let printable = target.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if allowed && printable && target.len() <= 2048 { Ok(target) } else { Err(ResolveError::Redirect) }
}

#[cfg(test)]
mod tests;
