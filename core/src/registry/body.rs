//! A block's body: the transactions that its header commits to.

use super::{
    codec::{Malformed, Reader},
    header::Header,
    transaction::SignedTransaction,
};
use crate::crypto::{Digest, sha256};

/// The largest block, in bytes.
pub const MAX_BLOCK_BYTES: usize = 1 << 20;

/// The most transactions in a block.
pub const MAX_BODY_TRANSACTIONS: usize = 8192;

const TAG: &[u8] = b"yufu/block-body/v1";
const HEADER_BYTES: usize = 288;

/// The digest of a block's body: binds the exact bytes of its transactions, in their order.
#[must_use]
pub fn body_digest<'a>(transactions: impl IntoIterator<Item = &'a SignedTransaction>) -> Digest {
    let digests: Vec<Digest> =
        transactions.into_iter().map(|transaction| sha256(&[&transaction.to_bytes()])).collect();
    body_digest_of(&digests)
}

/// The same, given SHA-256 of each transaction's bytes.
#[must_use]
pub fn body_digest_of(digests: &[Digest]) -> Digest {
    sha256(&[TAG, &(digests.len() as u64).to_be_bytes(), digests.as_flattened()])
}

/// The header and the transactions of a block as nodes serve it: the header, then each transaction behind
/// its length (32 bits, big-endian). That the header commits to them is for the caller to check, with
/// [`body_digest`].
///
/// # Errors
/// [`Malformed`] when the bytes are not that to their last, or too many.
pub fn read_block(bytes: &[u8]) -> Result<(Header, Vec<SignedTransaction>), Malformed> {
    if bytes.len() > MAX_BLOCK_BYTES {
        return Err(Malformed);
    }
    let mut reader = Reader(bytes);
    let header = Header::from_bytes(reader.take(HEADER_BYTES)?)?;
    let mut transactions = Vec::new();
    while !reader.0.is_empty() {
        if transactions.len() == MAX_BODY_TRANSACTIONS {
            return Err(Malformed);
        }
        let length = usize::try_from(u32::from_be_bytes(reader.array()?)).map_err(|_| Malformed)?;
        transactions.push(SignedTransaction::from_bytes(reader.take(length)?).map_err(|_| Malformed)?);
    }
    Ok((header, transactions))
}
