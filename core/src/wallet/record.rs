//! What the wallet writes, and how it is sealed and found again.

use super::{
    error::WalletError,
    history::HistoryEntry,
    model::{CardColours, CredentialId, CredentialState, Localized, StapleAge},
    store::{Change, RowKey, Store, Table},
    vault::DataKey,
};
use crate::{
    credential::{ClaimPath, Format},
    crypto::{Digest, VerifyingKey},
    random::Random,
    registry::LightClient,
    status,
};
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::sync::Arc;

/// A credential: what its copies have in common.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct CredentialRecord {
    pub(super) id: CredentialId,
    pub(super) vct: String,
    /// Records of earlier versions have none: they are SD-JWTs.
    #[serde(default = "sd_jwt")]
    pub(super) format: Format,
    /// As the credential names it.
    pub(super) issuer_did: String,
    /// Who that is in the registry, where it is a DID of the web.
    #[serde(default)]
    pub(super) listed_issuer: Option<ListedIssuer>,
    pub(super) issuer: Localized,
    pub(super) words: TypeWords,
    pub(super) iat: u64,
    pub(super) valid_from: Option<u64>,
    /// First second after its validity.
    pub(super) valid_to: Option<u64>,
    pub(super) key_level: Option<String>,
    pub(super) received_at_ms: u64,
    pub(super) copies: Vec<CopyRef>,
}

fn sd_jwt() -> Format {
    Format::SdJwtVc
}

/// An issuer whose credentials name it by a DID of the web.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct ListedIssuer {
    /// Its did:yufu.
    pub(super) did: String,
    /// The newest [listing](crate::registry::Listing), in base64url.
    pub(super) listing: Option<String>,
}

/// The words and colours of a type, taken from its verified description when it was received.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct TypeWords {
    pub(super) title: Localized,
    pub(super) colours: Option<CardColours>,
    pub(super) labels: Vec<(ClaimPath, Localized)>,
}

impl TypeWords {
    /// The label of a claim; where the type has none, the path's own names.
    pub(super) fn label(&self, path: &ClaimPath) -> Localized {
        let known = self.labels.iter().find(|(labelled, _)| labelled == path);
        known.map_or_else(|| Localized::new(path.to_string(), path.to_string()), |(_, label)| label.clone())
    }
}

/// A copy as its credential lists it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct CopyRef {
    pub(super) id: String,
    pub(super) spent_at_ms: Option<u64>,
}

impl CredentialRecord {
    /// The issuer's DID in the registry.
    pub(super) fn registered_did(&self) -> &str {
        self.listed_issuer.as_ref().map_or(&self.issuer_did, |listed| &listed.did)
    }

    pub(super) fn copies_left(&self) -> usize {
        self.copies.iter().filter(|copy| copy.spent_at_ms.is_none()).count()
    }

    /// The copy to show next: an unused one, else the one used last.
    pub(super) fn next_copy(&self) -> Option<&CopyRef> {
        let unused = self.copies.iter().find(|copy| copy.spent_at_ms.is_none());
        unused.or_else(|| self.copies.iter().max_by_key(|copy| copy.spent_at_ms))
    }
}

/// One copy: the credential itself, its key's alias and where its status stands.
#[derive(Clone, BorshSerialize, BorshDeserialize)]
pub(super) struct CopyRecord {
    /// The compact form, or the JSON of an `ldp_vc`.
    pub(super) compact: String,
    pub(super) key_alias: String,
    pub(super) key: VerifyingKey,
    pub(super) digest: Digest,
    /// The key that signed it.
    pub(super) issuer_key: VerifyingKey,
    pub(super) status_uri: String,
    pub(super) list: u32,
    pub(super) index: u32,
}

/// The newest proof for a copy.
#[derive(Clone, BorshSerialize, BorshDeserialize)]
pub(super) struct StapleRecord {
    pub(super) staple: Vec<u8>,
    pub(super) header_digest: Digest,
    pub(super) header_ms: u64,
    pub(super) standing: Standing,
}

/// What a proof says about its copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(super) enum Standing {
    /// Granted.
    Granted { status: u8, published_at_ms: u64, key_valid: bool },
    /// No such issuer.
    UnknownIssuer,
    /// Not accredited for the type.
    NotAccredited,
}

impl StapleRecord {
    pub(super) fn age(&self, now_ms: u64) -> StapleAge {
        let published_at_ms = match self.standing {
            Standing::Granted { published_at_ms, .. } => published_at_ms,
            Standing::UnknownIssuer | Standing::NotAccredited => self.header_ms,
        };
        StapleAge {
            status_ms: now_ms.saturating_sub(published_at_ms),
            header_ms: now_ms.saturating_sub(self.header_ms),
        }
    }

    /// The standing that the proof alone gives; validity in time is the credential's own.
    pub(super) fn state(&self) -> CredentialState {
        match self.standing {
            Standing::Granted { key_valid: false, .. } => CredentialState::KeyNotValid,
            Standing::Granted { status: status::VALID, .. } => CredentialState::Valid,
            Standing::Granted { status: status::INVALID, .. } => CredentialState::Revoked,
            Standing::Granted { status: status::SUSPENDED, .. } => CredentialState::Suspended,
            Standing::Granted { .. } => CredentialState::Unknown,
            Standing::UnknownIssuer => CredentialState::UnknownIssuer,
            Standing::NotAccredited => CredentialState::IssuerNotAccredited,
        }
    }
}

