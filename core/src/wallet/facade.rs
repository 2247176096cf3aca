//! The wallet itself: opening and locking, listing, deleting.

use super::{
    CredentialDetails, CredentialId, CredentialSummary, HistoryEntry, HistoryEvent, Keystore, Notice, Store,
    WalletError, backup, fields, held,
    model::CredentialState,
    offer::count,
    prover::Prover,
    record::{CredentialRecord, Records, StapleRecord},
    store::{Change, Table},
    vault::{self, DataKey},
};
use crate::{
    Clock, Random,
    http::HttpTransport,
    registry::{CLOCK_TOLERANCE_MS, LightClient, NetworkKey, client::RegistryClient},
};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What a wallet works with.
#[derive(Clone)]
pub struct WalletConfig {
    /// Where sealed values lie.
    pub store: Arc<dyn Store>,
    /// Where private keys live.
    pub keystore: Arc<dyn Keystore>,
    /// Who carries requests.
    pub transport: Arc<dyn HttpTransport>,
    /// This device's clock.
    pub clock: Arc<dyn Clock>,
    /// Randomness for nonces, identifiers and sealing.
    pub random: Arc<dyn Random>,
    /// The registry's public key, `yufu-network-1:…`: the only thing that is trusted beforehand.
    pub network_key: String,
    /// Base URL of a registry gateway. Nothing that it says is believed without proof.
    pub registry_url: String,
    /// Copies to ask for in a batch, where the issuer allows as many.
    pub copies: u32,
}

/// Copies of a credential that a wallet asks for unless told otherwise.
pub const DEFAULT_COPIES: u32 = 8;
/// From so few unused copies on the person is told.
const FEW_COPIES: usize = 2;
/// From this age on a proof is called old, milliseconds: a day.
const OLD_PROOF_MS: u64 = 24 * 60 * 60 * 1000;

/// A wallet. Shared behind an [`Arc`]; methods may be called from several threads.
pub struct Wallet {
    config: WalletConfig,
    network_key: NetworkKey,
    open: Mutex<Option<Open>>,
}

/// What an unlocked wallet holds in memory.
struct Open {
    key: Arc<DataKey>,
    client: LightClient,
    /// The last refresh met headers from this clock's future.
    clock_wrong: bool,
}

impl Wallet {
    /// Opens the wallet in `config.store`, making a new one when the store is empty. With the right
    /// passphrase, or where none is set, it is unlocked at once; an existing one that has a passphrase
    /// may be opened without, and stays locked.
    ///
    /// # Errors
    /// [`VaultError::WrongPassphrase`](super::vault::VaultError::WrongPassphrase) and
    /// [`PassphraseNeeded`](super::vault::VaultError::PassphraseNeeded); [`WalletError::NetworkKey`] and
    /// [`AnotherNetwork`](WalletError::AnotherNetwork); what the store or the keystore says.
    pub fn open(config: WalletConfig, passphrase: Option<&str>) -> Result<Arc<Self>, WalletError> {
        let network_key: NetworkKey =
            config.network_key.trim().parse().map_err(|_| WalletError::NetworkKey)?;
        let wallet = Self { config, network_key, open: Mutex::new(None) };
        let WalletConfig { store, keystore, random, .. } = &wallet.config;
        if !vault::exists(store.as_ref())? {
            let key = vault::create(store.as_ref(), keystore.as_ref(), passphrase, random.as_ref())?;
            wallet.opened(key)?;
        } else if passphrase.is_some() || !vault::has_passphrase(store.as_ref())? {
            wallet.unlock(passphrase)?;
        }
        Ok(Arc::new(wallet))
    }

    /// Forgets the data key; everything but [`unlock`](Self::unlock) is [`WalletError::Locked`] then.
    pub fn lock(&self) {
        *self.state() = None;
        self.config.keystore.unlocked(None);
    }

    /// Unlocks with the passphrase, or with the keystore alone where none is set.
    ///
    /// # Errors
    /// [`VaultError::WrongPassphrase`](super::vault::VaultError::WrongPassphrase),
    /// [`WalletError::AnotherNetwork`], or what the store or the keystore says.
    pub fn unlock(&self, passphrase: Option<&str>) -> Result<(), WalletError> {
        let WalletConfig { store, keystore, .. } = &self.config;
        self.opened(vault::unlock(store.as_ref(), keystore.as_ref(), passphrase)?)
    }

    /// Whether the wallet is locked.
    #[must_use]
    pub fn is_locked(&self) -> bool {
        self.state().is_none()
    }

