//! The wallet itself.

use super::{
    Accepted, Consent, ConsentSheet, CredentialDetails, CredentialId, CredentialSummary, HistoryEntry,
    Keystore, OfferReview, RefreshReport, ShowSession, Store, WalletError,
};
use crate::{Clock, Random, http::HttpTransport};
use std::sync::Arc;

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

/// A wallet. Shared behind an [`Arc`]; methods may be called from several threads.
pub struct Wallet {
    #[allow(dead_code)]
    config: WalletConfig,
}

#[allow(clippy::todo, clippy::unused_async, unused_variables)]
impl Wallet {
    /// Opens the wallet in `config.store`, making a new one when the store is empty. With a
    /// passphrase it is unlocked at once; an existing one may be opened without and stays locked.
    ///
    /// # Errors
    /// [`VaultError::WrongPassphrase`](super::vault::VaultError::WrongPassphrase) and
    /// [`PassphraseNeeded`](super::vault::VaultError::PassphraseNeeded); [`WalletError::NetworkKey`];
    /// what the store or the keystore says.
    pub fn open(config: WalletConfig, passphrase: Option<&str>) -> Result<Arc<Self>, WalletError> {
        todo!()
    }

    /// Forgets the data key; everything but [`unlock`](Self::unlock) is [`WalletError::Locked`] then.
    pub fn lock(&self) {
        todo!()
    }

    /// Unlocks with the passphrase, or with the keystore alone where none is set.
    ///
    /// # Errors
    /// [`VaultError::WrongPassphrase`](super::vault::VaultError::WrongPassphrase), or what the store or
    /// the keystore says.
    pub fn unlock(&self, passphrase: Option<&str>) -> Result<(), WalletError> {
        todo!()
    }

    /// Whether the wallet is locked.
    #[must_use]
    pub fn is_locked(&self) -> bool {
        todo!()
    }

    /// Sets another passphrase, or with `None` leaves the protection to the keystore's hardware.
    ///
    /// # Errors
    /// [`WalletError::Locked`];
    /// [`VaultError::PassphraseNeeded`](super::vault::VaultError::PassphraseNeeded) without hardware.
    pub fn change_passphrase(&self, new: Option<&str>) -> Result<(), WalletError> {
        todo!()
    }

    /// Reads an offer (`openid-credential-offer://…`), asks the issuer what it is about and the
    /// registry who the issuer is. Nothing is requested yet.
    ///
    /// # Errors
    /// [`WalletError::Issuance`] when it is no offer or the issuer cannot be asked.
    pub async fn review_offer(&self, link: &str) -> Result<OfferReview, WalletError> {
        todo!()
    }

    /// Fetches what was offered, verifies it (issuer's signature, the registry's grant, type, own key,
    /// status) and stores it with its first proofs.
    ///
    /// # Errors
    /// [`WalletError::Refused`] with the reason, and nothing is stored; [`WalletError::Issuance`] with
    /// the issuer's word, for example for a wrong transaction code.
    pub async fn accept(
        &self,
        review: &OfferReview,
        tx_code: Option<&str>,
    ) -> Result<Vec<Accepted>, WalletError> {
        todo!()
    }

    /// All credentials, by the time they came.
    ///
    /// # Errors
    /// [`WalletError::Locked`], or what the store says.
    pub fn credentials(&self) -> Result<Vec<CredentialSummary>, WalletError> {
        todo!()
    }

    /// One credential with its claims.
    ///
    /// # Errors
    /// [`WalletError::NotFound`], or what the store says.
    pub fn credential(&self, id: &CredentialId) -> Result<CredentialDetails, WalletError> {
        todo!()
    }

    /// Fetches the newest anchor, grants and status lists and makes new proofs for every copy. What
    /// cannot be fetched is kept as it was; the report says so.
    ///
    /// # Errors
    /// [`WalletError::Locked`], or what the store says. An unreachable network is no error.
    pub async fn refresh(&self) -> Result<RefreshReport, WalletError> {
        todo!()
    }

    /// What would be disclosed to whom if a code were shown. `counter` is the text of a counter's
    /// printed code; without it the code is for the preset's class of counters.
    ///
    /// # Errors
    /// [`WalletError::UnknownPreset`], [`PresetNotAnswered`](WalletError::PresetNotAnswered),
    /// [`NotACounter`](WalletError::NotACounter), [`CounterNeeded`](WalletError::CounterNeeded).
    pub fn consent_for(
        &self,
        credential: &CredentialId,
        preset: &str,
        counter: Option<&str>,
    ) -> Result<ConsentSheet, WalletError> {
        todo!()
    }

    /// Starts a display session: spends one copy and writes the history line.
    ///
    /// # Errors
    /// [`WalletError::NotFound`], or what the store or the keystore says.
    pub fn show(&self, consent: Consent) -> Result<ShowSession, WalletError> {
        todo!()
    }

    /// What happened, newest first.
    ///
    /// # Errors
    /// [`WalletError::Locked`], or what the store says.
    pub fn history(&self) -> Result<Vec<HistoryEntry>, WalletError> {
        todo!()
    }

    /// Erases the history.
    ///
    /// # Errors
    /// [`WalletError::Locked`], or what the store says.
    pub fn erase_history(&self) -> Result<(), WalletError> {
        todo!()
    }

    /// Credentials and history in one file, sealed under `passphrase`. Keys stay where they live, so
    /// credentials in it can be read by their owner but not shown from another device.
    ///
    /// # Errors
    /// [`WalletError::Locked`], or what the store says.
    pub fn export(&self, passphrase: &str) -> Result<Vec<u8>, WalletError> {
        todo!()
    }

    /// Deletes a credential, its copies, proofs and keys.
    ///
    /// # Errors
    /// [`WalletError::NotFound`], or what the store or the keystore says.
    pub fn delete(&self, id: &CredentialId) -> Result<(), WalletError> {
        todo!()
    }
}
