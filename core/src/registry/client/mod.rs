//! The registry over HTTP. Everything that a gateway answers is verified; there is no option to skip.

mod answers;
mod submit;

pub use answers::{VerifiedBlock, VerifiedRecord, verify_header_answer, verify_record_answer};
pub use submit::{RejectWord, SubmitError, Submitted, TransactionState, Wait, hex, hex_digest};

use super::{
    Handover, LightClient, LightClientError, MAX_HANDOVER, MAX_SIGNED_HEADER, Malformed, RecordKey,
    SignedHeader, VerifiedHeader,
};
use crate::{
    did::yufu::IssuerId,
    http::{HttpError, HttpRequest, HttpResponse, HttpTransport},
};
use answers::{refuse_outdated, signed_header};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Asks one gateway of the registry.
#[derive(Clone)]
pub struct RegistryClient {
    transport: Arc<dyn HttpTransport>,
    base_url: String,
}

/// At which header a record is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// The newest anchor: what a staple is made from.
    Anchor,
    /// The newest certified header.
    Latest,
}

/// What a gateway says about itself. The network's key must come from elsewhere to be worth anything.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NetworkInfo {
    /// The network's short name.
    pub name: String,
    /// Its key, as this gateway has it.
    pub network_key: String,
    /// Height of the newest final block.
    pub height: u64,
}

/// Why the registry could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClientError {
    /// No answer came.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// The gateway answered with a failure.
    #[error("the registry answered with status {status}")]
    Status {
        /// HTTP status code.
        status: u16,
    },
    /// The answer is not what was asked for.
    #[error("the registry's answer is malformed")]
    Answer,
    /// The answer is older than what this client has seen.
    #[error("the registry's answer is {} s older than what was seen before", .behind_ms / 1000)]
    Outdated {
        /// By how much (milliseconds).
        behind_ms: u64,
    },
    /// What the gateway says does not verify.
    #[error(transparent)]
    Unproven(#[from] LightClientError),
}

impl From<Malformed> for ClientError {
    fn from(_: Malformed) -> Self {
        Self::Answer
    }
}

/// Epochs that one call follows: with a trust period of 90 days there are fewer to sleep through.
const MAX_EPOCHS_BEHIND: u64 = 1_000;

/// The largest block or genesis that is read: 1 MiB.
const MAX_BLOCK: usize = 1 << 20;

impl RegistryClient {
    /// A client of the gateway at `base_url`, to which `/v1/…` is appended.
    #[must_use]
    pub fn new(transport: Arc<dyn HttpTransport>, base_url: impl Into<String>) -> Self {
        let base_url: String = base_url.into();
        Self { transport, base_url: base_url.trim_end_matches('/').to_owned() }
    }

    /// Reads the newest certified header and lets `client` verify and adopt it. `clock_ms` is the raw
    /// clock.
    ///
    /// # Errors
    /// [`ClientError`] by what failed.
    pub async fn checkpoint(
        &self,
        client: &mut LightClient,
        clock_ms: u64,
    ) -> Result<VerifiedHeader, ClientError> {
        #[derive(Deserialize)]
        struct Answer {
            signed_header: String,
        }
        let answer: Answer = json(&self.get("/v1/checkpoint").await?)?;
        let signed = signed_header(&answer.signed_header)?;
        self.following(client, clock_ms, |client| {
            let header = client.verify_header(&signed, clock_ms)?;
            refuse_outdated(client, &header)?;
            Ok(header)
        })
        .await
    }

    /// Reads what leads into an epoch, without verifying anything; none where it has not begun.
    ///
    /// # Errors
    /// [`ClientError`] by what failed.
    pub async fn handover(&self, epoch: u64) -> Result<Option<Handover>, ClientError> {
        let bytes = self.octets(&format!("/v1/handovers/{epoch}"), MAX_HANDOVER).await?;
        Ok(bytes.map(|bytes| Handover::from_bytes(&bytes)).transpose()?)
    }

    /// Follows the network into its newest epoch, through all that `client` slept through. Returns how
    /// many there were. The other reads do this by themselves where an answer is of a later epoch.
    ///
    /// # Errors
    /// [`ClientError`] by what failed; `client` is then in the last epoch that it could follow to.
    pub async fn follow(&self, client: &mut LightClient, clock_ms: u64) -> Result<u64, ClientError> {
        for followed in 0..MAX_EPOCHS_BEHIND {
            let Some(handover) = self.handover(client.key().epoch + 1).await? else { return Ok(followed) };
            client.follow(&handover, clock_ms)?;
        }
        Ok(MAX_EPOCHS_BEHIND)
    }

    /// Verifies an answer; where it is of a later epoch, once more after following the network into it.
    async fn following<T>(
        &self,
        client: &mut LightClient,
        clock_ms: u64,
        mut verify: impl FnMut(&mut LightClient) -> Result<T, ClientError>,
    ) -> Result<T, ClientError> {
        match verify(client) {
            Err(ClientError::Unproven(LightClientError::WrongEpoch)) => {
                self.follow(client, clock_ms).await?;
                verify(client)
            }
            verified => verified,
        }
    }

