//! What the registry still has to be told: compares what the database wants with what is final, and
//! puts what is missing into the outbox. Doing it again changes nothing.

use super::{
    WorkerError,
    outbox::{REGISTERED, document_digest, type_setting},
    publish::{Publisher, lane},
};
use crate::{
    chain::Chain,
    config::{Config, CredentialConfig},
    db::{
        Database, credentials,
        keys::{self, KeyRow, KeyState, Role},
        lists::{self, ListRow, ListState},
        outbox, setting,
    },
    identity::Signers,
    types::{self, Kind},
    web_did::WebDids,
};
use std::sync::Arc;
use yufu_core::{
    Clock,
    crypto::{Signer, SoftwareKey, sha256},
    did::yufu::IssuerId,
    registry::{
        Accreditation, KeyPurpose, KeyRecord, Operation, RecordKey, RevocationReason, Service,
        StatusListRecord, TypeRecord, client::hex,
    },
};

/// The `kind` of the service in the DID's document that names the issuer's address.
pub const SERVICE: &str = "OpenID4VCI";

/// Plans for one agency.
pub struct Planner {
    pub(crate) config: Arc<Config>,
    pub(crate) db: Arc<Database>,
    pub(crate) chain: Arc<Chain>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) signers: Arc<Signers>,
    pub(crate) publisher: Arc<Publisher>,
    pub(crate) issuer: IssuerId,
    pub(crate) control: Arc<SoftwareKey>,
    pub(crate) web_dids: Arc<WebDids>,
    /// The credential issuer identifier.
    pub(crate) url: String,
}

impl Planner {
    /// Looks for lists of which the registry holds more than this database knows, and gives them up:
    /// the database is older than it was, and indices that it thinks free may be taken. To be done
    /// before anything is issued.
    ///
    /// # Errors
    /// [`WorkerError`] when the registry or the database cannot be asked.
    pub async fn reconcile(&self) -> Result<(), WorkerError> {
        for list in self.db.read(lists::all)? {
            if list.state == ListState::Detached {
                continue;
            }
            let number = list.list;
            let key = RecordKey::StatusList { issuer: self.issuer, list: number };
            let known = self.chain.read::<StatusListRecord>(&key).await?.record;
            let newest = self.db.read(|c| lists::newest_publication(c, number))?;
            let ahead = match (known, newest) {
                (None, _) => false,
                (Some(_), None) => true,
                (Some(known), Some(newest)) => {
                    let same_token = known.token_digest == sha256(&[newest.token.as_bytes()]);
                    known.version > newest.version || known.version == newest.version && !same_token
                }
            };
            if ahead {
                tracing::error!(
                    list = number,
                    "the registry holds a later publication than this database: the list is given up, its \
                     credentials have to be issued again"
                );
                self.db
                    .write_async(move |c| {
                        outbox::drop_lane(c, &lane(number))?;
                        lists::set_state(c, number, ListState::Detached)
                    })
                    .await?;
            }
        }
        Ok(())
    }

    /// Plans everything that can be planned now.
    ///
    /// # Errors
    /// [`WorkerError`] when the registry or the database cannot be asked, or a key does not open.
    pub async fn plan(&self) -> Result<(), WorkerError> {
        if !self.plan_did().await? {
            return Ok(());
        }
        let keys = self.db.read(|c| keys::of_role(c, Role::Credential))?;
        for key in &keys {
            self.plan_key(key).await?;
        }
        self.web_dids.update().await?;
        let now = self.clock.now();
        let usable = |k: &&KeyRow| k.state == KeyState::Final && (k.valid_from..k.valid_to).contains(&now);
        let Some(key) = keys.iter().find(usable) else { return Ok(()) };
        // One credential that waits for its accreditation does not keep the others waiting.
        let mut outcome = Ok(());
        for credential in &self.config.credentials {
            let planned = self.plan_credential(credential, types::by_vct(&credential.vct)?, key).await;
            outcome = outcome.and(planned);
        }
        outcome
    }

    async fn plan_credential(
        &self,
        configuration: &CredentialConfig,
        kind: &'static Kind,
        key: &KeyRow,
    ) -> Result<(), WorkerError> {
        if self.plan_type(kind).await? { self.plan_list(configuration, kind, key).await } else { Ok(()) }
    }

    /// The agency's accreditation for a type, if it has one that holds now.
    async fn accreditation(&self, kind: &'static Kind) -> Result<Option<Accreditation>, WorkerError> {
        let key = RecordKey::Accreditation { issuer: self.issuer, vct: kind.vct().to_owned() };
        let now = self.clock.now();
        let record = self.chain.read::<Accreditation>(&key).await?.record;
        Ok(record.filter(|a| {
            a.suspended_since.is_none()
                && a.withdrawn_at.is_none()
                && (a.valid_from..a.valid_to).contains(&now)
        }))
    }

