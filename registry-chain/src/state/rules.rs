//! Versions of the state machine. A network changes from one to the next at a height that its authorities
//! agreed on, so that validators can be given the newer program one after the other while the chain goes
//! on.
//!
//! | version | since then |
//! |---|---|
//! | 1 | the registry as founded |
//! | 2 | status lists in the encoding of Bitstring Status List may be opened |
//! | 3 | validators may be added and removed |

/// The newest version that this program knows, with which new networks begin.
pub const NEWEST_RULES: u16 = 3;

/// The version since which a status list may be in the encoding of Bitstring Status List.
pub(super) const BITSTRING_LISTS: u16 = 2;

/// The version since which governance may change the validators.
pub(super) const VALIDATOR_CHANGES: u16 = 3;
