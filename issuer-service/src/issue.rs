//! The credential endpoint's work: a token and proofs of keys in, one signed copy for each key out.
//!
//! Nothing is handed out that is not durable, and each request costs one durable commit: everything
//! that can be checked is checked on a snapshot first, copies are signed, and the commit checks again
//! what may have changed meanwhile. What waits at once is committed at once.

use crate::{
    claims::{Validity, claims},
    config::CredentialConfig,
    db::{
        DbError,
        credentials::{self, CredentialRow},
        keys,
        lists::{self, ListRow},
        offers::{self, OfferRow},
        residents,
    },
    keys::KeyFileError,
    offers::{BATCH_SIZE, token_digest},
    service::Service,
    types::{self, Kind, TypeError},
    w3c::{self, Hand, W3cError},
};
use rusqlite::ErrorCode;
use serde_json::{Value, json};
use std::sync::{Arc, PoisonError, atomic::Ordering};
use yufu_core::{
    credential::{
        Format,
        sd_jwt::{IssueError, IssueTemplate},
    },
    crypto::{Algorithm, SoftwareKey, VerifyingKey},
    issuance::{
        error::{CredentialErrorCode, ErrorResponse},
        issuer::{ProofPolicy, verify_proofs},
        request::{CredentialRequest, CredentialResponse, Proofs, Requested},
    },
    random::RandomError,
    time::{DAY, start_of_day},
};

/// Digests of each level are filled up to a multiple of this.
const DECOYS: u8 = 4;
/// Random draws for a free place before a list counts as full.
const DRAWS: usize = 256;

