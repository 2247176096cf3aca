//! The registry over HTTP. Everything that a gateway answers is verified; there is no option to skip.

use super::{
    Handover, LightClient, LightClientError, MAX_HANDOVER, MAX_SIGNED_HEADER, Malformed, RecordKey,
    RejectReason, SignedHeader, SignedTransaction, VerifiedHeader, history::Path, proof::CompactProof,
};
use crate::{
    crypto::Digest,
    did::yufu::IssuerId,
    http::{HttpError, HttpRequest, HttpResponse, HttpTransport},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
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

/// Whether to wait until a transaction is final.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// At most so long (milliseconds).
    Final(u64),
    /// Not at all.
    No,
}

/// A record, or that there is none, with all that proves it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedRecord {
    /// The record's bytes.
    pub value: Option<Vec<u8>>,
    /// That they stand under the header's root, or that nothing does.
    pub proof: CompactProof,
    /// The header as it came, to be handed on.
    pub signed_header: SignedHeader,
    /// The header, verified.
    pub header: VerifiedHeader,
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
    type Error = super::UnknownReason;

    fn try_from(word: String) -> Result<Self, Self::Error> {
        word.parse().map(Self)
    }
}

impl From<RejectWord> for String {
    fn from(word: RejectWord) -> Self {
        word.0.word().into()
    }
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

impl From<Malformed> for ClientError {
    fn from(_: Malformed) -> Self {
        Self::Answer
    }
}

/// How much older than the newest header seen an anchor may be before the gateway is called outdated:
/// 20 minutes, two of the longest slots.
const MAX_LAG_MS: u64 = 20 * 60 * 1000;

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

/// Verifies what a gateway answered to `GET /v1/records/{key}`, however it came here.
///
/// # Errors
/// [`ClientError::Answer`], [`ClientError::Outdated`], [`ClientError::Unproven`].
pub fn verify_record_answer(
    client: &mut LightClient,
    key: &RecordKey,
    answer: &[u8],
    clock_ms: u64,
) -> Result<VerifiedRecord, ClientError> {
    #[derive(Deserialize)]
    struct Answer {
        value: Option<String>,
        proof: String,
        signed_header: String,
    }
    let answer: Answer = serde_json::from_slice(answer).map_err(|_| ClientError::Answer)?;
    let value = answer.value.as_deref().map(base64url).transpose()?;
    let proof = CompactProof::from_bytes(&base64url(&answer.proof)?)?;
    let signed_header = signed_header(&answer.signed_header)?;
    let header = client.verify_header(&signed_header, clock_ms)?;
    refuse_outdated(client, &header)?;
    client.verify_record(&header, key, value.as_deref(), &proof)?;
    Ok(VerifiedRecord { value, proof, signed_header, header })
}

/// A header, certified itself or not, that lies in the history of a certified one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedBlock {
    /// The header.
    pub header: super::Header,
    /// Its digest.
    pub digest: Digest,
    /// The certified header that it is, or that has it in its history.
    pub under: VerifiedHeader,
}

/// Verifies what a gateway answered to `GET /v1/headers/{height}`, however it came here.
///
/// # Errors
/// [`ClientError::Answer`] when it is of another height or malformed, [`ClientError::Unproven`].
pub fn verify_header_answer(
    client: &mut LightClient,
    height: u64,
    answer: &[u8],
    clock_ms: u64,
) -> Result<VerifiedBlock, ClientError> {
    #[derive(Deserialize)]
    struct Answer {
        header: String,
        path: Option<String>,
        signed_header: String,
    }
    let answer: Answer = serde_json::from_slice(answer).map_err(|_| ClientError::Answer)?;
    let header = super::Header::from_bytes(&base64url(&answer.header)?)?;
    let under = client.verify_header(&signed_header(&answer.signed_header)?, clock_ms)?;
    let digest = header.digest();
    if header.height != height {
        return Err(ClientError::Answer);
    }
    match answer.path {
        None if digest == *under.digest() => {}
        None => return Err(ClientError::Answer),
        Some(path) => {
            let path = Path::from_bytes(&base64url(&path)?).map_err(LightClientError::from)?;
            let root = under.rest().ok_or(LightClientError::Folded)?.history;
            path.verify(&root, under.height(), height, &digest).map_err(LightClientError::from)?;
        }
    }
    Ok(VerifiedBlock { header, digest, under })
}

fn successful(response: HttpResponse) -> Result<HttpResponse, ClientError> {
    if response.is_success() { Ok(response) } else { Err(ClientError::Status { status: response.status }) }
}

fn json<T: serde::de::DeserializeOwned>(response: &HttpResponse) -> Result<T, ClientError> {
    serde_json::from_slice(&response.body).map_err(|_| ClientError::Answer)
}

fn signed_header(text: &str) -> Result<SignedHeader, ClientError> {
    Ok(SignedHeader::from_bytes(&base64url(text)?)?)
}

fn base64url(text: &str) -> Result<Vec<u8>, ClientError> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| ClientError::Answer)
}

fn refuse_outdated(client: &LightClient, header: &VerifiedHeader) -> Result<(), ClientError> {
    let newest = client.newest().map_or(0, |newest| newest.header().time_ms());
    let behind_ms = newest.saturating_sub(header.time_ms());
    if behind_ms > MAX_LAG_MS { Err(ClientError::Outdated { behind_ms }) } else { Ok(()) }
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
