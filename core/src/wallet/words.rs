//! Types in words: what the wallet keeps of a type's description.

use super::{
    error::{Refusal, WalletError},
    record::TypeWords,
};
use crate::crypto::Digest;

/// The description of a shipped type with this digest.
pub(super) fn shipped(_digest: &Digest) -> Option<Vec<u8>> {
    todo!()
}

/// The words of a type from its description, whose digest the caller has checked.
pub(super) fn from_metadata(_document: &[u8], _vct: &str) -> Result<TypeWords, WalletError> {
    let _ = Refusal::TypeMetadata;
    todo!()
}
