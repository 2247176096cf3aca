//! Malformed and forged proofs, each with the refusal that it must meet.
