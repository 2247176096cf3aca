//! What the founding authority does: accredits agencies for credential types, suspends, reinstates,
//! withdraws. It acts through the registry's HTTP like everybody else, and believes nothing that is
//! not proven.

use std::sync::{Arc, Mutex, PoisonError};
use yufu_core::{
    Clock,
    crypto::{Signer, SignerError},
    did::yufu::IssuerId,
    http::HttpTransport,
    registry::{
        Accreditation, DidRecord, GovernanceAct, LightClient, NetworkKey, Operation, Proposal, Proposals,
        Record as _, RecordKey, RejectReason, Transaction,
        client::{At, ClientError, RegistryClient, SubmitError, Submitted, Wait},
    },
};

/// How long a signed act may be executed: five minutes.
const LIFETIME_MS: u64 = 5 * 60 * 1000;

/// How long an act is waited for.
const WAIT_MS: u64 = 15_000;

/// An authority with its key at hand.
pub struct Authority {
    registry: RegistryClient,
    light: Mutex<LightClient>,
    signer: Arc<dyn Signer>,
    id: IssuerId,
    clock: Arc<dyn Clock>,
}

/// Whom an authority accredits, for what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accredit {
    /// The agency.
    pub issuer: IssuerId,
    /// The type that it may issue.
    pub vct: String,
    /// Its legal name in Chinese.
    pub name_zh: String,
    /// Its legal name in English.
    pub name_en: String,
    /// First second of the accreditation.
    pub valid_from: u64,
    /// First second after it.
    pub valid_to: u64,
    /// How many status lists may be open at once.
    pub max_open_lists: u16,
}

