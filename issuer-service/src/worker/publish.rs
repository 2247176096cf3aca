//! Makes publications: the list's token, the root of its chunk tree, the root of what was issued. Each
//! is written together with the transaction that anchors it, and served once that is final.

use super::WorkerError;
use crate::{
    config::CredentialConfig,
    db::{
        Database, credentials,
        keys::{self, KeyRow},
        lists::{self, ListRow, ListState, Publication},
        outbox,
    },
    identity::Signers,
    types::Kind,
    w3c::Hand,
};
use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};
use yufu_core::{
    Clock, Random,
    credential::Format,
    crypto::{Digest, SoftwareKey, sha256},
    did::yufu::YufuDid,
    registry::{Operation, StatusEncoding},
    status::{
        ListContext, MIN_LIST_SIZE, StatusArray,
        bitstring::{ListDocument, Purpose},
        chunk::ChunkTree,
        issued::IssuedTree,
        token::{self, IssueToken},
    },
};

/// Bits an entry of a token's list: suspension is the value 2.
const TOKEN_BITS: u8 = 2;
/// Bits an entry of a list of the W3C data model, which says *revoked* and nothing else.
const BITSTRING_BITS: u8 = 1;

/// In which order the bits of a list stand.
fn encoding(format: Format) -> StatusEncoding {
    match format {
        Format::LdpVc | Format::VcJwt => StatusEncoding::Bitstring,
        Format::SdJwtVc | Format::MsoMdoc => StatusEncoding::Token,
    }
}

/// What the entries say, as the registry's record puts it.
fn purpose(format: Format) -> &'static str {
    match encoding(format) {
        StatusEncoding::Bitstring => "revocation",
        StatusEncoding::Token => "status",
    }
}

/// The lane of a list in the outbox.
pub(super) fn lane(list: u32) -> String {
    format!("list/{list}")
}

/// Publishes the lists of one agency and answers for what was issued in them.
pub struct Publisher {
    db: Arc<Database>,
    signers: Arc<Signers>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    did: YufuDid,
    url: String,
    lifetime_s: u64,
    cadence_ms: AtomicU64,
    /// For each list the tree of what was issued, with the version that it stands at.
    trees: Arc<Mutex<HashMap<u32, (u32, IssuedTree)>>>,
}

impl Publisher {
    pub(crate) fn new(
        db: Arc<Database>,
        signers: Arc<Signers>,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
        did: YufuDid,
        url: String,
        lifetime_s: u64,
    ) -> Self {
        Self {
            db,
            signers,
            clock,
            random,
            did,
            url,
            lifetime_s,
            cadence_ms: AtomicU64::new(10 * 60 * 1000),
            trees: Arc::default(),
        }
    }

    /// Publishes every so many milliseconds, as the network's policy says.
    pub fn set_cadence(&self, ms: u64) {
        self.cadence_ms.store(ms, Ordering::Relaxed);
    }

    /// Opens a list: all clear, to be anchored before anything is issued in it.
    pub(crate) async fn open(
        &self,
        number: u32,
        configuration: &CredentialConfig,
        kind: &Kind,
        key: &KeyRow,
        issuer: Option<&str>,
    ) -> Result<(), WorkerError> {
        let list = ListRow {
            list: number,
            configuration: configuration.id.clone(),
            format: configuration.format,
            vct: kind.vct().to_owned(),
            type_version: kind.version(),
            key: key.thumbprint,
            bits: if configuration.format == Format::SdJwtVc { TOKEN_BITS } else { BITSTRING_BITS },
            size: MIN_LIST_SIZE,
            filler: self.random.bytes()?,
            state: ListState::Opening,
            version: None,
            issuer: issuer.map(str::to_owned),
        };
        let maker = self.maker(&list, key)?;
        let trees = Arc::clone(&self.trees);
        self.db
            .write_async(move |c| -> Result<(), WorkerError> {
                let tree = maker.empty_tree(&list)?;
                let made = maker.make(c, &list, 0, tree.root())?;
                lists::insert(c, &list)?;
                lists::insert_publication(c, &made.publication)?;
                let operation = Operation::OpenList {
                    list: list.list,
                    key: list.key,
                    vct: list.vct.clone(),
                    type_version: list.type_version,
                    encoding: encoding(list.format),
                    bits: list.bits,
                    size: list.size,
                    purpose: purpose(list.format).into(),
                    url: maker.uri.clone(),
                    status_root: made.publication.status_root,
                    issued_root: made.publication.issued_root,
                    token_digest: made.token_digest,
                    valid_until: made.valid_until,
                };
                outbox::enqueue(c, &lane(list.list), &operation)?;
                keep(&trees, list.list, 0, tree);
                Ok(())
            })
            .await?;
        tracing::info!(list = number, configuration = configuration.id, "status list to be opened");
        Ok(())
    }

