//! The wallet that phones, the terminal and the town's phone page share: one facade over store,
//! keys, registry and protocols.
//!
//! A [`Wallet`] owns no thread and no socket. It reads and writes through a [`Store`], asks a
//! [`Keystore`] for every private-key operation, and the network through
//! [`HttpTransport`](crate::http::HttpTransport). Everything that it stores is sealed; see [`vault`].

pub mod consent;
mod error;
pub mod history;
pub mod keystore;
mod model;
pub mod offer;
pub mod show;
pub mod store;
pub mod vault;

pub mod backup;
mod facade;
mod fields;
mod file;
mod held;
mod prover;
mod record;
mod refresh;
mod web_issuer;
mod words;

pub use consent::{Asker, Consent, ConsentSheet, Warning};
pub use error::{Refusal, WalletError};
pub use facade::{DEFAULT_COPIES, Wallet, WalletConfig};
pub use file::PresentationFile;
pub use history::{HistoryEntry, HistoryEvent};
pub use keystore::{KeyLevel, Keystore, KeystoreError, SoftwareKeystore};
pub use model::{
    CardColours, CopyReport, CredentialDetails, CredentialField, CredentialId, CredentialState,
    CredentialSummary, Localized, Notice, PresetTitle, RefreshReport, StapleAge, is_shown_whole,
};
pub use offer::{Accepted, IssuerCard, OfferReview, OfferedType, TxCodeInput};
pub use show::{CODE_LIFETIME_MS, CurrentCode, ShowSession};
pub use store::{MemoryStore, Store, StoreError};
pub use vault::VaultError;

#[cfg(feature = "sqlite")]
pub use store::SqliteStore;

#[cfg(test)]
mod refusal_tests;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod w3c_tests;
