//! All records of a network in one file, signed, and a new network that begins with them.
//!
//! # The file
//! ```text
//! "yufu-export" ‖ 1
//! length (16 bits) ‖ the certified header that the records stand under, whole
//! for each record of both trees, in the order of the keys' bytes:
//!     length (16 bits) ‖ key (borsh) ‖ length (32 bits) ‖ value
//! 0 (16 bits) ‖ number of records (64 bits)
//! author (20 bytes) ‖ signature (64 bytes)
//! ```
//! Numbers are big-endian. The *content's digest* is SHA-256 of all before the author, behind a tag; an
//! authority's control key signs tag, network, author and that digest.
//!
//! # What it proves
//! The header's certificate says that the validators made it final. The roots of both trees, computed
//! again from the records, say that these are all records under it, and no others. The signature says
//! that an authority which stands in these very records took this moment for the network's last word.
//!
//! # The new network
//! Its genesis names the old network, the header and the content's digest, and that stands in its state
//! as `gov/origin`. It keeps the policy with the network's short name and the authorities, so that every
//! `did:yufu:<name>:<id>` stays what it was, with its keys, accreditations, lists and history. Replaced
//! are what belongs to the old validators: their sets (`val/…`, `gov/validators`); an agreed change of
//! rules at a height of the old chain, which is to be agreed again; and acts of governance that were not
//! carried out: their proposals stay, as rejected.
//!
//! What was signed for the old genesis stays verifiable where it was verifiable: headers, certificates and
//! staples with the old network's key (kept as long as anybody has use for it), and to the new one by
//! `gov/origin`, which names the last of those headers. Transactions of the old network are none in the
//! new one: their digest of the genesis is another. Credentials, status lists, their chunk trees and
//! publications name issuer and list, and no genesis, so that they go on as they are, with new staples.

mod import;
mod read;
mod write;

pub use import::{ImportedRecords, carried_policy, load};
pub use read::{Verified, verify};
pub use write::{Exported, write};

use crate::state::StoreError;
use yufu_core::{
    crypto::{Digest, SignatureError, SignerError},
    did::yufu::IssuerId,
    registry::{LightClientError, MAX_NAME, RecordError, Tree},
};

/// The most records that are exported: four million.
pub const MAX_RECORDS: u64 = 1 << 22;

const MAGIC: &[u8; 12] = b"yufu-export\x01";
const CONTENT_TAG: &[u8] = b"yufu/export/v1";
const SIGNATURE_TAG: &[u8] = b"yufu/export-signature/v1";
/// The longest key: a kind, a name, an issuer or digest, numbers.
const MAX_KEY: usize = MAX_NAME + 128;
const SIGNATURE: usize = 64;

/// Why there is no export, or why one is not believed.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The file cannot be read or written.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// The file ends before it says that it does.
    #[error("the export is truncated")]
    Truncated,
    /// Something follows the signature.
    #[error("something follows the export's signature")]
    TrailingBytes,
    /// It does not begin as an export of a version that is known.
    #[error("not an export of version 1")]
    NotAnExport,
    /// It does not follow the form.
    #[error("the export is malformed: {0}")]
    Malformed(&'static str),
    /// More than [`MAX_RECORDS`].
    #[error("the export has more than {MAX_RECORDS} records")]
    TooMany,
    /// The header or its certificate does not hold under the network key that was given.
    #[error("the export's header: {0}")]
    Header(#[from] LightClientError),
    /// The records are not those that the header says: one was changed, added or left out.
    #[error("the records are not those that the certified header says ({0:?} tree)")]
    Roots(Tree),
    /// There is no policy among them, or none that is understood.
    #[error("the exported policy: {0}")]
    Policy(RecordError),
    /// Whoever signed is no authority of the exported network.
    #[error("{0} is no authority of the exported network")]
    NotAnAuthority(IssuerId),
    /// The key is not the one that controls the authority's DID.
    #[error("the key does not control the authority's DID")]
    WrongKey,
    /// The signature does not verify.
    #[error("the export's signature does not verify")]
    Signature(#[from] SignatureError),
    /// The key could not sign.
    #[error(transparent)]
    Signer(#[from] SignerError),
    /// No height has a certificate of its own yet.
    #[error("no height is certified yet")]
    NotCertified,
    /// The export is not the one that the genesis names.
    #[error("the export is not the one that the genesis names")]
    OtherExport,
    /// The genesis begins with other rules than the exported ones.
    #[error("the genesis begins with other rules than the exported ones")]
    OtherPolicy,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What an authority signs.
fn signing_input(network: &Digest, author: &IssuerId, content: &Digest) -> Vec<u8> {
    [SIGNATURE_TAG, network, &author.0, content].concat()
}
