//! The anchoring chain: the state machine, the consensus node around it, and proofs over HTTP.

pub mod genesis;
pub mod state;
mod store;