    /// Sets another passphrase, or with `None` leaves the protection to the keystore's hardware.
    ///
    /// # Errors
    /// [`WalletError::Locked`];
    /// [`VaultError::PassphraseNeeded`](super::vault::VaultError::PassphraseNeeded) without hardware.
    pub fn change_passphrase(&self, new: Option<&str>) -> Result<(), WalletError> {
        let key = self.records()?.key;
        let WalletConfig { store, keystore, random, .. } = &self.config;
        vault::protect(&key, store.as_ref(), keystore.as_ref(), new, random.as_ref())
    }

    /// All credentials, by the time they came.
    ///
    /// # Errors
    /// [`WalletError::Locked`], or what the store says.
    pub fn credentials(&self) -> Result<Vec<CredentialSummary>, WalletError> {
        let records = self.records()?;
        records.credentials()?.iter().map(|record| self.summarize(&records, record)).collect()
    }

    /// One credential with its claims.
    ///
    /// # Errors
    /// [`WalletError::NotFound`], or what the store says.
    pub fn credential(&self, id: &CredentialId) -> Result<CredentialDetails, WalletError> {
        let records = self.records()?;
        let record = records.credential(id)?;
        let copy = record.next_copy().ok_or(WalletError::Record)?;
        let claims = held::claims(record.format, &records.copy(&copy.id)?)?;
        Ok(CredentialDetails {
            summary: self.summarize(&records, &record)?,
            fields: fields::all(&claims, &record.words),
            key_level: record.key_level.clone(),
            received_at_ms: record.received_at_ms,
        })
    }

    /// Deletes a credential, its copies, proofs and keys. The history keeps a line of it.
    ///
    /// # Errors
    /// [`WalletError::NotFound`], or what the store or the keystore says.
    pub fn delete(&self, id: &CredentialId) -> Result<(), WalletError> {
        let records = self.records()?;
        let record = records.credential(id)?;
        let mut aliases = Vec::new();
        let mut changes = vec![records.remove(Table::Credential, &id.0)];
        for copy in &record.copies {
            aliases.push(records.copy(&copy.id)?.key_alias);
            changes.push(records.remove(Table::Copy, &copy.id));
            changes.push(records.remove(Table::Staple, &copy.id));
        }
        changes.push(records.put_history(HistoryEntry {
            at_ms: self.now_ms(),
            title: record.words.title,
            issuer: record.issuer,
            event: HistoryEvent::Deleted,
        })?);
        records.apply(&changes)?;
        for alias in aliases {
            self.config.keystore.delete(&alias)?;
        }
        Ok(())
    }

    /// What happened, newest first.
    ///
    /// # Errors
    /// [`WalletError::Locked`], or what the store says.
    pub fn history(&self) -> Result<Vec<HistoryEntry>, WalletError> {
        self.records()?.history()
    }

    /// Erases the history.
    ///
    /// # Errors
    /// [`WalletError::Locked`], or what the store says.
    pub fn erase_history(&self) -> Result<(), WalletError> {
        self.records()?.apply(&[Change::Clear(Table::History)])
    }

    /// Credentials and history in one file, sealed under `passphrase`; [`backup::open`] reads it. Keys
    /// stay where they live, so what is in it can be read by its owner but not shown from elsewhere.
    ///
    /// # Errors
    /// [`WalletError::Locked`], or what the store says.
    pub fn export(&self, passphrase: &str) -> Result<Vec<u8>, WalletError> {
        backup::seal(&self.records()?, passphrase, self.now_ms())
    }

    pub(super) fn config(&self) -> &WalletConfig {
        &self.config
    }

    /// Now, as this device may believe it (milliseconds).
    pub(super) fn now_ms(&self) -> u64 {
        let clock_ms = self.config.clock.now_ms();
        self.state().as_ref().map_or(clock_ms, |open| open.client.now_ms(clock_ms))
    }

    /// Time of the newest header that was verified (milliseconds).
    pub(super) fn newest_header_ms(&self) -> u64 {
        self.state().as_ref().map_or(0, |open| open.client.now_ms(0))
    }