    /// Reads the anchor of a slot as a static file.
    ///
    /// # Errors
    /// [`ClientError`] by what failed; [`ClientError::Answer`] when it is of another slot.
    pub async fn anchor(
        &self,
        client: &mut LightClient,
        slot: u64,
        clock_ms: u64,
    ) -> Result<(SignedHeader, VerifiedHeader), ClientError> {
        let mut request = HttpRequest::get(format!("{}/v1/anchors/{slot}", self.base_url));
        request.max_response_bytes = MAX_SIGNED_HEADER;
        let response = successful(self.transport.send(request).await?)?;
        let signed = SignedHeader::from_bytes(&response.body)?;
        let header =
            self.following(client, clock_ms, |client| Ok(client.verify_header(&signed, clock_ms)?)).await?;
        if slot == 0 || header.slot() != slot {
            return Err(ClientError::Answer);
        }
        Ok((signed, header))
    }

    /// Reads a record, or that there is none.
    ///
    /// # Errors
    /// [`ClientError`] by what failed. An answer much older than what `client` has seen is
    /// [`ClientError::Outdated`]: how old an anchor may be otherwise, the caller decides.
    pub async fn record(
        &self,
        client: &mut LightClient,
        key: &RecordKey,
        clock_ms: u64,
        at: At,
    ) -> Result<VerifiedRecord, ClientError> {
        let query = match at {
            At::Anchor => "",
            At::Latest => "?at=latest",
        };
        let response = self.get(&format!("/v1/records/{key}{query}")).await?;
        let record = self
            .following(client, clock_ms, |client| verify_record_answer(client, key, &response.body, clock_ms))
            .await?;
        if at == At::Anchor && record.header.slot() == 0 {
            return Err(ClientError::Answer);
        }
        Ok(record)
    }

    /// Reads a final block's bytes, without verifying anything; none where the gateway has none.
    ///
    /// # Errors
    /// [`ClientError`] by what failed.
    pub async fn block(&self, height: u64) -> Result<Option<Vec<u8>>, ClientError> {
        self.octets(&format!("/v1/blocks/{height}"), MAX_BLOCK).await
    }

    /// Reads the bytes of the network's genesis, without verifying anything.
    ///
    /// # Errors
    /// [`ClientError`] by what failed.
    pub async fn genesis(&self) -> Result<Option<Vec<u8>>, ClientError> {
        self.octets("/v1/genesis", MAX_BLOCK).await
    }

    async fn octets(&self, path: &str, max: usize) -> Result<Option<Vec<u8>>, ClientError> {
        let mut request = HttpRequest::get(format!("{}{path}", self.base_url));
        request.max_response_bytes = max;
        let response = self.transport.send(request).await?;
        if response.status == 404 {
            return Ok(None);
        }
        Ok(Some(successful(response)?.body))
    }

    /// Reads a record's answer without verifying anything, for [`verify_record_answer`].
    ///
    /// # Errors
    /// [`ClientError`] by what failed.
    pub async fn record_answer(&self, key: &RecordKey) -> Result<Vec<u8>, ClientError> {
        Ok(self.get(&format!("/v1/records/{key}")).await?.body)
    }

    /// Reads the header at `height` and verifies that it is certified, or lies in the history of a
    /// certified one.
    ///
    /// # Errors
    /// [`ClientError`] by what failed.
    pub async fn header(
        &self,
        client: &mut LightClient,
        height: u64,
        clock_ms: u64,
    ) -> Result<VerifiedBlock, ClientError> {
        let response = self.get(&format!("/v1/headers/{height}")).await?;
        self.following(client, clock_ms, |client| {
            verify_header_answer(client, height, &response.body, clock_ms)
        })
        .await
    }

    /// Names of records of a kind (see [`RecordKey::KINDS`]), of all or of one issuer, that come after
    /// `after`; and where to go on. A gateway may leave some out: only reading one by name is proof.
    ///
    /// # Errors
    /// [`ClientError`] by what failed.
    pub async fn keys(
        &self,
        kind: &str,
        issuer: Option<IssuerId>,
        after: Option<&RecordKey>,
    ) -> Result<(Vec<RecordKey>, Option<RecordKey>), ClientError> {
        #[derive(Deserialize)]
        struct Answer {
            keys: Vec<String>,
            next: Option<String>,
        }
        let mut query = form_urlencoded::Serializer::new(String::new());
        if let Some(issuer) = issuer {
            query.append_pair("issuer", &issuer.to_string());
        }
        if let Some(after) = after {
            query.append_pair("after", &after.to_string());
        }
        let answer: Answer = json(&self.get(&format!("/v1/keys/{kind}?{}", query.finish())).await?)?;
        let parse = |key: &String| key.parse().map_err(|_| ClientError::Answer);
        let keys = answer.keys.iter().map(parse).collect::<Result<_, _>>()?;
        Ok((keys, answer.next.as_ref().map(parse).transpose()?))
    }

    /// Asks what the gateway says about the network.
    ///
    /// # Errors
    /// [`ClientError`] by what failed.
    pub async fn network_info(&self) -> Result<NetworkInfo, ClientError> {
        json(&self.get("/v1/network").await?)
    }

    async fn get(&self, path: &str) -> Result<HttpResponse, ClientError> {
        let mut request = HttpRequest::get(format!("{}{path}", self.base_url));
        request.max_response_bytes = 256 << 10;
        successful(self.transport.send(request).await?)
    }
}

fn successful(response: HttpResponse) -> Result<HttpResponse, ClientError> {
    if response.is_success() { Ok(response) } else { Err(ClientError::Status { status: response.status }) }
}

fn json<T: serde::de::DeserializeOwned>(response: &HttpResponse) -> Result<T, ClientError> {
    serde_json::from_slice(&response.body).map_err(|_| ClientError::Answer)
}