/// Why no credential was issued.
#[derive(Debug, thiserror::Error)]
pub(crate) enum IssueRefusal {
    /// The token is not one of ours, or no longer.
    #[error("the access token is not valid")]
    Token,
    /// Refused, with the answer to give.
    #[error("refused: {}", .0.error)]
    Refused(ErrorResponse<CredentialErrorCode>),
    /// Nothing can be issued yet or now: no list is open. Try again later.
    #[error("nothing can be issued now")]
    NotReady,
    /// A place was taken by another request in the same moment.
    #[error("a place in the list was taken")]
    Taken,
    /// Something of ours failed.
    #[error(transparent)]
    Fault(#[from] IssueFault),
}

/// What failed on our side.
#[derive(Debug, thiserror::Error)]
pub(crate) enum IssueFault {
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
    /// A key file.
    #[error(transparent)]
    Key(#[from] KeyFileError),
    /// The credential could not be made.
    #[error(transparent)]
    Issue(#[from] IssueError),
    /// A credential of the W3C data model could not be made.
    #[error(transparent)]
    W3c(#[from] W3cError),
    /// A type.
    #[error(transparent)]
    Type(#[from] TypeError),
    /// No randomness.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// The database misses a row that another one names.
    #[error("the database misses a {0}")]
    Missing(&'static str),
    /// The thread that did the work is gone.
    #[error("the work was interrupted")]
    Interrupted,
}

impl From<DbError> for IssueRefusal {
    fn from(error: DbError) -> Self {
        if let DbError::Sqlite(rusqlite::Error::SqliteFailure(failure, _)) = &error
            && failure.code == ErrorCode::ConstraintViolation
        {
            return Self::Taken;
        }
        Self::Fault(error.into())
    }
}

macro_rules! from_fault {
    ($($error:ty),*) => {$(
        impl From<$error> for IssueRefusal {
            fn from(error: $error) -> Self {
                Self::Fault(error.into())
            }
        }
    )*};
}
from_fault!(KeyFileError, IssueError, W3cError, TypeError, RandomError);

/// What signs the copies of one type under one key, prepared once.
pub(crate) struct Press {
    /// How an SD-JWT is made; none for credentials of the W3C data model.
    template: Option<IssueTemplate>,
    signer: Arc<SoftwareKey>,
}

/// Everything that a request was found to be entitled to.
struct Entitled {
    offer: OfferRow,
    configuration: CredentialConfig,
    kind: &'static Kind,
    keys: Vec<VerifyingKey>,
}

impl Service {
    /// Answers a credential request.
    ///
    /// # Errors
    /// [`IssueRefusal`] with what to answer.
    pub(crate) async fn issue(
        self: &Arc<Self>,
        token: String,
        body: Vec<u8>,
    ) -> Result<CredentialResponse, IssueRefusal> {
        if !self.ready.load(Ordering::Acquire) {
            return Err(IssueRefusal::NotReady);
        }
        let service = Arc::clone(self);
        let entitled = blocking(move || service.entitle(&token, &body)).await?;
        let entitled = Arc::new(entitled);
        // Two requests rarely draw the same place; a third try has never been needed.
        for _ in 0..3 {
            let (service, work) = (Arc::clone(self), Arc::clone(&entitled));
            let (copies, rows) = blocking(move || service.sign(&work)).await?;
            match self.keep(&entitled, rows).await {
                Err(IssueRefusal::Taken) => {}
                Err(refusal) => return Err(refusal),
                Ok(()) => {
                    let count = copies.len();
                    tracing::info!(
                        configuration = entitled.configuration.id,
                        copies = count,
                        "credentials issued"
                    );
                    return Ok(CredentialResponse::of(copies));
                }
            }
        }
        Err(IssueRefusal::NotReady)
    }

    /// Checks token, request and proofs.
    fn entitle(&self, token: &str, body: &[u8]) -> Result<Entitled, IssueRefusal> {
        let now = self.clock.now();
        let digest = token_digest(token);
        let offer = self.db.read(|c| offers::by_token(c, &digest))?;
        let offer = offer.filter(|o| o.token_expires_at > now).ok_or(IssueRefusal::Token)?;
        let request = CredentialRequest::from_json(body).map_err(IssueRefusal::Refused)?;
        let configuration = match request.requested().map_err(IssueRefusal::Refused)? {
            // Our token answers name no identifiers.
            Requested::Identifier(_) => {
                return refuse(
                    CredentialErrorCode::UnknownCredentialIdentifier,
                    "no such credential identifier",
                );
            }
            Requested::Configuration(id) => {
                self.config.credential(id).filter(|c| c.id == offer.configuration)
            }
        };
        let Some(configuration) = configuration.cloned() else {
            let why = "the token is not for such a credential configuration";
            return refuse(CredentialErrorCode::UnknownCredentialConfiguration, why);
        };
        let policy = ProofPolicy {
            audience: &self.url,
            algorithms: &[Algorithm::Es256],
            batch_size: BATCH_SIZE as usize,
            now,
        };
        let proofs = request.proofs.unwrap_or(Proofs::default());
        let keys = verify_proofs(&proofs, &policy).and_then(|proofs| {
            let used = self.nonces.use_up(proofs.nonce(), now);
            proofs.into_keys(used)
        });
        let keys = keys.map_err(|e| IssueRefusal::Refused(e.response()))?;
        if keys.len() > offer.copies_left as usize {
            return refuse(
                CredentialErrorCode::CredentialRequestDenied,
                "the offer is not good for that many copies",
            );
        }
        let kind = types::by_vct(&configuration.vct)?;
        Ok(Entitled { offer, configuration, kind, keys })
    }

    /// Draws places and signs a copy for each key.
    fn sign(&self, work: &Entitled) -> Result<(Vec<Value>, Vec<CredentialRow>), IssueRefusal> {
        let now = self.clock.now();
        let web_did = self.web_dids.issuer(work.configuration.issuer);
        let issuer = web_did.map_or_else(|| self.did.to_string(), str::to_owned);
        let (list, key, resident) = self.db.read(|c| -> Result<_, IssueRefusal> {
            // After the settings changed the format or the issuer's name, a list of the new one is waited for.
            let list = lists::open_for(c, &work.configuration.id)?
                .filter(|list| list.format == work.configuration.format && list.issuer.as_deref() == web_did)
                .ok_or(IssueRefusal::NotReady)?;
            let key = keys::by_thumbprint(c, &list.key)?.ok_or(IssueFault::Missing("key"))?;
            let resident =
                residents::by_id(c, work.offer.resident)?.ok_or(IssueFault::Missing("resident"))?;
            Ok((list, key, resident))
        })?;
        let format = work.configuration.format;
        let press = self.press(work.kind, format, &key)?;
        let today = start_of_day(now);
        let from = work.offer.valid_from.unwrap_or(today);
        let to = work.offer.valid_to.unwrap_or(from + work.configuration.lifetime_days * DAY);
        let validity = Validity { issued_at: today, from, to };
        let mut said = match format {
            Format::LdpVc | Format::VcJwt => {
                w3c::document(&resident, work.kind, &self.config.name, &issuer, validity)?
            }
            Format::SdJwtVc | Format::MsoMdoc => claims(&resident, work.kind, &self.config.name, validity),
        };
        let places = self.places(&list, work.keys.len())?;
        let uri = format!("{}/status/{}", self.url, list.list);
        let (mut copies, mut rows) = (Vec::new(), Vec::new());
        for (holder, index) in work.keys.iter().zip(places) {
            let issued = match &press.template {
                Some(template) => {
                    said.insert("status".into(), json!({ "status_list": { "idx": index, "uri": uri } }));
                    let signer = press.signer.as_ref();
                    let issued = template.issue(&said, Some(holder), signer, self.random.as_ref())?;
                    (issued.compact.into(), issued.jwt_digest)
                }
                None => {
                    w3c::bind(&mut said, holder, &uri, index);
                    let hand = Hand { did: &issuer, signer: press.signer.as_ref(), format };
                    hand.sign(&said, today)?
                }
            };
            rows.push(CredentialRow {
                list: list.list,
                index,
                digest: issued.1,
                holder: holder.clone(),
                resident: work.offer.resident,
                configuration: work.configuration.id.clone(),
                issued_at: today,
                expires_at: to,
            });
            copies.push(issued.0);
        }
        Ok((copies, rows))
    }

    /// Keeps copies, if the offer still stands and nothing was suspended meanwhile.
    async fn keep(&self, work: &Entitled, rows: Vec<CredentialRow>) -> Result<(), IssueRefusal> {
        let (id, resident) = (work.offer.id, work.offer.resident);
        let configuration = work.configuration.id.clone();
        let now = self.clock.now();
        let copies = u32::try_from(rows.len()).map_err(|_| IssueFault::Missing("batch"))?;
        self.db
            .write_async(move |c| -> Result<(), IssueRefusal> {
                if !offers::take_copies(c, id, copies)?
                    || credentials::copies(c, resident, &configuration, now)?.suspended > 0
                {
                    let why = "the agency does not issue this now";
                    return refuse(CredentialErrorCode::CredentialRequestDenied, why);
                }
                // A list that was closed or given up since the snapshot takes nothing more.
                let list = rows.first().map(|row| row.list);
                if lists::open_for(c, &configuration)?.map(|open| open.list) != list {
                    return Err(IssueRefusal::Taken);
                }
                rows.iter().try_for_each(|row| credentials::insert(c, row))?;
                Ok(())
            })
            .await
    }

    /// Free places of a list, without a pattern and different from each other.
    fn places(&self, list: &ListRow, count: usize) -> Result<Vec<u32>, IssueRefusal> {
        let mut places = Vec::with_capacity(count);
        self.db.read(|c| -> Result<_, IssueRefusal> {
            for _ in 0..DRAWS + count {
                if places.len() == count {
                    return Ok(places);
                }
                // Sizes are powers of two, so the remainder favours nothing.
                let drawn = u32::from_le_bytes(self.random.bytes()?) % list.size;
                if !places.contains(&drawn) && !credentials::is_taken(c, list.list, drawn)? {
                    places.push(drawn);
                }
            }
            Err(IssueRefusal::NotReady)
        })
    }

    fn press(
        &self,
        kind: &'static Kind,
        format: Format,
        key: &keys::KeyRow,
    ) -> Result<Arc<Press>, IssueRefusal> {
        let name = (key.thumbprint, kind.vct());
        let mut presses = self.presses.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(press) = presses.get(&name) {
            return Ok(Arc::clone(press));
        }
        let chain = std::slice::from_ref(&key.certificate);
        let template = match format {
            Format::SdJwtVc => Some(IssueTemplate::new(chain, kind.disclosable(), DECOYS)?),
            Format::LdpVc | Format::VcJwt | Format::MsoMdoc => None,
        };
        let press = Arc::new(Press { template, signer: self.signers.signer(key)? });
        presses.insert(name, Arc::clone(&press));
        Ok(press)
    }
}

fn refuse<T>(code: CredentialErrorCode, why: &str) -> Result<T, IssueRefusal> {
    Err(IssueRefusal::Refused(ErrorResponse::new(code, why)))
}

/// Work that keeps a processor busy, off the runtime's own threads.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, IssueRefusal> + Send + 'static,
) -> Result<T, IssueRefusal> {
    tokio::task::spawn_blocking(work).await.unwrap_or(Err(IssueFault::Interrupted.into()))
}
