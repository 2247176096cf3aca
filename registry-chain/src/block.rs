//! A block: a header, and the transactions that its `body` commits to.

use crate::state::body_digest;
use yufu_core::{
    crypto::Digest,
    registry::{Header, SignedTransaction},
};

/// The largest block, in bytes. The policy's own limit on transactions lies below it.
pub const MAX_BLOCK_BYTES: usize = 1 << 20;

/// The most bytes of transactions that a policy may allow in a block: what is left beside the header
/// and a length for each transaction.
pub const MAX_BODY_BYTES: usize = MAX_BLOCK_BYTES - (64 << 10);

/// The most transactions that a policy may allow in a block.
pub const MAX_BODY_TRANSACTIONS: usize = 8192;

const HEADER_BYTES: usize = 288;
const LENGTH_BYTES: usize = 4;

/// A block whose body is the one that its header commits to. Nothing else is checked yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    header: Header,
    id: Digest,
    transactions: Vec<SignedTransaction>,
    bytes: Vec<u8>,
}

/// Why bytes are not a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MalformedBlock {
    /// More than [`MAX_BLOCK_BYTES`].
    #[error("the block is too large")]
    TooLarge,
    /// Not the fields of a block, or something left over.
    #[error("the block is malformed")]
    Malformed,
    /// The transactions are not those that the header commits to.
    #[error("the block's body is not the one that its header commits to")]
    Body,
}

/// Adds a transaction behind its length (32 bits, big-endian).
pub(crate) fn write_transaction(out: &mut Vec<u8>, transaction: &SignedTransaction) {
    let transaction = transaction.to_bytes();
    // A signed transaction is never longer than `MAX_TRANSACTION`.
    let length = u32::try_from(transaction.len()).unwrap_or(u32::MAX);
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(&transaction);
}

impl Block {
    /// The block of these parts.
    ///
    /// # Errors
    /// [`MalformedBlock`] when they do not fit together, or not into a block.
    pub fn new(header: Header, transactions: Vec<SignedTransaction>) -> Result<Self, MalformedBlock> {
        if header.body != body_digest(&transactions) {
            return Err(MalformedBlock::Body);
        }
        let mut bytes = header.to_bytes().to_vec();
        for transaction in &transactions {
            write_transaction(&mut bytes, transaction);
        }
        if bytes.len() > MAX_BLOCK_BYTES || transactions.len() > MAX_BODY_TRANSACTIONS {
            return Err(MalformedBlock::TooLarge);
        }
        Ok(Self { id: header.digest(), header, transactions, bytes })
    }

    /// The block in `bytes`: the header, then each transaction behind its length (32 bits, big-endian).
    ///
    /// # Errors
    /// [`MalformedBlock`] by what does not hold.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, MalformedBlock> {
        if bytes.len() > MAX_BLOCK_BYTES {
            return Err(MalformedBlock::TooLarge);
        }
        let (header, mut rest) = bytes.split_at_checked(HEADER_BYTES).ok_or(MalformedBlock::Malformed)?;
        let header = Header::from_bytes(header).map_err(|_| MalformedBlock::Malformed)?;
        let mut transactions = Vec::new();
        while let Some((length, tail)) = rest.split_first_chunk::<LENGTH_BYTES>() {
            let length =
                usize::try_from(u32::from_be_bytes(*length)).map_err(|_| MalformedBlock::Malformed)?;
            let (transaction, tail) = tail.split_at_checked(length).ok_or(MalformedBlock::Malformed)?;
            let transaction =
                SignedTransaction::from_bytes(transaction).map_err(|_| MalformedBlock::Malformed)?;
            transactions.push(transaction);
            if transactions.len() > MAX_BODY_TRANSACTIONS {
                return Err(MalformedBlock::TooLarge);
            }
            rest = tail;
        }
        if !rest.is_empty() {
            return Err(MalformedBlock::Malformed);
        }
        let block = Self::new(header, transactions)?;
        // One block has one encoding: a signed transaction that reads back differently is none.
        if block.bytes == bytes { Ok(block) } else { Err(MalformedBlock::Malformed) }
    }

    /// The header.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The header's digest: what validators sign.
    #[must_use]
    pub fn id(&self) -> Digest {
        self.id
    }

    /// The transactions, in the order of their execution.
    #[must_use]
    pub fn transactions(&self) -> &[SignedTransaction] {
        &self.transactions
    }

    /// The block's bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }
}