    /// Publishes the lists whose time has come; gives how many there were. A list whose last
    /// publication is not final yet waits for it.
    ///
    /// # Errors
    /// [`WorkerError`] by what failed; the list is tried again next time.
    pub async fn publish_due(&self) -> Result<usize, WorkerError> {
        let now_ms = self.clock.now_ms();
        let mut published = 0;
        for list in self.db.read(lists::all)? {
            if !matches!(list.state, ListState::Open | ListState::Closed) {
                continue;
            }
            let number = list.list;
            let newest = self.db.read(|c| lists::newest_publication(c, number))?;
            let due = newest.is_none_or(|p| p.created_ms + self.cadence_ms.load(Ordering::Relaxed) <= now_ms);
            if due && !self.db.read(|c| outbox::is_busy(c, &lane(number)))? {
                self.publish(list).await?;
                published += 1;
            }
        }
        Ok(published)
    }

    async fn publish(&self, list: ListRow) -> Result<(), WorkerError> {
        let key = self.db.read(|c| keys::by_thumbprint(c, &list.key))?.ok_or(WorkerError::NoKey)?;
        let maker = self.maker(&list, &key)?;
        let trees = Arc::clone(&self.trees);
        self.db
            .write_async(move |c| -> Result<(), WorkerError> {
                let number = list.list;
                let current = list.version.ok_or(WorkerError::NotOpen(number))?;
                let version = current + 1;
                // Taken out while it changes: if this write fails, the next one builds it anew.
                let cached = locked(&trees).remove(&number).filter(|(at, _)| *at == current);
                let mut tree = match cached {
                    Some((_, tree)) => tree,
                    None => maker.tree(c, &list, current)?,
                };
                for (index, digest) in credentials::record(c, number, version)? {
                    tree.set(index, &digest)?;
                }
                let made = maker.make(c, &list, version, tree.root())?;
                lists::insert_publication(c, &made.publication)?;
                let operation = Operation::PublishStatus {
                    list: number,
                    version,
                    status_root: made.publication.status_root,
                    issued_root: made.publication.issued_root,
                    token_digest: made.token_digest,
                    valid_until: made.valid_until,
                };
                outbox::enqueue(c, &lane(number), &operation)?;
                keep(&trees, number, version, tree);
                Ok(())
            })
            .await
    }

    /// The path of a place in the tree of a final version; `None` when that version is not final or
    /// does not record it. Builds the tree where it is not the newest one: a matter of a tenth of a
    /// second, not for the async runtime's threads.
    ///
    /// # Errors
    /// [`WorkerError`] by what failed.
    pub fn issued_path(&self, number: u32, version: u32, index: u32) -> Result<Option<Vec<u8>>, WorkerError> {
        let Some(list) = self.db.read(|c| lists::by_number(c, number))? else { return Ok(None) };
        let recorded = self.db.read(|c| credentials::holder(c, number, index))?.and_then(|(_, first)| first);
        if list.version.is_none_or(|newest| version > newest) || recorded.is_none_or(|first| first > version)
        {
            return Ok(None);
        }
        if let Some((at, tree)) = locked(&self.trees).get(&number)
            && *at == version
        {
            return Ok(Some(tree.path(u64::from(index))?));
        }
        let context = ListContext { issuer: self.did.id, list: number };
        let issued = self.db.read(|c| credentials::recorded(c, number, version))?;
        let tree = IssuedTree::with_issued(list.filler, &context, list.size, &issued)?;
        Ok(Some(tree.path(u64::from(index))?))
    }

