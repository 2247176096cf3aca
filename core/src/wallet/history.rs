//! What happened in this wallet: kept on the phone alone, exportable and erasable. No claim values.

use super::model::Localized;
use serde::{Deserialize, Serialize};

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "event")]
pub enum HistoryEvent {
    /// A credential was received.
    Received {
        /// Copies in the batch.
        copies: u32,
    },
    /// A code was shown.
    Shown {
        /// Who asked, as the consent sheet said it.
        asker: Localized,
        /// Audience string of the code.
        audience: String,
        /// The preset's identifier.
        preset: String,
        /// What for.
        purpose: Localized,
        /// Labels of the fields that were disclosed.
        fields: Vec<Localized>,
        /// Whether the face travelled.
        face: bool,
        /// Whether a copy that had been shown before was used again.
        reused_copy: bool,
    },
    /// A credential was deleted.
    Deleted,
}

/// A line of the history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryEntry {
    /// When, milliseconds.
    pub at_ms: u64,
    /// The credential's type.
    pub title: Localized,
    /// Its issuer's name.
    pub issuer: Localized,
    /// What happened.
    #[serde(flatten)]
    pub event: HistoryEvent,
}
