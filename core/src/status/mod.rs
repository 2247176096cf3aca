//! Status of credentials: lists of small values, one entry a credential.
//!
//! A list is published as a signed [token] for outside verifiers. For ours its bits are cut into chunks
//! and hashed into a [tree](chunk) whose root stands in the registry, so that a credential can carry
//! the proof of its own entry; and a second [tree](issued) commits to what was issued.

mod array;
#[cfg(feature = "data-integrity")]
pub mod bitstring;
pub mod chunk;
pub mod issued;
pub mod token;
mod tree;

pub use array::{StatusArray, StatusArrayError};

use crate::did::yufu::IssuerId;

/// The credential is valid, as far as its status goes.
pub const VALID: u8 = 0;
/// The credential is revoked.
pub const INVALID: u8 = 1;
/// The credential is suspended.
pub const SUSPENDED: u8 = 2;

/// Entries that a list has at least, so that an index says little about a person.
pub const MIN_LIST_SIZE: u32 = 1 << 17;
/// Entries that a list has at most.
pub const MAX_LIST_SIZE: u32 = 1 << 27;

/// Which list a tree belongs to; bound into its leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ListContext {
    /// Whose list.
    pub issuer: IssuerId,
    /// Its number.
    pub list: u32,
}

/// Whether a list may have this shape: 1, 2, 4 or 8 bits an entry, 1 to 2^27 entries.
#[must_use]
pub fn is_shape(bits: u8, size: u32) -> bool {
    matches!(bits, 1 | 2 | 4 | 8) && (1..=MAX_LIST_SIZE).contains(&size)
}

#[cfg(test)]
mod tests;
