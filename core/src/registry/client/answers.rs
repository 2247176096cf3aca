//! Answers of a gateway, verified, however they came here.

use super::ClientError;
use crate::{
    crypto::Digest,
    registry::{
        Header, LightClient, LightClientError, RecordKey, SignedHeader, VerifiedHeader, history::Path,
        proof::CompactProof,
    },
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Deserialize;

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

/// How much older than the newest header seen an anchor may be before the gateway is called outdated:
/// 20 minutes, two of the longest slots.
const MAX_LAG_MS: u64 = 20 * 60 * 1000;

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
    pub header: Header,
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
    let header = Header::from_bytes(&base64url(&answer.header)?)?;
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

pub(super) fn signed_header(text: &str) -> Result<SignedHeader, ClientError> {
    Ok(SignedHeader::from_bytes(&base64url(text)?)?)
}

fn base64url(text: &str) -> Result<Vec<u8>, ClientError> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| ClientError::Answer)
}

pub(super) fn refuse_outdated(client: &LightClient, header: &VerifiedHeader) -> Result<(), ClientError> {
    let newest = client.newest().map_or(0, |newest| newest.header().time_ms());
    let behind_ms = newest.saturating_sub(header.time_ms());
    if behind_ms > MAX_LAG_MS { Err(ClientError::Outdated { behind_ms }) } else { Ok(()) }
}