/// The store, seen through the data key.
pub(super) struct Records<'a> {
    pub(super) store: &'a dyn Store,
    pub(super) random: &'a dyn Random,
    pub(super) key: Arc<DataKey>,
}

/// Under this name lies the light client's state.
const LIGHT_CLIENT: &str = "light-client";

impl Records<'_> {
    pub(super) fn apply(&self, changes: &[Change]) -> Result<(), WalletError> {
        Ok(self.store.apply(changes)?)
    }

    pub(super) fn credential(&self, id: &CredentialId) -> Result<CredentialRecord, WalletError> {
        let bytes = self.read(Table::Credential, &id.0)?.ok_or(WalletError::NotFound)?;
        from_json(&bytes)
    }

    /// All credentials, by the time they came.
    pub(super) fn credentials(&self) -> Result<Vec<CredentialRecord>, WalletError> {
        let mut all: Vec<CredentialRecord> = self.all_json(Table::Credential)?;
        all.sort_by(|a, b| (a.received_at_ms, &a.id).cmp(&(b.received_at_ms, &b.id)));
        Ok(all)
    }

    pub(super) fn put_credential(&self, record: &CredentialRecord) -> Result<Change, WalletError> {
        self.put(Table::Credential, &record.id.0, &to_json(record)?)
    }

    pub(super) fn copy(&self, id: &str) -> Result<CopyRecord, WalletError> {
        let bytes = self.read(Table::Copy, id)?.ok_or(WalletError::Record)?;
        CopyRecord::try_from_slice(&bytes).map_err(|_| WalletError::Record)
    }

    pub(super) fn put_copy(&self, id: &str, record: &CopyRecord) -> Result<Change, WalletError> {
        self.put(Table::Copy, id, &borsh::to_vec(record).map_err(|_| WalletError::Record)?)
    }

    pub(super) fn staple(&self, copy: &str) -> Result<Option<StapleRecord>, WalletError> {
        let bytes = self.read(Table::Staple, copy)?;
        bytes.map(|b| StapleRecord::try_from_slice(&b).map_err(|_| WalletError::Record)).transpose()
    }

    pub(super) fn put_staple(&self, copy: &str, record: &StapleRecord) -> Result<Change, WalletError> {
        self.put(Table::Staple, copy, &borsh::to_vec(record).map_err(|_| WalletError::Record)?)
    }

    pub(super) fn remove(&self, table: Table, name: &str) -> Change {
        Change::Remove(table, self.key.row_key(table, name))
    }

    /// The history, newest first.
    pub(super) fn history(&self) -> Result<Vec<HistoryEntry>, WalletError> {
        let mut all: Vec<HistoryEntry> = self.all_json(Table::History)?;
        all.sort_by_key(|entry| std::cmp::Reverse(entry.at_ms));
        Ok(all)
    }

    /// Adds a line. Lines are told in their order, so no two of them have one time.
    pub(super) fn put_history(&self, mut entry: HistoryEntry) -> Result<Change, WalletError> {
        if let Some(newest) = self.history()?.first() {
            entry.at_ms = entry.at_ms.max(newest.at_ms.saturating_add(1));
        }
        let name = random_name(self.random)?;
        self.put(Table::History, &name, &to_json(&entry)?)
    }

    pub(super) fn light_client(&self) -> Result<Option<LightClient>, WalletError> {
        let bytes = self.read(Table::Registry, LIGHT_CLIENT)?;
        bytes.map(|b| LightClient::from_bytes(&b).map_err(|_| WalletError::Record)).transpose()
    }

    pub(super) fn put_light_client(&self, client: &LightClient) -> Result<Change, WalletError> {
        let bytes = client.to_bytes().map_err(|_| WalletError::Record)?;
        self.put(Table::Registry, LIGHT_CLIENT, &bytes)
    }

    fn read(&self, table: Table, name: &str) -> Result<Option<zeroize::Zeroizing<Vec<u8>>>, WalletError> {
        let row = self.key.row_key(table, name);
        let sealed = self.store.read(table, &row)?;
        Ok(sealed.map(|sealed| self.key.open(table, &row, &sealed)).transpose()?)
    }

    fn put(&self, table: Table, name: &str, value: &[u8]) -> Result<Change, WalletError> {
        let row: RowKey = self.key.row_key(table, name);
        Ok(Change::Put(table, row, self.key.seal(table, &row, value, self.random)?))
    }

    fn all_json<T: DeserializeOwned>(&self, table: Table) -> Result<Vec<T>, WalletError> {
        let rows = self.store.rows(table)?;
        rows.iter().map(|(row, sealed)| from_json(&self.key.open(table, row, sealed)?)).collect()
    }
}

fn to_json<T: Serialize>(value: &T) -> Result<zeroize::Zeroizing<Vec<u8>>, WalletError> {
    Ok(serde_json::to_vec(value).map_err(|_| WalletError::Record)?.into())
}

fn from_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, WalletError> {
    serde_json::from_slice(bytes).map_err(|_| WalletError::Record)
}

/// Twelve hexadecimal digits that mean nothing.
pub(super) fn random_name(random: &dyn Random) -> Result<String, WalletError> {
    let bytes: [u8; 6] = random.bytes()?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
