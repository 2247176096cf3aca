//! The wallet facade as objects of the platform.

use crate::{
    error::WalletFailure,
    platform::{HttpTransport, Keystore, PlatformKeystore, PlatformTransport},
};
use std::sync::Arc;
use yufu_core::{
    Clock, SystemRandom,
    qr::{image, render, scan},
    time::SystemClock,
    wallet::{
        self, Accepted, ConsentSheet, CredentialDetails, CredentialId, CredentialSummary, CurrentCode,
        HistoryEntry, IssuerCard, MemoryStore, OfferedType, PresentationFile, PresetTitle, RefreshReport,
        SqliteStore, Store, TxCodeInput, WalletConfig,
    },
};

/// How to open a wallet.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct WalletSettings {
    /// The store's file; without one the wallet forgets everything when it is closed.
    pub path: Option<String>,
    /// The registry's public key, `yufu-network-1:…`.
    pub network_key: String,
    /// Base URL of a registry gateway.
    pub registry_url: String,
    /// Copies to ask for of each credential.
    pub copies: u32,
}

/// A wallet.
#[derive(uniffi::Object)]
pub struct Wallet {
    inner: Arc<wallet::Wallet>,
}

#[uniffi::export(async_runtime = "tokio")]
impl Wallet {
    /// Opens the wallet, making a new one where there is none.
    #[uniffi::constructor]
    pub fn open(
        settings: WalletSettings,
        keystore: Arc<dyn Keystore>,
        transport: Arc<dyn HttpTransport>,
        passphrase: Option<String>,
    ) -> Result<Arc<Self>, WalletFailure> {
        let store: Arc<dyn Store> = match &settings.path {
            Some(path) => Arc::new(SqliteStore::open(path.as_ref()).map_err(wallet::WalletError::from)?),
            None => Arc::new(MemoryStore::new()),
        };
        let config = WalletConfig {
            store,
            keystore: Arc::new(PlatformKeystore(keystore)),
            transport: Arc::new(PlatformTransport(transport)),
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemRandom::new()),
            network_key: settings.network_key,
            registry_url: settings.registry_url,
            copies: settings.copies,
        };
        Ok(Arc::new(Self { inner: wallet::Wallet::open(config, passphrase.as_deref())? }))
    }

    /// Forgets the data key.
    pub fn lock(&self) {
        self.inner.lock();
    }

    /// Unlocks with the passphrase, or with the keystore alone where none is set.
    pub fn unlock(&self, passphrase: Option<String>) -> Result<(), WalletFailure> {
        Ok(self.inner.unlock(passphrase.as_deref())?)
    }

    /// Whether the wallet is locked.
    pub fn is_locked(&self) -> bool {
        self.inner.is_locked()
    }

    /// Sets another passphrase, or none where the keystore is of hardware.
    pub fn change_passphrase(&self, new: Option<String>) -> Result<(), WalletFailure> {
        Ok(self.inner.change_passphrase(new.as_deref())?)
    }

    /// Reads an offer and looks up who makes it. Nothing is requested yet.
    pub async fn review_offer(&self, link: String) -> Result<Arc<Offer>, WalletFailure> {
        let review = self.inner.review_offer(&link).await?;
        Ok(Arc::new(Offer { wallet: self.inner.clone(), review }))
    }

    /// All credentials, by the time they came.
    pub fn credentials(&self) -> Result<Vec<CredentialSummary>, WalletFailure> {
        Ok(self.inner.credentials()?)
    }

    /// One credential with its claims.
    pub fn credential(&self, id: CredentialId) -> Result<CredentialDetails, WalletFailure> {
        Ok(self.inner.credential(&id)?)
    }

    /// Fetches new proofs for every copy.
    pub async fn refresh(&self) -> Result<RefreshReport, WalletFailure> {
        Ok(self.inner.refresh().await?)
    }

    /// The presets that a credential can answer.
    pub fn presets_for(&self, id: CredentialId) -> Result<Vec<PresetTitle>, WalletFailure> {
        Ok(self.inner.presets_for(&id)?)
    }

    /// What would be disclosed to whom. `counter` is the text of a counter's printed code.
    pub fn consent_for(
        &self,
        id: CredentialId,
        preset: String,
        counter: Option<String>,
    ) -> Result<Arc<Sheet>, WalletFailure> {
        let sheet = self.inner.consent_for(&id, &preset, counter.as_deref())?;
        Ok(Arc::new(Sheet { wallet: self.inner.clone(), sheet }))
    }

    /// The questions that a credential can answer with a file.
    pub fn file_presets_for(&self, id: CredentialId) -> Result<Vec<PresetTitle>, WalletFailure> {
        Ok(self.inner.file_presets_for(&id)?)
    }

    /// What a file for a counter would tell. `counter` is the text of its printed code.
    pub fn file_consent_for(
        &self,
        id: CredentialId,
        preset: String,
        counter: String,
    ) -> Result<Arc<Sheet>, WalletFailure> {
        let sheet = self.inner.file_consent_for(&id, &preset, &counter)?;
        Ok(Arc::new(Sheet { wallet: self.inner.clone(), sheet }))
    }

    /// What happened, newest first.
    pub fn history(&self) -> Result<Vec<HistoryEntry>, WalletFailure> {
        Ok(self.inner.history()?)
    }

    /// Erases the history.
    pub fn erase_history(&self) -> Result<(), WalletFailure> {
        Ok(self.inner.erase_history()?)
    }

    /// Credentials and history in one file, sealed under a passphrase of its own.
    pub fn export_sealed(&self, passphrase: String) -> Result<Vec<u8>, WalletFailure> {
        Ok(self.inner.export(&passphrase)?)
    }

    /// Deletes a credential, its copies, proofs and keys.
    pub fn delete(&self, id: CredentialId) -> Result<(), WalletFailure> {
        Ok(self.inner.delete(&id)?)
    }
}

