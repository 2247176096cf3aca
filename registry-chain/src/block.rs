//! A block: a header, and the transactions that its `body` commits to.

use yufu_core::{
    crypto::Digest,
    registry::{Header, SignedTransaction, body_digest, read_block},
};

pub use yufu_core::registry::{MAX_BLOCK_BYTES, MAX_BODY_TRANSACTIONS};

/// The most bytes of transactions that a policy may allow in a block: what is left beside the header
/// and a length for each transaction.
pub const MAX_BODY_BYTES: usize = MAX_BLOCK_BYTES - (64 << 10);

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
        let (header, transactions) = read_block(bytes).map_err(|_| MalformedBlock::Malformed)?;
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