/// Why an act did not happen, or is not known to have.
#[derive(Debug, thiserror::Error)]
pub enum AuthorityError {
    /// The registry refuses it.
    #[error("the registry refuses it: {0}")]
    Rejected(RejectReason),
    /// The registry could not be read, or what it says is not proven.
    #[error(transparent)]
    Registry(#[from] ClientError),
    /// The authority's DID is not registered in this network.
    #[error("{0} is not registered in this network")]
    Unregistered(IssuerId),
    /// The key is not the one that controls the authority's DID.
    #[error("the key does not control the authority's DID")]
    WrongKey,
    /// A record does not read as what it should be.
    #[error("the registry's record of {0} is malformed")]
    Record(IssuerId),
    /// The key could not sign.
    #[error(transparent)]
    Signer(#[from] SignerError),
    /// The registry took it, but it did not become final in time.
    #[error("the registry took it, but it is not final after {} s; ask again for its digest", WAIT_MS / 1000)]
    NotFinal,
}

impl From<SubmitError> for AuthorityError {
    fn from(error: SubmitError) -> Self {
        match error {
            SubmitError::Rejected(reason) => Self::Rejected(reason),
            SubmitError::Client(error) => Self::Registry(error),
        }
    }
}

impl Authority {
    /// The authority `id` of the network with this key, reached at `url`.
    #[must_use]
    pub fn new(
        transport: Arc<dyn HttpTransport>,
        url: &str,
        key: NetworkKey,
        id: IssuerId,
        signer: Arc<dyn Signer>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let registry = RegistryClient::new(transport, url);
        Self { registry, light: Mutex::new(LightClient::new(key)), signer, id, clock }
    }

    /// Lets an agency issue a type.
    ///
    /// # Errors
    /// [`AuthorityError`] by what failed.
    pub async fn accredit(&self, accredit: Accredit) -> Result<Submitted, AuthorityError> {
        let Accredit { issuer, vct, name_zh, name_en, valid_from, valid_to, max_open_lists } = accredit;
        self.act(Operation::Accredit { issuer, vct, name_zh, name_en, valid_from, valid_to, max_open_lists })
            .await
    }

    /// Suspends an accreditation, at once.
    ///
    /// # Errors
    /// [`AuthorityError`] by what failed.
    pub async fn suspend(&self, issuer: IssuerId, vct: &str) -> Result<Submitted, AuthorityError> {
        self.act(Operation::SuspendAccreditation { issuer, vct: vct.to_owned() }).await
    }

    /// Ends a suspension, after the network's timelock.
    ///
    /// # Errors
    /// [`AuthorityError`] by what failed.
    pub async fn reinstate(&self, issuer: IssuerId, vct: &str) -> Result<Submitted, AuthorityError> {
        self.act(Operation::ReinstateAccreditation { issuer, vct: vct.to_owned() }).await
    }

    /// Withdraws an accreditation, for good.
    ///
    /// # Errors
    /// [`AuthorityError`] by what failed.
    pub async fn withdraw(&self, issuer: IssuerId, vct: &str) -> Result<Submitted, AuthorityError> {
        self.act(Operation::WithdrawAccreditation { issuer, vct: vct.to_owned() }).await
    }

    /// Proposes an act, open for `open_ms` milliseconds, and votes for it; gives the proposal's number.
    ///
    /// # Errors
    /// [`AuthorityError`] by what failed.
    pub async fn propose(
        &self,
        act: GovernanceAct,
        open_ms: u64,
    ) -> Result<(u64, Submitted), AuthorityError> {
        let expires_at_ms = self.clock.now_ms().saturating_add(open_ms);
        let before = self.proposals().await?;
        let submitted = self.act(Operation::Propose { act: act.clone(), expires_at_ms }).await?;
        for seq in before..self.proposals().await? {
            let value = self.read(&RecordKey::Proposal { seq }).await?;
            let proposal = value.and_then(|value| Proposal::from_bytes(&value).ok());
            if proposal
                .is_some_and(|p| p.proposer == self.id && p.act == act && p.expires_at_ms == expires_at_ms)
            {
                return Ok((seq, submitted));
            }
        }
        Err(AuthorityError::NotFinal)
    }

    /// How many proposals there have been.
    async fn proposals(&self) -> Result<u64, AuthorityError> {
        let value = self.read(&RecordKey::Proposals).await?;
        let counter = value.map(|value| Proposals::from_bytes(&value)).transpose();
        Ok(counter.map_err(|_| AuthorityError::Record(self.id))?.unwrap_or_default().next)
    }

    /// Votes on a proposal.
    ///
    /// # Errors
    /// [`AuthorityError`] by what failed.
    pub async fn vote(&self, proposal: u64, approve: bool) -> Result<Submitted, AuthorityError> {
        self.act(Operation::Vote { proposal, approve }).await
    }

    /// Carries out a proposal that has passed and waited.
    ///
    /// # Errors
    /// [`AuthorityError`] by what failed.
    pub async fn execute(&self, proposal: u64) -> Result<Submitted, AuthorityError> {
        self.act(Operation::Execute { proposal }).await
    }

    /// Stops the recovery of this DID. The signer must hold the committed next key.
    ///
    /// # Errors
    /// [`AuthorityError`] by what failed.
    pub async fn veto_recovery(&self, proposal: u64) -> Result<Submitted, AuthorityError> {
        self.act(Operation::VetoRecovery { proposal }).await
    }

    /// The accreditation as it stands, if there is one.
    ///
    /// # Errors
    /// [`AuthorityError`] by what failed.
    pub async fn accreditation(
        &self,
        issuer: IssuerId,
        vct: &str,
    ) -> Result<Option<Accreditation>, AuthorityError> {
        let value = self.read(&RecordKey::Accreditation { issuer, vct: vct.to_owned() }).await?;
        value
            .map(|value| Accreditation::from_bytes(&value).map_err(|_| AuthorityError::Record(issuer)))
            .transpose()
    }

    /// Signs an act with the authority's next nonce and waits until it is final.
    async fn act(&self, operation: Operation) -> Result<Submitted, AuthorityError> {
        let did = self.did().await?;
        let key = self.signer.verifying_key();
        let fits = match operation {
            Operation::VetoRecovery { .. } => key.thumbprint() == did.next_key,
            _ => did.control_key == *key,
        };
        if !fits {
            return Err(AuthorityError::WrongKey);
        }
        let transaction = Transaction {
            network: self.light().key().genesis,
            author: self.id,
            nonce: did.nonce,
            expires_at_ms: self.clock.now_ms() + LIFETIME_MS,
            operation,
        };
        let signed = transaction.sign(self.signer.as_ref())?;
        let submitted = self.registry.submit(&signed, Wait::Final(WAIT_MS)).await?;
        if submitted.height.is_some() { Ok(submitted) } else { Err(AuthorityError::NotFinal) }
    }

    async fn did(&self) -> Result<DidRecord, AuthorityError> {
        let value = self.read(&RecordKey::Did { issuer: self.id }).await?;
        let value = value.ok_or(AuthorityError::Unregistered(self.id))?;
        DidRecord::from_bytes(&value).map_err(|_| AuthorityError::Record(self.id))
    }

    async fn read(&self, key: &RecordKey) -> Result<Option<Vec<u8>>, AuthorityError> {
        // Worked on outside the lock, which must not be held while the network is asked.
        let mut light = self.light().clone();
        let record = self.registry.record(&mut light, key, self.clock.now_ms(), At::Latest).await;
        *self.light() = light;
        Ok(record?.value)
    }

    fn light(&self) -> std::sync::MutexGuard<'_, LightClient> {
        self.light.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