    /// The DID with the address of this service and the agency's other names; false as long as it is not registered.
    async fn plan_did(&self) -> Result<bool, WorkerError> {
        let services = vec![Service { kind: SERVICE.into(), url: self.url.clone() }];
        let also_known_as = self.web_dids.names();
        let registered = self.db.read(|c| setting(c, REGISTERED))?;
        if registered.as_deref() == Some(&document_digest(&also_known_as, &services)[..]) {
            return Ok(true);
        }
        let first = registered.is_none();
        let next_key = self.db.read(|c| keys::of_role(c, Role::NextControl))?;
        let next_key = next_key.first().ok_or(WorkerError::NoKey)?.thumbprint;
        let control_key = self.control.verifying_key().clone();
        let operation = if first {
            Operation::RegisterDid { control_key, next_key, also_known_as, services }
        } else {
            Operation::UpdateDid { also_known_as, services }
        };
        self.enqueue("did", operation).await?;
        Ok(!first)
    }

    async fn plan_key(&self, key: &KeyRow) -> Result<(), WorkerError> {
        let lane = format!("key/{}", hex(&key.thumbprint));
        let operation = match key.state {
            KeyState::Pending => Operation::AddKey {
                key: self.signers.signer(key)?.verifying_key().clone(),
                purpose: KeyPurpose::Credential,
                valid_from: key.valid_from,
                valid_to: key.valid_to,
            },
            KeyState::Revoking => {
                // A key that was never added cannot be revoked; nobody trusts it either.
                let record = RecordKey::Key { issuer: self.issuer, thumbprint: key.thumbprint };
                if !self.db.read(|c| outbox::is_busy(c, &lane))?
                    && self.chain.read::<KeyRecord>(&record).await?.record.is_none()
                {
                    let thumbprint = key.thumbprint;
                    self.db.write_async(move |c| keys::set_state(c, &thumbprint, KeyState::Revoked)).await?;
                    return Ok(());
                }
                let since = key.compromised_since;
                let reason = if since.is_some() {
                    RevocationReason::KeyCompromise
                } else {
                    RevocationReason::Superseded
                };
                Operation::RevokeKey { thumbprint: key.thumbprint, reason, compromised_since: since }
            }
            KeyState::Final | KeyState::Revoked => return Ok(()),
        };
        self.enqueue(&lane, operation).await
    }

    /// The type; false as long as it is not on the registry.
    async fn plan_type(&self, kind: &'static Kind) -> Result<bool, WorkerError> {
        let name = type_setting(kind.vct());
        if self.db.read(|c| setting(c, &name))?.is_some() {
            return Ok(true);
        }
        let lane = format!("type/{}", kind.vct());
        if self.db.read(|c| outbox::is_busy(c, &lane))? {
            return Ok(false);
        }
        let metadata_digest = sha256(&[kind.document().as_bytes()]);
        let key = RecordKey::Type { vct: kind.vct().to_owned(), version: kind.version() };
        match self.chain.read::<TypeRecord>(&key).await?.record {
            Some(known) if known.metadata_digest == metadata_digest => {
                self.db.write_async(move |c| crate::db::set_setting(c, &name, b"final")).await?;
                Ok(true)
            }
            Some(_) => Err(WorkerError::OtherType(kind.vct())),
            // The registry takes a new type from an accredited agency alone.
            None if self.accreditation(kind).await?.is_none() => Err(WorkerError::NotAccredited(kind.vct())),
            None => {
                let operation = Operation::RegisterType {
                    vct: kind.vct().to_owned(),
                    version: kind.version(),
                    metadata_digest,
                    metadata_url: format!("{}{}", self.url, kind.path()),
                    schema_digest: None,
                };
                self.enqueue(&lane, operation).await?;
                Ok(false)
            }
        }
    }

    /// A list under `key` with room in it, as soon as the agency is accredited for the type.
    async fn plan_list(
        &self,
        configuration: &CredentialConfig,
        kind: &'static Kind,
        key: &KeyRow,
    ) -> Result<(), WorkerError> {
        let all = self.db.read(lists::all)?;
        let issuer = self.web_dids.issuer(configuration.issuer);
        // A list of another format or issuer's name is left to what was issued before that changed.
        let ours = |l: &&ListRow| {
            let alike = l.format == configuration.format && l.issuer.as_deref() == issuer;
            alike && l.configuration == configuration.id && l.key == key.thumbprint
        };
        for list in all.iter().filter(ours) {
            match list.state {
                ListState::Opening => return Ok(()),
                // Half full is the time for the next one: places are drawn at random.
                ListState::Open if self.db.read(|c| credentials::taken(c, list.list))? < list.size / 2 => {
                    return Ok(());
                }
                _ => {}
            }
        }
        let accreditation = self.accreditation(kind).await?;
        let accredited = accreditation.is_some_and(|a| a.open_lists < a.max_open_lists);
        if !accredited {
            return Err(WorkerError::NotAccredited(kind.vct()));
        }
        // After a restore the registry may hold lists that this database forgot.
        let mut number = self.db.read(lists::next_number)?;
        loop {
            let taken = RecordKey::StatusList { issuer: self.issuer, list: number };
            if self.chain.read::<StatusListRecord>(&taken).await?.record.is_none() {
                break;
            }
            number += 1;
        }
        self.publisher.open(number, configuration, kind, key, issuer).await?;
        Ok(())
    }

    /// Puts an operation into its lane, unless the lane still has one.
    async fn enqueue(&self, lane: &str, operation: Operation) -> Result<(), WorkerError> {
        let lane = lane.to_owned();
        self.db
            .write_async(move |c| {
                if outbox::is_busy(c, &lane)? { Ok(()) } else { outbox::enqueue(c, &lane, &operation) }
            })
            .await?;
        Ok(())
    }
}