    pub(super) fn records(&self) -> Result<Records<'_>, WalletError> {
        let key = self.state().as_ref().map(|open| open.key.clone()).ok_or(WalletError::Locked)?;
        Ok(Records { store: self.config.store.as_ref(), random: self.config.random.as_ref(), key })
    }

    /// A prover with its own copy of the light client; [`keep`](Self::keep) takes over what it learnt.
    pub(super) fn prover(&self) -> Result<Prover<'_>, WalletError> {
        let client = self.state().as_ref().map(|open| open.client.clone()).ok_or(WalletError::Locked)?;
        let config = &self.config;
        Ok(Prover {
            transport: &config.transport,
            clock: config.clock.as_ref(),
            registry: RegistryClient::new(config.transport.clone(), config.registry_url.clone()),
            client,
        })
    }

    /// Keeps what a light client learnt, unless another act has learnt more meanwhile.
    pub(super) fn keep(&self, client: &LightClient) -> Result<(), WalletError> {
        let height = |client: &LightClient| client.newest().map(|newest| newest.header().height());
        let records = self.records()?;
        if let Some(open) = self.state().as_mut()
            && (client.conflict().is_some() || height(client) >= height(&open.client))
        {
            open.client = client.clone();
            records.apply(&[records.put_light_client(client)?])?;
        }
        Ok(())
    }

    pub(super) fn note_clock(&self, wrong: bool) {
        if let Some(open) = self.state().as_mut() {
            open.clock_wrong = wrong;
        }
    }

    /// Whether this device's clock is known to be wrong, and whether the registry contradicted itself.
    pub(super) fn doubts(&self) -> (bool, bool) {
        let clock_ms = self.config.clock.now_ms();
        self.state().as_ref().map_or((false, false), |open| {
            let behind_ms = open.client.now_ms(clock_ms) - clock_ms;
            (open.clock_wrong || behind_ms > CLOCK_TOLERANCE_MS, open.client.conflict().is_some())
        })
    }

    pub(super) fn forget_keys<'k>(&self, aliases: impl Iterator<Item = &'k str>) {
        for alias in aliases {
            // A key that stays behind is unused and harmless; the first failure is what is reported.
            let _ = self.config.keystore.delete(alias);
        }
    }

    pub(super) fn summarize(
        &self,
        records: &Records<'_>,
        record: &CredentialRecord,
    ) -> Result<CredentialSummary, WalletError> {
        let now_ms = self.now_ms();
        let mut staples = Vec::new();
        for copy in &record.copies {
            staples.push(records.staple(&copy.id)?);
        }
        let next = record.next_copy().and_then(|next| {
            let place = record.copies.iter().position(|copy| copy.id == next.id)?;
            staples.get(place)?.as_ref()
        });
        let age = next.map(|staple| staple.age(now_ms));
        Ok(CredentialSummary {
            id: record.id.clone(),
            vct: record.vct.clone(),
            format: record.format,
            title: record.words.title.clone(),
            issuer: record.issuer.clone(),
            issuer_did: record.issuer_did.clone(),
            colours: record.words.colours.clone(),
            state: state_of(record, &staples, now_ms / 1000),
            valid_from: record.valid_from,
            valid_to: record.valid_to,
            staple_age: age,
            copies_left: count(record.copies_left()),
            copies: count(record.copies.len()),
            notices: self.notices(record, age.map(|age| age.status_ms), now_ms / 1000),
        })
    }

    fn notices(&self, record: &CredentialRecord, status_ms: Option<u64>, now: u64) -> Vec<Notice> {
        let (clock_wrong, conflict) = self.doubts();
        let left = record.copies_left();
        let notices = [
            clock_wrong.then_some(Notice::ClockWrong),
            conflict.then_some(Notice::NetworkConflict),
            record.valid_from.filter(|from| now < *from).map(|from| Notice::NotYetValid { from }),
            (left == 0).then_some(Notice::CopiesSpent),
            (1..=FEW_COPIES).contains(&left).then_some(Notice::FewCopies { left: count(left) }),
            status_ms.is_none().then_some(Notice::NoProof),
            status_ms.filter(|age| *age > OLD_PROOF_MS).map(|status_ms| Notice::ProofOld { status_ms }),
        ];
        notices.into_iter().flatten().collect()
    }

    fn opened(&self, key: Arc<DataKey>) -> Result<(), WalletError> {
        let WalletConfig { store, random, .. } = &self.config;
        let records = Records { store: store.as_ref(), random: random.as_ref(), key: key.clone() };
        let client = match records.light_client()? {
            Some(client) if client.key().genesis != self.network_key.genesis => {
                return Err(WalletError::AnotherNetwork);
            }
            Some(client) => client,
            None => LightClient::new(self.network_key.clone()),
        };
        self.config.keystore.unlocked(Some(key.clone()));
        *self.state() = Some(Open { key, client, clock_wrong: false });
        Ok(())
    }

    fn state(&self) -> MutexGuard<'_, Option<Open>> {
        // What is held is replaced whole, so a panic elsewhere leaves nothing half done.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Validity in time, then the first copy whose proof says anything but valid.
fn state_of(record: &CredentialRecord, staples: &[Option<StapleRecord>], now: u64) -> CredentialState {
    if record.valid_to.is_some_and(|to| to <= now) {
        return CredentialState::Expired;
    }
    if record.valid_from.is_some_and(|from| now < from) {
        return CredentialState::NotYetValid;
    }
    let states = staples.iter().flatten().map(StapleRecord::state);
    let (mut known, mut worst) = (false, CredentialState::Valid);
    for state in states {
        known = true;
        if worst == CredentialState::Valid {
            worst = state;
        }
    }
    if known { worst } else { CredentialState::Unknown }
}
