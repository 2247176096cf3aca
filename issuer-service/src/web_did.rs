//! The DIDs of the web that the agency goes by beside its did:yufu: which they are, and what their documents
//! say. The registry's record lists them, and their documents name the did:yufu back.
//!
//! The documents give the agency's credential keys that are final on the registry and valid. So a verifier
//! elsewhere, who resolves did:web or did:webvh and knows nothing of the registry, verifies what is signed
//! as one of them.

use crate::{
    config::{Config, IssuerName, WebMethod},
    db::{
        Database, DbError,
        keys::{self, KeyState, Role},
        set_setting, setting,
    },
    identity::{self, Signers},
    keys::{KeyFileError, KeyFiles},
    worker::plan::SERVICE,
};
use serde_json::{Map, Value, json};
use std::sync::Arc;
use yufu_core::{
    Clock, Random,
    crypto::{Algorithm, PublicKey, Signer, SignerError},
    did::{
        Document, Relationship, Service, web,
        webvh::{self, Change, LogError, UnverifiedLog},
        yufu::YufuDid,
    },
};

/// Why a DID of the web cannot be had or its document not be written.
#[derive(Debug, thiserror::Error)]
pub enum WebDidError {
    /// The agency's address gives no DID.
    #[error(
        "`web_dids` needs an `url` of https and a host's name, not {0}: where a document is follows from it"
    )]
    Address(String),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
    /// A key file.
    #[error(transparent)]
    Key(#[from] KeyFileError),
    /// The log's key cannot sign.
    #[error(transparent)]
    Signer(#[from] SignerError),
    /// The log in the database is none, or an entry that was made does not verify.
    #[error("the did:webvh's log: {0}")]
    Log(#[from] LogError),
    /// The log or its key is missing in the database.
    #[error("the database misses the did:webvh's log or its key")]
    Missing,
}

/// Where the log of a did:webvh stands in the settings: one for each address.
fn log_setting(identifier: &str) -> String {
    format!("webvh/{identifier}")
}

/// The DIDs of the web of one agency.
pub(crate) struct WebDids {
    db: Arc<Database>,
    signers: Arc<Signers>,
    clock: Arc<dyn Clock>,
    yufu: YufuDid,
    url: String,
    /// The host and path of the agency, as DIDs write them.
    identifier: String,
    web: Option<String>,
    webvh: Option<String>,
}

impl WebDids {
    /// The DIDs that the settings ask for. The log of a did:webvh is begun when there is none.
    pub(crate) fn open(
        config: &Config,
        url: &str,
        yufu: YufuDid,
        db: Arc<Database>,
        signers: Arc<Signers>,
        clock: Arc<dyn Clock>,
        random: &dyn Random,
    ) -> Result<Self, WebDidError> {
        let mut dids = Self {
            db,
            signers,
            clock,
            yufu,
            url: url.to_owned(),
            identifier: String::new(),
            web: None,
            webvh: None,
        };
        if config.web_dids.is_empty() {
            return Ok(dids);
        }
        dids.identifier = identifier(url).ok_or_else(|| WebDidError::Address(url.to_owned()))?;
        if config.web_dids.contains(&WebMethod::Web) {
            dids.web = Some(format!("did:web:{}", dids.identifier));
        }
        if config.web_dids.contains(&WebMethod::Webvh) {
            dids.webvh = Some(match dids.log()? {
                Some(log) => did_of(&log)?,
                None => dids.begin_log(config, random)?,
            });
        }
        for did in dids.names() {
            tracing::info!(did, "also known as");
        }
        Ok(dids)
    }

    /// All of them, for the agency's record.
    pub(crate) fn names(&self) -> Vec<String> {
        self.web.iter().chain(&self.webvh).cloned().collect()
    }

    /// The DID as which credentials are signed that the settings want to be; none for the did:yufu.
    pub(crate) fn issuer(&self, name: IssuerName) -> Option<&str> {
        match name {
            IssuerName::Yufu => None,
            IssuerName::Web => self.web.as_deref(),
            IssuerName::Webvh => self.webvh.as_deref(),
        }
    }

    /// The document of the did:web, if there is one.
    pub(crate) fn web_document(&self) -> Result<Option<Value>, WebDidError> {
        self.web.as_deref().map(|did| self.document(did)).transpose()
    }

    /// The log of the did:webvh, if there is one.
    pub(crate) fn webvh_log(&self) -> Result<Option<Vec<u8>>, WebDidError> {
        if self.webvh.is_some() { self.log() } else { Ok(None) }
    }

    /// Writes a new version of the did:webvh where its document is no longer what it should say.
    pub(crate) async fn update(&self) -> Result<(), WebDidError> {
        let Some(did) = &self.webvh else { return Ok(()) };
        let bytes = self.log()?.ok_or(WebDidError::Missing)?;
        let log = UnverifiedLog::parse(&bytes)?;
        let wanted = members(self.document(did)?);
        if log.state() == Some(&wanted) {
            return Ok(());
        }
        let key = self.db.read(|c| keys::of_role(c, Role::WebUpdate))?;
        let signer = self.signers.signer(key.first().ok_or(WebDidError::Missing)?)?;
        let now_ms = self.clock.now_ms();
        let change = Change { parameters: Map::new(), state: Some(wanted) };
        let entry = webvh::append(&log, change, signer.as_ref(), now_ms)?;
        let longer = [bytes, entry.line.into_bytes()].concat();
        // As everybody will read it.
        match UnverifiedLog::parse(&longer)?.verify(did, None, now_ms) {
            Ok(_) => {}
            // Within one second two versions would have one time: the next look makes this one.
            Err(LogError::Time) => return Ok(()),
            Err(error) => return Err(error.into()),
        }
        let name = log_setting(&self.identifier);
        self.db.write_async(move |c| set_setting(c, &name, &longer)).await?;
        tracing::info!(did, version = entry.version_id, "the did:webvh has a new version");
        Ok(())
    }

    fn begin_log(&self, config: &Config, random: &dyn Random) -> Result<String, WebDidError> {
        let files = KeyFiles::new(&config.keys)?;
        let (key, row) = identity::new_file(config, &files, Algorithm::Ed25519, random)?;
        let multibase = PublicKey::from(key.verifying_key()).multibase();
        let now_ms = self.clock.now_ms();
        let first = webvh::create(
            Change {
                parameters: members(json!({ "updateKeys": [multibase] })),
                state: Some(members(self.document(&format!("did:webvh:{{SCID}}:{}", self.identifier))?)),
            },
            &key,
            now_ms,
        )?;
        let scid = first.scid.ok_or(WebDidError::Missing)?;
        let did = format!("did:webvh:{scid}:{}", self.identifier);
        UnverifiedLog::parse(first.line.as_bytes())?.verify(&did, None, now_ms)?;
        let name = log_setting(&self.identifier);
        self.db.write(move |c| {
            keys::insert(c, Role::WebUpdate, &row)?;
            set_setting(c, &name, first.line.as_bytes())
        })?;
        Ok(did)
    }

    fn log(&self) -> Result<Option<Vec<u8>>, WebDidError> {
        Ok(self.db.read(|c| setting(c, &log_setting(&self.identifier)))?)
    }

    fn document(&self, did: &str) -> Result<Value, WebDidError> {
        let now = self.clock.now();
        let all = self.db.read(|c| keys::of_role(c, Role::Credential))?;
        let usable = all.iter().filter(|key| key.state == KeyState::Final && now < key.valid_to);
        let mut document = Document::new(did);
        document.also_known_as.push(self.yufu.to_string());
        document.service.push(Service::new(format!("{did}#issuer"), SERVICE, &self.url));
        for key in usable {
            let key = PublicKey::from(self.signers.signer(key)?.verifying_key());
            let fragment = key.multibase();
            document = document.with_key(&fragment, key, &[Relationship::AssertionMethod]);
        }
        Ok(document.json())
    }
}

/// The host and path of an address, as did:web writes them; none for one that is not https or has no name.
fn identifier(url: &str) -> Option<String> {
    let (host, path) = match url.strip_prefix("https://")?.split_once('/') {
        Some((host, path)) => (host, Some(path)),
        None => (url.strip_prefix("https://")?, None),
    };
    let mut identifier = host.replace(':', "%3A");
    if let Some(path) = path {
        identifier = format!("{identifier}:{}", path.replace('/', ":"));
    }
    // The way back must lead to the same address.
    web::url(&format!("did:web:{identifier}")).is_ok().then_some(identifier)
}

/// The DID of a log's newest document.
fn did_of(log: &[u8]) -> Result<String, WebDidError> {
    let log = UnverifiedLog::parse(log)?;
    let id = log.state().and_then(|state| state.get("id")).and_then(Value::as_str);
    id.map(str::to_owned).ok_or(WebDidError::Missing)
}

fn members(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

#[cfg(test)]
mod tests;