    fn maker(&self, list: &ListRow, key: &KeyRow) -> Result<Maker, WorkerError> {
        let now_ms = self.clock.now_ms();
        Ok(Maker {
            context: ListContext { issuer: self.did.id, list: list.list },
            issuer: list.issuer.clone().unwrap_or_else(|| self.did.to_string()),
            uri: format!("{}/status/{}", self.url, list.list),
            signer: self.signers.signer(key)?,
            certificate: key.certificate.clone(),
            now_ms,
            valid_until: now_ms / 1000 + self.lifetime_s,
            ttl: self.cadence_ms.load(Ordering::Relaxed).div_ceil(1000),
        })
    }
}

/// What it takes to make one publication, without the publisher's locks.
struct Maker {
    context: ListContext,
    /// As who the list is signed.
    issuer: String,
    uri: String,
    signer: Arc<SoftwareKey>,
    certificate: Vec<u8>,
    now_ms: u64,
    valid_until: u64,
    ttl: u64,
}

struct Made {
    publication: Publication,
    token_digest: Digest,
    valid_until: u64,
}

impl Maker {
    fn make(
        &self,
        connection: &rusqlite::Connection,
        list: &ListRow,
        version: u32,
        issued_root: Digest,
    ) -> Result<Made, WorkerError> {
        let mut array = StatusArray::new_in(encoding(list.format), list.bits, list.size)?;
        for (index, status) in credentials::not_valid(connection, list.list)? {
            array.set(u64::from(index), status)?;
        }
        let token = match list.format {
            Format::LdpVc | Format::VcJwt => self.sign_bitstring(&array, list.format)?,
            Format::SdJwtVc | Format::MsoMdoc => self.sign_token(&array)?,
        };
        let publication = Publication {
            list: list.list,
            version,
            status_root: ChunkTree::build(&self.context, &array).root(),
            issued_root,
            created_ms: self.now_ms,
            token,
        };
        let token_digest = sha256(&[publication.token.as_bytes()]);
        Ok(Made { publication, token_digest, valid_until: self.valid_until })
    }

    fn sign_token(&self, array: &StatusArray) -> Result<String, WorkerError> {
        let token = IssueToken {
            uri: &self.uri,
            array,
            iat: self.now_ms / 1000,
            exp: self.valid_until,
            ttl: self.ttl,
            x5c: std::slice::from_ref(&self.certificate),
        };
        Ok(token::issue(&token, self.signer.as_ref())?)
    }

    fn sign_bitstring(&self, array: &StatusArray, format: Format) -> Result<String, WorkerError> {
        let now = self.now_ms / 1000;
        let list = ListDocument {
            id: &self.uri,
            issuer: &self.issuer,
            purposes: &[Purpose::Revocation],
            array,
            valid_from: now,
            valid_until: self.valid_until,
            ttl_ms: self.ttl * 1000,
        };
        let hand = Hand { did: &self.issuer, signer: self.signer.as_ref(), format };
        Ok(hand.sign_list(&list, now)?)
    }

    fn empty_tree(&self, list: &ListRow) -> Result<IssuedTree, WorkerError> {
        Ok(IssuedTree::new(list.filler, &self.context, list.size)?)
    }

    fn tree(
        &self,
        connection: &rusqlite::Connection,
        list: &ListRow,
        version: u32,
    ) -> Result<IssuedTree, WorkerError> {
        let issued = credentials::recorded(connection, list.list, version)?;
        Ok(IssuedTree::with_issued(list.filler, &self.context, list.size, &issued)?)
    }
}

type Trees = Mutex<HashMap<u32, (u32, IssuedTree)>>;

fn locked(trees: &Trees) -> std::sync::MutexGuard<'_, HashMap<u32, (u32, IssuedTree)>> {
    trees.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Should the commit fail after this, the version does not match the database's and the tree is built
/// anew.
fn keep(trees: &Trees, list: u32, version: u32, tree: IssuedTree) {
    locked(trees).insert(list, (version, tree));
}
