//! Handing in transactions, and what became of them.

use super::{ClientError, RegistryClient, json, successful};
use crate::{
    crypto::Digest,
    http::HttpRequest,
    registry::{RejectReason, SignedTransaction, UnknownReason},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};

/// Whether to wait until a transaction is final.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// At most so long (milliseconds).
    Final(u64),
    /// Not at all.
    No,
}

/// A transaction that the registry took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Submitted {
    /// Its digest.
    pub digest: Digest,
    /// Set once it is final, by the gateway's word: read the record to be sure.
    pub height: Option<u64>,
}

/// What a gateway says about a transaction. Only reading the record that it writes is proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum TransactionState {
    /// Executed.
    Final {
        /// In the block at this height.
        height: u64,
    },
    /// Waiting.
    Pending,
    /// Not known, or known too long ago.
    Unknown,
    /// Refused when its block was made.
    Rejected {
        /// Why.
        error: RejectWord,
    },
}

/// A [`RejectReason`] as its word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RejectWord(pub RejectReason);

impl TryFrom<String> for RejectWord {
    type Error = UnknownReason;

    fn try_from(word: String) -> Result<Self, Self::Error> {
        word.parse().map(Self)
    }
}

impl From<RejectWord> for String {
    fn from(word: RejectWord) -> Self {
        word.0.word().into()
    }
}

/// Why a transaction was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SubmitError {
    /// The registry refuses it.
    #[error("the registry refuses the transaction: {0}")]
    Rejected(RejectReason),
    /// It is not known whether it was taken: ask for its digest, or send the same bytes again.
    #[error(transparent)]
    Client(#[from] ClientError),
}

impl RegistryClient {
    /// Hands in a transaction. The same bytes may be handed in again.
    ///
    /// # Errors
    /// [`SubmitError::Rejected`] with the registry's reason, or [`SubmitError::Client`] when it is not
    /// known what became of it.
    pub async fn submit(
        &self,
        transaction: &SignedTransaction,
        wait: Wait,
    ) -> Result<Submitted, SubmitError> {
        #[derive(Deserialize)]
        struct Taken {
            digest: String,
            height: Option<u64>,
        }
        #[derive(Deserialize)]
        struct Refused {
            error: RejectWord,
        }
        let query = match wait {
            Wait::Final(ms) => format!("?wait_ms={ms}"),
            Wait::No => String::new(),
        };
        let body = serde_json::json!({ "transaction": URL_SAFE_NO_PAD.encode(transaction.to_bytes()) });
        let url = format!("{}/v1/transactions{query}", self.base_url);
        let request = HttpRequest::post(url, "application/json", body.to_string().into_bytes());
        let response = self.transport.send(request).await.map_err(ClientError::Http)?;
        if response.status == 422 {
            return Err(SubmitError::Rejected(json::<Refused>(&response)?.error.0));
        }
        let taken: Taken = json(&successful(response)?)?;
        if hex_digest(&taken.digest) != Some(transaction.digest()) {
            return Err(ClientError::Answer.into());
        }
        Ok(Submitted { digest: transaction.digest(), height: taken.height })
    }

    /// Asks what became of a transaction.
    ///
    /// # Errors
    /// [`ClientError`] by what failed.
    pub async fn transaction(&self, digest: &Digest) -> Result<TransactionState, ClientError> {
        json(&self.get(&format!("/v1/transactions/{}", hex(digest))).await?)
    }
}

/// A digest in lower-case hexadecimal, as it stands in URLs.
#[must_use]
pub fn hex(digest: &Digest) -> String {
    digest.iter().fold(String::with_capacity(64), |mut text, byte| {
        for nibble in [byte >> 4, byte & 15] {
            text.push(char::from_digit(nibble.into(), 16).unwrap_or('0'));
        }
        text
    })
}

/// The digest that 64 hexadecimal digits say, lower case.
#[must_use]
pub fn hex_digest(text: &str) -> Option<Digest> {
    let mut digest = [0; 32];
    if text.len() != 64 || text.bytes().any(|b| !matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
        return None;
    }
    for (byte, pair) in digest.iter_mut().zip(text.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(digest)
}