/// An offer that has been read and looked up.
#[derive(uniffi::Object)]
pub struct Offer {
    wallet: Arc<wallet::Wallet>,
    review: wallet::OfferReview,
}

#[uniffi::export(async_runtime = "tokio")]
impl Offer {
    /// Who offers.
    pub fn issuer(&self) -> IssuerCard {
        self.review.issuer.clone()
    }

    /// What is offered.
    pub fn types(&self) -> Vec<OfferedType> {
        self.review.types.clone()
    }

    /// The transaction code to ask for, if any.
    pub fn tx_code(&self) -> Option<TxCodeInput> {
        self.review.tx_code.clone()
    }

    /// Whether the registry could not be asked.
    pub fn registry_unreachable(&self) -> bool {
        self.review.registry_unreachable
    }

    /// Fetches, verifies and stores what was offered.
    pub async fn accept(&self, tx_code: Option<String>) -> Result<Vec<Accepted>, WalletFailure> {
        Ok(self.wallet.accept(&self.review, tx_code.as_deref()).await?)
    }
}

/// What a person sees before anything is disclosed.
#[derive(uniffi::Object)]
pub struct Sheet {
    wallet: Arc<wallet::Wallet>,
    sheet: ConsentSheet,
}

#[uniffi::export]
impl Sheet {
    /// What is on it.
    pub fn contents(&self) -> ConsentSheet {
        self.sheet.clone()
    }

    /// The person agrees: a display session begins, and one copy is spent.
    pub fn agree_and_show(&self) -> Result<Arc<ShowSession>, WalletFailure> {
        let inner = self.wallet.show(self.sheet.clone().agree())?;
        Ok(Arc::new(ShowSession { inner }))
    }

    /// The person agrees: a file for the counter is made, and one copy is spent.
    pub fn agree_and_make_file(&self) -> Result<PresentationFile, WalletFailure> {
        Ok(self.wallet.present_to_file(&self.sheet.clone().agree())?)
    }
}

/// A display session.
#[derive(uniffi::Object)]
pub struct ShowSession {
    inner: wallet::ShowSession,
}

#[uniffi::export]
impl ShowSession {
    /// The code to show now: the same for 30 seconds, then a new one.
    pub fn code(&self) -> Result<CurrentCode, WalletFailure> {
        Ok(self.inner.code(SystemClock.now_ms())?)
    }
}

/// The QR code of a text as PNG, `scale` pixels a module.
#[uniffi::export]
pub fn qr_png(text: String, scale: u32) -> Result<Vec<u8>, WalletFailure> {
    let scale = usize::try_from(scale.clamp(1, 32)).unwrap_or(1);
    image::png(&text, scale).map_err(|error| WalletFailure::Other { reason: error.to_string() })
}

/// The QR code of a text as SVG.
#[uniffi::export]
pub fn qr_svg(text: String) -> Result<String, WalletFailure> {
    render::svg(&text).map_err(|error| WalletFailure::Other { reason: error.to_string() })
}

/// The texts of the QR codes in a picture file.
#[uniffi::export]
pub fn read_qr(picture: Vec<u8>) -> Result<Vec<String>, WalletFailure> {
    scan::decode_file(&picture).map_err(|error| WalletFailure::Other { reason: error.to_string() })
}
